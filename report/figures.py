"""One figure, two forms: live JSON for the page and SVG for print.

A figure leaves its chapter in Plotly's dict form with keys such as ``⟦axis.revenue⟧`` where texts
belong. :func:`localise` puts the language's words in, :func:`draw` draws them as SVG.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import numpy as np

from report.errors import DocumentError
from report.svg_renderer import renderer_of_thread

__all__ = ["ChartStyle", "draw", "in_json", "localise"]

TRACE_TYPES = frozenset(
    {"bar", "box", "funnel", "heatmap", "pie", "scatter", "violin", "waterfall"}
)
"""Trace types that the SVG renderer is known to draw; others come out empty without a word."""

_KEY = re.compile("⟦([^⟦⟧]+)⟧")


@dataclass(frozen=True)
class ChartStyle:
    """The look that all charts share: ``templates/chart.json``.

    Attributes
    ----------
    height
        Height in pixels of a figure that names none.
    layout
        Plotly layout template.
    data
        Plotly templates of single trace types.
    horizontal, matrix
        What differs in it for charts whose values run along x, and for heat maps.
    colours
        For each colour of the palette its name and its ``light`` and ``dark`` values.
    """

    height: int
    layout: Mapping[str, Any]
    data: Mapping[str, Any]
    horizontal: Mapping[str, Any]
    matrix: Mapping[str, Any]
    colours: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, path: Path) -> ChartStyle:
        """Read the style.

        Raises
        ------
        DocumentError
            ``chart-style-unreadable``.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise DocumentError(
                "chart-style-unreadable", file=path.name, detail=str(error)
            ) from error

    def dark_by_light(self) -> dict[str, str]:
        """Map each colour of the light page to its colour on the dark one."""
        return {colour["light"]: colour["dark"] for colour in self.colours.values()}

    def template_for(self, traces: list[dict[str, Any]]) -> dict[str, Any]:
        """Make the Plotly template that suits the traces of a figure."""
        variant: Mapping[str, Any] = {}
        if any(trace.get("type") == "heatmap" for trace in traces):
            variant = self.matrix
        elif traces and all(trace.get("orientation") == "h" for trace in traces):
            variant = self.horizontal
        layout = {
            name: {**value, **variant[name]} if name in variant else value
            for name, value in self.layout.items()
        }
        return {"data": self.data, "layout": layout}


def localise(
    figure: Mapping[str, Any],
    texts: Mapping[str, str],
    separators: str,
    style: ChartStyle,
    *,
    label: str = "",
) -> dict[str, Any]:
    """Put a figure into the reader's language and the common look.

    Parameters
    ----------
    figure
        Plotly figure in dict form, texts as keys in double square brackets, arrays plain or as
        base64 (``bdata``).
    texts
        The language's texts by key.
    separators
        Decimal mark and group mark.
    style
        The common look.
    label
        The figure's label, for messages.

    Returns
    -------
    dict
        ``data`` and ``layout``, with plain lists, ``None`` for values that are not finite, and
        ``layout.height`` set; no width, so that a page may fit it.

    Raises
    ------
    DocumentError
        ``trace-type``, ``figure-holds-image``, ``unknown-text``, ``figure-data``.
    """
    traces = list(figure.get("data", ()))
    for trace in traces:
        kind = trace.get("type", "scatter")
        if kind not in TRACE_TYPES:
            raise DocumentError("trace-type", figure=label, type=kind)
    layout = dict(figure.get("layout", {}))
    if layout.get("images"):
        raise DocumentError("figure-holds-image", figure=label)
    for name in ("template", "width"):
        layout.pop(name, None)
    plain = _plain({"data": traces, "layout": layout}, texts, label)
    plain["layout"] = {
        "height": style.height,
        **plain["layout"],
        "separators": separators,
        "template": style.template_for(traces),
    }
    result: dict[str, Any] = plain
    return result


def in_json(value: object) -> str:
    """Write deterministic JSON that is harmless inside a page and inside a Quarto document."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--").replace("{{", "{\\u007b")


def draw(
    figures: Mapping[str, Mapping[str, Any]],
    width: int = 640,
    chart_locale: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Draw localised figures as SVG for print; a thread starts the engine once for each locale.

    Parameters
    ----------
    figures
        Localised figures by label.
    width
        Width in pixels; the height is the figure's own.
    chart_locale
        Names of months and days, as ``Plotly.register`` takes them.

    Returns
    -------
    dict
        SVG by label: text as text in PT Sans, no raster, no reference outside the file; the same
        bytes for the same figure whatever is drawn beside it.

    Raises
    ------
    DocumentError
        ``empty-figure``, ``figure-not-drawn``, ``figure-font``, ``figure-not-vector``.
    """
    if not figures:
        return {}
    renderer = renderer_of_thread(json.dumps(chart_locale))
    return {
        label: renderer.render(label, figure, width=width, height=int(figure["layout"]["height"]))
        for label, figure in sorted(figures.items())
    }


def _plain(value: Any, texts: Mapping[str, str], label: str) -> Any:
    if isinstance(value, str):
        return _worded(value, texts, label)
    if isinstance(value, Mapping):
        if "bdata" in value and "dtype" in value:
            return _plain(_unpacked(value, label), texts, label)
        return {key: _plain(each, texts, label) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, texts, label) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _unpacked(array: Mapping[str, Any], label: str) -> Any:
    try:
        values = np.frombuffer(
            base64.b64decode(array["bdata"], validate=True),
            dtype=np.dtype(array["dtype"]).newbyteorder("<"),
        )
        if "shape" in array:
            shape = array["shape"]
            sides = shape.split(",") if isinstance(shape, str) else np.atleast_1d(shape)
            values = values.reshape([int(side) for side in sides])
    except (ValueError, TypeError, binascii.Error) as error:
        raise DocumentError("figure-data", figure=label, detail=str(error)) from error
    return values.tolist()


def _worded(text: str, texts: Mapping[str, str], label: str) -> str:
    """Put words for the keys of a text; a data value that has a translation is translated."""
    if meaning := texts.get(f"translation.{unescape(text.replace('<br>', ' '))}"):
        return escape(meaning[0].upper() + meaning[1:], quote=False)

    def word(match: re.Match[str]) -> str:
        key = match[1]
        if key not in texts:
            raise DocumentError("unknown-text", key=key, figure=label)
        return texts[key]

    return _KEY.sub(word, text)
