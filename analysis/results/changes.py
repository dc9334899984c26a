"""What changed between two editions, typed and versioned.

Every difference is new minus old. Shares are between 0 and 1, money in ``kopecks`` fields is in
whole kopecks, money in other fields in roubles. No field holds an id or the record of one person.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Part, Rank

SCHEMA_VERSION = 1

Scalar = float | int | str | bool | None
Fate = Literal["stays", "comes", "goes"]
Place = Literal["low", "medium", "high", "not_scored", "absent"]


class Side(Part):
    """One of the two editions."""

    period: str
    kind: Literal["real", "sample"]
    schema_version: int


class Making(Part):
    """Something about how the editions were made that is not the same, such as a setting."""

    name: str
    old: Scalar
    new: Scalar


class ColumnOverlap(Part):
    """A column that must repeat what the earlier month said, over customers in both.

    ``share`` of the compared customers disagrees; None where nobody can be compared.
    """

    column: str
    earlier_column: str
    compared: int
    disagreeing: int
    share: float | None


class Overlap(Part):
    """Customers in both months of whom at least one repeated value disagrees."""

    columns: list[ColumnOverlap]
    compared: int
    disagreeing: int
    share: float | None


class FindingChange(Part):
    """A finding on the data in either month, with its counts."""

    code: str
    file: str | None
    column: str | None
    fate: Fate
    old: int | None
    new: int | None


class DataChange(Part):
    """Who came and went.

    ``days`` lie between the ends of the two months. ``same_moment`` tells that both editions hold
    the same export day: for most customers neither the days since registration nor this month's
    revenue have moved, so no time is expected to have passed. The overlap is None where the months
    share none.
    """

    customers_old: int
    customers_new: int
    persisting: int
    arrivals: int
    leavers: int
    months: int
    days: int
    same_moment: bool
    overlap: Overlap | None
    findings: list[FindingChange]


class Comparison(Part):
    """One thing held against itself a month earlier.

    ``kind`` says what ``old`` and ``new`` are: a share of the base, a mean over it, or a total in
    roubles; ``unit`` and ``digits`` in what they are counted, and with how many decimal places they
    are best written (shares in percent). ``difference`` is new minus old minus ``expected`` with
    its 95 % interval. ``effect`` is in points of share (0.01 is one point), in standard deviations
    for a mean, and relative to the middle of both months for a total; None where that has no value.
    A ``mechanical`` change follows from the calendar and is counted over persisting customers.
    ``psi`` is of the whole feature and describes; it decides nothing. What rests on each month's
    own model (``exposed``) counts as proven only where the difference ``by_both_models``, with the
    mean of what the two models say, shows it too; None elsewhere, and without the models.

    The verdict is ``material`` (corrected p below alpha and the effect above its floor),
    ``small`` (proven, below the floor) or ``unproven``.
    """

    feature: str
    value: str | None
    kind: Literal["share", "mean", "total"]
    unit: Literal["share", "roubles", "number"]
    digits: int
    mechanical: bool
    old: float
    new: float
    base_old: int
    base_new: int
    expected: float
    difference: Estimate
    effect: float | None
    floor: float
    p_value: float
    p_holm: float
    verdict: Literal["material", "small", "unproven"]
    psi: float | None
    by_both_models: Estimate | None = None


class Untested(Part):
    """Something that gets no verdict, and why."""

    feature: str
    value: str | None
    reason: Literal["rare", "too_few", "unknown"]


class SegmentSize(Part):
    """Customers of a segment of the grid before and after."""

    segment: str
    old: int
    new: int


class Move(Part):
    """Customers by place of risk before and after; None where the count is kept back.

    ``not_scored`` is in the month without a probability, ``absent`` not in the month at all.
    """

    origin: Place
    target: Place
    customers: int | None


class SegmentsChange(Part):
    """Sizes of the segments, and who moved; counts below ``smallest_shown`` are kept back.

    ``high_risk_old`` and ``high_risk_new`` customers were in the segments of high risk.
    """

    high_risk_old: int
    high_risk_new: int
    sizes: list[SegmentSize]
    moves: list[Move]
    smallest_shown: int


class OfferChange(Part):
    """An offer in either month; ``names`` are by language.

    ``old`` and ``new`` count the customers who got it, None where they were too few to be told of.
    """

    code: str
    names: dict[str, str] = Field(default_factory=dict)
    fate: Fate
    old: int | None
    new: int | None


class MoneyChange(Part):
    """The change of the profit exposed, split so that the parts add up to the kopeck.

    ``difference = risk + profit + settings + arrivals − leavers + newly_scored −
    no_longer_scored``, and ``risk = risk_customers + risk_model`` where both months were scored
    with one model. The amounts of arrivals, leavers, newly and no longer scored are what those
    customers expose, never below zero.
    """

    old_kopecks: int
    new_kopecks: int
    difference_kopecks: int
    risk_kopecks: int
    risk_customers_kopecks: int | None
    risk_model_kopecks: int | None
    profit_kopecks: int
    settings_kopecks: int
    arrivals_kopecks: int
    leavers_kopecks: int
    newly_scored_kopecks: int
    no_longer_scored_kopecks: int
    matched: int
    arrivals: int
    leavers: int
    newly_scored: int
    no_longer_scored: int


class DriverChange(Part):
    """A feature's place among the drivers in either month; None where it is no driver.

    ``apart``: the 95 % intervals of the two places have none in common. None without both.
    """

    feature: str
    old: Rank | None
    new: Rank | None
    apart: bool | None


class CrossScore(Part):
    """One month's model on customers of the other month whose level is known.

    ``own`` is the ROC-AUC of the month's own probabilities, each by a model that had not seen the
    customer; ``other`` that of the other month's model; ``difference`` is other minus own, on the
    same draws. The other model was trained on the customers in both months as they were in its
    month, so only those in one month are new to it. ROC-AUC is None where a level has too few.
    """

    customers: Literal["in_one_month", "in_both_months"]
    base: int
    declined: int
    own: Estimate | None
    other: Estimate | None
    difference: Estimate | None


class ModelSide(Part):
    """The model of one month, and how good it was on customers that it had not seen."""

    family: str
    roc_auc: Estimate | None


class ModelChange(Part):
    """The two models, and each on the other month's customers; None where there is no model."""

    old: ModelSide | None
    new: ModelSide | None
    old_on_new: list[CrossScore]
    new_on_old: list[CrossScore]


