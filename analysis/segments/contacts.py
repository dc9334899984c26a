"""What a contact with a customer costs and brings, offer by offer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags, Floats
from analysis.money import (
    DiscountBase,
    contact_cost,
    discount_base,
    expected_gain,
    pays,
    stake,
    to_win_back,
)
from analysis.segments.offer_book import OfferBook, OfferKind
from analysis.segments.offers import Triggers
from analysis.settings import Money, Settings
from analysis.snapshot.ids import among

NOT_CARRIED = ("service", "state", "reason", "twin_of", "source", "score", "forecast")
"""What no list needs to know of a customer."""


Bases = Mapping[DiscountBase, "pd.Series[float]"]
"""What discounts are shares of, in roubles a customer."""


@dataclass(frozen=True)
class Shares:
    """What share of the exposed profit offers save, by offer.

    Attributes
    ----------
    tried, untried : mapping of str to float
        On those to be kept whom the offer fits before any other of its kind, as earlier mailings
        tried it on them; and on all others to be kept (see ``_tried_on``).
    win_back_tried, win_back_untried : mapping of str to float
        The same of those to be won back.
    """

    tried: Mapping[str, float]
    untried: Mapping[str, float]
    win_back_tried: Mapping[str, float]
    win_back_untried: Mapping[str, float]

    @classmethod
    def believed(
        cls,
        tried: Mapping[str, float],
        untried: Mapping[str, float],
        win_back: Mapping[str, float],
    ) -> Shares:
        """Give the shares where offers save by so much more on those to be won back."""
        more = ({code: each[code] + win_back[code] for code in each} for each in (tried, untried))
        return cls(tried, untried, *more)

    @property
    def differ(self) -> bool:
        """Whether anything else is saved on those to be won back than on those to be kept."""
        return (self.tried, self.untried) != (self.win_back_tried, self.win_back_untried)

    def times(self, factor: float) -> Shares:
        """Give so many times these shares, none of them above 1."""
        return Shares(
            *(
                {code: min(share * factor, 1.0) for code, share in shares.items()}
                for shares in (
                    self.tried,
                    self.untried,
                    self.win_back_tried,
                    self.win_back_untried,
                )
            )
        )

    def beyond(self, factor: float) -> bool:
        """Tell whether so many times these shares would be above 1 anywhere."""
        every = (self.tried, self.untried, self.win_back_tried, self.win_back_untried)
        return any(share * factor > 1 for shares in every for share in shares.values())

    def of(
        self, offer: pd.Series[str], tried: pd.Series[bool] | Flags, level: pd.Series[str]
    ) -> Floats:
        """Give what is saved on customers by the offers that they get."""
        places, codes = pd.factorize(offer)
        lost, on_them = to_win_back(level), np.asarray(tried, dtype=bool)
        shares = np.zeros(len(places))
        for place, code in enumerate(codes):
            theirs = places == place
            shares[theirs] = self.of_offer(code, on_them[theirs], lost[theirs])
        return shares

    def of_offer(self, code: str, tried: Flags, lost: Flags) -> Floats:
        """Give what one offer saves, by on whom it was tried and who is to be won back."""
        to_keep = np.where(tried, self.tried[code], self.untried[code])
        if not self.differ:
            return to_keep
        won_back = np.where(tried, self.win_back_tried[code], self.win_back_untried[code])
        return np.where(lost, won_back, to_keep)


@dataclass(frozen=True, eq=False)
class Prices:
    """What contacts with one offer cost and bring, in roubles; arrays of shape (n,).

    Attributes
    ----------
    contact, cost
        Of the same letter without its discount, and with it.
    net
        The gain less the return that is required of the cost: of two offers that pay, the one with
        the larger net is made.
    pays
        For whom the contact brings something, and no less than is required.
    share
        Of the exposed profit that is saved.
    tried
        On whom earlier mailings tried the offer, if they did.
    """

    contact: Floats
    cost: Floats
    gain: Floats
    net: Floats
    pays: Flags
    share: Floats
    tried: Flags


@dataclass(frozen=True, eq=False)
class Contacts:
    """Those who may be contacted, and what a contact with each is worth.

    Attributes
    ----------
    customers : DataFrame, n rows
        With exposed and stake.
    fits : dict of str to ndarray of bool, shape (n,)
        By offer, in the order of the book, of those whose trigger the snapshot has.
    prices : dict of str to Prices
        By offer, whether it fits or not.
    worth : dict of str to ndarray of bool, shape (n,)
        By offer: whom it fits, for whom it pays, and for whom it is worth no less than the plain
        letter (a discount: more).
    """

    book: OfferBook
    customers: pd.DataFrame
    fits: dict[str, Flags]
    prices: dict[str, Prices]
    worth: dict[str, Flags]

    @property
    def letter(self) -> Prices:
        """The plain letter's."""
        return self.prices[self.book.plain.code]

    @cached_property
    def bases(self) -> Bases:
        """What discounts are shares of."""
        return discount_bases(self.customers, self.book)


def shares_saved(money: Money, book: OfferBook) -> dict[str, float]:
    """Give the share of the exposed profit that each offer is assumed to save."""
    return {kind.code: kind.saves(money) for kind in book.offers}


