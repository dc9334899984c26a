"""Calibrators of a fold, which are used at once and not kept.

They say what ``LogisticRegression`` without a penalty and ``IsotonicRegression`` of scikit-learn
say, without the checks that take most of the time of so small a fit: a comparison of models fits
some two thousand.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit

from analysis.arrays import Floats, Target
from analysis.model.quick_logistic import fit_weights


def sigmoid(scores: Floats, actual: Target, asked: Floats) -> Floats:
    """Fit a sigmoid to scores and levels, by Newton's method, and give it at other scores.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    actual : ndarray of shape (n,), 0 or 1
    asked : ndarray of shape (m,)
    """
    middle, spread = scores.mean(), scores.std() or 1.0
    table = np.column_stack([np.ones(len(scores)), (scores - middle) / spread])
    weights = fit_weights(table, actual)
    return np.asarray(expit(weights[0] + weights[1] * (asked - middle) / spread))


def isotonic(scores: Floats, actual: Target, asked: Floats) -> Floats:
    """Fit steps that never fall to scores and levels, and give them at other scores.

    Parameters are those of `sigmoid`. Between two scores the line between their values is taken,
    beyond them the value of the nearest.
    """
    distinct, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    shares = np.bincount(place, weights=actual) / counts
    fitted = isotonic_regression(shares, weights=counts).x
    return np.asarray(np.interp(asked, distinct, fitted))
