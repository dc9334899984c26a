"""The customers from whom is learnt where there are more than a model needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.cleaning.customers import COPIED


def in_design_sample(customers: pd.DataFrame, size: int) -> Flags:
    """Draw about so many customers, as many of either level as its share demands.

    The lot of a customer is a hash of what the export says of his habits: it is the same on every
    machine, in every order of the rows and whatever his number, and copies of one another, who have
    the same habits, are drawn together.

    Parameters
    ----------
    customers : DataFrame, n rows
        Those who could be learnt from, with level and `COPIED`.
    size : int
        How many at most.

    Returns
    -------
    ndarray of bool, shape (n,)
        Everyone where there are no more than `size`.
    """
    if len(customers) <= size:
        return np.ones(len(customers), dtype=bool)
    habits = customers[list(COPIED)].astype("float64")
    lot = pd.util.hash_pandas_object(habits, index=False)
    place = lot.groupby(customers["level"].to_numpy()).rank(method="min")
    there = customers.groupby("level")["level"].transform("size")
    return np.asarray(place <= (there * (size / len(customers))).to_numpy(), dtype=bool)
