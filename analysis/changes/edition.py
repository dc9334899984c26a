"""An edition as a comparison meets it, of whatever age it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from analysis.arrays import Floats
from analysis.results import SCHEMA_VERSION
from analysis.results.base import Estimate, Rank
from analysis.results.changes import Scalar
from analysis.settings import Money, Privacy, Segments


class Scorer(Protocol):
    """A model that ranks customers by their features and gives probabilities of decline."""

    def score(self, features: pd.DataFrame) -> Floats:
        """Rank the rows of ``features``: the higher, the likelier a decline."""
        ...

    def probability(self, features: pd.DataFrame) -> Floats:
        """Give the probability of decline of each row of ``features``."""
        ...


class UnreadableEditionError(Exception):
    """The results of an edition are not of a kind that can be compared."""


class _Seen(BaseModel):
    """Part of the results that a comparison reads; whatever else is there does not matter."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class FindingSeen(_Seen):
    """A finding on the data, known by its code and place."""

    code: str
    file: str | None = None
    column: str | None = None
    count: int


class DataSeen(_Seen):
    """What was found in the data."""

    findings: list[FindingSeen]


class CorrectedSeen(_Seen):
    """What the choice of the model is worth, corrected for having chosen."""

    roc_auc: Estimate


class ForecastSeen(_Seen):
    """Whether a forecast decided."""

    used: bool = False


class ModelSeen(_Seen):
    """The model, whether it can be used, and what it is worth."""

    usable: bool
    chosen: str | None
    corrected: CorrectedSeen | None = None
    forecast: ForecastSeen | None = None


class DriverSeen(_Seen):
    """A feature and its place among the drivers."""

    name: str
    rank: Rank | None = None


class DriversSeen(_Seen):
    """The drivers of the score."""

    drivers: list[DriverSeen]


class WrittenSeen(_Seen):
    """How many customers get an offer."""

    customers: int


class OfferSeen(_Seen):
    """An offer; early editions counted its customers without a control group."""

    code: str
    written: WrittenSeen | None = None
    customers: int | None = None

    @property
    def reached(self) -> int | None:
        """Customers who get it; None where they are too few to be told of."""
        return self.written.customers if self.written else self.customers


class BookedSeen(_Seen):
    """An offer that the shop had, and its names by language."""

    code: str
    names: dict[str, str]


class SegmentsSeen(_Seen):
    """The offers of the month; early editions do not say what they are called."""

    book: list[BookedSeen] = []
    offers: list[OfferSeen]

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """Names of offers by code, then by language."""
        return {each.code: each.names for each in self.book}


class SettingsSeen(_Seen):
    """The settings behind money, segments and privacy; an early edition may lack the latter two."""

    money: Money
    segments: Segments = Segments()
    privacy: Privacy = Privacy()


class ResultsSeen(_Seen):
    """What a comparison reads of an edition's results.

    ``everything_set`` holds all settings as they stand in the results.
    """

    schema_version: int
    period: str
    kind: Literal["real", "sample"]
    seed: int
    settings: SettingsSeen
    everything_set: dict[str, dict[str, Scalar | list[str]]]
    data: DataSeen
    model: ModelSeen
    drivers: DriversSeen
    segments: SegmentsSeen

    @classmethod
    def of(cls, results: Mapping[str, Any]) -> ResultsSeen:
        """Read results: those of ``results.json``, or the typed parts of an edition being made.

        Raises
        ------
        UnreadableEditionError
            They are of a newer schema, or lack something that a comparison needs.
        """
        try:
            seen = cls.model_validate({**results, "everything_set": results.get("settings")})
        except ValidationError as error:
            raise UnreadableEditionError from error
        if seen.schema_version > SCHEMA_VERSION:
            raise UnreadableEditionError
        return seen

    @property
    def uses_forecast(self) -> bool:
        """Whether the decisions of the edition rest on a forecast."""
        return self.model.forecast is not None and self.model.forecast.used


@dataclass(frozen=True, eq=False)
class Edition:
    """What a comparison needs of one edition.

    Attributes
    ----------
    results : ResultsSeen
    customers : DataFrame
        ``customers.parquet``, with what decides (see ``analysis.model.probabilities``).
    versions : mapping of str to str
        Of the program and whatever else shapes an edition, by name.
    model, forecast : Scorer, optional
        The models that the edition keeps: of the month, and of the forecast.
    """

    results: ResultsSeen
    customers: pd.DataFrame
    versions: Mapping[str, str] = field(default_factory=dict)
    model: Scorer | None = None
    forecast: Scorer | None = None
