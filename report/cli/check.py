"""The command ``check-snapshot``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.campaigns.sent import SENT_FILE, read_sent
from analysis.snapshot.snapshot import read_snapshot
from report.cli.console import command, exit_on_error, open_console
from report.cli.options import VerboseOption
from report.messages import Messages, terminal_language


def check_snapshot() -> None:
    """Run the command ``check-snapshot``."""
    command(check)


def check(
    folder: Annotated[Path, typer.Argument(help="Folder of one month's four files.")],
    verbose: VerboseOption = False,
) -> None:
    """Check one month's snapshot and print everything found, without making a report.

    Exit status: 0 the snapshot can be used, 2 it cannot.
    """
    messages = Messages(terminal_language())
    with exit_on_error(messages, verbose):
        snapshot = read_snapshot(folder)
        if (folder / SENT_FILE).is_file():
            read_sent(folder / SENT_FILE)
        out = open_console(sys.stdout)
        for repair in snapshot.repairs:
            fields = {name: str(getattr(repair, name)) for name in repair.__dataclass_fields__}
            out.print(f"• {messages.say('repaired_label', **fields).what}")
        for finding in snapshot.findings:
            out.print(f"• {messages.say(finding.code, **finding.values()).what}")
        out.print(messages.say("snapshot-usable", customers=len(snapshot.customers)).what)
