"""The numbers of an edition, typed and versioned.

Shares and probabilities are between 0 and 1, money in ``profit`` fields is in the unit of the
export, money in ``roubles`` fields in roubles, time in minutes. No field holds an id or the record
of one person.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Interval(Part):
    """A 95 % interval."""

    low: float
    high: float


class Estimate(Part):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Proportion(Part):
    """``count`` of ``base``, with a Wilson interval."""

    count: int
    base: int
    share: float
    low: float
    high: float


# ---------------------------------------------------------------------------- data


class SourceFile(Part):
    name: str
    rows: int
    separator: str
    decimal: str
    encoding: str
    line_ends: str


class Repair(Part):
    file: str
    column: str
    found: str
    repaired: str
    count: int


class Finding(Part):
    """Something that the analyst should know of the export; ``code`` picks its words."""

    code: str
    severity: Literal["info", "warning", "serious"]
    count: int
    base: int
    file: str | None = None
    column: str | None = None
    action: Literal["reported", "repaired", "not_trained", "not_scored", "missing"]
    fields: dict[str, float | int | str] = {}


class MonthTotals(Part):
    """Totals of one month over all customers; ``revenue`` without impossible values.

    Minutes are known for two months only.
    """

    month: Literal["before_previous", "previous", "current"]
    revenue_as_exported: float
    revenue: float
    revenue_mean: float
    revenue_customers: int
    minutes: float | None
    minutes_mean: float | None


class Change(Part):
    """Relative change of this month's total against last month's, the same customers."""

    share: float
    low: float
    high: float
    customers: int


class Previous(Part):
    """The newest earlier edition of the same kind, if there is one."""

    period: str
    declined: Proportion
    difference: Estimate


class DataResults(Part):
    """What came; a share without a base, such as of decline where no level is known, is None."""

    customers: int
    files: list[SourceFile]
    repairs: list[Repair]
    repaired_rows: int
    findings: list[Finding]
    trained: int
    not_trained: int
    not_scored: int
    scored: int
    set_aside: dict[str, int]
    set_aside_total: int
    declined: Proportion | None
    declined_trained: Proportion | None
    no_consent: Proportion
    no_consent_trained: Proportion | None
    months: list[MonthTotals]
    revenue_change: Change
    minutes_change: Change
    profit_total: float
    profit_total_trained: float
    profit_above_revenue: Proportion
    profit_to_revenue: float | None
    file_order_auc: float | None
    id_order_auc: float | None
    class_runs: int
    previous: Previous | None = None


# --------------------------------------------------------------------- exploration


class NumericFeature(Part):
    """One numeric feature between the two levels (trained customers)."""

    name: str
    median_steady: float
    median_declined: float
    quartiles_steady: Interval
    quartiles_declined: Interval
    missing: int
    cliffs_delta: Estimate
    p_value: float
    p_holm: float
    differs: bool


class CategoricalFeature(Part):
    name: str
    cramers_v: Estimate
    p_value: float
    p_holm: float
    differs: bool


class LevelShare(Part):
    """Share of customers with lower activity among those with one value of a feature."""

    value: str
    declined: Proportion


class MonthByLevel(Part):
    measure: Literal["revenue", "minutes"]
    month: Literal["before_previous", "previous", "current"]
    median_steady: float
    median_declined: float


class FeaturePair(Part):
    """Association of two features: phi_k and, between numbers, Spearman's rho."""

    first: str
    second: str
    phik: float
    spearman: float | None
    verdict: Literal["same", "close"]


class Inflation(Part):
    name: str
    vif: float


class ExplorationResults(Part):
    base: int
    numeric: list[NumericFeature]
    categorical: list[CategoricalFeature]
    categories: list[LevelShare]
    services: list[LevelShare]
    promotions: list[LevelShare]
    months: list[MonthByLevel]
    strongest_pairs: list[FeaturePair]
    inflation: list[Inflation]
    collinear: bool
    profit_associated: bool
    profit_phik: float
    profit_p_value: float


# --------------------------------------------------------------------------- model


class Candidate(Part):
    """The best configuration of one family; ``difference`` is to the best family."""

    family: str
    encoder: str
    scaler: str
    parameters: dict[str, float | int | str | None]
    configurations: int
    roc_auc: Estimate
    difference: Estimate
    tied: bool
    chosen: bool


class CurvePoint(Part):
    x: float
    y: float


class CalibrationBin(Part):
    predicted: float
    observed: Proportion


