"""Numbers that can be read and cannot be right: another unit, a stray mark, an empty month.

Each column is held against its usual magnitude in the contract, month by month. A wrong factor, a
date, a placeholder or a month without data is refused with its likely cause: from then on nobody
could tell it from a figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags
from analysis.snapshot.errors import Notes, quoted, whole_percent
from analysis.snapshot.ids import natural
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.schema import FEWEST_JUDGED, Column, FileContract

MOST_BLANK = 0.5
"""Share of blank cells above which a column, or a month of it, was not delivered."""

PART_BLANK = 0.2
"""By how much more of a month than of another one may be blank."""

FEWEST_CONSTANT = 100
"""Values that are all the same and so were not measured; fewer may be so by chance."""

MONTHS_APART = 3.0
"""Factor between the medians of two months of one export above which one of them is wrong."""

ABOVE_ONE = 0.005
"""Share of values above 1 from which on a column of shares is one of percents."""

DATES = (36526, 55153)
"""Days since 1899-12-30 of the years 2000 to 2050: what a spreadsheet makes of 3.4 or 5.12."""

PLACEHOLDERS = (
    *(float("9" * digits) for digits in range(3, 11)),
    *(10.0**digits - 0.01 for digits in range(2, 8)),
    2.0**31 - 1,
    2.0**31,
)
FAR = 3.0
"""Times nearly all other values that a placeholder lies above them."""
NEARLY_ALL = 0.99
FEWEST_ALIKE, ALIKE = 3, 0.002
"""Number and share of rows that share one far value and so hold a placeholder, whichever it is."""

PART_ZERO = 0.2
"""Share of zeros above which a column that is never zero was loaded for a part."""

MODE_SHARE, MODE_AMONG = 0.35, 15
"""Share of one value above which it stands for what was not measured, among so many others."""

MODE_SHARE_OF_ALL = 0.8
"""The same in a column of however few values: nearly everyone has the one that was filled in."""

MODE_SHARE_OF_MONEY = 0.05
"""The same in a column of money: sums of two customers are hardly ever the same."""

TIMES_IN_PART = 8.0
"""Times the median that single values hardly reach, or a customer's other month."""
PART, FEWEST_IN_PART = 0.02, 5
"""Share and number of rows beyond that from which on a part of them is in another unit."""

TIMES_IN_FEW, WEIGHT_OF_FEW = 20.0, 0.05
"""Times the median from which on a row is far from the others, and share of the column's sum that
such rows may hold together: more would decide every figure of money."""

SORTED_AMONG = 20
"""Different values that do not stand in order by chance."""

FACTORS: tuple[float, ...] = (1000.0, 100.0, 10.0, 0.1, 0.01, 0.001)
KNOWN_FACTORS: Mapping[str, Mapping[float, str]] = {
    "minutes": {
        60_000.0: "milliseconds_for_minutes",
        60.0: "seconds_for_minutes",
        1 / 60: "hours_for_minutes",
        1 / 1440: "days_for_minutes",
    },
    "roubles": {100.0: "kopecks_for_roubles", 0.001: "thousands_for_roubles"},
    "days": {24.0: "hours_for_days", 12 / 365: "months_for_days", 1 / 365: "years_for_days"},
}
"""Factors that have a name, by unit: the problem's code."""

PROFIT_IN_ROUBLES = 1000.0
"""Factor of the usual profit where it is in roubles, not in thousands: the file does not say."""

EXAMPLES = 5
THREE_AFTER = "[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"
"""What is a fraction of three digits or a number of thousands."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One column, or one month of it: where it stands, its rows, and its numbers as they are."""

    column: Column
    place: str
    rows: Flags
    values: pd.Series[float]

    @property
    def known(self) -> pd.Series[float]:
        return self.values.dropna()


