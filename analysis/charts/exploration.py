"""Charts of the levels of activity and of related features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd
from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    GREYS,
    INK,
    MUTED,
    PALE,
    SMALL,
    STEADY,
    WHITE,
    axis,
    chart,
    factor_of,
    feature,
    key,
    legend,
    note,
    percent,
    row_axis,
    unit_of,
)
from analysis.charts.panels import Panel, layout_of
from analysis.charts.traces import Trace, numbers
from analysis.exploration.histograms import Histogram
from analysis.results import MonthByLevel, NumericFeature
from analysis.results.exploration import MOST_CONTRASTED


class Level(NamedTuple):
    """How a level of activity is drawn."""

    name: str
    colour: str
    symbol: str


LEVELS = (Level("steady", STEADY, "circle"), Level("declined", DECLINED, "diamond"))
MEASURES = {"revenue": Panel(0, (0.0, 0.54)), "minutes": Panel(1, (0.68, 1.0))}
GAP = 0.05
"""Between two panels of distributions, as a part of the chart's width."""

PRINTED_FROM = 0.3
WHITE_ON_FROM = 0.6

Triangle = list[list[float | None]]


def months(medians: Sequence[MonthByLevel]) -> Figure | None:
    """Median revenue and minutes on the site by month and level, in two panels."""
    of_measure = {
        measure: [point for point in medians if point.measure == measure] for measure in MEASURES
    }
    panels = [(MEASURES[measure], points) for measure, points in of_measure.items() if points]
    if not panels:
        return None
    return chart(
        [line for panel, points in panels for line in _lines_of_medians(points, panel)],
        300,
        showlegend=True,
        legend=legend(),
        annotations=[panel.heading(key(f"panel.{points[0].measure}")) for panel, points in panels],
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        **layout_of(
            panel.axes(_month_axis(points), _median_axis(points)) for panel, points in panels
        ),
    )


def _lines_of_medians(points: Sequence[MonthByLevel], panel: Panel) -> list[Trace]:
    """Draw a line for each level; its numbers stand on the side away from the other line."""
    higher = [point.median_declined >= point.median_steady for point in points]
    values = {
        "steady": [point.median_steady for point in points],
        "declined": [point.median_declined for point in points],
    }
    return [
        {
            "type": "scatter",
            "mode": "lines+markers+text",
            "name": key(f"level.{level.name}"),
            "legendgroup": level.name,
            "showlegend": panel.number == 0,
            "x": list(range(len(points))),
            "y": values[level.name],
            "line": {"color": level.colour, "width": 2.5},
            "marker": {"color": level.colour, "size": 8, "symbol": level.symbol},
            "texttemplate": "%{y:,.0f}",
            "textposition": [
                "top center" if above == (level.name == "declined") else "bottom center"
                for above in higher
            ],
            "textfont": {"color": INK, "size": 12},
            "cliponaxis": False,
            "hovertemplate": f"{key(f'level.{level.name}')}: %{{y:,.1f}}<extra></extra>",
            **panel.on,
        }
        for level in LEVELS
    ]


def _month_axis(points: Sequence[MonthByLevel]) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickvals": list(range(len(points))),
        "ticktext": [key(f"month.{point.month}") for point in points],
        "tickangle": 0,
        "range": [-0.35, len(points) - 0.65],
        "showgrid": False,
    }


def _median_axis(points: Sequence[MonthByLevel]) -> dict[str, Any]:
    values = [end for point in points for end in (point.median_steady, point.median_declined)]
    low, high = min(values), max(values)
    room = max(high - low, 0.05 * abs(high), 1e-9) * 0.35
    return {"range": [low - room, high + room], "showticklabels": False, "showgrid": False}


