"""Numbers heaped at an end of a column: a limit cut all that lay beyond it.

Nobody has more than the last number, and far more have it than the numbers before it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import place_of, rows_of_months, written_number
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, Column, FileContract

HEAPED_SHARE, HEAPED_TIMES = 0.05, 2.0
"""Share of the rows that have the last number, and how many times as many they are as have either
of the two before it: in all months seen no such share had more than 0.51 times as many."""

HEAPED_AMONG = 6
"""Different numbers from which on a column has an end."""


def ask_about_heaps(
    contract: FileContract, frame: pd.DataFrame, numbers: Mapping[Column, Numbers], notes: Notes
) -> None:
    """Ask about columns whose smallest or largest number stands for all beyond it.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its months.
    numbers : mapping of Column to Numbers
        As read.
    notes : Notes
        Takes ``heaped_at_end``. Zeros and the bounds of the contract are ends by themselves; a
        column with a problem already is left alone.
    """
    for column, read in numbers.items():
        if notes.blames(contract.file, column.heading):
            continue
        for label, rows in rows_of_months(contract, frame).items():
            values = np.asarray(read.values[rows].dropna(), dtype=float)
            for value, count in heaped_ends(values):
                if value not in (0.0, column.low, column.high):
                    told = {
                        "value": written_number(value),
                        "share": whole_percent(count / len(values)),
                    }
                    place = place_of(column, label)
                    notes.mention("heaped_at_end", contract.file, place, count, **told)


def heaped_ends(values: Floats) -> list[tuple[float, int]]:
    """Give the ends at which numbers are heaped, and how many rows have each.

    Parameters
    ----------
    values : ndarray of float64
        Without gaps.
    """
    found, counts = np.unique(values, return_counts=True)
    fewest = max(HEAPED_SHARE * len(values), FEWEST_JUDGED / 2)
    if len(found) < HEAPED_AMONG:
        return []
    ends = ((found[0], counts[:3]), (found[-1], counts[:-4:-1]))
    return [
        (float(value), int(count[0]))
        for value, count in ends
        if count[0] > fewest and count[0] > HEAPED_TIMES * count[1:].max()
    ]