def check_magnitudes(
    contract: FileContract,
    frame: pd.DataFrame,
    numbers: Mapping[Column, Numbers],
    cells: pd.DataFrame,
    lines: Counts,
    notes: Notes,
) -> None:
    """Hold the numbers of one file against what is usual.

    Parameters
    ----------
    contract : FileContract
    frame : DataFrame
        The file under our own names, for its months.
    numbers : mapping of Column to Numbers
        As read, before values out of bounds were taken out.
    cells : DataFrame of str
        The file's cells, by heading.
    lines : ndarray of int64
        Line number of each row.
    notes : Notes
        Takes problems. A column with a problem already is left alone.
    """
    for column, read in numbers.items():
        if notes.blames(contract.file, column.heading):
            continue
        parts = [
            part
            for part in _parts(contract, column, frame, read)
            if len(part.values) >= FEWEST_JUDGED
        ]
        whole = pd.concat([part.values for part in parts]) if parts else read.values.iloc[:0]
        if _refuse_odd_cells(contract.file, column, whole, lines, cells[column.heading], notes):
            continue
        sound = [part for part in parts if _is_delivered(contract.file, part, lines, notes)]
        fitting = [part for part in sound if _fits(contract.file, part, cells, lines, notes)]
        for part in fitting:
            _doubt_part(contract.file, part, lines, notes)
            _doubt_few(contract.file, part, lines, notes)
            _doubt_order(contract.file, part, frame, lines, notes)
        if len(fitting) == len(parts):
            _compare_months(contract.file, fitting, lines, notes)


def usual_of(column: Column) -> tuple[tuple[float, float], ...]:
    """Windows for the median of a column: two where the file does not say the unit."""
    if column.usual is None:
        return ()
    low, high = column.usual
    if column.unit == "profit":
        return ((low, high), (low * PROFIT_IN_ROUBLES, high * PROFIT_IN_ROUBLES))
    return ((low, high),)


def likely_factor(median: float, column: Column) -> float | None:
    """By what factor a median was spoilt, most likely; None where no factor explains it."""
    best: tuple[float, float] | None = None
    known = KNOWN_FACTORS.get(column.unit, {})
    for low, high in usual_of(column)[:1]:
        centre = math.sqrt(low * high) if low else high / 5
        for factor in (*known, *FACTORS):
            if low <= median / factor <= high:
                distance = abs(math.log(median / factor / centre))
                if best is None or distance < best[0]:
                    best = distance, factor
    return best[1] if best else None


def written_number(value: float) -> str:
    """Write a number for a message: plain, four significant digits at most behind the mark."""
    if value == round(value):
        return f"{value:.0f}"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.1f}"


def _parts(
    contract: FileContract, column: Column, frame: pd.DataFrame, read: Numbers
) -> Iterator[_Part]:
    for label, rows in rows_of_months(contract, frame).items():
        yield _Part(column, place_of(column, label), rows, read.values[rows])


def rows_of_months(contract: FileContract, frame: pd.DataFrame) -> dict[str, Flags]:
    """Rows of every month by its label, in the order of time.

    Of a file without months all rows, by an empty label; nothing where the months are unreadable.
    """
    if not contract.by_period:
        return {"": np.ones(len(frame), dtype=bool)}
    if "period" not in frame:
        return {}
    return {
        label: (frame["period"] == month).fillna(False).to_numpy(dtype=bool)
        for label, month in contract.months.items()
    }


def place_of(column: Column, label: str) -> str:
    """Name a column, and the month of it that is meant."""
    return f"{column.heading}, {label}" if label else column.heading


def _refuse_odd_cells(
    file: str,
    column: Column,
    values: pd.Series[float],
    lines: Counts,
    cells: pd.Series[str],
    notes: Notes,
) -> bool:
    """Refuse placeholders, dates and percents among the numbers; tells whether there were any."""
    known = values.dropna()
    if known.empty:
        return False
    for code, odd in (
        (dates_code(column), _dates(column, known)),
        ("placeholder", _placeholders(column, known)),
        ("percent_for_share", _percents(column, known)),
    ):
        if odd.any():
            rows = known.index[odd.to_numpy(dtype=bool)]
            seen = sorted({str(cell) for cell in cells.loc[rows]})
            found = quoted(seen, EXAMPLES)
            notes.refuse(code, file, column.heading, lines[rows], found=found)
            return True
    return False


def dates_code(column: Column) -> str:
    """Give the code of the problem that a column of numbers holds dates."""
    return "date_in_days" if column.unit == "days" else "date_in_number"


def _placeholders(column: Column, known: pd.Series[float]) -> pd.Series[bool]:
    """Values far above nearly all others that programs use or several rows share; a lone loss."""
    sizes = known.abs()
    odd = sizes.isin(PLACEHOLDERS)
    if usual_of(column) and column.unit != "share":
        most = max(FAR * float(sizes.median()), usual_of(column)[-1][1])
        tops = sizes[~odd & (sizes > most)].value_counts()
        shared = tops.index[tops >= max(FEWEST_ALIKE, ALIKE * len(known))]
        odd |= sizes == (shared.max() if len(shared) else np.inf)
    others = sizes[~odd]
    odd &= sizes > (FAR * float(others.quantile(NEARLY_ALL)) if len(others) else np.inf)
    if odd.any() or column.low is not None:
        return odd
    below = known < 0
    lone = FEWEST_ALIKE <= int(below.sum()) < len(known) and known[below].nunique() == 1
    return below & bool(lone and known[below].iloc[0] % 1 == 0)


