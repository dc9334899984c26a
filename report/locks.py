"""Locks: one holder at a time, by this machine's own where a file system knows none."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

__all__ = ["WITHOUT_LOCKS", "only_holder"]

WITHOUT_LOCKS = (errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS)
"""What a file system says that knows no locks, as some network drives."""


@contextmanager
def only_holder(path: Path) -> Iterator[None]:
    """Hold a file that only one can hold; it is gone after the block.

    Where its file system knows no locks, a file of this user in the temporary folder stands for it:
    two runs on one machine do not meet then, and two machines may.

    Raises
    ------
    BlockingIOError
        Somebody else holds it.
    OSError
        It cannot be made.
    """
    with ExitStack() as held:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        held.callback(os.close, descriptor)
        try:
            while not _is_taken(descriptor, path):
                held.pop_all().close()
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
                held.callback(os.close, descriptor)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            held.enter_context(only_holder(_on_this_machine(path)))
        held.callback(path.unlink, missing_ok=True)
        yield


def _is_taken(descriptor: int, path: Path) -> bool:
    """Lock a file; tell whether it is still the one at its path: its last holder removes it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _on_this_machine(path: Path) -> Path:
    place = os.fsencode(path.resolve())
    name = f"lock-{os.getuid()}-{hashlib.sha256(place).hexdigest()[:32]}"
    return Path(tempfile.gettempdir()) / name
