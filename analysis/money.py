"""From probability and profit to roubles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.settings import Money

Floats = NDArray[np.float64]

ROUBLES = {"thousand_roubles": 1000.0, "roubles": 1.0}


def monthly_profit(profit: pd.Series[float], money: Money) -> pd.Series[float]:
    """Turn profit in the unit of the export into roubles a month."""
    return profit.astype(float) * ROUBLES[money.profit_unit]


def exposed(
    probability: pd.Series[float], profit: pd.Series[float], money: Money
) -> pd.Series[float]:
    """Give the profit that stands at risk, in roubles over the horizon.

    Probability of decline, times monthly profit, times the months of the horizon, times the share
    of profit that a decline is assumed to cost. A customer who brings a loss exposes nothing.
    """
    earned = monthly_profit(profit, money).clip(lower=0)
    return probability * earned * money.horizon_months * money.loss_share


def contact_cost(monthly_revenue: pd.Series[float], money: Money, discount: bool) -> Floats:
    """Give the cost of one contact in roubles: the contact itself, and the discount if any.

    The discount is counted in full, on one month's mean revenue of the customer, as if every
    customer on the list used it.
    """
    cost = np.full(len(monthly_revenue), money.contact_cost)
    if discount:
        cost = cost + monthly_revenue.fillna(0).clip(lower=0).to_numpy() * money.discount
    return cost


def expected_gain(exposed_roubles: pd.Series[float], cost: Floats, money: Money) -> Floats:
    """Give what a contact is expected to bring: exposed times the share saved, less the cost."""
    return exposed_roubles.to_numpy() * money.share_saved - cost


def break_even(exposed_roubles: float, cost: float) -> float | None:
    """Give the share of the exposed profit that must be saved for the contact to pay."""
    return cost / exposed_roubles if exposed_roubles > 0 else None
