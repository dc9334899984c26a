"""Chapters run in order, in isolated kernels, and leave clean notebooks and no process."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from report.errors import ChapterError
from report.kernel import LONGEST_FOLDER, Cost
from report.messages import LANGUAGES, describe
from report.notebooks import Chapter
from report.progress import QuietProgress
from report.run import run_chapters
from report.scratch import scratch_folder

from .conftest import MakeChapter

Run = Callable[..., dict[str, Cost | None]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    return tmp_path / "executed"


@pytest.fixture
def run(workspace: Path, executed: Path) -> Run:
    def run_them(
        *chapters: Chapter,
        parameters: dict[str, object] | None = None,
        workers: int = 2,
        timeout: float = 600.0,
        scheduler: str = "",
    ) -> dict[str, Cost | None]:
        return run_chapters(
            chapters,
            workspace=workspace,
            executed=executed,
            parameters={} if parameters is None else parameters,
            progress=QuietProgress(),
            workers=workers,
            timeout=timeout,
            scheduler=scheduler,
        )

    return run_them


@pytest.fixture(autouse=True)
def _no_kernel_is_left() -> Iterator[None]:
    """After every test: no child more than before; what those of before start is their own."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [
        child
        for child in psutil.Process().children(recursive=True)
        if before.isdisjoint({child.pid, *(parent.pid for parent in child.parents())})
        and child.status() != psutil.STATUS_ZOMBIE
    ]
    assert not left


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr("report.run.IsolatedKernel", refuse)


def _is_told(error: ChapterError) -> bool:
    return all(describe(error, language).remedy for language in LANGUAGES)


def _lines(executed: Path, name: str) -> list[str]:
    notebook = nbformat.read(executed / f"{name}.ipynb", as_version=4)
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return "".join(output.text for output in outputs if output.output_type == "stream").split("\n")


