"""What most exports hold, sound rows of plainly written numbers, is read without a look at each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.snapshot import dialect, numbers
from analysis.snapshot.numbers import read_numbers
from analysis.snapshot.snapshot import read_snapshot
from analysis.synthetic.generate import write_month

CELLS = st.lists(st.text("0123456789.-", max_size=6), min_size=1, max_size=4)


@given(CELLS)
@example(["1", "2.5", "-3"])
@example(["1.", "2"])
@example([".5", "2"])
@example(["-.5", "2"])
@example(["", "2"])
@example(["1.234.567", "1"])
def test_plain_numbers_are_read_as_any_others_are(texts: list[str]) -> None:
    cells = pd.Series(texts, dtype="str")
    read = read_numbers(cells)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(numbers, "_plainly_written", lambda _cells: None)
        expected = read_numbers(cells)

    pd.testing.assert_series_equal(read.values, expected.values)
    for name in ("wrong", "blank", "dotted", "comma", "signed", "percent"):
        assert (getattr(read, name) == getattr(expected, name)).all()


def test_only_a_file_with_an_uneven_row_has_its_rows_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "2026-10"
    write_month(folder, "2026-10", seed=7, customers=300)
    counted: list[str] = []
    note_shape = dialect._note_shape

    def noting(sheet: dialect._Sheet, *shape: object) -> None:
        counted.append(sheet.file)
        note_shape(sheet, *shape)

    monkeypatch.setattr(dialect, "_note_shape", noting)
    read_snapshot(folder)
    assert not counted
    money = folder / "money.csv"
    money.write_bytes(money.read_bytes().replace(b"\r\n", b"\r\n\r\n", 2))
    read_snapshot(folder)
    assert counted == ["money.csv"]
