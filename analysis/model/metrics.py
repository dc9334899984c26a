"""Measures of a classifier: curves, calibration, bounds and what one hold-out would say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from analysis import results
from analysis.arrays import Floats, Target
from analysis.model.calibration import CrossFitted
from analysis.model.cross_validation import Split
from analysis.model.selection import row_losses
from analysis.statistics.bootstrap import weighted_auc
from analysis.statistics.intervals import around, estimate, wilson

CURVE_POINTS = 101
HELD_OUT = 0.25
HOLD_OUTS = 1000
NEXT_TO_NOBODY = 0.04
"""Share of the customers that are too few to check their probabilities."""
WIDE_GAP = 0.25
"""Width of a stretch of probability with next to nobody in it that is said."""


def ceiling(
    actual: Target,
    counts: Floats,
    chosen: CrossFitted,
    families: dict[str, CrossFitted],
) -> results.Ceiling:
    """Score the mean of the families' probabilities (a soft vote) against the chosen model.

    Parameters
    ----------
    counts : ndarray of shape (n, draws)
        How often the bootstrap drew each customer.
    """
    vote = np.mean([each.probability for each in families.values()], axis=0)

    def areas(probability: Floats, weights: NDArray[Any]) -> Floats:
        drawn = [weighted_auc(each, actual)(weights) for each in probability]
        return np.asarray(np.mean(drawn, axis=0))

    def losses(probability: Floats, weights: NDArray[Any]) -> Floats:
        return np.asarray(row_losses(probability, actual) @ weights / weights.sum(axis=0))

    everyone = np.ones((len(actual), 1))

    def measured(measure: Any) -> tuple[results.Estimate, results.Estimate]:
        of_vote, of_chosen = measure(vote, everyone)[0], measure(chosen.probability, everyone)[0]
        drawn = measure(vote, counts)
        difference = drawn - measure(chosen.probability, counts)
        return estimate(drawn, float(of_vote)), around(difference, float(of_vote - of_chosen))

    roc_auc, difference = measured(areas)
    log_losses, loss_difference = measured(losses)
    return results.Ceiling(
        families=list(families),
        roc_auc=roc_auc,
        difference=difference,
        log_loss=log_losses,
        loss_difference=loss_difference,
        better=difference.low > 0 or loss_difference.high < 0,
    )


def hold_out(actual: Target, score: Floats, seed: int) -> results.HoldOut:
    """Say how far the ROC-AUC of one random check would have swung.

    A quarter of the customers of each level is drawn again and again, and their out-of-fold scores
    are judged alone. A fit on fewer customers each time would make the bounds wider still.
    """
    rng = np.random.default_rng(seed)
    drawn = np.zeros((len(actual), HOLD_OUTS))
    for level in (0, 1):
        rows = np.flatnonzero(actual == level)
        ranks = rng.random((len(rows), HOLD_OUTS)).argsort(axis=0).argsort(axis=0)
        drawn[rows] = ranks < max(1, round(len(rows) * HELD_OUT))
    low, high = np.percentile(weighted_auc(score, actual)(drawn), [2.5, 97.5])
    return results.HoldOut(share=HELD_OUT, draws=HOLD_OUTS, low=float(low), high=float(high))


def dummy_roc_auc(actual: Target, folds: Sequence[Split]) -> float:
    """Give the mean ROC-AUC over the folds of a model that knows the base rate alone."""
    nothing = np.zeros((len(actual), 1))
    areas = [
        roc_auc_score(
            actual[test],
            DummyClassifier(strategy="prior")
            .fit(nothing[train], actual[train])
            .predict_proba(nothing[test])[:, 1],
        )
        for train, test in folds
    ]
    return float(np.mean(areas))


def roc_points(actual: Target, score: Floats) -> list[results.CurvePoint]:
    """Give the ROC curve at evenly spaced false alarm rates (no point belongs to a person)."""
    false_alarms, hits, _ = roc_curve(actual, score)
    grid = np.linspace(0, 1, CURVE_POINTS)
    return [
        results.CurvePoint(x=float(x), y=float(y))
        for x, y in zip(grid, np.interp(grid, false_alarms, hits), strict=True)
    ]


def calibration_bins(
    actual: Target, probability: Floats, bins: int = 10
) -> list[results.CalibrationBin]:
    """Hold predicted against observed shares in bins of equal size.

    Equal probabilities stay together.

    Returns
    -------
    list of CalibrationBin
        Mean predicted probability and the observed share with its Wilson interval.
    """
    order = np.argsort(probability, kind="stable")
    ordered = probability[order]
    ends = [len(rows) for rows in np.array_split(order, bins) if len(rows)]
    cuts = np.searchsorted(ordered, ordered[np.cumsum(ends) - 1], side="right")
    return [
        results.CalibrationBin(
            predicted=float(probability[rows].mean()),
            observed=wilson(int(actual[rows].sum()), len(rows)),
        )
        for rows in np.split(order, np.unique(cuts)[:-1])
    ]


def calibration_gap(probability: Floats) -> results.CalibrationGap | None:
    """Find the widest stretch of probability that holds next to nobody; None if none is wide.

    Parameters
    ----------
    probability : ndarray of float, shape (n_customers,)
    """
    ordered = np.sort(probability)
    inside = round(len(ordered) * NEXT_TO_NOBODY)
    widths = ordered[inside + 1 :] - ordered[: -inside - 1]
    if not len(widths) or widths.max() < WIDE_GAP:
        return None
    first = int(widths.argmax())
    return results.CalibrationGap(
        low=float(ordered[first]), high=float(ordered[first + inside + 1]), customers=inside
    )


def calibration_error(bins: Sequence[results.CalibrationBin]) -> float:
    """Give the expected calibration error: the mean gap of predicted and observed share.

    References
    ----------
    Naeini, M. P., Cooper, G. F., Hauskrecht, M. (2015). Obtaining well calibrated probabilities
    using Bayesian binning. AAAI.
    """
    gaps = [abs(each.predicted - each.observed.share) for each in bins]
    return float(np.average(gaps, weights=[each.observed.base for each in bins]))


def base_log_loss(target: pd.Series[int]) -> float:
    """Give the log loss of a model that knows the base rate alone."""
    return float(log_loss(target, np.full(len(target), target.mean())))
