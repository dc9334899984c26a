"""Standard output and standard error, which may be shut, full, or unable to write a letter.

What is said on the way is no part of an edition: that it cannot be said stops nothing.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

__all__ = ["can_write", "lasting"]


class _Lasting:
    """A stream that takes everything: what can no longer be written is let go."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            _let_go(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            _let_go(self._stream)

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except ValueError:
            return False


def _let_go(stream: TextIO) -> None:
    """Send the rest of a standard stream nowhere, so that its end is no failure either."""
    if stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def lasting(stream: TextIO | None) -> TextIO:
    """Make a stream that raises nothing; letters that it cannot write are spelt out.

    Parameters
    ----------
    stream
        Standard output or error; None where it was closed before the program began.
    """
    if stream is None:
        return io.StringIO()
    if isinstance(stream, _Lasting):
        return stream
    with suppress(OSError, ValueError):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    return cast("TextIO", _Lasting(stream))


def can_write(stream: TextIO | None, text: str) -> bool:
    """Tell whether a stream has the letters of a text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
