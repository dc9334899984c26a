"""Commands and chapters run in this process, which has read the libraries already.

A whole edition costs a third of what it costs with a process and kernels of its own, and comes out
with the same bytes: `test_wheel.py` holds both against each other, executed notebooks and all.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from unittest import mock

import nbformat
import pytest
import scipy.linalg  # noqa: F401  brings the library whose threads are limited
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat.v4 import new_output
from papermill.parameterize import parameterize_notebook
from threadpoolctl import threadpool_limits
from traitlets.config import Config

from report.kernel import SCHEDULER
from report.notebooks import Chapter, check_parameters, read, tidier, tidy_notebook
from report.progress import Progress

Finished = subprocess.CompletedProcess[str]


def call(*command: str | Path, cwd: Path) -> Finished:
    """Run a command, from what its script in the shell starts to its exit status."""
    name, *arguments = map(str, command)
    [script] = entry_points(group="console_scripts", name=name)
    said, complained = io.StringIO(), io.StringIO()
    ending = signal.getsignal(signal.SIGTERM)
    with (
        chdir(cwd),
        mock.patch.dict(os.environ, {"LC_ALL": "C.UTF-8"}),
        mock.patch.object(sys, "argv", [name, *arguments]),
        mock.patch("report.edition.run_chapters", run_chapters_here),
        redirect_stdout(said),
        redirect_stderr(complained),
        pytest.raises(SystemExit) as ended,
    ):
        script.load()()
    signal.signal(signal.SIGTERM, ending)
    status = int(ended.value.code or 0)
    return subprocess.CompletedProcess(command, status, said.getvalue(), complained.getvalue())


def run_chapters_here(
    chapters: Sequence[Chapter],
    *,
    workspace: Path,
    executed: Path,
    parameters: Mapping[str, object],
    progress: Progress,
    finished: Callable[[str], object] = lambda _name: None,
    scheduler: str = "",
    preload: Sequence[str] = (),  # noqa: ARG001
) -> dict[str, float]:
    """Stand in for ``report.run.run_chapters``: the same notebooks, one after the other.

    Numerical libraries get one thread each, as in a kernel: sums of many rows come out otherwise
    with more.
    """
    executed.mkdir(parents=True, exist_ok=True)
    for chapter in chapters:
        source = read(chapter)
        check_parameters(chapter, source, parameters)
        source.metadata["papermill"] = {}
        for cell in source.cells:
            cell.metadata.setdefault("tags", [])
        notebook = parameterize_notebook(source, dict(sorted(parameters.items())))
        with (
            progress.step("chapter", chapter.name),
            chdir(workspace),
            mock.patch.dict(os.environ, {SCHEDULER: scheduler}),
            threadpool_limits(1),
        ):
            execute(notebook)
        tidy_notebook(notebook, tidier(workspace, workspace))
        nbformat.write(notebook, executed / f"{chapter.name}.ipynb")
        finished(chapter.name)
    return {chapter.name: 0.0 for chapter in chapters}


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run the cells of a notebook and fill in what they show."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with shell() as running:
        for number, cell in enumerate(cells, start=1):
            with capture_output() as shown:
                done = running.run_cell(cell.source)
            done.raise_error()
            cell.execution_count = number
            cell.outputs = [
                new_output("display_data", data=each.data, metadata=each.metadata or {})
                for each in shown.outputs
            ]
            if done.result is not None:
                data, metadata = running.display_formatter.format(done.result)
                cell.outputs.append(
                    new_output(
                        "execute_result", data=data, metadata=metadata, execution_count=number
                    )
                )


@contextmanager
def shell() -> Iterator[InteractiveShell]:
    """A shell with no names in it, which is gone afterwards."""
    main = sys.modules["__main__"]
    config = Config(HistoryManager={"enabled": False}, InteractiveShell={"colors": "nocolor"})
    try:
        yield InteractiveShell.instance(config=config, user_module=ModuleType("__main__"))
    finally:
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main
