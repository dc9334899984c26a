"""Named plans of whom to contact with what: priced, and the best of them recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Counts, Flags, Floats, Rows
from analysis.segments.contacts import Contacts, of_their_offers
from analysis.settings import Settings
from analysis.statistics.small_cells import is_small

DEPTH_STEPS = 40
"""Stretches into which the curve of gain against contacts is cut."""

LEAST = 1e-6
"""Roubles by which sums of prices may be off."""

STRETCH = 10_000
"""Customers who are held against what is left of the limits at a time."""

Plan = Literal["nothing", "letters", "letters_and_discounts", "discounts_first"]
PLANS: tuple[Plan, ...] = get_args(Plan)
"""Of plans that bring as much, the earlier is taken."""


@dataclass(frozen=True, eq=False)
class Allotted:
    """A plan without limits: who gets what, and the offers that too few would get.

    Attributes
    ----------
    contacts : Contacts
        n customers.
    chosen : ndarray of int, shape (n,)
        Place in the book of the offer that everyone gets; -1 for none.
    gain : ndarray of float, shape (n,)
        Of these offers.
    too_few : set of str
    worth : int
        Customers for whom some offer of the plan is worth its cost, those of too few too.
    """

    contacts: Contacts
    chosen: Counts
    gain: Floats
    too_few: set[str]
    worth: int

    @cached_property
    def order(self) -> Rows:
        """Places of those who get an offer, the largest gain first."""
        some = np.flatnonzero(self.chosen >= 0)
        return some[np.argsort(-self.gain[some], kind="stable")]

    def of_offers(self, field: str) -> Floats:
        """Give a price (see `of_their_offers`) of those who get an offer, in their order."""
        return of_their_offers(self.contacts, self.chosen, field)[self.order]

    @property
    def discounted(self) -> Flags:
        """Tell of those who get an offer, in their order, whether it has a discount."""
        kinds = np.array([kind.discounted for kind in self.contacts.book.offers], dtype=bool)
        return kinds[self.chosen[self.order]]

    def ranked(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Give the list: one line per customer who gets an offer, the largest gain first.

        Parameters
        ----------
        columns : sequence of str, optional
            Of the customers, those that are wanted; all by default.

        Returns
        -------
        DataFrame, indexed by the place of the customer
            The columns of the customers with offer, contact and cost (of it without its discount
            and with it), gain, share (of the exposed profit that is saved), tried (whether on such
            customers), the same two of the plain letter, and discounted.
        """
        book, letter = self.contacts.book, self.contacts.letter
        codes = np.array([kind.code for kind in book.offers], dtype=object)
        theirs = self.chosen[self.order]
        customers = self.contacts.customers
        wanted = customers if columns is None else customers[list(columns)]
        return wanted.take(self.order).assign(
            offer=codes[theirs],
            contact=self.of_offers("contact"),
            cost=self.of_offers("cost"),
            gain=self.gain[self.order],
            share=self.of_offers("share"),
            tried=self.of_offers("tried") > 0,
            letter_share=letter.share[self.order],
            letter_tried=letter.tried[self.order],
            discounted=self.discounted,
        )


def allot(contacts: Contacts, plan: Plan, settings: Settings) -> Allotted:
    """Say who gets what under a plan, whatever the limits on contacts and money."""
    wishes = _wishes(contacts, plan)
    chosen, too_few = _choose(contacts, wishes, contacts.book.plain.code, settings)
    worth = np.zeros(len(chosen), dtype=bool)
    for wish in wishes.values():
        worth |= wish > -np.inf
    gain = of_their_offers(contacts, chosen, "gain")
    return Allotted(contacts, chosen, gain, too_few, int(worth.sum()))


