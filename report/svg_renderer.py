"""Draw a localised Plotly figure as SVG, without a browser.

The script of plotly-mirage (plotly.js and the small document that it needs) runs in V8, with ours
(``drawing.js``) on top of it.

Exchange this module to draw the figures for print with another library.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fontTools.ttLib import TTFont
from py_mini_racer import DEFAULT_V8_FLAGS, JSEvalException, MiniRacer, init_mini_racer

from report.errors import DocumentError
from report.fonts import faces

__all__ = ["SvgRenderer", "drawing_thread", "renderer_of_thread"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_FAMILY = "PT Sans"
_FONT = re.compile(r"font-family:\s*([^;]+)")
_HYPHEN_AS_MINUS = re.compile(r"(?<!\w)-(?=\d)")
_NOTHING_DRAWN = re.compile(r"[Mm][\d.,\s-]*[Zz]?|(M0,0)*[Zz]?|")
_MARK_HOLDERS = {"trace", "hm", "slice"}
_MARKS = {"circle", "path", "rect", "text", "use"}
_CELLS = "data:application/json;cells,"

_NO_TIME_TO_OPTIMISE = ("--no-opt", "--no-maglev", "--min-semi-space-size=32")
"""Flags of V8: every figure is drawn once, so code that is compiled twice is never paid back."""

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


class SvgRenderer:
    """An engine that draws figures as SVG, started once.

    Parameters
    ----------
    chart_locale
        Names of months and days, as ``Plotly.register`` takes them.

    Attributes
    ----------
    close
        Ends the engine; called at the latest before the program ends, which it would hold up.
    """

    def __init__(self, chart_locale: Mapping[str, Any] | None = None) -> None:
        flags = (*DEFAULT_V8_FLAGS, *_NO_TIME_TO_OPTIMISE)
        init_mini_racer(flags=flags, ignore_duplicate_init=True)
        self._engine = MiniRacer()
        self.close = weakref.finalize(self, self._engine.close)
        for script in _scripts():
            self._engine.eval(script.read_text(encoding="utf-8"))
        self._engine.eval(f"measureBy({json.dumps(_fonts())})")
        if chart_locale:
            self._engine.eval(f"speak({json.dumps(dict(chart_locale))})")

    def render(self, label: str, figure: Mapping[str, Any], *, width: int, height: int) -> str:
        """Draw one figure as SVG.

        Parameters
        ----------
        label
            Seeds the ids inside the drawing, so that no two figures share one.
        figure
            Localised figure.
        width, height
            Size in pixels.

        Raises
        ------
        DocumentError
            ``figure-not-drawn``, ``figure-not-vector``, ``figure-font``, ``empty-figure``.
        """
        seed = int.from_bytes(hashlib.sha256(label.encode()).digest()[:4], "big")
        size = {"width": width, "height": height}
        asked = [seed, list(figure["data"]), {"margin": {}, **figure["layout"], **size}]
        try:
            drawn = json.loads(str(self._engine.eval(f"draw(...{json.dumps(asked)})")))
            root = ElementTree.fromstring(drawn["svg"])
        except (JSEvalException, ElementTree.ParseError) as error:
            raise DocumentError("figure-not-drawn", figure=label, detail=str(error)) from error
        root.set("viewBox", f"0 0 {width} {height}")
        _cells_as_rectangles(root, drawn["canvases"])
        _one_of_each_id(root)
        _true_minus(root)
        _check(root, label)
        return ElementTree.tostring(root, encoding="unicode") + "\n"


def _cells_as_rectangles(root: ElementTree.Element, canvases: list[list[dict[str, Any]]]) -> None:
    """Draw heat maps as vectors: the canvas's rectangles in place of its picture."""
    for image in root.iter(f"{{{_SVG}}}image"):
        reference = image.get("href") or image.get(f"{{{_XLINK}}}href") or ""
        if not reference.startswith(_CELLS):
            continue
        x, y = image.get("x", "0"), image.get("y", "0")
        image.tag = f"{{{_SVG}}}g"
        image.attrib.clear()
        image.set("transform", f"translate({x},{y})")
        for command in canvases[int(reference.removeprefix(_CELLS))]:
            if command["op"] != "fillRect":
                continue
            sides = {"x": "x", "y": "y", "width": "w", "height": "h"}
            rectangle = {name: f"{command[side]:g}" for name, side in sides.items()}
            rectangle["style"] = f"fill: {command['fill']}"
            ElementTree.SubElement(image, f"{{{_SVG}}}rect", rectangle)


