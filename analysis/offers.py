"""Which offer fits whom, what it costs, and what must be true for it to pay.

An offer has a trigger: a feature of the customer beyond what is usual among customers at low risk.
Its threshold is learnt from the snapshot. Every customer gets one offer at most, the first of
``OFFERS`` whose trigger fits, and only with consent and where the contact is expected to pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis import results
from analysis.money import break_even, contact_cost, expected_gain, exposed
from analysis.segments import category_shares
from analysis.settings import Settings

MONTHS_OF_REVENUE = ("revenue_before_previous", "revenue_previous", "revenue_current")


@dataclass(frozen=True)
class Trigger:
    """An offer and the feature that triggers it.

    ``side`` says which tail triggers: above the upper quartile or below the lower quartile of
    customers at low risk; None where the offer fits everyone.
    """

    code: str
    feature: str
    side: Literal["above", "below"] | None
    discount: bool


OFFERS = (
    Trigger("basket", "unpaid_items", "above", discount=True),
    Trigger("promotions", "promo_share", "above", discount=True),
    Trigger("other_categories", "categories_per_visit", "below", discount=False),
    Trigger("loyalty", "revenue_total", "above", discount=True),
    Trigger("favourite_category", "category", None, discount=False),
)


@dataclass(frozen=True)
class Offered:
    """The offers and, per listed customer, the line of the list.

    ``lists`` has the columns id, offer, category, probability, profit, exposed, cost and gain,
    the largest gain first inside each offer.
    """

    offers: list[results.Offer]
    skipped: list[str]
    lists: pd.DataFrame


def make_offers(
    segment: pd.DataFrame, scored: pd.DataFrame, settings: Settings, use_by: str
) -> Offered:
    """Give each consenting customer of the segment the first offer that fits.

    Parameters
    ----------
    segment : DataFrame
        The chosen segment: scored customers with probability, risk and the canonical columns.
    scored : DataFrame
        All scored customers, from which thresholds are learnt.
    use_by : str
        Last day of the offers, ISO.
    """
    reachable = with_total(segment[segment["consent"]])
    scored = with_total(scored)
    calm = scored[scored["risk"] == "low"]
    fits = {trigger.code: _fits(reachable, trigger, threshold(calm, trigger)) for trigger in OFFERS}
    lists = _assign(reachable, fits, settings)
    others = scored[~scored["id"].isin(segment["id"])]
    offers = [
        _describe(
            trigger,
            threshold(calm, trigger),
            int(fits[trigger.code].sum()),
            lists[lists["offer"] == trigger.code],
            others,
            use_by,
        )
        for trigger in OFFERS
        if (lists["offer"] == trigger.code).any()
    ]
    codes = {offer.code for offer in offers}
    columns = ["id", "offer", "category", "probability", "profit", "exposed", "cost", "gain"]
    return Offered(
        offers=offers,
        skipped=[trigger.code for trigger in OFFERS if trigger.code not in codes],
        lists=lists[columns],
    )


def with_total(customers: pd.DataFrame) -> pd.DataFrame:
    """Add revenue_total, the revenue of the three months (a missing month counts nothing)."""
    return customers.assign(revenue_total=customers[list(MONTHS_OF_REVENUE)].sum(axis=1))


def threshold(calm: pd.DataFrame, trigger: Trigger) -> float | None:
    """Learn a trigger's threshold: the quartile among customers at low risk."""
    if trigger.side is None or calm.empty:
        return None
    return float(calm[trigger.feature].quantile(0.75 if trigger.side == "above" else 0.25))


def detectable_share(
    base: float, treated: int, control: int, power: float, level: float = 0.05
) -> float | None:
    """Give the share that a two-sided test of two groups would tell from the base share.

    The smallest reduction found with the given power, by the arcsine transformation
    (Cohen's h); None if no reduction at all could be found.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, chapter 6.
    """
    if min(treated, control) < 2:
        return None
    effect = (norm.ppf(1 - level / 2) + norm.ppf(power)) * np.sqrt(1 / treated + 1 / control)
    angle = np.arcsin(np.sqrt(base)) - effect / 2
    return float(np.sin(angle) ** 2) if angle > 0 else None


def needed_customers(
    base: float, hoped: float, hold_out: float, power: float, level: float = 0.05
) -> float:
    """Give how many customers, both groups together, tell the hoped share from the base share.

    Infinite where the shares are equal or nobody is held out. By the arcsine transformation, as
    in ``detectable_share``.
    """
    effect = 2 * (np.arcsin(np.sqrt(base)) - np.arcsin(np.sqrt(hoped)))
    if effect <= 0 or not 0 < hold_out < 1:
        return float("inf")
    quantiles = norm.ppf(1 - level / 2) + norm.ppf(power)
    return float((1 / hold_out + 1 / (1 - hold_out)) * (quantiles / effect) ** 2)


def _fits(customers: pd.DataFrame, trigger: Trigger, limit: float | None) -> NDArray[np.bool_]:
    if trigger.side is None:
        return np.ones(len(customers), dtype=bool)
    if limit is None:
        return np.zeros(len(customers), dtype=bool)
    values = customers[trigger.feature]
    return np.asarray(values > limit if trigger.side == "above" else values < limit)


def _assign(
    customers: pd.DataFrame, fits: dict[str, NDArray[np.bool_]], settings: Settings
) -> pd.DataFrame:
    """Give everyone the first offer that fits; an offer for too few is dropped, then again.

    The last offer, which fits everyone, is kept however few it reaches: nobody for whom a contact
    pays is left without one.
    """
    made = [trigger.code for trigger in OFFERS]
    while True:
        offer = np.full(len(customers), "", dtype=object)
        for code in made:
            offer = np.where((offer == "") & fits[code], code, offer)
        lists = _price(customers.assign(offer=offer), settings)
        sizes = {code: int((lists["offer"] == code).sum()) for code in made[:-1]}
        smallest = min(sizes, key=lambda code: sizes[code], default=None)
        if smallest is None or sizes[smallest] >= settings.offers.smallest_list:
            return lists
        made.remove(smallest)


def _price(customers: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    discounted = {trigger.code for trigger in OFFERS if trigger.discount}
    at_risk = exposed(customers["probability"], customers["profit"], settings.money)
    revenue = customers["revenue_total"] / len(MONTHS_OF_REVENUE)
    cost = np.where(
        customers["offer"].isin(discounted),
        contact_cost(revenue, settings.money, discount=True),
        contact_cost(revenue, settings.money, discount=False),
    )
    priced = customers.assign(
        exposed=at_risk, cost=cost, gain=expected_gain(at_risk, cost, settings.money)
    )
    paying = priced[(priced["offer"] != "") & (priced["gain"] > 0)]
    return paying.sort_values(
        ["offer", "gain", "exposed", "id"], ascending=[True, False, False, True]
    ).reset_index(drop=True)


def _describe(
    trigger: Trigger,
    limit: float | None,
    fits: int,
    listed: pd.DataFrame,
    others: pd.DataFrame,
    use_by: str,
) -> results.Offer:
    cost = float(listed["cost"].sum())
    at_risk = float(listed["exposed"].sum())
    return results.Offer(
        code=trigger.code,
        feature=trigger.feature,
        threshold=limit,
        fits=fits,
        customers=len(listed),
        discount=trigger.discount,
        cost_roubles=cost,
        cost_each_roubles=cost / len(listed),
        exposed_roubles=at_risk,
        gain_roubles=float(listed["gain"].sum()),
        break_even=break_even(at_risk, cost),
        use_by=use_by,
        categories=category_shares(listed, others),
    )
