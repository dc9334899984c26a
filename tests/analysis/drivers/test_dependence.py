"""Where a contribution turns, and how unsure that is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.drivers.dependence import SMALLEST_BIN, crossing, dependence, group_by_value
from analysis.drivers.jackknife import Draws, model_deviations
from analysis.results import Dependence
from analysis.statistics.intervals import wilson

FOLDS, REPEATS, DRAWS = 5, 2, 300


def draws_of(count: int, seed: int = 0, repeats: int = REPEATS) -> Draws:
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), DRAWS).T.astype(float)
    fold_of = np.array([rng.permutation(np.arange(count) % FOLDS) for _ in range(repeats)])
    return Draws.of(weights, fold_of, rng)


def described(values: Floats, contributions: Floats, seed: int = 0) -> Dependence:
    rng = np.random.default_rng(seed)
    noisy = contributions + rng.normal(0, 0.02, (REPEATS, len(values)))
    target = (contributions > 0).astype(int)
    found = dependence("failures", values, noisy, target, draws_of(len(values)))
    assert found is not None
    return found


@pytest.fixture
def values() -> Floats:
    return np.sort(np.random.default_rng(1).uniform(0, 20, 800))


@pytest.mark.parametrize("middle", [4.0, 9.5, 15.0])
def test_a_logistic_curve_turns_at_its_middle(values: Floats, middle: float) -> None:
    found = described(values, 1 / (1 + np.exp(-(values - middle))) - 0.5)
    assert found.raises_when == "high" and found.unclear is None
    assert found.turning is not None
    assert found.turning.value == pytest.approx(middle, abs=0.15)
    assert found.turning.low <= middle <= found.turning.high


def test_a_falling_line_turns_where_it_crosses_zero(values: Floats) -> None:
    found = described(values, (8 - values) / 10)
    assert found.raises_when == "low" and found.turning is not None
    assert found.turning.value == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        (lambda x: ((x - 10) / 10) ** 2 - 1 / 3, "not_monotone"),
        (lambda x: x / 20 + 0.5, "one_sided"),
        (lambda x: np.where(x < 8, -1.0, np.where(x > 18, -0.1, 1.0)), "several"),
    ],
    ids=["u-shape", "always raises", "falls back"],
)
def test_an_unclear_curve_has_no_turning_value(
    values: Floats, curve: Callable[[Floats], Floats], reason: str
) -> None:
    found = described(values, curve(values))
    assert (found.turning, found.unclear) == (None, reason)
    assert found.raising_side is None and found.lowering_side is None


def test_an_interval_over_most_of_the_range_is_no_turning_value(values: Floats) -> None:
    line = (values - 10) / 10
    rng = np.random.default_rng(3)
    shared = draws_of(len(values))
    moved = np.array([line + rng.normal(0, 0.6, FOLDS)[folds] for folds in shared.fold_of])
    found = dependence("failures", values, moved, (line > 0).astype(int), shared)
    assert found is not None and found.turning is None
    assert found.unclear in {"wide", "one_sided"}


def test_the_observed_shares_are_those_on_both_sides_of_the_turning_value(values: Floats) -> None:
    line = (values - 8) / 10
    found = described(values, line)
    assert found.turning is not None
    above = values >= found.turning.value
    target = (line > 0).astype(int)
    assert found.raising_side == wilson(int(target[above].sum()), int(above.sum()))
    assert found.lowering_side == wilson(int(target[~above].sum()), int((~above).sum()))


def test_a_crossing_is_interpolated_between_groups_and_pooled_where_they_go_back() -> None:
    means, sizes = np.array([1.0, 2.0, 4.0]), np.ones(3)
    assert crossing(means, np.array([-2.0, -1.0, 3.0]), sizes, True) == pytest.approx(2.5)
    assert crossing(means, np.array([3.0, -1.0, -2.0]), sizes, False) == pytest.approx(1.75)
    # -1 and -3 are pooled to -2: the line from (2, -2) to (4, 2) crosses zero at 3
    assert crossing(means, np.array([-1.0, -3.0, 2.0]), sizes, True) == pytest.approx(3)
    assert np.isnan(crossing(means, np.array([1.0, 2.0, 3.0]), sizes, True))


def test_groups_hold_equal_values_together_and_nobody_alone() -> None:
    values = np.array([1.0] * 40 + [2.0] * 3 + [3.0] * 40 + [900.0] + [np.nan] * 5)
    groups = group_by_value(values)
    known = ~np.isnan(values)
    assert (groups.group[~known] == -1).all()
    assert np.bincount(groups.group[known]).min() >= SMALLEST_BIN
    for value in (1.0, 2.0, 3.0):
        assert len(set(groups.group[values == value])) == 1
    by_hand = [values[groups.group == group].mean() for group in range(len(groups.means))]
    assert groups.means == pytest.approx(by_hand)
    assert 900.0 not in groups.means


def test_too_few_customers_give_no_curve() -> None:
    values = np.arange(25.0)
    assert dependence("failures", values, np.ones((2, 25)), np.ones(25, int), draws_of(25)) is None


def test_the_models_own_instability_is_the_jackknife_of_their_deviations() -> None:
    """With a known effect of each fold's model, against the formula of the grouped jackknife."""
    count = 4000
    place = np.arange(count)
    fold_of = np.array([place % FOLDS, place // FOLDS % FOLDS])
    effects = np.random.default_rng(6).normal(0, 1, (REPEATS, FOLDS))
    values = np.array([effects[r][fold_of[r]] for r in range(REPEATS)])
    found = model_deviations(values, np.ones((count, 1)), fold_of)[:, 0]
    centred = (effects - effects.mean(axis=1, keepdims=True)).reshape(-1)
    assert found == pytest.approx(centred, abs=0.01)
    shared = Draws.of(np.ones((1, 20_000)), fold_of, np.random.default_rng(7))
    jackknife = (FOLDS - 1) / FOLDS * (centred**2).sum() / REPEATS
    assert float((found @ shared.multipliers).var()) == pytest.approx(jackknife, rel=0.05)


def test_the_interval_of_a_mean_holds_what_other_training_customers_would_change() -> None:
    """A model that knows nothing but the mean of what it learnt from: its error is closed form."""
    count = 2000
    rng = np.random.default_rng(8)
    learnt = rng.normal(0, 1, count)
    spreads = []
    for seed in range(12):
        shared = draws_of(count, seed=seed)
        models = np.array(
            [
                [learnt[shared.fold_of[r] != fold].mean() for fold in range(FOLDS)]
                for r in range(REPEATS)
            ]
        )
        values = np.array([models[r][shared.fold_of[r]] for r in range(REPEATS)])
        spreads.append(shared.means(values, np.ones((count, 1))).std())
    assert float(np.mean(spreads)) == pytest.approx(learnt.std() / np.sqrt(count), rel=0.3)


def test_models_that_agree_add_nothing_to_the_interval() -> None:
    shared = draws_of(500)
    same = np.tile(np.random.default_rng(9).normal(size=500), (REPEATS, 1))
    assert model_deviations(same, np.ones((500, 1)), shared.fold_of) == pytest.approx(0)
