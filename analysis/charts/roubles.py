"""Sums of money in charts: in one unit for all, and none written as nothing that is something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from analysis.charts.base import key

THOUSAND, MILLION = 1e3, 1e6


class Scale(NamedTuple):
    """A unit for sums: by how much they are divided, and the key of what stands behind them."""

    divisor: float
    unit: str

    def of(self, roubles: Sequence[float]) -> list[float]:
        """Give sums in the unit."""
        return [each / self.divisor for each in roubles]

    def formats(
        self, roubles: Sequence[float], field: str = "x", *, sign: bool = False
    ) -> list[str]:
        """Give Plotly's format of each sum, so fine that it does not read as nothing.

        Parameters
        ----------
        roubles : sequence of float
        field : str
            Where a trace has the sum, in the unit.
        sign : bool
            Whether gains carry a plus.
        """
        return [
            f"%{{{field}:{'+' if sign and each else ''},.{self.places(each)}f}}{self.unit}"
            for each in roubles
        ]

    def places(self, roubles: float) -> int:
        """Count the decimals of a sum: two in millions, else as many as it takes to see it."""
        size = abs(roubles) / self.divisor
        if self.divisor == MILLION:
            return 2
        return 0 if size >= 1 or not size else 1 if size >= 0.05 else 2


def scale_of(
    top: float, thousands_from: float = 10 * THOUSAND, millions_from: float = MILLION
) -> Scale:
    """Choose the unit for sums up to so many roubles.

    Examples
    --------
    >>> scale_of(98_000.0)
    Scale(divisor=1000.0, unit='⟦unit.thousand_roubles⟧')
    """
    if top >= millions_from:
        return Scale(MILLION, key("unit.million_roubles"))
    if top >= thousands_from:
        return Scale(THOUSAND, key("unit.thousand_roubles"))
    return Scale(1.0, key("unit.roubles"))


NO_MILLIONS = math.inf
"""For charts whose axis counts in thousands however many there are."""
