"""Which models were compared, how the choice was made and what it is worth."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Bounds, Estimate, Interval, Part, Proportion

DecidedBy = Literal["roc_auc", "log_loss", "simplest"]
"""What told the chosen family from the others: its rank, its probabilities, or neither."""


class Variant(Part):
    """One configuration of a family: what it looks at, and its settings."""

    family: str
    features: Literal["plain", "engineered"]
    encoder: str
    scaler: str
    parameters: dict[str, float | int | str | None]


class ForecastVariant(Variant):
    """One among which a forecast was chosen; the best of its family with its worth."""

    roc_auc: Estimate | None = None
    log_loss: Estimate | None = None


class Candidate(Variant):
    """The best configuration of one family.

    ``difference`` is to the family with the best ROC-AUC. ``loss_difference`` is to the best
    calibrated log loss among the families tied with it, ``tied_by_loss`` says whether it is that of
    a tie; None for a family that is not tied. ``chosen_in`` is the part of the bootstrap's draws in
    which the rule chose a model of the family; older editions did not have it.
    """

    configurations: int
    exactly_explained: bool
    roc_auc: Estimate
    difference: Estimate
    tied: bool
    log_loss: Estimate
    loss_difference: Estimate | None
    tied_by_loss: bool | None
    chosen: bool
    chosen_in: float | None = None


class Corrected(Part):
    """What the whole rule of choice is worth on customers that it has not seen."""

    roc_auc: Estimate
    pr_auc: Estimate
    log_loss: Estimate
    brier: Estimate


class Ceiling(Part):
    """The mean of several families' probabilities, shown for comparison; differences to the chosen.

    It is not eligible: no single score of it can be explained exactly.
    """

    families: list[str]
    roc_auc: Estimate
    difference: Estimate
    log_loss: Estimate
    loss_difference: Estimate
    better: bool


class HoldOut(Part):
    """Between what bounds one random check on a share of the customers would have come out."""

    share: float
    draws: int
    low: float
    high: float


class ArchivedModel(Part):
    """The earlier month's model that scores a month without levels, with its score then."""

    period: str
    family: str
    trained: int
    roc_auc: Estimate


class CurvePoint(Part):
    """A point of the ROC curve: ``x`` the false positive rate, ``y`` the true positive rate."""

    x: float
    y: float


class CalibrationBin(Part):
    """Mean predicted probability of a bin of customers, and the share of them in decline."""

    predicted: float
    observed: Proportion


Level = Literal["steady", "declined"]


class Recalibration(Part):
    """How the outcome follows the logit of the probability, on customers whom no model had seen.

    Where the probabilities are right, ``intercept`` is 0 and ``slope`` 1; their variances and
    covariance say how well so many customers (``base``) tell. ``level`` is the one that these
    started from, None for all.
    """

    level: Level | None = None
    base: int
    intercept: float
    slope: float
    intercept_variance: float
    slope_variance: float
    covariance: float


class CalibrationGap(Interval):
    """A wide stretch of probability between ``low`` and ``high`` that next to no customer has."""

    customers: int


class Unusable(Part):
    """Why no model is used."""

    code: Literal["no_levels", "one_class", "too_few", "too_weak"]
    fields: dict[str, float | int | str] = Field(default_factory=dict)


class TwoViews(Part):
    """How the forecast and the nowcast of this month differ, over customers with both.

    Risk is high and low as the settings of the segments say.
    """

    customers: int
    rank_correlation: Estimate | None
    high_now: int
    high_forecast: int
    high_both: int
    steady: int
    steady_high: int
    declined: int
    declined_low: int


class FeatureShift(Part):
    """A feature that moved among customers of one level between the month learnt from and this.

    Means of both months, and their difference in standard deviations of then.
    """

    feature: str
    level: Literal["steady", "declined"]
    then: float
    now: float
    deviations: float


class GroupClaim(Part):
    """What share of a group will be in decline the horizon later, of those who are found then.

    ``said`` is the mean of the published probabilities, ``tried`` how it came out for such a group
    of the month learnt from; ``expected`` follows from both, with limits that also cover the
    features of this month as they stand, where they moved for everybody.
    """

    customers: int
    said: float
    expected: Estimate
    tried: Proportion | None


class Claims(Part):
    """What is expected of everybody scored, and of those whose forecast contradicts their level."""

    everybody: GroupClaim | None
    steady_high: GroupClaim | None
    declined_low: GroupClaim | None


class Leavers(Part):
    """Customers of the month learnt from who have no level now, and what they may change.

    ``customers`` of the ``base`` that was trained on then. ``said`` is the mean forecast for them,
    ``said_of_others`` for those who were found again. The bounds are for none and for all of them
    being in decline: of the share of all, of the share of those at high risk, and of the ROC-AUC.
    """

    customers: int
    base: int
    said: float
    said_of_others: float
    declined: Bounds
    flagged: Bounds | None
    roc_auc: Bounds


