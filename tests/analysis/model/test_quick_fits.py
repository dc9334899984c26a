"""What is fitted for a fold says what scikit-learn says, and shared work is done once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from analysis.cleaning.features import declined, feature_table
from analysis.model import fold_scores, quick_calibration
from analysis.model.candidates import TREES, configurations
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.model.fold_scores import ranking_score
from analysis.model.fold_tables import FoldTables, NumberedFeatures
from analysis.model.quick_forest import QuickForest
from analysis.model.quick_logistic import QuickLogistic

SEED = 7


@pytest.fixture(scope="module")
def few(sample_customers: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Features of 300 customers, with gaps, and whether they declined."""
    trained = sample_customers[sample_customers["state"] == "trained"].head(300)
    features = feature_table(trained.reset_index(drop=True))
    features.iloc[::7, 2] = np.nan
    return features, declined(trained).reset_index(drop=True)


def test_a_support_vector_machine_ranks_very_many_as_it_ranks_few(
    few: tuple[pd.DataFrame, pd.Series[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    features, target = few
    [machine, *_] = [each for each in configurations() if each.family == "svc"]
    fitted = machine.pipeline(SEED).fit(features, target)
    rows = fitted[:-1].transform(features)
    itself = ranking_score(fitted[-1], rows)
    monkeypatch.setattr(fold_scores, "MOST_ROW_BY_ROW", 0)
    monkeypatch.setattr(fold_scores, "AT_A_TIME", 70)
    monkeypatch.setattr(SVC, "decision_function", None)
    np.testing.assert_allclose(ranking_score(fitted[-1], rows), itself, rtol=0, atol=1e-12)


def test_every_configuration_scores_as_its_own_pipeline(
    few: tuple[pd.DataFrame, pd.Series[int]],
) -> None:
    features, target = few
    rows = np.arange(len(target))
    fold = (rows[rows % 3 > 0], rows[rows % 3 == 0])
    candidates = [
        each for each in configurations() if each.family not in {"boosting", "tree", "logistic"}
    ]
    scores = out_of_fold_scores(candidates, features, target, [fold], 1, SEED)
    for candidate, of_one in zip(candidates, scores, strict=True):
        fitted = candidate.pipeline(SEED).fit(features.iloc[fold[0]], target[fold[0]])
        alone = ranking_score(fitted[-1], fitted[:-1].transform(features.iloc[fold[1]]))
        assert of_one[0, fold[1]] == pytest.approx(alone, abs=1e-9), candidate


def test_columns_prepared_once_are_those_of_every_preparation(
    few: tuple[pd.DataFrame, pd.Series[int]],
) -> None:
    features, _ = few
    known, unknown = features.iloc[:200], features.iloc[200:]
    candidates = {(c.features, c.encoder, c.scaler): c for c in configurations()}
    numbered, rows = NumberedFeatures.of(features), np.arange(len(features))
    tables = FoldTables(numbered.take(rows[:200]), numbered.take(rows[200:]))
    for candidate in candidates.values():
        prepare = candidate.preparation()
        for found, alone in zip(
            tables.of(candidate),
            (prepare.fit_transform(known), prepare.transform(unknown)),
            strict=True,
        ):
            np.testing.assert_array_equal(found, alone)


@pytest.mark.parametrize("min_samples_leaf", [2, 4])
def test_a_quick_forest_is_the_forest_of_the_library(min_samples_leaf: int) -> None:
    rng = np.random.default_rng(SEED)
    rows, actual = rng.normal(size=(150, 6)), rng.integers(0, 2, 150)
    theirs = ExtraTreesClassifier(TREES, min_samples_leaf=min_samples_leaf, random_state=SEED).fit(
        rows, actual
    )
    ours = QuickForest(TREES, min_samples_leaf, SEED).fit(rows, actual)
    asked = rng.normal(size=(40, 6))
    np.testing.assert_array_equal(ours.predict_proba(asked), theirs.predict_proba(asked))
    assert [tree.node_count for tree in ours.trees] == [
        each.tree_.node_count for each in theirs.estimators_
    ]


@pytest.mark.parametrize("strength", [0.3, 3.0, 1000.0])
@pytest.mark.parametrize("case", range(3))
def test_a_quick_logistic_regression_goes_to_the_minimum_of_that_of_the_library(
    case: int, strength: float
) -> None:
    rng = np.random.default_rng(case)
    rows = rng.normal(size=(200, 8))
    rows[:, 5] = rows[:, 4]
    rows[:, 6:] = rng.integers(0, 2, size=(200, 1)) == [0, 1]
    actual = (rows[:, 0] + rng.normal(size=200) > 0.5).astype(int)
    theirs = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10).fit(rows, actual)
    ours = QuickLogistic(strength).fit(rows, actual)
    assert ours.coef_ == pytest.approx(theirs.coef_, abs=1e-5)
    asked = rng.normal(size=(40, 8))
    assert ours.decision_function(asked) == pytest.approx(theirs.decision_function(asked), abs=1e-4)


@pytest.mark.parametrize("case", range(8))
def test_quick_calibrators_say_what_those_of_the_library_say(case: int) -> None:
    rng = np.random.default_rng(case)
    scores = rng.normal(size=int(rng.integers(30, 400)))
    if case % 2:
        scores = np.round(scores, 1)
    actual = (rng.random(len(scores)) < 1 / (1 + np.exp(-2 * scores))).astype(int)
    asked = rng.normal(size=50)
    platt = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    platt.fit(scores[:, None], actual)
    steps = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(scores, actual)
    assert quick_calibration.sigmoid(scores, actual, asked) == pytest.approx(
        platt.predict_proba(asked[:, None])[:, 1], abs=1e-7
    )
    assert quick_calibration.isotonic(scores, actual, asked) == pytest.approx(
        steps.predict(asked), abs=1e-12
    )


def test_a_quick_sigmoid_bears_scores_that_part_the_levels_and_scores_that_say_nothing() -> None:
    actual = np.repeat([0, 1], 20)
    apart = quick_calibration.sigmoid(actual.astype(float), actual, np.array([0.0, 1.0]))
    assert apart[0] < 0.001 and apart[1] > 0.999
    same = quick_calibration.sigmoid(np.ones(40), actual, np.ones(1))
    assert same[0] == pytest.approx(0.5)


@pytest.mark.parametrize("case", range(6))
def test_folds_are_those_of_the_library(case: int) -> None:
    rng = np.random.default_rng(case)
    size, folds = int(rng.integers(40, 400)), int(rng.integers(2, 8))
    target = pd.Series((rng.random(size) < 0.4).astype(int))
    alone = rng.random(size) < 0.9
    groups = pd.Series(np.where(alone, np.arange(size), rng.integers(0, size // 4, size)))
    theirs = StratifiedGroupKFold(folds, shuffle=True, random_state=case)
    expected = theirs.split(np.zeros(size), target, groups)
    for (_, test), (_, as_expected) in zip(
        splits(target, groups, folds, 1, case), expected, strict=True
    ):
        np.testing.assert_array_equal(test, as_expected)


def test_what_configurations_share_is_fitted_once_in_a_fold(
    few: tuple[pd.DataFrame, pd.Series[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: Counter[str] = Counter()

    def counting(kind: type[BaseEstimator]) -> None:
        fit = kind.fit

        def counted(self: BaseEstimator, *given: object, **named: object) -> BaseEstimator:
            fitted[type(self).__name__] += 1
            return fit(self, *given, **named)

        monkeypatch.setattr(kind, "fit", counted)

    for kind in (
        SimpleImputer,
        StandardScaler,
        MinMaxScaler,
        RobustScaler,
        NearestNeighbors,
        ExtraTreesClassifier,
        DecisionTreeClassifier,
    ):
        counting(kind)
    features, target = few
    rows = np.arange(len(target))
    candidates = [
        each
        for each in configurations()
        if each.family in {"extra_trees", "knn", "logistic", "tree"}
    ]
    out_of_fold_scores(
        candidates, features, target, [(rows[rows % 3 > 0], rows[rows % 3 == 0])], 1, SEED
    )
    preparations = {
        (each.features, each.encoder, each.scaler) for each in candidates if each.family == "knn"
    }
    trees = sum(each.family == "tree" for each in candidates)
    assert fitted == {
        "SimpleImputer": 1,
        "StandardScaler": 2,
        "MinMaxScaler": 2,
        "RobustScaler": 2,
        "NearestNeighbors": 2 * len(preparations),
        "DecisionTreeClassifier": trees,
    }
