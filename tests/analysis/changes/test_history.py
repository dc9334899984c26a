"""The course of the months: read from snapshots alone, each against the one right before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.changes.history import LOOKED_AT, change_of_share, describe_months, read_months
from analysis.settings import Cleaning

SAMPLE = Path(__file__).parents[3] / "data" / "sample"


def customers(ids: range, declined: int, **columns: object) -> pd.DataFrame:
    """Customers of whom the first so many declined."""
    levels = ["declined"] * declined + ["steady"] * (len(ids) - declined)
    return pd.DataFrame(
        {
            "id": list(ids),
            "level": levels,
            "consent": True,
            "revenue_current": 100.0,
            "minutes_current": 10.0,
        }
        | columns
    )


def test_a_month_is_held_against_the_one_right_before_it_and_no_other() -> None:
    seen = {
        "2026-06": customers(range(100), 30),
        "2026-07": customers(range(10, 120), 44),
        "2026-09": customers(range(120), 60),
    }
    june, july, september = describe_months(seen)
    assert (june.declined_change, june.arrivals, june.leavers) == (None, None, None)
    assert (july.arrivals, july.leavers) == (20, 10)
    assert july.declined_change and july.declined_change.value == pytest.approx(0.4 - 0.3)
    assert september.declined_change is None and september.arrivals is None
    assert september.declined and september.declined.share == 0.5


def test_what_nobody_knows_is_no_figure() -> None:
    blank = customers(range(50), 0, level=None, minutes_current=np.nan)
    (month,) = describe_months({"2026-06": blank})
    assert (month.declined, month.minutes) == (None, None)
    assert month.revenue and month.revenue.value == 100.0
    assert change_of_share(blank, customers(range(50), 10)) is None


def test_the_interval_of_a_change_covers_what_two_overlapping_samples_differ_by() -> None:
    """Known truth: no change, four in five customers in both months, levels that mostly stay."""
    generator = np.random.default_rng(7)
    covered, runs, size = 0, 400, 400
    for _ in range(runs):
        before = generator.random(size) < 0.35
        stay = generator.random(size) < 0.8
        fresh = generator.random(size) < 0.35
        again = np.where(generator.random(size) < 0.9, before, fresh)
        sides = []
        for ids, flags in (
            (np.arange(size), before),
            (np.where(stay, np.arange(size), np.arange(size) + size), np.where(stay, again, fresh)),
        ):
            sides.append(pd.DataFrame({"id": ids, "level": np.where(flags, "declined", "steady")}))
        change = change_of_share(*sides)
        assert change is not None
        covered += change.low <= 0 <= change.high
    assert 0.93 <= covered / runs <= 0.97


def test_customers_in_both_months_are_not_taken_for_two() -> None:
    same = customers(range(400), 140)
    moved = same.assign(level=np.roll(same["level"].to_numpy(), 2))
    others = moved.assign(id=moved["id"] + 1000)
    together, apart = change_of_share(same, moved), change_of_share(same, others)
    assert together and apart
    assert together.high - together.low < 0.3 * (apart.high - apart.low)


def test_a_month_that_cannot_be_read_is_named_and_the_other_kind_passed_over(
    tmp_path: Path,
) -> None:
    good = shutil.copytree(SAMPLE / "2026-09", tmp_path / "2026-09")
    bad = tmp_path / "2026-08"
    bad.mkdir()
    (bad / "market_file.csv").write_text("nonsense", encoding="utf-8")
    folders = {"2026-08": bad, "2026-09": good}
    seen, unread = read_months(folders, "sample", Cleaning())
    assert (list(seen), unread) == (["2026-09"], ["2026-08"])
    assert len(seen["2026-09"]) == 1300
    assert list(seen["2026-09"]) == list(LOOKED_AT)
    assert read_months(folders, "real", Cleaning()) == ({}, ["2026-08"])
