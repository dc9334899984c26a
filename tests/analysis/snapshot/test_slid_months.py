"""A stretch of a month that slid is told from rows that are only like their neighbours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import MARKET_MONEY
from analysis.snapshot.slid_months import doubt_slid_months

CUSTOMERS = 1200
Array = np.ndarray[Any, Any]


def spenders(order: str) -> tuple[Array, Array]:
    """Two months of the same customers, alike as months are, in some order of the rows."""
    chance = np.random.default_rng(4)
    usual = chance.normal(size=CUSTOMERS)
    if order == "sorted":
        usual = np.sort(usual)
    if order == "in blocks":
        usual += np.arange(CUSTOMERS) // 200 % 2 * 2.0
    then, now = (5000 + 800 * usual + 300 * chance.normal(size=CUSTOMERS) for _ in range(2))
    if order == "unlike":
        chance.shuffle(now)
    if order == "opposite":
        now = 10_000 - now
    return then, now


def doubts(then: Array, now: Array) -> list[str]:
    ids = [str(300_000 + place) for place in range(CUSTOMERS)]
    frame = pd.DataFrame(
        {"id": [*ids, *ids], "period": ["previous"] * CUSTOMERS + ["current"] * CUSTOMERS}
    )
    read = cast("Any", SimpleNamespace(values=pd.Series(np.concatenate([then, now]))))
    notes = Notes()
    doubt_slid_months(MARKET_MONEY, frame, {MARKET_MONEY.columns[-1]: read}, notes)
    return [each.fields["rows"] for each in notes.problems]


@pytest.mark.parametrize("order", ["drawn", "sorted", "in blocks", "unlike", "opposite"])
def test_a_month_that_stands_by_its_customers_is_not_doubted(order: str) -> None:
    assert doubts(*spenders(order)) == []


@pytest.mark.parametrize("order", ["drawn", "in blocks"])
@pytest.mark.parametrize(("first", "last"), [(0, CUSTOMERS), (500, CUSTOMERS), (300, 800)])
@pytest.mark.parametrize("by", [1, -2])
def test_a_stretch_that_slid_is_told_with_its_rows(
    order: str, first: int, last: int, by: int
) -> None:
    then, now = spenders(order)
    now[first:last] = np.roll(now[first:last], by)
    assert doubts(then, now) == [str(abs(by))]
