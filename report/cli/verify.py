"""Whether the editions of an archive are what was sealed, and how that is told."""

from __future__ import annotations

import sys
from pathlib import Path

from analysis.results import LeftOutEdition
from report.chain import Chain
from report.cli.console import open_console, plain
from report.cli.options import check_period
from report.errors import InputError, Note
from report.messages import Messages, Text


def verify_editions(folder: Path, period: str | None, messages: Messages, *, quiet: bool) -> None:
    """Hold every edition of an archive, or one, against what was sealed, and say that it is.

    Raises
    ------
    InputError
        ``period-malformed``, ``verify-nothing``: there is no edition, or not that one;
        ``verify-failed``: with every file that is not what was sealed.
    """
    chain = Chain.of(folder)
    names = chain.names()
    if period is not None:
        check_period(period)
        names = tuple(name for name in names if name == period)
    if not names:
        raise InputError("verify-nothing", folder=folder, period=period or "")
    wrong = [
        _note(name, faults, chain.is_gone(name)) for name in names if (faults := chain.faults(name))
    ]
    if wrong:
        raise InputError("verify-failed", folder=folder, editions=wrong)
    if not quiet:
        out = open_console(sys.stdout)
        out.print(plain(messages.say("verify-whole", editions=len(names)).what))
        show_chain(chain, messages)


def show_chain(chain: Chain, messages: Messages) -> None:
    """Print the digest that vouches for the whole archive."""
    if chain.newest is not None:
        said = messages.say("chain-newest", edition=chain.newest, digest=chain.fingerprint)
        open_console(sys.stdout).print(plain(said.what))


def say_left_out(each: LeftOutEdition, messages: Messages) -> Text:
    """Say that an earlier edition was not read, and why."""
    code = "left-out-gone" if each.gone else "left-out-changed"
    return messages.say(code, period=each.period, files=each.files)


def _note(name: str, files: list[str], gone: bool) -> Note:
    code = "verify-gone" if gone else "verify-changed"
    return Note(code, {"edition": name, "files": files})
