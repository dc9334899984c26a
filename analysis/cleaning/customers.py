"""One row per customer: the four tables of a snapshot joined and put in order of content."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Rows
from analysis.money import REVENUES
from analysis.snapshot.ids import by_id, places_of
from analysis.snapshot.schema import MONTHS
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
AT_A_TIME = 8
"""Columns by which rows are ordered before it is looked whom they leave alike."""

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
    customers = snapshot.customers
    laid = {"profit": _laid(customers["id"], snapshot.profit, "profit")}
    for values, name in ((snapshot.revenue, "revenue"), (snapshot.minutes, "minutes")):
        for month in MONTHS:
            if f"{name}_{month}" in COLUMNS:
                its = values[values["period"] == month]
                laid[f"{name}_{month}"] = _laid(customers["id"], its, name)
    return in_content_order(customers.assign(**laid)[list(COLUMNS)])


def _laid(ids: pd.Series[str], rows: pd.DataFrame, name: str) -> Floats:
    """Give the value of each customer, of whom there is one row at most; NaN where there is none.

    Rows stand in the order of the customers as a rule; then nobody is looked for.
    """
    values = rows[name].to_numpy(dtype=float)
    if len(rows) == len(ids) and bool((rows["id"].array == ids.array).all()):
        return values
    places = places_of(ids, rows["id"])
    laid: Floats = np.where(places < 0, np.nan, np.append(values, np.nan)[places])
    return laid


def share_habits(customers: pd.DataFrame) -> Flags:
    """Tell who shares every measured habit (`COPIED`) with somebody, the same cells missing.

    Whose hash of them is nobody else's shares them with nobody, and that leaves few.
    """
    habits = customers[list(COPIED)].astype("float64") + 0.0
    hashed = pd.util.hash_pandas_object(habits, index=False)
    shared = hashed.duplicated(keep=False).to_numpy(copy=True)
    shared[shared] = habits[shared].duplicated(keep=False).to_numpy()
    return shared


def repeat_another(customers: pd.DataFrame) -> Flags:
    """Tell who repeats one further up in everything but id and profit."""
    repeated = share_habits(customers)
    repeated[repeated] = customers[repeated].duplicated(list(_ALIKE)).to_numpy()
    return repeated


def in_content_order(customers: pd.DataFrame) -> pd.DataFrame:
    """Rows in an order made from what they hold; ids only decide between equal customers.

    What is missing comes last.
    """
    order = _content_order(customers)
    if np.array_equal(order, np.arange(len(order))):
        return customers.reset_index(drop=True)
    return customers.take(order).reset_index(drop=True)


def _content_order(customers: pd.DataFrame) -> Rows:
    """Give the places of the rows in that order; a few columns at a time, for rows still alike."""
    order, alike = np.arange(len(customers)), np.arange(len(customers))
    group = np.zeros(len(order), dtype=np.int64)
    for start in range(0, len(_CONTENT_ORDER), AT_A_TIME):
        rows = order[alike]
        keys = [
            _sortable(by_id(customers[name].iloc[rows]))
            for name in _CONTENT_ORDER[start : start + AT_A_TIME]
        ]
        by = np.lexsort([*keys[::-1], group])
        order[alike] = rows[by]
        begins = np.ones(len(by), dtype=bool)
        begins[1:] = np.logical_or.reduce([_differs(key[by]) for key in (group, *keys)])
        group = np.cumsum(begins)
        again = np.bincount(group)[group] > 1
        alike, group = alike[again], group[again]
    return order


def _sortable(values: pd.Series[Any]) -> np.ndarray:
    """Give numbers in whose order the values are, NaN or the largest where one is missing."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
        return values.to_numpy()
    codes, different = pd.factorize(values, sort=True)
    return np.where(codes < 0, len(different), codes)


def _differs(ordered: np.ndarray) -> Flags:
    """Tell which of the ordered values, the first left out, differs from the one before it."""
    before, after = ordered[:-1], ordered[1:]
    differs: Flags = (before != after) & ~((before != before) & (after != after))
    return differs
