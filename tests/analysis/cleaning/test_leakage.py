"""Traces of how an export was made: its order, its copies."""

from __future__ import annotations

import tempfile
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.sandbox.stats.runs import runstest_1samp

from analysis.cleaning.customers import one_row_per_customer
from analysis.cleaning.duplicates import copy_groups, near_copies
from analysis.cleaning.leakage import file_order, folded_auc, runs_test
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.analysis.conftest import (
    CATEGORY,
    LEVEL,
    customer,
    some_customers,
    tables,
    write_snapshot,
)

COPIED = {"revenue": ("4444", "4445", "4446"), "Длительность": "700"}


def read(customers: list[dict[str, object]]) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        return read_snapshot(write_snapshot(Path(folder), tables(customers)), accept_unusual=True)


def in_levels(declined: list[bool]) -> Snapshot:
    """Customers whose ids rise down the file."""
    return read(
        [
            customer(number, **{LEVEL: "Снизилась" if down else "Прежний уровень"})
            for number, down in enumerate(declined, start=1)
        ]
    )


def test_a_file_sorted_by_level_gives_it_away() -> None:
    snapshot = in_levels([True] * 15 + [False] * 17)
    order = file_order(snapshot, one_row_per_customer(snapshot))
    assert (order.auc_position, order.auc_id, order.runs) == (1.0, 1.0, 2)
    assert order.position_tells and order.id_tells


def test_the_order_of_rows_and_of_ids_are_judged_apart() -> None:
    levels = [LEVEL, "Снизилась"], [LEVEL, "Прежний уровень"]
    first, second = (
        [customer(number, **dict([level])) for number in numbers]
        for level, numbers in zip(levels, (range(1, 21), range(21, 41)), strict=True)
    )
    mixed = [one for pair in zip(first, reversed(second), strict=True) for one in pair]
    snapshot = read(mixed)
    order = file_order(snapshot, one_row_per_customer(snapshot))
    assert order.auc_id == 1.0 and order.runs == 40
    assert order.id_tells and not order.position_tells


def test_blocks_of_a_level_give_it_away_even_where_the_place_alone_ranks_nothing() -> None:
    snapshot = in_levels([True] * 10 + [False] * 20 + [True] * 10)
    order = file_order(snapshot, one_row_per_customer(snapshot))
    assert order.auc_position == 0.5 and order.runs == 3
    assert order.position_tells and not order.id_tells


def test_a_small_file_that_is_sorted_by_chance_is_not_accused() -> None:
    snapshot = in_levels([True, True, False, False])
    order = file_order(snapshot, one_row_per_customer(snapshot))
    assert order.auc_position == 1.0
    assert not order.position_tells and not order.id_tells


def test_the_auc_is_scikit_learns_and_its_p_value_scipys() -> None:
    generator = np.random.default_rng(4)
    positive = generator.random(300) < 0.4
    score = pd.Series(generator.integers(0, 40, 300) - 6 * positive)
    auc, p_value = folded_auc(score, positive)
    assert auc == pytest.approx(1 - roc_auc_score(positive, score))
    assert p_value == pytest.approx(stats.mannwhitneyu(score[positive], score[~positive]).pvalue)


def test_runs_are_judged_as_statsmodels_judges_them() -> None:
    generator = np.random.default_rng(6)
    positive = np.sort(generator.random(200)) < generator.random(200)
    z, _ = runstest_1samp(positive.astype(float), cutoff=0.5, correction=False)
    runs, expected, p_value = runs_test(positive)
    assert runs == len(list(groupby(positive)))
    assert expected == 2 * positive.sum() * (~positive).sum() / 200 + 1
    assert p_value == pytest.approx(stats.norm.cdf(z))


def test_runs_of_a_shuffled_file_are_rarely_called_too_few() -> None:
    generator = np.random.default_rng(8)
    p_values = [runs_test(generator.random(200) < 0.4)[2] for _ in range(400)]
    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.09


@pytest.mark.parametrize("levels", [[], [True], [True, True, True]])
def test_one_level_makes_at_most_one_run_that_says_nothing(levels: list[bool]) -> None:
    runs, expected, p_value = runs_test(np.array(levels, dtype=bool))
    assert (runs, expected, p_value) == (min(1, len(levels)), min(1, len(levels)), 1.0)


def test_near_copies_are_counted_by_what_they_agree_on() -> None:
    customers = [
        *some_customers(),
        customer(11, **COPIED),
        customer(12, profit="1", **COPIED),
        customer(13, **{**COPIED, CATEGORY: "Кухонная посуда"}),
        customer(14, **{**COPIED, LEVEL: "Снизилась"}),
    ]
    found = near_copies(one_row_per_customer(read(customers)))
    assert (found.pairs, found.exact, found.near, found.contradicting) == (6, 1, 2, 3)
    assert found.customers == 4


def test_copies_share_a_group_and_nobody_else_does() -> None:
    customers = [*some_customers(), customer(11, **COPIED), customer(12, profit="1", **COPIED)]
    joined = one_row_per_customer(read(customers))
    groups = copy_groups(joined)
    numbers = groups.groupby(groups).transform("size")
    assert set(joined.loc[numbers > 1, "id"]) == {"11", "12"}
    assert groups.nunique() == len(joined) - 1


def test_copies_that_lack_the_same_cell_stay_together() -> None:
    copied = {**COPIED, "minutes": ("13", "")}
    customers = [*some_customers(), customer(11, **copied), customer(12, profit="1", **copied)]
    joined = one_row_per_customer(read(customers)).set_index("id")
    groups = copy_groups(joined)
    assert groups["11"] == groups["12"]


def test_customers_without_revenue_on_file_are_no_copies_of_one_another() -> None:
    joined = one_row_per_customer(read(some_customers())).set_index("id")
    joined[["revenue_previous", "revenue_current"]] = np.nan
    assert copy_groups(joined).nunique() == len(joined)
