"""Workbooks for Excel: a heading that stays, filters, number formats, and the same bytes again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import xlsxwriter

from analysis.chapters.sheet_rows import Page

LONGEST_SHEET_NAME = 31
FORBIDDEN_IN_SHEET_NAMES = "[]:*?/\\"
Kind = Literal["text", "whole", "number", "share", "money"]
"""How the cells of a column are written."""

FORMATS: dict[Kind, dict[str, str]] = {
    "text": {},
    "whole": {"num_format": "0"},
    "number": {"num_format": "0.00"},
    "share": {"num_format": "0.0%"},
    "money": {"num_format": "#,##0.00"},
}


@dataclass(frozen=True)
class Column:
    """A column: the field it shows, its heading, how its cells are written, and its width."""

    field: str
    heading: str
    kind: Kind
    width: int


@dataclass(frozen=True)
class Sheet:
    """A sheet of one table."""

    name: str
    columns: Sequence[Column]
    rows: pd.DataFrame


def _sheet_name(name: str) -> str:
    """Give a name that Excel takes for a sheet: without some marks, and no quote at its ends."""
    allowed = "".join(" " if mark in FORBIDDEN_IN_SHEET_NAMES else mark for mark in name)
    return allowed[:LONGEST_SHEET_NAME].strip(" '") or "—"


def write_workbook(path: Path, sheets: Sequence[Sheet], created: datetime.date) -> None:
    """Write sheets into a workbook.

    Parameters
    ----------
    created : date
        The date that the workbook says it was made on; no clock is asked, so that equal tables
        give equal bytes.
    """
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {"created": datetime.datetime(created.year, created.month, created.day)}
        )
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        quoted = book.add_format({"quote_prefix": True})
        formats = {kind: book.add_format(form) for kind, form in FORMATS.items()}
        for sheet in sheets:
            page = book.add_worksheet(_sheet_name(sheet.name), worksheet_class=Page)
            page.freeze_panes(1, 0)
            last = len(sheet.columns) - 1
            page.autofilter(0, 0, len(sheet.rows), last)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            for place, column in enumerate(sheet.columns):
                form = formats[column.kind]
                page.set_column(place, place, column.width, form)
                page.write_string(0, place, column.heading, head)
                values = sheet.rows[column.field]
                if column.kind == "text":
                    page.add_texts(values, form, quoted)
                else:
                    page.add_numbers(values, form)
