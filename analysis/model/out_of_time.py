"""A trial of the forecast on an outcome that came later than anything it learnt from.

Folds tell how a forecast does on customers whom it has not seen, of a month that it has seen. So
one more forecast is made as it would have been in the month that this one learns from: learnt from
two months further back, applied to that month, and held against the levels of this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats, Target
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import features_ahead
from analysis.model.calibration import starting_level
from analysis.model.candidates import Configuration
from analysis.model.learnt_ahead import EarlierMonth, learn_ahead
from analysis.model.metrics import calibration_bins, calibration_error
from analysis.model.selection import row_losses
from analysis.model.shifts import found_shifts, moved_features, read_as_then
from analysis.settings import Settings
from analysis.snapshot.ids import among
from analysis.statistics.bootstrap import Weighted, bootstrap_counts, of_everyone, weighted_auc
from analysis.statistics.intervals import estimate, wilson

SMALLEST_CLASS = 10
"""Customers of either level below which nothing is said."""


@dataclass(frozen=True, eq=False)
class PastForecast:
    """What an earlier forecast is learnt from.

    Attributes
    ----------
    features, levels : EarlierMonth
        The second lies the horizon after the first.
    """

    features: EarlierMonth
    levels: EarlierMonth


def try_out_of_time(
    past: PastForecast,
    start: EarlierMonth,
    now: pd.DataFrame,
    candidates: Sequence[Configuration],
    settings: Settings,
    seed: int,
) -> results.OutOfTime | None:
    """Hold an earlier forecast against the levels of this month.

    Parameters
    ----------
    past : PastForecast
        Its levels lie before this month.
    start : EarlierMonth
        The month that lies the horizon before this one: the forecast is applied to its features.
    now : DataFrame
        Customers of this month: id, level.

    Returns
    -------
    OutOfTime or None
        None where the earlier months allow no usable model, or too few customers are found again.
    """
    then = past.features.customers
    modelled, learnt = learn_ahead(then, past.levels.customers, candidates, settings, seed)
    scored = start.customers[start.customers["state"] != "not_scored"]
    levels = now.dropna(subset="level").set_index("id")["level"]
    judged = in_content_order(scored[among(scored["id"], levels.index)])
    actual = judged["id"].map(levels).eq("declined").astype(int).to_numpy()
    if learnt is None or min(actual.sum(), len(actual) - actual.sum()) < SMALLEST_CLASS:
        return None
    before, after = (each[each["state"].eq("trained")] for each in (then, start.customers))
    moved = moved_features(found_shifts(before, after))
    told = learnt.foretell(read_as_then(judged, before, after, moved))
    probability = np.asarray(told.loc[judged["id"]], dtype=float)
    starts = starting_level(features_ahead(judged, judged["level"]))
    groups = judged["copy_group"].to_numpy()
    rng = np.random.default_rng(seed)
    counts = bootstrap_counts(actual, groups, settings.model.bootstrap_draws, rng)
    calibration = calibration_bins(actual, probability)
    assert modelled.results.chosen is not None
    came = wilson(int(actual.sum()), len(actual))
    return results.OutOfTime(
        learnt_from=past.features.period,
        levels_of=past.levels.period,
        made_in=start.period,
        strict=past.levels.period <= start.period,
        trained=modelled.results.base,
        chosen=modelled.results.chosen,
        said=float(probability.mean()),
        came=came,
        roc_auc=_measured(weighted_auc(probability, actual), counts),
        level_alone=_measured(weighted_auc(starts, actual), counts),
        log_loss=_measured(_loss(probability, actual), counts),
        log_loss_base=of_everyone(_loss(np.full(len(actual), came.share), actual), len(actual)),
        calibration=calibration,
        calibration_error=calibration_error(calibration),
        calibrated_bins=sum(
            each.observed.low <= each.predicted <= each.observed.high for each in calibration
        ),
    )


def _loss(probability: Floats, actual: Target) -> Weighted:
    losses = row_losses(probability[None], actual)
    return lambda weights: np.asarray(losses @ weights / weights.sum(axis=0))


def _measured(measure: Weighted, counts: Floats) -> results.Estimate:
    return estimate(measure(counts), of_everyone(measure, len(counts)))
