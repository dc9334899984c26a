"""Charts of what changed between two months, and of the key figures over all months."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from plotly.graph_objects import Figure

from analysis.charts.base import (
    BRAND,
    DECLINED,
    INK,
    LINE,
    MUTED,
    PALE,
    SMALL,
    STEADY,
    axis,
    chart,
    column_heading,
    data_text,
    key,
    row_axis,
    row_height,
)
from analysis.charts.panels import Panel, layout_of
from analysis.charts.roubles import scale_of
from analysis.charts.traces import Trace, error_bars, intervals, numbers, waterfall
from analysis.money import KOPECKS
from analysis.results.base import Estimate
from analysis.results.changes import Comparison, KeyFigures, MoneyChange

ROWS, MOST_ROWS = 6, 14
NBSP = "\u00a0"
KEY_FIGURES = ("declined", "exposed_roubles", "revenue_per_customer", "roc_auc")
COLUMNS = ((0.0, 0.46), (0.54, 1.0))
LINES = ((0.64, 1.0), (0.06, 0.42))
MOST_TICKS = 4
MOST_MONTHS_ON_A_PHONE = 6
HALF_A_NUMBER = 0.12
"""Half the width of a number, as a part of the width of a panel of the trend."""


class Scaled(NamedTuple):
    """A comparison, and its difference with the interval in multiples of the effect's floor."""

    compared: Comparison
    difference: float
    low: float
    high: float

    @property
    def material(self) -> bool:
        """Whether the change stands out."""
        return self.compared.verdict == "material"

    @property
    def name(self) -> str:
        """Key of what is compared, or its text where that comes from the data."""
        if self.compared.value is not None:
            return data_text(self.compared.value)
        return key(f"compared.{self.compared.feature}")

    @property
    def largest_first(self) -> tuple[float, str]:
        """By what changes are ordered."""
        return -abs(self.difference), self.name


def changes(compared: Sequence[Comparison]) -> Figure | None:
    """Draw the largest changes with their intervals, in multiples of what counts as material.

    There are six rows, or more where more changes are material.

    Between −1 and 1 a change is too small to matter whatever its interval; material ones stand
    out in colour. A comparison without any spread has no scale and is left out.
    """
    shown = _largest([each for each in map(_scaled, compared) if each is not None])
    if not shown:
        return None
    names = [each.name for each in shown]
    ends = [(each.low, each.high) for each in shown]
    reach = 1.08 * max(1.5, *(abs(end) for pair in ends for end in pair))
    return chart(
        list(
            intervals(
                [each.difference for each in shown],
                ends,
                [_colour(each) for each in shown],
                ".1f",
            )
        ),
        row_height(names, 72),
        xaxis=axis(
            key("axis.change_in_floors"),
            range=[-reach, reach],
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
            showgrid=False,
            nticks=9,
        ),
        yaxis=row_axis(names),
        shapes=[_band_of_small_changes(len(names))],
        annotations=[
            column_heading(key("note.fell"), -0.02 * reach, yshift=2, xanchor="right"),
            column_heading(key("note.rose"), 0.02 * reach, yshift=2, xanchor="left"),
        ],
        margin={"l": 8, "r": 16, "t": 28, "b": 8},
    )


def _colour(shown: Scaled) -> str:
    """Red is for what fell; what is small or not proven has no colour."""
    if not shown.material:
        return STEADY
    return DECLINED if shown.difference < 0 else BRAND


def _scaled(compared: Comparison) -> Scaled | None:
    """Turn a difference into multiples of the floor of its effect."""
    difference = compared.difference
    if compared.floor == 0 or not compared.effect or not difference.value:
        return None
    scale = compared.effect / difference.value / compared.floor
    return Scaled(
        compared, difference.value * scale, difference.low * scale, difference.high * scale
    )


def _largest(drawn: Sequence[Scaled]) -> list[Scaled]:
    """Choose what has a row, the material changes before all others; the largest on top."""
    material = sum(each.material for each in drawn)
    most = min(max(ROWS, material), MOST_ROWS)
    foremost = sorted(drawn, key=lambda each: (not each.material, *each.largest_first))[:most]
    return sorted(foremost, key=lambda each: each.largest_first)


