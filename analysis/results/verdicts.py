"""What the report concludes: verdicts and rows, each a code that a language has a sentence for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Part, Proportion

State = Literal["unknown", "declined", "same", "as_before", "more", "fewer"]
Decision = Literal["write", "write_if_unit", "nothing_pays", "nobody_left", "no_model"]
RedLineCode = Literal["strayed", "unit", "unit_and_level", "level_rule", "untried", "archived"]
Doer = Literal["finance", "export", "marketing", "director"]
Deed = Literal[
    "ask_unit",
    "ask_level",
    "ask_both",
    "write",
    "write_if_unit",
    "write_some_discounts",
    "hold_out",
    "stop_offers",
]


class Headline(Part):
    """The message of the month.

    ``before`` is the month that the share of decline was held against, right before this one;
    ``change`` the difference of the shares. ``customers`` are written to and bring ``gain_roubles``
    beyond what it costs.
    """

    state: State
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
    have to save for either extreme; below zero they lose ``saved_worst_lost`` of it.
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


class RedLine(Part):
    """The one assumption or fault that would overturn everything.

    ``overturns`` tells that nothing would pay if the profit were in the other unit. The same
    letters would then bring ``other_gain_roubles``, and profit would be ``other_share`` of revenue.
    """

    code: RedLineCode
    overturns: bool = False
    other_gain_roubles: float | None = None
    other_share: float | None = None


class Action(Part):
    """One row of what is to be decided and done.

    ``by`` is the day, ISO; ``offers`` are codes that the deed is about. What a mailing brings is
    expected, what an offer that is to be stopped has brought was seen.
    """

    deed: Deed
    who: Doer
    by: str | None = None
    customers: int = 0
    declined: int = 0
    steady: int = 0
    months: int | None = None
    cost_roubles: float | None = None
    gain_roubles: float | None = None
    offers: list[str] = Field(default_factory=list)


class FunnelStep(Part):
    """How many customers are left, from the export to the lists."""

    step: Literal["exported", "scored", "consented", "rested", "pays", "held_out", "written"]
    customers: int


class Verdicts(Part):
    """What page 1 and the headings of the report say.

    ``chart`` is what page 1 shows: the course of the share of decline, or the three cases.
    ``trusted`` tells what stands behind the probabilities. ``strongest`` is the numeric feature
    whose values differ most between customers who declined and the others. ``half_depth`` contacts,
    the most gainful first, bring half of what the recommended plan brings, control group and all.
    """

    headline: Headline
    chart: Literal["course", "cases"] | None
    cases: Cases | None
    red_line: RedLine | None
    actions: list[Action]
    trusted: Literal["forecast", "nowcast", "archived", "nothing"]
    strongest: str | None
    half_depth: int | None
    funnel: list[FunnelStep]
