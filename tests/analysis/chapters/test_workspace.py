"""What is laid into the workspace is read as the months that it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.chapters.workspace import Workspace
from analysis.model import ablation
from analysis.segments.offer_book import DEFAULT_FILE, default_book
from analysis.synthetic.generate import write_month
from tests.conftest import ROOT


def test_the_months_of_an_earlier_forecast_are_read_in_their_order(
    tmp_path: Path, sample_customers: pd.DataFrame
) -> None:
    work = Workspace.open(tmp_path, ROOT / "data" / "sample" / "2026-10", "2026-10", seed=1)
    assert work.earlier_month() is None and work.past_forecast() is None
    laid = tmp_path / "past_forecast"
    write_month(laid / "2026-05", "2026-05", seed=7, customers=300)
    (laid / "2026-08").mkdir()
    sample_customers.assign(probability=0.5).to_parquet(laid / "2026-08" / "customers.parquet")
    shutil.copytree(laid / "2026-08", tmp_path / "earlier_month" / "2026-07")
    past, earlier = work.past_forecast(), work.earlier_month()
    assert past is not None and earlier is not None
    assert [(each.period, each.source) for each in (past.features, past.levels, earlier)] == [
        ("2026-05", "snapshot"),
        ("2026-08", "edition"),
        ("2026-07", "edition"),
    ]
    assert {"state", "copy_group"} <= set(past.features.customers)
    assert len(past.features.customers) == 300 and len(past.levels.customers) == 1300


def test_a_chapter_takes_the_offers_laid_beside_it_else_those_of_the_data_folder(
    tmp_path: Path,
) -> None:
    data, folder = tmp_path / "data", tmp_path / "workspace"
    work = Workspace.open(folder, data / "2026-10", "2026-10", seed=1)
    assert work.offers() == default_book()
    assert work.words().label("offer", "letter") == "Обычное письмо"
    for place, name in ((data, "Письмо"), (folder, "Открытка")):
        place.mkdir(exist_ok=True)
        text = DEFAULT_FILE.read_text("utf-8").replace('"Обычное письмо"', f'"{name}"')
        (place / "offers.toml").write_text(text, encoding="utf-8")
        assert work.words().label("offer", "letter") == name
    assert work.words().label("offer", "of_old") == "of_old"


def test_a_chapter_that_learns_holds_those_alone_who_are_learnt_from(
    tmp_path: Path, sample_customers: pd.DataFrame
) -> None:
    work = Workspace.open(tmp_path, ROOT / "data" / "sample" / "2026-10", "2026-10", seed=1)
    work.keep("customers", sample_customers)
    everyone = work.table("customers")

    expected = everyone[everyone["state"] == "trained"].reset_index(drop=True)
    pd.testing.assert_frame_equal(work.trained(), expected)
    assert work.some_ids() is None


def test_of_a_large_month_decisions_are_judged_by_whole_groups_of_copies(
    tmp_path: Path, sample_customers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "MOST_CUSTOMERS", 200)
    work = Workspace.open(tmp_path, ROOT / "data" / "sample" / "2026-10", "2026-10", seed=1)
    work.keep("customers", sample_customers)
    ids = work.some_ids()

    assert ids is not None and 150 < len(ids) <= 200
    drawn = sample_customers["id"].isin(ids)
    assert not set(sample_customers.loc[drawn, "copy_group"]) & set(
        sample_customers.loc[~drawn, "copy_group"]
    )
