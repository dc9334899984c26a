"""Run the chapters: Papermill, one closed kernel a chapter, independent chapters side by side."""

from __future__ import annotations

import ast
import copy
import heapq
import logging
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError
from papermill import PapermillExecutionError, execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from report.errors import ChapterError
from report.kernel import KERNEL_NAME, ClosedRoom, short_folder
from report.progress import Progress

__all__ = ["Chapter", "run_chapters"]

_ENGINE = "closed-room"
_INJECTED = "injected-parameters"
_START_SECONDS = 120
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


def run_chapters(
    chapters: Sequence[Chapter],
    *,
    room: Path,
    executed: Path,
    parameters: Mapping[str, object],
    progress: Progress,
    workers: int = 2,
    timeout: float = 1800.0,
    finished: Callable[[str], object] = lambda _name: None,
) -> dict[str, float]:
    """Run chapters in the order of their needs and keep their executed notebooks.

    Up to ``workers`` chapters run at a time, while the kernel of one more gets ready: it loads
    the modules that its chapter imports.

    Parameters
    ----------
    chapters
        The chapters, in any order.
    room
        Working folder of every chapter.
    executed
        Folder for the executed notebooks, ``NAME.ipynb``; made if need be. They are free of
        times, paths and machine names, so that equal runs leave equal bytes.
    parameters
        Values for the cell tagged ``parameters`` of every chapter.
    progress
        Told of each chapter as the step ``chapter``.
    workers
        Chapters at work at a time.
    timeout
        Seconds that one chapter may take.
    finished
        Called with a chapter's name when its executed notebook is there.

    Returns
    -------
    dict of str to float
        Seconds of each chapter, in the order given.

    Raises
    ------
    ChapterError
        Before any kernel starts: ``chapter-twice``, ``chapter-need-unknown``,
        ``chapter-circle``, ``chapter-unreadable``, ``unknown-parameter``.
        From a chapter at work: ``chapter-failed``, ``chapter-timeout``, ``kernel-died``, with
        the fields ``chapter``, ``cell`` (counted from 1 in the source notebook), ``error``,
        ``notebook`` (where the unfinished notebook is kept) and ``traceback``. Every other
        chapter has been stopped and no kernel is left.
    """
    ordered = _in_order(chapters)
    notebooks = {chapter.name: _read(chapter) for chapter in ordered}
    for chapter in ordered:
        _check_parameters(chapter, notebooks[chapter.name], parameters)
    room.mkdir(parents=True, exist_ok=True)
    executed.mkdir(parents=True, exist_ok=True)
    private = short_folder()
    try:
        run = _Run(
            notebooks,
            room=room,
            executed=executed,
            private=private,
            parameters=parameters,
            progress=progress,
            workers=workers,
            timeout=timeout,
            finished=finished,
        )
        run.all(ordered)
    finally:
        shutil.rmtree(private, ignore_errors=True)
    return {chapter.name: run.seconds[chapter.name] for chapter in chapters}


