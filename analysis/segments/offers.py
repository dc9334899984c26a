"""Whom each offer fits, by what triggers it.

A trigger is a plain rule that the snapshot bears out, a threshold of a feature, a favourite
category, a level of activity, or nothing at all; whom no other fits gets the plain letter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Flags
from analysis.cleaning.features import ENGINEERED, ratio
from analysis.segments.category_tests import compare_categories
from analysis.segments.offer_book import (
    TELLING,
    OfferBook,
    Trigger,
    default_book,
)
from analysis.segments.plain_rules import RULES, Rule
from analysis.segments.rules import LearntRules, learn_rules
from analysis.settings import Settings
from analysis.statistics.cutoff import at_or_beyond


@dataclass(frozen=True)
class Triggers:
    """What triggers offers in one month.

    Attributes
    ----------
    book : OfferBook
    fits : dict of str to ndarray of bool, shape (n_scored,)
        By offer; one whose trigger the snapshot does not have is absent.
    thresholds : dict of str to float
        By offer, of those whose trigger is one number.
    favoured : dict of str to list of str
        By offer, the favourite categories that trigger it.
    """

    book: OfferBook
    rules: results.RulesResults
    categories: list[results.CategoryTest]
    fits: dict[str, Flags]
    thresholds: dict[str, float]
    favoured: dict[str, list[str]]


def find_triggers(
    assigned: pd.DataFrame, settings: Settings, seed: int, book: OfferBook | None = None
) -> Triggers:
    """Learn what triggers offers from all scored customers (see ``assign``, ``learn_rules``).

    Parameters
    ----------
    book : OfferBook, optional
        The offers that come with the program by default.
    """
    book = book or default_book()
    features = {kind.trigger.looks_at for kind in book.offers}
    table = assigned.assign(
        **{name: _change(assigned, name) for name in ENGINEERED if name in features}
    )
    learnt = learn_rules(table, settings, seed, _rules_of_offers(book))
    tested = compare_categories(assigned)
    telling = [each.category for each in tested if each.telling]
    fits: dict[str, Flags] = {}
    thresholds: dict[str, float] = {}
    favoured: dict[str, list[str]] = {}
    for kind in book.offers:
        trigger = kind.trigger
        if trigger.category is not None:
            favoured[kind.code] = telling if trigger.category == TELLING else [*trigger.category]
        found, threshold = _fits(trigger, table, learnt, favoured.get(kind.code, []))
        if found is not None:
            fits[kind.code] = found
        if found is not None and threshold is not None:
            thresholds[kind.code] = threshold
    return Triggers(book, learnt.results, tested, fits, thresholds, favoured)


def _change(customers: pd.DataFrame, name: str) -> pd.Series[float]:
    """Give a feature that holds two numbers against each other, as a relative change."""
    return pd.Series(np.expm1(ratio(customers, name)), index=customers.index)


def _rules_of_offers(book: OfferBook) -> list[Rule]:
    """List the rules that are learnt for offers besides the plain ones, each once."""
    wanted = (kind.trigger.learnt_rule for kind in book.offers)
    return list(dict.fromkeys(rule for rule in wanted if rule and rule not in RULES))


def _fits(
    trigger: Trigger, customers: pd.DataFrame, learnt: LearntRules, favoured: list[str]
) -> tuple[Flags | None, float | None]:
    """Tell whom a trigger fits, None where the month does not have it; and its threshold."""
    rule = trigger.learnt_rule
    if rule is not None:
        return _by_rule(rule, learnt)
    if trigger.feature is not None:
        return _by_feature(trigger, customers[trigger.feature])
    if trigger.category is not None:
        if not favoured:
            return None, None
        return np.asarray(customers["category"].astype(str).isin(favoured)), None
    if trigger.level is not None:
        return np.asarray(customers["level"].eq(trigger.level), dtype=bool), None
    return np.ones(len(customers), dtype=bool), None


def _by_rule(rule: Rule, learnt: LearntRules) -> tuple[Flags | None, float | None]:
    if rule.code not in learnt.fits:
        return None, None
    [limits] = (each.limits for each in learnt.results.rules if each.code == rule.code)
    threshold = limits[0].value if len(limits) == 1 else None
    return np.asarray(learnt.fits[rule.code], dtype=bool), threshold


def _by_feature(trigger: Trigger, values: pd.Series[float]) -> tuple[Flags | None, float | None]:
    side = trigger.side or "above"
    if trigger.quantile is not None:
        if values.nunique() < 2:
            return None, None
        threshold = float(values.quantile(trigger.quantile))
        beyond = values > threshold if side == "above" else values < threshold
        return np.asarray(beyond, dtype=bool), threshold
    if trigger.threshold is None or isinstance(trigger.threshold, str):
        raise ValueError("a learnt threshold is that of a rule")
    return at_or_beyond(values, side, trigger.threshold), trigger.threshold