def win_back_more(money: Money, book: OfferBook) -> dict[str, float]:
    """Give by how much more each offer is assumed to save on those to be won back."""
    lost = money.to_win_back
    return {kind.code: kind.saves(lost) - kind.saves(money) for kind in book.offers}


def discount_bases(customers: pd.DataFrame, book: OfferBook) -> Bases:
    """Give what the discounts of the offers are shares of."""
    named = {kind.discount_of for kind in book.offers}
    return {of: discount_base(customers, of) for of in named}


def cost_of(bases: Bases, kind: OfferKind, money: Money) -> Floats:
    """Give what a contact with each customer costs, the discount of the offer included."""
    base, contact, rate = bases[kind.discount_of], kind.contact(money), kind.rate(money)
    if not rate:
        return np.broadcast_to(contact, len(base))
    return contact_cost(base, contact, rate)


def price_contacts(
    assigned: pd.DataFrame,
    triggers: Triggers,
    settings: Settings,
    shares: Shares | None = None,
    resting: Collection[str] = (),
    book: OfferBook | None = None,
) -> Contacts:
    """Price a contact with everyone who has consented to it.

    Parameters
    ----------
    shares : Shares, optional
        What offers save of the exposed profit; what is assumed by default.
    resting : collection of str
        Ids of customers who are left alone this time.
    book : OfferBook, optional
        That of the triggers with other prices; that of the triggers by default.
    """
    consenting = assigned["consent"].to_numpy(dtype=bool) & ~among(assigned["id"], resting)
    book = book or triggers.book
    fits = {
        kind.code: triggers.fits[kind.code][consenting]
        for kind in book.offers
        if kind.code in triggers.fits
    }
    carried = assigned.drop(columns=[*NOT_CARRIED], errors="ignore")
    eligible = carried[consenting].reset_index(drop=True)
    if shares is None:
        assumed = shares_saved(settings.money, book)
        shares = Shares.believed(assumed, assumed, win_back_more(settings.money, book))
    return _priced(eligible, fits, settings, shares, book, discount_bases(eligible, book))


def price_again(
    contacts: Contacts, settings: Settings, shares: Shares, book: OfferBook
) -> Contacts:
    """Price the same contacts under other settings, shares saved and prices of the same offers."""
    customers, bases = contacts.customers, contacts.bases
    return _priced(customers, contacts.fits, settings, shares, book, bases)


def _priced(
    customers: pd.DataFrame,
    fits: dict[str, Flags],
    settings: Settings,
    shares: Shares,
    book: OfferBook,
    bases: Bases,
) -> Contacts:
    money = settings.money
    at_stake = stake(customers, money)
    at_risk = customers["probability"] * at_stake
    lost = to_win_back(customers["level"])
    tried = _tried_on(len(customers), fits, book, shares)
    prices = {
        kind.code: _price(at_risk, bases, kind, tried[kind.code], lost, shares, money)
        for kind in book.offers
    }
    letter = prices[book.plain.code]
    worth = {}
    for kind in book.offers:
        if kind.code in fits:
            price = prices[kind.code]
            no_less = price.net > letter.net if kind.discounted else price.net >= letter.net
            worth[kind.code] = fits[kind.code] & price.pays & no_less
    return Contacts(
        book=book,
        customers=customers.assign(stake=at_stake, exposed=at_risk),
        fits=fits,
        prices=prices,
        worth=worth,
    )


def _price(
    exposed_roubles: pd.Series[float],
    bases: Bases,
    kind: OfferKind,
    tried: Flags,
    lost: Flags,
    shares: Shares,
    money: Money,
) -> Prices:
    share = shares.of_offer(kind.code, tried, lost)
    cost = cost_of(bases, kind, money)
    contact = np.broadcast_to(kind.contact(money), len(cost))
    gain = expected_gain(exposed_roubles, cost, share)
    net = gain - money.required_return * cost if money.required_return else gain
    return Prices(contact, cost, gain, net, pays(gain, cost, money), share, tried)


def _tried_on(
    size: int, fits: Mapping[str, Flags], book: OfferBook, shares: Shares
) -> dict[str, Flags]:
    """Tell by offer whom it fits first, among the offers with a discount or those without.

    An offer that did worse than what offers have in common is believed to do so to everyone.
    """
    tried = {kind.code: np.zeros(size, dtype=bool) for kind in book.offers}
    for discounted in (False, True):
        free = np.ones(size, dtype=bool)
        for kind in book.offers:
            if kind.discounted == discounted and kind.code in fits:
                tried[kind.code] = free & fits[kind.code]
                free &= ~fits[kind.code]
    for code in tried:
        if shares.tried[code] < shares.untried[code]:
            tried[code] = np.ones(size, dtype=bool)
    return tried


def of_their_offers(contacts: Contacts, chosen: Counts, field: str) -> Floats:
    """Give everyone's price, gain or share saved with the offer that is chosen for him.

    Parameters
    ----------
    chosen : ndarray of int, shape (n,)
        Place of the offer in the book; the plain letter's price where it is -1.
    field : str
        ``contact``, ``cost``, ``gain``, ``share`` or ``tried``.
    """
    given = np.array(getattr(contacts.letter, field), dtype=float)
    for place, kind in enumerate(contacts.book.offers):
        theirs = chosen == place
        if theirs.any():
            given[theirs] = getattr(contacts.prices[kind.code], field)[theirs]
    return given
