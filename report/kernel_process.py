"""The process of a kernel: a script that the parent runs (`report.kernel`).

It stands apart so that the parent does not load what only a kernel needs.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ipykernel.kernelapp import IPKernelApp

from report.nursery import AS_NURSERY, COST_FILE, SCHEDULER, serve


class _Kernel(IPKernelApp):
    """A kernel that reads no configuration and no start-up file, not even the machine's."""

    preload: Sequence[str] = ()

    def load_config_file(self, *_: object, **__: object) -> None:
        """Read nothing."""

    def init_code(self) -> None:
        """Load the chapter's modules instead of start-up files."""
        _load(self.preload)


def _load(modules: Sequence[str]) -> None:
    for module in modules:
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)


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


def _main(first: str, *preload: str) -> None:
    _close_the_network(os.environ.get(SCHEDULER, ""))
    _do_without_debugger()
    if first == AS_NURSERY:
        _load(preload)
        gc.freeze()
        if request := serve():
            tempfile.tempdir = None
            _run_kernel(request["connection_file"], parent=os.getppid())
    else:
        _run_kernel(first, preload)


def _run_kernel(connection_file: str, preload: Sequence[str] = (), parent: int = 0) -> None:
    app = _Kernel.instance()
    app.preload = preload
    app.initialize(  # type: ignore[no-untyped-call]
        [
            f"--IPKernelApp.connection_file={connection_file}",
            *([f"--IPKernelApp.parent_handle={parent}"] if parent else []),
            "--InteractiveShellApp.ignore_cwd=True",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.colors=nocolor",
        ]
    )
    app.start()  # type: ignore[no-untyped-call]
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    Path(connection_file).with_name(COST_FILE).write_text(json.dumps(cost), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
