"""Sums in charts have one unit, and none that is something reads as nothing."""

from __future__ import annotations

import pytest

from analysis.charts.front_page import assumptions, cases
from analysis.charts.roubles import NO_MILLIONS, scale_of
from analysis.results import Cases, Sensitivity


@pytest.mark.parametrize(
    ("top", "unit"),
    [(9_999.0, "roubles"), (10_000.0, "thousand_roubles"), (1e6, "million_roubles")],
)
def test_the_unit_follows_the_largest_sum(top: float, unit: str) -> None:
    assert scale_of(top).unit == f"⟦unit.{unit}⟧"
    assert scale_of(top, millions_from=NO_MILLIONS).divisor <= 1e3


def test_a_sum_that_is_something_is_not_written_as_nothing() -> None:
    thousands = scale_of(50_000.0)
    for sum_, decimals in ((-85.0, 1), (12.0, 2), (0.0, 0), (1_000.0, 0)):
        assert thousands.places(sum_) == decimals
        shown = round(sum_ / 1e3, decimals)
        assert (shown == 0) == (sum_ == 0)
    assert scale_of(50.0).places(0.4) == 1


def test_a_small_plan_is_drawn_in_roubles() -> None:
    found = Cases(
        worst=-310.0,
        base=240.0,
        best=900.0,
        share_saved=0.1,
        saved_worst=-0.1,
        saved_worst_lost=0.1,
        saved_best=0.4,
        break_even=0.05,
        loss=0.2,
    )
    drawn = cases(found)
    assert drawn is not None and tuple(drawn.data[0].x) == (-310.0, 240.0, 900.0)
    assert all("thousand" not in text for text in drawn.data[1].texttemplate)
    moved = [
        Sensitivity(
            setting=setting,
            times=times,
            value=None,
            worth_contacting=50,
            cost_roubles=100.0,
            gain_roubles=gain,
            break_even=0.1,
        )
        for setting, times, gain in (
            (None, 1.0, 240.0),
            ("share_saved", 0.5, 40.0),
            ("share_saved", 2.0, 640.0),
            ("contact_cost", 2.0, 239.5),
        )
    ]
    bars = assumptions(moved)
    assert bars is not None and tuple(bars.data[0].base) == (40.0,), "half a rouble is nothing"
