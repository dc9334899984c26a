"""Charts of segments, of the chosen segment, and of offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    INK,
    MUTED,
    STEADY,
    TOWARDS_RISK,
    WHITE,
    axis,
    chart,
    column_heading,
    factor_of,
    feature,
    heading_above,
    key,
    reference,
    row_axis,
    row_heading,
    row_height,
    unit_of,
)
from analysis.charts.roubles import NO_MILLIONS, Scale, scale_of
from analysis.charts.traces import Trace, bars, numbers
from analysis.results import Contrast, DepthPoint, GridCell, Written

RISKS = ("high", "medium", "low")
WHITE_ON_FROM = 0.85
THOUSANDS_FROM = 100_000
WHOLE_FROM = 100
"""Medians from here on are printed without decimals."""


def segments(grid: Sequence[GridCell]) -> Figure | None:
    """Draw customers and roubles at risk by risk and profit; the chosen segment is outlined.

    The darker a cell, the more profit is at risk with one customer of it. The chosen segment is
    the one of high risk and the highest profit, if anybody is in it.
    """
    if not any(cell.customers for cell in grid):
        return None
    groups = sorted({cell.profit for cell in grid})
    of_one: dict[tuple[str, int], float] = {
        (cell.risk, cell.profit): cell.exposed_roubles / cell.customers
        for cell in grid
        if cell.customers
    }
    shades = [[of_one.get((risk, group), 0.0) for group in groups] for risk in RISKS]
    return chart(
        [_cells(shades), *_printed(grid, groups, shades)],
        236,
        xaxis=_profit_axis(len(groups)),
        yaxis=row_axis([key(f"risk.{risk}") for risk in RISKS], range=[len(RISKS) - 0.5, -0.5]),
        shapes=[_outline(len(groups) - 1)] if (RISKS[0], groups[-1]) in of_one else [],
        annotations=[
            heading_above(f"{key('note.in_cells')}<br>{key('note.shade')}", yshift=4, align="left")
        ],
        margin={"l": 8, "r": 8, "t": 42, "b": 8},
    )


def _cells(shades: Sequence[Sequence[float]]) -> Trace:
    return {
        "type": "heatmap",
        "z": shades,
        "zmin": 0,
        "zmax": _darkest(shades),
        "colorscale": TOWARDS_RISK,
        "xgap": 3,
        "ygap": 3,
        "showscale": False,
        "hoverinfo": "skip",
    }


def _darkest(shades: Sequence[Sequence[float]]) -> float:
    return max(map(max, shades)) or 1.0


def _printed(
    grid: Sequence[GridCell], groups: Sequence[int], shades: Sequence[Sequence[float]]
) -> list[Trace]:
    """Print customers and roubles in their cells, white on the dark ones."""
    scale = _scale(cell.exposed_roubles for cell in grid)
    found: dict[str, list[tuple[int, int, GridCell]]] = {INK: [], WHITE: []}
    for cell in grid:
        column, row = groups.index(cell.profit), RISKS.index(cell.risk)
        dark = shades[row][column] / _darkest(shades) >= WHITE_ON_FROM
        found[WHITE if dark else INK].append((column, row, cell))
    return [
        numbers(
            [column for column, _, _ in cells],
            [row for _, row, _ in cells],
            [
                f"<b>%{{customdata[0]:,.0f}}</b><br>{each}"
                for each in scale.formats(
                    [cell.exposed_roubles for _, _, cell in cells], "customdata[1]"
                )
            ],
            "middle center",
            customdata=[
                [cell.customers, cell.exposed_roubles / scale.divisor] for _, _, cell in cells
            ],
            textfont={"color": colour},
        )
        for colour, cells in found.items()
        if cells
    ]


def _scale(roubles: Iterable[float]) -> Scale:
    top = max(map(abs, roubles))
    return scale_of(top, THOUSANDS_FROM, NO_MILLIONS)


def _profit_axis(groups: int) -> dict[str, Any]:
    """Axis of the groups of profit; of more than three, those in between have numbers."""
    last = groups - 1
    names = {0: key("group.lowest"), last: key("group.highest")}
    if groups == 3:
        names[1] = key("group.middle")
    return axis(
        key("axis.profit_group"),
        tickmode="array",
        tickvals=list(range(groups)),
        ticktext=[names.get(place, str(place + 1)) for place in range(groups)],
        tickfont={"color": INK},
        showgrid=False,
        range=[-0.5, last + 0.5],
    )


def _outline(column: int) -> dict[str, Any]:
    """Frame around the cell of high risk in a column."""
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "y0": -0.5,
        "y1": 0.5,
        "line": {"color": INK, "width": 3},
    }


def contrasts(found: Sequence[Contrast], most: int = 6) -> Figure | None:
    """How the chosen segment differs from all others, with the medians of both.

    Bars are Cliff's delta in percent points: how much more often a customer of the segment has
    the higher value of two than the lower. Differences that may be chance stay grey.
    """
    ranked = sorted(found, key=lambda each: (-abs(each.cliffs_delta), each.name))[:most]
    if not ranked:
        return None
    names = [feature(each.name) for each in ranked]
    reach = 105 * max(abs(each.cliffs_delta) for each in ranked) or 1.0
    bare = {"showticklabels": False, "showgrid": False}
    return chart(
        [
            bars(
                [100 * each.cliffs_delta for each in ranked],
                [DECLINED if each.differs else STEADY for each in ranked],
                hoverinfo="skip",
            ),
            _medians(ranked, [each.median_segment for each in ranked], 0.9),
            _medians(ranked, [each.median_rest for each in ranked], 2.0),
        ],
        row_height(names, 48),
        xaxis=axis(
            None,
            domain=[0, 0.54],
            range=[-reach, reach],
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
            **bare,
        ),
        xaxis2=axis(None, domain=[0.54, 1], range=[0, 2], anchor="y", **bare),
        yaxis=row_axis(names),
        annotations=[
            column_heading(key("note.lower"), 0, xanchor="right", xshift=-6),
            column_heading(key("note.higher"), 0, xanchor="left", xshift=6),
            column_heading(key("note.in_segment"), 0.9, xref="x2", xanchor="right"),
            column_heading(key("note.in_rest"), 2.0, xref="x2", xanchor="right"),
        ],
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
    )


def _medians(ranked: Sequence[Contrast], medians: Sequence[float], x: float) -> Trace:
    """Print a column of medians beside the bars."""
    return numbers(
        [x] * len(ranked),
        range(len(ranked)),
        [
            f"%{{customdata:,.{0 if abs(median) >= WHOLE_FROM else 1}~f}}{unit_of(each.name)}"
            for each, median in zip(ranked, medians, strict=True)
        ],
        "middle left",
        customdata=[
            median * factor_of(each.name) for each, median in zip(ranked, medians, strict=True)
        ],
        xaxis="x2",
    )


def depth(points: Sequence[DepthPoint], chosen: Written | None) -> Figure | None:
    """Draw the gain against the number of contacts, and how deep the lists go."""
    if chosen is None or not chosen.customers:
        return None
    scale = _scale(point.gain_roubles for point in points)
    divisor, unit = scale
    everyone = points[-1].contacts
    deep, aside = chosen.customers > everyone / 2, everyone / 100
    (gain,) = scale.formats([chosen.gain_roubles], "customdata[1]")
    at_depth = f"<b>{key('note.plan')} %{{customdata[0]:,.0f}}<br>{gain}</b>"
    gain_of_one = f"%{{x:,.0f}}: %{{y:,.0f}}{unit}<extra></extra>"
    return chart(
        [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [point.contacts for point in points],
                "y": [point.gain_roubles / divisor for point in points],
                "line": {"color": INK, "width": 2.5},
                "hovertemplate": gain_of_one,
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": [chosen.customers],
                "y": [chosen.gain_roubles / divisor],
                "marker": {"color": STEADY, "size": 10},
                "cliponaxis": False,
                "hovertemplate": gain_of_one,
            },
            numbers(
                [chosen.customers + (-aside if deep else aside)],
                [0.5 * chosen.gain_roubles / divisor],
                at_depth,
                "middle left" if deep else "middle right",
                customdata=[[chosen.customers, chosen.gain_roubles / divisor]],
            ),
        ],
        148,
        xaxis=axis(key("axis.contacts"), rangemode="tozero", tickformat=",.0f"),
        yaxis=axis(rangemode="tozero", ticksuffix=unit, tickformat=",.0f"),
        shapes=[reference("x", chosen.customers)],
        annotations=[row_heading(key("axis.gain"))],
        margin={"l": 8, "r": 24, "t": 32, "b": 8},
    )
