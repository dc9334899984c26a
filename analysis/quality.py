"""What is reported of a month's model: how well it ranks, how true its probabilities are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from analysis import results
from analysis.calibration import METHODS, SHARPEST, CrossFitted
from analysis.candidates import Configuration
from analysis.folds import Floats, Labels, Split
from analysis.intervals import wilson
from analysis.resampling import weighted_auc
from analysis.selection import TWO_SIDED, Comparison, row_losses
from analysis.settings import Settings

CURVE_POINTS = 101
HELD_OUT = 0.25
HOLD_OUTS = 1000
NEXT_TO_NOBODY = 0.04
"""Share of the customers that are too few to check their probabilities."""
WIDE_GAP = 0.25
"""Width of a stretch of probability with next to nobody in it that is said."""


def nothing_compared(
    target: pd.Series[int], settings: Settings, reason: results.Unusable | None
) -> results.ModelResults:
    """Say what is reported when no model was compared, and for which reason.

    Parameters
    ----------
    target : Series of int, shape (n_trained,)
        1 for declined.
    reason : Unusable or None
        Why there is no model of this month.
    """
    return results.ModelResults(
        usable=False,
        reason=reason,
        base=len(target),
        declined=int(target.sum()),
        folds=settings.model.folds,
        repeats=settings.model.repeats,
        draws=settings.model.bootstrap_draws,
        configurations=0,
        candidates=[],
        dummy_roc_auc=None,
        chosen=None,
        decided_by=None,
        tied=0,
        tied_by_loss=0,
        roc_auc=None,
        roc_auc_naive=None,
        corrected=None,
        log_loss_base=None,
        ceiling=None,
        hold_out=None,
        archived=None,
        flagged=None,
        flagged_steady=None,
        precision=None,
        recall=None,
        roc=[],
        calibration=[],
        calibration_error=None,
        calibration_methods={},
        sharpest=SHARPEST,
        calibration_bins=0,
        calibrated_bins=0,
        scored_unlabelled=0,
    )


def describe_comparison(
    nothing: results.ModelResults,
    target: pd.Series[int],
    folds: Sequence[Split],
    comparison: Comparison,
    candidates: Sequence[Configuration],
) -> results.ModelResults:
    """Add what was compared and what the whole rule is worth, whether or not it is usable."""
    labels = target.to_numpy()
    corrected = comparison.corrected
    return nothing.model_copy(
        update={
            "configurations": len(candidates),
            "candidates": _families(comparison, candidates),
            "dummy_roc_auc": dummy_roc_auc(labels, folds),
            "roc_auc_naive": float(comparison.auc.max()),
            "tied": len(comparison.choice.tied),
            "tied_by_loss": len(comparison.choice.tied_by_loss),
            "log_loss_base": base_log_loss(target),
            "corrected": results.Corrected(
                roc_auc=mean_of(corrected.roc_auc),
                pr_auc=mean_of(corrected.pr_auc),
                log_loss=mean_of(corrected.log_loss),
                brier=mean_of(corrected.brier),
            ),
        }
    )


def describe_model(
    compared: results.ModelResults,
    target: pd.Series[int],
    comparison: Comparison,
    scores: Floats,
    calibrated: CrossFitted,
    others: dict[str, CrossFitted],
    settings: Settings,
    seed: int,
) -> results.ModelResults:
    """Add what is reported of a usable model.

    Parameters
    ----------
    compared : ModelResults
        As from ``describe_comparison``.
    scores : ndarray of shape (repeats, n)
        Out-of-fold ranking scores of the chosen configuration.
    calibrated : CrossFitted
        Its probabilities.
    others : dict of CrossFitted
        Probabilities of the best configuration of every family, for the ceiling.
    """
    labels = target.to_numpy()
    probability = calibrated.probability.mean(axis=0)
    (chosen,) = (each for each in compared.candidates if each.chosen)
    calibration = calibration_bins(labels, probability)
    flagged = probability >= settings.segments.high_risk
    caught = int(labels[flagged].sum())
    return compared.model_copy(
        update={
            "usable": True,
            "chosen": chosen.family,
            "decided_by": comparison.choice.decided_by,
            "roc_auc": chosen.roc_auc,
            "ceiling": ceiling(labels, comparison.counts, calibrated, others),
            "hold_out": hold_out(labels, scores[0], seed),
            "flagged": int(flagged.sum()),
            "flagged_steady": int(flagged.sum()) - caught,
            "precision": wilson(caught, int(flagged.sum())) if flagged.any() else None,
            "recall": wilson(caught, int(labels.sum())),
            "roc": roc_points(labels, scores[0]),
            "calibration": calibration,
            "calibration_error": calibration_error(calibration),
            "calibration_methods": {method: calibrated.methods.count(method) for method in METHODS},
            "calibration_bins": len(calibration),
            "calibration_gap": calibration_gap(probability),
            "calibrated_bins": sum(
                bin.observed.low <= bin.predicted <= bin.observed.high for bin in calibration
            ),
        }
    )


def ceiling(
    labels: Labels,
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
        drawn = [weighted_auc(each, labels)(weights) for each in probability]
        return np.asarray(np.mean(drawn, axis=0))

    def losses(probability: Floats, weights: NDArray[Any]) -> Floats:
        return np.asarray(row_losses(probability, labels) @ weights / weights.sum(axis=0))

    everyone = np.ones((len(labels), 1))

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


def hold_out(labels: Labels, score: Floats, seed: int) -> results.HoldOut:
    """Say how far the ROC-AUC of one random check would have swung.

    A quarter of the customers of each level is drawn again and again, and their out-of-fold scores
    are judged alone. A fit on fewer customers each time would make the bounds wider still.
    """
    rng = np.random.default_rng(seed)
    drawn = np.zeros((len(labels), HOLD_OUTS))
    for level in (0, 1):
        rows = np.flatnonzero(labels == level)
        ranks = rng.random((len(rows), HOLD_OUTS)).argsort(axis=0).argsort(axis=0)
        drawn[rows] = ranks < max(1, round(len(rows) * HELD_OUT))
    low, high = np.percentile(weighted_auc(score, labels)(drawn), [2.5, 97.5])
    return results.HoldOut(share=HELD_OUT, draws=HOLD_OUTS, low=float(low), high=float(high))


def dummy_roc_auc(labels: Labels, folds: Sequence[Split]) -> float:
    """Give the mean ROC-AUC over the folds of a model that knows the base rate alone."""
    nothing = np.zeros((len(labels), 1))
    areas = [
        roc_auc_score(
            labels[test],
            DummyClassifier(strategy="prior")
            .fit(nothing[train], labels[train])
            .predict_proba(nothing[test])[:, 1],
        )
        for train, test in folds
    ]
    return float(np.mean(areas))


def roc_points(labels: Labels, score: Floats) -> list[results.CurvePoint]:
    """Give the ROC curve at evenly spaced false alarm rates (no point belongs to a person)."""
    false_alarms, hits, _ = roc_curve(labels, score)
    grid = np.linspace(0, 1, CURVE_POINTS)
    return [
        results.CurvePoint(x=float(x), y=float(y))
        for x, y in zip(grid, np.interp(grid, false_alarms, hits), strict=True)
    ]


def calibration_bins(
    labels: Labels, probability: Floats, bins: int = 10
) -> list[results.CalibrationBin]:
    """Hold predicted against observed shares in bins of equal size; equal probabilities stay
    together.

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
            observed=wilson(int(labels[rows].sum()), len(rows)),
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


