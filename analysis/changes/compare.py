"""What changed between two months: customers, model, drivers, segments, offers and money."""

from __future__ import annotations

import pandas as pd

from analysis.changes.comparisons import Elapsed, columns_to_compare
from analysis.changes.decomposition import Factor, split_exposure
from analysis.changes.edition import Edition, ResultsSeen, Scorer
from analysis.changes.harmonise import in_one_measure
from analysis.changes.judging import by_importance, judge
from analysis.changes.matching import match, with_numbers_for_ids
from analysis.changes.model_change import by_other_model, compare_models, with_both_models
from analysis.changes.result_changes import (
    changed_drivers,
    changed_findings,
    changed_making,
    changed_offers,
    changed_segments,
)
from analysis.model.probabilities import rests_on_forecast
from analysis.periods import days_between, months_between
from analysis.results.changes import (
    CustomersChange,
    DataChange,
    DiffResults,
    MoneyChange,
    Side,
)
from analysis.settings import Changes, Money, Privacy, Segments
from analysis.snapshot.overlap import disagreement, is_same_moment, repeated_columns


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
    everyone = with_numbers_for_ids(old.customers, new.customers)
    tables = in_one_measure(*everyone, _cuts(old, new))
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
            *everyone,
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
    return in_one_measure(old.customers, new.customers, _cuts(old, new))


def _cuts(old: Edition, new: Edition) -> tuple[Segments, Segments]:
    return old.results.settings.segments, new.results.settings.segments


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
    factors = Factor.of(moneys[0]).midway(Factor.of(moneys[1]))
    columns = columns_to_compare(matched, elapsed, factors)
    comparisons, untested = judge(columns, len(matched), rules, seed)
    earlier, later = (old, new) if elapsed.months > 0 else (new, old)
    apart = abs(elapsed.months)
    return CustomersChange(
        data=DataChange(
            customers_old=len(old),
            customers_new=len(new),
            persisting=int(matched.in_both.sum()),
            arrivals=int((~matched.old.present).sum()),
            leavers=int((~matched.new.present).sum()),
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
