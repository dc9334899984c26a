"""One file of an export under our own names, and what is wrong in it by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.arrays import Counts
from analysis.snapshot.dialect import Dialect, Table, read_table
from analysis.snapshot.errors import Notes, shown
from analysis.snapshot.labels import Repair, read_labels
from analysis.snapshot.numbers import read_numbers
from analysis.snapshot.schema import NOT_STATED, Column, FileContract

NAMES_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Reading:
    """One file under our own names.

    Attributes
    ----------
    contract : FileContract
        What the file should hold.
    frame : DataFrame
        The columns of the contract that the file has, one row per row of the file.
    impossible : DataFrame of id, column, value
        Cells outside the bounds of their column; missing in `frame`.
    dialect : Dialect
    repairs : tuple of Repair
        Labels corrected, with counts.
    respelt : DataFrame of id, column, found
        Corrected cells of open columns, as they were.
    sound : bool
        Whether the ids and periods can be compared with those of other files.
    """

    contract: FileContract
    frame: pd.DataFrame
    impossible: pd.DataFrame
    dialect: Dialect
    repairs: tuple[Repair, ...]
    respelt: pd.DataFrame
    sound: bool


def read_file(contract: FileContract, content: bytes, notes: Notes) -> Reading | None:
    """Read one file and check it by itself.

    Parameters
    ----------
    contract : FileContract
        What the file should hold.
    content : bytes
        The file as it is.
    notes : Notes
        Takes problems and findings.

    Returns
    -------
    Reading or None
        None if no row can be read.
    """
    own = Notes()
    try:
        return _read_columns(contract, content, own)
    finally:
        notes.problems.extend(own.problems)
        notes.findings.extend(own.findings)


def _read_columns(contract: FileContract, content: bytes, notes: Notes) -> Reading | None:
    file = contract.file
    labelled = [column.heading for column in contract.columns if column.kind == "label"]
    table = read_table(file, content, contract.headings, labelled, notes)
    if table is None:
        return None
    table = _without_cut_cell(contract, table, notes)
    if not len(table.lines):
        if not notes.problems:
            notes.refuse("no_rows", file)
        return None
    present = [column for column in contract.columns if column.heading in table.cells]
    frame = pd.DataFrame(index=pd.RangeIndex(len(table.lines)))
    repairs: list[Repair] = []
    impossible: dict[str, pd.Series[float]] = {}
    for column in present:
        cells = table.cells[column.heading]
        if column.kind == "id":
            frame["id"] = read_ids(file, column, cells, table.lines, notes)
        elif column.kind == "label":
            frame[column.name] = _read_label(file, column, cells, table.lines, repairs, notes)
    decimal = _read_numbers(file, present, table, frame, impossible, notes)
    _check_keys(contract, frame, table.lines, notes)
    sound = not _key_problems(notes)
    return Reading(
        contract,
        frame,
        _impossible_cells(contract, frame, impossible if sound else {}),
        replace(table.dialect, decimal=decimal),
        tuple(repairs),
        _respelt_cells(contract, frame, table, repairs),
        sound,
    )


def _without_cut_cell(contract: FileContract, table: Table, notes: Notes) -> Table:
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
        whole = cell.isdigit()
    if whole:
        return table
    notes.refuse("cut_row", contract.file, lines=table.lines[-1:])
    return table.where(np.arange(len(table.lines)) < len(table.lines) - 1)


def read_ids(
    file: str, column: Column, cells: pd.Series[str], lines: Counts, notes: Notes
) -> pd.Series[int]:
    """Ids as whole numbers; 0 where a cell holds none."""
    blank = (cells == "").to_numpy(dtype=bool)
    right = cells.str.fullmatch("[0-9]{1,18}").to_numpy(dtype=bool)
    ids = cells.where(right, "0").astype("int64")
    wrong = ~blank & (ids == 0).to_numpy(dtype=bool)
    if blank.any():
        notes.refuse("blank_cell", file, column.heading, lines[blank])
    if wrong.any():
        notes.refuse("bad_id", file, column.heading, lines[wrong], found=listed(cells[wrong]))
    return ids


def _read_label(
    file: str,
    column: Column,
    cells: pd.Series[str],
    lines: Counts,
    repairs: list[Repair],
    notes: Notes,
) -> pd.Series[str] | pd.Series[bool]:
    assert column.labels is not None
    reading = read_labels(cells, column.labels)
    repairs.extend(Repair(file, column.heading, *found) for found in reading.corrected)
    blanks = int(reading.blank.sum())
    if reading.unknown:
        rows = np.logical_or.reduce(list(reading.unknown.values()))
        found = listed(reading.unknown)
        if column.labels.closed:
            allowed = ", ".join(f"«{label}»" for label in column.labels.values)
            notes.refuse(
                "unknown_label", file, column.heading, lines[rows], found=found, allowed=allowed
            )
        else:
            notes.mention("new_label", file, column.heading, int(rows.sum()), found=found)
    if blanks:
        if column.name == "period":
            notes.refuse("blank_cell", file, column.heading, lines[reading.blank])
        else:
            named = {"level": "blank_level", "consent": "blank_consent"}
            notes.mention(named.get(column.name, "blank_label"), file, column.heading, blanks)
    if column.name == "consent":
        return reading.values == "yes"
    return reading.values if column.labels.closed else reading.values.fillna(NOT_STATED)


def _read_numbers(
    file: str,
    columns: Iterable[Column],
    table: Table,
    frame: pd.DataFrame,
    impossible: dict[str, pd.Series[float]],
    notes: Notes,
) -> str:
    """Add the number columns to the frame; returns the file's decimal mark."""
    numeric = [column for column in columns if column.kind == "number"]
    read = {column: read_numbers(table.cells[column.heading]) for column in numeric}
    dotted = sum(int(numbers.dotted.sum()) for numbers in read.values())
    comma = sum(int(numbers.comma.sum()) for numbers in read.values())
    decimal = "," if comma > dotted else "." if dotted else ""
    for column, numbers in read.items():
        values = numbers.values
        if numbers.wrong.any():
            found = listed(table.cells[column.heading][numbers.wrong])
            rows = table.lines[numbers.wrong]
            notes.refuse("not_a_number", file, column.heading, rows, found=found)
        odd = numbers.dotted if decimal == "," else numbers.comma
        if odd.any():
            found = listed(table.cells[column.heading][odd])
            notes.refuse("mixed_decimal", file, column.heading, table.lines[odd], found=found)
        if numbers.blank.any():
            notes.mention("blank_number", file, column.heading, int(numbers.blank.sum()))
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        outside = (values < low) | (values > high)
        if outside.any():
            impossible[column.name] = values[outside]
            found = listed(table.cells[column.heading][outside])
            notes.mention(
                "impossible_number", file, column.heading, int(outside.sum()), found=found
            )
        frame[column.name] = values.mask(outside)
    return decimal


