"""A process that has loaded what chapters need and forks a kernel for each of them.

Loading the libraries takes seconds of the processor; a fork takes milliseconds. The nursery is
started like a kernel (`report.kernel`), as closed as one, and waits on a socket for requests. When
whoever started it closes the socket or dies, it ends, and its kernels with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["AS_NURSERY", "COST_FILE", "SCHEDULER", "ForkedProcess", "Nursery", "serve"]

AS_NURSERY = "--nursery"
"""First argument of a kernel's program that is to be a nursery."""

COST_FILE = "cost.json"
"""Where, beside its connection file, a kernel writes what it has cost."""

SCHEDULER = "REPORT_SCHEDULER"
"""Names in the environment of a kernel the one address that it may connect to; empty for none."""

_LONGEST_REQUEST = 1_000_000
_UNKNOWN = -signal.SIGKILL
"""Exit code of a process whose nursery has ended, and has ended it."""


class ForkedProcess:
    """A kernel that a nursery has forked, to be handled as a ``subprocess.Popen``.

    It is no child of this process, which so holds a descriptor of it.

    Parameters
    ----------
    pid
        Its number.
    exit_code
        Asks whose child it is for its exit code, once it has ended.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, exit_code: Callable[[int], int]) -> None:
        self.pid = pid
        self._exit_code = exit_code
        self._ended: int | None = None
        self._lock = threading.Lock()
        self._descriptor = os.pidfd_open(pid)
        weakref.finalize(self, os.close, self._descriptor)

    def poll(self) -> int | None:
        """Give the exit code if the process has ended, that of a signal negative; else None."""
        with self._lock:
            if self._ended is None and select.select([self._descriptor], [], [], 0)[0]:
                self._ended = self._exit_code(self.pid)
            return self._ended

    def wait(self) -> int:
        """Wait until the process has ended, and give its exit code."""
        select.select([self._descriptor], [], [])
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """Kill the process, if it has not ended."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end, if it has not ended."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The nursery as whoever started it sees it; for any thread.

    Parameters
    ----------
    command
        Runs :func:`serve` with its standard input as the socket.
    folder
        Working folder of the nursery.
    environment
        Its environment.
    log
        Where it writes what it has to say.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log.open("wb") as written:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=theirs.fileno(),
                stdout=written,
                stderr=written,
                start_new_session=True,
            )

    def fork(self, request: Mapping[str, Any]) -> ForkedProcess | None:
        """Have a kernel forked; None where that cannot be done.

        Parameters
        ----------
        request
            What :func:`serve` gives to the forked process. ``log``, ``folder`` and
            ``environment`` take effect before.
        """
        answer = self._ask(request)
        try:
            return None if answer is None else ForkedProcess(answer, self._exit_code)
        except OSError:
            return None

    def _exit_code(self, pid: int) -> int:
        answer = self._ask(pid)
        return _UNKNOWN if answer is None else answer

    def _ask(self, request: Mapping[str, Any] | int) -> int | None:
        with self._lock:
            try:
                self._socket.send(json.dumps(request).encode())
                answer = self._socket.recv(_LONGEST_REQUEST)
            except OSError:
                return None
        return int(answer) if answer else None

    def close(self) -> None:
        """End the nursery and every kernel that is left of it."""
        self._socket.close()
        self._process.wait()


def serve() -> dict[str, Any] | None:
    """Fork a process for every request on the standard input, or tell how one has ended.

    Returns
    -------
    dict or None
        In a forked process its request; in the nursery None, when it is no longer needed. With
        threads at work nothing can be forked safely: then at once.
    """
    if _threads() > 1:
        return None
    requests = socket.socket(fileno=os.dup(0))
    children: set[int] = set()
    while received := _received(requests):
        request = json.loads(received)
        if isinstance(request, int):
            children.remove(request)
            answer = os.waitstatus_to_exitcode(os.waitpid(request, 0)[1])
        else:
            answer = os.fork()
            if not answer:
                requests.close()
                return _moved_in(request)
            _lead_a_group(answer)  # here too: whoever is told of the process may signal the group
            children.add(answer)
        with contextlib.suppress(ConnectionError):
            requests.send(json.dumps(answer).encode())
    for each in children:  # none has been waited for, so each number is still its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(each, signal.SIGKILL)
        os.waitpid(each, 0)
    return None


def _received(requests: socket.socket) -> bytes:
    with contextlib.suppress(ConnectionError):
        return requests.recv(_LONGEST_REQUEST)
    return b""


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208


def _lead_a_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(process, process)


def _moved_in(request: dict[str, Any]) -> dict[str, Any]:
    """Make a process of its own of the fork: group, folder, environment and output."""
    _lead_a_group(os.getpid())
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for taken, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(taken, place)
    os.close(log)
    os.close(nothing)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    return request
