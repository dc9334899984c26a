"""Draws that are even: a probability read off them is that of the distribution, by any seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.segments.prospects import drawn_evenly

MEAN = np.array([0.1, 0.1, 0.05])
COVARIANCE = 0.15**2 * np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 1.0]])


def below(drawn: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    return float((drawn.mean(axis=1) < 0.0).mean())


def test_the_draws_have_the_mean_and_the_covariance_that_were_asked_for() -> None:
    drawn = drawn_evenly(np.random.default_rng(1), MEAN, COVARIANCE, 4000)
    assert drawn.shape == (4000, 3)
    assert drawn.mean(axis=0) == pytest.approx(MEAN, abs=1e-3)
    assert np.cov(drawn.T) == pytest.approx(COVARIANCE, abs=2e-3)


def test_a_probability_hardly_depends_on_the_seed() -> None:
    """Known truth: the mean of the three is normal, too."""
    deviation = float(np.sqrt(COVARIANCE.sum())) / 3
    exact = float(stats.norm.cdf(0.0, MEAN.mean(), deviation))
    found = [
        below(drawn_evenly(np.random.default_rng(seed), MEAN, COVARIANCE, 2000))
        for seed in range(40)
    ]
    assert np.mean(found) == pytest.approx(exact, abs=0.003)
    plain = np.sqrt(exact * (1 - exact) / 2000)
    assert np.std(found) < 0.6 * plain


def test_a_belief_without_any_doubt_is_drawn_as_it_is() -> None:
    drawn = drawn_evenly(np.random.default_rng(1), MEAN, np.zeros((3, 3)), 10)
    assert drawn == pytest.approx(np.tile(MEAN, (10, 1)))
