"""What the report says of the snapshot: every figure with its base."""

import re

import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.cleaning import clean
from analysis.overview import describe_snapshot
from analysis.results import DataResults
from analysis.settings import Settings
from analysis.snapshot import Snapshot


@pytest.fixture(scope="session")
def described(sample_snapshot: Snapshot) -> DataResults:
    return describe_snapshot(sample_snapshot, clean(sample_snapshot), Settings(), seed=1)


def test_every_customer_is_in_one_state(described: DataResults) -> None:
    states = described.trained + described.not_trained + described.not_scored
    assert states == described.customers == described.declined.base
    assert described.set_aside_total == described.not_trained + described.not_scored
    assert sum(described.set_aside.values()) == described.set_aside_total


def test_the_planted_faults_are_found(described: DataResults) -> None:
    found = {finding.code: finding.count for finding in described.findings}
    assert (found["twin"], found["impossible"], found["inactive"]) == (11, 1, 3)
    assert found["near_copies"] == 10
    assert "file_order" in found
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
    change = described.revenue_change
    assert change.share == pytest.approx(expected)
    assert change.low < change.share < change.high


def test_the_first_report_has_nothing_to_compare_with(described: DataResults) -> None:
    assert described.previous is None


def test_an_earlier_share_is_compared_by_newcombes_interval(sample_snapshot: Snapshot) -> None:
    earlier = {"period": "2026-09", "count": 480, "base": 1300}
    found = describe_snapshot(
        sample_snapshot, clean(sample_snapshot), Settings(), seed=1, previous=earlier
    )
    assert found.previous is not None
    now = found.declined
    low, high = confint_proportions_2indep(now.count, now.base, 480, 1300, method="newcomb")
    assert found.previous.difference.low == pytest.approx(low)
    assert found.previous.difference.high == pytest.approx(high)


def test_no_id_is_among_the_results(described: DataResults, sample_customers: pd.DataFrame) -> None:
    text = described.model_dump_json()
    numbers = set(re.findall(r"(?<![\d.])\d{6}(?![\d.])", text))
    assert not numbers & set(sample_customers["id"].astype(str))
