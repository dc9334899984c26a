"""Probabilities that can be read literally."""

import numpy as np
import pytest
from sklearn.calibration import _SigmoidCalibration

from analysis.calibration import choose_method, clip, fit_calibrator
from analysis.quality import calibration_bins, calibration_error


def drawn(probability: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).uniform(size=len(probability)) < probability).astype(int)


def test_no_probability_is_certain() -> None:
    assert clip(np.array([0.0, 0.5, 1.0])).tolist() == [0.01, 0.5, 0.99]


def test_the_sigmoid_is_platts_up_to_his_smoothing_of_the_targets() -> None:
    scores = np.random.default_rng(0).normal(size=2000)
    labels = drawn(1 / (1 + np.exp(-2 * scores)), seed=1)
    ours = fit_calibrator("sigmoid", scores, labels)(scores)
    theirs = _SigmoidCalibration().fit(scores, labels).predict(scores)
    assert ours == pytest.approx(theirs, abs=0.01)


def test_a_logistic_score_is_calibrated_by_the_sigmoid_and_a_step_by_isotonic_regression() -> None:
    scores = np.random.default_rng(2).normal(size=3000)
    smooth = drawn(1 / (1 + np.exp(-scores)), seed=3)
    step = drawn(np.where(scores > 0.5, 0.95, 0.10), seed=4)
    assert choose_method(scores, smooth, seed=0) == "sigmoid"
    assert choose_method(scores, step, seed=0) == "isotonic"


def test_the_calibration_error_is_small_for_true_probabilities_and_large_for_false_ones() -> None:
    probability = np.random.default_rng(5).uniform(0.05, 0.95, size=5000)
    labels = drawn(probability, seed=6)
    assert calibration_error(calibration_bins(labels, probability)) < 0.03
    assert calibration_error(calibration_bins(labels, np.sqrt(probability))) > 0.1
