"""How a feature's contribution changes with its value, and from which value on decline is frequent.

The contributions are averaged over groups of customers with close values; a monotone curve that
fits them says whether high or low values raise the score. The threshold does not come from the
contributions, whose zero is but the mean of the feature where a model is linear: it is learnt from
the levels, as that of a plain rule is (`analysis.statistics.cutoff`).

References
----------
Barlow, R. et al. (1972). Statistical inference under order restrictions (isotonic regression).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from analysis.arrays import Flags, Floats, Rows
from analysis.drivers.jackknife import Draws
from analysis.results import Dependence, DependenceBin, Estimate
from analysis.statistics.cutoff import Side, Threshold, learn_threshold

Unclear = Literal["not_monotone", "not_proven", "no_cut", "wide"]

MOST_BINS = 16
SMALLEST_BIN = 10
"""A group with fewer customers is not shown: it would point at persons."""

MONOTONE = 0.8
"""Part of the variance between groups that a monotone curve must explain."""

WIDE = 0.5
"""Part of the range of values (5th to 95th percentile) that the interval may span."""


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
    draws: Draws,
    cut: Callable[[Side], Threshold | Unclear],
) -> Dependence | None:
    """Describe how the contribution of one numeric feature depends on its value.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN where unknown.
    contributions : ndarray of shape (repeats, n)
    draws : Draws
        Of these customers.
    cut : callable
        Learns the threshold where the score is raised by low values (``below``) or by high ones
        (``above``), or says why there is none.

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
    monotone = _fit(curve, sizes, rises) >= MONOTONE
    found = cut("above" if rises else "below") if monotone else "not_monotone"
    threshold = found if isinstance(found, Threshold) else None
    return Dependence(
        name=name,
        raises_when="high" if rises else "low",
        bins=bins,
        threshold=threshold.cut if threshold else None,
        unclear=None if isinstance(found, Threshold) else found,
        raising_side=threshold.beyond if threshold else None,
        lowering_side=threshold.rest if threshold else None,
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


def clear_threshold(
    values: pd.Series[float], down: Flags, side: Side, draws: int, seed: int
) -> Threshold | Unclear:
    """Cut a feature, or say why it has no threshold worth naming.

    Parameters
    ----------
    values : Series of float, shape (n,)
        Of all customers with a level, as a reader knows them.
    down, side, draws, seed
        As for `learn_threshold`.

    Returns
    -------
    Threshold or str
        ``no_cut`` where no value parts the levels, or too few customers lie on a side of it;
        ``wide`` where the interval of the cut spans half the range of the values.
    """
    found = learn_threshold(values, down, side, draws, seed)
    if found is None or min(found.beyond.base, found.rest.base) < SMALLEST_BIN:
        return "no_cut"
    low, high = np.nanpercentile(values, [5, 95])
    return "wide" if found.cut.high - found.cut.low > WIDE * (high - low) else found


def _smooth(curve: Floats, sizes: Floats, rises: bool) -> Floats:
    return np.asarray(isotonic_regression(curve, weights=sizes, increasing=rises).x)


def _fit(curve: Floats, sizes: Floats, rises: bool) -> float:
    """Part of the weighted variance of the curve that its monotone fit explains."""
    spread = float(sizes @ (curve - np.average(curve, weights=sizes)) ** 2)
    left = float(sizes @ (curve - _smooth(curve, sizes, rises)) ** 2)
    return 1 - left / spread if spread > 0 else 0.0
