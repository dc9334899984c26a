"""Offers: whom they suit, who gets them, what their lists cost and bring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Part


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
