"""From a ranking score to a probability that can be read literally.

A calibrator learns from scores of models that had not seen the customers. Two methods compete:
Platt's sigmoid and isotonic regression; the one with the smaller cross-validated log loss is
taken. What is published of a trained customer comes from a calibrator fitted on the other folds,
with the method chosen on the other folds.

A forecast starts from a level, and its score does not mean the same for those who start steady and
those who have declined already: the latter may stay so whatever their features say. So its score is
first brought to one scale, by a sigmoid for each of the two levels.

References
----------
Platt, J. (1999). Probabilistic outputs for support vector machines.
Zadrozny, B., Elkan, C. (2002). Transforming classifier scores into accurate multiclass
probability estimates. KDD.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from analysis.arrays import Floats, Target
from analysis.cleaning.features import STARTING_LEVEL
from analysis.model import quick_calibration
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import AT_ONCE, Split, fold_numbers, walk
from analysis.model.fold_scores import ranking_score

Method = Literal["sigmoid", "isotonic"]
METHODS: tuple[Method, ...] = ("sigmoid", "isotonic")
_ONCE = {"sigmoid": quick_calibration.sigmoid, "isotonic": quick_calibration.isotonic}

Calibrator: TypeAlias = Any
"""A fitted ``LogisticRegression`` of one column, or an ``IsotonicRegression``."""

LOOSE = 1e3
"""Inverse strength of the penalty of the sigmoid by level: next to none, yet the fit is finite."""

SHARPEST = 0.01
"""No probability is published below this or above one minus this."""


@dataclass(frozen=True)
class CrossFitted:
    """Probabilities of one configuration.

    Attributes
    ----------
    probability : ndarray of shape (repeats, n)
    methods : tuple of str
        The method of each fold, repeat after repeat.
    """

    probability: Floats
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Calibrated:
    """A fitted pipeline with its calibrator: what scores customers outside the training.

    ``by_level`` brings scores of both starting levels to one scale; None in the model of a month.
    ``read_as`` is what a forecast keeps of the month that it learnt from, to read others by (see
    `analysis.model.shifts`).
    """

    configuration: Configuration
    pipeline: Pipeline
    calibrator: Calibrator
    by_level: LogisticRegression | None = None
    read_as: pd.DataFrame | None = field(default=None, compare=False)

    @property
    def method(self) -> Method:
        """How the probabilities were calibrated."""
        return "isotonic" if isinstance(self.calibrator, IsotonicRegression) else "sigmoid"

    def score(self, features: pd.DataFrame) -> Floats:
        """Give the ranking score of each row of ``features``."""
        return self.on_one_scale(
            ranking_score(self.pipeline[-1], self.pipeline[:-1].transform(features)), features
        )

    def on_one_scale(self, scores: Floats, features: pd.DataFrame) -> Floats:
        """Bring what a pipeline of this configuration scores of ``features`` to one scale."""
        if self.by_level is None:
            return scores
        return _on_one_scale(self.by_level, scores, starting_level(features))

    def probability(self, features: pd.DataFrame) -> Floats:
        """Give the probability of decline of each row, never certain."""
        return self.of_scores(self.score(features))

    def of_scores(self, scores: Floats) -> Floats:
        """Give the probability of decline that belongs to ranking scores."""
        return clip(calibrate(self.calibrator, scores))


def clip(probability: Floats) -> Floats:
    """Keep probabilities away from 0 and 1: nothing about a person is certain."""
    return np.clip(probability, SHARPEST, 1 - SHARPEST)


def starting_level(features: pd.DataFrame) -> Floats:
    """Give the level that the rows start from: 1 declined, 0 steady, a half where unknown."""
    return np.asarray(features[STARTING_LEVEL].fillna(0.5), dtype=float)


def scale_by_level(scores: Floats, starts: Floats, actual: Target) -> LogisticRegression:
    """Fit a sigmoid for each starting level.

    Parameters
    ----------
    scores, starts, actual : ndarray of shape (n,)
        Ranking scores, starting levels (see `starting_level`) and outcomes.
    """
    scale = LogisticRegression(C=LOOSE, max_iter=1000)
    return scale.fit(_with_level(scores, starts), actual)


def cross_scaled(scores: Floats, starts: Floats, actual: Target, folds: Sequence[Split]) -> Floats:
    """Bring out-of-fold scores of several configurations to one scale, each fold by the others.

    Parameters
    ----------
    scores : ndarray of shape (configurations, repeats, n)
    starts, actual : ndarray of shape (n,)
    folds : sequence of (train, test)
        Those that the scores come from.
    """
    scaled = np.empty(scores.shape)
    for each, of_configuration in zip(scaled, scores, strict=True):
        for repeat, train, test in walk(folds, len(of_configuration)):
            known = of_configuration[repeat]
            scale = scale_by_level(known[train], starts[train], actual[train])
            each[repeat, test] = _on_one_scale(scale, known[test], starts[test])
    return scaled


def _on_one_scale(scale: LogisticRegression, scores: Floats, starts: Floats) -> Floats:
    return np.asarray(scale.decision_function(_with_level(scores, starts)))


def _with_level(scores: Floats, starts: Floats) -> Floats:
    """Columns of a regression with an intercept and a slope for each of the two levels."""
    return np.column_stack([scores, starts, scores * starts])


def cross_fitted(scores: Floats, actual: Target, folds: Sequence[Split]) -> CrossFitted:
    """Calibrate out-of-fold scores, each fold by a calibrator fitted on the other folds.

    Parameters
    ----------
    scores : ndarray of shape (repeats, n)
        Out-of-fold ranking scores of one configuration.
    actual : ndarray of shape (n,), 0 or 1
    folds : sequence of (train, test)
        Those that the scores come from.
    """
    repeats = len(scores)
    numbers = fold_numbers(folds, repeats)
    probability = np.empty(scores.shape)
    methods = []
    for repeat, train, test in walk(folds, repeats):
        known, truth = scores[repeat, train], actual[train]
        method = choose_method(known, truth, numbers[repeat, train])
        methods.append(method)
        probability[repeat, test] = clip(_ONCE[method](known, truth, scores[repeat, test]))
    return CrossFitted(probability, tuple(methods))


def calibrated_by_each(
    scores: Sequence[Floats], actual: Target, folds: Sequence[Split]
) -> list[Floats]:
    """Calibrate several configurations by each method, each fold by the other folds.

    Parameters
    ----------
    scores : sequence of ndarray of shape (repeats, n)

    Returns
    -------
    list of ndarray of shape (methods, repeats, n)
        In the order of ``METHODS``.
    """

    def calibrated(of_configuration: Floats) -> Floats:
        repeats = len(of_configuration)
        probability = np.empty((len(METHODS), *of_configuration.shape))
        for repeat, train, test in walk(folds, repeats):
            for place, method in enumerate(METHODS):
                known, asked = of_configuration[repeat, train], of_configuration[repeat, test]
                tested = _ONCE[method](known, actual[train], asked)
                probability[place, repeat, test] = clip(tested)
        return probability

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(calibrated, scores))


def fit_calibrated(
    configuration: Configuration,
    features: pd.DataFrame,
    actual: Target,
    scores: Floats,
    folds: Sequence[Split],
    seed: int,
    by_level: LogisticRegression | None = None,
) -> Calibrated:
    """Fit the model on all rows, and its calibrator on all its out-of-fold scores.

    Parameters
    ----------
    features : DataFrame of shape (n, features)
    actual : ndarray of shape (n,), 0 or 1
    scores : ndarray of shape (repeats, n)
        Out-of-fold ranking scores of the configuration.
    folds : sequence of (train, test)
        Those that the scores come from.
    by_level : LogisticRegression, optional
        What has brought the scores to one scale.
    """
    repeats = len(scores)
    pooled, truth = scores.ravel(), np.tile(actual, repeats)
    method = choose_method(pooled, truth, fold_numbers(folds, repeats).ravel())
    return Calibrated(
        configuration,
        configuration.pipeline(seed).fit(features, actual),
        fit_calibrator(method, pooled, truth),
        by_level,
    )


def choose_method(scores: Floats, actual: Target, fold: NDArray[np.integer]) -> Method:
    """Choose by cross-validated log loss; the sigmoid where both are equal.

    Parameters
    ----------
    fold : ndarray of shape (n,)
        Number of the fold of each row: a calibrator is tried on one fold and fitted on the others.
    """
    losses: dict[Method, float] = {}
    for method in METHODS:
        predicted = np.empty(len(actual))
        for each in np.unique(fold):
            tried = fold == each
            predicted[tried] = clip(_ONCE[method](scores[~tried], actual[~tried], scores[tried]))
        losses[method] = float(-np.log(np.where(actual == 1, predicted, 1 - predicted)).mean())
    return min(METHODS, key=lambda method: losses[method])


def fit_calibrator(method: Method, scores: Floats, actual: Target) -> Calibrator:
    """Fit one method to scores and levels, both of shape (n,)."""
    if method == "isotonic":
        return IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(scores, actual)
    return LogisticRegression(C=np.inf, solver="newton-cholesky").fit(scores.reshape(-1, 1), actual)


def calibrate(calibrator: Calibrator, scores: Floats) -> Floats:
    """Turn ranking scores of shape (n,) into probabilities."""
    if isinstance(calibrator, IsotonicRegression):
        return np.asarray(calibrator.predict(scores))
    return np.asarray(calibrator.predict_proba(scores.reshape(-1, 1))[:, 1])
