"""Few models for tests that are not about the search among many."""

from __future__ import annotations

from analysis.model.candidates import SIMPLEST_FIRST, Configuration, configurations

COSTLY = ("boosting", "extra_trees")


def few_configurations() -> list[Configuration]:
    """List the plainest and the last configuration of each family, of costly families the last."""
    families = [
        [each for each in configurations() if each.family == family] for family in SIMPLEST_FIRST
    ]
    return [
        each
        for tried in families
        for each in (tried[-1:] if tried[0].family in COSTLY else (tried[0], tried[-1]))
    ]
