"""What of two months can be compared: one column per comparison, the same customer row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.changes.decomposition import Factor
from analysis.changes.matching import Matched
from analysis.cleaning.features import NUMERIC
from analysis.results.changes import Untested
from analysis.snapshot.overlap import repeated_columns
from analysis.statistics.psi import categorical_psi, numeric_psi

Sides = tuple[Floats, Floats]
Kind = Literal["share", "mean", "total"]

PROBABILITY_BY_BOTH = "probability_by_both"
"""Column with the mean of what the models of both months say of a scored customer."""

RARE = 10
"""Customers, both months together, of whom a share needs as many with as without the value."""

FEWEST = 30
"""Customers that a mean or a share needs in each month before it is tested."""


@dataclass(frozen=True, eq=False)
class Column:
    """One thing to compare, NaN outside of the base; the fields are those of a Comparison.

    What rests on each month's own model has the same ``by_both_models``, where both are at hand.
    """

    feature: str
    kind: Kind
    old: Floats
    new: Floats
    value: str | None = None
    expected: float = 0.0
    mechanical: bool = False
    psi: float | None = None
    by_both_models: Sides | None = None

    @property
    def base(self) -> int:
        """The smaller number of customers in a month."""
        return int(min((~np.isnan(self.old)).sum(), (~np.isnan(self.new)).sum()))

    @property
    def rarer(self) -> float:
        """How many customers of both months have a flag, or lack it if they are fewer."""
        both = np.concatenate([self.old, self.new])
        return float(min(np.nansum(both == 1), np.nansum(both == 0)))


class Elapsed(NamedTuple):
    """The time that is expected to show between the two exports; negative if new is earlier."""

    months: int
    days: int


def comparable_columns(
    matched: Matched, elapsed: Elapsed, factors: Factor
) -> tuple[list[Column], list[Untested]]:
    """Give every comparison that two months allow, and what cannot be tested.

    Parameters
    ----------
    matched : Matched
        Features, profit, level and probability; perhaps ``PROBABILITY_BY_BOTH``.
    elapsed : Elapsed
    factors : Factor
        Roubles exposed per unit of profit where decline is certain.

    Returns
    -------
    columns : list of Column
        Decline, profit exposed, numeric features, profit, consent, services, categories. Of two
        values only the rarer is compared, as the other follows from it.
    untested : list of Untested
    """
    candidates = [
        _flagged(matched, "level", "declined", feature="declined"),
        _exposed(matched, factors),
        *(_numeric(matched, name, elapsed) for name in NUMERIC),
        _plain(matched, "profit"),
        _flagged(matched, "consent", True, feature="consent"),
        *_categories(matched, "service"),
        *_categories(matched, "category"),
    ]
    columns: list[Column] = []
    untested: list[Untested] = []
    for column in candidates:
        reason = _obstacle(column)
        if reason is None:
            columns.append(column)
        else:
            untested.append(Untested(feature=column.feature, value=column.value, reason=reason))
    return columns, untested


def _obstacle(column: Column) -> Literal["unknown", "too_few", "rare"] | None:
    if column.base == 0:
        return "unknown"
    if column.base < FEWEST:
        return "too_few"
    if column.kind == "share" and column.rarer < RARE:
        return "rare"
    return None


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
    old, new = _numbers(matched.old[name]), _numbers(matched.new[name])
    return Column(name, "mean", old, new, psi=numeric_psi(old, new))


def _foretold(matched: Matched, feature: str, names: tuple[str, str], expected: float) -> Column:
    old, new = _numbers(matched.old[names[0]]), _numbers(matched.new[names[1]])
    unknown = np.isnan(old) | np.isnan(new)
    return Column(
        feature,
        "mean",
        np.where(unknown, np.nan, old),
        np.where(unknown, np.nan, new),
        expected=expected,
        mechanical=True,
    )


def _exposed(matched: Matched, factors: Factor) -> Column:
    """Profit exposed by every customer, 0 where not scored; unknown in a month without scores."""

    def side(table: pd.DataFrame, name: str = "probability") -> Floats:
        probability = _numbers(table[name])
        if np.isnan(probability).all():
            return probability
        earned = np.clip(_numbers(table["profit"]), 0, None) * factors.weight(table["level"])
        return np.asarray(np.nan_to_num(probability * earned) * factors.unit)

    known = PROBABILITY_BY_BOTH in matched.old
    return Column(
        "exposed",
        "total",
        side(matched.old),
        side(matched.new),
        by_both_models=(
            (side(matched.old, PROBABILITY_BY_BOTH), side(matched.new, PROBABILITY_BY_BOTH))
            if known
            else None
        ),
    )


def _flagged(matched: Matched, name: str, label: str | bool, feature: str) -> Column:
    old, new = _flags(matched, name, label)
    psi = categorical_psi(*([np.nansum(side == 1), np.nansum(side == 0)] for side in (old, new)))
    return Column(feature, "share", old, new, psi=psi)


def _categories(matched: Matched, feature: str) -> list[Column]:
    labels = sorted({*matched.old[feature].dropna(), *matched.new[feature].dropna()})
    flags = {str(label): _flags(matched, feature, label) for label in labels}
    counts = {label: [float(np.nansum(side)) for side in sides] for label, sides in flags.items()}
    psi = categorical_psi(*([each[side] for each in counts.values()] for side in (0, 1)))
    shown = list(flags)
    if len(shown) == 2:
        shown = sorted(shown, key=lambda label: sum(counts[label]))[:1]
    return [Column(feature, "share", *flags[label], value=label, psi=psi) for label in shown]


def _flags(matched: Matched, name: str, label: str | bool) -> Sides:
    """1 where a known value is the label, 0 where it is another, NaN where it is unknown."""
    old, new = (
        np.where(table[name].isna(), np.nan, table[name].eq(label).astype(float))
        for table in (matched.old, matched.new)
    )
    return old, new


def _numbers(values: pd.Series[float]) -> Floats:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
