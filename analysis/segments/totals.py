"""What the lists come to: customers, roubles, and what must be true for them to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import results
from analysis.money import break_even, break_even_uplift
from analysis.segments.contacts import Contacts
from analysis.segments.lists import Drawn
from analysis.segments.offers import Triggers
from analysis.settings import Settings
from analysis.statistics.small_cells import is_small


def describe_offers(
    triggers: Triggers, sums: Sequence[results.OfferSums], use_by: str
) -> list[results.Offer]:
    """Describe every offer that has a list, in the order of the sums."""
    kinds = {kind.code: (place, kind) for place, kind in enumerate(triggers.book.offers, 1)}
    return [
        results.Offer(
            code=code,
            priority=kinds[code][0],
            feature=kinds[code][1].trigger.looks_at,
            threshold=triggers.thresholds.get(code),
            discount=kinds[code][1].discounted,
            written=each.written if len(each.codes) == 1 else None,
            use_by=use_by,
        )
        for each in sums
        for code in each.codes
    ]


def offer_sums(drawn: Drawn, settings: Settings) -> list[results.OfferSums]:
    """Add up the list of every offer, the most gainful first.

    Those with fewest letters are added up together until no sum is of fewer than may be told of;
    all of them where few of one have a discount, or lack it: what discounts cost would tell.
    """
    lists, smallest = drawn.counted, settings.privacy.smallest_cell
    to_write = lists[~lists["control"]]
    gains = (to_write["saved"] - to_write["spent"]).groupby(to_write["offer"], observed=True).sum()
    others = gains.sort_values(ascending=False, kind="stable").index.tolist()
    letters = to_write["offer"].value_counts()
    few: list[str] = []
    for code in sorted(others, key=lambda code: letters[code]):
        if letters[[*few]].sum() >= smallest or not (few or is_small(letters[code], smallest)):
            break
        few.append(code)
    parts = [[code] for code in others if code not in few]
    if few:
        parts.append([code for code in others if code in few])
    sums = [written(lists[lists["offer"].isin(codes)], settings) for codes in parts]
    apart = [each and (each.discounts, each.customers - each.discounts) for each in sums]
    if any(is_small(size, smallest) for sizes in apart if sizes for size in sizes):
        parts, sums = [others], [written(lists, settings)]
    sums = told_together(sums)

    def told(counts: Mapping[str, int], codes: Sequence[str]) -> int | None:
        return None if len(codes) > 1 or is_small(counts[codes[0]], smallest) else counts[codes[0]]

    return [
        results.OfferSums(
            codes=codes,
            fits=told(drawn.fitting, codes),
            pays=told(drawn.paying, codes),
            written=each,
        )
        for codes, each in zip(parts, sums, strict=True)
        if each
    ]


def written(listed: pd.DataFrame, settings: Settings) -> results.Written | None:
    """Add up a list: money of those written to; None for an empty list."""
    if listed.empty:
        return None
    to_write = listed[~listed["control"]]
    won_back = to_write[to_write["level"].eq("declined")]
    declined, steady = len(won_back), int(to_write["level"].eq("steady").sum())
    told = not any(is_small(each, settings.privacy.smallest_cell) for each in (declined, steady))
    cost, at_risk = float(to_write["spent"].sum()), float(to_write["exposed"].sum())
    return results.Written(
        customers=len(to_write),
        discounts=int((to_write["discounted"] & ~to_write["letter"]).sum()),
        letters=int(to_write["letter"].sum()),
        control=int(listed["control"].sum()),
        declined=declined if told else None,
        steady=steady if told else None,
        cost_roubles=cost,
        exposed_roubles=at_risk,
        gain_roubles=float(to_write["saved"].sum()) - cost,
        gain_declined_roubles=float((won_back["saved"] - won_back["spent"]).sum())
        if told
        else None,
        break_even=break_even(at_risk, cost),
        break_even_uplift=break_even_uplift(float(to_write["stake"].sum()), cost),
    )


def told_together(parts: Sequence[results.Written | None]) -> list[results.Written | None]:
    """Tell the levels of all parts of a sum or of none: one left out could be worked out."""
    untold = {"declined": None, "steady": None, "gain_declined_roubles": None}
    if all(part is None or part.declined is not None for part in parts):
        return [*parts]
    return [part and part.model_copy(update=untold) for part in parts]


def discount_must_save(with_discount: pd.DataFrame) -> float | None:
    """Give the share of exposed profit at which discounts bring what letters would.

    The same letters without the discount to the same customers.
    """
    at_risk = float(with_discount["exposed"].sum())
    if at_risk <= 0:
        return None
    dearer = float(with_discount["cost"].sum()) - float(with_discount["contact"].sum())
    saved = float((with_discount["exposed"] * with_discount["letter_share"]).sum())
    return (saved + dearer) / at_risk


def discount_worth(contacts: Contacts, settings: Settings) -> results.DiscountWorth | None:
    """Say what a discount would have to save to bring more than the letter alone.

    For one customer that is what the plain letter saves, and by how much the cheapest discount that
    suits him is dearer (with the return that is required of it) over the exposed profit. None where
    no offer with a discount suits anybody.
    """
    fitting = [code for code in contacts.book.discounts if code in contacts.fits]
    suits = np.zeros(len(contacts.customers), dtype=bool)
    cheapest = np.full(len(suits), np.inf)
    for code in fitting:
        suits |= contacts.fits[code]
        cost = np.where(contacts.fits[code], contacts.prices[code].cost, np.inf)
        cheapest = np.minimum(cheapest, cost)
    if not suits.any():
        return None
    at_risk = contacts.customers["exposed"].to_numpy()[suits]
    price = (cheapest - contacts.letter.cost)[suits]
    needed = np.full(len(at_risk), np.inf)
    dearer = (1 + settings.money.required_return) * price[at_risk > 0] / at_risk[at_risk > 0]
    letter = contacts.letter.share[suits]
    needed[at_risk > 0] = letter[at_risk > 0] + dearer
    needed = np.sort(np.maximum(needed, np.minimum(letter, 0.0)))
    plain = contacts.book.plain
    moneys = settings.money, settings.money.to_win_back
    kinds = [kind for kind in contacts.book.offers if kind.code in fitting]

    def reached(customers: int) -> float | None:
        share = needed[customers - 1] if customers <= len(needed) else np.inf
        return float(share) if share <= 1 else None

    return results.DiscountWorth(
        customers=len(needed),
        smallest_list=settings.offers.smallest_list,
        letter_saves=float(np.average(letter, weights=at_risk if at_risk.any() else None)),
        saves_the_same=all(
            kind.saves(money) == plain.saves(money) and kind.contact(money) >= plain.contact(money)
            for kind in kinds
            for money in moneys
        ),
        first=reached(settings.offers.smallest_list),
        half=reached(-(-len(needed) // 2)),
    )


def first_half(lists: pd.DataFrame, settings: Settings) -> results.FirstHalf | None:
    """Find how far down the lists half of their gain is reached; the largest gain comes first.

    None where so few bring it that their sum is not told.
    """
    to_write = lists[~lists["control"]]
    brought = (to_write["saved"] - to_write["spent"]).cumsum()
    if to_write.empty or brought.iloc[-1] <= 0:
        return None
    customers = int(np.argmax(brought.to_numpy() >= brought.iloc[-1] / 2)) + 1
    if is_small(customers, settings.privacy.smallest_cell):
        return None
    return results.FirstHalf(
        customers=customers,
        cost_roubles=float(to_write["spent"].head(customers).sum()),
        gain_roubles=float(brought.iloc[customers - 1]),
    )


def copies(lists: pd.DataFrame) -> results.ListedCopies | None:
    """Count the copies of customers on the lists; None where there are none."""
    if lists.empty:
        return None
    groups = lists.groupby("copy_group")["control"].agg(["size", "sum"])
    written = groups["size"] - groups["sum"]
    found = results.ListedCopies(
        again=int((written - 1).clip(lower=0).sum()),
        split=int(((written > 0) & (groups["sum"] > 0)).sum()),
    )
    return found if found.again or found.split else None


def first_of_copies(lists: pd.DataFrame) -> pd.Series[Any]:
    """Give for every copy of a customer who is written to further up the id of that customer."""
    to_write = lists[~lists["control"].astype(bool)]
    first = to_write.groupby("copy_group")["id"].transform("first")
    return first.where(to_write["copy_group"].duplicated()).reindex(lists.index)


def other_order(lists: pd.DataFrame, first: results.FirstHalf | None) -> results.OtherOrder | None:
    """Hold the first customers against those who come first if all probabilities fell alike."""
    if first is None:
        return None
    stakes = lists.loc[~lists["control"], "stake"].reset_index(drop=True)
    leading = stakes.sort_values(ascending=False, kind="stable").index[: first.customers]
    return results.OtherOrder(
        customers=first.customers, shared=int((leading < first.customers).sum())
    )


def left_out(drawn: Drawn) -> results.LeftOut | None:
    """Add up whom the limits left out; None where they left out nobody."""
    if drawn.left_out.empty:
        return None
    return results.LeftOut(
        customers=len(drawn.left_out),
        cost_roubles=float(drawn.left_out["cost"].sum()),
        gain_roubles=float(drawn.left_out["gain"].sum()),
    )
