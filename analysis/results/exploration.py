"""How the two levels differ, feature by feature."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Interval, Part, Proportion

MOST_CONTRASTED = 4
"""Numeric features of which a chart shows how the levels differ, the strongest first."""


class NumericFeature(Part):
    """One numeric feature between the two levels (trained customers).

    ``drawn`` tells that a chart can show its values without showing a few customers.
    """

    name: str
    median_steady: float
    median_declined: float
    quartiles_steady: Interval
    quartiles_declined: Interval
    missing: int
    cliffs_delta: Estimate
    p_value: float
    p_holm: float
    differs: bool
    drawn: bool = True


class CategoricalFeature(Part):
    """One categorical feature between the two levels (trained customers)."""

    name: str
    cramers_v: Estimate
    p_value: float
    p_holm: float
    differs: bool


class LevelShare(Part):
    """Share of customers with lower activity among those with one value of a feature."""

    value: str
    declined: Proportion


class MonthByLevel(Part):
    """Median of a measure in one month, by level."""

    measure: Literal["revenue", "minutes"]
    month: Literal["before_previous", "previous", "current"]
    median_steady: float
    median_declined: float


class FeaturePair(Part):
    """Association of two features: phi_k and, between numbers, Spearman's rho."""

    first: str
    second: str
    phik: float
    spearman: float | None
    verdict: Literal["same", "close"]


class Inflation(Part):
    """Variance inflation factor of a feature."""

    name: str
    vif: float


class ProfitTier(Part):
    """Observed decline in one of the equal groups by profit, 1 the least profitable.

    ``profit_from`` and ``profit_to`` are where the groups were cut.
    """

    tier: int
    profit_from: float | None
    profit_to: float | None
    declined: Proportion


Decision = Literal[
    "labels", "twins", "near_copies", "contradicting", "impossible", "inactive", "row_order"
]


class Rescored(Part):
    """ROC-AUC of one fixed model with a decision as taken and otherwise, the same customers."""

    decided: float
    otherwise: float
    difference: Estimate


class WhatIf(Part):
    """What the opposite of one decision about the data would change.

    ``concerned`` customers are those whom the decision is about, ``scored`` those on whom both
    ways are compared; ``noticeable``: for one of the models the interval leaves out zero.
    """

    decision: Decision
    concerned: int
    scored: int
    logistic: Rescored
    neighbours: Rescored
    noticeable: bool


class ExplorationResults(Part):
    """Levels compared; ``what_if`` is empty where nothing can be scored, most telling first.

    Shares of fewer customers than ``smallest_base`` are left out of the figures.
    """

    base: int
    smallest_base: int = 0
    numeric: list[NumericFeature]
    categorical: list[CategoricalFeature]
    categories: list[LevelShare]
    services: list[LevelShare]
    promotions: list[LevelShare]
    months: list[MonthByLevel]
    strongest_pairs: list[FeaturePair]
    inflation: list[Inflation]
    collinear: bool
    profit_associated: bool
    profit_phik: float
    profit_p_value: float
    tiers: list[ProfitTier]
    what_if: list[WhatIf] = Field(default_factory=list)
