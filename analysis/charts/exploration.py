"""Charts of the levels of activity and of related features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import pandas as pd
from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    GREYS,
    IN_PERCENT,
    INK,
    MUTED,
    PALE,
    SMALL,
    STEADY,
    WHITE,
    axis,
    chart,
    feature,
    key,
    legend,
    note,
    numbers,
    percent,
    row_axis,
)
from analysis.exploration.histograms import Histogram
from analysis.results import MonthByLevel, NumericFeature

LEVELS = (("steady", STEADY, "circle", "dot"), ("declined", DECLINED, "diamond", "solid"))
PRINTED_FROM = 0.3
WHITE_ON_FROM = 0.6


def months(medians: Sequence[MonthByLevel]) -> Figure | None:
    """Median revenue and minutes on the site by month and level, in two panels."""
    panels = [("revenue", "x", "y", [0.0, 0.54]), ("minutes", "x2", "y2", [0.68, 1.0])]
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    for measure, x, y, domain in panels:
        points = [point for point in medians if point.measure == measure]
        if not points:
            continue
        ticks = [key(f"month.{point.month}") for point in points]
        values = {
            "steady": [point.median_steady for point in points],
            "declined": [point.median_declined for point in points],
        }
        for (level, colour, symbol, _), other in zip(LEVELS, reversed(LEVELS), strict=True):
            rivals = values[other[0]]
            above = [
                mine > rival or (mine == rival and level == "declined")
                for mine, rival in zip(values[level], rivals, strict=True)
            ]
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers+text",
                    "name": key(f"level.{level}"),
                    "legendgroup": level,
                    "showlegend": measure == points[0].measure and x == "x",
                    "x": list(range(len(points))),
                    "y": values[level],
                    "xaxis": x,
                    "yaxis": y,
                    "line": {"color": colour, "width": 2.5},
                    "marker": {"color": colour, "size": 8, "symbol": symbol},
                    "texttemplate": "%{y:,.0f}",
                    "textposition": [f"{'top' if up else 'bottom'} center" for up in above],
                    "textfont": {"color": INK, "size": 12},
                    "cliponaxis": False,
                    "hovertemplate": f"{key(f'level.{level}')}: %{{y:,.1f}}<extra></extra>",
                }
            )
        low, high = min(map(min, values.values())), max(map(max, values.values()))
        room = max(high - low, 0.05 * abs(high), 1e-9) * 0.35
        layout[f"xaxis{x[1:]}"] = axis(
            None,
            domain=domain,
            anchor=y,
            tickmode="array",
            tickvals=list(range(len(points))),
            ticktext=ticks,
            tickangle=0,
            range=[-0.35, len(points) - 0.65],
            showgrid=False,
        )
        layout[f"yaxis{y[1:]}"] = axis(
            None,
            anchor=x,
            range=[low - room, high + room],
            showticklabels=False,
            showgrid=False,
        )
        layout["annotations"].append(
            note(
                key(f"panel.{measure}"),
                domain[0],
                1,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                font={"color": INK, "size": 12},
            )
        )
    if not traces:
        return None
    return chart(
        traces,
        300,
        showlegend=True,
        legend=legend(),
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        **layout,
    )


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
    rows = -(-len(shown) // columns)
    row_px, head, foot = (112, 30, 40) if columns > 2 else (140, 30, 44)
    height = head + rows * row_px
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    gap = 0.05
    width = (1 - gap * (columns - 1)) / columns
    inner = height - head - 8
    for number, histogram in enumerate(shown):
        row, column = divmod(number, columns)
        suffix = "" if number == 0 else str(number + 1)
        left = column * (width + gap)
        top = 1 - row * row_px / inner - 22 / inner
        bottom = max(0.0, 1 - (row + 1) * row_px / inner + foot / inner)
        traces += _steps(histogram, suffix, first=number == 0)
        in_percent = histogram.name in IN_PERCENT
        layout[f"xaxis{suffix}"] = axis(
            None,
            domain=[left, min(1.0, left + width)],
            anchor=f"y{suffix}",
            showgrid=False,
            nticks=3 if columns > 2 else 5,
            tickformat=",.0f",
            ticksuffix=key("unit.percent") if in_percent else "",
            tickfont={"color": MUTED, "size": SMALL},
            tickangle=0,
            automargin=False,
        )
        layout[f"yaxis{suffix}"] = axis(
            None,
            domain=[bottom, top],
            anchor=f"x{suffix}",
            rangemode="tozero",
            nticks=3,
            showticklabels=False,
        )
        layout["annotations"].append(
            note(
                feature(histogram.name),
                left,
                top,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                font={"color": INK, "size": SMALL},
            )
        )
    return chart(
        traces,
        height,
        showlegend=True,
        legend=legend(),
        margin={"l": 8, "r": 8, "t": head, "b": 8},
        **layout,
    )


def top_distributions(
    histograms: Iterable[Histogram], features: Sequence[NumericFeature], most: int = 4
) -> Figure | None:
    """Distributions of the features whose levels differ most, by Cliff's delta."""
    ranked = sorted(features, key=lambda each: (-abs(each.cliffs_delta.value), each.name))
    by_name = {histogram.name: histogram for histogram in histograms}
    shown = [by_name[each.name] for each in ranked if each.differs and each.name in by_name]
    return distributions(shown[:most], columns=2)


