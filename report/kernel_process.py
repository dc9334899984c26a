"""The process of a kernel, or of a nursery of kernels: a script that the parent runs.

It loads what the parent does not need (`report.kernel`), and closes the room before it does.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import sys
import tempfile
from typing import Any, NoReturn
from urllib.parse import urlsplit

from report.loading import all_to_stay, load
from report.nursery import AS_NURSERY, SCHEDULER, serve


def _close_the_network(scheduler: str) -> None:
    """Refuse every socket that leaves the file system, but to a scheduler, for good."""
    watched = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
    names = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
    host, places = _places_of(scheduler)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in names and not (host and arguments[0] == host):
            raise PermissionError("a chapter has no network")
        if event in watched:
            family = getattr(arguments[0], "family", None)
            asked = event == "socket.connect" and tuple(arguments[1][:2]) in places
            if family != socket.AF_UNIX and not asked:
                raise PermissionError("a chapter has no network")

    sys.addaudithook(refuse)


def _places_of(scheduler: str) -> tuple[str, set[tuple[str, int]]]:
    """Give the host of an address and, where its name leads, each place to connect to."""
    place = urlsplit(scheduler)
    if not place.hostname or not place.port:
        return "", set()
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(place.hostname, place.port, type=socket.SOCK_STREAM)
        return place.hostname, {(str(each[4][0]), int(each[4][1])) for each in found}
    return "", set()


def _do_without_debugger() -> None:
    """Spare every kernel the debugger, which nobody can reach and which is slow to load."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]


def _leave() -> NoReturn:
    """End the process: what is to be written at its end is, and nothing is taken apart.

    To free everything that the libraries hold, piece by piece, takes as long as a short chapter.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def _main(first: str, *preload: str) -> None:
    _close_the_network(os.environ.get(SCHEDULER, ""))
    _do_without_debugger()
    with all_to_stay():
        if first == AS_NURSERY:
            load(preload)
        from report.kernel_app import run_kernel
    if first != AS_NURSERY:
        run_kernel(first, preload)
    elif request := serve():
        tempfile.tempdir = None
        run_kernel(request["connection_file"], parent=os.getppid())
    _leave()


if __name__ == "__main__":
    _main(*sys.argv[1:])
