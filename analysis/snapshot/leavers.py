"""The customers of a month beside those of the month before: how many, and who is gone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.periods import months_between
from analysis.snapshot.across import id_texts, places_in, spelt_otherwise
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.groups import doubt_lost_groups
from analysis.snapshot.schema import MARKET_FILE

MOST_TIMES_CUSTOMERS = 2.0
"""Factor between the numbers of customers."""

MANY_TIMES_CUSTOMERS = 1.15
"""The same, asked about: a part that was not loaded, or others who got in."""

MOST_GONE = 0.3
"""Share of the customers of a month who may not be in the next one."""

FEWEST_AT_END, END_LACKING = 20, 0.2
"""Number and share of the last customers of a month who are not all gone in the next by chance."""


def compare_members(
    customers: pd.DataFrame, month: str, period: str, earlier: pd.DataFrame, notes: Notes
) -> int:
    """Note how many customers came or are gone, and whether all of one kind are.

    Parameters
    ----------
    customers, earlier : DataFrame
        Of a snapshot and of an earlier one.
    month, period : str
        Of the snapshot and of the earlier one, ``YYYY-MM``.
    notes : Notes
        Takes ``customers_unlike_earlier``, ``customers_moved``, ``ids_unlike_earlier``,
        ``customers_gone``, ``ends_before_earlier``, ``group_gone``.

    Returns
    -------
    int
        How many are in both.
    """
    found, before, months = len(customers), len(earlier), months_between(period, month)
    larger, smaller = max(found, before), min(found, before)
    if larger > MOST_TIMES_CUSTOMERS * smaller:
        told = {"found": str(found), "before": str(before), "earlier": period}
        notes.doubt("customers_unlike_earlier", MARKET_FILE.file, None, (), **told)
    elif larger > MANY_TIMES_CUSTOMERS**months * smaller:
        told = {"percent": whole_percent(found / before), "earlier": period}
        notes.mention("customers_moved", MARKET_FILE.file, "id", found, **told)
    ids, ids_then = customers["id"], earlier["id"]
    stayed = places_in(id_texts(ids_then), id_texts(ids)) >= 0
    common = int(stayed.sum())
    two = spelt_otherwise(id_texts(ids_then), id_texts(ids)) if 2 * common < before else None
    if two:
        here, there = two
        notes.refuse(
            "ids_unlike_earlier", MARKET_FILE.file, "id", here=here, there=there, earlier=period
        )
    elif not notes.problems:
        last = str(ids.iloc[-1]) == _last_that(stayed, ids_then)
        _compare_leavers(stayed, last, months, period, notes)
        doubt_lost_groups(earlier, stayed, period, notes)
    return common


def _last_that(stayed: Flags, ids: pd.Series[str]) -> str:
    places = np.flatnonzero(stayed)
    return str(ids.iloc[places[-1]]) if len(places) else ""


def _compare_leavers(
    stayed: Flags, ends_with_one: bool, months: int, period: str, notes: Notes
) -> None:
    """Doubt a month that lacks many customers of an earlier one, or all of the last ones.

    ``stayed`` tells of every customer of the earlier month, by id, whether he is in this one, and
    ``ends_with_one`` whether this month has none behind the last of these.
    """
    gone = ~stayed
    behind = len(stayed) - 1 - int(np.flatnonzero(stayed).max(initial=-1))
    told = {"lacking": str(int(gone.sum())), "earlier": period}
    fewest = max(FEWEST_AT_END, _over(months, END_LACKING) * len(stayed))
    if ends_with_one and behind >= fewest:
        notes.doubt("ends_before_earlier", MARKET_FILE.file, "id", (), **told)
    elif gone.mean() > _over(months, MOST_GONE):
        share = whole_percent(float(gone.mean()))
        notes.doubt("customers_gone", MARKET_FILE.file, "id", (), **told, share=share)


def _over(months: int, share: float) -> float:
    """Share of customers over several months, of whom this share goes in each."""
    return 1 - (1 - share) ** months
