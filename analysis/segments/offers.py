"""Which plan brings most, and which offer fits whom.

Everyone who is scored and has consented is eligible, whatever the risk, and gets a contact if one
is expected to pay for him. Named plans are priced (``PLANS``) and the best is taken. What is
written is the first of ``OFFERS`` that fits: a trigger is a plain rule that the snapshot bears out,
the spending of the top quarter, or a favourite category in which decline is really more frequent;
whom no trigger fits gets the plain letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import results
from analysis.arrays import Flags, Floats
from analysis.money import (
    contact_cost,
    expected_gain,
    exposed,
    monthly_revenue,
    pays,
    share_saved,
    stake,
)
from analysis.segments.category_tests import compare_categories, favours
from analysis.segments.experiment import draw_control
from analysis.segments.rules import learn_rules
from analysis.settings import Settings

TOP_SPENDERS = 0.75
"""Quantile of total revenue from which a customer counts as a top spender."""


@dataclass(frozen=True)
class OfferKind:
    """An offer and what triggers it.

    ``trigger`` is the code of a rule, ``spend``, ``category`` or ``everyone``.
    """

    code: str
    trigger: str
    feature: str
    discount: bool


OFFERS = (
    OfferKind("basket", "unpaid_basket", "unpaid_items", discount=True),
    OfferKind("promotions", "promotion_seeker", "promo_share", discount=True),
    OfferKind("loyalty", "spend", "revenue_total", discount=True),
    OfferKind("favourite_discount", "category", "category", discount=True),
    OfferKind("basket_reminder", "unpaid_basket", "unpaid_items", discount=False),
    OfferKind("other_categories", "narrow_browsing", "categories_per_visit", discount=False),
    OfferKind("favourite_category", "category", "category", discount=False),
    OfferKind("letter", "everyone", "", discount=False),
)
"""In the order of their priority. A discount is made only where it beats the letter, so no letter
stands before one."""

DEPTH_STEPS = 40
"""Stretches into which the curve of gain against contacts is cut."""

PLAIN = "letter"
"""The offer for whom no other fits; its list is made however short it is."""

Plan = Literal["nothing", "letters", "letters_and_discounts", "discounts_first"]
PLANS: tuple[Plan, ...] = get_args(Plan)
"""Of plans that bring as much, the earlier is taken."""


@dataclass(frozen=True)
class Triggers:
    """What triggers offers in one month.

    Attributes
    ----------
    fits : dict of str to ndarray of bool, shape (n_scored,)
        By trigger; one that the snapshot does not have is absent.
    thresholds : dict of str to float
        By trigger, of those that have one number.
    """

    rules: results.RulesResults
    categories: list[results.CategoryTest]
    fits: dict[str, Flags]
    thresholds: dict[str, float]


@dataclass(frozen=True)
class Drawn:
    """The lists of a month.

    Attributes
    ----------
    lists : DataFrame
        One line per listed customer, the largest expected gain first: the columns of the
        customers with offer, exposed and stake; cost and gain of the offer, whoever the draw gives
        it to; control and letter, who by the draw gets nothing or the letter without its discount;
        spent and saved, what that costs and keeps of the exposed profit by the settings.
    left_out : DataFrame
        Whom the cap on contacts or the budget left out, in the same columns.
    alternatives : list of Alternative
        All of ``PLANS``; the lists are those of the recommended one, less the control group.
    depth : list of DepthPoint
        Of the recommended plan without limits, and beyond it letters to all others.
    fitting, paying : dict of str to int
        By offer: eligible customers whom the trigger fits, and those for whom it would also pay (a
        discount: bring more than a letter).
    skipped : dict of str to str
        By offer that has no list, why (see ``analysis.results.segments.SkipReason``).
    """

    lists: pd.DataFrame
    left_out: pd.DataFrame
    alternatives: list[results.Alternative]
    depth: list[results.DepthPoint]
    fitting: dict[str, int]
    paying: dict[str, int]
    skipped: dict[str, results.SkipReason]

    @property
    def recommended(self) -> results.Alternative:
        """The plan that the lists follow."""
        return recommended(self.alternatives)


def find_triggers(assigned: pd.DataFrame, settings: Settings, seed: int) -> Triggers:
    """Learn what triggers offers from all scored customers (see ``assign``, ``learn_rules``)."""
    learnt = learn_rules(assigned, settings, seed)
    categories = compare_categories(assigned)
    fits: dict[str, Flags] = {
        str(code): np.asarray(learnt.fits[code], dtype=bool) for code in learnt.fits
    }
    limits = {rule.code: rule.limits for rule in learnt.results.rules}
    thresholds = {code: limits[code][0].value for code in fits if len(limits[code]) == 1}
    if assigned["revenue_total"].nunique() > 1:
        thresholds["spend"] = float(assigned["revenue_total"].quantile(TOP_SPENDERS))
        fits["spend"] = np.asarray(assigned["revenue_total"] > thresholds["spend"])
    if any(each.telling for each in categories):
        fits["category"] = favours(assigned, categories)
    fits["everyone"] = np.ones(len(assigned), dtype=bool)
    return Triggers(learnt.results, categories, fits, thresholds)


@dataclass(frozen=True, eq=False)
class Prices:
    """What contacts cost and bring, in roubles, and for whom they pay; arrays of shape (n,)."""

    cost: Floats
    gain: Floats
    pays: Flags


@dataclass(frozen=True, eq=False)
class Contacts:
    """Those who may be contacted, and what a contact with each is worth.

    Attributes
    ----------
    customers : DataFrame, n rows
        With exposed and stake.
    fits : dict of str to ndarray of bool, shape (n,)
        By trigger.
    letter, discount : Prices
    worth : dict of str to ndarray of bool, shape (n,)
        By offer, in the order of ``OFFERS``: whom it fits and for whom it pays; a discount: for
        whom it also brings more than the letter without it.
    """

    customers: pd.DataFrame
    fits: dict[str, Flags]
    letter: Prices
    discount: Prices
    worth: dict[str, Flags]


def price_contacts(assigned: pd.DataFrame, triggers: Triggers, settings: Settings) -> Contacts:
    """Price a contact with everyone who has consented to it."""
    consenting, money = assigned["consent"].to_numpy(dtype=bool), settings.money
    eligible = assigned[consenting].reset_index(drop=True)
    fits = {trigger: held[consenting] for trigger, held in triggers.fits.items()}
    at_risk = exposed(eligible["probability"], eligible["profit"], money)
    revenue = monthly_revenue(eligible)
    prices = []
    for discount in (False, True):
        cost = contact_cost(revenue, money, discount)
        gain = expected_gain(at_risk, cost, money, discount)
        prices.append(Prices(cost, gain, pays(gain, cost, money)))
    letter, with_discount = prices
    more, dearer = with_discount.gain - letter.gain, with_discount.cost - letter.cost
    paying = {False: letter.pays, True: with_discount.pays & pays(more, dearer, money)}
    return Contacts(
        customers=eligible.assign(stake=stake(eligible["profit"], money), exposed=at_risk),
        fits=fits,
        letter=letter,
        discount=with_discount,
        worth={
            kind.code: fits[kind.trigger] & paying[kind.discount]
            for kind in OFFERS
            if kind.trigger in fits
        },
    )


def draw_lists(contacts: Contacts, settings: Settings, seed: int) -> Drawn:
    """Price all plans, take the best, and draw who of it gets nothing or a letter alone.

    Parameters
    ----------
    contacts : Contacts
        Customers in an order of their content, which decides between equal gains.
    """
    allotted = {plan: _allot(contacts, plan, settings) for plan in PLANS}
    alternatives = _priced(allotted, settings)
    best = recommended(alternatives).code
    ranked = _with_groups(allotted[best].ranked, settings, seed)
    kept = _within_limits(ranked, settings)
    listed = ranked[kept]
    codes = set(listed["offer"])
    fits = contacts.fits
    fitting = {kind.code: int(fits[kind.trigger].sum()) for kind in OFFERS if kind.trigger in fits}
    paying = {code: int(held.sum()) for code, held in contacts.worth.items()}
    too_few = allotted[best].too_few
    return Drawn(
        lists=listed.reset_index(drop=True),
        left_out=ranked[~kept].reset_index(drop=True),
        alternatives=alternatives,
        depth=_depth(contacts, allotted[best].ranked),
        fitting=fitting,
        paying=paying,
        skipped={
            kind.code: _why_skipped(kind, best, fitting, paying, too_few, set(ranked["offer"]))
            for kind in OFFERS
            if kind.code not in codes
        },
    )


def recommended(plans: Sequence[results.Alternative]) -> results.Alternative:
    """Give the plan that is recommended; there is always one, if only to write to nobody."""
    return next(plan for plan in plans if plan.recommended)


def price_plans(contacts: Contacts, settings: Settings) -> list[results.Alternative]:
    """Price all plans and recommend the best, without a draw."""
    return _priced({plan: _allot(contacts, plan, settings) for plan in PLANS}, settings)


@dataclass(frozen=True)
class _Allotted:
    """A plan: who gets what, the largest gain first, and the offers that too few would get."""

    ranked: pd.DataFrame
    too_few: set[str]


def _allot(contacts: Contacts, plan: Plan, settings: Settings) -> _Allotted:
    worth = dict(contacts.worth)
    letter, discount = contacts.letter, contacts.discount
    if plan == "nothing":
        worth = {}
    elif plan == "letters":
        letters = {kind.code for kind in OFFERS if not kind.discount}
        worth = {code: held for code, held in worth.items() if code in letters}
    elif plan == "discounts_first":
        worth |= {
            kind.code: contacts.fits[kind.trigger] & discount.pays
            for kind in OFFERS
            if kind.discount and kind.code in worth
        }
    offer, too_few = _choose(len(contacts.customers), worth, settings)
    discounted = np.isin(offer, [kind.code for kind in OFFERS if kind.discount])
    priced = contacts.customers.assign(
        offer=offer,
        cost=np.where(discounted, discount.cost, letter.cost),
        gain=np.where(discounted, discount.gain, letter.gain),
        discounted=discounted,
    )
    ranked = priced[offer != ""].sort_values("gain", ascending=False, kind="stable")
    return _Allotted(ranked, too_few)


def _priced(allotted: Mapping[Plan, _Allotted], settings: Settings) -> list[results.Alternative]:
    """Add up every plan within the limits, and recommend the one that brings most.

    What counts is the gain less the return that is required of the cost.
    """
    sums = {}
    for plan, each in allotted.items():
        nobody = np.zeros(len(each.ranked), dtype=bool)
        everyone = each.ranked.assign(control=nobody, letter=nobody, spent=each.ranked["cost"])
        kept = everyone[_within_limits(everyone, settings)]
        sums[plan] = (len(kept), float(kept["cost"].sum()), float(kept["gain"].sum()))
    required = settings.money.required_return
    best = max(
        PLANS, key=lambda plan: (sums[plan][2] - required * sums[plan][1], -PLANS.index(plan))
    )
    return [
        results.Alternative(
            code=plan,
            customers=customers,
            cost_roubles=cost,
            gain_roubles=gain,
            recommended=plan == best,
        )
        for plan, (customers, cost, gain) in sums.items()
    ]


def _depth(contacts: Contacts, ranked: pd.DataFrame) -> list[results.DepthPoint]:
    """Add up cost and gain down the list of a plan, then of letters to whom it leaves out."""
    cost, gain = contacts.letter.cost.copy(), contacts.letter.gain.copy()
    cost[ranked.index], gain[ranked.index] = ranked["cost"], ranked["gain"]
    planned = np.zeros(len(gain), dtype=bool)
    planned[ranked.index] = True
    order = np.lexsort((-gain, ~planned))
    costs, gains = (np.concatenate([[0.0], np.cumsum(each[order])]) for each in (cost, gain))
    steps = np.linspace(0, len(gain), DEPTH_STEPS + 1).round().astype(int)
    return [
        results.DepthPoint(
            contacts=int(at), cost_roubles=float(costs[at]), gain_roubles=float(gains[at])
        )
        for at in np.unique([*steps, len(ranked)])
    ]


def _choose(
    size: int, worth: Mapping[str, Flags], settings: Settings
) -> tuple[NDArray[np.object_], set[str]]:
    """Give everyone the first offer; an offer that too few would get is dropped, then again."""
    made = list(worth)
    dropped: set[str] = set()
    while True:
        offer = np.full(size, "", dtype=object)
        for code in made:
            offer[(offer == "") & worth[code]] = code
        sizes = {code: int((offer == code).sum()) for code in made if code != PLAIN}
        short = [code for code in sizes if 0 < sizes[code] < settings.offers.smallest_list]
        if not short:
            return offer, dropped
        smallest = min(short, key=lambda code: sizes[code])
        made.remove(smallest)
        dropped.add(smallest)


def _with_groups(ranked: pd.DataFrame, settings: Settings, seed: int) -> pd.DataFrame:
    """Draw, in every list by itself, who gets nothing and who a letter without the discount."""
    control = np.zeros(len(ranked), dtype=bool)
    letter = np.zeros(len(ranked), dtype=bool)
    for place, kind in enumerate(OFFERS):
        inside = np.flatnonzero(ranked["offer"] == kind.code)
        rng = np.random.default_rng([seed, place])
        control[inside] = draw_control(len(inside), settings.offers.hold_out, rng)
        if kind.discount:
            others = inside[~control[inside]]
            letter[others] = draw_control(len(others), settings.offers.letter_arm, rng)
    price = np.where(letter, settings.money.contact_cost, ranked["cost"])
    with_discount = ranked["discounted"].to_numpy(dtype=bool) & ~letter
    share = np.where(
        with_discount, share_saved(settings.money, True), share_saved(settings.money, False)
    )
    return ranked.assign(
        control=control,
        letter=letter,
        spent=np.where(control, 0.0, price),
        saved=np.where(control, 0.0, ranked["exposed"] * share),
    )


def _within_limits(ranked: pd.DataFrame, settings: Settings) -> Flags:
    """Go down the list and keep whoever still fits into the contacts and the budget.

    Only those who get an offer use either up; a customer of the control group is kept where an
    offer to him would still have fitted. A list with nobody to write to is dropped.
    """
    cap, budget = settings.offers.most_contacts, settings.offers.budget_roubles
    if cap is None and budget is None:
        return np.ones(len(ranked), dtype=bool)
    contacts_left = np.inf if cap is None else float(cap)
    left = np.inf if budget is None else budget
    kept = np.zeros(len(ranked), dtype=bool)
    costs = np.where(ranked["letter"], ranked["spent"], ranked["cost"]).tolist()
    controls = ranked["control"].tolist()
    for row, (cost, control) in enumerate(zip(costs, controls, strict=True)):
        kept[row] = contacts_left >= 1 and cost <= left
        if kept[row] and not control:
            contacts_left -= 1
            left -= cost
    written = set(ranked.loc[kept & ~ranked["control"], "offer"])
    with_treated: Flags = ranked["offer"].isin(written).to_numpy(dtype=bool)
    return kept & with_treated


def _why_skipped(
    kind: OfferKind,
    plan: Plan,
    fitting: Mapping[str, int],
    paying: Mapping[str, int],
    too_few: set[str],
    ranked: set[str],
) -> results.SkipReason:
    if not fitting.get(kind.code):
        return "no_trigger"
    if not paying[PLAIN] and not paying[kind.code]:
        return "does_not_pay"
    if kind.discount and (plan == "letters" or not paying[kind.code]):
        return "no_better"
    if not paying[kind.code]:
        return "does_not_pay"
    if kind.code in ranked:
        return "left_out"
    return "too_few" if kind.code in too_few else "taken"
