"""Logistic regressions of a fold, which are used at once and not kept.

They say what ``LogisticRegression`` of scikit-learn says when it goes to the minimum, without the
checks that take half of the time of so small a fit.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats, Target

MOST_STEPS = 100
MOST_HALVINGS = 40


def fit_weights(
    table: Floats, actual: Target, penalty: Floats | float = 0.0, close: float = 1e-9
) -> Floats:
    """Minimise the mean log loss, and half the penalty of each squared weight, by Newton's method.

    Parameters
    ----------
    table : ndarray of shape (n, columns)
        With a column of ones for the intercept.
    actual : ndarray of shape (n,), 0 or 1
    penalty : ndarray of shape (columns,), or float
    close : float
        Largest slope at which a fit ends.

    Returns
    -------
    ndarray of shape (columns,)
    """
    count, columns = table.shape
    strength = np.broadcast_to(np.asarray(penalty, dtype=float), columns)
    sign = 1 - 2 * actual
    weights = np.zeros(columns)
    loss = np.log(2.0)
    for _ in range(MOST_STEPS):
        probability = expit(table @ weights)
        slope = table.T @ (probability - actual) / count + strength * weights
        if np.abs(slope).max() < close:
            break
        curvature = (table.T * (probability * (1 - probability))) @ table / count
        curvature[np.diag_indices(columns)] += strength
        step = np.linalg.lstsq(curvature, slope)[0]
        for _ in range(MOST_HALVINGS):
            nearer = weights - step
            tried = np.logaddexp(0, sign * (table @ nearer)).mean()
            tried = float(tried + strength @ nearer**2 / 2)
            if tried < loss:
                break
            step = step / 2
        else:
            break
        weights, loss = nearer, tried
    return weights


class QuickLogistic:
    """A logistic regression with the penalty of scikit-learn's ``C``; no kept model.

    Attributes
    ----------
    coef_ : ndarray of shape (1, columns)
        Once fitted, as scikit-learn's.
    """

    def __init__(self, C: float) -> None:
        self._strength = 1 / C
        self.coef_ = np.empty((1, 0))
        self._intercept = 0.0

    def fit(self, rows: Floats, actual: Target) -> QuickLogistic:
        """Fit to rows of shape (n, columns), without missing values, and levels of shape (n,)."""
        table = np.column_stack([rows, np.ones(len(rows))])
        penalty = np.full(table.shape[1], self._strength / len(rows))
        penalty[-1] = 0.0
        *weights, self._intercept = fit_weights(table, actual, penalty)
        self.coef_ = np.array([weights])
        return self

    def decision_function(self, rows: Floats) -> Floats:
        """Give the score of each row, shape (n,)."""
        return np.asarray(rows @ self.coef_[0] + self._intercept)
