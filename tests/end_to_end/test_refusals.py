"""Wrong input: exit status 2, what is wrong, where, how to mend it, and nothing touched."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.campaigns.lot import KEY_FILE
from report.messages import LANGUAGES
from tests.end_to_end.conftest import run
from tests.end_to_end.in_process import call

Breaking = Callable[[Path], None]


def edit(name: str, change: Callable[[list[str]], list[str]]) -> Breaking:
    def breaking(month: Path) -> None:
        path = month / name
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")

    return breaking


def cut(name: str) -> Breaking:
    def breaking(month: Path) -> None:
        path = month / name
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return breaking


def without_last_column(lines: list[str]) -> list[str]:
    return [line.rsplit(",", 1)[0] for line in lines]


def with_unknown_level(lines: list[str]) -> list[str]:
    return [line.replace("Снизилась", "Подросла") for line in lines]


BROKEN: dict[str, tuple[Breaking, tuple[str, ...]]] = {
    "a missing file": (lambda month: (month / "money.csv").unlink(), ("money.csv",)),
    "an empty file": (lambda month: (month / "money.csv").write_bytes(b""), ("money.csv",)),
    "a missing column": (
        edit("market_file.csv", without_last_column),
        ("market_file.csv", "Страниц_за_визит"),
    ),
    "an unknown level": (
        edit("market_file.csv", with_unknown_level),
        ("market_file.csv", "Покупательская активность", "Подросла"),
    ),
    "a duplicate id": (
        edit("market_file.csv", lambda lines: [*lines, lines[1]]),
        ("market_file.csv", "id"),
    ),
    "a file cut in mid-row": (cut("market_money.csv"), ("market_money.csv",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_snapshot_is_refused_with_its_place(
    name: str, small_data: Path, tmp_path: Path
) -> None:
    breaking, told = BROKEN[name]
    data = tmp_path / "data"
    shutil.copytree(small_data, data)
    breaking(data / "2026-10")
    output = tmp_path / "output"
    process = call("generate-report", "--data", data, "--output", output, cwd=tmp_path)
    assert process.returncode == 2
    assert all(word in process.stderr for word in told), process.stderr
    assert "Traceback" not in process.stderr
    assert len(process.stderr.strip().splitlines()) >= 2
    assert not output.exists()


def test_a_lost_key_is_not_replaced_in_silence(small_data: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(small_data, tmp_path / "data"))
    (data / KEY_FILE).write_text("damaged")
    process = call("generate-report", "--data", data, cwd=tmp_path)
    assert process.returncode == 2 and KEY_FILE in process.stderr
    assert (data / KEY_FILE).read_text() == "damaged" and not (tmp_path / "output").exists()


def test_every_mistake_in_the_offers_is_told_before_anything_is_made(
    small_data: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(small_data, tmp_path / "data"))
    offers = data / "offers.toml"
    text = offers.read_text("utf-8")
    wrong = text.replace("quantile = 0.4", "quantile = 40").replace(
        "contact_cost = 4.0", "cost = 4"
    )
    offers.write_text(wrong, "utf-8")
    process = call("generate-report", "--data", data, cwd=tmp_path)
    assert process.returncode == 2 and not (tmp_path / "output").exists()
    lines = process.stderr.strip().splitlines()
    assert len(lines) == 4 and all("newcomers" in line for line in lines[::2])
    assert "trigger.quantile: 40" in lines[0] and "contact_cost" in lines[3]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--data", "nowhere"), "nowhere"),
        (("2026-13",), "2026-13"),
        (("2031-01",), "2026-10"),
        (("--settings", "none.toml"), "none.toml"),
        (("--settings", "broken.toml"), "broken.toml"),
        (("--settings", "unknown.toml"), "money.loss is no setting, perhaps money.loss_share"),
        (("--settings", "nowhere.toml"), "hold_out is no setting, perhaps offers.hold_out"),
        (("--settings", "range.toml"), "money.loss_share is 7, and must be at most 1"),
        (("--settings", "text.toml"), "money.contact_cost is 15,5, and must be a number"),
        (
            ("--settings", "choice.toml"),
            "money.profit_unit is euros, and may be thousand_roubles, roubles",
        ),
        (("--offers", "none.toml"), "none.toml"),
        (("--offers", "broken.toml"), "broken.toml"),
        (("--offers", "unknown.toml"), "money"),
    ],
)
def test_wrong_arguments_are_refused_with_a_way_out(
    arguments: tuple[str, ...], told: str, small_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("loss = [")
    (tmp_path / "unknown.toml").write_text("[money]\nloss = 1")
    (tmp_path / "range.toml").write_text("[money]\nloss_share = 7")
    (tmp_path / "nowhere.toml").write_text("hold_out = 0.3")
    (tmp_path / "text.toml").write_text('[money]\ncontact_cost = "15,5"')
    (tmp_path / "choice.toml").write_text('[money]\nprofit_unit = "euros"')
    given = arguments if "--data" in arguments else (*arguments, "--data", str(small_data))
    process = call("generate-report", *given, cwd=tmp_path)
    assert process.returncode == 2
    assert told in process.stderr
    assert not (tmp_path / "output").exists()


def test_all_problems_are_told_at_once_and_in_the_language_of_the_terminal(
    small_data: Path, tmp_path: Path
) -> None:
    month = tmp_path / "2026-10"
    shutil.copytree(small_data / "2026-10", month)
    (month / "money.csv").unlink()
    with_unknown = edit("market_file.csv", with_unknown_level)
    with_unknown(month)
    process = run("check-snapshot", month, cwd=tmp_path, env={"LC_ALL": "ru_RU.UTF-8"})
    assert process.returncode == 2
    assert "money.csv" in process.stderr and "Подросла" in process.stderr
    assert "столб" in process.stderr.lower()


def test_a_sound_snapshot_is_checked_with_everything_that_was_found(
    small_data: Path, tmp_path: Path
) -> None:
    process = run("check-snapshot", small_data / "2026-10", "--look-up", "2", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    drawn = "\n".join(re.findall(r"^\[\[customer\]\]\nid = .*$", process.stdout, re.MULTILINE))
    assert len(tomllib.loads(drawn)["customer"]) == 2
    assert "стандартт" in process.stdout and "300" in process.stdout


@pytest.mark.parametrize("asked", [(), ("2026-10",)])
@pytest.mark.parametrize("name", ["2026-10", "October 2026"])
def test_a_month_given_as_the_data_folder_is_told_with_the_folder_above(
    name: str, asked: tuple[str, ...], small_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_data / "2026-10", tmp_path / "shop" / name)
    process = call("generate-report", *asked, "--data", f"shop/{name}", cwd=tmp_path)
    assert process.returncode == 2
    assert process.stderr.strip().endswith("--data shop")
    inside = call("generate-report", *asked, "--data", ".", cwd=tmp_path / "shop" / name)
    assert inside.stderr.strip().endswith(f"--data {tmp_path / 'shop'}")


@pytest.mark.parametrize(
    "command",
    [
        ("generate-report", "2026-10", "--data", "empty"),
        ("check-snapshot", "empty"),
        ("diff-reports", "2026-09", "2026-10"),
        ("generate-report", "2026-10", "--data", "shop", "--against", "2026-09"),
    ],
)
def test_no_list_of_what_is_there_is_empty(
    command: tuple[str, ...], small_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copytree(small_data, tmp_path / "shop")
    process = call(*command, cwd=tmp_path)
    assert process.returncode == 2
    assert "—" not in process.stderr and ": ." not in process.stderr, process.stderr
    assert "none." not in process.stderr


@pytest.mark.parametrize(("name", "told"), [("October 2026", True), ("2026-10", False)])
def test_a_sound_snapshot_is_told_where_its_folder_will_not_be_found(
    name: str, told: bool, small_data: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_data / "2026-10", tmp_path / name))
    process = call("check-snapshot", folder, cwd=tmp_path)
    assert process.returncode == 0
    assert (name in process.stderr and "YYYY-MM" in process.stderr) is told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--only", "nothing"), ("--only", "nothing", "report, annex")),
        (("--format", "odt"), ("--format", "odt", "html, pdf, docx")),
        (("--seed", "x"), ("--seed",)),
        (("--seed", "-4"), ("--seed", "0")),
        (("--seed", str(2**32)), ("--seed", str(2**32 - 1))),
        (("--nosuch",), ("--nosuch",)),
        (("2026-10", "more"), ("more",)),
    ],
)
def test_a_wrong_option_is_told_in_the_language_of_the_terminal(
    options: tuple[str, ...],
    told: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for language in LANGUAGES:
        monkeypatch.setattr("report.cli.console.terminal_language", lambda spoken=language: spoken)
        process = call("generate-report", *options, cwd=tmp_path)
        assert process.returncode == 2
        said = process.stderr.removeprefix("✗ ")
        assert all(each in said for each in told) and "Value error" not in said
        assert said.strip().endswith("generate-report --help")
        words = re.findall(r"[A-Za-z]{3,}", said.split("\n")[0])
        known = {part for each in (*options, *told) for part in re.findall("[a-z]+", each)}
        assert language == "en" or set(words) <= known
