"""Inputs of the mailings: the key of the lot."""

from __future__ import annotations

from pathlib import Path

from analysis.campaigns.lot import KEY_FILE, UnusableKeyError, read_or_make_key
from report.errors import InputError


def key_file(data: Path) -> Path:
    """Give the file with the key of the lot; the first month of a data folder makes it.

    Raises
    ------
    InputError
        ``key-unusable``.
    """
    try:
        read_or_make_key(data)
    except UnusableKeyError as error:
        raise InputError("key-unusable", file=error.file) from error
    return data / KEY_FILE
