"""Charts of what raises the probability of decline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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
    factor_of,
    feature,
    key,
    legend,
    note,
    percent,
    percent_axis,
    reference,
    row_axis,
    row_height,
    unit_of,
)
from analysis.charts.panels import Panel, layout_of
from analysis.charts.traces import Trace, bars, error_bars, legend_entry, numbers
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
    names = [feature(driver.name) for driver in shown]
    scales = [100 * driver.share / driver.importance.value for driver in shown]
    values = [100 * driver.share for driver in shown]
    highs = [driver.importance.high * scale for driver, scale in zip(shown, scales, strict=True)]
    lows = [driver.importance.low * scale for driver, scale in zip(shown, scales, strict=True)]
    return chart(
        [
            bars(
                values,
                [DECLINED if driver.rank.low == 1 else STEADY for driver in shown],
                error_x=error_bars(
                    [max(0.0, high - value) for high, value in zip(highs, values, strict=True)],
                    [max(0.0, value - low) for low, value in zip(lows, values, strict=True)],
                ),
                hovertemplate=f"%{{y}}: {percent(1)}<extra></extra>",
            ),
            numbers(
                [high + max(highs) * 0.015 for high in highs],
                range(len(shown)),
                [_share_and_places(driver.rank) for driver in shown],
                customdata=values,
            ),
        ],
        row_height(names, 64),
        xaxis=percent_axis(key("axis.driver_share"), range=[0, max(highs) * 1.36]),
        yaxis=row_axis(names),
    )


def _share_and_places(rank: Rank) -> str:
    """Write a share and the places that a feature may take in Plotly's format."""
    places = f"{rank.low}" if rank.low == rank.high else f"{rank.low}{key('unit.to')}{rank.high}"
    return f"{percent(0, 'customdata')} · {key('note.place')} {places}"


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
    inner = PANEL_HEIGHT * ((len(shown) + 1) // 2)
    panels = [(_panel(number, inner), curve) for number, curve in enumerate(shown)]
    threshold = [(panel, curve.name, curve.threshold) for panel, curve in panels if curve.threshold]
    reach = _common_reach(shown)
    return chart(
        [
            legend_entry("note.raises", DECLINED),
            legend_entry("note.lowers", STEADY),
            *([legend_entry("note.threshold", LINE, symbol="square")] if threshold else []),
            *(trace for panel, curve in panels for trace in _traces_of(curve, panel, reach[1])),
        ],
        inner + 42,
        showlegend=True,
        legend=legend(),
        shapes=[shape for each in threshold for shape in _threshold_marks(*each)],
        annotations=[panel.heading(feature(curve.name)) for panel, curve in panels],
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        **layout_of(
            panel.axes(_value_axis(curve.name), _contribution_axis(reach))
            for panel, curve in panels
        ),
    )


def _panel(number: int, inner: int) -> Panel:
    """Lay panels out in two columns, each with room for a heading and for its axis."""
    row, column = divmod(number, 2)
    left = 0.53 * column
    top = 1 - (row * PANEL_HEIGHT + 20) / inner
    bottom = 1 - ((row + 1) * PANEL_HEIGHT - 26) / inner
    return Panel(number, (left, left + 0.47), (bottom, top))


def _common_reach(curves: Sequence[Dependence]) -> tuple[float, float]:
    """Lower and upper end of the contributions of all panels, with room for the thresholds."""
    ends = [
        end
        for curve in curves
        for each in curve.bins
        for end in (each.contribution.low, each.contribution.high)
    ]
    spare = 0.08 * (max(ends) - min(ends))
    return min(ends) - spare, max(ends) + 2.5 * spare


def _value_axis(name: str) -> dict[str, Any]:
    return {
        "showgrid": False,
        "nticks": 6,
        "tickformat": ",~r",
        "ticksuffix": unit_of(name),
        "tickangle": 0,
        "automargin": False,
    }


def _contribution_axis(reach: tuple[float, float]) -> dict[str, Any]:
    return {
        "range": reach,
        "showticklabels": False,
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": MUTED,
        "zerolinewidth": 1.2,
    }


def _traces_of(curve: Dependence, panel: Panel, top: float) -> list[Trace]:
    """Line through the groups, their points in the colour of what they do, the threshold."""
    means = [each.contribution for each in curve.bins]
    shared: Trace = {
        "type": "scatter",
        "x": [factor_of(curve.name) * each.value for each in curve.bins],
        "y": [mean.value for mean in means],
        "showlegend": False,
        **panel.on,
    }
    line = {"mode": "lines", "line": {"color": MUTED, "width": 1.2}, "hoverinfo": "skip"}
    points = {
        "mode": "markers",
        "customdata": [each.customers for each in curve.bins],
        "marker": {
            "color": [DECLINED if mean.value > 0 else STEADY for mean in means],
            "size": 7,
        },
        "error_y": error_bars(
            [mean.high - mean.value for mean in means],
            [mean.value - mean.low for mean in means],
            thickness=1,
            width=2,
        ),
        "hovertemplate": f"{feature(curve.name)}: %{{x:,.3~r}}<br>"
        f"{key('note.customers')} %{{customdata:,.0f}}<extra></extra>",
    }
    traces = [shared | line, shared | points]
    if curve.threshold:
        traces.append(_threshold_number(panel, curve.name, curve.threshold, top))
    return traces


def _threshold_number(panel: Panel, name: str, threshold: Estimate, top: float) -> Trace:
    """Print the threshold beside its line."""
    at = factor_of(name) * threshold.value
    whole = name in IN_PERCENT or abs(at) >= WHOLE_FROM or at == round(at)
    return numbers(
        [at],
        [top],
        f"<b>\u00a0%{{customdata:,.{0 if whole else 1}f}}{unit_of(name)}</b>",
        "bottom right",
        customdata=[at],
        **panel.on,
    )


def _threshold_marks(panel: Panel, name: str, threshold: Estimate) -> list[dict[str, Any]]:
    """Band over the interval of the threshold, and a line through the value."""
    at, low, high = (
        factor_of(name) * end for end in (threshold.value, threshold.low, threshold.high)
    )
    upright = {"xref": panel.x, "yref": f"{panel.y} domain", "y0": 0, "y1": 1, "layer": "below"}
    band = {"type": "rect", "x0": low, "x1": high, "fillcolor": LINE, "line": {"width": 0}}
    line = {"color": INK, "width": 1, "dash": "dash"}
    return [upright | band, upright | {"type": "line", "x0": at, "x1": at, "line": line}]


class Dot(NamedTuple):
    """One dot of the beeswarm: where it lies, how high the feature's values are, and for whom."""

    x: float
    y: float
    rank: float | None
    customers: int


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
    dots = [dot for cell in shown for dot in _column(cell, names.index(cell.name), unit)]
    foot = len(names) - 0.4
    return chart(
        [
            *_ranked_dots([dot for dot in dots if dot.rank is not None]),
            *_unranked_dots([dot for dot in dots if dot.rank is None]),
            numbers(
                [max(cell.contribution for cell in shown)],
                [-0.75],
                f"{key('note.one_dot')} %{{customdata:,.0f}}",
                "middle left",
                customdata=[unit],
                textfont={"color": MUTED, "size": SMALL},
            ),
        ],
        112 + ROW_OF_DOTS * len(names),
        showlegend=True,
        legend=legend(),
        xaxis=axis(None, showgrid=False, showticklabels=False),
        shapes=[
            reference("x", 0, y0=foot, y1=-0.55, yref="y", line={"color": MUTED, "width": 1.2})
        ],
        yaxis=row_axis([feature(name) for name in names], range=[foot, -1.1], showgrid=True),
        annotations=[
            _direction("note.lowers_risk", xanchor="right", xshift=-8),
            _direction("note.raises_risk", xanchor="left", xshift=8),
        ],
        margin={"l": 8, "r": 8, "t": 34, "b": 40},
    )


def _column(cell: BeeswarmCell, row: int, unit: int) -> list[Dot]:
    """Stack the dots of a cell around its row, one for about ``unit`` customers."""
    dots = max(1, round(cell.count / unit))
    return [
        Dot(cell.contribution, row + (number - (dots - 1) / 2) * DOT_STEP, cell.level, cell.count)
        for number in range(dots)
    ]


def _ranked_dots(dots: Sequence[Dot]) -> list[Trace]:
    if not dots:
        return []
    ranks = [dot.rank for dot in dots]
    return [
        _dots(dots, color=ranks, cmin=0, cmax=1, colorscale=LIGHT_TO_DARK),
        legend_entry("note.low_value", LINE),
        legend_entry("note.high_value", INK),
    ]


def _unranked_dots(dots: Sequence[Dot]) -> list[Trace]:
    """Draw the dots of categories, whose values have no order."""
    if not dots:
        return []
    return [
        _dots(dots, color=STEADY, symbol="square"),
        legend_entry("note.no_order", STEADY, symbol="square"),
    ]


def _dots(dots: Sequence[Dot], **marker: Any) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [dot.x for dot in dots],
        "y": [dot.y for dot in dots],
        "customdata": [dot.customers for dot in dots],
        "marker": {"size": 3.6, "line": {"color": MUTED, "width": 0.3}} | marker,
        "showlegend": False,
        "hovertemplate": f"{key('note.customers')} %{{customdata:,.0f}}<extra></extra>",
    }


def _direction(name: str, **options: Any) -> dict[str, Any]:
    return note(key(name), 0, 0, yref="paper", yanchor="top", **options)
