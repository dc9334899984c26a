"""What configurations of one family, learnt from the same table, score in another.

What they have in common is computed once: the nearest neighbours of the largest number asked for,
the kernel of support vector machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC, _libsvm

from analysis.arrays import Floats, Target
from analysis.model.candidates import Configuration, ForestsOf

MOST_ROW_BY_ROW = 20_000
"""Rows up to which a support vector machine says its own score."""

AT_A_TIME = 1000
"""Rows of a kernel that are held in memory."""


def fold_scores(
    candidates: Sequence[Configuration],
    known: Floats,
    actual: Target,
    unknown: Floats,
    seed: int,
    forests: ForestsOf | None = None,
) -> list[Floats]:
    """Score the rows of a table by models that learnt from another.

    Parameters
    ----------
    candidates : sequence of Configuration
        Of one preparation, those of a family side by side.
    known : ndarray of shape (n, columns)
        Prepared features to learn from.
    actual : ndarray of shape (n,), 0 or 1
    unknown : ndarray of shape (m, columns)
        Prepared features to score.
    forests : dict, optional
        Where the forests are left.

    Returns
    -------
    list of ndarray of shape (m,)
        As ``ranking_score`` of each fitted classifier.
    """
    scores = []
    for family, members in groupby(candidates, key=lambda each: each.family):
        of_family = list(members)
        names = {name for each in of_family for name, _ in each.parameters}
        if family == "knn" and names <= {"n_neighbors", "p", "weights"}:
            scores += _by_neighbours(of_family, known, actual, unknown, seed)
        elif family == "svc" and names <= {"C"}:
            scores += _by_kernel(of_family, known, actual, unknown)
        else:
            scores += [
                ranking_score(each.passing_classifier(seed, forests).fit(known, actual), unknown)
                for each in of_family
            ]
    return scores


def ranking_score(fitted: Any, prepared: Any) -> Floats:
    """Give the score by which a fitted classifier ranks rows (decision value or probability)."""
    if isinstance(fitted, SVC) and len(prepared) > MOST_ROW_BY_ROW:
        return _by_support(fitted, np.asarray(prepared))
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(prepared))
    return np.asarray(fitted.predict_proba(prepared)[:, 1])


def _by_support(fitted: SVC, rows: Floats) -> Floats:
    """Give the decision values of very many rows, to 1e-12.

    ``SVC`` itself goes row by row: seven times as long (scikit-learn 1.9.1).
    """
    parts = [
        rbf_kernel(rows[start : start + AT_A_TIME], fitted.support_vectors_, fitted._gamma)
        @ fitted.dual_coef_[0]
        for start in range(0, len(rows), AT_A_TIME)
    ]
    return np.asarray(np.concatenate(parts) + fitted.intercept_[0])


def _by_neighbours(
    candidates: Sequence[Configuration],
    known: Floats,
    actual: Target,
    unknown: Floats,
    seed: int,
) -> list[Floats]:
    """Look once for the neighbours by each measure of distance (``p``).

    They are looked for without their levels, which would be checked each time.
    """
    asked = [each.classifier(seed) for each in candidates]
    most = max(each.n_neighbors for each in asked)
    near: dict[float, tuple[Floats, Target]] = {}
    scores = []
    for each in asked:
        if each.p not in near:
            nearest = NearestNeighbors(n_neighbors=most, p=each.p).fit(known)
            distances, places = nearest.kneighbors(unknown)
            near[each.p] = distances, actual[places]
        distances, levels = near[each.p]
        distances, levels = distances[:, : each.n_neighbors], levels[:, : each.n_neighbors]
        even = each.weights == "uniform"
        weights = np.ones(distances.shape) if even else _nearness(distances)
        scores.append((weights * levels).sum(axis=1) / weights.sum(axis=1))
    return scores


def _nearness(distances: Floats) -> Floats:
    """Give the inverse of distances; of a row with equals among its neighbours only these count."""
    with np.errstate(divide="ignore"):
        weights = 1 / distances
    equal = np.isinf(weights)
    return np.asarray(np.where(equal.any(axis=1, keepdims=True), equal, weights))


def _by_kernel(
    candidates: Sequence[Configuration],
    known: Floats,
    actual: Target,
    unknown: Floats,
) -> list[Floats]:
    """Compute the kernel once; its width is that of scikit-learn's ``gamma="scale"``.

    The solver under ``SVC`` is called itself: that class looks through the whole kernel for each
    configuration.
    """
    width = 1 / (known.shape[1] * known.var())
    inside, outside = rbf_kernel(known, gamma=width), rbf_kernel(unknown, known, gamma=width)
    target = actual.astype(float)
    _libsvm.set_verbosity_wrap(0)
    scores = []
    for each in candidates:
        support, _, _, weights, intercept, *_ = _libsvm.fit(
            inside, target, kernel="precomputed", C=dict(each.parameters)["C"]
        )
        scores.append(-(outside[:, support] @ weights[0] + intercept[0]))
    return scores
