"""What the report says of the snapshot: every figure with its base."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.cleaning.clean import clean
from analysis.cleaning.describe import describe_snapshot
from analysis.results import DataResults
from analysis.settings import Cleaning, Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.analysis.conftest import some_customers, tables, write_snapshot


@pytest.fixture(scope="session")
def described(sample_snapshot: Snapshot) -> DataResults:
    return describe_snapshot(sample_snapshot, clean(sample_snapshot), Settings())


def test_every_customer_is_in_one_state(described: DataResults) -> None:
    states = described.trained + described.not_trained + described.not_scored
    assert states == described.customers == described.declined.base
    assert described.set_aside_total == described.not_trained + described.not_scored
    assert sum(described.set_aside.values()) == described.set_aside_total


def test_the_planted_faults_are_found(described: DataResults) -> None:
    found = {finding.code: finding.count for finding in described.findings}
    assert (found["twin"], found["impossible"], found["inactive"]) == (11, 1, 3)
    assert found["near_copies"] == 10
    assert {"file_order", "id_order", "telling_label"} <= set(found)
    copies = described.copies
    assert (copies.pairs, copies.exact, copies.near, copies.contradicting) == (21, 11, 1, 9)
    assert (described.class_runs, round(described.file_order_auc, 2)) == (6, 0.98)
    assert {repair.found for repair in described.repairs} >= {"стандартт", "предыдцщий_месяц"}


def test_the_impossible_value_is_left_out_of_totals_but_told(described: DataResults) -> None:
    current = described.months[-1]
    assert current.revenue < current.revenue_as_exported
    assert current.revenue_customers == described.customers - 1


def test_the_change_of_revenue_compares_the_same_customers(
    sample_snapshot: Snapshot, described: DataResults
) -> None:
    wide = sample_snapshot.revenue.pivot(index="id", columns="period", values="revenue")
    plausible = wide[wide["current"] < 50_000]
    expected = plausible["current"].sum() / plausible["previous"].sum() - 1
    assert described.revenue_change.share == pytest.approx(expected)


def test_customers_who_bought_in_every_month_are_counted(
    sample_snapshot: Snapshot, described: DataResults
) -> None:
    wide = sample_snapshot.revenue.pivot(index="id", columns="period", values="revenue")
    active = described.active_in_all_months
    assert active is not None and active.base == described.customers
    assert active.count == (wide > 0).all(axis=1).sum() == described.customers - 3


def test_the_interval_of_a_change_is_near_scipys_bootstrap(
    sample_snapshot: Snapshot, described: DataResults
) -> None:
    wide = sample_snapshot.minutes.pivot(index="id", columns="period", values="minutes")
    drawn = stats.bootstrap(
        (wide["current"].to_numpy(), wide["previous"].to_numpy()),
        lambda now, before, axis: now.sum(axis) / before.sum(axis) - 1,
        paired=True,
        n_resamples=2000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    change = described.minutes_change
    assert (change.low, change.high) == pytest.approx((drawn.low, drawn.high), abs=0.003)


def test_a_month_without_minutes_has_no_change_of_them() -> None:
    files = tables(some_customers())
    for row in files["market_time.csv"]:
        row["минут"] = ""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = read_snapshot(write_snapshot(Path(folder), files))
    described = describe_snapshot(snapshot, clean(snapshot), Settings())
    assert described.minutes_change is None and described.revenue_change is not None


def test_totals_leave_impossible_values_out_even_where_training_keeps_them(
    sample_snapshot: Snapshot, described: DataResults
) -> None:
    kept = Settings(cleaning=Cleaning(impossible="keep"))
    found = describe_snapshot(sample_snapshot, clean(sample_snapshot, kept.cleaning), kept)
    assert found.months == described.months
    assert found.trained == described.trained + 1


def test_no_id_is_among_the_results(described: DataResults, sample_customers: pd.DataFrame) -> None:
    text = described.model_dump_json()
    numbers = set(re.findall(r"(?<![\d.])\d{6}(?![\d.])", text))
    assert not numbers & set(sample_customers["id"].astype(str))
