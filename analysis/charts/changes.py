"""Charts of what changed between two months, and of the key figures over all months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    INK,
    LINE,
    MUTED,
    PALE,
    SMALL,
    STEADY,
    axis,
    chart,
    data_text,
    key,
    note,
    numbers,
    row_axis,
    row_height,
)
from analysis.money import KOPECKS
from analysis.results.base import Estimate
from analysis.results.changes import Comparison, KeyFigures, MoneyChange

ROWS, MOST_ROWS = 8, 14
NBSP = "\u00a0"
THOUSAND, MILLION = 1_000.0, 1_000_000.0
PANELS = ("declined", "exposed_roubles", "revenue_per_customer", "roc_auc")
COLUMNS = ([0.0, 0.46], [0.54, 1.0])
LINES = ([0.64, 1.0], [0.06, 0.42])
MOST_TICKS = 4
MOST_MONTHS_ON_A_PHONE = 6
HALF_A_NUMBER = 0.12
"""Half the width of a number, as a part of the width of a panel of the trend."""


def changes(compared: Sequence[Comparison]) -> Figure | None:
    """Draw the largest changes with their intervals, in multiples of what counts as material.

    There are eight rows, or more where more changes are material.

    Between −1 and 1 a change is too small to matter whatever its interval; material ones stand
    out in colour. A comparison without any spread has no scale and is left out.
    """
    scaled = [(each, _scale(each)) for each in compared]
    drawn = [(each, scale) for each, scale in scaled if scale is not None]
    drawn.sort(key=lambda pair: (pair[0].verdict != "material", -_size(*pair), _name(pair[0])))
    material = sum(each.verdict == "material" for each, _ in drawn)
    most = min(max(ROWS, material), MOST_ROWS)
    shown = sorted(drawn[:most], key=lambda pair: (-_size(*pair), _name(pair[0])))
    if not shown:
        return None
    rows = list(range(len(shown)))
    labels = [_name(each) for each, _ in shown]
    colours = [DECLINED if each.verdict == "material" else STEADY for each, _ in shown]
    ends = [(each.difference.low * scale, each.difference.high * scale) for each, scale in shown]
    reach = 1.08 * max(1.5, *(abs(end) for pair in ends for end in pair))
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": list(pair),
            "y": [row, row],
            "line": {"color": colour, "width": 3},
            "hoverinfo": "skip",
        }
        for row, pair, colour in zip(rows, ends, colours, strict=True)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [each.difference.value * scale for each, scale in shown],
            "y": rows,
            "marker": {"color": colours, "size": 11},
            "customdata": ends,
            "hovertemplate": "%{y}: %{x:.1f} (%{customdata[0]:.1f}…%{customdata[1]:.1f})"
            "<extra></extra>",
        }
    )
    band = {
        "type": "rect",
        "layer": "below",
        "x0": -1,
        "x1": 1,
        "y0": len(rows) - 0.4,
        "y1": -0.6,
        "fillcolor": PALE,
        "line": {"width": 0},
    }
    return chart(
        traces,
        row_height(labels, 72),
        xaxis=axis(
            key("axis.change_in_floors"),
            range=[-reach, reach],
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
            showgrid=False,
            nticks=9,
        ),
        yaxis=row_axis(labels),
        shapes=[band],
        annotations=[
            _heading(key("note.fell"), -0.02 * reach, xanchor="right"),
            _heading(key("note.rose"), 0.02 * reach, xanchor="left"),
        ],
        margin={"l": 8, "r": 16, "t": 28, "b": 8},
    )


def _scale(compared: Comparison) -> float | None:
    """Turn a difference into multiples of the floor of its effect."""
    if compared.floor == 0 or not compared.effect or not compared.difference.value:
        return None
    return compared.effect / compared.difference.value / compared.floor


def _size(compared: Comparison, scale: float) -> float:
    return abs(compared.difference.value * scale)


def _name(compared: Comparison) -> str:
    if compared.value is not None:
        return data_text(compared.value)
    return key(f"compared.{compared.feature}")


def money_split(change: MoneyChange | None) -> Figure | None:
    """Draw the change of the profit exposed as steps from zero to the whole difference."""
    if change is None:
        return None
    risk: list[tuple[str, int]] = [("risk", change.risk_kopecks)]
    if change.risk_customers_kopecks is not None and change.risk_model_kopecks is not None:
        risk = [
            ("risk_customers", change.risk_customers_kopecks),
            ("risk_model", change.risk_model_kopecks),
        ]
    always = [
        *risk,
        ("profit", change.profit_kopecks),
        ("arrivals", change.arrivals_kopecks),
        ("leavers", -change.leavers_kopecks),
    ]
    rare = [
        ("newly_scored", change.newly_scored_kopecks),
        ("no_longer_scored", -change.no_longer_scored_kopecks),
        ("settings", change.settings_kopecks),
    ]
    steps = [*always, *(step for step in rare if step[1])]
    if not any(amount for _, amount in steps):
        return None
    divisor, unit = _roubles(max(abs(amount) for _, amount in steps) / KOPECKS)
    starts = [0]
    for _, amount in steps:
        starts.append(starts[-1] + amount)
    names = [*(name for name, _ in steps), "difference"]
    amounts = [*(amount for _, amount in steps), change.difference_kopecks]
    bases = [*starts[:-1], 0]
    decimals = 2 if divisor == MILLION else 0
    shown = [amount / KOPECKS / divisor for amount in amounts]
    begin = [base / KOPECKS / divisor for base in bases]
    rows = list(range(len(names)))
    reach = max(abs(start) for start in starts) / KOPECKS / divisor or 1.0
    right = [max(base, base + value) for base, value in zip(begin, shown, strict=True)]
    low, high = min(0, *starts) / KOPECKS / divisor, max(0, *starts) / KOPECKS / divisor
    labels = [key(f"money_term.{name}") for name in names]
    labels[-1] = f"<b>{labels[-1]}</b>"
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "x": shown,
            "base": begin,
            "y": rows,
            "width": 0.62,
            "marker": {
                "color": [
                    INK if name == "difference" else DECLINED if value > 0 else STEADY
                    for name, value in zip(names, shown, strict=True)
                ]
            },
            "hoverinfo": "skip",
        },
        numbers(
            right,
            rows,
            f"{NBSP}%{{customdata:+,.{decimals}f}}{unit}",
            "middle right",
            customdata=shown,
        ),
    ]
    links = [
        {
            "type": "line",
            "x0": start / KOPECKS / divisor,
            "x1": start / KOPECKS / divisor,
            "y0": row - 0.69,
            "y1": row - 0.31,
            "line": {"color": MUTED, "width": 1},
        }
        for row, start in enumerate(starts[1:], start=1)
    ]
    return chart(
        traces,
        row_height(labels, 28),
        xaxis=axis(
            None,
            range=[low - 0.08 * reach, high + 0.38 * reach],
            showticklabels=False,
            showgrid=False,
            zeroline=True,
            zerolinecolor=LINE,
            zerolinewidth=1.2,
        ),
        yaxis=row_axis(labels),
        shapes=links,
    )


def _heading(text: str, x: float, **options: Any) -> dict[str, Any]:
    return note(text, x, 1, yref="paper", yanchor="bottom", yshift=2, **options)


def _roubles(top: float) -> tuple[float, str]:
    if top >= MILLION:
        return MILLION, key("unit.million_roubles")
    if top >= 10 * THOUSAND:
        return THOUSAND, key("unit.thousand_roubles")
    return 1.0, key("unit.roubles")


def trend(points: Sequence[KeyFigures]) -> Figure | None:
    """Draw the key figures of the editions with their intervals, one panel each.

    A panel needs two months with the figure; a month without it leaves a gap.
    """
    panels = [
        (name, known)
        for name in PANELS
        if len(known := [(each.period, found) for each in points if (found := getattr(each, name))])
        > 1
    ]
    if not panels:
        return None
    traces: list[dict[str, Any]] = []
    periods = [each.period for each in points]
    layout: dict[str, Any] = {"annotations": []}
    if len(periods) > MOST_MONTHS_ON_A_PHONE:
        layout["meta"] = {"min_width": 520}
    deep = len(panels) > len(COLUMNS)
    for place, (name, known) in enumerate(panels):
        suffix = str(place + 1) if place else ""
        column = COLUMNS[place % 2]
        row = LINES[place // 2] if deep else [0.0, 1.0]
        traces += _panel(name, known, suffix, periods)
        layout |= _panel_axes(known, suffix, periods, column, row, name)
        layout["annotations"].append(
            note(
                key(f"trend.{name}"),
                column[0],
                row[1],
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                yshift=4,
                font={"color": INK, "size": 12},
            )
        )
    return chart(
        traces,
        320 if deep else 200,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        **layout,
    )


def _panel(
    name: str, known: Sequence[tuple[str, Estimate]], suffix: str, periods: Sequence[str]
) -> list[dict[str, Any]]:
    factor, template = _written(name, max(found.value for _, found in known))
    places = [periods.index(period) for period, _ in known]
    values = [found.value * factor for _, found in known]
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    ends = [0] if len(known) == 1 else [0, len(known) - 1]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": places,
            "y": values,
            "line": {"color": STEADY, "width": 2},
            "marker": {
                "color": [*[STEADY] * (len(known) - 1), INK],
                "size": [*[6] * (len(known) - 1), 9],
            },
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [(found.high - found.value) * factor for _, found in known],
                "arrayminus": [(found.value - found.low) * factor for _, found in known],
                "color": STEADY,
                "thickness": 1.2,
                "width": 3,
            },
            "customdata": [period for period, _ in known],
            "hovertemplate": f"%{{customdata}}: {template}<extra></extra>",
            **axes,
        },
        numbers(
            [places[end] for end in ends],
            [_clear_of(known, places, places[end], len(periods)) * factor for end in ends],
            template.replace("%{y", "%{customdata"),
            "top center",
            customdata=[values[end] for end in ends],
            **axes,
        ),
    ]


def _clear_of(
    known: Sequence[tuple[str, Estimate]], places: Sequence[int], place: int, months: int
) -> float:
    """Give the height from which on a number at a place covers neither intervals nor the line."""
    aside = HALF_A_NUMBER * months
    neighbours = zip(known, places, strict=True)
    highs = [found.high for (_, found), each in neighbours if abs(each - place) <= aside]
    values = [found.value for _, found in known]
    line = np.interp([place - aside, place + aside], places, values)
    return float(max(*highs, *line))


def _written(name: str, top: float) -> tuple[float, str]:
    """Factor and format of a key figure."""
    if name == "declined":
        return 100.0, f"%{{y:.1f}}{key('unit.percent')}"
    if name == "roc_auc":
        return 1.0, "%{y:.3f}"
    divisor, unit = _roubles(top)
    return 1 / divisor, f"%{{y:,.{2 if divisor == MILLION else 0}f}}{unit}"


def _panel_axes(
    known: Sequence[tuple[str, Estimate]],
    suffix: str,
    periods: Sequence[str],
    column: list[float],
    row: list[float],
    name: str,
) -> dict[str, Any]:
    factor, _ = _written(name, max(found.value for _, found in known))
    low = min(found.low for _, found in known) * factor
    high = max(found.high for _, found in known) * factor
    room = max(high - low, 1e-9)
    room_aside = 0.09 * len(periods)
    step = -(-len(periods) // MOST_TICKS)
    ticks = sorted(range(len(periods) - 1, -1, -step))
    return {
        f"xaxis{suffix}": axis(
            None,
            domain=column,
            anchor=f"y{suffix}",
            tickmode="array",
            tickvals=ticks,
            ticktext=[_month(periods[tick]) for tick in ticks],
            tickangle=0,
            tickfont={"color": MUTED, "size": SMALL},
            range=[-0.5 - room_aside, len(periods) - 0.5 + room_aside],
            showgrid=False,
        ),
        f"yaxis{suffix}": axis(
            None,
            domain=row,
            anchor=f"x{suffix}",
            range=[low - 0.12 * room, high + 0.4 * room],
            showticklabels=False,
            showgrid=False,
        ),
    }


def _month(period: str) -> str:
    """``10.2026`` of ``2026-10``."""
    year, month = period.split("-")
    return f"{month}.{year}"
