"""Numbers that stand where none was measured, or of which a part is of another kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Floats
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import (
    FEWEST_CONSTANT,
    NEARLY_ALL,
    place_of,
    rows_of_months,
    written_number,
)
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, Column, FileContract

DECIMALS = 6
"""Decimals to which numbers are told apart."""

AS_OTHERS, MORE_DECIMALS = 0.9, 3
"""Share of the rows by which it is judged how many decimals a column has, and how many more are
no measure of the same kind."""

FILLED, FEWEST_FILLED = 0.01, 5
"""Share of the rows, and rows to each such number, from which on it was filled in."""

COARSE, TO_A_STEP = 0.05, 1e-6
"""Part of a typical sum that the step between sums may be, and how near a step a sum on it is."""

POWERS = (5, -3, -1)
"""Powers of ten that sums are rounded to, from the largest on."""

HEAP, APART = 0.05, 1.5
"""Share of the customers on either side of a gap that nobody is in, and the factor that it spans:
in all months seen it was 1.17 at most."""


def ask_about_fillings(
    contract: FileContract, frame: pd.DataFrame, numbers: Mapping[Column, Numbers], notes: Notes
) -> None:
    """Ask about numbers that were filled in, and about sums of money in two groups.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its months.
    numbers : mapping of Column to Numbers
        As read.
    notes : Notes
        Takes ``flags_for_shares``, ``filled_in``, ``coarse_money``, and ``two_groups`` of the last
        month that has them. A column with a problem already is left alone.
    """
    for column, read in numbers.items():
        if notes.blames(contract.file, column.heading):
            continue
        grouped: tuple[str, int, dict[str, str]] | None = None
        for label, rows in rows_of_months(contract, frame).items():
            values = np.asarray(read.values[rows].dropna(), dtype=float)
            if len(values) < FEWEST_CONSTANT:
                continue
            place = place_of(column, label)
            found, counts = np.unique(values, return_counts=True)
            if column.unit == "share" and list(found) == [0.0, 1.0]:
                notes.doubt("flags_for_shares", contract.file, place)
                continue
            odd, count = filled_in(found, counts)
            if count:
                told = {"value": written_number(float(odd[0]))}
                notes.mention("filled_in", contract.file, place, count, **told)
            money = column.unit in ("roubles", "profit")
            if money and (step := coarse_step(values)):
                told = {
                    "step": written_number(step),
                    "value": written_number(float(np.median(values))),
                }
                notes.mention("coarse_money", contract.file, place, len(values), **told)
            gap = widest_gap(values) if money else None
            if gap is not None:
                beyond = int((values >= gap[1]).sum())
                share = whole_percent(beyond / len(values))
                low, high = (written_number(end) for end in gap)
                grouped = place, beyond, {"low": low, "high": high, "share": share}
        if grouped is not None:
            place, beyond, told = grouped
            notes.mention("two_groups", contract.file, place, beyond, **told)


def coarse_step(values: Floats) -> float | None:
    """Give the round step that nearly all of some sums are multiples of, where it is a large one.

    Parameters
    ----------
    values : ndarray of float64
        Without gaps.
    """
    sums = values[values != 0]
    if len(sums) < FEWEST_CONSTANT:
        return None
    typical = float(np.median(np.abs(sums)))
    for step in (float(10.0**power) for power in range(*POWERS)):
        multiples = np.abs(sums / step - np.round(sums / step)) < TO_A_STEP
        if COARSE * typical <= step and multiples.mean() >= NEARLY_ALL:
            return step
    return None


def filled_in(found: Floats, counts: Counts) -> tuple[Floats, int]:
    """Give numbers with more decimals than the others that many rows share, and how many have them.

    A mean that was filled in where nothing was known is such a number.

    Parameters
    ----------
    found, counts : ndarray
        The different numbers of a column, and how many rows have each.
    """
    exact = np.round(found, DECIMALS)
    decimals = np.full(len(found), DECIMALS)
    for places in reversed(range(DECIMALS)):
        decimals[np.round(found, places) == exact] = places
    rows = counts.sum()
    usual = next(d for d in range(DECIMALS + 1) if counts[decimals <= d].sum() >= AS_OTHERS * rows)
    finer = decimals > usual
    if finer.sum() > 1:
        finer = decimals >= usual + MORE_DECIMALS
    count = int(counts[finer].sum())
    enough = count >= FILLED * rows and count >= FEWEST_FILLED * max(finer.sum(), 1)
    return (found[finer], count) if enough else (found[:0], 0)


def widest_gap(values: Floats) -> tuple[float, float] | None:
    """Give the numbers on either side of a gap that sets a part of a column apart.

    Parameters
    ----------
    values : ndarray of float64
        Without gaps; only those above zero are judged.
    """
    ordered = np.sort(values[values > 0])
    fewest = max(FEWEST_JUDGED, int(HEAP * len(ordered)))
    if len(ordered) <= 2 * fewest:
        return None
    middle = ordered[fewest - 1 : len(ordered) - fewest + 1]
    steps = middle[1:] / middle[:-1]
    widest = int(np.argmax(steps))
    if steps[widest] <= APART:
        return None
    return float(middle[widest]), float(middle[widest + 1])
