"""The workspace: what the chapters of one edition share, and where their work goes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from analysis import results
from analysis.campaigns.lot import KEY_FILE, Lot, read_or_make_key, wave_of
from analysis.campaigns.mailings import CAME, LISTED, TRIED, History, Mailing, written_to
from analysis.campaigns.sent import SENT_FILE, read_sent
from analysis.changes.edition import ResultsSeen
from analysis.changes.history import describe_months, read_months
from analysis.chapters.edition_files import CUSTOMERS_FILE, MODEL_FOLDER, read_customers
from analysis.chapters.gathering import RESULTS, read_part
from analysis.chapters.materials import (
    ARCHIVED_MODEL,
    EARLIER_MONTH,
    HISTORY,
    JUDGED_FILE,
    MAILINGS,
    PAST_FORECAST,
    RECORD,
    WORDS,
)
from analysis.chapters.offer_names import offer_labels
from analysis.chapters.words import Words
from analysis.cleaning.clean import clean
from analysis.model.ablation import drawn_ids
from analysis.model.backtest import track_record
from analysis.model.candidates import Configuration
from analysis.model.forecast import Forecasted
from analysis.model.kept_forests import KeptForests
from analysis.model.learnt_ahead import EarlierMonth
from analysis.model.out_of_time import PastForecast
from analysis.model.persistence import (
    FORECAST_FOLDER,
    KeptModel,
    configuration_from,
    keep_model,
    plain_configuration,
    read_model,
)
from analysis.model.probabilities import by_deciding
from analysis.model.train import Modelled
from analysis.results.record import Judged, TrackRecords
from analysis.segments.offer_book import OFFERS_FILE, OfferBook, default_book, read_book
from analysis.segments.terms import describe_book
from analysis.settings import Settings
from analysis.snapshot import Snapshot, read_snapshot
from analysis.snapshot.snapshot import ABOUT_FILE
from analysis.workers.cluster import of_environment
from analysis.workers.here import Workers

FORESTS_FILE = "forests.npy"
"""The forests of the chosen model's folds; gone with the workspace."""

_JUDGED = TypeAdapter(list[Judged])


