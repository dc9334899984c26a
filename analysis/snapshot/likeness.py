"""A month beside the one before it: neither its size nor its numbers change by leaps.

Every month by itself may be plausible and still be in another unit than the last one, or lack half
of the customers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import (
    CONTRACT,
    FEWEST_JUDGED,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
)
from analysis.snapshot.snapshot import Snapshot, spelt_otherwise

MOST_TIMES = 3.0
"""Factor between the medians of two months above which one of them is wrong."""

MOST_TIMES_CUSTOMERS = 2.0
"""Factor between the numbers of customers."""

MOST_BLANKER = 0.2
"""By how much the share of blank cells may rise."""


def compare_likeness(snapshot: Snapshot, period: str, earlier: Snapshot, notes: Notes) -> None:
    """Note what has changed by leaps since an earlier month.

    Parameters
    ----------
    snapshot, earlier : Snapshot
    period : str
        Of the earlier month, ``YYYY-MM``, for the messages.
    notes : Notes
        Takes ``customers_unlike_earlier``, ``ids_unlike_earlier``, ``unlike_earlier``,
        ``blanker_than_earlier``.
    """
    found, before = len(snapshot.customers), len(earlier.customers)
    if min(found, before) < FEWEST_JUDGED:
        return
    if max(found, before) > MOST_TIMES_CUSTOMERS * min(found, before):
        notes.doubt(
            "customers_unlike_earlier",
            MARKET_FILE.file,
            None,
            (),
            found=str(found),
            before=str(before),
            earlier=period,
        )
    ids, ids_then = snapshot.customers["id"].tolist(), earlier.customers["id"].tolist()
    if 2 * len(set(ids) & set(ids_then)) < before and (two := spelt_otherwise(ids_then, ids)):
        here, there = two
        notes.refuse(
            "ids_unlike_earlier", MARKET_FILE.file, "id", here=here, there=there, earlier=period
        )
    then = {(file, place): values for file, place, values in _columns(earlier)}
    for file, place, values in _columns(snapshot):
        _compare(file, place, values, then[file, place], period, notes)


def _compare(
    file: str,
    place: str,
    now: pd.Series[float],
    then: pd.Series[float],
    period: str,
    notes: Notes,
) -> None:
    blank, blank_then = float(now.isna().mean()), float(then.isna().mean())
    if blank - blank_then > MOST_BLANKER:
        notes.doubt(
            "blanker_than_earlier",
            file,
            place,
            (),
            share=whole_percent(blank),
            earlier_share=whole_percent(blank_then),
            earlier=period,
        )
        return
    medians = np.array([now.median(), then.median()], dtype=float)
    if min(now.count(), then.count()) < FEWEST_JUDGED or not (medians > 0).all():
        return
    least = 1.0 if (now.dropna() % 1 == 0).all() else 0.0
    if medians.max() > MOST_TIMES * max(medians.min(), least):
        notes.doubt(
            "unlike_earlier",
            file,
            place,
            (),
            median=written_number(medians[0]),
            earlier_median=written_number(medians[1]),
            earlier=period,
        )


def _columns(snapshot: Snapshot) -> Iterator[tuple[str, str, pd.Series[float]]]:
    """Every number column, or month of one: its file, its place, its values by customer."""
    tables = {
        MARKET_FILE.file: snapshot.customers,
        MARKET_MONEY.file: snapshot.revenue,
        MARKET_TIME.file: snapshot.minutes,
        MONEY.file: snapshot.profit,
    }
    for contract in CONTRACT:
        table = tables[contract.file]
        for column in contract.columns:
            if column.kind != "number":
                continue
            if not contract.by_period:
                yield contract.file, column.heading, table[column.name]
                continue
            for label, month in contract.months.items():
                values = table.loc[table["period"] == month, column.name]
                yield contract.file, f"{column.heading}, {label}", values
