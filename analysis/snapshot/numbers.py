"""Numbers as exports write them: the cells of one column, read one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Flags
from analysis.snapshot.schema import UNSEEN, Unit

MINUS = "\u2212"
GROUP_SPACES = " \u00a0\u2009\u202f'\u2019"
NUMBER = (
    f"[+{MINUS}-]?(?:[0-9]+|[0-9]{{1,3}}(?:[{GROUP_SPACES}][0-9]{{3}})+)"
    "(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?"
)
"""A number as an export writes one: sign, groups, one decimal mark, an exponent."""

DATE = (
    "[0-9]{1,2}[./-](?:[а-я]{3,8}|[A-Za-z]{3,9})(?:[./-][0-9]{2,4})?"
    "|(?:[а-я]{3,8}|[A-Za-z]{3,9})[./-][0-9]{2,4}"
    "|(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9:.]+)?"
)
"""What a spreadsheet shows where it took a number for a date."""

PLAIN_SIGNS = frozenset(b"0123456789.-")
"""Bytes with which most exports write all of their numbers."""

BLANKS = frozenset(
    {"", "null", "(null)", "nan", "nat", "none", "nil", "n/a", "na", "#n/a", "<na>", "\\n"}
    | {"#н/д", "н/д", "н.д.", "нет данных", "no data", "(blank)", "(пусто)"}
)
"""What programs write into a cell that holds nothing, in small letters."""

CURRENCY = re.compile(r"^(?:₽|RU[BR]\b)\s*|\s*(?:₽|руб\.?|р\.|RU[BR])$", re.IGNORECASE)
IN_BRACKETS = re.compile(r"\((.*)\)|(.*[^eE-])[-\u2212]")
"""A loss as accountants write it, and as old programs do: (5), 5-."""
BEGUN = re.compile(r"^([+\u2212-]?)(?=[.,][0-9])")
ENDED = re.compile(r"(?<=[0-9])[.,]$")
"""Where a number is written without a nought before its mark, or without a fraction behind it."""
POINTS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}")
COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}")
"""Numbers in which a mark can only stand between thousands."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of one column.

    Attributes
    ----------
    values : Series of float64
        Missing where blank or wrong.
    wrong, blank, dotted, comma : ndarray of bool
        Rows that hold no number, nothing, a decimal point, a decimal comma.
    signed, percent : ndarray of bool
        Rows with a sign of roubles or a loss in brackets, and with a sign of percent (`values` are
        shares there).
    settled : bool
        Whether every cell was read by itself, so that other rows would not have changed it.
    """

    values: pd.Series[float]
    wrong: Flags
    blank: Flags
    dotted: Flags
    comma: Flags
    signed: Flags
    percent: Flags
    settled: bool = True


def blank_cells(cells: pd.Series[str]) -> Flags:
    """Tell which cells hold nothing, or a program's word for it."""
    return cells.str.casefold().isin(BLANKS).to_numpy(dtype=bool)


def _typed(values: pd.Series[float]) -> Numbers:
    """Numbers of a file that has types."""
    blank = values.isna().to_numpy(dtype=bool)
    endless = np.isinf(values.to_numpy())
    none = np.zeros_like(blank)
    return Numbers(values.mask(endless), endless, blank, none, none, none, none)


