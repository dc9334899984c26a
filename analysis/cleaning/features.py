"""What the model may look at. Never the id, the order of the file, or profit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.money import REVENUES

NUMERIC = (
    "contacts_6m",
    "contacts_now",
    "tenure_days",
    "promo_share",
    "categories_per_visit",
    "unpaid_items",
    "failures",
    "pages_per_visit",
    "revenue_before_previous",
    "revenue_previous",
    "revenue_current",
    "minutes_previous",
    "minutes_current",
)
CATEGORICAL = ("service", "consent", "category")
FEATURES = NUMERIC + CATEGORICAL

RATIOS = {
    "revenue_trend": ("revenue_current", "revenue_previous"),
    "revenue_trend_before": ("revenue_previous", "revenue_before_previous"),
    "minutes_trend": ("minutes_current", "minutes_previous"),
    "contacts_trend": ("contacts_now", "contacts_6m"),
}
"""Engineered features: the logarithm of one feature plus one against another plus one."""

ENGINEERED = tuple(RATIOS)

STARTING_LEVEL = "starts_declined"
"""What a forecast looks at besides: 1 where activity has declined already, 0 where it has not."""


def feature_table(customers: pd.DataFrame) -> pd.DataFrame:
    """Give the features of customers: numbers as floats, categories as strings, and trends.

    Parameters
    ----------
    customers : DataFrame
        One row per customer, in the canonical columns.

    Returns
    -------
    DataFrame
        The columns of ``FEATURES``, then of ``ENGINEERED``; a missing number is NaN. Every
        engineered feature is made of its own row alone.
    """
    table = customers[list(FEATURES)].copy()
    table[list(NUMERIC)] = table[list(NUMERIC)].astype(float)
    table[list(CATEGORICAL)] = table[list(CATEGORICAL)].astype(str)
    for name in ENGINEERED:
        table[name] = ratio(table, name)
    return table


def ratio(table: pd.DataFrame, name: str) -> pd.Series[float]:
    """Give an engineered feature of customers whose numbers are floats."""
    above, below = (table[part].to_numpy(dtype=float) for part in RATIOS[name])
    return pd.Series(trend(above, below), index=table.index)


def trend(above: Floats, below: Floats) -> Floats:
    """Give the logarithm of one number plus one against another plus one."""
    return np.log1p(np.maximum(above, 0)) - np.log1p(np.maximum(below, 0))


def features_ahead(customers: pd.DataFrame, level: pd.Series[str]) -> pd.DataFrame:
    """Give the features that a forecast starts from: those of the month and its level.

    Parameters
    ----------
    customers : DataFrame
        One row per customer, in the canonical columns; their own ``level`` is not looked at.
    level : Series
        Of the month of the features, row by row; where unknown, the feature is NaN.

    Returns
    -------
    DataFrame
        As `feature_table` gives it, and ``STARTING_LEVEL``.
    """
    starts = np.select([level.eq("declined"), level.eq("steady")], [1.0, 0.0], default=np.nan)
    return feature_table(customers).assign(**{STARTING_LEVEL: starts})


def declined(customers: pd.DataFrame) -> pd.Series[int]:
    """Give the target: 1 where activity has declined, 0 where it has not."""
    return customers["level"].eq("declined").astype(int)


def with_made_features(customers: pd.DataFrame) -> pd.DataFrame:
    """Add minutes_mean (of the two months) and revenue_total (of the three months)."""
    return customers.assign(
        minutes_mean=customers[["minutes_previous", "minutes_current"]].mean(axis=1),
        revenue_total=customers[list(REVENUES)].sum(axis=1),
    )
