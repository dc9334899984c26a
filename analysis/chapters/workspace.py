"""A chapter's desk: what it was given, what earlier chapters left, and where its own work goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from analysis import results
from analysis.changes.key_figures import key_figures
from analysis.chapters.edition_files import CUSTOMERS_FILE
from analysis.cleaning.clean import clean
from analysis.model.backtest import Judged, track_record
from analysis.model.candidates import Configuration
from analysis.model.forecast import EarlierMonth, Foretold
from analysis.model.persistence import (
    FORECAST_FOLDER,
    KeptModel,
    configuration_from,
    keep_model,
    plain_configuration,
    read_model,
)
from analysis.model.train import Modelled
from analysis.results.changes import MonthlyChanges
from analysis.results.record import TrackRecords
from analysis.settings import Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot

PARTS: dict[str, type[results.Part]] = {
    "data": results.DataResults,
    "exploration": results.ExplorationResults,
    "model": results.ModelResults,
    "drivers": results.DriversResults,
    "segments": results.SegmentsResults,
}

ARCHIVED_MODEL = "archived_model"
"""Folder of the working folder with the model of an earlier edition."""

EARLIER_MONTH = "earlier_month"
"""Folder with a folder named after the month that a forecast is learnt from; in it the files of its
snapshot, or the customers of its edition."""

RECORD = "record"
"""Folder with the customers of earlier editions in a folder per month, and whom to judge."""

JUDGED_FILE = "judged.json"

_JUDGED = TypeAdapter(list[Judged])


@dataclass(frozen=True)
class Desk:
    """The working folder that the chapters of one edition share.

    Parameters
    ----------
    settings : Settings
    folder : Path
        By default where the chapter runs.
    """

    settings: Settings
    folder: Path = Path()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Desk:
        """Open the desk with the settings as a chapter gets them, plain."""
        return cls(Settings.model_validate(settings))

    def snapshot(self) -> Snapshot:
        """Read the snapshot as it was checked before the first chapter."""
        return Snapshot.load(self.folder / "snapshot")

    def table(self, name: str) -> pd.DataFrame:
        """Read a table that an earlier chapter left."""
        return pd.read_parquet(self.folder / f"{name}.parquet")

    def keep(self, name: str, table: pd.DataFrame) -> None:
        """Leave a table for later chapters."""
        table.to_parquet(self.folder / f"{name}.parquet", index=False)

    @property
    def edition(self) -> Path:
        """Where a chapter puts files that stay with the edition."""
        folder = self.folder / "edition"
        folder.mkdir(exist_ok=True)
        return folder

    def results_of(self, chapter: str) -> Any:
        """Read the results of an earlier chapter, typed as in ``PARTS``."""
        path = self.folder / "results" / f"{chapter}.json"
        return PARTS[chapter].model_validate_json(path.read_text(encoding="utf-8"))

    def monthly_changes(self) -> MonthlyChanges | None:
        """Read what the chapter on changes found, where it was run."""
        path = self.folder / "results" / "changes.json"
        if not path.exists():
            return None
        return MonthlyChanges.model_validate_json(path.read_text(encoding="utf-8"))

    def report(self, chapter: str, part: results.Part) -> None:
        """Write this chapter's results."""
        folder = self.folder / "results"
        folder.mkdir(exist_ok=True)
        (folder / f"{chapter}.json").write_text(part.model_dump_json(indent=1), encoding="utf-8")

    def configuration(self) -> Configuration | None:
        """Read the chosen model."""
        chosen = json.loads((self.folder / "configuration.json").read_text(encoding="utf-8"))
        return None if chosen is None else configuration_from(chosen)

    def keep_configuration(self, configuration: Configuration | None) -> None:
        """Leave the chosen model for later chapters."""
        plain = None if configuration is None else plain_configuration(configuration)
        (self.folder / "configuration.json").write_text(json.dumps(plain), encoding="utf-8")

    def archived_model(self) -> KeptModel | None:
        """Read the earlier month's model that was laid on the desk, if one was."""
        folder = self.folder / ARCHIVED_MODEL
        return read_model(folder) if folder.is_dir() else None

    def earlier_month(self) -> EarlierMonth | None:
        """Read the month that a forecast is learnt from, if one was laid on the desk.

        A snapshot is cleaned as its own month's chapter would clean it with these settings; the
        customers of an edition were cleaned when it was made.
        """
        for folder in sorted((self.folder / EARLIER_MONTH).glob("*")):
            if (folder / CUSTOMERS_FILE).is_file():
                customers = pd.read_parquet(folder / CUSTOMERS_FILE)
                return EarlierMonth(folder.name, "edition", customers)
            cleaned = clean(read_snapshot(folder), self.settings.cleaning)
            customers = cleaned.customers.merge(cleaned.states, on="id")
            return EarlierMonth(folder.name, "snapshot", customers)
        return None

    def keep_forecast(self, foretold: Foretold) -> None:
        """Leave the forecast for later chapters, and keep its model with the edition."""
        self.keep("forecast", foretold.probabilities)
        if foretold.results and foretold.modelled and foretold.modelled.model:
            keep_model(
                self.edition / "model" / FORECAST_FOLDER,
                foretold.modelled.model,
                foretold.results.learnt_from,
                foretold.modelled.results,
            )

    def judge_earlier(self, period: str, seed: int) -> TrackRecords:
        """Hold the earlier editions on the desk against the levels that came, the newest first."""
        folder = self.folder / RECORD
        if not folder.is_dir():
            return TrackRecords(rows=[])
        here = {period: self.table("customers")}

        def customers(month: str) -> pd.DataFrame:
            return (
                here[month] if month in here else pd.read_parquet(folder / month / CUSTOMERS_FILE)
            )

        judged = _JUDGED.validate_json((folder / JUDGED_FILE).read_text(encoding="utf-8"))
        return TrackRecords(
            rows=[
                track_record(
                    each, customers(each.period), customers(each.outcome), self.settings, seed
                )
                for each in judged
            ]
        )

    def track_records(self) -> list[results.TrackRecord]:
        """Read what ``judge_earlier`` found, as the chapter on the model left it."""
        path = self.folder / "results" / f"{RECORD}.json"
        return TrackRecords.model_validate_json(path.read_text(encoding="utf-8")).rows

    def keep_model(self, modelled: Modelled, period: str) -> None:
        """Keep this month's model with the edition, if there is one."""
        if modelled.model is not None:
            keep_model(self.edition / "model", modelled.model, period, modelled.results)


def gather(folder: Path, period: str, kind: str, seed: int, settings: Settings) -> results.Results:
    """Put the chapters' results together.

    Parameters
    ----------
    folder : Path
        The working folder after all chapters have run.
    """
    desk = Desk(settings, folder)
    parts = {chapter: desk.results_of(chapter) for chapter in PARTS}
    plain = {chapter: part.model_dump() for chapter, part in parts.items()}
    found = desk.monthly_changes()
    return results.Results(
        period=period,
        kind=kind,  # type: ignore[arg-type]
        seed=seed,
        settings=settings.model_dump(),
        key_figures=key_figures(period, plain, desk.table("customers")),
        changes=found.compared if found else None,
        trend=found.trend if found else [],
        track_record=desk.track_records(),
        **parts,
    )
