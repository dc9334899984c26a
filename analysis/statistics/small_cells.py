"""Counts of few customers: they would point at persons, so they are joined or left out.

References
----------
Hundepool et al. (2012). Statistical disclosure control, chapter 4: a threshold rule for tables.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.arrays import Floats, Rows

SMALLEST_CELL = 5
"""Of customers, where nothing else is set."""


def is_small(customers: int, smallest: int) -> bool:
    """Tell whether a cell has somebody in it, and fewer than may be shown."""
    return 0 < customers < smallest


def joined_edges(edges: Floats, counts: Sequence[Rows], smallest: int) -> Floats:
    """Leave out edges of bins until no bin of any group holds few: each joins its neighbour.

    Parameters
    ----------
    edges : ndarray of shape (bins + 1,)
    counts : sequence of ndarray of int, shape (bins,)
        A row per group of customers, counted by the same edges.
    smallest : int
        A bin may hold none, or so many and more.

    Returns
    -------
    ndarray of shape (fewer bins + 1,)
        The two ends alone where a group as a whole is too small.
    """

    def some_are_few(held: Rows) -> bool:
        return any(is_small(int(each), smallest) for each in held)

    ends: list[float] = []
    bins: list[Rows] = []
    held = np.zeros(len(counts), dtype=np.int64)
    for place, step in enumerate(np.stack(counts, axis=1)):
        held = held + step
        if not some_are_few(held):
            ends.append(float(edges[place + 1]))
            bins.append(held)
            held = np.zeros_like(held)
    while some_are_few(held) and bins:
        held = held + bins.pop()
        ends.pop()
    if held.any() or not ends:
        ends.append(float(edges[-1]))
    return np.array([float(edges[0]), *ends])
