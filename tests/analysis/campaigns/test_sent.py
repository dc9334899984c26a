"""What was sent: read as it is written, and refused with its place where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.campaigns.sent import SENT_FILE, read_sent
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
        ("customer;what\n1;letter\n", "no_header"),
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
