"""From probabilities to decisions: grid, chosen segment, offers, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.campaigns.effects import part_to_win_back
from analysis.campaigns.lot import Lot
from analysis.campaigns.mailings import History, months_at_level
from analysis.campaigns.proof import NOTHING_BEFORE
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import with_made_features
from analysis.model.probabilities import by_deciding
from analysis.money import (
    exposed,
    monthly_profit,
)
from analysis.periods import last_day, months_later
from analysis.segments.contacts import (
    Contacts,
    win_back_more,
)
from analysis.segments.experiment import plan_discount_trial
from analysis.segments.exposure import expected_totals
from analysis.segments.grid import (
    assign,
    category_shares,
    contrasts,
    expected_count,
    grid,
    in_chosen,
    observed,
    profit_cuts,
)
from analysis.segments.lists import MOST_IN_WORKBOOK, Drawn
from analysis.segments.live_totals import letter_totals
from analysis.segments.month_lists import lists_after, lists_if_unsent
from analysis.segments.offer_book import OfferBook, default_book
from analysis.segments.offers import find_triggers
from analysis.segments.plans import told_plans
from analysis.segments.prospects import (
    prospects,
    redrawn,
    share_of_lists,
    tried_on_their_like,
    untried,
)
from analysis.segments.reason_codes import strongest_reasons
from analysis.segments.sensitivity import saved_by_level, sensitivity
from analysis.segments.terms import describe_book, terms_in_common
from analysis.segments.totals import (
    copies,
    describe_offers,
    discount_must_save,
    discount_worth,
    first_half,
    first_of_copies,
    left_out,
    offer_sums,
    other_order,
    told_together,
    written,
)
from analysis.settings import Money, Settings
from analysis.statistics.small_cells import is_small

TRIALS = ("control", "letter")
"""Columns of the lists that mark whom the lot leaves without an offer, or without its discount."""


@dataclass(frozen=True)
class Decided:
    """The decisions of a month.

    ``segments`` has id and segment of every scored customer; ``lists`` one line per listed
    customer, the largest expected gain first (see ``analysis.segments.lists.Drawn`` and
    ``analysis.segments.reason_codes``); ``held_out`` the ids of all who are to get no offer at all
    for the sake of the comparison, on this month's lists or not.
    """

    results: results.SegmentsResults
    segments: pd.DataFrame
    lists: pd.DataFrame
    held_out: set[str]


def decide_month(
    customers: pd.DataFrame,
    period: str,
    profit_carries_signal: bool,
    settings: Settings,
    seed: int,
    lot: Lot,
    history: History = NOTHING_BEFORE,
    book: OfferBook | None = None,
    known: Sequence[results.Recalibration] = (),
) -> Decided:
    """Choose the segment, make the offers and count the money.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state, copy_group and the probability
        that decides (see ``analysis.model.probabilities``); without any, nobody is put on a list.
    period : str
        The month of the snapshot, ``YYYY-MM``.
    lot : Lot
        Leaves part of the listed without an offer.
    history : History
        The mailings before this month.
    book : OfferBook, optional
        The shop's offers; those that come with the program by default.
    known : sequence of Recalibration
        What is known of the calibration of the probabilities that decide.
    """
    book = book or default_book()
    scored = in_content_order(by_deciding(customers))
    del customers
    if scored.empty:
        undecided = results.SegmentsResults(
            book=describe_book(book, settings.money),
            terms=terms_in_common(book, settings.money),
            profit_carries_signal=profit_carries_signal,
        )
        return Decided(undecided, scored.reindex(columns=["id", "segment"]), _no_lists(), set())
    assigned = with_made_features(assign(scored, settings.segments))
    del scored
    chosen = in_chosen(assigned, settings.segments)
    triggers = find_triggers(assigned, settings, seed, book)
    if_unsent = lists_if_unsent(
        history, period, assigned, triggers, settings, lot, book, known, seed
    )
    month = lists_after(history, period, assigned, triggers, settings, lot, book)
    proof, contacts, drawn, hold_out = month.proof, month.contacts, month.drawn, month.hold_out
    beliefs = proof.beliefs
    moved = sensitivity(settings, drawn, contacts, month.shares)
    use_by = last_day(months_later(period)).isoformat()
    sums = offer_sums(drawn, settings)
    offers = describe_offers(triggers, sums, use_by)
    described = results.SegmentsResults(
        scored=len(assigned),
        high_risk=int((assigned["risk"] == "high").sum()),
        grid=grid(assigned, settings),
        profit_cuts=profit_cuts(assigned["profit"], settings.segments.profit_groups),
        chosen=_chosen(assigned, chosen, settings)
        if chosen.sum() >= settings.privacy.smallest_cell
        else None,
        money=_money(assigned, contacts, known, settings, seed),
        rules=triggers.rules,
        categories=triggers.categories,
        book=describe_book(book, settings.money, triggers.favoured),
        terms=terms_in_common(book, settings.money),
        offers=offers,
        offer_sums=sums,
        offers_skipped=[
            results.SkippedOffer(code=kind.code, reason=drawn.skipped[kind.code])
            for kind in book.offers
            if kind.code in drawn.skipped
        ],
        no_lists=drawn.no_lists,
        worth_writing=drawn.worth_writing,
        left_out=left_out(drawn),
        alternatives=_plans(drawn, settings),
        depth=drawn.depth,
        letter_totals=None
        if _few_held(drawn.counted, settings)
        else letter_totals(contacts, drawn.alternatives, settings),
        discount_worth=discount_worth(contacts, settings),
        sensitivity=moved,
        profit_carries_signal=profit_carries_signal,
        share_saved=share_of_lists(drawn.counted, contacts),
        share_saved_by_level=saved_by_level(drawn.counted, month.shares),
        untried=untried(drawn.counted, beliefs, known, settings, seed),
        prospects=prospects(drawn.counted, beliefs, known, settings, seed),
        proof=results.ProofResults(
            mailings=proof.mailings,
            together=proof.together,
            offers=proof.effects,
            beliefs=beliefs.described(),
            so_far=proof.so_far,
            resting=int(month.at_rest.sum()),
            held_out=len(month.held_out),
            redrawn=redrawn(history, lot, settings) if hold_out and hold_out.drawn else 0,
            hold_out=hold_out,
            own_deviation=beliefs.own,
        ),
        if_unsent=if_unsent,
        **_listed(drawn, settings),
        **_whom(assigned, drawn.counted, settings),
        **_with_discount(drawn.counted, contacts, settings),
    )
    lists = drawn.lists.assign(
        shown=tried_on_their_like(drawn.lists, beliefs),
        copy_of=first_of_copies(drawn.lists),
        level_months=months_at_level(history, period, drawn.lists),
        **strongest_reasons(drawn.lists, assigned),
    )
    return Decided(described, assigned[["id", "segment"]], lists, month.held_out)


def _no_lists() -> pd.DataFrame:
    return pd.DataFrame(columns=["id", "offer", "control", "letter", "cost", "spent", "shown"])


def _few_held(lists: pd.DataFrame, settings: Settings) -> bool:
    """Tell whether a plan beside its lists would tell of few whom the lot leaves without."""
    return any(is_small(int(lists[name].sum()), settings.privacy.smallest_cell) for name in TRIALS)


def _plans(drawn: Drawn, settings: Settings) -> list[results.Alternative]:
    """Give the plans that are told; where few are held out, the lists in place of their plan."""
    to_write = written(drawn.counted, settings)
    if to_write is None or not _few_held(drawn.counted, settings):
        return told_plans(drawn.alternatives, settings.privacy.smallest_cell)
    sums = to_write.model_dump(include={"customers", "discounts", "cost_roubles", "gain_roubles"})
    return [drawn.recommended.model_copy(update=sums)]


def _listed(drawn: Drawn, settings: Settings) -> dict[str, Any]:
    """All lists together: what they cost and bring."""
    lists = drawn.counted
    everyone, first = written(lists, settings), first_half(lists, settings)
    brought = everyone.gain_roubles if everyone else 0.0
    to_write = everyone.customers if everyone else 0
    given_up = drawn.recommended.gain_roubles - brought
    return {
        "listed": len(lists),
        "written": everyone,
        "in_workbook": MOST_IN_WORKBOOK if to_write > MOST_IN_WORKBOOK else None,
        "test_price_roubles": 0.0 if _few_held(lists, settings) else given_up,
        **_prices_of_trials(lists, given_up, settings),
        "first_half": first,
        "copies": copies(lists),
        "other_order": other_order(lists, first),
    }


def _prices_of_trials(lists: pd.DataFrame, both: float, settings: Settings) -> dict[str, Any]:
    """Part what trials forgo: the control group, and letters that lack their discount by the lot.

    None where so few are in one of them that their sum is not told.
    """
    without = lists[lists["letter"]]
    letters = float((without["gain"] - (without["saved"] - without["spent"])).sum())
    few = _few_held(lists, settings)
    return {
        "hold_out_price_roubles": None if few else both - letters,
        "arm_price_roubles": None if few else letters,
    }


def _whom(assigned: pd.DataFrame, lists: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    """How many of those who matter the lists reach."""
    to_write = lists[~lists["control"]]
    flagged, reached = (
        int((each["risk"].eq("high") & each["level"].eq("steady")).sum())
        for each in (assigned, to_write)
    )
    return {
        "written_chosen": int(in_chosen(to_write, settings.segments).sum()),
        "written_high_risk": int((to_write["risk"] == "high").sum()),
        "listed_steady": int(lists["level"].eq("steady").sum()),
        "flagged_steady": flagged,
        "flagged_steady_written": reached,
    }


def _with_discount(lists: pd.DataFrame, contacts: Contacts, settings: Settings) -> dict[str, Any]:
    """Discounts beside letters: what either costs and brings, and the trial that compares them."""
    to_write = lists[~lists["control"]]
    with_discount = to_write[to_write["discounted"]]
    plain = to_write["letter"] | ~to_write["discounted"]
    assumed = _letter_saves(with_discount, contacts.book, settings.money)
    must_save = discount_must_save(with_discount)
    discounts, letters, discount_letters = told_together(
        [written(to_write[part], settings) for part in (~plain, plain, to_write["letter"])]
    )
    cost = float(to_write["contact"].sum())
    return {
        "discounts": discounts,
        "letters": letters,
        "discount_letters": discount_letters,
        "letters_cost_roubles": cost,
        "letters_gain_roubles": float((to_write["exposed"] * to_write["letter_share"]).sum())
        - cost,
        "discounts_cost_roubles": float(to_write["cost"].sum()),
        "discounts_gain_roubles": float(to_write["gain"].sum()),
        "discount_must_save": must_save,
        "discount_trial": plan_discount_trial(with_discount, must_save, assumed, settings),
    }


def _letter_saves(customers: pd.DataFrame, book: OfferBook, money: Money) -> float:
    """Give the part of the declines to be expected that the plain letter is assumed to prevent."""
    more = win_back_more(money, book)[book.plain.code]
    return book.plain.saves(money) + part_to_win_back(customers) * more


def _chosen(
    assigned: pd.DataFrame, chosen: pd.Series[bool], settings: Settings
) -> results.ChosenSegment:
    members = assigned[chosen]
    at_risk = exposed(members, settings.money)
    return results.ChosenSegment(
        customers=len(members),
        consenting=int(members["consent"].sum()),
        expected_declined=expected_count(members["probability"]),
        declined=observed(members),
        exposed_roubles=float(at_risk.sum()),
        mean_probability=float(members["probability"].mean()),
        profit_from=profit_cuts(assigned["profit"], settings.segments.profit_groups)[-1],
        contrasts=contrasts(assigned, chosen),
        categories=category_shares(members, assigned[~chosen], settings.privacy.smallest_cell),
    )


def _money(
    assigned: pd.DataFrame,
    contacts: Contacts,
    known: Sequence[results.Recalibration],
    settings: Settings,
    seed: int,
) -> results.MoneyResults:
    at_risk = exposed(assigned, settings.money)
    profit = monthly_profit(assigned["profit"], settings.money) * settings.money.horizon_months
    exposed_total, expected_declined = expected_totals(
        assigned, known, settings.money, settings.model.bootstrap_draws, seed
    )
    return results.MoneyResults(
        exposed_total=exposed_total,
        model_error=bool(known),
        exposed_consenting=float(at_risk[assigned["consent"]].sum()),
        profit_horizon=float(profit.sum()),
        expected_declined=expected_declined,
        eligible=len(contacts.customers),
        letter_pays=int(contacts.letter.pays.sum()),
        discount_pays=int(_some_discount_pays(contacts).sum()),
    )


def _some_discount_pays(contacts: Contacts) -> Flags:
    some = np.zeros(len(contacts.customers), dtype=bool)
    for code in contacts.book.discounts:
        some |= contacts.prices[code].pays
    return some
