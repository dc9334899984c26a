"""The numbers of an edition, typed and versioned.

Shares and probabilities are between 0 and 1, money in ``profit`` fields is in the unit of the
export, money in ``roubles`` fields in roubles, time in minutes. No field holds an id or the record
of one person.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.change_results import DiffResults, KeyFigures
from analysis.estimates import Estimate as Estimate
from analysis.estimates import Interval as Interval
from analysis.estimates import Part as Part
from analysis.estimates import Proportion as Proportion
from analysis.estimates import Rank as Rank

SCHEMA_VERSION = 1

# ---------------------------------------------------------------------------- data


class SourceFile(Part):
    name: str
    rows: int
    separator: str
    decimal: str
    encoding: str
    line_ends: str


class Repair(Part):
    """A misspelling; ``declined`` are the customers who have it, where one may be left as found.

    ``telling``: one level has it more often than the other.
    """

    file: str
    column: str
    found: str
    repaired: str
    count: int
    declined: Proportion | None
    telling: bool


class Finding(Part):
    """Something that the analyst should know of the export; ``code`` picks its words."""

    code: str
    severity: Literal["info", "warning", "serious"]
    count: int
    base: int
    file: str | None = None
    column: str | None = None
    action: Literal[
        "reported", "repaired", "not_trained", "not_scored", "missing", "kept", "together"
    ]
    fields: dict[str, float | int | str] = Field(default_factory=dict)


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


class Copies(Part):
    """Pairs of customers with the same revenues, minutes, pages and failures.

    ``exact`` pairs are equal in everything but id and profit; ``near`` ones have one level;
    ``contradicting`` ones opposite levels. ``customers`` are in at least one pair.
    """

    pairs: int
    exact: int
    near: int
    contradicting: int
    customers: int


class DataResults(Part):
    """What came; a share without a base, such as of decline where no level is known, is None.

    ``class_runs`` are the blocks of one level in the order of the file, ``expected_runs`` those
    that a shuffled file would have.
    """

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
    expected_runs: float
    position_tells: bool
    id_tells: bool
    copies: Copies
    impossible_values: int
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


class ProfitTier(Part):
    """Observed decline in one of the equal groups by profit, 1 the least profitable.

    ``profit_from`` and ``profit_to`` are where the groups were cut.
    """

    tier: int
    profit_from: float | None
    profit_to: float | None
    declined: Proportion


Decision = Literal[
    "labels", "twins", "near_copies", "contradicting", "impossible", "inactive", "row_order"
]


class Rescored(Part):
    """ROC-AUC of one fixed model with a decision as taken and otherwise, the same customers."""

    decided: float
    otherwise: float
    difference: Estimate


class WhatIf(Part):
    """What the opposite of one decision about the data would change.

    ``concerned`` customers are those whom the decision is about, ``scored`` those on whom both
    ways are compared; ``noticeable``: for one of the models the interval leaves out zero.
    """

    decision: Decision
    concerned: int
    scored: int
    logistic: Rescored
    neighbours: Rescored
    noticeable: bool


class ExplorationResults(Part):
    """Levels compared; ``what_if`` is empty where nothing can be scored, most telling first."""

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
    tiers: list[ProfitTier]
    what_if: list[WhatIf] = Field(default_factory=list)


# --------------------------------------------------------------------------- model


class Candidate(Part):
    """The best configuration of one family.

    ``difference`` is to the family with the best ROC-AUC. ``loss_difference`` is to the best
    calibrated log loss among the families tied with it; None for a family that is not tied.
    """

    family: str
    features: Literal["plain", "engineered"]
    encoder: str
    scaler: str
    parameters: dict[str, float | int | str | None]
    configurations: int
    exactly_explained: bool
    roc_auc: Estimate
    difference: Estimate
    tied: bool
    log_loss: Estimate
    loss_difference: Estimate | None
    tied_by_loss: bool
    chosen: bool


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
    x: float
    y: float


class CalibrationBin(Part):
    predicted: float
    observed: Proportion


class Unusable(Part):
    """Why no model is used."""

    code: Literal["no_levels", "one_class", "too_few", "too_weak"]
    fields: dict[str, float | int | str] = Field(default_factory=dict)


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
    decided_by: Literal["roc_auc", "log_loss", "simplest"] | None
    tied: int
    tied_by_loss: int
    roc_auc: Estimate | None
    roc_auc_naive: float | None
    corrected: Corrected | None
    log_loss_base: float | None
    ceiling: Ceiling | None
    hold_out: HoldOut | None
    archived: ArchivedModel | None
    flagged: int | None
    flagged_steady: int | None
    precision: Proportion | None
    recall: Proportion | None
    roc: list[CurvePoint]
    calibration: list[CalibrationBin]
    calibration_error: float | None
    calibration_methods: dict[str, int]
    sharpest: float
    calibration_bins: int
    calibrated_bins: int
    scored_unlabelled: int


# ------------------------------------------------------------------------- drivers


class Driver(Part):
    """One feature's part in the score, beside two other measures of its importance.

    ``importance`` is the mean size of its contributions; ``permutation`` the ROC-AUC that the
    ranking loses when the feature is shuffled; ``effect`` its own effect between the levels (size
    of Cliff's delta, Cramér's V), which ``effect_differs`` from chance or not. ``raising_side`` is
    the observed share of decline where the feature raises the score, ``lowering_side`` elsewhere;
    both are missing where there is no clear turning value.
    """

    name: str
    importance: Estimate
    share: float
    rank: Rank
    permutation: Estimate
    permutation_rank: Rank
    effect: Estimate
    effect_rank: Rank
    effect_differs: bool
    disagreement: Literal["no_own_effect", "not_needed", "hardly_used"] | None
    raises_when: Literal["low", "high", "mixed", "category"]
    turning: Estimate | None
    category: str | None
    raising_side: Proportion | None
    lowering_side: Proportion | None


class DependenceBin(Part):
    """Customers with close values of a feature: their mean value and mean contribution."""

    value: float
    customers: int
    contribution: Estimate


class Dependence(Part):
    """How a numeric feature's contribution depends on its value, and where it changes sign.

    Values of trends are relative changes. ``unclear`` says why there is no ``turning`` value.
    """

    name: str
    raises_when: Literal["low", "high"]
    bins: list[DependenceBin]
    turning: Estimate | None
    unclear: Literal["not_monotone", "one_sided", "several", "wide"] | None
    raising_side: Proportion | None
    lowering_side: Proportion | None


class Agreement(Part):
    """Spearman's correlation of two orders of the features."""

    spearman: Estimate
    verdict: Literal["close", "alike", "different"]