def price_allotted(
    allotted: Mapping[Plan, Allotted], settings: Settings
) -> list[results.Alternative]:
    """Add up every plan within the limits, and recommend the one that brings most.

    What counts is the gain less the return that is required of the cost. A plan that would write to
    fewer than may be told of writes to nobody.
    """
    sums, discounts = {}, {}
    for plan, each in allotted.items():
        cost, gain = each.of_offers("cost"), each.gain[each.order]
        kept = within_limits(cost, gain, settings)
        kept &= not is_small(int(kept.sum()), settings.privacy.smallest_cell)
        sums[plan] = (int(kept.sum()), float(cost[kept].sum()), float(gain[kept].sum()))
        discounts[plan] = int(each.discounted[kept].sum())
    best = _best(sums, settings)
    return [
        results.Alternative(
            code=plan,
            customers=customers,
            discounts=discounts[plan],
            cost_roubles=cost,
            gain_roubles=gain,
            recommended=plan == best,
        )
        for plan, (customers, cost, gain) in sums.items()
    ]


def told_plans(priced: Sequence[results.Alternative], smallest: int) -> list[results.Alternative]:
    """Leave out plans that are the same as one that is told, or differ from it by few customers.

    Two plans that differ in the letters or in the discounts of fewer than ``smallest`` customers
    would tell by their difference what these cost. The recommended one is always told, and to write
    to nobody unless that is small.
    """
    told = [recommended(priced)]
    for plan in priced:
        apart = [
            abs(getattr(plan, name) - getattr(each, name))
            for each in told
            for name in ("customers", "discounts")
        ]
        same = any(
            (plan.customers, plan.gain_roubles) == (each.customers, each.gain_roubles)
            for each in told
            if plan.code != "nothing"
        )
        if not (plan.recommended or same or any(is_small(each, smallest) for each in apart)):
            told.append(plan)
    return [plan for plan in priced if plan in told]


def best_plan(contacts: Contacts, settings: Settings) -> Plan:
    """Give the plan of writing that brings most: letters alone where no discount does."""
    if not any(
        contacts.worth[code].any() for code in contacts.book.discounts if code in contacts.worth
    ):
        return "letters"
    allotted = {plan: allot(contacts, plan, settings) for plan in PLANS}
    return followed(allotted, price_allotted(allotted, settings), settings)


def followed(
    allotted: Mapping[Plan, Allotted], priced: Sequence[results.Alternative], settings: Settings
) -> Plan:
    """Give the recommended plan; if it writes to nobody, what the limits may keep from being it."""
    best = recommended(priced).code
    return _best_without_limits(allotted, settings) if best == "nothing" else best


def _best_without_limits(allotted: Mapping[Plan, Allotted], settings: Settings) -> Plan:
    """Give the plan of writing that would bring most if contacts and money had no limits."""
    required = settings.money.required_return

    def net(plan: Plan) -> float:
        each = allotted[plan]
        return float(each.gain[each.order].sum()) - required * float(each.of_offers("cost").sum())

    return max(PLANS[1:], key=lambda plan: (net(plan), -PLANS.index(plan)))


def _best(sums: Mapping[Plan, tuple[int, float, float]], settings: Settings) -> Plan:
    """Give the plan that brings most, by the customers, the cost and the gain of each."""
    required = settings.money.required_return
    return max(
        PLANS, key=lambda plan: (sums[plan][2] - required * sums[plan][1], -PLANS.index(plan))
    )


def worth_contacting(contacts: Contacts, settings: Settings) -> int:
    """Count whom the best plan writes to, without a lot.

    Only where there are limits does it matter who comes first.
    """
    limited = not _without_limits(settings)
    sums = {}
    for plan in PLANS:
        allotted = allot(contacts, plan, settings)
        cost = of_their_offers(contacts, allotted.chosen, "cost")
        kept = allotted.order if limited else np.flatnonzero(allotted.chosen >= 0)
        if limited:
            kept = kept[within_limits(cost[kept], allotted.gain[kept], settings)]
        sums[plan] = (len(kept), float(cost[kept].sum()), float(allotted.gain[kept].sum()))
    return sums[_best(sums, settings)][0]


def _without_limits(settings: Settings) -> bool:
    return settings.offers.most_contacts is None and settings.offers.budget_roubles is None


def price_plans(contacts: Contacts, settings: Settings) -> list[results.Alternative]:
    """Price all plans and recommend the best, without a lot."""
    return price_allotted({plan: allot(contacts, plan, settings) for plan in PLANS}, settings)