class Unusable(Part):
    """Why no model is used."""

    code: Literal["no_levels", "one_class", "too_few", "too_weak"]
    fields: dict[str, float | int | str] = {}


class ModelResults(Part):
    usable: bool
    reason: Unusable | None
    base: int
    declined: int
    folds: int
    repeats: int
    draws: int
    configurations: int
    candidates: list[Candidate]
    dummy_roc_auc: float | None
    chosen: str | None
    decided_by: Literal["clear_best", "simplest_of_tied"] | None
    roc_auc: Estimate | None
    roc_auc_naive: float | None
    roc_auc_corrected: Estimate | None
    log_loss: Estimate | None
    log_loss_base: float | None
    brier: Estimate | None
    flagged: int | None
    flagged_steady: int | None
    precision: Proportion | None
    recall: Proportion | None
    roc: list[CurvePoint]
    calibration: list[CalibrationBin]
    calibration_error: float | None
    calibration_bins: int
    calibrated_bins: int
    scored_unlabelled: int


# ------------------------------------------------------------------------- drivers


class Driver(Part):
    """One feature's part in the score; ``third`` shares are observed shares of decline."""

    name: str
    importance: Estimate
    share: float
    raises_when: Literal["low", "high", "mixed", "category"]
    low_third: Proportion | None
    high_third: Proportion | None
    low_cut: float | None
    high_cut: float | None
    category: str | None


class BeeswarmCell(Part):
    """Customers counted in one cell of (feature, contribution); level is their mean rank."""

    name: str
    contribution: float
    count: int
    level: float | None


class DriversResults(Part):
    """Drivers in order; ``leaders`` of them cannot be told from the first."""

    method: Literal["linear", "tree", "permutation"] | None
    base: int
    explained: int
    drivers: list[Driver]
    top_share: float | None
    leaders: int
    beeswarm: list[BeeswarmCell]


# ------------------------------------------------------------- segments and offers


class GridCell(Part):
    risk: Literal["low", "medium", "high"]
    profit: int
    customers: int
    consenting: int
    expected_declined: float
    declined: Proportion | None
    exposed_roubles: float
    profit_share: float


class Contrast(Part):
    """A feature in the chosen segment against all other scored customers."""

    name: str
    median_segment: float
    median_rest: float
    cliffs_delta: float
    p_holm: float
    differs: bool


class CategoryShare(Part):
    category: str
    segment: float
    rest: float
    customers: int


class ChosenSegment(Part):
    customers: int
    consenting: int
    expected_declined: float
    declined: Proportion | None
    exposed_roubles: float
    mean_probability: float
    profit_from: float
    contrasts: list[Contrast]
    categories: list[CategoryShare]
    paying: int


class Offer(Part):
    """One offer: whom it reaches, what it costs and what must be true for it to pay."""

    code: str
    feature: str
    threshold: float | None
    fits: int
    customers: int
    discount: bool
    cost_roubles: float
    cost_each_roubles: float
    exposed_roubles: float
    gain_roubles: float
    break_even: float | None
    use_by: str
    categories: list[CategoryShare]


class Trial(Part):
    """What a controlled trial of the lists costs, and what it can detect.

    ``hoped_share`` is the share of decline if offers save what the settings assume; ``months`` how
    many months' lists must be pooled to tell it from ``base_share``.
    """

    treated: int
    control: int
    treated_cost_roubles: float
    treated_gain_roubles: float
    base_share: float
    detectable: float | None
    hoped_share: float
    months: int | None


class MoneyResults(Part):
    exposed_total: Estimate
    exposed_consenting: float
    profit_horizon: float
    expected_declined: Estimate
    paying_all: int
    paying_consenting: int


class SegmentsResults(Part):
    scored: int
    high_risk: int
    grid: list[GridCell]
    profit_cuts: list[float]
    chosen: ChosenSegment | None
    money: MoneyResults | None
    offers: list[Offer]
    offers_skipped: list[str]
    listed: int
    listed_cost_roubles: float
    listed_exposed_roubles: float
    listed_gain_roubles: float
    listed_elsewhere: int
    listed_steady: int
    letters_cost_roubles: float
    letters_gain_roubles: float
    trial: Trial | None
    profit_carries_signal: bool


class Results(Part):
    """All results of one edition."""

    schema_version: int = SCHEMA_VERSION
    period: str
    kind: Literal["real", "sample"]
    seed: int
    settings: dict[str, dict[str, float | int | str | bool]]
    data: DataResults
    exploration: ExplorationResults
    model: ModelResults
    drivers: DriversResults
    segments: SegmentsResults
