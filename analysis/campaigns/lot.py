"""The lot: who is left without an offer, the same customers in every month.

A hash of the id under a secret key decides, and nothing else: no month, no order, no list. So
whoever is drawn stays drawn, a larger share only adds to a smaller one, and nobody who does not
hold the key can tell or choose who is drawn.

References
----------
Krawczyk, Bellare, Canetti (1997). HMAC: keyed-hashing for message authentication. RFC 2104.
Kohavi, Tang, Xu (2020). Trustworthy online controlled experiments, chapter 14.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from analysis.arrays import Flags
from analysis.periods import months_between

KEY_FILE = "assignment.key"
"""In the data folder: one line of hexadecimal digits."""

KEY_BYTES = 32
_BLOCK, _INNER, _OUTER = 64, 0x36, 0x5C
"""Of HMAC over SHA-256 (RFC 2104)."""

FIRST_MONTH = "2000-01"
"""Waves of a lot that is drawn anew are counted from here."""

CONTACT, HOLD_OUT = "contact", "hold_out"
"""The arms: who gets the offer that is meant for him, and who is left without it."""

Purpose = Literal["hold-out", "letter"]
"""Who gets nothing; whose letter lacks its discount. The two lots know nothing of each other."""


class UnusableKeyError(ValueError):
    """The key's file holds no key, or there is none and it cannot be made."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file))
        self.file = file


@dataclass(frozen=True)
class Lot:
    """A lot among customers.

    Parameters
    ----------
    key : bytes
        The shop's secret.
    wave : int
        Another wave is another lot (see ``wave_of``).
    """

    key: bytes = field(repr=False)
    wave: int = 0

    def draw(self, ids: Iterable[str], share: float, purpose: Purpose = "hold-out") -> Flags:
        """Tell for every id whether it is drawn, each with a chance of ``share``.

        Returns
        -------
        ndarray of bool, shape (number of ids,)
        """
        names = [str(each).encode() for each in ids]
        limit = round(share * 2**64)
        if not limit:
            return np.zeros(len(names), dtype=bool)
        digests = _keyed_digests(self.key, f"{purpose}:{self.wave}:".encode(), names)
        return np.asarray(np.frombuffer(digests, dtype=">u8")[::4] <= limit - 1)


def _keyed_digests(key: bytes, before: bytes, names: Sequence[bytes]) -> bytes:
    """Give HMAC-SHA-256 of names that begin alike, one digest after the other.

    What the key and the beginning come to is worked out once: asked name by name, as of `hmac`, it
    takes more than twice as long.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    begun = hashlib.sha256(bytes(each ^ _INNER for each in block) + before).copy
    closing = hashlib.sha256(bytes(each ^ _OUTER for each in block)).copy
    digests = []
    for name in names:
        inner, outer = begun(), closing()
        inner.update(name)
        outer.update(inner.digest())
        digests.append(outer.digest())
    return b"".join(digests)


def read_or_make_key(folder: Path) -> bytes:
    """Read the key of a data folder; the first who asks makes it.

    Raises
    ------
    UnusableKeyError
        The file is there and holds no key, or it cannot be written.
    """
    file = folder / KEY_FILE
    if not file.exists():
        draft = folder / f"{KEY_FILE}.{os.getpid()}"
        try:
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
            with suppress(FileExistsError):
                os.link(draft, file)
        except OSError as error:
            raise UnusableKeyError(file) from error
        finally:
            draft.unlink(missing_ok=True)
    return _read_key(file)


def wave_of(period: str, months: int | None) -> int:
    """Give the number of the wave that a month belongs to.

    Parameters
    ----------
    period : str
        ``YYYY-MM``.
    months : int or None
        How long a wave lasts; None for good.
    """
    return 0 if months is None else months_between(FIRST_MONTH, period) // months


def _read_key(file: Path) -> bytes:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKeyError(file) from error
    if not re.fullmatch(f"[0-9a-fA-F]{{{2 * KEY_BYTES},}}", text) or len(text) % 2:
        raise UnusableKeyError(file)
    return bytes.fromhex(text)
