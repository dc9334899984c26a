"""What comes next: learnt from the features of an earlier month and the levels of this one.

The level of a month is the state at its end, looking back. So a model of the same month's features
recognises a decline; a model that learns from the features of an earlier month and the levels of
this one, and then looks at the features of this month, foretells the level as many months later.
The level that the features start from is one of them: the earlier month's where the model learns,
this month's where it foretells.

A few candidates are compared, named beforehand and not chosen by any data: of every family whose
scores can be explained exactly, its most cautious setting. They go through the same comparison as
the model of the month, so their worth is corrected for the choice in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import declined, features_ahead
from analysis.model.baselines import lead, nowcast_of
from analysis.model.calibration import calibrate, clip, cross_scaled, starting_level
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import ranking_score, splits, walk
from analysis.model.train import Modelled, model_month
from analysis.settings import Settings
from analysis.statistics.intervals import Z

CANDIDATES = (
    Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),)),
    Configuration("logistic", "engineered", "one_hot", "standard", (("C", 0.3),)),
    Configuration(
        "tree", "plain", "one_hot", "standard", (("max_depth", 4), ("min_samples_leaf", 30))
    ),
    Configuration(
        "boosting", "plain", "one_hot", "standard", (("learning_rate", 0.05), ("max_iter", 100))
    ),
    Configuration("extra_trees", "plain", "one_hot", "standard", (("min_samples_leaf", 4),)),
)

FEWEST_RANKED = 10
"""Customers that a rank correlation needs."""


@dataclass(frozen=True, eq=False)
class EarlierMonth:
    """Customers of the month that a forecast is learnt from.

    Attributes
    ----------
    customers : DataFrame
        In the canonical columns, cleaned as that month was, with state and copy_group.
    """

    period: str
    source: Literal["snapshot", "edition"]
    customers: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Forecasted:
    """The outcome.

    Attributes
    ----------
    results : Forecast or None
        None where no earlier month was given.
    probabilities : DataFrame of id, forecast
        One row per scored customer; empty where no forecast is used.
    modelled : Modelled or None
        The model of the earlier features and this month's levels.
    """

    results: results.Forecast | None
    probabilities: pd.DataFrame
    modelled: Modelled | None


@dataclass(frozen=True, eq=False)
class _Unseen:
    """Ranks of the training rows and this month's probabilities, by models without the customer.

    ``ranking`` has the shape (repeats, n); ``probabilities`` id and forecast.
    """

    ranking: Floats
    probabilities: pd.DataFrame


def forecast_month(
    customers: pd.DataFrame,
    earlier: EarlierMonth | None,
    probabilities: pd.DataFrame,
    settings: Settings,
    seed: int,
) -> Forecasted:
    """Learn from an earlier month and foretell the levels that many months ahead.

    Parameters
    ----------
    customers : DataFrame
        Of this month, one row per customer in the canonical columns, with state.
    earlier : EarlierMonth or None
        The month that lies the horizon of the settings before this one.
    probabilities : DataFrame of id, probability
        What the model of this month says of its scored customers; empty without a usable one, and
        then nothing is foretold either.
    settings : Settings
    seed : int
    """
    if earlier is None or probabilities.empty:
        return Forecasted(None, _no_forecast(), None)
    training = _training(customers, earlier.customers)
    modelled = model_month(
        training, settings, seed, candidates=_candidates(training), features_of=_features_then
    )
    described = _described(modelled.results, earlier, settings)
    if modelled.model is None:
        return Forecasted(described, _no_forecast(), modelled)
    unseen = _unseen(customers, training, modelled, settings, seed)
    scored = customers[customers["state"] != "not_scored"]
    rest = scored[~scored["id"].isin(unseen.probabilities["id"])]
    parts = [unseen.probabilities]
    if len(rest):
        by_final = modelled.model.probability(features_ahead(rest, rest["level"]))
        parts.append(pd.DataFrame({"id": rest["id"].to_numpy(), "forecast": by_final}))
    foretold = pd.concat(parts, ignore_index=True)
    assert described.roc_auc is not None and described.corrected is not None
    optimism = described.roc_auc.value - described.corrected.roc_auc.value
    nowcast = nowcast_of(earlier.customers, CANDIDATES, settings, seed)
    found = lead(training, unseen.ranking, nowcast, optimism, settings, seed)
    return Forecasted(
        described.model_copy(
            update={
                "used": True,
                "level_alone": found.level,
                "earlier_nowcast": found.nowcast,
                "best_baseline": found.best,
                "gain": found.gain,
                "scored": len(foretold),
                "unseen": len(unseen.probabilities),
                "views": _views(customers, probabilities, foretold, settings),
            }
        ),
        foretold,
        modelled,
    )


def _training(now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Features of then and levels of now, of those trained on then; ``level_then`` beside."""
    trained = then[then["state"] == "trained"]
    levels = now.dropna(subset="level").set_index("id")["level"]
    matched = trained[trained["id"].isin(levels.index)]
    training = matched.assign(
        level_then=matched["level"],
        level=matched["id"].map(levels),
        reason="",
        twin_of=pd.array([pd.NA] * len(matched), dtype="Int64"),
    )
    return in_content_order(training)