def _band_of_small_changes(rows: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "x0": -1,
        "x1": 1,
        "y0": rows - 0.4,
        "y1": -0.6,
        "fillcolor": PALE,
        "line": {"width": 0},
    }


class Step(NamedTuple):
    """One term of the change of the profit exposed, in kopecks."""

    name: str
    amount: int


def money_split(change: MoneyChange | None) -> Figure | None:
    """Draw the change of the profit exposed as steps from zero to the whole difference."""
    if change is None:
        return None
    steps = _steps(change)
    if not any(step.amount for step in steps):
        return None
    roubles = [step.amount / KOPECKS for step in steps]
    scale = scale_of(max(map(abs, roubles)))
    terms, total = scale.of(roubles), change.difference_kopecks / KOPECKS / scale.divisor
    sums = [*roubles, change.difference_kopecks / KOPECKS]
    bounds = [0.0, *accumulate(terms)]
    names = [key(f"money_term.{step.name}") for step in steps]
    names.append(f"<b>{key('money_term.difference')}</b>")
    reach = max(map(abs, bounds)) or 1.0
    return chart(
        [
            waterfall(terms, total),
            numbers(
                [*map(max, pairwise(bounds)), max(0.0, total)],
                range(len(names)),
                [f"{NBSP}{each}" for each in scale.formats(sums, "customdata", sign=True)],
                customdata=scale.of(sums),
            ),
        ],
        row_height(names, 28),
        xaxis=axis(
            None,
            range=[min(bounds) - 0.08 * reach, max(bounds) + 0.38 * reach],
            showticklabels=False,
            showgrid=False,
            zeroline=True,
            zerolinecolor=LINE,
            zerolinewidth=1.2,
        ),
        yaxis=row_axis(names),
    )


def _steps(change: MoneyChange) -> list[Step]:
    """Terms of the split; those that are rare only where they are not zero."""
    if change.risk_customers_kopecks is not None and change.risk_model_kopecks is not None:
        risk = [
            Step("risk_customers", change.risk_customers_kopecks),
            Step("risk_model", change.risk_model_kopecks),
        ]
    else:
        risk = [Step("risk", change.risk_kopecks)]
    rare = [
        Step("newly_scored", change.newly_scored_kopecks),
        Step("no_longer_scored", -change.no_longer_scored_kopecks),
        Step("settings", change.settings_kopecks),
    ]
    return [
        *risk,
        Step("profit", change.profit_kopecks),
        Step("arrivals", change.arrivals_kopecks),
        Step("leavers", -change.leavers_kopecks),
        *(step for step in rare if step.amount),
    ]


class Course(NamedTuple):
    """A key figure over the months: where it is known, how it is written, what may be joined."""

    name: str
    months: list[int]
    found: list[Estimate]
    factor: float
    template: str
    stretches: list[range]