class KeyFigures(Part):
    """The key figures of one edition; None where it has none.

    ``declined`` is a share, ``revenue_per_customer`` of the month in roubles, ``roc_auc`` what the
    month's own model is worth on customers that it has not seen. ``foretold`` says whether
    ``exposed_roubles`` rests on a forecast.
    """

    period: str
    declined: Estimate | None
    exposed_roubles: Estimate | None
    revenue_per_customer: Estimate | None
    roc_auc: Estimate | None
    foretold: bool = False


class CustomersChange(Part):
    """All that two customers tables tell.

    ``comparisons`` are in the order of a table, ``material`` in the order of importance.
    """

    data: DataChange
    comparisons: list[Comparison]
    material: list[Comparison]
    untested: list[Untested]


class DiffResults(Part):
    """All that changed between two editions, what makes them unlike first.

    ``tested`` comparisons were made, all corrected together.
    """

    schema_version: int = SCHEMA_VERSION
    old: Side
    new: Side
    making: list[Making]
    seed: int
    draws: int
    alpha: float
    data: DataChange
    comparisons: list[Comparison]
    material: list[Comparison]
    untested: list[Untested]
    tested: int
    model: ModelChange
    drivers: list[DriverChange]
    segments: SegmentsChange | None
    offers: list[OfferChange]
    money: MoneyChange | None


class MonthlyChanges(Part):
    """What a monthly report says of earlier months.

    ``trend`` holds the key figures of all earlier editions of the kind and of this one.
    """

    compared: DiffResults
    trend: list[KeyFigures]
