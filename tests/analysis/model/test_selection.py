"""The comparison of candidates and the rule of the choice."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.model.candidates import (
    EXPLAINED_EXACTLY,
    SIMPLEST_FIRST,
    Configuration,
    configurations,
)
from analysis.model.cross_validation import splits
from analysis.model.selection import Choice, Comparison, Noise, choose, compare
from analysis.settings import Model


def chosen(families: list[str], auc: list[float], loss: list[float]) -> Choice:
    pairs = {(first, second): 0.01 for first in families for second in families}
    return choose(np.array(auc), np.array(loss), families, Noise(pairs, pairs))


def test_a_clear_leader_is_chosen_even_if_it_cannot_be_explained_exactly() -> None:
    choice = chosen(["logistic", "knn"], [0.80, 0.90], [0.30, 0.50])
    assert (choice.chosen, choice.decided_by) == (1, "roc_auc")
    assert choice.tied == choice.tied_by_loss == {"knn"}


def test_of_families_tied_by_auc_the_one_with_the_clearly_smaller_loss_is_chosen() -> None:
    choice = chosen(["logistic", "extra_trees", "knn"], [0.90, 0.91, 0.91], [0.34, 0.30, 0.35])
    assert (choice.chosen, choice.decided_by) == (1, "log_loss")
    assert choice.tied == {"logistic", "extra_trees", "knn"}
    assert choice.tied_by_loss == {"extra_trees"}


def test_of_families_tied_by_both_the_simplest_exactly_explained_one_is_chosen() -> None:
    families = ["logistic", "tree", "extra_trees", "knn"]
    choice = chosen(families, [0.90, 0.70, 0.91, 0.915], [0.30, 0.60, 0.295, 0.29])
    assert (choice.chosen, choice.decided_by) == (0, "simplest")
    assert choice.tied_by_loss == {"logistic", "extra_trees", "knn"}


def test_without_an_exactly_explained_family_the_smaller_loss_decides() -> None:
    choice = chosen(["knn", "svc"], [0.90, 0.901], [0.30, 0.29])
    assert (choice.chosen, choice.decided_by) == (1, "log_loss")


def test_a_difference_of_two_standard_errors_is_no_tie() -> None:
    assert chosen(["logistic", "knn"], [0.90, 0.9195], [0.3, 0.3]).tied == {"logistic", "knn"}
    assert chosen(["logistic", "knn"], [0.90, 0.9197], [0.3, 0.3]).tied == {"knn"}


def compared(
    scores: np.ndarray, target: "pd.Series[int]", families: tuple[str, ...] = ("logistic",)
) -> Comparison:
    candidates = [
        Configuration(
            families[place % len(families)], "plain", "one_hot", "standard", (("C", place),)
        )
        for place in range(len(scores))
    ]
    alone = target.index.to_series()
    folds = splits(target, alone, 3, scores.shape[1], seed=0)
    return compare(candidates, scores, target, alone, folds, draws=200, seed=0)


def test_how_often_a_family_is_chosen_again_is_told() -> None:
    """One guesses, one knows: whoever is drawn, the one that knows is chosen."""
    rng = np.random.default_rng(5)
    target = pd.Series(rng.integers(0, 2, 300))
    guessing = rng.normal(size=(1, 1, 300))
    knowing = target.to_numpy() + rng.normal(0, 0.3, size=(1, 1, 300))
    found = compared(np.concatenate([guessing, knowing]), target, ("logistic", "knn"))
    assert found.chosen_in == {"logistic": 0.0, "knn": 1.0}


def test_the_worth_of_the_whole_rule_is_below_the_best_of_many_useless_candidates() -> None:
    rng = np.random.default_rng(5)
    target = pd.Series(rng.integers(0, 2, 300))
    found = compared(rng.normal(size=(40, 1, 300)), target)
    share = target.mean()
    assert found.auc.max() > 0.55
    assert abs(found.corrected.roc_auc.mean() - 0.5) < 0.02
    assert found.corrected.pr_auc.mean() == pytest.approx(share, abs=0.03)
    guessing = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert found.corrected.log_loss.mean() > guessing
    assert found.corrected.brier.mean() > share * (1 - share)


def test_the_worth_of_a_rule_without_choice_is_that_of_its_one_candidate() -> None:
    rng = np.random.default_rng(6)
    target = pd.Series(rng.integers(0, 2, 600))
    scores = (rng.normal(size=600) + 1.5 * target.to_numpy())[None, None, :]
    found = compared(scores, target)
    assert found.corrected.roc_auc.mean() == pytest.approx(found.auc[0], abs=0.005)
    assert found.corrected.log_loss.mean() == pytest.approx(found.loss[0], abs=0.01)


def test_every_family_comes_with_plain_and_engineered_features() -> None:
    candidates = configurations()
    assert {each.family for each in candidates} == set(SIMPLEST_FIRST)
    assert set(EXPLAINED_EXACTLY) < set(SIMPLEST_FIRST)
    for family in SIMPLEST_FIRST:
        assert {c.features for c in candidates if c.family == family} == {"plain", "engineered"}
    assert {c.encoder for c in candidates} == {"one_hot", "ordinal"}
    assert {c.scaler for c in candidates} == {"standard", "min_max", "robust"}
    assert len(set(candidates)) == len(candidates)


def test_only_the_families_that_are_wanted_are_compared_the_simplest_first() -> None:
    wanted = Model(families=["svc", "tree"]).families
    assert {each.family for each in configurations(wanted)} == {"svc", "tree"}
    assert [configurations(wanted)[place].family for place in (0, -1)] == ["tree", "svc"]
    with pytest.raises(ValidationError):
        Model(families=[])
