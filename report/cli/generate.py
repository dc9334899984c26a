"""The command ``generate-report``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from analysis import chapters
from analysis.changes.key_figures import archived_key_figures
from analysis.chapters import workspace
from analysis.chapters.edition_files import COMPARISON, OLD, circumstances, materials_of
from analysis.settings import Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from report import engines
from report.archive import Archive
from report.cli.console import command, exit_on_error, show_outcome
from report.cli.earlier import (
    Archived,
    against_predecessor,
    chosen_edition,
    earlier_editions,
    shared_versions,
    versions_in,
    versions_now,
)
from report.cli.forecast_inputs import editions_to_judge, month_to_learn_from
from report.cli.front_page import renew_front_page
from report.cli.options import (
    LANGUAGE,
    SEED,
    chosen_period,
    known_engine,
    known_languages,
    read_settings,
)
from report.edition import Request, Subject, make_edition
from report.messages import Messages, terminal_language
from report.notebooks import Chapter
from report.progress import choose_progress


class Format(StrEnum):
    """What a report can be set as."""

    HTML = "html"
    PDF = "pdf"


def generate_report() -> None:
    """Run the command ``generate-report``."""
    command(generate)


def generate(
    period: Annotated[
        str | None,
        typer.Argument(help="Month of the snapshot, YYYY-MM. Default: the newest one."),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the snapshots.")] = Path("data"),
    output: Annotated[Path, typer.Option(help="Folder of the editions.")] = Path("output"),
    format_: Annotated[
        list[Format] | None,
        typer.Option("--format", help="What to set; may be repeated. Default: both."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Language of the report; may be repeated. Default: ru."),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What sets the report: auto, quarto or embedded.")
    ] = engines.AUTO,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random draw.")] = SEED,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file. Default: settings.toml in the data folder, if there."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="PERIOD|none",
            help="Earlier edition to compare with. Default: the newest one of the same kind.",
        ),
    ] = None,
    accept_contradictions: Annotated[
        bool,
        typer.Option(
            "--accept-contradictions",
            help="Take a snapshot that contradicts the month before it.",
        ),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace a different edition of the month; keep it aside."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print the traceback of an error.")
    ] = False,
) -> None:
    """Make the report of one month from the shop's export.

    Exit status: 0 done, 1 a chapter or the engine failed, 2 the input is wrong.
    """
    started = time.monotonic()
    messages = Messages(terminal_language())
    with exit_on_error(messages, verbose):
        set_by = known_engine(engine)
        chosen = read_settings(settings, data)
        month = chosen_period(period, data)
        progress = choose_progress(messages, quiet=quiet)
        with progress.step("read"):
            snapshot, differing = against_predecessor(
                read_snapshot(data / month), month, data, accept=accept_contradictions
            )
        archive = Archive(output)
        earlier = earlier_editions(archive, month, snapshot.kind)
        compared = chosen_edition(against, earlier)
        horizon = chosen.model.forecast_horizon
        ahead = {
            **month_to_learn_from(month, snapshot, horizon, data, earlier),
            **editions_to_judge(month, chosen, earlier),
        }
        subject = subject_of(month, snapshot, chosen, seed, earlier, compared, differing, ahead)
        formats = tuple(dict.fromkeys(each.value for each in format_ or list(Format)))
        request = Request(
            name=month,
            period=month,
            seed=seed,
            languages=known_languages(language or [LANGUAGE]),
            formats=formats,
            engine=set_by,
            replace=replace,
        )
        outcome = make_edition(snapshot, subject, request, archive, progress)
        renew_front_page(archive)
        if not quiet:
            seconds = round(time.monotonic() - started, 1)
            show_outcome(outcome, subject.document, formats, messages, seconds)


def subject_of(
    period: str,
    snapshot: Snapshot,
    settings: Settings,
    seed: int,
    earlier: Sequence[Archived],
    compared: Archived | None,
    differing: dict[str, int],
    ahead: Mapping[str, Path | str] = MappingProxyType({}),
) -> Subject:
    """What a month's report is about.

    Parameters
    ----------
    earlier
        Earlier editions of the kind, the newest first.
    compared
        That of them which this month is compared with.
    differing
        In what the snapshot differs from the one before it.
    ahead
        Materials of the forecast and of the record of earlier ones.
    """
    plain = settings.model_dump(mode="json")
    materials: dict[str, Path | str] = {**ahead}
    if not snapshot.customers["level"].notna().any():
        kept = next((each.model for each in earlier if each.model), None)
        materials |= {workspace.ARCHIVED_MODEL: kept} if kept else {}
    if compared:
        materials |= _materials(compared, earlier)
    return Subject(
        chapters=[
            Chapter(name, chapters.FOLDER / f"{name}.ipynb", needs)
            for name, needs in chapters.NEEDS.items()
            if compared or name != chapters.CHANGES
        ],
        parameters={"period": period, "seed": seed, "settings": plain},
        settings={**plain, "differs_from_earlier": {**differing}},
        gather=lambda work: workspace.gather(work, period, snapshot.kind, seed, settings),
        sources={"analysis": chapters.FOLDER.parent},
        materials=materials,
    )


def _materials(compared: Archived, earlier: Sequence[Archived]) -> dict[str, Path | str]:
    old, new = shared_versions(versions_in(compared.folder), versions_now())
    trend = [archived_key_figures(each.results) for each in reversed(earlier)]
    return {
        **materials_of(compared.folder, OLD),
        COMPARISON: circumstances(old, new, trend),
    }
