"""Which candidate is chosen, and what the choice is honestly worth.

Every configuration is scored out of fold over the same repeated folds. The choice has three steps:
the best ROC-AUC leads; the families that cannot be told from the leader are compared by calibrated
log loss; among those that cannot be told from the best of these, the simplest one whose every
score can be explained exactly is taken. The worth of the whole rule is estimated by bootstrap
bias-corrected cross-validation: the rule is repeated on customers drawn with replacement and its
choice is scored on those not drawn.

Which calibration is used is part of the rule, and chosen anew in every draw. The out-of-fold
predictions stay as they are in every draw: so the intervals hold the chance of who is a customer
and of the choice, not the chance of how each model comes out on other folds.

References
----------
Tsamardinos, I., Greasidou, E., Borboudakis, G. (2018). Bootstrapping the out-of-sample predictions
for efficient and accurate cross-validation. Machine Learning 107, 1895-1922.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats, Rows, Target
from analysis.model.calibration import calibrated_by_each
from analysis.model.candidates import EXPLAINED_EXACTLY, SIMPLEST_FIRST, Configuration
from analysis.model.cross_validation import AT_ONCE, Split
from analysis.statistics.bootstrap import (
    bootstrap_counts,
    compact,
    weighted_auc,
    weighted_average_precision,
)
from analysis.statistics.intervals import TWO_SIDED

Step = Literal["roc_auc", "log_loss", "simplest"]


@dataclass(frozen=True)
class Noise:
    """Standard errors of the difference between each pair of families, from the bootstrap."""

    auc: dict[tuple[str, str], float]
    loss: dict[tuple[str, str], float]


@dataclass(frozen=True)
class Choice:
    """What was chosen and by which step; indices are those of the configurations.

    Attributes
    ----------
    best_of_family : dict
        The configuration with the best ROC-AUC of each family.
    tied : frozenset of str
        Families that ROC-AUC does not tell from the leader.
    tied_by_loss : frozenset of str
        Of these, families that log loss does not tell from the best.
    """

    chosen: int
    best_of_family: dict[str, int]
    tied: frozenset[str]
    tied_by_loss: frozenset[str]
    decided_by: Step


@dataclass(frozen=True)
class Corrected:
    """Scores of the whole rule on customers that were not drawn, each of shape (draws,)."""

    roc_auc: Floats
    pr_auc: Floats
    log_loss: Floats
    brier: Floats


@dataclass(frozen=True)
class Comparison:
    """The choice with its bootstrap.

    Attributes
    ----------
    auc, loss : ndarray of shape (configurations,)
        ROC-AUC, and calibrated log loss where a configuration was a family's best in a draw.
    family_auc, family_loss : dict of ndarray of shape (draws,)
        ROC-AUC and log loss of the best configuration of each family in the draws.
    counts : ndarray of shape (n, draws)
        How often each customer was drawn.
    chosen_in : dict of float
        The part of the draws whose choice was of a family.
    """

    choice: Choice
    noise: Noise
    auc: Floats
    loss: Floats
    family_auc: dict[str, Floats]
    family_loss: dict[str, Floats]
    counts: Floats
    corrected: Corrected
    chosen_in: dict[str, float]


def compare(
    candidates: Sequence[Configuration],
    scores: Floats,
    target: pd.Series[int],
    groups: pd.Series[int],
    folds: Sequence[Split],
    draws: int,
    seed: int,
) -> Comparison:
    """Choose by the rule of this module and bootstrap the choice.

    Parameters
    ----------
    scores : ndarray of shape (configurations, repeats, n)
        Out-of-fold ranking scores.
    target, groups : Series of shape (n,)
        As for ``splits``; customers of one group are drawn together.
    folds : sequence of (train, test)
        Those that the scores come from.
    draws : int
        Number of bootstrap draws.
    """
    actual = target.to_numpy()
    counts = bootstrap_counts(actual, groups.to_numpy(), draws, np.random.default_rng(seed))
    auc, inside = _areas(scores, actual, counts)
    families = [candidate.family for candidate in candidates]
    best = _best_of_family(auc, families)
    penalties = _penalties(scores, actual, folds, counts, _contenders(auc, inside, families))
    noise = Noise(
        auc=_pairwise_errors({family: inside[index] for family, index in best.items()}),
        loss=_pairwise_errors({family: penalties.drawn[index] for family, index in best.items()}),
    )
    chosen_in = np.array(
        [
            choose(inside[:, draw], penalties.drawn[:, draw], families, noise).chosen
            for draw in range(draws)
        ]
    )
    return Comparison(
        choice=choose(auc, penalties.loss, families, noise),
        noise=noise,
        auc=auc,
        loss=penalties.loss,
        family_auc={family: inside[index] for family, index in best.items()},
        family_loss={family: penalties.drawn[index] for family, index in best.items()},
        counts=counts,
        corrected=_corrected(scores, actual, counts, penalties, chosen_in),
        chosen_in={
            family: float(np.mean([families[index] == family for index in chosen_in]))
            for family in best
        },
    )


@dataclass(frozen=True, eq=False)
class _Penalties:
    """What the probabilities of the contenders cost, under each way of calibrating.

    Attributes
    ----------
    losses, squares : dict of ndarray of shape (methods, n)
        Each customer's log loss and squared error, by contender.
    loss : ndarray of shape (configurations,)
        Mean log loss under the best calibration; NaN for those that never contend.
    drawn : ndarray of shape (configurations, draws)
        The same over the customers drawn.
    method : ndarray of shape (configurations, draws)
        Which calibration that was.
    """

    losses: dict[int, Floats]
    squares: dict[int, Floats]
    loss: Floats
    drawn: Floats
    method: Rows


def _penalties(
    scores: Floats,
    actual: Target,
    folds: Sequence[Split],
    counts: Floats,
    contenders: Sequence[int],
) -> _Penalties:
    calibrated = calibrated_by_each([scores[each] for each in contenders], actual, folds)
    losses, squares = {}, {}
    loss = np.full(len(scores), np.nan)
    drawn = np.full((len(scores), counts.shape[1]), np.nan)
    method = np.zeros((len(scores), counts.shape[1]), dtype=np.intp)
    for index, methods in zip(contenders, calibrated, strict=True):
        losses[index] = np.array([row_losses(each, actual) for each in methods])
        squares[index] = np.array([row_squares(each, actual) for each in methods])
        loss[index] = losses[index].mean(axis=1).min()
        by_method = losses[index] @ counts / counts.sum(axis=0)
        drawn[index], method[index] = by_method.min(axis=0), by_method.argmin(axis=0)
    return _Penalties(losses, squares, loss, drawn, method)


def _corrected(
    scores: Floats,
    actual: Target,
    counts: Floats,
    penalties: _Penalties,
    chosen_in: Rows,
) -> Corrected:
    """Score the choice of every draw on the customers that it left out."""
    draws = len(chosen_in)
    not_drawn = (counts == 0).astype(float)
    left_out = not_drawn.sum(axis=0)
    roc, precision, log_loss, brier = np.empty((4, draws))
    for index in np.unique(chosen_in):
        its = np.flatnonzero(chosen_in == index)
        rest, at = not_drawn[:, its], (penalties.method[index, its], np.arange(len(its)))
        areas = [weighted_auc(each, actual) for each in scores[index]]
        roc[its] = np.mean([area(compact(rest)) for area in areas], axis=0)
        precision[its] = np.mean(
            [weighted_average_precision(each, actual)(rest) for each in scores[index]], axis=0
        )
        log_loss[its] = (penalties.losses[index] @ rest / left_out[its])[at]
        brier[its] = (penalties.squares[index] @ rest / left_out[its])[at]
    return Corrected(roc, precision, log_loss, brier)


def choose(auc: Floats, loss: Floats, families: Sequence[str], noise: Noise) -> Choice:
    """Apply the rule of this module.

    Parameters
    ----------
    auc, loss : ndarray of shape (configurations,)
        ROC-AUC, and log loss where a configuration can be a family's best.
    families : sequence of str
        The family of each configuration.
    noise : Noise
        Two families are tied when they differ by no more than 1.96 standard errors of it.
    """
    best = _best_of_family(auc, families)
    leader = max(best, key=lambda family: (auc[best[family]], -SIMPLEST_FIRST.index(family)))
    tied = frozenset(
        family
        for family, index in best.items()
        if auc[best[leader]] - auc[index] <= TWO_SIDED * noise.auc[(leader, family)]
    )
    surest = min(tied, key=lambda family: (loss[best[family]], SIMPLEST_FIRST.index(family)))
    tied_by_loss = frozenset(
        family
        for family in tied
        if loss[best[family]] - loss[best[surest]] <= TWO_SIDED * noise.loss[(surest, family)]
    )
    explained = [
        family for family in SIMPLEST_FIRST if family in tied_by_loss & set(EXPLAINED_EXACTLY)
    ]
    step: Step = "simplest" if len(tied_by_loss) > 1 and explained else "log_loss"
    return Choice(
        chosen=best[explained[0] if explained else surest],
        best_of_family=best,
        tied=tied,
        tied_by_loss=tied_by_loss,
        decided_by="roc_auc" if len(tied) == 1 else step,
    )


def row_losses(probability: Floats, actual: Target) -> Floats:
    """Give each customer's log loss, in nats, averaged over repeats: shape (n,)."""
    return np.asarray(-np.log(np.where(actual == 1, probability, 1 - probability)).mean(axis=0))


