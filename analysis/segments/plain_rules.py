"""The plain rules by name: which features each looks at, and on which side of their cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.statistics.cutoff import Side


@dataclass(frozen=True)
class Condition:
    """One feature beyond a cut: at the cut or below it, or at the cut or above it."""

    feature: str
    side: Side


@dataclass(frozen=True)
class Rule:
    """A named rule; all of its conditions must hold."""

    code: str
    conditions: tuple[Condition, ...]


RULES = (
    Rule(
        "low_engagement",
        (Condition("minutes_mean", "below"), Condition("pages_per_visit", "below")),
    ),
    Rule("narrow_browsing", (Condition("categories_per_visit", "below"),)),
    Rule("few_contacts", (Condition("contacts_6m", "below"),)),
    Rule("unpaid_basket", (Condition("unpaid_items", "above"),)),
    Rule("promotion_seeker", (Condition("promo_share", "above"),)),
)
