"""The two levels of activity: the customers who have one, and their counts for charts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cleaning.features import NUMERIC
from analysis.cleaning.levels import by_level, trained_customers
from analysis.results.exploration import NumericFeature
from analysis.statistics.small_cells import SMALLEST_CELL, joined_edges

SMALLEST_BASE = 10
"""A share of fewer customers is not drawn: its interval says nothing."""


@dataclass(frozen=True)
class Histogram:
    """Counts of one numeric feature by level in bins of round width.

    ``edges`` has one element more than the counts. The outermost bins also hold whatever lies
    beyond them, so no edge tells the smallest or largest value of a customer.
    """

    name: str
    edges: tuple[float, ...]
    steady: tuple[int, ...]
    declined: tuple[int, ...]


def histograms(
    customers: pd.DataFrame, most_bins: int = 16, smallest: int = SMALLEST_CELL
) -> list[Histogram]:
    """Count every numeric feature by level, for charts that show no single customer.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with ``state``.
    most_bins : int, default 16
        Bins are as wide as the next round number that needs no more than about this many.
    smallest : int
        A bin that holds fewer customers of a level, and not none, is joined to its neighbour.

    Returns
    -------
    list of Histogram
        In the order of ``NUMERIC``; a feature without two different values is left out.
    """
    trained = trained_customers(customers)
    declined = trained["level"].eq("declined")
    result = []
    for name in NUMERIC:
        down, steady = by_level(trained[name], declined)
        edges = _round_edges(np.concatenate([down, steady]), most_bins)
        if edges.size < 3:
            continue
        counted = [np.array(_counts_between(each, edges)) for each in (down, steady)]
        edges = joined_edges(edges, counted, smallest)
        if edges.size < 3:
            continue
        result.append(
            Histogram(
                name=name,
                edges=tuple(edges.tolist()),
                steady=_counts_between(steady, edges),
                declined=_counts_between(down, edges),
            )
        )
    return result


def mark_drawn(
    features: Sequence[NumericFeature], counts: Iterable[Histogram]
) -> list[NumericFeature]:
    """Mark the features whose values a chart can show.

    Parameters
    ----------
    features : sequence of NumericFeature
    counts : iterable of Histogram
        All that can be drawn, from ``histograms``.
    """
    drawn = {each.name for each in counts}
    return [each.model_copy(update={"drawn": each.name in drawn}) for each in features]


def _round_edges(values: Floats, most_bins: int) -> Floats:
    """Round edges from the .5 % to the 99.5 % quantile; whole numbers lie inside their bins."""
    if values.size == 0:
        return np.array([])
    low, high = np.quantile(values, [0.005, 0.995])
    if high <= low:
        return np.array([])
    whole = bool(np.all(values == np.round(values)))
    exponent = math.floor(math.log10((high - low) / most_bins))
    steps = [
        digit * 10.0**power
        for power in range(exponent, max(exponent, 0) + 2)
        for digit in (1, 2, 2.5, 5)
    ]
    step = next(
        step
        for step in steps
        if (high - low) / step <= most_bins and (step == round(step) or not whole)
    )
    start = math.floor(round(low / step, 9))
    stop = math.floor(round(high / step, 9)) + 1
    shift = -0.5 if whole and step == 1.0 else 0.0
    return np.array([round((i + shift) * step, 9) for i in range(start, stop + 1)])


def _counts_between(values: Floats, edges: Floats) -> tuple[int, ...]:
    where = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
    return tuple(np.bincount(where, minlength=edges.size - 1).tolist())
