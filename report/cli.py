"""The commands, and the one place where the report and the shop's analysis are put together."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
import tomllib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.padding import Padding

from analysis import chapters, desk
from analysis.errors import SnapshotError
from analysis.settings import Settings
from analysis.snapshot import Snapshot, read_snapshot
from report import engines
from report.archive import Archive
from report.edition import Outcome, Request, Subject, languages, make_edition
from report.errors import InputError, ReportError
from report.manifest import digest_folder
from report.messages import Messages, Text, describe, terminal_language
from report.notebooks import Chapter
from report.progress import choose_progress

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
SETTINGS_FILE = "settings.toml"
INPUT_WRONG, FAILED = 2, 1


class Format(StrEnum):
    """What a report can be set as."""

    HTML = "html"
    PDF = "pdf"


def generate_report() -> None:
    """Run the command ``generate-report``."""
    _command(_generate)


def check_snapshot() -> None:
    """Run the command ``check-snapshot``."""
    _command(_check)


def _command(function: Any) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    app()


def _generate(
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
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random draw.")] = 20261031,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file. Default: settings.toml in the data folder, if there."),
    ] = None,
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
    with _told(messages, verbose):
        set_by = engines.choose(_known_engine(engine))
        chosen = _settings(settings, data)
        month = _period(period, data)
        progress = choose_progress(messages, quiet=quiet)
        with progress.step("read"):
            snapshot = read_snapshot(data / month)
        archive = Archive(output)
        subject = _subject(month, snapshot, chosen, seed, archive)
        formats = tuple(dict.fromkeys(each.value for each in format_ or list(Format)))
        request = Request(
            period=month,
            seed=seed,
            languages=_languages(language or ["ru"]),
            formats=formats,
            engine=set_by,
            replace=replace,
        )
        outcome = make_edition(snapshot, subject, request, archive, progress)
        if not quiet:
            _show_outcome(outcome, formats, messages, round(time.monotonic() - started, 1))


def _check(
    folder: Annotated[Path, typer.Argument(help="Folder of one month's four files.")],
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print the traceback of an error.")
    ] = False,
) -> None:
    """Check one month's snapshot and print everything found, without making a report.

    Exit status: 0 the snapshot can be used, 2 it cannot.
    """
    messages = Messages(terminal_language())
    with _told(messages, verbose):
        snapshot = read_snapshot(folder)
        console = _console(sys.stdout)
        for repair in snapshot.repairs:
            fields = {name: str(getattr(repair, name)) for name in repair.__dataclass_fields__}
            console.print(f"• {messages.say('repaired_label', **fields).what}")
        for finding in snapshot.findings:
            console.print(f"• {messages.say(finding.code, **finding.values()).what}")
        console.print(messages.say("snapshot-usable", customers=len(snapshot.customers)).what)


def _subject(
    period: str, snapshot: Snapshot, settings: Settings, seed: int, archive: Archive
) -> Subject:
    plain = settings.model_dump(mode="json")
    earlier = list(_earlier(period, snapshot.kind, archive))
    previous = _previous(earlier)
    archived = None if snapshot.customers["level"].notna().any() else _archived_model(earlier)
    digest = digest_folder(archived) if archived else None
    return Subject(
        chapters=[
            Chapter(name, chapters.FOLDER / f"{name}.ipynb", needs)
            for name, needs in chapters.NEEDS.items()
        ],
        parameters={"period": period, "seed": seed, "settings": plain, "previous": previous},
        settings={**plain, "previous": previous, desk.ARCHIVED_MODEL: digest},
        gather=lambda work: desk.gather(work, period, snapshot.kind, seed, settings),
        sources={"analysis": chapters.FOLDER.parent},
        materials={desk.ARCHIVED_MODEL: archived} if archived else {},
    )


def _earlier(period: str, kind: str, archive: Archive) -> Iterator[tuple[str, Path, Any]]:
    """Go through the earlier editions of one kind, newest first: period, folder, results."""
    for earlier in reversed(archive.editions()):
        if earlier >= period:
            continue
        folder = archive.edition(earlier)
        try:
            results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
            if results["kind"] == kind:
                yield earlier, folder, results
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _previous(earlier: list[tuple[str, Path, Any]]) -> dict[str, Any] | None:
    """Find the share of decline in the newest earlier edition that has one."""
    for period, _, results in earlier:
        try:
            declined = results["data"]["declined"]
            if declined is not None:
                return {"period": period, "count": declined["count"], "base": declined["base"]}
        except (KeyError, TypeError):
            continue
    return None


def _archived_model(earlier: list[tuple[str, Path, Any]]) -> Path | None:
    """Find the model of the newest earlier edition that keeps one."""
    folders = (folder / "model" for _, folder, _ in earlier)
    return next((folder for folder in folders if folder.is_dir()), None)


def _period(period: str | None, data: Path) -> str:
    if not data.is_dir():
        raise InputError("data-missing", folder=data)
    months = sorted(
        folder.name
        for folder in data.iterdir()
        if folder.is_dir() and PERIOD.fullmatch(folder.name)
    )
    if period is None:
        if not months:
            raise InputError("no-snapshots", folder=data)
        return months[-1]
    if not PERIOD.fullmatch(period):
        raise InputError("period-malformed", period=period)
    if period not in months:
        there = ", ".join(months) or "—"
        raise InputError("period-missing", period=period, folder=data, months=there)
    return period


def _languages(asked: list[str]) -> tuple[str, ...]:
    for language in asked:
        if language not in languages():
            raise InputError("language-unknown", language=language, known=", ".join(languages()))
    return tuple(dict.fromkeys(asked))


def _known_engine(asked: str) -> str:
    if asked not in engines.choices():
        raise InputError("engine-unknown", engine=asked, known=", ".join(engines.choices()))
    return asked


def _settings(path: Path | None, data: Path) -> Settings:
    if path is None:
        path = data / SETTINGS_FILE
        if not path.exists():
            return Settings()
    try:
        return Settings.from_toml(path)
    except OSError as error:
        raise InputError("settings-missing", file=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("settings-not-toml", file=path, detail=str(error)) from error
    except ValidationError as error:
        keys = sorted(".".join(str(part) for part in each["loc"]) for each in error.errors())
        raise InputError("settings-wrong", file=path, keys=", ".join(keys)) from error


@contextmanager
def _told(messages: Messages, verbose: bool) -> Iterator[None]:
    """Turn errors into sentences and exit codes."""
    try:
        yield
    except SnapshotError as error:
        _print_traceback(verbose)
        _stop([messages.say(each.code, **each.values()) for each in error.problems], INPUT_WRONG)
    except ReportError as error:
        _print_traceback(verbose)
        _stop([describe(error, messages.language)], error.exit_code)
    except KeyboardInterrupt:
        _stop([messages.say("interrupted")], 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except Exception as error:  # the last line of defence: no traceback without --verbose
        _print_traceback(verbose)
        _stop([messages.say("unforeseen", error=f"{type(error).__name__}: {error}")], 1)


def _print_traceback(verbose: bool) -> None:
    if verbose:
        traceback.print_exc()


def _stop(texts: list[Text], code: int) -> NoReturn:
    console = _console(sys.stderr)
    for text in texts:
        console.print(f"[bold red]✗[/] {_plain(text.what)}")
        if text.remedy:
            remedy = _plain(text.remedy)
            console.print(Padding(remedy, (0, 0, 0, 2)) if console.is_terminal else f"  {remedy}")
    raise typer.Exit(code)


def _show_outcome(
    outcome: Outcome, formats: tuple[str, ...], messages: Messages, seconds: float
) -> None:
    console = _console(sys.stdout)
    edition = outcome.edition
    if outcome.unchanged:
        console.print(_plain(messages.say("edition-unchanged", edition=edition).what))
    elif outcome.kept_aside:
        console.print(_plain(messages.say("edition-kept-aside", place=outcome.kept_aside).what))
    for path in sorted(edition.glob("report.*")):
        if path.suffix.lstrip(".") in formats:
            console.print(_plain(str(path)))
    if not outcome.unchanged:
        console.print(_plain(messages.say("edition-made", edition=edition, seconds=seconds).what))


def _console(stream: Any) -> Console:
    return Console(file=stream, highlight=False, soft_wrap=not stream.isatty())


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
