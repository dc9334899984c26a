"""What must not matter does not: the order of rows, the ids, the dialect, customers sent twice.

The chapters run in this process, and all of `results.json` is compared; a comparison of such
editions names what was changed between them and nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from analysis.changes.compare import compare_editions
from analysis.changes.edition import Edition, ResultsSeen
from analysis.chapters import CHANGES, FOLDER, NEEDS
from analysis.chapters.edition_files import read_customers
from analysis.chapters.gathering import gather
from analysis.model.candidates import Configuration, configurations
from analysis.model.persistence import read_model
from analysis.results.changes import DiffResults
from analysis.settings import Changes, Family, Model, Offers, Settings
from analysis.snapshot.snapshot import read_snapshot
from analysis.synthetic.generate import write_month
from report.notebooks import Chapter
from report.progress import QuietProgress
from tests.candidates import few_configurations
from tests.end_to_end.in_process import run_chapters_here

PERIOD, NEXT = "2026-10", "2026-11"
SEED = 20261031
QUICK = Settings(
    model=Model(folds=3, repeats=1, bootstrap_draws=100),
    offers=Offers(hold_out=0),  # who is held out is decided by the id alone
)
FILES = ("market_file", "market_money", "market_time", "money")
POSITION = {"file_order_auc", "class_runs", "position_tells"}
RANK = {"id_order_auc", "id_tells"}

Table = list[list[str]]
Tables = dict[str, Table]
Found = dict[str, Any]
Candidates = Callable[[list[Family]], list[Configuration]]


@dataclass(frozen=True)
class Month:
    """A month to change: its files as rows of text (the first the heading) and its settings."""

    tables: Tables
    commas: frozenset[str]
    settings: Settings
    copied: int
    candidates: Candidates


@dataclass(frozen=True)
class Outcome:
    """All results of a month, what was found of every customer, and where the model is kept."""

    results: Found
    customers: pd.DataFrame
    model: Path


def read_month(folder: Path, settings: Settings, copied: int, candidates: Candidates) -> Month:
    tables: Tables = {}
    commas = set()
    for name in FILES:
        text = (folder / f"{name}.csv").read_text(encoding="utf-8-sig")
        separator = ";" if ";" in text.splitlines()[0] else ","
        if separator == ";":
            commas.add(name)
        tables[name] = list(csv.reader(io.StringIO(text), delimiter=separator))
    return Month(tables, frozenset(commas), settings, copied, candidates)


def written(
    tables: Tables,
    folder: Path,
    commas: frozenset[str],
    encoding: str = "utf-8",
    end: str = "\n",
) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        text = io.StringIO()
        separator = ";" if name in commas else ","
        csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
        (folder / f"{name}.csv").write_bytes(text.getvalue().encode(encoding))
    return folder


def report_of(tables: Tables, month: Month, place: Path) -> Outcome:
    """Run all chapters on the tables, written as the month's are, and gather what they say."""
    folder, room = written(tables, place / PERIOD, month.commas), place / "work"
    room.mkdir()
    with mock.patch("analysis.model.train.configurations", month.candidates):
        run_chapters_here(
            [Chapter(name, FOLDER / f"{name}.ipynb") for name in NEEDS if name != CHANGES],
            workspace=room,
            executed=room / "executed",
            parameters={
                "snapshot": str(folder),
                "workspace": str(room),
                "period": PERIOD,
                "seed": SEED,
                "settings": month.settings.model_dump(mode="json"),
            },
            progress=QuietProgress(),
        )
    found = gather(room, PERIOD, "real", SEED, month.settings).model_dump(mode="json")
    customers = read_customers(room / "edition").set_index("id")
    return Outcome(found, customers, room / "edition" / "model")


@pytest.fixture(
    scope="module",
    params=[
        "made up",
        pytest.param(
            "real",
            marks=pytest.mark.skipif(
                "REAL_SNAPSHOT" not in os.environ, reason="REAL_SNAPSHOT names no real snapshot"
            ),
        ),
    ],
)
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Month:
    if request.param == "real":
        real = Path(os.environ["REAL_SNAPSHOT"])
        everyone = Settings(offers=Offers(hold_out=0))
        return read_month(real, everyone, copied=300, candidates=configurations)
    folder = tmp_path_factory.mktemp("made-up") / PERIOD
    write_month(folder, PERIOD, seed=7, customers=400)
    return read_month(folder, QUICK, copied=100, candidates=few_configurations)


