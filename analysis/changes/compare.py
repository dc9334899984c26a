"""What changed between two months, and which changes are material.

All tests of a pair of months are one family, corrected together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from analysis.changes.comparisons import Column, Elapsed, comparable_columns
from analysis.changes.decomposition import Factor, split_exposure
from analysis.changes.edition import Edition, ResultsSeen, Scorer
from analysis.changes.harmonise import in_one_measure
from analysis.changes.matching import match
from analysis.changes.model_change import by_other_model, compare_models, with_both_models
from analysis.changes.result_changes import (
    changed_drivers,
    changed_findings,
    changed_making,
    changed_offers,
    changed_segments,
)
from analysis.model.probabilities import rests_on_forecast
from analysis.money import REVENUES
from analysis.periods import days_between, months_between
from analysis.results.base import Estimate
from analysis.results.changes import (
    Comparison,
    CustomersChange,
    DataChange,
    DiffResults,
    MoneyChange,
    Side,
)
from analysis.settings import Changes, Money, Privacy
from analysis.snapshot.overlap import disagreement, is_same_moment, repeated_columns
from analysis.statistics.cluster_bootstrap import MeanDifference, mean_differences, shown_twice
from analysis.statistics.intervals import holm

SHARES = ("promo_share",)
FOREMOST = ("declined", "exposed")
"""What the report is about goes before other material changes."""


def compare_editions(
    old: Edition, new: Edition, rules: Changes, seed: int, privacy: Privacy | None = None
) -> DiffResults:
    """Compare two editions: making, customers, model, drivers, segments, offers and money.

    The smallest count that is shown is the largest of what ``privacy`` and both editions ask for.
    Probabilities are compared with their own kind (see `analysis.changes.harmonise`).
    Exchanging them mirrors the result: differences change their sign, p-values and verdicts stay.
    """
    before, after = old.results, new.results
    moneys = before.settings.money, after.settings.money
    asked = (privacy, before.settings.privacy, after.settings.privacy)
    smallest = max(each.smallest_cell for each in asked if each)
    tables = comparable_customers(old, new)
    models = _models(old, new)
    by_other = by_other_model(tables[0], *models), by_other_model(tables[1], *reversed(models))
    judged = [with_both_models(*each) for each in zip(tables, by_other, strict=True)]
    customers = compare_customers(
        judged[0], judged[1], (before.period, after.period), moneys, rules, seed
    )
    findings = changed_findings(before.data.findings, after.data.findings)
    return DiffResults(
        old=_side(before),
        new=_side(after),
        making=changed_making(before, after, old.versions, new.versions),
        seed=seed,
        draws=rules.draws,
        alpha=rules.alpha,
        data=customers.data.model_copy(update={"findings": findings}),
        comparisons=customers.comparisons,
        material=customers.material,
        untested=customers.untested,
        tested=len(customers.comparisons),
        model=compare_models(
            old.customers,
            new.customers,
            (before.model, after.model),
            (old.model, new.model),
            rules.draws,
            seed,
        ),
        drivers=changed_drivers(before.drivers.drivers, after.drivers.drivers),
        segments=changed_segments(*tables, smallest=smallest),
        offers=changed_offers(before.segments, after.segments),
        money=_money(tables, by_other, moneys),
    )


def _side(results: ResultsSeen) -> Side:
    return Side(period=results.period, kind=results.kind, schema_version=results.schema_version)


def comparable_customers(old: Edition, new: Edition) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the customers of two editions with probabilities and segments of one kind."""
    cuts = old.results.settings.segments, new.results.settings.segments
    return in_one_measure(old.customers, new.customers, cuts)


def _models(old: Edition, new: Edition) -> tuple[Scorer | None, Scorer | None]:
    """Give the models of the probabilities that are compared."""
    if all(rests_on_forecast(each.customers) for each in (old, new)):
        return old.forecast, new.forecast
    return old.model, new.model


def _money(
    tables: tuple[pd.DataFrame, pd.DataFrame],
    by_other: tuple[pd.Series[float] | None, pd.Series[float] | None],
    moneys: tuple[Money, Money],
) -> MoneyChange | None:
    if any(table["probability"].isna().all() for table in tables):
        return None
    return split_exposure(*tables, *moneys, *by_other)


