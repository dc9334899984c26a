"""Which differences between two months are proven, and which of these are large enough to matter.

All tests of a pair of months are one family, corrected together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.changes.comparisons import Column, Measure
from analysis.money import REVENUES
from analysis.results.base import Estimate
from analysis.results.changes import Comparison, Untested
from analysis.settings import Changes
from analysis.statistics.cluster_bootstrap import (
    MOST_ONE_BY_ONE,
    MeanDifference,
    mean_differences,
    shown_twice,
    variance,
)
from analysis.statistics.intervals import holm

SHARES = ("promo_share",)
FOREMOST = ("declined", "exposed")
"""What the report is about goes before other material changes."""


@dataclass(frozen=True)
class _Tested:
    """A measure with its difference, its size, and the same by both models where it is known."""

    measure: Measure
    difference: MeanDifference
    effect: float | None
    by_both_models: MeanDifference | None


def judge(
    columns: Iterable[Column], customers: int, rules: Changes, seed: int
) -> tuple[list[Comparison], list[Untested]]:
    """Test all columns as one family and give each its verdict.

    Two models of two months differ by chance too, which resampling customers does not show. So
    what rests on them is proven only where one measure for both months, the mean of the two models,
    shows it too: the larger p-value counts, and the interval covers both.

    Parameters
    ----------
    columns : iterable of Column
        Of very many customers no more than one is held at a time.
    customers : int
        Of either month.
    rules : Changes
    seed : int

    Returns
    -------
    comparisons : list of Comparison
    untested : list of Untested
        What cannot be tested, and why.
    """
    tested: list[_Tested] = []
    untested: list[Untested] = []
    together = customers <= MOST_ONE_BY_ONE
    for some in [list(columns)] if together else ([column] for column in columns):
        testable = []
        for column in some:
            measure, obstacle = column.measure, column.obstacle
            if obstacle is None:
                testable.append(column)
            else:
                untested.append(
                    Untested(feature=measure.feature, value=measure.value, reason=obstacle)
                )
        tested += _tested(testable, rules.draws, seed)
    corrected = holm([each.difference.p_value for each in tested])
    comparisons = [
        _comparison(each, customers, float(p_holm), rules)
        for each, p_holm in zip(tested, corrected, strict=True)
    ]
    return comparisons, untested


def _tested(columns: Sequence[Column], draws: int, seed: int) -> list[_Tested]:
    """Test columns by the same draws of customers."""
    if not columns:
        return []
    twice = [column.by_both_models for column in columns if column.by_both_models]
    sides = [
        np.column_stack([*(getattr(each, side) for each in columns), *(both[n] for both in twice)])
        for n, side in enumerate(("old", "new"))
    ]
    expected = [column.measure.expected for column in columns] + [0.0] * len(twice)
    found = mean_differences(sides[0], sides[1], np.array(expected), draws, seed)
    by_both = iter(found[len(columns) :])
    tested = []
    for column, difference in zip(columns, found, strict=False):
        again = next(by_both) if column.by_both_models else None
        shown = shown_twice(difference, again) if again else difference
        tested.append(_Tested(column.measure, shown, _effect(column, shown), again))
    return tested


def _comparison(tested: _Tested, customers: int, p_holm: float, rules: Changes) -> Comparison:
    measure, difference, effect = tested.measure, tested.difference, tested.effect
    rows = customers if measure.kind == "total" else 1
    floors = {"share": rules.floor_share, "mean": rules.floor_effect, "total": rules.floor_money}
    floor = floors[measure.kind]
    verdict: Literal["material", "small", "unproven"] = "unproven"
    if p_holm < rules.alpha:
        verdict = "material" if effect is None or abs(effect) > floor else "small"
    return Comparison(
        feature=measure.feature,
        value=measure.value,
        kind=measure.kind,
        unit=unit_of(measure),
        digits=digits_of(measure, difference),
        mechanical=measure.mechanical,
        old=difference.old * rows,
        new=difference.new * rows,
        base_old=difference.base_old,
        base_new=difference.base_new,
        expected=measure.expected,
        difference=_estimate(difference, rows),
        by_both_models=_estimate(tested.by_both_models, rows) if tested.by_both_models else None,
        effect=effect,
        floor=floor,
        p_value=difference.p_value,
        p_holm=p_holm,
        verdict=verdict,
        psi=measure.psi,
    )


def _estimate(tested: MeanDifference, rows: int) -> Estimate:
    return Estimate(value=tested.value * rows, low=tested.low * rows, high=tested.high * rows)


def unit_of(measure: Measure) -> Literal["share", "roubles", "number"]:
    """Say in what a measure is counted; profit is in the unit of the export."""
    if measure.kind == "share" or measure.feature in SHARES:
        return "share"
    return "roubles" if measure.kind == "total" or measure.feature in REVENUES else "number"


def digits_of(measure: Measure, tested: MeanDifference) -> int:
    """Say how many decimal places the values of a measure deserve."""
    if unit_of(measure) != "number":
        return 1 if unit_of(measure) == "share" else 0
    size = max(abs(tested.old), abs(tested.new))
    return 2 if size < 10 else 1 if size < 100 else 0


def _effect(column: Column, tested: MeanDifference) -> float | None:
    """Size of a difference: points of share, standard deviations (Cohen's d), or relative."""
    if tested.value == 0:
        return 0.0
    if column.measure.kind == "share":
        return tested.value
    if column.measure.kind == "mean":
        unit = float(np.sqrt((variance(column.old) + variance(column.new)) / 2))
    else:
        unit = (tested.old + tested.new) / 2
    return tested.value / unit if unit > 0 else None


def by_importance(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Give the material changes: decline and money first, then the largest against its floor."""

    def rank(each: Comparison) -> tuple[bool, float, str, str]:
        size = np.inf if each.effect is None or each.floor == 0 else abs(each.effect) / each.floor
        return each.feature not in FOREMOST, -float(size), each.feature, each.value or ""

    return sorted((each for each in comparisons if each.verdict == "material"), key=rank)
