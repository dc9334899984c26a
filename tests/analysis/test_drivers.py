"""Contributions add up to the score, come from models that have not seen the customer, and are
shown as counts."""

import numpy as np
import pandas as pd
import pytest

from analysis.candidates import Configuration
from analysis.drivers import (
    SMALLEST_CELL,
    beeswarm_cells,
    explain_month,
    out_of_fold_contributions,
)
from analysis.features import FEATURES, declined, feature_table
from analysis.model import Modelled
from analysis.selection import out_of_fold_scores, splits
from analysis.settings import Settings


@pytest.fixture(scope="session")
def trained(sample_customers: pd.DataFrame) -> pd.DataFrame:
    rows = sample_customers[sample_customers["state"] == "trained"]
    return rows.sample(300, random_state=0).reset_index(drop=True)


@pytest.mark.parametrize(
    "candidate",
    [
        Configuration("logistic", "plain", "one_hot", "min_max", (("C", 0.3),)),
        Configuration("logistic", "plain", "ordinal", "robust", (("C", 0.3),)),
        Configuration("svc", "plain", "one_hot", "standard", (("C", 1.0),)),
    ],
    ids=["logistic", "ordinal", "svc"],
)
def test_contributions_add_up_to_the_score_of_the_same_fold(
    trained: pd.DataFrame, candidate: Configuration
) -> None:
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, target.index.to_series(), 3, 1, seed=0)
    contributions = out_of_fold_contributions(candidate, features, target, folds, 1, seed=0)[0]
    scores = out_of_fold_scores([candidate], features, target, folds, 1, seed=0)[0, 0]
    _, test = folds[0]
    explained = test[~np.isnan(contributions[test]).any(axis=1)]
    assert len(explained) >= 20
    base = scores[explained] - contributions[explained].sum(axis=1)
    assert base == pytest.approx(np.full(len(explained), base[0]), abs=1e-6)


def test_a_tree_is_explained_in_probabilities(trained: pd.DataFrame) -> None:
    candidate = Configuration("tree", "plain", "one_hot", "standard", (("max_depth", 4),))
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, target.index.to_series(), 3, 1, seed=0)
    contributions = out_of_fold_contributions(candidate, features, target, folds, 1, seed=0)[0]
    scores = out_of_fold_scores([candidate], features, target, folds, 1, seed=0)[0, 0]
    _, test = folds[0]
    base = scores[test] - contributions[test].sum(axis=1)
    assert base == pytest.approx(np.full(len(test), base[0]), abs=1e-6)


def test_drivers_are_ranked_with_intervals_and_shares_that_add_up(
    sample_customers: pd.DataFrame, sample_model: Modelled, quick_settings: Settings
) -> None:
    explained = explain_month(sample_customers, sample_model.configuration, quick_settings, seed=1)
    assert {driver.name for driver in explained.drivers} == set(FEATURES)
    values = [driver.importance.value for driver in explained.drivers]
    assert values == sorted(values, reverse=True)
    assert sum(driver.share for driver in explained.drivers) == pytest.approx(1)
    assert all(
        d.importance.low <= d.importance.value <= d.importance.high for d in explained.drivers
    )


def test_the_direction_of_a_driver_follows_its_values(
    sample_customers: pd.DataFrame, sample_model: Modelled, quick_settings: Settings
) -> None:
    explained = explain_month(sample_customers, sample_model.configuration, quick_settings, seed=1)
    pages = next(driver for driver in explained.drivers if driver.name == "pages_per_visit")
    assert pages.raises_when == "low"
    assert pages.low_third is not None and pages.high_third is not None
    assert pages.low_third.share > pages.high_third.share


def test_the_beeswarm_counts_customers_and_hides_cells_with_few() -> None:
    rng = np.random.default_rng(0)
    contributions = rng.normal(size=(400, len(FEATURES)))
    features = pd.DataFrame({name: rng.normal(size=400) for name in FEATURES})
    cells = beeswarm_cells(contributions, features, ["pages_per_visit", "failures"])
    assert {cell.name for cell in cells} == {"pages_per_visit", "failures"}
    assert all(cell.count >= SMALLEST_CELL for cell in cells)
    assert sum(cell.count for cell in cells) <= 800


def test_without_a_model_nothing_is_explained(
    sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    explained = explain_month(sample_customers, None, quick_settings, seed=1)
    assert explained.drivers == [] and explained.beeswarm == [] and explained.method is None