@dataclass(frozen=True)
class Workspace:
    """The folder that the chapters of one edition share, and the month that it is about.

    Parameters
    ----------
    folder : Path
    source : Path
        Of the month's snapshot: the four files as they were exported, or what `Snapshot.save`
        wrote.
    period : str
        ``YYYY-MM``.
    seed : int
    settings : Settings
    """

    folder: Path
    source: Path
    period: str
    seed: int
    settings: Settings

    @classmethod
    def open(
        cls,
        workspace: str | Path,
        snapshot: str | Path,
        period: str,
        seed: int,
        settings: Mapping[str, Any] | str | Path = "",
    ) -> Workspace:
        """Open a workspace with the parameters of a chapter; the folder is made if need be.

        Parameters
        ----------
        settings : mapping, str or Path
            Settings in plain form, or a TOML file with them; empty for the defaults.
        """
        folder = Path(workspace)
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(settings, Mapping) or not settings:
            chosen = Settings.model_validate(settings or {})
        else:
            chosen = Settings.from_toml(Path(settings))
        return cls(folder, Path(snapshot), period, seed, chosen)

    def snapshot(self, among: Collection[str] | None = None) -> Snapshot:
        """Read the month's snapshot: of all customers, or of those with these ids where it can."""
        saved = (self.source / ABOUT_FILE).is_file()
        return Snapshot.load(self.source, among) if saved else read_snapshot(self.source)

    def words(self) -> Words:
        """Read the words laid here, else the Russian ones of the checkout, and names of offers."""
        words = Words.of(self.folder / WORDS)
        book = describe_book(self.offers(), self.settings.money)
        plain = {"segments": {"book": [each.model_dump() for each in book]}}
        names = offer_labels(plain, words.language)
        rules = {**words.labels["rule"], **names["rule"]}
        return words.with_labels({**names, "rule": rules})

    def offers(self) -> OfferBook:
        """Read the shop's offers.

        Those laid here by the command; a chapter that is run by hand takes the data folder's, else
        those that come with the program.
        """
        for folder in (self.folder, self.source.parent):
            if (folder / OFFERS_FILE).is_file():
                return read_book(folder / OFFERS_FILE)
        return default_book()

    @property
    def workers(self) -> Workers:
        """Who works off what falls into blocks: a cluster, if the command was given one."""
        return of_environment()

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a table that an earlier chapter left, or some of its columns."""
        return pd.read_parquet(self.folder / f"{name}.parquet", columns=columns)

    def trained(self) -> pd.DataFrame:
        """Read the customers who are learnt from; nobody else is held in memory."""
        file = self.folder / "customers.parquet"
        return pd.read_parquet(file, filters=[("state", "==", "trained")])

    def some_ids(self) -> list[str] | None:
        """Draw the customers by whom decisions about the data are judged; None for all."""
        columns = ["id", "copy_group"]
        customers = pd.read_parquet(self.folder / "customers.parquet", columns=columns)
        return drawn_ids(customers, self.seed)

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
        """Read the results of an earlier chapter, typed."""
        kinds: dict[str, type[results.Part]] = {
            "data": results.DataResults,
            "exploration": results.ExplorationResults,
            "model": results.ModelResults,
            "drivers": results.DriversResults,
            "segments": results.SegmentsResults,
        }
        return read_part(self.folder, chapter, kinds[chapter])

    def report(self, chapter: str, part: results.Part) -> None:
        """Write this chapter's results."""
        folder = self.folder / RESULTS
        folder.mkdir(exist_ok=True)
        (folder / f"{chapter}.json").write_text(part.model_dump_json(indent=1), encoding="utf-8")

    def results_so_far(self) -> ResultsSeen:
        """Give what a comparison reads of the edition that is being made here."""
        return ResultsSeen.of(
            {
                "schema_version": results.SCHEMA_VERSION,
                "period": self.period,
                "kind": self.snapshot().kind,
                "seed": self.seed,
                "settings": self.settings.model_dump(),
                **{
                    chapter: self.results_of(chapter)
                    for chapter in ("data", "model", "drivers", "segments")
                },
            }
        )

    def configuration(self) -> Configuration | None:
        """Read the chosen model."""
        chosen = json.loads((self.folder / "configuration.json").read_text(encoding="utf-8"))
        return None if chosen is None else configuration_from(chosen)

    def keep_configuration(self, configuration: Configuration | None) -> None:
        """Leave the chosen model for later chapters."""
        plain = None if configuration is None else plain_configuration(configuration)
        (self.folder / "configuration.json").write_text(json.dumps(plain), encoding="utf-8")

    def forests(self) -> KeptForests:
        """Read the forests that the chosen model's folds have grown already."""
        return KeptForests.read(self.folder / FORESTS_FILE)

    def lot(self) -> Lot:
        """Give the lot that leaves customers without an offer.

        The key was laid here by the command; a chapter that is run by hand takes the data
        folder's. Where nothing is drawn, no key is needed.
        """
        if not self.settings.offers.drawn:
            return Lot(b"")
        laid = (self.folder / KEY_FILE).is_file()
        key = read_or_make_key(self.folder if laid else self.source.parent)
        return Lot(key, wave_of(self.period, self.settings.offers.hold_out_months))

    def mailings(self) -> History:
        """Read the mailings of earlier months that were laid here, and the levels that came.

        An edition that was made before arms were kept lends its levels alone.
        """
        came = {self.period: self.table("customers", [*CAME])}
        mailings = []
        for folder in sorted((self.folder / MAILINGS).glob("*")):
            customers = read_customers(folder)
            came[folder.name] = customers[[*CAME]]
            if "arm" in customers:
                sent = folder / SENT_FILE
                listed = by_deciding(customers[customers["arm"].notna()])
                mailings.append(
                    Mailing(
                        folder.name,
                        listed[[*LISTED, *({TRIED} & set(listed))]].reset_index(drop=True),
                        customers["id"].to_numpy(),
                        read_sent(sent) if sent.is_file() else None,
                    )
                )
        return History(mailings, came)

    def archived_model(self) -> KeptModel | None:
        """Read the earlier month's model that was laid here, if one was."""
        folder = self.folder / ARCHIVED_MODEL
        return read_model(folder) if folder.is_dir() else None

    def earlier_month(self) -> EarlierMonth | None:
        """Read the month that a forecast is learnt from, if one was laid here.

        A snapshot is cleaned as its own month's chapter would clean it with these settings; the
        customers of an edition were cleaned when it was made.
        """
        laid = sorted((self.folder / EARLIER_MONTH).glob("*"))
        return self._month(laid[0]) if laid else None

    def past_forecast(self) -> PastForecast | None:
        """Read what an earlier forecast learns from that is tried on this month, if it is here."""
        laid = sorted((self.folder / PAST_FORECAST).glob("*"))
        return PastForecast(*map(self._month, laid)) if laid else None

    def _month(self, folder: Path) -> EarlierMonth:
        if (folder / CUSTOMERS_FILE).is_file():
            return EarlierMonth(folder.name, "edition", read_customers(folder))
        cleaned = clean(
            read_snapshot(folder), self.settings.cleaning, sample=self.settings.model.sample
        )
        return EarlierMonth(folder.name, "snapshot", cleaned.customers)

    def history(self, customers: pd.DataFrame, kind: str) -> results.History:
        """Describe the earlier months whose snapshots were laid here, and this one after them.

        Parameters
        ----------
        customers
            Of this month, cleaned.
        kind
            ``real`` or ``sample``: of this month.
        """
        folders = {folder.name: folder for folder in sorted((self.folder / HISTORY).glob("*"))}
        seen, unread = read_months(folders, kind, self.settings.cleaning)
        months = describe_months({**seen, self.period: customers})
        return results.History(months=months, unread=unread)

    def keep_models(self, modelled: Modelled, forecasted: Forecasted) -> None:
        """Keep the models of the month with the edition, and leave what later chapters need."""
        self.keep_configuration(modelled.configuration)
        if modelled.forests:
            modelled.forests.write(self.folder / FORESTS_FILE)
        folder = self.edition / MODEL_FOLDER
        if modelled.model is not None:
            keep_model(folder, modelled.model, self.period, modelled.results)
        ahead = forecasted.modelled
        if forecasted.results and ahead and ahead.model:
            learnt_from = forecasted.results.learnt_from
            keep_model(folder / FORECAST_FOLDER, ahead.model, learnt_from, ahead.results)

    def judge_earlier(self) -> TrackRecords:
        """Hold the earlier editions laid here against the levels that came, the newest first."""
        folder = self.folder / RECORD
        if not folder.is_dir():
            return TrackRecords(rows=[])
        here = {self.period: self.table("customers")}

        def customers(month: str) -> pd.DataFrame:
            return here[month] if month in here else read_customers(folder / month)

        mailings = self.mailings()
        judged = _JUDGED.validate_json((folder / JUDGED_FILE).read_text(encoding="utf-8"))
        return TrackRecords(
            rows=[
                track_record(
                    each,
                    customers(each.period),
                    customers(each.outcome),
                    self.settings,
                    self.seed,
                    written_to(mailings, each.period, each.outcome),
                )
                for each in judged
            ]
        )
