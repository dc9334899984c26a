"""Editions of the archive as a comparison meets them: which can be read, and what is laid out.

Two editions lie side by side in a working folder. ``old`` holds the files of the earlier edition,
``new`` those of the later one where two editions of the archive are compared; without it, the later
one is the edition in the making. ``comparison.json`` tells what was there when either was made,
and the trend so far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, Field, ValidationError

from analysis.results import SCHEMA_VERSION
from analysis.results.base import Estimate
from analysis.results.changes import DiffResults, KeyFigures, MonthlyChanges
from analysis.settings import Money

CUSTOMERS_FILE = "customers.parquet"
RESULTS_FILE = "results.json"
MODEL_FOLDER = "model"
OLD, NEW, COMPARISON = "old", "new", "comparison.json"


class UnreadableEditionError(Exception):
    """The results of an edition are not of a kind that can be compared."""


class _Settings(BaseModel):
    money: Money


class _Data(BaseModel):
    findings: list[dict[str, Any]]


class _Corrected(BaseModel):
    roc_auc: Estimate


class _Model(BaseModel):
    usable: bool
    chosen: str | None
    corrected: _Corrected | None = None


class _Drivers(BaseModel):
    drivers: list[dict[str, Any]]


class _Segments(BaseModel):
    offers: list[dict[str, Any]]


class _Readable(BaseModel):
    """What a comparison reads of an edition's results; whatever else is there does not matter."""

    schema_version: int
    period: str
    kind: Literal["real", "sample"]
    seed: int
    settings: _Settings
    data: _Data
    model: _Model
    drivers: _Drivers
    segments: _Segments


def check_readable(results: Mapping[str, Any]) -> None:
    """Refuse results of a newer schema, or without something that a comparison needs.

    Raises
    ------
    UnreadableEditionError
    """
    try:
        readable = _Readable.model_validate(results)
    except ValidationError as error:
        raise UnreadableEditionError from error
    if readable.schema_version > SCHEMA_VERSION:
        raise UnreadableEditionError


def has_customers(edition: Path, columns: Collection[str]) -> bool:
    """Tell whether the customers of an edition can be read and have these columns."""
    try:
        names = pq.read_schema(edition / CUSTOMERS_FILE).names
    except (OSError, pa.ArrowException):
        return False
    return set(columns) <= set(names)


class Circumstances(BaseModel):
    """What of two editions is not in the files that are laid on the desk.

    ``versions`` are those of ``old`` and ``new``; ``trend`` the key figures of earlier editions.
    """

    versions: dict[str, dict[str, str]]
    trend: list[KeyFigures] = Field(default_factory=list)


def materials_of(edition: Path, name: str) -> dict[str, Path | str]:
    """Say which files of an edition are laid on the desk, by their place there."""
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


def gather_diff(folder: Path) -> DiffResults:
    """Read from the working folder what the chapter on changes found."""
    text = (folder / "results" / "changes.json").read_text(encoding="utf-8")
    return MonthlyChanges.model_validate_json(text).compared
