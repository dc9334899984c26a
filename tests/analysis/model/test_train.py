"""The month's model: what it reports and whom it scores."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from analysis.cleaning.features import FEATURES, feature_table
from analysis.model import blocks
from analysis.model.candidates import SIMPLEST_FIRST, affordable
from analysis.model.train import Modelled, model_month
from analysis.settings import Family, Settings
from tests.candidates import few_configurations


def test_the_model_never_sees_the_id_the_order_of_the_file_or_profit() -> None:
    assert not {"id", "profit", "level", "position"} & set(FEATURES)


def test_the_sample_month_has_a_usable_model_with_honest_intervals(sample_model: Modelled) -> None:
    found = sample_model.results
    assert found.usable and found.reason is None
    assert found.roc_auc is not None and found.corrected is not None
    assert found.roc_auc.low < found.roc_auc.value < found.roc_auc.high
    worth = found.corrected
    assert 0.86 < worth.roc_auc.low < worth.roc_auc.value < worth.roc_auc.high < 0.97
    assert found.log_loss_base is not None and worth.log_loss.high < found.log_loss_base
    assert worth.brier.value < worth.log_loss.value
    assert found.hold_out is not None
    assert found.hold_out.low < found.roc_auc.value < found.hold_out.high
    assert found.dummy_roc_auc == pytest.approx(0.5)


def test_everyone_but_the_inactive_has_a_probability_short_of_certainty(
    sample_model: Modelled, sample_customers: pd.DataFrame
) -> None:
    scored = sample_customers[sample_customers["state"] != "not_scored"]
    assert set(sample_model.probabilities["id"]) == set(scored["id"])
    assert sample_model.probabilities["id"].is_unique
    assert sample_model.probabilities["probability"].between(0.01, 0.99).all()


def test_a_twin_takes_the_out_of_fold_probability_of_its_twin(
    sample_model: Modelled, sample_customers: pd.DataFrame
) -> None:
    known = sample_model.probabilities.set_index("id")
    twins = sample_customers[sample_customers["reason"] == "twin"]
    assert len(twins) == 11
    assert (known.loc[twins["id"], "source"] == "twin").all()
    own = known.loc[twins["id"], "probability"].to_numpy()
    assert own == pytest.approx(known.loc[twins["twin_of"], "probability"].to_numpy())


def test_shuffled_levels_give_no_usable_model_and_no_probabilities(
    sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    shuffled = sample_customers.copy()
    shuffled["level"] = np.random.default_rng(4).permutation(shuffled["level"])
    modelled = model_month(shuffled, quick_settings, seed=1, candidates=few_configurations())
    assert not modelled.results.usable
    assert modelled.results.reason is not None and modelled.results.reason.code == "too_weak"
    assert modelled.probabilities.empty and modelled.configuration is None


@pytest.mark.parametrize(("declined", "code"), [(0, "one_class"), (10, "too_few")])
def test_too_few_of_a_level_give_no_usable_model(
    sample_customers: pd.DataFrame, quick_settings: Settings, declined: int, code: str
) -> None:
    few = sample_customers[sample_customers["state"] == "trained"]
    few = pd.concat([few[few["level"] == "steady"], few[few["level"] == "declined"].head(declined)])
    reason = model_month(few, quick_settings, seed=1).results.reason
    assert reason is not None and reason.code == code


def test_a_customer_without_a_level_is_scored_by_the_final_model(
    sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    blank = sample_customers.copy()
    rows = blank.index[blank["state"] == "trained"][:5]
    blank.loc[rows, "level"] = None
    blank.loc[rows, ["state", "reason"]] = ["not_trained", "no_level"]
    modelled = model_month(blank, quick_settings, seed=1, candidates=few_configurations())
    scored = modelled.probabilities.set_index("id")["source"]
    assert (scored.loc[blank.loc[rows, "id"]] == "final").all()
    assert modelled.results.scored_unlabelled == 5


def test_customers_are_scored_in_blocks_as_they_are_all_at_once(
    sample_customers: pd.DataFrame, quick_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = sample_customers["state"].eq("trained") & (np.arange(len(sample_customers)) % 3 == 0)
    unsampled = sample_customers.assign(state=sample_customers["state"].mask(final, "not_sampled"))
    scored, looked_at = [], []
    for block in (50_000, 100):
        monkeypatch.setattr(blocks, "BLOCK", block)
        counted = []

        def features_of(customers: pd.DataFrame, counted: list[int] = counted) -> pd.DataFrame:
            counted.append(len(customers))
            return feature_table(customers)

        modelled = model_month(
            unsampled,
            quick_settings,
            seed=1,
            candidates=few_configurations(),
            features_of=features_of,
        )
        scored.append(modelled.probabilities)
        looked_at.append(counted[1:])

    pd.testing.assert_frame_equal(*scored)
    assert len(looked_at[0]) == 1 < len(looked_at[1])
    assert max(looked_at[1]) == 100 and sum(looked_at[1]) == sum(looked_at[0])


def test_renumbering_customers_changes_no_result(
    sample_customers: pd.DataFrame, quick_settings: Settings, sample_model: Modelled
) -> None:
    renumbered = sample_customers.copy()
    other = {own: str(5_000_000 - int(own)) for own in renumbered["id"]}
    renumbered = renumbered.replace({"id": other, "twin_of": other})
    again = model_month(renumbered, quick_settings, seed=1, candidates=few_configurations())
    assert again.results == sample_model.results


def test_published_scores_match_scikit_learn(
    sample_model: Modelled, sample_customers: pd.DataFrame
) -> None:
    joined = sample_model.probabilities.merge(
        sample_customers[sample_customers["state"] == "trained"], on="id"
    )
    target = (joined["level"] == "declined").to_numpy()
    found = sample_model.results
    assert found.roc_auc is not None and found.corrected is not None
    assert found.roc_auc.value == pytest.approx(roc_auc_score(target, joined["score"]))
    loss = log_loss(target, joined["probability"])
    assert found.corrected.log_loss.low < loss < found.corrected.log_loss.high
    brier = brier_score_loss(target, joined["probability"])
    assert found.corrected.brier.low < brier < found.corrected.brier.high


def test_the_ceiling_is_a_vote_of_all_families_and_never_chosen(sample_model: Modelled) -> None:
    found = sample_model.results
    assert found.ceiling is not None
    assert set(found.ceiling.families) == set(SIMPLEST_FIRST)
    assert found.chosen in SIMPLEST_FIRST
    assert found.ceiling.roc_auc.low < found.ceiling.roc_auc.value < found.ceiling.roc_auc.high


def test_one_candidate_is_chosen_and_it_is_tied_with_the_best(sample_model: Modelled) -> None:
    (chosen,) = (each for each in sample_model.results.candidates if each.chosen)
    assert chosen.family == sample_model.results.chosen
    assert chosen.tied and chosen.tied_by_loss and chosen.exactly_explained
    untied = [each for each in sample_model.results.candidates if not each.tied]
    assert all(each.loss_difference is None and each.difference.high < 0 for each in untied)


def test_of_a_month_of_very_many_no_family_is_compared_that_scores_slowly(
    monkeypatch: pytest.MonkeyPatch, sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    families: list[Family] = ["tree", "knn"]
    few = quick_settings.model.model_copy(update={"families": families, "bootstrap_draws": 20})
    settings = quick_settings.model_copy(update={"model": few})
    monkeypatch.setattr("analysis.model.candidates.MOST_SCORED_SLOWLY", len(sample_customers) - 1)

    found = model_month(sample_customers, settings, seed=1).results

    assert [each.family for each in found.candidates] == ["tree"]
    assert found.families_left_out == ["knn"]
    assert affordable(families, len(sample_customers) - 1) == families
    assert affordable(["knn"], len(sample_customers)) == ["knn"], "nothing else was asked for"
