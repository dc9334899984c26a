"""A month beside the one before it: neither its size nor its numbers change by leaps.

Every month by itself may be plausible and still be in another unit than the last one, or lack half
of the customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.periods import days_between, months_between
from analysis.snapshot.across import id_texts, places_in
from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.groups import (
    ask_about_groups,
    ask_about_newcomers,
)
from analysis.snapshot.leavers import compare_members
from analysis.snapshot.levels import ask_about_changed_levels
from analysis.snapshot.magnitude import place_of, written_number
from analysis.snapshot.moves import ask_about_consents, ask_about_labels, ask_about_number
from analysis.snapshot.renumbering import ask_about_renumbered
from analysis.snapshot.schema import (
    CONTRACT,
    FEWEST_JUDGED,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    NOT_STATED,
    Column,
)
from analysis.snapshot.sliding import doubt_slid_columns
from analysis.snapshot.snapshot import Snapshot

MOST_TIMES = 3.0
"""Factor between the medians of two months above which one of them is wrong."""

LEAST_OF_SHARES = 0.05
"""Median below which the next month may be any number of times as large, where there are fractions;
whole numbers may go from nothing to a few."""

MOST_BLANKER = 0.2
"""By how much the share of blank cells may rise."""

MOST_RELABELLED = 0.5
"""Share of customers in both months whose label may change."""

MOST_CONSENTS = 0.2
"""By how much the share of consents among them may change."""

MOST_DAYS_ASTRAY = 16
"""Days by which the time since registration may go on otherwise than the calendar."""

MOST_ASTRAY = 0.05
"""Share of customers whose time may."""

LEAST_ALIKE = 0.1
"""Rank correlation of a habit with the month before below which it is that of other customers."""

LESS_ALIKE = 0.5
"""Part of the least rank correlation seen in a habit below which it is asked about."""

LIKE_ANOTHER = 0.3
"""By how much more a column is like another one of the month before if the two were swapped."""

BY_CHANCE, SEEN_BY_CHANCE = 0.8, 0.2
"""Part of the changes that chance would make of two columns of labels which have nothing to do with
one another, and share of customers who would change by chance from which on that is asked."""

MOST_MOVED = 0.5
"""Share of the customers of one label who may move to another together."""

ROUNDED_BELOW = 100.0
"""Median below which rounding to whole numbers costs more than half a percent."""

MOST_REPEATED, REPEATED_AMONG = 0.9, 5
"""Share of customers with the number of the month before, in a column of so many numbers."""

MOST_REPEATED_OF_FEW = 0.99
"""The same in a column of fewer numbers, where as many customers are judged as of labels."""

RELABELLED = frozenset({"level", "category"})
"""Labels that the shop works out anew every month, so that some change."""
FEWEST_RELABELLED = 200
"""Customers among whom not one label stays as it was by chance."""


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
        Takes ``customers_unlike_earlier``, ``ids_unlike_earlier``, ``customers_gone``,
        ``ends_before_earlier``, ``unlike_earlier``, ``blanker_than_earlier``, ``fractions_since``,
        ``rounded_since``, ``labels_unlike_earlier``, ``label_moved``, ``consent_unlike_earlier``,
        ``days_unlike_earlier``, ``days_apart``, ``column_repeated``, ``column_of_another``,
        ``values_of_others``, ``slid_rows``, ``column_moved``, ``more_zeros``,
        ``end_emptied``, ``month_carried_over``, ``losses_found``, ``label_share_moved``,
        ``consents_regained``, ``less_alike``, ``levels_not_borne_out``, ``group_gone``,
        ``group_moved``, ``newcomers_alike``, ``renumbered``, ``labels_changed``,
        ``customers_moved``.
    """
    found, before = len(snapshot.customers), len(earlier.customers)
    if min(found, before) < FEWEST_JUDGED:
        return
    common = compare_members(snapshot.customers, month, period, earlier.customers, notes)
    then = {(file, place): values for file, place, values in _columns(earlier)}
    for file, place, values in _columns(snapshot):
        _compare(file, place, values, then[file, place], period, notes)
    if common >= FEWEST_JUDGED:
        doubt_slid_columns(snapshot, earlier, period, notes)
        _compare_customers(snapshot, earlier, (period, month), notes)
        ids, ids_then = snapshot.customers["id"], earlier.customers["id"]
        known = places_in(id_texts(ids), id_texts(ids_then)) >= 0
        ask_about_newcomers(snapshot.customers, known, period, notes)
        between = months_between(period, month)
        ask_about_renumbered(snapshot, earlier, period, between, notes)


