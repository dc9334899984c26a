"""Where the level is noise, no model is used and nobody is put on a list."""

import numpy as np
import pandas as pd
import pytest

from analysis.model.candidates import SIMPLEST_FIRST, Configuration, configurations
from analysis.model.train import model_month
from analysis.settings import Settings

PERMUTATIONS = 20


@pytest.fixture(scope="module")
def some(sample_customers: pd.DataFrame) -> pd.DataFrame:
    trained = sample_customers[sample_customers["state"] == "trained"]
    return trained.sample(260, random_state=0).sort_index()


@pytest.fixture(scope="module")
def few_of_each_family() -> list[Configuration]:
    everything = configurations()
    return [
        configuration
        for family in SIMPLEST_FIRST
        for configuration in [each for each in everything if each.family == family][::3][:2]
    ]


def test_of_twenty_permutations_of_the_level_hardly_one_gives_a_usable_model(
    some: pd.DataFrame, quick_settings: Settings, few_of_each_family: list[Configuration]
) -> None:
    usable = 0
    for number in range(PERMUTATIONS):
        shuffled = some.copy()
        shuffled["level"] = np.random.default_rng(number).permutation(shuffled["level"])
        modelled = model_month(shuffled, quick_settings, number, candidates=few_of_each_family)
        usable += modelled.results.usable
        assert modelled.results.usable == (not modelled.probabilities.empty)
    assert usable <= 1


def test_the_same_customers_with_their_own_levels_give_a_usable_model(
    some: pd.DataFrame, quick_settings: Settings, few_of_each_family: list[Configuration]
) -> None:
    found = model_month(some, quick_settings, 0, candidates=few_of_each_family).results
    assert found.usable
