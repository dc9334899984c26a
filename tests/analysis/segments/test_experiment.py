"""The trial of discounts against letters: what two groups of a size can show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import NormalIndPower

from analysis.segments.experiment import (
    detectable_share,
    needed_customers,
    plan_discount_trial,
)
from analysis.settings import Offers, Settings


def listed(declined: int, steady: int, control: int) -> pd.DataFrame:
    size = declined + steady
    return pd.DataFrame(
        {
            "level": ["declined"] * declined + ["steady"] * steady,
            "probability": 0.4,
            "control": [True] * control + [False] * (size - control),
        }
    )


@pytest.mark.parametrize(("treated", "control"), [(48, 47), (237, 59)])
def test_the_detectable_share_is_the_one_statsmodels_finds(treated: int, control: int) -> None:
    base = 0.6
    found = detectable_share(base, treated, control, power=0.8)
    assert found is not None
    effect = 2 * np.arcsin(np.sqrt(base)) - 2 * np.arcsin(np.sqrt(found))
    power = NormalIndPower().power(effect, treated, 0.05, ratio=control / treated)
    assert power == pytest.approx(0.8, abs=1e-3)


def test_the_needed_number_is_the_one_whose_power_statsmodels_confirms() -> None:
    needed = needed_customers(0.9, 0.8, hold_out=0.2, power=0.8)
    effect = 2 * np.arcsin(np.sqrt(0.9)) - 2 * np.arcsin(np.sqrt(0.8))
    assert NormalIndPower().power(effect, needed * 0.8, 0.05, ratio=0.25) == pytest.approx(
        0.8, abs=1e-3
    )
    assert needed_customers(0.9, 0.9, 0.2, 0.8) == float("inf")


def test_a_test_without_enough_customers_detects_nothing() -> None:
    assert detectable_share(0.6, 1, 1, 0.8) is None
    assert detectable_share(0.05, 4, 4, 0.8) is None


def test_discounts_are_held_against_letters_of_the_same_list() -> None:
    chosen = Settings(offers=Offers(letter_arm=0.5, power=0.8))
    written = listed(90, 10, control=0).assign(letter=[True, False] * 50)
    plan = plan_discount_trial(written, 0.3, 0.1, chosen)
    assert plan is not None and (plan.treated, plan.control) == (50, 50)
    assert (plan.base_share, plan.hoped_share) == pytest.approx((0.81, 0.63))
    effect = 2 * np.arcsin(np.sqrt(0.81)) - 2 * np.arcsin(np.sqrt(0.63))
    assert plan.needed_treated is not None
    power = NormalIndPower().power(effect, plan.needed_treated, 0.05, ratio=1)
    assert power == pytest.approx(0.8, abs=5e-3)


@pytest.mark.parametrize("known", [0, 29])
def test_where_few_levels_are_known_the_probability_is_the_base(known: int) -> None:
    written = listed(60, 0, control=0).assign(letter=[True, False] * 30)
    written.loc[known:, "level"] = None
    plan = plan_discount_trial(written, 0.3, 0.0, Settings())
    assert plan is not None and plan.base_share == pytest.approx(0.4)


def test_without_two_groups_a_discount_cannot_be_tested() -> None:
    everyone = listed(50, 50, control=0)
    for letter in (True, False):
        alike = everyone.assign(letter=letter)
        assert plan_discount_trial(alike, 0.3, 0.1, Settings()) is None
    halved = everyone.assign(letter=[True, False] * 50)
    assert plan_discount_trial(halved, None, 0.1, Settings()) is None
