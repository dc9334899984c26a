"""Profit beside revenue, customer by customer: profit is what is left of revenue.

The two files agree with nothing but each other, so a wrong profit is told by revenue or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.by_customer import numbers_by_customer
from analysis.snapshot.course import FEWEST_FOLLOWED, as_numbers
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import (
    PROFIT_IN_ROUBLES,
    usual_of,
    written_number,
)
from analysis.snapshot.schema import MARKET_MONEY, MONEY

REVENUE, PROFIT = MARKET_MONEY.columns[-1], MONEY.columns[-1]

MOST_ABOVE = 0.5
"""Share of customers who may bring more profit than revenue in any month: in all months seen it was
a fifth at most."""

MOST_IN_PROPORTION = 0.9
"""Share of customers with one and the same share of revenue as profit above which profit was worked
out from revenue."""

HALF = 0.51
"""Part of its last decimal by which a rounded number is off at most."""

DECIMALS = 4
"""Most decimals of profit that are looked for."""


def ask_about_earnings(tables: Mapping[str, pd.DataFrame], notes: Notes) -> None:
    """Ask about profit that is more than revenue for most, or the same share of it for all.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Of a snapshot, by file.
    notes : Notes
        Takes ``more_than_revenue`` and ``share_of_revenue``.
    """
    profit = tables[MONEY.file].set_index("id")["profit"]
    months = {
        place: as_numbers(values.reindex(profit.index))
        for place, values in numbers_by_customer(MARKET_MONEY, tables[MARKET_MONEY.file])
    }
    own = as_numbers(profit)
    together = sum(months.values())
    assert isinstance(together, np.ndarray)
    for place, beside in {REVENUE.heading: together, **months}.items():
        if share := _share_of(own, beside):
            told = {"other": place, "times": written_number(share * _roubles(own))}
            notes.mention("share_of_revenue", MONEY.file, PROFIT.heading, len(own), **told)
            return
    most = np.maximum.reduce(list(months.values()))
    known = ~np.isnan(own) & (most > 0)
    if known.sum() < FEWEST_FOLLOWED:
        return
    above = own[known] * _roubles(own) > most[known]
    if above.mean() > MOST_ABOVE:
        told = {"share": whole_percent(float(above.mean())), "other": REVENUE.heading}
        notes.mention("more_than_revenue", MONEY.file, PROFIT.heading, int(above.sum()), **told)


def _roubles(profit: Floats) -> float:
    """Roubles in the unit of profit, by its size: thousands, as a rule."""
    return PROFIT_IN_ROUBLES if np.nanmedian(profit) <= usual_of(PROFIT)[0][1] else 1.0


def _share_of(profit: Floats, revenue: Floats) -> float | None:
    """Give the share that profit is of revenue; None where it is none that all have."""
    known = ~np.isnan(profit) & (revenue > 0) & (profit != 0)
    if known.sum() < FEWEST_FOLLOWED:
        return None
    own, other = profit[known], revenue[known]
    share = float(np.median(own / other))
    close = np.abs(own - share * other) <= HALF * _last_decimal(own) + share * _last_decimal(other)
    varies = np.unique(own).size > FEWEST_FOLLOWED / 2
    return share if varies and close.mean() > MOST_IN_PROPORTION else None


def _last_decimal(values: Floats) -> float:
    """Give the worth of one more in the last decimal that the numbers are written with."""
    for decimals in range(DECIMALS):
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=10.0**-DECIMALS / 2):
            return float(10.0**-decimals)
    return float(10.0**-DECIMALS)
