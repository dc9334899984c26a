"""Inputs of the mailings: the key of the lot, and what became of earlier lists.

Nothing newer than the month itself is looked at, in the data folder or in the archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.campaigns.lot import KEY_FILE, UnusableKeyError, read_or_make_key
from analysis.campaigns.sent import SENT_FILE, find_sent, read_sent, refuse_sent_of_others
from analysis.chapters.edition_files import CUSTOMERS_FILE, has_customers
from analysis.chapters.materials import MAILINGS
from analysis.settings import Settings
from report.cli.earlier import Archived
from report.errors import InputError

MOST_MAILINGS = 24
"""Earlier months whose lists are followed, the newest: two years of them."""

ON_LISTS = ("id", "offer")
NEEDED = ("id", "level", "probability", "profit", "revenue_current")


def key_of_the_lot(settings: Settings, data: Path) -> dict[str, Path | str]:
    """Give the file with the key of the lot, as a material; a data folder's first month makes it.

    Without a lot there is no key.

    Raises
    ------
    InputError
        ``key-unusable``.
    """
    if not settings.offers.drawn:
        return {}
    try:
        read_or_make_key(data)
    except UnusableKeyError as error:
        raise InputError("key-unusable", file=error.file) from error
    return {KEY_FILE: data / KEY_FILE}


def mailings_before(data: Path, earlier: Sequence[Archived]) -> dict[str, Path | str]:
    """Find the earlier editions, and what was sent of their lists, as materials for the chapters.

    Parameters
    ----------
    data
        Folder of the snapshots: a month's folder may say what was sent.
    earlier
        Earlier editions of the kind, the newest first.

    Raises
    ------
    SnapshotError
        A record of what was sent cannot be read, or is not one of these lists.
    """
    found: dict[str, Path | str] = {}
    for edition in earlier[:MOST_MAILINGS]:
        if not has_customers(edition.folder, NEEDED):
            continue
        place = f"{MAILINGS}/{edition.period}"
        found[f"{place}/{CUSTOMERS_FILE}"] = edition.folder / CUSTOMERS_FILE
        if sent := find_sent(data / edition.period):
            told = read_sent(sent)
            if has_customers(edition.folder, ON_LISTS):
                file = edition.folder / CUSTOMERS_FILE
                lists = pd.read_parquet(file, columns=[*ON_LISTS])
                refuse_sent_of_others(sent, told, lists, edition.period)
            found[f"{place}/{SENT_FILE}"] = sent
    return found
