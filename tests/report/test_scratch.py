"""Temporary folders go with their run, and those of dead runs with the next one."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from report import scratch
from report.errors import InputError


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_SHORT", str(tmp_path))
    return tmp_path


def aged(folder: Path) -> Path:
    long_ago = time.time() - 3600
    os.utime(folder, (long_ago, long_ago))
    return folder


def test_a_dead_run_s_folder_is_swept_and_a_living_one_s_is_not(temporary: Path) -> None:
    dead, strange = temporary / f"{scratch.PREFIX}dead", temporary / "somebody-else"
    for folder in (dead, strange):
        (folder / "0").mkdir(parents=True)
        aged(folder)
    with scratch.scratch_folder() as living:
        aged(living)
        scratch.sweep()
        assert sorted(temporary.iterdir()) == sorted([living, strange])
        assert stat.S_IMODE(living.stat().st_mode) == 0o700
    assert list(temporary.iterdir()) == [strange]


def test_a_folder_that_is_just_being_made_is_left_alone(temporary: Path) -> None:
    (temporary / f"{scratch.PREFIX}new").mkdir()
    scratch.sweep()
    assert list(temporary.iterdir())


def test_no_temporary_folder_is_told_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with pytest.raises(InputError, match="temporary-folder-unusable"):
        scratch.check_room()
    with pytest.raises(InputError, match="temporary-folder-unusable"), scratch.scratch_folder():
        pass


def test_a_full_temporary_folder_is_told_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM", 2**80)
    with pytest.raises(InputError, match="temporary-folder-full"):
        scratch.check_room()
