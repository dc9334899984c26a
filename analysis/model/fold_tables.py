"""The prepared features of one fold, each column prepared once for all configurations.

Filling, scaling and encoding a column do not depend on the columns beside it. So every preparation
of `analysis.model.candidates` can be put together from a few prepared parts, to the bit. Labels are
numbered once for all folds: looking for them in texts, fold by fold, took most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Flags, Floats, Rows
from analysis.cleaning.features import CATEGORICAL, STARTING_LEVEL
from analysis.model.candidates import Configuration, level_filler, median_filler, scaling

UNKNOWN = -1.0
"""Number of a label that nobody has of whom is learnt."""


@dataclass(frozen=True)
class NumberedFeatures:
    """Features of customers as numbers alone.

    Attributes
    ----------
    names : tuple of str
    numbers : ndarray of shape (n, names)
        NaN where a number is missing.
    labels : ndarray of shape (n, categories)
        Numbers of the labels of ``CATEGORICAL``, in the order of their texts.
    """

    names: tuple[str, ...]
    numbers: Floats
    labels: NDArray[np.intp]

    @classmethod
    def of(cls, features: pd.DataFrame) -> NumberedFeatures:
        """Take features as `analysis.cleaning.features.feature_table` gives them."""
        names = tuple(str(name) for name in features if name not in CATEGORICAL)
        labels = [pd.factorize(features[name], sort=True)[0] for name in CATEGORICAL]
        return cls(names, features[list(names)].to_numpy(dtype=float), np.column_stack(labels))

    def take(self, rows: Rows | Flags) -> NumberedFeatures:
        """Take some rows."""
        return NumberedFeatures(self.names, self.numbers[rows], self.labels[rows])

    def columns(self, names: Sequence[str]) -> Floats:
        """Give some of the numbers, in shape (n, names)."""
        return self.numbers[:, [self.names.index(name) for name in names]]


class FoldTables:
    """The tables that configurations learn from and score in a fold; for any thread.

    Parameters
    ----------
    known : NumberedFeatures
        Of the customers to learn from.
    asked : NumberedFeatures
        Of customers to score; there may be several such tables.
    """

    def __init__(self, known: NumberedFeatures, *asked: NumberedFeatures) -> None:
        self._tables = (known, *asked)
        self._numbers = [name for name in known.names if name != STARTING_LEVEL]
        self._present = [np.unique(of_one) for of_one in known.labels.T]
        self._parts: dict[tuple[str, str], list[Floats]] = {}
        self._lock = RLock()

    def of(self, configuration: Configuration) -> list[Floats]:
        """Give what ``configuration.preparation()`` makes of the known and of the asked."""
        return self.prepared(
            configuration.numeric,
            configuration.encoder,
            configuration.scaler,
            configuration.starting_level,
        )

    def prepared(
        self, numeric: Sequence[str], encoder: str, scaler: str, starting_level: bool = False
    ) -> list[Floats]:
        """Give what `analysis.model.candidates.preparation` makes of the known and of the asked."""
        at = [self._numbers.index(name) for name in numeric]
        parts = [[numbers[:, at] for numbers in self._part("numbers", scaler)]]
        if starting_level:
            parts.append(self._part("level", scaler))
        one_hot = encoder == "one_hot"
        parts.append(self._part("one_hot", "") if one_hot else self._part("ordinal", scaler))
        return [np.hstack(table) for table in zip(*parts, strict=True)]

    def sources(self, configuration: Configuration) -> list[str]:
        """Name, for each prepared column, the feature that it comes from."""
        if configuration.encoder != "one_hot":
            return list(configuration.columns)
        encoded = [
            name for name, present in zip(CATEGORICAL, self._present, strict=True) for _ in present
        ]
        return [*configuration.columns[: -len(CATEGORICAL)], *encoded]

    def _part(self, name: str, scaler: str) -> list[Floats]:
        key = name, scaler
        with self._lock:
            if key not in self._parts:
                self._parts[key] = self._made(name, scaler)
            return self._parts[key]

    def _made(self, name: str, scaler: str) -> list[Floats]:
        if scaler:
            return _fitted(scaling(scaler), self._part(name, ""))
        if name == "numbers":
            return _fitted(median_filler(), [each.columns(self._numbers) for each in self._tables])
        if name == "level":
            return _fitted(
                level_filler(), [each.columns([STARTING_LEVEL]) for each in self._tables]
            )
        encode = _one_hot if name == "one_hot" else _ordinal
        return [
            np.hstack(
                [
                    encode(of_one, present)
                    for of_one, present in zip(each.labels.T, self._present, strict=True)
                ]
            )
            for each in self._tables
        ]


def _fitted(prepare: Any, tables: Sequence[Floats]) -> list[Floats]:
    known, *asked = tables
    return [prepare.fit_transform(known), *(prepare.transform(each) for each in asked)]


def _one_hot(labels: NDArray[np.intp], present: NDArray[np.intp]) -> Floats:
    return np.asarray(labels[:, None] == present, dtype=float)


def _ordinal(labels: NDArray[np.intp], present: NDArray[np.intp]) -> Floats:
    place = np.minimum(np.searchsorted(present, labels), len(present) - 1)
    return np.asarray(np.where(present[place] == labels, place, UNKNOWN)[:, None])
