"""What would not be read where it lies is refused; editions never take the place of exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from report.cli.check import check
from report.cli.generate import generate
from report.cli.options import (
    OF_A_MONTH,
    OF_THE_DATA,
    refuse_misplaced_files,
    refuse_output_on_exports,
)
from report.errors import InputError

MONTH = "2026-10"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / MONTH).mkdir(parents=True)
    (tmp_path / "data" / MONTH / "money.csv").write_text("id;Прибыль\n1;4,2\n", encoding="utf-8")
    return tmp_path / "data"


def refused(act: Callable[[], None]) -> str:
    with pytest.raises(InputError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("name", OF_THE_DATA)
def test_what_is_about_all_months_is_not_passed_over_in_the_folder_of_one(
    data: Path, name: str
) -> None:
    (data / name).write_text("")
    refuse_misplaced_files(data, [MONTH])
    (data / name).rename(data / MONTH / name)
    assert refused(lambda: refuse_misplaced_files(data, [MONTH])) == "file-of-data"
    refuse_misplaced_files(data, [MONTH], data / MONTH / name)
    refuse_misplaced_files(data, [])


@pytest.mark.parametrize("name", OF_A_MONTH)
def test_what_is_about_a_month_is_not_passed_over_beside_the_months(data: Path, name: str) -> None:
    (data / MONTH / name).write_text("")
    refuse_misplaced_files(data, [MONTH])
    (data / MONTH / name).rename(data / name)
    assert refused(lambda: refuse_misplaced_files(data, [MONTH])) == "file-of-month"


def test_editions_never_take_the_place_of_exports(data: Path, tmp_path: Path) -> None:
    refuse_output_on_exports(tmp_path / "output", data, MONTH)
    for output in (data, data / MONTH, data / "..", data / ".." / "data"):
        if output.resolve() == tmp_path:
            refuse_output_on_exports(output, data, MONTH)
        else:
            code = refused(lambda place=output: refuse_output_on_exports(place, data, MONTH))
            assert code == "output-on-exports"
    other = tmp_path / "other"
    (other / MONTH).mkdir(parents=True)
    refuse_output_on_exports(other, data, MONTH)
    (other / MONTH / "money.xlsx").write_bytes(b"")
    assert refused(lambda: refuse_output_on_exports(other, data, MONTH)) == "output-on-exports"


def test_the_commands_say_so_before_anything_is_touched(data: Path) -> None:
    checks, makes = typer.Typer(), typer.Typer()
    checks.command()(check)
    makes.command()(generate)
    for output in (data, data / MONTH):
        asked = [MONTH, "--data", str(data), "--output", str(output), "--replace"]
        ran = CliRunner().invoke(makes, asked)
        assert ran.exit_code == 2 and "--output" in ran.output
    (data / MONTH / "settings.toml").write_text("")
    for app, asked in ((checks, [str(data / MONTH)]), (makes, [MONTH, "--data", str(data)])):
        ran = CliRunner().invoke(app, asked)
        assert ran.exit_code == 2 and "settings.toml" in ran.output
    (data / MONTH / "settings.toml").unlink()
    (data / "offers.toml").write_text("[[offer]]\ncode = 3\n")
    ran = CliRunner().invoke(checks, [str(data / MONTH)])
    assert ran.exit_code == 2 and "offers.toml" in ran.output
    assert sorted(each.name for each in data.rglob("*")) == [MONTH, "money.csv", "offers.toml"]


@pytest.mark.parametrize("name", ["Books.toml", "books.toml.txt", "SENT.CSV", "sources.TOML"])
def test_a_name_that_is_nearly_right_is_not_passed_over(data: Path, name: str) -> None:
    (data / MONTH / name).write_text("")
    assert refused(lambda: refuse_misplaced_files(data, [MONTH])) == "file-misnamed"


def test_what_has_the_name_and_is_no_file_is_not_passed_over(data: Path) -> None:
    (data / MONTH / "books.toml").mkdir()
    assert refused(lambda: refuse_misplaced_files(data, [MONTH])) == "file-misnamed"
    (data / MONTH / "books.toml").rmdir()
    (data / "settings.toml").symlink_to(data / "nowhere.toml")
    assert refused(lambda: refuse_misplaced_files(data, [MONTH])) == "file-misnamed"


def test_no_editions_are_made_where_a_month_would_lie(data: Path) -> None:
    for name in ("2026-11", "2027-01"):
        code = refused(lambda at=data / name: refuse_output_on_exports(at, data, MONTH))
        assert code == "output-on-exports"
    refuse_output_on_exports(data / "editions", data, MONTH)