class OutOfTime(Part):
    """An earlier forecast, learnt and made like this one, against the levels of this month.

    It was learnt from the features of ``learnt_from`` and the levels of ``levels_of``, and applied
    to the features of the month ``made_in``; where it is not ``strict``, those levels were not
    known in that month yet. ``said`` is the mean of its probabilities, ``level_alone`` the ROC-AUC
    of the level of then in place of the forecast.
    """

    learnt_from: str
    levels_of: str
    made_in: str
    strict: bool
    trained: int
    chosen: str
    said: float
    came: Proportion
    roc_auc: Estimate
    level_alone: Estimate
    log_loss: Estimate
    log_loss_base: float
    calibration: list[CalibrationBin]
    calibration_error: float
    calibrated_bins: int


class Forecast(Part):
    """What the features of an earlier month foretell of the levels of this one.

    It was learnt from the ``trained`` customers, who were trained on in the month ``learnt_from``
    and have a level now. In place of the model, ``level_alone`` is the ROC-AUC of their level of
    then, ``earlier_nowcast`` that of what the earlier month's own model said of them; ``gain`` is
    what the model, corrected for its choice, has above the ``best_baseline`` of the two.

    Where the model is ``used``, its probabilities for the features of this month are the forecast
    of the next ``horizon`` months, and all decisions rest on them; ``unseen`` of the ``scored``
    customers by models that had not seen them. Features that moved for everybody (``shifts``) are
    read as the earlier month would have read them; ``mean`` is the mean of the forecast,
    ``mean_unmoved`` what it would be with the features as they stand. Older editions had neither.
    ``recalibration`` is that of everyone in the training, and of those who started from either
    level. ``variants`` are those among which the choice was made, ``candidates`` the best of each
    family; ``decided_by``, ``tied`` and ``tied_by_loss`` say how, as of the model of the month.
    """

    horizon: int
    learnt_from: str
    source: Literal["snapshot", "edition"]
    trained: int
    declined: int
    used: bool = False
    reason: Unusable | None = None
    configurations: int
    chosen: str | None = None
    corrected: Corrected | None = None
    log_loss_base: float | None = None
    roc_auc: Estimate | None = None
    level_alone: Estimate | None = None
    earlier_nowcast: Estimate | None = None
    best_baseline: Literal["level", "nowcast"] | None = None
    gain: Estimate | None = None
    calibration: list[CalibrationBin]
    calibration_error: float | None = None
    calibration_bins: int
    calibrated_bins: int
    recalibration: list[Recalibration] = Field(default_factory=list)
    variants: list[ForecastVariant] = Field(default_factory=list)
    candidates: list[Candidate] = Field(default_factory=list)
    decided_by: DecidedBy | None = None
    tied: int = 0
    tied_by_loss: int = 0
    scored: int = 0
    unseen: int = 0
    views: TwoViews | None = None
    shifts: list[FeatureShift] = Field(default_factory=list)
    mean: float | None = None
    mean_unmoved: float | None = None
    claims: Claims | None = None
    out_of_time: OutOfTime | None = None
    leavers: Leavers | None = None


class ModelResults(Part):
    """The models of a month, and the chosen one.

    Nothing shows whether the probabilities within ``calibration_gap`` come true. ``forecast`` is
    there where an earlier month allows one. Of the ``configurations`` only those kept were scored
    in every fold; the others ranked worse than a leader in a part ``dropped_at`` of the draws.
    ``families_left_out`` would take too long to score everybody.
    Older editions, which dropped none, have neither figure.
    """

    usable: bool = False
    reason: Unusable | None = None
    base: int
    declined: int
    folds: int
    repeats: int
    draws: int
    configurations: int = 0
    configurations_kept: int | None = None
    dropped_at: float | None = None
    families_left_out: list[str] = Field(default_factory=list)
    candidates: list[Candidate] = Field(default_factory=list)
    dummy_roc_auc: float | None = None
    chosen: str | None = None
    decided_by: DecidedBy | None = None
    tied: int = 0
    tied_by_loss: int = 0
    roc_auc: Estimate | None = None
    roc_auc_naive: float | None = None
    corrected: Corrected | None = None
    log_loss_base: float | None = None
    ceiling: Ceiling | None = None
    hold_out: HoldOut | None = None
    archived: ArchivedModel | None = None
    flagged: int | None = None
    flagged_steady: int | None = None
    precision: Proportion | None = None
    recall: Proportion | None = None
    roc: list[CurvePoint] = Field(default_factory=list)
    calibration: list[CalibrationBin] = Field(default_factory=list)
    calibration_error: float | None = None
    calibration_methods: dict[str, int] = Field(default_factory=dict)
    sharpest: float
    calibration_bins: int = 0
    calibrated_bins: int = 0
    calibration_gap: CalibrationGap | None = None
    recalibration: list[Recalibration] = Field(default_factory=list)
    scored_unlabelled: int = 0
    forecast: Forecast | None = None
