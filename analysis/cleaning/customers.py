"""One row per customer: the four tables of a snapshot joined and put in order of content."""

from __future__ import annotations

import pandas as pd

from analysis.money import REVENUES
from analysis.snapshot.ids import by_id
from analysis.snapshot.snapshot import Snapshot

COLUMNS: tuple[str, ...] = (
    "id",
    "level",
    "service",
    "consent",
    "contacts_6m",
    "contacts_now",
    "tenure_days",
    "promo_share",
    "category",
    "categories_per_visit",
    "unpaid_items",
    "failures",
    "pages_per_visit",
    "revenue_before_previous",
    "revenue_previous",
    "revenue_current",
    "minutes_previous",
    "minutes_current",
    "profit",
)
MINUTES = ("minutes_previous", "minutes_current")
COPIED = (*REVENUES, *MINUTES, "pages_per_visit", "failures")
"""Customers who share all of these are copies of one another."""
_ALIKE = tuple(name for name in COLUMNS if name not in ("id", "profit"))
_CONTENT_ORDER = [name for name in COLUMNS if name not in ("id", "level", "profit")] + [
    "level",
    "profit",
    "id",
]


def one_row_per_customer(snapshot: Snapshot) -> pd.DataFrame:
    """Join the four tables; months become columns.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    DataFrame, shape (n_customers, 19)
        `COLUMNS`, ordered by content (features, then level, then profit) and only between equal
        customers by id. Numbers are float64 and missing where the export has none; revenue in
        roubles a month, minutes a month, profit in the unit of the settings.
    """
    table = snapshot.customers
    for values, name in ((snapshot.revenue, "revenue"), (snapshot.minutes, "minutes")):
        wide = values.pivot(index="id", columns="period", values=name).add_prefix(f"{name}_")
        table = table.merge(wide, how="left", left_on="id", right_index=True)
    table = table.merge(snapshot.profit, how="left", on="id")
    return in_content_order(table[list(COLUMNS)])


def in_content_order(customers: pd.DataFrame) -> pd.DataFrame:
    """Rows in an order made from what they hold; ids only decide between equal customers."""
    return customers.sort_values(
        _CONTENT_ORDER, kind="stable", na_position="last", key=by_id
    ).reset_index(drop=True)
