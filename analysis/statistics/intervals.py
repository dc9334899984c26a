"""Intervals and effect sizes that all chapters share.

Every interval is a 95 % interval.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats

from analysis import results
from analysis.arrays import Counts, Floats
from analysis.results import Estimate, Interval, Proportion
from analysis.statistics.confidence import CONFIDENCE

Z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))


class Association(NamedTuple):
    """Strength of the association in a table of counts, with its chi-square test."""

    v: Estimate
    p_value: float


def wilson(count: int, base: int) -> Proportion:
    """Share of a count in its base with the Wilson score interval.

    Parameters
    ----------
    count : int
        How many have the property, 0 to ``base``.
    base : int
        How many there are, at least 1.

    Raises
    ------
    ValueError
        The base is zero or the count lies outside of 0 … base.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference.
    JASA 22 (1927), 209–212.
    """
    if base <= 0:
        raise ValueError(f"a share needs a base above zero, got {base}")
    if not 0 <= count <= base:
        raise ValueError(f"a count lies between 0 and its base {base}, got {count}")
    share = count / base
    weight = Z * Z / base
    centre = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * np.sqrt(share * (1 - share) / base + weight / (4 * base))
    low = 0.0 if count == 0 else max(0.0, float(centre - half))
    high = 1.0 if count == base else min(1.0, float(centre + half))
    return Proportion(count=int(count), base=int(base), share=share, low=low, high=high)


def at_most(count: int, base: int) -> float:
    """Upper limit of the share that a count drawn at random is of, by the exact method.

    Parameters
    ----------
    count : int
        How many have the property, 0 to ``base``.
    base : int
        How many were drawn, at least 1.

    References
    ----------
    C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits illustrated in the case
    of the binomial. Biometrika 26 (1934), 404–413; one-sided.
    """
    return 1.0 if count >= base else float(stats.beta.ppf(CONFIDENCE, count + 1, base - count))


def percentile_interval(draws: npt.ArrayLike) -> Interval:
    """Middle 95 % of the draws of a statistic; draws where it is undefined (NaN) do not count.

    Parameters
    ----------
    draws : array_like of float, shape (n_draws,)

    Raises
    ------
    ValueError
        No draw has a value.
    """
    values = np.asarray(draws, dtype=float)
    values = values[~np.isnan(values)]
    if values.size == 0:
        raise ValueError("the statistic is undefined in every draw")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def bootstrap_draws(
    statistic: Callable[[Counts], float],
    rows: int,
    draws: int,
    generator: np.random.Generator,
) -> Floats:
    """Statistic over ``draws`` resamples of the rows, each as large as the original.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the drawn rows, shape (rows,), and returns a number; NaN where it
        is undefined, such as a ROC-AUC of one class.
    rows : int
        Number of rows.
    draws : int
        Number of resamples.
    generator : numpy.random.Generator
        Source of the draws. The rows must stand in an order made from their content, or the
        draws depend on the order of the file.

    Returns
    -------
    ndarray of float, shape (draws,)
    """
    return np.array(
        [statistic(generator.integers(0, rows, size=rows)) for _ in range(draws)], dtype=float
    )


def bootstrap_interval(
    statistic: Callable[[Counts], float],
    rows: int,
    draws: int,
    generator: np.random.Generator,
) -> Interval:
    """Percentile bootstrap interval of a statistic; parameters as in `bootstrap_draws`.

    References
    ----------
    B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    return percentile_interval(bootstrap_draws(statistic, rows, draws, generator))


def holm(p_values: npt.ArrayLike) -> Floats:
    """Holm's step-down correction of p-values for their number.

    Parameters
    ----------
    p_values : array_like of float, shape (n,)

    Returns
    -------
    ndarray of float, shape (n,)
        Adjusted p-values in the given order, never above 1.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics 6 (1979), 65–70.
    """
    values = np.asarray(p_values, dtype=float)
    order = np.argsort(values, kind="stable")
    factors = np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def cliffs_delta(first: npt.ArrayLike, second: npt.ArrayLike) -> Estimate:
    """Cliff's delta: how much more often a value of ``first`` is above one of ``second``.

    Takes O(n log n) time and O(n) memory.

    Parameters
    ----------
    first, second : array_like of float, shapes (n,) and (m,)
        Two samples without missing values, each of at least two.

    Returns
    -------
    Estimate
        P(first > second) − P(first < second), from −1 to 1, with the asymmetric interval of
        Feng and Cliff, which keeps its coverage near the ends of the scale.

    Raises
    ------
    ValueError
        A sample has fewer than two values.

    References
    ----------
    D. Feng, N. Cliff, Monte Carlo evaluation of ordinal d with improved confidence interval.
    Journal of Modern Applied Statistical Methods 3 (2004), 322–332.
    """
    x = np.sort(np.asarray(first, dtype=float))
    y = np.sort(np.asarray(second, dtype=float))
    n, m = x.size, y.size
    if n < 2 or m < 2:
        raise ValueError(f"Cliff's delta needs two values in each sample, got {n} and {m}")
    rows, ties = _dominance(x, y)
    columns, _ = _dominance(y, x)
    delta = float(rows.mean())
    quantile = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n + m - 2))
    if abs(delta) == 1.0:
        smaller = min(n, m)
        inner = (smaller - quantile**2) / (smaller + quantile**2)
        low, high = sorted((delta, delta * inner))
        return Estimate(value=delta, low=low, high=high)
    within = n * m - ties - n * m * delta**2
    variance = (
        m**2 * float(((rows - delta) ** 2).sum())
        + n**2 * float(((columns + delta) ** 2).sum())
        - within
    ) / (n * m * (n - 1) * (m - 1))
    variance = max(variance, (1 - delta**2) / (n * m - 1))
    spread = quantile * np.sqrt(variance) * np.sqrt((1 - delta**2) ** 2 + quantile**2 * variance)
    centre, scale = delta - delta**3, 1 - delta**2 + quantile**2 * variance
    return Estimate(
        value=delta,
        low=max(-1.0, float((centre - spread) / scale)),
        high=min(1.0, float((centre + spread) / scale)),
    )


