"""Everyone is scored, and no more at a time than fits into little memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.arrays import Floats

BLOCK = 50_000
"""Customers who are scored at a time."""


def in_blocks(say: Callable[[pd.DataFrame], Floats], customers: pd.DataFrame) -> Floats:
    """Ask a model about customers block by block.

    Parameters
    ----------
    say : callable
        Gives a number for each row of a table, by this row alone.
    customers : DataFrame of n rows

    Returns
    -------
    ndarray of shape (n,)
    """
    said = np.empty(len(customers))
    for start in range(0, len(customers), BLOCK):
        block = slice(start, start + BLOCK)
        said[block] = say(customers.iloc[block])
    return said
