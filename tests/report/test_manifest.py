"""A manifest says what an edition was made from and notices what was done to it since."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from analysis.chapters.materials import (
    COMPARISON,
    EARLIER_MONTH,
    HISTORY,
    MAILINGS,
    OLD,
    PAST_FORECAST,
    RECORD,
)
from report.errors import InputError, Note
from report.manifest import (
    FROM_BEFORE,
    Engine,
    damages,
    differences,
    digest_file,
    digest_folder,
    make_manifest,
    read_manifest,
    write_manifest,
)

from .conftest import MakePlan


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    folder = tmp_path / "edition"
    (folder / "offers").mkdir(parents=True)
    (folder / "report.ru.html").write_text("<p>")
    (folder / "offers" / "list.csv").write_text("id\n1\n")
    return folder


def _keep(edition: Path, make_plan: MakePlan) -> None:
    seconds = {"read": 0.12345, "chapter data": 2.0}
    write_manifest(
        make_manifest(edition, make_plan(), seconds=seconds, libraries=["pydantic", "nbformat"]),
        edition,
    )


def test_a_manifest_comes_back_as_it_was_written(edition: Path, make_plan: MakePlan) -> None:
    _keep(edition, make_plan)
    manifest = read_manifest(edition)
    assert manifest.plan == make_plan()
    assert list(manifest.libraries) == ["nbformat", "pydantic"]
    assert manifest.seconds == {"read": 0.123, "chapter data": 2.0}
    assert manifest.outputs["offers/list.csv"].bytes == 5
    assert manifest.outputs["offers/list.csv"].sha256 == digest_file(edition / "offers/list.csv")
    assert datetime.fromisoformat(manifest.sealed).tzinfo == UTC


def test_a_manifest_is_written_in_one_order(edition: Path, make_plan: MakePlan) -> None:
    _keep(edition, make_plan)
    written = json.loads((edition / "manifest.json").read_text())
    assert list(written["outputs"]) == ["offers/list.csv", "report.ru.html"]
    assert list(written["plan"]["inputs"]) == ["market_file.csv", "money.csv"]
    assert list(written["seconds"]) == ["read", "chapter data"]


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"schema_version": 99}'])
def test_a_foreign_manifest_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError) as caught:
        read_manifest(tmp_path)
    assert caught.value.code == "manifest-unreadable"


def test_a_manifest_of_another_schema_is_refused(edition: Path, make_plan: MakePlan) -> None:
    _keep(edition, make_plan)
    path = edition / "manifest.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(InputError):
        read_manifest(edition)


def test_damage_is_named_file_by_file(edition: Path, make_plan: MakePlan) -> None:
    _keep(edition, make_plan)
    manifest = read_manifest(edition)
    assert damages(edition, manifest) == []
    (edition / "note.txt").write_text("added by a reader")
    assert damages(edition, manifest) == []
    (edition / "report.ru.html").write_text("<b>")
    (edition / "offers" / "list.csv").unlink()
    assert damages(edition, manifest) == ["offers/list.csv", "report.ru.html"]


def test_a_plan_does_not_depend_on_the_order_of_formats(make_plan: MakePlan) -> None:
    assert make_plan(formats=("pdf", "html")) == make_plan(formats=("html", "pdf"))


def test_a_plan_holds_nothing_that_json_cannot(make_plan: MakePlan) -> None:
    with pytest.raises(ValidationError):
        make_plan(settings={"since": datetime(2026, 10, 1, tzinfo=UTC)})


def test_every_kind_of_difference_is_told(make_plan: MakePlan) -> None:
    old = make_plan()
    new = make_plan(
        program="1.1",
        seed=7,
        settings={"share_saved": 0.2, "organisation": "«В один клик»", "cost": 30},
        engine=Engine(name="quarto", version="1.9"),
        languages=("ru", "en"),
        formats=("pdf",),
        inputs={"money.csv": "9" * 64, "market_file.csv": "1" * 64},
        sources={"templates": "2" * 64, "chapters": "8" * 64},
    )
    assert differences(old, old) == []
    notes = {note.code: dict(note.fields) for note in differences(old, new)}
    assert notes["difference-program"] == {"old": "1.0", "new": "1.1"}
    assert notes["difference-seed"] == {"old": 42, "new": 7}
    assert notes["difference-engine"] == {"old": "embedded 0.15", "new": "quarto 1.9"}
    assert notes["difference-languages"] == {"old": ("ru",), "new": ("en", "ru")}
    assert notes["difference-formats"] == {"old": ("html", "pdf"), "new": ("pdf",)}
    assert notes["difference-inputs"] == {"files": ["money.csv"]}
    assert notes["difference-sources"] == {"names": ["chapters"]}
    settings = [note for note in differences(old, new) if note.code == "difference-setting"]
    assert settings == [
        Note("difference-setting", {"name": "cost", "old": None, "new": 30}),
        Note("difference-setting", {"name": "share_saved", "old": 0.15, "new": 0.2}),
    ]


def test_what_comes_from_other_months_is_told_by_the_month(make_plan: MakePlan) -> None:
    read = ("market_file.csv", "history/2026-08/money.csv", "past_forecast/2026-05/money.csv")
    archive = ("mailings/2026-09/customers.parquet", "old/model", "comparison.json")
    old, new = (
        make_plan(inputs=dict.fromkeys((*read, *archive), digit * 64)) for digit in ("1", "2")
    )
    assert differences(old, new) == [
        Note("difference-inputs", {"files": ["market_file.csv"]}),
        Note("difference-months", {"names": ["2026-05", "2026-08"]}),
        Note("difference-editions", {"names": ["2026-09"]}),
        Note("difference-compared"),
    ]


def test_the_places_of_what_comes_from_other_months_are_those_of_the_workspace() -> None:
    places = (HISTORY, EARLIER_MONTH, PAST_FORECAST, MAILINGS, RECORD, OLD, COMPARISON)
    assert set(places) == set(FROM_BEFORE)


def test_of_a_section_of_settings_only_what_differs_is_told(make_plan: MakePlan) -> None:
    old = {"money": {"contact_cost": 15.0, "discount": 0.05}, "offers": {"hold_out": 0.05}}
    new = {"money": {"contact_cost": 20.0, "discount": 0.05}, "offers": {"most_contacts": 40}}
    assert differences(make_plan(settings=old), make_plan(settings=new)) == [
        Note("difference-setting", {"name": "money.contact_cost", "old": 15.0, "new": 20.0}),
        Note("difference-setting", {"name": "offers.hold_out", "old": 0.05, "new": None}),
        Note("difference-setting", {"name": "offers.most_contacts", "old": None, "new": 40}),
    ]


def test_the_digest_of_a_folder_is_that_of_its_names_and_contents(tmp_path: Path) -> None:
    for place in ("one", "two"):
        folder = tmp_path / place
        (folder / "words").mkdir(parents=True)
        (folder / "words" / "a.md").write_text("text")
        (folder / "b.css").write_text("body")
    (tmp_path / "two" / "__pycache__").mkdir()
    (tmp_path / "two" / "__pycache__" / "x.pyc").write_bytes(b"x")
    digest = digest_folder(tmp_path / "one")
    assert digest == digest_folder(tmp_path / "two")
    (tmp_path / "two" / "words" / "a.md").rename(tmp_path / "two" / "words" / "c.md")
    assert digest != digest_folder(tmp_path / "two")
    (tmp_path / "one" / "b.css").write_text("html")
    assert digest != digest_folder(tmp_path / "one")