def _families(
    comparison: Comparison, candidates: Sequence[Configuration]
) -> list[results.Candidate]:
    choice = comparison.choice
    best = choice.best_of_family
    leader = max(best, key=lambda family: comparison.auc[best[family]])
    surest = min(choice.tied, key=lambda family: comparison.loss[best[family]])
    rows = []
    for family, index in best.items():
        areas, losses = comparison.family_auc[family], comparison.family_loss[family]
        configuration = candidates[index]
        rows.append(
            results.Candidate(
                family=family,
                features=configuration.features,
                encoder=configuration.encoder,
                scaler=configuration.scaler,
                parameters=dict(configuration.parameters),
                configurations=sum(other.family == family for other in candidates),
                exactly_explained=configuration.exactly_explained,
                roc_auc=estimate(areas, float(comparison.auc[index])),
                difference=around(
                    areas - comparison.family_auc[leader],
                    float(comparison.auc[index] - comparison.auc[best[leader]]),
                ),
                tied=family in choice.tied,
                log_loss=estimate(losses, float(comparison.loss[index])),
                loss_difference=around(
                    losses - comparison.family_loss[surest],
                    float(comparison.loss[index] - comparison.loss[best[surest]]),
                )
                if family in choice.tied
                else None,
                tied_by_loss=family in choice.tied_by_loss if family in choice.tied else None,
                chosen=index == choice.chosen,
            )
        )
    return sorted(rows, key=lambda row: -row.roc_auc.value)


def estimate(draws: Floats, value: float) -> results.Estimate:
    """Give a value with the central 95 % of its bootstrap draws."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return results.Estimate(value=value, low=float(low), high=float(high))


def around(draws: Floats, value: float) -> results.Estimate:
    """Give a difference with 1.96 bootstrap standard errors to both sides: the rule's own test."""
    error = TWO_SIDED * float(np.std(draws, ddof=1))
    return results.Estimate(value=value, low=value - error, high=value + error)


def mean_of(draws: Floats) -> results.Estimate:
    """Give the mean of the draws with their central 95 %."""
    return estimate(draws, float(draws.mean()))


def base_log_loss(target: pd.Series[int]) -> float:
    """Give the log loss of a model that knows the base rate alone."""
    return float(log_loss(target, np.full(len(target), target.mean())))
