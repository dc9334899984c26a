"""No text from data is a formula in a list that somebody opens."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.chapters import text_tables
from analysis.chapters.cells import inert
from analysis.chapters.customer_files import write_table
from analysis.chapters.words import Words
from analysis.chapters.workbook import Column, Sheet, write_workbook

WORDS = Path(__file__).parents[3] / "templates" / "words"
FORMULAS = ["=1+1", "+7", "-cmd|x", "@SUM(1)", "\t=1", " =1", "＝1", "\r=1"]
TEXTS = ["Посуда", "5=5", "a@b", "(+1)", "", "'=1"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_list_as_text_holds_no_formula_and_all_numbers(tmp_path: Path, language: str) -> None:
    words = Words.of(WORDS / language)
    texts = [*FORMULAS, *TEXTS, None]
    table = pd.DataFrame({"a": texts, "number": range(-1, len(texts) - 1)})
    table["a"] = table["a"].astype("str")
    path = tmp_path / "list.csv"
    write_table(path, table, words)
    form = words.lists["form"]
    back = pd.read_csv(path, sep=form["separator"], dtype={"a": "str"}, keep_default_na=False)
    assert back["a"].tolist() == [f"'{text}" for text in FORMULAS] + [*TEXTS, ""]
    assert back["number"].tolist() == table["number"].tolist()


def test_a_workbook_marks_such_a_text_as_text_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    rows = pd.DataFrame({"a": ["=1+1", "Посуда"]})
    path = tmp_path / "book.xlsx"
    sheet = Sheet("s", [Column("a", "A", "text", 10)], rows)
    write_workbook(path, [sheet], datetime.date(2026, 10, 31))
    cells = [openpyxl.load_workbook(path)["s"][f"A{row}"] for row in (2, 3)]
    assert [(each.value, each.data_type) for each in cells] == [("=1+1", "s"), ("Посуда", "s")]
    assert [each.quotePrefix for each in cells] == [True, False]


def test_only_what_begins_like_a_formula_gets_a_quote() -> None:
    assert [inert(text) for text in TEXTS] == TEXTS


def test_a_table_of_text_is_what_csv_of_python_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(text_tables, "BLOCK", 7)
    texts = [
        "Pots",
        "=1+1",
        "-5",
        " =a",
        'she said "x"',
        "a;b",
        "a,b",
        "line\nbreak",
        "",
        "\u3000=x",
    ]
    values = [0.1, 1e-7, 12.0, -0.0, 1234567.89, 1e12, 3.5e22, None, 0.005, -17.25]
    table = pd.DataFrame({"a;b": values, "n": range(10), "b": [True, False] * 5, "t": texts})
    for separator, decimal in ((";", ","), (",", ".")):
        text_tables.write_text_table(
            tmp_path / "t.csv", table, {"separator": separator, "decimal": decimal}
        )
        expected = io.StringIO(newline="")
        csv.writer(expected, delimiter=separator, lineterminator="\r\n").writerows(
            [
                table.columns,
                *(
                    [
                        "" if value is None else repr(value).replace(".", decimal),
                        number,
                        flag,
                        inert(text),
                    ]
                    for value, number, flag, text in zip(
                        values, range(10), [True, False] * 5, texts, strict=True
                    )
                ),
            ]
        )
        assert (tmp_path / "t.csv").read_bytes() == expected.getvalue().encode("utf-8-sig")


def test_a_text_is_made_inert_once_however_many_rows_have_it(tmp_path, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(text_tables, "inert", lambda text: asked.append(text) or inert(text))
    table = pd.DataFrame({"t": ["Pots", "=1", "-2"] * 5000})

    text_tables.write_text_table(tmp_path / "t.csv", table, {"separator": ";", "decimal": ","})

    assert sorted(asked) == ["-2", "=1"]
