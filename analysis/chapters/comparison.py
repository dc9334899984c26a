"""Two editions in one workspace: what the chapter on changes starts from and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.changes.compare import comparable_customers, compare_editions
from analysis.changes.edition import Edition, ResultsSeen
from analysis.changes.history import mean_of
from analysis.changes.key_figures import key_figures
from analysis.changes.result_changes import risk_of
from analysis.chapters.customer_files import write_table
from analysis.chapters.edition_files import (
    LISTS_FOLDER,
    MODEL_FOLDER,
    RESULTS_FILE,
    read_customers,
)
from analysis.chapters.materials import COMPARISON, NEW, OLD, Circumstances
from analysis.chapters.words import Words
from analysis.chapters.workspace import Workspace
from analysis.model.calibration import Calibrated
from analysis.model.persistence import FORECAST_FOLDER, MODEL_FILE, read_model
from analysis.results.changes import MonthlyChanges
from analysis.snapshot.ids import among, natural


def compare_months(workspace: Workspace, words: Words) -> MonthlyChanges:
    """Compare the two editions of a workspace; two archived ones leave lists of customers too.

    Parameters
    ----------
    workspace : Workspace
        Its month is that of the later edition.
    words : Words
        For the heads of the lists.
    """
    given = Circumstances.model_validate_json(
        (workspace.folder / COMPARISON).read_text(encoding="utf-8")
    )
    old, new = (_edition(workspace, name, given.versions[name]) for name in (OLD, NEW))
    settings = workspace.settings
    compared = compare_editions(old, new, settings.changes, workspace.seed, settings.privacy)
    if (workspace.folder / NEW).is_dir():
        write_lists(workspace.edition / LISTS_FOLDER, *comparable_customers(old, new), words)
        return MonthlyChanges(compared=compared, trend=given.trend)
    data, model, segments = map(workspace.results_of, ("data", "model", "segments"))
    revenue = mean_of(new.customers["revenue_current"])
    figures = key_figures(workspace.period, data, model, segments, revenue)
    return MonthlyChanges(compared=compared, trend=[*given.trend, figures])


def _edition(workspace: Workspace, name: str, versions: Mapping[str, str]) -> Edition:
    """Give the edition laid here under this name, else the one that is being made here."""
    laid = workspace.folder / name
    folder = laid if laid.is_dir() else workspace.edition
    return Edition(
        archived_results(laid) if laid.is_dir() else workspace.results_so_far(),
        read_customers(folder),
        versions,
        kept_model(folder / MODEL_FOLDER),
        kept_model(folder / MODEL_FOLDER / FORECAST_FOLDER),
    )


def archived_results(folder: Path) -> ResultsSeen:
    """Read what a comparison needs of an edition's results."""
    return ResultsSeen.of(json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8")))


def kept_model(folder: Path) -> Calibrated | None:
    """Read the model that a folder keeps, if it keeps one."""
    return read_model(folder).model if (folder / MODEL_FILE).is_file() else None


def write_lists(folder: Path, old: pd.DataFrame, new: pd.DataFrame, words: Words) -> None:
    """Write who arrived, who left, and whose level of risk moved; they stay inside the shop."""
    folder.mkdir()
    for name, some, others in (("arrivals", new, old), ("leavers", old, new)):
        alone = some.loc[~among(some["id"], others["id"]), ["id"]].sort_values("id", key=natural)
        write_table(folder / f"{name}.csv", alone, words)
    risks = [
        pd.Series(risk_of(table).to_numpy(), index=table["id"].to_numpy()) for table in (old, new)
    ]
    sides = [words.list_text("risk_moves", side) for side in ("before", "after")]
    both = pd.concat(risks, axis=1, keys=sides, join="inner").dropna()
    moved = both[both[sides[0]] != both[sides[1]]].rename_axis("id").reset_index()
    moved = moved.sort_values("id", key=natural, ignore_index=True)
    write_table(folder / "risk_moves.csv", moved, words)
