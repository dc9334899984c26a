"""Who is learnt from where there are more customers than a model needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.clean import clean
from analysis.cleaning.customers import COPIED
from analysis.cleaning.design_sample import in_design_sample
from analysis.snapshot.snapshot import Snapshot
from tests.analysis.made_up import by_risk


def test_below_its_size_everyone_is_learnt_from() -> None:
    assert in_design_sample(by_risk(300, 1), 300).all()


def test_the_sample_has_its_size_and_either_level_its_share() -> None:
    customers = by_risk(3000, 2)
    drawn = in_design_sample(customers, 500)
    assert 498 <= drawn.sum() <= 500
    declined = customers["level"].eq("declined").to_numpy()
    assert declined[drawn].mean() == pytest.approx(declined.mean(), abs=0.004)


def test_order_and_numbers_have_no_part_in_the_lot_and_copies_go_together() -> None:
    customers = by_risk(2000, 3)
    copies = customers.head(40).assign(id=customers["id"].head(40) + 10**6)
    everyone = pd.concat([customers, copies], ignore_index=True)
    drawn = in_design_sample(everyone, 600)
    shuffled = np.random.default_rng(4).permutation(len(everyone))
    renamed = everyone.iloc[shuffled].reset_index(drop=True)
    renamed["id"] = np.arange(len(renamed))
    assert (in_design_sample(renamed, 600) == drawn[shuffled]).all()
    assert (drawn[2000:] == drawn[:40]).all()


def test_habits_of_those_drawn_are_those_of_all() -> None:
    customers = by_risk(8000, 5)
    drawn = in_design_sample(customers, 2000)
    for name in COPIED:
        all_of_them, some = customers[name], customers.loc[drawn, name]
        assert abs(some.mean() - all_of_them.mean()) < 4 * all_of_them.std() / np.sqrt(2000)


def test_whoever_is_not_drawn_is_scored_all_the_same(sample_snapshot: Snapshot) -> None:
    whole = clean(sample_snapshot).customers
    part = clean(sample_snapshot, sample=600).customers
    same = clean(sample_snapshot, sample=len(whole)).customers
    pd.testing.assert_frame_equal(whole, same)
    left = part["state"].eq("not_sampled")
    assert 598 <= part["state"].eq("trained").sum() <= 600
    assert (whole.loc[left, "state"] == "trained").all() and part.loc[left, "reason"].eq("").all()
