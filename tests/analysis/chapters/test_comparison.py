"""Two editions in one workspace: the lists that stay inside, and the key figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.changes.edition import ResultsSeen, UnreadableEditionError
from analysis.changes.history import mean_of
from analysis.changes.key_figures import archived_key_figures, key_figures
from analysis.chapters.comparison import write_lists
from analysis.chapters.words import Words
from analysis.results import DataResults, ModelResults, SegmentsResults
from analysis.results.base import Proportion
from tests.conftest import RUSSIAN

PROPORTION = {"count": 3, "base": 8, "share": 0.375, "low": 0.1, "high": 0.7}
READABLE = {
    "schema_version": 1,
    "period": "2026-09",
    "kind": "sample",
    "seed": 1,
    "settings": {"money": {"loss_share": 0.4}},
    "data": {"findings": []},
    "model": {"usable": False, "chosen": None},
    "drivers": {"drivers": []},
    "segments": {"offers": []},
}


def segments(ids: range, **changed: str | None) -> pd.DataFrame:
    table = pd.DataFrame({"id": list(ids), "segment": "low_1"})
    for name, segment in changed.items():
        table.loc[table["id"] == int(name.lstrip("_")), "segment"] = segment
    return table


def test_lists_name_who_came_who_left_and_whose_risk_moved(tmp_path: Path) -> None:
    old = segments(range(1, 6), _3="low_2", _4=None)
    new = segments(range(2, 8), _2="high_1", _3="low_3", _4="high_2")
    write_lists(tmp_path / "lists", old, new, Words.load(RUSSIAN))
    read = {
        path.name: path.read_text("utf-8-sig").split() for path in (tmp_path / "lists").iterdir()
    }
    assert read["arrivals.csv"] == ["id", "6", "7"]
    assert read["leavers.csv"] == ["id", "1"]
    assert read["risk_moves.csv"] == ["id;было;стало", "2;low;high"]


def test_key_figures_leave_out_what_a_month_does_not_have() -> None:
    data = DataResults.model_construct(declined=Proportion(**PROPORTION))
    model, segments = ModelResults.model_construct(), SegmentsResults.model_construct()
    revenue = mean_of(pd.Series([10.0, 30.0, np.nan]))
    found = key_figures("2026-09", data, model, segments, revenue)
    assert found.declined is not None and found.declined.value == 0.375
    assert found.revenue_per_customer is not None and found.revenue_per_customer.value == 20
    assert found.exposed_roubles is None and found.roc_auc is None


def test_key_figures_of_an_older_edition_are_read_as_far_as_they_go() -> None:
    found = archived_key_figures({"period": "2026-01", "data": {"declined": PROPORTION}})
    assert found.declined is not None and found.revenue_per_customer is None
    kept = found.model_dump() | {"revenue_per_customer": {"value": 5, "low": 4, "high": 6}}
    again = archived_key_figures({"period": "2026-01", "key_figures": kept})
    assert again.revenue_per_customer is not None and again.revenue_per_customer.value == 5


def test_results_of_an_older_build_with_the_same_parts_can_be_compared() -> None:
    seen = ResultsSeen.of(READABLE | {"something": "else"})
    assert seen.settings.money.loss_share == 0.4 and not seen.uses_forecast


@pytest.mark.parametrize(
    "results",
    [
        {},
        READABLE | {"schema_version": 99},
        READABLE | {"settings": {"money": {"unknown": 1}}},
        {name: value for name, value in READABLE.items() if name != "segments"},
    ],
    ids=["nothing", "newer", "unknown setting", "no segments"],
)
def test_results_that_cannot_be_compared_are_refused(results: dict[str, object]) -> None:
    with pytest.raises(UnreadableEditionError):
        ResultsSeen.of(results)
