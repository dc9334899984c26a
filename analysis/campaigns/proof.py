"""From earlier mailings to what is believed of offers now, and who is left alone this month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import results
from analysis.campaigns.beliefs import Beliefs, believe
from analysis.campaigns.effects import effect, part_to_win_back, together
from analysis.campaigns.lot import HOLD_OUT
from analysis.campaigns.mailings import History, followed, resting, seen, so_far
from analysis.periods import months_between
from analysis.settings import Settings

NOTHING_BEFORE = History((), {})


@dataclass(frozen=True, eq=False)
class Proof:
    """What the archive says of offers.

    Attributes
    ----------
    mailings : list of MailingSeen
    together : Effect or None
    effects : list of Effect
        By offer.
    beliefs : Beliefs
    so_far : SoFar or None
    resting : set of int
        Ids of those who are left alone this month.
    new_a_month : float or None
        Customers who came onto a list for the first time, on average of the months after the
        first; None where there is no such month.
    due : bool
        Whether a control group was drawn whose outcome nobody knows yet.
    """

    mailings: list[results.MailingSeen]
    together: results.Effect | None
    effects: list[results.Effect]
    beliefs: Beliefs
    so_far: results.SoFar | None
    resting: set[str]
    new_a_month: float | None
    due: bool


def prove(
    history: History,
    period: str,
    settings: Settings,
    assumed: Mapping[str, float],
    win_back: Mapping[str, float] | None = None,
) -> Proof:
    """Say what earlier mailings did, and what is believed after them.

    Parameters
    ----------
    period : str
        The month in which lists are made, ``YYYY-MM``.
    assumed : mapping of str to float
        Share saved by offer, as the settings assume it.
    win_back : mapping of str to float, optional
        How much more they assume on those to be won back; nothing by default.
    """
    horizon = settings.model.forecast_horizon or settings.money.horizon_months
    lines = followed(history, horizon, settings.money)
    codes = sorted(lines["offer"].unique())
    effects = [effect(lines[lines["offer"] == code], code, settings, len(codes)) for code in codes]
    found = lines[lines["declined"].notna()]
    met = {code: part_to_win_back(found[found["offer"] == code]) for code in codes}
    beliefs = believe(assumed, settings.money.share_saved_deviation, effects, win_back, met)
    return Proof(
        mailings=[seen(each, history, horizon) for each in history.mailings],
        together=together(lines, effects, settings) if len(lines) else None,
        effects=effects,
        beliefs=beliefs,
        so_far=so_far(history, settings.money),
        resting=resting(history, period, settings.offers.rest_months),
        new_a_month=_new_a_month(history),
        due=not beliefs.seen and _due(history, period, settings.offers.longest_test_months),
    )


def _new_a_month(history: History) -> float | None:
    if len(history.mailings) < 2:
        return None
    listed = [set(each.listed["id"]) for each in history.mailings]
    months = months_between(history.mailings[0].period, history.mailings[-1].period)
    return len(set().union(*listed) - listed[0]) / months


def _due(history: History, period: str, longest: int) -> bool:
    drawn = [each.period for each in history.mailings if (each.listed["arm"] == HOLD_OUT).any()]
    return bool(drawn) and months_between(drawn[0], period) < longest
