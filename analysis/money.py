"""From probability and profit to roubles."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.settings import Money

KOPECKS = 100
"""In a rouble."""

ROUBLES = {"thousand_roubles": 1000.0, "roubles": 1.0}
REVENUES = ("revenue_before_previous", "revenue_previous", "revenue_current")

DiscountBase = Literal["month_revenue", "revenue_current", "revenue_total"]
"""What a discount is a share of: the mean revenue of a month, that of the reporting month, that of
all three months."""


def monthly_profit(profit: pd.Series[float], money: Money) -> pd.Series[float]:
    """Turn profit in the unit of the export into roubles a month."""
    return profit.astype(float) * ROUBLES[money.profit_unit]


def to_win_back(level: pd.Series[str]) -> Flags:
    """Tell who is to be won back: whose known level is decline. All others are to be kept."""
    return np.asarray(level.eq("declined").fillna(False), dtype=bool)


def stake(customers: pd.DataFrame, money: Money) -> pd.Series[float]:
    """Give what a certain decline would cost, in roubles over the horizon.

    Monthly profit, times the months of the horizon, times the share of profit that a decline is
    assumed to cost. A customer who brings a loss, or whose profit is unknown, stakes nothing.

    Parameters
    ----------
    customers : DataFrame of profit (in the unit of the export), level
    """
    earned = monthly_profit(customers["profit"], money).clip(lower=0).fillna(0)
    lost = np.where(to_win_back(customers["level"]), money.to_win_back.loss_share, money.loss_share)
    return earned * money.horizon_months * lost


def exposed(customers: pd.DataFrame, money: Money) -> pd.Series[float]:
    """Give the profit that stands at risk: probability of decline times the stake, in roubles.

    Parameters
    ----------
    customers : DataFrame of probability, profit (in the unit of the export), level
    """
    return customers["probability"] * stake(customers, money)


def monthly_revenue(customers: pd.DataFrame) -> pd.Series[float]:
    """Give the mean revenue of a month over the known of the three months, in roubles."""
    return customers[list(REVENUES)].mean(axis=1)


def discount_base(customers: pd.DataFrame, of: DiscountBase) -> pd.Series[float]:
    """Give what a discount is a share of, in roubles; NaN where it is unknown."""
    if of == "month_revenue":
        return monthly_revenue(customers)
    if of == "revenue_current":
        return customers["revenue_current"].astype(float)
    return customers[list(REVENUES)].sum(axis=1)


def contact_cost(base: pd.Series[float], contact: float, discount: float) -> Floats:
    """Give the cost of one contact in roubles: the contact itself, and the discount if any.

    The discount is counted in full, as if every customer on the list used it.

    Parameters
    ----------
    base : Series of float, shape (n,)
        What the discount is a share of, in roubles.
    contact : float
        In roubles.
    discount : float
        A share.
    """
    spent: Floats = np.asarray(base.fillna(0).clip(lower=0), dtype=np.float64)
    return contact + spent * discount


def expected_gain(
    exposed_roubles: pd.Series[float], cost: Floats, share_saved: Floats | float
) -> Floats:
    """Give what a contact is expected to bring: exposed times the share saved, less the cost."""
    return exposed_roubles.to_numpy() * share_saved - cost


def pays(gain: Floats, cost: Floats, money: Money) -> Flags:
    """Tell where a gain is one, and no less than the return that is required of its cost."""
    return (gain > 0) & (gain >= money.required_return * cost)


def break_even(exposed_roubles: float, cost: float) -> float | None:
    """Give the share of the exposed profit that must be saved for the contact to pay."""
    return cost / exposed_roubles if exposed_roubles > 0 else None


def break_even_uplift(stake_roubles: float, cost: float) -> float | None:
    """Give by how much the probability of decline must fall, for everyone alike, to pay.

    If every customer's probability fell by u, the profit saved would be u times the sum of the
    stakes; it equals the cost at u = cost / stakes.
    """
    return cost / stake_roubles if stake_roubles > 0 else None
