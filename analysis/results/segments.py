"""Segments, rules, offers, and what they cost and bring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Interval, Part, Proportion
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


class Written(Part):
    """Customers of lists who get an offer, and those left without it as a control group.

    ``discounts`` of the ``customers`` get a discount, ``letters`` the letter of a discount offer
    without it, the others an offer that has none;
    ``declined`` and ``steady`` are their known levels, ``gain_declined_roubles`` what the former
    bring of the gain: all None where either are fewer than may be told of. Money counts those
    written to alone.
    ``break_even`` is the share of the exposed profit that must be saved for the cost to return,
    ``break_even_uplift`` the fall of everyone's probability of decline that comes to the same.
    """

    customers: int
    discounts: int = 0
    letters: int
    control: int
    declined: int | None
    steady: int | None
    cost_roubles: float
    exposed_roubles: float
    gain_roubles: float
    gain_declined_roubles: float | None
    break_even: float | None
    break_even_uplift: float | None


class Trial(Part):
    """What a controlled trial of discounts against letters can detect.

    ``detectable`` is the share of decline that this month's groups would tell from
    ``base_share``; ``hoped_share`` the share if offers save what the settings assume; ``needed``
    how many customers tell it, and ``months`` how many months' lists hold so many; None beyond two
    years.
    """

    treated: int
    control: int
    base_share: float
    detectable: float | None
    hoped_share: float
    needed_treated: int | None
    needed_control: int | None
    months: int | None


class OfferTrigger(Part):
    """Whom an offer suits, as the shop's file of offers says it.

    ``threshold`` and ``quantile`` stand beside a ``feature``; ``category`` lists favourite
    categories, or is ``telling``.
    """

    kind: Literal["rule", "feature", "category", "level", "everyone"]
    rule: str | None = None
    feature: str | None = None
    side: Literal["below", "above"] | None = None
    threshold: float | Literal["learnt"] | None = None
    quantile: float | None = None
    category: list[str] | Literal["telling"] | None = None
    level: Literal["declined", "steady"] | None = None


class BookedOffer(Part):
    """An offer that the shop has, whether it is made this month or not.

    ``names`` and ``says`` are by language. ``categories`` are those that trigger it this month.
    ``contact_cost``, ``discount`` (None for none) and the ``share_saved`` that is assumed of it are
    its own or those of the settings; ``win_back_share_saved`` is that share of those to be won
    back.
    """

    code: str
    names: dict[str, str]
    says: dict[str, str]
    trigger: OfferTrigger
    categories: list[str] = Field(default_factory=list)
    contact_cost: float
    discount: float | None
    discount_of: Literal["month_revenue", "revenue_current", "revenue_total"] | None
    share_saved: float
    win_back_share_saved: float


class OfferTerms(Part):
    """What holds of all offers alike; None where they differ.

    ``share_saved`` is that of offers without a discount, ``discount_share_saved`` of the others,
    both on those to be kept; ``win_back_share_saved`` and ``win_back_discount_share_saved`` are on
    those to be won back, whose known level is decline.
    """

    contact_cost: float | None
    discount: float | None
    discount_of: Literal["month_revenue", "revenue_current", "revenue_total"] | None
    share_saved: float | None
    discount_share_saved: float | None
    win_back_share_saved: float | None
    win_back_discount_share_saved: float | None


class Offer(Part):
    """One offer: whom it reaches, what it costs and what must be true for it to pay.

    ``priority`` is its place among all offers when several fit. ``written`` is None where its
    customers are so few that they are told of with those of other offers alone (see `OfferSums`).
    """

    code: str
    priority: int
    feature: str
    threshold: float | None
    discount: bool
    written: Written | None
    use_by: str


class OfferSums(Part):
    """What the list of an offer comes to; offers with few customers are added up together.

    ``fits`` counts eligible customers with its trigger, ``pays`` those of them for whom it is
    expected to pay: None of several offers, and where they are fewer than may be told of;
    ``written`` those who did not get an earlier offer.
    """

    codes: list[str]
    fits: int | None
    pays: int | None
    written: Written


SkipReason = Literal[
    "no_trigger",
    "fits_nobody",
    "does_not_pay",
    "no_better",
    "letter_better",
    "too_few",
    "taken",
    "left_out",
    "held_out",
]
"""The month does not bear its trigger out; nobody who may be written to has it; no contact pays; a
letter brings as much without the discount; the plain letter is believed to bring more; a list below
the smallest; all have an earlier offer; no room within the limits; the lot leaves out everyone who
would get it."""


class SkippedOffer(Part):
    """An offer without a list, and why."""

    code: str
    reason: SkipReason


class Alternative(Part):
    """One way of contacting the customers, priced by the assumptions without a control group.

    ``nothing``; ``letters`` to all for whom one pays; ``letters_and_discounts``, a discount where
    it brings more than the letter; ``discounts_first``, a discount wherever it pays for itself,
    letters elsewhere. All keep to the same limits and the same required return. ``discounts`` of
    the customers get a letter with a discount.
    """

    code: Literal["nothing", "letters", "letters_and_discounts", "discounts_first"]
    customers: int
    discounts: int = 0
    cost_roubles: float
    gain_roubles: float
    recommended: bool


class DepthPoint(Part):
    """What so many contacts cost and bring, those with the largest gain first."""

    contacts: int
    cost_roubles: float
    gain_roubles: float


class LetterGroup(Part):
    """So many customers with neighbouring places in the order of what a letter saves on each.

    ``least_saved`` lies between the last of them and the first of the next group.
    """

    customers: int
    least_saved: float
    saved_roubles: float
    exposed_roubles: float


class LetterTotals(Part):
    """Letters to all who may be written to, in groups, whether or not a letter pays for itself.

    ``share_saved`` is what letters save of the profit exposed on all of them, ``most_share_saved``
    the largest share saved on anybody.
    """

    contact_cost: float
    share_saved: float
    most_share_saved: float
    groups: list[LetterGroup]


class DiscountWorth(Part):
    """What a discount would have to save to bring more than the letter alone.

    Over the ``customers`` whom an offer with a discount suits: ``first`` is the share of the
    exposed profit from which on it does for as many as the smallest list holds, ``half`` for half
    of the customers; None where so many do not exist, or where it would have to save more than
    everything. The plain letter saves ``letter_saves``. With ``saves_the_same`` every discount is
    assumed to save what the plain letter does, and none is sent for less.
    """

    customers: int
    smallest_list: int
    saves_the_same: bool = False
    letter_saves: float | None = None
    first: float | None
    half: float | None


NoLists = Literal["nobody", "does_not_pay", "no_room", "held_out", "too_few"]
"""Nobody may be written to; no letter earns its cost; the limits leave room for none, or for fewer
than may be told of; the lot leaves out everyone who would get one; fewer would than may be told
of."""


class LeftOut(Part):
    """Whom the cap on contacts or the budget left out, and what offers to them would bring.

    Without those whom the lot leaves out in any case.
    """

    customers: int
    cost_roubles: float
    gain_roubles: float


class ByLevel(Part):
    """What holds of those to be kept, and of those to be won back: whose known level is decline."""

    keep: float
    win_back: float


class Prospects(Part):
    """What the lists may bring, with all that is unsure drawn together.

    Who is a customer, how far the probabilities are off all together (where that is known), who
    declines, and what share offers save; what a decline costs is taken as assumed. ``loss`` is the
    probability that the lists bring less than they cost.
    """

    gain_roubles: Estimate
    loss: float


class Untried(Part):
    """Those written to on whom nobody has tried their offer yet, where others have been tried.

    ``share_saved`` is what is expected of their offers, ``tried_share_saved`` of the offers of the
    others (None where there are no others), of the exposed profit. ``tried_prospects`` is what
    the others may bring alone.
    """

    customers: int
    exposed_roubles: float
    gain_roubles: float
    share_saved: float | None
    tried_share_saved: float | None
    tried_prospects: Prospects | None = None


class ListedCopies(Part):
    """Customers of the lists who are copies of one another: perhaps the same person twice.

    ``again`` of those written to are copies of another who is written to; of ``split`` groups of
    copies the lot holds out a part and not the rest.
    """

    again: int
    split: int


class FirstHalf(Part):
    """The first of all who are written to, in the order of the lists: they bring half of it all."""

    customers: int
    cost_roubles: float
    gain_roubles: float


class OtherOrder(Part):
    """How far the order of the lists rests on the form of the effect that is assumed.

    The lists assume that a contact saves the same share of every customer's exposed profit. If it
    lowers every probability by the same amount, the order is that of the stakes; ``shared`` of the
    first ``customers`` are then still among the first as many.
    """

    customers: int
    shared: int


class Sensitivity(Part):
    """What the same lists bring if an assumption is wrong; ``setting`` is None for none.

    ``worth_contacting`` counts for whom a contact would pay if it were so. The assumptions on those
    to be kept and to be won back move together; with ``capped`` some share would be above 1, and 1
    is taken; ``value_by_level`` has both where they are not one,
    and ``value`` is then, of shares saved, that over all lists, else that of those to be kept.
    """

    setting: str | None
    times: float
    capped: bool = False
    value: float | None
    value_by_level: ByLevel | None = None
    worth_contacting: int
    cost_roubles: float
    gain_roubles: float
    break_even: float | None


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
    ``test_price_roubles`` is what they bring less than it for the sake of the trial.
    ``share_saved`` is what the lists are expected to save of the profit exposed on them, and
    ``share_saved_by_level`` the same of those on them who are to be kept and to be won back, None
    where both are one.
    ``flagged_steady`` counts customers of high risk whose level is still steady, and
    ``flagged_steady_written`` those of them who are written to.
    ``worth_writing`` counts for whom the plan has an offer, whatever the limits and the lot;
    ``no_lists`` says why nobody of these is written to.
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
    discount_worth: DiscountWorth | None = None
    sensitivity: list[Sensitivity] = Field(default_factory=list)
    share_saved: float = 0.0
    share_saved_by_level: ByLevel | None = None
    prospects: Prospects | None = None
    untried: Untried | None = None
    proof: ProofResults = Field(default_factory=ProofResults)
    profit_carries_signal: bool
