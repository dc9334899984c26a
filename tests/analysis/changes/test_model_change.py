"""Each month's model on the other month's customers, and what is made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.changes.edition import ModelSeen
from analysis.changes.model_change import FEWEST_OF_A_LEVEL, by_other_model, compare_models
from analysis.cleaning.features import STARTING_LEVEL
from analysis.model.shifts import values_by_level
from tests.analysis.made_up import ByOneFeature, by_risk

WORTH = {"value": 0.9, "low": 0.88, "high": 0.92}
RESULTS = ModelSeen.model_validate(
    {"usable": True, "chosen": "tree", "corrected": {"roc_auc": WORTH}}
)
NO_MODEL = ModelSeen(usable=False, chosen=None)


GOOD, POOR = ByOneFeature("unpaid_items"), ByOneFeature("tenure_days")


def month(first_id: int, seed: int, customers: int = 300) -> pd.DataFrame:
    table = by_risk(customers, seed)
    return table.assign(
        id=table["id"] + first_id, score=table["unpaid_items"], source="out_of_fold"
    )


@pytest.fixture(scope="module")
def old() -> pd.DataFrame:
    return month(0, 1)


@pytest.fixture(scope="module")
def new() -> pd.DataFrame:
    return month(200, 2)


def test_customers_who_arrived_are_scored_apart_from_those_the_model_has_seen(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    found = compare_models(old, new, (RESULTS, RESULTS), (GOOD, POOR), draws=200, seed=1)
    assert {each.customers: each.base for each in found.old_on_new} == {
        "in_one_month": 200,
        "in_both_months": 100,
    }
    assert found.old is not None and found.old.roc_auc is not None
    assert found.old.roc_auc.value == 0.9


def test_a_poorer_model_is_shown_as_poorer_and_an_equal_one_as_equal(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    found = compare_models(old, new, (RESULTS, RESULTS), (GOOD, POOR), draws=200, seed=1)
    equal, poorer = found.old_on_new[0].difference, found.new_on_old[0].difference
    assert equal is not None and (equal.low, equal.value, equal.high) == (0, 0, 0)
    assert poorer is not None and poorer.high < 0


def test_neither_the_order_of_the_rows_nor_the_ids_count(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    def scored(before: pd.DataFrame, after: pd.DataFrame) -> Any:
        return compare_models(before, after, (RESULTS, RESULTS), (POOR, POOR), draws=100, seed=1)

    renamed = [table.assign(id=9_000 - table["id"]) for table in (old, new)]
    shuffled = [table.sample(frac=1, random_state=3) for table in renamed]
    assert scored(*shuffled) == scored(old, new)


def test_too_few_of_a_level_and_a_month_without_a_model_give_no_figure(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    decliners = new.index[(new["level"] == "declined") & ~new["id"].isin(old["id"])]
    few = new.drop(decliners[FEWEST_OF_A_LEVEL - 1 :])
    found = compare_models(old, few, (RESULTS, NO_MODEL), (GOOD, None), draws=100, seed=1)
    assert found.old_on_new[0].other is None
    assert found.old_on_new[0].declined == FEWEST_OF_A_LEVEL - 1
    assert found.new is None
    assert found.new_on_old == []


def test_one_model_in_both_months_changes_no_probability(old: pd.DataFrame) -> None:
    told = by_other_model(old, GOOD, GOOD)
    assert told is not None
    assert np.allclose(told.loc[old["id"]], old["probability"], atol=0, rtol=0)
    assert by_other_model(old, GOOD, None) is None


def test_models_of_forecasts_start_from_the_level_of_the_month(old: pd.DataFrame) -> None:
    class ByLevel(ByOneFeature):
        def probability(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
            return 0.2 + 0.6 * features[STARTING_LEVEL].to_numpy()

    told = by_other_model(old.assign(probability=0.5), GOOD, ByLevel("unpaid_items"))
    assert told is not None
    step = np.where(old["level"].eq("declined"), 0.8, 0.2) - GOOD.probability(old)
    assert np.allclose(told.to_numpy() - 0.5, step)


def test_a_forecast_reads_a_moved_month_as_the_one_it_learnt_from(old: pd.DataFrame) -> None:
    class Reading(ByOneFeature):
        read_as = values_by_level(old)

    moved = old.assign(unpaid_items=old["unpaid_items"] + 5)
    told = by_other_model(moved, Reading("unpaid_items"), GOOD)
    assert told is not None
    step = GOOD.probability(moved) - GOOD.probability(old)
    assert np.allclose(told - moved["probability"].to_numpy(), step)


def test_another_model_moves_a_probability_by_the_step_between_the_two(
    old: pd.DataFrame,
) -> None:
    told = by_other_model(old.assign(probability=0.5), GOOD, POOR)
    assert told is not None
    step = POOR.probability(old) - GOOD.probability(old)
    assert np.allclose(told.to_numpy() - 0.5, step)


def test_of_whom_nothing_was_learnt_the_other_model_is_asked_alone(old: pd.DataFrame) -> None:
    class Asked(ByOneFeature):
        def probability(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
            assert len(features) == 100
            return super().probability(features)

    unseen = np.arange(len(old)) >= 100
    table = old.assign(probability=0.5, source=np.where(unseen, "final", "out_of_fold"))
    told = by_other_model(table, Asked("unpaid_items"), POOR)
    assert told is not None
    said, step = POOR.probability(old), POOR.probability(old) - GOOD.probability(old)
    assert np.allclose(told.to_numpy(), np.where(unseen, said, 0.5 + step))
