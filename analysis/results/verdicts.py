"""What the report concludes: verdicts and rows, each a code that a language has a sentence for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Part, Proportion
from analysis.results.plans import NoLists

State = Literal["unknown", "declined", "same", "as_before", "more", "fewer"]
Decision = Literal[
    "write",
    "write_if_unit",
    "write_if_both",
    "write_if_sent",
    "write_if_unit_sent",
    "write_if_level_sent",
    "nothing_pays",
    "below_return",
    "outcomes_speak_against",
    "no_room",
    "too_few",
    "nobody_left",
    "no_model",
]
RedLineCode = Literal[
    "strayed", "unit", "unit_and_level", "unit_too_small", "level_rule", "untried", "archived"
]
Doer = Literal["finance", "export", "marketing", "director"]
Deed = Literal[
    "ask_unit",
    "ask_level",
    "ask_both",
    "ask_totals",
    "ask_sent",
    "write",
    "write_some_discounts",
    "write_if_unit",
    "write_if_both",
    "write_if_all",
    "write_as_chosen",
    "write_as_chosen_if",
    "write_tried_only",
    "hold_out",
    "hold_out_group",
    "set_hold_out",
    "raise_limits",
    "raise_limits_if_unit",
    "stop_offers",
    "stop_unless",
    "stop_several",
]
Variant = Literal["plain", "told", "both", "all"]
Paid = Literal[
    "gain_at_cost",
    "as_chosen",
    "tried_only",
    "if_unsent",
    "hold_out",
    "hold_out_group",
    "set_hold_out",
    "seen",
    "seen_within",
]

Course = Literal["rose", "fell", "same", "unknown"]
Against = Literal["better", "worse", "tied"]
Calibrated = Literal["all", "some"]
ForecastState = Literal["off", "no_month", "too_weak", "too_few", "used"]


class Headline(Part):
    """The message of the month.

    ``before`` is the month that the share of decline was held against, right before this one;
    ``change`` the difference of the shares. ``customers`` are written to and bring ``gain_roubles``
    beyond what it costs. It is ``said`` that customers are marked as having cut back where they
    spend no less than the others, so that it is doubtful what the level means.
    """

    state: State
    said: Literal["plain", "marked"] = "plain"
    declined: Proportion | None
    before: str | None
    change: Estimate | None
    decision: Decision
    customers: int
    gain_roubles: float


class Cases(Part):
    """What the plan brings beyond its cost, in roubles.

    ``base`` is expected; between ``worst`` and ``best`` lie 95 % of what is possible, given who
    declines and how unsure the share saved is. ``loss`` is the probability that the cost does not
    come back, ``break_even`` the share of the exposed profit that must be saved for it.
    ``saved_worst`` and ``saved_best`` are the shares of the exposed profit that the letters would
    have to save for either extreme; below zero they lose ``saved_worst_lost`` of it. ``sizes`` say
    of each case whether letters do ``harm``, save ``less`` than needed, a ``part`` or the
    ``whole``.
    """

    worst: float
    base: float
    best: float
    share_saved: float
    saved_worst: float
    saved_worst_lost: float
    saved_best: float
    break_even: float | None
    loss: float
    sizes: dict[Literal["worst", "base", "best"], Literal["harm", "less", "part", "whole"]] = Field(
        default_factory=dict
    )


class RedLine(Part):
    """The one assumption or fault that would overturn everything.

    ``no_less``: those said to have cut back spend no less than the others. ``quota`` is the number
    of months in which the same number of as many customers had cut back: the level may be a quota;
    0 where it need not be.
    ``overturns`` tells that these letters would not pay were the profit in the other unit. The same
    letters would then bring ``other_gain_roubles``, and profit would be ``other_share`` of revenue;
    were it the profit of a quarter, they would bring ``quarter_gain_roubles``.
    ``strayed`` of the control group of the month ``strayed_in`` got something all the same.
    In roubles profit may be ``unit_too_small`` to be believed.
    """

    code: RedLineCode
    overturns: bool = False
    no_less: bool = False
    quota: int = 0
    other_gain_roubles: float | None = None
    other_share: float | None = None
    quarter_gain_roubles: float | None = None
    strayed: int = 0
    strayed_in: str | None = None


class Action(Part):
    """One row of what is to be decided and done.

    ``by`` is the day, ISO; ``offers`` are codes that the deed is about. What a mailing brings is
    expected, what the offers that are to be stopped have brought was seen: its limits are known of
    one offer, not of several together; ``stop_unless`` says that what it did would not be proven if
    those who left had fared otherwise. Of a question after the level, ``variant`` says whether
    rows or numbers give it away (``told``) or not (``plain``); of a mailing, whether it goes to
    ``both`` those to be won back and those to be kept or is told for ``all`` together. ``paid`` is
    how its money is told, None where there is none to tell; what ``lasts`` goes on until that day.
    Lists of the month ``since`` and later are to be shown to have gone out; had they not,
    ``customers`` would be written to, by assumption alone. ``tried`` of the customers may be chosen
    to be written to alone, at ``tried_cost_roubles``, and ``all_roubles`` is the gain of all
    with its limits.
    ``expected_roubles`` is the gain with its limits,
    ``group_roubles`` what the ``group_customers`` of the whole control group forgo until ``by``
    where that is clearly more.
    ``declined`` and ``steady`` of the ``customers`` are to be won back and to be kept, None where
    either are too few to be told of.
    """

    deed: Deed
    who: Doer
    by: str | None = None
    customers: int = 0
    declined: int | None = None
    steady: int | None = None
    months: int | None = None
    cost_roubles: float | None = None
    gain_roubles: float | None = None
    seen_roubles: Estimate | None = None
    expected_roubles: Estimate | None = None
    all_roubles: Estimate | None = None
    group_roubles: float | None = None
    group_customers: int | None = None
    variant: Variant | None = None
    paid: Paid | None = None
    lasts: bool = False
    since: str | None = None
    tried: int | None = None
    tried_cost_roubles: float | None = None
    offers: list[str] = Field(default_factory=list)


class FunnelStep(Part):
    """How many customers are left, from the export to the lists.

    ``listed`` of those for whom a letter ``pays`` have a place on a list within the limits and not
    with too few others: a step of its own where that is not everyone.
    """

    step: Literal[
        "exported", "scored", "consented", "rested", "pays", "listed", "held_out", "written"
    ]
    customers: int


class DataVerdicts(Part):
    """How revenue and minutes of a customer moved against the month before, beyond chance.

    ``unknown``: fewer than two customers have both months, or the earlier one is zero for all.
    ``stayers_only``: hardly anyone but customers who bought in every month is in the export, so
    that moves are of those who stayed. ``set_aside`` tells whether all of those set aside whose
    level is known have declined. In the newest ``months_alike`` months the same number of as many
    customers had declined, although customers came and went: 0 where that is fewer than three.
    """

    revenue: Course
    minutes: Course
    stayers_only: bool
    set_aside: Literal["all", "some", "unknown"]
    months_alike: int


class LevelVerdicts(Part):
    """How customers who declined differ from the others.

    ``differing`` are the numeric features that differ beyond chance, the strongest first; of the
    first of them, those that a chart shows, ``lower`` are smaller for customers who declined, and
    ``higher`` larger. In the
    month, the median customer who declined spends no less than the others (``spend_no_less``) and
    is on the site for a shorter time (``less_time``); ``revenue_grew`` is his revenue since the
    first month on file. Those who buy most on promotion decline ``more`` or ``less`` often than
    those who hardly do; of ``categories`` and ``promotions`` nothing is concluded where fewer than
    two groups are large enough to be told of. ``repeated_by_others`` tells that the feature with
    the largest variance inflation is worth a word.
    """

    differing: list[str]
    lower: list[str]
    higher: list[str]
    spend_no_less: bool
    less_time: bool
    revenue_grew: bool
    categories: Literal["differ", "alike"] | None
    promotions: Literal["more", "less", "alike"] | None
    promotions_too_few: list[str]
    repeated_by_others: bool


class ModelVerdicts(Part):
    """What the model and the forecast are worth.

    ``curve`` is what turns most scores into probabilities; ``alike_features`` how the chosen family
    takes features that say the same. ``gain`` holds the forecast against the better of doing
    without one, ``tried`` an earlier forecast against the share that came (it expected too many,
    too few, or as many as came; its probabilities agreed with the outcome in fewer groups than they
    ought to: ``trial_missed``), ``record`` the newest edition that counts against the level of
    then in place of its probabilities.
    """

    calibrated: Calibrated
    curve: Literal["isotonic", "sigmoid"]
    alike_features: Literal["trees", "logistic", "distances"] | None
    forecast: ForecastState
    gain: Against | None
    forecast_calibrated: Calibrated | None
    tried: Literal["over", "under", "within"] | None
    trial_missed: bool = False
    record: Against | None


class MoneyVerdicts(Part):
    """How much of the plan is assumed.

    ``tried``: outcomes of mailings have corrected what offers are believed to save.
    ``order_assumed``: under another form of the effect, much of the top of the list would be
    others. ``discount``: some are ``given``; else one can bring more than a letter to ``some``, to
    as many as the smallest list holds but not to half of those whom it suits (``one``), or
    ``never``. ``losses`` of those to be won back are assumed ``apart`` from the others' or
    ``alike``. ``own_terms``: offers differ in
    price or in what they are assumed to save. ``letters_bring_most``: letters without a discount to
    the same customers would bring more than the lists. The control group will tell the share saved
    finer than the share that is assumed (``fine``), or not (``coarse``), or is too small to be
    judged at all (``blind``); None where there is none.
    ``limited``: the cap on contacts or the budget leave out some for whom a letter pays.
    ``by_level``: an offer of the lists is made for the known level. ``capped``: twice some assumed
    share would be more than everything, and everything is taken.
    ``no_lists`` is why there are none; where nothing pays that a rouble spent must bring more than
    itself counts as a reason of its own (``below_return``), and so does what was seen of offers
    (``outcomes_speak_against``). Of the lists of the months
    ``sending_untold``, whose outcomes count, nothing shows that they went out; those of the months
    ``made_late`` were made when their outcome was known already.
    Of ``could_turn`` the finding would be another if all who left one group had cut back, and none
    who left the other.
    """

    tried: bool
    order_assumed: bool
    discount: Literal["never", "one", "some", "given"] | None
    losses: Literal["alike", "apart"]
    own_terms: bool
    letters_bring_most: bool
    hold_out: Literal["fine", "coarse", "blind"] | None = None
    could_turn: list[str] = Field(default_factory=list)
    limited: bool = False
    by_level: bool = False
    capped: bool = False
    no_lists: NoLists | Literal["below_return", "outcomes_speak_against"] | None = None
    sending_untold: list[str] = Field(default_factory=list)
    made_late: list[str] = Field(default_factory=list)


class Verdicts(Part):
    """What page 1 and the headings of the report say, and what the chapters conclude.

    ``chart`` is what page 1 shows: the course of the share of decline, or the three cases.
    ``trusted`` tells what stands behind the probabilities. ``strongest`` is the numeric feature
    whose values differ most between customers who declined and the others.
    """

    headline: Headline
    chart: Literal["course", "cases"] | None
    cases: Cases | None
    red_line: RedLine | None
    actions: list[Action]
    trusted: Literal["forecast", "nowcast", "archived", "nothing"]
    strongest: str | None
    funnel: list[FunnelStep]
    data: DataVerdicts | None = None
    levels: LevelVerdicts | None = None
    model: ModelVerdicts | None = None
    money: MoneyVerdicts | None = None