def _dates(column: Column, known: pd.Series[float]) -> pd.Series[bool]:
    """Whole numbers that are days of a spreadsheet's calendar, where no such number belongs."""
    odd = known.between(*DATES) & (known % 1 == 0)
    if not odd.any() or column.unit == "roubles" or column.usual is None:
        return odd & False
    if column.unit == "profit":
        return odd & bool(known[~odd].median() < column.usual[1])
    return odd


def _percents(column: Column, known: pd.Series[float]) -> pd.Series[bool]:
    odd = known.between(1, 100, inclusive="right")
    many = odd.sum() >= FEWEST_IN_PART and odd.mean() > ABOVE_ONE
    return odd & bool(column.unit == "share" and many)


def _is_delivered(file: str, part: _Part, lines: Counts, notes: Notes) -> bool:
    """Refuse a column, or a month of it, that was not delivered: blank, zero, all the same."""
    known, rows = part.known, lines[part.rows]
    share = whole_percent(1 - len(known) / len(part.values))
    if known.empty:
        notes.refuse("blank_column", file, part.place, rows)
        return False
    blank = rows[part.values.isna().to_numpy(dtype=bool)]
    if len(blank) > MOST_BLANK * len(rows):
        notes.doubt("mostly_blank", file, part.place, blank, share=share)
        return False
    zero = (known == 0).mean()
    if part.column.usual and part.column.usual[0] > 0 and zero > PART_ZERO:
        filled = whole_percent(float(zero))
        zeros = rows[(part.values == 0).to_numpy(dtype=bool)]
        notes.doubt("mostly_zero", file, part.place, zeros, share=filled)
        return False
    if len(known) < FEWEST_CONSTANT:
        return True
    counts = known.value_counts()
    often, value = int(counts.iloc[0]), float(counts.index[0])
    if len(counts) == 1:
        notes.doubt("constant_column", file, part.place, rows, value=written_number(value))
        return False
    most = MODE_SHARE_OF_MONEY if part.column.unit in ("roubles", "profit") else MODE_SHARE
    filled_in = often > MODE_SHARE_OF_ALL * len(known) and len(known) >= FEWEST_CONSTANT
    exact = part.column.unit in ("roubles", "profit") and bool((known % 1 != 0).any())
    among = 1 if exact else MODE_AMONG
    if value and (filled_in or (often > most * len(known) and len(counts) > among)):
        same = rows[(part.values == value).to_numpy(dtype=bool)]
        share = whole_percent(often / len(known))
        most_of_all = value == known.max() and not filled_in
        notes.doubt(
            "cut_at_limit" if most_of_all else "often_the_same",
            file,
            part.place,
            same,
            value=written_number(value),
            share=share,
        )
        return False
    return True


def _doubt_part(file: str, part: _Part, lines: Counts, notes: Notes) -> None:
    """Refuse a column some of whose rows are in another unit: the median does not show it."""
    median = float(part.known.median())
    if part.column.unit == "share" or median <= 0:
        return
    odd = part.values > TIMES_IN_PART * median
    if part.column.unit in ("roubles", "profit"):
        odd |= (part.values > 0) & (part.values * TIMES_IN_PART < median)
    found = int(odd.sum())
    if found >= FEWEST_IN_PART and found > PART * len(part.known):
        _doubt_rows("part_apart", file, part, lines, odd, notes)


def _doubt_rows(
    code: str,
    file: str,
    part: _Part,
    lines: Counts,
    odd: pd.Series[bool],
    notes: Notes,
    **more: str,
) -> None:
    """Name the rows that are far from the median, and between which values they lie."""
    notes.doubt(
        code,
        file,
        part.place,
        lines[part.rows][odd.to_numpy(dtype=bool)],
        median=written_number(float(part.known.median())),
        low=written_number(float(part.values[odd].min())),
        high=written_number(float(part.values[odd].max())),
        **more,
    )


