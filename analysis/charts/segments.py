"""Charts of segments, of the chosen segment, and of offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    IN_PERCENT,
    INK,
    MUTED,
    STEADY,
    TOWARDS_RISK,
    WHITE,
    axis,
    chart,
    feature,
    key,
    note,
    numbers,
    row_axis,
    row_height,
)
from analysis.results import Contrast, GridCell

RISKS = ("high", "medium", "low")
WHITE_ON_FROM = 0.85
THOUSANDS_FROM = 100_000


def segments(grid: Sequence[GridCell]) -> Figure | None:
    """Draw customers and roubles at risk by risk and profit; the chosen segment is outlined.

    The colour is the profit at risk of one customer. The chosen segment is the one of high risk
    and the highest profit, if anybody is in it.
    """
    if not any(cell.customers for cell in grid):
        return None
    groups = sorted({cell.profit for cell in grid})
    divisor, unit = _money(max(cell.exposed_roubles for cell in grid))
    each: dict[tuple[str, int], float] = {
        (cell.risk, cell.profit): cell.exposed_roubles / cell.customers
        for cell in grid
        if cell.customers
    }
    top = max(each.values()) or 1.0
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "z": [[each.get((risk, group), 0.0) for group in groups] for risk in RISKS],
            "zmin": 0,
            "zmax": top,
            "colorscale": TOWARDS_RISK,
            "xgap": 3,
            "ygap": 3,
            "showscale": False,
            "hoverinfo": "skip",
        }
    ]
    for colour, dark in ((INK, False), (WHITE, True)):
        printed = [
            cell
            for cell in grid
            if (each.get((cell.risk, cell.profit), 0.0) / top >= WHITE_ON_FROM) == dark
        ]
        if printed:
            traces.append(
                numbers(
                    [groups.index(cell.profit) for cell in printed],
                    [RISKS.index(cell.risk) for cell in printed],
                    f"<b>%{{customdata[0]:,.0f}}</b><br>%{{customdata[1]:,.0f}}{unit}",
                    "middle center",
                    customdata=[
                        [cell.customers, cell.exposed_roubles / divisor] for cell in printed
                    ],
                    textfont={"color": colour},
                )
            )
    last = len(groups) - 1
    names = {0: key("group.lowest"), last: key("group.highest")}
    if len(groups) == 3:
        names[1] = key("group.middle")
    outline = {
        "type": "rect",
        "x0": last - 0.5,
        "x1": last + 0.5,
        "y0": -0.5,
        "y1": 0.5,
        "line": {"color": INK, "width": 3},
    }
    return chart(
        traces,
        300,
        xaxis=axis(
            key("axis.profit_group"),
            tickmode="array",
            tickvals=list(range(len(groups))),
            ticktext=[names.get(place, str(place + 1)) for place in range(len(groups))],
            tickfont={"color": INK},
            showgrid=False,
            range=[-0.5, last + 0.5],
        ),
        yaxis=row_axis(
            [key(f"risk.{risk}") for risk in RISKS],
            range=[len(RISKS) - 0.5, -0.5],
        ),
        shapes=[outline] if any(c.customers for c in grid if _chosen(c, groups)) else [],
        annotations=[
            note(
                key("note.in_cells"),
                0,
                1,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                yshift=4,
            )
        ],
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
    )


def _chosen(cell: GridCell, groups: Sequence[int]) -> bool:
    return cell.risk == "high" and cell.profit == groups[-1]


def contrasts(found: Sequence[Contrast], most: int = 6) -> Figure | None:
    """How the chosen segment differs from all others, with the medians of both.

    Bars are Cliff's delta in percent points: how much more often a customer of the segment has
    the higher value of two than the lower. Differences that may be chance stay grey.
    """
    ranked = sorted(found, key=lambda each: (-abs(each.cliffs_delta), each.name))[:most]
    if not ranked:
        return None
    rows = list(range(len(ranked)))
    labels = [feature(each.name) for each in ranked]
    units = [key("unit.percent") if each.name in IN_PERCENT else "" for each in ranked]
    factors = [100 if each.name in IN_PERCENT else 1 for each in ranked]
    columns = (
        ("note.in_segment", 0.9, [each.median_segment for each in ranked]),
        ("note.in_rest", 2.0, [each.median_rest for each in ranked]),
    )
    reach = 105 * max(abs(each.cliffs_delta) for each in ranked) or 1.0
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [100 * each.cliffs_delta for each in ranked],
            "y": rows,
            "width": 0.62,
            "marker": {"color": [DECLINED if each.differs else STEADY for each in ranked]},
            "hoverinfo": "skip",
        }
    ]
    traces += [
        numbers(
            [place] * len(rows),
            rows,
            [f"%{{customdata:,.1~f}}{unit}" for unit in units],
            "middle left",
            customdata=[value * factor for value, factor in zip(medians, factors, strict=True)],
            xaxis="x2",
        )
        for _, place, medians in columns
    ]
    return chart(
        traces,
        row_height(labels, 48),
        xaxis=axis(
            None,
            domain=[0, 0.54],
            range=[-reach, reach],
            showticklabels=False,
            showgrid=False,
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
        ),
        xaxis2=axis(
            None, domain=[0.54, 1], range=[0, 2], showticklabels=False, showgrid=False, anchor="y"
        ),
        yaxis=row_axis(labels),
        annotations=[
            _heading(key("note.lower"), 0, xanchor="right", xshift=-6),
            _heading(key("note.higher"), 0, xanchor="left", xshift=6),
            *(_heading(key(name), place, xref="x2", xanchor="right") for name, place, _ in columns),
        ],
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
    )


def _heading(text: str, x: float, **options: Any) -> dict[str, Any]:
    return note(text, x, 1, yref="paper", yanchor="bottom", **options)


def _money(top: float) -> tuple[float, str]:
    """Divisor and unit for amounts of money up to ``top`` roubles."""
    if top >= THOUSANDS_FROM:
        return 1000.0, key("unit.thousand_roubles")
    return 1.0, key("unit.roubles")
