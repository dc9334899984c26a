"""What a command lays into the workspace before the chapters run, and where.

Two editions lie side by side: ``old`` holds the files of the earlier edition, ``new`` those of the
later one where two editions of the archive are compared; without it, the later one is the edition
in the making. ``comparison.json`` tells what was there when either was made, and the trend so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from analysis.chapters.edition_files import CUSTOMERS_FILE, MODEL_FOLDER, RESULTS_FILE
from analysis.chapters.words import FILES
from analysis.results.changes import KeyFigures
from analysis.settings import Settings

SNAPSHOT = "snapshot"
"""Folder with the snapshot of the month, read and repaired."""

WORDS = "words"
"""Folder with the words of the first language."""

ARCHIVED_MODEL = "archived_model"
"""Folder with the model of an earlier edition."""

EARLIER_MONTH = "earlier_month"
"""Folder with a folder named after the month that a forecast is learnt from; in it the files of its
snapshot, or the customers of its edition."""

PAST_FORECAST = "past_forecast"
"""Folder with two folders named after months, laid as the earlier month is: a forecast learns from
the features of the first and the levels of the second, and is held against those of this month."""

RECORD = "record"
"""Folder with the customers of earlier editions in a folder per month, and whom to judge."""

JUDGED_FILE = "judged.json"

MAILINGS = "mailings"
"""Folder with a folder per earlier month: the customers of its edition, and what was sent of its
lists where the shop says so."""

HISTORY = "history"
"""Folder with a folder per earlier month: its snapshot, as it was exported."""

LEFT_OUT = "left_out.json"
"""Earlier editions that are no longer what was sealed; not there where there are none."""

OLD, NEW, COMPARISON = "old", "new", "comparison.json"


def parameters(period: str, seed: int, settings: Settings) -> dict[str, object]:
    """Give the parameters of every chapter, for a kernel that works in the workspace."""
    return {
        "snapshot": SNAPSHOT,
        "workspace": ".",
        "period": period,
        "seed": seed,
        "settings": settings.model_dump(mode="json"),
    }


def words_of(language: Path) -> dict[str, Path | str]:
    """Say which words of a language are laid into the workspace, by their place there."""
    return {f"{WORDS}/{name}": language / name for name in FILES}


class Circumstances(BaseModel):
    """What of two editions is not in their own files.

    ``versions`` are those of ``old`` and ``new``; ``trend`` the key figures of earlier editions.
    """

    versions: dict[str, dict[str, str]]
    trend: list[KeyFigures] = Field(default_factory=list)


def materials_of(edition: Path, name: str) -> dict[str, Path | str]:
    """Say which files of an edition are laid into the workspace, by their place there."""
    model = edition / MODEL_FOLDER
    return {
        f"{name}/{RESULTS_FILE}": edition / RESULTS_FILE,
        f"{name}/{CUSTOMERS_FILE}": edition / CUSTOMERS_FILE,
        **({f"{name}/{MODEL_FOLDER}": model} if model.is_dir() else {}),
    }


def circumstances(
    versions_old: Mapping[str, str],
    versions_new: Mapping[str, str],
    trend: Sequence[KeyFigures] = (),
) -> str:
    """Write ``comparison.json``."""
    versions = {OLD: dict(versions_old), NEW: dict(versions_new)}
    return Circumstances(versions=versions, trend=list(trend)).model_dump_json()
