"""The command ``generate-report``."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.snapshot.fitness import refuse_unfit
from analysis.snapshot.snapshot import read_snapshot
from report import engines
from report.archive import Archive
from report.cli.console import command, exit_on_error, show_outcome
from report.cli.earlier import against_predecessor, chosen_edition, earlier_editions
from report.cli.front_page import renew_front_page
from report.cli.options import (
    SEED,
    AcceptContradictionsOption,
    AcceptUnusualOption,
    OutputOption,
    QuietOption,
    SeedOption,
    VerboseOption,
    chosen_period,
    known_engine,
    known_languages,
    offers_file,
    read_settings,
)
from report.cli.subjects import month_materials, month_subject
from report.document import ANNEX, REPORT
from report.edition import Request, make_edition
from report.messages import Messages, terminal_language
from report.progress import choose_progress


class Format(StrEnum):
    """What a report can be set as."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


BY_DEFAULT = (Format.HTML, Format.PDF)


class Document(StrEnum):
    """What a month's edition holds to read."""

    REPORT = REPORT
    ANNEX = ANNEX


def generate_report() -> None:
    """Run the command ``generate-report``."""
    command(generate)


def generate(
    period: Annotated[
        str | None,
        typer.Argument(help="Month of the snapshot, YYYY-MM. Default: the newest one."),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the snapshots.")] = Path("data"),
    output: OutputOption = Path("output"),
    format_: Annotated[
        list[Format] | None,
        typer.Option("--format", help="What to set; may be repeated. Default: html and pdf."),
    ] = None,
    only: Annotated[
        Document | None,
        typer.Option(help="Which document to set. Default: the report and its annex."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Language of the report; may be repeated. Default: ru."),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What sets the report: auto, quarto or embedded.")
    ] = engines.AUTO,
    seed: SeedOption = SEED,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file. Default: settings.toml in the data folder, if there."),
    ] = None,
    offers: Annotated[
        Path | None,
        typer.Option(help="Offers file. Default: offers.toml in the data folder, if there."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="PERIOD|none",
            help="Earlier edition to compare with. Default: the newest one of the same kind.",
        ),
    ] = None,
    accept_contradictions: AcceptContradictionsOption = False,
    accept_unusual: AcceptUnusualOption = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace a different edition of the month; keep it aside."),
    ] = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make the report of one month from the shop's export.

    Exit status: 0 done, 1 a chapter or the engine failed, 2 the input is wrong.
    """
    started = time.monotonic()
    messages = Messages(terminal_language())
    with exit_on_error(messages, verbose):
        chosen = read_settings(settings, data)
        month = chosen_period(period, data)
        book = offers_file(offers, data)
        request = Request(
            name=month,
            period=month,
            seed=seed,
            languages=known_languages(language),
            formats=tuple(dict.fromkeys(each.value for each in format_ or BY_DEFAULT)),
            engine=known_engine(engine),
            replace=replace,
            documents=(only.value,) if only else (),
        )
        progress = choose_progress(messages, quiet=quiet)
        with progress.step("read"):
            exported = read_snapshot(data / month, accept_unusual=accept_unusual)
            refuse_unfit(exported, chosen.money)
            snapshot, differing = against_predecessor(
                exported,
                month,
                data,
                accept=accept_contradictions,
                accept_unusual=accept_unusual,
            )
        archive = Archive(output)
        earlier = earlier_editions(archive, month, snapshot.kind)
        compared = chosen_edition(against, earlier)
        materials = month_materials(month, snapshot, chosen, data, earlier, compared, book)
        subject = month_subject(
            month, snapshot, chosen, seed, differing, materials, request.languages[0]
        )
        outcome = make_edition(snapshot, subject, request, archive, progress)
        renew_front_page(archive)
        if not quiet:
            seconds = round(time.monotonic() - started, 1)
            stems = request.documents or tuple(reversed(subject.documents))
            show_outcome(outcome, stems, request.formats, messages, seconds)
