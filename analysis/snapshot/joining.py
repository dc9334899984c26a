"""The parts of a file, each cut by itself, put together.

An export of many customers is delivered in parts, each a file with the same headings. Whatever is
judged by a whole column is judged once they are together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from analysis.snapshot.dialect import Dialect, Table
from analysis.snapshot.errors import Finding, Notes, shown
from analysis.snapshot.numbers import Numbers
from analysis.snapshot.pieces import Piece
from analysis.snapshot.schema import FileContract

NOTHING_THERE = frozenset({"empty_file", "no_rows"})
"""Problems of a part that holds no customer: others may."""
MOST_TOLD = 5
"""Parts whose problem of one kind is told."""


OF_THE_WHOLE_FILE = frozenset({"extra_column", "heading_respelt", "mixed_line_ends", "sheet_read"})
"""Findings that every part has alike: they are not added up."""


def joined(contract: FileContract, pieces: Sequence[Piece], notes: Notes) -> Piece:
    """Put the parts of a file together.

    Parameters
    ----------
    contract : FileContract
    pieces : sequence of Piece
        In their order. A single one is the file.
    notes : Notes
        Takes what was noted of the parts, and ``parts_differ``.

    Returns
    -------
    Piece
        Lines are counted through all parts, one below the other.
    """
    digest = joined_digest([piece.digest for piece in pieces])
    if len(pieces) == 1:
        notes.problems.extend(pieces[0].notes.problems)
        notes.findings.extend(pieces[0].notes.findings)
        return pieces[0]
    filled = [piece for piece in pieces if not _holds_nothing(piece)]
    if not filled:
        notes.refuse("no_rows", contract.file)
        return Piece(None, notes, digest)
    _note_all(contract.file, filled, notes)
    tables = [piece.table for piece in filled if piece.table is not None]
    if not tables:
        return Piece(None, notes, digest)
    odd = next((each for each in tables if _form(each) != _form(tables[0])), None)
    if odd is not None:
        here, there = (_written(each.dialect) for each in (tables[0], odd))
        notes.refuse("parts_differ", contract.file, here=here, there=there)
        return Piece(None, notes, digest)
    numbers = {
        heading: _all_numbers([piece.numbers[heading] for piece in filled])
        for heading in filled[0].numbers
        if all(heading in piece.numbers for piece in filled)
    }
    return Piece(_all_rows(tables), notes, digest, numbers)


def joined_digest(digests: Sequence[str]) -> str:
    """Digest of a file by those of its parts."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _holds_nothing(piece: Piece) -> bool:
    codes = {problem.code for problem in piece.notes.problems}
    return piece.table is None and bool(codes) and codes <= NOTHING_THERE


def _note_all(file: str, pieces: Sequence[Piece], notes: Notes) -> None:
    """Tell problems of the first parts that have them by the part, findings of all in one."""
    told: dict[tuple[str, str | None], int] = {}
    for problem in (each for piece in pieces for each in piece.notes.problems):
        kind = (problem.code, problem.column)
        told[kind] = told.get(kind, 0) + 1
        if told[kind] <= MOST_TOLD:
            notes.problems.append(problem)
    found: dict[tuple[str, str | None], Finding] = {}
    for finding in (each for piece in pieces for each in piece.notes.findings):
        place = (finding.code, finding.column)
        first = found.get(place)
        count = finding.count + (first.count if first else 0)
        if finding.code in OF_THE_WHOLE_FILE:
            count = finding.count
        fields = (first or finding).fields
        found[place] = Finding(finding.code, file, finding.column, count, fields)
    notes.findings.extend(found.values())


def _form(table: Table) -> tuple[object, ...]:
    """Say what all parts of a file must have in common."""
    dialect = table.dialect
    kinds = tuple(sorted((name, str(kind)) for name, kind in table.cells.dtypes.items()))
    return dialect.encoding, dialect.separator, kinds


def _written(dialect: Dialect) -> str:
    return " ".join(filter(None, (dialect.encoding, shown(dialect.separator) or dialect.separator)))


def _all_rows(tables: Sequence[Table]) -> Table:
    """Rows of all parts; those of a later one are numbered on."""
    first = tables[0]
    before = np.cumsum([0, *(int(table.lines[-1]) for table in tables[:-1])])
    cells = {}
    for heading in first.cells:
        columns = [table.cells[heading] for table in tables]
        if isinstance(columns[0].dtype, pd.CategoricalDtype):
            cells[heading] = pd.Series(union_categoricals(columns, sort_categories=True))
        else:
            cells[heading] = pd.concat(columns, ignore_index=True)
    return Table(
        first.dialect,
        pd.DataFrame(cells),
        np.concatenate([table.lines + top for table, top in zip(tables, before, strict=True)]),
        None,
        False,
        any(table.uncomputed for table in tables),
    )


def _all_numbers(parts: Sequence[Numbers]) -> Numbers:
    return Numbers(
        values=pd.concat([each.values for each in parts], ignore_index=True),
        wrong=np.concatenate([each.wrong for each in parts]),
        blank=np.concatenate([each.blank for each in parts]),
        dotted=np.concatenate([each.dotted for each in parts]),
        comma=np.concatenate([each.comma for each in parts]),
        signed=np.concatenate([each.signed for each in parts]),
        percent=np.concatenate([each.percent for each in parts]),
    )
