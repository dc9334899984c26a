"""What the model may look at. Never the id, the order of the file, or profit."""

from __future__ import annotations

import pandas as pd

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


def feature_table(customers: pd.DataFrame) -> pd.DataFrame:
    """Give the features of customers: numbers as floats, categories as strings.

    Parameters
    ----------
    customers : DataFrame
        One row per customer, in the canonical columns.

    Returns
    -------
    DataFrame
        The columns of ``FEATURES`` in their order; a missing number is NaN.
    """
    table = customers[list(FEATURES)].copy()
    table[list(NUMERIC)] = table[list(NUMERIC)].astype(float)
    table[list(CATEGORICAL)] = table[list(CATEGORICAL)].astype(str)
    return table


def declined(customers: pd.DataFrame) -> pd.Series[int]:
    """Give the target: 1 where activity has declined, 0 where it has not."""
    return customers["level"].eq("declined").astype(int)
