"""What a command tells its user: sentences, never a traceback unless asked, and exit codes."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from analysis.segments.offer_book import Mistake, OfferBookError
from analysis.snapshot.errors import SnapshotError
from report.edition import Outcome
from report.errors import InputError, ReportError
from report.messages import Messages, Text, describe

INPUT_WRONG, FAILED, INTERRUPTED = 2, 1, 130


def command(function: Any) -> None:
    """Run a function as a command of the shell."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    app()


@contextmanager
def exit_on_error(messages: Messages, verbose: bool, failed: int = FAILED) -> Iterator[None]:
    """Turn errors into sentences and exit codes.

    Parameters
    ----------
    messages
        Of the terminal's language.
    verbose
        Print tracebacks too.
    failed
        Exit code of a failure that is not the user's.
    """
    try:
        yield
    except SnapshotError as error:
        _print_traceback(verbose)
        _stop([messages.say(each.code, **each.values()) for each in error.problems], INPUT_WRONG)
    except OfferBookError as error:
        _print_traceback(verbose)
        _stop([say_mistake(each, error.file, messages) for each in error.mistakes], INPUT_WRONG)
    except ReportError as error:
        _print_traceback(verbose)
        code = INPUT_WRONG if isinstance(error, InputError) else failed
        _stop([describe(error, messages.language)], code)
    except KeyboardInterrupt:
        _stop([messages.say("interrupted")], INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(failed) from None
    except typer.Exit:
        raise
    except Exception as error:  # the last line of defence: no traceback without --verbose
        _print_traceback(verbose)
        said = messages.say("unforeseen", error=f"{type(error).__name__}: {error}")
        _stop([said], failed)


def say_mistake(each: Mistake, file: Path, messages: Messages) -> Text:
    """Say what is wrong with a file of offers, where, and how to mend it."""
    place = {"file": file, "offer": each.offer, "key": each.key, "seen": each.seen}
    return messages.say(each.code, **{**place, **each.fields})


def _print_traceback(verbose: bool) -> None:
    if verbose:
        traceback.print_exc()


def _stop(texts: list[Text], code: int) -> NoReturn:
    out = open_console(sys.stderr)
    for text in texts:
        out.print(f"[bold red]✗[/] {plain(text.what)}")
        if text.remedy:
            remedy = plain(text.remedy)
            out.print(Padding(remedy, (0, 0, 0, 2)) if out.is_terminal else f"  {remedy}")
    raise typer.Exit(code)


def show_outcome(
    outcome: Outcome,
    stems: Sequence[str],
    formats: Sequence[str],
    messages: Messages,
    seconds: float,
) -> None:
    """Say where an edition is and what was set."""
    out = open_console(sys.stdout)
    edition = outcome.edition
    if outcome.unchanged:
        out.print(plain(messages.say("edition-unchanged", edition=edition).what))
    elif outcome.kept_aside:
        out.print(plain(messages.say("edition-kept-aside", place=outcome.kept_aside).what))
    for stem in stems:
        for path in _set(edition, stem, formats):
            out.print(plain(str(path)))
    if failure := outcome.engine_failure:
        told = messages.say("engine-fell-back", detail=describe(failure, messages.language).what)
        open_console(sys.stderr).print(f"[yellow]![/] {plain(told.what)}")
    if not outcome.unchanged:
        out.print(plain(messages.say("edition-made", edition=edition, seconds=seconds).what))


def _set(edition: Path, stem: str, formats: Sequence[str]) -> list[Path]:
    return [
        path for path in sorted(edition.glob(f"{stem}.*")) if path.suffix.lstrip(".") in formats
    ]


def open_console(stream: Any) -> Console:
    """Open a console that breaks lines on a terminal only; a closed stream takes everything."""
    out = io.StringIO() if stream is None else stream
    return Console(file=out, highlight=False, soft_wrap=not out.isatty())


def plain(text: str) -> str:
    """Escape what rich would take for markup, and what a terminal would take for a command."""
    return escape("".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text))
