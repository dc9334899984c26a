"""What was sent: the shop's own record of a month's mailings, where it keeps one.

``sent.csv`` in the month's folder: a line per message with ``id``, ``offer`` (the code in the file
for the mailing system) and ``date``. A file with a heading alone says that nothing was sent. It is
read however it is written, as the month's four files are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Counts
from analysis.campaigns.mailings import LETTER_ENDING
from analysis.periods import day_after
from analysis.snapshot.dialect import Table, read_table
from analysis.snapshot.errors import Notes, Problem, SnapshotError
from analysis.snapshot.file_reader import listed, read_ids
from analysis.snapshot.places import find_file
from analysis.snapshot.schema import Column
from analysis.snapshot.sources import OF_ONE_BYTE

SENT_FILE = "sent.csv"
HEADINGS = ("id", "offer", "date")
FIRST_DAY = pd.Timestamp("2000-01-01")
"""Earlier days, such as 01.01.0001, stand for a day that is not known."""
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
LATEST = 92
"""Days after the month's end by which its letters have gone out, at the latest."""
NO_TIME = r"[ T]0?0:00(?::00(?:\.0+)?)?$"
"""What programs write behind a day that has no time."""


def find_sent(month: Path) -> Path | None:
    """Find what says what was sent in a month's folder, in any form of the month's own files.

    Raises
    ------
    SnapshotError
        ``several_files``.
    """
    notes = Notes()
    file = find_file(month, SENT_FILE, notes)
    if several := tuple(each for each in notes.problems if each.code == "several_files"):
        raise SnapshotError(several)
    return file if file is not None and file.is_file() else None


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
        raise SnapshotError(tuple(map(_with_an_example, notes.problems)))
    return sent


def refuse_sent_of_others(file: Path, sent: pd.DataFrame, lists: pd.DataFrame, period: str) -> None:
    """Refuse a record that is not one of a month's lists: of other customers, offers or days.

    Single lines may be about others, who are counted; where none is about the lists, it would be
    concluded that nothing was sent.

    Parameters
    ----------
    file : Path
    sent : DataFrame of id, offer, date
        What `read_sent` read of it.
    lists : DataFrame of id, offer
        Of the month's edition, one row per customer; without an offer, nobody is on a list.
    period : str
        The month of the lists, ``YYYY-MM``.

    Raises
    ------
    SnapshotError
        ``sent_to_others``, ``sent_other_offers``, ``sent_on_other_days``.
    """
    offers = sorted(lists["offer"].dropna().unique())
    if not len(sent) or not offers:
        return
    notes, name = Notes(), f"{file.parent.name}/{file.name}"
    if not sent["id"].isin(lists["id"].astype("str")).any():
        notes.refuse("sent_to_others", name, "id", (), found=listed(sent["id"]), period=period)
    codes = sent["offer"].str.removesuffix(LETTER_ENDING)
    if not codes.isin(offers).any():
        known = ", ".join(offers)
        notes.refuse("sent_other_offers", name, "offer", (), found=listed(codes), known=known)
    first, last = (pd.Timestamp(day) for day in (f"{period}-01", day_after(period, LATEST)))
    if not sent["date"].between(first, last).any():
        days = sent["date"].dt.date.astype(str)
        notes.refuse("sent_on_other_days", name, "date", (), found=listed(days), period=period)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))


def _with_an_example(problem: Problem) -> Problem:
    return replace(problem, code="no_sent_header") if problem.code == "no_header" else problem


def _columns(name: str, table: Table, notes: Notes) -> pd.DataFrame:
    columns: dict[str, pd.Series[Any]] = {}
    for heading, cells in table.cells.items():
        texts = cells.astype("str")
        unsure = ~texts.str.isascii().to_numpy(dtype=bool)
        if unsure.any() and table.dialect.encoding in OF_ONE_BYTE:
            found = listed(texts[unsure])
            notes.refuse("garbled_label", name, str(heading), table.lines[unsure], found=found)
            continue
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
    texts = texts.str.replace(NO_TIME, "", regex=True)
    read = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for form in DATE_FORMATS:
        read = read.fillna(pd.to_datetime(texts, format=form, errors="coerce").astype(read.dtype))
    read = read.where(read >= FIRST_DAY)
    wrong = (read.isna() & (texts != "")).to_numpy(dtype=bool)
    if wrong.any():
        notes.refuse("not_a_date", name, "date", lines[wrong], found=listed(texts[wrong]))
    return read