@pytest.fixture(scope="module")
def as_it_came(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return report_of(month.tables, month, tmp_path_factory.mktemp("as-it-came"))


@pytest.fixture(scope="module")
def as_shuffled(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    chance = np.random.default_rng(3)
    tables = {name: shuffled(rows, chance) for name, rows in month.tables.items()}
    return report_of(tables, month, tmp_path_factory.mktemp("as-shuffled"))


@pytest.fixture
def changed(month: Month, tmp_path: Path) -> Callable[[Tables], Outcome]:
    def run(tables: Tables) -> Outcome:
        return report_of(tables, month, tmp_path)

    return run


def shuffled(rows: Table, chance: np.random.Generator) -> Table:
    return [rows[0], *(rows[1 + place] for place in chance.permutation(len(rows) - 1))]


def renumbered(rows: Table, numbers: dict[str, str]) -> Table:
    place = rows[0].index("id")
    return [
        rows[0],
        *([*row[:place], numbers[row[place]], *row[place + 1 :]] for row in rows[1:]),
    ]


def without(found: Found, fields: set[str], finding: str, decision: str = "") -> Found:
    """The same results without what the order of a file or of its ids may change."""
    plain = json.loads(json.dumps(found))
    for name in fields:
        del plain["data"][name]
    plain["data"]["findings"] = [
        each for each in plain["data"]["findings"] if each["code"] != finding
    ]
    plain["exploration"]["what_if"] = [
        each for each in plain["exploration"]["what_if"] if each["decision"] != decision
    ]
    return plain


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Every place where two results are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            each
            for name in sorted(one.keys() | other.keys())
            for each in differences(one.get(name), other.get(name), f"{path}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            each
            for place, pair in enumerate(zip(one, other, strict=True))
            for each in differences(*pair, f"{path}[{place}]")
        ]
    return [] if one == other else [f"{path}: {one} is now {other}"]


def test_shuffling_the_rows_of_every_file_changes_only_what_is_said_of_their_order(
    as_it_came: Outcome, as_shuffled: Outcome
) -> None:
    outcome = as_shuffled
    allowed = (POSITION, "file_order", "row_order")
    assert (
        differences(without(as_it_came.results, *allowed), without(outcome.results, *allowed)) == []
    )
    pd.testing.assert_frame_equal(as_it_came.customers, outcome.customers)
    assert as_it_came.results["model"]["usable"] and as_it_came.results["segments"]["offers"]
    assert as_it_came.results["data"]["file_order_auc"] > 0.9
    assert outcome.results["data"]["file_order_auc"] < 0.6
    assert outcome.results["data"]["id_order_auc"] > 0.9


def compared(one: Outcome, other: Outcome) -> DiffResults:
    """Compare two editions, the other as that of the next month."""
    old, new = (
        Edition(
            ResultsSeen.of(outcome.results | {"period": period}),
            outcome.customers.reset_index(),
            model=read_model(outcome.model).model,
        )
        for outcome, period in ((one, PERIOD), (other, NEXT))
    )
    return compare_editions(old, new, Changes(), SEED)


def test_a_comparison_with_shuffled_rows_names_the_order_of_the_file_and_nothing_else(
    as_it_came: Outcome, as_shuffled: Outcome
) -> None:
    found = compared(as_it_came, as_shuffled)
    other = [(each.code, each.fate) for each in found.data.findings if each.old != each.new]
    assert other == [("file_order", "goes")]
    assert found.making == found.material == []
    assert {(each.difference.value, each.verdict) for each in found.comparisons} == {
        (0, "unproven")
    }
    assert found.money is not None and found.segments is not None
    amounts = {name: value for name, value in found.money if name.endswith("_kopecks")}
    assert amounts.pop("old_kopecks") == amounts.pop("new_kopecks") > 0
    assert not any(amounts.values())
    assert [each.apart for each in found.drivers] == [False] * len(found.drivers) != []
    assert all(each.old == each.new for each in (*found.offers, *found.segments.sizes))
    assert not any(each.customers for each in found.segments.moves if each.origin != each.target)


def test_less_time_on_site_and_more_decline_are_both_named_and_nothing_that_did_not_change(
    month: Month, as_it_came: Outcome, changed: Callable[[Tables], Outcome]
) -> None:
    tables = {name: [[*row] for row in rows] for name, rows in month.tables.items()}
    for row in tables["market_time"][1:]:
        if row[1] == "текущий_месяц":
            row[2] = str(float(row[2]) * 0.85)
    activity = tables["market_file"][0].index("Покупательская активность")
    customers = tables["market_file"][1:]
    steady = [row for row in customers if row[activity] != "Снизилась"]
    chance = np.random.default_rng(6)
    for place in chance.choice(len(steady), round(0.05 * len(customers)), replace=False):
        steady[place][activity] = "Снизилась"
    found = compared(as_it_came, changed(tables))
    assert {"declined", "minutes_current"} <= {each.feature for each in found.material}
    named = {each.feature for each in found.comparisons if each.verdict != "unproven"}
    assert named <= {"declined", "minutes_current", "exposed"}


def test_new_ids_change_only_what_is_said_of_their_rank(
    month: Month, as_it_came: Outcome, changed: Callable[[Tables], Outcome]
) -> None:
    chance = np.random.default_rng(4)
    ids = sorted({row[0] for row in month.tables["market_file"][1:]})
    drawn = chance.choice(np.arange(10**6, 9 * 10**6), len(ids), replace=False)
    numbers = dict(zip(ids, map(str, drawn), strict=True))
    outcome = changed({name: renumbered(rows, numbers) for name, rows in month.tables.items()})
    allowed = (RANK, "id_order")
    assert (
        differences(without(as_it_came.results, *allowed), without(outcome.results, *allowed)) == []
    )
    assert outcome.results["data"]["id_order_auc"] < 0.6
    before = as_it_came.customers.rename(index=numbers)
    pd.testing.assert_frame_equal(before.sort_index(), outcome.customers)


def test_another_dialect_changes_only_how_the_files_are_described(
    month: Month, as_it_came: Outcome, tmp_path: Path
) -> None:
    foreign = frozenset(FILES) - month.commas
    numbers = {
        name: [rows[0], *([turned(cell, name in foreign) for cell in row] for row in rows[1:])]
        for name, rows in month.tables.items()
    }
    came, other = (
        read_snapshot(written(month.tables, tmp_path / "came", month.commas)),
        read_snapshot(
            written(numbers, tmp_path / "other", foreign, encoding="windows-1251", end="\r\n")
        ),
    )
    assert came.dialects != other.dialects
    for snapshot, name in ((came, "one"), (other, "two")):
        snapshot.save(tmp_path / name)
    for file in sorted((tmp_path / "one").glob("*.parquet")):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    assert (came.repairs, came.findings, came.rows) == (other.repairs, other.findings, other.rows)
    assert as_it_came.results["data"]["customers"] == len(other.customers)


def turned(cell: str, to_comma: bool) -> str:
    """A number with the other decimal mark; any other cell as it is."""
    number = cell.replace(".", "").replace(",", "").removeprefix("-").isdigit()
    if not number:
        return cell
    return cell.replace(".", ",") if to_comma else cell.replace(",", ".")


def test_customers_sent_again_under_new_ids_are_found_and_teach_nothing(
    month: Month, as_it_came: Outcome, changed: Callable[[Tables], Outcome]
) -> None:
    chance = np.random.default_rng(5)
    ids = [row[0] for row in month.tables["market_file"][1:]]
    doubled = chance.choice(ids, month.copied, replace=False)
    numbers = {number: str(10**6 + place) for place, number in enumerate(doubled)}
    outcome = changed(
        {
            name: [
                *rows,
                *renumbered([rows[0], *(row for row in rows[1:] if row[0] in numbers)], numbers)[
                    1:
                ],
            ]
            for name, rows in month.tables.items()
        }
    )
    before, after = as_it_came.results, outcome.results
    twins = {
        name: next(each["count"] for each in found["data"]["findings"] if each["code"] == "twin")
        for name, found in (("before", before), ("after", after))
    }
    assert twins["after"] - twins["before"] == month.copied
    assert after["data"]["trained"] == before["data"]["trained"]
    for chapter in ("model", "drivers"):
        assert differences(before[chapter], after[chapter]) == []
    same = [name for name in before["exploration"] if name != "what_if"]
    assert not differences(
        {name: before["exploration"][name] for name in same},
        {name: after["exploration"][name] for name in same},
    )
    copies = outcome.customers.loc[list(numbers.values())]
    assert not (copies["state"] == "trained").any()
