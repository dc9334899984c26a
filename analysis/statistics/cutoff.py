"""Where to cut a feature so that it parts the declined from the steady best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags, Floats, Rows
from analysis.results import Estimate, Interval, Proportion
from analysis.statistics.intervals import wilson

Side = Literal["below", "above"]

CELLS_AT_ONCE = 100_000
"""Counts of drawn values that are held in memory."""


@dataclass(frozen=True)
class Threshold:
    """Where a feature is cut, and who declined beyond the cut and elsewhere.

    Attributes
    ----------
    cut : Estimate
        An observed value; customers at it are taken.
    beyond, rest : Proportion
        Shares of decline of exactly the customers that the cut takes, and of all others whose
        value is known. The cut was chosen on these customers, which flatters the difference a
        little; whether there is one at all is for a test to say that does not choose.
    """

    side: Side
    cut: Estimate
    beyond: Proportion
    rest: Proportion


def learn_threshold(
    values: pd.Series[float], down: Flags, side: Side, draws: int, seed: int
) -> Threshold | None:
    """Cut a feature where it parts the declined from the steady best, with the cut's interval.

    Parameters
    ----------
    values : Series of float, shape (n,)
    down : ndarray of bool, shape (n,)
        Whose activity has declined.
    side : {"below", "above"}
    draws : int
        Of customers, for the interval of the cut.
    seed : int
        The same for every feature and for every use, so that one feature has one threshold.

    Returns
    -------
    Threshold or None
        None where there is no cut (see `best_cutoff`).
    """
    cut = best_cutoff(values, down, side)
    if cut is None:
        return None
    spread = cutoff_interval(values, down, side, draws, np.random.default_rng(seed))
    known = values.notna().to_numpy()
    taken = at_or_beyond(values, side, cut)
    beyond, rest = down[taken], down[known & ~taken]
    return Threshold(
        side,
        Estimate(value=cut, low=spread.low, high=spread.high),
        wilson(int(beyond.sum()), len(beyond)),
        wilson(int(rest.sum()), len(rest)),
    )


def at_or_beyond(values: pd.Series[float], side: Side, cut: float) -> Flags:
    """Tell which values lie at a cut or beyond it; a missing value never does."""
    known = values.to_numpy(dtype=float)
    return known <= cut if side == "below" else known >= cut


def best_cutoff(values: pd.Series[float], down: Flags, side: Side) -> float | None:
    """Give the observed value that parts the declined from the steady best, by Youden's index.

    Parameters
    ----------
    values : Series of float, shape (n,)
    down : ndarray of bool, shape (n,)
        Whose activity has declined.
    side : {"below", "above"}
        Whether customers at the cut and below it, or at it and above it, are taken.

    Returns
    -------
    float or None
        The cut with the largest Youden's index; of equal ones the one that takes the fewest
        customers. None if no cut takes a larger share of the declined than of the steady.
    """
    distinct, counts = _counts(values, down)
    [place] = _best(counts[None], side)
    return None if place < 0 else float(distinct[place])


def cutoff_interval(
    values: pd.Series[float], down: Flags, side: Side, draws: int, rng: np.random.Generator
) -> Interval:
    """Give the middle 95 % of the cuts of customers drawn with replacement within each level.

    Draws without any cut do not count. Both ends are observed values.

    Raises
    ------
    ValueError
        No draw has a cut.
    """
    distinct, counts = _counts(values, down)
    sizes = counts.sum(axis=1)
    shares = counts / sizes[:, None]

    def draw() -> Counts:
        return np.stack([rng.multinomial(*each) for each in zip(sizes, shares, strict=True)])

    at_once = max(1, CELLS_AT_ONCE // len(distinct))
    places = [
        _best(np.stack([draw() for _ in range(start, min(start + at_once, draws))]), side)
        for start in range(0, draws, at_once)
    ]
    found = np.concatenate(places)
    cuts = distinct[found[found >= 0]]
    if not len(cuts):
        raise ValueError("no draw has a cut")
    low, high = np.quantile(cuts, [0.025, 0.975], method="inverted_cdf")
    return Interval(low=float(low), high=float(high))


def _counts(values: pd.Series[float], down: Flags) -> tuple[Floats, Counts]:
    """Give the different values, and how many of the steady and of the declined have each."""
    known = values.notna().to_numpy()
    numbers: Floats = np.asarray(values, dtype=np.float64)[known]
    distinct, where = np.unique(numbers, return_inverse=True)
    declined = down[known]
    counts = [np.bincount(where[declined == level], minlength=len(distinct)) for level in (0, 1)]
    return distinct, np.stack(counts).astype(np.int64)


def _best(counts: Counts, side: Side) -> Rows:
    """Give the places of the best cuts of tables of shape (draws, 2, values), -1 where none is."""
    sizes = counts.sum(axis=2, keepdims=True)
    last = counts.shape[2] - 1
    if last < 1 or not sizes.all():
        return np.full(len(counts), -1)
    shares = counts / sizes
    if side == "above":
        shares = shares[..., ::-1]
    steady, declined = np.cumsum(shares, axis=2).swapaxes(0, 1)
    index = np.round(declined - steady, 12)
    places = index.argmax(axis=1)
    found = index[np.arange(len(index)), places] > 0
    return np.where(found, places if side == "below" else last - places, -1)
