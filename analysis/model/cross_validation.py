"""Repeated folds, and what models score on customers that they have not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedGroupKFold

from analysis.arrays import Floats, Rows
from analysis.model.candidates import Configuration

Split = tuple[Rows, Rows]

AT_ONCE = 2


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


def fold_numbers(folds: Sequence[Split], repeats: int) -> NDArray[np.intp]:
    """Give the number of the fold that tests each row, from 0, in shape (repeats, n)."""
    per_repeat = len(folds) // repeats
    numbers = np.empty((repeats, sum(len(test) for _, test in folds[:per_repeat])), dtype=np.intp)
    for position, (repeat, _, test) in enumerate(walk(folds, repeats)):
        numbers[repeat, test] = position % per_repeat
    return numbers


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
    actual = target.to_numpy()
    by_preparation = [
        list(group)
        for _, group in groupby(sorted(enumerate(candidates), key=_preparation), _preparation)
    ]

    def score(fold: tuple[int, Rows, Rows]) -> None:
        repeat, train, test = fold
        for group in by_preparation:
            prepare = group[0][1].preparation()
            prepared_train = prepare.fit_transform(features.iloc[train])
            prepared_test = prepare.transform(features.iloc[test])
            for index, candidate in group:
                fitted = candidate.classifier(seed).fit(prepared_train, actual[train])
                scores[index, repeat, test] = ranking_score(fitted, prepared_test)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(score, walk(folds, repeats)))
    return scores


def ranking_score(fitted: BaseEstimator, prepared: Any) -> Floats:
    """Give the score by which a fitted classifier ranks rows (decision value or probability)."""
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(prepared))
    return np.asarray(fitted.predict_proba(prepared)[:, 1])


def _preparation(numbered: tuple[int, Configuration]) -> tuple[str, str, str]:
    return numbered[1].features, numbered[1].encoder, numbered[1].scaler