def read_numbers(cells: pd.Series[Any], unit: Unit = "") -> Numbers:
    """Numbers of a column of text; the decimal mark is found cell by cell.

    Thousands may be set apart by spaces, apostrophes, or the mark that is not the decimal one where
    that is certain: both in one cell, or two groups. Where a cell is certain, all of its column are
    read so.

    Parameters
    ----------
    cells : Series of str, or of float64
        Texts stripped of outer spaces; numbers of a file that has types are taken as they are.
    unit : Unit
        A sign of roubles is read where the column counts roubles, of percent where it is a share.
    """
    if cells.dtype == np.float64:
        return _typed(cells)
    if (plain_ones := _plainly_written(cells)) is not None:
        return plain_ones
    right = cells.str.fullmatch(NUMBER).to_numpy(dtype=bool)
    blank = np.zeros_like(right)
    if not right.all():
        blank[~right] = blank_cells(cells[~right])
    odd = ~right & ~blank
    plain = cells if right.all() else cells.where(right, "")
    signed, percent = np.zeros_like(odd), np.zeros_like(odd)
    if odd.any():
        bare = cells[odd].str.replace(UNSEEN, "", regex=True).str.strip()
        if unit in ("roubles", "profit"):
            signed[odd] = bare.str.contains(CURRENCY).to_numpy(dtype=bool)
            bare = bare.str.replace(CURRENCY, "", regex=True)
            lost = bare.str.fullmatch(IN_BRACKETS)
            bare = bare.where(~lost, "-" + bare.str.replace(IN_BRACKETS, r"\1\2", regex=True))
            bare = bare.str.replace(CURRENCY, "", regex=True)
            signed[odd] |= lost.to_numpy(dtype=bool)
        if unit == "share":
            percent[odd] = bare.str.endswith("%").to_numpy(dtype=bool)
            bare = bare.str.removesuffix("%").str.strip()
        bare = bare.str.replace(BEGUN, r"\g<1>0", regex=True).str.replace(ENDED, "", regex=True)
        plain[odd] = bare
        plain = _without_groups(plain)
        right = plain.str.fullmatch(NUMBER).to_numpy(dtype=bool) & ~blank
    dotted = right & plain.str.contains(".", regex=False).to_numpy(dtype=bool)
    comma = right & plain.str.contains(",", regex=False).to_numpy(dtype=bool)
    if not right.all():
        plain = plain.where(right, "")
    if comma.any():
        plain = plain.str.replace(",", ".", regex=False)
    if plain.str.contains(f"[+{GROUP_SPACES}{MINUS}]").any():
        plain = plain.str.replace(MINUS, "-").str.replace(f"[+{GROUP_SPACES}]", "", regex=True)
    values = _as_floats(plain)
    return Numbers(
        values=values.where(~percent, values / 100) if percent.any() else values,
        wrong=~right & ~blank,
        blank=blank,
        dotted=dotted,
        comma=comma,
        signed=signed & right,
        percent=percent & right,
        settled=not odd.any(),
    )


def _plainly_written(cells: pd.Series[str]) -> Numbers | None:
    """Numbers of a column whose cells all are digits with a point at most, else None.

    No pattern is held against such cells: those of a million customers are read in a fraction of
    the time.
    """
    whole = pa.array(cells)
    chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
    texts = pa.chunked_array(chunks, type=whole.type)
    if not len(cells) or any(each.null_count for each in chunks):
        return None
    used = set[int]().union(*(_bytes_used(each.cast(pa.large_string())) for each in chunks))
    if not used <= PLAIN_SIGNS:
        return None
    marks = [pc.starts_with(texts, "."), pc.ends_with(texts, "."), pc.match_substring(texts, "-.")]
    if any(pc.any(each).as_py() for each in marks):
        return None
    try:
        values = pc.cast(texts, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    if not np.isfinite(values).all():
        return None
    none = np.zeros(len(values), dtype=bool)
    dotted = none
    if ord(".") in used:
        dotted = np.asarray(pc.match_substring(texts, ".").to_numpy(), dtype=bool)
    return Numbers(
        pd.Series(values, index=cells.index, dtype="float64"), none, none, dotted, none, none, none
    )


def _bytes_used(texts: pa.Array) -> set[int]:
    """Which bytes a column is written with."""
    _, places, letters = texts.buffers()
    if letters is None:
        return set()
    ends = np.frombuffer(places, dtype=np.int64)
    signs = np.frombuffer(letters, dtype=np.uint8)
    used = signs[ends[texts.offset] : ends[texts.offset + len(texts)]]
    return set(np.flatnonzero(np.bincount(used, minlength=256)).tolist())


def _as_floats(plain: pd.Series[str]) -> pd.Series[float]:
    """Parse numbers, and "" as missing; too large ones are none."""
    texts = pa.array(plain)
    numbers = pc.cast(pc.if_else(pc.equal(texts, ""), None, texts), pa.float64())
    values = pd.Series(numbers.to_numpy(zero_copy_only=False), index=plain.index, dtype="float64")
    return values.mask(np.isinf(values))


def _without_groups(plain: pd.Series[str]) -> pd.Series[str]:
    """Take out points or commas between thousands, if some cell shows that they are such."""
    certain = {
        sign: plain.str.fullmatch(pattern).to_numpy(dtype=bool)
        for sign, pattern in ((".", POINTS), (",", COMMAS))
    }
    found = [sign for sign, rows in certain.items() if rows.any()]
    if len(found) != 1:
        return plain
    [sign] = found
    grouped = certain[sign] | plain.str.fullmatch(
        f"[+-]?[0-9]{{1,3}}{re.escape(sign)}[0-9]{{3}}"
    ).to_numpy(dtype=bool)
    bare = plain.where(~grouped, plain.str.replace(sign, "", regex=False))
    return bare.where(grouped | ~bare.str.contains(sign, regex=False), f"?{sign}")