def recommended(plans: Sequence[results.Alternative]) -> results.Alternative:
    """Give the plan that is recommended; there is always one, if only to write to nobody."""
    return next(plan for plan in plans if plan.recommended)


def depth(
    contacts: Contacts, ranked: pd.DataFrame, held: Flags, settings: Settings
) -> list[results.DepthPoint]:
    """Add up cost and gain down the lists, then of letters to whom they leave out.

    Among the points is the one from which on half of what the lists bring is there; none is of
    fewer than may be told of.

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
        if not is_small(int(at), settings.privacy.smallest_cell)
    ]


def within_limits(
    cost: Floats, gain: Floats, settings: Settings, free: Flags | None = None
) -> Flags:
    """Tell who of a list is kept within the contacts and the budget.

    Down the list, and, where a budget meets prices that differ, down the gain per rouble too: of
    the two, the one that keeps more of the gain. A greedy choice is not always the best one.

    Parameters
    ----------
    cost, gain : ndarray of float, shape (n,)
        What each contact would cost and bring, the largest gain first.
    free : ndarray of bool, shape (n,), optional
        Who uses neither up: kept where a contact with him would still have fitted.
    """
    if _without_limits(settings):
        return np.ones(len(cost), dtype=bool)
    free = np.zeros(len(cost), dtype=bool) if free is None else free
    kept = down_the_list(cost, settings, free)
    if settings.offers.budget_roubles is None or not len(cost) or np.ptp(cost) == 0:
        return kept
    order = np.argsort(-gain / np.maximum(cost, LEAST), kind="stable")
    other = np.zeros(len(cost), dtype=bool)
    other[order] = down_the_list(cost[order], settings, free[order])
    return other if gain[other & ~free].sum() > gain[kept & ~free].sum() else kept


def down_the_list(cost: Floats, settings: Settings, free: Flags) -> Flags:
    """Go down a list and keep whoever still fits."""
    cap, budget = settings.offers.most_contacts, settings.offers.budget_roubles
    kept = np.zeros(len(cost), dtype=bool)
    uses = ~free
    contacts_left = np.inf if cap is None else float(cap)
    left = np.inf if budget is None else float(budget) + LEAST
    for start in range(0, len(cost), STRETCH):
        rows = np.arange(start, min(start + STRETCH, len(cost)))
        while contacts_left >= 1:
            rows = rows[cost[rows] <= left]
            if not rows.size:
                break
            money = np.subtract.accumulate(np.append(left, np.where(uses[rows], cost[rows], 0.0)))
            contacts = contacts_left - np.append(0, np.cumsum(uses[rows]))
            fits = (cost[rows] <= money[:-1]) & (contacts[:-1] >= 1)
            end = len(rows) if fits.all() else int(fits.argmin())
            kept[rows[:end]] = True
            left, contacts_left = float(money[end]), float(contacts[end])
            rows = rows[end:]
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
    contacts: Contacts, wishes: Mapping[str, Floats], plain: str, settings: Settings
) -> tuple[Counts, set[str]]:
    """Give everyone what is wished most; an offer that too few would get is dropped, then again.

    Returns
    -------
    Place in the book of everyone's offer, -1 for none; and the offers that were dropped.
    """
    places = {kind.code: place for place, kind in enumerate(contacts.book.offers)}
    made = list(wishes)
    dropped: set[str] = set()
    while True:
        chosen = np.full(len(contacts.customers), -1, dtype=np.int64)
        wished = np.full(len(chosen), -np.inf)
        for code in made:
            np.copyto(chosen, places[code], where=wishes[code] > wished)
            np.maximum(wished, wishes[code], out=wished)
        counts = np.bincount(chosen + 1, minlength=len(places) + 1)
        sizes = {code: int(counts[places[code] + 1]) for code in made if code != plain}
        short = [code for code in sizes if is_small(sizes[code], settings.offers.smallest_list)]
        if not short:
            return chosen, dropped
        smallest = min(short, key=lambda code: sizes[code])
        made.remove(smallest)
        dropped.add(smallest)
