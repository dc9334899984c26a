"""Whole numbers that nobody has, among numbers that many have: counts were worked over.

Multiplied and rounded, doubled, or rounded to tens, they skip numbers at the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.errors import Notes
from analysis.snapshot.magnitude import place_of, rows_of_months
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import Column, FileContract

FEWEST_BESIDE = 15
"""Rows with the next number below, and with the next above, beside which one is not skipped by
chance."""

FEWEST_BEFORE = 5
"""Rows of the month before with a number that a month skips."""

MOST_SKIPPED = 12
"""Numbers in a row that are skipped by a habit of rounding; more lie between two groups."""

SKIPPED_SHOWN = 5

COUNTED = ("count", "minutes")
"""Units of which every whole number is had by somebody, where many have those beside it."""


def ask_about_skipped(
    contract: FileContract, frame: pd.DataFrame, numbers: Mapping[Column, Numbers], notes: Notes
) -> None:
    """Ask about columns of whole numbers in which some are skipped.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its months.
    numbers : mapping of Column to Numbers
        As read.
    notes : Notes
        Takes ``numbers_skipped``; of a month only for numbers that some had in the one before. A
        column with a problem already is left alone.
    """
    for column, read in numbers.items():
        if column.unit not in COUNTED or notes.blames(contract.file, column.heading):
            continue
        before: Floats | None = None
        for label, rows in rows_of_months(contract, frame).items():
            values = np.asarray(read.values[rows].dropna(), dtype=float)
            skipped = skipped_numbers(values)
            if label:
                skipped = [each for each in skipped if _had(before, each)]
            if skipped:
                place = place_of(column, label)
                more = ", …" if len(skipped) > SKIPPED_SHOWN else ""
                named = ", ".join(str(each) for each in skipped[:SKIPPED_SHOWN]) + more
                notes.mention("numbers_skipped", contract.file, place, len(values), skipped=named)
            before = values


def _had(before: Floats | None, number: int) -> bool:
    """Tell whether some had a number in the month before: the shop does count so far."""
    return before is not None and int((before == number).sum()) >= FEWEST_BEFORE


def skipped_numbers(values: Floats) -> list[int]:
    """Whole numbers that nobody has, though at least 15 rows have each of the two beside them.

    Parameters
    ----------
    values : ndarray of float64
        Without gaps; where not all are whole, none is skipped.
    """
    if (values % 1 != 0).any():
        return []
    found, counts = np.unique(values.astype(np.int64), return_counts=True)
    return [
        number
        for place, step in enumerate(np.diff(found))
        if 1 < step <= MOST_SKIPPED + 1 and counts[place : place + 2].min() >= FEWEST_BESIDE
        for number in range(int(found[place]) + 1, int(found[place + 1]))
    ]
