"""Named plans of whom to contact with what: priced, and the best of them recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import results
from analysis.arrays import Flags, Floats
from analysis.segments.contacts import Contacts, of_their_offers
from analysis.settings import Settings

DEPTH_STEPS = 40
"""Stretches into which the curve of gain against contacts is cut."""

Plan = Literal["nothing", "letters", "letters_and_discounts", "discounts_first"]
PLANS: tuple[Plan, ...] = get_args(Plan)
"""Of plans that bring as much, the earlier is taken."""


@dataclass(frozen=True, eq=False)
class Allotted:
    """A plan without limits: who gets what, and the offers that too few would get.

    Attributes
    ----------
    ranked : DataFrame
        The largest gain first: the columns of the customers with offer, contact and cost (of it
        without its discount and with it), gain, share (of the exposed profit that is saved), tried
        (whether on such customers), the same two of the plain letter, and
        discounted.
    """

    ranked: pd.DataFrame
    too_few: set[str]


def allot(contacts: Contacts, plan: Plan, settings: Settings) -> Allotted:
    """Say who gets what under a plan, whatever the limits on contacts and money."""
    wishes, plain = _wishes(contacts, plan), contacts.book.plain.code
    offer, too_few = _choose(len(contacts.customers), wishes, plain, settings)
    priced = contacts.customers.assign(
        offer=offer,
        contact=of_their_offers(contacts, offer, "contact"),
        cost=of_their_offers(contacts, offer, "cost"),
        gain=of_their_offers(contacts, offer, "gain"),
        share=of_their_offers(contacts, offer, "share"),
        tried=of_their_offers(contacts, offer, "tried") > 0,
        letter_share=contacts.letter.share,
        letter_tried=contacts.letter.tried,
        discounted=np.isin(offer, contacts.book.discounts),
    )
    ranked = priced[offer != ""].sort_values("gain", ascending=False, kind="stable")
    return Allotted(ranked, too_few)


def price_allotted(
    allotted: Mapping[Plan, Allotted], settings: Settings
) -> list[results.Alternative]:
    """Add up every plan within the limits, and recommend the one that brings most.

    What counts is the gain less the return that is required of the cost.
    """
    sums = {}
    for plan, each in allotted.items():
        kept = each.ranked[within_limits(each.ranked["cost"].to_numpy(), settings)]
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


def price_plans(contacts: Contacts, settings: Settings) -> list[results.Alternative]:
    """Price all plans and recommend the best, without a lot."""
    bare = replace(contacts, customers=contacts.customers[["id"]])
    return price_allotted({plan: allot(bare, plan, settings) for plan in PLANS}, settings)


def recommended(plans: Sequence[results.Alternative]) -> results.Alternative:
    """Give the plan that is recommended; there is always one, if only to write to nobody."""
    return next(plan for plan in plans if plan.recommended)


def depth(contacts: Contacts, ranked: pd.DataFrame, held: Flags) -> list[results.DepthPoint]:
    """Add up cost and gain down the lists, then of letters to whom they leave out.

    Among the points is the one from which on half of what the lists bring is there.

    Parameters
    ----------
    contacts : Contacts
        Of n customers.
    ranked : DataFrame
        The lists: place among the customers as index; spent, and saved of the exposed profit.
    held : ndarray of bool, shape (n,)
        Who gets nothing by the lot, on a list or not.
    """
    ranked = ranked[~held[ranked.index]]
    cost, gain = contacts.letter.cost.copy(), contacts.letter.gain.copy()
    cost[ranked.index], gain[ranked.index] = ranked["spent"], ranked["saved"] - ranked["spent"]
    planned = np.zeros(len(gain), dtype=bool)
    planned[ranked.index] = True
    order = np.lexsort((-gain, ~planned))
    order = order[~held[order]]
    costs, gains = (np.concatenate([[0.0], np.cumsum(each[order])]) for each in (cost, gain))
    steps = np.linspace(0, len(order), DEPTH_STEPS + 1).round().astype(int)
    half = int(np.argmax(2 * gains[: len(ranked) + 1] >= gains[len(ranked)]))
    return [
        results.DepthPoint(
            contacts=int(at), cost_roubles=float(costs[at]), gain_roubles=float(gains[at])
        )
        for at in np.unique([*steps, half, len(ranked)])
    ]


def within_limits(cost: Floats, settings: Settings, free: Flags | None = None) -> Flags:
    """Go down a list and keep whoever still fits into the contacts and the budget.

    Parameters
    ----------
    cost : ndarray of float, shape (n,)
        What each contact would cost.
    free : ndarray of bool, shape (n,), optional
        Who uses neither up: kept where a contact with him would still have fitted.
    """
    cap, budget = settings.offers.most_contacts, settings.offers.budget_roubles
    kept = np.ones(len(cost), dtype=bool)
    if cap is None and budget is None:
        return kept
    contacts_left = np.inf if cap is None else float(cap)
    left = np.inf if budget is None else budget
    using = np.ones(len(cost), dtype=bool) if free is None else ~free
    for row, (price, uses) in enumerate(zip(cost.tolist(), using.tolist(), strict=True)):
        kept[row] = contacts_left >= 1 and price <= left
        if kept[row] and uses:
            contacts_left -= 1
            left -= price
    return kept


def _wishes(contacts: Contacts, plan: Plan) -> dict[str, Floats]:
    """By offer, how much a plan wants everyone to have it; minus infinity for not at all.

    Of offers that are wanted as much the first is made: letters before discounts, and either in
    the order of the book.
    """
    if plan == "nothing":
        return {}
    wishes = {}
    for kind in sorted(contacts.book.offers, key=lambda kind: kind.discounted):
        if kind.code not in contacts.fits or (kind.discounted and plan == "letters"):
            continue
        price = contacts.prices[kind.code]
        if kind.discounted and plan == "discounts_first":
            wanted = contacts.fits[kind.code] & price.pays
            wishes[kind.code] = np.where(wanted, np.inf, -np.inf)
        else:
            wishes[kind.code] = np.where(contacts.worth[kind.code], price.net, -np.inf)
    return wishes


def _choose(
    size: int, wishes: Mapping[str, Floats], plain: str, settings: Settings
) -> tuple[NDArray[np.object_], set[str]]:
    """Give everyone what is wished most; an offer that too few would get is dropped, then again."""
    made = list(wishes)
    dropped: set[str] = set()
    while True:
        offer = np.full(size, "", dtype=object)
        if made and size:
            table = np.stack([wishes[code] for code in made])
            best = table.argmax(axis=0)
            wished = table[best, np.arange(size)] > -np.inf
            offer[wished] = np.array(made, dtype=object)[best[wished]]
        sizes = {code: int((offer == code).sum()) for code in made if code != plain}
        short = [code for code in sizes if 0 < sizes[code] < settings.offers.smallest_list]
        if not short:
            return offer, dropped
        smallest = min(short, key=lambda code: sizes[code])
        made.remove(smallest)
        dropped.add(smallest)
