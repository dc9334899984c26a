"""Customers who came back under another number: they would count as gone and as new."""

from __future__ import annotations

import math

import pandas as pd

from analysis.arrays import Flags
from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import MARKET_FILE
from analysis.snapshot.snapshot import Snapshot

FEWEST_RENUMBERED, RENUMBERED = 5, 0.01
"""Number and share of the customers who are new and have the months of one who is gone."""

COURSE = {
    ("revenue", "before_previous"): ("revenue", "previous"),
    ("revenue", "previous"): ("revenue", "current"),
    ("minutes", "previous"): ("minutes", "current"),
}
"""A table and a month of an export, and the month that it was in the export a month before."""


def ask_about_renumbered(
    snapshot: Snapshot, earlier: Snapshot, period: str, months: int, notes: Notes
) -> None:
    """Ask about new customers who have the very months of customers who are gone.

    Parameters
    ----------
    snapshot, earlier : Snapshot
    period : str
        The earlier month, ``YYYY-MM``.
    months : int
        How many months before this one it is; only of one are enough numbers repeated.
    notes : Notes
        Takes ``renumbered``.
    """
    if months != 1:
        return
    ids, ids_then = snapshot.customers["id"], earlier.customers["id"]
    new, gone = ids[~ids.isin(ids_then)], ids_then[~ids_then.isin(ids)]
    now = _course(snapshot, new, list(COURSE))
    then = _course(earlier, gone, list(COURSE.values()))
    found = now.merge(then)
    if len(found):
        stayed = _course(earlier, ids_then[ids_then.isin(ids)], list(COURSE.values()))
        found = found[~_among(found, stayed)]
    fewest = max(FEWEST_RENUMBERED, math.ceil(RENUMBERED * len(ids_then)))
    if len(found) >= fewest:
        told = {"gone": str(len(gone)), "earlier": period}
        notes.mention("renumbered", MARKET_FILE.file, "id", len(found), **told)


def _course(snapshot: Snapshot, ids: pd.Series[str], places: list[tuple[str, str]]) -> pd.DataFrame:
    """Give the months of customers who have them all, above zero and as nobody else of them has."""
    columns = []
    for table, month in places:
        rows = getattr(snapshot, table)
        rows = rows[rows["period"].eq(month) & rows["id"].isin(ids)]
        columns.append(rows.set_index("id")[table])
    course: pd.DataFrame = pd.concat(columns, axis=1, keys=range(len(columns)))
    return course[(course > 0).all(axis=1)].drop_duplicates(keep=False)


def _among(some: pd.DataFrame, others: pd.DataFrame) -> Flags:
    there = some.merge(others.assign(there=True), how="left")["there"]
    return there.notna().to_numpy(dtype=bool)
