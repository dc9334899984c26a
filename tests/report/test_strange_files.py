"""What lies in a month's folder and is no file of that month is refused, and never waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.snapshot.errors import SnapshotError
from report.cli.check import checked
from report.cli.options import refuse_strange_files
from report.errors import InputError

FILE = "market_money.csv"


def pipe(place: Path) -> None:
    os.mkfifo(place)


def device(place: Path) -> None:
    place.symlink_to("/dev/zero")


def link_elsewhere(place: Path) -> None:
    place.symlink_to("/etc/passwd")


@pytest.mark.parametrize("file", [FILE, f"{FILE}/part-0.csv"])
@pytest.mark.parametrize(
    ("lay", "code"),
    [(pipe, "not-a-file"), (device, "not-a-file"), (link_elsewhere, "file-elsewhere")],
)
def test_what_is_no_file_of_the_month_is_refused(
    lay: Callable[[Path], None], code: str, file: str, tmp_path: Path
) -> None:
    month = tmp_path / "data" / "2026-10"
    (month / file).parent.mkdir(parents=True)
    lay(month / file)
    with pytest.raises(InputError) as refused:
        refuse_strange_files(month)
    assert refused.value.code == code


def test_a_link_inside_the_data_folder_is_followed(tmp_path: Path) -> None:
    month = tmp_path / "2026-10"
    month.mkdir()
    (tmp_path / FILE).write_text("id")
    (month / FILE).symlink_to(f"../{FILE}")
    refuse_strange_files(month)


@pytest.mark.parametrize("to", [FILE, "nowhere.csv"], ids=["itself", "nothing"])
def test_a_link_to_itself_or_to_nothing_is_a_file_that_cannot_be_read(
    to: str, tmp_path: Path
) -> None:
    month = tmp_path / "2026-10"
    month.mkdir()
    (month / FILE).symlink_to(to)
    with pytest.raises(SnapshotError) as refused:
        checked(month, False, False)
    assert "unreadable_file" in {each.code for each in refused.value.problems if each.file == FILE}


def test_a_month_that_is_a_link_to_itself_is_told_to_be_lacking(tmp_path: Path) -> None:
    month = tmp_path / "2026-10"
    month.symlink_to("2026-10")
    with pytest.raises(SnapshotError) as refused:
        checked(month, False, False)
    assert [each.code for each in refused.value.problems] == ["missing_folder"]
