"""The charts of changes, of the money split and of the trend."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import pytest
from plotly.graph_objects import Figure

from analysis import charts
from analysis.charts.base import BRAND, DECLINED, INK, STEADY
from analysis.results.base import Estimate
from analysis.results.changes import Comparison, KeyFigures, MoneyChange
from report.figures import ChartStyle, draw, localise
from report.words import Words
from tests.report.compared_months import MATERIAL, MONEY, OTHERS, comparison
from tests.report.words_folder import TEMPLATES

STYLE = ChartStyle.load(TEMPLATES / "chart.json")
LANGUAGES = ("ru", "en")


def compared(*plain: dict[str, Any]) -> list[Comparison]:
    return [Comparison.model_validate(each) for each in plain]


def figures(months: int, **missing: None) -> list[KeyFigures]:
    return [
        KeyFigures.model_validate(
            {
                "period": f"{2025 + month // 12}-{month % 12 + 1:02d}",
                "declined": around(0.35 + 0.01 * month, 0.02),
                "exposed_roubles": around(2_800_000 + 30_000 * month, 90_000),
                "revenue_per_customer": around(4900 + 40 * month, 50),
                "roc_auc": around(0.92, 0.01),
            }
            | missing
        )
        for month in range(months)
    ]


def around(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def drawn(figure: Figure | None) -> None:
    """Both languages have words for it, and its print twin can be drawn."""
    assert figure is not None
    for language in LANGUAGES:
        words = Words.load(TEMPLATES / "words" / language)
        shown = localise(figure.to_dict(), words.texts, words.separators, STYLE, label="fig-x")
        assert draw({"fig-x": shown})["fig-x"].startswith("<svg")


def printed(points: list[KeyFigures]) -> Any:
    """The numbers that the first panel of the trend prints."""
    figure = charts.trend(points)
    assert figure is not None
    return next(trace for trace in figure.data if trace.mode == "text")


def test_material_changes_stand_out_and_the_largest_is_on_top() -> None:
    figure = charts.changes(compared(*OTHERS, *MATERIAL[:4]))
    assert figure is not None
    dots = figure.data[-1]
    sizes = [abs(value) for value in dots.x]
    assert sizes == sorted(sizes, reverse=True)
    assert sorted(dots.marker.color).count(STEADY) == 2
    for value, colour in zip(dots.x, dots.marker.color, strict=True):
        assert colour in (STEADY, DECLINED if value < 0 else BRAND)
    drawn(figure)


def test_a_change_without_spread_or_floor_has_no_place_in_the_chart() -> None:
    still = comparison("failures", 0.0, "unproven")
    free = comparison("profit", 0.1, "unproven") | {"floor": 0.0}
    assert charts.changes(compared(still, free)) is None


def test_the_steps_of_the_money_split_end_where_the_difference_does() -> None:
    figure = charts.money_split(MoneyChange.model_validate(MONEY))
    assert figure is not None
    bars, numbers = figure.data
    steps = list(bars.x[:-1])
    assert sum(steps) == pytest.approx(bars.x[-1], abs=1e-6)
    assert list(bars.measure) == ["relative"] * len(steps) + ["total"]
    ends = [0.0, *accumulate(steps)]
    rights = [max(pair) for pair in pairwise(ends)]
    assert list(numbers.x[:-1]) == pytest.approx(rights)
    assert numbers.x[-1] == bars.x[-1]
    assert bars.totals.marker.color == INK
    assert bars.increasing.marker.color == DECLINED
    assert bars.decreasing.marker.color == STEADY
    drawn(figure)


def test_nothing_changed_leaves_no_money_split() -> None:
    nothing = dict.fromkeys(MONEY, 0) | {"old_kopecks": 5, "new_kopecks": 5}
    assert charts.money_split(MoneyChange.model_validate(nothing)) is None
    assert charts.money_split(None) is None


@pytest.mark.parametrize(("months", "panels"), [(0, 0), (1, 0), (2, 4), (12, 4)])
def test_a_trend_needs_two_months(months: int, panels: int) -> None:
    figure = charts.trend(figures(months))
    if not panels:
        assert figure is None
        return
    assert figure is not None
    lines = [trace for trace in figure.data if "lines" in trace.mode]
    assert [len(line.x) for line in lines] == [months] * panels
    assert len(figure.layout.xaxis.tickvals) <= 4
    assert bool(figure.layout.meta) == (months > 6)
    drawn(figure)


def test_the_number_of_a_month_stands_above_a_steep_line_that_it_would_cover() -> None:
    points = figures(6)
    points[0] = points[0].model_copy(update={"declined": Estimate(value=0.1, low=0.09, high=0.11)})
    numbers = printed(points)
    assert points[1].declined is not None
    assert 0.5 < (numbers.y[0] / 100 - 0.1) / (points[1].declined.value - 0.1) < 1


def test_the_number_of_a_month_stands_above_the_intervals_that_it_would_cover() -> None:
    points = figures(12)
    points[1] = points[1].model_copy(update={"declined": Estimate(value=0.5, low=0.4, high=0.6)})
    numbers = printed(points)
    assert list(numbers.x) == [0, 11]
    assert numbers.y[0] == pytest.approx(60)
    assert points[11].declined is not None
    assert numbers.y[1] == pytest.approx(100 * points[11].declined.high)


def test_a_figure_that_one_month_lacks_leaves_a_gap_and_two_lacking_leave_no_panel() -> None:
    points = figures(3)
    points[1] = points[1].model_copy(update={"roc_auc": None})
    points = [each.model_copy(update={"exposed_roubles": None}) for each in points]
    figure = charts.trend(points)
    assert figure is not None
    lines = [list(trace.x) for trace in figure.data if "lines" in trace.mode]
    assert lines == [[0, 1, 2], [0, 1, 2], [0, 2]]
    drawn(figure)


def test_no_line_joins_profit_at_risk_by_a_forecast_with_that_by_resemblance() -> None:
    points = [
        each.model_copy(update={"foretold": month > 2}) for month, each in enumerate(figures(6))
    ]
    figure = charts.trend(points)
    assert figure is not None
    lines = [list(trace.x) for trace in figure.data if "lines" in trace.mode]
    whole = [0, 1, 2, 3, 4, 5]
    assert sorted(lines) == sorted([whole, [0, 1, 2], [3, 4, 5], whole, whole])
    (ink,) = {
        tuple(trace.marker.color) for trace in figure.data if list(trace.x or []) == [3, 4, 5]
    }
    assert ink == (STEADY, STEADY, INK)
    drawn(figure)
