"""What a month learns of earlier lists: from its archive and its data folder, and from no later."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.campaigns.lot import KEY_FILE
from analysis.campaigns.mailings import LISTED
from analysis.chapters.workspace import Workspace
from analysis.settings import Offers, Settings
from analysis.snapshot.errors import SnapshotError
from report.cli.campaign_inputs import MOST_MAILINGS, NEEDED, key_of_the_lot, mailings_before
from report.cli.earlier import Archived
from report.errors import InputError

SENT = "id;offer;date\n1;letter;2026-06-02\n"


def edition(folder: Path, period: str, *, arms: bool = True) -> Archived:
    table = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "level": ["declined", "steady", None],
            "probability": [0.4, 0.6, 0.2],
            "profit": 2.0,
            "revenue_current": 5000.0,
            "copy_group": [1, 2, 3],
            "deciding_probability": [0.4, 0.7, 0.2],
            "decided_by": "forecast",
        }
    )
    if arms:
        table = table.assign(arm=["contact", "hold_out", None], offer="letter", cost=15.0)
    (folder / period).mkdir(parents=True)
    table.to_parquet(folder / period / "customers.parquet")
    return Archived(period, folder / period, {})


def test_earlier_editions_lend_their_customers_and_the_data_folder_what_was_sent(
    tmp_path: Path,
) -> None:
    data, editions = tmp_path / "data", tmp_path / "editions"
    (data / "2026-05").mkdir(parents=True)
    sent = data / "2026-05" / "sent.csv"
    sent.write_text(SENT)
    earlier = [edition(editions, "2026-06"), edition(editions, "2026-05")]
    assert mailings_before(data, earlier) == {
        "mailings/2026-06/customers.parquet": editions / "2026-06" / "customers.parquet",
        "mailings/2026-05/customers.parquet": editions / "2026-05" / "customers.parquet",
        "mailings/2026-05/sent.csv": sent,
    }


def test_an_edition_that_lacks_what_is_needed_is_passed_over(tmp_path: Path) -> None:
    bare = edition(tmp_path, "2026-06")
    whole = pd.read_parquet(bare.folder / "customers.parquet")
    for column in NEEDED:
        whole.drop(columns=column).to_parquet(bare.folder / "customers.parquet")
        assert mailings_before(tmp_path, [bare]) == {}


def test_no_more_than_two_years_are_followed(tmp_path: Path) -> None:
    months = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    earlier = [edition(tmp_path, month) for month in reversed(months)]
    found = mailings_before(tmp_path, earlier)
    assert len(found) == MOST_MAILINGS and "mailings/2026-12/customers.parquet" in found


def test_a_record_that_cannot_be_read_stops_the_report_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "data" / "2026-06").mkdir(parents=True)
    (tmp_path / "data" / "2026-06" / "sent.csv").write_text("id;offer;date\n0;letter;today\n")
    with pytest.raises(SnapshotError):
        mailings_before(tmp_path / "data", [edition(tmp_path / "editions", "2026-06")])


def test_the_chapters_find_lists_outcomes_and_what_was_sent(tmp_path: Path) -> None:
    for period, arms in (("2026-05", False), ("2026-06", True), ("2026-07", True)):
        edition(tmp_path / "mailings", period, arms=arms)
    (tmp_path / "mailings" / "2026-06" / "sent.csv").write_text(SENT)
    work = Workspace.open(tmp_path, tmp_path / "snapshot", "2026-08", 1)
    work.keep("customers", pd.DataFrame({"id": ["1"], "level": ["steady"], "revenue_current": 1.0}))
    history = work.mailings()
    assert [each.period for each in history.mailings] == ["2026-06", "2026-07"]
    assert sorted(history.came) == ["2026-05", "2026-06", "2026-07", "2026-08"]
    first, second = history.mailings
    assert first.sent is not None and first.sent["id"].tolist() == ["1"] and second.sent is None
    assert first.listed["id"].tolist() == ["1", "2"] and list(first.listed) == list(LISTED)
    assert first.listed["probability"].tolist() == [0.4, 0.7]
    assert first.customers.tolist() == ["1", "2", "3"]


def test_the_key_of_the_data_folder_decides_and_a_chapter_by_hand_finds_it_too(
    tmp_path: Path,
) -> None:
    snapshot = tmp_path / "data" / "2026-08"
    snapshot.mkdir(parents=True)
    kept = tmp_path / "data" / KEY_FILE
    assert key_of_the_lot(Settings(), tmp_path / "data") == {KEY_FILE: kept}
    by_hand = Workspace.open(tmp_path / "work", snapshot, "2026-08", 1).lot()
    laid = Workspace.open(tmp_path / "laid", tmp_path / "laid" / "snapshot", "2026-08", 1)
    (laid.folder / KEY_FILE).write_bytes(kept.read_bytes())
    assert by_hand == laid.lot()
    yearly = json.loads('{"offers": {"hold_out_months": 12}}')
    waves = [
        Workspace.open(tmp_path / "work", snapshot, month, 1, yearly).lot()
        for month in ("2026-12", "2027-01")
    ]
    assert waves[0] != waves[1]


def test_where_nothing_is_drawn_no_key_is_made_or_needed(tmp_path: Path) -> None:
    nothing = Settings(offers=Offers(hold_out=0))
    assert key_of_the_lot(nothing, tmp_path) == {} and list(tmp_path.iterdir()) == []
    plain = nothing.model_dump()
    lot = Workspace.open(tmp_path, tmp_path / "data" / "snapshot", "2026-08", 1, plain).lot()
    assert not lot.draw(range(100), nothing.offers.hold_out).any()


def test_a_key_that_is_none_is_told_as_wrong_input(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("none")
    with pytest.raises(InputError) as refused:
        key_of_the_lot(Settings(), tmp_path)
    assert refused.value.code == "key-unusable"