def _steps(histogram: Histogram, suffix: str, first: bool) -> list[dict[str, Any]]:
    factor = 100 if histogram.name in IN_PERCENT else 1
    edges = [edge * factor for edge in histogram.edges]
    traces = []
    for level, colour, _, _ in LEVELS:
        counts = histogram.steady if level == "steady" else histogram.declined
        shares = [100 * count / sum(counts) for count in counts]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": key(f"level.{level}"),
                "legendgroup": level,
                "showlegend": first,
                "x": [edges[0], *edges, edges[-1]],
                "y": [0.0, *shares, shares[-1], 0.0],
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "line": {"color": colour, "width": 2, "shape": "hv"},
                "fill": "tozeroy" if level == "steady" else "none",
                "fillcolor": PALE,
                "hovertemplate": f"{key(f'level.{level}')}: {percent(1, 'y')}<extra></extra>",
            }
        )
    return traces


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
    strengths = {
        str(name): {str(other): float(value) for other, value in column.items()}
        for name, column in phik.items()
    }
    names = sorted(strengths, key=lambda name: (-sum(strengths[name].values()), name))
    places = {name: place for place, name in enumerate(names)}
    cells: list[list[float | None]] = [[None] * (len(names) - 1) for _ in names[1:]]
    printed: dict[str, list[tuple[int, int, float]]] = {INK: [], WHITE: []}
    for first, second in combinations(names, 2):
        column, row, value = places[first], places[second] - 1, strengths[first][second]
        cells[row][column] = value
        if value >= PRINTED_FROM:
            printed[WHITE if value >= WHITE_ON_FROM else INK].append((column, row, value))
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "z": cells,
            "zmin": 0,
            "zmax": 1,
            "colorscale": GREYS,
            "xgap": 1,
            "ygap": 1,
            "showscale": False,
            "hoverongaps": False,
            "hovertemplate": "%{x} — %{y}: %{z:.2f}<extra></extra>",
        }
    ]
    traces += [
        numbers(
            [cell[0] for cell in found],
            [cell[1] for cell in found],
            "%{customdata:.1f}",
            "middle center",
            customdata=[cell[2] for cell in found],
            textfont={"color": colour, "size": 10},
        )
        for colour, found in printed.items()
        if found
    ]
    rows = [feature(name) for name in names[1:]]
    columns = names[:-1]
    heads = [
        note(
            feature(name),
            place - 0.4,
            place - 1,
            xanchor="left",
            font={"color": INK, "size": SMALL},
        )
        for place, name in enumerate(columns)
    ]
    return chart(
        traces,
        16 + 24 * (len(rows) + 1),
        meta={"min_width": 520},
        xaxis=axis(
            None,
            showticklabels=False,
            showgrid=False,
            range=[-0.5, 1.25 * len(names)],
        ),
        yaxis=row_axis(
            rows,
            range=[len(rows) - 0.5, -1.5],
            tickfont={"color": INK, "size": SMALL},
        ),
        annotations=heads,
    )
