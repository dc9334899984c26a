"""The engine that needs nothing installed: Pandoc and Typst, both from wheels."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import NamedTuple

import pypandoc

from report import fonts
from report.engines import typst_child
from report.engines.front_matter import REFERENCE, date_of
from report.engines.project import PACKED
from report.errors import EngineError
from report.page_policy import guard
from report.scratch import scratch_folder

__all__ = [
    "PDF_STANDARDS",
    "WRITTEN",
    "EmbeddedEngine",
    "check_request",
    "compile_pdf",
    "deliver",
    "refuse_shortcodes",
    "run_pandoc",
]

PDF_STANDARDS = ("a-2a", "ua-1")
"""Archivable and readable aloud: every image has an alt text, every page its tags."""

SECONDS_FOR_PANDOC = SECONDS_FOR_TYPST = 600.0

WRITTEN = {"html": "html", "pdf": "typ", "docx": "docx"}
"""Suffix of what stands in the document's folder before a format is finished, by format."""

_COMMON = (
    "--from=markdown-smart",
    "--standalone",
    "--wrap=none",
    "--syntax-highlighting=none",
    "--fail-if-warnings",
    "--lua-filter=templates/filter.lua",
)
_WRITER = {
    "html": (
        "--to=html5",
        "--template=templates/report.html",
        "--css=templates/report.css",
        "--embed-resources",
    ),
    "pdf": ("--to=typst", "--template=templates/report.typ"),
    "docx": ("--to=docx", f"--reference-doc={REFERENCE}"),
}
_NOISE = re.compile(r"^(stack traceback:|\s+\[C\]:|\s+templates/filter\.lua:|\s*$)")
_REFUSED = re.compile(r"^.*?(?=\b\w+\.qmd: )")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SHORTCODE = "{{<"
_SUMMARY_TOO_LONG = "summary-too-long"


class EmbeddedEngine:
    """Pandoc (by its bundled program) and Typst (by its wheel)."""

    name = "embedded"
    failure = None

    def version(self) -> str:
        """Return the versions of Pandoc and Typst."""
        return f"pandoc {pypandoc.get_pandoc_version()}, typst {version_of('typst')}"

    def set(
        self,
        source: Path,
        formats: Sequence[str],
        stem: str,
        target: Path,
        document: str = "report",
    ) -> dict[str, Path]:
        """Set a document in a temporary copy of its folder; see :class:`report.engines.Engine`.

        Raises
        ------
        EngineError
            ``format-unknown``; ``source-incomplete``: a file of the document is missing;
            ``document-refused``: Pandoc or the filter refused the document;
            ``summary-too-long``: page 1 does not fit on one page;
            ``pdf-refused``: Typst refused the document or warned of anything.
        """
        check_request(source, formats, (f"{document}.qmd", "templates/filter.lua"))
        refuse_shortcodes(source / f"{document}.qmd")
        target.mkdir(parents=True, exist_ok=True)
        made: dict[str, Path] = {}
        with scratch_folder() as scratch:
            folder = scratch / "document"
            shutil.copytree(source, folder)
            if "docx" in formats:
                from report.engines.word import prepare_word

                prepare_word(folder, document)
            charts = _set_aside(folder / "figures" / PACKED)
            for wanted in formats:
                written = f"{document}.{WRITTEN[wanted]}"
                run_pandoc(folder, f"{document}.qmd", (*_WRITER[wanted], f"--output={written}"))
                if wanted == "html":
                    _put_back(charts, folder / written)
                made[wanted] = deliver(folder / written, target / f"{stem}.{wanted}")
        return made


class _Aside(NamedTuple):
    """A large text, and the mark that stands for it while Pandoc is at work."""

    mark: str
    text: str


def _set_aside(file: Path) -> _Aside:
    """Put a mark in place of what draws the charts: Pandoc would look through it for a second."""
    text = file.read_text(encoding="ascii").strip() if file.is_file() else ""
    mark = hashlib.sha256(text.encode("ascii")).hexdigest()
    if text:
        file.write_text(mark, encoding="ascii")
    return _Aside(mark, text)