def trend(points: Sequence[KeyFigures]) -> Figure | None:
    """Draw the key figures of the editions with their intervals, one panel each.

    A panel needs two months with the figure. The profit at risk by a forecast and that by
    resemblance are two measures: no line joins them.
    """
    courses = [course for name in KEY_FIGURES if len((course := _course(name, points)).months) > 1]
    if not courses:
        return None
    periods = [each.period for each in points]
    deep = len(courses) > len(COLUMNS)
    panels = [
        (Panel(number, COLUMNS[number % 2], LINES[number // 2] if deep else (0.0, 1.0)), course)
        for number, course in enumerate(courses)
    ]
    narrowest = {"meta": {"min_width": 520}} if len(periods) > MOST_MONTHS_ON_A_PHONE else {}
    return chart(
        [trace for panel, course in panels for trace in _traces_of(course, panel, periods)],
        320 if deep else 200,
        annotations=[
            panel.heading(key(f"trend.{course.name}"), yshift=4) for panel, course in panels
        ],
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        **narrowest,
        **layout_of(
            panel.axes(_month_axis(periods), _figure_axis(course)) for panel, course in panels
        ),
    )


def _course(name: str, points: Sequence[KeyFigures]) -> Course:
    found = {month: figure for month, each in enumerate(points) if (figure := getattr(each, name))}
    top = max((figure.value for figure in found.values()), default=0.0)
    months = list(found)
    made = [name == "exposed_roubles" and points[month].foretold for month in months]
    turns = [place for place in range(1, len(made)) if made[place] != made[place - 1]]
    stretches = [range(start, end) for start, end in pairwise([0, *turns, len(months)])]
    return Course(name, months, list(found.values()), *_written(name, top), stretches)


def _written(name: str, top: float) -> tuple[float, str]:
    """Factor and format of a key figure."""
    if name == "declined":
        return 100.0, f"%{{y:.1f}}{key('unit.percent')}"
    if name == "roc_auc":
        return 1.0, "%{y:.3f}"
    scale = scale_of(top)
    return 1 / scale.divisor, scale.formats([top], "y")[0]


def _traces_of(course: Course, panel: Panel, periods: Sequence[str]) -> list[Trace]:
    """Line with intervals, the last month in ink, and the numbers of the first and the last."""
    values = [figure.value * course.factor for figure in course.found]
    last = len(values) - 1
    ends = [0, last]
    return [
        *(_stretch(course, values, part, periods, panel) for part in course.stretches),
        numbers(
            [course.months[end] for end in ends],
            [_clear_of(course, course.months[end], len(periods)) * course.factor for end in ends],
            course.template.replace("%{y", "%{customdata"),
            "top center",
            customdata=[values[end] for end in ends],
            **panel.on,
        ),
    ]


def _stretch(
    course: Course, values: Sequence[float], part: range, periods: Sequence[str], panel: Panel
) -> Trace:
    """Draw the months that may be held against each other, joined by a line."""
    found = [course.found[place] for place in part]
    newest = [place == len(values) - 1 for place in part]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [course.months[place] for place in part],
        "y": [values[place] for place in part],
        "line": {"color": STEADY, "width": 2},
        "marker": {
            "color": [INK if each else STEADY for each in newest],
            "size": [9 if each else 6 for each in newest],
        },
        "error_y": error_bars(
            [(figure.high - figure.value) * course.factor for figure in found],
            [(figure.value - figure.low) * course.factor for figure in found],
            STEADY,
            width=3,
        ),
        "customdata": [periods[course.months[place]] for place in part],
        "hovertemplate": f"%{{customdata}}: {course.template}<extra></extra>",
        **panel.on,
    }


def _clear_of(course: Course, month: int, months: int) -> float:
    """Give the height from which on a number at a month covers neither intervals nor the line."""
    aside = HALF_A_NUMBER * months
    neighbours = zip(course.found, course.months, strict=True)
    highs = [figure.high for figure, each in neighbours if abs(each - month) <= aside]
    values = [figure.value for figure in course.found]
    line = np.interp([month - aside, month + aside], course.months, values)
    return float(max(*highs, *line))


def _month_axis(periods: Sequence[str]) -> dict[str, Any]:
    room_aside = 0.09 * len(periods)
    step = -(-len(periods) // MOST_TICKS)
    ticks = sorted(range(len(periods) - 1, -1, -step))
    return {
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [_month(periods[tick]) for tick in ticks],
        "tickangle": 0,
        "tickfont": {"color": MUTED, "size": SMALL},
        "range": [-0.5 - room_aside, len(periods) - 0.5 + room_aside],
        "showgrid": False,
    }


def _figure_axis(course: Course) -> dict[str, Any]:
    low = min(figure.low for figure in course.found) * course.factor
    high = max(figure.high for figure in course.found) * course.factor
    room = max(high - low, 1e-9)
    return {
        "range": [low - 0.12 * room, high + 0.4 * room],
        "showticklabels": False,
        "showgrid": False,
    }


def _month(period: str) -> str:
    """``10.2026`` of ``2026-10``."""
    year, month = period.split("-")
    return f"{month}.{year}"
