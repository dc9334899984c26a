"""The profit exposed and the declines to be expected, with all that is unsure of them.

Two things are: who happens to be a customer, for which customers are drawn with replacement; and
how far the probabilities are off all together, for which errors of their calibration are drawn
(`analysis.model.recalibration`). Given the customers, the outcomes behind the calibration are a
chance of their own, so both are drawn independently. Very many customers are drawn all together,
as a normal sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.model.recalibration import errors_drawn
from analysis.money import stake
from analysis.segments.alike import groups_alike
from analysis.settings import Money
from analysis.statistics.cluster_bootstrap import MOST_ONE_BY_ONE
from analysis.statistics.confidence import CONFIDENCE


def expected_totals(
    scored: pd.DataFrame,
    known: Sequence[results.Recalibration],
    money: Money,
    draws: int,
    seed: int,
) -> tuple[results.Estimate, results.Estimate]:
    """Add up the profit exposed, in roubles, and the declines to be expected.

    Parameters
    ----------
    scored : DataFrame of probability, profit, level
        n customers.
    known : sequence of Recalibration
        What is known of the calibration of the probabilities.
    """
    probability = np.asarray(scored["probability"], dtype=np.float64)
    stakes = np.asarray(stake(scored, money), dtype=np.float64)
    how = _one_by_one if len(scored) <= MOST_ONE_BY_ONE else _together
    exposed, declined = how(probability, stakes, scored["level"], known, draws, seed)
    return (
        between_draws(exposed, float((scored["probability"] * stakes).sum())),
        between_draws(declined, float(scored["probability"].sum())),
    )


def _one_by_one(
    probability: Floats,
    stakes: Floats,
    level: pd.Series[str],
    known: Sequence[results.Recalibration],
    draws: int,
    seed: int,
) -> tuple[Floats, Floats]:
    count = len(probability)
    rng, even = np.random.default_rng(seed), np.full(count, 1 / count)
    exposed, declined = np.empty(draws), np.empty(draws)
    for draw, told in enumerate(errors_drawn(probability, level, known, draws, seed)):
        drawn = told * rng.multinomial(count, even)
        exposed[draw], declined[draw] = drawn @ stakes, drawn.sum()
    return exposed, declined


def _together(
    probability: Floats,
    stakes: Floats,
    level: pd.Series[str],
    known: Sequence[results.Recalibration],
    draws: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Draw both sums as normal, by their moments given the probabilities."""
    groups = groups_alike(probability, level)
    size, count = groups.size, len(probability)
    met, squares = groups.total(stakes), groups.total(np.square(stakes))
    chance = np.random.default_rng(seed).standard_normal((draws, 2))
    exposed, declined = np.empty(draws), np.empty(draws)
    theirs = level.iloc[groups.first]
    errors = errors_drawn(groups.probability, theirs, known, draws, seed)
    for draw, told in enumerate(errors):
        for sums, once, twice, luck in (
            (exposed, met, squares, chance[draw, 0]),
            (declined, size, size, chance[draw, 1]),
        ):
            mean, square = float(told @ once), float(told**2 @ twice)
            sums[draw] = mean + luck * math.sqrt(max(0.0, square - mean**2 / count))
    return exposed, declined


def between_draws(draws: Floats, value: float) -> results.Estimate:
    """Give a value with the limits beyond which one more draw would lie in one case of twenty.

    The quantile of place p (n + 1) of n draws: others are too narrow where draws are few.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50, 361-365, definition 6.
    """
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.quantile(draws, tails, method="weibull")
    return results.Estimate(value=value, low=float(low), high=float(high))
