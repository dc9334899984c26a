"""However a file is written, the same table comes out of it."""

from __future__ import annotations

import random
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.customers import one_row_per_customer
from analysis.snapshot.snapshot import read_snapshot
from tests.analysis.conftest import (
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    SnapshotFolder,
    Writing,
    customer_lists,
    tables,
    write_snapshot,
    writings,
    written,
)

FILES = (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)


def read_as(files: dict[str, list[dict[str, str]]], dialects: dict[str, Writing]) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        return one_row_per_customer(read_snapshot(write_snapshot(Path(folder), files, dialects)))


@settings(max_examples=25, deadline=None)
@given(customer_lists(), st.tuples(writings, writings, writings, writings))
def test_the_dialect_of_a_file_changes_nothing(
    customers: list[dict[str, object]], dialects: tuple[Writing, ...]
) -> None:
    files = tables(customers)
    pd.testing.assert_frame_equal(
        read_as(files, {}), read_as(files, dict(zip(FILES, dialects, strict=True)))
    )


@cache
def in_order() -> tuple[dict[str, list[dict[str, str]]], pd.DataFrame]:
    files = SnapshotFolder(Path()).files
    return files, read_as(files, {})


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_columns_changes_nothing(chance: random.Random) -> None:
    files, expected = in_order()
    shuffled = {}
    for name, rows in files.items():
        headings = chance.sample(list(rows[0]), len(rows[0]))
        shuffled[name] = [{heading: row[heading] for heading in headings} for row in rows]
    pd.testing.assert_frame_equal(expected, read_as(shuffled, {}))


@pytest.mark.parametrize(
    ("writing", "encoding", "separator", "decimal", "line_end"),
    [
        (Writing(), "utf-8", ",", ".", "lf"),
        (Writing("utf-8-sig", ";", ",", "\r\n"), "utf-8-sig", ";", ",", "crlf"),
        (Writing("windows-1251", "\t", ",", "\r"), "windows-1251", "\t", ",", "cr"),
        (Writing("windows-1251", ",", ",", "\n"), "windows-1251", ",", ",", "lf"),
    ],
)
def test_the_dialect_found_is_the_one_written(
    snapshot_folder: SnapshotFolder,
    writing: Writing,
    encoding: str,
    separator: str,
    decimal: str,
    line_end: str,
) -> None:
    folder = snapshot_folder.write()
    (folder / MONEY).write_bytes(written(snapshot_folder.files[MONEY], writing))
    dialect = read_snapshot(folder).dialects[MONEY]
    assert (dialect.encoding, dialect.separator, dialect.decimal, dialect.line_end) == (
        encoding,
        separator,
        decimal,
        line_end,
    )


def test_a_file_of_whole_numbers_has_no_decimal_mark(snapshot_folder: SnapshotFolder) -> None:
    assert read_snapshot(snapshot_folder.write()).dialects[MARKET_TIME].decimal == ""


def test_headings_are_known_in_any_case_and_with_spaces_around(
    snapshot_folder: SnapshotFolder,
) -> None:
    folder = snapshot_folder.write()
    text = (folder / MONEY).read_text(encoding="utf-8")
    (folder / MONEY).write_text(text.replace("id,Прибыль", "\ufeff ID , ПРИБЫЛЬ "), "utf-8")
    assert read_snapshot(folder).profit["profit"].tolist() == [3.0, 3.25, 3.5, 3.75, 4.0, 4.25]


def test_blank_lines_at_the_end_mean_nothing_and_elsewhere_are_found(
    snapshot_folder: SnapshotFolder,
) -> None:
    folder = snapshot_folder.write()
    content = (folder / MONEY).read_bytes()
    (folder / MONEY).write_bytes(content + b"\n\n")
    assert read_snapshot(folder).findings == ()
    (folder / MONEY).write_bytes(content.replace(b"\n102", b"\n\n,\n102"))
    snapshot = read_snapshot(folder)
    assert {(f.code, f.file) for f in snapshot.findings} == {("blank_rows", MONEY)}
    assert sum(finding.count for finding in snapshot.findings) == 2
    assert snapshot.rows[MONEY] == 6


def test_mixed_line_ends_are_found_and_read(snapshot_folder: SnapshotFolder) -> None:
    folder = snapshot_folder.write()
    content = (folder / MONEY).read_bytes()
    (folder / MONEY).write_bytes(content.replace(b"\n", b"\r\n", 3))
    snapshot = read_snapshot(folder)
    assert snapshot.dialects[MONEY].line_end == "mixed"
    assert [finding.code for finding in snapshot.findings] == ["mixed_line_ends"]
    assert snapshot.rows[MONEY] == 6


def test_a_quoted_cell_may_hold_separator_quote_and_line_end(
    snapshot_folder: SnapshotFolder,
) -> None:
    odd = 'Книги, "ноты"\nи карты'
    snapshot_folder.files[MARKET_FILE][2]["Популярная_категория"] = odd
    snapshot = read_snapshot(snapshot_folder.write())
    assert snapshot.customers["category"].tolist()[2] == 'Книги, "ноты" и карты'
    assert [finding.code for finding in snapshot.findings] == ["new_label"]


def test_every_heading_that_comes_again_is_counted(snapshot_folder: SnapshotFolder) -> None:
    folder = snapshot_folder.write()
    path = folder / MONEY
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [head, *(line for row in rows for line in (row, head))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = [each.count for each in read_snapshot(folder).findings if each.code == "lines_left_out"]
    assert found == [len(rows)]
