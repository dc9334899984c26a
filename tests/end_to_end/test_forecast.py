"""An edition foretells, its predecessor is judged, and neither looks beyond its own month."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.segments.grid import assign
from analysis.settings import Segments
from report.manifest import read_manifest
from tests.end_to_end.conftest import EARLIER, Made

LATER = "2026-10"


@pytest.fixture(scope="module")
def results(made: Made) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.edition / "results.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def customers(made: Made) -> pd.DataFrame:
    return pd.read_parquet(made.edition / "customers.parquet")


def test_the_forecast_decides_segments_and_lists(
    made: Made, results: dict[str, Any], customers: pd.DataFrame
) -> None:
    foretold = results["model"]["forecast"]
    assert foretold["used"] and foretold["learnt_from"] == EARLIER
    assert (made.edition / "model" / "forecast" / "model.skops").is_file()
    scored = customers[customers["probability"].notna()]
    assert scored["forecast"].notna().all() and len(scored) == foretold["scored"]
    assert not np.allclose(scored["forecast"], scored["probability"], atol=0.1)
    segments = assign(scored.assign(probability=scored["forecast"]), Segments())
    assert (segments["segment"] == scored["segment"]).all()
    assert results["segments"]["high_risk"] == (scored["forecast"] >= 0.5).sum()
    listed = pd.concat(
        pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig", dtype={"id": "str"})
        for path in (made.edition / "offers").glob("*.csv")
    )
    expected = scored.set_index("id").loc[listed["id"], "forecast"].round(3)
    assert len(listed) and np.allclose(listed["Вероятность_снижения"], expected)


def test_the_report_says_which_of_the_two_its_probabilities_are(made: Made) -> None:
    (now, annex), (before, annex_before) = (
        [
            (made.output / month / "source" / "ru" / f"{name}.qmd").read_text("utf-8")
            for name in ("report", "annex")
        ]
        for month in (LATER, EARLIER)
    )
    assert "Прогноза в этом отчёте нет" in annex_before
    assert "прогноз верно упорядочивает" in now.replace("\u00a0", " ")
    assert "Модель узнаёт снизивших" in before.replace("\u00a0", " ")
    assert "не предсказывает" in before and "не предсказывает" not in now
    assert "считаются по прогнозу" in annex and "{#tbl-record" in annex


def test_the_forecast_has_a_chart_of_its_own_of_what_was_said_and_what_came(
    made: Made, results: dict[str, Any]
) -> None:
    now, before = (
        (made.output / month / "source" / "ru" / "annex.qmd").read_text("utf-8")
        for month in (LATER, EARLIER)
    )
    assert "{#fig-forecast-calibration" in now and "{#fig-forecast-calibration" not in before
    drawn = (made.edition / "source/ru/figures/fig-forecast-calibration.json").read_text("utf-8")
    points = json.loads(drawn)["data"][1]["y"]
    said = results["model"]["forecast"]["calibration"]
    assert points == pytest.approx([100 * each["observed"]["share"] for each in said])


def test_the_predecessor_is_judged_by_the_levels_of_the_month(
    made: Made, results: dict[str, Any], customers: pd.DataFrame
) -> None:
    (record,) = results["track_record"]
    assert (record["period"], record["outcome"]) == (EARLIER, LATER)
    assert not record["foretold"]
    then = pd.read_parquet(made.output / EARLIER / "customers.parquet").set_index("id")
    levels = customers.set_index("id")["level"]
    written_to = then["arm"].eq("contact") & then["probability"].notna()
    assert record["contacted"] == written_to.sum() > 0
    then = then[~written_to]
    flagged = then.index[then["probability"] >= 0.5]
    found = flagged.intersection(levels.dropna().index)
    assert record["flagged_then"] == len(flagged) > len(found)
    assert record["flagged"]["base"] == len(found)
    declined = int(levels.loc[found].eq("declined").sum())
    assert record["flagged"]["count"] == declined
    assert record["flagged_bounds"]["low"] == pytest.approx(declined / len(flagged))
    sealed = read_manifest(made.output / EARLIER).sealed
    assert record["back_filled"] == (sealed >= "2026-11-01")
