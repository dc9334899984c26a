"""Two editions on one desk: what the chapter on changes starts from and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.changes.compare import Edition, comparable_customers, compare_editions
from analysis.changes.key_figures import key_figures
from analysis.chapters.customer_files import write_table
from analysis.chapters.edition_files import (
    COMPARISON,
    CUSTOMERS_FILE,
    MODEL_FOLDER,
    NEW,
    OLD,
    RESULTS_FILE,
    Circumstances,
)
from analysis.chapters.workspace import PARTS, Desk
from analysis.model.calibration import Calibrated
from analysis.model.persistence import FORECAST_FOLDER, MODEL_FILE, read_model
from analysis.results import SCHEMA_VERSION
from analysis.results.changes import MonthlyChanges

LISTS = "lists"


def compare_months(desk: Desk, period: str, seed: int) -> MonthlyChanges:
    """Compare the two editions on the desk.

    Parameters
    ----------
    desk : Desk
    period : str
        Month of the later edition.
    seed : int
    """
    given = Circumstances.model_validate_json(
        (desk.folder / COMPARISON).read_text(encoding="utf-8")
    )
    old, new = (_edition(desk, name, period, seed, given.versions[name]) for name in (OLD, NEW))
    compared = compare_editions(old, new, desk.settings.changes, seed)
    if (desk.folder / NEW).is_dir():
        write_lists(desk.edition / LISTS, *comparable_customers(old, new))
        return MonthlyChanges(compared=compared, trend=given.trend)
    figures = key_figures(period, new.results, new.customers)
    return MonthlyChanges(compared=compared, trend=[*given.trend, figures])


def _edition(desk: Desk, name: str, period: str, seed: int, versions: Mapping[str, str]) -> Edition:
    folder = desk.folder / name
    if folder.is_dir():
        model = folder / MODEL_FOLDER
        return Edition(
            json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8")),
            pd.read_parquet(folder / CUSTOMERS_FILE),
            versions,
            kept_model(model),
            kept_model(model / FORECAST_FOLDER),
        )
    made = results_so_far(desk, period, seed)
    kept = desk.edition / MODEL_FOLDER
    return Edition(
        made,
        pd.read_parquet(desk.edition / CUSTOMERS_FILE),
        versions,
        kept_model(kept),
        kept_model(kept / FORECAST_FOLDER),
    )


def kept_model(folder: Path) -> Calibrated | None:
    """Read the model that a folder keeps, if it keeps one."""
    return read_model(folder).model if (folder / MODEL_FILE).is_file() else None


def results_so_far(desk: Desk, period: str, seed: int) -> dict[str, object]:
    """Give the results so far of the edition that the desk is of, in plain form."""
    parts = {name: desk.results_of(name).model_dump(mode="json") for name in PARTS}
    return {
        "schema_version": SCHEMA_VERSION,
        "period": period,
        "kind": desk.snapshot().kind,
        "seed": seed,
        "settings": desk.settings.model_dump(mode="json"),
        **parts,
    }


def write_lists(folder: Path, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Write who arrived, who left, and whose level of risk moved; they stay inside the shop."""
    folder.mkdir()
    for name, some, others in (("arrivals", new, old), ("leavers", old, new)):
        alone = some.loc[~some["id"].isin(others["id"]), ["id"]].sort_values("id")
        write_table(folder / f"{name}.csv", alone)
    risks = [table.set_index("id")["segment"].str.partition("_")[0] for table in (old, new)]
    both = pd.concat(risks, axis=1, keys=["было", "стало"], join="inner").dropna().sort_index()
    moved = both[both["было"] != both["стало"]].rename_axis("id").reset_index()
    write_table(folder / "risk_moves.csv", moved)
