"""Months: their days, their distance and their order."""

from __future__ import annotations

import pytest

from analysis.periods import day_after, days_between, last_day, months_between, months_later


@pytest.mark.parametrize(
    ("period", "day"),
    [("2026-10", "2026-11-30"), ("2026-12", "2027-01-31"), ("2028-01", "2028-02-29")],
)
def test_lists_are_good_until_the_end_of_the_next_month(period: str, day: str) -> None:
    assert last_day(months_later(period)).isoformat() == day


def test_months_are_counted_over_the_turn_of_a_year_and_backwards() -> None:
    assert months_later("2026-11", 3) == "2027-02"
    assert months_later("2027-02", -3) == "2026-11"
    assert months_between("2026-11", "2027-02") == 3
    assert months_between("2027-02", "2026-11") == -3


@pytest.mark.parametrize(
    ("days", "day"), [(5, "2026-11-05"), (7, "2026-11-09"), (8, "2026-11-09"), (10, "2026-11-10")]
)
def test_what_is_to_be_done_is_due_on_no_weekend(days: int, day: str) -> None:
    assert day_after("2026-10", days) == day


def test_days_are_counted_from_the_end_of_a_month_to_the_end_of_another() -> None:
    assert days_between("2028-01", "2028-02") == 29
    assert days_between("2028-02", "2028-01") == -29
