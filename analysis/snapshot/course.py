"""The months of a customer beside one another, in one export and from one export to the next.

A month by itself may be plausible where it is in another unit than the month before, or lacks a
part of the customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.gaps import PART_EMPTY
from analysis.snapshot.magnitude import FEWEST_IN_PART, PART, TIMES_IN_PART
from analysis.snapshot.membership import ask_about_left_out
from analysis.snapshot.schema import FEWEST_JUDGED, Column

MOST_REPEATED = 0.5
"""Share of customers whose month may be the same as the one before it."""

MOST_CARRIED_OVER = 0.1
"""By how much more customers may have the very number of the month before than one that is by one
more or less: numbers that were not measured are filled in so."""

LEAST_ALIKE, FEWEST_RANKED = 0.15, 200
"""Rank correlation of two months of one export below which they are of different customers, and
customers that it needs: in all months seen it was 0.26 or more."""

MOST_RANKED = 50_000
"""Customers of whom every second, third and so on is enough for a correlation."""

FEWEST_FOLLOWED = 100
"""Customers in both months that a judgement of them one by one needs."""

TRIMMED = 0.1
"""Share of the ratios at either end that a typical one leaves out."""

OUTER, MOST_OUTER = 0.05, 0.15
"""Share of customers at either end of a month by whom another one is judged; where many have the
same number it is larger, and above the second it says nothing."""

SEEN_TO_MOVE = 1.05
"""Factor by which a typical customer's number has changed at least where those at the ends have
because all have."""

FAR_BEYOND_CHANCE = 4.0
"""Standard errors by which their number differs."""

RATIO_DECIMALS, BESIDE, MOST_IN_PROPORTION = 3, 0.0055, 0.1
"""Decimals to which two months have one ratio, how near those ratios are that together are rarer,
and the share of customers from which on it is asked about."""

TIMES_OF_A_PART, STANDARD_DEVIATIONS, MOST_FAR = 1.6, 5.0, 0.03
"""How far from the typical ratio a customer's is at least to be far from it, as a factor and in
standard deviations of its logarithm, and the share of such customers from which on they are asked
about: in all months seen it was 0.003 at most."""

OF_NORMAL = 0.6745
"""Median distance from the middle of a normal distribution, in standard deviations."""

IN_A_ROW = 20
"""Customers one below the other whose month is empty: a load broke off there."""


def as_numbers(values: pd.Series[float]) -> Floats:
    """Give a column as plain numbers; gaps are NaN."""
    return np.asarray(values, dtype=float)


def typical_ratio(old: Floats, new: Floats) -> float | None:
    """By what factor the number of a typical customer has changed.

    Parameters
    ----------
    old, new : ndarray of float64, shape (customers,)
        Numbers of the same customers.

    Returns
    -------
    float or None
        Geometric mean of the ratios, without the tenth of them at either end; None where fewer than
        100 customers have a number above zero in both.
    """
    both = (old > 0) & (new > 0)
    if both.sum() < FEWEST_FOLLOWED:
        return None
    ratios = np.sort(np.log(new[both] / old[both]))
    cut = int(TRIMMED * len(ratios))
    return float(np.exp(ratios[cut : len(ratios) - cut].mean()))


def moved_by(old: Floats, new: Floats, column: Column, months: int = 1) -> float | None:
    """By what factor a typical customer's number has changed, if it is further than months do.

    Parameters
    ----------
    old, new : ndarray of float64, shape (customers,)
        Numbers of the same customers; nan where there is none.
    column : Column
    months : int
        How many months lie between the two.

    Returns
    -------
    float or None
        None where neither the typical customer nor those at the ends have moved further.
    """
    ratio = typical_ratio(old, new)
    if ratio is None or column.varies is None:
        return None
    most = column.varies**months
    if not 1 / most <= ratio <= most:
        return ratio
    still = 1 / SEEN_TO_MOVE <= ratio <= SEEN_TO_MOVE
    return ratio if not still and _ends_moved(old, new, column, months) else None


def _ends_moved(old: Floats, new: Floats, column: Column, months: int) -> bool:
    """Tell whether many more or far fewer lie where the outermost of the earlier month lay.

    Few at the upper end are no sign: it is there that a month of less is seen first. Zeros are
    asked about by themselves.
    """
    if column.edges is None:
        return False
    known = (old > 0) & (new > 0)
    old, new, most = old[known], new[known], column.edges**months
    low, high = np.quantile(old, (OUTER, 1 - OUTER))
    counts = [(int((end <= low).sum()), int((end >= high).sum())) for end in (old, new)]
    (few, many), (few_now, many_now) = counts
    low_moved = not few / most <= few_now <= few * most and _differs(few, few_now, len(old))
    return low_moved or (many_now > many * most and _differs(many, many_now, len(old)))


def _differs(count: int, count_now: int, base: int) -> bool:
    """Tell whether a count at an end differs by more than chance, where it is one of few."""
    far = abs(count_now - count) > FAR_BEYOND_CHANCE * np.sqrt(count + count_now)
    return bool(far) and count <= MOST_OUTER * base


def check_course(
    file: str,
    column: Column,
    labels: Sequence[str],
    values: Floats,
    long_ones: Flags,
    notes: Notes,
) -> None:
    """Hold each month of an export against the month before it, customer by customer.

    Parameters
    ----------
    labels : sequence of str
        The shop's names of the months, in the order of time.
    values : ndarray of float64, shape (customers, months)
        In the order of market_file; nan where there is no row or no number.
    long_ones : ndarray of bool
        Customers who were there in all of the months.
    notes : Notes
        Takes ``month_repeats``, ``months_of_others``, ``customers_apart``, ``month_breaks_off``,
        ``month_part_empty``, ``month_carried_over``, ``month_moved``, ``nobody_below``,
        ``month_by_factor``, ``part_moved``, ``column_part_empty``.
    """
    for earlier, later in pairwise(range(len(labels))):
        old, new = values[:, earlier], values[:, later]
        places = [f"{column.heading}, {labels[month]}" for month in (earlier, later)]
        _compare_gaps(file, places, old, new, long_ones, notes)
        both = (old > 0) & (new > 0)
        if both.sum() < FEWEST_JUDGED:
            continue
        _compare_numbers(file, places, old[both], new[both], notes)
        ratio = new[both] / old[both]
        apart = int(((ratio > TIMES_IN_PART) | (ratio < 1 / TIMES_IN_PART)).sum())
        if apart >= FEWEST_IN_PART and apart > PART * both.sum():
            told = {"customers": str(apart), "other": labels[earlier]}
            notes.doubt(
                "customers_apart", file, places[1], (), **told, times=f"{TIMES_IN_PART:.0f}"
            )
        typical = moved_by(old, new, column)
        if typical is not None:
            told = {"percent": whole_percent(typical), "other": places[0]}
            notes.mention("month_moved", file, places[1], int(both.sum()), **told)
        else:
            ask_about_left_out(file, (places[0], places[1]), old[both], new[both], notes)
        if column.unit == "roubles" and both.sum() >= FEWEST_FOLLOWED:
            _ask_about_ratios(file, places, ratio, notes)
    for month, label in list(enumerate(labels))[-2:]:
        _ask_about_blanks(file, f"{column.heading}, {label}", values[long_ones, month], notes)


def _ask_about_ratios(file: str, places: Sequence[str], ratio: Floats, notes: Notes) -> None:
    """Ask about customers whose month is one multiple of another, or far from what all others did.

    Sums vary little from month to month, and no two customers' alike.
    """
    found, counts = np.unique(np.round(ratio, RATIO_DECIMALS), return_counts=True)
    often = int(np.argmax(counts))
    times, same = float(found[often]), int(counts[often])
    beside = int(((np.abs(found - times) < BESIDE) * counts).sum()) - same
    if same > MOST_IN_PROPORTION * len(ratio) and same > beside and times != 1:
        told = {
            "other": places[0],
            "times": f"{times:.{RATIO_DECIMALS}f}",
            "share": _share(same, ratio),
        }
        notes.mention("month_by_factor", file, places[1], same, **told)
    far = np.abs(np.log(ratio / np.median(ratio)))
    usual = float(np.median(far)) / OF_NORMAL
    most = max(np.log(TIMES_OF_A_PART), STANDARD_DEVIATIONS * usual)
    beyond = int((far > most).sum())
    asked = {each.code for each in notes.findings if each.column in places}
    if beyond > MOST_FAR * len(ratio) and "two_groups" not in asked:
        told = {"other": places[0], "times": f"{np.exp(most):.1f}", "share": _share(beyond, ratio)}
        notes.mention("part_moved", file, places[1], beyond, **told)


def _share(count: int, of: Floats) -> str:
    return whole_percent(count / len(of))


def _ask_about_blanks(file: str, place: str, values: Floats, notes: Notes) -> None:
    """Ask about a month that is blank for a part, where the one before it is as well."""
    blank = int(np.isnan(values).sum())
    asked = {each.column for each in notes.findings if each.code == "month_part_empty"}
    if len(values) >= FEWEST_FOLLOWED and blank > PART_EMPTY * len(values) and place not in asked:
        share = whole_percent(blank / len(values))
        notes.mention("column_part_empty", file, place, blank, share=share)


def _compare_numbers(
    file: str, places: Sequence[str], old: Floats, new: Floats, notes: Notes
) -> None:
    """Doubt a month that is the month before it, or for some of them, or that of others."""
    same = float((old == new).mean())
    beside = float((np.abs(old - new) == 1).mean()) / 2
    told = {"share": whole_percent(same), "other": places[0]}
    if same > MOST_REPEATED and len(np.unique(new)) > 1:
        notes.doubt("month_repeats", file, places[1], (), **told)
    elif same - beside > MOST_CARRIED_OVER and len(old) >= FEWEST_FOLLOWED:
        count = int((old == new).sum())
        notes.mention("month_carried_over", file, places[1], count, **told)
    every = 1 + len(old) // MOST_RANKED
    if len(old) >= FEWEST_RANKED and min(len(np.unique(old)), len(np.unique(new))) > 1:
        ranks = [pd.Series(each[::every]).rank() for each in (old, new)]
        alike = float(ranks[0].corr(ranks[1]))
        if alike < LEAST_ALIKE:
            told = {"found": f"{alike:.2f}", "other": places[0]}
            notes.doubt("months_of_others", file, places[1], (), **told)


def _compare_gaps(
    file: str, places: Sequence[str], old: Floats, new: Floats, long_ones: Flags, notes: Notes
) -> None:
    """Ask whether a month was loaded whole that many more customers have nothing in."""
    gone, came = (
        _is_empty(one) & ~_is_empty(other) & long_ones for one, other in ((new, old), (old, new))
    )
    base = int(long_ones.sum())
    if base < FEWEST_FOLLOWED:
        return
    run = longest_run(gone)
    if run >= max(IN_A_ROW, gone.sum() / 2):
        told = {"customers": str(run), "other": places[0]}
        notes.doubt("month_breaks_off", file, places[1], (), **told)
        return
    more = int(gone.sum()) - int(came.sum())
    if abs(more) > PART_EMPTY * base:
        place, other = (places[1], places[0]) if more > 0 else (places[0], places[1])
        empty = int(gone.sum()) if more > 0 else int(came.sum())
        told = {"share": whole_percent(abs(more) / base), "other": other}
        notes.mention("month_part_empty", file, place, empty, **told)


def _is_empty(values: Floats) -> Flags:
    empty: Flags = np.isnan(values) | (values == 0)
    return empty


def longest_run(flags: Flags) -> int:
    """Count the longest unbroken series of what is true."""
    breaks = np.flatnonzero(np.concatenate(([True], ~flags, [True])))
    return int(np.diff(breaks).max()) - 1
