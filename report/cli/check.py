"""The command ``check-snapshot``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.campaigns.sent import find_sent, read_sent
from analysis.snapshot.books import ID, LOOKED_UP, drawn_to_look_up
from analysis.snapshot.fitness import refuse_unfit
from analysis.snapshot.places import named_as_delivered
from analysis.snapshot.snapshot import Snapshot, against_books, read_snapshot
from report.cli.console import command, exit_on_error, open_console, plain, warn
from report.cli.earlier import against_predecessor
from report.cli.options import (
    PERIOD,
    AcceptContradictionsOption,
    AcceptUnusualOption,
    VerboseOption,
    offers_file,
    read_settings,
    refuse_misplaced_files,
    refuse_strange_files,
    settings_place,
)
from report.messages import Messages, terminal_language

MOST_LOOKED_UP = 1000


def check_snapshot() -> None:
    """Run the command ``check-snapshot``."""
    command(check)


def check(
    folder: Annotated[Path, typer.Argument(help="Folder of one month's four files.")],
    look_up: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_LOOKED_UP,
            metavar="N",
            help="Draw N customers by lot to be looked up in the shop's books, for books.toml.",
        ),
    ] = 0,
    accept_contradictions: AcceptContradictionsOption = False,
    accept_unusual: AcceptUnusualOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check one month's snapshot and print everything found, without making a report.

    Exit status: 0 the snapshot can be used, 2 it cannot.
    """
    messages = Messages(terminal_language())
    with exit_on_error(messages, verbose), named_as_delivered(folder):
        snapshot = checked(folder, accept_contradictions, accept_unusual)
        if sent := find_sent(folder):
            read_sent(sent)
        out = open_console(sys.stdout)
        said = [messages.say(each.code, **each.values()) for each in snapshot.repairs]
        said += [messages.say(each.code, **each.values()) for each in snapshot.findings]
        for text in said:
            out.print(f"• {plain(text.what)}")
        for each in drawn_to_look_up(snapshot.customers["id"], snapshot.digests, look_up):
            out.print(plain(f'[[{LOOKED_UP}]]\n{ID} = "{each}"'))
        out.print(plain(messages.say("snapshot-usable", customers=len(snapshot.customers)).what))
        name = folder.resolve().name
        if not PERIOD.fullmatch(name):
            warn([messages.say("folder-is-no-month", name=name)])


def checked(folder: Path, accept_contradictions: bool, accept_unusual: bool) -> Snapshot:
    """Read a snapshot as ``generate-report`` does: with its settings and the months before it."""
    refuse_strange_files(folder)
    place = Path(os.path.realpath(folder))
    refuse_misplaced_files(place.parent, [place.name])
    offers_file(None, place.parent)
    exported = read_snapshot(folder, accept_unusual=accept_unusual)
    snapshot = against_books(exported, folder, accept_unusual=accept_unusual)
    settings = read_settings(None, place.parent)
    refuse_unfit(snapshot, settings.money, str(settings_place(None, place.parent)))
    if not PERIOD.fullmatch(place.name):
        return snapshot
    compared, _ = against_predecessor(
        snapshot,
        place.name,
        place.parent,
        accept=accept_contradictions,
        accept_unusual=accept_unusual,
    )
    return compared
