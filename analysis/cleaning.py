"""From a snapshot to one row per customer, and what each customer may be used for.

Nothing here depends on the order of the file or on the values of the ids: rows are put in an order
made from their content, and of equal customers the one with the smaller profit comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.settings import Cleaning
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
COPIED = (*REVENUES, *MINUTES, "pages_per_visit", "failures")
"""Customers who share all of these are copies of one another."""
DEFAULTS = Cleaning()
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
    return customers.sort_values(_CONTENT_ORDER, kind="stable", na_position="last").reset_index(
        drop=True
    )


def as_found(customers: pd.DataFrame, respelt: pd.DataFrame) -> pd.DataFrame:
    """The same customers with corrected labels as they were.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    respelt : DataFrame of id, column, found
    """
    misspelt = customers.copy()
    for column, cells in respelt.groupby("column"):
        found = misspelt["id"].map(cells.set_index("id")["found"])
        misspelt[column] = found.fillna(misspelt[column]).astype("str")
    return in_content_order(misspelt)


def find_impossible(
    customers: pd.DataFrame,
    columns: Sequence[str] = (*REVENUES, *MINUTES),
    *,
    multiplier: float = 8.0,
    at_least: int = 20,
) -> pd.DataFrame:
    """Revenue and minutes that lie beyond anything the other customers show.

    For each month the positive values are taken in logarithms; a value is impossible if it lies
    more than `multiplier` interquartile ranges above the upper quartile (Tukey's fence, 1977, with
    1.5 replaced by a factor that no natural tail reaches: for a log-normal month 8 ranges are 11
    standard deviations). Only the upper side is judged: a low value is a quiet month. Twins count
    once, so that copies of customers do not move the fence.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    columns : sequence of str
        Which to judge, one by one.
    multiplier : float
        Interquartile ranges, in logarithms, above the upper quartile.
    at_least : int
        Positive values that a month needs before it is judged.

    Returns
    -------
    DataFrame of id, column, value, limit
        One row per impossible cell, in the order of `customers`.
    """
    distinct = ~customers.duplicated(list(_ALIKE))
    parts = []
    for column in columns:
        values = customers[column]
        logs = np.log(values[distinct & (values > 0)])
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
    alike = ordered.groupby(list(_ALIKE), dropna=False, sort=False)
    first = alike["id"].transform("first")
    repeated = ordered.duplicated(list(_ALIKE))
    return pd.DataFrame(
        {"id": ordered.loc[repeated, "id"], "twin_of": first[repeated]}
    ).reset_index(drop=True)


def find_contradicting(customers: pd.DataFrame) -> pd.Series[int]:
    """Ids of the customers whose copies (equal in `COPIED`) have the opposite level."""
    labelled = customers.dropna(subset=["level", *COPIED])
    levels = labelled.groupby(list(COPIED))["level"].transform("nunique")
    return labelled.loc[levels > 1, "id"]


def states(
    customers: pd.DataFrame,
    impossible: pd.DataFrame,
    twins: pd.DataFrame,
    contradicting: pd.Series[int],
    choices: Cleaning = DEFAULTS,
) -> pd.DataFrame:
    """What each customer may be used for, and why.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`, impossible cells still in place or not.
    impossible : DataFrame of id, column
        All impossible cells.
    twins : DataFrame of id, twin_of
    contradicting : Series of int
        Ids, as from `find_contradicting`.
    choices : Cleaning
        What is done with whom.

    Returns
    -------
    DataFrame of id, state, reason, twin_of
        In the order of `customers`. The first rule that holds decides:

        ============  =============  ======================================================
        state         reason         when
        ============  =============  ======================================================
        not_scored    inactive       revenue is 0 in at least one of the three months
        not_scored    missing        revenue of a month is not in the export (and not
                                     impossible)
        not_trained   no_level       the level is blank
        not_trained   impossible     a cell is impossible
        not_trained   inactive       as above, where inactive customers are to be scored
        not_trained   contradicting  a copy has the opposite level, where those are to be
                                     set aside
        not_trained   twin           repeats the customer `twin_of`, who is not set aside
        trained                      otherwise
        ============  =============  ======================================================

        A rule that `choices` keep in training does not apply. `twin_of` (Int64) is missing for
        every other reason.
    """
    ids = customers["id"]
    revenue = customers[list(REVENUES)]
    doubted = pd.DataFrame(
        {name: ids.isin(impossible.loc[impossible["column"] == name, "id"]) for name in REVENUES}
    )
    inactive = (revenue == 0).any(axis=1)
    odd = ids.isin(impossible["id"]) & (choices.impossible == "set_aside")
    first = ids.map(twins.set_index("id")["twin_of"])
    rules = {
        ("not_scored", "inactive"): inactive & (choices.inactive == "not_scored"),
        ("not_scored", "missing"): (revenue.isna() & ~doubted).any(axis=1),
        ("not_trained", "no_level"): customers["level"].isna(),
        ("not_trained", "impossible"): odd,
        ("not_trained", "inactive"): inactive & (choices.inactive == "set_aside"),
        ("not_trained", "contradicting"): ids.isin(contradicting)
        & (choices.contradicting == "set_aside"),
        ("not_trained", "twin"): first.notna()
        & ~first.isin(ids[odd])
        & (choices.twins == "set_aside"),
    }
    tests = [rule.to_numpy(dtype=bool) for rule in rules.values()]
    found = pd.DataFrame({"id": ids})
    found["state"] = np.select(tests, [state for state, _ in rules], default="trained")
    found["reason"] = np.select(tests, [reason for _, reason in rules], default="")
    found["twin_of"] = first.astype("Int64").where(found["reason"] == "twin")
    return found.astype({"state": "str", "reason": "str"})


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Customers ready for work.

    Attributes
    ----------
    customers : DataFrame
        As from `one_row_per_customer`; impossible cells missing and labels corrected, unless the
        settings keep them.
    states : DataFrame of id, state, reason, twin_of
        Row by row beside `customers`.
    impossible : DataFrame of id, column, value, limit
        Cells outside their bounds (no limit) and cells that `find_impossible` caught.
    twins : DataFrame of id, twin_of
        As from `find_twins`, whatever their state.
    """

    customers: pd.DataFrame
    states: pd.DataFrame
    impossible: pd.DataFrame
    twins: pd.DataFrame


def clean(snapshot: Snapshot, choices: Cleaning = DEFAULTS, *, at_least: int = 20) -> Cleaned:
    """One row per customer, impossible cells emptied, and a state for everybody.

    Parameters
    ----------
    snapshot : Snapshot
    choices : Cleaning
        What is repaired and what is kept out of training.
    at_least : int
        See `find_impossible`.
    """
    joined = one_row_per_customer(snapshot)
    caught = find_impossible(joined, multiplier=choices.impossible_multiplier, at_least=at_least)
    bounds = snapshot.impossible.assign(limit=np.nan)
    impossible = pd.concat([bounds, caught], ignore_index=True) if len(bounds) else caught
    twins, contradicting = find_twins(joined), find_contradicting(joined)
    customers = joined if choices.labels == "repair" else as_found(joined, snapshot.respelt)
    if choices.impossible != "keep":
        customers = in_content_order(without_impossible(customers, caught))
    return Cleaned(
        customers,
        states(customers, impossible, twins, contradicting, choices),
        impossible,
        twins,
    )
