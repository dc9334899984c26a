"""phi_k is that of its authors' library."""

from __future__ import annotations

import numpy as np
import pytest
from phik.phik import phik_from_hist2d

from analysis.exploration.phik import phik


def table_of(correlation: float, rows: int, columns: int, count: int, seed: int) -> np.ndarray:
    """Count pairs of correlated numbers by groups of equal size."""
    first, second = np.random.default_rng(seed).normal(size=(2, count))
    second = correlation * first + np.sqrt(1 - correlation**2) * second
    groups = [
        np.searchsorted(np.quantile(values, np.arange(1, parts) / parts), values)
        for values, parts in ((first, rows), (second, columns))
    ]
    table = np.zeros((rows, columns), dtype=np.int64)
    np.add.at(table, tuple(groups), 1)
    return table


@pytest.mark.parametrize(
    ("correlation", "rows", "columns", "count"),
    [
        (0.0, 10, 10, 1300),
        (0.3, 2, 2, 90),
        (0.3, 2, 10, 1300),
        (0.5, 7, 4, 500),
        (0.6, 10, 10, 1300),
        (0.97, 9, 10, 1300),
        (0.999, 10, 3, 400),
    ],
)
def test_phik_is_that_of_the_library(
    correlation: float, rows: int, columns: int, count: int
) -> None:
    table = table_of(correlation, rows, columns, count, seed=rows)
    assert phik(table) == pytest.approx(phik_from_hist2d(table), abs=1e-6)


def test_no_more_than_chance_is_none_and_the_same_is_one() -> None:
    assert phik(np.full((4, 5), 30)) == 0.0
    assert phik(np.diag([40, 50, 60])) == 1.0
