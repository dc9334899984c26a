"""Values that cannot be, found by how far they lie from all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.cleaning.customers import MINUTES, repeat_another
from analysis.money import REVENUES
from analysis.snapshot.ids import among


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
    distinct = ~repeat_another(customers)
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
    empty = pd.DataFrame({"id": [""], "column": [""], "value": [0.0], "limit": [0.0]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def without_impossible(customers: pd.DataFrame, impossible: pd.DataFrame) -> pd.DataFrame:
    """Give the same customers with impossible cells set to missing.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    impossible : DataFrame of id, column (and more)
    """
    emptied = customers.copy()
    for column, cells in impossible.groupby("column"):
        emptied[column] = emptied[column].mask(among(emptied["id"], cells["id"]))
    return emptied
