"""The isolated kernel in which a chapter runs.

The parent starts a kernel with :class:`IsolatedKernel`; the child runs ``kernel_process.py``, or is
forked by a process that does so and has loaded the libraries already (`report.nursery`).
The kernel has the interpreter of the parent, a workspace that is not on the import path, an empty
home, no start-up or configuration file of anybody, sockets of the file system only, and
one thread for each numerical library.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import site
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import run_sync

from report.nursery import AS_NURSERY, COST_FILE, SCHEDULER, Nursery

__all__ = ["KERNEL_NAME", "LONGEST_FOLDER", "SCHEDULER", "Cost", "IsolatedKernel", "open_nursery"]

KERNEL_NAME = "python3"

LONGEST_FOLDER = 107 - len("/00/c-ipc-5")
"""Bytes that the path of the folder of all kernels may have, for the names of their sockets."""

_PROGRAM = Path(__file__).resolve().with_name("kernel_process.py")
_DROPPED_PREFIXES = ("PYTHON", "IPYTHON", "IPY_", "JUPYTER", "JPY_", "PAPERMILL", "XDG_", "LC_")
_FIXED_ENVIRONMENT = {
    "IPYTHON_SUPPRESS_CONFIG_ERRORS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a process with threads cannot be forked
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    # A large array is not fetched from the system anew each time: what glibc comes to by itself.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PLOTLY_RENDERER": "plotly_mimetype",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}


_COMMAND = (sys.executable, "-P", str(_PROGRAM))


def _furnish(private: Path) -> None:
    for name in ("home", "tmp"):
        (private / name).mkdir(parents=True)


class _OwnKernelOnly(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, ours, whatever kernels the machine has to offer."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return KernelSpec(
            argv=[*_COMMAND, "{connection_file}"], display_name="Python 3", language="python"
        )


class _Provisioner(LocalProvisioner):  # type: ignore[misc]
    """Has a kernel forked by a nursery, or starts one where that cannot be done."""

    forked = False
    exit_code: int | None = None

    async def poll(self) -> int | None:
        """Give the exit code, also when the process has been waited for; None if it is alive."""
        if self.process:
            self.exit_code = self.process.poll()
        return self.exit_code

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        manager = self.parent
        forked = manager.nursery and manager.nursery.fork(
            {
                "connection_file": manager.connection_file,
                "environment": kwargs["env"],
                "folder": kwargs["cwd"],
                "log": kwargs["stdout"].name,
            }
        )
        if not forked:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid, self.forked = forked, forked.pid, forked.pid, True
        return self.connection_info


class _Manager(AsyncKernelManager):  # type: ignore[misc]
    """Provisions its kernel by the class above, which no plug-in has to announce."""

    nursery: Nursery | None = None

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        self.kernel_id = str(uuid.uuid4())
        self.provisioner = _Provisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
        )
        return await super()._async_pre_start_kernel(**kwargs)


@contextlib.contextmanager
def open_nursery(
    private: Path, preload: Sequence[str], scheduler: str = ""
) -> Iterator[Nursery | None]:
    """Start what forks kernels.

    Parameters
    ----------
    private
        Folder for its home and temporary files; made here. Its path must be short.
    preload
        Names of modules that the kernels' cells import; one that fails is left to the cell.
    scheduler
        The one address that its kernels may connect to, ``tcp://host:port``; none by default.

    Yields
    ------
    Nursery or None
        None on a system that cannot fork as is needed here: every kernel then starts by itself.
    """
    if not (hasattr(os, "pidfd_open") and sys.platform == "linux"):
        yield None
        return
    _furnish(private)
    nursery = Nursery(
        [*_COMMAND, AS_NURSERY, *preload],
        private,
        _environment(os.environ, private, scheduler),
        private / "log",
    )
    try:
        yield nursery
    finally:
        nursery.close()


class Cost(NamedTuple):
    """What a kernel's process has taken, by its own account.

    Attributes
    ----------
    cpu_seconds
        Seconds of the processor, from its start or its fork.
    peak_bytes
        Its largest resident memory, what it shares with others included.
    """

    cpu_seconds: float
    peak_bytes: int


class IsolatedKernel:
    """One kernel and the private folder that it lives in.

    A kernel is started, used and closed in one thread; only :meth:`kill` may come from another.

    Parameters
    ----------
    private
        Folder for sockets, home and temporary files of this kernel alone; made here, removed
        by :meth:`close`. Its path must be short (see :data:`LONGEST_FOLDER`).
    workspace
        Working folder of the kernel.
    preload
        Names of modules to import before the first cell; one that fails is left to the cell.
    nursery
        What forks the kernel, with its own modules loaded.
    scheduler
        The one address that the kernel may connect to, ``tcp://host:port``; none by default. A
        nursery must have been given the same.
    """

    def __init__(
        self,
        private: Path,
        workspace: Path,
        preload: Sequence[str] = (),
        nursery: Nursery | None = None,
        scheduler: str = "",
    ) -> None:
        self._private = private
        self._log = private / "log"
        _furnish(private)
        self.manager = _Manager(
            kernel_name=KERNEL_NAME,
            kernel_spec_manager=_OwnKernelOnly(),
            transport="ipc",
            connection_file=str(private / "c.json"),
        )
        self.manager.nursery = nursery
        with self._log.open("wb") as log:
            run_sync(self.manager.start_kernel)(
                cwd=str(workspace.resolve()),  # a nursery has another working folder than we
                env=_environment(os.environ, private, scheduler),
                extra_arguments=list(preload),
                stdout=log,
                stderr=log,
            )
        self._group: int | None = self.manager.provisioner.pid
        self.cost: Cost | None = None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the kernel can take a cell; who runs one finds out if it never will."""
        client = self.manager.client()
        client.start_channels()
        try:
            with contextlib.suppress(RuntimeError):
                run_sync(client.wait_for_ready)(timeout=seconds)
        finally:
            client.stop_channels()

    @property
    def forked(self) -> bool:
        """Whether the kernel was forked by the nursery."""
        return bool(self.manager.provisioner.forked)

    def ended_by(self) -> str:
        """Name the signal that ended the process, or its exit code; empty if it is alive."""
        code = run_sync(self.manager.provisioner.poll)()
        if code is None:
            return ""
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def last_words(self) -> str:
        """Read what the kernel's process wrote outside of cells, at most the last 4000 signs."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def kill(self) -> None:
        """Kill the kernel and the processes that it started, at once, from any thread."""
        if self._group is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)

    def close(self, *, politely: bool) -> None:
        """End the kernel, leave no process and no file behind.

        Parameters
        ----------
        politely
            Let the kernel write out what it holds open and what it has cost (`cost`), then end.
        """
        if self._group is None:
            return
        try:
            run_sync(self.manager.shutdown_kernel)(now=not politely)
        finally:
            self.kill()
            self._group = None
            with contextlib.suppress(OSError, ValueError):
                self.cost = Cost(*json.loads((self._private / COST_FILE).read_bytes()))
            shutil.rmtree(self._private, ignore_errors=True)


def _environment(outside: Mapping[str, str], private: Path, scheduler: str) -> dict[str, str]:
    """Make the environment of a kernel: the parent's without what steers Python or Jupyter.

    Caches stay where they are (they spare seconds and change nothing); the home does not.
    """
    inside = {
        name: value for name, value in outside.items() if not name.startswith(_DROPPED_PREFIXES)
    }
    home = private / "home"
    cache = outside.get("XDG_CACHE_HOME") or _usual_cache() or str(home / ".cache")
    return inside | {
        **_FIXED_ENVIRONMENT,
        SCHEDULER: scheduler,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JOBLIB_TEMP_FOLDER": str(private / "tmp"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_RUNTIME_DIR": str(private / "tmp"),
        "PYTHONUSERBASE": site.getuserbase(),
        "TMPDIR": str(private / "tmp"),
        "XDG_CACHE_HOME": cache,
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
    }


def _usual_cache() -> str | None:
    """Find the user's own cache; a user without an entry in the system's list has none."""
    try:
        return str(Path("~/.cache").expanduser())
    except RuntimeError:
        return None
