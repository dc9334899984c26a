"""What is at work, and how many seconds each step took."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from report.messages import Messages
from report.streams import lasting

__all__ = ["LogProgress", "Progress", "QuietProgress", "TerminalProgress", "choose_progress"]


class Progress(Protocol):
    """Shows steps while they run and keeps their seconds."""

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of every finished step, in the order in which the steps began."""
        ...

    def step(self, name: str, detail: str = "") -> AbstractContextManager[None]:
        """Run a step; several may run side by side, in threads.

        Parameters
        ----------
        name
            Which step: its label is the message ``step-NAME``. The key in :attr:`seconds` is
            the name, followed by a space and the detail where there is one.
        detail
            What the step works at, such as a chapter's name. A message ``step-NAME-DETAIL``
            is taken where the words have one.
        """
        ...


class QuietProgress:
    """Measures and shows nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: list[str] = []
        self._seconds: dict[str, float] = {}

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of every finished step, in the order in which the steps began."""
        with self._lock:
            return {key: self._seconds[key] for key in self._begun if key in self._seconds}

    @contextmanager
    def step(self, name: str, detail: str = "") -> Iterator[None]:
        """Measure a step; see :meth:`Progress.step`."""
        key = f"{name} {detail}".rstrip()
        with self._lock:
            if key not in self._begun:
                self._begun.append(key)
        begin = time.perf_counter()
        self._begin(key, name, detail)
        try:
            yield
        except BaseException:
            self._end(key, None)
            raise
        seconds = time.perf_counter() - begin
        with self._lock:
            self._seconds[key] = self._seconds.get(key, 0.0) + seconds
        self._end(key, seconds)

    def _begin(self, key: str, name: str, detail: str) -> None:
        """Show that a step begins."""

    def _end(self, key: str, seconds: float | None) -> None:
        """Show that a step has ended, in so many seconds, or without success."""


class _LabelledProgress(QuietProgress):
    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages
        self._labels: dict[str, str] = {}

    def _begin(self, key: str, name: str, detail: str) -> None:
        code = f"step-{name}-{detail}"
        if code not in self._messages.codes:
            code = f"step-{name}"
        self._labels[key] = self._messages.say(code, name=detail).what

    def _line(self, key: str, seconds: float) -> str:
        label = self._labels[key]
        return self._messages.say(
            "step-line", label=label, seconds=self._messages.tenths(seconds)
        ).what


class LogProgress(_LabelledProgress):
    """One plain line for every finished step."""

    def __init__(self, messages: Messages, stream: TextIO) -> None:
        super().__init__(messages)
        self._stream = stream

    def _end(self, key: str, seconds: float | None) -> None:
        if seconds is not None:
            with self._lock:
                self._stream.write(self._line(key, seconds) + "\n")
                self._stream.flush()


class TerminalProgress(_LabelledProgress):
    """The steps at work, moving, below the lines of the finished ones."""

    def __init__(self, messages: Messages, console: Console) -> None:
        super().__init__(messages)
        self._display = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def _begin(self, key: str, name: str, detail: str) -> None:
        super()._begin(key, name, detail)
        with self._lock:
            self._tasks[key] = self._display.add_task(escape(self._labels[key]), total=None)
            self._display.start()

    def _end(self, key: str, seconds: float | None) -> None:
        with self._lock:
            self._display.remove_task(self._tasks.pop(key))
            if seconds is not None:
                self._display.console.print(escape(self._line(key, seconds)), highlight=False)
            if not self._tasks:
                self._display.stop()


def choose_progress(
    messages: Messages, *, quiet: bool = False, stream: TextIO | None = None
) -> Progress:
    """Choose the progress that suits where the lines go.

    Parameters
    ----------
    messages
        Words for the labels.
    quiet
        Show nothing.
    stream
        Where to show; standard error by default.

    Returns
    -------
    Progress
        A moving display on a terminal, plain lines in a log.
    """
    if quiet:
        return QuietProgress()
    place = lasting(sys.stderr if stream is None else stream)
    console = Console(file=place, emoji=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return TerminalProgress(messages, console)
    return LogProgress(messages, place)