def _in_order(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Needs before those who need them; otherwise the order given."""
    places = {chapter.name: place for place, chapter in enumerate(chapters)}
    for place, chapter in enumerate(chapters):
        if places[chapter.name] != place:
            raise ChapterError("chapter-twice", chapter=chapter.name)
        for need in chapter.needs:
            if need not in places:
                raise ChapterError("chapter-need-unknown", chapter=chapter.name, need=need)
    waiting = {chapter.name: set(chapter.needs) for chapter in chapters}
    free = [places[name] for name, needs in waiting.items() if not needs]
    ordered: list[Chapter] = []
    while free:
        chapter = chapters[heapq.heappop(free)]
        ordered.append(chapter)
        for name, needs in waiting.items():
            if chapter.name in needs:
                needs.remove(chapter.name)
                if not needs:
                    heapq.heappush(free, places[name])
    if len(ordered) < len(chapters):
        circle = sorted(name for name, needs in waiting.items() if needs)
        raise ChapterError("chapter-circle", chapters=circle)
    return ordered


def _read(chapter: Chapter) -> nbformat.NotebookNode:
    """A source notebook with cell ids that do not change from run to run."""
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


def _check_parameters(
    chapter: Chapter, notebook: nbformat.NotebookNode, parameters: Mapping[str, object]
) -> None:
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


def _imported(notebook: nbformat.NotebookNode) -> list[str]:
    """Modules that the cells import at their top level, in order, once each."""
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


class _Record:
    """What Papermill leaves of a notebook, also when it does not get to the end."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        self.notebook = notebook
        self._reached = 0

    def take(self, manager: NotebookExecutionManager) -> None:
        self.notebook = copy.deepcopy(manager.nb)  # Papermill puts banners into its own
        for place, cell in enumerate(manager.nb.cells):
            if cell.metadata.papermill["status"] != manager.PENDING:
                self._reached = place

    def source_cell(self) -> int:
        """Number of the last cell that began, counted from 1 in the source notebook."""
        reached = self.notebook.cells[: self._reached + 1]
        return sum(not _is_injected(cell) for cell in reached)

    def ended_early(self) -> str:
        """The exit by which a cell ended the chapter, which Papermill takes for success."""
        for cell in self.notebook.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    return f"{output.ename}: {output.evalue}"
        return ""


class _ClosedRoomEngine(Engine):  # type: ignore[misc]
    """Papermill's own client on a kernel that is already there."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        closed_room: ClosedRoom,
        record: _Record,
        deadline: float,
        **_: object,
    ) -> None:
        client = PapermillNotebookClient(
            nb_man,
            km=closed_room.manager,
            kernel_name=kernel_name,
            startup_timeout=_START_SECONDS,
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


papermill_engines.register(_ENGINE, _ClosedRoomEngine)


class _Stopped(Exception):  # noqa: N818
    """Another chapter has failed; this one need not go on."""


class _Run:
    """The chapters of one call, in as many threads as there may be kernels."""

    def __init__(
        self,
        notebooks: Mapping[str, nbformat.NotebookNode],
        *,
        room: Path,
        executed: Path,
        private: Path,
        parameters: Mapping[str, object],
        progress: Progress,
        workers: int,
        timeout: float,
        finished: Callable[[str], object],
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._notebooks = notebooks
        self._room = room
        self._executed = executed
        self._private = private
        self._parameters = dict(sorted(parameters.items()))
        self._progress = progress
        self._workers = workers
        self._timeout = timeout
        self._finished = finished
        self._tidy = _tidier(room, private)
        self._rooms: list[ClosedRoom] = []
        self._waiting: list[Chapter] = []
        self._busy = 0
        self._stopped = False
        self._changed = threading.Condition()

    def all(self, ordered: Sequence[Chapter]) -> None:
        # The pool takes chapters in the order of their needs, so that the first of those it
        # holds never waits for one that it does not hold.
        with ThreadPoolExecutor(max_workers=self._workers + 1) as pool:
            futures = [
                pool.submit(self._one, number, chapter) for number, chapter in enumerate(ordered)
            ]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                self._stop()
        for future in futures:
            future.result()

    def _stop(self) -> None:
        with self._changed:
            self._stopped = True
            for closed_room in self._rooms:
                closed_room.kill()
            self._changed.notify_all()

    def _one(self, number: int, chapter: Chapter) -> None:
        try:
            with ExitStack() as kernels:
                with self._worker(chapter, to_prepare=True):
                    closed_room = kernels.enter_context(self._kernel(number, chapter))
                    if self._is_free(chapter):
                        return self._work(chapter, closed_room)
                    closed_room.wait_until_ready(_START_SECONDS)
                with self._worker(chapter):
                    self._work(chapter, closed_room)
        except _Stopped:
            return None
        except BaseException:
            if not self._stopped:
                self._stop()
                raise

    @contextmanager
    def _kernel(self, number: int, chapter: Chapter) -> Iterator[ClosedRoom]:
        private = self._private / str(number)
        modules = _imported(self._notebooks[chapter.name])
        with self._changed:
            self._refuse_when_stopped()
            closed_room = ClosedRoom(private, self._room, modules)
            self._rooms.append(closed_room)
        try:
            yield closed_room
        finally:
            with self._changed:
                self._rooms.remove(closed_room)
            closed_room.close(politely=False)

    @contextmanager
    def _worker(self, chapter: Chapter, *, to_prepare: bool = False) -> Iterator[None]:
        """Wait for one of the workers; a chapter that can run goes before one that prepares."""
        with self._changed:
            self._waiting.append(chapter)
            self._changed.wait_for(
                lambda: (
                    self._stopped
                    or (
                        self._busy < self._workers
                        and (
                            self._is_free(chapter)
                            or (to_prepare and not any(map(self._is_free, self._waiting)))
                        )
                    )
                )
            )
            self._waiting.remove(chapter)
            self._refuse_when_stopped()
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _refuse_when_stopped(self) -> None:
        if self._stopped:
            raise _Stopped

    def _is_free(self, chapter: Chapter) -> bool:
        return self.seconds.keys() >= set(chapter.needs)

    def _work(self, chapter: Chapter, closed_room: ClosedRoom) -> None:
        begin = time.perf_counter()
        with self._progress.step("chapter", chapter.name):
            self._execute(chapter, closed_room)
            closed_room.close(politely=True)
        self.seconds[chapter.name] = time.perf_counter() - begin
        self._finished(chapter.name)

    def _execute(self, chapter: Chapter, closed_room: ClosedRoom) -> None:
        record = _Record(self._notebooks[chapter.name])
        try:
            execute_notebook(
                record.notebook,
                None,
                parameters=self._parameters,
                engine_name=_ENGINE,
                kernel_name=KERNEL_NAME,
                language="python",
                progress_bar=False,
                closed_room=closed_room,
                record=record,
                deadline=time.monotonic() + self._timeout,
            )
            code, said, trace = "chapter-failed", record.ended_early(), ""
        except PapermillExecutionError as error:
            code, said = "chapter-failed", f"{error.ename}: {error.evalue}"
            trace = "\n".join(error.traceback)
        except CellTimeoutError:
            code, said, trace = "chapter-timeout", str(self._timeout), ""
        except (RuntimeError, TimeoutError) as error:
            code, said, trace = "kernel-died", str(error), closed_room.last_words()
        path = self._executed / f"{chapter.name}.ipynb"
        _clean(record.notebook, self._tidy)
        nbformat.write(record.notebook, path)
        if said:
            raise ChapterError(
                code,
                chapter=chapter.name,
                cell=record.source_cell(),
                error=_COLOUR_CODE.sub("", said),
                seconds=self._timeout,
                notebook=path,
                traceback=_COLOUR_CODE.sub("", trace),
            )


def _is_injected(cell: nbformat.NotebookNode) -> bool:
    return _INJECTED in cell.metadata.get("tags", [])


def _tidier(room: Path, private: Path) -> Callable[[str], str]:
    """A function that takes colours and the places of this machine out of a text."""
    imported_from = [
        Path(entry).parent if entry.endswith(".zip") else Path(entry) for entry in sys.path
    ]
    places = {room, room.resolve(), private, Path(sys.prefix), Path.home(), *imported_from}
    starts = sorted(
        (str(place) for place in places if place.is_absolute() and len(place.parts) > 1),
        key=lambda start: (-len(start), start),
    )
    place_pattern = re.compile("|".join(f"{re.escape(start)}(?:/|\\b)" for start in starts))

    def tidy(text: str) -> str:
        without_cells = _CELL_FILE.sub("chapter", _COLOUR_CODE.sub("", text))
        return place_pattern.sub("", without_cells)

    return tidy


def _clean(notebook: nbformat.NotebookNode, tidy: Callable[[str], str]) -> None:
    """Take out of an executed notebook all that differs from run to run."""
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
