"""Loading libraries: quickly, and what may fail."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
from collections.abc import Iterable, Iterator

__all__ = ["all_to_stay", "load", "start_no_idle_threads"]


@contextlib.contextmanager
def all_to_stay() -> Iterator[None]:
    """Look for no garbage among what is made here, now or later: libraries stay to the end.

    Looking for it took a fifth of the time in which the libraries are loaded, and in a forked
    process it would make a copy of all that is looked at.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def start_no_idle_threads() -> None:
    """Let linear algebra do with one thread, unless the user has said how many.

    A command has little of it: the threads that it would start, one a core, only wait, and they
    wait at work. To be called before libraries are loaded.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def load(modules: Iterable[str]) -> None:
    """Import modules by their names; one that fails is left to whoever needs it."""
    for module in modules:
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)
