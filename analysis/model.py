"""The model of a month: compared, chosen, calibrated, and every customer's probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.calibration import fit_calibrated
from analysis.candidates import Configuration, configurations
from analysis.features import declined, feature_table
from analysis.quality import (
    base_log_loss,
    bootstrapped_log_loss,
    describe,
    estimate,
    without_model,
)
from analysis.selection import (
    Floats,
    Split,
    compare,
    out_of_fold_scores,
    splits,
    walk,
)
from analysis.settings import Settings
from analysis.traces import copy_groups


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
        return Modelled(without_model(target, settings, unusable), _no_probabilities(), None)

    candidates = configurations()
    features = feature_table(trained)
    repeats = settings.model.repeats
    folds = splits(target, copy_groups(trained), settings.model.folds, repeats, seed)
    scores = out_of_fold_scores(candidates, features, target, folds, repeats, seed)
    comparison = compare(candidates, scores, target, settings.model.bootstrap_draws, seed)
    configuration = candidates[comparison.choice.chosen]

    corrected = estimate(comparison.corrected, float(comparison.corrected.mean()))
    log_losses = calibrated = None
    if corrected.low > settings.model.usable_roc_auc:
        calibrated = _calibrated_out_of_fold(configuration, features, target, folds, repeats, seed)
        log_losses = bootstrapped_log_loss(calibrated, target.to_numpy(), settings, seed)
    if calibrated is None or log_losses is None or log_losses.high >= base_log_loss(target):
        weak = results.Unusable(
            code="too_weak",
            fields={"low": corrected.low, "floor": settings.model.usable_roc_auc},
        )
        return Modelled(
            without_model(target, settings, weak, candidates, comparison, folds),
            _no_probabilities(),
            None,
        )

    probabilities = _score_everyone(
        customers, trained, calibrated, scores[comparison.choice.chosen], configuration, seed
    )
    described = describe(
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
    probabilities = np.empty((repeats, len(target)))
    for repeat, train, test in walk(folds, repeats):
        fitted = fit_calibrated(configuration, features.iloc[train], target.iloc[train], seed)
        probabilities[repeat, test] = fitted.probability(features.iloc[test])
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


def _no_probabilities() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": pd.Series(dtype="int64"),
            "score": pd.Series(dtype="float64"),
            "probability": pd.Series(dtype="float64"),
            "source": pd.Series(dtype="str"),
        }
    )
