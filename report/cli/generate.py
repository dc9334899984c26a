"""The command ``generate-report``."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace as replace_field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.results import LeftOutEdition
from analysis.settings import Settings
from analysis.snapshot.alone import TOLD_LAST
from analysis.snapshot.errors import Finding
from analysis.snapshot.fitness import refuse_unfit
from analysis.snapshot.places import named_as_delivered
from analysis.snapshot.snapshot import ToBeSaved, against_books, read_snapshot
from analysis.workers.here import Workers
from report import engines
from report.archive import Archive
from report.chain import Chain
from report.cli.cluster import given_workers
from report.cli.console import command, exit_on_error, show_outcome, warn
from report.cli.earlier import against_predecessor, chosen_edition, editions_before
from report.cli.forget import expire, forget
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
    last_whole_month,
    months_in,
    offers_file,
    read_settings,
    refuse_misplaced_files,
    refuse_output_on_exports,
    refuse_strange_files,
    settings_place,
)
from report.cli.subjects import month_materials, month_subject
from report.cli.verify import say_left_out, show_chain, verify_editions
from report.document import ANNEX, REPORT
from report.edition import Request, Subject, make_edition
from report.errors import InputError
from report.messages import Messages, terminal_language
from report.progress import Progress, choose_progress


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
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local[:N]",
            help="Dask scheduler whose workers read and score, or N workers on this machine.",
        ),
    ] = None,
    quiet: QuietOption = False,
    forget_customer: Annotated[
        str | None,
        typer.Option(
            "--forget",
            metavar="ID",
            help="Make nothing: take a customer out of every edition and list of the archive.",
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Make nothing: tell whether the editions, or that of PERIOD, are as sealed.",
        ),
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Make the report of one month from the shop's export.

    Exit status: 0 done, 1 a chapter or the engine failed, 2 the input is wrong.
    """
    started = time.monotonic()
    messages = Messages(terminal_language())
    with exit_on_error(messages, verbose):
        if verify:
            verify_editions(output, period, messages, quiet=quiet)
            return
        if forget_customer is not None:
            forget(forget_customer, output, data, messages, quiet=quiet)
            return
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
        read = [each for each in months_in(data) if each <= month]
        for each in read:
            refuse_strange_files(data / each)
        refuse_misplaced_files(data, read, settings, offers)
        refuse_output_on_exports(output, data, month)
        progress = choose_progress(messages, quiet=quiet)
        archive = Archive(output)
        with given_workers(cluster) as given:
            request = replace_field(request, scheduler=given.scheduler)
            snapshot, asked, subject, left_out = _start(
                month,
                data,
                archive,
                chosen,
                settings_place(settings, data),
                book,
                request,
                progress,
                given.workers,
                against=against,
                accept_contradictions=accept_contradictions,
                accept_unusual=accept_unusual,
            )
            outcome = make_edition(snapshot, subject, request, archive, progress)
        renew_front_page(archive)
        if not quiet:
            seconds = round(time.monotonic() - started, 1)
            stems = request.documents or tuple(reversed(subject.documents))
            show_outcome(outcome, stems, request.formats, messages, seconds)
            show_chain(Chain.of(output), messages)
        warn([messages.say(each.code, **each.values()) for each in asked])
        warn([say_left_out(each, messages) for each in left_out])
        _tell_of_the_calendar(month, period, outcome.unchanged and quiet, archive, messages)


def _start(
    month: str,
    data: Path,
    archive: Archive,
    settings: Settings,
    settings_file: Path,
    book: Path,
    request: Request,
    progress: Progress,
    workers: Workers,
    *,
    against: str | None,
    accept_contradictions: bool,
    accept_unusual: bool,
) -> tuple[ToBeSaved, list[Finding], Subject, list[LeftOutEdition]]:
    """Read the snapshot and find all that its report starts from; keep no table of it.

    Findings that may decide otherwise are given beside it, to be told last.
    """
    with progress.step("read"), named_as_delivered(data / month):
        exported = read_snapshot(data / month, accept_unusual=accept_unusual, workers=workers)
        refuse_unfit(exported, settings.money, str(settings_file))
        snapshot, differing = against_predecessor(
            against_books(exported, data / month, accept_unusual=accept_unusual),
            month,
            data,
            accept=accept_contradictions,
            accept_unusual=accept_unusual,
            workers=workers,
        )
    expire(archive.folder, month, settings.privacy.keep_customers_months)
    before = editions_before(archive, month, snapshot.kind)
    compared = chosen_edition(against, before.editions)
    materials = month_materials(
        month, snapshot, settings, data, before.editions, compared, book, before.left_out
    )
    subject = month_subject(
        month, snapshot.kind, settings, request.seed, differing, materials, request.languages[0]
    )
    asked = [each for each in snapshot.findings if each.decides or each.code in TOLD_LAST]
    return ToBeSaved(snapshot), asked, subject, before.left_out


def _tell_of_the_calendar(
    month: str, asked: str | None, silent: bool, archive: Archive, messages: Messages
) -> None:
    """Say that a month is not over, or not the newest; refuse that a scheduled run did nothing.

    Raises
    ------
    InputError
        ``month-awaited``: no month was asked for, the newest one was done already, and another
        has ended since.
    """
    today = datetime.date.today()
    ended = last_whole_month(today)
    newer = [each for each in archive.editions() if each > month]
    if month > ended:
        warn([messages.say("month-not-over", period=month, today=today.isoformat())])
    if asked is None and newer:
        warn([messages.say("month-not-newest", period=month, newest=newer[-1])])
    if asked is None and silent and month < ended:
        raise InputError("month-awaited", period=month, awaited=ended)
