"""Columns of which a part was not loaded: blank cells, and zeros where there are none otherwise.

Signs that came where none are otherwise are asked about likewise.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, Column, FileContract

PART_EMPTY = 0.05
"""Share of the customers who may have nothing in a column before it is asked about."""


def mention_gaps(contract: FileContract, numbers: Mapping[Column, Numbers], notes: Notes) -> None:
    """Ask about columns of numbers that are empty for a part of the customers.

    The months of a file are held against one another instead (`course.check_course`).

    Parameters
    ----------
    contract : FileContract
    numbers : mapping of Column to Numbers
        As read.
    notes : Notes
        Takes ``column_part_empty``, ``zeros_found``, ``losses_found``. A column with a problem
        already is left alone.
    """
    if contract.by_period:
        return
    for column, read in numbers.items():
        if notes.blames(contract.file, column.heading):
            continue
        zeros = int(read.values.eq(0).sum()) if is_never_zero(column) else 0
        negative = int(read.values.lt(0).sum())
        if column.low is None and is_asked_about_losses(negative, len(read.values)):
            notes.mention("losses_found", contract.file, column.heading, negative)
        empty = int(read.values.isna().sum()) + zeros
        if not mention_part_empty(contract.file, column, empty, len(read.values), notes) and zeros:
            notes.mention("zeros_found", contract.file, column.heading, zeros)


def mention_part_empty(file: str, column: Column, empty: int, rows: int, notes: Notes) -> bool:
    """Ask whether a column was loaded whole that has so many empty rows; tell if it is asked."""
    asked = rows >= FEWEST_JUDGED and PART_EMPTY * rows < empty < rows
    if asked:
        share = whole_percent(empty / rows)
        notes.mention("column_part_empty", file, column.heading, empty, share=share)
    return asked


def is_asked_about_losses(negative: int, rows: int) -> bool:
    """Tell whether so many numbers are below zero that a sign may have been set."""
    return negative > max(PART_EMPTY * rows, FEWEST_JUDGED)


def is_never_zero(column: Column) -> bool:
    """Tell whether a zero in a column is hardly what was measured."""
    return bool(column.usual and column.usual[0] > 0)
