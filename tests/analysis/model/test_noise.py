"""Where the level is noise, no model is used and nobody is put on a list."""

import numpy as np
import pandas as pd
import pytest

from analysis.model.candidates import configurations
from analysis.model.train import model_month
from analysis.settings import Settings
from tests.candidates import few_configurations

PERMUTATIONS = 20


@pytest.fixture(scope="module")
def some(sample_customers: pd.DataFrame) -> pd.DataFrame:
    trained = sample_customers[sample_customers["state"] == "trained"]
    return trained.sample(260, random_state=0).sort_index()


def test_of_twenty_permutations_of_the_level_hardly_one_gives_a_usable_model(
    some: pd.DataFrame, quick_settings: Settings
) -> None:
    plainest = few_configurations()[:1]
    candidates = plainest + configurations(["tree"])
    usable = 0
    for number in range(PERMUTATIONS):
        shuffled = some.copy()
        shuffled["level"] = np.random.default_rng(number).permutation(shuffled["level"])
        modelled = model_month(shuffled, quick_settings, number, candidates=candidates)
        usable += modelled.results.usable
        assert modelled.results.usable == (not modelled.probabilities.empty)
    assert usable <= 1


def test_the_same_customers_with_their_own_levels_give_a_usable_model(
    some: pd.DataFrame, quick_settings: Settings
) -> None:
    found = model_month(some, quick_settings, 0, candidates=few_configurations()).results
    assert found.usable
