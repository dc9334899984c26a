"""Levels beside what the customers do: a level that has changed shows in pages and categories.

Levels that were not filled in for everyone, or were filled in at random, do not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.relations import BROWSING, chance_of_more
from analysis.snapshot.schema import FEWEST_JUDGED, LEVELS, MARKET_FILE, MARKET_TIME, Column

LEAST_TELLING = 0.1
"""By how much more than one half those who kept the level up do more: below, nothing is told."""

GOES_WITH, GOES_WITHOUT = 0.3, 0.4
"""Chance that a customer marked as less active has more of a number, below which it goes with the
levels, and above which it does not: in all months seen it was 0.22 at most, of minutes as of pages
and categories."""

LEAST_BORNE_OUT = {"steady": 0.6, "declined": 0.25}
"""Part of the difference between those who kept either level that those who changed to one show
towards the others, below which it is asked about; in all months seen it was 0.8 and 0.33 at least.
A decline is labelled while some of it is still to come, a return once it is there."""


def doubt_minutes_of_others(market: pd.DataFrame, time: pd.DataFrame, notes: Notes) -> None:
    """Doubt minutes that do not go with the levels where pages and categories do, or the reverse.

    Parameters
    ----------
    market, time : DataFrame
        The two files under our own names.
    notes : Notes
        Takes ``minutes_of_others``.
    """
    if notes.problems or not {"level", *BROWSING} <= set(market) or "minutes" not in time:
        return
    some = market.iloc[:: 1 + len(market) // MOST_RANKED].set_index("id")
    minutes = time[time["id"].isin(some.index)].groupby("id")["minutes"].sum().reindex(some.index)
    browsing = some[list(BROWSING)].rank().sum(axis=1, skipna=False)
    declined, steady = (_flags(some["level"].eq(level)) for level in ("declined", "steady"))
    if min(declined.sum(), steady.sum()) < FEWEST_FOLLOWED:
        return
    chances = [
        chance_of_more(each[declined].dropna(), each[steady].dropna())
        for each in (minutes, browsing)
    ]
    if min(chances) < GOES_WITH and max(chances) > GOES_WITHOUT:
        told = {"minutes": whole_percent(chances[0]), "browsing": whole_percent(chances[1])}
        notes.doubt(
            "minutes_of_others", MARKET_TIME.file, MARKET_TIME.columns[-1].heading, (), **told
        )


def ask_about_changed_levels(
    now: pd.DataFrame, then: pd.DataFrame, period: str, notes: Notes
) -> None:
    """Ask about levels that changed for customers who do what they did before.

    Parameters
    ----------
    now, then : DataFrame
        The same customers in both months, one below the other.
    period : str
        The earlier month, ``YYYY-MM``.
    notes : Notes
        Takes ``levels_not_borne_out``. Columns with a problem already are left alone.
    """
    columns = {each.name: each for each in MARKET_FILE.columns}
    judged = [columns[name] for name in ("level", *BROWSING)]
    if any(notes.blames(MARKET_FILE.file, each.heading) for each in judged):
        return
    browsing = now[list(BROWSING)].rank().sum(axis=1, skipna=False)
    was, has = (
        {level: each["level"].eq(level) for level in LEAST_BORNE_OUT} for each in (then, now)
    )
    for level, other in (("steady", "declined"), ("declined", "steady")):
        kept, changed = _flags(was[level] & has[level]), _flags(was[other] & has[level])
        stayed = _flags(was[other] & has[other])
        if min(kept.sum(), changed.sum(), stayed.sum()) < FEWEST_JUDGED:
            continue
        usual, found = (
            chance_of_more(browsing[each].dropna(), browsing[stayed].dropna()) - 0.5
            for each in (kept, changed)
        )
        if abs(usual) > LEAST_TELLING and found / usual < LEAST_BORNE_OUT[level]:
            _ask(
                columns["level"], level, max(found / usual, 0.0), int(changed.sum()), period, notes
            )


def _flags(series: pd.Series[bool]) -> Flags:
    return np.asarray(series.fillna(False), dtype=bool)


def _ask(
    column: Column, level: str, borne_out: float, changed: int, period: str, notes: Notes
) -> None:
    label = next(label for label, own in LEVELS.values.items() if own == level)
    told = {"label": label, "share": whole_percent(borne_out), "earlier": period}
    notes.mention("levels_not_borne_out", MARKET_FILE.file, column.heading, changed, **told)
