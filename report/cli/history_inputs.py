"""Inputs of the course of the months: the snapshots before this one, as they were exported."""

from __future__ import annotations

from pathlib import Path

from analysis.chapters.materials import HISTORY
from analysis.snapshot.errors import Notes
from analysis.snapshot.places import find_file
from analysis.snapshot.schema import CONTRACT
from analysis.snapshot.snapshot import MARK_FILE
from report.cli.options import months_in

MOST_MONTHS = 12
"""Earlier months whose snapshots are read, the newest: a year of them."""


def months_before(period: str, data: Path) -> dict[str, Path | str]:
    """Find the snapshots of earlier months in the data folder, as materials for the chapters.

    Whether they can be read, and whether they are of the month's kind, is found out when they are.

    Parameters
    ----------
    period
        Month of the snapshot, which is in the data folder.
    """
    earlier = [data / month for month in months_in(data) if month < period]
    return {
        f"{HISTORY}/{month.name}/{path.name}": path
        for month in earlier[-MOST_MONTHS:]
        for path in (*_files_of(month), month / MARK_FILE)
        if path.exists()
    }


def _files_of(month: Path) -> list[Path]:
    found = (find_file(month, contract.file, Notes()) for contract in CONTRACT)
    return [path for path in found if path is not None]
