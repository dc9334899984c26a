"""What of two months can be compared: one column per comparison, the same customer row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.changes.decomposition import Factor
from analysis.changes.matching import Matched, MonthOfAll
from analysis.cleaning.features import NUMERIC
from analysis.snapshot.overlap import repeated_columns
from analysis.statistics.psi import categorical_psi, numeric_psi

Sides = tuple[Floats, Floats]
Kind = Literal["share", "mean", "total"]
Obstacle = Literal["unknown", "too_few", "rare"]

PROBABILITY_BY_BOTH = "probability_by_both"
"""Column with the mean of what the models of both months say of a scored customer."""

RARE = 10
"""Customers, both months together, of whom a share needs as many with as without the value."""

FEWEST = 30
"""Customers that a mean or a share needs in each month before it is tested."""


@dataclass(frozen=True)
class Measure:
    """What is compared; the fields are those of a Comparison."""

    feature: str
    kind: Kind
    value: str | None = None
    expected: float = 0.0
    mechanical: bool = False
    psi: float | None = None


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one measure in both months, NaN outside of the base.

    What rests on each month's own model has the same ``by_both_models``, where both are at hand.
    """

    measure: Measure
    old: Floats
    new: Floats
    by_both_models: Sides | None = None

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the measure cannot be tested; None where it can be."""
        base = min((~np.isnan(self.old)).sum(), (~np.isnan(self.new)).sum())
        if base == 0:
            return "unknown"
        if base < FEWEST:
            return "too_few"
        if self.measure.kind == "share" and self._rarer < RARE:
            return "rare"
        return None

    @property
    def _rarer(self) -> int:
        """How many customers of both months have a flag, or lack it if they are fewer."""
        sides = (self.old, self.new)
        return min(sum(int((side == flag).sum()) for side in sides) for flag in (0, 1))


class Elapsed(NamedTuple):
    """The time that is expected to show between the two exports; negative if new is earlier."""

    months: int
    days: int


def columns_to_compare(matched: Matched, elapsed: Elapsed, factors: Factor) -> Iterator[Column]:
    """Give every comparison that two months may allow, one by one.

    Parameters
    ----------
    matched : Matched
        Features, profit, level and probability; perhaps ``PROBABILITY_BY_BOTH``.
    elapsed : Elapsed
    factors : Factor
        Roubles exposed per unit of profit where decline is certain.

    Yields
    ------
    Column
        Decline, profit exposed, numeric features, profit, consent, services, categories. Of two
        values only the rarer is compared, as the other follows from it.
    """
    yield _flagged(matched, "level", "declined", feature="declined")
    yield _exposed(matched, factors)
    for name in NUMERIC:
        yield _numeric(matched, name, elapsed)
    yield _plain(matched, "profit")
    yield _flagged(matched, "consent", True, feature="consent")
    yield from _categories(matched, "service")
    yield from _categories(matched, "category")


def _numeric(matched: Matched, name: str, elapsed: Elapsed) -> Column:
    """Compare a number, over customers in both months where the calendar foretells it."""
    repeated = repeated_columns(abs(elapsed.months))
    if name == "tenure_days":
        return _foretold(matched, name, (name, name), float(elapsed.days))
    if name in repeated:
        names = (repeated[name], name) if elapsed.months > 0 else (name, repeated[name])
        return _foretold(matched, name, names, 0.0)
    return _plain(matched, name)


def _plain(matched: Matched, name: str) -> Column:
    old, new = matched.old.numbers(name), matched.new.numbers(name)
    return Column(Measure(name, "mean", psi=numeric_psi(old, new)), old, new)


def _foretold(matched: Matched, feature: str, names: tuple[str, str], expected: float) -> Column:
    old, new = matched.old.numbers(names[0]), matched.new.numbers(names[1])
    unknown = np.isnan(old) | np.isnan(new)
    return Column(
        Measure(feature, "mean", expected=expected, mechanical=True),
        np.where(unknown, np.nan, old),
        np.where(unknown, np.nan, new),
    )


def _exposed(matched: Matched, factors: Factor) -> Column:
    """Profit exposed by every customer, 0 where not scored; unknown in a month without scores."""

    def side(month: MonthOfAll, name: str = "probability") -> Floats:
        probability = _numbers(month.table[name])
        if np.isnan(probability).all():
            return np.full(len(month.rows), np.nan)
        earned = np.clip(_numbers(month.table["profit"]), 0, None)
        weighted = earned * factors.weight(month.table["level"])
        exposed = np.asarray(np.nan_to_num(probability * weighted) * factors.unit)
        return month.laid_out(exposed, absent=0.0)

    known = PROBABILITY_BY_BOTH in matched.old.table and PROBABILITY_BY_BOTH in matched.new.table
    return Column(
        Measure("exposed", "total"),
        side(matched.old),
        side(matched.new),
        by_both_models=(
            (side(matched.old, PROBABILITY_BY_BOTH), side(matched.new, PROBABILITY_BY_BOTH))
            if known
            else None
        ),
    )


def _flagged(matched: Matched, name: str, label: str | bool, feature: str) -> Column:
    old, new = (month.flags(name, label) for month in (matched.old, matched.new))
    psi = categorical_psi(*([np.nansum(side == 1), np.nansum(side == 0)] for side in (old, new)))
    return Column(Measure(feature, "share", psi=psi), old, new)


def _categories(matched: Matched, feature: str) -> Iterator[Column]:
    """Compare the share of every value of a category, of two that of the rarer alone."""
    months = matched.old, matched.new
    counts = [month.table[feature].value_counts() for month in months]
    labels = sorted({*counts[0].index, *counts[1].index})
    found = [[float(each.get(label, 0)) for label in labels] for each in counts]
    psi = categorical_psi(*found)
    shown = labels
    if len(labels) == 2:
        shown = sorted(labels, key=lambda label: sum(each.get(label, 0) for each in counts))[:1]
    for label in shown:
        old, new = (month.flags(feature, label) for month in months)
        yield Column(Measure(feature, "share", str(label), psi=psi), old, new)


def _numbers(values: pd.Series[float]) -> Floats:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
