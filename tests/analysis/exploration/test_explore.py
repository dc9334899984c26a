"""What the exploration says of customers whose differences are known beforehand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import phik.phik
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.outliers_influence import variance_inflation_factor

from analysis.cleaning.features import NUMERIC
from analysis.cleaning.levels import trained_customers
from analysis.exploration.association import phik_matrix, variance_inflation
from analysis.exploration.explore import explore, promo_ranges
from analysis.exploration.histograms import histograms
from analysis.results import ExplorationResults


def made_up(count: int = 400, seed: int = 1) -> pd.DataFrame:
    """Customers in whom declining means fewer pages, more promotions and two of four categories."""
    generator = np.random.default_rng(seed)
    declined = generator.random(count) < 0.4
    revenue = generator.normal(5000, 500, count).round(1)
    return pd.DataFrame(
        {
            "id": np.arange(count) + 100,
            "level": np.where(declined, "declined", "steady"),
            "service": generator.choice(["премиум", "стандарт"], count),
            "consent": generator.random(count) < 0.7,
            "contacts_6m": generator.normal(4, 1, count).round(1),
            "contacts_now": generator.integers(3, 6, count).astype(float),
            "tenure_days": generator.integers(100, 1000, count).astype(float),
            "promo_share": np.clip(generator.normal(0.2 + 0.2 * declined, 0.1), 0, 1).round(2),
            "category": np.where(
                declined, generator.choice(["а", "б"], count), generator.choice(list("абвг"), count)
            ),
            "categories_per_visit": generator.integers(1, 7, count).astype(float),
            "unpaid_items": generator.poisson(2, count).astype(float),
            "failures": generator.poisson(4, count).astype(float),
            "pages_per_visit": generator.poisson(10 - 5 * declined).astype(float) + 1,
            "revenue_before_previous": generator.normal(5000, 500, count).round(1),
            "revenue_previous": revenue,
            "revenue_current": (revenue + generator.normal(0, 20, count)).round(1),
            "minutes_previous": generator.poisson(13, count).astype(float),
            "minutes_current": generator.poisson(13, count).astype(float),
            "profit": generator.normal(4, 1, count).round(2),
            "state": "trained",
        }
    )


@pytest.fixture(scope="module")
def explored() -> ExplorationResults:
    return explore(made_up())


def test_differences_are_found_where_they_are_and_point_the_right_way(
    explored: ExplorationResults,
) -> None:
    found = {feature.name: feature for feature in explored.numeric}
    assert found["pages_per_visit"].differs and found["pages_per_visit"].cliffs_delta.value < -0.5
    assert found["promo_share"].differs and found["promo_share"].cliffs_delta.value > 0.5
    assert not found["tenure_days"].differs
    assert found["pages_per_visit"].median_declined < found["pages_per_visit"].median_steady


def test_features_stand_in_the_order_of_their_effect(explored: ExplorationResults) -> None:
    effects = [abs(feature.cliffs_delta.value) for feature in explored.numeric]
    assert effects == sorted(effects, reverse=True)
    assert len(effects) == len(NUMERIC)


def test_p_values_are_mann_whitneys_and_chi_squares_corrected_together_by_holm(
    explored: ExplorationResults,
) -> None:
    customers = made_up()
    declined = customers["level"] == "declined"
    raw = {
        name: stats.mannwhitneyu(
            customers.loc[declined, name], customers.loc[~declined, name]
        ).pvalue
        for name in NUMERIC
    }
    raw |= {
        name: stats.chi2_contingency(
            pd.crosstab(customers[name], declined), correction=False
        ).pvalue
        for name in ("service", "consent", "category")
    }
    expected = dict(zip(raw, multipletests(list(raw.values()), method="holm")[1], strict=True))
    corrected = {each.name: each.p_holm for each in [*explored.numeric, *explored.categorical]}
    assert corrected == pytest.approx(expected)


def test_neither_file_order_nor_ids_change_a_number(explored: ExplorationResults) -> None:
    customers = made_up()
    shuffled = customers.sample(frac=1, random_state=5).reset_index(drop=True)
    shuffled["id"] = np.arange(len(shuffled))
    assert explore(shuffled) == explored
    assert phik_matrix(shuffled).equals(phik_matrix(customers))


def test_only_trained_customers_with_a_level_are_looked_at(explored: ExplorationResults) -> None:
    customers = made_up()
    others = made_up(60, seed=2)
    others["state"] = ["not_trained", "not_scored", "trained"] * 20
    others["level"] = others["level"].where(others["state"] != "trained", None)
    both = pd.concat([customers, others], ignore_index=True)
    assert explore(both) == explored


def test_missing_values_are_counted_and_left_out() -> None:
    customers = made_up()
    expected = explore(customers.iloc[5:]).numeric
    customers.loc[:4, list(NUMERIC)] = np.nan
    found = explore(customers).numeric
    assert {feature.missing for feature in found} == {5}
    assert [each.cliffs_delta for each in found] == [each.cliffs_delta for each in expected]


def test_with_one_level_only_there_is_nothing_to_compare() -> None:
    customers = made_up()
    result = explore(customers.assign(level="steady"))
    assert (result.numeric, result.categorical, result.months) == ([], [], [])
    assert {share.declined.count for share in result.categories} == {0}


def test_without_any_level_the_exploration_is_empty() -> None:
    result = explore(made_up().assign(level=None))
    assert (result.base, result.categories, result.inflation) == (0, [], [])
    assert not result.profit_associated


def test_a_feature_with_one_value_tells_nothing() -> None:
    result = explore(made_up().assign(failures=3.0, service="премиум"))
    flat = next(feature for feature in result.numeric if feature.name == "failures")
    assert (flat.cliffs_delta.value, flat.p_value, flat.differs) == (0.0, 1.0, False)
    assert "failures" not in [item.name for item in result.inflation]
    assert len(result.services) == 1


def test_every_category_has_its_share_of_decline_on_its_own_base(
    explored: ExplorationResults,
) -> None:
    customers = made_up()
    shares = {share.value: share.declined for share in explored.categories}
    chosen = customers[customers["category"] == "а"]
    assert shares["а"].base == len(chosen)
    assert shares["а"].count == (chosen["level"] == "declined").sum()
    assert shares["в"].count == 0
    assert sum(share.base for share in shares.values()) == len(customers)


def test_promotional_shares_fall_into_ranges_that_start_with_their_lower_end() -> None:
    shares = pd.Series([0.0, 0.19, 0.2, 0.4, 0.6, 0.8, 1.0, np.nan])
    ranges = promo_ranges(shares)
    assert ranges[:7].tolist() == ["0-20", "0-20", "20-40", "40-60", "60-80", "80-100", "80-100"]
    assert ranges.isna().tolist() == [False] * 7 + [True]


def test_medians_are_given_for_three_months_of_revenue_and_two_of_minutes(
    explored: ExplorationResults,
) -> None:
    customers = made_up()
    months = explored.months
    assert [(each.measure, each.month) for each in months] == [
        ("revenue", "before_previous"),
        ("revenue", "previous"),
        ("revenue", "current"),
        ("minutes", "previous"),
        ("minutes", "current"),
    ]
    steady = customers[customers["level"] == "steady"]
    assert months[0].median_steady == steady["revenue_before_previous"].median()


def test_a_feature_that_repeats_another_is_the_same(explored: ExplorationResults) -> None:
    pairs = explored.strongest_pairs
    assert [(pair.first, pair.second, pair.verdict) for pair in pairs] == [
        ("revenue_previous", "revenue_current", "same")
    ]
    assert pairs[0].spearman is not None and pairs[0].spearman > 0.95


def test_phi_k_is_the_librarys() -> None:
    customers = made_up()
    columns = ["category", "service", "pages_per_visit"]
    expected = phik.phik.phik_matrix(
        customers[columns], interval_cols=["pages_per_visit"], quantile=True, njobs=1
    )
    ours = phik_matrix(customers, columns)
    assert ours.to_numpy() == pytest.approx(expected.loc[columns, columns].to_numpy(), abs=0.02)
    assert ours.loc["category", "service"] == pytest.approx(
        expected.loc["category", "service"], abs=1e-4
    )
    assert ours.equals(ours.T)


def test_one_extreme_value_does_not_hide_an_association() -> None:
    customers = made_up()
    before = phik_matrix(customers, ["revenue_previous", "revenue_current"]).iloc[0, 1]
    customers.loc[0, "revenue_current"] = 1e6
    after = phik_matrix(customers, ["revenue_previous", "revenue_current"]).iloc[0, 1]
    assert after == pytest.approx(before, abs=0.02)


def test_variance_inflation_agrees_with_statsmodels() -> None:
    table = made_up()[list(NUMERIC)]
    design = np.column_stack([np.ones(len(table)), table.to_numpy()])
    expected = {
        name: variance_inflation_factor(design, position + 1)
        for position, name in enumerate(NUMERIC)
    }
    found = {item.name: item.vif for item in variance_inflation(table)}
    assert found == pytest.approx(expected)


def test_features_that_determine_each_other_are_collinear_without_an_infinite_factor() -> None:
    customers = made_up()
    customers["revenue_current"] = 2 * customers["revenue_previous"]
    result = explore(customers)
    assert result.collinear
    assert result.inflation[0].vif == pytest.approx(1000)
    assert not explore(customers.assign(revenue_current=made_up(seed=9)["profit"])).collinear


def test_profit_that_carries_no_signal_is_said_to_carry_none(explored: ExplorationResults) -> None:
    assert not explored.profit_associated
    assert explored.profit_p_value >= 0.05


def test_profit_that_follows_the_level_is_noticed() -> None:
    customers = made_up()
    customers["profit"] += (customers["level"] == "declined") * 1.0
    result = explore(customers)
    assert result.profit_associated
    assert result.profit_phik > 0.3


@pytest.mark.parametrize("count", [2, 3, 9])
def test_a_handful_of_customers_proves_nothing_of_profit(count: int) -> None:
    customers = made_up(count).assign(level="declined")
    customers["profit"] = customers["minutes_current"] = np.arange(count, dtype=float)
    result = explore(customers)
    assert not result.profit_associated and result.profit_p_value == 1.0


def test_histograms_count_every_trained_customer_once() -> None:
    customers = made_up()
    for histogram in histograms(customers):
        assert sum(histogram.steady) + sum(histogram.declined) == len(customers)
        assert len(histogram.edges) == len(histogram.steady) + 1 == len(histogram.declined) + 1


def test_histograms_do_not_give_away_extreme_values() -> None:
    customers = made_up(2000)
    customers.loc[0, "revenue_current"] = 106862.2
    edges = next(h.edges for h in histograms(customers) if h.name == "revenue_current")
    assert max(edges) < 10_000
    assert all(edge % 50 == 0 for edge in edges)


def test_whole_numbers_stand_in_the_middle_of_their_bins() -> None:
    edges = next(h.edges for h in histograms(made_up()) if h.name == "contacts_now")
    assert edges == (2.5, 3.5, 4.5, 5.5)


def test_histograms_of_almost_constant_whole_numbers_are_left_out() -> None:
    customers = made_up().assign(failures=3.0)
    customers.loc[:1, "failures"] = 4.0
    assert "failures" not in [histogram.name for histogram in histograms(customers)]


def test_trained_customers_stand_in_an_order_of_their_content() -> None:
    customers = made_up()
    shuffled = customers.sample(frac=1, random_state=3)
    assert trained_customers(shuffled)["id"].tolist() == trained_customers(customers)["id"].tolist()


def test_profit_tiers_are_pandas_equal_groups_with_their_observed_shares() -> None:
    customers = made_up()
    customers["profit"] = np.random.default_rng(4).permutation(len(customers)) / 100
    tiers = explore(customers, profit_groups=4).tiers
    group = pd.qcut(customers["profit"], 4, labels=False)
    declined = customers["level"].eq("declined")
    assert [tier.tier for tier in tiers] == [1, 2, 3, 4]
    assert [tier.declined.base for tier in tiers] == group.value_counts().sort_index().tolist()
    assert [tier.declined.count for tier in tiers] == declined.groupby(group).sum().tolist()
    cuts = customers["profit"].quantile([0.25, 0.5, 0.75]).tolist()
    assert [tier.profit_to for tier in tiers] == [*map(pytest.approx, cuts), None]
    assert [tier.profit_from for tier in tiers] == [None, *map(pytest.approx, cuts)]


def test_profit_that_is_all_the_same_makes_one_tier_and_no_profit_none() -> None:
    customers = made_up()
    same = explore(customers.assign(profit=3.0)).tiers
    assert [tier.declined.base for tier in same] == [len(customers)]
    assert explore(customers.assign(profit=np.nan)).tiers == []
    assert (
        sum(tier.declined.base for tier in explore(customers.assign(level="steady")).tiers) == 400
    )


def test_profits_signal_is_spearmans_and_kruskals_corrected_by_holm() -> None:
    customers = made_up()
    customers["profit"] += 0.2 * (customers["category"] == "а")
    profit = customers["profit"]
    raw = [stats.spearmanr(profit, customers[name]).pvalue for name in NUMERIC]
    for name in ("level", "service", "consent", "category"):
        groups = [values for _, values in profit.groupby(customers[name])]
        raw.append(stats.kruskal(*groups).pvalue)
    expected = multipletests(raw, method="holm")[1].min()
    assert explore(customers).profit_p_value == pytest.approx(expected)


def test_medians_and_quartiles_are_numpys(explored: ExplorationResults) -> None:
    customers = made_up()
    steady = customers.loc[customers["level"] == "steady", "pages_per_visit"]
    found = next(each for each in explored.numeric if each.name == "pages_per_visit")
    assert found.median_steady == np.median(steady)
    assert found.quartiles_steady.low == np.percentile(steady, 25)
    assert found.quartiles_steady.high == np.percentile(steady, 75)


def test_spearmans_rho_is_scipys(explored: ExplorationResults) -> None:
    customers = made_up()
    expected = stats.spearmanr(customers["revenue_previous"], customers["revenue_current"])
    assert explored.strongest_pairs[0].spearman == pytest.approx(expected.statistic)
