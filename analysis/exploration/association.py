"""Which features say the same: association of mixed types, and inflated variances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Counts
from analysis.cleaning.features import CATEGORICAL, NUMERIC
from analysis.exploration.phik import phik as phik_of
from analysis.results import FeaturePair, Inflation
from analysis.statistics.intervals import holm

SAME = 0.9
CLOSE = 0.5
LARGEST_INFLATION = 1000.0
PHIK_BINS = 10
FEWEST_TESTED = 10
"""Pairs of values below which the approximations behind the tests do not hold: of three pairs in
one order Spearman's has the p-value 0, of two none."""


class ProfitSignal(NamedTuple):
    """What profit has to do with the level and the features, at the most."""

    phik: float
    p_value: float


def phik_matrix(customers: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """phi_k between every two features, numeric and categorical alike.

    Numbers are cut into ten groups of about equal size, so that one extreme value does not press
    all others into one group. Customers without one of the two values are left out of the pair.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns.
    columns : sequence of str, optional
        Columns to relate; by default all features and profit.

    Returns
    -------
    DataFrame, shape (n_columns, n_columns)
        Symmetric, from 0 to 1, 1 on the diagonal; 0 where a column has a single value.

    References
    ----------
    M. Baak et al., A new correlation coefficient between categorical, ordinal and interval
    variables with Pearson characteristics. Computational Statistics & Data Analysis 152 (2020).
    """
    names = list(columns) if columns is not None else [*NUMERIC, *CATEGORICAL, "profit"]
    codes = {name: _codes(customers[name]) for name in names}
    matrix = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for first, second in combinations(names, 2):
        value = _phik(_cross_counts(codes[first], codes[second]))
        matrix.loc[first, second] = matrix.loc[second, first] = value
    return matrix


def _codes(values: pd.Series[float]) -> Counts:
    """Group number of every customer; −1 where the value is missing."""
    if values.dtype.kind != "f":
        return np.asarray(values.astype("category").cat.codes, dtype=np.int64)
    numbers = values.to_numpy(dtype=float)
    known = ~np.isnan(numbers)
    codes = np.full(numbers.size, -1, dtype=np.int64)
    if known.any():
        inner = np.quantile(numbers[known], np.arange(1, PHIK_BINS) / PHIK_BINS)
        codes[known] = np.searchsorted(np.unique(inner), numbers[known], side="left")
    return codes


def _cross_counts(first: Counts, second: Counts) -> Counts:
    """Count customers by two groupings, without empty rows and columns."""
    known = (first >= 0) & (second >= 0)
    if not known.any():
        return np.zeros((0, 0), dtype=np.int64)
    rows, columns = first[known], second[known]
    width = int(columns.max()) + 1
    flat = np.bincount(rows * width + columns, minlength=(int(rows.max()) + 1) * width)
    table = flat.reshape(-1, width).astype(np.int64)
    return np.asarray(table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0], dtype=np.int64)


def _phik(table: Counts) -> float:
    if min(table.shape) < 2:
        return 0.0
    return round(phik_of(table), 4)


def strongest_pairs(trained: pd.DataFrame, phik: pd.DataFrame) -> list[FeaturePair]:
    """List the pairs of features that are close or the same, the strongest first.

    Parameters
    ----------
    trained : DataFrame
        One row per customer in the canonical columns.
    phik : DataFrame, shape (n_features, n_features)
        From `phik_matrix` on these customers.
    """
    pairs = []
    for first, second in combinations(phik.columns, 2):
        strength = float(phik[first].loc[second])
        if strength < CLOSE:
            continue
        both_numbers = first not in CATEGORICAL and second not in CATEGORICAL
        pairs.append(
            FeaturePair(
                first=first,
                second=second,
                phik=strength,
                spearman=_spearman(trained[first], trained[second]) if both_numbers else None,
                verdict="same" if strength >= SAME else "close",
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.phik, pair.first, pair.second))


def _spearman(first: pd.Series[float], second: pd.Series[float]) -> float | None:
    both = first.notna() & second.notna()
    rho = float(stats.spearmanr(first[both], second[both]).statistic)
    return None if math.isnan(rho) else rho


def variance_inflation(table: pd.DataFrame) -> list[Inflation]:
    """How much the other columns inflate the variance of each column's coefficient.

    Parameters
    ----------
    table : DataFrame of float, shape (n_rows, n_columns)
        Rows with a missing value and columns with a single value are left out.

    Returns
    -------
    list of Inflation
        1 / (1 − R²) of each column on the others, largest first, at most 1000 (a column that the
        others determine has no finite factor); empty where rows are no more than columns.
    """
    complete = table.dropna()
    varying = complete.loc[:, complete.nunique() > 1]
    if len(varying) <= varying.shape[1]:
        return []
    if varying.shape[1] == 1:
        return [Inflation(name=str(varying.columns[0]), vif=1.0)]
    correlation = np.corrcoef(varying.to_numpy(), rowvar=False)
    result = []
    for position, name in enumerate(varying.columns):
        others = np.delete(np.arange(varying.shape[1]), position)
        with_others = correlation[position, others]
        explained = float(
            with_others @ np.linalg.pinv(correlation[np.ix_(others, others)]) @ with_others
        )
        unexplained = max(1 - explained, 1 / LARGEST_INFLATION)
        result.append(Inflation(name=str(name), vif=max(1.0, 1 / unexplained)))
    return sorted(result, key=lambda item: (-item.vif, item.name))


def profit_signal(trained: pd.DataFrame) -> ProfitSignal:
    """Strongest phi_k of profit with the level or a feature, and the smallest corrected p-value.

    Numbers are tested by Spearman's rank correlation, categories and the level by Kruskal and
    Wallis, all corrected by Holm together; fewer than ten customers with both values prove nothing.
    """
    names = ["level", *NUMERIC, *CATEGORICAL]
    p_values = [_profit_test(trained["profit"], trained[name]) for name in names]
    profit = _codes(trained["profit"])
    strengths = [_phik(_cross_counts(profit, _codes(trained[name]))) for name in names]
    return ProfitSignal(phik=max(strengths), p_value=float(holm(p_values).min()))


def _profit_test(profit: pd.Series[float], other: pd.Series[float]) -> float:
    both = profit.notna() & other.notna()
    known, values = profit[both], other[both]
    if len(known) < FEWEST_TESTED or values.nunique() < 2 or known.nunique() < 2:
        return 1.0
    if other.name in NUMERIC:
        return float(stats.spearmanr(known, values).pvalue)
    groups = [group.to_numpy() for _, group in known.groupby(values.astype(str))]
    return float(stats.kruskal(*groups).pvalue)
