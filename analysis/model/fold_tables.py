"""The prepared features of one fold, each column prepared once for all configurations.

Filling and scaling a column does not depend on the columns beside it. So every preparation of
`analysis.model.candidates` can be put together from a few prepared parts, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cleaning.features import CATEGORICAL, STARTING_LEVEL
from analysis.model.candidates import Configuration, categories_part, level_part, numbers_part

Pair = tuple[Floats, Floats]
"""Of the customers to learn from and of those to score."""


class FoldTables:
    """The tables that configurations learn from and score in a fold.

    Parameters
    ----------
    candidates : sequence of Configuration
        All that will be asked for.
    known, unknown : DataFrame
        Features of the customers to learn from and of those to score.
    """

    def __init__(
        self, candidates: Sequence[Configuration], known: pd.DataFrame, unknown: pd.DataFrame
    ) -> None:
        self._known, self._unknown = known, unknown
        self._numbers = list(dict.fromkeys(name for each in candidates for name in each.numeric))
        self._parts: dict[tuple[str, str, str], Pair] = {}

    def of(self, configuration: Configuration) -> Pair:
        """Give what ``configuration.preparation()`` makes of the fold's customers."""
        encoder, scaler = configuration.encoder, configuration.scaler
        numbers = self._part("numbers", "", scaler, numbers_part(scaler), self._numbers)
        asked = [self._numbers.index(name) for name in configuration.numeric]
        parts = [(numbers[0][:, asked], numbers[1][:, asked])]
        if configuration.starting_level:
            level = level_part(scaler)
            parts.append(self._part("level", "", scaler, level, [STARTING_LEVEL]))
        scaled_by = scaler if encoder == "ordinal" else ""
        categories = categories_part(encoder, scaler)
        columns = list(CATEGORICAL)
        parts.append(self._part("categories", encoder, scaled_by, categories, columns))
        return np.hstack([each[0] for each in parts]), np.hstack([each[1] for each in parts])

    def _part(self, name: str, encoder: str, scaler: str, prepare: Any, columns: list[str]) -> Pair:
        key = name, encoder, scaler
        if key not in self._parts:
            known = np.asarray(prepare.fit_transform(self._known[columns]))
            self._parts[key] = known, np.asarray(prepare.transform(self._unknown[columns]))
        return self._parts[key]
