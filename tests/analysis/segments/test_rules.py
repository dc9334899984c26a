"""Plain rules: where they are cut, whom they take, and how honestly they are tried."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from sklearn.metrics import roc_curve
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.cleaning.features import with_made_features
from analysis.model.cross_validation import splits
from analysis.segments.category_tests import compare_categories
from analysis.segments.grid import assign
from analysis.segments.plain_rules import RULES
from analysis.segments.rules import LearntRules, learn_rules
from analysis.settings import Model, Segments, Settings
from analysis.statistics.cutoff import best_cutoff, cutoff_interval
from analysis.statistics.intervals import share_difference, wilson
from tests.analysis.made_up import by_risk, made_up, scores

QUICK = Settings(model=Model(bootstrap_draws=100))


def assigned(customers: pd.DataFrame) -> pd.DataFrame:
    return with_made_features(assign(customers, Segments()))


@pytest.fixture(scope="module")
def learnt() -> tuple[pd.DataFrame, LearntRules]:
    customers = assigned(by_risk(600, 11))
    return customers, learn_rules(customers, QUICK, seed=1)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), decimals=st.integers(0, 2))
def test_a_cut_is_the_one_with_the_largest_difference_on_the_roc_curve(
    seed: int, decimals: int
) -> None:
    rng = np.random.default_rng(seed)
    down = rng.uniform(size=80) < 0.4
    values = pd.Series((rng.normal(size=80) + down).round(decimals))
    false_alarms, found, _ = roc_curve(down, values, drop_intermediate=False)
    cut = best_cutoff(values, down, "above")
    if cut is None:
        assert (found - false_alarms).max() == pytest.approx(0)
        return
    index = (values[down] >= cut).mean() - (values[~down] >= cut).mean()
    assert index == pytest.approx((found - false_alarms).max())
    assert best_cutoff(-values, down, "below") == pytest.approx(-cut)


def test_of_equally_good_cuts_the_one_that_takes_the_fewest_is_chosen() -> None:
    values = pd.Series([1.0, 2, 3, 4])
    down = np.array([False, True, False, True])
    assert best_cutoff(values, down, "above") == 4
    assert best_cutoff(-values, down, "below") == -4


@pytest.mark.parametrize("down", [[True] * 4, [False] * 4, [True, True, False, False]])
def test_there_is_no_cut_where_nothing_speaks_for_one(down: list[bool]) -> None:
    assert best_cutoff(pd.Series([1.0, 2, 3, 4]), np.array(down), "above") is None
    assert best_cutoff(pd.Series([2.0] * 4), np.array([True, False] * 2), "above") is None


def test_the_interval_of_a_cut_shrinks_as_customers_grow() -> None:
    widths = []
    for size in (100, 10_000):
        rng = np.random.default_rng(2)
        down = rng.uniform(size=size) < 0.4
        values = pd.Series((rng.normal(size=size) + 2 * down).round(2))
        cut = best_cutoff(values, down, "above")
        interval = cutoff_interval(values, down, "above", 200, rng)
        assert cut is not None and interval.low <= cut <= interval.high
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0] / 2


def test_every_rule_takes_exactly_the_customers_beyond_its_limits(
    learnt: tuple[pd.DataFrame, LearntRules],
) -> None:
    customers, rules = learnt
    for rule in rules.results.rules:
        inside = np.ones(len(customers), dtype=bool)
        for limit in rule.limits:
            values = customers[limit.feature]
            inside &= values <= limit.value if limit.side == "below" else values >= limit.value
        assert rule.limits and rule.customers == inside.sum()
        assert rule.consenting == customers.loc[inside, "consent"].sum()
        assert rule.high_risk == (customers.loc[inside, "risk"] == "high").sum()
        assert rule.found and (rules.fits[rule.code] == inside).all()


def test_customers_at_high_risk_are_counted_by_how_many_rules_cover_them(
    learnt: tuple[pd.DataFrame, LearntRules],
) -> None:
    customers, rules = learnt
    covering = rules.fits[customers["risk"] == "high"].sum(axis=1)
    told = rules.results
    assert told.covered + told.uncovered == told.high_risk == len(covering)
    assert told.covered_twice == (covering >= 2).sum() <= told.covered


def test_shares_of_decline_are_those_of_exactly_the_rules_customers(
    learnt: tuple[pd.DataFrame, LearntRules],
) -> None:
    customers, rules = learnt
    down = customers["level"].eq("declined").to_numpy()
    for rule in rules.results.rules:
        inside = rules.fits[rule.code].to_numpy()
        assert rule.declined == wilson(int(down[inside].sum()), int(inside.sum()))
        assert rule.declined_rest == wilson(int(down[~inside].sum()), int((~inside).sum()))
        assert rule.difference == share_difference(rule.declined, rule.declined_rest)


def test_whether_a_rule_holds_is_tried_with_cuts_that_others_taught_and_corrected_by_holm(
    learnt: tuple[pd.DataFrame, LearntRules],
) -> None:
    customers, rules = learnt
    down = customers["level"].eq("declined").to_numpy()
    target = pd.Series(down.astype(int))
    p_values = []
    for rule in RULES:
        inside = np.zeros(len(customers), dtype=bool)
        for train, test in splits(target, customers["copy_group"], QUICK.model.folds, 1, 1):
            held = np.ones(len(test), dtype=bool)
            for condition in rule.conditions:
                values = customers[condition.feature]
                cut = best_cutoff(values.iloc[train], down[train], condition.side)
                tested = values.iloc[test]
                held &= tested <= cut if condition.side == "below" else tested >= cut
            inside[test] = held
        table = [[(down & side).sum(), (~down & side).sum()] for side in (inside, ~inside)]
        p_values.append(fisher_exact(table).pvalue)
    corrected = [rule.p_holm for rule in rules.results.rules]
    expected = multipletests(p_values, method="holm")[1]
    assert corrected == pytest.approx(expected.tolist(), rel=1e-9)


def test_the_difference_of_shares_has_newcombes_interval() -> None:
    """Newcombe (1998), table II, example (a): 56 of 70 against 48 of 80."""
    found = share_difference(wilson(56, 70), wilson(48, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    ours = share_difference(wilson(30, 90), wilson(11, 120))
    theirs = confint_proportions_2indep(30, 90, 11, 120, method="newcomb")
    assert (ours.low, ours.high) == pytest.approx(theirs)


def test_cuts_learnt_on_chance_are_not_borne_out_more_often_than_chance() -> None:
    """Tried on the customers they were learnt on, most of such cuts would look real."""
    found = []
    for seed in range(30):
        customers = made_up(seed, 150)
        customers["probability"] = scores(customers, seed)["probability"]
        rules = learn_rules(assigned(customers), QUICK, seed=1).results.rules
        found += [rule.code for rule in rules if rule.found]
    assert len(found) <= 4


def test_without_known_levels_rules_are_learnt_from_high_risk_and_claim_no_decline() -> None:
    customers = by_risk(400, 4).assign(level=None, state="not_trained")
    rules = learn_rules(assigned(customers), QUICK, seed=1).results
    assert rules.learnt_from == "risk" and rules.covered > 0
    assert all(rule.declined is None and rule.p_holm is None for rule in rules.rules)


def test_low_engagement_needs_few_minutes_and_few_pages() -> None:
    rule = next(rule for rule in RULES if rule.code == "low_engagement")
    assert {condition.feature for condition in rule.conditions} == {
        "minutes_mean",
        "pages_per_visit",
    }


def test_a_category_tells_where_decline_is_more_frequent_by_more_than_chance() -> None:
    customers = pd.DataFrame(
        {
            "category": ["а"] * 100 + ["б"] * 100 + ["в"] * 100,
            "level": ["declined"] * 70
            + ["steady"] * 30
            + (["declined"] * 40 + ["steady"] * 60) * 2,
            "state": "trained",
            "risk": "low",
        }
    )
    tested = compare_categories(customers)
    assert [each.category for each in tested] == ["а", "б", "в"]
    assert [each.telling for each in tested] == [True, False, False]
    expected = fisher_exact([[70, 30], [80, 120]]).pvalue * 3
    assert tested[0].p_holm == pytest.approx(expected)
    even = customers.assign(level=["declined", "steady"] * 150)
    assert not any(each.telling for each in compare_categories(even))


def test_one_category_has_nothing_to_be_held_against() -> None:
    customers = assigned(by_risk(60, 1).assign(category="Кухонная посуда"))
    assert compare_categories(customers) == []


def test_a_rule_that_was_not_tried_on_levels_that_are_known_is_not_found() -> None:
    """Two who declined are too few for folds: their cuts are there, nobody bears them out."""
    customers = by_risk(80, 3)
    level = pd.Series("steady", index=customers.index)
    level[customers["probability"].nlargest(2).index] = "declined"
    learnt = learn_rules(assigned(customers.assign(level=level)), QUICK, seed=1)
    assert learnt.results.learnt_from == "level"
    assert any(rule.limits for rule in learnt.results.rules)
    assert not any(rule.found for rule in learnt.results.rules) and learnt.fits.empty
