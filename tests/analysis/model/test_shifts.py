"""A feature that moved for everybody is read as the month learnt from would have read it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.features import CATEGORICAL, NUMERIC
from analysis.model.shifts import (
    MOVABLE,
    found_shifts,
    read_anew,
    read_as_then,
    values_by_level,
)


def month(seed: int, declined: int, customers: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({name: rng.normal(10, 2, customers) for name in NUMERIC})
    level = np.where(np.arange(customers) < declined, "declined", "steady")
    table["pages_per_visit"] = rng.poisson(np.where(level == "declined", 5, 10)).astype(float)
    labels = dict.fromkeys(CATEGORICAL, "x")
    return table.assign(id=rng.permutation(customers), level=level, profit=1.0, **labels)


@pytest.fixture(scope="module")
def then() -> pd.DataFrame:
    return month(1, declined=220)


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    return month(2, declined=220)


def test_a_move_at_equal_levels_is_found_and_nothing_else(
    then: pd.DataFrame, now: pd.DataFrame
) -> None:
    moved = now.assign(minutes_current=now["minutes_current"] * 0.85)
    found = found_shifts(then, moved)
    assert {each.feature for each in found} == {"minutes_current"}
    assert {each.level for each in found} == {"steady", "declined"}
    steady = moved.loc[moved["level"].eq("steady"), "minutes_current"].mean()
    assert [each.now for each in found if each.level == "steady"] == pytest.approx([steady])
    assert all(each.deviations < -0.4 for each in found)


def test_more_decliners_are_no_move_of_a_feature(then: pd.DataFrame) -> None:
    assert found_shifts(then, month(4, declined=320)) == []


def test_days_since_registration_pass_and_are_no_move(
    then: pd.DataFrame, now: pd.DataFrame
) -> None:
    assert found_shifts(then, now.assign(tenure_days=now["tenure_days"] + 92)) == []


def test_a_month_moved_as_a_whole_reads_as_it_was(then: pd.DataFrame) -> None:
    moved = then.assign(
        minutes_current=then["minutes_current"] * 0.85,
        pages_per_visit=then["pages_per_visit"] - 1,
    )
    moved.loc[5, "minutes_current"] = np.nan
    read = read_as_then(moved, then, moved, ["minutes_current", "pages_per_visit"])
    expected = then["minutes_current"].drop(index=5)
    np.testing.assert_allclose(read["minutes_current"].drop(index=5), expected, atol=0.6)
    assert np.median(np.abs(read["minutes_current"].drop(index=5) - expected)) < 0.02
    assert np.isnan(read.loc[5, "minutes_current"])
    np.testing.assert_allclose(read["pages_per_visit"], then["pages_per_visit"])
    others = moved.columns.drop(["minutes_current", "pages_per_visit"])
    pd.testing.assert_frame_equal(read[others], moved[others])


def test_a_move_of_one_level_alone_is_taken_back_for_that_level_alone(
    then: pd.DataFrame, now: pd.DataFrame
) -> None:
    down = now["level"].eq("declined")
    moved = now.assign(revenue_current=now["revenue_current"] + 3 * down)
    read = read_as_then(moved, then, moved, ["revenue_current"])
    means = [each.groupby("level")["revenue_current"].mean() for each in (read, then)]
    assert means[0].to_dict() == pytest.approx(means[1].to_dict(), abs=0.05)


def test_what_is_kept_of_a_month_reads_another_as_its_customers_would(
    then: pd.DataFrame, now: pd.DataFrame
) -> None:
    moved = now.assign(pages_per_visit=now["pages_per_visit"] - 2, state="trained")
    kept = values_by_level(then)
    assert found_shifts(kept, moved) == found_shifts(then, moved)
    whole = read_as_then(moved, then, moved, ["pages_per_visit"])
    pd.testing.assert_frame_equal(read_anew(moved, kept), whole, check_dtype=False)
    rows = then[list(MOVABLE)].apply(tuple, axis=1)
    assert not set(kept[list(MOVABLE)].apply(tuple, axis=1)) & set(rows)


def test_neither_the_order_of_the_rows_nor_the_ids_count(
    then: pd.DataFrame, now: pd.DataFrame
) -> None:
    moved = now.assign(pages_per_visit=now["pages_per_visit"] - 1)
    shuffled = moved.assign(id=9000 - moved["id"]).sample(frac=1, random_state=3)
    other = then.assign(id=-then["id"]).sample(frac=1, random_state=4)
    assert found_shifts(other, shuffled) == found_shifts(then, moved)
    read = read_as_then(shuffled, other, shuffled, ["pages_per_visit"])["pages_per_visit"]
    plain = read_as_then(moved, then, moved, ["pages_per_visit"])["pages_per_visit"]
    pd.testing.assert_series_equal(read.sort_index(), plain)
