"""Customers by their level of activity, and those that a model learns from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cleaning.features import CATEGORICAL, NUMERIC


def trained_customers(customers: pd.DataFrame) -> pd.DataFrame:
    """Rows of the customers used for training whose level is known, in an order of their content.

    Sums of floating point numbers depend on their order in the last digit, so neither the order
    of the file nor the ids may decide it.
    """
    known = customers["level"].isin(["steady", "declined"])
    trained = customers[known & customers["state"].eq("trained")]
    return trained.sort_values([*NUMERIC, *CATEGORICAL, "level", "profit"])


def by_level(values: pd.Series[float], declined: pd.Series[bool]) -> tuple[Floats, Floats]:
    """Known values where activity has declined, and where it has not."""
    known = values.notna()
    return (
        np.asarray(values[known & declined], dtype=np.float64),
        np.asarray(values[known & ~declined], dtype=np.float64),
    )
