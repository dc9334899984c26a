"""What is reported of a month's model: how well it ranks, how true its probabilities are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.model.calibration import METHODS, CrossFitted
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import Split
from analysis.model.metrics import (
    base_log_loss,
    calibration_bins,
    calibration_error,
    calibration_gap,
    ceiling,
    dummy_roc_auc,
    hold_out,
    roc_points,
)
from analysis.model.screening import HOPELESS
from analysis.model.selection import Comparison
from analysis.settings import Settings
from analysis.statistics.intervals import around, estimate, mean_of, wilson


def describe_comparison(
    asked: results.ModelResults,
    target: pd.Series[int],
    folds: Sequence[Split],
    comparison: Comparison,
    candidates: Sequence[Configuration],
    kept: Sequence[Configuration],
) -> results.ModelResults:
    """Add what was compared and what the whole rule is worth, whether or not it is usable.

    Parameters
    ----------
    candidates, kept : sequence of Configuration
        All that were tried, and those of them that ``comparison`` is about.
    """
    actual = target.to_numpy()
    corrected = comparison.corrected
    return asked.model_copy(
        update={
            "configurations": len(candidates),
            "configurations_kept": len(kept),
            "dropped_at": HOPELESS,
            "candidates": _families(comparison, candidates, kept),
            "dummy_roc_auc": dummy_roc_auc(actual, folds),
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
    actual = target.to_numpy()
    probability = calibrated.probability.mean(axis=0)
    (chosen,) = (each for each in compared.candidates if each.chosen)
    calibration = calibration_bins(actual, probability)
    flagged = probability >= settings.segments.high_risk
    caught = int(actual[flagged].sum())
    return compared.model_copy(
        update={
            "usable": True,
            "chosen": chosen.family,
            "decided_by": comparison.choice.decided_by,
            "roc_auc": chosen.roc_auc,
            "ceiling": ceiling(actual, comparison.counts, calibrated, others),
            "hold_out": hold_out(actual, scores[0], seed),
            "flagged": int(flagged.sum()),
            "flagged_steady": int(flagged.sum()) - caught,
            "precision": wilson(caught, int(flagged.sum())) if flagged.any() else None,
            "recall": wilson(caught, int(actual.sum())),
            "roc": roc_points(actual, scores[0]),
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


def _families(
    comparison: Comparison,
    candidates: Sequence[Configuration],
    kept: Sequence[Configuration],
) -> list[results.Candidate]:
    choice = comparison.choice
    best = choice.best_of_family
    leader = max(best, key=lambda family: comparison.auc[best[family]])
    surest = min(choice.tied, key=lambda family: comparison.loss[best[family]])
    rows = []
    for family, index in best.items():
        areas, losses = comparison.family_auc[family], comparison.family_loss[family]
        configuration = kept[index]
        rows.append(
            results.Candidate(
                **configuration.described().model_dump(),
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
                chosen_in=comparison.chosen_in[family],
            )
        )
    return sorted(rows, key=lambda row: -row.roc_auc.value)