def _compare_customers(
    snapshot: Snapshot, earlier: Snapshot, between: tuple[str, str], notes: Notes
) -> None:
    """Hold the customers of both months against themselves."""
    period, days = between[0], days_between(*between)
    before = (period, months_between(*between))
    named, others = (pd.Index(each.customers["id"]) for each in (snapshot, earlier))
    ids = named.intersection(others)
    now, then = snapshot.customers_of(ids), earlier.customers_of(ids)
    for contract in (MARKET_FILE, MONEY):
        for column in contract.columns:
            pair = (contract.file, column, now, then)
            if column.kind == "label":
                _compare_blank_labels(*pair, period, notes)
                _compare_labels(*pair, period, notes)
                ask_about_labels(*pair, before, notes)
                if column.name == "consent":
                    ask_about_consents(*pair, before, notes)
            elif column.kind == "number":
                _compare_numbers(*pair, days, period, notes)
                ask_about_number(*pair, before, notes)
    if len(ids) >= FEWEST_FOLLOWED:
        _compare_habits(now, then, before, notes)
        ask_about_changed_levels(now, then, period, notes)
        ask_about_groups(now, then, before, notes)


def _compare_labels(
    file: str, column: Column, now: pd.DataFrame, then: pd.DataFrame, period: str, notes: Notes
) -> None:
    """Doubt labels that are others for most customers, and many more or fewer consents."""
    one, other = now[column.name], then[column.name]
    both = one.notna() & other.notna()
    share = float((one != other)[both].mean()) if both.any() else 0.0
    if not share and column.name in RELABELLED and both.sum() >= FEWEST_RELABELLED:
        told = {"share": whole_percent(1.0), "earlier": period}
        notes.doubt("column_repeated", file, column.heading, (), **told)
        return
    told = {"share": whole_percent(share), "earlier": period}
    if share > MOST_RELABELLED:
        notes.doubt("labels_unlike_earlier", file, column.heading, (), **told)
    elif column.name == "consent" and abs(one.mean() - other.mean()) > MOST_CONSENTS:
        told = {"share": whole_percent(one.mean()), "earlier_share": whole_percent(other.mean())}
        notes.doubt("consent_unlike_earlier", file, column.heading, (), **told, earlier=period)
    elif _is_by_chance(one[both], other[both], share):
        notes.doubt("labels_unlike_earlier", file, column.heading, (), **told)
    elif column.labels and not column.labels.closed and (moved := _moved(one[both], other[both])):
        label, became, part = moved
        told = {"label": shown(label), "became": shown(became), "share": whole_percent(part)}
        notes.doubt("label_moved", file, column.heading, (), **told, earlier=period)


def _is_by_chance(one: pd.Series[Any], other: pd.Series[Any], share: float) -> bool:
    """Tell whether so many labels changed that they might as well be those of other customers."""
    if len(one) < FEWEST_FOLLOWED:
        return False
    shares = [each.value_counts(normalize=True) for each in (one, other)]
    expected = 1 - float(shares[0].mul(shares[1], fill_value=0.0).sum())
    return expected > SEEN_BY_CHANCE and share > BY_CHANCE * expected


def _moved(one: pd.Series[Any], other: pd.Series[Any]) -> tuple[str, str, float] | None:
    """Find a label most of whose customers have another one that was there before, or none now."""
    known = {*other.unique(), NOT_STATED}
    for label, now in one.groupby(other, observed=True):
        became = now.value_counts(normalize=True)
        if len(now) < FEWEST_JUDGED or became.index[0] == label:
            continue
        if became.iloc[0] > MOST_MOVED and became.index[0] in known:
            return str(label), str(became.index[0]), float(became.iloc[0])
    return None


