"""What the lists come to: customers, roubles, and what must be true for them to pay."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import results
from analysis.money import break_even, break_even_uplift
from analysis.offers import BY_CODE, OFFERS, Drawn, Triggers
from analysis.settings import Settings
from analysis.trial import plan_trial

MONTHS_IN_YEAR = 12


def describe_offers(
    drawn: Drawn, triggers: Triggers, settings: Settings, use_by: str
) -> list[results.Offer]:
    """Describe every offer that has a list, in the order in which they are given."""
    made = []
    for kind in OFFERS:
        listed = drawn.lists[drawn.lists["offer"] == kind.code]
        sums = written(listed)
        if sums is None:
            continue
        made.append(
            results.Offer(
                code=kind.code,
                feature=kind.feature,
                threshold=triggers.thresholds.get(kind.trigger),
                discount=kind.discount,
                fits=drawn.fitting[kind.code],
                pays=drawn.paying[kind.code],
                written=sums,
                trial=plan_trial(listed, settings),
                use_by=use_by,
            )
        )
    return made


def testable(offer: results.Offer) -> bool:
    """Tell whether a year's lists are enough to see the effect that the settings assume."""
    months = offer.trial.months if offer.trial else None
    return months is not None and months <= MONTHS_IN_YEAR


def discounted(lists: pd.DataFrame) -> pd.Series[bool]:
    """Tell which lines of the lists are offers with a discount."""
    return lists["offer"].isin([code for code, kind in BY_CODE.items() if kind.discount])


def written(listed: pd.DataFrame) -> results.Written | None:
    """Add up a list: money of those written to; None for an empty list."""
    if listed.empty:
        return None
    to_write = listed[~listed["control"]]
    cost, at_risk = float(to_write["cost"].sum()), float(to_write["exposed"].sum())
    return results.Written(
        customers=len(to_write),
        control=int(listed["control"].sum()),
        cost_roubles=cost,
        exposed_roubles=at_risk,
        gain_roubles=float(to_write["gain"].sum()),
        break_even=break_even(at_risk, cost),
        break_even_uplift=break_even_uplift(float(to_write["stake"].sum()), cost),
    )


def written_beyond(offers: list[results.Offer], shown: int) -> int:
    """Count customers written to who are not on the lists that page 1 names, the most gainful."""
    ordered = sorted(offers, key=lambda offer: -offer.written.gain_roubles)
    return sum(offer.written.customers for offer in ordered[shown:])


def discount_must_save(with_discount: pd.DataFrame, settings: Settings) -> float | None:
    """Give the share of exposed profit at which discounts bring what letters would.

    Letters to the same customers, which save what the settings assume.
    """
    at_risk = float(with_discount["exposed"].sum())
    if at_risk <= 0:
        return None
    dearer = float(with_discount["cost"].sum()) - len(with_discount) * settings.money.contact_cost
    return settings.money.share_saved + dearer / at_risk


def first_half(to_write: pd.DataFrame) -> results.FirstHalf | None:
    """Find the fewest customers who bring half of the gain; the largest gain comes first."""
    if to_write.empty:
        return None
    total = to_write["gain"].cumsum()
    count = int(np.searchsorted(total.to_numpy(), total.iloc[-1] / 2)) + 1
    first = to_write.head(count)
    return results.FirstHalf(
        customers=len(first),
        cost_roubles=float(first["cost"].sum()),
        gain_roubles=float(first["gain"].sum()),
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
