"""What moves the score, how surely, and from which value on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Estimate, Part, Proportion, Rank


class Driver(Part):
    """One feature's part in the score, beside two other measures of its importance.

    ``importance`` is the mean size of its contributions; ``permutation`` the ROC-AUC that the
    ranking loses when the feature is shuffled; ``effect`` its own effect between the levels (size
    of Cliff's delta, Cramér's V), which ``effect_differs`` from chance or not. ``raising_side`` is
    the observed share of decline beyond the ``threshold`` (its customers included) or in the
    category that raises the score, ``lowering_side`` elsewhere; all are missing where a feature has
    no clear threshold.
    """

    name: str
    importance: Estimate
    share: float
    rank: Rank
    permutation: Estimate
    permutation_rank: Rank
    effect: Estimate
    effect_rank: Rank
    effect_differs: bool
    disagreement: Literal["no_own_effect", "not_needed", "hardly_used"] | None
    raises_when: Literal["low", "high", "mixed", "category"]
    threshold: Estimate | None
    category: str | None
    raising_side: Proportion | None
    lowering_side: Proportion | None


class DependenceBin(Part):
    """Customers with close values of a feature: their mean value and mean contribution."""

    value: float
    customers: int
    contribution: Estimate


class Dependence(Part):
    """How a numeric feature's contribution depends on its value, and from where on it matters.

    Values of trends are relative changes. The ``threshold`` parts the levels best, as that of a
    plain rule does; where low values raise the score it takes customers at it and below.
    ``unclear`` says why there is none.
    """

    name: str
    raises_when: Literal["low", "high"]
    bins: list[DependenceBin]
    threshold: Estimate | None
    unclear: Literal["not_monotone", "not_proven", "no_cut", "wide"] | None
    raising_side: Proportion | None
    lowering_side: Proportion | None


class Agreement(Part):
    """Spearman's correlation of two orders of the features."""

    spearman: Estimate
    verdict: Literal["close", "alike", "different"]


class BeeswarmCell(Part):
    """Customers counted in one cell of (feature, contribution); level is their mean rank."""

    name: str
    contribution: float
    count: int
    level: float | None


class DriversResults(Part):
    """Drivers in order of importance.

    ``leaders`` are those that may be the first, ``top_share`` is their part of all contributions.
    The order of ``firm_pairs`` of all ``pairs`` holds in 97.5 % of the draws. It is compared
    ``with_permutation`` and ``with_effects``. ``explained`` customers were explained ``repeats``
    times, each time by a model that had not seen them.
    """

    method: Literal["linear", "tree", "permutation"] | None = None
    base: int
    explained: int = 0
    repeats: int = 0
    drivers: list[Driver] = Field(default_factory=list)
    leaders: int = 0
    top_share: float | None = None
    pairs: int = 0
    firm_pairs: int = 0
    dependence: list[Dependence] = Field(default_factory=list)
    with_permutation: Agreement | None = None
    with_effects: Agreement | None = None
    beeswarm: list[BeeswarmCell] = Field(default_factory=list)
