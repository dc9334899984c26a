"""What a command tells its user: sentences, never a traceback unless asked, and exit codes."""

from __future__ import annotations

import os
import re
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

from analysis.segments.offer_book import DEFAULT_FILE, Mistake, OfferBookError
from analysis.snapshot.errors import SnapshotError
from report.edition import Outcome
from report.errors import InputError, ReportError
from report.messages import Messages, Text, describe, terminal_language
from report.streams import lasting

INPUT_WRONG, FAILED, INTERRUPTED = 2, 1, 130
_MISUSED: type[Exception] = typer.BadParameter.__bases__[0]
"""What is raised of options and arguments that a command does not have or take."""
_PATIENCE = 2
"""Signals to end that a command answers in order."""


def command(function: Any) -> None:
    """Run a function as a command of the shell."""
    _signals.listen()
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    try:
        status = app(standalone_mode=False)
    except _MISUSED as error:
        _tell([_of_misuse(error, Messages(terminal_language()))], "[bold red]✗[/]")
        sys.exit(INPUT_WRONG)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    sys.exit(status or 0)


def _of_misuse(error: Any, messages: Messages) -> Text:
    """Say what is wrong with the options of a command, in words of ours where they are known."""
    detail = error.format_message().replace("Value error, ", "")
    asked = {"command": f"{Path(sys.argv[0]).name} --help"}
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        return messages.say("option-unknown", option=error.option_name, **asked)
    if found := re.search(r"extra arguments?(?:\(s\))? \((.*)\)", detail):
        return messages.say("arguments-too-many", extra=found[1], **asked)
    if param is None:
        return messages.say("options-wrong", detail=detail, **asked)
    option = param.opts[0]
    if kind == "MissingParameter":
        return messages.say("option-missing", option=option, **asked)
    told = error.message
    if "is not one of" in told:
        seen, *known = re.findall("'([^']*)'", told)
        return messages.say("option-choice", option=option, seen=seen, known=known, **asked)
    if "valid integer" in told:
        return messages.say("option-no-integer", option=option, **asked)
    for sign, code in (("greater", "option-ge"), ("less", "option-le")):
        if found := re.search(rf"{sign} than or equal to (-?\d+)", told):
            return messages.say(code, option=option, limit=found[1], **asked)
    return messages.say("options-wrong", detail=detail, **asked)


class _SignalsToEnd:
    """Stop in order at the first signals to end; without a word, and at once, at the third.

    What a run that is stopped at once leaves behind is cleared away by the next one.
    """

    def __init__(self) -> None:
        self.came = 0
        self.heeded = False

    def __call__(self, _number: int, _frame: object) -> None:
        self.came += 1
        if self.came > _PATIENCE:
            os._exit(INTERRUPTED)
        if not self.heeded:
            raise KeyboardInterrupt

    def listen(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(each) != signal.SIG_IGN:
                signal.signal(each, self)


_signals = _SignalsToEnd()


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
        _signals.heeded = True
        _print_traceback(verbose)
        _stop([messages.say("interrupted")], INTERRUPTED)
    except typer.Exit:
        raise
    except Exception as error:  # the last line of defence: no traceback without --verbose
        _print_traceback(verbose)
        said = messages.say("unforeseen", error=f"{type(error).__name__}: {error}")
        _stop([said], failed)


def say_mistake(each: Mistake, file: Path, messages: Messages) -> Text:
    """Say what is wrong with a file of offers, where, and how to mend it."""
    place = {"file": file, "offer": each.offer, "key": each.key, "seen": each.seen}
    return messages.say(each.code, **{**place, "sample": DEFAULT_FILE, **each.fields})


def _print_traceback(verbose: bool) -> None:
    if verbose:
        traceback.print_exc()


def _stop(texts: list[Text], code: int) -> NoReturn:
    _tell(texts, "[bold red]✗[/]")
    raise typer.Exit(code)


def warn(texts: Sequence[Text]) -> None:
    """Say what is to be known of a run that succeeded, even where nothing else is said."""
    _tell(texts, "[bold yellow]![/]")


def _tell(texts: Sequence[Text], mark: str) -> None:
    out = open_console(sys.stderr)
    for text in texts:
        out.print(f"{mark} {plain(text.what)}")
        if text.remedy:
            remedy = plain(text.remedy)
            indented = remedy.replace("\n", "\n  ")
            out.print(Padding(remedy, (0, 0, 0, 2)) if out.is_terminal else f"  {indented}")


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
        detail = describe(failure, messages.language).what
        warn([messages.say("engine-fell-back", detail=detail)])
    if not outcome.unchanged:
        out.print(plain(messages.say("edition-made", edition=edition, seconds=seconds).what))


def _set(edition: Path, stem: str, formats: Sequence[str]) -> list[Path]:
    return [
        path for path in sorted(edition.glob(f"{stem}.*")) if path.suffix.lstrip(".") in formats
    ]


def open_console(stream: Any) -> Console:
    """Open a console that breaks lines on a terminal only; a closed stream takes everything."""
    out = lasting(stream)
    return Console(file=out, highlight=False, emoji=False, soft_wrap=not out.isatty())


def plain(text: str) -> str:
    """Escape what rich would take for markup, and show what a terminal would take for a command."""
    return escape("".join(map(_shown, text)))


def _shown(sign: str) -> str:
    if sign.isprintable() or sign == "\n":
        return sign
    return " " if sign.isspace() and sign > "\x1f" else ascii(sign)[1:-1]