def distributions(histograms: Sequence[Histogram], columns: int = 3) -> Figure | None:
    """Share of each level in the bins of every feature, as small multiples.

    Parameters
    ----------
    histograms : sequence of Histogram
        One per panel, in the order of reading.
    columns : int, default 3
        Panels in a row.
    """
    shown = [each for each in histograms if sum(each.steady) and sum(each.declined)]
    if not shown:
        return None
    narrow = columns > 2
    row_height, head, foot = (96, 30, 36) if narrow else (114, 30, 44)
    height = head + row_height * -(-len(shown) // columns)
    grid = _grid(len(shown), columns, row_height, foot, height - head - 8)
    panels = list(zip(grid, shown, strict=True))
    return chart(
        [step for panel, histogram in panels for step in _steps(histogram, panel)],
        height,
        showlegend=True,
        legend=legend(),
        annotations=[panel.heading(feature(each.name), SMALL) for panel, each in panels],
        margin={"l": 8, "r": 8, "t": head, "b": 8},
        **layout_of(
            panel.axes(
                _value_axis(each.name, 3 if narrow else 5),
                {"rangemode": "tozero", "nticks": 3, "showticklabels": False},
            )
            for panel, each in panels
        ),
    )


def _grid(count: int, columns: int, row_height: int, foot: int, inner: int) -> list[Panel]:
    """Lay panels out in rows, each with room for a heading and for the numbers of its axis.

    Parameters
    ----------
    count, columns : int
        Panels, and how many stand in a row.
    row_height, foot, inner : int
        Px of a row, of the axis below a panel, and of all rows together.
    """
    width = (1 - GAP * (columns - 1)) / columns
    panels = []
    for number in range(count):
        row, column = divmod(number, columns)
        left = column * (width + GAP)
        top = 1 - row * row_height / inner - 22 / inner
        bottom = max(0.0, 1 - (row + 1) * row_height / inner + foot / inner)
        panels.append(Panel(number, (left, min(1.0, left + width)), (bottom, top)))
    return panels


def _value_axis(name: str, ticks: int) -> dict[str, Any]:
    return {
        "showgrid": False,
        "nticks": ticks,
        "tickformat": ",.0f",
        "ticksuffix": unit_of(name),
        "tickfont": {"color": MUTED, "size": SMALL},
        "tickangle": 0,
        "automargin": False,
    }


def _steps(histogram: Histogram, panel: Panel) -> list[Trace]:
    """Draw the share of each level that is in each bin, as an area: a wide bin stands lower."""
    edges = [edge * factor_of(histogram.name) for edge in histogram.edges]
    widths = [after - before for before, after in pairwise(edges)]
    traces: list[Trace] = []
    for level in LEVELS:
        counts = histogram.steady if level.name == "steady" else histogram.declined
        shares = [100 * count / sum(counts) for count in counts]
        heights = [share / width for share, width in zip(shares, widths, strict=True)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": key(f"level.{level.name}"),
                "legendgroup": level.name,
                "showlegend": panel.number == 0,
                "x": [edges[0], *edges, edges[-1]],
                "y": [0.0, *heights, heights[-1], 0.0],
                "customdata": [shares[0], *shares, shares[-1], shares[-1]],
                "line": {"color": level.colour, "width": 2, "shape": "hv"},
                "fill": "tozeroy" if level.name == "steady" else "none",
                "fillcolor": PALE,
                "hovertemplate": f"{key(f'level.{level.name}')}: {percent(1, 'customdata')}"
                "<extra></extra>",
                **panel.on,
            }
        )
    return traces


def top_distributions(
    histograms: Iterable[Histogram], features: Sequence[NumericFeature], most: int = MOST_CONTRASTED
) -> Figure | None:
    """Distributions of the features whose levels differ most, by Cliff's delta."""
    ranked = sorted(features, key=lambda each: (-abs(each.cliffs_delta.value), each.name))
    by_name = {histogram.name: histogram for histogram in histograms}
    shown = [by_name[each.name] for each in ranked if each.differs and each.name in by_name]
    return distributions(shown[:most], columns=2)


def correlation(phik: pd.DataFrame) -> Figure | None:
    """phi_k of every two features as a triangle, the most related features first.

    A feature's name stands before its row and again on top of its column.

    Parameters
    ----------
    phik : DataFrame, shape (n_features, n_features)
        From `analysis.exploration.association.phik_matrix`.
    """
    if len(phik) < 2:
        return None
    names, strengths = _most_related_first(phik)
    rows, columns = names[1:], names[:-1]
    return chart(
        [_cells(strengths), *_printed(strengths)],
        16 + 24 * (len(rows) + 1),
        meta={"min_width": 520},
        xaxis=axis(
            None,
            showticklabels=False,
            showgrid=False,
            range=[-0.5, 1.25 * len(names)],
        ),
        yaxis=row_axis(
            [feature(name) for name in rows],
            range=[len(rows) - 0.5, -1.5],
            tickfont={"color": INK, "size": SMALL},
        ),
        annotations=[_column_name(name, column) for column, name in enumerate(columns)],
    )


def _most_related_first(phik: pd.DataFrame) -> tuple[list[str], Triangle]:
    """Order the names, and give the strengths of the later names' rows by the earlier ones."""
    strengths = {
        str(name): {str(other): float(value) for other, value in column.items()}
        for name, column in phik.items()
    }
    names = sorted(strengths, key=lambda name: (-sum(strengths[name].values()), name))
    return names, [
        [
            strengths[earlier][later] if column <= row else None
            for column, earlier in enumerate(names[:-1])
        ]
        for row, later in enumerate(names[1:])
    ]


def _cells(strengths: Triangle) -> Trace:
    return {
        "type": "heatmap",
        "z": strengths,
        "zmin": 0,
        "zmax": 1,
        "colorscale": GREYS,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "hoverongaps": False,
        "hovertemplate": "%{x} — %{y}: %{z:.2f}<extra></extra>",
    }


def _printed(strengths: Triangle) -> list[Trace]:
    """Print the larger strengths in their cells, white on the dark ones."""
    found: dict[str, list[tuple[int, int, float]]] = {INK: [], WHITE: []}
    for column in range(len(strengths)):
        for row in range(column, len(strengths)):
            value = strengths[row][column]
            if value is not None and value >= PRINTED_FROM:
                found[WHITE if value >= WHITE_ON_FROM else INK].append((column, row, value))
    return [
        numbers(
            [column for column, _, _ in cells],
            [row for _, row, _ in cells],
            "%{customdata:.2f}",
            "middle center",
            customdata=[value for _, _, value in cells],
            textfont={"color": colour, "size": 10},
        )
        for colour, cells in found.items()
        if cells
    ]


def _column_name(name: str, column: int) -> dict[str, Any]:
    """Name of a column, on its topmost cell."""
    font = {"color": INK, "size": SMALL}
    return note(feature(name), column - 0.4, column - 1, xanchor="left", font=font)
