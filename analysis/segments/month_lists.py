"""The lists of a month after what earlier mailings showed, and after none of those untold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.campaigns.lot import Lot
from analysis.campaigns.mailings import History, held_of_late
from analysis.campaigns.proof import Proof, prove
from analysis.segments.contacts import (
    Contacts,
    Shares,
    price_contacts,
    shares_saved,
    win_back_more,
)
from analysis.segments.lists import Drawn, draw_lists
from analysis.segments.offer_book import OfferBook
from analysis.segments.offers import Triggers
from analysis.segments.prospects import hold_out_worth, prospects, share_of_lists
from analysis.segments.totals import written
from analysis.settings import Settings
from analysis.snapshot.ids import among


@dataclass(frozen=True, eq=False)
class MonthLists:
    """The lists of a month, with what they rest on.

    Attributes
    ----------
    proof : Proof
        What earlier mailings showed.
    shares : Shares
        What offers are believed to save.
    contacts : Contacts
        Everyone who may be written to now, priced.
    hold_out : HoldOutWorth or None
        What a control group is worth.
    drawn : Drawn
    at_rest : ndarray of bool, shape (consenting,)
        Who is left alone, as he was on a list of late.
    held_out : set of str
        Whom the lot leaves without an offer, on a list or not.
    """

    proof: Proof
    shares: Shares
    contacts: Contacts
    hold_out: results.HoldOutWorth | None
    drawn: Drawn
    at_rest: Flags
    held_out: set[str]


def lists_after(
    history: History,
    period: str,
    assigned: pd.DataFrame,
    triggers: Triggers,
    settings: Settings,
    lot: Lot,
    book: OfferBook,
) -> MonthLists:
    """Price everyone after what the history shows, and draw the lists.

    Parameters
    ----------
    history : History
        The mailings before this month.
    period : str
        The month of the snapshot, ``YYYY-MM``.
    assigned : DataFrame
        Scored customers in an order of their content, with risk and group of profit.
    triggers : Triggers
        Whom which offer of the book fits.
    """
    assumed = shares_saved(settings.money, book)
    proof = prove(history, period, settings, assumed, win_back_more(settings.money, book))
    beliefs = proof.beliefs
    shares = Shares.believed(beliefs.shares, beliefs.untried, beliefs.win_back_more)
    contacts = everyone = price_contacts(assigned, triggers, settings, shares)
    consenting = everyone.customers["id"]
    held = lot.draw(consenting.tolist(), settings.offers.hold_out)
    hold_out = hold_out_worth(everyone, proof, settings, held)
    is_drawn = hold_out is not None and hold_out.drawn
    if not is_drawn:
        held = np.zeros(len(consenting), dtype=bool)
    del everyone
    if proof.resting:
        contacts = price_contacts(assigned, triggers, settings, shares, proof.resting)
    at_rest = among(consenting, proof.resting)
    drawn = draw_lists(contacts, settings, lot, held[~at_rest])
    held_out = drawn.held_out
    if is_drawn and proof.resting:
        before = held_of_late(history, period, settings.offers.rest_months)
        held_out |= set(consenting[at_rest & (held | among(consenting, before))])
    return MonthLists(proof, shares, contacts, hold_out, drawn, at_rest, held_out)


def lists_if_unsent(
    history: History,
    period: str,
    assigned: pd.DataFrame,
    triggers: Triggers,
    settings: Settings,
    lot: Lot,
    book: OfferBook,
    known: Sequence[results.Recalibration],
    seed: int,
) -> results.IfUnsent | None:
    """Say what the lists would be if no mailing had taken place of which the shop does not tell.

    Then nobody rests for them, and what they seem to have shown is no outcome of theirs.

    Returns
    -------
    IfUnsent or None
        None where the shop tells of every mailing, or where nobody would be written to.
    """
    told = [each for each in history.mailings if each.sent is not None]
    if len(told) == len(history.mailings):
        return None
    otherwise = History(told, history.came)
    month = lists_after(otherwise, period, assigned, triggers, settings, lot, book)
    lists = month.drawn.counted
    to_write = written(lists, settings)
    if to_write is None:
        return None
    return results.IfUnsent(
        eligible=len(month.contacts.customers),
        written=to_write,
        share_saved=share_of_lists(lists, month.contacts),
        prospects=prospects(lists, month.proof.beliefs, known, settings, seed),
    )