def test_what_chapters_import_is_read_before_there_are_threads(
    run: Run, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []
    parse = ast.parse

    def noted(*arguments: Any, **named: Any) -> Any:
        readers.append(threading.current_thread())
        return parse(*arguments, **named)

    monkeypatch.setattr(ast, "parse", noted)
    run(make_chapter("one", "import json"), make_chapter("two", "import json"))
    assert set(readers) == {threading.main_thread()}


def test_what_a_chapter_leaves_open_is_written_out(
    run: Run, make_chapter: MakeChapter, workspace: Path
) -> None:
    at_exit = "import atexit\natexit.register(lambda: open('last.txt', 'w').write('done'))"
    run(make_chapter("data", "held = open('held.txt', 'w')", "print('kept', file=held)", at_exit))
    assert (workspace / "held.txt").read_text() == "kept\n"
    assert (workspace / "last.txt").read_text() == "done"


def test_a_chapter_gets_its_parameters_and_works_in_the_workspace(
    run: Run, make_chapter: MakeChapter, workspace: Path, executed: Path
) -> None:
    chapter = make_chapter("data", "print(seed)\nopen('left.txt', 'w').write('here')")
    source = chapter.notebook.read_bytes()
    costs = run(chapter, parameters={"seed": 7})
    assert list(costs) == ["data"]
    assert _lines(executed, "data")[0] == "7"
    assert (workspace / "left.txt").read_text() == "here"
    assert chapter.notebook.read_bytes() == source


def test_chapters_find_what_the_chapters_they_need_have_left(
    run: Run, make_chapter: MakeChapter
) -> None:
    read = "from pathlib import Path\nseen = {name: Path(name).read_text() for name in %r}"
    write = "from pathlib import Path\nPath(%r).write_text('done')"
    chapters = [
        make_chapter("e", read % ("bc",), write % "e", needs=("b", "c")),
        make_chapter("d", read % ("bc",), write % "d", needs=("b", "c")),
        make_chapter("c", read % ("a",), write % "c", needs=("a",)),
        make_chapter("b", read % ("a",), write % "b", needs=("a",)),
        make_chapter("a", write % "a"),
    ]
    assert list(run(*chapters)) == ["e", "d", "c", "b", "a"]


def test_a_chapter_costs_what_its_own_kernel_says(run: Run, make_chapter: MakeChapter) -> None:
    mebibytes = 200
    busy = f"""
        import time
        while time.process_time() < 1.0: held = bytearray({mebibytes} << 20)
    """
    costs = run(make_chapter("idle"), make_chapter("busy", textwrap.dedent(busy)))
    idle, busied = costs["idle"], costs["busy"]
    assert idle is not None and busied is not None
    assert idle.cpu_seconds < 1.0 <= busied.cpu_seconds < 60.0
    assert busied.peak_bytes > idle.peak_bytes + (mebibytes // 2 << 20)


def test_one_worker_runs_them_all(run: Run, make_chapter: MakeChapter) -> None:
    chapters = [make_chapter("b", "1", needs=("a",)), make_chapter("a", "1")]
    assert list(run(*chapters, workers=1)) == ["b", "a"]


def test_independent_chapters_run_side_by_side(run: Run, make_chapter: MakeChapter) -> None:
    meet = textwrap.dedent("""
        import time
        from pathlib import Path
        Path({mine!r}).touch()
        end = time.monotonic() + 600
        while not Path({other!r}).exists():
            assert time.monotonic() < end, "the other chapter did not come"
            time.sleep(0.01)
    """)
    run(
        make_chapter("left", meet.format(mine="left", other="right")),
        make_chapter("right", meet.format(mine="right", other="left")),
    )


@pytest.mark.usefixtures("no_kernel")
def test_an_undeclared_parameter_is_refused_before_any_kernel_starts(
    run: Run, make_chapter: MakeChapter
) -> None:
    good = make_chapter("good", parameters="seed = 0\nunit: str | None = None")
    bad = make_chapter("bad", parameters="seed = 0", needs=("good",))
    with pytest.raises(ChapterError) as caught:
        run(good, bad, parameters={"seed": 1, "unit": "RUB"})
    assert caught.value.code == "unknown-parameter"
    assert caught.value.fields["chapter"] == "bad"
    assert caught.value.fields["parameters"] == ["unit"]
    assert _is_told(caught.value)


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize(
    ("needs", "code"),
    [
        ({"a": ("b",), "b": ("a",)}, "chapter-circle"),
        ({"a": ("a",)}, "chapter-circle"),
        ({"a": ("nowhere",)}, "chapter-need-unknown"),
    ],
)
def test_needs_that_cannot_be_met_are_refused(
    run: Run, make_chapter: MakeChapter, needs: dict[str, tuple[str, ...]], code: str
) -> None:
    chapters = [make_chapter(name, needs=needed) for name, needed in needs.items()]
    with pytest.raises(ChapterError) as caught:
        run(*chapters)
    assert caught.value.code == code


@pytest.mark.usefixtures("no_kernel")
def test_chapters_that_wait_for_each_other_are_named(run: Run, make_chapter: MakeChapter) -> None:
    needs = {"first": (), "b": ("first", "a"), "a": ("b",), "after": ("a",)}
    chapters = [make_chapter(name, needs=needed) for name, needed in needs.items()]
    with pytest.raises(ChapterError) as caught:
        run(*chapters)
    assert caught.value.fields["chapters"] == ["a", "b"]
    assert _is_told(caught.value)


@pytest.mark.usefixtures("no_kernel")
def test_two_chapters_of_one_name_are_refused(run: Run, make_chapter: MakeChapter) -> None:
    with pytest.raises(ChapterError) as caught:
        run(make_chapter("a"), make_chapter("a"))
    assert caught.value.code == "chapter-twice"


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize("content", [None, "not a notebook"])
def test_a_notebook_that_cannot_be_read_is_named(
    run: Run, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ChapterError) as caught:
        run(Chapter("broken", path))
    assert caught.value.code == "chapter-unreadable"
    assert caught.value.fields["notebook"] == path


NOISY = """
import os, sys, warnings
import pandas as pd
print(os.getcwd(), sys.prefix, os.path.dirname(pd.__file__))
print("to the other stream", file=sys.stderr)
print("and back")
warnings.warn("something is odd", UserWarning)
pd.DataFrame({"a": [1, 2]})
"""


def test_the_same_chapter_leaves_the_same_bytes_from_any_place(
    tmp_path: Path, make_chapter: MakeChapter
) -> None:
    chapter = make_chapter("data", NOISY, "import plotly.graph_objects as go\ngo.Figure()")
    found = []
    for place in ("one", "quite/another"):
        workspace = tmp_path / place / "workspace"
        executed = tmp_path / place / "executed"
        run_chapters(
            [chapter],
            workspace=workspace,
            executed=executed,
            parameters={"seed": 1},
            progress=QuietProgress(),
        )
        found.append((executed / "data.ipynb").read_bytes())
    assert found[0] == found[1]
    text = found[0].decode()
    assert "something is odd" in text
    assert "application/vnd.plotly.v1+json" in text
    for told in (str(tmp_path), sys.prefix, socket.gethostname(), "ipykernel_", "papermill"):
        assert told not in text


def test_cells_without_ids_get_the_same_ids_in_every_run(
    run: Run, tmp_path: Path, executed: Path
) -> None:
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell("2")])
    for cell in notebook.cells:
        del cell["id"]
    notebook.nbformat_minor = 4
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(notebook))
    run(Chapter("old", path))
    cells = nbformat.read(executed / "old.ipynb", as_version=4).cells
    assert [cell.id for cell in cells] == ["cell-1", "cell-2"]


