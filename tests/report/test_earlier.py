"""What the snapshots before a month's say against it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.snapshot import Snapshot, read_snapshot
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


@pytest.mark.parametrize("earlier", [False, True])
def test_a_first_month_in_which_few_allow_messages_is_asked_about(
    tmp_path: Path, *, earlier: bool
) -> None:
    for month in ("2026-09", "2026-10") if earlier else ("2026-10",):
        shutil.copytree(SAMPLE / month, tmp_path / month)
    sound = read_snapshot(tmp_path / "2026-10")
    customers = sound.customers.assign(consent=~sound.customers["consent"].astype(bool))
    turned = replace(sound, customers=customers)

    def asked(snapshot: Snapshot) -> bool:
        told, _ = against_predecessor(snapshot, "2026-10", tmp_path, accept=True)
        return "few_consents" in {each.code for each in told.findings}

    assert not asked(sound)
    if earlier:
        with pytest.raises(SnapshotError):
            asked(turned)
    else:
        assert asked(turned)


def test_an_earlier_month_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for month in ("2026-08", "2026-09", "2026-10"):
        shutil.copytree(SAMPLE / month, tmp_path / month)
    snapshot = read_snapshot(tmp_path / "2026-10")

    def unread() -> list[str]:
        told, _ = against_predecessor(snapshot, "2026-10", tmp_path, accept=True)
        return [each.fields["earlier"] for each in told.findings if each.code == "earlier_unread"]

    assert unread() == []
    (tmp_path / "2026-09" / "money.csv").write_text("")
    assert unread() == ["2026-09"]
    (tmp_path / "2026-08" / "money.csv").unlink()
    assert unread() == ["2026-09, 2026-08"]
