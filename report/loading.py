"""Loading libraries: quickly, and what may fail."""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Iterable, Iterator

__all__ = ["all_to_stay", "load"]


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


def load(modules: Iterable[str]) -> None:
    """Import modules by their names; one that fails is left to whoever needs it."""
    for module in modules:
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)
