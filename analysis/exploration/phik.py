"""phi_k of a contingency table: the correlation that a normal pair would need to be as dependent.

The dependence of the table is Pearson's statistic; what pure chance gives (the degrees of freedom)
counts as none. The same statistic is worked out for two normal variables of correlation rho, cut
into as many equal pieces between -5 and 5 as the table has rows and columns; phi_k is the rho that
gives the table's. Values are those of the library ``phik`` of the same authors, to 1e-6. It brings
matplotlib along, and integrates cell by cell: two to three times as long (phik 0.12.5).

References
----------
Baak, M. et al. (2020). A new correlation coefficient between categorical, ordinal and interval
variables with Pearson characteristics. Computational Statistics & Data Analysis 152.
Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical
Statistics 27, 1075-1090.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from analysis.arrays import Counts, Floats

REACH = 5.0
"""The normal variables are cut between minus and plus so many deviations."""

CLOSE = 1e-5
"""Within so much of rho the search for it ends."""


def phik(table: Counts) -> float:
    """Give phi_k of a table without empty rows and columns, from 0 to 1.

    Parameters
    ----------
    table : ndarray of int, shape (rows, columns)
        At least two of each.
    """
    count, freedom = table.sum(), (table.shape[0] - 1) * (table.shape[1] - 1)
    seen, most = _dependence(table, freedom), count * (min(table.shape) - 1)
    if seen <= freedom:
        return 0.0
    if seen >= most or np.isclose(seen, most, rtol=0, atol=1e-14):
        return 1.0
    rows, columns = (np.linspace(-REACH, REACH, pieces + 1) for pieces in table.shape)
    independent = np.outer(*(np.diff(special.ndtr(edges)) for edges in (rows, columns)))

    def distance(rho: float) -> float:
        cells = _normal_cells(rho, rows, columns)
        return float(((cells - independent) ** 2 / independent).sum())

    scale = (most - freedom) / distance(1.0)
    return float(
        optimize.brentq(lambda rho: freedom + distance(rho) * scale - seen, 0, 1, xtol=CLOSE)
    )


def _dependence(table: Counts, freedom: int) -> float:
    """Pearson's statistic, with Yates's correction for a table of two by two."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    apart = np.abs(table - expected)
    if freedom == 1:
        apart -= np.minimum(0.5, apart)
    return float((apart**2 / expected).sum())


def _normal_cells(rho: float, rows: Floats, columns: Floats) -> Floats:
    """Give the probabilities of the cells between edges for two normal variables."""
    below = _normal_below(rho, rows[:, None], columns[None, :])
    return np.asarray(np.diff(np.diff(below, axis=0), axis=1))


def _normal_below(rho: float, first: Floats, second: Floats) -> Floats:
    """Give the probability that both variables lie below two values, by Owen's formula."""
    if rho == 1:
        return np.asarray(special.ndtr(np.minimum(first, second)))
    root = np.sqrt(1 - rho**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (second / first, first / second)
    parts = [
        special.owens_t(value, (np.where(np.isnan(slope), 1.0, slope) - rho) / root)
        for value, slope in zip((first, second), slopes, strict=True)
    ]
    product = first * second
    opposed = (product < 0) | ((product == 0) & (first + second < 0))
    half = (special.ndtr(first) + special.ndtr(second)) / 2
    return np.asarray(half - parts[0] - parts[1] - opposed / 2)
