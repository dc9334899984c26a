"""Probabilities of two months are compared with their own kind alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.changes.compare import compare_editions
from analysis.changes.edition import Edition, ResultsSeen
from analysis.changes.harmonise import in_one_measure
from analysis.settings import Changes, Segments, Settings
from tests.analysis.changes.test_compare import complete, next_month, one_month

CUTS = (Segments(), Segments())


def results(period: str, *, forecast: bool) -> ResultsSeen:
    return ResultsSeen.of(
        {
            "schema_version": 2,
            "period": period,
            "kind": "sample",
            "seed": 1,
            "settings": Settings().model_dump(mode="json"),
            "data": {"findings": []},
            "model": {
                "usable": True,
                "chosen": "logistic",
                "corrected": None,
                "forecast": {"used": forecast, "horizon": 3},
            },
            "drivers": {"drivers": []},
            "segments": {"offers": []},
        }
    )


@pytest.fixture
def months() -> tuple[pd.DataFrame, pd.DataFrame]:
    old = one_month()
    return complete(old), complete(next_month(old))


def foretold(table: pd.DataFrame) -> pd.DataFrame:
    """The same customers, all at high risk by a forecast."""
    return complete(table.assign(forecast=0.9, segment="high_1"))


def test_two_forecasts_are_compared_as_forecasts(months: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    old, new = in_one_measure(*map(foretold, months), CUTS)
    assert (old["probability"] == 0.9).all() and (new["probability"] == 0.9).all()
    assert (old["segment"] == "high_1").all()
    assert set(old["source"]) == set(new["source"]) == {"forecast"}


def test_a_forecast_beside_none_is_left_out_of_the_comparison(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    old, new = in_one_measure(months[0], foretold(months[1]), CUTS)
    pd.testing.assert_frame_equal(old, months[0])
    assert new["probability"].equals(months[1]["probability"])
    risk = np.where(new["probability"] >= 0.5, "high", "other")
    assert (new["segment"].str.startswith("high") == (risk == "high")).all()


def test_the_first_forecast_is_no_change_of_risk(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    old, new = months

    def compared(later: pd.DataFrame, *, forecast: bool) -> Any:
        return compare_editions(
            Edition(results("2026-09", forecast=False), old),
            Edition(results("2026-10", forecast=forecast), later),
            Changes(draws=200),
            seed=5,
        )

    by_nowcast, switched = compared(new, forecast=False), compared(foretold(new), forecast=True)
    assert switched.comparisons == by_nowcast.comparisons
    assert switched.money == by_nowcast.money
    (made,) = switched.making
    assert (made.name, made.old, made.new) == ("forecast", False, True)
    assert by_nowcast.making == []
