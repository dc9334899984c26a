"""What the lists bring if an assumption turns out half or twice as large."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import results
from analysis.money import break_even, contact_cost, exposed, monthly_revenue, share_saved
from analysis.segments.offers import Drawn, Triggers, price_contacts, price_plans, recommended
from analysis.settings import Money, Settings

MOVED = ("contact_cost", "discount", "share_saved", "loss_share")
SHARES = ("discount", "share_saved", "loss_share")
OTHER_UNIT = {"thousand_roubles": "roubles", "roubles": "thousand_roubles"}


def sensitivity(
    assigned: pd.DataFrame, triggers: Triggers, settings: Settings, base: Drawn
) -> list[results.Sensitivity]:
    """Price the same lists again with one assumption of money moved at a time.

    Parameters
    ----------
    assigned, triggers
        As for ``price_contacts``.
    base : Drawn
        The lists with the settings as they are.

    Returns
    -------
    list of Sensitivity
        The base first, then each assumption halved and doubled (a share at most to 1; what a
        discount saves moves with what a letter saves), then profit read in its other unit.
    """
    written = base.lists[~base.lists["control"].astype(bool)]

    def row(
        setting: str | None, times: float, value: float | None, changes: dict[str, float | str]
    ) -> results.Sensitivity:
        money = Money.model_validate(settings.money.model_dump() | changes)
        moved = settings.model_copy(update={"money": money})
        plans = (
            price_plans(price_contacts(assigned, triggers, moved), moved)
            if changes
            else base.alternatives
        )
        cost, at_risk, saved = _priced(written, money)
        return results.Sensitivity(
            setting=setting,
            times=times,
            value=value,
            worth_contacting=recommended(plans).customers,
            cost_roubles=cost,
            gain_roubles=saved - cost,
            break_even=break_even(at_risk, cost),
        )

    rows = [row(None, 1.0, None, {})]
    for name in MOVED:
        value = float(getattr(settings.money, name))
        for times in (0.5, 2.0):
            moved_to = _moved(name, value, times)
            changes: dict[str, float | str] = {name: moved_to}
            if name == "share_saved" and (more := settings.money.discount_share_saved) is not None:
                changes["discount_share_saved"] = _moved(name, more, times)
            rows.append(row(name, times, moved_to, changes))
    other: dict[str, float | str] = {"profit_unit": OTHER_UNIT[settings.money.profit_unit]}
    return [*rows, row("profit_unit", 1.0, None, other)]


def _moved(name: str, value: float, times: float) -> float:
    return min(value * times, 1.0) if name in SHARES else value * times


def _priced(written: pd.DataFrame, money: Money) -> tuple[float, float, float]:
    """Cost, exposed profit and what is saved of it, in roubles, of lists as they are."""
    if written.empty:
        return 0.0, 0.0, 0.0
    discounted = written["discounted"] & ~written["letter"]
    revenue = monthly_revenue(written)
    cost = np.where(
        discounted, contact_cost(revenue, money, True), contact_cost(revenue, money, False)
    )
    at_risk = exposed(written["probability"], written["profit"], money).to_numpy()
    share = np.where(discounted, share_saved(money, True), share_saved(money, False))
    return float(cost.sum()), float(at_risk.sum()), float((at_risk * share).sum())
