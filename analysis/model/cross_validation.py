"""Repeated folds, and what models score on customers that they have not seen."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from analysis.arrays import Floats, Rows
from analysis.model.candidates import Configuration, ForestsOf
from analysis.model.fold_scores import fold_scores
from analysis.model.fold_tables import FoldTables, NumberedFeatures

Split = tuple[Rows, Rows]
_Numbered = Sequence[tuple[int, Configuration]]

AT_ONCE = len(os.sched_getaffinity(0))
"""Threads of a chapter: one for each core that it may use, while libraries start none themselves.

Chapters that run side by side share the cores; when one runs alone, none is idle.
"""


class _QuickFolds(StratifiedGroupKFold):  # type: ignore[misc]
    """The same folds: the best one for a group is found without an array for every number.

    With a group for nearly every customer, that search is all of the time.
    """

    def _find_best_fold(self, y_counts_per_fold: Any, y_cnt: Any, group_y_counts: Any) -> int:
        counts = y_counts_per_fold.tolist()
        of_classes = list(zip(group_y_counts.tolist(), y_cnt.tolist(), strict=True))
        shares = [[fold[at] / whole for fold in counts] for at, (_, whole) in enumerate(of_classes)]
        grown = [
            [(fold[at] + added) / whole for fold in counts]
            for at, (added, whole) in enumerate(of_classes)
        ]
        best, least, fewest = 0, math.inf, math.inf
        for number, fold in enumerate(counts):
            spread = 0.0
            for of_class, more in zip(shares, grown, strict=True):
                kept, of_class[number] = of_class[number], more[number]
                spread += _deviation(of_class)
                of_class[number] = kept
            value, size = spread / len(shares), sum(fold)
            as_good = abs(value - least) <= 1e-8 + 1e-5 * least
            if value < least or (as_good and size < fewest):
                best, least, fewest = number, value, size
        return best


def _deviation(values: Sequence[float]) -> float:
    """Give the standard deviation, each sum taken from left to right.

    ``sum`` does so before Python 3.12 and not since: where folds are as good as one another, the
    last digit decides.
    """
    total = squares = 0.0
    for value in values:
        total += value
    mean = total / len(values)
    for value in values:
        squares += (value - mean) * (value - mean)
    return math.sqrt(squares / len(values))


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
        for split in _QuickFolds(folds, shuffle=True, random_state=seed + repeat).split(
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
    score_folds(candidates, features, target, list(walk(folds, repeats)), scores, seed)
    return scores


def score_folds(
    candidates: Sequence[Configuration],
    features: pd.DataFrame,
    target: pd.Series[int],
    folds: Sequence[tuple[int, Rows, Rows]],
    scores: Floats,
    seed: int,
    forests: ForestsOf | None = None,
) -> None:
    """Write scores of some folds of ``walk``, as ``out_of_fold_scores`` does, into ``scores``."""
    actual, numbered = target.to_numpy(), NumberedFeatures.of(features)
    by_preparation = [
        list(group)
        for _, group in groupby(sorted(enumerate(candidates), key=_preparation), _preparation)
    ]

    def score(work: tuple[FoldTables, tuple[int, Rows, Rows], _Numbered]) -> None:
        tables, (repeat, train, test), group = work
        of_group = [candidate for _, candidate in group]
        known, unknown = tables.of(of_group[0])
        found = fold_scores(of_group, known, actual[train], unknown, seed, forests)
        for (index, _), of_one in zip(group, found, strict=True):
            scores[index, repeat, test] = of_one

    tables = [FoldTables(numbered.take(train), numbered.take(test)) for _, train, test in folds]
    of_each = zip(tables, folds, strict=True)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(score, [(*fold, group) for fold in of_each for group in by_preparation]))


def _preparation(numbered: tuple[int, Configuration]) -> tuple[str, str, str]:
    return numbered[1].features, numbered[1].encoder, numbered[1].scaler
