"""A file of the contract, or one part of it, cut into cells: all that needs no other part."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis.snapshot.dialect import Table, read_table
from analysis.snapshot.errors import Notes
from analysis.snapshot.numbers import Numbers, read_numbers
from analysis.snapshot.places import Part, UnreadablePartError
from analysis.snapshot.rows import customers_rows
from analysis.snapshot.schema import Column, FileContract


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
    table = customers_rows(contract, name, table, notes)
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
