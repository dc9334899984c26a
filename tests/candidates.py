"""Few models for tests that are not about the search among many."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.model.candidates import SIMPLEST_FIRST, Configuration, configurations
from analysis.settings import Family

COSTLY = ("boosting", "extra_trees")


def few_configurations(families: Sequence[Family] = SIMPLEST_FIRST) -> list[Configuration]:
    """List the plainest and the last configuration of each family, of costly families the last."""
    by_family = [configurations([family]) for family in families]
    return [
        each
        for tried in by_family
        for each in (tried[-1:] if tried[0].family in COSTLY else (tried[0], tried[-1]))
    ]
