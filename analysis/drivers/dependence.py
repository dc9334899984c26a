"""How a feature's contribution changes with its value, and where it turns from lowering to raising.

The contributions are averaged over groups of customers with close values and smoothed by the
monotone curve that fits them best; the turning value is where that curve crosses zero.

References
----------
Barlow, R. et al. (1972). Statistical inference under order restrictions (isotonic regression).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import isotonic_regression

from analysis.arrays import Floats, Rows, Target
from analysis.drivers.jackknife import Draws
from analysis.results import Dependence, DependenceBin, Estimate, Proportion
from analysis.statistics.intervals import percentile_interval, wilson

Unclear = Literal["not_monotone", "one_sided", "several", "wide"]

MOST_BINS = 16
SMALLEST_BIN = 10
"""A group with fewer customers is not shown: it would point at persons."""

MONOTONE = 0.8
"""Part of the variance between groups that a monotone curve must explain."""

WIDE = 0.5
"""Part of the range of values (5th to 95th percentile) that the interval may span."""

SIDED = 0.95
"""Part of the draws in which the curve must cross zero."""


@dataclass(frozen=True)
class Groups:
    """Customers grouped by value: number of the group per customer (-1 if unknown), and means."""

    group: Rows
    means: Floats

    @property
    def members(self) -> Floats:
        """1 where a customer is in a group, shape (n, groups)."""
        return np.asarray(self.group[:, None] == np.arange(len(self.means)), dtype=float)


def dependence(
    name: str,
    values: Floats,
    contributions: Floats,
    target: Target,
    draws: Draws,
) -> Dependence | None:
    """Describe how the contribution of one numeric feature depends on its value.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN where unknown.
    contributions : ndarray of shape (repeats, n)
    target : ndarray of shape (n,), 0 or 1
    draws : Draws
        Of these customers.

    Returns
    -------
    Dependence or None
        None where there are fewer than three groups to compare.
    """
    groups = group_by_value(values)
    if len(groups.means) < 3:
        return None
    members = groups.members
    sizes = members.sum(axis=0)
    curve = (contributions @ members / sizes).mean(axis=0)
    drawn = draws.means(contributions, members).T
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    bins = [
        DependenceBin(
            value=float(mean),
            customers=int(size),
            contribution=Estimate(
                value=float(at), low=float(min(down, at)), high=float(max(up, at))
            ),
        )
        for mean, size, at, down, up in zip(groups.means, sizes, curve, low, high, strict=True)
    ]
    rises = rises_with_value(curve, sizes)
    turning, unclear = _turning(groups.means, bins, curve, drawn, sizes, rises, values)
    cut = None if turning is None else turning.value
    below, above = _observed(values, target, cut)
    return Dependence(
        name=name,
        raises_when="high" if rises else "low",
        bins=bins,
        turning=turning,
        unclear=unclear,
        raising_side=above if rises else below,
        lowering_side=below if rises else above,
    )


def group_by_value(values: Floats) -> Groups:
    """Group close values, equal ones together, into about equal groups that are never small."""
    known = ~np.isnan(values)
    distinct, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    least = max(SMALLEST_BIN, int(np.ceil(known.sum() / MOST_BINS)))
    number, filled, numbers = 0, 0, []
    for count in counts:
        if filled >= least:
            number, filled = number + 1, 0
        numbers.append(number)
        filled += count
    of_value = np.array(numbers, dtype=np.intp)
    if number and filled < least:
        of_value[of_value == number] = number - 1
    group = np.full(len(values), -1, dtype=np.intp)
    group[known] = of_value[place]
    sums = np.bincount(of_value, weights=distinct * counts)
    return Groups(group, sums / np.bincount(of_value, weights=counts))


def rises_with_value(curve: Floats, sizes: Floats) -> bool:
    """Tell whether a rising curve fits the groups better than a falling one."""
    return _fit(curve, sizes, rises=True) >= _fit(curve, sizes, rises=False)


def crossing(means: Floats, curve: Floats, sizes: Floats, rises: bool) -> float:
    """Value at which the smoothed curve crosses zero; NaN where it stays on one side.

    Parameters
    ----------
    means, curve, sizes : ndarray of shape (groups,)
        Mean value, mean contribution and size of each group, by growing value.
    rises : bool
        Whether the smoothed curve rises.

    Examples
    --------
    >>> crossing(np.array([1.0, 2.0, 4.0]), np.array([-2.0, -1.0, 3.0]), np.ones(3), True)
    2.5
    """
    smooth = _smooth(curve, sizes, rises)
    outward = smooth if rises else -smooth
    before, after = np.flatnonzero(outward < 0), np.flatnonzero(outward > 0)
    if not len(before) or not len(after):
        return float("nan")
    last, first = before[-1], after[0]
    part = outward[last] / (outward[last] - outward[first])
    return float(means[last] + part * (means[first] - means[last]))


def _turning(
    means: Floats,
    bins: list[DependenceBin],
    curve: Floats,
    drawn: Floats,
    sizes: Floats,
    rises: bool,
    values: Floats,
) -> tuple[Estimate | None, Unclear | None]:
    if _fit(curve, sizes, rises) < MONOTONE:
        return None, "not_monotone"
    value = crossing(means, curve, sizes, rises)
    crossings = np.array([crossing(means, draw, sizes, rises) for draw in drawn])
    if np.isnan(value) or np.isnan(crossings).mean() > 1 - SIDED:
        return None, "one_sided"
    if any(_contradicts(each, value, rises) for each in bins):
        return None, "several"
    interval = percentile_interval(crossings)
    low, high = np.nanpercentile(values, [5, 95])
    if interval.high - interval.low > WIDE * (high - low):
        return None, "wide"
    return Estimate(value=value, low=min(interval.low, value), high=max(interval.high, value)), None


def _contradicts(each: DependenceBin, turning: float, rises: bool) -> bool:
    """Tell whether a group lies clearly on the other side of zero than its value says."""
    raising = (each.value > turning) == rises
    return each.contribution.high < 0 if raising else each.contribution.low > 0


def _smooth(curve: Floats, sizes: Floats, rises: bool) -> Floats:
    return np.asarray(isotonic_regression(curve, weights=sizes, increasing=rises).x)


def _fit(curve: Floats, sizes: Floats, rises: bool) -> float:
    """Part of the weighted variance of the curve that its monotone fit explains."""
    spread = float(sizes @ (curve - np.average(curve, weights=sizes)) ** 2)
    left = float(sizes @ (curve - _smooth(curve, sizes, rises)) ** 2)
    return 1 - left / spread if spread > 0 else 0.0


def _observed(
    values: Floats, target: Target, cut: float | None
) -> tuple[Proportion | None, Proportion | None]:
    """Observed shares of decline below a value and from it on."""
    if cut is None:
        return None, None
    below, above = target[values < cut], target[values >= cut]
    if min(len(below), len(above)) < SMALLEST_BIN:
        return None, None
    return wilson(int(below.sum()), len(below)), wilson(int(above.sum()), len(above))
