"""Intervals and effect sizes agree with SciPy, statsmodels and published examples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.intervals import (
    at_most,
    bootstrap_interval,
    cliffs_delta,
    cramers_v,
    cross_counts,
    holm,
    percentile_interval,
    wilson,
)


@pytest.mark.parametrize(("count", "base"), [(0, 1), (0, 30), (5, 30), (29, 30), (30, 30)])
def test_the_upper_limit_of_a_draw_agrees_with_statsmodels(count: int, base: int) -> None:
    _, high = proportion_confint(count, base, alpha=0.1, method="beta")
    assert at_most(count, base) == pytest.approx(high, abs=1e-9)


def test_of_59_drawn_without_a_fault_less_than_a_twentieth_is_wrong() -> None:
    assert at_most(0, 58) > 0.05 > at_most(0, 59)


@pytest.mark.parametrize(("count", "base"), [(0, 7), (7, 7), (1, 1), (498, 1300), (3, 1000)])
def test_wilson_agrees_with_statsmodels(count: int, base: int) -> None:
    low, high = proportion_confint(count, base, method="wilson")
    proportion = wilson(count, base)
    assert proportion.share == count / base
    assert (proportion.low, proportion.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("count", "base"), [(0, 0), (3, 2), (-1, 5)])
def test_a_share_without_a_sound_base_is_refused(count: int, base: int) -> None:
    with pytest.raises(ValueError, match="base"):
        wilson(count, base)


def test_holm_agrees_with_statsmodels() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9, 0.04]
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]).size == 0


def test_cliffs_delta_is_the_published_example_of_macbeth_razumiejczyk_and_ledesma_2011() -> None:
    treated = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50]
    control = [10, 20, 30, 40, 40, 50]
    delta = cliffs_delta(treated, control)
    assert delta.value == pytest.approx(-0.25)
    assert (delta.low, delta.high) == pytest.approx((-0.7265846, 0.3890062), abs=1e-6)


def test_cliffs_delta_is_the_rank_biserial_of_scipys_mann_whitney() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.integers(0, 9, 80), generator.integers(2, 11, 130)
    u = stats.mannwhitneyu(first, second).statistic
    assert cliffs_delta(first, second).value == pytest.approx(2 * u / (80 * 130) - 1)


def test_cliffs_delta_interval_covers_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(11)
    truth = 2 * stats.norm.cdf(0.8 / np.sqrt(2)) - 1
    covered = 0
    for _ in range(400):
        delta = cliffs_delta(generator.normal(0.8, 1, 40), generator.normal(0, 1, 60))
        covered += delta.low <= truth <= delta.high
    assert 0.92 <= covered / 400 <= 0.98


def test_samples_that_do_not_overlap_have_delta_one_with_an_interval_below_it() -> None:
    delta = cliffs_delta([5, 6, 7], [1, 2, 3, 4])
    assert (delta.value, delta.high) == (1.0, 1.0)
    assert delta.low < 1
    assert cliffs_delta([1, 2, 3], [5, 6, 7]).low == -1.0


def test_cliffs_delta_of_one_value_is_refused() -> None:
    with pytest.raises(ValueError, match="two values"):
        cliffs_delta([1.0], [1.0, 2.0])


def test_labels_are_counted_in_their_own_order_and_missing_ones_are_not() -> None:
    labels = pd.Series(["b", "a", None, "b", "b"])
    assert cross_counts(labels, [1, 0, 1, 0, 1]).tolist() == [[1, 0], [1, 2]]


def test_cramers_v_of_a_large_table_is_scipys() -> None:
    table = 1000 * np.array([[30, 10, 5], [12, 22, 31]])
    uncorrected = stats.contingency.association(table, method="cramer")
    assert cramers_v(table).v.value == pytest.approx(uncorrected, abs=1e-3)


def test_cramers_v_is_corrected_by_bergsmas_formula() -> None:
    table = np.array([[30, 10, 5], [12, 22, 31]])
    chi2 = stats.chi2_contingency(table, correction=False)
    n = table.sum()
    phi2 = chi2.statistic / n - 2 / (n - 1)
    rows, columns = 2 - 1 / (n - 1), 3 - 4 / (n - 1)
    found = cramers_v(table)
    assert found.v.value == pytest.approx(np.sqrt(phi2 / min(rows - 1, columns - 1)))
    assert found.p_value == pytest.approx(chi2.pvalue)
    assert found.v.low < found.v.value < found.v.high


def test_independent_features_have_no_cramers_v_and_an_interval_from_zero() -> None:
    found = cramers_v([[25, 25, 25], [50, 50, 50]])
    assert (found.v.value, found.v.low) == (0.0, 0.0)
    assert found.p_value == pytest.approx(1.0)


def test_cramers_v_interval_covers_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(5)
    shares = np.array([[0.15, 0.20, 0.05], [0.15, 0.20, 0.25]])
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    truth = np.sqrt(((shares - expected) ** 2 / expected).sum())
    covered = 0
    for _ in range(400):
        v = cramers_v(generator.multinomial(500, shares.ravel()).reshape(2, 3)).v
        covered += v.low <= truth <= v.high
    assert 0.92 <= covered / 400 <= 0.98


def test_cramers_v_interval_is_smithsons_from_the_noncentral_chi_square() -> None:
    """Between its limits lie the noncentralities under which chi-square is not in a 2.5 % tail."""
    table = np.array([[30, 10, 5], [12, 22, 31]])
    chi2 = float(stats.chi2_contingency(table, correction=False).statistic)
    n = table.sum()
    reach = min(2 - 1 / (n - 1), 3 - 4 / (n - 1)) - 1
    v = cramers_v(table).v
    assert stats.ncx2.cdf(chi2, 2, v.low**2 * n * reach) == pytest.approx(0.975)
    assert stats.ncx2.cdf(chi2, 2, v.high**2 * n * reach) == pytest.approx(0.025)


@pytest.mark.parametrize("table", [[[5, 3]], [[4, 0], [6, 0]], [[0, 0], [0, 0]]])
def test_a_feature_with_one_value_is_associated_with_nothing(table: list[list[int]]) -> None:
    found = cramers_v(table)
    assert (found.v.value, found.v.high, found.p_value) == (0.0, 0.0, 1.0)


def test_a_bootstrap_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)
    interval = bootstrap_interval(
        lambda rows: float(values[rows].mean()), 400, 2000, np.random.default_rng(2)
    )
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.low == pytest.approx(values.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.03)


def test_a_bootstrap_interval_is_scipys() -> None:
    values = np.random.default_rng(3).exponential(2, 300)
    ours = bootstrap_interval(
        lambda rows: float(np.median(values[rows])), 300, 4000, np.random.default_rng(4)
    )
    scipys = stats.bootstrap(
        (values,), np.median, n_resamples=4000, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((scipys.low, scipys.high), abs=0.05)


def test_a_percentile_interval_is_numpys_percentiles() -> None:
    draws = np.random.default_rng(6).normal(size=501)
    interval = percentile_interval(draws)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])))


def test_the_same_generator_gives_the_same_bootstrap_interval() -> None:
    values = np.arange(50.0)

    def interval() -> object:
        return bootstrap_interval(
            lambda rows: float(np.median(values[rows])), 50, 100, np.random.default_rng(7)
        )

    assert interval() == interval()


def test_undefined_draws_do_not_count() -> None:
    assert percentile_interval([np.nan, 1.0, 1.0]).high == 1.0
    with pytest.raises(ValueError, match="undefined"):
        percentile_interval([np.nan])
