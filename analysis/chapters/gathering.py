"""Puts together what the chapters left: the results of an edition, or of a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from analysis.changes.key_figures import key_figures
from analysis.chapters.materials import LEFT_OUT, RECORD
from analysis.results import (
    DataResults,
    DriversResults,
    ExplorationResults,
    History,
    LeftOutEdition,
    ModelResults,
    Part,
    Results,
    SegmentsResults,
)
from analysis.results.changes import DiffResults, MonthlyChanges
from analysis.results.record import TrackRecords
from analysis.settings import Settings
from analysis.verdicts.front_page import judge

RESULTS = "results"
"""Folder of the workspace with the results of each chapter."""

P = TypeVar("P", bound=Part)
_LEFT_OUT = TypeAdapter(list[LeftOutEdition])


def read_part(workspace: Path, name: str, kind: type[P]) -> P:
    """Read the results that a chapter left, typed."""
    path = workspace / RESULTS / f"{name}.json"
    return kind.model_validate_json(path.read_text(encoding="utf-8"))


def gather(
    workspace: Path, period: str, kind: Literal["real", "sample"], seed: int, settings: Settings
) -> Results:
    """Put the results of all chapters together.

    Parameters
    ----------
    workspace : Path
        After all chapters have run.
    """
    data = read_part(workspace, "data", DataResults)
    exploration = read_part(workspace, "exploration", ExplorationResults)
    history = read_part(workspace, "history", History)
    model = read_part(workspace, "model", ModelResults)
    segments = read_part(workspace, "segments", SegmentsResults)
    compared = (workspace / RESULTS / "changes.json").exists()
    found = read_part(workspace, "changes", MonthlyChanges) if compared else None
    revenue = history.months[-1].revenue if history.months else None
    record = read_part(workspace, RECORD, TrackRecords).rows
    return Results(
        period=period,
        kind=kind,
        seed=seed,
        settings=settings.model_dump(),
        data=data,
        exploration=exploration,
        model=model,
        drivers=read_part(workspace, "drivers", DriversResults),
        segments=segments,
        key_figures=key_figures(period, data, model, segments, revenue),
        changes=found.compared if found else None,
        trend=found.trend if found else [],
        history=history,
        verdicts=judge(period, settings, data, exploration, model, segments, history, record),
        track_record=record,
        left_out=_left_out(workspace / LEFT_OUT),
    )


def _left_out(file: Path) -> list[LeftOutEdition]:
    if not file.is_file():
        return []
    return _LEFT_OUT.validate_json(file.read_text(encoding="utf-8"))


def gather_diff(workspace: Path) -> DiffResults:
    """Read what the chapter on changes found."""
    return read_part(workspace, "changes", MonthlyChanges).compared