def _doubt_few(file: str, part: _Part, lines: Counts, notes: Notes) -> None:
    """Refuse profit that a few rows hold: they are too few to be told by their number.

    Revenue and minutes that cannot be are taken out later; profit is counted as it is.
    """
    blamed = notes.blames(file, part.column.heading) or notes.blames(file, "id")
    if part.column.unit != "profit" or blamed:
        return
    sizes, median = part.values.abs(), float(part.known.median())
    odd = sizes > TIMES_IN_FEW * median
    weight = float(sizes[odd].sum() / sizes.sum()) if odd.any() else 0.0
    if median > 0 and weight > WEIGHT_OF_FEW:
        share = whole_percent(weight)
        _doubt_rows("few_rows_weigh", file, part, lines, odd, notes, share=share)


def _doubt_order(file: str, part: _Part, frame: pd.DataFrame, lines: Counts, notes: Notes) -> None:
    """Refuse a column that was sorted apart from its customers: they stand in order as well.

    Customers who came later have been there for fewer days: that is no accident.
    """
    if part.column.unit == "days" or "id" not in frame:
        return
    values = part.known
    if len(values) < FEWEST_CONSTANT or values.nunique() < SORTED_AMONG:
        return
    if not (values.is_monotonic_increasing or values.is_monotonic_decreasing):
        return
    ids = natural(frame["id"][values.index])
    if ids.is_monotonic_increasing or ids.is_monotonic_decreasing:
        notes.doubt("sorted_alone", file, part.place, lines[part.rows])


def _fits(file: str, part: _Part, cells: pd.DataFrame, lines: Counts, notes: Notes) -> bool:
    """Refuse a median far from what is usual, naming the likely factor."""
    windows = usual_of(part.column)
    median = float(part.known.median())
    texts = cells.loc[part.values.index, part.column.heading]
    fits = any(low <= median <= high for low, high in windows)
    told = {
        "median": written_number(median),
        "low": written_number(windows[0][0]),
        "high": written_number(windows[0][1]),
    }
    thousands = _thousands(texts)
    if thousands is not None and (
        any(low <= 1000 * median <= high for low, high in windows)
        or not texts.str.contains("[.,]", regex=True).all()
    ):
        code = "mark_two_ways" if fits else "thousands_mark"
        examples = quoted(thousands, EXAMPLES)
        notes.refuse(code, file, part.place, lines[part.rows], found=examples)
        return False
    if fits:
        return True
    rows = lines[part.rows]
    factor = likely_factor(median, part.column) if median > 0 else None
    if factor is None:
        notes.doubt("implausible", file, part.place, rows, **told)
        return False
    known = KNOWN_FACTORS.get(part.column.unit, {}).get(factor)
    if known:
        notes.doubt(known, file, part.place, rows, **told)
    else:
        code = "too_large" if factor > 1 else "too_small"
        times = written_number(factor if factor > 1 else 1 / factor)
        notes.doubt(code, file, part.place, rows, **told, times=times)
    return False


def _thousands(texts: pd.Series[Any]) -> list[str] | None:
    """Give a few cells of a column whose marks may all stand between thousands, else None.

    Few marks are enough where all other numbers are whole and below a thousand.
    """
    if texts.dtype == np.float64:
        return None
    marked = texts.str.contains("[.,]", regex=True)
    found = texts[marked]
    if found.empty or not found.str.fullmatch(THREE_AFTER).all():
        return None
    if len(found) < FEWEST_JUDGED and not texts[~marked].str.fullmatch("[+-]?[0-9]{0,3}").all():
        return None
    return sorted({str(cell) for cell in found})


def _compare_months(file: str, parts: list[_Part], lines: Counts, notes: Notes) -> None:
    """Refuse one month beside another that is several times as large, or blank for a part."""
    if len(parts) < 2:
        return
    empty = [part.values.isna() | (part.values == 0) for part in parts]
    blanks = [float(each.mean()) for each in empty]
    emptiest, fullest = int(np.argmax(blanks)), int(np.argmin(blanks))
    if blanks[emptiest] - blanks[fullest] > PART_BLANK:
        part = parts[emptiest]
        rows = lines[part.rows][empty[emptiest].to_numpy(dtype=bool)]
        share = whole_percent(blanks[emptiest])
        notes.doubt(
            "partly_loaded", file, part.place, rows, share=share, other=parts[fullest].place
        )
    medians = [float(part.known.median()) for part in parts]
    least, most = int(np.argmin(medians)), int(np.argmax(medians))
    if medians[most] > MONTHS_APART * medians[least]:
        notes.doubt(
            "months_apart",
            file,
            parts[most].place,
            lines[parts[most].rows],
            median=written_number(medians[most]),
            other=parts[least].place,
            other_median=written_number(medians[least]),
        )
