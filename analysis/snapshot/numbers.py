"""Numbers as exports write them: the cells of one column, read one by one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.arrays import Flags

MINUS = "\u2212"
GROUP_SPACES = " \u00a0\u202f"
NUMBER = (
    f"[+{MINUS}-]?(?:[0-9]+|[0-9]{{1,3}}(?:[{GROUP_SPACES}][0-9]{{3}})+)"
    "(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?"
)
"""A number as an export writes one: sign, groups, one decimal mark, an exponent."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of one column.

    Attributes
    ----------
    values : Series of float64
        Missing where blank or wrong.
    wrong, blank, dotted, comma : ndarray of bool
        Rows that hold no number, nothing, a point, a comma.
    """

    values: pd.Series[float]
    wrong: Flags
    blank: Flags
    dotted: Flags
    comma: Flags


def read_numbers(cells: pd.Series[str]) -> Numbers:
    """Numbers of a column of text; the decimal mark is found cell by cell.

    Parameters
    ----------
    cells : Series of str
        Stripped of outer spaces.
    """
    blank = (cells == "").to_numpy(dtype=bool)
    right = cells.str.fullmatch(NUMBER).to_numpy(dtype=bool)
    plain = cells.where(right, "").str.replace(",", ".", regex=False)
    if plain.str.contains(f"[{GROUP_SPACES}{MINUS}]").any():
        plain = plain.str.replace(MINUS, "-").str.replace(f"[{GROUP_SPACES}]", "", regex=True)
    return Numbers(
        values=pd.to_numeric(plain, errors="coerce").astype("float64"),
        wrong=~right & ~blank,
        blank=blank,
        dotted=right & cells.str.contains(".", regex=False).to_numpy(dtype=bool),
        comma=right & cells.str.contains(",", regex=False).to_numpy(dtype=bool),
    )
