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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["ForkedProcess", "Nursery", "serve"]

_LONGEST_REQUEST = 1_000_000


class ForkedProcess:
    """A kernel that a nursery has forked, to be handled as a ``subprocess.Popen``.

    It is no child of this process, which so holds a descriptor of it and cannot learn its exit
    status: 0 stands for any.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor: int | None = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Give 0 if the process has ended, else None."""
        if self._descriptor is None:
            return 0
        if not select.select([self._descriptor], [], [], 0)[0]:
            return None
        os.close(self._descriptor)
        self._descriptor = None
        return 0

    def wait(self) -> int:
        """Wait until the process has ended."""
        if self._descriptor is not None:
            select.select([self._descriptor], [], [])
        self.poll()
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, if it has not ended."""
        if self.poll() is None:
            assert self._descriptor is not None
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
        with self._lock:
            try:
                self._socket.send(json.dumps(request).encode())
                answer = self._socket.recv(_LONGEST_REQUEST)
                return ForkedProcess(json.loads(answer)) if answer else None
            except (OSError, ValueError):
                return None

    def close(self) -> None:
        """End the nursery and every kernel that is left of it."""
        self._socket.close()
        self._process.wait()


def serve() -> dict[str, Any] | None:
    """Fork a process for every request on the standard input.

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
        child = os.fork()
        if not child:
            requests.close()
            return _moved_in(json.loads(received))
        _lead_a_group(child)  # here too: whoever is told of the process may signal the group
        children.add(child)
        requests.send(json.dumps(child).encode())
        for each in list(children):
            if os.waitpid(each, os.WNOHANG)[0]:
                children.remove(each)
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