_OF_THREAD = threading.local()


@contextmanager
def drawing_thread() -> Iterator[ThreadPoolExecutor]:
    """Give a thread to draw in, whose renderers end before it does."""
    with ThreadPoolExecutor(1) as pen:
        try:
            yield pen
        finally:
            pen.submit(_close_those_of_thread).result()


def _close_those_of_thread() -> None:
    for renderer in vars(_OF_THREAD).pop("renderers", {}).values():
        renderer.close()


def renderer_of_thread(chart_locale: str) -> SvgRenderer:
    """Give the renderer of this thread: starting one takes as long as drawing a figure.

    Parameters
    ----------
    chart_locale
        Names of months and days in JSON, or ``null``.
    """
    if not hasattr(_OF_THREAD, "renderers"):
        _OF_THREAD.renderers = {}
    renderers: dict[str, SvgRenderer] = _OF_THREAD.renderers
    if chart_locale not in renderers:
        renderers[chart_locale] = SvgRenderer(json.loads(chart_locale))
    return renderers[chart_locale]


def _scripts() -> list[Path]:
    """List what makes the engine: a small document, plotly.js, and what draws with them."""
    found = find_spec("mirage")
    assert found is not None and found.origin is not None
    library = Path(found.origin).with_name("js")
    ours = Path(__file__).parent
    return [
        library / "micro_dom.js",
        library / "plotly_comprehensive_2d.js",
        ours / "quick_selectors.js",
        ours / "drawing.js",
    ]


@cache
def _fonts() -> dict[str, dict[str, Any]]:
    """Give the letters' widths, ascent and descent of both weights, in thousandths of the size."""
    measured = {}
    for name in ("regular", "bold"):
        (path,) = (face.path for face in faces() if face.name == f"pt-sans-{name}")
        with TTFont(path, lazy=True) as font:
            scale = 1000 / font["head"].unitsPerEm
            widths, line = font["hmtx"].metrics, font["hhea"]
            measured[name] = {
                "ascent": line.ascent * scale,
                "descent": -line.descent * scale,
                "other": widths[".notdef"][0] * scale,
                "widths": {
                    chr(point): widths[glyph][0] * scale
                    for point, glyph in font.getBestCmap().items()
                },
            }
    return measured


def _one_of_each_id(root: ElementTree.Element) -> None:
    """Keep the last of clip paths that share an id: the engine leaves earlier drafts behind."""
    seen: set[str] = set()
    for parent in reversed(list(root.iter())):
        for child in reversed(list(parent)):
            name = child.get("id")
            if name is None or child.tag != f"{{{_SVG}}}clipPath":
                continue
            if name in seen:
                parent.remove(child)
            seen.add(name)


def _true_minus(root: ElementTree.Element) -> None:
    """Write a minus where number formats inside texts leave a hyphen."""
    for text in (*root.iter(f"{{{_SVG}}}text"), *root.iter(f"{{{_SVG}}}tspan")):
        if text.text:
            text.text = _HYPHEN_AS_MINUS.sub("\u2212", text.text)


def _check(root: ElementTree.Element, label: str) -> None:
    for element in root.iter():
        tag = element.tag.removeprefix(f"{{{_SVG}}}")
        if tag in {"image", "foreignObject", "script", "a"}:
            raise DocumentError("figure-not-vector", figure=label, element=tag)
        for family in _FONT.findall(element.get("style", "")):
            if family.strip("'\" ") != _FAMILY:
                raise DocumentError("figure-font", figure=label, font=family)
    holders = (
        element for element in root.iter() if _MARK_HOLDERS & set(element.get("class", "").split())
    )
    if not any(_is_mark(element) for holder in holders for element in holder.iter()):
        raise DocumentError("empty-figure", figure=label)


def _is_mark(element: ElementTree.Element) -> bool:
    tag = element.tag.removeprefix(f"{{{_SVG}}}")
    if tag not in _MARKS:
        return False
    return tag != "path" or not _NOTHING_DRAWN.fullmatch(element.get("d", ""))
