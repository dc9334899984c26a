"""What was sent: the shop's own record of a month's mailings, where it keeps one.

``sent.csv`` in the month's folder: a line per message with ``id``, ``offer`` (the code in the file
for the mailing system) and ``date``. A file with a heading alone says that nothing was sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Counts
from analysis.snapshot.dialect import Table, read_table
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.file_reader import listed, read_ids
from analysis.snapshot.schema import Column

SENT_FILE = "sent.csv"
HEADINGS = ("id", "offer", "date")
FIRST_DAY = pd.Timestamp("2000-01-01")
"""Earlier days, such as 01.01.0001, stand for a day that is not known."""
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


def read_sent(file: Path) -> pd.DataFrame:
    """Read what was sent.

    Returns
    -------
    DataFrame of id, offer, date
        In the order of the file; a customer may stand in it several times.

    Raises
    ------
    SnapshotError
        With everything that is wrong.
    """
    notes, name = Notes(), f"{file.parent.name}/{file.name}"
    try:
        content = file.read_bytes()
    except OSError as error:
        notes.refuse("unreadable_file", name)
        raise SnapshotError(tuple(notes.problems)) from error
    table = read_table(name, content, HEADINGS, HEADINGS[1:], notes)
    if table is None and [problem.code for problem in notes.problems] == ["no_rows"]:
        return _nothing()
    sent = _nothing() if table is None else _columns(name, table, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    return sent


def _columns(name: str, table: Table, notes: Notes) -> pd.DataFrame:
    columns: dict[str, pd.Series[Any]] = {}
    for heading, cells in table.cells.items():
        texts = cells.astype("str")
        if heading == "id":
            columns["id"] = read_ids(name, Column("id", "id", "id"), texts, table.lines, notes)
            continue
        blank = (texts == "").to_numpy(dtype=bool)
        if blank.any():
            notes.refuse("blank_cell", name, str(heading), table.lines[blank])
        columns[str(heading)] = (
            _dates(name, texts, table.lines, notes) if heading == "date" else texts
        )
    return pd.DataFrame(columns)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": np.array([], dtype="str"),
            "offer": np.array([], dtype="str"),
            "date": np.array([], dtype="datetime64[s]"),
        }
    )


def _dates(
    name: str, texts: pd.Series[str], lines: Counts, notes: Notes
) -> pd.Series[pd.Timestamp]:
    read = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for form in DATE_FORMATS:
        read = read.fillna(pd.to_datetime(texts, format=form, errors="coerce").astype(read.dtype))
    read = read.where(read >= FIRST_DAY)
    wrong = (read.isna() & (texts != "")).to_numpy(dtype=bool)
    if wrong.any():
        notes.refuse("not_a_date", name, "date", lines[wrong], found=listed(texts[wrong]))
    return read
