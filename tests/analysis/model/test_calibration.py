"""Probabilities that can be read literally."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import log_loss

from analysis.cleaning.features import declined, feature_table
from analysis.model.calibration import (
    calibrate,
    choose_method,
    clip,
    cross_fitted,
    cross_scaled,
    fit_calibrated,
    fit_calibrator,
)
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.model.metrics import calibration_bins, calibration_error


def drawn(probability: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).uniform(size=len(probability)) < probability).astype(int)


def test_no_probability_is_certain() -> None:
    assert clip(np.array([0.0, 0.5, 1.0])).tolist() == [0.01, 0.5, 0.99]


def test_the_sigmoid_is_platts_up_to_his_smoothing_of_the_targets() -> None:
    scores = np.random.default_rng(0).normal(size=2000)
    labels = drawn(1 / (1 + np.exp(-2 * scores)), seed=1)
    ours = calibrate(fit_calibrator("sigmoid", scores, labels), scores)
    theirs = _SigmoidCalibration().fit(scores, labels).predict(scores)
    assert ours == pytest.approx(theirs, abs=0.01)


def test_a_logistic_score_is_calibrated_by_the_sigmoid_and_a_step_by_isotonic_regression() -> None:
    scores = np.random.default_rng(2).normal(size=3000)
    smooth = drawn(1 / (1 + np.exp(-scores)), seed=3)
    step = drawn(np.where(scores > 0.5, 0.95, 0.10), seed=4)
    fold = np.arange(len(scores)) % 5
    assert choose_method(scores, smooth, fold) == "sigmoid"
    assert choose_method(scores, step, fold) == "isotonic"


def test_a_customers_own_level_does_not_move_its_probability() -> None:
    rng = np.random.default_rng(7)
    target = pd.Series(rng.integers(0, 2, 200))
    scores = rng.normal(size=(1, 200)) + target.to_numpy()
    folds = splits(target, target.index.to_series(), 5, 1, seed=0)
    _, tested = folds[0]
    flipped = target.to_numpy().copy()
    flipped[tested] = 1 - flipped[tested]
    before = cross_fitted(scores, target.to_numpy(), folds).probability[0]
    after = cross_fitted(scores, flipped, folds).probability[0]
    assert np.array_equal(before[tested], after[tested])
    assert not np.array_equal(before, after)


def test_calibration_on_other_folds_is_as_good_as_with_models_fitted_anew(
    sample_customers: pd.DataFrame,
) -> None:
    trained = sample_customers[sample_customers["state"] == "trained"].reset_index(drop=True)
    features, target = feature_table(trained), declined(trained)
    labels = target.to_numpy()
    configuration = Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),))
    folds = splits(target, target.index.to_series(), 5, 1, seed=0)
    scores = out_of_fold_scores([configuration], features, target, folds, 1, seed=0)[0]
    quick = cross_fitted(scores, labels, folds).probability[0]
    nested = np.empty(len(labels))
    for train, test in folds:
        inside, inner = features.iloc[train], target.iloc[train].reset_index(drop=True)
        inner_folds = splits(inner, inner.index.to_series(), 5, 1, seed=1)
        inner_scores = out_of_fold_scores([configuration], inside, inner, inner_folds, 1, seed=0)[0]
        fitted = fit_calibrated(
            configuration, inside, inner.to_numpy(), inner_scores, inner_folds, seed=0
        )
        nested[test] = fitted.probability(features.iloc[test])
    assert log_loss(labels, quick) == pytest.approx(log_loss(labels, nested), abs=0.005)


def test_the_calibration_error_is_small_for_true_probabilities_and_large_for_false_ones() -> None:
    probability = np.random.default_rng(5).uniform(0.05, 0.95, size=5000)
    labels = drawn(probability, seed=6)
    assert calibration_error(calibration_bins(labels, probability)) < 0.03
    assert calibration_error(calibration_bins(labels, np.sqrt(probability))) > 0.1


def test_a_score_that_means_nothing_for_decliners_is_brought_to_the_scale_of_the_others() -> None:
    rng = np.random.default_rng(6)
    starts = np.repeat([0.0, 1.0], 600)
    raw = rng.normal(size=1200)
    truth = np.where(starts == 1, 0.8, 1 / (1 + np.exp(1 - 2 * raw)))
    actual = (rng.random(1200) < truth).astype(int)
    folds = splits(pd.Series(actual), pd.Series(range(1200)), 3, 1, 1)
    scaled = cross_scaled(raw[None, None], starts, actual, folds)
    said = cross_fitted(scaled[0], actual, folds).probability[0]
    low = (starts == 1) & (raw < -0.5)
    assert said[low].mean() == pytest.approx(actual[low].mean(), abs=0.07)
    assert np.corrcoef(said[starts == 0], truth[starts == 0])[0, 1] > 0.98
