"""The kernel that runs in a process of its own (``kernel_process.py``)."""

from __future__ import annotations

import json
import resource
from collections.abc import Sequence
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp

from report.loading import load
from report.nursery import COST_FILE

__all__ = ["run_kernel"]


class _Kernel(IPKernelApp):
    """A kernel that reads no configuration and no start-up file, not even the machine's."""

    preload: Sequence[str] = ()

    def load_config_file(self, *_: object, **__: object) -> None:
        """Read nothing."""

    def init_code(self) -> None:
        """Load the chapter's modules instead of start-up files."""
        load(self.preload)


def run_kernel(connection_file: str, preload: Sequence[str] = (), parent: int = 0) -> None:
    """Run a kernel to its end, and write what it has cost beside its connection file.

    Parameters
    ----------
    connection_file
        Where its sockets are described.
    preload
        Names of modules to import before the first cell.
    parent
        Process with which it ends.
    """
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
