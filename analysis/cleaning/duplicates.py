"""Customers that are copies of one another, exact, near or contradicting."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.customers import _ALIKE, COLUMNS, COPIED, in_content_order, share_habits
from analysis.money import REVENUES
from analysis.results import Copies


def near_copies(customers: pd.DataFrame) -> Copies:
    """Count the pairs that share every measured habit (`COPIED`); cells must all be present.

    A pair in which a level is blank counts in `pairs` (and `exact`) only.
    """
    whole = _with_copies(customers.dropna(subset=list(COPIED)))
    with_level = whole.dropna(subset="level")
    alike = [name for name in COLUMNS if name not in ("id", "profit")]
    same = _pairs(with_level, [*COPIED, "level"])
    return Copies(
        pairs=_pairs(whole, list(COPIED)),
        exact=_pairs(whole, alike),
        near=same - _pairs(with_level, alike),
        contradicting=_pairs(with_level, list(COPIED)) - same,
        customers=len(whole),
    )


def copy_groups(customers: pd.DataFrame) -> pd.Series[int]:
    """Give each group of customers who share every measured habit a number.

    Parameters
    ----------
    customers : DataFrame
        In the canonical columns, ordered by content.

    Returns
    -------
    Series of int, indexed as `customers`
        Equal for customers with the same `COPIED`, the same cells missing included; a customer
        with less than two known revenues is alone.
    """
    known = customers[list(REVENUES)].notna().sum(axis=1) > 1
    alike = customers[known].groupby(list(COPIED), sort=True, dropna=False).ngroup()
    alone = pd.Series(range(len(alike), len(customers)), index=customers.index[~known])
    return pd.concat([alike, alone]).reindex(customers.index).astype("int64")


def _with_copies(customers: pd.DataFrame) -> pd.DataFrame:
    """Only those who share every measured habit with somebody: nobody else can be a copy."""
    return customers[share_habits(customers)]


def _pairs(customers: pd.DataFrame, columns: list[str]) -> int:
    sizes = customers.groupby(columns, dropna=False).size()
    return int((sizes * (sizes - 1) // 2).sum())


def find_twins(customers: pd.DataFrame) -> pd.DataFrame:
    """Find the customers who repeat another one in everything but id and profit.

    Returns
    -------
    DataFrame of id, twin_of
        All but the first of each group; the first is the one with the smallest profit (missing
        last), and only where profits are equal too does the smaller id decide.
    """
    ordered = in_content_order(_with_copies(customers))
    alike = ordered.groupby(list(_ALIKE), dropna=False, sort=False)
    first = alike["id"].transform("first")
    repeated = ordered.duplicated(list(_ALIKE))
    return pd.DataFrame(
        {"id": ordered.loc[repeated, "id"], "twin_of": first[repeated]}
    ).reset_index(drop=True)


def find_contradicting(customers: pd.DataFrame) -> pd.Series[int]:
    """Ids of the customers whose copies (equal in `COPIED`) have the opposite level."""
    with_level = _with_copies(customers.dropna(subset=["level", *COPIED]))
    levels = with_level.groupby(list(COPIED))["level"].transform("nunique")
    return with_level.loc[levels > 1, "id"]
