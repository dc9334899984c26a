"""What the snapshots before a month's say against it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.snapshot import read_snapshot
from report.cli.earlier import against_predecessor

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def test_an_old_export_is_known_whatever_months_lie_between(tmp_path: Path) -> None:
    for month, source in (("2026-05", "2026-05"), ("2026-06", "2026-06"), ("2026-12", "2026-05")):
        shutil.copytree(SAMPLE / source, tmp_path / month)
    stale = read_snapshot(tmp_path / "2026-12")
    with pytest.raises(SnapshotError) as refused:
        against_predecessor(stale, "2026-12", tmp_path, accept=True)
    assert [each.fields["earlier"] for each in refused.value.problems] == ["2026-05"]

    shutil.rmtree(tmp_path / "2026-05")
    with pytest.raises(SnapshotError) as doubted:
        against_predecessor(stale, "2026-12", tmp_path, accept=False)
    assert [each.code for each in doubted.value.problems] == ["days_unlike_earlier"]
    taken, differing = against_predecessor(
        stale, "2026-12", tmp_path, accept=False, accept_unusual=True
    )
    codes = {each.code for each in taken.findings}
    assert (codes, differing) == ({"unusual", "levels_not_borne_out"}, {})
