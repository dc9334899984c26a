"""The lists of a month: the best plan, less whom the lot leaves without an offer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.campaigns.lot import Lot
from analysis.money import REVENUES
from analysis.segments.contacts import Contacts
from analysis.segments.offer_book import OfferKind
from analysis.segments.plans import (
    PLANS,
    Allotted,
    allot,
    depth,
    followed,
    price_allotted,
    recommended,
    within_limits,
)
from analysis.settings import Settings

CODES = ("level", "risk", "offer", "works_as")
COUNTED = (
    *CODES,
    *("probability", "profit", "profit_group", "copy_group", *REVENUES),
    *("discounted", "control", "letter", "tried"),
    *("exposed", "stake", "contact", "cost", "gain", "share", "letter_share", "spent", "saved"),
)
"""Of a list's columns."""

MOST_IN_WORKBOOK = 20_000
"""Lines of a list that its workbook has at most: a million would take minutes to write and open."""


@dataclass(frozen=True)
class Drawn:
    """The lists of a month.

    Attributes
    ----------
    lists : DataFrame
        One line per listed customer, the largest expected gain first: the columns of the
        customers with offer, exposed and stake; contact, cost, gain and share saved of the offer,
        whoever the lot gives it to; control and letter, who by the lot gets nothing or the letter
        without its discount; works_as, the offer whose share is saved then (the plain letter's
        without the discount), and tried, whether on such customers; spent and saved, what that
        costs and keeps of the exposed profit.
    no_lists : str or None
        Why there are none (see ``analysis.results.plans.NoLists``).
    worth_writing : int
        Whom the plan has an offer for, whatever the limits and the lot.
    left_out : DataFrame
        Whom the cap on contacts or the budget left out of those who would get an offer, in the same
        columns.
    alternatives : list of Alternative
        All of ``PLANS``; the lists are those of the recommended one, less the control group.
    depth : list of DepthPoint
        Of the lists as if there were no limits, and beyond them letters to all others; without
        whom the lot holds out.
    fitting, paying : dict of str to int
        By offer: eligible customers whom the trigger fits, and those for whom it would also pay (a
        discount: bring more than a letter).
    skipped : dict of str to str
        By offer that has no list, why (see ``analysis.results.offers.SkipReason``).
    held_out : set of str
        Ids of all whom the lot draws of those who may be contacted, on a list or not.
    """

    lists: pd.DataFrame
    no_lists: results.NoLists | None
    worth_writing: int
    left_out: pd.DataFrame
    alternatives: list[results.Alternative]
    depth: list[results.DepthPoint]
    fitting: dict[str, int]
    paying: dict[str, int]
    skipped: dict[str, results.SkipReason]
    held_out: set[str]

    @cached_property
    def counted(self) -> pd.DataFrame:
        """What sums over the lists are taken of, line by line; codes are numbers with names."""
        return self.lists[[*COUNTED]].astype(dict.fromkeys(CODES, "category"))

    @property
    def recommended(self) -> results.Alternative:
        """The plan that the lists follow."""
        return recommended(self.alternatives)


