"""Two editions side by side: the verdict, the files, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from click.testing import Result
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from analysis.results.changes import DiffResults
from analysis.results.json_schema import schemas
from report.cli import diff as diff_command
from tests.end_to_end.conftest import EARLIER, LANGUAGES, Made, run
from tests.end_to_end.in_process import Finished, call
from tests.end_to_end.test_edition import digests, prose_of, written_forms

LATER = "2026-10"
PAIR = f"{EARLIER}..{LATER}"
LISTS = {"lists/arrivals.csv", "lists/leavers.csv", "lists/risk_moves.csv"}


@dataclass(frozen=True)
class Compared:
    """A comparison in a copy of the archive, and the run that made it."""

    archive: Path
    folder: Path
    process: Finished

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "diff.json").read_text("utf-8"))
        return found


@pytest.fixture(scope="session")
def archive(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(made.output, tmp_path_factory.mktemp("compared") / "editions"))


@pytest.fixture(scope="session")
def compared(archive: Path) -> Compared:
    process = run("diff-reports", EARLIER, LATER, *LANGUAGES, "--output", archive, cwd=archive)
    return Compared(archive, archive / "diff" / PAIR, process)


def diff_here(archive: Path, *arguments: str) -> Finished:
    return call("diff-reports", *arguments, "--output", archive, cwd=archive)


def test_the_table_names_every_measure_and_material_ones_first(compared: Compared) -> None:
    lines = compared.process.stdout.splitlines()
    verdicts = [re.search(r"(material|small|not proven)\s*$", line) for line in lines]
    found = [verdict[1] for verdict in verdicts if verdict]
    assert len(found) == compared.results["tested"]
    material = len(compared.results["material"])
    assert found[:material] == ["material"] * material
    assert "material" not in found[material:]
    assert max(map(len, lines)) <= 110


def test_the_exit_status_is_the_verdict(compared: Compared) -> None:
    expected = 1 if compared.results["material"] else 0
    assert compared.process.returncode == expected, compared.process.stderr


def test_a_comparison_holds_every_promised_file(compared: Compared) -> None:
    names = {path.name for path in compared.folder.iterdir()}
    assert names == {
        *(f"diff.{language}.{kind}" for language in ("ru", "en") for kind in ("html", "pdf")),
        "diff.json",
        "manifest.json",
        "source",
        "chapters",
        "lists",
    }
    assert DiffResults.model_validate(compared.results).old.period == EARLIER
    inputs = json.loads((compared.folder / "manifest.json").read_text("utf-8"))["plan"]["inputs"]
    assert {"old/customers.parquet", "new/customers.parquet"} <= inputs.keys()


def test_the_front_page_of_the_archive_leads_to_the_comparison(
    compared: Compared, made: Made
) -> None:
    page, before = (
        (folder / "index.html").read_text("utf-8") for folder in (compared.archive, made.output)
    )
    for name in ("diff.ru.html", "diff.en.pdf", "diff.json"):
        assert f'href="diff/{PAIR}/{name}"' in page and name not in before


def test_a_comparison_satisfies_the_published_schema(compared: Compared) -> None:
    Draft202012Validator(json.loads(schemas()["diff.json"])).validate(compared.results)


def test_no_id_stands_anywhere_but_in_the_lists(compared: Compared) -> None:
    ids: set[str] = set()
    for month in (EARLIER, LATER):
        customers = pd.read_parquet(compared.archive / month / "customers.parquet")
        ids |= set(customers["id"].astype(str))
    assert all(len(each) >= 6 for each in ids)
    listed = (compared.folder / "lists" / "arrivals.csv").read_text("utf-8-sig").split()[1:]
    assert set(listed) < ids
    for path in sorted(compared.folder.rglob("*")):
        name = path.relative_to(compared.folder).as_posix()
        if path.is_file() and name not in LISTS and path.suffix in (".json", ".ipynb", ".qmd"):
            numbers = set(re.findall(r"(?<![\d.])\d{6,}(?![\d.])", path.read_text("utf-8")))
            assert not numbers & ids, name


def test_every_number_of_the_comparison_is_found_in_its_results(compared: Compared) -> None:
    known = written_forms(compared.results)
    prose = prose_of(compared.folder / "source" / "ru" / "diff.qmd")
    numbers = re.findall(r"\d[\d\u00a0]*(?:,\d+)?", prose)
    assert len(numbers) > 20
    assert [each for each in numbers if each.strip("\u00a0") not in known] == []


def test_the_same_comparison_gives_the_same_bytes(compared: Compared, tmp_path: Path) -> None:
    archive = tmp_path / "editions"
    archive.mkdir()
    for month in (EARLIER, LATER):
        shutil.copytree(compared.archive / month, archive / month)
    again = diff_here(archive, EARLIER, LATER, *LANGUAGES, "--quiet")
    assert again.returncode == compared.process.returncode and again.stdout == ""
    first, second = digests(compared.folder), digests(archive / "diff" / PAIR)
    del first["manifest.json"], second["manifest.json"]
    assert first == second


def test_a_month_against_itself_shows_no_change_and_writes_nothing_unasked(
    archive: Path,
) -> None:
    before = digests(archive)
    process = diff_here(archive, LATER, LATER, "--format", "text")
    assert process.returncode == 0, process.stderr
    assert "No material changes" in process.stdout
    assert digests(archive) == before


def test_editions_exchanged_mirror_each_other(compared: Compared) -> None:
    process = diff_here(compared.archive, LATER, EARLIER, "--format", "json")
    assert process.returncode == compared.process.returncode
    folder = compared.archive / "diff" / f"{LATER}..{EARLIER}"
    assert not list(folder.glob("*.html"))
    back, there = json.loads((folder / "diff.json").read_text("utf-8")), compared.results
    for one, other in zip(there["comparisons"], back["comparisons"], strict=True):
        for name in ("feature", "value", "verdict", "p_holm", "psi", "mechanical"):
            assert one[name] == other[name]
        assert (one["old"], one["base_old"]) == (other["new"], other["base_new"])
        assert one["expected"] == -other["expected"]
        (value, low, high), turned = one["difference"].values(), other["difference"]
        assert (-value, -high, -low) == (turned["value"], turned["low"], turned["high"])
    assert [each["feature"] for each in there["material"]] == [
        each["feature"] for each in back["material"]
    ]
    amounts, turned = there["money"], back["money"]
    for name in ("difference", "risk", "risk_customers", "risk_model", "profit", "settings"):
        assert amounts[f"{name}_kopecks"] == -turned[f"{name}_kopecks"]
    for name, other in (("old", "new"), ("arrivals", "leavers")):
        assert amounts[f"{name}_kopecks"] == turned[f"{other}_kopecks"]
    assert amounts["newly_scored_kopecks"] == turned["no_longer_scored_kopecks"]
    assert there["model"]["old_on_new"] == back["model"]["new_on_old"]
    assert there["data"]["overlap"] == back["data"]["overlap"]


def told(archive: Path, *arguments: str) -> Result:
    """The command in this process: what it says and its status."""
    app = typer.Typer()
    app.command()(diff_command.diff)
    return CliRunner().invoke(app, [*arguments, "--output", str(archive)])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((EARLIER, "2031-01"), "2031-01"),
        (("yesterday", LATER), "yesterday"),
        ((EARLIER, LATER, "--language", "xx"), "xx"),
        ((EARLIER, LATER, "--settings", "none.toml"), "none.toml"),
    ],
)
def test_wrong_arguments_are_refused_with_status_two(
    arguments: tuple[str, ...], named: str, archive: Path
) -> None:
    found = told(archive, *arguments)
    assert found.exit_code == 2
    assert named in found.stderr and "Traceback" not in found.stderr


def test_editions_that_cannot_be_read_are_refused_and_failures_have_their_own_status(
    archive: Path, tmp_path: Path
) -> None:
    def broken(name: str, content: bytes, *, seal: bool) -> Result:
        folder = tmp_path / f"{name}-{seal}"
        for month in (EARLIER, LATER):
            shutil.copytree(archive / month, folder / month)
        (folder / EARLIER / name).write_bytes(content)
        if seal:
            path = folder / EARLIER / "manifest.json"
            manifest = json.loads(path.read_text("utf-8"))
            manifest["outputs"][name]["sha256"] = digests(folder / EARLIER)[name]
            path.write_text(json.dumps(manifest), encoding="utf-8")
            for month in (EARLIER, LATER):  # as editions of before they vouched for one another
                path = folder / month / "manifest.json"
                silent = json.loads(path.read_text("utf-8")) | {"earlier": None}
                path.write_text(json.dumps(silent), encoding="utf-8")
        return told(folder, EARLIER, LATER, "--format", "text")

    changed = broken("results.json", b"{}", seal=False)
    assert changed.exit_code == 2 and "results.json" in changed.stderr
    foreign = broken("results.json", b'{"schema_version": 99}', seal=True)
    assert foreign.exit_code == 2 and "99" in foreign.stderr
    failed = broken("customers.parquet", b"no table", seal=True)
    assert failed.exit_code == 3 and "Traceback" not in failed.stderr


# ─── In the monthly report ───────────────────────────────────────────────────────────────────────


def test_the_monthly_report_tells_what_changed_since_the_earlier_edition(made: Made) -> None:
    results = json.loads((made.edition / "results.json").read_text("utf-8"))
    assert results["changes"]["old"]["period"] == EARLIER
    assert [point["period"] for point in results["trend"]] == [EARLIER, LATER]
    report, annex = (
        (made.edition / "source" / "ru" / f"{name}.qmd").read_text("utf-8")
        for name in ("report", "annex")
    )
    assert re.search(r"(?m)^# С\sсентября существенно.*\{#sec-changes\}$", report)
    assert re.search(r"(?m)^# Что изменилось с\sсентября.*\{#sec-changes\}$", annex)
    assert "{#fig-trend" in annex
    earlier = json.loads((made.output / EARLIER / "results.json").read_text("utf-8"))
    assert earlier["changes"] is None and earlier["trend"] == []


def test_the_monthly_chapter_and_the_command_come_to_the_same(
    made: Made, compared: Compared
) -> None:
    results = json.loads((made.edition / "results.json").read_text("utf-8"))
    assert results["changes"] == compared.results


def test_an_edition_that_is_not_there_cannot_be_compared_with(
    small_data: Path, archive: Path
) -> None:
    folders = ("--data", small_data, "--output", archive)
    process = run("generate-report", *folders, "--against", "2026-01", cwd=archive)
    assert process.returncode == 2
    assert "2026-01" in process.stderr and EARLIER in process.stderr


def test_a_stale_export_and_one_that_contradicts_the_month_before_are_refused(
    small_data: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(small_data / EARLIER, data / EARLIER)
    shutil.copytree(small_data / EARLIER, data / LATER)
    stale = call("generate-report", "--data", data, cwd=tmp_path)
    assert stale.returncode == 2 and EARLIER in stale.stderr

    shutil.rmtree(data / LATER)
    shutil.copytree(small_data / LATER, data / LATER)
    path = data / LATER / "market_money.csv"
    money = pd.read_csv(path)
    late = money["Период"] == "предыдущий_месяц"
    money.loc[late, "Выручка"] += 10
    money.to_csv(path, index=False)
    contradicting = call("generate-report", "--data", data, cwd=tmp_path)
    assert contradicting.returncode == 2
    assert "--accept-contradictions" in contradicting.stderr
    assert not (tmp_path / "output").exists()
