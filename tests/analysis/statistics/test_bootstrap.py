"""Scores of weighted rows are those of scikit-learn, and a bootstrap keeps copies together."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis.statistics.bootstrap import (
    bootstrap_counts,
    compact,
    mean_weighted_auc,
    weighted_auc,
    weighted_average_precision,
)

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture
def drawn() -> Drawn:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 200)
    scores = np.round(rng.normal(size=200) + target, 1)
    return target, scores, bootstrap_counts(target, np.arange(200), 5, rng)


def test_the_weighted_area_is_scikit_learns_even_with_ties_and_repeated_rows(drawn: Drawn) -> None:
    target, scores, counts = drawn
    expected = [roc_auc_score(target, scores, sample_weight=row) for row in counts.T]
    assert weighted_auc(scores, target)(counts) == pytest.approx(expected)
    single = compact(counts)
    assert single.dtype == np.float32
    assert weighted_auc(scores, target)(single).tolist() == pytest.approx(expected, abs=1e-12)


def test_the_mean_area_of_several_scores_is_that_of_their_areas(drawn: Drawn) -> None:
    target, scores, counts = drawn
    several = np.stack([scores, np.round(-scores / 3, 1), np.zeros(200)])
    one_by_one = [weighted_auc(each, target)(counts) for each in several]
    for weights in (counts, compact(counts)):
        found = mean_weighted_auc(several, target)(weights)
        assert found.tolist() == pytest.approx(np.mean(one_by_one, axis=0), abs=1e-12)


def test_the_weighted_average_precision_is_scikit_learns_even_with_ties_and_left_out_rows(
    drawn: Drawn,
) -> None:
    target, scores, counts = drawn
    for weights in (counts, (counts == 0).astype(float)):
        expected = [average_precision_score(target, scores, sample_weight=row) for row in weights.T]
        assert weighted_average_precision(scores, target)(weights) == pytest.approx(expected)


def test_a_bootstrap_draw_keeps_the_number_of_customers_of_each_level() -> None:
    target = np.array([0] * 30 + [1] * 12)
    counts = bootstrap_counts(target, np.arange(42), 50, np.random.default_rng(1))
    assert (counts[:30].sum(axis=0) == 30).all()
    assert (counts[30:].sum(axis=0) == 12).all()


def test_copies_are_drawn_together_and_the_levels_stay() -> None:
    rng = np.random.default_rng(2)
    target = np.array([0, 1] * 10 + [0] * 40 + [1] * 20)
    groups = np.concatenate([np.arange(20) // 2, np.arange(100, 160)])
    counts = bootstrap_counts(target, groups, 50, rng)
    assert (counts[0:20:2] == counts[1:20:2]).all()
    assert (counts.sum(axis=0) == len(target)).all()
    assert (counts[target == 1].sum(axis=0) == target.sum()).all()


def test_weights_too_many_for_single_precision_stay_double() -> None:
    assert compact(np.full((9_000_000, 1), 1.0)).dtype == float
