"""Charts of what raises the probability of decline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    IN_PERCENT,
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
from analysis.results import BeeswarmCell, Dependence, Driver, Estimate, Rank

WHOLE_FROM = 100
MOST_ROWS = 8
MOST_PANELS = 4
PANEL_HEIGHT = 170
DOTS_IN_COLUMN = 13
ROW_OF_DOTS = 46
DOT_STEP = 3.2 / ROW_OF_DOTS


def drivers(ranked: Sequence[Driver], most: int = MOST_ROWS) -> Figure | None:
    """Share of each feature in the score, with intervals and the places it may take.

    The accent marks the features that may be the first.
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
    leading = [driver.rank.low == 1 for driver in shown]
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
                [_places(driver.rank) for driver in shown],
                customdata=values,
            ),
        ],
        row_height(labels, 64),
        xaxis=percent_axis(key("axis.driver_share"), range=[0, max(highs) * 1.36]),
        yaxis=row_axis(labels),
    )


def dependence(curves: Sequence[Dependence], most: int = MOST_PANELS) -> Figure | None:
    """Mean contribution by value of the most important numeric features, one panel each.

    Above the line a value raises the probability, below it lowers it. Points are groups of
    customers with close values; a band with a line marks where the feature turns, if that is clear.

    Parameters
    ----------
    curves : sequence of Dependence
        Features in the order of their importance.
    """
    shown = curves[:most]
    if not shown:
        return None
    ends = [
        end
        for curve in shown
        for each in curve.bins
        for end in (each.contribution.low, each.contribution.high)
    ]
    spare = 0.08 * (max(ends) - min(ends))
    reach = (min(ends) - spare, max(ends) + 2.5 * spare)
    inner = PANEL_HEIGHT * ((len(shown) + 1) // 2)
    traces = [_sample("note.raises", DECLINED), _sample("note.lowers", STEADY)]
    layout: dict[str, Any] = {"shapes": [], "annotations": []}
    if any(curve.turning for curve in shown):
        traces.append(_sample("note.turning", LINE, symbol="square"))
    for place, curve in enumerate(shown):
        row, column = divmod(place, 2)
        suffix = "" if place == 0 else str(place + 1)
        top = 1 - (row * PANEL_HEIGHT + 20) / inner
        left = 0.53 * column
        traces += _curve(curve, suffix)
        layout[f"xaxis{suffix}"] = axis(
            None,
            domain=[left, left + 0.47],
            anchor=f"y{suffix}",
            showgrid=False,
            nticks=6,
            tickformat=",~r",
            ticksuffix=key("unit.percent") if curve.name in IN_PERCENT else "",
            tickangle=0,
            automargin=False,
        )
        layout[f"yaxis{suffix}"] = axis(
            None,
            domain=[1 - ((row + 1) * PANEL_HEIGHT - 26) / inner, top],
            anchor=f"x{suffix}",
            range=reach,
            showticklabels=False,
            showgrid=False,
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
        )
        layout["annotations"].append(
            note(
                feature(curve.name),
                left,
                top,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                font={"color": INK, "size": 12},
            )
        )
        if curve.turning:
            traces.append(_turning_number(curve.name, curve.turning, suffix, reach[1]))
            layout["shapes"] += _turning_marks(curve.name, curve.turning, suffix)
    return chart(
        traces,
        inner + 42,
        showlegend=True,
        legend=legend(),
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        **layout,
    )


def _curve(curve: Dependence, suffix: str) -> list[dict[str, Any]]:
    """Line through the groups, and its points in the colour of what they do."""
    values = [_factor(curve.name) * each.value for each in curve.bins]
    means = [each.contribution for each in curve.bins]
    shared: dict[str, Any] = {
        "type": "scatter",
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "x": values,
    }
    shared |= {"y": [mean.value for mean in means], "showlegend": False}
    return [
        shared | {"mode": "lines", "line": {"color": MUTED, "width": 1.2}, "hoverinfo": "skip"},
        shared
        | {
            "mode": "markers",
            "customdata": [each.customers for each in curve.bins],
            "marker": {
                "color": [DECLINED if mean.value > 0 else STEADY for mean in means],
                "size": 7,
            },
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [mean.high - mean.value for mean in means],
                "arrayminus": [mean.value - mean.low for mean in means],
                "color": INK,
                "thickness": 1,
                "width": 2,
            },
            "hovertemplate": f"{feature(curve.name)}: %{{x:,.3~r}}<br>"
            f"{key('note.customers')} %{{customdata:,.0f}}<extra></extra>",
        },
    ]


def _turning_number(name: str, turning: Estimate, suffix: str, top: float) -> dict[str, Any]:
    """Print the turning value beside its band."""
    at = _factor(name) * turning.value
    whole = name in IN_PERCENT or abs(at) >= WHOLE_FROM
    unit = key("unit.percent") if name in IN_PERCENT else ""
    return numbers(
        [_factor(name) * turning.high],
        [top],
        f"<b>%{{customdata:,.{0 if whole else 1}f}}{unit}</b>",
        "bottom right",
        customdata=[at],
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
    )


def _turning_marks(name: str, turning: Estimate, suffix: str) -> list[dict[str, Any]]:
    at, low, high = (_factor(name) * end for end in (turning.value, turning.low, turning.high))
    across = {"xref": f"x{suffix}", "yref": f"y{suffix} domain", "y0": 0, "y1": 1, "layer": "below"}
    return [
        across | {"type": "rect", "x0": low, "x1": high, "fillcolor": LINE, "line": {"width": 0}},
        across
        | {"type": "line", "x0": at, "x1": at, "line": {"color": INK, "width": 1, "dash": "dash"}},
    ]


def _factor(name: str) -> float:
    return 100.0 if name in IN_PERCENT else 1.0


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


def _places(rank: Rank) -> str:
    """Write a share and the places that a feature may take in Plotly's format."""
    places = f"{rank.low}" if rank.low == rank.high else f"{rank.low}{key('unit.to')}{rank.high}"
    return f"{percent(0, 'customdata')} · {key('note.place')} {places}"


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