def row_squares(probability: Floats, actual: Target) -> Floats:
    """Give each customer's squared error, averaged over repeats: shape (n,)."""
    return np.asarray(((probability - actual) ** 2).mean(axis=0))


def _areas(scores: Floats, actual: Target, counts: Floats) -> tuple[Floats, Floats]:
    """Mean ROC-AUC over repeats of every configuration: of all customers, and of the drawn."""
    weights: list[NDArray[Any]] = [np.ones((len(actual), 1)), compact(counts)]

    def areas(of_configuration: Floats) -> list[Floats]:
        prepared = [weighted_auc(repeat, actual) for repeat in of_configuration]
        return [np.mean([area(each) for area in prepared], axis=0) for each in weights]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        of_all, drawn = zip(*threads.map(areas, scores), strict=True)
    return np.concatenate(of_all), np.array(drawn)


def _contenders(auc: Floats, inside: Floats, families: Sequence[str]) -> list[int]:
    """Every configuration that is the best of its family, over all customers or in a draw."""
    columns = [auc, *inside.T]
    return sorted({index for each in columns for index in _best_of_family(each, families).values()})


def _pairwise_errors(draws: dict[str, Floats]) -> dict[tuple[str, str], float]:
    return {
        (first, second): float(np.std(draws[first] - draws[second], ddof=1))
        for first in draws
        for second in draws
    }


def _best_of_family(auc: Floats, families: Sequence[str]) -> dict[str, int]:
    best: dict[str, int] = {}
    for index, family in enumerate(families):
        if family not in best or auc[index] > auc[best[family]]:
            best[family] = index
    return best
