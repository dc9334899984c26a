"""Customers made up for tests of decisions, of chance or with a risk that shows; their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.campaigns.lot import Lot
from analysis.chapters.offer_names import offer_labels
from analysis.chapters.words import Words
from analysis.cleaning.duplicates import copy_groups
from analysis.cleaning.features import NUMERIC
from analysis.segments.offer_book import OfferBook, OfferKind, default_book
from analysis.segments.terms import describe_book
from analysis.settings import Money
from tests.conftest import RUSSIAN

EVERYONE = {"everyone": True}
LOT = Lot(b"a key for made-up customers")
CATEGORIES = ["Товары для детей", "Кухонная посуда", "Домашний текстиль"]


def offer_kind(code: str, trigger: dict[str, Any] | None = None, **keys: Any) -> OfferKind:
    """An offer called by its code in every language, for everyone unless said otherwise."""
    names = {"ru": code, "en": code}
    return OfferKind.model_validate(
        {"code": code, "trigger": trigger or EVERYONE, "names": names, "says": names} | keys
    )


def made_up(seed: int, customers: int = 60) -> pd.DataFrame:
    """Customers whose level, features, consent and profit have nothing to do with one another."""
    rng = np.random.default_rng(seed)
    numbers = {
        name: rng.gamma(2, 2, customers)
        for name in (*sorted(set(NUMERIC) - {"promo_share"}), "profit")
    }
    made = pd.DataFrame(
        {
            "id": np.arange(1, customers + 1),
            "level": rng.choice(["declined", "steady"], customers),
            "service": rng.choice(["премиум", "стандарт"], customers),
            "consent": rng.choice([True, False], customers),
            "category": rng.choice(CATEGORIES, customers),
            "promo_share": rng.uniform(size=customers),
            "state": "trained",
            "reason": "",
            "twin_of": pd.array([None] * customers, dtype="Int64"),
            **numbers,
        }
    )
    return made.assign(copy_group=copy_groups(made))


def scores(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Probabilities of pure chance."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"id": customers["id"], "probability": rng.uniform(0.01, 0.99, len(customers))}
    )


def by_risk(customers: int, seed: int) -> pd.DataFrame:
    """Customers whose habits follow their probability of decline, as far as chance lets them."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(0.5, 0.7, customers).clip(0.02, 0.98)
    level = np.where(rng.uniform(size=customers) < risk, "declined", "steady")
    habits = made_up(seed, customers).assign(
        level=level,
        probability=risk,
        profit=rng.uniform(1, 7, customers).round(2),
        unpaid_items=rng.poisson(1.5 + 4 * risk).astype(float),
        promo_share=(0.15 + 0.3 * risk + rng.normal(0, 0.05, customers)).clip(0, 1).round(2),
        categories_per_visit=np.round(5 - 3 * risk + rng.normal(0, 0.7, customers)).clip(1),
        pages_per_visit=np.round(11 - 7 * risk + rng.normal(0, 1.5, customers)).clip(1),
        minutes_previous=np.round(17 - 8 * risk + rng.normal(0, 2, customers)).clip(0),
        minutes_current=np.round(17 - 8 * risk + rng.normal(0, 2, customers)).clip(0),
        contacts_6m=(5 - 1.5 * risk + rng.normal(0, 0.5, customers)).round(1),
        category=np.where(
            rng.uniform(size=customers) < 0.6 * risk,
            CATEGORIES[0],
            rng.choice(CATEGORIES, customers),
        ),
        revenue_before_previous=rng.normal(4800, 400, customers).round(1),
        revenue_previous=rng.normal(4900, 400, customers).round(1),
        revenue_current=rng.normal(5200, 400, customers).round(1),
    )
    return habits.assign(copy_group=copy_groups(habits))


def worded(language: str, book: OfferBook | None = None) -> Words:
    """The words of a language with the names of a book."""
    described = describe_book(book or default_book(), Money())
    results = {"segments": {"book": [each.model_dump() for each in described]}}
    return Words.load(RUSSIAN.parent / language).with_labels(offer_labels(results, language))


@dataclass(frozen=True)
class ByOneFeature:
    """A model that goes by one feature alone."""

    feature: str

    def score(self, features: pd.DataFrame) -> Any:
        return features[self.feature].to_numpy(dtype=float)

    def probability(self, features: pd.DataFrame) -> Any:
        return 1 / (1 + np.exp(-self.score(features) / 10))
