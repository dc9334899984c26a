"""The snapshot against its predecessor: the wrong or a stale export is the likeliest accident.

What a month's export calls the previous month, the export before called the current one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.periods import months_between
from analysis.results.changes import ColumnOverlap, Overlap
from analysis.snapshot.errors import Finding, Notes, SnapshotError, whole_percent
from analysis.snapshot.joining import joined_digest
from analysis.snapshot.overlap import disagreement
from analysis.snapshot.places import Part, find_parts
from analysis.snapshot.schema import MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONTHS, FileContract
from analysis.snapshot.snapshot import Snapshot

MOST_DISAGREEING = 0.05
"""Share of customers in both exports above which they do not belong to one shop's history."""

FEWEST_COMPARED = 20
"""Customers in both exports that a refusal needs."""


@dataclass(frozen=True)
class Earlier:
    """An earlier month's snapshot."""

    period: str
    snapshot: Snapshot


@dataclass(frozen=True)
class Agreement:
    """How a snapshot agrees with an earlier one.

    Attributes
    ----------
    overlap : Overlap or None
        None where the two cover no common month.
    findings : tuple of Finding
        One per file and month that disagrees.
    """

    overlap: Overlap | None
    findings: tuple[Finding, ...]


def refuse_repeated(snapshot: Snapshot, earlier: Earlier) -> None:
    """Refuse a snapshot that says the same as an earlier one.

    Neither the order of the rows nor how the files are written counts.

    Raises
    ------
    SnapshotError
        ``repeated_snapshot``.
    """
    if same_content(snapshot, earlier.snapshot):
        raise _repeated(earlier.period)


def refuse_copied(snapshot: Snapshot, folder: Path, period: str) -> None:
    """Refuse a snapshot whose files are those of an earlier month, byte for byte.

    The earlier month need not be readable; this is cheap enough to be asked of every one that lies
    here.

    Parameters
    ----------
    snapshot : Snapshot
    folder : Path
        Of the earlier month's files.
    period : str
        The earlier month, ``YYYY-MM``.

    Raises
    ------
    SnapshotError
        ``repeated_snapshot``.
    """
    if all(_is(folder, file, digest) for file, digest in snapshot.digests.items()):
        raise _repeated(period)


def _is(folder: Path, file: str, digest: str) -> bool:
    parts = find_parts(folder, file, Notes())
    if not parts or any(part.elsewhere for part in parts):
        return False
    try:
        return joined_digest([_digest(part) for part in parts]) == digest
    except OSError:
        return False


def _digest(part: Part) -> str:
    with Path(part.place).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _repeated(earlier: str) -> SnapshotError:
    notes = Notes()
    notes.refuse("repeated_snapshot", MARKET_FILE.file, earlier=earlier)
    return SnapshotError(tuple(notes.problems))


def same_content(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots hold the same customers with the same values."""
    return all(
        getattr(one, table).equals(getattr(other, table))
        for table in ("customers", "revenue", "minutes", "profit", "impossible")
    )


def check_agreement(
    snapshot: Snapshot, period: str, earlier: Earlier, *, accept: bool = False
) -> Agreement:
    """Hold the months that two exports share against each other.

    Parameters
    ----------
    snapshot : Snapshot
        Of ``period``, ``YYYY-MM``.
    earlier : Earlier
        Of a month before.
    accept : bool
        Report a large disagreement as a finding instead of refusing it.

    Returns
    -------
    Agreement

    Raises
    ------
    SnapshotError
        ``contradicts_earlier``, for every file and month in which more than 5 % of the customers
        in both exports disagree, where there are at least 20 of them.
    """
    months = months_between(earlier.period, period)
    if months < 1:
        raise ValueError(f"{earlier.period} is not before {period}")
    overlap = disagreement(_by_month(earlier.snapshot), _by_month(snapshot), months)
    if not overlap.columns:
        return Agreement(None, ())
    notes = Notes()
    for column in overlap.columns:
        _note(column, earlier.period, accept, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    return Agreement(overlap, tuple(notes.findings))


def _note(column: ColumnOverlap, earlier: str, accept: bool, notes: Notes) -> None:
    if not column.share:
        return
    contract = _contract(column.column)
    place = contract.file, contract.columns[-1].heading
    fields = {
        "month": _label(column.column),
        "earlier_month": _label(column.earlier_column),
        "earlier": earlier,
        "compared": str(column.compared),
    }
    large = column.share > MOST_DISAGREEING and column.compared >= FEWEST_COMPARED
    if large and not accept:
        limit = whole_percent(MOST_DISAGREEING)
        count = str(column.disagreeing)
        notes.refuse("contradicts_earlier", *place, (), **fields, customers=count, limit=limit)
    else:
        notes.mention("differs_from_earlier", *place, column.disagreeing, **fields)


def _contract(column: str) -> FileContract:
    return MARKET_MONEY if column.startswith("revenue_") else MARKET_TIME


def _label(column: str) -> str:
    """Give the shop's own name of a column's month."""
    month = column.partition("_")[2]
    return next(label for label, own in _contract(column).months.items() if own == month)


def _by_month(snapshot: Snapshot) -> pd.DataFrame:
    """One row per customer: id, revenue and minutes by month; missing where not in the export."""
    table = snapshot.customers[["id"]]
    for values, name in ((snapshot.revenue, "revenue"), (snapshot.minutes, "minutes")):
        wide = values.pivot(index="id", columns="period", values=name)
        wide = wide.reindex(columns=list(MONTHS)).add_prefix(f"{name}_")
        table = table.merge(wide, how="left", left_on="id", right_index=True)
    return table
