"""How a contribution follows the value, and where decline becomes frequent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.arrays import Flags, Floats
from analysis.drivers.dependence import (
    SMALLEST_BIN,
    clear_threshold,
    dependence,
    group_by_value,
)
from analysis.drivers.jackknife import Draws, model_deviations
from analysis.results import Dependence
from analysis.statistics.intervals import wilson

FOLDS, REPEATS, DRAWS = 5, 2, 300


def draws_of(count: int, seed: int = 0, repeats: int = REPEATS) -> Draws:
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), DRAWS).T.astype(float)
    fold_of = np.array([rng.permutation(np.arange(count) % FOLDS) for _ in range(repeats)])
    return Draws.of(weights, fold_of, rng)


def described(values: Floats, contributions: Floats, down: Flags | None = None) -> Dependence:
    """A curve over customers who are in decline where it lies above zero, or as told."""
    noisy = contributions + np.random.default_rng(0).normal(0, 0.02, (REPEATS, len(values)))
    level = contributions > 0 if down is None else down
    found = dependence(
        "failures",
        values,
        noisy,
        draws_of(len(values)),
        lambda side: clear_threshold(pd.Series(values), level, side, DRAWS, seed=0),
    )
    assert found is not None
    return found


@pytest.fixture
def values() -> Floats:
    return np.sort(np.random.default_rng(1).uniform(0, 20, 800))


@pytest.mark.parametrize("step", [4.0, 9.5, 15.0])
def test_a_threshold_is_where_decline_becomes_frequent(values: Floats, step: float) -> None:
    chance = np.where(values >= step, 0.8, 0.1)
    down = np.random.default_rng(2).uniform(size=len(values)) < chance
    found = described(values, (values - 10) / 10, down)
    assert found.raises_when == "high" and found.unclear is None
    assert found.threshold is not None
    assert found.threshold.value == pytest.approx(step, abs=0.3)
    assert found.threshold.low <= found.threshold.value <= found.threshold.high


def test_the_mean_of_a_feature_is_no_threshold(values: Floats) -> None:
    """Contributions of a linear model are zero at the mean, wherever decline begins."""
    down = values <= 3
    found = described(values, (values.mean() - values) / 10, down)
    assert found.raises_when == "low" and found.threshold is not None
    assert found.threshold.value == values[down].max()
    assert abs(found.threshold.value - values.mean()) > 5


def test_shares_are_those_of_exactly_the_customers_whom_the_threshold_takes(
    values: Floats,
) -> None:
    rounded = np.round(values)
    down = np.random.default_rng(3).uniform(size=len(values)) < np.where(rounded <= 8, 0.7, 0.2)
    found = described(rounded, (8 - rounded) / 10, down)
    assert found.threshold is not None
    taken = rounded <= found.threshold.value
    assert found.threshold.value in rounded
    assert found.raising_side == wilson(int(down[taken].sum()), int(taken.sum()))
    assert found.lowering_side == wilson(int(down[~taken].sum()), int((~taken).sum()))


def test_a_contribution_that_falls_and_rises_has_no_threshold(values: Floats) -> None:
    found = described(values, ((values - 10) / 10) ** 2 - 1 / 3)
    assert (found.threshold, found.unclear) == (None, "not_monotone")
    assert found.raising_side is None and found.lowering_side is None


def test_a_cut_that_could_lie_anywhere_is_no_threshold(values: Floats) -> None:
    down = np.random.default_rng(5).uniform(size=len(values)) < 0.4
    found = clear_threshold(pd.Series(values), down, "above", DRAWS, seed=0)
    assert found == "wide"


def test_values_that_all_are_alike_cannot_be_cut() -> None:
    down = np.arange(40) % 2 == 0
    assert clear_threshold(pd.Series(np.ones(40)), down, "above", DRAWS, seed=0) == "no_cut"


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
    assert (
        dependence("failures", values, np.ones((2, 25)), draws_of(25), lambda _: "no_cut") is None
    )


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
