"""A file of the contract, or one part of it, cut into cells: all that needs no other part."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.snapshot.dialect import Table, read_table
from analysis.snapshot.errors import Notes, shown
from analysis.snapshot.numbers import BLANKS, Numbers, read_numbers
from analysis.snapshot.places import Part, UnreadablePartError
from analysis.snapshot.schema import Column, FileContract
from analysis.snapshot.surroundings import name_left_out

ID = r"[0-9A-Za-zА-Яа-яЁё](?:[0-9A-Za-zА-Яа-яЁё._:/-]{0,62}[0-9A-Za-zА-Яа-яЁё])?"
"""An id is a text: digits, letters, and a few signs between them."""
ROUNDING_OF_SUM = 1e-5
"""By what part of itself a total may differ from the sum."""
DATE = (
    "[0-9]{1,2}[./-](?:[а-я]{3,8}|[A-Za-z]{3,9})(?:[./-][0-9]{2,4})?"
    "|(?:[а-я]{3,8}|[A-Za-z]{3,9})[./-][0-9]{2,4}"
    "|(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9:.]+)?"
)
"""What a spreadsheet shows where it took a number for a date."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a file, cut.

    Attributes
    ----------
    table : Table or None
        None where nothing can be cut.
    numbers : mapping of str to Numbers
        By heading, those that other rows cannot change.
    notes : Notes
    digest : str
        SHA-256 of the part's bytes.
    """

    table: Table | None
    notes: Notes
    digest: str = ""
    numbers: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def was_read(self) -> bool:
        """Whether the part's bytes could be had."""
        return bool(self.digest)


@dataclass(frozen=True)
class Cut:
    """The work of cutting one part.

    Attributes
    ----------
    contract : FileContract
    part : Part
    accepting : bool
        See `Notes`.
    """

    contract: FileContract
    part: Part
    accepting: bool = False


def cut_part(asked: Cut) -> Piece:
    """Read a part from where it lies and cut it; everything about it that needs no other part."""
    notes = Notes(accepting=asked.accepting)
    try:
        content = asked.part.read()
    except UnreadablePartError as error:
        notes.refuse(error.code, asked.part.name, None, (), **error.fields)
        return Piece(None, notes)
    return cut_content(asked.contract, asked.part.name, content, notes)


def cut_content(contract: FileContract, name: str, content: bytes, notes: Notes) -> Piece:
    """Cut the bytes of a part.

    Parameters
    ----------
    contract : FileContract
        Of the file that it is part of.
    name : str
        Of the part, for the notes.
    content : bytes
        The part as it is.
    notes : Notes
        Empty.
    """
    digest = hashlib.sha256(content).hexdigest()
    labelled = [column.heading for column in contract.columns if column.kind == "label"]
    table = read_table(name, content, contract.headings, labelled, notes)
    if table is None:
        return Piece(None, notes, digest)
    table = _without_cut_cell(contract, name, table, notes)
    table = _without_total(contract, name, _without_headings(contract, name, table, notes), notes)
    if not len(table.lines):
        if not notes.problems:
            notes.refuse("no_rows", name)
        return Piece(None, notes, digest)
    numbers = {
        column.heading: read_numbers(table.cells[column.heading], column.unit)
        for column in contract.columns
        if column.kind == "number" and column.heading in table.cells
    }
    settled = {heading: each for heading, each in numbers.items() if each.settled}
    return Piece(table, notes, digest, settled)


def read_ahead(numbers: Mapping[str, Numbers], column: Column, cells: pd.DataFrame) -> Numbers:
    """Give the numbers of a column that were read with its part, or read them now."""
    if (known := numbers.get(column.heading)) is not None:
        return known
    return read_numbers(cells[column.heading], column.unit)


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
    if whole:
        return table
    notes.refuse("cut_row", name, lines=table.lines[-1:])
    return table.where(np.arange(len(table.lines)) < len(table.lines) - 1)


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
    name_left_out(name, [", ".join(map(str, row)) for row in rows], notes)
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
