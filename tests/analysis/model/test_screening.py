"""Configurations that would hardly ever be chosen are scored in a part of the folds alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.features import declined, feature_table
from analysis.model.candidates import configurations
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.model.screening import hopeful, rounds, screened_scores

SCORED = 400


@pytest.fixture(scope="module")
def target() -> pd.Series:
    return pd.Series(np.random.default_rng(1).integers(0, 2, SCORED))


@pytest.fixture(scope="module")
def ranked(target: pd.Series) -> Callable[[float, int], np.ndarray]:
    def scores(strength: float, seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(size=(1, SCORED))
        return strength * target.to_numpy() + noise

    return scores


def alone(target: pd.Series) -> pd.Series:
    return pd.Series(np.arange(len(target)))


def test_what_ranks_far_worse_than_the_best_is_dropped_and_the_best_of_a_family_stays(
    target: pd.Series, ranked: Callable[[float, int], np.ndarray]
) -> None:
    families = ["one", "one", "other", "other"]
    scores = np.array([ranked(3, 1), ranked(0.2, 2), ranked(0.1, 3), ranked(0.5, 4)])
    assert hopeful(families, scores, target, alone(target), seed=0) == [0, 3]


def test_what_is_worse_than_its_own_family_is_dropped_though_not_worse_than_all(
    target: pd.Series, ranked: Callable[[float, int], np.ndarray]
) -> None:
    better, noise = ranked(2, 1), np.random.default_rng(9).normal(size=(1, SCORED))
    scores = np.array([better, better + noise, ranked(2.1, 5)])
    assert hopeful(["one", "one", "other"], scores, target, alone(target), seed=0) == [0, 2]


def test_what_may_be_the_best_by_chance_stays(
    target: pd.Series, ranked: Callable[[float, int], np.ndarray]
) -> None:
    noise = np.random.default_rng(9).normal(size=(4, 1, SCORED))
    scores = ranked(1, 1) + noise / 10
    assert hopeful(["one"] * 4, scores, target, alone(target), seed=0) == [0, 1, 2, 3]


def test_only_customers_and_repeats_that_are_scored_take_part(
    target: pd.Series, ranked: Callable[[float, int], np.ndarray]
) -> None:
    scores = np.full((2, 2, SCORED), np.nan)
    scores[0, 0, :200], scores[1, 0, :200] = ranked(3, 1)[0, :200], ranked(0.1, 2)[0, :200]
    assert hopeful(["one", "one"], scores, target, alone(target), seed=0) == [0]


def test_every_fold_belongs_to_one_round_and_no_round_to_two_repeats(
    sample_customers: pd.DataFrame,
) -> None:
    trained = sample_customers[sample_customers["state"] == "trained"]
    folds = splits(declined(trained), trained["copy_group"], 5, 2, seed=1)
    found = list(rounds(folds, repeats=2))
    assert [len(each) for each in found] == [1, 1, 1, 1, 1, 5]
    assert [repeat for each in found for repeat, _, _ in each] == [0] * 5 + [1] * 5
    assert [test.tolist() for each in found for *_, test in each] == [
        test.tolist() for _, test in folds
    ]


def test_what_is_kept_has_the_scores_that_it_would_have_alone(
    sample_customers: pd.DataFrame,
) -> None:
    trained = sample_customers[sample_customers["state"] == "trained"].head(400)
    features, target, groups = feature_table(trained), declined(trained), trained["copy_group"]
    folds = splits(target, groups, 3, 2, seed=1)
    candidates = configurations(["logistic", "tree"])
    kept, scores = screened_scores(candidates, features, target, groups, folds, 2, seed=1)
    assert {each.family for each in kept} == {"logistic", "tree"}
    assert len(kept) < len(candidates)
    assert [each for each in candidates if each in kept] == kept
    expected = out_of_fold_scores(kept, features, target, folds, 2, seed=1)
    assert scores == pytest.approx(expected, abs=1e-9)
