"""Which candidate is chosen, and what the choice is honestly worth.

Every configuration is scored out of fold over the same repeated folds. The choice has two steps:
the best ROC-AUC leads; among the families that cannot be told from the leader, the simplest one
whose every score can be explained exactly is taken. The worth of the whole rule is estimated by
bootstrap bias-corrected cross-validation: the rule is repeated on customers drawn with
replacement and its choice is scored on those not drawn.

References
----------
Tsamardinos, I., Greasidou, E., Borboudakis, G. (2018). Bootstrapping the out-of-sample predictions
for efficient and accurate cross-validation. Machine Learning 107, 1895-1922.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedGroupKFold

from analysis.candidates import EXPLAINED_EXACTLY, SIMPLEST_FIRST, Configuration

Floats = NDArray[np.float64]
Labels = NDArray[np.integer[Any]]
Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]


@dataclass(frozen=True)
class Choice:
    """What was chosen and by which step; indices are those of the configurations."""

    chosen: int
    best_of_family: dict[str, int]
    tied: frozenset[str]
    decided_by: str


@dataclass(frozen=True)
class Comparison:
    """The choice with its bootstrap: AUC of each family's best, difference to the leader.

    ``family_draws`` are ROC-AUC values of shape (draws,) per family; ``corrected`` those of the
    whole rule on customers that were not drawn.
    """

    choice: Choice
    auc: Floats
    family_draws: dict[str, Floats]
    corrected: Floats


def splits(
    target: pd.Series[int], groups: pd.Series[int], folds: int, repeats: int, seed: int
) -> list[Split]:
    """Give the shuffled stratified folds, repeat after repeat; a group is never split.

    Parameters
    ----------
    target : Series of shape (n,)
        1 for a decline, 0 otherwise; rows in an order made from their content.
    groups : Series of shape (n,)
        Customers who copy one another share a number.

    Returns
    -------
    list of (train, test)
        ``folds * repeats`` pairs of row positions.
    """
    nothing = np.zeros(len(target))
    return [
        split
        for repeat in range(repeats)
        for split in StratifiedGroupKFold(folds, shuffle=True, random_state=seed + repeat).split(
            nothing, target, groups
        )
    ]


def walk(folds: Sequence[Split], repeats: int) -> Iterator[tuple[int, Rows, Rows]]:
    """Go through the folds of ``splits``: number of the repeat, rows to train on, rows to test."""
    per_repeat = len(folds) // repeats
    for number, (train, test) in enumerate(folds):
        yield number // per_repeat, train, test


def out_of_fold_scores(
    candidates: Sequence[Configuration],
    features: pd.DataFrame,
    target: pd.Series[int],
    folds: Sequence[Split],
    repeats: int,
    seed: int,
) -> Floats:
    """Score every customer by models that have not seen it.

    Returns
    -------
    ndarray of shape (configurations, repeats, n)
        Ranking scores: the higher, the likelier a decline. Comparable inside a configuration only.
    """
    scores = np.empty((len(candidates), repeats, len(target)))
    labels = target.to_numpy()

    def prepared_alike(pair: tuple[int, Configuration]) -> tuple[str, str, str]:
        return pair[1].features, pair[1].encoder, pair[1].scaler

    by_preparation = [
        list(group)
        for _, group in groupby(sorted(enumerate(candidates), key=prepared_alike), prepared_alike)
    ]
    for repeat, train, test in walk(folds, repeats):
        for group in by_preparation:
            prepare = group[0][1].preparation()
            prepared_train = prepare.fit_transform(features.iloc[train])
            prepared_test = prepare.transform(features.iloc[test])
            for index, candidate in group:
                fitted = candidate.classifier(seed).fit(prepared_train, labels[train])
                scores[index, repeat, test] = ranking_score(fitted, prepared_test)
    return scores


def ranking_score(fitted: BaseEstimator, prepared: Any) -> Floats:
    """Give the score by which a fitted classifier ranks rows (decision value or probability)."""
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(prepared))
    return np.asarray(fitted.predict_proba(prepared)[:, 1])


def weighted_auc(scores: Floats, target: Labels) -> Callable[[Floats], Floats]:
    """Prepare the ROC-AUC of weighted rows, ties counted half.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    target : ndarray of shape (n,), 0 or 1

    Returns
    -------
    callable
        From weights of shape (n, draws), such as the counts of a bootstrap, to the AUC of shape
        (draws,). The area is the probability that a random positive row outranks a random
        negative one (Mann-Whitney), with rows drawn in proportion to their weights.
    """
    positive, negative = target == 1, target == 0
    order = np.argsort(scores[negative], kind="stable")
    ordered = scores[negative][order]
    below = np.searchsorted(ordered, scores[positive], side="left")
    not_above = np.searchsorted(ordered, scores[positive], side="right")

    def area(weights: Floats) -> Floats:
        down, up = weights[negative][order], weights[positive]
        total = np.vstack([np.zeros(weights.shape[1]), np.cumsum(down, axis=0)])
        won = (up * (total[below] + total[not_above])).sum(axis=0) / 2
        return np.asarray(won / (up.sum(axis=0) * total[-1]))

    return area


def bootstrap_counts(target: Labels, draws: int, rng: np.random.Generator) -> Floats:
    """Draw customers with replacement inside each level: how often each row is drawn.

    Returns
    -------
    ndarray of shape (n, draws)
    """
    counts = np.zeros((len(target), draws))
    for level in (0, 1):
        rows = np.flatnonzero(target == level)
        counts[rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), draws).T
    return counts


def compare(
    candidates: Sequence[Configuration],
    scores: Floats,
    target: pd.Series[int],
    draws: int,
    seed: int,
) -> Comparison:
    """Choose by the rule of this module and bootstrap the choice.

    Parameters
    ----------
    scores : ndarray of shape (configurations, repeats, n)
        Out-of-fold ranking scores.
    draws : int
        Number of bootstrap draws.
    """
    labels = target.to_numpy()
    drawn = bootstrap_counts(labels, draws, np.random.default_rng(seed))
    everyone = np.ones((len(labels), 1))
    inside = np.empty((len(candidates), draws))
    outside = np.empty((len(candidates), draws))
    auc = np.empty(len(candidates))
    not_drawn = (drawn == 0).astype(float)
    for index in range(len(candidates)):
        areas = [weighted_auc(repeat, labels) for repeat in scores[index]]
        inside[index] = np.mean([area(drawn) for area in areas], axis=0)
        outside[index] = np.mean([area(not_drawn) for area in areas], axis=0)
        auc[index] = np.mean([area(everyone)[0] for area in areas])
    families = [candidate.family for candidate in candidates]
    best = _best_of_family(auc, families)
    noise = {
        (first, second): float(np.std(inside[best[first]] - inside[best[second]], ddof=1))
        for first in best
        for second in best
    }
    corrected = np.array(
        [outside[choose(inside[:, draw], families, noise).chosen, draw] for draw in range(draws)]
    )
    return Comparison(
        choice=choose(auc, families, noise),
        auc=auc,
        family_draws={family: inside[index] for family, index in best.items()},
        corrected=corrected,
    )


def choose(auc: Floats, families: Sequence[str], noise: dict[tuple[str, str], float]) -> Choice:
    """Apply the rule: the leader, or the simplest exactly explained family tied with it.

    Parameters
    ----------
    auc : ndarray of shape (configurations,)
    families : sequence of str
        The family of each configuration.
    noise : dict
        Standard error of the difference of ROC-AUC between each pair of families; two families
        are tied when they differ by less than 1.96 of it.
    """
    best = _best_of_family(auc, families)
    leader = max(best, key=lambda family: (auc[best[family]], -SIMPLEST_FIRST.index(family)))
    tied = frozenset(
        family
        for family, index in best.items()
        if auc[best[leader]] - auc[index] <= 1.96 * noise[(leader, family)]
    )
    explained = [family for family in SIMPLEST_FIRST if family in tied & set(EXPLAINED_EXACTLY)]
    family = explained[0] if explained else leader
    return Choice(
        chosen=best[family],
        best_of_family=best,
        tied=tied,
        decided_by="clear_best" if family == leader else "simplest_of_tied",
    )


def _best_of_family(auc: Floats, families: Sequence[str]) -> dict[str, int]:
    best: dict[str, int] = {}
    for index, family in enumerate(families):
        if family not in best or auc[index] > auc[best[family]]:
            best[family] = index
    return best
