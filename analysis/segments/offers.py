"""Which offers there are, and whom each fits.

A trigger is a plain rule that the snapshot bears out, the spending of the top quarter, or a
favourite category in which decline is really more frequent; whom no trigger fits gets the plain
letter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.segments.category_tests import compare_categories, favours
from analysis.segments.rules import learn_rules
from analysis.settings import Settings

TOP_SPENDERS = 0.75
"""Quantile of total revenue from which a customer counts as a top spender."""


@dataclass(frozen=True)
class OfferKind:
    """An offer and what triggers it.

    ``trigger`` is the code of a rule, ``spend``, ``category`` or ``everyone``.
    """

    code: str
    trigger: str
    feature: str
    discount: bool


OFFERS = (
    OfferKind("basket", "unpaid_basket", "unpaid_items", discount=True),
    OfferKind("promotions", "promotion_seeker", "promo_share", discount=True),
    OfferKind("loyalty", "spend", "revenue_total", discount=True),
    OfferKind("favourite_discount", "category", "category", discount=True),
    OfferKind("basket_reminder", "unpaid_basket", "unpaid_items", discount=False),
    OfferKind("other_categories", "narrow_browsing", "categories_per_visit", discount=False),
    OfferKind("favourite_category", "category", "category", discount=False),
    OfferKind("letter", "everyone", "", discount=False),
)
"""In the order of their priority among those that are worth as much."""

DISCOUNTS = tuple(kind.code for kind in OFFERS if kind.discount)

PLAIN = "letter"
"""The offer for whom no other fits; its list is made however short it is."""


@dataclass(frozen=True)
class Triggers:
    """What triggers offers in one month.

    Attributes
    ----------
    fits : dict of str to ndarray of bool, shape (n_scored,)
        By trigger; one that the snapshot does not have is absent.
    thresholds : dict of str to float
        By trigger, of those that have one number.
    """

    rules: results.RulesResults
    categories: list[results.CategoryTest]
    fits: dict[str, Flags]
    thresholds: dict[str, float]


def find_triggers(assigned: pd.DataFrame, settings: Settings, seed: int) -> Triggers:
    """Learn what triggers offers from all scored customers (see ``assign``, ``learn_rules``)."""
    learnt = learn_rules(assigned, settings, seed)
    categories = compare_categories(assigned)
    fits: dict[str, Flags] = {
        str(code): np.asarray(learnt.fits[code], dtype=bool) for code in learnt.fits
    }
    limits = {rule.code: rule.limits for rule in learnt.results.rules}
    thresholds = {code: limits[code][0].value for code in fits if len(limits[code]) == 1}
    if assigned["revenue_total"].nunique() > 1:
        thresholds["spend"] = float(assigned["revenue_total"].quantile(TOP_SPENDERS))
        fits["spend"] = np.asarray(assigned["revenue_total"] > thresholds["spend"])
    if any(each.telling for each in categories):
        fits["category"] = favours(assigned, categories)
    fits["everyone"] = np.ones(len(assigned), dtype=bool)
    return Triggers(learnt.results, categories, fits, thresholds)
