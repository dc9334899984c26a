"""The model of a month: compared, chosen, calibrated, and every customer's probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from analysis import results
from analysis.calibration import fit_calibrated
from analysis.candidates import Configuration, configurations
from analysis.features import declined, feature_table
from analysis.intervals import wilson
from analysis.selection import (
    Comparison,
    Floats,
    Labels,
    Split,
    bootstrap_counts,
    compare,
    out_of_fold_scores,
    splits,
)
from analysis.settings import Settings

CURVE_POINTS = 101


@dataclass(frozen=True)
class Modelled:
    """The outcome of the modelling.

    ``probabilities`` has one row per scored customer: id, score (the ranking score), probability
    and source (``out_of_fold``, ``twin`` or ``final``). Empty when no model is usable.
    """

    results: results.ModelResults
    probabilities: pd.DataFrame
    configuration: Configuration | None


def model_month(customers: pd.DataFrame, settings: Settings, seed: int) -> Modelled:
    """Compare the candidates on the trained customers and score everyone who can be scored.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state, reason and twin_of; ordered by
        content.
    settings : Settings
    seed : int

    Returns
    -------
    Modelled
    """
    trained = customers[customers["state"] == "trained"].reset_index(drop=True)
    target = declined(trained)
    unusable = _too_little(target, settings)
    if unusable:
        return Modelled(_without_model(target, settings, unusable), _no_probabilities(), None)

    candidates = configurations()
    features = feature_table(trained)
    repeats = settings.model.repeats
    folds = splits(target, settings.model.folds, repeats, seed)
    scores = out_of_fold_scores(candidates, features, target, folds, repeats, seed)
    comparison = compare(candidates, scores, target, settings.model.bootstrap_draws, seed)
    configuration = candidates[comparison.choice.chosen]

    corrected = _estimate(comparison.corrected, float(comparison.corrected.mean()))
    log_losses = calibrated = None
    if corrected.low > settings.model.usable_roc_auc:
        calibrated = _calibrated_out_of_fold(configuration, features, target, folds, repeats, seed)
        log_losses = _log_loss(calibrated, target.to_numpy(), settings, seed)
    if calibrated is None or log_losses is None or log_losses.high >= _base_log_loss(target):
        weak = results.Unusable(
            code="too_weak",
            fields={"low": corrected.low, "floor": settings.model.usable_roc_auc},
        )
        return Modelled(
            _without_model(target, settings, weak, candidates, comparison, folds),
            _no_probabilities(),
            None,
        )

    probabilities = _score_everyone(
        customers, trained, calibrated, scores[comparison.choice.chosen], configuration, seed
    )
    described = _describe(
        target, folds, calibrated, scores, comparison, candidates, log_losses, settings, seed
    ).model_copy(
        update={
            "roc_auc_corrected": corrected,
            "scored_unlabelled": int(
                customers.loc[customers["id"].isin(probabilities["id"]), "level"].isna().sum()
            ),
        }
    )
    return Modelled(described, probabilities, configuration)


def _too_little(target: pd.Series[int], settings: Settings) -> results.Unusable | None:
    if target.empty:
        return results.Unusable(code="no_levels")
    smaller = int(min(target.sum(), len(target) - target.sum()))
    if smaller == 0:
        return results.Unusable(code="one_class", fields={"base": len(target)})
    if smaller < settings.model.smallest_class:
        return results.Unusable(
            code="too_few", fields={"smaller": smaller, "floor": settings.model.smallest_class}
        )
    return None


def _calibrated_out_of_fold(
    configuration: Configuration,
    features: pd.DataFrame,
    target: pd.Series[int],
    folds: Sequence[Split],
    repeats: int,
    seed: int,
) -> Floats:
    per_repeat = len(folds) // repeats
    probabilities = np.empty((repeats, len(target)))
    for number, (train, test) in enumerate(folds):
        fitted = fit_calibrated(configuration, features.iloc[train], target.iloc[train], seed)
        probabilities[number // per_repeat, test] = fitted.probability(features.iloc[test])
    return probabilities


def _score_everyone(
    customers: pd.DataFrame,
    trained: pd.DataFrame,
    calibrated: Floats,
    ranking: Floats,
    configuration: Configuration,
    seed: int,
) -> pd.DataFrame:
    out_of_fold = pd.DataFrame(
        {
            "id": trained["id"],
            "probability": calibrated.mean(axis=0),
            "score": ranking.mean(axis=0),
            "source": "out_of_fold",
        }
    )
    others = customers[customers["state"] == "not_trained"]
    known = out_of_fold.set_index("id")
    twins = others[others["twin_of"].isin(known.index)]
    from_twin = known.loc[twins["twin_of"].astype("int64")].reset_index(drop=True)
    from_twin = from_twin.assign(id=twins["id"].to_numpy(), source="twin")
    rest = others[~others["id"].isin(twins["id"])]
    parts = [out_of_fold, from_twin]
    if len(rest):
        final = fit_calibrated(configuration, feature_table(trained), declined(trained), seed)
        probability = final.probability(feature_table(rest))
        parts.append(
            pd.DataFrame(
                {
                    "id": rest["id"].to_numpy(),
                    "probability": probability,
                    "score": np.nan,
                    "source": "final",
                }
            )
        )
    columns = ["id", "score", "probability", "source"]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def _describe(
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
        roc_auc=_estimate(
            comparison.family_draws[candidates[chosen].family], float(comparison.auc[chosen])
        ),
        roc_auc_naive=float(comparison.auc.max()),
        roc_auc_corrected=None,
        log_loss=log_losses,
        log_loss_base=_base_log_loss(target),
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
                roc_auc=_estimate(draws, float(comparison.auc[index])),
                difference=_estimate(
                    draws - leading, float(comparison.auc[index] - comparison.auc[best[leader]])
                ),
                tied=family in comparison.choice.tied,
                chosen=index == comparison.choice.chosen,
            )
        )
    return sorted(rows, key=lambda row: -row.roc_auc.value)


def _without_model(
    target: pd.Series[int],
    settings: Settings,
    reason: results.Unusable,
    candidates: Sequence[Configuration] = (),
    comparison: Comparison | None = None,
    folds: Sequence[Split] = (),
) -> results.ModelResults:
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
            _estimate(comparison.corrected, float(comparison.corrected.mean()))
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


def _estimate(draws: Floats, value: float) -> results.Estimate:
    low, high = np.percentile(draws, [2.5, 97.5])
    return results.Estimate(value=value, low=float(low), high=float(high))


def _base_log_loss(target: pd.Series[int]) -> float:
    return float(log_loss(target, np.full(len(target), target.mean())))


def _log_loss(
    calibrated: Floats, labels: Labels, settings: Settings, seed: int
) -> results.Estimate:
    losses = -np.log(np.where(labels == 1, calibrated, 1 - calibrated)).mean(axis=0)
    return _bootstrapped_mean(losses, labels, settings, seed)


def _brier(calibrated: Floats, labels: Labels, settings: Settings, seed: int) -> results.Estimate:
    return _bootstrapped_mean(((calibrated - labels) ** 2).mean(axis=0), labels, settings, seed)


def _bootstrapped_mean(
    values: Floats, labels: Labels, settings: Settings, seed: int
) -> results.Estimate:
    rng = np.random.default_rng(seed)
    counts = bootstrap_counts(labels, settings.model.bootstrap_draws, rng)
    return _estimate(values @ counts / len(values), float(values.mean()))


def _no_probabilities() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": pd.Series(dtype="int64"),
            "score": pd.Series(dtype="float64"),
            "probability": pd.Series(dtype="float64"),
            "source": pd.Series(dtype="str"),
        }
    )
