"""Run the chapters: Papermill, an isolated kernel each, independent chapters side by side."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError
from papermill import PapermillExecutionError, execute_notebook

from report.errors import ChapterError
from report.kernel import KERNEL_NAME, LONGEST_FOLDER, Cost, IsolatedKernel, open_nursery
from report.notebooks import (
    ENGINE,
    START_SECONDS,
    Chapter,
    Record,
    check_parameters,
    imported_modules,
    read,
    tidier,
    tidy_notebook,
    without_colours,
)
from report.nursery import Nursery
from report.progress import Progress
from report.scratch import scratch_folder

__all__ = ["run_chapters"]


def run_chapters(
    chapters: Sequence[Chapter],
    *,
    workspace: Path,
    executed: Path,
    parameters: Mapping[str, object],
    progress: Progress,
    workers: int = 2,
    timeout: float = 1800.0,
    finished: Callable[[str], object] = lambda _name: None,
    scheduler: str = "",
    preload: Sequence[str] = (),
) -> dict[str, Cost | None]:
    """Run chapters in the order of their needs and keep their executed notebooks.

    Up to ``workers`` chapters run at a time, while the kernel of one more gets ready: it loads
    the modules that its chapter imports.

    Parameters
    ----------
    chapters
        The chapters, in any order.
    workspace
        Folder that the chapters share: each runs in it.
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
    scheduler
        Address that chapters may connect to, the only one; none by default.
    preload
        Modules that are loaded first, before those that chapters import.

    Returns
    -------
    dict of str to Cost or None
        What the kernel of each chapter has taken, in the order given; None where it did not tell.

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
    notebooks = {chapter.name: read(chapter) for chapter in ordered}
    for chapter in ordered:
        check_parameters(chapter, notebooks[chapter.name], parameters)
    workspace.mkdir(parents=True, exist_ok=True)
    executed.mkdir(parents=True, exist_ok=True)
    # Before there are threads: the depth that ast.parse counts is one for all of them in CPython.
    modules = {name: imported_modules(notebook) for name, notebook in notebooks.items()}
    with (
        scratch_folder(LONGEST_FOLDER) as private,
        open_nursery(
            private / "nursery", list(dict.fromkeys(chain(preload, *modules.values()))), scheduler
        ) as nursery,
    ):
        run = _Run(
            notebooks,
            modules,
            workspace=workspace,
            executed=executed,
            private=private,
            parameters=parameters,
            progress=progress,
            workers=workers,
            timeout=timeout,
            finished=finished,
            nursery=nursery,
            scheduler=scheduler,
        )
        run.all(ordered)
    return {chapter.name: run.costs[chapter.name] for chapter in chapters}


def _in_order(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Put needs before those who need them; otherwise keep the order given."""
    places = {chapter.name: place for place, chapter in enumerate(chapters)}
    for place, chapter in enumerate(chapters):
        if places[chapter.name] != place:
            raise ChapterError("chapter-twice", chapter=chapter.name)
        for need in chapter.needs:
            if need not in places:
                raise ChapterError("chapter-need-unknown", chapter=chapter.name, need=need)
    sorter = TopologicalSorter({chapter.name: chapter.needs for chapter in chapters})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        raise ChapterError("chapter-circle", chapters=sorted(set(circle))) from error
    free: list[int] = []
    ordered: list[Chapter] = []
    while sorter:
        for name in sorter.get_ready():
            heapq.heappush(free, places[name])
        chapter = chapters[heapq.heappop(free)]
        ordered.append(chapter)
        sorter.done(chapter.name)
    return ordered


class _Stopped(Exception):  # noqa: N818
    """Another chapter has failed; this one need not go on."""


class _Run:
    """The chapters of one call, in as many threads as there may be kernels."""

    def __init__(
        self,
        notebooks: Mapping[str, nbformat.NotebookNode],
        modules: Mapping[str, Sequence[str]],
        *,
        workspace: Path,
        executed: Path,
        private: Path,
        parameters: Mapping[str, object],
        progress: Progress,
        workers: int,
        timeout: float,
        finished: Callable[[str], object],
        nursery: Nursery | None,
        scheduler: str,
    ) -> None:
        self.costs: dict[str, Cost | None] = {}
        self._notebooks = notebooks
        self._modules = modules
        self._workspace = workspace
        self._executed = executed
        self._private = private
        self._parameters = dict(sorted(parameters.items()))
        self._progress = progress
        self._workers = workers
        self._timeout = timeout
        self._finished = finished
        self._nursery = nursery
        self._scheduler = scheduler
        self._tidy = tidier(workspace, private)
        self._kernels: list[IsolatedKernel] = []
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
            for kernel in self._kernels:
                kernel.kill()
            self._changed.notify_all()

    def _one(self, number: int, chapter: Chapter) -> None:
        try:
            with ExitStack() as opened:
                with self._worker(chapter, to_prepare=True):
                    kernel = opened.enter_context(self._kernel(number, chapter, self._nursery))
                    if self._is_free(chapter):
                        return self._work(number, chapter, kernel)
                    kernel.wait_until_ready(START_SECONDS)
                with self._worker(chapter):
                    self._work(number, chapter, kernel)
        except _Stopped:
            return None
        except BaseException:
            if not self._stopped:
                self._stop()
                raise

    @contextmanager
    def _kernel(
        self, number: int, chapter: Chapter, nursery: Nursery | None
    ) -> Iterator[IsolatedKernel]:
        private = self._private / str(number)
        with self._changed:
            self._refuse_when_stopped()
            kernel = IsolatedKernel(
                private, self._workspace, self._modules[chapter.name], nursery, self._scheduler
            )
            self._kernels.append(kernel)
        try:
            yield kernel
        finally:
            with self._changed:
                self._kernels.remove(kernel)
            kernel.close(politely=False)

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
        return self.costs.keys() >= set(chapter.needs)

    def _work(self, number: int, chapter: Chapter, kernel: IsolatedKernel) -> None:
        """Run a chapter; again, by a kernel that starts by itself, if a forked one has died."""
        with self._progress.step("chapter", chapter.name):
            try:
                self._execute(chapter, kernel)
            except ChapterError as error:
                if error.code != "kernel-died" or not kernel.forked:
                    raise
                kernel.close(politely=False)
                with self._kernel(number, chapter, None) as kernel:
                    self._execute(chapter, kernel)
                    kernel.close(politely=True)
            else:
                kernel.close(politely=True)
        self.costs[chapter.name] = kernel.cost
        self._finished(chapter.name)

    def _execute(self, chapter: Chapter, kernel: IsolatedKernel) -> None:
        record = Record(self._notebooks[chapter.name])
        try:
            execute_notebook(
                record.notebook,
                None,
                parameters=self._parameters,
                engine_name=ENGINE,
                kernel_name=KERNEL_NAME,
                language="python",
                progress_bar=False,
                isolated_kernel=kernel,
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
            code, said = "kernel-died", kernel.ended_by() or str(error)
            trace = kernel.last_words()
        path = self._executed / f"{chapter.name}.ipynb"
        tidy_notebook(record.notebook, self._tidy)
        nbformat.write(record.notebook, path)
        if said:
            raise ChapterError(
                code,
                chapter=chapter.name,
                cell=record.source_cell(),
                error=without_colours(said),
                seconds=self._timeout,
                notebook=path,
                traceback=without_colours(trace),
            )
