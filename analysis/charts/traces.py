"""The traces that charts are drawn with: bars, intervals, numbers and legend entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from analysis.charts.base import DECLINED, INK, MUTED, STEADY, key

Trace = dict[str, Any]
"""A Plotly trace of type scatter, bar, waterfall or heatmap, with plain lists."""


def bars(lengths: Sequence[float], colours: Sequence[str], **options: Any) -> Trace:
    """Draw a horizontal bar in each row, from zero."""
    return {
        "type": "bar",
        "orientation": "h",
        "x": list(lengths),
        "y": list(range(len(lengths))),
        "width": 0.62,
        "marker": {"color": list(colours)},
    } | options


def waterfall(terms: Sequence[float], total: float) -> Trace:
    """Draw each term from where the one above ends, and the total from zero."""
    return {
        "type": "waterfall",
        "orientation": "h",
        "x": [*terms, total],
        "y": list(range(len(terms) + 1)),
        "measure": [*["relative"] * len(terms), "total"],
        "width": 0.62,
        "increasing": {"marker": {"color": DECLINED}},
        "decreasing": {"marker": {"color": STEADY}},
        "totals": {"marker": {"color": INK}},
        "connector": {"mode": "between", "line": {"color": MUTED, "width": 1}},
        "hoverinfo": "skip",
    }


def error_bars(
    above: Sequence[float],
    below: Sequence[float],
    colour: str = INK,
    thickness: float = 1.2,
    width: float = 4,
) -> dict[str, Any]:
    """Interval around each value of a trace, by what it reaches above and below the value."""
    return {
        "type": "data",
        "symmetric": False,
        "array": list(above),
        "arrayminus": list(below),
        "color": colour,
        "thickness": thickness,
        "width": width,
    }


def intervals(
    values: Sequence[float],
    ends: Sequence[tuple[float, float]],
    colours: Sequence[str],
    number: str,
) -> Iterator[Trace]:
    """Draw a line from end to end in each row, then a dot at each value.

    Parameters
    ----------
    values, ends, colours : sequence
        One of each per row.
    number : str
        Format of the numbers that appear over a dot, such as ``.3f``.
    """
    for row, (pair, colour) in enumerate(zip(ends, colours, strict=True)):
        yield {
            "type": "scatter",
            "mode": "lines",
            "x": list(pair),
            "y": [row, row],
            "line": {"color": colour, "width": 3},
            "hoverinfo": "skip",
        }
    low, high = (f"%{{customdata[{end}]:{number}}}" for end in (0, 1))
    yield {
        "type": "scatter",
        "mode": "markers",
        "x": list(values),
        "y": list(range(len(values))),
        "marker": {"color": list(colours), "size": 11},
        "customdata": [list(pair) for pair in ends],
        "hovertemplate": f"%{{y}}: %{{x:{number}}} ({low}…{high})<extra></extra>",
    }


def numbers(
    x: Sequence[float],
    y: Sequence[float],
    template: str | Sequence[str],
    position: str | Sequence[str] = "middle right",
    **options: Any,
) -> Trace:
    """Print numbers at places, in Plotly's formats."""
    font = {"color": INK, "size": 12} | options.pop("textfont", {})
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(x),
        "y": list(y),
        "texttemplate": template if isinstance(template, str) else list(template),
        "textposition": position if isinstance(position, str) else list(position),
        "textfont": font,
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    } | options


def legend_entry(name: str, colour: str, **marker: Any) -> Trace:
    """Name a colour in the legend; the trace draws nothing."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": key(name),
        "showlegend": True,
        "x": [None],
        "y": [None],
        "marker": {"color": colour, "size": 8, "line": {"color": MUTED, "width": 0.5}} | marker,
    }