def compare_customers(
    old: pd.DataFrame,
    new: pd.DataFrame,
    periods: tuple[str, str],
    moneys: tuple[Money, Money],
    rules: Changes,
    seed: int,
) -> CustomersChange:
    """Compare two customers tables, as ``customers.parquet`` of an edition holds them.

    Compared are the share of decline and of consent, every numeric feature and profit, the share
    of every service and category, and the profit exposed in total (both months at the mean of
    their settings). Days since registration, and revenue and minutes of months that both exports
    cover, are held against what must be expected, over the customers in both months.

    Parameters
    ----------
    old, new : DataFrame
        Where each month's probabilities come from a model of its own, with what the models of both
        say (see `with_both_models`).
    periods : pair of str
        Months of the two tables, ``YYYY-MM``.
    moneys : pair of Money
    rules : Changes
        What counts as material.
    seed : int

    Returns
    -------
    CustomersChange
        Ids serve to join the months alone, and the order of rows does not count.
    """
    months, days = months_between(*periods), days_between(*periods)
    same_moment = is_same_moment(old, new)
    elapsed = Elapsed(0, 0) if same_moment else Elapsed(months, days)
    matched = match(old, new)
    columns, untested = comparable_columns(
        matched, elapsed, Factor.of(moneys[0]).midway(Factor.of(moneys[1]))
    )
    comparisons = judge(columns, rules, seed)
    earlier, later = (old, new) if elapsed.months > 0 else (new, old)
    apart = abs(elapsed.months)
    return CustomersChange(
        data=DataChange(
            customers_old=len(old),
            customers_new=len(new),
            persisting=int(matched.in_both.sum()),
            arrivals=int((~matched.in_old).sum()),
            leavers=int((~matched.in_new).sum()),
            months=months,
            days=days,
            same_moment=same_moment,
            overlap=disagreement(earlier, later, apart) if repeated_columns(apart) else None,
            findings=[],
        ),
        comparisons=comparisons,
        material=by_importance(comparisons),
        untested=untested,
    )


def judge(columns: Sequence[Column], rules: Changes, seed: int) -> list[Comparison]:
    """Test all columns as one family and give each its verdict.

    Two models of two months differ by chance too, which resampling customers does not show. So
    what rests on them is proven only where one measure for both months, the mean of the two models,
    shows it too: the larger p-value counts, and the interval covers both.
    """
    if not columns:
        return []
    by_both = {
        place: column.by_both_models
        for place, column in enumerate(columns)
        if column.by_both_models
    }
    sides = [
        np.column_stack(
            [
                *(getattr(column, side) for column in columns),
                *(each[number] for each in by_both.values()),
            ]
        )
        for number, side in enumerate(("old", "new"))
    ]
    expected = [column.expected for column in columns] + [0.0] * len(by_both)
    found = mean_differences(sides[0], sides[1], np.array(expected), rules.draws, seed)
    tested = found[: len(columns)]
    again = dict(zip(by_both, found[len(columns) :], strict=True))
    for place, each in again.items():
        tested[place] = shown_twice(tested[place], each)
    corrected = holm([each.p_value for each in tested])
    return [
        _comparison(column, each, float(p_holm), rules, again.get(place))
        for place, (column, each, p_holm) in enumerate(zip(columns, tested, corrected, strict=True))
    ]


def _comparison(
    column: Column,
    tested: MeanDifference,
    p_holm: float,
    rules: Changes,
    by_both_models: MeanDifference | None,
) -> Comparison:
    rows = len(column.old) if column.kind == "total" else 1
    floors = {"share": rules.floor_share, "mean": rules.floor_effect, "total": rules.floor_money}
    floor = floors[column.kind]
    effect = _effect(column, tested)
    verdict: Literal["material", "small", "unproven"] = "unproven"
    if p_holm < rules.alpha:
        verdict = "material" if effect is None or abs(effect) > floor else "small"
    return Comparison(
        feature=column.feature,
        value=column.value,
        kind=column.kind,
        unit=unit_of(column),
        digits=digits_of(column, tested),
        mechanical=column.mechanical,
        old=tested.old * rows,
        new=tested.new * rows,
        base_old=tested.base_old,
        base_new=tested.base_new,
        expected=column.expected,
        difference=_estimate(tested, rows),
        by_both_models=_estimate(by_both_models, rows) if by_both_models else None,
        effect=effect,
        floor=floor,
        p_value=tested.p_value,
        p_holm=p_holm,
        verdict=verdict,
        psi=column.psi,
    )


def _estimate(tested: MeanDifference, rows: int) -> Estimate:
    return Estimate(value=tested.value * rows, low=tested.low * rows, high=tested.high * rows)


def unit_of(column: Column) -> Literal["share", "roubles", "number"]:
    """Say in what a column is counted; profit is in the unit of the export."""
    if column.kind == "share" or column.feature in SHARES:
        return "share"
    return "roubles" if column.kind == "total" or column.feature in REVENUES else "number"


def digits_of(column: Column, tested: MeanDifference) -> int:
    """Say how many decimal places the values of a column deserve."""
    if unit_of(column) != "number":
        return 1 if unit_of(column) == "share" else 0
    size = max(abs(tested.old), abs(tested.new))
    return 2 if size < 10 else 1 if size < 100 else 0


def _effect(column: Column, tested: MeanDifference) -> float | None:
    """Size of a difference: points of share, standard deviations (Cohen's d), or relative."""
    if tested.value == 0:
        return 0.0
    if column.kind == "share":
        return tested.value
    if column.kind == "mean":
        spreads = [float(np.nanvar(values, ddof=1)) for values in (column.old, column.new)]
        unit = float(np.sqrt(sum(spreads) / 2))
    else:
        unit = (tested.old + tested.new) / 2
    return tested.value / unit if unit > 0 else None


def by_importance(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Give the material changes: decline and money first, then the largest against its floor."""

    def rank(each: Comparison) -> tuple[bool, float, str, str]:
        size = np.inf if each.effect is None or each.floor == 0 else abs(each.effect) / each.floor
        return each.feature not in FOREMOST, -float(size), each.feature, each.value or ""

    return sorted((each for each in comparisons if each.verdict == "material"), key=rank)