def test_a_failing_cell_is_named_by_its_number_in_the_source(
    run: Run, make_chapter: MakeChapter, executed: Path
) -> None:
    chapter = make_chapter("data", "x = 1", "raise ValueError('no such column')", "y = 2")
    with pytest.raises(ChapterError) as caught:
        run(chapter, parameters={"seed": 1})
    error = caught.value
    assert error.code == "chapter-failed"
    assert error.exit_code == 1
    assert _is_told(error)
    assert (error.fields["chapter"], error.fields["cell"]) == ("data", 4)
    assert error.fields["error"] == "ValueError: no such column"
    assert error.fields["notebook"] == executed / "data.ipynb"
    assert "raise ValueError" in str(error.fields["traceback"])
    assert "\x1b" not in str(error.fields["traceback"])
    kept = nbformat.read(executed / "data.ipynb", as_version=4)
    assert kept.cells[4].outputs[0].ename == "ValueError"


def test_a_module_that_is_not_there_fails_in_its_cell(run: Run, make_chapter: MakeChapter) -> None:
    with pytest.raises(ChapterError) as caught:
        run(make_chapter("data", "import json", "import no_such_module"))
    assert caught.value.fields["cell"] == 4
    assert str(caught.value.fields["error"]).startswith("ModuleNotFoundError")


def test_an_exit_in_a_cell_is_a_failure(run: Run, make_chapter: MakeChapter) -> None:
    with pytest.raises(ChapterError) as caught:
        run(make_chapter("data", "raise SystemExit", "print('never')"))
    assert caught.value.code == "chapter-failed"
    assert caught.value.fields["cell"] == 3
    assert str(caught.value.fields["error"]).startswith("SystemExit")


def test_a_dead_kernel_is_told_with_its_cell(run: Run, make_chapter: MakeChapter) -> None:
    die = "import os, sys\nos.write(2, b'last words')\nos._exit(3)"
    with pytest.raises(ChapterError) as caught:
        run(make_chapter("data", "x = 1", die))
    assert caught.value.code == "kernel-died"
    assert _is_told(caught.value)
    assert caught.value.fields["cell"] == 4
    assert caught.value.fields["error"] == "exit code 3"


