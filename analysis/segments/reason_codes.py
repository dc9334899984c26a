"""Why a customer is on a list: the two features in which he is furthest towards the declined.

A customer's value is ranked among the steady trained customers, from -1 (below all) to 1 (above
all). Times Cliff's delta of the feature between the two levels this is large where the customer
lies far out, on the side of the declined, in a feature that tells the levels apart. It describes
the customer; it is neither a cause nor a part of the model's score. Features that say the same
share a theme, and a theme gives one reason.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from analysis.cleaning.features import NUMERIC
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import cliffs_delta, holm

MOST = 2
THEMES = {
    "minutes_previous": "minutes",
    "minutes_current": "minutes",
    "contacts_6m": "contacts",
    "contacts_now": "contacts",
    "revenue_before_previous": "revenue",
    "revenue_previous": "revenue",
    "revenue_current": "revenue",
}


def strongest_reasons(listed: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Give the two strongest reasons of every listed customer.

    Parameters
    ----------
    listed, scored : DataFrame
        In the canonical columns; ``scored`` with state, and the levels to learn from.

    Returns
    -------
    DataFrame, indexed as `listed`
        ``reason_1`` and ``reason_2`` (feature, or None), ``side_1`` (``below`` or ``above`` what
        is usual), ``value_1``, ``usual_1`` (median of the steady), and the same for 2.
    """
    trained = scored[scored["state"].eq("trained")]
    steady = trained[trained["level"].eq("steady")]
    deltas = _telling(trained[trained["level"].eq("declined")], steady)
    pushes = pd.DataFrame(
        {
            name: delta * _rank(steady[name].dropna().to_numpy(float), listed[name])
            for name, delta in deltas.items()
        },
        index=listed.index,
    )
    usual = {name: float(steady[name].median()) for name in deltas}
    table = pd.DataFrame(index=listed.index)
    left = pushes.where(pushes > 0)
    for number in range(1, MOST + 1):
        best = _largest(left)
        table[f"reason_{number}"] = best
        table[f"side_{number}"] = [
            None if name is None else "below" if deltas[name] < 0 else "above" for name in best
        ]
        table[f"value_{number}"] = [
            np.nan if name is None else float(listed[name].iloc[row])
            for row, name in enumerate(best)
        ]
        table[f"usual_{number}"] = [np.nan if name is None else usual[name] for name in best]
        taken = pd.Series([None if name is None else _theme(name) for name in best])
        for name in left.columns:
            left.loc[(taken == _theme(name)).to_numpy(), name] = np.nan
    return table


def _theme(name: str) -> str:
    return THEMES.get(name, name)


def _telling(declined: pd.DataFrame, steady: pd.DataFrame) -> dict[str, float]:
    """Cliff's delta of the features in which the two levels differ by more than chance."""
    names, p_values, deltas = [], [], []
    for name in NUMERIC:
        down, rest = (each[name].dropna().to_numpy(float) for each in (declined, steady))
        if min(len(down), len(rest)) < 2:
            continue
        names.append(name)
        p_values.append(float(mannwhitneyu(down, rest).pvalue))
        deltas.append(cliffs_delta(down, rest).value)
    return {
        name: delta
        for name, delta, p_holm in zip(names, deltas, holm(p_values), strict=True)
        if p_holm < SIGNIFICANT
    }


def _rank(steady: np.ndarray, values: pd.Series[float]) -> np.ndarray:
    """Place of each value among the steady: share below less share above; NaN for no value."""
    ordered = np.sort(steady)
    numbers = values.to_numpy(float)
    below = np.searchsorted(ordered, numbers, side="left")
    not_above = np.searchsorted(ordered, numbers, side="right")
    place = (below + not_above - len(ordered)) / len(ordered)
    return np.where(np.isnan(numbers), np.nan, place)


def _largest(pushes: pd.DataFrame) -> list[str | None]:
    """Column of the largest number of each row; None where a row has none."""
    if pushes.shape[1] == 0:
        return [None] * len(pushes)
    filled = pushes.fillna(-np.inf).to_numpy()
    places = filled.argmax(axis=1)
    return [
        str(pushes.columns[place]) if np.isfinite(filled[row, place]) else None
        for row, place in enumerate(places)
    ]
