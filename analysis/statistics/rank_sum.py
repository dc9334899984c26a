"""The test of Mann and Whitney, which tells nothing of values that are all the same."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy.typing as npt
from scipy import stats


def rank_sum(
    first: npt.ArrayLike, second: npt.ArrayLike, method: Literal["auto", "asymptotic"] = "auto"
) -> tuple[float, float]:
    """Give U of the first sample and the two-sided p-value.

    Parameters
    ----------
    first, second : array_like of float, shapes (n,) and (m,)
        Without gaps, at least one value each.

    Returns
    -------
    tuple of float
        The p-value is 1 where all values are the same: libraries differ on what it is then.

    References
    ----------
    H. B. Mann, D. R. Whitney, On a test of whether one of two random variables is stochastically
    larger than the other. Annals of Mathematical Statistics 18 (1947), 50–60.
    """
    test: Any = stats.mannwhitneyu(first, second, method=method)
    p_value = float(test.pvalue)
    return float(test.statistic), 1.0 if math.isnan(p_value) else p_value
