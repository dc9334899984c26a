"""From a ranking score to a probability that can be read literally.

Two methods compete inside the training rows alone: Platt's sigmoid and isotonic regression. The
one with the smaller log loss on scores that its models had not seen is taken.

References
----------
Platt, J. (1999). Probabilistic outputs for support vector machines.
Zadrozny, B., Elkan, C. (2002). Transforming classifier scores into accurate multiclass
probability estimates. KDD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from analysis.candidates import Configuration
from analysis.selection import Floats, Labels, ranking_score

Method = Literal["sigmoid", "isotonic"]
METHODS: tuple[Method, ...] = ("sigmoid", "isotonic")

SHARPEST = 0.01
"""No probability is published below this or above one minus this."""

INNER_FOLDS = 5


class Calibrator(Protocol):
    """Turns ranking scores of shape (n,) into probabilities of shape (n,)."""

    def __call__(self, scores: Floats) -> Floats: ...


@dataclass(frozen=True)
class Calibrated:
    """A fitted pipeline with its calibration."""

    pipeline: Pipeline
    method: Method
    calibrator: Calibrator

    def probability(self, features: pd.DataFrame) -> Floats:
        """Give the probability of decline of each row, never certain."""
        prepared = self.pipeline[:-1].transform(features)
        return clip(self.calibrator(ranking_score(self.pipeline[-1], prepared)))


def clip(probability: Floats) -> Floats:
    """Keep probabilities away from 0 and 1: nothing about a person is certain."""
    return np.clip(probability, SHARPEST, 1 - SHARPEST)


def fit_calibrated(
    configuration: Configuration, features: pd.DataFrame, target: pd.Series[int], seed: int
) -> Calibrated:
    """Fit a model on all rows, and its calibration on scores of models that had not seen them.

    Parameters
    ----------
    features : DataFrame of shape (n, features)
    target : Series of shape (n,)
        1 for a decline, 0 otherwise.
    """
    labels = target.to_numpy()
    scores = np.empty(len(labels))
    for train, test in _inner_folds(labels, seed):
        fitted = configuration.pipeline(seed).fit(features.iloc[train], labels[train])
        prepared = fitted[:-1].transform(features.iloc[test])
        scores[test] = ranking_score(fitted[-1], prepared)
    method = choose_method(scores, labels, seed)
    return Calibrated(
        configuration.pipeline(seed).fit(features, labels),
        method,
        fit_calibrator(method, scores, labels),
    )


def choose_method(scores: Floats, labels: Labels, seed: int) -> Method:
    """Choose by cross-validated log loss; the sigmoid where both are equal."""
    folds = _inner_folds(labels, seed + 1)
    losses: dict[Method, float] = {}
    for method in METHODS:
        predicted = np.empty(len(labels))
        for train, test in folds:
            calibrator = fit_calibrator(method, scores[train], labels[train])
            predicted[test] = clip(calibrator(scores[test]))
        losses[method] = float(log_loss(labels, predicted))
    return min(METHODS, key=lambda method: losses[method])


def fit_calibrator(method: Method, scores: Floats, labels: Labels) -> Calibrator:
    """Fit one method to scores and levels."""
    if method == "isotonic":
        steps = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(scores, labels)
        return lambda values: np.asarray(steps.predict(values))
    curve = LogisticRegression(C=np.inf).fit(scores.reshape(-1, 1), labels)
    return lambda values: np.asarray(curve.predict_proba(values.reshape(-1, 1))[:, 1])


def _inner_folds(labels: Labels, seed: int) -> list[tuple[Labels, Labels]]:
    folding = StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    return list(folding.split(np.zeros(len(labels)), labels))
