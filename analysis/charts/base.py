"""What all charts share: colours, keys in place of texts, axes, and named rows.

A chart leaves its chapter with keys such as ``⟦axis.customers⟧`` where a reader will see words.
Numbers are written by Plotly's own formats, so that the language's separators apply to them. No
chart holds one element per customer: charts are drawn from counts, quantiles and curves.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.cleaning.features import ENGINEERED

# Plotly reads its schema for its first figure: here, so that kernels that are forked share it.
Figure({"data": [{"type": "scatter"}, {"type": "bar"}]})

INK = "#1b2733"
MUTED = "#5b6875"
LINE = "#d5dbe1"
PALE = "#e9edf1"
STEADY = "#8693a2"
DECLINED = "#c4451c"
BRAND = "#0f4c81"
WHITE = "#ffffff"

GREYS = [[0.0, WHITE], [0.4, LINE], [0.7, STEADY], [1.0, INK]]
LIGHT_TO_DARK = [[0.0, LINE], [0.5, STEADY], [1.0, INK]]
TOWARDS_RISK = [[0.0, WHITE], [1.0, DECLINED]]

IN_PERCENT = ("promo_share", *ENGINEERED)
"""Features drawn in percent: shares of one, and logarithms of a ratio."""

ROW_HEIGHT = 32
NAME_WIDTH = 24
SMALL = 11


def key(name: str) -> str:
    """Key of a text, for the language's words to replace: ``⟦axis.share⟧``."""
    return f"⟦{name}⟧"


def data_text(text: str) -> str:
    """Text that comes from data, as itself in Plotly's pseudo-HTML, never as a key or a formula.

    Examples
    --------
    >>> data_text("<b>Чай & ⟦axis⟧</b>")
    '&lt;b&gt;Чай &amp; axis&lt;/b&gt;'
    """
    plain = " ".join(re.sub("[⟦⟧]", "", text).split())
    return (
        plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")
    )


def wrapped(text: str, width: int = NAME_WIDTH) -> str:
    """Text from data in lines of about ``width`` characters, as `data_text`."""
    lines = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return "<br>".join(data_text(line) for line in lines)


def feature(name: str) -> str:
    """Key of a feature's name."""
    return key(f"feature.{name}")


def factor_of(name: str) -> float:
    """Give the factor by which a feature's values are multiplied before they are drawn."""
    return 100.0 if name in IN_PERCENT else 1.0


def unit_of(name: str) -> str:
    """Give the unit that stands behind a feature's values."""
    return key("unit.percent") if name in IN_PERCENT else ""


def percent(decimals: int = 0, field: str = "x") -> str:
    """Write a value in percent points in Plotly's format, such as ``%{x:.0f}⟦unit.percent⟧``."""
    return f"%{{{field}:.{decimals}f}}{key('unit.percent')}"


def chart(traces: Sequence[dict[str, Any]], height: int, **layout: Any) -> Figure:
    """Figure of plain traces in the common style.

    Parameters
    ----------
    traces : sequence of dict
        Plotly traces of type scatter, bar, waterfall or heatmap, with plain lists.
    height : int
        Height in px.
    **layout
        Further layout; axes come from `axis`.
    """
    base: dict[str, Any] = {
        "template": {},
        "height": height,
        "showlegend": False,
        "hovermode": "closest",
        "margin": {"l": 8, "r": 16, "t": 12, "b": 8},
    }
    return Figure({"data": list(traces), "layout": base | layout})


def axis(title: str | None = None, **options: Any) -> dict[str, Any]:
    """Quiet axis: thin grid, no zero line, room for its labels made by itself."""
    quiet: dict[str, Any] = {
        "automargin": True,
        "gridcolor": PALE,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "tickfont": {"color": MUTED},
    }
    if title is not None:
        quiet["title"] = {
            "text": title,
            "font": {"color": MUTED, "size": 12},
            "standoff": 8,
        }
    return quiet | options


def percent_axis(title: str | None = None, **options: Any) -> dict[str, Any]:
    """Axis in percent points from zero."""
    shared = {"ticksuffix": key("unit.percent"), "tickformat": ".0f", "rangemode": "tozero"}
    return axis(title, **(shared | options))


def row_axis(names: Sequence[str], **options: Any) -> dict[str, Any]:
    """Vertical axis of named rows, the first on top; row i stands at y = i."""
    rows: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
        "tickfont": {"color": INK},
        "ticklabelstandoff": 6,
    }
    return axis(None, **(rows | options))


def row_height(names: Sequence[str], around: int) -> int:
    """Height of a chart of named rows, with ``around`` px for everything but the rows."""
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    return around + len(names) * max(ROW_HEIGHT, 8 + 15 * lines)


def legend() -> dict[str, Any]:
    """Legend in one line over the chart."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "xref": "container",
        "y": 1,
        "yanchor": "top",
        "yref": "container",
        "itemclick": False,
        "itemdoubleclick": False,
        "font": {"color": INK},
    }


def note(text: str, x: float, y: float, **options: Any) -> dict[str, Any]:
    """Words inside a chart, at a place in the units of its axes unless told otherwise."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "showarrow": False,
        "font": {"color": MUTED, "size": SMALL},
    } | options


def heading_above(text: str, left: float = 0, top: float = 1, **options: Any) -> dict[str, Any]:
    """Words that stand on a place in parts of the chart's width and height, ranged left."""
    return note(
        text, left, top, xref="paper", yref="paper", xanchor="left", yanchor="bottom", **options
    )


def row_heading(text: str) -> dict[str, Any]:
    """Name of the vertical axis, lying above its names instead of standing beside them."""
    return heading_above(text, yshift=6, font={"color": MUTED, "size": 12})


def column_heading(text: str, x: float, **options: Any) -> dict[str, Any]:
    """Words above the chart, over a value of the horizontal axis."""
    return note(text, x, 1, yref="paper", yanchor="bottom", **options)


def reference(axis_name: str, at: float, **options: Any) -> dict[str, Any]:
    """Draw a dashed line right through the chart, at a value of the named axis (``x`` or ``y``)."""
    other = "y" if axis_name == "x" else "x"
    return {
        "type": "line",
        "layer": "below",
        f"{axis_name}0": at,
        f"{axis_name}1": at,
        f"{other}0": 0,
        f"{other}1": 1,
        f"{other}ref": "paper",
        "line": {"color": MUTED, "width": 1.2, "dash": "dash"},
    } | options
