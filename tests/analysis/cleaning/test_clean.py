"""One row per customer, the same for any order and numbering, and a state for everybody."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.cleaning.clean import clean
from analysis.cleaning.customers import COLUMNS, one_row_per_customer
from analysis.cleaning.duplicates import find_twins, near_copies
from analysis.cleaning.leakage import file_order
from analysis.cleaning.outliers import find_impossible
from analysis.settings import Cleaning
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.analysis.conftest import (
    CATEGORY,
    LEVEL,
    SERVICE,
    customer,
    customer_lists,
    some_customers,
    tables,
    write_snapshot,
)

Customers = list[dict[str, object]]


def read(files: dict[str, list[dict[str, str]]]) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        return read_snapshot(write_snapshot(Path(folder), files))


def months_of(level: str, count: int, first: int) -> Customers:
    return [
        customer(
            first + place,
            revenue=(str(4500 + place * 7919 % 997), "4900", "5000"),
            **{LEVEL: level, "Длительность": "700"},
        )
        for place in range(count)
    ]


def state_of(customers: Sequence[dict[str, object]]) -> dict[int, tuple[str, str]]:
    found = clean(read(tables(customers))).customers
    return {
        int(number): (str(state), str(reason))
        for number, state, reason in zip(found["id"], found["state"], found["reason"], strict=True)
    }


def test_months_become_columns_of_the_right_customer() -> None:
    joined = one_row_per_customer(read(tables(some_customers()))).set_index("id")
    assert tuple(joined.reset_index().columns) == COLUMNS
    third = joined.loc["103"]
    assert third["revenue_before_previous"] == 4802.5
    assert third["revenue_previous"] == 4914
    assert third["revenue_current"] == 4998.25
    assert (third["minutes_previous"], third["minutes_current"]) == (12, 18)
    assert third["profit"] == 3.5


@settings(max_examples=12, deadline=None)
@given(customer_lists(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_new_numbers_for_the_customers_change_anything_else(
    customers: Customers, chance: random.Random
) -> None:
    files = tables(customers)
    shuffled = {name: chance.sample(rows, len(rows)) for name, rows in files.items()}
    numbers = chance.sample(range(1, 10**6), len(customers))
    renumbered = [
        {**one, "id": str(number)} for one, number in zip(customers, numbers, strict=True)
    ]
    first, second, third = (clean(read(some)) for some in (files, shuffled, tables(renumbered)))
    pd.testing.assert_frame_equal(first.customers, second.customers)
    without = [each.customers.drop(columns=["id", "twin_of"]) for each in (first, third)]
    pd.testing.assert_frame_equal(*without)


def test_rows_are_not_sorted_by_level_first() -> None:
    declined = months_of("Снизилась", 10, 1)
    steady = months_of("Прежний уровень", 10, 11)
    levels = one_row_per_customer(read(tables(declined + steady)))["level"]
    assert int((levels != levels.shift()).sum()) > 2


def test_all_but_the_first_twin_are_kept_out_of_training() -> None:
    alike = {"Длительность": "700"}
    customers = [
        *some_customers(),
        customer(7, profit="9", **alike),
        customer(8, profit="2", **alike),
        customer(9, profit="5", **alike),
    ]
    found = clean(read(tables(customers))).customers.set_index("id")
    assert (
        found["reason"].to_dict() | {"7": "twin", "8": "", "9": "twin"} == found["reason"].to_dict()
    )
    assert (found.loc[["7", "9"], "twin_of"] == "8").all()
    assert found["twin_of"].notna().sum() == 2


def test_customers_who_differ_in_one_attribute_are_no_twins() -> None:
    customers = [
        customer(1, Длительность="700"),
        customer(2, Длительность="700", **{CATEGORY: "Кухонная посуда"}),
    ]
    assert find_twins(one_row_per_customer(read(tables(customers)))).empty


@pytest.mark.parametrize("month", [0, 1, 2])
def test_a_month_without_revenue_leaves_a_customer_unscored(month: int) -> None:
    revenue = ["5000"] * 3
    revenue[month] = "0.0"
    customers = [*some_customers(), customer(7, revenue=revenue)]
    assert state_of(customers)[7] == ("not_scored", "inactive")
    revenue[month] = ""
    assert state_of([*some_customers(), customer(7, revenue=revenue)])[7] == (
        "not_scored",
        "missing",
    )


def test_a_customer_without_a_level_is_scored_but_teaches_nothing() -> None:
    assert state_of([*some_customers(), customer(7, **{LEVEL: ""})])[7] == (
        "not_trained",
        "no_level",
    )


def test_a_value_out_of_bounds_is_impossible_and_not_a_quiet_month() -> None:
    odd = customer(7, revenue=("5000", "-5", "5000"))
    assert state_of([*some_customers(), odd])[7] == ("not_trained", "impossible")


def test_a_value_far_beyond_all_others_is_emptied_and_kept_out_of_training() -> None:
    customers = months_of("Снизилась", 15, 1) + months_of("Прежний уровень", 15, 101)
    for place, one in enumerate(customers):
        one["revenue"] = (
            str(4500 + place * 7919 % 997),
            str(4520 + place * 7919 % 997 + place * 31 % 89),
            str(4700 + place * 7919 % 997 + place * 53 % 97),
        )
    customers.append(customer(999, revenue=("5000", "5000", "106862.2")))
    cleaned = clean(read(tables(customers)))
    assert cleaned.impossible[["id", "column", "value"]].to_numpy().tolist() == [
        ["999", "revenue_current", 106862.2]
    ]
    row = cleaned.customers.set_index("id").loc["999"]
    assert np.isnan(row["revenue_current"]) and row["revenue_previous"] == 5000
    assert cleaned.customers.set_index("id").loc["999", "reason"] == "impossible"
    assert (cleaned.customers["state"] == "trained").sum() == 30


def test_the_rule_for_impossible_values_follows_its_multiplier() -> None:
    values = np.exp(np.linspace(8.0, 8.4, 41))
    frame = one_row_per_customer(read(tables(some_customers())))
    frame = frame.iloc[np.zeros(42, dtype=int)].reset_index(drop=True)
    frame["id"] = np.arange(42)
    frame["revenue_current"] = np.append(values, np.exp(9.5))
    caught = find_impossible(frame, multiplier=4.0)
    assert caught["id"].tolist() == [41] and caught["column"].tolist() == ["revenue_current"]
    assert find_impossible(frame, multiplier=6.0).empty
    assert find_impossible(frame, multiplier=4.0, at_least=43).empty


def test_copies_of_customers_do_not_move_the_fence() -> None:
    frame = one_row_per_customer(read(tables(some_customers())))
    frame = frame.iloc[np.zeros(42, dtype=int)].reset_index(drop=True)
    frame["id"] = np.arange(42)
    frame["revenue_current"] = np.append(np.exp(np.linspace(8.0, 8.4, 41)), np.exp(9.5))
    copies = frame.iloc[np.repeat(np.arange(30, 42), 5)].assign(id=np.arange(100, 160))
    alone = find_impossible(frame, multiplier=4.0)
    among = find_impossible(pd.concat([frame, copies]), multiplier=4.0)
    assert set(among["limit"]) == set(alone["limit"])
    assert len(among) == 6


# ------------------------------------------------------------------- what is chosen


def odd_month() -> Snapshot:
    """Thirty plain customers, and one of every kind that can be left out."""
    customers = months_of("Снизилась", 15, 1) + months_of("Прежний уровень", 15, 101)
    for place, one in enumerate(customers):
        one["revenue"] = (
            str(4500 + place * 7919 % 997),
            str(4520 + place * 7919 % 997 + place * 31 % 89),
            str(4700 + place * 7919 % 997 + place * 53 % 97),
        )
    copied = {"revenue": ("4444", "4445", "4446")}
    customers += [
        customer(201, revenue=("5000", "5000", "106862.2")),
        customer(202, revenue=("5000", "0", "5000")),
        customer(203, profit="1", **copied, Длительность="900"),
        customer(204, profit="2", **copied, Длительность="900"),
        customer(205, **copied, **{LEVEL: "Снизилась", "Длительность": "900"}),
        customer(206, revenue=("4000", "4100", "4200"), **{SERVICE: "стандартт"}),
    ]
    return read(tables(customers))


@pytest.mark.parametrize(
    ("choice", "number", "expected"),
    [
        ({}, "201", ("not_trained", "impossible")),
        ({"impossible": "empty"}, "201", ("trained", "")),
        ({"impossible": "keep"}, "201", ("trained", "")),
        ({}, "202", ("not_scored", "inactive")),
        ({"inactive": "set_aside"}, "202", ("not_trained", "inactive")),
        ({"inactive": "keep"}, "202", ("trained", "")),
        ({}, "204", ("not_trained", "twin")),
        ({"twins": "keep"}, "204", ("trained", "")),
        ({}, "205", ("trained", "")),
        ({"contradicting": "set_aside"}, "205", ("not_trained", "contradicting")),
        ({"contradicting": "set_aside"}, "203", ("not_trained", "contradicting")),
    ],
)
def test_who_is_left_out_is_a_setting(
    choice: dict[str, str], number: int, expected: tuple[str, str]
) -> None:
    found = clean(odd_month(), Cleaning.model_validate(choice)).customers.set_index("id")
    assert tuple(found.loc[number, ["state", "reason"]]) == expected
    others = found.drop(index=["201", "202", "203", "204", "205"])
    assert (others["state"] == "trained").all()


def test_an_impossible_value_stays_only_if_it_is_to_be_kept() -> None:
    snapshot = odd_month()
    for choice, stays in (("set_aside", False), ("empty", False), ("keep", True)):
        customers = clean(snapshot, Cleaning(impossible=choice)).customers.set_index("id")
        assert bool(customers.loc["201", "revenue_current"] == 106862.2) == stays


def test_a_misspelling_stays_only_if_it_is_to_be_kept() -> None:
    snapshot = odd_month()
    for choice, found in (("repair", "стандарт"), ("keep", "стандартт")):
        customers = clean(snapshot, Cleaning(labels=choice)).customers.set_index("id")
        assert customers.loc["206", "service"] == found
        assert set(customers.drop(index="206")["service"]) == {"стандарт"}


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        Cleaning.model_validate({"twins": "not_scored"})


@pytest.mark.skipif(
    "REAL_SNAPSHOT" not in os.environ, reason="REAL_SNAPSHOT names no real snapshot"
)
def test_the_real_snapshot_is_cleaned_as_measured() -> None:
    snapshot = read_snapshot(Path(os.environ["REAL_SNAPSHOT"]))
    cleaned = clean(snapshot)
    reasons = cleaned.customers.groupby(["state", "reason"]).size().to_dict()
    assert reasons == {
        ("trained", ""): 1285,
        ("not_trained", "twin"): 11,
        ("not_trained", "impossible"): 1,
        ("not_scored", "inactive"): 3,
    }
    assert cleaned.impossible["id"].tolist() == [215380]
    joined = one_row_per_customer(snapshot)
    assert joined["revenue_current"].sum() == pytest.approx(6_909_449.1)
    assert joined["profit"].sum() == pytest.approx(5195.62)
    found = near_copies(joined)
    assert (found.pairs, found.exact, found.near, found.contradicting) == (21, 11, 1, 9)
    order = file_order(snapshot, joined)
    assert (round(order.auc_id, 3), order.runs) == (0.982, 6)
