"""The command ``diff-reports``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis import chapters
from analysis.chapters.edition_files import (
    COMPARISON,
    NEW,
    OLD,
    RESULTS_FILE,
    UnreadableEditionError,
    check_readable,
    circumstances,
    gather_diff,
    materials_of,
)
from analysis.results import SCHEMA_VERSION
from analysis.results.changes import DiffResults
from analysis.settings import Settings
from report import engines, resources
from report.archive import Archive
from report.cli.console import command, exit_on_error, open_console, show_outcome
from report.cli.diff_table import print_changes
from report.cli.earlier import shared_versions, versions_of
from report.cli.front_page import renew_front_page
from report.cli.options import (
    LANGUAGE,
    SEED,
    check_period,
    known_engine,
    known_languages,
    read_settings,
)
from report.cli.shelf import COMPARISONS, DIFFERENCES_FILE
from report.edition import Outcome, Request, Subject, make_edition
from report.errors import InputError
from report.manifest import Manifest, damages, read_manifest
from report.messages import Messages, terminal_language
from report.notebooks import Chapter
from report.progress import choose_progress
from report.words import Words

DOCUMENT = "diff"
NO_MATERIAL_CHANGE, MATERIAL_CHANGES, FAILED = 0, 1, 3


class Format(StrEnum):
    """What a comparison can be given as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"


def diff_reports() -> None:
    """Run the command ``diff-reports``."""
    command(diff)


def diff(
    old: Annotated[str, typer.Argument(help="Month of the earlier edition, YYYY-MM.")],
    new: Annotated[str, typer.Argument(help="Month of the later edition, YYYY-MM.")],
    output: Annotated[Path, typer.Option(help="Folder of the editions.")] = Path("output"),
    format_: Annotated[
        list[Format] | None,
        typer.Option(
            "--format",
            help="text: the table in the terminal; json: diff.json alone; html, pdf: documents. "
            "May be repeated. Default: all. With text alone nothing is written.",
        ),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Language of the documents; may be repeated. Default: ru."),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What sets the documents: auto, quarto or embedded.")
    ] = engines.AUTO,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random draw.")] = SEED,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file; its section changes says what is material."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print the traceback of an error.")
    ] = False,
) -> None:
    """Say what changed between two editions of the archive, and whether it matters.

    Exit status: 0 no material change, 1 material changes, 2 the input is wrong, 3 it failed.
    """
    started = time.monotonic()
    messages = Messages(terminal_language())
    formats = {each.value for each in format_ or list(Format)}
    with exit_on_error(messages, verbose, FAILED):
        set_by = known_engine(engine)
        chosen = read_settings(settings)
        sides = tuple(_edition(Archive(output), period) for period in (old, new))
        subject = _subject(sides, new, chosen, seed)
        documents = tuple(sorted(formats & {Format.HTML, Format.PDF}))
        request = Request(
            name=f"{old}..{new}",
            period=max(old, new),
            seed=seed,
            languages=known_languages(language or [LANGUAGE]) if documents else (),
            formats=documents,
            engine=set_by,
            replace=True,
        )
        progress = choose_progress(messages, quiet=quiet)
        with _archive(output, keep=formats != {Format.TEXT}) as archive:
            outcome = make_edition(None, subject, request, archive, progress)
            found = _read(outcome)
        if formats != {Format.TEXT}:
            renew_front_page(Archive(output))
        if not quiet:
            if Format.TEXT in formats:
                words = Words.load(resources.templates() / "words" / messages.language)
                print_changes(found, words, messages, open_console(sys.stdout))
            if formats != {Format.TEXT}:
                seconds = round(time.monotonic() - started, 1)
                shown = (*documents, "json")
                show_outcome(outcome, DOCUMENT, shown, messages, seconds)
        raise typer.Exit(MATERIAL_CHANGES if found.material else NO_MATERIAL_CHANGE)


@contextmanager
def _archive(output: Path, *, keep: bool) -> Iterator[Archive]:
    """The archive of comparisons, or one that is gone after the block."""
    if keep:
        yield Archive(output / COMPARISONS)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Archive(Path(folder))


def _edition(archive: Archive, period: str) -> tuple[Path, Manifest]:
    """Find an edition that can be compared.

    Raises
    ------
    InputError
        ``period-malformed``, ``diff-edition-missing``, ``diff-edition-damaged``,
        ``diff-edition-unreadable``.
    """
    check_period(period)
    if period not in archive.editions():
        there = ", ".join(archive.editions()) or "—"
        raise InputError(
            "diff-edition-missing", period=period, folder=archive.folder, periods=there
        )
    folder = archive.edition(period)
    manifest = read_manifest(folder)
    if damaged := damages(folder, manifest):
        raise InputError("diff-edition-damaged", edition=folder, files=damaged)
    results = _plain(folder)
    try:
        check_readable(results)
    except UnreadableEditionError as error:
        raise InputError(
            "diff-edition-unreadable",
            edition=folder,
            schema=str(results.get("schema_version", "—")),
            program=manifest.plan.program,
            known=SCHEMA_VERSION,
        ) from error
    return folder, manifest


def _plain(folder: Path) -> Mapping[str, Any]:
    try:
        results = json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return results if isinstance(results, dict) else {}


def _subject(
    sides: tuple[tuple[Path, Manifest], ...], period: str, settings: Settings, seed: int
) -> Subject:
    (old, old_manifest), (new, new_manifest) = sides
    plain = settings.model_dump(mode="json")
    versions = shared_versions(versions_of(old_manifest), versions_of(new_manifest))
    return Subject(
        chapters=[Chapter(chapters.CHANGES, chapters.FOLDER / f"{chapters.CHANGES}.ipynb")],
        parameters={"period": period, "seed": seed, "settings": plain},
        settings={"changes": plain["changes"]},
        gather=gather_diff,
        sources={"analysis": chapters.FOLDER.parent},
        materials={
            **materials_of(old, OLD),
            **materials_of(new, NEW),
            COMPARISON: circumstances(*versions),
        },
        document=DOCUMENT,
        results_file=DIFFERENCES_FILE,
    )


def _read(outcome: Outcome) -> DiffResults:
    return DiffResults.model_validate_json((outcome.edition / DIFFERENCES_FILE).read_text("utf-8"))
