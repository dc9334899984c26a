"""Draw a localised Plotly figure as SVG, through plotly-mirage (plotly.js without a browser).

Exchange this module to draw the figures for print with another library.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from mirage.engine import MirageEngine
from PIL import ImageFont

from report.errors import DocumentError
from report.fonts import faces

__all__ = ["SvgRenderer", "renderer_of_thread"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_FAMILY = "PT Sans"
_MEASURED_AT = 1000
_FONT = re.compile(r"font-family:\s*([^;]+)")
_HYPHEN_AS_MINUS = re.compile(r"(?<!\w)-(?=\d)")
_NOTHING_DRAWN = re.compile(r"[Mm][\d.,\s-]*[Zz]?|(M0,0)*[Zz]?|")
_MARK_HOLDERS = {"trace", "hm", "slice"}
_MARKS = {"circle", "path", "rect", "text", "use"}
_CELLS = "data:application/json;cells,"

_SEED = """
Math.random = (function (state) {
  return function () {
    state = (state + 0x6D2B79F5) | 0;
    var mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
})(%d);
"""

_TURNED_BOXES = """
(function (node) {
  var box = node.getBBox, rectangle = node.getBoundingClientRect, inside = 0;
  function turned(element, b) {
    var found = /rotate\\(([^)]*)\\)/.exec(element.getAttribute('transform') || '');
    if (!found) return b;
    var parts = found[1].split(/[ ,]+/).map(Number);
    var angle = parts[0] * Math.PI / 180, cx = parts[1] || 0, cy = parts[2] || 0;
    var cos = Math.cos(angle), sin = Math.sin(angle), xs = [], ys = [];
    [[b.x, b.y], [b.x + b.width, b.y], [b.x, b.y + b.height], [b.x + b.width, b.y + b.height]]
      .forEach(function (corner) {
        var x = corner[0] - cx, y = corner[1] - cy;
        xs.push(cx + x * cos - y * sin);
        ys.push(cy + x * sin + y * cos);
      });
    var left = Math.min.apply(null, xs), top = Math.min.apply(null, ys);
    var right = Math.max.apply(null, xs), bottom = Math.max.apply(null, ys);
    return {
      x: left, y: top, left: left, top: top, right: right, bottom: bottom,
      width: right - left, height: bottom - top
    };
  }
  node.getBBox = function () {
    inside += 1;
    var b = box.call(this);
    inside -= 1;
    return inside ? turned(this, b) : b;
  };
  node.getBoundingClientRect = function () {
    inside += 1;
    var r = rectangle.call(this);
    inside -= 1;
    return r;
  };
})(Element.prototype);
"""

# Plotly remembers the size of a text by its style attribute, which the engine keeps elsewhere:
# without it a text would be given the size that it had in an earlier chart.
_STYLE_AS_ATTRIBUTE = """
(function (element) {
  var attribute = element.getAttribute;
  element.getAttribute = function (name) {
    var found = attribute.call(this, name);
    return name === 'style' && found === null && this.style ? this.style.cssText() : found;
  };
})(Element.prototype);
"""

# Most of a drawing's time went into looking for elements: a first one was the first of all, and
# each selector was read anew at each element. These are the same, for a name, a class or both.
_QUICK_SELECTORS = """
(function (element) {
  var matches = element.matches, all = element.querySelectorAll, first = element.querySelector;
  var simple = /^(\\.[\\w-]+|[\\w-]+(\\.[\\w-]+)*)$/, known = new Map();
  function made(selector) {
    if (!simple.test(selector)) return null;
    var classes = selector.split('.'), name = classes.shift().toLowerCase();
    return function (node) {
      if (name && node.tagName !== name && node.tagName.toLowerCase() !== name) return false;
      if (!classes.length) return true;
      var own = node._attributes['class'] || '';
      return classes.every(function (each) {
        return own === each || (own.indexOf(each) >= 0 && node.classList.contains(each));
      });
    };
  }
  function quick(selector) {
    if (!known.has(selector)) known.set(selector, made(selector));
    return known.get(selector);
  }
  function search(root, fits, found, most) {
    var children = root.childNodes;
    for (var i = 0; i < children.length && found.length < most; i += 1) {
      var child = children[i];
      if (child.nodeType !== 1) continue;
      if (fits(child)) found.push(child);
      if (found.length < most) search(child, fits, found, most);
    }
    return found;
  }
  element.matches = function (selector) {
    var fits = quick(selector);
    return fits ? fits(this) : matches.call(this, selector);
  };
  element.querySelectorAll = function (selector) {
    var fits = quick(selector);
    return fits ? search(this, fits, [], Infinity) : all.call(this, selector);
  };
  element.querySelector = function (selector) {
    var fits = quick(selector);
    return fits ? search(this, fits, [], 1)[0] || null : first.call(this, selector);
  };
})(Element.prototype);
"""

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


class SvgRenderer:
    """An engine that draws figures as SVG, started once.

    Parameters
    ----------
    chart_locale
        Names of months and days, as ``Plotly.register`` takes them.
    """

    def __init__(self, chart_locale: Mapping[str, Any] | None = None) -> None:
        self._engine = MirageEngine()
        self._cells: list[list[dict[str, Any]]] = []
        self._engine.context.add_callable("_measureTextRaw", _measured)
        self._engine.context.add_callable("_encodeCanvasToPNG", self._keep_cells)
        self._engine.context.eval(_TURNED_BOXES)
        self._engine.context.eval(_STYLE_AS_ATTRIBUTE)
        self._engine.context.eval(_QUICK_SELECTORS)
        if chart_locale:
            locale = json.dumps(dict(chart_locale))
            self._engine.context.eval(
                f"Plotly.register({locale}); Plotly.setPlotConfig({{locale: {locale}.name}});"
            )

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
        self._engine.context.eval(_SEED % seed)
        self._cells.clear()
        layout = {"margin": {}, **figure["layout"]}
        try:
            drawn = self._engine.render_svg(list(figure["data"]), layout, width, height)
            root = ElementTree.fromstring(drawn)
        except Exception as error:  # the engine raises its own and QuickJS's, all alike to us
            raise DocumentError("figure-not-drawn", figure=label, detail=str(error)) from error
        root.set("viewBox", f"0 0 {width} {height}")
        self._cells_as_rectangles(root)
        _one_of_each_id(root)
        _true_minus(root)
        _check(root, label)
        return ElementTree.tostring(root, encoding="unicode") + "\n"

    def _keep_cells(self, _width: int, _height: int, commands: str) -> str:
        self._cells.append(json.loads(commands))
        return f"{_CELLS}{len(self._cells) - 1}"

    def _cells_as_rectangles(self, root: ElementTree.Element) -> None:
        """Draw heat maps as vectors: the canvas's rectangles in place of its picture."""
        for image in root.iter(f"{{{_SVG}}}image"):
            reference = image.get("href") or image.get(f"{{{_XLINK}}}href") or ""
            if not reference.startswith(_CELLS):
                continue
            x, y = image.get("x", "0"), image.get("y", "0")
            image.tag = f"{{{_SVG}}}g"
            image.attrib.clear()
            image.set("transform", f"translate({x},{y})")
            for command in self._cells[int(reference.removeprefix(_CELLS))]:
                if command["op"] != "fillRect":
                    continue
                sides = {"x": "x", "y": "y", "width": "w", "height": "h"}
                rectangle = {name: f"{command[side]:g}" for name, side in sides.items()}
                rectangle["style"] = f"fill: {command['fill']}"
                ElementTree.SubElement(image, f"{{{_SVG}}}rect", rectangle)


_OF_THREAD = threading.local()


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


@lru_cache(maxsize=4)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "pt-sans-bold" if bold else "pt-sans-regular"
    (path,) = (face.path for face in faces() if face.name == name)
    return ImageFont.truetype(str(path), _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def _measured(text: str, _family: str, size: str, weight: str = "") -> str:
    """Measure width, height, ascent and descent in pixels, as plotly-mirage asks for them."""
    bold = weight.startswith("bold") or (weight.isdigit() and int(weight) >= 600)
    font, scale = _font(bold), float(size or 12) / _MEASURED_AT
    ascent, descent = (part * scale for part in font.getmetrics())
    width = font.getlength(text) * scale if text else 0.0
    return f"{width:.2f},{ascent + descent:.2f},{ascent:.2f},{descent:.2f}"


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
