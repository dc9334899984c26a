"""Months under each other's heading: a month is more like its neighbour than like the one beyond.

Who spends much in a month spent much in the month before, and less surely two months before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.snapshot.course import FAR_BEYOND_CHANCE, FEWEST_RANKED, MOST_RANKED
from analysis.snapshot.errors import Notes
from analysis.snapshot.magnitude import place_of
from analysis.snapshot.schema import MARKET_MONEY, MONTHS, Month

ENDS: tuple[tuple[Month, Month], ...] = (
    ("current", "before_previous"),
    ("before_previous", "current"),
)


def ask_about_order(revenue: pd.DataFrame, notes: Notes) -> None:
    """Ask about a month at either end that is more like the other end than the one between is.

    Parameters
    ----------
    revenue : DataFrame of id, period, revenue
        Of a snapshot.
    notes : Notes
        Takes ``months_in_order``. Fewer than 200 customers tell nothing.
    """
    column = MARKET_MONEY.columns[-1]
    ids = revenue["id"].drop_duplicates()
    some = revenue[revenue["id"].isin(ids.iloc[:: 1 + len(ids) // MOST_RANKED])]
    months = some.pivot(index="id", columns="period", values=column.name)
    months = months.reindex(columns=list(MONTHS)).dropna()
    if len(months) < FEWEST_RANKED or notes.blames_file(MARKET_MONEY.file):
        return
    alike = months.corr("spearman").to_numpy(dtype=float)
    labels = {own: label for label, own in MARKET_MONEY.months.items()}
    middle = MONTHS.index("previous")
    for end, other in ENDS:
        here, there = MONTHS.index(end), MONTHS.index(other)
        pairs = alike[here, middle], alike[here, there], alike[middle, there]
        if nearer(*pairs, len(months)) < -FAR_BEYOND_CHANCE:
            place = place_of(column, labels[end])
            told = {"beyond": labels[other], "beside": labels["previous"]}
            notes.mention("months_in_order", MARKET_MONEY.file, place, len(months), **told)
            return


def nearer(beside: float, beyond: float, between: float, customers: int) -> float:
    """By how many standard errors one correlation of a month is higher than another of it.

    Parameters
    ----------
    beside, beyond : float
        Of the month with either of two others.
    between : float
        Of these two.
    customers : int
        On whom all three rest.

    Returns
    -------
    float
        Statistic of Steiger (Psychological Bulletin 87, 1980, equation 14), standard normal where
        both correlations are equal.
    """
    mean = (beside + beyond) / 2
    covariance = between * (1 - 2 * mean**2) - mean**2 * (1 - 2 * mean**2 - between**2) / 2
    joint = covariance / (1 - mean**2) ** 2
    apart = np.arctanh(beside) - np.arctanh(beyond)
    return float(apart * np.sqrt((customers - 3) / (2 - 2 * joint)))
