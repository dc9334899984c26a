"""The notebook of a chapter: read and checked, recorded while Papermill runs it, then tidied."""

from __future__ import annotations

import ast
import copy
import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from report.errors import ChapterError
from report.kernel import KERNEL_NAME, IsolatedKernel

__all__ = [
    "ENGINE",
    "START_SECONDS",
    "Chapter",
    "Record",
    "check_parameters",
    "imported_modules",
    "read",
    "tidier",
    "tidy_notebook",
    "without_colours",
]

ENGINE = "isolated-kernel"
"""Name by which Papermill knows the engine that fills a :class:`Record`."""

START_SECONDS = 120
"""Seconds that a kernel may take to start."""

_INJECTED = "injected-parameters"
_SETTLE_SECONDS = 120
_CHANGING_METADATA = ("ExecuteTime", "execution", "papermill")
_COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_FILE = re.compile(r"/\S*?ipykernel_\d+/\d+\.py")

logging.getLogger("papermill").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Chapter:
    """A notebook and the chapters that must be done before it.

    Attributes
    ----------
    name
        Name of the chapter and of its executed notebook.
    notebook
        The source notebook; it is never written to.
    needs
        Names of the chapters whose results it reads.
    """

    name: str
    notebook: Path
    needs: tuple[str, ...] = ()


def read(chapter: Chapter) -> nbformat.NotebookNode:
    """Read a source notebook and give its cells ids that do not change from run to run.

    Raises
    ------
    ChapterError
        ``chapter-unreadable``.
    """
    try:
        notebook = nbformat.read(chapter.notebook, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise ChapterError(
            "chapter-unreadable", chapter=chapter.name, notebook=chapter.notebook, error=error
        ) from error
    for number, cell in enumerate(notebook.cells, start=1):
        cell.setdefault("id", f"cell-{number}")
    notebook.nbformat_minor = 5
    notebook.metadata = _notebook_metadata()
    return notebook


def _notebook_metadata() -> nbformat.NotebookNode:
    return nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": KERNEL_NAME,
            },
            "language_info": {"name": "python"},
        }
    )


def check_parameters(
    chapter: Chapter, notebook: nbformat.NotebookNode, parameters: Mapping[str, object]
) -> None:
    """Refuse parameters that a notebook does not declare.

    Parameters
    ----------
    chapter
        The chapter.
    notebook
        Its notebook, as :func:`read` gave it.
    parameters
        Values for its cells tagged ``parameters``.

    Raises
    ------
    ChapterError
        ``unknown-parameter``; ``chapter-unreadable``: such a cell is not Python.
    """
    declared: set[str] = set()
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            try:
                statements = ast.parse(cell.source).body
            except SyntaxError as error:
                raise ChapterError(
                    "chapter-unreadable",
                    chapter=chapter.name,
                    notebook=chapter.notebook,
                    error=error,
                ) from error
            declared.update(name for line in statements for name in _assigned(line))
    unknown = sorted(set(parameters) - declared)
    if unknown:
        raise ChapterError(
            "unknown-parameter",
            chapter=chapter.name,
            parameters=unknown,
            declared=sorted(declared),
            notebook=chapter.notebook,
        )


def _assigned(line: ast.stmt) -> list[str]:
    if isinstance(line, ast.Assign):
        return [target.id for target in line.targets if isinstance(target, ast.Name)]
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        return [line.target.id]
    return []


def imported_modules(notebook: nbformat.NotebookNode) -> list[str]:
    """List the modules that the cells import at their top level, in order, once each."""
    modules: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            statements = ast.parse(cell.source).body
        except SyntaxError:
            continue
        for line in statements:
            if isinstance(line, ast.Import):
                modules.update((alias.name, None) for alias in line.names)
            elif isinstance(line, ast.ImportFrom) and line.module and not line.level:
                modules[line.module] = None
    return list(modules)