class BeeswarmCell(Part):
    """Customers counted in one cell of (feature, contribution); level is their mean rank."""

    name: str
    contribution: float
    count: int
    level: float | None


class DriversResults(Part):
    """Drivers in order of importance.

    ``leaders`` are those that may be the first, ``top_share`` is their part of all contributions.
    The order of ``firm_pairs`` of all ``pairs`` holds in 97.5 % of the draws. It is compared
    ``with_permutation`` and ``with_effects``. ``explained`` customers were explained ``repeats``
    times, each time by a model that had not seen them.
    """

    method: Literal["linear", "tree", "permutation"] | None
    base: int
    explained: int
    repeats: int
    drivers: list[Driver]
    leaders: int
    top_share: float | None
    pairs: int
    firm_pairs: int
    dependence: list[Dependence]
    with_permutation: Agreement | None
    with_effects: Agreement | None
    beeswarm: list[BeeswarmCell]


# ------------------------------------------------------------- segments and offers


class GridCell(Part):
    risk: Literal["low", "medium", "high"]
    profit: int
    customers: int
    consenting: int
    consent_share: float | None
    expected_declined: Estimate
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
    expected_declined: Estimate
    declined: Proportion | None
    exposed_roubles: float
    mean_probability: float
    profit_from: float
    contrasts: list[Contrast]
    categories: list[CategoryShare]


class Limit(Part):
    """A rule's cut, learnt from the snapshot; the rule takes the cut and what lies beyond it."""

    feature: str
    side: Literal["below", "above"]
    value: float
    interval: Interval


class Rule(Part):
    """A plain rule, and its customers against all others.

    ``declined``, ``declined_rest`` and their ``difference`` come from trained customers, each
    judged by cuts learnt on others; None where no levels are known or the rule has no cut.
    ``found`` where decline is more frequent inside by more than chance.
    """

    code: str
    limits: list[Limit]
    found: bool
    customers: int
    consenting: int
    consent_share: float | None
    high_risk: int
    expected_declined: Estimate
    exposed_roubles: float
    declined: Proportion | None
    declined_rest: Proportion | None
    difference: Estimate | None
    p_holm: float | None


