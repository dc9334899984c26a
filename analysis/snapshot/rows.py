"""Rows of a table that are no customer's: a heading again, a total, a last row that was cut."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis.snapshot.dialect import Table
from analysis.snapshot.errors import Notes, shown
from analysis.snapshot.ids import ID
from analysis.snapshot.numbers import BLANKS, DATE, read_numbers
from analysis.snapshot.schema import Column, FileContract
from analysis.snapshot.surroundings import name_left_out

ROUNDING_OF_SUM = 1e-5
"""By what part of itself a total may differ from the sum."""

TIMES_WHEN_CUT = 5.0
"""Times by which a number without its last digit is below the same customer's other months."""


def customers_rows(contract: FileContract, name: str, table: Table, notes: Notes) -> Table:
    """Leave out and name what is no customer's row; refuse a last row that was cut.

    Parameters
    ----------
    contract : FileContract
    name : str
        Of the file or the part of it, for the notes.
    table : Table
    notes : Notes
        Takes ``cut_row``, ``cut_number``, ``unfinished_file``, ``lines_left_out``, ``total_row``.
    """
    whole = _without_cut_cell(contract, name, table, notes)
    return _without_total(contract, name, _without_headings(contract, name, whole, notes), notes)


def _without_cut_cell(contract: FileContract, name: str, table: Table, notes: Notes) -> Table:
    """Take off a last row whose last cell was cut while the file was written."""
    column = next((c for c in contract.columns if c.heading == table.last_column), None)
    if not table.unfinished or column is None:
        return table
    cell = str(table.cells[column.heading].iloc[-1])
    if column.kind == "number":
        whole = not read_numbers(pd.Series([cell], dtype="str")).values.isna().any()
    elif column.labels is not None:
        whole = column.labels.correct(cell) is not None
    else:
        whole = bool(re.fullmatch(ID, cell))
    if whole and column.kind != "number":
        return table
    found, last = f"«{shown(cell)}»", table.lines[-1:]
    if whole and not _is_cut(contract, column, table):
        notes.mention("unfinished_file", name, found=found)
        return table
    if whole:
        notes.refuse("cut_number", name, None, last, found=found)
    else:
        notes.refuse("cut_row", name, lines=last)
    return table.where(np.arange(len(table.lines)) < len(table.lines) - 1)


def _is_cut(contract: FileContract, column: Column, table: Table) -> bool:
    """Tell whether the last number of a file that has no last line end lost its last digits.

    It ends in its mark, has fewer decimals than any other, or is far below the customer's other
    months; where there are none, far below the least of all.
    """
    cells = table.cells[column.heading].astype("str")
    last, others = str(cells.iloc[-1]), cells.iloc[:-1]
    decimals = others.str.extract(r"[.,]([0-9]*)$", expand=False).fillna("").str.len()
    if last.endswith((".", ",")) or len(re.sub(r"^.*?[.,]|^[^.,]*$", "", last)) < decimals.min():
        return True
    values = read_numbers(cells, column.unit).values
    rest = values.iloc[:-1][values.iloc[:-1] > 0]
    if contract.by_period and "id" in table.cells:
        rest = rest[table.cells["id"].iloc[:-1][rest.index] == table.cells["id"].iloc[-1]]
        return bool(len(rest) and 0 < TIMES_WHEN_CUT * values.iloc[-1] < rest.min())
    return bool(len(rest) and 0 < 2 * values.iloc[-1] < rest.min())


def _without_headings(contract: FileContract, name: str, table: Table, notes: Notes) -> Table:
    """Take out the heading where it comes again, and names or units right below it."""
    numbers = [
        column.heading
        for column in contract.columns
        if column.kind == "number" and column.heading in table.cells
    ]
    texts = [heading for heading in table.cells if table.cells[heading].dtype != np.float64]
    if not len(table.lines) or not numbers or set(numbers) - set(texts):
        return table
    again = np.ones(len(table.lines), dtype=bool)
    for heading in numbers:
        cells = table.cells[heading]
        again &= cells.str.len().eq(len(heading)).to_numpy(dtype=bool)
        if again.any():
            again[again] = cells[again].str.casefold().eq(heading.casefold())
    top = table.cells.iloc[0].astype("str")
    words = [cell for heading in numbers if (cell := str(top[heading])).casefold() not in BLANKS]
    if words and not any(re.search("[0-9#]", str(cell)) for cell in top):
        again[0] = not any(re.fullmatch(DATE, cell) for cell in words)
    if not again.any():
        return table
    rows = table.cells[again].astype("str").drop_duplicates().itertuples(index=False)
    lines = [", ".join(map(str, row)) for row in rows]
    name_left_out(name, lines, notes, int(again.sum()))
    return table.where(~again)


def _without_total(contract: FileContract, name: str, table: Table, notes: Notes) -> Table:
    """Take off a last row without an id that holds the sum of the others."""
    if not len(table.lines) or "id" not in table.cells or table.cells["id"].iloc[-1]:
        return table
    for column in contract.columns:
        if column.kind == "number" and column.heading in table.cells:
            values = read_numbers(table.cells[column.heading], column.unit).values
            last, rest = float(values.iloc[-1]), float(values.iloc[:-1].sum())
            if last and abs(last - rest) <= ROUNDING_OF_SUM * abs(rest):
                written = ", ".join(str(cell) for cell in table.cells.iloc[-1] if str(cell))
                notes.mention("total_row", name, count=1, found=f"«{shown(written)}»")
                return table.where(np.arange(len(table.lines)) < len(table.lines) - 1)
    return table
