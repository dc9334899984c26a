"""Draws ``docs/house.svg``: the rooms of the house, and which imports which.

Run it from the root of the repository when a room, its docstring or an import has changed::

    .venv/bin/python -m docs.draw_house
"""

from __future__ import annotations

import ast
import html
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np

from analysis.arrays import Floats
from tests.test_rooms import ANALYSIS, LAYERS, ROOT, code_of

PICTURE = ROOT / "docs" / "house.svg"
FRONT = ("report/cli", "report")
"""What stands above the rooms of the analysis."""
LEGEND = "An arrow: imports. It is left out where a longer way of arrows leads to the same room."

WIDTH = 960
MARGIN = 28
BOX_WIDTH = 206
BETWEEN_BOXES = 26
BETWEEN_ROWS = 50
PADDING = 13
LINE_HEIGHT = 15
NAME_HEIGHT = 19
LETTERS = 27
"""Letters that fit on a line of a box."""
PORT = 24
"""From one arrow of a box to the next."""
HEAD = 8
"""Length of an arrow's head."""

Arrow = tuple[str, str]
"""The room that imports, and the room that it imports from."""


@dataclass(frozen=True)
class House:
    """What is drawn.

    Attributes
    ----------
    layers
        Names of the rooms, the top layer first.
    imports
        By room, the rooms that it imports from: of its own layer or of lower ones.
    purposes
        By room, what it is for.
    """

    layers: Sequence[Sequence[str]]
    imports: Mapping[str, set[str]]
    purposes: Mapping[str, str]


@dataclass(frozen=True)
class Passage:
    """Where an arrow passes a row on its way to a lower one."""

    arrow: Arrow


Item = str | Passage
Row = Sequence[Item]
"""What stands side by side: rooms and passages."""


@dataclass(frozen=True)
class Step:
    """An arrow's way from a row to the next."""

    row: int
    start: Item
    end: Item


def read_house() -> House:
    """Read the rooms, their docstrings and their imports from the source."""
    layers = [FRONT, *(sorted(layer) for layer in LAYERS)]
    imports: dict[str, set[str]] = {room: set() for layer in layers for room in layer}
    for pattern in ("report/**/*.py", "analysis/*.py", "analysis/*/*.py", "analysis/*/*.ipynb"):
        for path in ROOT.glob(pattern):
            if path != ANALYSIS / "__init__.py":
                room = _room(path.relative_to(ROOT).with_suffix("").parts)
                imports[room] |= {_room(name.split(".")) for name in _imported(path)} - {room}
    return House(layers, imports, {room: _purpose(room) for room in imports})


def _room(parts: Sequence[str]) -> str:
    if parts[0] == "analysis":
        return parts[1]
    return FRONT[0] if parts[1] == "cli" else FRONT[1]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(code_of(path)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.startswith(("report.", "analysis.")))


def _purpose(room: str) -> str:
    place = ROOT / room if room in FRONT else ANALYSIS / room
    source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    first, *_ = (ast.get_docstring(code_of(source)) or "").split("\n\n")
    return " ".join(first.split()).replace("`", "")


def read_colours() -> dict[str, tuple[str, str]]:
    """Read the light and the dark form of the report's colours, by name."""
    style = (ROOT / "templates" / "report.css").read_text(encoding="utf-8")
    found = re.findall(r"--([a-z-]+): light-dark\((#\w+), (#\w+)\);", style)
    return {name: (light, dark) for name, light, dark in found}


def needed_arrows(imports: Mapping[str, set[str]]) -> list[Arrow]:
    """List the imports that no longer way of imports leads round."""

    def reached(room: str) -> set[str]:
        return imports[room].union(*(reached(other) for other in imports[room]))

    return [
        (room, other)
        for room in sorted(imports)
        for other in sorted(imports[room])
        if not any(other in reached(between) for between in imports[room])
    ]


