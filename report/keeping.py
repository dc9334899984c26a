"""Files that stay: on the disk through a loss of power, and out of the sight of others."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["only_for_the_owner", "open_to_readers", "settle", "settle_one"]

_NOT_SETTLED_HERE = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM)


@contextmanager
def only_for_the_owner() -> Iterator[int]:
    """Make every file of the block readable by its owner only; yield the usual mask."""
    usual = os.umask(0o077)
    try:
        yield usual
    finally:
        os.umask(usual)


def open_to_readers(folder: Path, internal: Collection[str], mask: int) -> None:
    """Let others read a folder as far as a mask allows, but for what is internal.

    Parameters
    ----------
    folder
        Made by its owner alone.
    internal
        Names in it, of files and of folders with all that is in them: they stay the owner's.
    mask
        Such as :func:`only_for_the_owner` yields.
    """
    folder.chmod(0o777 & ~mask)
    for place in folder.iterdir():
        if place.name in internal or place.is_symlink():
            continue
        if place.is_dir():
            open_to_readers(place, (), mask)
        else:
            place.chmod(0o666 & ~mask)


def settle(folder: Path) -> None:
    """Have a folder and all that is in it written to the disk, past a loss of power."""
    for place in folder.rglob("*"):
        if not place.is_symlink():
            settle_one(place)
    settle_one(folder)


def settle_one(place: Path) -> None:
    """Have one file, or the names in one folder, written to the disk.

    Raises
    ------
    OSError
        The disk is full or broken; never for a file system that cannot do this.
    """
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SETTLED_HERE:
            raise
    finally:
        os.close(descriptor)
