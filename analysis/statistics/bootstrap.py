"""The bootstrap over customers, and scores of weighted rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Target

Weighted = Callable[[NDArray[Any]], Floats]
"""From weights of shape (n, draws), such as the counts of a bootstrap, to values of (draws,)."""

EXACT_IN_SINGLE = 2**24
"""Whole numbers up to this are exact in single precision, which is faster."""


def bootstrap_counts(
    target: Target, groups: NDArray[Any], draws: int, rng: np.random.Generator
) -> Floats:
    """Draw customers with replacement: how often each row is drawn.

    Whole groups are drawn, so that copies come and go together; groups are drawn inside strata of
    one size and one number of declines, so that the shares of the levels stay.

    Parameters
    ----------
    target : ndarray of shape (n,), 0 or 1
    groups : ndarray of shape (n,)
        Rows that are drawn together share a value.

    Returns
    -------
    ndarray of shape (n, draws)
    """
    _, group = np.unique(groups, return_inverse=True)
    sizes, declines = np.bincount(group), np.bincount(group, weights=target)
    drawn = np.zeros((len(sizes), draws))
    for size, declined in np.unique(np.column_stack([sizes, declines]), axis=0):
        stratum = np.flatnonzero((sizes == size) & (declines == declined))
        even = np.full(len(stratum), 1 / len(stratum))
        drawn[stratum] = rng.multinomial(len(stratum), even, draws).T
    return drawn[group]


def weighted_auc(scores: Floats, target: Target) -> Weighted:
    """Prepare the ROC-AUC of weighted rows, ties counted half.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    target : ndarray of shape (n,), 0 or 1

    Returns
    -------
    callable
        The area is the probability that a random positive row outranks a random negative one
        (Mann-Whitney), with rows drawn in proportion to their weights.
    """
    positive, negative = target == 1, target == 0
    order = np.argsort(scores[negative], kind="stable")
    ordered = scores[negative][order]
    below = np.searchsorted(ordered, scores[positive], side="left")
    not_above = np.searchsorted(ordered, scores[positive], side="right")
    downs, ups = np.flatnonzero(negative)[order], np.flatnonzero(positive)

    def area(weights: NDArray[Any]) -> Floats:
        total, up = _running_totals(weights[downs]), weights[ups]
        won = (up * (total[below] + total[not_above])).sum(axis=0, dtype=float) / 2
        return np.asarray(won / (up.sum(axis=0, dtype=float) * total[-1]))

    return area


def _running_totals(rows: NDArray[Any]) -> NDArray[Any]:
    """Add up rows from the top, after a row of zeros.

    Two columns go for one complex number: NumPy goes down a table column by column, and so it has
    half as many to go down.
    """
    count, columns = rows.shape
    total = np.zeros((count + 1, columns + columns % 2), dtype=rows.dtype)
    total[1:, :columns] = rows
    pairs = total.view(np.result_type(rows.dtype, np.complex64))
    np.cumsum(pairs, axis=0, out=pairs)
    return total[:, :columns]


def mean_weighted_auc(scores: Floats, target: Target) -> Weighted:
    """Prepare the mean of the areas of several scores, as ``weighted_auc`` gives one by one.

    For some hundred rows: every positive row is held against every negative one. Weights meet the
    pairs that all scores won together, in one product of matrices.

    Parameters
    ----------
    scores : ndarray of shape (several, n)
    target : ndarray of shape (n,), 0 or 1
    """
    positive, negative = target == 1, target == 0
    halves = np.zeros((positive.sum(), negative.sum()), dtype=np.int16)
    for each in scores:
        upper, lower = each[positive, None], each[negative]
        halves += (upper > lower).view(np.int8)
        halves += (upper >= lower).view(np.int8)

    def area(weights: NDArray[Any]) -> Floats:
        up, down = weights[positive], weights[negative]
        won = (up * (halves.astype(weights.dtype) @ down)).sum(axis=0, dtype=float)
        pairs = up.sum(axis=0, dtype=float) * down.sum(axis=0, dtype=float)
        return np.asarray(won / (2 * len(scores) * pairs))

    return area


def of_everyone(measure: Weighted, size: int) -> float:
    """Give a measure of all customers, each counted once."""
    return float(measure(np.ones((size, 1)))[0])


def weighted_average_precision(scores: Floats, target: Target) -> Weighted:
    """Prepare the average precision (area under precision over recall) of weighted rows.

    The steps of recall, each times the precision there; equal scores make one step.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_step = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    positive = (target[order] == 1)[:, None]

    def area(weights: NDArray[Any]) -> Floats:
        ordered = weights[order].astype(float)
        found = np.cumsum(ordered * positive, axis=0)[last_of_step]
        flagged = np.cumsum(ordered, axis=0)[last_of_step]
        precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        steps = np.diff(found, axis=0, prepend=0)
        return np.asarray((steps * precision).sum(axis=0) / found[-1])

    return area


def compact(counts: Floats) -> NDArray[Any]:
    """Give whole-number weights in single precision where the areas stay exact with them."""
    largest = 2 * float(counts.max(initial=0)) * len(counts)
    return counts.astype(np.float32) if largest < EXACT_IN_SINGLE else counts
