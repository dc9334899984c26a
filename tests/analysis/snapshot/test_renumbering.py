"""Customers who come back under another number are known by their months."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.snapshot.errors import Notes
from analysis.snapshot.likeness import compare_likeness
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.synthetic.generate import write_month

TABLES = ("customers", "revenue", "minutes", "profit")


def month(name: str, folder: Path) -> Snapshot:
    write_month(folder / name, name, seed=7, customers=300)
    return read_snapshot(folder / name)


def renumbered(snapshot: Snapshot, ids: pd.Series[str]) -> Snapshot:
    """Give customers numbers that nobody had."""
    others = {each: f"8{each}" for each in ids}
    tables = {
        name: getattr(snapshot, name).assign(id=lambda table: table["id"].replace(others))
        for name in TABLES
    }
    return replace(snapshot, **tables)


@pytest.mark.parametrize(("every", "told"), [(10, True), (150, False), (1000, False)])
def test_new_customers_with_the_months_of_those_who_are_gone_are_asked_about(
    every: int, told: bool, tmp_path: Path
) -> None:
    before, now = (month(name, tmp_path) for name in ("2026-09", "2026-10"))
    stayed = now.customers["id"][now.customers["id"].isin(before.customers["id"])]
    later = renumbered(now, stayed.iloc[every - 1 :: every])
    notes = Notes()
    compare_likeness(later, "2026-10", "2026-09", before, notes)
    counts = [each.count for each in notes.findings if each.code == "renumbered"]
    assert bool(counts) is told
    assert all(count >= 0.9 * len(stayed) // every for count in counts)