def test_a_chapter_has_so_many_seconds_and_no_more(
    run: Run, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0  # once at the start of each cell
    late_from = sys.maxsize

    def clock() -> float:
        nonlocal asked
        asked += 1
        return time.monotonic() + (1000.0 if asked >= late_from else 0.0)

    monkeypatch.setattr("report.notebooks.time", SimpleNamespace(monotonic=clock))
    run(make_chapter("quick", "x = 1", "x = 2"), timeout=999.0)
    late_from, asked = asked, 0
    chapter = make_chapter("slow", "x = 1", "import time; time.sleep(600)")
    with pytest.raises(ChapterError) as caught:
        run(chapter, timeout=999.0)
    assert caught.value.code == "chapter-timeout"
    assert _is_told(caught.value)
    assert caught.value.fields["cell"] == 4


def test_a_failure_stops_the_others_and_what_they_started(
    run: Run, make_chapter: MakeChapter, workspace: Path
) -> None:
    busy = textwrap.dedent("""
        import subprocess, time
        from pathlib import Path
        child = subprocess.Popen(["sleep", "600"])
        Path("pid").write_text(str(child.pid))
        Path("started").touch()
        time.sleep(600)
    """)
    fail = textwrap.dedent("""
        import time
        from pathlib import Path
        end = time.monotonic() + 600
        while not Path("started").exists() and time.monotonic() < end:
            time.sleep(0.01)
        1 / 0
    """)
    chapters = [
        make_chapter("busy", busy),
        make_chapter("fail", fail),
        make_chapter("after", "open('after', 'w')", needs=("fail",)),
    ]
    with pytest.raises(ChapterError) as caught:
        run(*chapters)
    assert caught.value.fields["chapter"] == "fail"
    assert not (workspace / "after").exists()
    child = int((workspace / "pid").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def _interrupts_are_heeded() -> Iterator[None]:
    """A shell starts what runs in its background with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts_are_heeded")
def test_an_interrupt_leaves_no_kernel(
    run: Run, make_chapter: MakeChapter, workspace: Path
) -> None:
    def interrupt_when_at_work() -> None:
        while not (workspace / "started").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=interrupt_when_at_work, daemon=True)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        run(make_chapter("data", "import time\nopen('started', 'w').close()\ntime.sleep(600)"))
    watcher.join()


LOOK_AROUND = """
import json, os, sys
import report, analysis, pandas
place = os.getcwd()
print(json.dumps({
    "modules": [report.__file__, analysis.__file__, pandas.__file__],
    "path": [entry for entry in sys.path if entry in ("", ".", place)],
    "poison": "POISON" in globals(),
    "executable": sys.executable,
    "hash": os.environ["PYTHONHASHSEED"],
    "threads": os.environ["OMP_NUM_THREADS"],
}))
"""


def test_hostile_folders_and_start_up_files_do_not_reach_a_chapter(
    run: Run,
    make_chapter: MakeChapter,
    workspace: Path,
    executed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison = "raise SystemExit('hostile')\n"
    here = tmp_path / "here"
    for folder in (here, workspace):
        for package in ("report", "analysis"):
            (folder / package).mkdir(parents=True)
            (folder / package / "__init__.py").write_text(poison)
        for module in ("pandas.py", "sitecustomize.py", "usercustomize.py", "json.py"):
            (folder / module).write_text(poison)
    home = tmp_path / "home"
    profile = home / ".ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "00-poison.py").write_text("POISON = True\n")
    (profile / "ipython_config.py").write_text(
        "c.InteractiveShellApp.exec_lines = ['POISON = True']\n"
    )
    (here / "start.py").write_text("POISON = True\n")
    foreign = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    foreign.mkdir(parents=True)
    spec = {"argv": ["/bin/false"], "display_name": "Foreign", "language": "python"}
    (foreign / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("IPYTHONDIR", str(home / ".ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(home / ".local" / "share" / "jupyter"))
    monkeypatch.setenv("PYTHONPATH", str(here))
    monkeypatch.setenv("PYTHONSTARTUP", str(here / "start.py"))

    run(make_chapter("data", LOOK_AROUND))

    seen = json.loads(_lines(executed, "data")[0])
    assert not [module for module in seen["modules"] if str(tmp_path) in module]
    assert seen["path"] == []
    assert seen["poison"] is False
    assert Path(seen["executable"]).name == Path(sys.executable).name
    assert (seen["hash"], seen["threads"]) == ("0", "1")


CALL_OUT = """
import socket
told = []
for call in (
    lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
    lambda: socket.socket().bind(("127.0.0.1", 0)),
    lambda: __import__("urllib.request").request.urlopen("http://127.0.0.1:9/"),
):
    try:
        call()
    except Exception as error:
        told.append("no network" in str(error))
    else:
        told.append("went through")
left, right = socket.socketpair()
left.send(b"x")
print(told, right.recv(1))
"""


def test_a_chapter_has_no_network(run: Run, make_chapter: MakeChapter, executed: Path) -> None:
    run(make_chapter("data", CALL_OUT))
    assert _lines(executed, "data")[0] == f"{[True] * 5} b'x'"


def test_a_chapter_reaches_the_scheduler_that_is_given_and_nothing_else(
    run: Run, make_chapter: MakeChapter, executed: Path
) -> None:
    source = """
        import socket
        told = []
        for place in PLACES:
            try:
                socket.create_connection(place, 5).close()
                told.append("reached")
            except PermissionError:
                told.append("refused")
        print(told)
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        given, another = one.getsockname(), other.getsockname()
        places = [given, another, ("localhost", given[1])]
        cell = textwrap.dedent(source).replace("PLACES", repr(places))
        run(make_chapter("data", cell), scheduler=f"tcp://127.0.0.1:{given[1]}")

    assert _lines(executed, "data")[0] == "['reached', 'refused', 'refused']"


def _without_loopback() -> list[str]:
    command = ["unshare", "-n"]
    if shutil.which("unshare") is None or subprocess.run([*command, "true"]).returncode:
        pytest.skip("this machine does not let us shut the network")
    return command


def test_chapters_run_with_every_network_interface_down(
    make_chapter: MakeChapter, workspace: Path, executed: Path
) -> None:
    chapter = make_chapter("data", "print('ran')")
    program = textwrap.dedent(f"""
        from pathlib import Path
        from report.progress import QuietProgress
        from report.notebooks import Chapter
        from report.run import run_chapters
        run_chapters(
            [Chapter("data", Path({str(chapter.notebook)!r}))],
            workspace=Path({str(workspace)!r}),
            executed=Path({str(executed)!r}),
            parameters={{}},
            progress=QuietProgress(),
        )
    """)
    subprocess.run([*_without_loopback(), sys.executable, "-c", program], check=True)
    assert _lines(executed, "data")[0] == "ran"


def test_a_long_temporary_folder_is_no_obstacle_for_sockets(
    run: Run,
    make_chapter: MakeChapter,
    executed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    run(make_chapter("data", "print('ran')"))
    assert _lines(executed, "data")[0] == "ran"
    assert not list(long.iterdir())


def test_a_folder_for_sockets_is_taken_away_after_a_run(
    run: Run, make_chapter: MakeChapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch_folder(LONGEST_FOLDER) as short:
        monkeypatch.setattr("tempfile.tempdir", str(short))
        run(make_chapter("data", "print('ran')"))
        assert not list(short.iterdir())
