"""The profit exposed and the declines to be expected, with all that is unsure of them.

Two things are: who happens to be a customer, for which customers are drawn with replacement; and
how far the probabilities are off all together, for which errors of their calibration are drawn
(`analysis.model.recalibration`). Given the customers, the outcomes behind the calibration are a
chance of their own, so both are drawn independently.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.model.recalibration import errors_drawn
from analysis.money import stake
from analysis.settings import Money
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
    count = len(scored)
    probability = scored["probability"].to_numpy(dtype=float)
    stakes = stake(scored, money).to_numpy(dtype=float)
    rng, even = np.random.default_rng(seed), np.full(count, 1 / count)
    exposed, declined = np.empty(draws), np.empty(draws)
    errors = errors_drawn(probability, scored["level"], known, draws, seed)
    for draw, told in enumerate(errors):
        drawn = told * rng.multinomial(count, even)
        exposed[draw], declined[draw] = drawn @ stakes, drawn.sum()
    return (
        between_draws(exposed, float((scored["probability"] * stakes).sum())),
        between_draws(declined, float(scored["probability"].sum())),
    )


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
