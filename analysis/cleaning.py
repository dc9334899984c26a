"""From a snapshot to one row per customer, and what each customer may be used for.

Nothing here depends on the order of the file or on the values of the ids: rows are put in an order
made from their content, and of equal customers the one with the smaller profit comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.snapshot import Snapshot

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
REVENUES = ("revenue_before_previous", "revenue_previous", "revenue_current")
MINUTES = ("minutes_previous", "minutes_current")
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
    return customers.sort_values(_CONTENT_ORDER, kind="stable", na_position="last").reset_index(
        drop=True
    )


def find_impossible(
    customers: pd.DataFrame, *, multiplier: float = 8.0, at_least: int = 20
) -> pd.DataFrame:
    """Revenue and minutes that lie beyond anything the other customers show.

    For each month the positive values are taken in logarithms; a value is impossible if it lies
    more than `multiplier` interquartile ranges above the upper quartile (Tukey's fence, 1977, with
    1.5 replaced by a factor that no natural tail reaches: for a log-normal month 8 ranges are 11
    standard deviations). Only the upper side is judged: a low value is a quiet month.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    multiplier : float
        Interquartile ranges, in logarithms, above the upper quartile.
    at_least : int
        Positive values that a month needs before it is judged.

    Returns
    -------
    DataFrame of id, column, value, limit
        One row per impossible cell, in the order of `customers`.
    """
    parts = []
    for column in (*REVENUES, *MINUTES):
        values = customers[column]
        logs = np.log(values[values > 0])
        if len(logs) < at_least:
            continue
        lower, upper = np.quantile(logs, [0.25, 0.75])
        if upper == lower:
            continue
        limit = float(np.exp(upper + multiplier * (upper - lower)))
        beyond = values > limit
        parts.append(
            pd.DataFrame(
                {
                    "id": customers.loc[beyond, "id"],
                    "column": column,
                    "value": values[beyond],
                    "limit": limit,
                }
            )
        )
    empty = pd.DataFrame({"id": [0], "column": [""], "value": [0.0], "limit": [0.0]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def without_impossible(customers: pd.DataFrame, impossible: pd.DataFrame) -> pd.DataFrame:
    """The same customers with impossible cells set to missing.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    impossible : DataFrame of id, column (and more)
    """
    emptied = customers.copy()
    for column, cells in impossible.groupby("column"):
        emptied[column] = emptied[column].mask(emptied["id"].isin(cells["id"]))
    return emptied


def find_twins(customers: pd.DataFrame) -> pd.DataFrame:
    """Customers who repeat another one in everything but id and profit.

    Returns
    -------
    DataFrame of id, twin_of
        All but the first of each group; the first is the one with the smallest profit (missing
        last), and only where profits are equal too does the smaller id decide.
    """
    ordered = in_content_order(customers)
    alike = [name for name in COLUMNS if name not in ("id", "profit")]
    first = ordered.groupby(alike, dropna=False, sort=False)["id"].transform("first")
    repeated = ordered.duplicated(alike)
    return pd.DataFrame(
        {"id": ordered.loc[repeated, "id"], "twin_of": first[repeated]}
    ).reset_index(drop=True)


def states(customers: pd.DataFrame, impossible: pd.DataFrame, twins: pd.DataFrame) -> pd.DataFrame:
    """What each customer may be used for, and why.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`, impossible cells still in place or not.
    impossible : DataFrame of id, column
        All impossible cells.
    twins : DataFrame of id, twin_of

    Returns
    -------
    DataFrame of id, state, reason, twin_of
        In the order of `customers`. The first rule that holds decides:

        ============  ==========  ==========================================================
        state         reason      when
        ============  ==========  ==========================================================
        not_scored    inactive    revenue is 0 in at least one of the three months
        not_scored    missing     revenue of a month is not in the export (and not impossible)
        not_trained   no_level    the level is blank
        not_trained   impossible  a cell is impossible
        not_trained   twin        repeats the customer `twin_of`, who is trained
        trained                   otherwise
        ============  ==========  ==========================================================

        `twin_of` (Int64) is missing for every other reason.
    """
    ids = customers["id"]
    revenue = customers[list(REVENUES)]
    doubted = pd.DataFrame(
        {name: ids.isin(impossible.loc[impossible["column"] == name, "id"]) for name in REVENUES}
    )
    rules = {
        ("not_scored", "inactive"): (revenue == 0).any(axis=1),
        ("not_scored", "missing"): (revenue.isna() & ~doubted).any(axis=1),
        ("not_trained", "no_level"): customers["level"].isna(),
        ("not_trained", "impossible"): ids.isin(impossible["id"]),
        ("not_trained", "twin"): ids.isin(twins["id"]),
    }
    tests = [rule.to_numpy(dtype=bool) for rule in rules.values()]
    found = pd.DataFrame({"id": ids})
    found["state"] = np.select(tests, [state for state, _ in rules], default="trained")
    found["reason"] = np.select(tests, [reason for _, reason in rules], default="")
    first = ids.map(twins.set_index("id")["twin_of"]).astype("Int64")
    found["twin_of"] = first.where(found["reason"] == "twin")
    return found.astype({"state": "str", "reason": "str"})


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Customers ready for work.

    Attributes
    ----------
    customers : DataFrame
        As from `one_row_per_customer`, impossible cells missing.
    states : DataFrame of id, state, reason, twin_of
        Row by row beside `customers`.
    impossible : DataFrame of id, column, value, limit
        Cells outside their bounds (no limit) and cells that `find_impossible` caught.
    """

    customers: pd.DataFrame
    states: pd.DataFrame
    impossible: pd.DataFrame


def clean(snapshot: Snapshot, *, multiplier: float = 8.0, at_least: int = 20) -> Cleaned:
    """One row per customer, impossible cells emptied, and a state for everybody.

    Parameters
    ----------
    snapshot : Snapshot
    multiplier, at_least : float, int
        See `find_impossible`.
    """
    joined = one_row_per_customer(snapshot)
    caught = find_impossible(joined, multiplier=multiplier, at_least=at_least)
    bounds = snapshot.impossible.assign(limit=np.nan)
    impossible = pd.concat([bounds, caught], ignore_index=True) if len(bounds) else caught
    customers = in_content_order(without_impossible(joined, caught))
    return Cleaned(customers, states(customers, impossible, find_twins(joined)), impossible)
