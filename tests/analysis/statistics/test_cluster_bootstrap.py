"""Two months side by side, and the cluster bootstrap by customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.changes.matching import match
from analysis.statistics import cluster_bootstrap
from analysis.statistics.cluster_bootstrap import MeanDifference, mean_differences, shown_twice


def compared(
    old: np.ndarray, new: np.ndarray, expected: float = 0.0, draws: int = 4000, seed: int = 1
) -> MeanDifference:
    [result] = mean_differences(
        old[:, None], new[:, None], np.array([expected]), draws=draws, seed=seed
    )
    return result


def correlated(
    seed: int, customers: int = 400, shift: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    self_ = rng.gamma(2, 1, customers)
    return self_ + rng.normal(0, 0.5, customers), self_ + rng.normal(shift, 0.5, customers)


def test_with_everybody_in_both_months_it_is_the_paired_t_test() -> None:
    old, new = correlated(3)
    known = stats.ttest_rel(new, old)
    found = compared(old, new)
    interval = known.confidence_interval()
    assert found.value == pytest.approx(np.mean(new) - np.mean(old))
    assert found.p_value == pytest.approx(known.pvalue, rel=0.25)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=0.1)


def test_with_nobody_in_both_months_it_is_welch_s_test() -> None:
    old, new = correlated(5)
    alone = np.full(len(old), np.nan)
    known = stats.ttest_ind(new, old, equal_var=False)
    found = compared(np.concatenate([old, alone]), np.concatenate([alone, new]))
    half = (found.high - found.low) / 2
    interval = known.confidence_interval()
    assert half == pytest.approx((interval.high - interval.low) / 2, rel=0.05)
    assert found.p_value == pytest.approx(known.pvalue, rel=0.1)


def test_customers_of_one_month_and_of_both_make_one_error() -> None:
    """Against the variance of the linearised difference of two means (delta method)."""
    rng = np.random.default_rng(8)
    old, new = correlated(8, customers=900)
    old[rng.random(900) < 0.2] = np.nan
    new[(rng.random(900) < 0.2) & ~np.isnan(old)] = np.nan
    influence = np.nan_to_num((new - np.nanmean(new)) / (~np.isnan(new)).sum()) - np.nan_to_num(
        (old - np.nanmean(old)) / (~np.isnan(old)).sum()
    )
    found = compared(old, new)
    half = stats.t.ppf(0.975, 899) * np.sqrt((influence**2).sum())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


def test_paired_customers_prove_what_strangers_cannot() -> None:
    old, new = correlated(4, shift=0.15)
    alone = np.full(len(old), np.nan)
    strangers = compared(np.concatenate([old, alone]), np.concatenate([alone, new]))
    assert compared(old, new).p_value < 0.01 < strangers.p_value


def test_a_difference_is_held_against_what_is_expected() -> None:
    old = np.random.default_rng(1).integers(100, 900, 200).astype(float)
    assert compared(old, old + 31, expected=31).p_value == 1
    late = compared(old, old + 30, expected=31)
    assert late.value == pytest.approx(-1)
    assert late.p_value == 0


def test_equal_months_differ_by_nothing_at_all() -> None:
    old = np.random.default_rng(2).normal(1e6, 1e-3, 300)
    found = compared(old, old)
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_exchanged_months_mirror_to_the_last_bit() -> None:
    old, new = correlated(6)
    old[:20], new[-30:] = np.nan, np.nan
    there, back = compared(old, new, 0.3), compared(new, old, -0.3)
    assert back.value == -there.value
    assert (back.low, back.high) == (-there.high, -there.low)
    assert back.p_value == there.p_value
    assert (back.old, back.base_old) == (there.new, there.base_new)


def test_a_difference_shown_by_two_measures_has_the_weaker_proof_and_the_wider_interval() -> None:
    strong = MeanDifference(1, 3, 9, 9, value=2.0, low=1.0, high=3.0, p_value=0.001)
    weak = strong._replace(value=0.5, low=-0.5, high=1.5, p_value=0.3)
    assert shown_twice(strong, weak) == strong._replace(low=-0.5, p_value=0.3)
    assert shown_twice(weak, strong) == weak._replace(high=3.0)
    opposed = weak._replace(value=-0.5, low=-1.5, high=0.5, p_value=0.001)
    assert shown_twice(strong, opposed).p_value == 1


def test_draws_in_small_portions_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = correlated(7)
    whole = compared(old, new, draws=300)
    monkeypatch.setattr(cluster_bootstrap, "CELLS_AT_ONCE", 400 * 7)
    assert compared(old, new, draws=300) == pytest.approx(whole)


def test_a_mean_of_fewer_than_two_values_is_refused() -> None:
    with pytest.raises(ValueError, match="two values"):
        compared(np.array([1.0, np.nan]), np.array([1.0, 2.0]))


def month(*rows: tuple[int, float, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "pages", "level"])


def test_every_customer_of_either_month_has_one_row() -> None:
    sides = match(
        month((1, 5.0, "steady"), (2, 6.0, None)), month((2, 7.0, "declined"), (3, 1, None))
    )
    assert len(sides) == 3
    assert sides.old.present.sum() == sides.new.present.sum() == 2
    assert sides.in_both.sum() == 1
    assert sides.old.numbers("pages")[sides.in_both].tolist() == [6.0]
    assert sides.new.numbers("pages")[sides.in_both].tolist() == [7.0]
    assert np.isnan(sides.new.numbers("pages")[~sides.new.present]).all()
    assert sides.new.flags("level", "declined")[sides.in_both].tolist() == [1.0]


def test_the_order_comes_from_content_and_is_the_same_both_ways() -> None:
    rng = np.random.default_rng(1)
    old = pd.DataFrame({"id": range(50), "pages": rng.random(50), "level": "steady"})
    new = old.iloc[10:].assign(pages=rng.random(40), level=None)
    renumbered = {number: int(other) for number, other in enumerate(rng.permutation(50) + 100)}
    there, back = match(old, new), match(new, old)
    np.testing.assert_array_equal(there.old.numbers("pages"), back.new.numbers("pages"))
    other = match(
        *(
            table.assign(id=table["id"].map(renumbered)).sample(frac=1, random_state=3)
            for table in (old, new)
        )
    )
    np.testing.assert_array_equal(other.old.numbers("pages"), there.old.numbers("pages"))
    np.testing.assert_array_equal(other.new.present, there.new.present)


def test_a_customer_twice_in_a_month_is_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        match(month((1, 5.0, None), (1, 6.0, None)), month((1, 5.0, None)))


def test_of_very_many_customers_the_spread_is_what_draws_would_show(monkeypatch):
    rng = np.random.default_rng(8)
    old = rng.gamma(2.0, 50.0, (2500, 3))
    new = old * rng.normal(1.02, 0.1, old.shape)
    old[rng.random(old.shape) < 0.1] = np.nan
    new[rng.random(new.shape) < 0.15] = np.nan
    expected = np.zeros(3)
    drawn = mean_differences(old, new, expected, 4000, 1)
    monkeypatch.setattr(cluster_bootstrap, "MOST_ONE_BY_ONE", 0)
    monkeypatch.setattr(cluster_bootstrap, "_drawn_differences", None)
    found = mean_differences(old, new, expected, 4000, 1)
    turned = mean_differences(new, old, expected, 4000, 1)

    for one, other, reverse in zip(drawn, found, turned, strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-9) == -reverse.value
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.04)
        assert other.p_value == reverse.p_value