def arrange(layers: Sequence[Sequence[str]], steps: Sequence[Step]) -> list[Row]:
    """Order what stands in each row: as few crossings as can be, then as short arrows.

    From the top row on, the best way to each order of a row is kept (dynamic programming).
    """
    ways: list[list[Row]] = [[]]
    costs = np.zeros((1, 2))
    for row, layer in enumerate(layers):
        items: list[Item] = [*sorted(layer)]
        items += [s.start for s in steps if s.row == row and isinstance(s.start, Passage)]
        above = [step for step in steps if step.row == row - 1]
        starts = [_centres(way[-1]) if way else {} for way in ways]
        tops = np.array([[centres[step.start] for step in above] for centres in starts])
        longer = []
        for order in permutations(items):
            ends = _centres(order)
            through = costs + _cost_of(tops, np.array([ends[step.end] for step in above]))
            best = np.lexsort((through[:, 1], through[:, 0]))[0]
            longer.append(([*ways[best], order], through[best]))
        ways, costs = [way for way, _ in longer], np.array([cost for _, cost in longer])
    return ways[np.lexsort((costs[:, 1], costs[:, 0]))[0]]


def _cost_of(tops: Floats, bottoms: Floats) -> Floats:
    """Count the crossings of the steps from one row to the next, and add up their lengths.

    Parameters
    ----------
    tops : ndarray of float64, shape (ways, steps)
    bottoms : ndarray of float64, shape (steps,)

    Returns
    -------
    ndarray of float64, shape (ways, 2)
    """
    one, other = np.triu_indices(len(bottoms), 1)
    crossed = (tops[:, one] - tops[:, other]) * (bottoms[one] - bottoms[other]) < 0
    return np.column_stack([crossed.sum(axis=1), ((tops - bottoms) ** 2).sum(axis=1)])


def steps_of(layers: Sequence[Sequence[str]], arrows: Sequence[Arrow]) -> list[Step]:
    """Cut the arrows that lead downwards into their steps."""
    row_of = {room: row for row, layer in enumerate(layers) for room in layer}
    steps = []
    for arrow in arrows:
        first, last = (row_of[room] for room in arrow)
        way: list[Item] = [arrow[0], *[Passage(arrow)] * (last - first - 1), arrow[1]]
        if first < last:
            steps += [Step(first + place, *ends) for place, ends in enumerate(pairwise(way))]
    return steps


def _centres(row: Row) -> dict[Item, float]:
    widths = [BOX_WIDTH if isinstance(item, str) else 0 for item in row]
    left = (WIDTH - sum(widths) - BETWEEN_BOXES * (len(row) - 1)) / 2
    return {
        item: left + sum(widths[:place]) + BETWEEN_BOXES * place + widths[place] / 2
        for place, item in enumerate(row)
    }


