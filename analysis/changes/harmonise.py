"""One measure for two months: probabilities are compared only with their own kind.

A month's decisions rest on its forecast where it has one, else on its nowcast, the probability of
the month's own model. The two are not of one moment: a forecast beside a nowcast would show a
change that nobody's behaviour made.
"""

from __future__ import annotations

import pandas as pd

from analysis.model.probabilities import DECIDING, rests_on_forecast
from analysis.segments.grid import assign
from analysis.settings import Segments


def in_one_measure(
    old: pd.DataFrame, new: pd.DataFrame, segments: tuple[Segments, Segments]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the customers of two editions with probabilities and segments of one kind.

    Parameters
    ----------
    old, new : DataFrame
        ``customers.parquet`` of the editions, with what decides (see `mark_deciding`).
    segments : pair of Segments
        Each edition's settings.

    Returns
    -------
    pair of DataFrame
        With the forecast as ``probability``, and as its ``source``, where both have one. Where only
        one has, its ``probability`` stays the nowcast, and its ``segment`` is made anew from that.
    """
    foretold = rests_on_forecast(old), rests_on_forecast(new)
    if all(foretold):
        old, new = (
            table.assign(probability=table[DECIDING], source="forecast") for table in (old, new)
        )
        return old, new
    old, new = (
        by_nowcast(table, its) if forecast else table
        for table, its, forecast in zip((old, new), segments, foretold, strict=True)
    )
    return old, new


def by_nowcast(customers: pd.DataFrame, segments: Segments) -> pd.DataFrame:
    """Give the customers with the segments that their nowcast alone would put them in."""
    scored = assign(customers[customers["probability"].notna()], segments)
    return customers.assign(segment=scored["segment"])
