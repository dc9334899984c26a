"""The isolated kernel in which a chapter runs.

The parent starts a kernel with :class:`IsolatedKernel`; the child runs this very file as a script.
The kernel has the interpreter of the parent, a workspace that is not on the import path, an empty
home, no start-up or configuration file of anybody, sockets of the file system only, and
one thread for each numerical library.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import site
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

__all__ = ["KERNEL_NAME", "LONGEST_FOLDER", "IsolatedKernel"]

KERNEL_NAME = "python3"

LONGEST_FOLDER = 107 - len("/00/c-ipc-5")
"""Bytes that the path of the folder of all kernels may have, for the names of their sockets."""

_DROPPED_PREFIXES = ("PYTHON", "IPYTHON", "IPY_", "JUPYTER", "JPY_", "PAPERMILL", "XDG_", "LC_")
_FIXED_ENVIRONMENT = {
    "IPYTHON_SUPPRESS_CONFIG_ERRORS": "1",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
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


class _OwnKernelOnly(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, ours, whatever kernels the machine has to offer."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return KernelSpec(
            argv=[sys.executable, "-P", str(Path(__file__).resolve()), "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


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
    """

    def __init__(self, private: Path, workspace: Path, preload: Sequence[str] = ()) -> None:
        self._private = private
        self._log = private / "log"
        for name in ("home", "tmp"):
            (private / name).mkdir(parents=True)
        self.manager = AsyncKernelManager(
            kernel_name=KERNEL_NAME,
            kernel_spec_manager=_OwnKernelOnly(),
            transport="ipc",
            connection_file=str(private / "c.json"),
        )
        with self._log.open("wb") as log:
            run_sync(self.manager.start_kernel)(
                cwd=str(workspace),
                env=_environment(os.environ, private),
                extra_arguments=list(preload),
                stdout=log,
                stderr=log,
            )
        self._group: int | None = self.manager.provisioner.pid

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the kernel can take a cell; who runs one finds out if it never will."""
        client = self.manager.client()
        client.start_channels()
        try:
            with contextlib.suppress(RuntimeError):
                run_sync(client.wait_for_ready)(timeout=seconds)
        finally:
            client.stop_channels()

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
            Let the kernel write out what it holds open, then end.
        """
        if self._group is None:
            return
        try:
            run_sync(self.manager.shutdown_kernel)(now=not politely)
        finally:
            self.kill()
            self._group = None
            shutil.rmtree(self._private, ignore_errors=True)


def _environment(outside: Mapping[str, str], private: Path) -> dict[str, str]:
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


class _Kernel(IPKernelApp):
    """A kernel that reads no configuration and no start-up file, not even the machine's."""

    preload: Sequence[str] = ()

    def load_config_file(self, *_: object, **__: object) -> None:
        """Read nothing."""

    def init_code(self) -> None:
        """Load the chapter's modules instead of start-up files."""
        for module in self.preload:
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(module)


def _close_the_network() -> None:
    """Refuse every socket that leaves the machine or the file system, for good."""
    watched = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
    names = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in names:
            raise PermissionError("a chapter has no network")
        if event in watched:
            family = getattr(arguments[0], "family", None)
            if family != socket.AF_UNIX:
                raise PermissionError("a chapter has no network")

    sys.addaudithook(refuse)


def _main(connection_file: str, *preload: str) -> None:
    _close_the_network()
    app = _Kernel.instance()
    app.preload = preload
    app.initialize(  # type: ignore[no-untyped-call]
        [
            f"--IPKernelApp.connection_file={connection_file}",
            "--InteractiveShellApp.ignore_cwd=True",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.colors=nocolor",
        ]
    )
    app.start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    _main(*sys.argv[1:])
