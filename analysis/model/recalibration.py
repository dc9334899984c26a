"""How far the probabilities of a model may be off, all together.

A model is learnt from a limited number of customers: with others it would say a little more or a
little less of everybody. How much that may be is what its probabilities show on customers whom it
had not seen. The outcome is regressed on the logit of the probability; where all is right, the
intercept is 0 and the slope 1, and their covariance says how well the data can tell. Copies of a
customer count as one (clusters).

Errors are drawn around what is published, that is intercept 0 and slope 1, as wide as that
covariance and by as much wider as the estimate itself lies off. What a model has wrong of single
customers, but right on average, is not among them.

References
----------
Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika 45,
562-565.
Steyerberg, E. W. (2019). Clinical prediction models, 2nd edition, chapters 15 and 20.
Cameron, A. C., Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. Journal of
Human Resources 50, 317-372.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from analysis import results
from analysis.arrays import Floats, Target
from analysis.results.model import Level

SMALLEST_CLASS = 10
"""Customers of either outcome below which nothing is estimated."""

STEPS = 50
CONVERGED = 1e-9
FARTHEST = 10.0
"""Intercepts and slopes beyond this have run away: the probabilities part the outcomes wholly."""


def recalibrate(
    probability: Floats,
    actual: Target,
    groups: NDArray[np.int64],
    level: Level | None = None,
) -> results.Recalibration | None:
    """Regress outcomes on the logit of probabilities.

    Parameters
    ----------
    probability : ndarray of shape (n,)
        By models without the customer, above 0 and below 1.
    actual : ndarray of shape (n,), 0 or 1
    groups : ndarray of shape (n,)
        Copies of a customer share a number.
    level : str, optional
        The level that these customers started from, if they are only those.

    Returns
    -------
    Recalibration or None
        None where either outcome is too rare, or the two are wholly parted.
    """
    if min(actual.sum(), len(actual) - actual.sum()) < SMALLEST_CLASS:
        return None
    design = np.column_stack([np.ones(len(actual)), logit(probability)])
    found = np.array([0.0, 1.0])
    for _ in range(STEPS):
        said = expit(design @ found)
        information = design.T @ (design * (said * (1 - said))[:, None])
        step = np.linalg.pinv(information) @ design.T @ (actual - said)
        found = found + step
        if np.abs(found).max() > FARTHEST:
            return None
        if np.abs(step).max() < CONVERGED:
            break
    said = expit(design @ found)
    bread = np.linalg.pinv(design.T @ (design * (said * (1 - said))[:, None]))
    _, cluster = np.unique(groups, return_inverse=True)
    count = int(cluster.max()) + 1
    scores = np.zeros((count, 2))
    np.add.at(scores, cluster, design * (actual - said)[:, None])
    covariance = bread @ (scores.T @ scores) @ bread * count / max(count - 1, 1)
    return results.Recalibration(
        level=level,
        base=len(actual),
        intercept=float(found[0]),
        slope=float(found[1]),
        intercept_variance=float(covariance[0, 0]),
        slope_variance=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
    )


def of_deciding(found: results.ModelResults) -> list[results.Recalibration]:
    """Give what is known of the probabilities that decide: the forecast's, else the nowcast's."""
    forecast = found.forecast
    return forecast.recalibration if forecast and forecast.used else found.recalibration


def errors_drawn(
    probability: Floats,
    level: pd.Series[str],
    known: Sequence[results.Recalibration],
    draws: int,
    seed: int,
) -> Iterator[Floats]:
    """Draw what the probabilities could as well have been; unchanged where nothing is known.

    Parameters
    ----------
    probability : ndarray of shape (n,)
        As published.
    level : Series of shape (n,)
        The level that customers start from now.
    known : sequence of Recalibration
        That of a customer's level counts for him, else the one of all.

    Yields
    ------
    ndarray of shape (n,)
        The same for the same seed, whoever else draws by it.
    """
    rng = np.random.default_rng(seed).spawn(1)[0]
    told = logit(np.clip(probability, np.finfo(float).tiny, 1 - np.finfo(float).eps))
    which = np.full(len(told), -1)
    for place, each in sorted(enumerate(known), key=lambda pair: pair[1].level is not None):
        mine = np.ones(len(told), bool) if each.level is None else level.eq(each.level).to_numpy()
        which[mine.astype(bool)] = place
    errors = [_errors(each, draws, rng) for each in known]
    for draw in range(draws):
        drawn = probability.copy()
        for place, error in enumerate(errors):
            mine = which == place
            intercept, slope = error[draw]
            drawn[mine] = expit(intercept + slope * told[mine])
        yield drawn


def _errors(known: results.Recalibration, draws: int, rng: np.random.Generator) -> Floats:
    off = np.array([known.intercept, known.slope - 1])
    covariance = np.array(
        [
            [known.intercept_variance, known.covariance],
            [known.covariance, known.slope_variance],
        ]
    )
    spread = covariance + np.outer(off, off)
    return np.asarray(rng.multivariate_normal([0.0, 1.0], spread, draws, method="eigh"))
