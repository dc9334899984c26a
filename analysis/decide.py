"""From probabilities to decisions: grid, chosen segment, offers, and what a trial could show."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.money import contact_cost, expected_gain, exposed, monthly_profit
from analysis.offers import (
    MONTHS_OF_REVENUE,
    detectable_share,
    make_offers,
    needed_customers,
)
from analysis.segments import (
    assign,
    category_shares,
    contrasts,
    grid,
    in_chosen,
    observed,
    profit_cuts,
)
from analysis.settings import Settings

SHOWN_ACTIONS = 3
"""Page 1 names at most this many offers."""


@dataclass(frozen=True)
class Decided:
    """The decisions of a month.

    ``segments`` has id and segment of every scored customer; ``lists`` one line per listed
    customer (see ``analysis.offers.Offered``).
    """

    results: results.SegmentsResults
    segments: pd.DataFrame
    lists: pd.DataFrame


def decide_month(
    customers: pd.DataFrame,
    probabilities: pd.DataFrame,
    period: str,
    profit_carries_signal: bool,
    settings: Settings,
    seed: int,
) -> Decided:
    """Choose the segment, make the offers and count the money.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state.
    probabilities : DataFrame
        id and probability of every scored customer; empty without a usable model, and then
        nobody is put on a list.
    period : str
        The month of the snapshot, ``YYYY-MM``.
    """
    scored = customers.merge(probabilities[["id", "probability"]], on="id")
    if scored.empty:
        return _undecided(profit_carries_signal)
    assigned = assign(scored, settings.segments)
    chosen = in_chosen(assigned, settings.segments)
    offered = make_offers(assigned[chosen], assigned, settings, last_day_of_next_month(period))
    lists = offered.lists
    listed_levels = assigned.set_index("id")["level"].reindex(lists["id"])
    letters = len(lists) * settings.money.contact_cost
    described = results.SegmentsResults(
        scored=len(assigned),
        high_risk=int((assigned["risk"] == "high").sum()),
        grid=grid(assigned, settings),
        profit_cuts=profit_cuts(assigned["profit"], settings.segments.profit_groups),
        chosen=_chosen(assigned, chosen, settings) if chosen.any() else None,
        money=_money(assigned, settings, seed),
        offers=offered.offers,
        offers_skipped=offered.skipped,
        listed=len(lists),
        listed_cost_roubles=float(lists["cost"].sum()),
        listed_exposed_roubles=float(lists["exposed"].sum()),
        listed_gain_roubles=float(lists["gain"].sum()),
        listed_elsewhere=_listed_beyond(offered.offers, SHOWN_ACTIONS),
        listed_steady=int(listed_levels.eq("steady").sum()),
        letters_cost_roubles=letters,
        letters_gain_roubles=float(lists["exposed"].sum()) * settings.money.share_saved - letters,
        trial=_trial(lists, listed_levels.dropna(), settings),
        profit_carries_signal=profit_carries_signal,
    )
    return Decided(described, assigned[["id", "segment"]], lists)


def last_day_of_next_month(period: str) -> str:
    """Give the ISO date up to which a month's lists are fit for use."""
    year, month = (int(part) for part in period.split("-"))
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"


def _undecided(profit_carries_signal: bool) -> Decided:
    described = results.SegmentsResults(
        scored=0,
        high_risk=0,
        grid=[],
        profit_cuts=[],
        chosen=None,
        money=None,
        offers=[],
        offers_skipped=[],
        listed=0,
        listed_cost_roubles=0.0,
        listed_exposed_roubles=0.0,
        listed_gain_roubles=0.0,
        listed_elsewhere=0,
        listed_steady=0,
        letters_cost_roubles=0.0,
        letters_gain_roubles=0.0,
        trial=None,
        profit_carries_signal=profit_carries_signal,
    )
    columns = ["id", "offer", "category", "probability", "profit", "exposed", "cost", "gain"]
    nobody = pd.DataFrame({"id": pd.Series(dtype="int64"), "segment": pd.Series(dtype="str")})
    return Decided(described, nobody, pd.DataFrame(columns=columns))


def _chosen(
    assigned: pd.DataFrame, chosen: pd.Series[bool], settings: Settings
) -> results.ChosenSegment:
    members = assigned[chosen]
    at_risk = exposed(members["probability"], members["profit"], settings.money)
    return results.ChosenSegment(
        customers=len(members),
        consenting=int(members["consent"].sum()),
        expected_declined=float(members["probability"].sum()),
        declined=observed(members),
        exposed_roubles=float(at_risk.sum()),
        mean_probability=float(members["probability"].mean()),
        profit_from=float(members["profit"].min()),
        contrasts=contrasts(assigned, chosen),
        categories=category_shares(members, assigned[~chosen]),
        paying=int(_pays(members, settings).sum()),
    )


def _money(assigned: pd.DataFrame, settings: Settings, seed: int) -> results.MoneyResults:
    at_risk = exposed(assigned["probability"], assigned["profit"], settings.money)
    profit = monthly_profit(assigned["profit"], settings.money) * settings.money.horizon_months
    pays = _pays(assigned, settings)
    rng = np.random.default_rng(seed)
    count = len(assigned)
    drawn = rng.multinomial(
        count, np.full(count, 1 / count), settings.model.bootstrap_draws
    ).astype(float)
    return results.MoneyResults(
        exposed_total=_resampled(at_risk, drawn),
        exposed_consenting=float(at_risk[assigned["consent"]].sum()),
        profit_horizon=float(profit.sum()),
        expected_declined=_resampled(assigned["probability"], drawn),
        paying_all=int(pays.sum()),
        paying_consenting=int((pays & assigned["consent"]).sum()),
    )


def _pays(members: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Tell for whom a contact with the discount is expected to bring more than it costs."""
    at_risk = exposed(members["probability"], members["profit"], settings.money)
    revenue = members[list(MONTHS_OF_REVENUE)].mean(axis=1)
    cost = contact_cost(revenue, settings.money, discount=True)
    return pd.Series(expected_gain(at_risk, cost, settings.money) > 0, index=members.index)


def _resampled(values: pd.Series[float], drawn: np.ndarray) -> results.Estimate:
    sums = drawn @ values.fillna(0).to_numpy()
    low, high = np.percentile(sums, [2.5, 97.5])
    return results.Estimate(value=float(values.sum()), low=float(low), high=float(high))


def _listed_beyond(offers: list[results.Offer], shown: int) -> int:
    """Count customers on the lists that page 1 does not name: all but the most gainful."""
    ordered = sorted(offers, key=lambda offer: -offer.gain_roubles)
    return sum(offer.customers for offer in ordered[shown:])


def _trial(
    lists: pd.DataFrame, known_levels: pd.Series[str], settings: Settings
) -> results.Trial | None:
    if lists.empty:
        return None
    control = round(len(lists) * settings.offers.hold_out)
    treated = len(lists) - control
    base = float(
        known_levels.eq("declined").mean() if len(known_levels) else lists["probability"].mean()
    )
    hoped = base * (1 - settings.money.share_saved)
    needed = needed_customers(base, hoped, settings.offers.hold_out, settings.offers.power)
    return results.Trial(
        treated=treated,
        control=control,
        treated_cost_roubles=float(lists["cost"].sum() * treated / len(lists)),
        treated_gain_roubles=float(lists["gain"].sum() * treated / len(lists)),
        base_share=base,
        detectable=detectable_share(base, treated, control, settings.offers.power),
        hoped_share=hoped,
        months=math.ceil(needed / len(lists)) if math.isfinite(needed) else None,
    )