def listed(texts: Iterable[object]) -> str:
    """List the first few different texts, in quotation marks."""
    distinct = sorted({shown(str(text)) for text in texts})
    return ", ".join(f"«{text}»" for text in distinct[:NAMES_SHOWN]) + (
        ", …" if len(distinct) > NAMES_SHOWN else ""
    )


def _impossible_cells(
    contract: FileContract, frame: pd.DataFrame, impossible: Mapping[str, pd.Series[float]]
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "id": frame.loc[values.index, "id"],
                "column": name + "_" + frame.loc[values.index, "period"].astype("str")
                if contract.by_period
                else name,
                "value": values,
            }
        )
        for name, values in impossible.items()
    ]
    empty = pd.DataFrame({"id": [0], "column": [""], "value": [0.0]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def _respelt_cells(
    contract: FileContract, frame: pd.DataFrame, table: Table, repairs: Iterable[Repair]
) -> pd.DataFrame:
    open_columns = {c.heading: c.name for c in contract.columns if c.labels and not c.labels.closed}
    parts = []
    for repair in repairs:
        if repair.column in open_columns and "id" in frame:
            rows = table.cells[repair.column] == repair.found
            parts.append(
                pd.DataFrame(
                    {
                        "id": frame.loc[rows, "id"],
                        "column": open_columns[repair.column],
                        "found": repair.found,
                    }
                )
            )
    empty = pd.DataFrame({"id": [0], "column": [""], "found": [""]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def _key_problems(notes: Notes) -> bool:
    """Whether a file's rows cannot be told apart: its shape, ids or months are wrong."""
    return any(problem.column in (None, "id", "Период") for problem in notes.problems)


def _check_keys(contract: FileContract, frame: pd.DataFrame, lines: Counts, notes: Notes) -> None:
    """Note customers (or customers and months) that come twice, and months that never come."""
    keys = ["id", "period"] if contract.by_period else ["id"]
    if not set(keys) <= set(frame):
        return
    clear = (frame["id"] > 0) & frame[keys].notna().all(axis=1)
    twice = (clear & frame.duplicated(keys, keep=False)).to_numpy(dtype=bool)
    months = next((c.labels for c in contract.columns if c.name == "period"), None)
    lacking = [
        label
        for label, name in (months.values.items() if months else ())
        if not (frame["period"] == name).any()
    ]
    if lacking and not _key_problems(notes):
        notes.refuse("missing_period", contract.file, "Период", found=listed(lacking))
    if twice.any():
        notes.refuse(
            "duplicate_row" if contract.by_period else "duplicate_id",
            contract.file,
            "id",
            lines[twice],
            ids=first_ids(frame.loc[twice, "id"]),
        )


def first_ids(ids: Iterable[int]) -> str:
    """List the first few different ids."""
    distinct = sorted({int(number) for number in ids})
    return ", ".join(map(str, distinct[:NAMES_SHOWN])) + (
        ", …" if len(distinct) > NAMES_SHOWN else ""
    )
