"""A month beside the one before it: neither its size nor its numbers change by leaps.

Every month by itself may be plausible and still be in another unit than the last one, or lack half
of the customers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.periods import days_between
from analysis.snapshot.across import id_texts, spelt_otherwise
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import (
    CONTRACT,
    FEWEST_JUDGED,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    Column,
)
from analysis.snapshot.snapshot import Snapshot

MOST_TIMES = 3.0
"""Factor between the medians of two months above which one of them is wrong."""

MOST_TIMES_CUSTOMERS = 2.0
"""Factor between the numbers of customers."""

MOST_BLANKER = 0.2
"""By how much the share of blank cells may rise."""

MOST_RELABELLED = 0.5
"""Share of customers in both months whose label may change."""

MOST_CONSENTS = 0.2
"""By how much the share of consents among them may change."""

MOST_DAYS_ASTRAY = 16
"""Days by which the time since registration may go on otherwise than the calendar."""

MOST_REPEATED, REPEATED_AMONG = 0.9, 15
"""Share of customers with the number of the month before, in a column of so many numbers."""


def compare_likeness(
    snapshot: Snapshot, month: str, period: str, earlier: Snapshot, notes: Notes
) -> None:
    """Note what has changed by leaps since an earlier month, and what stood still.

    Parameters
    ----------
    snapshot, earlier : Snapshot
    month, period : str
        Of the snapshot and of the earlier month, ``YYYY-MM``.
    notes : Notes
        Takes ``customers_unlike_earlier``, ``ids_unlike_earlier``, ``unlike_earlier``,
        ``blanker_than_earlier``, ``labels_unlike_earlier``, ``consent_unlike_earlier``,
        ``days_unlike_earlier``, ``column_repeated``.
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
    ids, ids_then = snapshot.customers["id"], earlier.customers["id"]
    common = int(ids.isin(ids_then).sum())
    two = spelt_otherwise(id_texts(ids_then), id_texts(ids)) if 2 * common < before else None
    if two:
        here, there = two
        notes.refuse(
            "ids_unlike_earlier", MARKET_FILE.file, "id", here=here, there=there, earlier=period
        )
    then = {(file, place): values for file, place, values in _columns(earlier)}
    for file, place, values in _columns(snapshot):
        _compare(file, place, values, then[file, place], period, notes)
    if common >= FEWEST_JUDGED:
        _compare_customers(snapshot, earlier, days_between(period, month), period, notes)


def _compare_customers(
    snapshot: Snapshot, earlier: Snapshot, days: int, period: str, notes: Notes
) -> None:
    """Hold the customers of both months against themselves."""
    now = snapshot.customers.merge(snapshot.profit, how="left", on="id").set_index("id")
    then = earlier.customers.merge(earlier.profit, how="left", on="id").set_index("id")
    ids = now.index.intersection(then.index)
    now, then = now.loc[ids], then.loc[ids]
    for contract in (MARKET_FILE, MONEY):
        for column in contract.columns:
            pair = (contract.file, column, now, then)
            if column.kind == "label":
                _compare_labels(*pair, period, notes)
            elif column.kind == "number":
                _compare_numbers(*pair, days, period, notes)


def _compare_labels(
    file: str, column: Column, now: pd.DataFrame, then: pd.DataFrame, period: str, notes: Notes
) -> None:
    """Doubt labels that are others for most customers, and many more or fewer consents."""
    one, other = now[column.name], then[column.name]
    both = one.notna() & other.notna()
    share = float((one != other)[both].mean()) if both.any() else 0.0
    if share > MOST_RELABELLED:
        told = {"share": whole_percent(share), "earlier": period}
        notes.doubt("labels_unlike_earlier", file, column.heading, (), **told)
    elif column.name == "consent" and abs(one.mean() - other.mean()) > MOST_CONSENTS:
        told = {"share": whole_percent(one.mean()), "earlier_share": whole_percent(other.mean())}
        notes.doubt("consent_unlike_earlier", file, column.heading, (), **told, earlier=period)


def _compare_numbers(
    file: str,
    column: Column,
    now: pd.DataFrame,
    then: pd.DataFrame,
    days: int,
    period: str,
    notes: Notes,
) -> None:
    """Doubt days that do not go on with the calendar, and numbers that stood still."""
    gap = (now[column.name] - then[column.name]).dropna()
    if len(gap) < FEWEST_JUDGED:
        return
    if column.unit == "days":
        median = float(gap.median())
        if abs(median - days) > MOST_DAYS_ASTRAY:
            told = {"found": written_number(median), "days": str(days), "earlier": period}
            notes.doubt("days_unlike_earlier", file, column.heading, (), **told)
        return
    same = float((gap == 0).mean())
    if same > MOST_REPEATED and now[column.name].nunique() >= REPEATED_AMONG:
        told = {"share": whole_percent(same), "earlier": period}
        notes.doubt("column_repeated", file, column.heading, (), **told)


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
