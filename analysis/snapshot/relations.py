"""Columns of one file beside one another: what no two of them can say together.

Each column by itself may be plausible and still be another one, or stand under the wrong label.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED, moved_by
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, MARKET_FILE, Column, FileContract

CONTACTS_APART = 4.0
"""Factor between the medians of this month's contacts and those of six months, both a month's mean,
above which one of them is wrong."""

MOST_FRACTIONS = 0.5
"""Share of numbers with fractions above which a column holds no counts."""

FEWER_PAGES = 0.25
"""Share of customers with fewer pages in a visit than categories above which one of the two is
another column; in all months seen it was 6 % at most, both being means."""

MOST_EQUAL, EQUAL_AMONG = 0.9, 5
"""Share of equal numbers above which two columns are one, where there are so many numbers."""

BROWSING = ("pages_per_visit", "categories_per_visit")
"""What customers do less of whose activity went down."""

MORE_ACTIVE = 0.6
"""Chance that a customer marked as less active does more of it than one who is not, above which the
two marks are swapped: in all months seen it was below a third."""

LEVEL_TOLD = 0.98
"""The same chance, or that of the opposite, above which a number tells the level alone: in all
months seen it was 0.86 at most."""

Judged = tuple[Column, "pd.Series[float]"]


def check_relations(
    contract: FileContract, frame: pd.DataFrame, numbers: Mapping[Column, Numbers], notes: Notes
) -> None:
    """Hold the columns of a file against one another.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its levels.
    numbers : mapping of Column to Numbers
        As read, before values out of bounds were taken out.
    notes : Notes
        Takes ``fractions_in_count``, ``columns_equal``, ``months_apart``, ``month_moved``,
        ``fewer_pages``, ``fewer_pages_often``, ``levels_reversed``,
        ``levels_reversed_in_group``, ``level_told``. A column
        with a problem already is left alone.
    """
    if contract is not MARKET_FILE:
        return
    judged = {
        column.name: (column, read.values)
        for column, read in numbers.items()
        if read.values.count() >= FEWEST_JUDGED and not notes.blames(contract.file, column.heading)
    }
    for column, values in judged.values():
        _doubt_fractions(contract.file, column, values, notes)
    _doubt_equal_columns(contract.file, list(judged.values()), notes)
    if {"contacts_6m", "contacts_now"} <= judged.keys():
        _compare_contacts(contract.file, judged["contacts_6m"], judged["contacts_now"], notes)
    if {*BROWSING} <= judged.keys():
        pages, categories = (judged[name] for name in BROWSING)
        _compare_pages(contract.file, pages, categories, notes)
        _doubt_levels(contract.file, frame, [pages, categories], notes)
    _ask_about_told_levels(contract.file, frame, list(judged.values()), notes)


def _doubt_fractions(file: str, column: Column, values: pd.Series[float], notes: Notes) -> None:
    """Refuse counts that have fractions: another column, another unit, or a mean."""
    known = values.dropna()
    if column.whole and float((known % 1 != 0).mean()) > MOST_FRACTIONS:
        examples = ", ".join(f"«{written_number(each)}»" for each in known[known % 1 != 0].iloc[:3])
        notes.doubt("fractions_in_count", file, column.heading, (), found=examples)


def _doubt_equal_columns(file: str, judged: list[Judged], notes: Notes) -> None:
    """Refuse two columns that hold the same numbers: one was written in place of the other."""
    for (column, values), (other, others) in combinations(judged, 2):
        if values.iloc[0] != others.iloc[0] and values.iloc[1:3].ne(others.iloc[1:3]).all():
            continue  # most pairs are told apart by a look at their first rows
        same = float(values.eq(others).mean())
        if same > MOST_EQUAL and values.nunique() >= EQUAL_AMONG:
            told = {"share": whole_percent(same), "other": other.heading}
            notes.doubt("columns_equal", file, column.heading, (), **told)


def _compare_contacts(file: str, six_months: Judged, this_month: Judged, notes: Notes) -> None:
    """Refuse contacts of this month and of six months that cannot both be a month's mean.

    Where they may be, and differ, that is asked about.
    """
    (usual, six), (column, now) = six_months, this_month
    if notes.blames(file, column.heading):
        return
    ratio = float(now.median()) / float(six.median()) if six.median() else np.inf
    if not 1 / CONTACTS_APART <= ratio <= CONTACTS_APART:
        _doubt_medians("months_apart", file, this_month, six_months, notes)
        return
    typical = moved_by(np.asarray(six), np.asarray(now), column)
    if typical is not None:
        told = {"percent": whole_percent(typical), "other": usual.heading}
        notes.mention("month_moved", file, column.heading, int(now.count()), **told)


def _doubt_medians(code: str, file: str, doubted: Judged, beside: Judged, notes: Notes) -> None:
    """Refuse a column for its median beside that of another."""
    (column, values), (other, others) = doubted, beside
    told = {
        "median": written_number(float(values.median())),
        "other": other.heading,
        "other_median": written_number(float(others.median())),
    }
    notes.doubt(code, file, column.heading, (), **told)


def _compare_pages(file: str, viewed: Judged, among: Judged, notes: Notes) -> None:
    """Refuse fewer pages in a visit than categories: every category has a page."""
    (column, pages), (other, categories) = viewed, among
    if float(pages.median()) < float(categories.median()):
        _doubt_medians("fewer_pages", file, viewed, among, notes)
    elif (share := float(pages.lt(categories).mean())) > FEWER_PAGES:
        told = {"share": whole_percent(share), "other": other.heading}
        notes.doubt("fewer_pages_often", file, column.heading, (), **told)


def _doubt_levels(file: str, frame: pd.DataFrame, browsing: list[Judged], notes: Notes) -> None:
    """Refuse levels by which those do more whose activity went down."""
    column = MARKET_FILE.column("level")
    if "level" not in frame or notes.blames(file, column.heading):
        return
    declined = frame["level"].eq("declined").fillna(False).to_numpy(dtype=bool)
    steady = frame["level"].eq("steady").fillna(False).to_numpy(dtype=bool)
    if min(declined.sum(), steady.sum()) < FEWEST_JUDGED or len(frame) < FEWEST_FOLLOWED:
        return
    chances = [
        chance_of_more(values[declined].dropna(), values[steady].dropna()) for _, values in browsing
    ]
    others = ", ".join(f"«{each.heading}»" for each, _ in browsing)
    if min(chances) > MORE_ACTIVE:
        told = {"chance": whole_percent(min(chances)), "others": others}
        notes.doubt("levels_reversed", file, column.heading, (), **told)
        return
    reversed_for = _reversed_groups(frame, browsing)
    if reversed_for:
        size, chance, label = max(reversed_for)
        told = {"chance": whole_percent(chance), "others": others, "label": label}
        notes.doubt(
            "levels_reversed_in_group", file, column.heading, (), **told, customers=str(size)
        )


def _reversed_groups(frame: pd.DataFrame, browsing: list[Judged]) -> list[tuple[int, float, str]]:
    """Find labels whose customers do more where their activity went down: size, chance, label."""
    every = 1 + len(frame) // MOST_RANKED
    declined, steady = (
        frame["level"].eq(level).fillna(False).to_numpy(dtype=bool)[::every]
        for level in ("declined", "steady")
    )
    found = []
    for column in MARKET_FILE.columns:
        if column.kind != "label" or column.name == "level" or column.name not in frame:
            continue
        labels = frame[column.name].iloc[::every]
        for label in labels.dropna().unique():
            has = labels.eq(label).fillna(False).to_numpy(dtype=bool)
            some, others = has & declined, has & steady
            if has.sum() < FEWEST_FOLLOWED or min(some.sum(), others.sum()) < FEWEST_JUDGED:
                continue
            chances = [
                chance_of_more(ranked[some].dropna(), ranked[others].dropna())
                for ranked in (values.iloc[::every] for _, values in browsing)
            ]
            if min(chances) > MORE_ACTIVE:
                found.append((int(has.sum()), min(chances), shown(column.exported(label))))
    return found


def _ask_about_told_levels(
    file: str, frame: pd.DataFrame, judged: list[Judged], notes: Notes
) -> None:
    """Ask about levels that one number tells alone: they were worked out from it."""
    column = MARKET_FILE.column("level")
    if "level" not in frame or notes.blames(file, column.heading):
        return
    every = 1 + len(frame) // MOST_RANKED
    levels = frame["level"].iloc[::every]
    for other, values in judged:
        ranked = values.iloc[::every]
        some, others = (
            ranked[levels.eq(level).fillna(False)].dropna() for level in ("declined", "steady")
        )
        if min(len(some), len(others)) < FEWEST_JUDGED:
            continue
        chance = chance_of_more(some, others)
        if max(chance, 1 - chance) > LEVEL_TOLD:
            told = {"share": whole_percent(max(chance, 1 - chance)), "other": other.heading}
            notes.mention("level_told", file, column.heading, len(some) + len(others), **told)


def chance_of_more(some: pd.Series[float], others: pd.Series[float]) -> float:
    """Chance that one of some has more than one of others; half of it where they have the same.

    Parameters
    ----------
    some, others : Series of float64
        Without gaps.
    """
    ranks = pd.concat([some, others]).rank().to_numpy()
    first = float(ranks[: len(some)].sum()) - len(some) * (len(some) + 1) / 2
    return first / max(len(some) * len(others), 1)
