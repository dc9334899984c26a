"""Kernels start warm: one process loads the libraries and forks a kernel for each chapter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest

from report import kernel
from report.errors import ChapterError
from report.progress import QuietProgress
from report.run import run_chapters

from .conftest import MakeChapter

LOOK = """
import json, os, sys, tempfile
print(json.dumps({
    "parent": os.getppid(),
    "loaded": "decimal" in sys.modules,
    "debugger": "pydevd" in sys.modules,
    "temporary": tempfile.gettempdir(),
    "home": os.environ["HOME"],
    "group": os.getpgid(0) == os.getpid(),
}))
"""


def look(folder: Path, make_chapter: MakeChapter, *, before: str = "") -> list[dict[str, object]]:
    """Run two chapters, one of which imports a module after looking, and give what they saw."""
    chapters = [
        make_chapter("one", before + LOOK, "import decimal"),
        make_chapter("two", LOOK, needs=("one",)),
    ]
    run_chapters(
        chapters,
        workspace=folder / "workspace",
        executed=folder / "executed",
        parameters={},
        progress=QuietProgress(),
    )
    seen = []
    for chapter in chapters:
        notebook = nbformat.read(folder / "executed" / f"{chapter.name}.ipynb", as_version=4)
        [text] = [each.text for cell in notebook.cells for each in cell.get("outputs", [])]
        seen.append(json.loads(text))
    return seen


def test_all_kernels_come_from_one_process_that_has_loaded_what_any_of_them_imports(
    tmp_path: Path, make_chapter: MakeChapter
) -> None:
    one, two = look(tmp_path, make_chapter)
    assert one["parent"] == two["parent"] != os.getpid()
    assert one["loaded"] and two["loaded"]
    assert not one["debugger"]
    assert one["group"] and two["group"]
    assert one["home"] != two["home"]
    assert one["temporary"] != two["temporary"]


def test_a_forked_kernel_finds_a_workspace_that_is_named_from_where_the_program_runs(
    tmp_path: Path, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, two = look(Path("output"), make_chapter)
    assert one["parent"] == two["parent"] != os.getpid()


def test_a_library_that_starts_a_thread_is_not_forked(
    tmp_path: Path, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_thread = {"JE_ARROW_MALLOC_CONF": "background_thread:true"}
    monkeypatch.setattr(kernel, "_FIXED_ENVIRONMENT", kernel._FIXED_ENVIRONMENT | with_thread)
    one, two = look(tmp_path, make_chapter, before="import pyarrow\n")
    assert one["parent"] == two["parent"] == os.getpid()


def test_a_system_without_descriptors_of_processes_starts_every_kernel_by_itself(
    tmp_path: Path, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    one, _ = look(tmp_path, make_chapter)
    assert one["parent"] == os.getpid()


def test_a_chapter_whose_forked_kernel_dies_is_run_by_one_that_starts_by_itself(
    tmp_path: Path, make_chapter: MakeChapter
) -> None:
    die_once = """
import os, pathlib, signal
if not pathlib.Path("died").exists():
    pathlib.Path("died").touch()
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    one, two = look(tmp_path, make_chapter, before=die_once)
    assert (tmp_path / "workspace" / "died").exists()
    assert one["parent"] == os.getpid() != two["parent"]


def test_the_signal_that_ended_a_forked_kernel_is_told(
    tmp_path: Path, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[str] = []
    ended_by = kernel.IsolatedKernel.ended_by
    monkeypatch.setattr(
        kernel.IsolatedKernel,
        "ended_by",
        lambda self: ends.append(f"{self.forked} {ended_by(self)}") or ended_by(self),
    )
    with pytest.raises(ChapterError) as caught:
        look(tmp_path, make_chapter, before="import os\nos.kill(os.getpid(), 9)\n")
    assert ends == ["True SIGKILL", "False SIGKILL"]
    assert caught.value.fields["error"] == "SIGKILL"


def test_kernels_end_with_a_program_that_is_killed(
    tmp_path: Path, make_chapter: MakeChapter
) -> None:
    chapter = make_chapter(
        "data", "import os, time\nopen('pid', 'w').write(str(os.getpid()))", "time.sleep(600)"
    )
    program = textwrap.dedent(f"""
        from pathlib import Path
        from report.notebooks import Chapter
        from report.progress import QuietProgress
        from report.run import run_chapters
        run_chapters(
            [Chapter("data", Path({str(chapter.notebook)!r}))],
            workspace=Path({str(tmp_path / "workspace")!r}),
            executed=Path({str(tmp_path / "executed")!r}),
            parameters={{}},
            progress=QuietProgress(),
        )
    """)
    told = tmp_path / "workspace" / "pid"
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    try:
        wait_until(lambda: told.is_file() and bool(told.read_text()))
        started = [*psutil.Process(process.pid).children(recursive=True)]
        assert int(told.read_text()) in {each.pid for each in started}
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(lambda: not any(each.is_running() for each in started))


def wait_until(condition: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
