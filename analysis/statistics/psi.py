"""The population stability index: a description of a shift, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.arrays import Floats

BINS = 10


def categorical_psi(old: Sequence[float], new: Sequence[float]) -> float | None:
    """Give the population stability index of two distributions over the same groups.

    The sum over groups of (new share − old share) · ln(new share / old share); the same both
    ways. An empty group counts as half a customer, as the logarithm of nothing has no value.

    Parameters
    ----------
    old, new : sequence of float
        Customers by group.

    Returns
    -------
    float or None
        From 0; None where a month has nobody.

    References
    ----------
    S. Kullback, R. A. Leibler, On information and sufficiency. Annals of Mathematical Statistics
    22 (1951), 79–86: their divergence J(1, 2).
    N. Siddiqi, Credit Risk Scorecards (2006).
    """
    counts = np.array([old, new], dtype=float)
    counts = counts[:, counts.sum(axis=0) > 0]
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.all():
        return None
    shares = np.maximum(counts, 0.5) / totals
    logarithms = np.log(shares)
    return float(((shares[1] - shares[0]) * (logarithms[1] - logarithms[0])).sum())


def numeric_psi(old: Floats, new: Floats) -> float | None:
    """Give the population stability index of a number, over tenths of both months together.

    Parameters
    ----------
    old, new : ndarray of float
        NaN where unknown.
    """
    known_old, known_new = old[~np.isnan(old)], new[~np.isnan(new)]
    if not (known_old.size and known_new.size):
        return None
    both = np.concatenate([known_old, known_new])
    edges = np.unique(np.quantile(both, np.arange(1, BINS) / BINS))
    groups = edges.size + 1
    counts = [
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=groups).astype(float)
        for values in (known_old, known_new)
    ]
    return categorical_psi(counts[0].tolist(), counts[1].tolist())
