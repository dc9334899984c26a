"""What is reported of a month's model: how well it ranks, how true its probabilities are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from analysis import results
from analysis.candidates import Configuration
from analysis.intervals import wilson
from analysis.selection import Comparison, Floats, Labels, Split, bootstrap_counts
from analysis.settings import Settings

CURVE_POINTS = 101


def describe(
    target: pd.Series[int],
    folds: Sequence[Split],
    calibrated: Floats,
    scores: Floats,
    comparison: Comparison,
    candidates: Sequence[Configuration],
    log_losses: results.Estimate,
    settings: Settings,
    seed: int,
) -> results.ModelResults:
    """Say what is reported of a usable model.

    Parameters
    ----------
    target : Series of int, shape (n_trained,)
        1 for declined.
    folds : sequence of (train, test) rows
    calibrated : ndarray, shape (n_repeats, n_trained)
        Calibrated out-of-fold probabilities of the chosen configuration.
    scores : ndarray, shape (n_configurations, n_repeats, n_trained)
        Out-of-fold ranking scores of every configuration.
    comparison : Comparison
    candidates : sequence of Configuration
    log_losses : Estimate
        As from `bootstrapped_log_loss`.
    settings : Settings
    seed : int

    Returns
    -------
    ModelResults
        Without the corrected ROC-AUC, and with nobody counted in `scored_unlabelled`.
    """
    labels = target.to_numpy()
    probability = calibrated.mean(axis=0)
    chosen = comparison.choice.chosen
    calibration = calibration_bins(labels, probability)
    flagged = probability >= settings.segments.high_risk
    caught = int(labels[flagged].sum())
    return results.ModelResults(
        usable=True,
        reason=None,
        base=len(labels),
        declined=int(labels.sum()),
        folds=settings.model.folds,
        repeats=settings.model.repeats,
        draws=settings.model.bootstrap_draws,
        configurations=len(candidates),
        candidates=_families(comparison, candidates),
        dummy_roc_auc=dummy_roc_auc(labels, folds),
        chosen=candidates[chosen].family,
        decided_by=comparison.choice.decided_by,  # type: ignore[arg-type]
        roc_auc=estimate(
            comparison.family_draws[candidates[chosen].family], float(comparison.auc[chosen])
        ),
        roc_auc_naive=float(comparison.auc.max()),
        roc_auc_corrected=None,
        log_loss=log_losses,
        log_loss_base=base_log_loss(target),
        brier=_brier(calibrated, labels, settings, seed),
        flagged=int(flagged.sum()),
        flagged_steady=int(flagged.sum()) - caught,
        precision=wilson(caught, int(flagged.sum())) if flagged.any() else None,
        recall=wilson(caught, int(labels.sum())),
        roc=roc_points(labels, scores[chosen][0]),
        calibration=calibration,
        calibration_error=calibration_error(calibration),
        calibration_bins=len(calibration),
        calibrated_bins=sum(
            bin.observed.low <= bin.predicted <= bin.observed.high for bin in calibration
        ),
        scored_unlabelled=0,
    )


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
    """Hold predicted against observed shares in bins of equal size.

    Returns
    -------
    list of CalibrationBin
        Mean predicted probability and the observed share with its Wilson interval.
    """
    order = np.argsort(probability, kind="stable")
    return [
        results.CalibrationBin(
            predicted=float(probability[rows].mean()),
            observed=wilson(int(labels[rows].sum()), len(rows)),
        )
        for rows in np.array_split(order, bins)
        if len(rows)
    ]


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
    best = comparison.choice.best_of_family
    leader = max(best, key=lambda family: comparison.auc[best[family]])
    leading = comparison.family_draws[leader]
    rows = []
    for family, index in best.items():
        draws = comparison.family_draws[family]
        configuration = candidates[index]
        rows.append(
            results.Candidate(
                family=family,
                encoder=configuration.encoder,
                scaler=configuration.scaler,
                parameters=dict(configuration.parameters),
                configurations=sum(other.family == family for other in candidates),
                roc_auc=estimate(draws, float(comparison.auc[index])),
                difference=estimate(
                    draws - leading, float(comparison.auc[index] - comparison.auc[best[leader]])
                ),
                tied=family in comparison.choice.tied,
                chosen=index == comparison.choice.chosen,
            )
        )
    return sorted(rows, key=lambda row: -row.roc_auc.value)


def without_model(
    target: pd.Series[int],
    settings: Settings,
    reason: results.Unusable,
    candidates: Sequence[Configuration] = (),
    comparison: Comparison | None = None,
    folds: Sequence[Split] = (),
) -> results.ModelResults:
    """Say what is reported when no model is usable, and for which reason.

    Parameters
    ----------
    target : Series of int, shape (n_trained,)
        1 for declined.
    settings : Settings
    reason : Unusable
    candidates, comparison, folds
        What was compared; left out if nothing was.

    Returns
    -------
    ModelResults
    """
    return results.ModelResults(
        usable=False,
        reason=reason,
        base=len(target),
        declined=int(target.sum()),
        folds=settings.model.folds,
        repeats=settings.model.repeats,
        draws=settings.model.bootstrap_draws,
        configurations=len(candidates),
        candidates=_families(comparison, candidates) if comparison else [],
        dummy_roc_auc=dummy_roc_auc(target.to_numpy(), folds) if folds else None,
        chosen=None,
        decided_by=None,
        roc_auc=None,
        roc_auc_naive=float(comparison.auc.max()) if comparison else None,
        roc_auc_corrected=(
            estimate(comparison.corrected, float(comparison.corrected.mean()))
            if comparison
            else None
        ),
        log_loss=None,
        log_loss_base=None,
        brier=None,
        flagged=None,
        flagged_steady=None,
        precision=None,
        recall=None,
        roc=[],
        calibration=[],
        calibration_error=None,
        calibration_bins=0,
        calibrated_bins=0,
        scored_unlabelled=0,
    )


def estimate(draws: Floats, value: float) -> results.Estimate:
    """Give a value with the central 95 % of its bootstrap draws."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return results.Estimate(value=value, low=float(low), high=float(high))


def base_log_loss(target: pd.Series[int]) -> float:
    """Give the log loss of a model that knows the base rate alone."""
    return float(log_loss(target, np.full(len(target), target.mean())))


def bootstrapped_log_loss(
    calibrated: Floats, labels: Labels, settings: Settings, seed: int
) -> results.Estimate:
    """Give the log loss, averaged over repeats, with its bootstrap interval over customers.

    Parameters
    ----------
    calibrated : ndarray, shape (n_repeats, n_trained)
        Calibrated out-of-fold probabilities.
    labels : ndarray of int, shape (n_trained,)
    settings : Settings
    seed : int

    Returns
    -------
    Estimate
        In nats.
    """
    losses = -np.log(np.where(labels == 1, calibrated, 1 - calibrated)).mean(axis=0)
    return _bootstrapped_mean(losses, labels, settings, seed)


def _brier(calibrated: Floats, labels: Labels, settings: Settings, seed: int) -> results.Estimate:
    return _bootstrapped_mean(((calibrated - labels) ** 2).mean(axis=0), labels, settings, seed)


def _bootstrapped_mean(
    values: Floats, labels: Labels, settings: Settings, seed: int
) -> results.Estimate:
    rng = np.random.default_rng(seed)
    counts = bootstrap_counts(labels, settings.model.bootstrap_draws, rng)
    return estimate(values @ counts / len(values), float(values.mean()))