class RulesResults(Part):
    """The plain rules; ``covered`` counts customers at high risk with at least one found rule.

    ``learnt_from`` says whether the cuts part observed levels or, without any, high risk.
    """

    learnt_from: Literal["level", "risk"]
    base: int
    rules: list[Rule]
    high_risk: int
    covered: int
    covered_twice: int
    uncovered: int


class CategoryTest(Part):
    """Decline among those who favour a category, and among all others."""

    category: str
    declined: Proportion
    declined_rest: Proportion
    p_holm: float
    telling: bool


class Written(Part):
    """Customers of lists who get an offer, and those left without it as a control group.

    Money counts those who get it alone. ``break_even`` is the share of the exposed profit that
    must be saved for the cost to return, ``break_even_uplift`` the fall of everyone's probability
    of decline that comes to the same.
    """

    customers: int
    control: int
    cost_roubles: float
    exposed_roubles: float
    gain_roubles: float
    break_even: float | None
    break_even_uplift: float | None


class Trial(Part):
    """What a controlled trial of a list, or of all lists, can detect.

    ``detectable`` is the share of decline that this month's groups would tell from
    ``base_share``; ``hoped_share`` the share if offers save what the settings assume; ``needed``
    how many customers tell it, and ``months`` how many months' lists hold so many.
    """

    treated: int
    control: int
    base_share: float
    detectable: float | None
    hoped_share: float
    needed_treated: int | None
    needed_control: int | None
    months: int | None


class Offer(Part):
    """One offer: whom it reaches, what it costs and what must be true for it to pay.

    ``fits`` counts eligible customers with its trigger, ``pays`` those of them for whom it is
    expected to pay; ``written`` those who did not get an earlier offer.
    """

    code: str
    feature: str
    threshold: float | None
    discount: bool
    fits: int
    pays: int
    written: Written
    trial: Trial | None
    use_by: str


class SkippedOffer(Part):
    """An offer without a list, and why."""

    code: str
    reason: Literal["no_trigger", "does_not_pay", "too_few", "taken", "left_out"]


class LeftOut(Part):
    """Whom the cap on contacts or the budget left out, and what offers to them would bring."""

    customers: int
    cost_roubles: float
    gain_roubles: float


class FirstHalf(Part):
    """The fewest customers who together bring half of the expected gain."""

    customers: int
    cost_roubles: float
    gain_roubles: float


class Sensitivity(Part):
    """The lists with one assumption moved; ``setting`` is None for the settings as they are."""

    setting: str | None
    times: float
    value: float | None
    customers: int
    cost_roubles: float
    gain_roubles: float
    break_even: float | None


class MoneyResults(Part):
    exposed_total: Estimate
    exposed_consenting: float
    profit_horizon: float
    expected_declined: Estimate
    eligible: int
    letter_pays: int
    discount_pays: int


class SegmentsResults(Part):
    """Segments, offers and lists.

    ``letters_gain_roubles`` is what letters without
    a discount to everyone written to would bring, ``discount_must_save`` the share of exposed
    profit that discounts must save to bring no less than letters to the same customers.
    """

    scored: int
    high_risk: int
    grid: list[GridCell]
    profit_cuts: list[float]
    chosen: ChosenSegment | None
    money: MoneyResults | None
    rules: RulesResults | None
    categories: list[CategoryTest]
    offers: list[Offer]
    offers_skipped: list[SkippedOffer]
    listed: int
    written: Written | None
    discounts: Written | None
    letters: Written | None
    written_elsewhere: int
    written_chosen: int
    written_high_risk: int
    listed_steady: int
    letters_cost_roubles: float
    letters_gain_roubles: float
    discount_must_save: float | None
    first_half: FirstHalf | None
    left_out: LeftOut | None
    without_offer: int
    sensitivity: list[Sensitivity]
    trial: Trial | None
    testable_in_year: list[str]
    profit_carries_signal: bool


class Results(Part):
    """All results of one edition.

    ``changes`` are those against an earlier edition, where it was compared with one; ``trend`` the
    key figures of all earlier editions and this one, where there are any.
    """

    schema_version: int = SCHEMA_VERSION
    period: str
    kind: Literal["real", "sample"]
    seed: int
    settings: dict[str, dict[str, float | int | str | bool | None]]
    data: DataResults
    exploration: ExplorationResults
    model: ModelResults
    drivers: DriversResults
    segments: SegmentsResults
    key_figures: KeyFigures | None = None
    changes: DiffResults | None = None
    trend: list[KeyFigures] = Field(default_factory=list)
