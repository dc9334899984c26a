"""Cells that a spreadsheet filled in: a number dragged down a column, by itself or as a series.

The handle at the corner of a cell writes the same number again, or the next one, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Counts, Floats
from analysis.snapshot.errors import Notes
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import Column, FileContract
from analysis.snapshot.stretches import longest_stretch

FEWEST_OF_SERIES = 20
"""Rows one below the other that go up or down by one and the same step."""

FEWEST_OF_FILLING = 12
BY_NO_CHANCE = 1e-9
"""Chance that so many rows one below the other have the same number somewhere in the column."""

CLUMPED, CLUMPED_AT_LEAST = 1.5, 0.01
"""Times as many rows as by chance that have the number of the row above, from which on a column is
in some order and such rows say nothing; below the second it is in none."""

IN_ORDER = 0.95
"""Share of steps in one direction above which a column is sorted."""

STEP = 9
"""Decimals to which steps are the same."""


def doubt_dragged(
    contract: FileContract, numbers: Mapping[Column, Numbers], lines: Counts, notes: Notes
) -> None:
    """Doubt columns in which rows one below the other were filled in from the first of them.

    Parameters
    ----------
    contract : FileContract
    numbers : mapping of Column to Numbers
        As read, in the order of the file.
    lines : ndarray of int, shape (rows,)
        Their lines in the file.
    notes : Notes
        Takes ``series_dragged``, and asks about ``dragged_down``. A column with a problem already
        is left alone; zeros in a row are a load that broke off, not this.
    """
    judged = [
        (column, np.asarray(read.values, dtype=float))
        for column, read in numbers.items()
        if not notes.blames(contract.file, column.heading)
    ]
    filled = {column: found for column, values in judged if (found := _filling(values))}
    if len(filled) > max(len(judged) / 2, 1):
        filled = {}  # whole rows are alike: these are copies of a customer
    for column, values in judged:
        if series := _series(values):
            told = _told(lines, values, *series)
            notes.doubt("series_dragged", contract.file, column.heading, (), **told)
        elif column in filled:
            told = _told(lines, values, *filled[column])
            rows = filled[column][1]
            notes.mention("dragged_down", contract.file, column.heading, rows, **told)


def _told(lines: Counts, values: Floats, first: int, rows: int) -> dict[str, str]:
    last = first + rows - 1
    return {
        "first": str(lines[first]),
        "last": str(lines[last]),
        "low": written_number(values[first]),
        "high": written_number(values[last]),
        "number": str(rows),
    }


def _series(values: Floats) -> tuple[int, int] | None:
    """Find the longest series of one step other than zero: its first row and its length."""
    steps = np.round(np.diff(values), STEP)
    first, length = longest_stretch((steps[1:] == steps[:-1]) & (steps[1:] != 0))
    if length + 2 >= FEWEST_OF_SERIES and not _in_order(steps):
        return first, length + 2
    return None


def _in_order(steps: Floats) -> bool:
    """Tell whether a column is in order, so that steps of one are no series."""
    known = steps[~np.isnan(steps)]
    return bool(max((known >= 0).mean(), (known <= 0).mean()) > IN_ORDER)


def _filling(values: Floats) -> tuple[int, int] | None:
    """Find the longest run of one number other than zero that chance does not make, likewise."""
    first, length = longest_stretch((np.diff(values) == 0) & (values[1:] != 0))
    rows = length + 1
    if rows < FEWEST_OF_FILLING:
        return None
    others = np.delete(values, slice(first + 1, first + rows))
    others = others[~np.isnan(others)]
    shares = np.unique(others, return_counts=True)[1] / len(others)
    beside = float((np.diff(others) == 0).mean()) if len(others) > 1 else 1.0
    if beside > CLUMPED * float((shares**2).sum()) + CLUMPED_AT_LEAST:
        return None
    share = float((others == values[first]).mean())
    return (first, rows) if len(values) * share ** (rows - 1) < BY_NO_CHANCE else None