def _compare_blank_labels(
    file: str, column: Column, now: pd.DataFrame, then: pd.DataFrame, period: str, notes: Notes
) -> None:
    """Doubt a column of labels that is blank for many more customers."""
    blank, blank_then = (
        float((each[column.name].isna() | each[column.name].eq(NOT_STATED)).mean())
        for each in (now, then)
    )
    if blank - blank_then > MOST_BLANKER:
        told = {"share": whole_percent(blank), "earlier_share": whole_percent(blank_then)}
        notes.doubt("blanker_than_earlier", file, column.heading, (), **told, earlier=period)


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
        elif (astray := float(((gap - days).abs() > MOST_DAYS_ASTRAY).mean())) > MOST_ASTRAY:
            told = {"share": whole_percent(astray), "days": str(days), "earlier": period}
            notes.doubt("days_apart", file, column.heading, (), **told)
        return
    same, different = float((gap == 0).mean()), now[column.name].nunique()
    few = len(gap) >= FEWEST_RELABELLED and same > MOST_REPEATED_OF_FEW
    if different > 1 and (few if different < REPEATED_AMONG else same > MOST_REPEATED):
        told = {"share": whole_percent(same), "earlier": period}
        notes.doubt("column_repeated", file, column.heading, (), **told)


def _compare_habits(
    now: pd.DataFrame, then: pd.DataFrame, earlier: tuple[str, int], notes: Notes
) -> None:
    """Doubt numbers that are like another column of the month before, or like none of its own.

    A habit stays with its customer: where it does not, the column belongs to others; where it does
    less than in any month seen, that is asked about.
    """
    period, months = earlier
    numbers = [
        (contract.file, column)
        for contract in (MARKET_FILE, MONEY)
        for column in contract.columns
        if column.kind == "number"
    ]
    names = [column.name for _, column in numbers]
    every = 1 + len(now) // MOST_RANKED
    alike = _rank_correlations(now[names].iloc[::every], then[names].iloc[::every])
    for place, (file, column) in enumerate(numbers):
        own, best = alike[place, place], int(np.argmax(alike[place]))
        if alike[place, best] > own + LIKE_ANOTHER:
            told = {"other": numbers[best][1].heading, "earlier": period}
            notes.doubt("column_of_another", file, column.heading, (), **told)
        elif column.habit and own < LEAST_ALIKE:
            told = {"found": f"{own:.2f}", "earlier": period}
            notes.doubt("values_of_others", file, column.heading, (), **told)
        elif (least := least_of_habit(column, months)) is not None and own < least:
            told = {"alike": f"{own:.2f}", "usual": f"{column.habit:.2f}", "earlier": period}
            if not notes.blames(file, column.heading):
                notes.mention("less_alike", file, column.heading, len(now), **told)


def least_of_habit(column: Column, months: int) -> float | None:
    """Give the rank correlation over some months below which a habit is asked about."""
    return None if column.habit is None else LESS_ALIKE * column.habit**months


def _rank_correlations(now: pd.DataFrame, then: pd.DataFrame) -> Floats:
    """Rank correlation of every column of one table (rows) with every one of another."""
    ranks = []
    for table in (now, then):
        rank = table.rank()
        centred = rank.sub(rank.mean()).fillna(0.0).to_numpy()
        size = np.sqrt((centred**2).sum(axis=0))
        ranks.append(centred / np.where(size > 0, size, 1.0))
    correlations: Floats = ranks[0].T @ ranks[1]
    return correlations


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
    if min(now.count(), then.count()) < FEWEST_JUDGED or not (medians >= 0).all():
        return
    whole, whole_then = (float((each.dropna() % 1 == 0).mean()) for each in (now, then))
    _compare_fractions(file, place, now, (whole, whole_then), period, notes)
    least = 1.0 if whole == 1 and whole_then == 1 else LEAST_OF_SHARES
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


def _compare_fractions(
    file: str,
    place: str,
    now: pd.Series[float],
    whole: tuple[float, float],
    period: str,
    notes: Notes,
) -> None:
    """Doubt numbers that were whole and have fractions now, or were rounded from small ones."""
    if now.count() < FEWEST_FOLLOWED:
        return
    few, most = 0.5, 1.0
    if whole[1] == most and whole[0] < few:
        notes.doubt("fractions_since", file, place, (), earlier=period)
    elif whole[0] == most and whole[1] < few and now.median() < ROUNDED_BELOW:
        notes.doubt("rounded_since", file, place, (), earlier=period)


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
                yield contract.file, place_of(column, label), values
