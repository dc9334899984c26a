"""Segments and rules; all that is decided of a month in one part."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Interval, Part, Proportion
from analysis.results.offers import (
    BookedOffer,
    Offer,
    OfferSums,
    OfferTerms,
    SkippedOffer,
    Trial,
    Written,
)
from analysis.results.plans import (
    Alternative,
    ByLevel,
    DepthPoint,
    DiscountWorth,
    FirstHalf,
    LeftOut,
    LetterTotals,
    ListedCopies,
    NoLists,
    OtherOrder,
    Prospects,
    Sensitivity,
    Untried,
)
from analysis.results.proof import ProofResults


class GridCell(Part):
    """Customers of one risk and one group of profit, 1 the least profitable."""

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
    """Share of a category in the chosen segment and among all other scored customers."""

    category: str
    segment: float
    rest: float
    customers: int


class ChosenSegment(Part):
    """The segment of high risk and the highest profit, against all other scored customers.

    ``profit_from`` is where the groups by profit were cut.
    """

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

    ``declined``, ``declined_rest`` and their ``difference`` count trained customers: exactly those
    whom the rule takes, and all others; None where no levels are known or the rule has no cut.
    ``found`` where decline is more frequent inside by more than chance, tested (``p_holm``) with
    every customer judged by cuts learnt on others.
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


class MoneyResults(Part):
    """Profit at risk, and for how many of the eligible customers an offer pays.

    The intervals of ``exposed_total`` and ``expected_declined`` hold who happens to be a customer
    and, with ``model_error``, how far the probabilities may be off all together.
    """

    exposed_total: Estimate
    model_error: bool = False
    exposed_consenting: float
    profit_horizon: float
    expected_declined: Estimate
    eligible: int
    letter_pays: int
    discount_pays: int


class IfUnsent(Part):
    """The lists as they would be had no mailing taken place of which the shop does not tell.

    Of the ``eligible`` who could be contacted then, ``written`` are on the lists; the part
    ``share_saved`` of the profit exposed on them is expected to be saved.
    """

    eligible: int
    written: Written
    share_saved: float
    prospects: Prospects | None


class SegmentsResults(Part):
    """Segments, offers and lists.

    ``discounts`` are those who get an offer with its discount, ``letters`` all others who are
    written to, ``discount_letters`` those of them whose letter lacks its discount by the draw.
    ``letters_gain_roubles`` is what letters without a discount to everyone written to would bring,
    ``discounts_gain_roubles`` what comes if nobody's discount is left out.
    ``discount_must_save`` is the share of exposed profit that discounts must save to bring no less
    than letters to the same customers, and ``discount_trial`` the comparison that would show it:
    ``treated`` get the discount, ``control`` the letter without it.
    ``book`` holds all offers that the shop has, in the order of their priority, and ``terms`` what
    their prices have in common.
    ``depth`` is the gain by the number of contacts, to the last of those who consented, and
    ``letter_totals`` what letters save by groups of them, None where the plan is not letters alone.
    ``alternatives`` are priced ways of contacting; the lists follow the recommended one, and
    ``test_price_roubles`` is what they bring less than it for the sake of trials: the control group
    forgoes ``hold_out_price_roubles``, letters that lack their discount ``arm_price_roubles``, None
    where either are too few to be told of.
    ``share_saved`` is what the lists are expected to save of the profit exposed on them, and
    ``share_saved_by_level`` the same of those on them who are to be kept and to be won back, None
    where both are one.
    ``flagged_steady`` counts customers of high risk whose level is still steady, and
    ``flagged_steady_written`` those of them who are written to.
    ``worth_writing`` counts for whom the plan has an offer, whatever the limits and the lot;
    ``no_lists`` says why nobody of these is written to.
    ``if_unsent`` is what the lists would be if no earlier mailing had taken place of which the shop
    does not tell what was sent; None where it tells of all.
    ``in_workbook`` is how many of all who are written to the workbook of everyone holds, None where
    it holds all.
    """

    scored: int = 0
    high_risk: int = 0
    grid: list[GridCell] = Field(default_factory=list)
    profit_cuts: list[float] = Field(default_factory=list)
    chosen: ChosenSegment | None = None
    money: MoneyResults | None = None
    rules: RulesResults | None = None
    categories: list[CategoryTest] = Field(default_factory=list)
    book: list[BookedOffer] = Field(default_factory=list)
    terms: OfferTerms | None = None
    offers: list[Offer] = Field(default_factory=list)
    offer_sums: list[OfferSums] = Field(default_factory=list)
    offers_skipped: list[SkippedOffer] = Field(default_factory=list)
    listed: int = 0
    no_lists: NoLists | None = None
    worth_writing: int = 0
    written: Written | None = None
    if_unsent: IfUnsent | None = None
    in_workbook: int | None = None
    discounts: Written | None = None
    letters: Written | None = None
    discount_letters: Written | None = None
    written_chosen: int = 0
    written_high_risk: int = 0
    listed_steady: int = 0
    flagged_steady: int = 0
    flagged_steady_written: int = 0
    letters_cost_roubles: float = 0.0
    letters_gain_roubles: float = 0.0
    discounts_cost_roubles: float = 0.0
    discounts_gain_roubles: float = 0.0
    discount_must_save: float | None = None
    discount_trial: Trial | None = None
    first_half: FirstHalf | None = None
    copies: ListedCopies | None = None
    other_order: OtherOrder | None = None
    left_out: LeftOut | None = None
    alternatives: list[Alternative] = Field(default_factory=list)
    depth: list[DepthPoint] = Field(default_factory=list)
    letter_totals: LetterTotals | None = None
    test_price_roubles: float = 0.0
    hold_out_price_roubles: float | None = 0.0
    arm_price_roubles: float | None = 0.0
    discount_worth: DiscountWorth | None = None
    sensitivity: list[Sensitivity] = Field(default_factory=list)
    share_saved: float = 0.0
    share_saved_by_level: ByLevel | None = None
    prospects: Prospects | None = None
    untried: Untried | None = None
    proof: ProofResults = Field(default_factory=ProofResults)
    profit_carries_signal: bool
