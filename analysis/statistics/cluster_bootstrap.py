"""Differences of means between two samples that share customers, with simultaneous intervals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from analysis.arrays import Flags, Floats
from analysis.statistics.confidence import CONFIDENCE

MOST_ONE_BY_ONE = 20_000
"""Customers up to whom each is drawn by himself; what very many come to follows from the values."""

CELLS_AT_ONCE = 4_000_000
"""Cells of the matrix of draws by customers that are held in memory at once."""

RELATIVE_ZERO = 1e-12
"""A difference or an error this small against the values themselves is rounding."""


class MeanDifference(NamedTuple):
    """A difference of two means with its 95 % interval and two-sided p-value."""

    old: float
    new: float
    base_old: int
    base_new: int
    value: float
    low: float
    high: float
    p_value: float


def mean_differences(
    old: Floats, new: Floats, expected: Floats, draws: int, seed: int
) -> list[MeanDifference]:
    """Compare the means of columns in two months by a cluster bootstrap over customers.

    Customers are drawn with replacement, as many as there are in either month, and each brings
    its values of both months. The standard deviation of the drawn differences is their standard
    error, corrected for the number of customers; interval and p-value follow from Student's t
    with one degree of freedom less than customers who have a value. With everybody in both months
    this is the paired t-test, with nobody Welch's test, both up to the error of the draws.

    Of very many customers nobody is drawn: a mean of them is as good as linear in who is drawn, and
    the standard deviation follows from the values.

    A p-value read off the draws themselves cannot be below one in the number of draws, which a
    correction for many comparisons would use up.

    Parameters
    ----------
    old, new : ndarray of shape (customers, columns)
        Row by row the same customer; NaN where it has no value in that month. At least two
        values in each month and column.
    expected : ndarray of shape (columns,)
        Difference that needs no explanation.
    draws : int
    seed : int

    Returns
    -------
    list of MeanDifference
        One per column: mean of ``new`` minus mean of ``old`` minus ``expected``. Exchanging the
        months (and the sign of ``expected``) negates the difference and keeps the p-value, to the
        last bit.

    References
    ----------
    B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 6, 12 and 16.
    A. C. Cameron, D. L. Miller, A practitioner's guide to cluster-robust inference.
    Journal of Human Resources 50 (2015), 317–372.
    """
    known_old, known_new = ~np.isnan(old), ~np.isnan(new)
    base_old, base_new = known_old.sum(axis=0), known_new.sum(axis=0)
    if min(base_old.min(initial=2), base_new.min(initial=2)) < 2:
        raise ValueError("a mean needs two values in each month")
    centre = (_means(old, known_old) + _means(new, known_new)) / 2
    around_old = np.where(known_old, old - centre, 0.0)
    around_new = np.where(known_new, new - centre, 0.0)
    difference = around_new.sum(axis=0) / base_new - around_old.sum(axis=0) / base_old - expected

    if len(old) <= MOST_ONE_BY_ONE:
        drawn = _drawn_differences(
            (around_old, known_old.astype(float)),
            (around_new, known_new.astype(float)),
            draws,
            seed,
        )
        spread = np.nanstd(drawn, axis=0, ddof=1)
    else:
        spread = _linear_spread((around_old, known_old), (around_new, known_new))
    informed = (known_old | known_new).sum(axis=0)
    error = spread * np.sqrt(informed / np.maximum(informed - 1, 1))

    size = np.maximum(np.abs(around_old).max(axis=0), np.abs(around_new).max(axis=0))
    nothing = RELATIVE_ZERO * np.maximum(size, np.abs(centre))
    difference = np.where(np.abs(difference) <= nothing, 0.0, difference)
    error = np.where(error <= nothing, 0.0, error)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0, 0.0, np.abs(difference) / error)
    p_values = 2 * stats.t.sf(ratio, informed - 1)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, informed - 1) * error
    means_old, means_new = _means(old, known_old), _means(new, known_new)
    return [
        MeanDifference(
            old=float(means_old[column]),
            new=float(means_new[column]),
            base_old=int(base_old[column]),
            base_new=int(base_new[column]),
            value=float(difference[column]),
            low=float(difference[column] - half[column]),
            high=float(difference[column] + half[column]),
            p_value=float(p_values[column]),
        )
        for column in range(old.shape[1])
    ]


def shown_twice(one: MeanDifference, other: MeanDifference) -> MeanDifference:
    """Give a difference that counts as shown only where another measure of it shows it too.

    Returns
    -------
    MeanDifference
        ``one``, with the larger p-value (1 where the two differ in direction) and an interval that
        covers both.
    """
    opposed = one.value * other.value < 0
    return one._replace(
        low=min(one.low, other.low),
        high=max(one.high, other.high),
        p_value=1.0 if opposed else max(one.p_value, other.p_value),
    )


def _means(values: Floats, known: Flags) -> Floats:
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0))


def _linear_spread(old: tuple[Floats, Flags], new: tuple[Floats, Flags]) -> Floats:
    """Give the standard deviation that drawn differences of means have where customers are many.

    A mean is then as good as linear in who is drawn, and the variance of the difference is the sum
    of the squares of what every customer brings to it.
    """
    spread = np.empty(old[0].shape[1])
    for column in range(len(spread)):
        brought = np.zeros(len(old[0]))
        for (values, known), sign in ((new, 1.0), (old, -1.0)):
            mine, there = values[:, column], known[:, column]
            base = there.sum()
            brought += sign * np.where(there, mine - mine.sum() / base, 0.0) / base
        spread[column] = np.sqrt(np.square(brought).sum())
    return spread


def _drawn_differences(
    old: tuple[Floats, Floats], new: tuple[Floats, Floats], draws: int, seed: int
) -> Floats:
    """Differences of means in resamples of the customers, shape (draws, columns).

    Each month is its values (0 where unknown) and whether they are known (0 or 1). A draw without
    a known value in a month has no difference (NaN).
    """
    customers = len(old[0])
    rng = np.random.default_rng(seed)
    even = np.full(customers, 1 / customers)
    step = max(1, CELLS_AT_ONCE // customers)
    parts: list[Any] = []
    for start in range(0, draws, step):
        counts = rng.multinomial(customers, even, min(step, draws - start)).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append(
                (counts @ new[0]) / (counts @ new[1]) - (counts @ old[0]) / (counts @ old[1])
            )
    return np.concatenate(parts)
