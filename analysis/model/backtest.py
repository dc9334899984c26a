"""Were we right: the probabilities of an earlier edition against the levels that came after.

The probabilities on which a month's decisions rested, its forecast where it had one, are held
against the levels of the month that lies the horizon later.
Customers who were meant to get an offer are left out and counted beside: the offer was to prove the
probability wrong. Customers who are not found again, or have no level, are not guessed at: what is
said of those flagged carries bounds, with none and with all of the missing counted as declined.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats, Target
from analysis.model.metrics import calibration_bins, calibration_error
from analysis.model.probabilities import by_deciding, rests_on_forecast
from analysis.results.record import Judged
from analysis.settings import Settings
from analysis.snapshot.ids import among
from analysis.statistics.bootstrap import bootstrap_counts, of_everyone, weighted_auc
from analysis.statistics.intervals import estimate, wilson

SMALLEST_CLASS = 10
"""Customers of either level below which no ROC-AUC is given."""


def track_record(
    judged: Judged,
    then: pd.DataFrame,
    now: pd.DataFrame,
    settings: Settings,
    seed: int,
    written_to: Collection[str] = (),
) -> results.TrackRecord:
    """Hold an edition's probabilities against later levels.

    Parameters
    ----------
    judged : Judged
    then : DataFrame
        Customers of the earlier edition: id, level, and which probability decided (see
        `mark_deciding`).
    now : DataFrame
        Customers of the month of the outcome: id, level.
    written_to : collection of str
        Ids of those for whom an offer was meant between the edition and the outcome.
    """
    everyone = by_deciding(then).sort_values(["probability", "level"])
    contacted = among(everyone["id"], written_to)
    scored = everyone[~contacted]
    outcome = scored["id"].map(now.set_index("id")["level"])
    known = outcome.notna().to_numpy()
    actual = outcome[known].eq("declined").astype(int).to_numpy()
    probability = scored.loc[known, "probability"].to_numpy(dtype=float)
    flagged = (scored["probability"] >= judged.high_risk).to_numpy()
    steady = scored["level"].eq("steady").to_numpy()
    declined_then = np.where(scored.loc[known, "level"].eq("declined"), 1.0, 0.0)
    calibration = calibration_bins(actual, probability) if len(actual) else []
    draws = settings.model.bootstrap_draws
    return results.TrackRecord(
        period=judged.period,
        outcome=judged.outcome,
        back_filled=judged.back_filled,
        foretold=rests_on_forecast(then),
        high_risk=judged.high_risk,
        scored=len(scored),
        contacted=int(contacted.sum()),
        found=int(known.sum()),
        declined=_declined(actual),
        expected=float(probability.sum()),
        flagged_then=int(flagged.sum()),
        flagged=_declined(actual[flagged[known]]),
        flagged_bounds=_bounds(actual[flagged[known]], int((flagged & ~known).sum())),
        flagged_contacted=_flagged(everyone[contacted], now, judged.high_risk),
        flagged_steady=_declined(actual[(flagged & steady)[known]]),
        roc_auc=_area(actual, probability, draws, seed),
        level_alone=_area(actual, declined_then, draws, seed),
        calibration=calibration,
        calibration_error=calibration_error(calibration) if calibration else None,
    )


def _flagged(
    customers: pd.DataFrame, now: pd.DataFrame, high_risk: float
) -> results.Proportion | None:
    """Count the declines among customers whose probability was high."""
    flagged = customers[customers["probability"] >= high_risk]
    outcome = flagged["id"].map(now.set_index("id")["level"]).dropna()
    return _declined(outcome.eq("declined").astype(int).to_numpy())


def _declined(actual: Target) -> results.Proportion | None:
    return wilson(int(actual.sum()), len(actual)) if len(actual) else None


def _bounds(actual: Target, missing: int) -> results.Bounds | None:
    everyone = len(actual) + missing
    if not everyone:
        return None
    declined = int(actual.sum())
    return results.Bounds(low=declined / everyone, high=(declined + missing) / everyone)


def _area(actual: Target, probability: Floats, draws: int, seed: int) -> results.Estimate | None:
    if min(actual.sum(), len(actual) - actual.sum()) < SMALLEST_CLASS:
        return None
    counts = bootstrap_counts(actual, np.arange(len(actual)), draws, np.random.default_rng(seed))
    area = weighted_auc(probability, actual)
    return estimate(area(counts), of_everyone(area, len(actual)))
