"""A month of an export that slid along its rows, for a part of them or for all.

A cell that was deleted in one column pulls up all that stand below it: from there on every
customer has his neighbour's number, and it agrees with the month before only when it is slid back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.course import FEWEST_FOLLOWED
from analysis.snapshot.errors import Notes
from analysis.snapshot.magnitude import place_of, rows_of_months
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import Column, FileContract

FARTHEST, FIRST_ROWS = 5, 100_000
"""Rows by which a month may have slid and be found, and rows of it that are looked at."""

STRETCH, STRETCH_OF, AGREES = 6.0, 0.05, 0.4
"""What a stretch of rows gains at least by being slid back, as a sum of products of standardised
ranks: times the root of the number of rows, and for each of them; and their mean there then."""


def doubt_slid_months(
    contract: FileContract, frame: pd.DataFrame, numbers: Mapping[Column, Numbers], notes: Notes
) -> None:
    """Doubt a month whose numbers are those of a neighbour's month before, in a stretch of rows.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its ids and months.
    numbers : mapping of Column to Numbers
        As read, in the order of the file.
    notes : Notes
        Takes ``month_slid``. A column with a problem already is left alone.
    """
    if not contract.by_period or "id" not in frame:
        return
    for column, read in numbers.items():
        for (earlier, before), (later, rows) in pairwise(rows_of_months(contract, frame).items()):
            then = pd.Series(np.asarray(read.values[before], float), index=frame["id"][before])
            if notes.blames(contract.file, column.heading) or not then.index.is_unique:
                continue
            now = pd.Series(np.asarray(read.values[rows], float)[:FIRST_ROWS])
            beside = then.reindex(frame["id"][rows][:FIRST_ROWS]).reset_index(drop=True)
            if by := _slid_by(now, beside):
                told = {"rows": str(abs(by)), "other": place_of(column, earlier)}
                notes.doubt("month_slid", contract.file, place_of(column, later), (), **told)


def _slid_by(now: pd.Series[float], then: pd.Series[float]) -> int:
    """Rows by which a stretch of a month agrees far better with the month before; 0 for none."""
    known = int((now.notna() & then.notna()).sum())
    if known < FEWEST_FOLLOWED or now.nunique() < FEWEST_FOLLOWED / 2:
        return 0
    one, other = (ranks(each) * np.sqrt(known) for each in (now, then))
    stands = one * other
    gain: dict[int, float] = {}
    for rows, at, before in slides(len(one), FARTHEST):
        agrees = one[at] * other[before]
        gained = np.concatenate(([0.0], np.cumsum(agrees - stands[at])))
        last = int(np.argmax(gained - np.minimum.accumulate(gained)))
        first = int(np.argmin(gained[: last + 1]))
        if last > first and agrees[first:last].mean() > AGREES:
            gain[rows] = gained[last] - gained[first]
    best = max(gain, key=lambda rows: gain[rows], default=0)
    return best if best and gain[best] > max(STRETCH * np.sqrt(known), STRETCH_OF * known) else 0


def ranks(values: pd.Series[float]) -> Floats:
    """Give ranks about a mean of zero, whose squares sum up to one; zero where there is none."""
    ranks = values.rank().to_numpy(dtype=float)
    centred: Floats = np.nan_to_num(ranks - np.nanmean(ranks))
    size = np.sqrt((centred**2).sum())
    return centred / size if size else centred


def slides(length: int, farthest: int) -> Iterator[tuple[int, slice, slice]]:
    """Give each number of rows, the rows of this month, and those that their cells belong to."""
    for rows in range(1, min(farthest, length - 1) + 1):
        yield rows, slice(rows, length), slice(0, length - rows)
        yield -rows, slice(0, length - rows), slice(rows, length)
