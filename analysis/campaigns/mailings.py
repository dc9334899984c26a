"""Earlier lists as they were meant, what was sent of them, and what became of the customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.campaigns.lot import CONTACT, HOLD_OUT
from analysis.money import exposed
from analysis.periods import months_between, months_later
from analysis.settings import Money
from analysis.snapshot.ids import among

LETTER_ENDING = "_letter"
"""Ends the code of a letter that goes out without the discount of its offer."""

CAME = ("id", "level", "revenue_current")
"""What became of a customer."""

LISTED = ("id", "arm", "offer", "cost", "probability", "profit", "level", "revenue_current")

TRIED = "tried"
"""Column of the lists: whether by then the offer was tried on the like of a customer. Those on
whose like it was can be written to alone."""


@dataclass(frozen=True, eq=False)
class Mailing:
    """The lists of one month.

    Attributes
    ----------
    period : str
        ``YYYY-MM``.
    listed : DataFrame of id, arm, offer, cost, probability, profit, level, revenue_current
        One line per customer for whom an offer was meant: what it would cost in roubles, and what
        was known of him when the lot was drawn; ``probability`` is the one that decided. Also tried
        (bool), where the lists told it.
    customers : ndarray of str
        Ids of all customers of that month.
    sent : DataFrame of id, offer, date, or None
        What the shop says was sent; None where it does not say.
    """

    period: str
    listed: pd.DataFrame
    customers: np.ndarray
    sent: pd.DataFrame | None

    @property
    def took_place(self) -> bool:
        """Whether anything was sent, as far as is known."""
        return self.sent is None or len(self.sent) > 0

    @cached_property
    def went_out(self) -> Flags:
        """Mark those of whose kind somebody got something: a kind is an offer, tried or not.

        Of an offer that was not sent at all, or not to those on whose like it was untried, the
        control group shows nothing.
        """
        if self.sent is None:
            return np.ones(len(self.listed), dtype=bool)
        kinds = [self.listed[name] for name in ("offer", TRIED) if name in self.listed]
        got = pd.Series(among(self.listed["id"], self.sent["id"]), self.listed.index)
        got &= self.listed["arm"] == CONTACT
        return got.groupby(kinds).transform("any").to_numpy(dtype=bool)

    @property
    def held(self) -> set[str]:
        """Whom the lot left without the offer that went out to their like."""
        return set(self.listed.loc[(self.listed["arm"] == HOLD_OUT) & self.went_out, "id"])

    @property
    def reached(self) -> set[str]:
        """Whom to leave alone after it: those who got something, and those who were held out."""
        if not self.took_place:
            return set()
        got = self.listed["id"] if self.sent is None else self.sent["id"]
        return self.held | set(got)


@dataclass(frozen=True, eq=False)
class History:
    """The mailings before a month, the oldest first, and the levels that came.

    Attributes
    ----------
    mailings : sequence of Mailing
    came : mapping of str to DataFrame of id, level, revenue_current
        By month, this one among them.
    """

    mailings: Sequence[Mailing]
    came: Mapping[str, pd.DataFrame]


def resting(history: History, period: str, months: int) -> set[str]:
    """Name the customers who stand on a list of the last so many months.

    Parameters
    ----------
    period : str
        The month in which lists are made.
    months : int
        For how long whoever was on a list is left alone; 0 for not at all.
    """
    return set().union(*(each.reached for each in _of_late(history, period, months)))


def held_of_late(history: History, period: str, months: int) -> set[str]:
    """Name whom the lists of the last so many months held out."""
    late = _of_late(history, period, months)
    return set().union(*(each.held for each in late if each.took_place))


def _of_late(history: History, period: str, months: int) -> list[Mailing]:
    return [each for each in history.mailings if months_between(each.period, period) < months]


def written_to(history: History, first: str, before: str) -> set[str]:
    """Name whom the lists of some months were to be sent to, from the first up to another month."""
    lists = [each.listed for each in history.mailings if first <= each.period < before]
    return set().union(*(listed.loc[listed["arm"] == CONTACT, "id"] for listed in lists))


def followed(history: History, horizon: int, money: Money) -> pd.DataFrame:
    """Lay all mailings one under the other, with what is known the horizon later.

    Parameters
    ----------
    horizon : int
        Months from the lists to the level that they were to prevent.

    Returns
    -------
    DataFrame
        The columns of ``Mailing.listed`` with period, contact (bool), exposed (roubles), declined
        (1.0, 0.0, or missing for who is not found again), revenue_later, and got (bool, missing
        where the shop does not say what was sent). Mailings whose outcome is not due yet, that did
        not take place, or that held nobody out and so have nothing to be held against, are not
        among them; nor are, in both arms, those whose kind was not sent to.
    """
    parts = []
    for mailing in history.mailings:
        later = history.came.get(months_later(mailing.period, horizon))
        listed = mailing.listed[mailing.went_out]
        held = listed["arm"] == HOLD_OUT
        if later is None or not mailing.took_place or not held.any():
            continue
        came = later.set_index("id")
        level = listed["id"].map(came["level"])
        got = pd.Series(pd.NA, index=level.index, dtype="boolean")
        if mailing.sent is not None:
            got = pd.Series(among(listed["id"], mailing.sent["id"]), level.index, dtype="boolean")
        parts.append(
            listed.assign(
                period=mailing.period,
                contact=(listed["arm"] == CONTACT).to_numpy(),
                exposed=exposed(listed, money),
                declined=level.map({"declined": 1.0, "steady": 0.0}).astype(float),
                revenue_later=listed["id"].map(came["revenue_current"]).astype(float),
                got=got,
            )
        )
    if not parts:
        columns = ("period", "contact", "exposed", "declined", "revenue_later", "got")
        return pd.DataFrame(columns=[*LISTED, *columns])
    return pd.concat(parts, ignore_index=True)


def seen(mailing: Mailing, history: History, horizon: int) -> results.MailingSeen:
    """Count a mailing: the arms, what was sent to whom, and how many were found again."""
    listed, sent = mailing.listed, mailing.sent
    outcome = months_later(mailing.period, horizon)
    later = history.came.get(outcome)
    known = 0
    if later is not None:
        known = int(among(listed["id"], later.loc[later["level"].notna(), "id"]).sum())
    contact = set(listed.loc[listed["arm"] == CONTACT, "id"])
    held = set(listed["id"]) - contact
    counts: dict[str, int | None] = dict.fromkeys(
        ("sent", "sent_held_out", "sent_other", "sent_unlisted", "sent_unknown")
    )
    if sent is not None:
        got, everyone = set(sent["id"]), set(mailing.customers.tolist())
        meant = sent["id"].map(listed.set_index("id")["offer"])
        told = sent["offer"].str.removesuffix(LETTER_ENDING)
        other = meant.notna() & (told != meant) & among(sent["id"], contact)
        counts = {
            "sent": len(got & contact),
            "sent_held_out": len(got & held),
            "sent_other": int(sent.loc[other, "id"].nunique()),
            "sent_unlisted": len((got & everyone) - contact - held),
            "sent_unknown": len(got - everyone),
        }
    return results.MailingSeen(
        period=mailing.period,
        outcome=outcome,
        contact=len(contact),
        held_out=len(held),
        known=known,
        not_gone_out=int((~mailing.went_out).sum()),
        **counts,
    )


def months_at_level(history: History, period: str, customers: pd.DataFrame) -> pd.Series[int]:
    """Count for how many months, this one among them, the level is known to be what it is.

    Parameters
    ----------
    period : str
        The month of the customers.
    customers : DataFrame of id, level

    Returns
    -------
    Series of int
        Indexed as the customers; 0 where the level is not known.
    """
    same = customers["level"].notna()
    months = same.astype(int)
    before = months_later(period, -1)
    while before in history.came and same.any():
        levels = history.came[before].set_index("id")["level"]
        same &= customers["id"].map(levels).eq(customers["level"])
        months += same.astype(int)
        before = months_later(before, -1)
    return months


def so_far(history: History, money: Money) -> results.SoFar | None:
    """Add up the mailings that took place; every customer's exposed profit counts once."""
    lists = [
        each.listed[(each.listed["arm"] == CONTACT) & among(each.listed["id"], each.reached)]
        for each in history.mailings
        if each.took_place
    ]
    if not lists:
        return None
    contacts = pd.concat(lists, ignore_index=True)
    newest = contacts.drop_duplicates("id", keep="last")
    return results.SoFar(
        mailings=len(lists),
        contacts=len(contacts),
        customers=len(newest),
        cost_roubles=float(contacts["cost"].sum()),
        exposed_roubles=float(exposed(newest, money).sum()),
    )
