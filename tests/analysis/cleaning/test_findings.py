"""Whatever is odd in an export is found in its rows, without being told where."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from scipy import stats

from analysis.cleaning.clean import clean
from analysis.cleaning.customers import one_row_per_customer
from analysis.cleaning.describe import describe_snapshot
from analysis.cleaning.findings import repairs
from analysis.results import Finding
from analysis.settings import Cleaning, Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.analysis.conftest import (
    LEVEL,
    SERVICE,
    customer,
    some_customers,
    tables,
    write_snapshot,
)

Customers = list[dict[str, object]]


def read(customers: Customers) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        return read_snapshot(write_snapshot(Path(folder), tables(customers)), accept_unusual=True)


def found_in(snapshot: Snapshot, **choices: str) -> Mapping[str, Finding]:
    settings = Settings(cleaning=Cleaning.model_validate(choices))
    described = describe_snapshot(snapshot, clean(snapshot, settings.cleaning), settings)
    return {finding.code: finding for finding in described.findings}


def plain(count: int, first: int = 1, level: str = "Прежний уровень", **cells: str) -> Customers:
    return [
        customer(
            first + place,
            revenue=(
                f"{4500 + place * 7919 % 997}",
                f"{4520 + place * 7919 % 997 + place * 31 % 89}",
                f"{4700 + place * 7919 % 997 + place * 53 % 97}",
            ),
            minutes=(str(10 + place % 7), str(9 + place % 5)),
            **{LEVEL: level, **cells},
        )
        for place in range(count)
    ]


def test_a_plain_month_has_nothing_to_remark() -> None:
    mixed = [
        one for pair in zip(plain(20), plain(20, 101, "Снизилась"), strict=True) for one in pair
    ]
    mixed[1]["revenue"], mixed[1]["id"] = ("4100", "4200", "4300"), "7000"
    for place, one in enumerate(mixed):
        one["minutes"] = (str(10 + place % 7), str(9 + place))
        one["id"] = str(1 + place * 37 % 41)
        one["cells"] = {**one["cells"], "Длительность": str(500 + place * 37 % 41)}
    assert not found_in(read(mixed))


@pytest.mark.parametrize(
    ("tenure", "revenue", "short"),
    [
        ("55", ("100", "100", "100"), True),
        ("56", ("100", "100", "100"), False),
        ("27", ("0", "100", "100"), True),
        ("28", ("0", "100", "100"), False),
        ("3", ("0", "0", "100"), False),
    ],
)
def test_nobody_buys_before_registering(
    tenure: str, revenue: tuple[str, str, str], short: bool
) -> None:
    odd = customer(900, revenue=revenue, minutes=("0", "5"), Длительность=tenure)
    found = found_in(read([*some_customers(), odd]))
    assert ("short_tenure" in found) == short
    if short:
        assert (found["short_tenure"].count, found["short_tenure"].action) == (1, "reported")


def test_a_loss_is_reported_and_stays() -> None:
    snapshot = read([*some_customers(), customer(900, profit="-2.5")])
    assert found_in(snapshot)["loss"].count == 1
    assert clean(snapshot).customers.set_index("id").loc["900", "profit"] == -2.5


def test_a_number_far_from_all_others_is_reported_with_the_limit_and_stays() -> None:
    snapshot = read([*plain(30), customer(900, Длительность="30000")])
    finding = found_in(snapshot)["distant"]
    assert (finding.column, finding.count, finding.action) == ("tenure_days", 1, "reported")
    assert 531 < finding.fields["limit"] < 30000
    assert clean(snapshot).customers.set_index("id").loc["900", "tenure_days"] == 30000


@pytest.mark.parametrize(
    ("choice", "action"),
    [("set_aside", "not_trained"), ("empty", "missing"), ("keep", "kept")],
)
def test_an_impossible_value_is_reported_with_what_was_done(choice: str, action: str) -> None:
    snapshot = read([*plain(30), customer(900, revenue=("5000", "5000", "106862.2"))])
    finding = found_in(snapshot, impossible=choice)["impossible"]
    assert (finding.column, finding.count, finding.action) == ("revenue_current", 1, action)
    assert 5019 < finding.fields["limit"] < 106862.2


def copied(number: int, level: str, profit: str = "1") -> dict[str, object]:
    return customer(
        number,
        revenue=("4444", "4445", "4446"),
        profit=profit,
        **{LEVEL: level, "Длительность": "900"},
    )


def test_copies_are_reported_by_kind_and_with_what_was_done() -> None:
    customers = [
        *some_customers(),
        copied(901, "Снизилась"),
        copied(902, "Снизилась", "2"),
        copied(903, "Прежний уровень"),
    ]
    found = found_in(read(customers))
    assert (found["twin"].count, found["twin"].action) == (1, "not_trained")
    near = found["near_copies"]
    assert (near.severity, near.action) == ("serious", "together")
    assert near.fields == {"pairs": 3, "exact": 1, "near": 0, "contradicting": 2}
    chosen = found_in(read(customers), twins="keep", contradicting="set_aside")
    assert (chosen["twin"].action, chosen["near_copies"].action) == ("kept", "not_trained")


def misspelt(declined: int, steady: int) -> Snapshot:
    customers = plain(60) + plain(40, 101, "Снизилась")
    for one in customers[:steady] + customers[60 : 60 + declined]:
        one["cells"] = {**dict(one["cells"]), SERVICE: "стандартт"}
    return read(customers)


def test_a_misspelling_that_goes_with_one_level_would_give_it_away() -> None:
    snapshot = misspelt(declined=9, steady=1)
    finding = found_in(snapshot)["telling_label"]
    assert (finding.count, finding.action) == (10, "repaired")
    assert (finding.fields["found"], finding.fields["declined"]) == ("стандартт", 9)
    assert found_in(snapshot, labels="keep")["telling_label"].action == "kept"


def test_a_misspelling_that_goes_with_no_level_is_a_plain_repair() -> None:
    snapshot = misspelt(declined=4, steady=6)
    repaired = repairs(snapshot, one_row_per_customer(snapshot))[0]
    assert repaired.declined is not None
    assert (repaired.declined.count, repaired.declined.base, repaired.telling) == (4, 10, False)
    assert "telling_label" not in found_in(snapshot)
    assert found_in(snapshot, labels="keep")["misspelt"].action == "kept"


def test_whether_a_misspelling_tells_is_fishers_exact_test_against_the_right_spelling() -> None:
    for declined in range(4, 10):
        snapshot = misspelt(declined, 10 - declined)
        p_value = stats.fisher_exact(
            [[declined, 10 - declined], [40 - declined, 50 + declined]]
        ).pvalue
        repaired = repairs(snapshot, one_row_per_customer(snapshot))[0]
        assert repaired.telling == (p_value < 0.01)


def test_a_misspelling_of_all_rows_tells_nothing() -> None:
    snapshot = misspelt(declined=40, steady=60)
    assert not repairs(snapshot, one_row_per_customer(snapshot))[0].telling


def test_kept_misspellings_are_no_repairs() -> None:
    snapshot = misspelt(declined=9, steady=1)
    kept = Settings(cleaning=Cleaning(labels="keep"))
    described = describe_snapshot(snapshot, clean(snapshot, kept.cleaning), kept)
    assert (described.repairs, described.repaired_rows) == ([], 0)


def test_findings_stand_in_the_order_of_their_weight() -> None:
    odd = [copied(901, "Снизилась"), copied(902, "Прежний уровень"), customer(903, profit="-1")]
    found = list(found_in(read([*some_customers(), *odd])).values())
    weights = [("serious", "warning", "info").index(finding.severity) for finding in found]
    assert weights == sorted(weights) and len(set(weights)) > 1
