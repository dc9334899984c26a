"""The model of a month: compared, chosen, calibrated, and every customer's probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.cleaning.features import declined, feature_table
from analysis.model.blocks import in_blocks
from analysis.model.calibration import (
    SHARPEST,
    Calibrated,
    CrossFitted,
    cross_fitted,
    cross_scaled,
    fit_calibrated,
    scale_by_level,
    starting_level,
)
from analysis.model.candidates import Configuration, ForestsOf, affordable, configurations
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.model.evaluation import describe_comparison, describe_model
from analysis.model.kept_forests import KeptForests
from analysis.model.persistence import KeptModel
from analysis.model.recalibration import recalibrate
from analysis.model.screening import screened_scores
from analysis.model.selection import compare
from analysis.settings import Settings
from analysis.snapshot.ids import among
from analysis.workers.here import HERE, Workers


@dataclass(frozen=True)
class Modelled:
    """The outcome of the modelling.

    Attributes
    ----------
    results : ModelResults
    probabilities : DataFrame
        One row per scored customer: id, score (the ranking score), probability and source
        (``out_of_fold``, ``twin``, ``final`` or ``archived``). Empty when no model is usable.
    model : Calibrated or None
        This month's model, fitted on all trained customers.
    forests : KeptForests or None
        Those of its folds, where it is a forest.
    """

    results: results.ModelResults
    probabilities: pd.DataFrame
    model: Calibrated | None
    forests: KeptForests | None = None

    @property
    def configuration(self) -> Configuration | None:
        """Configuration of the model; None where no model is used."""
        return self.model.configuration if self.model else None


def model_month(
    customers: pd.DataFrame,
    settings: Settings,
    seed: int,
    archived: KeptModel | None = None,
    candidates: Sequence[Configuration] | None = None,
    features_of: Callable[[pd.DataFrame], pd.DataFrame] = feature_table,
    workers: Workers = HERE,
) -> Modelled:
    """Compare the candidates on the trained customers and score everyone who can be scored.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state, reason, twin_of and copy_group;
        ordered by content.
    settings : Settings
    seed : int
    archived : KeptModel, optional
        An earlier month's model: it scores a month in which no level is known.
    candidates : sequence of Configuration, optional
        What is compared; by default all ``configurations`` of the families in the settings.
    features_of : callable
        Gives the features of customers; by default those of their own month.
    workers : Workers
        What scores those who are not learnt from, block by block.

    Returns
    -------
    Modelled
    """
    trained = customers[customers["state"] == "trained"].reset_index(drop=True)
    target = declined(trained)
    unusable = _too_little(target, settings)
    asked = results.ModelResults(
        reason=unusable,
        base=len(target),
        declined=int(target.sum()),
        folds=settings.model.folds,
        repeats=settings.model.repeats,
        draws=settings.model.bootstrap_draws,
        sharpest=SHARPEST,
    )
    if unusable and unusable.code == "no_levels" and archived:
        return _score_with_archived(customers, asked, archived, workers)
    if unusable:
        return Modelled(asked, _no_probabilities(), None)

    if not candidates:
        families_asked = settings.model.families
        compared_families = affordable(families_asked, len(customers))
        left_out = [each for each in families_asked if each not in compared_families]
        asked = asked.model_copy(update={"families_left_out": left_out})
        candidates = configurations(compared_families)
    features, groups = features_of(trained), trained["copy_group"]
    repeats, actual = settings.model.repeats, target.to_numpy()
    folds = splits(target, groups, settings.model.folds, repeats, seed)
    kept, starts = list(candidates), None
    forests: ForestsOf = {}
    if not kept[0].starting_level:
        kept, scores = screened_scores(
            candidates, features, target, groups, folds, repeats, seed, forests
        )
        raw = scores
    else:
        starts = starting_level(features)
        raw = out_of_fold_scores(candidates, features, target, folds, repeats, seed)
        scores = cross_scaled(raw, starts, actual, folds)
    comparison = compare(kept, scores, target, groups, folds, settings.model.bootstrap_draws, seed)
    compared = describe_comparison(asked, target, folds, comparison, candidates, kept)
    if reason := _too_weak(compared, settings):
        return Modelled(compared.model_copy(update={"reason": reason}), _no_probabilities(), None)

    choice = comparison.choice
    families = {
        family: cross_fitted(scores[index], actual, folds)
        for family, index in choice.best_of_family.items()
    }
    configuration = kept[choice.chosen]
    calibrated, ranking = families[configuration.family], scores[choice.chosen]
    by_level = None
    if starts is not None:
        pooled = raw[choice.chosen].ravel()
        by_level = scale_by_level(pooled, np.tile(starts, repeats), np.tile(actual, repeats))
    final = fit_calibrated(configuration, features, actual, ranking, folds, seed, by_level)
    scores_of = partial(_scored_by, features_of=features_of, workers=workers)
    probabilities = _score_everyone(customers, trained, calibrated, ranking, final, scores_of)
    described = describe_model(
        compared, target, comparison, ranking, calibrated, families, settings, seed
    )
    known = recalibrate(calibrated.probability.mean(axis=0), actual, groups.to_numpy())
    unlabelled = customers.loc[among(customers["id"], probabilities["id"]), "level"].isna().sum()
    return Modelled(
        described.model_copy(
            update={
                "recalibration": [known] if known else [],
                "scored_unlabelled": int(unlabelled),
            }
        ),
        probabilities,
        final,
        forests.get(configuration),
    )


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


def _too_weak(compared: results.ModelResults, settings: Settings) -> results.Unusable | None:
    worth, floor = compared.corrected, settings.model.usable_roc_auc
    assert worth is not None and compared.log_loss_base is not None
    if worth.roc_auc.low > floor and worth.log_loss.high < compared.log_loss_base:
        return None
    return results.Unusable(
        code="too_weak",
        fields={
            "low": worth.roc_auc.low,
            "floor": floor,
            "loss": worth.log_loss.value,
            "loss_base": compared.log_loss_base,
        },
    )


def _score_everyone(
    customers: pd.DataFrame,
    trained: pd.DataFrame,
    calibrated: CrossFitted,
    ranking: Floats,
    final: Calibrated,
    scores_of: Callable[[Calibrated, pd.DataFrame, str], pd.DataFrame],
) -> pd.DataFrame:
    out_of_fold = pd.DataFrame(
        {
            "id": trained["id"],
            "score": ranking.mean(axis=0),
            "probability": calibrated.probability.mean(axis=0),
            "source": "out_of_fold",
        }
    )
    others = customers[customers["state"].isin(["not_trained", "not_sampled"])]
    known = out_of_fold.set_index("id")
    twins = others[others["twin_of"].isin(known.index)]
    from_twin = known.loc[twins["twin_of"].tolist()].reset_index(drop=True)
    from_twin = from_twin.assign(id=twins["id"].to_numpy(), source="twin")
    rest = others[~others["id"].isin(twins["id"])]
    parts = [out_of_fold, from_twin, scores_of(final, rest, "final")]
    return pd.concat([part[list(out_of_fold)] for part in parts if len(part)], ignore_index=True)


def _scored_by(
    model: Calibrated,
    customers: pd.DataFrame,
    source: str,
    features_of: Callable[[pd.DataFrame], pd.DataFrame] = feature_table,
    workers: Workers = HERE,
) -> pd.DataFrame:
    if customers.empty:
        return _no_probabilities()
    score = in_blocks(partial(score_block, model, features_of), customers, workers)
    return pd.DataFrame(
        {
            "id": customers["id"].to_numpy(),
            "score": score,
            "probability": model.of_scores(score),
            "source": source,
        }
    )


def score_block(
    model: Calibrated,
    features_of: Callable[[pd.DataFrame], pd.DataFrame],
    customers: pd.DataFrame,
) -> Floats:
    """Give the ranking score of each customer of a block; none depends on another.

    Parameters
    ----------
    model : Calibrated
    features_of : callable
        Gives the features of customers.
    customers : DataFrame, n rows

    Returns
    -------
    ndarray of shape (n,)
    """
    return model.score(features_of(customers))


def _score_with_archived(
    customers: pd.DataFrame, asked: results.ModelResults, archived: KeptModel, workers: Workers
) -> Modelled:
    open_ones = customers[customers["state"] != "not_scored"]
    scored = _scored_by(archived.model, open_ones, "archived", workers=workers)
    described = asked.model_copy(
        update={
            "usable": not scored.empty,
            "chosen": archived.record.family,
            "archived": archived.record,
            "scored_unlabelled": len(scored),
        }
    )
    return Modelled(described, scored, None)


def _no_probabilities() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": pd.Series(dtype="str"),
            "score": np.empty(0),
            "probability": np.empty(0),
            "source": pd.Series(dtype="str"),
        }
    )
