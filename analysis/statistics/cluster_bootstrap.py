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
    the standard deviation follows from the values. Sums are then taken in the order of the values,
    so that the order of the customers, which a draw needs, does not count.

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
    of_columns = _of_drawn if len(old) <= MOST_ONE_BY_ONE else _of_very_many
    found = of_columns((old, known_old), (new, known_new), expected, draws, seed)
    informed = (known_old | known_new).sum(axis=0)
    error = found.spread * np.sqrt(informed / np.maximum(informed - 1, 1))

    nothing = RELATIVE_ZERO * np.maximum(found.size, np.abs(found.centre))
    difference = np.where(np.abs(found.difference) <= nothing, 0.0, found.difference)
    error = np.where(error <= nothing, 0.0, error)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0, 0.0, np.abs(difference) / error)
    p_values = 2 * stats.t.sf(ratio, informed - 1)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, informed - 1) * error
    return [
        MeanDifference(
            old=float(found.old[column]),
            new=float(found.new[column]),
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


def variance(values: Floats) -> float:
    """Give the sample variance of the known values, of very many whatever their order."""
    if len(values) <= MOST_ONE_BY_ONE:
        return float(np.nanvar(values, ddof=1))
    return float(_ascending(values, ~np.isnan(values)).var(ddof=1))


class _Compared(NamedTuple):
    """What is known of the columns, each an array of shape (columns,).

    ``old`` and ``new`` are means, ``centre`` lies between them, ``size`` is the farthest value from
    there, ``spread`` the standard deviation of the difference.
    """

    old: Floats
    new: Floats
    centre: Floats
    difference: Floats
    spread: Floats
    size: Floats


Month = tuple[Floats, Flags]
"""Values by customer and column, and which are known."""


def _of_drawn(old: Month, new: Month, expected: Floats, draws: int, seed: int) -> _Compared:
    means_old, means_new = _means(*old), _means(*new)
    centre = (means_old + means_new) / 2
    around_old, around_new = (np.where(known, values - centre, 0.0) for values, known in (old, new))
    drawn = _drawn_differences(
        (around_old, old[1].astype(float)), (around_new, new[1].astype(float)), draws, seed
    )
    return _Compared(
        old=means_old,
        new=means_new,
        centre=centre,
        difference=around_new.sum(axis=0) / new[1].sum(axis=0)
        - around_old.sum(axis=0) / old[1].sum(axis=0)
        - expected,
        spread=np.nanstd(drawn, axis=0, ddof=1),
        size=np.maximum(np.abs(around_old).max(axis=0), np.abs(around_new).max(axis=0)),
    )


def _means(values: Floats, known: Flags) -> Floats:
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0))


def _of_very_many(old: Month, new: Month, expected: Floats, _draws: int, _seed: int) -> _Compared:
    """Compare without a draw, column by column, so that no more than one is held twice.

    The variance of the difference is the sum of the squares of what every customer brings to it.
    """
    found = np.empty((len(_Compared._fields), len(expected)))
    for column in range(len(expected)):
        (values_old, known_old), (values_new, known_new) = (
            (values[:, column], known[:, column]) for values, known in (old, new)
        )
        ascending_old, ascending_new = (
            _ascending(values_old, known_old),
            _ascending(values_new, known_new),
        )
        mean_old, mean_new = ascending_old.mean(), ascending_new.mean()
        centre = (mean_old + mean_new) / 2
        ascending_old -= centre
        ascending_new -= centre
        off_old, off_new = ascending_old.mean(), ascending_new.mean()
        brought = np.where(known_new, (values_new - centre - off_new) / len(ascending_new), 0.0)
        brought -= np.where(known_old, (values_old - centre - off_old) / len(ascending_old), 0.0)
        squares = np.square(brought, out=brought)
        squares.sort()
        found[:, column] = _Compared(
            old=mean_old,
            new=mean_new,
            centre=centre,
            difference=off_new - off_old - expected[column],
            spread=np.sqrt(squares.sum()),
            size=max(np.abs(each[[0, -1]]).max() for each in (ascending_old, ascending_new)),
        )
    return _Compared(*found)


def _ascending(values: Floats, known: Flags) -> Floats:
    ascending = values[known]
    ascending.sort()
    return ascending


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
