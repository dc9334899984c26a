"""A month learns from, and judges, what lies before it, and looks at nothing that lies after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.settings import Model, Settings
from analysis.snapshot.books import BOOKS_FILE
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.synthetic.generate import write_month
from report.archive import Archive
from report.cli.earlier import against_predecessor, editions_before
from report.cli.forecast_inputs import (
    MOST_JUDGED,
    editions_to_judge,
    month_to_learn_from,
    past_forecast,
)
from report.cli.subjects import month_materials, month_subject
from report.manifest import Plan, digest_file, digest_folder, make_manifest, write_manifest
from tests.report.conftest import MakePlan

MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08")
PERIOD = "2026-08"
HORIZON = 3
SETTINGS = Settings(model=Model(forecast_horizon=HORIZON))
BEFORE, AFTER = "2026-08-31T23:59:59+00:00", "2026-09-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("months")
    for month in MONTHS:
        write_month(data / month, month, seed=7, customers=300)
    return data


@pytest.fixture
def data(months: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(months, tmp_path / "data"))


@pytest.fixture(scope="module")
def snapshot(months: Path) -> Snapshot:
    return read_snapshot(months / PERIOD)


Put = Callable[..., Path]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "editions")


@pytest.fixture
def put(archive: Archive, make_plan: MakePlan) -> Put:
    """Put an edition into the archive that holds nothing but what its successors may read."""

    def put(period: str, sealed: str = AFTER, high: float = 0.5, **changed: Any) -> Path:
        folder = archive.folder / period
        folder.mkdir(parents=True)
        results: dict[str, Any] = {
            "schema_version": 2,
            "period": period,
            "kind": "sample",
            "seed": 1,
            "settings": {"money": {}, "segments": {"high_risk": high}},
            "data": {"findings": []},
            "model": {"usable": True, "chosen": "tree", "forecast": None},
            "drivers": {"drivers": []},
            "segments": {"offers": []},
        }
        (folder / "results.json").write_text(json.dumps(results | changed), encoding="utf-8")
        table = pd.DataFrame({"id": [1, 2], "level": ["declined", None], "probability": [0.4, 0.6]})
        table.to_parquet(folder / "customers.parquet")
        seal(folder, make_plan(), sealed)
        return folder

    return put


def seal(folder: Path, plan: Plan, sealed: str) -> None:
    manifest = make_manifest(folder, plan, seconds={}, libraries=[])
    write_manifest(manifest.model_copy(update={"sealed": sealed}), folder)


def judged(archive: Archive, settings: Settings = SETTINGS) -> list[dict[str, Any]]:
    earlier = editions_before(archive, PERIOD, "sample").editions
    found = editions_to_judge(PERIOD, settings, earlier)
    return json.loads(str(found["record/judged.json"])) if found else []


# ─── What a forecast is learnt from ──────────────────────────────────────────────────────────────


def test_the_snapshot_that_lies_the_horizon_before_is_learnt_from(
    data: Path, snapshot: Snapshot
) -> None:
    found = month_to_learn_from(PERIOD, snapshot, HORIZON, data, [])
    files = ("market_file", "market_money", "market_time", "money")
    assert found == {
        f"earlier_month/2026-05/{name}.csv": data / "2026-05" / f"{name}.csv" for name in files
    }
    assert month_to_learn_from(PERIOD, snapshot, 0, data, []) == {}
    assert month_to_learn_from(PERIOD, snapshot, 5, data, []) == {}


def months_tried(found: Mapping[str, Path | str]) -> list[str]:
    return sorted({name.split("/")[1] for name in found})


def test_an_earlier_forecast_is_one_that_could_have_been_made_where_its_months_are_there(
    data: Path, snapshot: Snapshot
) -> None:
    found = past_forecast(PERIOD, snapshot, 1, data, [])
    assert months_tried(found) == ["2026-06", "2026-07"]
    assert found["past_forecast/2026-06/money.csv"] == data / "2026-06" / "money.csv"
    assert past_forecast(PERIOD, snapshot, HORIZON, data, []) == {}


def test_else_the_next_pair_of_months_as_far_apart_serves(data: Path, snapshot: Snapshot) -> None:
    shutil.rmtree(data / "2026-06")
    shutil.copytree(data / "2026-05", data / "2026-06")
    found = past_forecast(PERIOD, snapshot, 2, data, [])
    assert months_tried(found) == ["2026-05", "2026-07"]
    shutil.rmtree(data / "2026-07")
    assert past_forecast(PERIOD, snapshot, 2, data, []) == {}


@pytest.mark.parametrize("spoilt", ["unreadable", "of another kind", "the same export", "gone"])
def test_another_snapshot_is_not_learnt_from(data: Path, snapshot: Snapshot, spoilt: str) -> None:
    folder = data / "2026-05"
    if spoilt == "unreadable":
        (folder / "money.csv").write_bytes(b"\x00garbage")
    elif spoilt == "of another kind":
        (folder / "mark.toml").unlink()
    else:
        shutil.rmtree(folder)
        if spoilt == "the same export":
            shutil.copytree(data / PERIOD, folder)
    assert month_to_learn_from(PERIOD, snapshot, HORIZON, data, []) == {}


def test_the_edition_serves_where_the_snapshot_is_gone(
    data: Path, snapshot: Snapshot, archive: Archive, put: Put, make_plan: MakePlan
) -> None:
    shutil.rmtree(data / "2026-05")
    folder = put("2026-05")

    def found() -> dict[str, Path | str]:
        earlier = editions_before(archive, PERIOD, "sample").editions
        return month_to_learn_from(PERIOD, snapshot, HORIZON, data, earlier)

    assert found() == {}
    columns = ["id", *(name for name in snapshot.customers if name != "id")]
    table = pd.DataFrame({name: [1.0] for name in columns})
    for name in ("revenue", "minutes"):
        for month in ("before_previous", "previous", "current"):
            table[f"{name}_{month}"] = 1.0
    table.assign(profit=1.0, state="trained").to_parquet(folder / "customers.parquet")
    seal(folder, make_plan(), "2026-06-01T00:00:00+00:00")
    assert found() == {
        "earlier_month/2026-05/customers.parquet": folder / "customers.parquet",
    }
    (folder / "customers.parquet").write_bytes(b"garbage")
    assert found() == {}


# ─── Which editions are judged ───────────────────────────────────────────────────────────────────


def test_only_an_edition_sealed_before_the_end_of_its_outcome_counts(
    archive: Archive, put: Put
) -> None:
    put("2026-05", BEFORE)
    (one,) = judged(archive)
    assert one == {
        "period": "2026-05",
        "outcome": PERIOD,
        "back_filled": False,
        "high_risk": 0.5,
    }
    shutil.rmtree(archive.folder / "2026-05")
    put("2026-05", AFTER)
    assert judged(archive)[0]["back_filled"]


def test_an_edition_is_judged_at_its_own_horizon_and_by_its_own_bounds(
    archive: Archive, put: Put
) -> None:
    put("2026-06", high=0.6, model={"forecast": {"used": True, "horizon": 2}})
    (one,) = judged(archive)
    assert (one["period"], one["outcome"], one["high_risk"]) == ("2026-06", PERIOD, 0.6)


def test_an_outcome_is_this_month_or_an_edition_of_the_archive(archive: Archive, put: Put) -> None:
    for month in ("2026-03", "2026-04", "2026-05", "2026-07"):
        put(month)
    assert [each["period"] for each in judged(archive)] == ["2026-05", "2026-04"]
    earlier = editions_before(archive, PERIOD, "sample").editions
    found = editions_to_judge(PERIOD, SETTINGS, earlier)
    assert {name.split("/")[1] for name in found} == {
        "judged.json",
        "2026-04",
        "2026-05",
        "2026-07",
    }


def test_neither_a_strange_edition_nor_one_without_probabilities_is_judged(
    archive: Archive, put: Put, make_plan: MakePlan
) -> None:
    folder = put("2026-05")
    (folder / "customers.parquet").write_bytes(b"garbage")
    assert judged(archive) == []
    pd.DataFrame({"id": [1], "level": ["steady"]}).to_parquet(folder / "customers.parquet")
    seal(folder, make_plan(), "2026-06-01T00:00:00+00:00")
    assert judged(archive) == []
    put("2026-04", kind="real")
    assert judged(archive, Settings(model=Model(forecast_horizon=4))) == []


def test_no_more_than_a_year_of_editions_is_judged(archive: Archive, put: Put) -> None:
    settings = Settings(model=Model(forecast_horizon=1))
    for number in range(14):
        put(f"{2025 + (number + 6) // 12}-{(number + 6) % 12 + 1:02d}")
    found = judged(archive, settings)
    assert len(found) == MOST_JUDGED and found[0]["period"] == "2026-07"
    assert judged(archive, Settings(model=Model(forecast_horizon=0))) == []


# ─── Nothing newer than the month ────────────────────────────────────────────────────────────────


def content(material: Path | str) -> str:
    if isinstance(material, str):
        return material
    return digest_folder(material) if material.is_dir() else digest_file(material)


def composed(data: Path, archive: Archive) -> dict[str, Any]:
    """All that the edition of a month is made from, as the command puts it together."""
    snapshot, differing = against_predecessor(
        read_snapshot(data / PERIOD), PERIOD, data, accept=False
    )
    earlier = editions_before(archive, PERIOD, snapshot.kind).editions
    materials = month_materials(PERIOD, snapshot, SETTINGS, data, earlier, earlier[0])
    subject = month_subject(PERIOD, snapshot.kind, SETTINGS, 1, differing, materials, "ru")
    return {
        "snapshot": dict(snapshot.digests),
        "chapters": subject.chapters,
        "parameters": subject.parameters,
        "settings": subject.settings,
        "materials": {name: content(each) for name, each in subject.materials.items()},
    }


def test_a_month_is_made_anew_when_the_shops_books_have_changed(
    data: Path, archive: Archive, put: Put
) -> None:
    put(MONTHS[-2], BEFORE)
    before = composed(data, archive)["materials"]
    books = data / PERIOD / BOOKS_FILE
    books.write_text(f"customers = {len(read_snapshot(data / PERIOD).customers)}\n")
    after = composed(data, archive)["materials"]
    assert after == before | {BOOKS_FILE: digest_file(books)}


def test_later_snapshots_and_editions_change_nothing(
    data: Path, archive: Archive, put: Put, make_plan: MakePlan
) -> None:
    for month in MONTHS[:-1]:
        put(month, BEFORE)
    (data / "2026-09").mkdir()
    (data / "2026-09" / "market_file.csv").write_bytes(b"\x00garbage")
    clean = composed(data, archive)
    assert {name.split("/")[0] for name in clean["materials"]} == {
        "history",
        "assignment.key",
        "offers.toml",
        "earlier_month",
        "record",
        "old",
        "comparison.json",
        "words",
    }

    lying = Path(shutil.copytree(data / PERIOD, data / "2026-11"))
    text = (lying / "market_file.csv").read_text(encoding="utf-8")
    (lying / "market_file.csv").write_text(text.replace("Снизилась", "Прежний уровень"))
    for month in ("2026-09", "2026-11", "2027-02"):
        folder = put(month, BEFORE, high=0.1)
        if month == "2026-09":
            (folder / "results.json").write_bytes(b"garbage")
            (folder / "customers.parquet").write_bytes(b"garbage")
            seal(folder, make_plan(), BEFORE)
    put(PERIOD, BEFORE, high=0.2)
    assert composed(data, archive) == clean

    (data / "2026-05" / "money.csv").unlink()
    assert composed(data, archive) != clean
