"""Everyone is scored, and no more at a time than fits into little memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.workers.here import HERE, Workers

BLOCK = 50_000
"""Customers who are scored at a time."""


def in_blocks(
    say: Callable[[pd.DataFrame], Floats], customers: pd.DataFrame, workers: Workers = HERE
) -> Floats:
    """Ask a model about customers block by block.

    Parameters
    ----------
    say : callable
        Gives a number for each row of a table, by this row alone. Workers elsewhere get it by
        pickle: no lambda then.
    customers : DataFrame of n rows
    workers : Workers
        Who asks.

    Returns
    -------
    ndarray of shape (n,)
    """
    starts = range(0, len(customers), BLOCK)
    blocks = (customers.iloc[start : start + BLOCK] for start in starts)
    said = np.empty(len(customers))
    for start, part in zip(starts, workers.map(say, blocks), strict=True):
        said[start : start + BLOCK] = part
    return said
