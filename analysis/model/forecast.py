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

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd

from analysis import results
from analysis.cleaning.features import declined
from analysis.model.baselines import lead, nowcast_of
from analysis.model.candidates import Configuration
from analysis.model.claims import Trial, claim
from analysis.model.learnt_ahead import EarlierMonth, LearntAhead, learn_ahead
from analysis.model.leavers import bound_leavers
from analysis.model.out_of_time import PastForecast, try_out_of_time
from analysis.model.recalibration import recalibrate
from analysis.model.shifts import found_shifts, moved_features, read_as_then, values_by_level
from analysis.model.train import Modelled
from analysis.results.model import Level
from analysis.settings import Settings
from analysis.statistics.intervals import Z
from analysis.workers.here import HERE, Workers

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


def forecast_month(
    customers: pd.DataFrame,
    earlier: EarlierMonth | None,
    probabilities: pd.DataFrame,
    settings: Settings,
    seed: int,
    past: PastForecast | None = None,
    workers: Workers = HERE,
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
    past : PastForecast, optional
        What a forecast made in the earlier month is learnt from: it is held against the levels of
        this month.
    workers : Workers
        What scores customers, block by block.
    """
    if earlier is None or probabilities.empty:
        return Forecasted(None, _no_forecast(), None)
    then = earlier.customers
    modelled, learnt = learn_ahead(then, customers, CANDIDATES, settings, seed)
    described = _described(modelled.results, earlier, settings)
    if learnt is None:
        return Forecasted(described, _no_forecast(), modelled)
    scored = customers[customers["state"] != "not_scored"]
    trained_then, trained_now = (each[each["state"] == "trained"] for each in (then, customers))
    shifts = found_shifts(trained_then, trained_now)
    read = read_as_then(scored, trained_then, trained_now, moved_features(shifts))
    told = learnt.foretell(read, workers)
    plain = learnt.foretell(scored, workers) if shifts else told
    foretold = told.rename_axis("id").reset_index()
    assert described.roc_auc is not None and described.corrected is not None
    optimism = described.roc_auc.value - described.corrected.roc_auc.value
    nowcast = nowcast_of(then, CANDIDATES, settings, seed)
    found = lead(learnt.training, learnt.ranking(), nowcast, optimism, settings, seed)
    tried = try_out_of_time(past, earlier, customers, CANDIDATES, settings, seed) if past else None
    found_again = len(learnt.training) / len(trained_then)
    return Forecasted(
        described.model_copy(
            update={
                "used": True,
                "recalibration": modelled.results.recalibration + _recalibrations(learnt),
                "level_alone": found.level,
                "earlier_nowcast": found.nowcast,
                "best_baseline": found.best,
                "gain": found.gain,
                "scored": len(foretold),
                "unseen": int(scored["id"].isin(learnt.training["id"]).sum()),
                "views": _views(customers, probabilities, foretold, settings),
                "shifts": shifts,
                "mean": math.fsum(told) / len(told),
                "mean_unmoved": math.fsum(plain) / len(plain),
                "claims": _claims(scored, [told, plain], learnt, found_again, settings),
                "out_of_time": tried,
                "leavers": bound_leavers(trained_then, learnt, settings.segments.high_risk),
            }
        ),
        foretold,
        replace(modelled, model=replace(learnt.model, read_as=values_by_level(trained_then))),
    )


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
        variants=_variants(found),
        candidates=found.candidates,
        decided_by=found.decided_by,
        tied=found.tied,
        tied_by_loss=found.tied_by_loss,
        chosen=found.chosen,
        corrected=found.corrected,
        log_loss_base=found.log_loss_base,
        roc_auc=found.roc_auc,
        calibration=found.calibration,
        calibration_error=found.calibration_error,
        calibration_bins=found.calibration_bins,
        calibrated_bins=found.calibrated_bins,
    )


def _variants(found: results.ModelResults) -> list[results.ForecastVariant]:
    told = []
    for each in CANDIDATES:
        variant = each.described().model_dump()
        alike = (one for one in found.candidates if one.model_dump(include=set(variant)) == variant)
        worth = {name: getattr(one, name) for one in alike for name in ("roc_auc", "log_loss")}
        told.append(results.ForecastVariant(**variant, **worth))
    return told


def _recalibrations(learnt: LearntAhead) -> list[results.Recalibration]:
    """Regress the outcome on what was foretold, for each level that the training started from."""
    training = learnt.training
    told = learnt.modelled.probabilities.set_index("id")["probability"].loc[training["id"]]
    actual, groups = declined(training).to_numpy(), training["copy_group"].to_numpy()
    found = []
    for level in get_args(Level):
        of_level = training["level_then"].eq(level).to_numpy(dtype=bool)
        found.append(
            recalibrate(told.to_numpy()[of_level], actual[of_level], groups[of_level], level)
        )
    return [each for each in found if each is not None]


def _claims(
    scored: pd.DataFrame,
    readings: Sequence[pd.Series[float]],
    learnt: LearntAhead,
    found_again: float,
    settings: Settings,
) -> results.Claims:
    """Say what share of everybody, and of those who contradict their level, will be in decline."""
    high, medium = settings.segments.high_risk, settings.segments.medium_risk
    now = scored.set_index("id")["level"].loc[readings[0].index]
    then = learnt.training.set_index("id")
    said = learnt.modelled.probabilities.set_index("id")["probability"].loc[then.index]
    actual = declined(then)

    def claimed(
        of: Callable[[pd.Series[str], pd.Series[float]], pd.Series[bool]],
    ) -> results.GroupClaim | None:
        here, there = of(now, readings[0]), of(then["level_then"], said)
        trial = Trial(said[there].to_numpy(), actual[there].to_numpy())
        return claim([np.sort(each[here]) for each in readings], trial, found_again)

    return results.Claims(
        everybody=claimed(lambda level, _: level.notna() | level.isna()),
        steady_high=claimed(lambda level, told: level.eq("steady") & (told >= high)),
        declined_low=claimed(lambda level, told: level.eq("declined") & (told < medium)),
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
    return pd.DataFrame({"id": pd.Series(dtype="str"), "forecast": np.empty(0)})
