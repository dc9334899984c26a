"""The engine for whoever has Quarto: it sets the HTML and writes the Typst that the wheel compiles.

Quarto is a program beside this one. It is found by ``QUARTO_PATH``, on ``PATH``, or beside the
Python that runs (where ``pip`` puts it), and run on a copy of the document, with its caches in that
copy too. What it passes over in silence (an unclosed div, an unknown reference) is an error here.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

from report.engines.embedded import (
    WRITTEN,
    check_request,
    deliver,
    refuse_shortcodes,
    run_pandoc,
)
from report.engines.front_matter import REFERENCE, date_of
from report.engines.project import PROJECT_FILE
from report.errors import EngineError, InputError
from report.scratch import scratch_folder

__all__ = ["FAILURES", "OLDEST", "QuartoEngine", "find"]

FAILURES = frozenset({"quarto-failed", "quarto-silent", "quarto-timeout", "quarto-warned"})
"""Codes of what is wrong with Quarto and not with the document."""

OLDEST = (1, 6)
"""The oldest Quarto that knows all of ``_quarto.yml``."""

PATH_VARIABLE = "QUARTO_PATH"
SECONDS_FOR_A_FORMAT = 180.0
SECONDS_FOR_A_VERSION = 30.0

_ARGUMENTS = {
    "html": ("--to", "html"),
    "pdf": ("--to", "typst", "-M", "output-ext:typ"),
    "docx": ("--to", "docx", "-M", f"reference-doc:{REFERENCE}"),
}
_LEFT_BY_RENDERING = re.compile(r"\.quarto|\w+_files|\w+\.(html|typ|pdf|docx)")
_VARIABLES_THAT_MUTE = ("QUARTO_LOG", "QUARTO_LOG_LEVEL", "QUARTO_LOG_FORMAT", "QUARTO_PROFILE")

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TRACE = re.compile(r"^\s*(stack traceback:|stack trace:|at |\[C\]: |\S+\.lua:\d+: in )", re.I)
_REFUSAL = re.compile(r"^.*?(?=\b\w+\.qmd: )")
_COMPLAINT = re.compile(r"^\W*(error|fatal|warn(ing)?)\b", re.I)
_WRONG_ALTHOUGH_DONE = re.compile(
    r"^\W*(error|fatal)\b"
    r"|^\W*warn(ing)?\b.*"
    r"(unable to resolve crossref|unclosed|was found in the document|not found"
    r"|could not (fetch|convert|find)|duplicate)",
    re.I,
)
_VERSION = re.compile(r"(\d+)\.(\d+)(\.\d+)*\S*")
_LINES_TOLD = 12


@dataclass(frozen=True)
class QuartoEngine:
    """A Quarto that was found to be fit; made by :func:`find`.

    Attributes
    ----------
    program
        The command.
    release
        What it says its version is.
    seconds
        How long it may take for one format before it is ended.
    """

    program: Path
    release: str
    seconds: float = SECONDS_FOR_A_FORMAT

    name = "quarto"
    failure = None

    def version(self) -> str:
        """Return the versions of Quarto and of the Typst that compiles what it wrote."""
        return f"quarto {self.release}, typst {version_of('typst')}"

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
            ``format-unknown``; ``source-incomplete``; ``document-refused``: Pandoc, which reads the
            document before Quarto does, or the filter refused it; ``quarto-failed``,
            ``quarto-timeout``, ``quarto-warned``: Quarto ended with an error, did not end, or ended
            well but with a wrong document; ``quarto-silent``: it left no file;
            ``summary-too-long`` and ``pdf-refused`` as of the embedded engine.
        """
        check_request(source, formats, (f"{document}.qmd", "templates/filter.lua", PROJECT_FILE))
        target.mkdir(parents=True, exist_ok=True)
        made: dict[str, Path] = {}
        with scratch_folder() as scratch:
            folder = scratch / "document"
            _copy(source, folder)
            _refuse_what_quarto_lets_pass(folder / f"{document}.qmd")
            if "docx" in formats:
                from report.engines.word import prepare_word

                prepare_word(folder, document)
            for wanted in formats:
                written = self._render(folder, document, wanted)
                made[wanted] = deliver(written, target / f"{stem}.{wanted}")
        return made

    def _render(self, folder: Path, document: str, wanted: str) -> Path:
        arguments = ("render", f"{document}.qmd", *_ARGUMENTS[wanted], "-M", "engine:markdown")
        day = {"SOURCE_DATE_EPOCH": str(date_of(folder / f"{document}.qmd"))}
        done = _run(self.program, arguments, folder, self.seconds, day)
        if done is None:
            raise EngineError("quarto-timeout", seconds=self.seconds, format=wanted)
        lines = _lines(done.said, folder)
        if done.status != 0:
            raise EngineError("quarto-failed", status=done.status, detail=_useful(lines))
        if wrong := [line for line in lines if _WRONG_ALTHOUGH_DONE.search(line)]:
            raise EngineError("quarto-warned", detail="\n".join(wrong[:_LINES_TOLD]))
        written = folder / f"{document}.{WRITTEN[wanted]}"
        if not written.is_file() or not _is_whole(written):
            raise EngineError("quarto-silent", file=written.name, detail=_useful(lines))
        return written


