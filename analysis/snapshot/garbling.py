"""Text that was written in one encoding and read in another, or lost in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from analysis.snapshot.schema import LabelMap, heading_key

_SECOND_BYTES = bytes(range(0x80, 0xC0)).decode("windows-1251", "ignore")
_GARBLED = re.compile(
    f"(?:[РС][{_SECOND_BYTES}]){{2}}|(?:[ÐÑ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘-„†-•…‰‹›€™]){{2}}"
    "|\ufffd|[?]{3}|^#+(?:[^ ]*[!?])?$"
)
_ENCODINGS = ("utf-8", "windows-1251", "cp866", "koi8-r", "mac-cyrillic", "cp1252", "latin-1")


def garbled_labels(unknown: Iterable[str], raw: Iterable[str], labels: LabelMap) -> list[str]:
    """Give the labels outside a map that are no words, or known ones read in another encoding.

    Parameters
    ----------
    unknown, raw : iterable of str
        The labels tidied, and as the file has them.
    labels : LabelMap
    """
    found = [label for label in unknown if _GARBLED.search(label)]
    return found + [
        label for label in raw if _is_another(label, lambda text: bool(labels.correct(text)))
    ]


def garbled_headings(names: Sequence[str], headings: Sequence[str]) -> list[str]:
    """Give the names of columns that are known headings read in another encoding.

    Parameters
    ----------
    names, headings : sequence of str
        As they stand in the file, and as they should.
    """
    known = {heading_key(heading) for heading in headings}
    return [
        name
        for name in names
        if heading_key(name) not in known
        and _is_another(name, lambda text: heading_key(text) in known)
    ]


def _is_another(text: str, is_known: Callable[[str], bool]) -> bool:
    """Tell whether a text is a known one that was written in one encoding and read in another."""
    if text.isascii():
        return False
    return any(
        written != read and is_known(text.encode(read, "ignore").decode(written, "ignore"))
        for written in _ENCODINGS
        for read in _ENCODINGS
    )
