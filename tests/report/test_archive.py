"""An edition comes into the archive whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from report.archive import Archive, Draft, Unchanged
from report.errors import ArchiveError, ChapterError, InputError
from report.locks import only_holder
from report.manifest import Plan, make_manifest, read_manifest, write_manifest

from .conftest import MakePlan

PERIOD = "2026-10"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "deep" / "output")


def _make(archive: Archive, plan: Plan, text: str = "first", *, replace: bool = False) -> Draft:
    with archive.open(PERIOD, plan, replace=replace) as draft:
        assert isinstance(draft, Draft)
        (draft.folder / "report.ru.html").write_text(text)
        draft.seal(make_manifest(draft.folder, plan, seconds={"read": 1.0}, libraries=[]))
    return draft


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }


def test_a_sealed_edition_stands_in_its_place_and_nothing_beside_it(
    archive: Archive, make_plan: MakePlan
) -> None:
    draft = _make(archive, make_plan())
    assert draft.folder == archive.edition(PERIOD)
    assert (draft.folder / "report.ru.html").read_text() == "first"
    assert read_manifest(draft.folder).plan == make_plan()
    assert _names(archive.folder) == [PERIOD]
    assert archive.editions() == (PERIOD,)


def test_a_draft_is_beside_its_place_until_it_is_sealed(
    archive: Archive, make_plan: MakePlan
) -> None:
    with archive.open(PERIOD, make_plan()) as draft:
        assert isinstance(draft, Draft)
        assert draft.folder.parent == archive.folder
        assert draft.folder.name.startswith(f".{PERIOD}.partial-")
        assert not archive.edition(PERIOD).exists()
        assert archive.editions() == ()
        draft.seal(make_manifest(draft.folder, make_plan(), seconds={}, libraries=[]))


def test_an_identical_run_changes_nothing(archive: Archive, make_plan: MakePlan) -> None:
    _make(archive, make_plan())
    before = _content(archive.folder)
    for replace in (False, True):
        with archive.open(PERIOD, make_plan(), replace=replace) as there:
            assert isinstance(there, Unchanged)
            assert there.edition == archive.edition(PERIOD)
            assert there.manifest.plan == make_plan()
    assert _content(archive.folder) == before


def test_a_different_plan_is_refused_with_its_differences(
    archive: Archive, make_plan: MakePlan
) -> None:
    _make(archive, make_plan())
    before = _content(archive.folder)
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan(seed=7)):
        pytest.fail("the work has begun")
    assert caught.value.code == "edition-exists"
    notes = caught.value.fields["differences"]
    assert isinstance(notes, list)
    assert [note.code for note in notes] == ["difference-seed"]
    assert _content(archive.folder) == before


def test_an_edition_changed_by_hand_is_not_taken_for_the_same(
    archive: Archive, make_plan: MakePlan
) -> None:
    edition = _make(archive, make_plan()).folder
    (edition / "report.ru.html").write_text("edited")
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "edition-changed"
    assert caught.value.fields["files"] == ["report.ru.html"]
    draft = _make(archive, make_plan(), "again", replace=True)
    assert (draft.folder / "report.ru.html").read_text() == "again"
    assert draft.kept_aside is not None
    assert (draft.kept_aside / "report.ru.html").read_text() == "edited"


def test_a_folder_of_somebody_else_is_not_overwritten(
    archive: Archive, make_plan: MakePlan
) -> None:
    archive.edition(PERIOD).mkdir(parents=True)
    (archive.edition(PERIOD) / "notes.txt").write_text("mine")
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "edition-foreign"
    draft = _make(archive, make_plan(), replace=True)
    assert draft.kept_aside is not None
    assert (draft.kept_aside / "notes.txt").read_text() == "mine"


def test_replaced_editions_are_kept_aside_one_after_the_other(
    archive: Archive, make_plan: MakePlan
) -> None:
    _make(archive, make_plan(seed=1), "one")
    _make(archive, make_plan(seed=2), "two", replace=True)
    _make(archive, make_plan(seed=3), "three", replace=True)
    texts = {
        path.parent.relative_to(archive.folder).as_posix(): path.read_text()
        for path in archive.folder.rglob("report.ru.html")
    }
    assert texts == {PERIOD: "three", f"replaced/{PERIOD}-1": "one", f"replaced/{PERIOD}-2": "two"}
    assert archive.editions() == (PERIOD,)


def test_the_old_edition_comes_back_when_the_new_one_cannot_be_placed(
    archive: Archive, make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(archive, make_plan(), "old")
    before = _content(archive.folder)
    rename = Path.rename

    def fail_for_the_draft(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(errno.EIO, "broken disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_draft)
    with pytest.raises(ArchiveError) as caught:
        _make(archive, make_plan(seed=2), "new", replace=True)
    assert caught.value.code == "edition-not-placed"
    assert _content(archive.folder) == before


def test_a_failure_keeps_the_old_edition_and_the_failed_notebook(
    archive: Archive, make_plan: MakePlan
) -> None:
    _make(archive, make_plan(), "old")
    for text in ("first failure", "second failure"):
        with (
            pytest.raises(ChapterError) as caught,
            archive.open(PERIOD, make_plan(seed=2), replace=True) as draft,
        ):
            assert isinstance(draft, Draft)
            notebook = draft.folder / "chapters" / "data.ipynb"
            notebook.parent.mkdir()
            notebook.write_text(text)
            raise ChapterError("chapter-failed", chapter="data", notebook=notebook)
        kept = archive.folder / "failed" / PERIOD / "data.ipynb"
        assert caught.value.fields["notebook"] == kept
        assert kept.read_text() == text
    assert (archive.edition(PERIOD) / "report.ru.html").read_text() == "old"
    assert _names(archive.folder) == [PERIOD, "failed"]


@pytest.mark.parametrize("error", [InputError("column-missing"), ValueError(), KeyboardInterrupt()])
def test_a_run_that_ends_early_leaves_not_even_the_folder(
    archive: Archive, make_plan: MakePlan, tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)), archive.open(PERIOD, make_plan()) as draft:
        assert isinstance(draft, Draft)
        (draft.folder / "half.txt").write_text("half")
        raise error
    assert _content(tmp_path) == {}


def test_a_draft_that_is_never_sealed_is_an_error(archive: Archive, make_plan: MakePlan) -> None:
    with pytest.raises(ArchiveError) as caught, archive.open(PERIOD, make_plan()):
        pass
    assert caught.value.code == "edition-not-sealed"


def test_a_full_disk_is_told_as_such(archive: Archive, make_plan: MakePlan) -> None:
    with pytest.raises(ArchiveError) as caught, archive.open(PERIOD, make_plan()):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.code == "disk-full"


@pytest.mark.parametrize(
    "said",
    ["OSError: [Errno 28] No space left on device", "OSError: Not enough free space to write 9"],
)
def test_a_disk_that_is_full_for_a_chapter_is_told_as_such(
    archive: Archive, make_plan: MakePlan, tmp_path: Path, said: str
) -> None:
    notebook = tmp_path / "model.ipynb"
    notebook.touch()
    with pytest.raises(ArchiveError) as caught, archive.open(PERIOD, make_plan()):
        raise ChapterError("chapter-failed", chapter="model", error=said, notebook=notebook)
    assert caught.value.code == "disk-full"
    assert _content(tmp_path) == {"model.ipynb": b""}


def test_a_disk_that_fills_up_at_the_very_end_is_told_as_such(
    archive: Archive, make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("report.archive.write_manifest", fill_up)
    with pytest.raises(ArchiveError) as caught:
        _make(archive, make_plan())
    assert caught.value.code == "disk-full"


def test_a_file_where_the_archive_should_be_is_told(archive: Archive, make_plan: MakePlan) -> None:
    archive.folder.parent.mkdir()
    archive.folder.write_text("a file")
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "output-not-writable"
    assert archive.folder.read_text() == "a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_archive_that_may_not_be_written_is_told(archive: Archive, make_plan: MakePlan) -> None:
    archive.folder.mkdir(parents=True)
    archive.folder.chmod(0o500)
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "output-not-writable"


def test_a_refusal_by_the_system_is_told(
    archive: Archive, make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("report.archive.os.open", refuse)
    with pytest.raises(InputError) as caught, archive.open(PERIOD, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "output-not-writable"
    assert _content(tmp_path) == {}


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "replaced", "failed"])
def test_a_name_that_would_leave_the_archive_is_refused(
    archive: Archive, make_plan: MakePlan, name: str
) -> None:
    with pytest.raises(InputError) as caught, archive.open(name, make_plan()):
        pytest.fail("the work has begun")
    assert caught.value.code == "edition-name"


def test_two_runs_of_one_period_do_not_meet(archive: Archive, make_plan: MakePlan) -> None:
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from report.archive import Archive
        from report.errors import InputError
        from report.manifest import Plan
        plan = Plan.model_validate_json({make_plan().model_dump_json()!r})
        try:
            with Archive(Path({str(archive.folder)!r})).open(sys.argv[1], plan):
                print("opened")
                raise SystemExit
        except InputError as error:
            print(error.code)
    """)

    def from_elsewhere(period: str) -> str:
        command = [sys.executable, "-c", program, period]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with archive.open(PERIOD, make_plan()) as draft:
        assert isinstance(draft, Draft)
        assert from_elsewhere(PERIOD) == "edition-busy"
        assert from_elsewhere("2026-09") == "opened"
        assert draft.folder.is_dir()
        draft.seal(make_manifest(draft.folder, make_plan(), seconds={}, libraries=[]))
    assert _names(archive.folder) == [PERIOD]


