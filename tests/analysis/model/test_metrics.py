"""The curves that show how good a model is."""

import numpy as np
import pytest

from analysis.model.metrics import calibration_bins, roc_points


def test_calibration_bins_hold_everyone_once() -> None:
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=103)
    labels = (rng.uniform(size=103) < probability).astype(int)
    bins = calibration_bins(labels, probability)
    assert sum(each.observed.base for each in bins) == 103
    assert sum(each.observed.count for each in bins) == labels.sum()
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)


def test_equal_probabilities_are_never_in_two_calibration_bins() -> None:
    rng = np.random.default_rng(3)
    probability = rng.choice([0.05, 0.2, 0.5, 0.9], 400)
    labels = rng.integers(0, 2, 400)
    bins = calibration_bins(labels, probability)
    assert [each.predicted for each in bins] == pytest.approx([0.05, 0.2, 0.5, 0.9])
    shuffled = rng.permutation(400)
    assert calibration_bins(labels[shuffled], probability[shuffled]) == bins


def test_the_roc_curve_is_drawn_on_a_fixed_grid_from_corner_to_corner() -> None:
    points = roc_points(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    assert len(points) == 101
    assert (points[-1].x, points[-1].y) == (1.0, 1.0)