def _dominance(x: Floats, y: Floats) -> tuple[Floats, int]:
    """Mean dominance of each x over the sorted y, shape (n,), and the number of tied pairs."""
    below = np.searchsorted(y, x, side="left")
    not_above = np.searchsorted(y, x, side="right")
    return (below + not_above - y.size) / y.size, int((not_above - below).sum())


def cross_counts(labels: pd.Series[Any], target: npt.ArrayLike) -> Counts:
    """Count how often each label meets each of two levels.

    Parameters
    ----------
    labels : Series of shape (n,)
        Missing ones do not count.
    target : array_like of shape (n,), 0 or 1

    Returns
    -------
    ndarray of int, shape (labels, 2)
        Labels in their own order.
    """
    codes, names = pd.factorize(labels, sort=True)
    cells = codes * 2 + np.asarray(target, dtype=int)
    return np.bincount(cells[codes >= 0], minlength=2 * len(names)).reshape(-1, 2)


def cramers_v(table: npt.ArrayLike) -> Association:
    """Cramér's V of a table of counts, corrected for bias, with its interval and test.

    The interval holds the values of V under which the observed chi-square is not extreme
    (noncentral chi-square); it reaches down to zero wherever the test finds nothing.

    Parameters
    ----------
    table : array_like of int, shape (r, c)
        Counts; empty rows and columns are left out.

    Returns
    -------
    Association
        V and its interval from 0 to 1, and the p-value of Pearson's chi-square test. A table
        with fewer than two rows or columns has no association and a p-value of 1.

    References
    ----------
    W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T.
    Journal of the Korean Statistical Society 42 (2013), 323–328.
    M. Smithson, Confidence Intervals (2003), chapter 5.
    """
    counts = np.asarray(table, dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return Association(v=Estimate(value=0.0, low=0.0, high=0.0), p_value=1.0)
    test = stats.chi2_contingency(counts, correction=False)
    chi2, p_value, freedom = float(test.statistic), float(test.pvalue), int(test.dof)
    n = float(counts.sum())
    sizes = np.array(counts.shape)
    reach = float((sizes - (sizes - 1) ** 2 / (n - 1)).min() - 1)
    if reach <= 0:  # a label for every customer tells nothing of labels
        return Association(v=Estimate(value=0.0, low=0.0, high=1.0), p_value=p_value)
    low, high = _noncentrality(chi2, freedom)

    def scaled(noncentrality: float) -> float:
        return float(min(1.0, np.sqrt(max(noncentrality, 0.0) / n / reach)))

    value = scaled(chi2 - freedom * n / (n - 1))
    estimate = Estimate(value=value, low=min(scaled(low), value), high=max(scaled(high), value))
    return Association(v=estimate, p_value=p_value)


def _noncentrality(chi2: float, freedom: int) -> tuple[float, float]:
    """Noncentralities between which the observed chi-square is not extreme."""
    tail = (1 - CONFIDENCE) / 2

    def solve(target: float) -> float:
        if stats.chi2.cdf(chi2, freedom) <= target:
            return 0.0
        ceiling = 2 * chi2 + 20 * Z * np.sqrt(chi2 + freedom)
        return float(
            optimize.brentq(lambda nc: stats.ncx2.cdf(chi2, freedom, nc) - target, 1e-9, ceiling)
        )

    return solve(1 - tail), solve(tail)


def share_difference(first: Proportion, second: Proportion) -> Estimate:
    """Give the difference of two independent shares with Newcombe's interval.

    References
    ----------
    Newcombe, R. (1998). Interval estimation for the difference between independent proportions.
    Statistics in Medicine 17, 873-890, method 10.
    """
    value = first.share - second.share
    down = np.hypot(first.share - first.low, second.high - second.share)
    up = np.hypot(first.high - first.share, second.share - second.low)
    return Estimate(value=value, low=float(value - down), high=float(value + up))


TWO_SIDED = 1.96
"""Standard errors that a difference inside the noise does not exceed."""


def estimate(draws: Floats, value: float) -> results.Estimate:
    """Give a value with the central 95 % of its bootstrap draws."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return results.Estimate(value=value, low=float(low), high=float(high))


def around(draws: Floats, value: float) -> results.Estimate:
    """Give a difference with 1.96 bootstrap standard errors to both sides: the rule's own test."""
    error = TWO_SIDED * float(np.std(draws, ddof=1))
    return results.Estimate(value=value, low=value - error, high=value + error)


def mean_of(draws: Floats) -> results.Estimate:
    """Give the mean of the draws with their central 95 %."""
    return estimate(draws, float(draws.mean()))
