"""Customers of one label beside the others: a part that was left out, filled in or worked over.

As a whole a column may hardly have moved where the customers of one category, of one level or of
one tariff have.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED, as_numbers, typical_ratio
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.magnitude import place_of
from analysis.snapshot.schema import (
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    NOT_STATED,
    Column,
)

GROUP_VARIES, LARGE_GROUP_VARIES, LARGE = 1.2, 1.0, 300
"""Power of the factor by which a typical customer's number may change, by which that of one group
may change more or less than that of all others, and the same where both have so many customers:
half as far again, in logarithms, as in any month seen, and twice as far."""

FEWEST_NEW, BY_NO_CHANCE = 30, 1e-6
"""New customers who all have one label, and the chance of that by the shares among the others."""

FEWEST_OF_GROUP, GROUP_GONE = 30, 0.6
"""Customers of a group, and the share of them whose leaving together is a filter: in all months
seen it was 0.31 at most."""

MOST_GONE_IN_ALL = 0.3
"""Share of all customers gone above which no group tells anything."""

LABELS = tuple(column for column in MARKET_FILE.columns if column.kind == "label")


def ask_about_groups(
    now: pd.DataFrame, then: pd.DataFrame, earlier: tuple[str, int], notes: Notes
) -> None:
    """Ask about a column that moved for the customers of one label alone.

    Parameters
    ----------
    now, then : DataFrame
        The same customers in both months, one below the other.
    earlier : tuple of str and int
        The earlier month, ``YYYY-MM``, and how many months before this one it is.
    notes : Notes
        Takes ``group_moved``, once a column. Columns with a problem already are left alone.
    """
    every = 1 + len(now) // MOST_RANKED
    now, then = now.iloc[::every], then.iloc[::every]
    kept = [
        (column, now[column.name].where(now[column.name].eq(then[column.name])))
        for column in LABELS
        if not notes.blames(MARKET_FILE.file, column.heading)
    ]
    groups = list(_groups(kept))
    for contract in (MARKET_FILE, MONEY):
        for column in contract.columns:
            if column.varies is not None and not notes.blames(contract.file, column.heading):
                pair = as_numbers(then[column.name]), as_numbers(now[column.name])
                other = f"{column.heading}, {earlier[0]}"
                place = contract.file, column.heading, other
                _ask_about_one(column, place, pair, groups, earlier[1], notes)


def ask_about_groups_of_months(
    customers: pd.DataFrame, revenue: pd.DataFrame, minutes: pd.DataFrame, notes: Notes
) -> None:
    """Ask about a month of an export that moved for the customers of one label alone.

    Parameters
    ----------
    customers, revenue, minutes : DataFrame
        Tables of a snapshot.
    notes : Notes
        Takes ``group_moved``, once a month.
    """
    customers = customers.iloc[:: 1 + len(customers) // MOST_RANKED]
    groups = list(_groups([(column, customers[column.name]) for column in LABELS]))
    for contract, table in ((MARKET_MONEY, revenue), (MARKET_TIME, minutes)):
        column = contract.columns[-1]
        values = table.set_index(["period", "id"])[column.name]
        months = {
            label: as_numbers(values.loc[month].reindex(customers["id"]))
            for label, month in contract.months.items()
        }
        for earlier, later in pairwise(months):
            place = contract.file, place_of(column, later), place_of(column, earlier)
            _ask_about_one(column, place, (months[earlier], months[later]), groups, 1, notes)


def _groups(labels: list[tuple[Column, pd.Series[Any]]]) -> Iterator[tuple[str, Flags]]:
    """Give every label that a group has, and who has it; none that nearly everybody has."""
    for column, values in labels:
        counts = values.value_counts()
        for label in counts[counts >= FEWEST_FOLLOWED].index:
            has = values.eq(label).fillna(False).to_numpy(dtype=bool)
            if (~has).sum() >= FEWEST_FOLLOWED:
                yield column.exported(label), has


def _ask_about_one(
    column: Column,
    place: tuple[str, str, str],
    pair: tuple[Floats, Floats],
    groups: list[tuple[str, Flags]],
    months: int,
    notes: Notes,
) -> None:
    """Ask about the group whose typical number moved furthest from that of all others."""
    assert column.varies is not None
    old, new = pair
    found = [
        (_how_far(own / others, has) / months, label, own, others, int(has.sum()))
        for label, has in groups
        if (own := typical_ratio(old[has], new[has])) is not None
        and (others := typical_ratio(old[~has], new[~has])) is not None
    ]
    furthest = max(found, default=None)
    if furthest is None or furthest[0] <= np.log(column.varies):
        return
    file, where, other = place
    told = {
        "label": shown(furthest[1]),
        "percent": whole_percent(furthest[2]),
        "others": whole_percent(furthest[3]),
        "other": other,
    }
    notes.mention("group_moved", file, where, furthest[4], **told)


def _how_far(ratio: float, has: Flags) -> float:
    """Give how far a group moved otherwise than the others, as a factor for all would count."""
    large = min(int(has.sum()), int((~has).sum())) >= LARGE
    return float(abs(np.log(ratio))) / (LARGE_GROUP_VARIES if large else GROUP_VARIES)


def ask_about_newcomers(customers: pd.DataFrame, stayed: Flags, period: str, notes: Notes) -> None:
    """Ask about a label that all new customers have, as by default, and not all others.

    Parameters
    ----------
    customers : DataFrame
        Of a snapshot.
    stayed : ndarray of bool
        Of each of them, whether the earlier month has him.
    period : str
        The earlier month, ``YYYY-MM``.
    notes : Notes
        Takes ``newcomers_alike``. A column with a problem already is left alone.
    """
    for column in LABELS:
        values = customers[column.name]
        new, others = values[~stayed].dropna(), values[stayed].dropna()
        if len(new) < FEWEST_NEW or not len(others) or new.nunique() != 1:
            continue
        label = new.iloc[0]
        share = float(others.eq(label).mean())
        if share ** len(new) < BY_NO_CHANCE and not notes.blames(MARKET_FILE.file, column.heading):
            told = {
                "label": shown(column.exported(label)),
                "share": whole_percent(share),
                "earlier": period,
            }
            notes.mention("newcomers_alike", MARKET_FILE.file, column.heading, len(new), **told)


def doubt_lost_groups(customers: pd.DataFrame, stayed: Flags, period: str, notes: Notes) -> None:
    """Doubt a month that nearly all customers of one label, or of two together, are gone from.

    Parameters
    ----------
    customers : DataFrame
        Of the earlier month.
    stayed : ndarray of bool
        Of each of them, whether this month has him.
    period : str
        The earlier month, ``YYYY-MM``.
    notes : Notes
        Takes ``group_gone``, of the largest group.
    """
    if (~stayed).mean() > MOST_GONE_IN_ALL:
        return
    labels = customers[[column.name for column in LABELS]]
    gone = pd.Series(~stayed, index=labels.index)
    lost: list[tuple[int, float, list[str]]] = []
    singles = [(column,) for column in LABELS]
    for columns in (*singles, *combinations(LABELS, 2)):
        by = [labels[column.name] for column in columns]
        shares = gone.groupby(by, observed=True).agg(["size", "mean"])
        judged = shares[(shares["size"] >= FEWEST_OF_GROUP) & (shares["mean"] >= GROUP_GONE)]
        for values, (size, share) in zip(judged.index, judged.to_numpy(), strict=True):
            named = values if isinstance(values, tuple) else (values,)
            texts = [each.exported(value) for each, value in zip(columns, named, strict=True)]
            if NOT_STATED not in texts:
                lost.append((int(size), float(share), texts))
    if lost:
        size, share, texts = max(lost, key=lambda each: each[0])
        told = {
            "labels": ", ".join(f"«{shown(each)}»" for each in texts),
            "customers": str(size),
            "share": whole_percent(share),
            "earlier": period,
        }
        notes.doubt("group_gone", MARKET_FILE.file, "id", (), **told)
