"""Workbooks: what is written column by column is what the library writes cell by cell."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from analysis.chapters.cells import begins_a_formula
from analysis.chapters.sheet_rows import LONGEST_TEXT, Page
from analysis.chapters.workbook import Column, Sheet, write_workbook

DAY = datetime.date(2026, 10, 31)
COLUMNS = [
    Column("id", "№", "text", 12),
    Column("gain", "Выгода", "money", 14),
    Column("chance", "Доля", "share", 10),
    Column("reason", "Причина", "text", 40),
]
ROWS = pd.DataFrame(
    {
        "id": [f"{number:05d}" for number in range(40)],
        "gain": [1234.5, 1e-7, 2 / 3, 1e17, -3.0, None, 0.1 + 0.2, 12.0] * 5,
        "chance": [None, 0.25] * 20,
        "reason": ["", "=1+1", "a < b & 'c'", "повтор", " с пробелом "] * 8,
    }
)


class _CellByCell(Page):
    """The same page by what the library offers for single cells."""

    def add_numbers(self, values: pd.Series, form: xlsxwriter.format.Format) -> None:
        for row, value in enumerate(values, start=1):
            if pd.notna(value):
                self.write_number(row, self._next(), value, form)

    def add_texts(self, values: pd.Series, form: object, quoted: object) -> None:
        for row, text in enumerate(values, start=1):
            self.write_string(row, self._next(), text, quoted if begins_a_formula(text) else form)

    def _next(self) -> int:
        return int(self.dim_colmax)


def test_rows_are_written_as_the_library_writes_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = [Sheet("all", COLUMNS, ROWS), Sheet("none", COLUMNS, ROWS.head(0))]
    write_workbook(tmp_path / "columns.xlsx", sheets, DAY)
    monkeypatch.setattr("analysis.chapters.workbook.Page", _CellByCell)
    write_workbook(tmp_path / "cells.xlsx", sheets, DAY)
    assert (tmp_path / "columns.xlsx").read_bytes() == (tmp_path / "cells.xlsx").read_bytes()


def test_a_text_is_no_longer_than_excel_takes(tmp_path: Path) -> None:
    rows = pd.DataFrame({"reason": ["я" * 40_000]})
    write_workbook(tmp_path / "long.xlsx", [Sheet("all", COLUMNS[-1:], rows)], DAY)
    sheet = openpyxl.load_workbook(tmp_path / "long.xlsx").active
    assert sheet is not None and sheet["A2"].value == "я" * LONGEST_TEXT


def test_no_number_of_a_workbook_is_infinite(tmp_path: Path) -> None:
    rows = pd.DataFrame({"gain": [float("inf")]})
    with pytest.raises(ValueError, match="gain"):
        write_workbook(tmp_path / "odd.xlsx", [Sheet("all", COLUMNS[1:2], rows)], DAY)
