"""Contributions of all customers as counts in cells, so that no customer is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from analysis import results
from analysis.arrays import Floats
from analysis.cleaning.features import CATEGORICAL
from analysis.drivers.shap_values import Explained
from analysis.statistics.small_cells import SMALLEST_CELL

BEESWARM_BINS = 41


def beeswarm_cells(
    explained: Explained,
    features: pd.DataFrame,
    shown: Sequence[str],
    smallest: int = SMALLEST_CELL,
) -> list[results.BeeswarmCell]:
    """Count customers by feature and contribution; cells with few customers are dropped.

    Parameters
    ----------
    features : DataFrame of shape (n, features)
        Of the explained customers.
    shown : sequence of str
        Features to count, most important first.
    smallest : int
        A cell with fewer customers is not shown.
    """
    columns = [explained.columns.index(name) for name in shown]
    contributions = explained.contributions.mean(axis=0)
    shown_values = contributions[:, columns]
    edges = np.linspace(shown_values.min(), shown_values.max(), BEESWARM_BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    cells = []
    for name, column in zip(shown, columns, strict=True):
        cell_of = np.clip(np.digitize(contributions[:, column], edges) - 1, 0, BEESWARM_BINS - 1)
        rank = None if name in CATEGORICAL else _rank(features[name])
        for cell in np.unique(cell_of):
            inside = cell_of == cell
            if inside.sum() >= smallest:
                cells.append(
                    results.BeeswarmCell(
                        name=name,
                        contribution=float(middles[cell]),
                        count=int(inside.sum()),
                        level=None if rank is None else float(rank[inside].mean()),
                    )
                )
    return cells


def _rank(values: pd.Series[float]) -> Floats:
    """Give the rank of each value between 0 and 1; a missing value stands in the middle."""
    filled = values.fillna(values.median())
    return np.asarray((rankdata(filled) - 1) / max(1, len(filled) - 1))
