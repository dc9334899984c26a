"""What earlier mailings did, what is therefore believed, and whether a control group pays."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Bounds, Estimate, Part, Proportion

MIXTURE = 0.15
"""Standard deviation of the mixture behind a confidence sequence of a difference of shares. It is
tightest where the standard error is a third of it, and hardly wider from a sixth to two thirds."""

FEWEST_FOUND = 30
"""Customers of an arm with known levels below which nothing is estimated."""

FEWEST_DECLINED = 10
"""Declines in either arm, and customers who did not decline, below which nothing is estimated."""

Verdict = Literal["works", "harms", "less_than_assumed", "cannot_tell", "too_few"]
"""The share saved is above zero; below; below what the settings assume; none of these yet; too few
levels are known to estimate it."""


class MailingSeen(Part):
    """The lists of one earlier month, and what became of them.

    ``contact`` and ``held_out`` are the arms as they were drawn, ``known`` of both have a level in
    the month of the ``outcome``. ``sent`` to ``sent_held_out`` are None where the shop did not say
    what was sent: of those to be written to and of those held out, how many got something;
    ``sent_other`` got another offer than the one meant, ``sent_unlisted`` were on no list,
    ``sent_unknown`` are no customers of that month. Of both arms, ``not_gone_out`` have no part in
    what is concluded, as nothing was sent to their kind.
    """

    period: str
    outcome: str
    contact: int
    held_out: int
    known: int
    sent: int | None
    sent_held_out: int | None
    sent_other: int | None
    sent_unlisted: int | None
    sent_unknown: int | None
    not_gone_out: int = 0


class Effect(Part):
    """What one offer, or all together (``code`` is None), did: those drawn for it against the rest.

    All together are the sum of the offers, each with the profit that it met.

    Everyone counts in the arm that the lot gave him, whether something was sent to him or not;
    ``sent`` and ``sent_held_out`` are the shares that got something. ``share_saved`` is by how much
    the share of decline is smaller where offers went, as a part of that share (0.1: one decline in
    ten does not happen), adjusted for what was known before; its interval holds in every month at
    once, however often one looks, and over all offers together. ``bounds`` is the value if of those
    not found again all declined in one arm and none in the other. ``exposed_roubles`` is the profit
    of all the offer was meant for that declines would cost, times the share of decline without it
    (as foretold, where nothing is estimated); ``gained_roubles`` is what was saved of it, less the
    cost; ``revenue`` the difference in the revenue of the
    month, in roubles a customer. ``standard_error`` is that of a share saved of zero,
    and ``difference_error`` that of the difference of the two shares of decline. None where too few
    levels are known. ``months_to_tell`` is how
    many more months of the same lists would tell the assumed share from zero; None where it is told
    or cannot be within the time that the settings allow.
    """

    code: str | None
    since: str
    contact: Proportion | None
    hold_out: Proportion | None
    not_found: int
    sent: float | None
    sent_held_out: float | None
    share_saved: Estimate | None
    standard_error: float | None
    difference_error: float | None
    bounds: Bounds | None
    revenue: Estimate | None
    exposed_roubles: float
    cost_roubles: float
    gained_roubles: Estimate | None
    verdict: Verdict
    months_to_tell: int | None


class WinBackBelief(Part):
    """What is believed of those to be won back, where it is not what is believed of the others."""

    assumed: float
    share: float
    untried: float


class Belief(Part):
    """The share of exposed profit that an offer is believed to save.

    ``assumed`` is the settings', ``share`` what the plan rests on: the same until outcomes are
    known, then the mean of what is believed after them; ``deviation`` its standard deviation.
    ``untried`` is believed of those on whom the offer was never tried: whom another one fits first.
    All three are of those to be kept; ``win_back`` has the same of those to be won back, None where
    there is no difference.
    """

    code: str
    assumed: float
    share: float
    untried: float
    win_back: WinBackBelief | None = None
    deviation: float
    estimated: bool


class SoFar(Part):
    """All mailings of the archive together: contacts, and the distinct customers behind them.

    ``exposed_roubles`` counts every customer once, with the newest list he was on.
    """

    mailings: int
    contacts: int
    customers: int
    cost_roubles: float
    exposed_roubles: float


class HoldOutWorth(Part):
    """Whether leaving a control group without offers is expected to pay.

    The belief is that letters save ``share`` of the exposed profit, give or take ``deviation``;
    ``no_help`` is the probability that they save nothing or do harm. Of those for whom a letter
    pays, the lot draws ``held``, about ``hold_out`` of them. Kept for ``months``, they tell the
    share to ``margin`` (half the interval that will be printed, if none is saved; None where nobody
    is drawn) with ``customers`` in both groups together, of whom the part ``found`` is expected to
    be in the later export (the interval is taken ``widened`` times as wide as customers who weigh
    alike would give), of them ``new_a_month`` new ones every month (None where that is not
    known, and nobody is counted), ``customers_held`` of them in the group; ``error`` is the
    standard error of the share that they will show, made of the mean ``probability`` of those for
    whom a letter pays and the ``variance`` that an outcome has. The group forgoes
    ``price_roubles``, less the return that is required of the letters not sent ``weighed_roubles``
    (None where none is required); ``value_roubles`` is what is expected to be won, beyond that
    return, by then writing to those alone for whom it still pays, in ``rounds`` of letters.
    ``drawn`` tells that there is a group this month. ``turns_at`` is the ``no_help`` from which on
    value exceeds price, None where it never does; ``best_hold_out`` the share that would bring
    most, ``best_more_roubles`` more than the group that was drawn, value less price; over
    ``best_months`` it forgoes ``best_price_roubles``. ``running`` tells that a group was drawn
    already whose outcome is still due.
    """

    hold_out: float
    share: float
    deviation: float
    no_help: float
    months: int
    held: int
    customers: int
    customers_held: int = 0
    new_a_month: float | None
    margin: float | None
    probability: float = 0.0
    variance: float = 0.0
    error: float | None = None
    rounds: float = 0.0
    found: float = 1.0
    widened: float = 1.0
    price_roubles: float
    weighed_roubles: float | None = None
    value_roubles: float
    pays: bool
    running: bool
    drawn: bool
    turns_at: float | None
    best_hold_out: float | None
    best_more_roubles: float = 0.0
    best_months: int = 0
    best_price_roubles: float = 0.0


class ProofResults(Part):
    """What the archive says of offers.

    ``resting`` of the scored who consented are left alone, as they were on a list of late;
    ``held_out`` of the scored who consented belong to the control group, on a list or not.
    ``redrawn`` of those on the newest earlier lists would now be in the other arm: the key of the
    lot, its share or its wave has changed. By ``mixture`` intervals were
    made, by ``fewest_found`` and ``fewest_declined`` offers were judged at all.
    ``own_deviation`` is the standard deviation, before any outcome, of what is an offer's own.
    """

    mailings: list[MailingSeen] = Field(default_factory=list)
    together: Effect | None = None
    offers: list[Effect] = Field(default_factory=list)
    beliefs: list[Belief] = Field(default_factory=list)
    so_far: SoFar | None = None
    resting: int = 0
    held_out: int = 0
    redrawn: int = 0
    hold_out: HoldOutWorth | None = None
    mixture: float = MIXTURE
    fewest_found: int = FEWEST_FOUND
    fewest_declined: int = FEWEST_DECLINED
    own_deviation: float = 0.0
