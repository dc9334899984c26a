"""Takes customers out of an archive: one who is to be forgotten, all when their time is over."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pandas as pd
import pyarrow as pa

from analysis.campaigns.sent import SENT_FILE, find_sent, read_sent
from analysis.chapters.forgetting import Customer, files_of_customers, without
from analysis.chapters.words import Words
from analysis.periods import months_later
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.pieces import Cut, cut_part
from analysis.snapshot.places import SOURCES_FILE, find_parts
from analysis.snapshot.schema import CONTRACT
from report import resources
from report.archive import Archive
from report.chain import FAILED, REPLACED, Chain, is_edition_name
from report.cli.console import open_console, plain, warn
from report.cli.options import PERIOD
from report.cli.shelf import COMPARISONS
from report.cli.verify import show_chain
from report.edition import languages
from report.errors import InputError
from report.messages import Messages
from report.rewriting import Changes, rewrite

UNREACHED = frozenset({"unreachable_source", "missing_source"})
"""Problems of a file that may hold anybody; so may one whose place cannot be read."""


def forget(customer: str, output: Path, data: Path, messages: Messages, *, quiet: bool) -> None:
    """Take a customer out of every edition, comparison and list of an archive.

    Parameters
    ----------
    customer
        Id as it was exported.
    output
        The archive.
    data
        Folder of the snapshots: they are left alone, and named where the customer stands in them.

    Raises
    ------
    InputError
        ``edition-busy``; ``forget-unreadable``: files that cannot be read, nothing is changed then;
        ``forget-unknown``: nothing names the customer.
    """
    Archive(output).refuse_while_busy()
    words = resources.templates() / "words"
    asked = Customer.of(customer, [Words.load(words / each) for each in languages()])
    unreadable: list[Path] = []
    changes = {folder: _without(folder, asked, unreadable) for folder in _folders(output)}
    if unreadable:
        raise InputError("forget-unreadable", files=unreadable)
    for folder, each in changes.items():
        rewrite(folder, each, "forgotten")
    notebooks = [file for file in _failed(output) if _names(file, customer)]
    for file in notebooks:
        file.unlink()
    editions = [files for each in changes.values() for files in each.values()]
    exported, unknown = _exports(data, customer)
    if not (editions or notebooks or exported):
        raise InputError("forget-unknown", folder=output)
    if not quiet:
        out = open_console(sys.stdout)
        files = len(notebooks) + sum(map(len, editions))
        said = messages.say("forgotten", files=files, editions=len(editions))
        out.print(plain(said.what))
        show_chain(Chain.of(output), messages)
    if exported:
        warn([messages.say("forgotten-not-there", files=exported)])
    if unknown:
        warn([messages.say("forgotten-not-known", files=unknown)])


def _without(folder: Path, asked: Customer, unreadable: list[Path]) -> Changes:
    """Give what becomes of the files of an archive that name a customer."""
    found: dict[str, dict[str, bytes | None]] = {}
    for edition in _editions(folder):
        for file in files_of_customers(edition):
            try:
                left = without(file, asked)
            except (OSError, ValueError, LookupError, zipfile.BadZipFile, pa.ArrowException):
                unreadable.append(file)
                continue
            if left is not None:
                found.setdefault(edition.name, {})[file.relative_to(edition).as_posix()] = left
    return found


def expire(output: Path, month: str, keep: int | None) -> None:
    """Remove the files that name customers from what is older than may be kept.

    Parameters
    ----------
    output
        The archive.
    month
        That is being reported.
    keep
        Months that such files are kept; None for ever.
    """
    if keep is None:
        return
    oldest = months_later(month, -keep)
    for folder in _folders(output):
        old = [each for each in _editions(folder) if _month_of(each.name) < oldest]
        changes: dict[str, dict[str, bytes | None]] = {
            each.name: {
                file.relative_to(each).as_posix(): None for file in files_of_customers(each)
            }
            for each in old
        }
        rewrite(folder, {name: files for name, files in changes.items() if files}, "expired")


def _month_of(name: str) -> str:
    """Name the newest month that an edition, a replaced one or a comparison is about."""
    return max((found[0] for found in PERIOD.finditer(name)), default="9999-12")


def _folders(output: Path) -> list[Path]:
    return [output, output / COMPARISONS, output / REPLACED]


def _editions(folder: Path) -> Iterator[Path]:
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.is_dir() and is_edition_name(place.name) and place.name != COMPARISONS:
            yield place


def _failed(output: Path) -> list[Path]:
    return [file for file in sorted((output / FAILED).rglob("*")) if file.is_file()]


def _exports(data: Path, customer: str) -> tuple[list[str], list[str]]:
    """Name the exports that hold an id, and those elsewhere that cannot be read.

    What is packed, and what lies elsewhere, shows its ids only when it is opened.
    """
    plain_ones = [file for file in data.glob("*/*") if file.is_file() and _names(file, customer)]
    holding, known = set(map(str, plain_ones)), {file.absolute() for file in plain_ones}
    unknown = []
    months = [place for place in sorted(data.glob("*")) if PERIOD.fullmatch(place.name)]
    for month, contract in product(months, CONTRACT):
        notes = Notes()
        parts = find_parts(month, contract.file, notes)
        if notes.blames_file(SOURCES_FILE) or any(
            each.code in UNREACHED for each in notes.problems
        ):
            unknown.append(f"{month.name}/{contract.file}")
        for part in parts:
            if part.elsewhere or Path(part.place) not in known:
                piece = cut_part(Cut(contract, part))
                if piece.table is not None and _holds(piece.table.cells, customer):
                    holding.add(f"{month.name}/{part.name}" if part.elsewhere else part.place)
                elif part.elsewhere and not piece.was_read:
                    unknown.append(f"{month.name}/{part.name}")
    for month in months:
        try:
            sent = find_sent(month)
            if sent and sent.absolute() not in known and customer in set(read_sent(sent)["id"]):
                holding.add(str(sent))
        except SnapshotError:
            unknown.append(f"{month.name}/{SENT_FILE}")
    return sorted(holding), unknown


def _holds(cells: pd.DataFrame, customer: str) -> bool:
    return "id" in cells and bool(cells["id"].eq(customer).any())


def _names(file: Path, customer: str) -> bool:
    pattern = rb"(?<![\w.-])" + re.escape(customer.encode()) + rb"(?![\w.-])"
    return re.search(pattern, file.read_bytes()) is not None