def draw_lists(
    contacts: Contacts, settings: Settings, lot: Lot, held_out: Flags | None = None
) -> Drawn:
    """Price all plans, take the best, and draw who of it gets nothing or a letter alone.

    Parameters
    ----------
    contacts : Contacts
        Customers in an order of their content, which decides between equal gains.
    held_out : ndarray of bool, shape (n,), optional
        Whom the lot leaves without an offer; drawn by default.
    """
    allotted = {plan: allot(contacts, plan, settings) for plan in PLANS}
    alternatives = price_allotted(allotted, settings)
    best = followed(allotted, alternatives, settings)
    plan = allotted.pop(best)
    allotted.clear()
    if held_out is None:
        held_out = lot.draw(contacts.customers["id"].tolist(), settings.offers.hold_out)
    ranked = _with_groups(plan.ranked(), contacts.book.plain.code, settings, lot, held_out)
    fits, to_write = _within_limits(ranked, settings), ~held_out[ranked.index]
    fewest = max(1, settings.privacy.smallest_cell)
    some, few = int((fits & to_write).sum()) >= fewest, int(to_write.sum()) < fewest
    listed, left_out = ranked[fits & some], ranked[to_write & ~(fits & some)]
    if few:
        left_out = ranked[:0]
    written = set(listed.loc[~listed["control"].astype(bool), "offer"].unique())
    offered, drawn_for = set(ranked["offer"]), set(ranked.loc[to_write, "offer"])
    fitting = {code: int(each.sum()) for code, each in contacts.fits.items()}
    paying = {code: int(each.sum()) for code, each in contacts.worth.items()}
    return Drawn(
        lists=listed.reset_index(drop=True),
        no_lists=None if some else _why_no_lists(plan, bool(to_write.any()), limited=not few),
        worth_writing=plan.worth,
        left_out=left_out.reset_index(drop=True),
        alternatives=alternatives,
        depth=depth(contacts, ranked, held_out, settings),
        fitting=fitting,
        paying=paying,
        skipped={
            kind.code: (
                _why_skipped(kind, contacts, best, plan.too_few)
                if kind.code not in offered
                else "held_out"
                if kind.code not in drawn_for
                else "too_few"
                if few
                else "left_out"
            )
            for kind in contacts.book.offers
            if kind.code not in written
        },
        held_out=set(contacts.customers.loc[held_out, "id"]),
    )


def _with_groups(
    ranked: pd.DataFrame, plain: str, settings: Settings, lot: Lot, held_out: Flags
) -> pd.DataFrame:
    """Draw who gets nothing, and who of a list with a discount a letter without it."""
    control = held_out[ranked.index]
    letter = ~control & ranked["discounted"].to_numpy(dtype=bool)
    letter[letter] = lot.draw(
        ranked.loc[letter, "id"].tolist(), settings.offers.letter_arm, "letter"
    )
    share = np.where(letter, ranked["letter_share"], ranked["share"])
    return ranked.assign(
        control=control,
        letter=letter,
        works_as=np.where(letter, plain, ranked["offer"]),
        tried=np.where(letter, ranked["letter_tried"], ranked["tried"]),
        spent=np.where(control, 0.0, np.where(letter, ranked["contact"], ranked["cost"])),
        saved=np.where(control, 0.0, ranked["exposed"] * share),
    )


def _within_limits(ranked: pd.DataFrame, settings: Settings) -> Flags:
    """Tell who stays within the limits; whom the lot leaves out uses up nothing of them.

    A letter counts with its discount even where the lot leaves that out: who is on a list must not
    depend on the lot.
    """
    cost, gain = (ranked[name].to_numpy(dtype=float) for name in ("cost", "gain"))
    return within_limits(cost, gain, settings, free=ranked["control"].to_numpy(dtype=bool))


def _why_no_lists(plan: Allotted, to_write: bool, *, limited: bool) -> results.NoLists:
    if limited:
        return "no_room"
    if len(plan.order) and not to_write:
        return "held_out"
    if plan.worth:
        return "too_few"
    return "does_not_pay" if len(plan.contacts.customers) else "nobody"


def _why_skipped(
    kind: OfferKind, contacts: Contacts, plan: str, too_few: set[str]
) -> results.SkipReason:
    fits = contacts.fits.get(kind.code)
    if fits is None:
        return "no_trigger"
    if not fits.any():
        return "fits_nobody"
    pays = fits & contacts.prices[kind.code].pays
    if not (pays | (fits & contacts.letter.pays)).any():
        return "does_not_pay"
    worth = contacts.worth[kind.code].any()
    if kind.discounted and (plan == "letters" or not worth):
        return "no_better"
    if not worth:
        return "letter_better" if pays.any() else "does_not_pay"
    return "too_few" if kind.code in too_few else "taken"