class Record:
    """What Papermill leaves of a notebook, also when it does not get to the end."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        self.notebook = notebook
        self._reached = 0

    def take(self, manager: NotebookExecutionManager) -> None:
        """Keep the notebook as it is now, and how far its cells have got."""
        self.notebook = copy.deepcopy(manager.nb)  # Papermill puts banners into its own
        for place, cell in enumerate(manager.nb.cells):
            if cell.metadata.papermill["status"] != manager.PENDING:
                self._reached = place

    def source_cell(self) -> int:
        """Count the cells of the source notebook up to the last one that began."""
        reached = self.notebook.cells[: self._reached + 1]
        return sum(not _is_injected(cell) for cell in reached)

    def ended_early(self) -> str:
        """Name the exit by which a cell ended the chapter, which Papermill takes for success."""
        for cell in self.notebook.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    return f"{output.ename}: {output.evalue}"
        return ""


class _IsolatedKernelEngine(Engine):  # type: ignore[misc]
    """Papermill's own client on a kernel that is already there."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        isolated_kernel: IsolatedKernel,
        record: Record,
        deadline: float,
        **_: object,
    ) -> None:
        client = PapermillNotebookClient(
            nb_man,
            km=isolated_kernel.manager,
            kernel_name=kernel_name,
            startup_timeout=START_SECONDS,
            iopub_timeout=_SETTLE_SECONDS,
            timeout_func=lambda _: max(deadline - time.monotonic(), 0.001),
            record_timing=False,
            coalesce_streams=True,
            log=logging.getLogger("papermill"),
        )
        try:
            client.execute()
        finally:
            record.take(nb_man)
            if client.kc is not None:
                client.kc.stop_channels()


papermill_engines.register(ENGINE, _IsolatedKernelEngine)


def _is_injected(cell: nbformat.NotebookNode) -> bool:
    return _INJECTED in cell.metadata.get("tags", [])


def without_colours(text: str) -> str:
    """Take a terminal's colour codes out of a text."""
    return _COLOUR_CODE.sub("", text)


def tidier(workspace: Path, private: Path) -> Callable[[str], str]:
    """Make a function that takes colours and the places of this machine out of a text.

    Parameters
    ----------
    workspace
        Folder that the chapters share.
    private
        Folder of the kernels' own files.
    """
    imported_from = [
        Path(entry).parent if entry.endswith(".zip") else Path(entry) for entry in sys.path
    ]
    here = {workspace, workspace.resolve(), private}
    places = {*here, Path(sys.prefix), *_home(), *imported_from}
    starts = sorted(
        (str(place) for place in places if place.is_absolute() and len(place.parts) > 1),
        key=lambda start: (-len(start), start),
    )
    place_pattern = re.compile("|".join(f"{re.escape(start)}(?:/|\\b)" for start in starts))

    def tidy(text: str) -> str:
        without_cells = _CELL_FILE.sub("chapter", without_colours(text))
        return place_pattern.sub("", without_cells)

    return tidy


def _home() -> list[Path]:
    """Find the user's home; a user without an entry in the system's list may have none."""
    try:
        return [Path.home()]
    except RuntimeError:
        return []


def tidy_notebook(notebook: nbformat.NotebookNode, tidy: Callable[[str], str]) -> None:
    """Take out of an executed notebook, in place, all that differs from run to run."""
    notebook.metadata = _notebook_metadata()
    for cell in notebook.cells:
        if _is_injected(cell):
            cell.id = _INJECTED
        for name in _CHANGING_METADATA:
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        for output in cell.get("outputs", []):
            _clean_output(output, tidy)


def _clean_output(output: nbformat.NotebookNode, tidy: Callable[[str], str]) -> None:
    if output.output_type == "stream":
        output.text = tidy(output.text)
    elif output.output_type == "error":
        output.evalue = tidy(output.evalue)
        output.traceback = [tidy(line) for line in output.traceback]
    else:
        for kind, content in output.data.items():
            if kind.startswith("text/") and isinstance(content, str):
                output.data[kind] = tidy(content)