def find(environment: Mapping[str, str] | None = None) -> QuartoEngine:
    """Find Quarto and check its version.

    Parameters
    ----------
    environment
        Environment variables; those of this process by default. ``QUARTO_PATH`` names the command
        or its folder; where it is set, no other place is looked at.

    Raises
    ------
    InputError
        ``quarto-missing``; ``quarto-unusable``: it does not tell its version; ``quarto-too-old``.
    """
    program = _program(os.environ if environment is None else environment)
    release = _release(program)
    if (int(release[1]), int(release[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise InputError("quarto-too-old", place=program, version=release[0], oldest=oldest)
    return QuartoEngine(program, release[0])


def _program(environment: Mapping[str, str]) -> Path:
    if named := environment.get(PATH_VARIABLE):
        is_folder = Path(named).is_dir()
        found = shutil.which("quarto", path=named) if is_folder else shutil.which(named)
    else:
        beside_python = str(Path(sys.executable).parent)
        found = shutil.which("quarto", path=environment.get("PATH", os.defpath)) or shutil.which(
            "quarto", path=beside_python
        )
    if found is None:
        raise InputError("quarto-missing", place=named or "PATH")
    return Path(found).absolute()


def _release(program: Path) -> re.Match[str]:
    """Ask for the version: the whole of it, and its first two numbers."""
    with scratch_folder() as scratch:
        folder = scratch / "document"
        folder.mkdir()
        done = _run(program, ("--version",), folder, SECONDS_FOR_A_VERSION)
        lines = [] if done is None else _lines(done.said, folder)
    versions = [match for line in lines if (match := _VERSION.fullmatch(line.strip()))]
    if done is None or done.status != 0 or not versions:
        raise InputError("quarto-unusable", place=program, detail="\n".join(lines) or "—")
    return versions[0]


def _copy(source: Path, folder: Path) -> None:
    """Copy a document without what a user's own rendering may have left beside it."""

    def left(inside: str, names: list[str]) -> set[str]:
        return set(filter(_LEFT_BY_RENDERING.fullmatch, names)) if Path(inside) == source else set()

    shutil.copytree(source, folder, ignore=left)


def _refuse_what_quarto_lets_pass(document: Path) -> None:
    """Let the embedded engine's Pandoc read the document first, with every warning an error."""
    refuse_shortcodes(document)
    writer = ("--to=typst", "--template=templates/report.typ", f"--output={os.devnull}")
    run_pandoc(document.parent, document.name, writer)


@dataclass(frozen=True)
class _Done:
    status: int
    said: str


def _run(
    program: Path,
    arguments: Sequence[str],
    folder: Path,
    seconds: float,
    told: Mapping[str, str] | None = None,
) -> _Done | None:
    """Run Quarto in a folder, its own files beside it; None if its time ran out.

    Its children die with it: it is a script that starts Deno that starts Pandoc. What it says goes
    to a file, which, unlike a pipe, no child can hold open.
    """
    aside = folder.parent / "quarto"
    folders = {name: aside / name for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR")}
    for own in folders.values():
        own.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in _VARIABLES_THAT_MUTE}
    fixed = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "NO_COLOR": "1", **(told or {})}
    environment = {**kept, **fixed, **{name: str(path) for name, path in folders.items()}}
    with (aside / "said.txt").open("w+b") as said:
        try:
            process = subprocess.Popen(
                [program, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return _Done(error.errno or 1, f"ERROR: {error.strerror}")
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        said.seek(0)
        return _Done(status, said.read().decode("utf-8", errors="replace"))


def _is_whole(written: Path) -> bool:
    """Tell whether a file was written to its end: what is empty or breaks off is no document."""
    if written.suffix == ".docx":
        return zipfile.is_zipfile(written)
    text = written.read_text(encoding="utf-8", errors="replace").rstrip()
    return text.endswith("</html>") if written.suffix == ".html" else bool(text)


def _lines(said: str, folder: Path) -> list[str]:
    """Split what was said, without colours, traces, blank lines and the temporary folder."""
    places_to_hide = (f"{folder}{os.sep}", f"{folder.resolve()}{os.sep}")
    lines = []
    for line in re.split(r"[\r\n]+", _COLOUR.sub("", said)):
        line = _CONTROL.sub("\ufffd", line)
        for place in places_to_hide:
            line = line.replace(place, "")
        if line.strip() and not _TRACE.match(line):
            lines.append(line.rstrip())
    return lines


def _useful(lines: Sequence[str]) -> str:
    """Pick what the filter refused; else everything from the first complaint; else the end."""
    refused = [_REFUSAL.sub("", line) for line in lines if _REFUSAL.match(line)]
    if refused:
        return "\n".join(dict.fromkeys(refused))
    first = next((at for at, line in enumerate(lines) if _COMPLAINT.match(line)), None)
    told = lines[-_LINES_TOLD:] if first is None else lines[first : first + _LINES_TOLD]
    return "\n".join(told) or "—"
