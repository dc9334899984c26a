"""Which offer fits whom, and for whom a contact is expected to pay.

Everyone who is scored and has consented is eligible, whatever the risk. Each gets the first of
``OFFERS`` whose trigger fits him and which is expected to pay for him; whoever has no trigger gets
none. A trigger is a plain rule that the snapshot bears out, the spending of the top quarter, or a
favourite category in which decline is really more frequent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import results
from analysis.arrays import Flags
from analysis.money import contact_cost, expected_gain, exposed, monthly_revenue, stake
from analysis.segments.category_tests import compare_categories, favours
from analysis.segments.experiment import draw_control
from analysis.segments.rules import learn_rules
from analysis.settings import Settings

TOP_SPENDERS = 0.75
"""Quantile of total revenue from which a customer counts as a top spender."""


@dataclass(frozen=True)
class OfferKind:
    """An offer and what triggers it.

    ``trigger`` is the code of a rule, ``spend`` or ``category``.
    """

    code: str
    trigger: str
    feature: str
    discount: bool


OFFERS = (
    OfferKind("basket", "unpaid_basket", "unpaid_items", discount=True),
    OfferKind("basket_reminder", "unpaid_basket", "unpaid_items", discount=False),
    OfferKind("promotions", "promotion_seeker", "promo_share", discount=True),
    OfferKind("other_categories", "narrow_browsing", "categories_per_visit", discount=False),
    OfferKind("loyalty", "spend", "revenue_total", discount=True),
    OfferKind("favourite_discount", "category", "category", discount=True),
    OfferKind("favourite_category", "category", "category", discount=False),
)


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
    fitting, paying : dict of str to int
        By offer: eligible customers whom the trigger fits, and those for whom it would also pay.
    skipped : dict of str to str
        By offer that has no list: ``no_trigger``, ``does_not_pay``, ``too_few``, ``taken`` (all
        whom it fits have an earlier offer) or ``left_out``.
    without : int
        Eligible customers for whom a letter would pay, but whom no offer fits.
    """

    lists: pd.DataFrame
    left_out: pd.DataFrame
    fitting: dict[str, int]
    paying: dict[str, int]
    skipped: dict[str, Literal["no_trigger", "does_not_pay", "too_few", "taken", "left_out"]]
    without: int


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
    return Triggers(learnt.results, categories, fits, thresholds)


def draw_lists(assigned: pd.DataFrame, triggers: Triggers, settings: Settings, seed: int) -> Drawn:
    """Give everyone eligible the first offer that fits and pays, and keep within the limits.

    Parameters
    ----------
    assigned : DataFrame
        Scored customers in an order of their content, which decides between equal gains.
    """
    consenting = assigned["consent"].to_numpy(dtype=bool)
    eligible = assigned[consenting].reset_index(drop=True)
    fits = {trigger: held[consenting] for trigger, held in triggers.fits.items()}
    costs, gains = _prices(eligible, settings)
    pays = {
        kind.code: fits[kind.trigger] & (gains[kind.discount] > 0)
        for kind in OFFERS
        if kind.trigger in fits
    }
    offer, too_few = _choose(len(eligible), pays, settings)
    discounted = np.isin(offer, [kind.code for kind in OFFERS if kind.discount])
    priced = eligible.assign(
        offer=offer,
        stake=stake(eligible["profit"], settings.money),
        exposed=exposed(eligible["probability"], eligible["profit"], settings.money),
        cost=np.where(discounted, costs[True], costs[False]),
        gain=np.where(discounted, gains[True], gains[False]),
    )
    ranked = priced[offer != ""].sort_values("gain", ascending=False, kind="stable")
    ranked = _with_groups(ranked, settings, seed)
    kept = _within_limits(ranked, settings)
    listed = ranked[kept]
    codes = set(listed["offer"])
    fitting = {kind.code: int(fits[kind.trigger].sum()) for kind in OFFERS if kind.trigger in fits}
    paying = {code: int(held.sum()) for code, held in pays.items()}
    return Drawn(
        lists=listed.reset_index(drop=True),
        left_out=ranked[~kept].reset_index(drop=True),
        fitting=fitting,
        paying=paying,
        skipped={
            kind.code: _why_skipped(kind.code, fitting, paying, too_few, set(ranked["offer"]))
            for kind in OFFERS
            if kind.code not in codes
        },
        without=int(((offer == "") & (gains[False] > 0)).sum()),
    )


def _prices(
    eligible: pd.DataFrame, settings: Settings
) -> tuple[dict[bool, NDArray[np.float64]], dict[bool, NDArray[np.float64]]]:
    """Cost and expected gain of a contact with each customer, by whether it has a discount."""
    at_risk = exposed(eligible["probability"], eligible["profit"], settings.money)
    revenue = monthly_revenue(eligible)
    costs = {
        discount: contact_cost(revenue, settings.money, discount) for discount in (False, True)
    }
    return costs, {
        discount: expected_gain(at_risk, cost, settings.money) for discount, cost in costs.items()
    }


def _choose(
    size: int, pays: Mapping[str, Flags], settings: Settings
) -> tuple[NDArray[np.object_], set[str]]:
    """Give everyone the first offer; an offer that too few would get is dropped, then again."""
    made = list(pays)
    dropped: set[str] = set()
    while True:
        offer = np.full(size, "", dtype=object)
        for code in made:
            offer[(offer == "") & pays[code]] = code
        sizes = {code: int((offer == code).sum()) for code in made}
        short = [code for code in made if 0 < sizes[code] < settings.offers.smallest_list]
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
    return ranked.assign(
        control=control,
        letter=letter,
        spent=np.where(control, 0.0, price),
        saved=np.where(control, 0.0, ranked["exposed"] * settings.money.share_saved),
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
    code: str,
    fitting: Mapping[str, int],
    paying: Mapping[str, int],
    too_few: set[str],
    ranked: set[str],
) -> Literal["no_trigger", "does_not_pay", "too_few", "taken", "left_out"]:
    if not fitting.get(code):
        return "no_trigger"
    if not paying[code]:
        return "does_not_pay"
    if code in ranked:
        return "left_out"
    return "too_few" if code in too_few else "taken"
