"""What became of the customers of an earlier edition."""

from __future__ import annotations

from pydantic import Field

from analysis.results.base import Bounds, Estimate, Part, Proportion
from analysis.results.model import CalibrationBin


class Judged(Part):
    """An earlier edition that is to be judged, and by which month.

    ``back_filled`` tells that it was sealed after the end of the ``outcome``; from the probability
    ``high_risk`` on it called a risk high.
    """

    period: str
    outcome: str
    back_filled: bool
    high_risk: float


class TrackRecord(Part):
    """One earlier edition judged by what came.

    Customers who were meant to get an offer before the outcome are not counted, as the offer was to
    prove the probability wrong: ``contacted`` of them were scored, and ``flagged_contacted`` is
    what ``flagged`` is of the others. ``foretold`` says whether the probabilities were a forecast
    of the months after it. ``flagged`` counts the declines among customers whose probability was
    high and who were found again; ``flagged_steady`` those of them whose level was still the same
    then: what the edition saw coming. ``level_alone`` is the ROC-AUC of the level of then in place
    of the probability. ``back_filled`` says that the edition was made after the outcome was known.
    """

    period: str
    outcome: str
    back_filled: bool
    foretold: bool
    high_risk: float
    scored: int
    contacted: int = 0
    found: int
    declined: Proportion | None
    expected: float
    flagged_then: int
    flagged: Proportion | None
    flagged_bounds: Bounds | None
    flagged_contacted: Proportion | None = None
    flagged_steady: Proportion | None
    roc_auc: Estimate | None
    level_alone: Estimate | None
    calibration: list[CalibrationBin] = Field(default_factory=list)
    calibration_error: float | None


class TrackRecords(Part):
    """Earlier editions judged, the newest first."""

    rows: list[TrackRecord]
