"""Were we right: the probabilities of an earlier edition against the levels that came after.

A month's probabilities are held against the levels of the snapshot that lies the horizon later.
Customers who are not found again, or have no level, are not guessed at: what is said of those
flagged carries bounds, with none and with all of the missing counted as declined.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import Field

from analysis import results
from analysis.folds import Floats, Labels
from analysis.intervals import wilson
from analysis.quality import calibration_bins, calibration_error, estimate
from analysis.resampling import bootstrap_counts, weighted_auc
from analysis.settings import Settings

SMALLEST_CLASS = 10
"""Customers of either level below which no ROC-AUC is given."""


class Bounds(results.Part):
    """A share with none and with all of the customers who were not found again counted in."""

    low: float
    high: float


class TrackRecord(results.Part):
    """One earlier edition judged by what came.

    ``flagged`` counts the declines among customers whose probability was high and who were found
    again; ``flagged_steady`` those of them whose level was still the same then: what the edition
    saw coming. ``back_filled`` says that the edition was made after the outcome was known.
    """

    period: str
    outcome: str
    back_filled: bool
    scored: int
    found: int
    declined: results.Proportion | None
    expected: float
    flagged: results.Proportion | None
    flagged_bounds: Bounds | None
    flagged_steady: results.Proportion | None
    roc_auc: results.Estimate | None
    calibration: list[results.CalibrationBin] = Field(default_factory=list)
    calibration_error: float | None


def track_record(
    then: pd.DataFrame,
    now: pd.DataFrame,
    periods: tuple[str, str],
    back_filled: bool,
    settings: Settings,
    seed: int,
) -> TrackRecord:
    """Hold an edition's probabilities against later levels.

    Parameters
    ----------
    then : DataFrame
        Customers of the earlier edition: id, probability (missing where not scored), level.
    now : DataFrame
        Customers of the later snapshot: id, level.
    periods : (str, str)
        Months of the edition and of the snapshot.
    back_filled : bool
        Whether the edition was sealed after the outcome was known.
    """
    scored = then.dropna(subset="probability").sort_values("probability")
    outcome = scored["id"].map(now.set_index("id")["level"])
    known = outcome.notna().to_numpy()
    labels = outcome[known].eq("declined").astype(int).to_numpy()
    probability = scored.loc[known, "probability"].to_numpy(dtype=float)
    flagged = (scored["probability"] >= settings.segments.high_risk).to_numpy()
    steady = scored["level"].eq("steady").to_numpy()
    calibration = calibration_bins(labels, probability) if len(labels) else []
    return TrackRecord(
        period=periods[0],
        outcome=periods[1],
        back_filled=back_filled,
        scored=len(scored),
        found=int(known.sum()),
        declined=_declined(labels),
        expected=float(probability.sum()),
        flagged=_declined(labels[flagged[known]]),
        flagged_bounds=_bounds(labels[flagged[known]], int((flagged & ~known).sum())),
        flagged_steady=_declined(labels[(flagged & steady)[known]]),
        roc_auc=_area(labels, probability, settings.model.bootstrap_draws, seed),
        calibration=calibration,
        calibration_error=calibration_error(calibration) if calibration else None,
    )


def _declined(labels: Labels) -> results.Proportion | None:
    return wilson(int(labels.sum()), len(labels)) if len(labels) else None


def _bounds(labels: Labels, missing: int) -> Bounds | None:
    everyone = len(labels) + missing
    if not everyone:
        return None
    declined = int(labels.sum())
    return Bounds(low=declined / everyone, high=(declined + missing) / everyone)


def _area(labels: Labels, probability: Floats, draws: int, seed: int) -> results.Estimate | None:
    if min(labels.sum(), len(labels) - labels.sum()) < SMALLEST_CLASS:
        return None
    counts = bootstrap_counts(labels, np.arange(len(labels)), draws, np.random.default_rng(seed))
    area = weighted_auc(probability, labels)
    return estimate(area(counts), float(area(np.ones((len(labels), 1)))[0]))
