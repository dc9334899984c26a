"""Cells that a spreadsheet filled in: a number dragged down a column, by itself or as a series.

The handle at the corner of a cell writes the same number again, or the next one, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Counts, Floats
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.magnitude import place_of, rows_of_months, written_number
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, Column, FileContract
from analysis.snapshot.stretches import longest_stretch

FEWEST_OF_SERIES = 20
"""Rows one below the other that go up or down by one and the same step."""

FEWEST_OF_FILLING, FAR = 12, 30
"""Rows one below the other with one number: asked about from the first on, as they may be copies of
one customer, and doubted from the second on."""

BY_NO_CHANCE = 1e-9
"""Chance that so many rows one below the other have the same number somewhere in the column."""

CLUMPED, CLUMPED_AT_LEAST = 1.5, 0.01
"""Times as many rows as by chance that have the number of the row above, from which on a column is
in some order and such rows say nothing; below the second it is in none."""

MOST_IN_GROUPS = 0.2
"""Part of what chance leaves, likewise: of a column of two labels most rows are alike by chance."""

IN_ORDER = 0.95
"""Share of steps in one direction above which a column is sorted."""

NOT_JUDGED = ("period", "level")
"""Labels by which exports are put in order as a rule."""

FINE = ("roubles", "profit", "minutes")
"""Units of which customers rarely have the same number."""

AS_ABOVE, FEW_AS_ABOVE, HARDLY_TWICE = 0.2, 0.05, 0.03
"""Part of the rows beyond chance that have the number of the row above, as a lookup of the nearest
finds it; the same where two customers have the same number with less than the third as chance."""

BALANCED = 0.3
"""Share of the steps either way without which the column is in some order."""

FEWEST_PASTED = 25
"""Rows one below the other whose numbers stand once more in the same order: in all months seen,
among them one with copied customers, there were 11 at most."""

STEP = 9
"""Decimals to which steps are the same."""


def doubt_dragged(
    contract: FileContract,
    frame: pd.DataFrame,
    numbers: Mapping[Column, Numbers],
    lines: Counts,
    notes: Notes,
) -> None:
    """Doubt columns in which rows one below the other were filled in from the first of them.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its labels.
    numbers : mapping of Column to Numbers
        As read, in the order of the file.
    lines : ndarray of int, shape (rows,)
        Their lines in the file.
    notes : Notes
        Takes ``series_dragged``, ``dragged_far``, ``label_dragged`` and ``as_above``, and asks
        about ``dragged_down`` and, once a file, ``pasted_twice``. A column with a problem already
        is left alone; zeros in a row are a load that broke off, not this.
    """
    everything = {"": np.ones(len(frame), dtype=bool)}
    for label, rows in (everything | rows_of_months(contract, frame)).items():
        own = {column: np.asarray(read.values[rows], float) for column, read in numbers.items()}
        _doubt_among(contract, frame[rows], own, lines[rows], label, notes)


def _doubt_among(
    contract: FileContract,
    frame: pd.DataFrame,
    numbers: Mapping[Column, Floats],
    lines: Counts,
    month: str,
    notes: Notes,
) -> None:
    """Doubt columns in these rows: all of a file, or those of a month, as months may alternate."""
    labels = {
        column.name: frame[column.name].to_numpy(dtype=object)
        for column in contract.columns
        if column.kind == "label" and column.name in frame and column.name not in NOT_JUDGED
    }
    values = {
        **{column.name: own for column, own in numbers.items()},
        **{name: _coded(found) for name, found in labels.items()},
    }
    pasted = "pasted_twice" in {each.code for each in notes.findings}
    by_months = bool(month) == contract.by_period
    asked = {each.column for each in notes.findings if each.code == "dragged_down"}
    judged = [
        column
        for column in contract.columns
        if column.name in values
        and not notes.blames(contract.file, column.heading)
        and column.heading not in asked
    ]
    filled = {column.name: _filling(values[column.name]) for column in judged}
    if sum(map(bool, filled.values())) > max(len(judged) / 2, 1):
        filled = {}  # whole rows are alike: these are copies of a customer
    for column in judged:
        own, place = values[column.name], (contract.file, place_of(column, month))
        series = None if column.name in labels else _series(own)
        filling = filled.get(column.name)
        if series:
            notes.doubt("series_dragged", *place, (), **_told(lines, own, *series))
        elif filling and column.name in labels:
            label = shown(column.exported(labels[column.name][filling[0]]))
            notes.doubt("label_dragged", *place, (), **_lines_of(lines, *filling), label=label)
        elif filling and filling[1] < FAR:
            notes.mention("dragged_down", *place, filling[1], **_told(lines, own, *filling))
        elif filling:
            notes.doubt("dragged_far", *place, (), **_told(lines, own, *filling))
        elif by_months and column.unit in FINE and (share := _as_above(own)):
            notes.doubt("as_above", *place, (), share=whole_percent(share))
        elif column.unit in FINE and not pasted and (found := _pasted(own)):
            first, again, rows = found
            told = _lines_of(lines, again, rows) | {"from": str(lines[first])}
            notes.mention("pasted_twice", *place, rows, **told)
            pasted = True


def _coded(labels: NDArray[np.object_]) -> Floats:
    """Give every label a number of its own, above zero; none where there is none."""
    codes = pd.factorize(labels)[0]
    return np.where(codes < 0, np.nan, codes + 1.0)


def _lines_of(lines: Counts, first: int, rows: int) -> dict[str, str]:
    return {
        "first": str(lines[first]),
        "last": str(lines[first + rows - 1]),
        "number": str(rows),
    }


def _told(lines: Counts, values: Floats, first: int, rows: int) -> dict[str, str]:
    return {
        **_lines_of(lines, first, rows),
        "low": written_number(values[first]),
        "high": written_number(values[first + rows - 1]),
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
    if not FEWEST_OF_FILLING <= rows <= len(values) / 2:
        return None  # a number that most rows have is asked about as one
    others = np.delete(values, slice(first + 1, first + rows))
    others = others[~np.isnan(others)]
    beside = float((np.diff(others) == 0).mean()) if len(others) > 1 else 1.0
    chance = _chance_of_two(others)
    more = beside - chance
    if more > (CLUMPED - 1) * chance + CLUMPED_AT_LEAST or more >= MOST_IN_GROUPS * (1 - chance):
        return None
    share = float((others == values[first]).mean())
    return (first, rows) if len(values) * share ** (rows - 1) < BY_NO_CHANCE else None


def _chance_of_two(values: Floats) -> float:
    """Chance that two rows have the same number, by how many have each."""
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return float((shares**2).sum())


def _as_above(values: Floats) -> float:
    """Share of the rows that have the number of the row above, where that is far beyond chance."""
    known = values[~np.isnan(values)]
    if len(known) < FEWEST_JUDGED or np.unique(known).size < 2:
        return 0.0
    steps = np.diff(known)
    same, chance = float((steps == 0).mean()), _chance_of_two(known)
    up = float((steps[steps != 0] > 0).mean())
    fine = chance < HARDLY_TWICE
    beyond = same - chance >= (FEW_AS_ABOVE if fine else AS_ABOVE) * (1 - chance)
    beyond &= int((steps == 0).sum()) >= FEWEST_OF_FILLING
    return same if beyond and BALANCED <= up <= 1 - BALANCED else 0.0


def _pasted(values: Floats) -> tuple[int, int, int] | None:
    """Find rows that stand again in the same order: the first of both, and how many they are."""
    known = np.nan_to_num(values)
    if len(known) < 2 * FEWEST_PASTED or _chance_of_two(known) >= HARDLY_TWICE:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(known, FEWEST_PASTED)
    weights = np.random.default_rng(0).random(FEWEST_PASTED)
    _, first, back = np.unique(windows @ weights, return_index=True, return_inverse=True)
    again = np.flatnonzero(np.arange(len(back)) - first[back] >= FEWEST_PASTED)
    again = again[(windows[again] == windows[first[back[again]]]).all(axis=1)]
    different = 1 + (np.diff(np.sort(windows[again], axis=1)) != 0).sum(axis=1)
    again = again[different > FEWEST_PASTED / 2]
    if not len(again):
        return None
    start, follows = int(again[0]), longest_stretch(np.diff(again) == 1)
    rows = FEWEST_PASTED + (follows[1] if follows[0] == 0 else 0)
    return int(first[back[start]]), start, rows
