"""Features that moved for everybody between the month learnt from and this one.

Where a feature moves among customers of one and the same level, its relation to the level is not
that of the month learnt from: a model of then would take everybody for a little worse, or better,
than he is. So such features are read as that month would have read them, quantile by quantile,
among those who start from the same level. If the move itself foretells declines, the plain reading
is right; nothing in the data can tell, and what is claimed of groups covers both readings
(`analysis.model.claims`).

Within a level, a month with more decliners is not taken for a month of other features. Days since
registration pass for everybody and are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from analysis import results
from analysis.arrays import Floats
from analysis.cleaning.features import NUMERIC
from analysis.statistics.confidence import CONFIDENCE
from analysis.statistics.intervals import holm

Level = Literal["steady", "declined"]
LEVELS: tuple[Level, ...] = get_args(Level)
MOVABLE = tuple(name for name in NUMERIC if name != "tenure_days")
FEWEST = 30
"""Customers of a level in each month that a feature needs before it is tested, or read anew."""


def found_shifts(then: pd.DataFrame, now: pd.DataFrame) -> list[results.FeatureShift]:
    """Find the numeric features that moved at an equal level, corrected for their number by Holm.

    The customers that are in both months are taken for others, which errs towards finding less.

    Parameters
    ----------
    then, now : DataFrame
        Trained customers of the two months: level and numeric features; of the first, what
        `values_by_level` keeps of them is enough.

    Returns
    -------
    list of FeatureShift
        One per feature and level, the largest first; means in the feature's own unit.
    """
    tested = [
        (shift, p_value)
        for level in LEVELS
        for name in MOVABLE
        for shift, p_value in _tested(then, now, name, level)
    ]
    p_values = holm([p_value for _, p_value in tested])
    found = [
        shift
        for (shift, _), p_value in zip(tested, p_values, strict=True)
        if p_value < 1 - CONFIDENCE
    ]
    return sorted(found, key=lambda shift: -abs(shift.deviations))


def moved_features(shifts: Sequence[results.FeatureShift]) -> list[str]:
    """Name the features that moved at any level."""
    return sorted({shift.feature for shift in shifts})


def _tested(
    then: pd.DataFrame, now: pd.DataFrame, name: str, level: Level
) -> list[tuple[results.FeatureShift, float]]:
    """Test one feature at one level (Welch); an empty list where it cannot be tested."""
    before, after = (_of_level(side, name, level) for side in (then, now))
    if min(len(before), len(after)) < FEWEST or before.nunique() < 2:
        return []
    moved = float(after.mean() - before.mean())
    error = float(np.sqrt(before.var() / len(before) + after.var() / len(after)))
    shift = results.FeatureShift(
        feature=name,
        level=level,
        then=float(before.mean()),
        now=float(after.mean()),
        deviations=moved / float(before.std()),
    )
    return [(shift, float(2 * stats.norm.sf(abs(moved) / error)))]


def read_as_then(
    customers: pd.DataFrame, then: pd.DataFrame, now: pd.DataFrame, features: Sequence[str]
) -> pd.DataFrame:
    """Give customers of this month with moved features as the month learnt from would show them.

    Parameters
    ----------
    customers : DataFrame
        Of this month; returned in their order.
    then, now : DataFrame
        Trained customers of the two months, whose quantiles are matched: of the same level, or of
        both where the level is unknown.
    features : sequence of str
        The moved ones; a missing value stays missing, one beyond all others becomes the extreme.
    """
    read = customers.copy()
    for name in features:
        values = customers[name].astype(float)
        for level in (*LEVELS, None):
            before, after = (_of_level(side, name, level) for side in (then, now))
            members = customers["level"].isna() if level is None else customers["level"].eq(level)
            given = members & values.notna()
            if min(len(before), len(after)) >= FEWEST:
                values[given] = _matched(np.asarray(values[given]), after, before)
        read[name] = values
    return read


def read_anew(customers: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Read a month's customers, all of them with their state, as another month would have."""
    trained = customers[customers["state"] == "trained"]
    return read_as_then(customers, then, trained, moved_features(found_shifts(then, trained)))


def values_by_level(trained: pd.DataFrame) -> pd.DataFrame:
    """Keep of a month what reading another one needs: every column sorted by itself in a level.

    No row is a person. Columns are ``level`` and the features that may move.
    """
    parts = [
        pd.DataFrame({name: np.sort(members[name].astype(float)) for name in MOVABLE}).assign(
            level=level
        )
        for level in LEVELS
        for members in [trained[trained["level"].eq(level)]]
    ]
    return pd.concat(parts, ignore_index=True)


def _of_level(side: pd.DataFrame, name: str, level: Level | None) -> pd.Series[float]:
    members = side if level is None else side[side["level"].eq(level)]
    return members[name].dropna().astype(float).sort_values(ignore_index=True)


def _matched(values: Floats, source: pd.Series[float], target: pd.Series[float]) -> Floats:
    """Give the values at the same quantiles of the target as the given ones have in the source."""
    known, places = _places(source)
    targets, target_places = _places(target)
    return np.asarray(np.interp(values, known, np.interp(places, target_places, targets)))


def _places(values: pd.Series[float]) -> tuple[Floats, Floats]:
    """Distinct values and, for each, the share below it with half of its own."""
    distinct, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    return np.asarray(distinct), np.asarray((np.cumsum(counts) - counts / 2) / len(values))
