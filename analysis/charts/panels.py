"""Charts of several panels: where each stands, and the axes and the heading that it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analysis.charts.base import INK, axis, heading_above


@dataclass(frozen=True)
class Panel:
    """One pair of axes among several.

    Attributes
    ----------
    number : int
        From 0, in the order of reading.
    across : tuple of float
        Left and right end, as parts of the width of the chart.
    up : tuple of float, optional
        Lower and upper end, as parts of the height of the chart; by default all of it.
    """

    number: int
    across: tuple[float, float]
    up: tuple[float, float] | None = None

    @property
    def x(self) -> str:
        """Plotly's name of the horizontal axis."""
        return f"x{self._suffix}"

    @property
    def y(self) -> str:
        """Plotly's name of the vertical axis."""
        return f"y{self._suffix}"

    @property
    def _suffix(self) -> str:
        return str(self.number + 1) if self.number else ""

    @property
    def on(self) -> dict[str, str]:
        """What a trace must say to be drawn in this panel."""
        return {"xaxis": self.x, "yaxis": self.y}

    def axes(self, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
        """Axes of the panel by their names in a layout, of the options that they have."""
        up = {} if self.up is None else {"domain": list(self.up)}
        return {
            f"xaxis{self._suffix}": axis(None, domain=list(self.across), anchor=self.y, **x),
            f"yaxis{self._suffix}": axis(None, anchor=self.x, **up, **y),
        }

    def heading(self, text: str, size: int = 12, **options: Any) -> dict[str, Any]:
        """Name of the panel, above its upper left corner."""
        top = 1 if self.up is None else self.up[1]
        font = {"color": INK, "size": size}
        return heading_above(text, self.across[0], top, font=font, **options)


def layout_of(axes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Axes of all panels in one layout."""
    return {name: options for panel in axes for name, options in panel.items()}