def test_what_a_killed_run_left_is_cleared_away(archive: Archive, make_plan: MakePlan) -> None:
    stale = archive.folder / f".{PERIOD}.partial-1"
    (stale / "work").mkdir(parents=True)
    (archive.folder / f".{PERIOD}.lock").touch()
    _make(archive, make_plan())
    assert _names(archive.folder) == [PERIOD]


def test_a_seal_that_was_cut_off_is_finished_by_the_next_run(
    archive: Archive, make_plan: MakePlan
) -> None:
    stale = archive.folder / f".{PERIOD}.partial-1"
    stale.mkdir(parents=True)
    (stale / "report.ru.html").write_text("complete")
    write_manifest(make_manifest(stale, make_plan(), seconds={}, libraries=[]), stale)
    with archive.open(PERIOD, make_plan()) as there:
        assert isinstance(there, Unchanged)
    assert (archive.edition(PERIOD) / "report.ru.html").read_text() == "complete"
    assert _names(archive.folder) == [PERIOD]


def test_an_archive_that_is_not_there_has_no_editions(archive: Archive) -> None:
    assert archive.editions() == ()


# ─── What a hard death leaves, and who may read what ─────────────────────────────────────────────


def test_half_made_folders_of_any_month_are_cleared_by_the_next_run(
    archive: Archive, make_plan: MakePlan
) -> None:
    _make(archive, make_plan())
    for name in (".2026-09.partial-1", ".2026-10.partial-2", ".2026-08..2026-09.partial-3"):
        (archive.folder / name / "workspace").mkdir(parents=True)
        (archive.folder / name / "workspace" / "customers.parquet").write_text("of a dead run")
    (archive.folder / ".2026-07.partial-1").write_text("a stray file")
    (archive.folder / ".2026-10.partial-3").write_text("another one")
    with archive.open(PERIOD, make_plan()) as there:
        assert isinstance(there, Unchanged)
    assert _names(archive.folder) == [PERIOD]


