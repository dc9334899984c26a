"""Why a customer is on a list: the two features in which he is furthest towards the declined.

A customer's value is ranked among the steady trained customers, from -1 (below all) to 1 (above
all). Times Cliff's delta of the feature between the two levels this is large where the customer
lies far out, on the side of the declined, in a feature that tells the levels apart. It describes
the customer, whose value must lie at the feature's turning point or beyond it
(`analysis.statistics.cutoff`) and off what is usual; it is neither a cause nor a part of the
model's score. Features that say the same share a theme, and a theme gives one reason.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.cleaning.features import NUMERIC
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.cutoff import Side, at_or_beyond, best_cutoff
from analysis.statistics.intervals import cliffs_delta, holm
from analysis.statistics.rank_sum import rank_sum

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
    down = trained["level"].eq("declined").to_numpy()
    side_of: dict[str, Side] = {
        name: "below" if delta < 0 else "above" for name, delta in deltas.items()
    }
    usual_of = {name: float(steady[name].median()) for name in deltas}
    pushes = pd.DataFrame(
        {
            name: np.where(
                _beyond(listed[name], side_of[name], trained[name], down, usual_of[name]),
                delta * _rank(steady[name].dropna().to_numpy(float), listed[name]),
                np.nan,
            )
            for name, delta in deltas.items()
        },
        index=listed.index,
    )
    names = list(deltas)
    names_of = np.array(names, dtype=object)
    sides = np.array(list(side_of.values()), dtype=object)
    usual = np.array(list(usual_of.values()))
    themes = np.array([THEMES.get(name, name) for name in names], dtype=object)
    values = listed[names].to_numpy(dtype=float)
    left = pushes.where(pushes > 0).fillna(-np.inf).to_numpy(dtype=float, copy=True)
    rows = np.arange(len(listed))
    table = pd.DataFrame(index=listed.index)
    for number in range(1, MOST + 1):
        if names:
            best = left.argmax(axis=1)
            some = np.isfinite(left[rows, best])
        else:
            best, some = np.zeros(len(rows), dtype=int), np.zeros(len(rows), dtype=bool)
        value, normal = np.full((2, len(rows)), np.nan)
        reason, side = np.full((2, len(rows)), None, dtype=object)
        found, of_them = rows[some], best[some]
        reason[found], side[found] = names_of[of_them], sides[of_them]
        value[found], normal[found] = values[found, of_them], usual[of_them]
        table[f"reason_{number}"], table[f"side_{number}"] = reason, side
        table[f"value_{number}"], table[f"usual_{number}"] = value, normal
        if names:
            left[(themes[best][:, None] == themes[None, :]) & some[:, None]] = -np.inf
    return table


def _telling(declined: pd.DataFrame, steady: pd.DataFrame) -> dict[str, float]:
    """Cliff's delta of the features in which the two levels differ by more than chance."""
    names, p_values, deltas = [], [], []
    for name in NUMERIC:
        down, rest = (each[name].dropna().to_numpy(float) for each in (declined, steady))
        if min(len(down), len(rest)) < 2:
            continue
        names.append(name)
        p_values.append(rank_sum(down, rest)[1])
        deltas.append(cliffs_delta(down, rest).value)
    return {
        name: delta
        for name, delta, p_holm in zip(names, deltas, holm(p_values), strict=True)
        if p_holm < SIGNIFICANT
    }


def _beyond(
    listed: pd.Series[float], side: Side, trained: pd.Series[float], down: Flags, usual: float
) -> Flags:
    """Tell whose value is at the turning point or beyond it, and is not the usual one."""
    cut = best_cutoff(trained, down, side)
    if cut is None:
        return np.zeros(len(listed), dtype=bool)
    off: Flags = (listed < usual if side == "below" else listed > usual).to_numpy(dtype=bool)
    return at_or_beyond(listed, side, cut) & off


def _rank(steady: np.ndarray, values: pd.Series[float]) -> np.ndarray:
    """Place of each value among the steady: share below less share above; NaN for no value."""
    ordered = np.sort(steady)
    numbers = values.to_numpy(float)
    below = np.searchsorted(ordered, numbers, side="left")
    not_above = np.searchsorted(ordered, numbers, side="right")
    place = (below + not_above - len(ordered)) / len(ordered)
    return np.where(np.isnan(numbers), np.nan, place)
