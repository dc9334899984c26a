"""The command ``diff-reports``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.changes.edition import ResultsSeen, UnreadableEditionError
from analysis.chapters.edition_files import RESULTS_FILE
from analysis.results import SCHEMA_VERSION
from analysis.results.changes import DiffResults
from analysis.settings import Settings
from report import engines, resources
from report.archive import Archive
from report.chain import Chain
from report.cli.console import command, exit_on_error, open_console, show_outcome
from report.cli.diff_table import print_changes
from report.cli.earlier import shared_versions, versions_of
from report.cli.front_page import renew_front_page
from report.cli.options import (
    SEED,
    OutputOption,
    QuietOption,
    SeedOption,
    VerboseOption,
    check_period,
    known_engine,
    known_languages,
    read_settings,
)
from report.cli.shelf import COMPARISONS, DIFFERENCES_FILE
from report.cli.subjects import comparison_subject
from report.edition import Outcome, Request, Subject, make_edition
from report.errors import InputError
from report.manifest import Manifest, read_manifest
from report.messages import Messages, terminal_language
from report.progress import choose_progress
from report.scratch import scratch_folder
from report.words import Words

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
    output: OutputOption = Path("output"),
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
    seed: SeedOption = SEED,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file; its section changes says what is material."),
    ] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Say what changed between two editions of the archive, and whether it matters.

    Exit status: 0 no material change, 1 material changes, 2 the input is wrong or too little to
    compare, 3 it failed.
    """
    started = time.monotonic()
    messages = Messages(terminal_language())
    formats = frozenset(each.value for each in format_ or Format)
    documents = tuple(sorted(formats & {Format.HTML, Format.PDF}))
    to_keep = formats != {Format.TEXT}
    with exit_on_error(messages, verbose, FAILED):
        spoken = known_languages(language)
        request = Request(
            name=f"{old}..{new}",
            period=max(old, new),
            seed=seed,
            languages=spoken if documents else (),
            formats=documents,
            engine=known_engine(engine),
            replace=True,
        )
        chosen = read_settings(settings)
        subject = _subject(Archive(output), old, new, chosen, seed, spoken[0])
        progress = choose_progress(messages, quiet=quiet)
        with _archive(output, keep=to_keep) as archive:
            outcome = make_edition(None, subject, request, archive, progress)
            found = _read(outcome)
        if to_keep:
            renew_front_page(Archive(output))
        if Format.TEXT in formats and not quiet:
            words = Words.load(resources.templates() / "words" / messages.language)
            print_changes(found, words, messages, open_console(sys.stdout))
        if to_keep and not quiet:
            seconds = round(time.monotonic() - started, 1)
            show_outcome(outcome, subject.documents, (*documents, "json"), messages, seconds)
        if not found.comparisons:
            raise InputError("diff-nothing-compared", old=old, new=new)
        raise typer.Exit(MATERIAL_CHANGES if found.material else NO_MATERIAL_CHANGE)


@contextmanager
def _archive(output: Path, *, keep: bool) -> Iterator[Archive]:
    """Open the archive of comparisons, or one that is gone after the block."""
    if keep:
        yield Archive(output / COMPARISONS)
        return
    with scratch_folder() as folder:
        yield Archive(folder / COMPARISONS)


def _subject(
    archive: Archive, old: str, new: str, settings: Settings, seed: int, language: str
) -> Subject:
    (old_folder, old_manifest), (new_folder, new_manifest) = (
        _edition(archive, period) for period in (old, new)
    )
    versions = shared_versions(versions_of(old_manifest), versions_of(new_manifest))
    return comparison_subject(old_folder, new_folder, new, settings, seed, versions, language)


def _edition(archive: Archive, period: str) -> tuple[Path, Manifest]:
    """Find an edition that can be compared.

    Raises
    ------
    InputError
        ``period-malformed``, ``diff-no-editions``, ``diff-edition-missing``,
        ``diff-edition-damaged``, ``diff-edition-unreadable``.
    """
    check_period(period)
    if period not in archive.editions():
        there = archive.editions()
        if not there:
            raise InputError("diff-no-editions", folder=archive.folder, period=period)
        raise InputError(
            "diff-edition-missing", period=period, folder=archive.folder, periods=there
        )
    folder = archive.edition(period)
    manifest = read_manifest(folder)
    if damaged := Chain.of(archive.folder).faults(period):
        raise InputError("diff-edition-damaged", edition=folder, files=damaged)
    results = _plain(folder)
    try:
        ResultsSeen.of(results)
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


def _read(outcome: Outcome) -> DiffResults:
    return DiffResults.model_validate_json((outcome.edition / DIFFERENCES_FILE).read_text("utf-8"))
