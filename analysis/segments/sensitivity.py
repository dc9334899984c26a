"""What the lists bring if an assumption turns out half or twice as large."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis import results
from analysis.money import break_even, exposed
from analysis.segments.contacts import Contacts, Shares, cost_of
from analysis.segments.lists import Drawn
from analysis.segments.offer_book import OfferBook
from analysis.segments.plans import price_plans, recommended
from analysis.settings import Money, Settings

MOVED = ("contact_cost", "discount", "share_saved", "loss_share")
SHARES = ("discount", "share_saved", "loss_share")
OTHER_UNIT = {"thousand_roubles": "roubles", "roubles": "thousand_roubles"}


def sensitivity(
    settings: Settings,
    base: Drawn,
    book: OfferBook,
    shares: Shares,
    price: Callable[[Settings, Shares, OfferBook], Contacts],
) -> list[results.Sensitivity]:
    """Price the same lists again with one assumption of money moved at a time.

    Parameters
    ----------
    base : Drawn
        The lists with the settings as they are.
    book : OfferBook
        The offers; prices of their own move as those of the settings do.
    shares : Shares
        What offers save.
    price : callable
        Prices the contacts of the month under other settings, shares and prices of offers.

    Returns
    -------
    list of Sensitivity
        The base first, then each assumption halved and doubled (a share at most to 1; what a
        discount saves moves with what a letter saves), then profit read in its other unit. The
        value of a price is None where the offers do not have it in common.
    """
    written = base.lists[~base.lists["control"].astype(bool)]

    def row(
        setting: str | None,
        times: float,
        value: float | None,
        moved: Settings,
        saved: Shares,
    ) -> results.Sensitivity:
        offers = book.moved(setting, times) if setting else book
        plans = price_plans(price(moved, saved, offers), moved) if setting else base.alternatives
        cost, at_risk, kept = _priced(written, moved.money, offers, saved)
        return results.Sensitivity(
            setting=setting,
            times=times,
            value=value,
            worth_contacting=recommended(plans).customers,
            cost_roubles=cost,
            gain_roubles=kept - cost,
            break_even=break_even(at_risk, cost),
        )

    rows = [row(None, 1.0, None, settings, shares)]
    _, at_risk, kept = _priced(written, settings.money, book, shares)
    for name in MOVED:
        value = float(getattr(settings.money, name))
        if name == "share_saved":
            value = kept / at_risk if at_risk > 0 else shares.tried[book.plain.code]
        for times in (0.5, 2.0):
            moved_to = _moved(name, value, times)
            if name == "share_saved":
                rows.append(row(name, times, moved_to, settings, shares.times(times)))
            else:
                everywhere = _with(settings, name, moved_to)
                told = _in_common(book, settings.money, name)
                moved_by = None if told is None else _moved(name, told, times)
                rows.append(row(name, times, moved_by, everywhere, shares))
    other = OTHER_UNIT[settings.money.profit_unit]
    return [
        *rows,
        row("profit_unit", 1.0, None, _with(settings, "profit_unit", other), shares),
    ]


def _with(settings: Settings, name: str, value: float | str) -> Settings:
    money = Money.model_validate(settings.money.model_dump() | {name: value})
    return settings.model_copy(update={"money": money})


def _moved(name: str, value: float, times: float) -> float:
    return min(value * times, 1.0) if name in SHARES else value * times


def _in_common(book: OfferBook, money: Money, name: str) -> float | None:
    """Give the value of a price that all offers have, None where they differ."""
    if name == "contact_cost":
        values = {kind.contact(money) for kind in book.offers}
    elif name == "discount":
        values = {kind.rate(money) for kind in book.offers if kind.discounted}
    else:
        return float(getattr(money, name))
    if len(values) > 1:
        return None
    return values.pop() if values else float(getattr(money, name))


def _priced(
    written: pd.DataFrame, money: Money, book: OfferBook, shares: Shares
) -> tuple[float, float, float]:
    """Cost, exposed profit and what is saved of it, in roubles, of lists as they are."""
    if written.empty:
        return 0.0, 0.0, 0.0
    bare = ~written["discounted"] | written["letter"]
    cost = np.zeros(len(written))
    for kind in book.offers:
        priced = np.where(bare, kind.contact(money), cost_of(written, kind, money))
        cost = np.where(written["offer"] == kind.code, priced, cost)
    at_risk = exposed(written["probability"], written["profit"], money).to_numpy()
    share = shares.of(written["works_as"], written["tried"])
    return float(cost.sum()), float(at_risk.sum()), float((at_risk * share).sum())
