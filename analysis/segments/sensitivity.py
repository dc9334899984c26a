"""What the lists bring if an assumption turns out half or twice as large."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.money import break_even, exposed, to_win_back
from analysis.segments.contacts import Contacts, Shares, cost_of, discount_bases, price_again
from analysis.segments.lists import Drawn
from analysis.segments.offer_book import OfferBook
from analysis.segments.plans import worth_contacting
from analysis.settings import Money, Settings

MOVED = ("contact_cost", "discount", "share_saved", "loss_share")
SHARES = ("discount", "share_saved", "loss_share")
OTHER_UNIT = {"thousand_roubles": "roubles", "roubles": "thousand_roubles"}


def sensitivity(
    settings: Settings,
    base: Drawn,
    contacts: Contacts,
    shares: Shares,
) -> list[results.Sensitivity]:
    """Price the same lists again with one assumption of money moved at a time.

    Parameters
    ----------
    base : Drawn
        The lists with the settings as they are.
    contacts : Contacts
        Whom the lists were drawn from; prices of the offers' own move as those of the settings do.
    shares : Shares
        What offers save.

    Returns
    -------
    list of Sensitivity
        The base first, then each assumption halved and doubled (a share at most to 1; what a
        discount saves moves with what a letter saves, and what holds of those to be won back with
        what holds of those to be kept), then profit read in its other unit. The value of a price is
        None where the offers do not have it in common.
    """
    written, book = base.counted[~base.counted["control"]], contacts.book

    def row(
        setting: str | None,
        times: float,
        value: float | None,
        moved: Settings,
        saved: Shares,
        by_level: results.ByLevel | None = None,
        *,
        capped: bool = False,
    ) -> results.Sensitivity:
        offers = book.moved(setting, times) if setting else book
        customers = base.recommended.customers
        if setting:
            customers = worth_contacting(price_again(contacts, moved, saved, offers), moved)
        cost, at_risk, kept = _priced(written, moved.money, offers, saved)
        return results.Sensitivity(
            setting=setting,
            times=times,
            capped=capped,
            value=value,
            value_by_level=by_level,
            worth_contacting=customers,
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
                saved = shares.times(times)
                both = _saved_by_level(written, settings.money, saved)
                if both is not None:
                    moved_to = _priced(written, settings.money, book, saved)[2] / at_risk
                capped = shares.beyond(times)
                rows.append(row(name, times, moved_to, settings, saved, both, capped=capped))
            else:
                everywhere = _with(settings, name, times)
                told = _in_common(book, settings.money, name)
                moved_by = None if told is None else _moved(name, told, times)
                both = _lost_by_level(everywhere.money) if name == "loss_share" else None
                capped = max(_all_of(book, settings.money, name)) * times > 1 and name in SHARES
                rows.append(row(name, times, moved_by, everywhere, shares, both, capped=capped))
    other = OTHER_UNIT[settings.money.profit_unit]
    return [
        *rows,
        row("profit_unit", 1.0, None, _changed(settings, {"profit_unit": other}), shares),
    ]


def saved_by_level(lists: pd.DataFrame, shares: Shares) -> results.ByLevel | None:
    """Give what lists save of the exposed profit on those to be kept and to be won back.

    None where both are one, or where the lists have but one of them.
    """
    if not shares.differ:
        return None
    to_write = lists[~lists["control"]]
    met, kept = (np.asarray(to_write[name], dtype=np.float64) for name in ("exposed", "saved"))
    return _by_level(to_write, met, kept)


def _saved_by_level(written: pd.DataFrame, money: Money, shares: Shares) -> results.ByLevel | None:
    if written.empty or not shares.differ:
        return None
    at_risk = np.asarray(exposed(written, money), dtype=np.float64)
    share = shares.of(written["works_as"], written["tried"], written["level"])
    return _by_level(written, at_risk, at_risk * share)


def _by_level(written: pd.DataFrame, at_risk: Floats, kept: Floats) -> results.ByLevel | None:
    lost = to_win_back(written["level"])
    met = [float(at_risk[side].sum()) for side in (~lost, lost)]
    if min(met) <= 0:
        return None
    keep, win_back = (
        float(kept[side].sum()) / total for side, total in zip((~lost, lost), met, strict=True)
    )
    return results.ByLevel(keep=keep, win_back=win_back)


def _lost_by_level(money: Money) -> results.ByLevel | None:
    win_back = money.to_win_back.loss_share
    if win_back == money.loss_share:
        return None
    return results.ByLevel(keep=money.loss_share, win_back=win_back)


def _with(settings: Settings, name: str, times: float) -> Settings:
    """Move a setting, and what is set in its place for those to be won back."""
    names = [name, f"win_back_{name}"]
    values = {each: getattr(settings.money, each, None) for each in names}
    return _changed(
        settings,
        {each: _moved(name, value, times) for each, value in values.items() if value is not None},
    )


def _changed(settings: Settings, values: dict[str, float | str]) -> Settings:
    money = Money.model_validate(settings.money.model_dump() | values)
    return settings.model_copy(update={"money": money})


def _moved(name: str, value: float, times: float) -> float:
    return min(value * times, 1.0) if name in SHARES else value * times


def _in_common(book: OfferBook, money: Money, name: str) -> float | None:
    """Give the value of a price that all offers have, None where they differ."""
    if name == "loss_share":
        return money.loss_share
    values = _all_of(book, money, name)
    return None if len(values) > 1 else values.pop()


def _all_of(book: OfferBook, money: Money, name: str) -> set[float]:
    """Give all values that an assumption has, of any offer or either level."""
    if name == "loss_share":
        return {money.loss_share, money.to_win_back.loss_share}
    if name == "contact_cost":
        return {kind.contact(money) for kind in book.offers}
    values = {kind.rate(money) for kind in book.offers if kind.discounted}
    return values or {float(getattr(money, name))}


def _priced(
    written: pd.DataFrame, money: Money, book: OfferBook, shares: Shares
) -> tuple[float, float, float]:
    """Cost, exposed profit and what is saved of it, in roubles, of lists as they are."""
    if written.empty:
        return 0.0, 0.0, 0.0
    with_discount = np.asarray(written["discounted"] & ~written["letter"], dtype=bool)
    cost = np.zeros(len(written))
    for kind in book.offers:
        theirs = np.asarray(written["offer"] == kind.code, dtype=bool)
        cost[theirs] = kind.contact(money)
        dearer = theirs & with_discount
        if dearer.any():
            cost[dearer] = cost_of(discount_bases(written[dearer], book), kind, money)
    at_risk = np.asarray(exposed(written, money), dtype=np.float64)
    share = shares.of(written["works_as"], written["tried"], written["level"])
    return float(cost.sum()), float(at_risk.sum()), float((at_risk * share).sum())