class _Plan:
    """Where everything stands, in px."""

    def __init__(self, house: House) -> None:
        self._layers = house.layers
        self.arrows = needed_arrows(house.imports)
        self._steps = steps_of(house.layers, self.arrows)
        self._centres = [_centres(row) for row in arrange(house.layers, self._steps)]
        self._texts = {
            room: textwrap.wrap(text, LETTERS, break_on_hyphens=False)
            for room, text in house.purposes.items()
        }
        self._heights = [
            2 * PADDING + NAME_HEIGHT + LINE_HEIGHT * max(len(self._texts[room]) for room in layer)
            for layer in house.layers
        ]
        self.tops = [
            MARGIN + sum(self._heights[:row]) + BETWEEN_ROWS * row
            for row in range(len(house.layers))
        ]
        self.bottom = self.tops[-1] + self._heights[-1]

    def boxes(self) -> Iterator[str]:
        for row, layer in enumerate(self._layers):
            for room in layer:
                kind = "front" if room in FRONT else "room"
                left, y = self._centres[row][room] - BOX_WIDTH / 2, self.tops[row]
                yield (
                    f'<rect class="{kind}" x="{left:g}" y="{y}" width="{BOX_WIDTH}" '
                    f'height="{self._heights[row]}" rx="6"/>'
                )
                y += PADDING + 10
                x = left + PADDING
                yield f'<text class="{kind} name" x="{x:g}" y="{y}">{html.escape(room)}</text>'
                for place, line in enumerate(self._texts[room]):
                    y += LINE_HEIGHT if place else NAME_HEIGHT
                    yield f'<text class="{kind}" x="{x:g}" y="{y}">{html.escape(line)}</text>'

    def downwards(self) -> Iterator[str]:
        leaving, arriving = self._ports("start", "end"), self._ports("end", "start")
        for step in self._steps:
            top = self.tops[step.row] + self._heights[step.row]
            bottom = self.tops[step.row + 1]
            x, to, half = leaving[step], arriving[step], (top + bottom) / 2
            curve = f"M{x:g} {top}C{x:g} {half:g} {to:g} {half:g} {to:g}"
            if isinstance(step.end, Passage):
                through = bottom + self._heights[step.row + 1]
                yield f'<path class="line" d="{curve} {bottom}V{through}"/>'
            else:
                yield f'<path class="line" d="{curve} {bottom - HEAD}"/>'
                yield f'<path class="head" d="M{to:g} {bottom}l-4 -{HEAD}h8z"/>'

    def sideways(self) -> Iterator[str]:
        for centres, top in zip(self._centres, self.tops, strict=True):
            for start, end in self.arrows:
                if start in centres and end in centres:
                    x, to = centres[start], centres[end]
                    way = 1 if x < to else -1
                    y, point = top + PADDING + 8, to - way * BOX_WIDTH / 2
                    yield f'<path class="line" d="M{x:g} {y}H{point - way * HEAD:g}"/>'
                    yield f'<path class="head" d="M{point:g} {y}l{-way * HEAD} -4v8z"/>'

    def _ports(self, here: str, there: str) -> dict[Step, float]:
        """Where each step leaves or meets what stands in its row: side by side, in order."""
        ports: dict[Step, float] = {}
        for step in self._steps:
            row = step.row + (here == "end")
            item = getattr(step, here)
            beside = [
                other
                for other in self._steps
                if other.row == step.row and getattr(other, here) == item
            ]
            other_row = self._centres[step.row + (there == "end")]
            beside.sort(key=lambda each: other_row[getattr(each, there)])
            ports[step] = self._centres[row][item] + PORT * (
                beside.index(step) - (len(beside) - 1) / 2
            )
        return ports


def draw(house: House, colours: Mapping[str, tuple[str, str]]) -> str:
    """Draw the house as SVG.

    Parameters
    ----------
    house
        What is drawn.
    colours
        As from :func:`read_colours`.
    """
    plan = _Plan(house)
    height = plan.bottom + 2 * MARGIN + LINE_HEIGHT
    panel = plan.tops[1] - BETWEEN_ROWS // 2 - 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title what">',
        '<title id="title">The rooms of the house</title>',
        f'<desc id="what">{"; ".join(" imports ".join(arrow) for arrow in plan.arrows)}.</desc>',
        f"<style>{_style(colours)}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="12"/>',
        f'<rect class="panel" x="{MARGIN // 2}" y="{panel}" width="{WIDTH - MARGIN}" '
        f'height="{plan.bottom + MARGIN // 2 - panel}" rx="8"/>',
        f'<text class="name" x="{MARGIN}" y="{panel + 24}">analysis</text>',
        *plan.downwards(),
        *plan.sideways(),
        *plan.boxes(),
        f'<text class="legend" x="{MARGIN}" y="{height - MARGIN + 4}">{html.escape(LEGEND)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _style(colours: Mapping[str, tuple[str, str]]) -> str:
    """Give the rules of the light form, then those of the dark one."""

    def rules(form: int) -> str:
        ink, muted, line, pale, ground, brand, field, steady = (
            colours[name][form]
            for name in ("ink", "muted", "line", "pale", "ground", "brand", "field", "steady")
        )
        return (
            f".ground,.room{{fill:{ground}}}.panel{{fill:{pale}}}.room{{stroke:{line}}}"
            f"text,text.room{{fill:{ink};stroke:none}}text.name{{fill:{brand}}}.legend{{fill:{muted}}}"
            f".front{{fill:{field}}}text.front{{fill:#fff}}"
            f".line{{stroke:{steady};fill:none;stroke-width:1.5}}.head{{fill:{steady}}}"
        )

    sans = '"PT Sans","Segoe UI",Arial,sans-serif'
    font = f"text{{font:12px {sans}}}.name{{font-size:15px;font-weight:700}}"
    return f"{font}{rules(0)}@media(prefers-color-scheme:dark){{{rules(1)}}}"


if __name__ == "__main__":
    PICTURE.write_text(draw(read_house(), read_colours()), encoding="utf-8")
