"""Folds that keep copies together, and scores of models that have not seen the customer."""

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.features import declined, feature_table
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import fold_numbers, out_of_fold_scores, splits, walk


@pytest.fixture
def target() -> "pd.Series[int]":
    return pd.Series([0, 1, 1, 0] * 25)


def test_every_customer_is_tested_once_a_repeat(target: "pd.Series[int]") -> None:
    folds = splits(target, target.index.to_series(), 5, 2, seed=3)
    for repeat in (0, 1):
        tested = [test for number, _, test in walk(folds, 2) if number == repeat]
        assert sorted(np.concatenate(tested)) == list(range(len(target)))
        assert set(fold_numbers(folds, 2)[repeat]) == {0, 1, 2, 3, 4}


def test_copies_are_never_on_both_sides_of_a_fold(target: "pd.Series[int]") -> None:
    groups = pd.Series(np.arange(len(target)) // 3)
    for train, test in splits(target, groups, 5, 3, seed=1):
        assert not set(groups.iloc[train]) & set(groups.iloc[test])
        assert len(train) + len(test) == len(target)


def test_the_levels_are_spread_evenly_over_folds() -> None:
    target = pd.Series([1] * 60 + [0] * 140)
    for _, test in splits(target, target.index.to_series(), 5, 2, seed=0):
        assert target.iloc[test].mean() == pytest.approx(0.3)


def test_an_out_of_fold_score_is_that_of_a_pipeline_fitted_without_the_customer(
    sample_customers: pd.DataFrame,
) -> None:
    trained = sample_customers[sample_customers["state"] == "trained"]
    trained = trained.sample(150, random_state=0).reset_index(drop=True)
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, target.index.to_series(), 3, 1, seed=2)
    candidates = [
        Configuration("logistic", kind, "one_hot", "robust", (("C", 0.3),))
        for kind in ("plain", "engineered")
    ]
    scores = out_of_fold_scores(candidates, features, target, folds, repeats=1, seed=0)
    train, test = folds[1]
    for candidate, its in zip(candidates, scores, strict=True):
        alone = candidate.pipeline(0).fit(features.iloc[train], target.iloc[train])
        assert its[0, test] == pytest.approx(alone.decision_function(features.iloc[test]))
    assert not np.array_equal(scores[0], scores[1])
