"""Charts of what raises the probability of decline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    INK,
    LIGHT_TO_DARK,
    LINE,
    MUTED,
    SMALL,
    STEADY,
    axis,
    chart,
    feature,
    key,
    legend,
    note,
    numbers,
    percent,
    percent_axis,
    reference,
    row_axis,
    row_height,
)
from analysis.results import BeeswarmCell, Driver

MOST_ROWS = 10
DOTS_IN_COLUMN = 13
ROW_OF_DOTS = 46
DOT_STEP = 3.2 / ROW_OF_DOTS


def drivers(ranked: Sequence[Driver], most: int = MOST_ROWS) -> Figure | None:
    """Share of each feature in the score, with intervals; the accent marks the leaders.

    Leaders are the features whose interval reaches the first one's, so that their order among
    each other is open.
    """
    shown = [driver for driver in ranked if driver.importance.value > 0][:most]
    if not shown:
        return None
    rows = list(range(len(shown)))
    labels = [feature(driver.name) for driver in shown]
    scales = [100 * driver.share / driver.importance.value for driver in shown]
    values = [100 * driver.share for driver in shown]
    highs = [driver.importance.high * scale for driver, scale in zip(shown, scales, strict=True)]
    lows = [driver.importance.low * scale for driver, scale in zip(shown, scales, strict=True)]
    leading = [driver.importance.high >= shown[0].importance.low for driver in shown]
    return chart(
        [
            {
                "type": "bar",
                "orientation": "h",
                "x": values,
                "y": rows,
                "width": 0.62,
                "marker": {"color": [DECLINED if leads else STEADY for leads in leading]},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [max(0.0, high - v) for high, v in zip(highs, values, strict=True)],
                    "arrayminus": [max(0.0, v - low) for low, v in zip(lows, values, strict=True)],
                    "color": INK,
                    "thickness": 1.2,
                    "width": 4,
                },
                "hovertemplate": f"%{{y}}: {percent(1)}<extra></extra>",
            },
            numbers(
                [high + max(highs) * 0.015 for high in highs],
                rows,
                percent(0, "customdata"),
                customdata=values,
            ),
        ],
        row_height(labels, 64),
        xaxis=percent_axis(key("axis.driver_share"), range=[0, max(highs) * 1.14]),
        yaxis=row_axis(labels),
    )


def beeswarm(cells: Sequence[BeeswarmCell], most: int = MOST_ROWS) -> Figure | None:
    """Contributions to the score by feature, as columns of dots that stand for groups.

    A dot stands for about as many customers as make the fullest column thirteen dots high; a cell
    with fewer customers has one dot. So the number of dots does not grow with the customers.

    Parameters
    ----------
    cells : sequence of BeeswarmCell
        Counts by feature and contribution, features in the order of their importance.
    """
    names = list(dict.fromkeys(cell.name for cell in cells))[:most]
    shown = [cell for cell in cells if cell.name in names]
    if not shown:
        return None
    unit = max(1, round(max(cell.count for cell in shown) / DOTS_IN_COLUMN))
    ranked: list[tuple[float, float, float, int]] = []
    unranked: list[tuple[float, float, float, int]] = []
    for cell in shown:
        dots = max(1, round(cell.count / unit))
        for number in range(dots):
            y = names.index(cell.name) + (number - (dots - 1) / 2) * DOT_STEP
            place = (cell.contribution, y, cell.level or 0.0, cell.count)
            (unranked if cell.level is None else ranked).append(place)
    labels = [feature(name) for name in names]
    furthest = max(cell.contribution for cell in shown)
    traces: list[dict[str, Any]] = []
    if ranked:
        levels = [dot[2] for dot in ranked]
        traces.append(_dots(ranked, color=levels, cmin=0, cmax=1, colorscale=LIGHT_TO_DARK))
        traces.append(_sample("note.low_value", LINE))
        traces.append(_sample("note.high_value", INK))
    if unranked:
        traces.append(_dots(unranked, color=STEADY, symbol="square"))
        traces.append(_sample("note.no_order", STEADY, symbol="square"))
    traces.append(
        numbers(
            [furthest],
            [-0.75],
            f"{key('note.one_dot')} %{{customdata:,.0f}}",
            "middle left",
            customdata=[unit],
            textfont={"color": MUTED, "size": SMALL},
        )
    )
    return chart(
        traces,
        112 + ROW_OF_DOTS * len(names),
        showlegend=True,
        legend=legend(),
        xaxis=axis(None, showgrid=False, showticklabels=False),
        shapes=[
            reference(
                "x",
                0,
                y0=len(labels) - 0.4,
                y1=-0.55,
                yref="y",
                line={"color": MUTED, "width": 1.2},
            )
        ],
        yaxis=row_axis(labels, range=[len(labels) - 0.4, -1.1], showgrid=True),
        annotations=[
            _direction("note.lowers_risk", xanchor="right", xshift=-8),
            _direction("note.raises_risk", xanchor="left", xshift=8),
        ],
        margin={"l": 8, "r": 8, "t": 34, "b": 40},
    )


def _direction(name: str, **options: Any) -> dict[str, Any]:
    return note(key(name), 0, 0, yref="paper", yanchor="top", **options)


def _sample(name: str, colour: str, **marker: Any) -> dict[str, Any]:
    """Entry of the legend; its trace draws nothing."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": key(name),
        "showlegend": True,
        "x": [None],
        "y": [None],
        "marker": {"color": colour, "size": 8, "line": {"color": MUTED, "width": 0.5}} | marker,
    }


def _dots(places: Sequence[tuple[float, float, float, int]], **marker: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [place[0] for place in places],
        "y": [place[1] for place in places],
        "customdata": [place[3] for place in places],
        "marker": {"size": 3.6, "line": {"color": MUTED, "width": 0.3}} | marker,
        "showlegend": False,
        "hovertemplate": f"{key('note.customers')} %{{customdata:,.0f}}<extra></extra>",
    }
