"""What the synthetic customers are drawn from: margins, shares and correlations.

The tables in ``margins.json`` are coarse on purpose: quantiles on a rounded grid, shares of
whole values and labels, and correlation matrices with two digits, one set for each of two
*patterns* of behaviour. They hold no row of any real export. Together they make a Gaussian copula
with empirical margins (Nelsen, *An Introduction to Copulas*, 2006, sections 2.5 and 3.1): scores
are drawn jointly normal, and each is turned into a value through its own margin.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.arrays import Counts, Flags, Floats

DIGITS = {
    "contacts_6m": 1,
    "promo_share": 2,
    "revenue_before_previous": 1,
    "revenue_previous": 1,
    "revenue_current": 1,
}


@dataclass(frozen=True)
class Pattern:
    """One way of behaving, and how the features of those who behave so are spread.

    Attributes
    ----------
    quantiles
        Feature to its values at `Margins.probabilities`, for features with many values.
    shares
        Feature to the shares of its whole values, for features with few.
    labels
        Column of labels to the shares of its labels.
    correlation
        Correlations of the normal scores, features × features.
    """

    quantiles: Mapping[str, Floats]
    shares: Mapping[str, Mapping[int, float]]
    labels: Mapping[str, Mapping[str, float]]
    correlation: Floats

    def mean(self, feature: str, probabilities: Floats) -> float:
        """Give the mean of a feature, of which quantiles are known at `probabilities`."""
        if feature in self.shares:
            shares = self.shares[feature]
            return sum(value * share for value, share in shares.items()) / sum(shares.values())
        return float(np.trapezoid(self.quantiles[feature], probabilities))


@dataclass(frozen=True)
class Margins:
    """The tables of both patterns.

    Attributes
    ----------
    features
        Names of the numeric features, in the order of the scores' columns.
    probabilities
        Probabilities of the quantile tables, from 0 to 1.
    steady, declining
        The two patterns.
    profit
        Mean, deviation, least and greatest monthly profit; profit depends on nothing else.
    """

    features: tuple[str, ...]
    probabilities: Floats
    steady: Pattern
    declining: Pattern
    profit: Mapping[str, float]

    @property
    def patterns(self) -> tuple[Pattern, Pattern]:
        """Both patterns, the steady one first."""
        return self.steady, self.declining

    def positions(self, *names: str) -> Counts:
        """Columns of the scores that belong to the named features."""
        return np.array([self.features.index(name) for name in names], dtype=np.int64)

    def draw_scores(
        self,
        rng: np.random.Generator,
        declining: Flags,
        known: Floats | None = None,
        positions: Counts | None = None,
    ) -> Floats:
        """Draw jointly normal scores, customers × features, each customer by the own pattern.

        Parameters
        ----------
        rng
            Source of chance.
        declining
            Who follows the declining pattern.
        known
            Scores that are given already, customers × ``len(positions)``.
        positions
            The columns that `known` fills.
        """
        given = np.empty((len(declining), 0)) if known is None else known
        columns = self.positions() if positions is None else positions
        scores = np.empty((len(declining), len(self.features)))
        for pattern, lines in self._groups(declining):
            scores[lines] = _draw_scores(rng, pattern, given[lines], columns)
        return scores

    def values(
        self, declining: Flags, scores: Floats, drawn_from: Mapping[str, str] | None = None
    ) -> pd.DataFrame:
        """Turn scores into a table of features, rounded as the export rounds them.

        Parameters
        ----------
        declining
            Who follows the declining pattern.
        scores
            Customers × features.
        drawn_from
            Feature to the feature whose margin it takes, where that is not its own.
        """
        table = {}
        for column, feature in enumerate(self.features):
            values = np.empty(len(declining))
            margin = (drawn_from or {}).get(feature, feature)
            for pattern, lines in self._groups(declining):
                values[lines] = _feature_values(
                    self.probabilities, pattern, margin, scores[lines, column]
                )
            table[feature] = values
        return pd.DataFrame(table)

    def draw_labels(
        self, rng: np.random.Generator, declining: Flags, column: str
    ) -> NDArray[np.object_]:
        """Draw the labels of one column, each customer by the shares of the own pattern."""
        drawn = np.empty(len(declining), dtype=object)
        for pattern, lines in self._groups(declining):
            labels, bounds = _steps(pattern.labels[column])
            drawn[lines] = labels[np.searchsorted(bounds, rng.random(len(lines)), side="right")]
        return drawn

    def draw_profit(self, rng: np.random.Generator, kept: float, after: Floats) -> Floats:
        """Draw monthly profits that correlate by `kept` (0 to 1) with those of the month `after`.

        Profit is normal, cut at its least and greatest value, and rounded to two digits.
        """
        mean, deviation = self.profit["mean"], self.profit["deviation"]
        noise = deviation * rng.standard_normal(len(after))
        raw = mean + kept * (after - mean) + math.sqrt(1 - kept**2) * noise
        bounded = np.clip(raw, self.profit["least"], self.profit["greatest"])
        return cast(Floats, np.round(bounded, 2))

    def _groups(self, declining: Flags) -> tuple[tuple[Pattern, Counts], ...]:
        return (
            (self.steady, np.flatnonzero(~declining)),
            (self.declining, np.flatnonzero(declining)),
        )


@cache
def load_margins() -> Margins:
    """Read the tables that travel with the package."""
    path = Path(__file__).with_name("margins.json")
    tables = json.loads(path.read_text(encoding="utf-8"))
    return Margins(
        features=tuple(tables["features"]),
        probabilities=np.array(tables["quantile_levels"], dtype=np.float64),
        steady=_pattern(tables["patterns"]["steady"]),
        declining=_pattern(tables["patterns"]["declining"]),
        profit=tables["profit"],
    )


def _pattern(table: Mapping[str, Any]) -> Pattern:
    return Pattern(
        quantiles={name: np.array(row) for name, row in table["quantiles"].items()},
        shares={
            name: {int(value): share for value, share in row.items()}
            for name, row in table["shares"].items()
        },
        labels=table["labels"],
        correlation=np.array(table["correlation"], dtype=np.float64),
    )


def _draw_scores(
    rng: np.random.Generator, pattern: Pattern, known: Floats, given: Counts
) -> Floats:
    """Draw the free scores given the known ones: the conditional normal distribution."""
    correlation = pattern.correlation
    free = np.setdiff1d(np.arange(len(correlation)), given)
    weights = np.linalg.solve(correlation[np.ix_(given, given)], correlation[np.ix_(given, free)])
    rest = correlation[np.ix_(free, free)] - correlation[np.ix_(free, given)] @ weights
    noise = rng.standard_normal((len(known), len(free)))
    scores = np.empty((len(known), len(correlation)))
    scores[:, given] = known
    scores[:, free] = known @ weights + noise @ np.linalg.cholesky(rest).T
    return scores


def _feature_values(
    probabilities: Floats, pattern: Pattern, feature: str, scores: Floats
) -> Floats:
    uniform = ndtr(scores)
    if feature in pattern.shares:
        values, bounds = _steps(pattern.shares[feature])
        raw = values[np.searchsorted(bounds, uniform, side="right")].astype(np.float64)
    else:
        raw = np.interp(uniform, probabilities, pattern.quantiles[feature])
    return cast(Floats, np.round(raw, DIGITS.get(feature, 0)))


def _steps(shares: Mapping[Any, float]) -> tuple[NDArray[Any], Floats]:
    """Return the values and the inner bounds between them on the scale of probability."""
    values = list(shares)
    kind = object if isinstance(values[0], str) else np.int64
    return np.array(values, dtype=kind), np.cumsum(list(shares.values()))[:-1]
