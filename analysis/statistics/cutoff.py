"""Where to cut a feature so that it parts the declined from the steady best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags, Floats
from analysis.results import Estimate, Interval, Proportion
from analysis.statistics.intervals import wilson

Side = Literal["below", "above"]


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
    place = _best(counts, side)
    return None if place is None else float(distinct[place])


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
    drawn = (
        _best(
            np.stack([rng.multinomial(sizes[row], counts[row] / sizes[row]) for row in (0, 1)]),
            side,
        )
        for _ in range(draws)
    )
    cuts = [distinct[cut] for cut in drawn if cut is not None]
    if not cuts:
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


def _best(counts: Counts, side: Side) -> int | None:
    sizes = counts.sum(axis=1, keepdims=True)
    if counts.shape[1] < 2 or not sizes.all():
        return None
    shares = counts / sizes
    if side == "above":
        shares = shares[:, ::-1]
    steady, declined = np.cumsum(shares, axis=1)
    index = np.round(declined - steady, 12)
    place = int(np.argmax(index))
    if index[place] <= 0:
        return None
    return place if side == "below" else counts.shape[1] - 1 - place
