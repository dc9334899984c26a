"""A column that slid is told from one whose labels changed by chance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import MARKET_FILE, MONEY
from analysis.snapshot.sliding import doubt_slid_columns
from analysis.snapshot.snapshot import Snapshot

CUSTOMERS = 5000


def with_levels(levels: np.ndarray[Any, Any]) -> Snapshot:
    """Give what is looked at of a month: nothing but the levels differs between customers."""
    ids = pd.Index([str(100_000 + place) for place in range(len(levels))])
    columns = [each for each in (*MARKET_FILE.columns, *MONEY.columns) if each.kind != "id"]
    table = pd.DataFrame({each.name: 1.0 for each in columns}, index=ids)
    table["level"] = levels
    order = pd.DataFrame({"id": ids, "position": np.arange(len(ids))})
    seen = SimpleNamespace(row_order=order, customers_of=lambda asked: table.loc[asked])
    return cast("Snapshot", seen)


def in_blocks(chance: np.random.Generator) -> np.ndarray[Any, Any]:
    """Levels in a file whose rows stand in six blocks, some of them out of place."""
    block = np.arange(CUSTOMERS) * 6 // CUSTOMERS % 2
    return np.where(chance.random(CUSTOMERS) < 0.02, 1 - block, block)


def doubts(now: np.ndarray[Any, Any], then: np.ndarray[Any, Any]) -> list[str]:
    notes = Notes()
    doubt_slid_columns(with_levels(now), with_levels(then), "2026-09", notes)
    return [each.fields["rows"] for each in notes.problems]


def test_a_few_neighbours_with_each_others_labels_did_not_slide_among_many_that_changed() -> None:
    chance = np.random.default_rng(1)
    then = in_blocks(chance)
    now = np.where(chance.random(CUSTOMERS) < 0.12, 1 - then, then)
    for place in (100, 2000, 4000):
        then[place : place + 4] = now[place + 1 : place + 5] = np.arange(4) % 2
        now[place] = 1 - then[place]
    assert doubts(now, then) == []


def test_labels_that_slid_by_some_rows_are_told_with_these() -> None:
    then = in_blocks(np.random.default_rng(1))
    assert doubts(np.roll(then, 9), then) == ["9"]
