"""An edition foretells, its predecessor is judged, and neither looks beyond its own month."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.segments.grid import assign
from analysis.settings import Segments
from report.manifest import read_manifest, write_manifest
from tests.end_to_end.conftest import EARLIER, Made, run

pytestmark = pytest.mark.slow

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
        pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig")
        for path in (made.edition / "offers").glob("*.csv")
    )
    expected = scored.set_index("id").loc[listed["id"], "forecast"].round(3)
    assert len(listed) and np.allclose(listed["Вероятность_снижения"], expected)


def test_the_report_says_which_of_the_two_its_probabilities_are(made: Made) -> None:
    now, before = (
        (made.output / month / "source" / "ru" / "report.qmd").read_text("utf-8")
        for month in (LATER, EARLIER)
    )
    assert "Прогноза нет" in before and "это не прогноз (@sec-model)" in before
    summary = now.split("{#sec-summary", 1)[1].split("\n# ", 1)[0]
    assert "прогноз" in summary and "это не прогноз" not in summary
    assert "считаются по прогнозу" in now and "{#tbl-record" in now


def test_the_predecessor_is_judged_by_the_levels_of_the_month(
    made: Made, results: dict[str, Any], customers: pd.DataFrame
) -> None:
    (record,) = results["track_record"]
    assert (record["period"], record["outcome"]) == (EARLIER, LATER)
    assert not record["foretold"]
    then = pd.read_parquet(made.output / EARLIER / "customers.parquet").set_index("id")
    levels = customers.set_index("id")["level"]
    flagged = then.index[then["probability"] >= 0.5]
    found = flagged.intersection(levels.dropna().index)
    assert record["flagged_then"] == len(flagged) > len(found)
    assert record["flagged"]["base"] == len(found)
    declined = int(levels.loc[found].eq("declined").sum())
    assert record["flagged"]["count"] == declined
    assert record["flagged_bounds"]["low"] == pytest.approx(declined / len(flagged))
    sealed = read_manifest(made.output / EARLIER).sealed
    assert record["back_filled"] == (sealed >= "2026-11-01")


def test_an_edition_comes_out_the_same_whatever_lies_after_its_month(
    made: Made, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(made.data, tmp_path / "data"))
    archive = tmp_path / "editions"
    shutil.copytree(made.output / EARLIER, archive / EARLIER)
    (data / "2026-11").mkdir()
    (data / "2026-11" / "market_file.csv").write_bytes(b"\x00garbage")
    lying = Path(shutil.copytree(data / LATER, data / "2026-12")) / "market_file.csv"
    lying.write_text(lying.read_text("utf-8").replace("Снизилась", "Прежний уровень"), "utf-8")
    poisoned = Path(shutil.copytree(made.edition, archive / "2026-11"))
    for name in ("results.json", "customers.parquet"):
        (poisoned / name).write_bytes(b"garbage")
    told = Path(shutil.copytree(made.edition, archive / "2027-01"))
    plain = json.loads((told / "results.json").read_text("utf-8"))
    (told / "results.json").write_text(json.dumps(plain | {"period": "2027-01"}), "utf-8")
    table = pd.read_parquet(told / "customers.parquet")
    table.assign(level="declined", forecast=0.99).to_parquet(told / "customers.parquet")
    manifest = read_manifest(told)
    write_manifest(manifest.model_copy(update={"sealed": "2026-01-01T00:00:00+00:00"}), told)

    folders = ("--data", data, "--output", archive, "--format", "html")
    process = run("generate-report", LATER, *folders, "--quiet", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    for name in ("results.json", "customers.parquet", "report.ru.html"):
        assert (archive / LATER / name).read_bytes() == (made.edition / name).read_bytes(), name
