"""The comparison of candidates and the rule of the choice."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis.candidates import Configuration, configurations
from analysis.selection import (
    bootstrap_counts,
    choose,
    compare,
    out_of_fold_scores,
    splits,
    weighted_auc,
)


@pytest.fixture
def target() -> "pd.Series[int]":
    return pd.Series([0, 1, 1, 0] * 25)


def test_the_weighted_area_is_scikit_learns_even_with_ties_and_repeated_rows() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 200)
    scores = np.round(rng.normal(size=200) + target, 1)
    counts = bootstrap_counts(target, 5, rng)
    areas = weighted_auc(scores, target)(counts)
    expected = [roc_auc_score(target, scores, sample_weight=row) for row in counts.T]
    assert areas == pytest.approx(expected)


def test_a_bootstrap_draw_keeps_the_number_of_customers_of_each_level() -> None:
    target = np.array([0] * 30 + [1] * 12)
    counts = bootstrap_counts(target, 50, np.random.default_rng(1))
    assert (counts[:30].sum(axis=0) == 30).all()
    assert (counts[30:].sum(axis=0) == 12).all()


def test_every_customer_is_scored_once_a_repeat(target: "pd.Series[int]") -> None:
    for repeat in range(2):
        tested = [
            test
            for _, test in splits(target, target.index.to_series(), 5, 2, seed=3)[
                repeat * 5 : repeat * 5 + 5
            ]
        ]
        assert sorted(np.concatenate(tested)) == list(range(len(target)))


def test_a_clear_leader_is_chosen_even_if_it_cannot_be_explained_exactly() -> None:
    noise = {(a, b): 0.001 for a in ("logistic", "knn") for b in ("logistic", "knn")}
    choice = choose(np.array([0.80, 0.90]), ["logistic", "knn"], noise)
    assert (choice.chosen, choice.decided_by) == (1, "clear_best")
    assert choice.tied == {"knn"}


def test_among_tied_families_the_simplest_exactly_explained_one_is_chosen() -> None:
    families = ["logistic", "tree", "knn"]
    noise = {(a, b): 0.02 for a in families for b in families}
    choice = choose(np.array([0.89, 0.70, 0.91]), families, noise)
    assert (choice.chosen, choice.decided_by) == (0, "simplest_of_tied")
    assert choice.tied == {"logistic", "knn"}


def test_the_worth_of_the_whole_rule_is_below_the_best_of_many_useless_candidates() -> None:
    rng = np.random.default_rng(5)
    target = pd.Series(rng.integers(0, 2, 300))
    useless = [
        Configuration("logistic", "plain", "one_hot", "standard", (("C", c),)) for c in range(40)
    ]
    scores = rng.normal(size=(40, 1, 300))
    comparison = compare(useless, scores, target, draws=200, seed=0)
    assert comparison.auc.max() > 0.55
    assert abs(comparison.corrected.mean() - 0.5) < 0.02


def test_the_four_families_come_with_all_encoders_and_scalers() -> None:
    candidates = configurations()
    assert {c.family for c in candidates} == {"logistic", "tree", "knn", "svc"}
    assert {c.encoder for c in candidates} == {"one_hot", "ordinal"}
    assert {c.scaler for c in candidates} == {"standard", "min_max", "robust"}


def test_an_out_of_fold_score_is_that_of_a_pipeline_fitted_without_the_customer(
    sample_customers: pd.DataFrame,
) -> None:
    from analysis.features import declined, feature_table

    trained = sample_customers[sample_customers["state"] == "trained"]
    trained = trained.sample(150, random_state=0).reset_index(drop=True)
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, target.index.to_series(), 3, 1, seed=2)
    candidate = Configuration("logistic", "plain", "one_hot", "robust", (("C", 0.3),))
    scores = out_of_fold_scores([candidate], features, target, folds, repeats=1, seed=0)
    train, test = folds[1]
    alone = candidate.pipeline(0).fit(features.iloc[train], target.iloc[train])
    expected = alone.decision_function(features.iloc[test])
    assert scores[0, 0, test] == pytest.approx(expected)
