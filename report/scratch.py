"""Temporary folders: gone after their block, and after a hard death swept by the next run.

A folder is locked for as long as its run is alive; the system lets the lock go with the run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from report.errors import InputError

__all__ = ["check_room", "scratch_folder", "sweep"]

PREFIX = "retrep-"
ROOM = 64 * 2**20
"""Bytes that a run needs in the temporary folder."""

_SHORT = "/tmp"
_NEW = 60.0
"""Seconds for which a folder may not yet be locked by the run that makes it."""


@contextmanager
def scratch_folder(longest: int | None = None) -> Iterator[Path]:
    """Make a folder for the block, readable by its owner only, in the user's temporary folder.

    Parameters
    ----------
    longest
        Bytes that its path may have, as the names of sockets ask for; where it would be longer, it
        is made in ``/tmp``.

    Raises
    ------
    InputError
        ``temporary-folder-unusable``.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        if longest is not None and len(os.fsencode(folder)) > longest:
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_SHORT))
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _unusable(error) from error
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def check_room() -> None:
    """Refuse a temporary folder that has no room for a run.

    Raises
    ------
    InputError
        ``temporary-folder-unusable``, ``temporary-folder-full``.
    """
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _unusable(error) from error
    if free < ROOM:
        raise InputError("temporary-folder-full", folder=folder, needed=ROOM // 2**20)


def sweep() -> None:
    """Clear away the temporary folders of this user's runs that have died."""
    with suppress(OSError):
        for place in {tempfile.gettempdir(), _SHORT}:
            for folder in Path(place).glob(f"{PREFIX}*"):
                with suppress(OSError):
                    _clear(folder)


def _clear(folder: Path) -> None:
    seen = folder.lstat()
    if folder.is_symlink() or seen.st_uid != os.getuid() or time.time() - seen.st_mtime < _NEW:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _unusable(error: OSError) -> InputError:
    # The reason of tempfile lists every folder that it tried; the first words are enough.
    reason = error.strerror.split(" in [")[0] if error.strerror else type(error).__name__
    folder = os.environ.get("TMPDIR", _SHORT)
    return InputError("temporary-folder-unusable", folder=folder, reason=reason)
