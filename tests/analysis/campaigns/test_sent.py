"""What was sent: read as it is written, and refused with its place where it cannot be."""

from __future__ import annotations

import datetime
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from analysis.campaigns.sent import SENT_FILE, find_sent, read_sent, refuse_sent_of_others
from analysis.snapshot.errors import SnapshotError


def written(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / SENT_FILE
    file.write_bytes(content.encode(encoding))
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("day", ["2026-11-02", "02.11.2026"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_any_dialect_says_the_same(separator: str, day: str, encoding: str, tmp_path: Path) -> None:
    lines = [("date", "id", "offer"), (day, "300001", "letter"), (day, "300002", "basket_letter")]
    content = "\r\n".join(separator.join(line) for line in lines)
    sent = read_sent(written(tmp_path, content, encoding))
    assert sent["id"].tolist() == ["300001", "300002"]
    assert sent["offer"].tolist() == ["letter", "basket_letter"]
    assert set(sent["date"]) == {pd.Timestamp("2026-11-02")}


def test_a_heading_alone_says_that_nothing_was_sent(tmp_path: Path) -> None:
    assert read_sent(written(tmp_path, "id;offer;date\n")).empty


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty_file"),
        ("customer;what\n1;letter\n", "no_sent_header"),
        ("id;offer\n1;letter\n", "missing_column"),
        ("id;offer;date\n+1;letter;2026-11-02\n", "bad_id"),
        ("id;offer;date\n1;;2026-11-02\n", "blank_cell"),
        ("id;offer;date\n1;letter;\n", "blank_cell"),
        ("id;offer;date\n1;letter;2026-31-11\n", "not_a_date"),
        ("id;offer;date\n1;letter;45963\n", "not_a_date"),
        ("id;offer;date\n1;letter;01.01.0001\n", "not_a_date"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_reason(
    content: str, code: str, tmp_path: Path
) -> None:
    file = written(tmp_path / "2026-10", content)
    with pytest.raises(SnapshotError) as refused:
        read_sent(file)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert {problem.file for problem in refused.value.problems} == {"2026-10/sent.csv"}


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as refused:
        read_sent(written(tmp_path, "id;offer;date\n0;letter;tomorrow\n"))
    assert {problem.code for problem in refused.value.problems} == {"bad_id", "not_a_date"}
    assert all(problem.rows == (2,) for problem in refused.value.problems)


ROWS = (("id", "offer", "date", "Примечание"), ("300001", "letter", "2026-11-02", "Чай и кофе"))
TEXT = "\r\n".join(";".join(row) for row in ROWS) + "\r\n"


def as_workbook(rows: Sequence[Sequence[object]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                written_as = day if isinstance(cell, datetime.date) else None
                sheet.write(place, column, cell, written_as)
    return content.getvalue()


DAY = datetime.date(2026, 11, 2)
TYPED = pd.DataFrame({"id": [300001], "offer": ["letter"], "date": [pd.Timestamp(DAY)]})
FORMS = {
    **{
        f"sent.csv in {encoding}": TEXT.encode(encoding)
        for encoding in ("windows-1251", "cp866", "koi8-r", "utf-16", "utf-8-sig")
    },
    "sent.csv with a sign": TEXT.replace("Примечание", "no")
    .replace("Чай и кофе", "№ 5")
    .encode("windows-1251"),
    "sent.csv.gz": gzip.compress(TEXT.encode("windows-1251")),
    "sent.xlsx": as_workbook([ROWS[0], (300001, "letter", DAY, "Чай")]),
    "sent.parquet": TYPED.to_parquet(None),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_was_sent_is_found_and_read_in_every_form_of_the_four_files(
    form: str, tmp_path: Path
) -> None:
    (tmp_path / form.partition(" ")[0]).write_bytes(FORMS[form])
    found = find_sent(tmp_path)
    assert found is not None
    assert read_sent(found).astype("str").to_numpy().tolist() == [
        ["300001", "letter", "2026-11-02"]
    ]


def test_nothing_is_found_where_nothing_says_what_was_sent(tmp_path: Path) -> None:
    assert find_sent(tmp_path) is None and find_sent(tmp_path / "nowhere") is None
    for name in ("sent.xlsx", "sent.csv.gz"):
        (tmp_path / name).touch()
    with pytest.raises(SnapshotError) as refused:
        find_sent(tmp_path)
    assert [problem.code for problem in refused.value.problems] == ["several_files"]


@pytest.mark.parametrize("encoding", ["windows-1251", "cp866", "koi8-r"])
@pytest.mark.parametrize(("cell", "column"), [("300001", "id"), ("letter", "offer")])
def test_no_letter_counts_whose_encoding_is_not_certain(
    cell: str, column: str, encoding: str, tmp_path: Path
) -> None:
    content = TEXT.replace(cell, f"Ж{cell}")
    read_sent(written(tmp_path, content))
    with pytest.raises(SnapshotError) as refused:
        read_sent(written(tmp_path, content, encoding))
    assert [(each.code, each.column) for each in refused.value.problems] == [
        ("garbled_label", column)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "cp866", "koi8-r"])
def test_headings_that_nobody_knows_are_told_beside_those_that_are_asked_for(
    encoding: str, tmp_path: Path
) -> None:
    content = TEXT.replace("id;offer;date", "Номер;Предложение;Дата")
    with pytest.raises(SnapshotError) as refused:
        read_sent(written(tmp_path, content, encoding))
    [problem] = refused.value.problems
    assert problem.code == "no_sent_header"
    assert problem.fields == {
        "found": "«Номер», «Предложение», «Дата», «Примечание»",
        "expected": "«id», «offer», «date»",
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1;letter;2026-11-02", ()),
        ("1;letter_letter;2026-11-02", ()),
        ("1;letter;2026-11-02\n9;other;2027-08-01", ()),
        ("", ()),
        ("9;letter;2026-11-02", ("sent_to_others",)),
        ("1;other;2026-11-02", ("sent_other_offers",)),
        ("1;letter;2026-09-02", ("sent_on_other_days",)),
        ("1;letter;2027-11-02", ("sent_on_other_days",)),
        ("9;other;2026-01-02", ("sent_to_others", "sent_other_offers", "sent_on_other_days")),
    ],
)
def test_a_record_of_other_lists_is_not_taken_for_one_that_nothing_was_sent(
    rows: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    file = written(tmp_path, f"id;offer;date\n{rows}\n")
    lists = pd.DataFrame({"id": [1, 2], "offer": ["letter", None]})
    try:
        refuse_sent_of_others(file, read_sent(file), lists, "2026-10")
    except SnapshotError as refused:
        assert tuple(each.code for each in refused.problems) == expected
    else:
        assert expected == ()
    nobody = lists.assign(offer=None)
    refuse_sent_of_others(file, read_sent(file), nobody, "2026-10")