def _put_back(aside: _Aside, page: Path) -> None:
    if aside.text:
        written = page.read_bytes()
        page.write_bytes(written.replace(aside.mark.encode(), aside.text.encode()))


def check_request(source: Path, formats: Sequence[str], needed: Sequence[str]) -> None:
    """Refuse what no engine can set.

    Parameters
    ----------
    source
        Folder of the document.
    formats
        What is asked for.
    needed
        Files without which the document is incomplete.

    Raises
    ------
    EngineError
        ``format-unknown``, ``source-incomplete``.
    """
    for wanted in formats:
        if wanted not in WRITTEN:
            raise EngineError("format-unknown", format=wanted, known=", ".join(WRITTEN))
    for name in needed:
        if not (source / name).is_file():
            raise EngineError("source-incomplete", file=name)


def refuse_shortcodes(document: Path) -> None:
    """Refuse shortcodes, which Quarto would run and Pandoc print; text from data has none."""
    lines = document.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if _SHORTCODE in line:
            raise EngineError(
                "document-refused",
                detail=f"{document.name}: line {number} holds a shortcode: {line}",
            )


def run_pandoc(
    folder: Path, document: str, writer: Sequence[str], seconds: float = SECONDS_FOR_PANDOC
) -> None:
    """Run Pandoc inside the document's folder, away from the user's own Pandoc settings.

    Raises
    ------
    EngineError
        ``document-refused``, ``pandoc-timeout``.
    """
    command = [
        pypandoc.get_pandoc_path(),
        document,
        f"--data-dir={folder / 'no-user-data'}",
        *_COMMON,
        *writer,
    ]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={
                **os.environ,
                "LC_ALL": "C.UTF-8",
                "LANG": "C.UTF-8",
                "SOURCE_DATE_EPOCH": str(date_of(folder / document)),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError("pandoc-timeout", seconds=seconds) from error
    if done.returncode != 0:
        raise EngineError("document-refused", detail=_useful(done.stderr, folder))


def _useful(message: str, folder: Path) -> str:
    """Drop the trace and the temporary path from what Pandoc wrote to stderr."""
    lines = [
        _REFUSED.sub("", line).replace(f"{folder}{os.sep}", "")
        for line in message.splitlines()
        if not _NOISE.match(line)
    ]
    named = [line for line in lines if _REFUSED.match(line)]
    return "\n".join(named or lines)


def deliver(written: Path, place: Path) -> Path:
    """Put what was written in its place: a page with its policy, Typst as a PDF, others as is.

    Raises
    ------
    EngineError
        As :func:`compile_pdf` does.
    """
    if written.suffix == ".typ":
        place.write_bytes(compile_pdf(written))
    elif written.suffix != ".html":
        shutil.copyfile(written, place)
    else:
        page = written.read_bytes().decode("utf-8")
        place.write_bytes(guard(page).encode("utf-8"))
    return place


def compile_pdf(main: Path, seconds: float = SECONDS_FOR_TYPST) -> bytes:
    """Compile a Typst file with the report's own fonts and no others.

    Parameters
    ----------
    main
        The ``.typ`` file; what it names lies beside it.
    seconds
        How long Typst may take.

    Returns
    -------
    bytes
        A PDF of :data:`PDF_STANDARDS`.

    Raises
    ------
    EngineError
        ``summary-too-long``, ``typst-timeout``, or ``pdf-refused`` with Typst's message; a warning
        (an unknown font, a layout that does not settle) counts as a refusal.
    """
    asked = {
        "main": str(main),
        "root": str(main.parent),
        "fonts": [str(folder) for folder in fonts.folders()],
        "standards": PDF_STANDARDS,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(typst_child.__file__))],
            input=json.dumps(asked).encode("ascii"),
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError("typst-timeout", seconds=seconds) from error
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (typst_child.REFUSED, typst_child.WARNED):
        raise EngineError("pdf-refused", detail=said.strip() or f"status {done.returncode}")
    why = json.loads(said)
    if _SUMMARY_TOO_LONG in why["message"]:
        raise EngineError("summary-too-long")
    detail = _COLOUR.sub("", why.get("diagnostic", "")).strip()
    raise EngineError("pdf-refused", detail=detail or why["message"])