def test_what_another_run_is_making_is_left_alone(archive: Archive, make_plan: MakePlan) -> None:
    with archive.open("2026-09", make_plan()) as other:
        assert isinstance(other, Draft)
        _make(archive, make_plan())
        assert other.folder.is_dir()
        other.seal(make_manifest(other.folder, make_plan(), seconds={}, libraries=[]))
    assert archive.editions() == ("2026-09", PERIOD)


def test_where_a_file_system_knows_no_locks_two_runs_on_one_machine_do_not_meet(
    archive: Archive, make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    locks, temporary = fcntl.flock, tmp_path / "temporary"
    temporary.mkdir()

    def knows_none_here(descriptor: int, operation: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(archive.folder):
            raise OSError(errno.ENOLCK, "No locks available")
        locks(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", knows_none_here)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with archive.open("2026-09", make_plan()) as other:
        assert isinstance(other, Draft)
        _make(archive, make_plan())
        with pytest.raises(InputError) as caught, archive.open("2026-09", make_plan()):
            pytest.fail("the work has begun")
        assert caught.value.code == "edition-busy"
        with pytest.raises(InputError, match="edition-busy"):
            archive.refuse_while_busy()
        other.seal(make_manifest(other.folder, make_plan(), seconds={}, libraries=[]))
    assert _names(archive.folder) == ["2026-09", PERIOD]
    assert list(temporary.iterdir()) == []


def test_a_lock_that_its_last_holder_took_away_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, locks = tmp_path / ".2026-10.lock", fcntl.flock
    taken: list[int] = []

    def taken_away_at_first(descriptor: int, operation: int) -> None:
        locks(descriptor, operation)
        taken.append(os.fstat(descriptor).st_ino)
        if len(taken) == 1:
            path.rename(tmp_path / "gone")

    monkeypatch.setattr("fcntl.flock", taken_away_at_first)
    with only_holder(path):
        assert path.stat().st_ino == taken[-1]
    assert len(taken) == 2
    assert not path.exists()


def test_an_edition_is_on_the_disk_before_it_is_in_its_place(
    archive: Archive, make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    edition = archive.edition(PERIOD)

    def note(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        assert edition.exists() == (place == archive.folder)
        written.append(place)

    monkeypatch.setattr("os.fsync", note)
    _make(archive, make_plan())
    assert written[-1] == archive.folder
    assert {each.name for each in written} >= {each.name for each in edition.rglob("*")}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_internal_is_the_owner_s_whatever_the_mask(
    archive: Archive, make_plan: MakePlan, mask: int
) -> None:
    usual = os.umask(mask)
    try:
        with archive.open(PERIOD, make_plan(), internal=("offers", "customers.parquet")) as draft:
            assert isinstance(draft, Draft)
            assert stat.S_IMODE(draft.folder.stat().st_mode) == 0o700
            (draft.folder / "offers").mkdir()
            for name in ("offers/all.csv", "customers.parquet", "report.ru.html"):
                (draft.folder / name).write_text("x")
            draft.seal(make_manifest(draft.folder, make_plan(), seconds={}, libraries=[]))
        assert os.umask(mask) == mask
    finally:
        os.umask(usual)
    modes = {
        path.relative_to(draft.folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in draft.folder.rglob("*")
    }
    open_to_all = 0o666 & ~mask
    assert modes == {
        "offers": 0o700,
        "offers/all.csv": 0o600,
        "customers.parquet": 0o600,
        "report.ru.html": open_to_all,
        "manifest.json": open_to_all,
    }
    assert stat.S_IMODE(draft.folder.stat().st_mode) == 0o777 & ~mask