def _candidates(training: pd.DataFrame) -> list[Configuration]:
    """Let every candidate look at the level of then, unless all had the same."""
    known = training["level_then"].nunique() > 1
    return [replace(each, starting_level=known) for each in CANDIDATES]


def _features_then(training: pd.DataFrame) -> pd.DataFrame:
    """Give the features that the training starts from; its ``level`` is the outcome."""
    return features_ahead(training, training["level_then"])


def _unseen(
    customers: pd.DataFrame,
    training: pd.DataFrame,
    modelled: Modelled,
    settings: Settings,
    seed: int,
) -> _Unseen:
    """Score this month's features of everyone in the training by models without that customer.

    A customer's features change slowly, and the level now is not the level to come: a model that
    had learnt the former by heart would give it back as a forecast. So the folds of the comparison
    are fitted again, and each scores the customers that it left out, in both months. The final
    calibrator turns scores into probabilities: one customer of a thousand does not move it.
    """
    assert modelled.model is not None
    model, repeats = modelled.model, settings.model.repeats
    then, target, groups = _features_then(training), declined(training), training["copy_group"]
    scored = customers[customers["state"] != "not_scored"].set_index("id", drop=False)
    here = training["id"].isin(scored.index).to_numpy()
    place = np.cumsum(here) - 1
    present = scored.loc[training.loc[here, "id"]]
    now = features_ahead(present, present["level"])
    ranking = np.empty((repeats, len(training)))
    probability = np.empty((repeats, len(present)))
    folds = splits(target, groups, settings.model.folds, repeats, seed)
    for repeat, train, test in walk(folds, repeats):
        fitted = model.configuration.pipeline(seed).fit(then.iloc[train], target.iloc[train])
        prepare, classify = fitted[:-1], fitted[-1]
        ranking[repeat, test] = ranking_score(classify, prepare.transform(then.iloc[test]))
        rows = place[test[here[test]]]
        if len(rows):
            score = ranking_score(classify, prepare.transform(now.iloc[rows]))
            scaled = model.on_one_scale(score, now.iloc[rows])
            probability[repeat, rows] = clip(calibrate(model.calibrator, scaled))
    if model.by_level is not None:
        starts = starting_level(then)
        ranking = cross_scaled(ranking[None], starts, target.to_numpy(), folds)[0]
    foretold = pd.DataFrame({"id": present["id"].to_numpy(), "forecast": probability.mean(axis=0)})
    return _Unseen(ranking, foretold)


def _described(
    found: results.ModelResults, earlier: EarlierMonth, settings: Settings
) -> results.Forecast:
    return results.Forecast(
        horizon=settings.model.forecast_horizon,
        learnt_from=earlier.period,
        source=earlier.source,
        trained=found.base,
        declined=found.declined,
        reason=found.reason,
        configurations=found.configurations,
        chosen=found.chosen,
        corrected=found.corrected,
        log_loss_base=found.log_loss_base,
        roc_auc=found.roc_auc,
        calibration=found.calibration,
        calibration_error=found.calibration_error,
        calibration_bins=found.calibration_bins,
        calibrated_bins=found.calibrated_bins,
    )


def _views(
    customers: pd.DataFrame,
    probabilities: pd.DataFrame,
    foretold: pd.DataFrame,
    settings: Settings,
) -> results.TwoViews:
    both = probabilities[["id", "probability"]].merge(foretold, on="id")
    level = both["id"].map(customers.set_index("id")["level"])
    high, medium = settings.segments.high_risk, settings.segments.medium_risk
    high_now, high_forecast = both["probability"] >= high, both["forecast"] >= high
    steady, down = level.eq("steady"), level.eq("declined")
    return results.TwoViews(
        customers=len(both),
        rank_correlation=_rank_correlation(both["probability"], both["forecast"]),
        high_now=int(high_now.sum()),
        high_forecast=int(high_forecast.sum()),
        high_both=int((high_now & high_forecast).sum()),
        steady=int(steady.sum()),
        steady_high=int((steady & high_forecast).sum()),
        declined=int(down.sum()),
        declined_low=int((down & (both["forecast"] < medium)).sum()),
    )


def _rank_correlation(one: pd.Series[float], other: pd.Series[float]) -> results.Estimate | None:
    """Spearman's correlation with the interval of Bonett and Wright (Psychometrika 65, 2000)."""
    if len(one) < FEWEST_RANKED or one.nunique() < 2 or other.nunique() < 2:
        return None
    value = float(one.rank().corr(other.rank()))
    bounded = float(np.clip(value, -0.999999, 0.999999))
    half = Z * float(np.sqrt((1 + bounded**2 / 2) / (len(one) - 3)))
    middle = float(np.arctanh(bounded))
    low, high = float(np.tanh(middle - half)), float(np.tanh(middle + half))
    return results.Estimate(value=value, low=min(low, value), high=max(high, value))


def _no_forecast() -> pd.DataFrame:
    return pd.DataFrame({"id": pd.Series(dtype="int64"), "forecast": np.empty(0)})
