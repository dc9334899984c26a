"""What the calendar says of two months: what must repeat itself, and by how much time goes on."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.results.changes import ColumnOverlap, Overlap

TOLERANCE = 0.005
"""Roubles or minutes by which a repeated value may differ: half a kopeck of rounding."""

WINDOWS = (
    ("revenue_current", "revenue_previous", "revenue_before_previous"),
    ("minutes_current", "minutes_previous"),
)
"""Columns of one measure, the newest month first."""

_ROUNDING = 1e-9


def repeated_columns(months: int) -> Mapping[str, str]:
    """Say which columns repeat the earlier month's: later column to earlier column.

    Parameters
    ----------
    months : int
        Months between the two exports; from 3 on nothing is repeated, and nothing at 0.
    """
    if months < 1:
        return {}
    return {
        later: earlier
        for window in WINDOWS
        for later, earlier in zip(window[months:], window, strict=False)
    }


def disagreement(
    earlier: pd.DataFrame, later: pd.DataFrame, months: int = 1, tolerance: float = TOLERANCE
) -> Overlap:
    """Count customers in both months whose later export contradicts the earlier one.

    The previous month of a later export is the current month of the export before.

    Parameters
    ----------
    earlier, later : DataFrame
        id and the columns of revenue and minutes, one row per customer.
    months : int
        Months between them, at least 1.
    tolerance : float
        Largest difference, in roubles or minutes, that is no contradiction.

    Returns
    -------
    Overlap
        By column, and by customer over all columns. A value that is unknown in either month
        contradicts nothing and is not compared.
    """
    repeated = repeated_columns(months)
    before, after = _in_both(earlier[["id", *repeated.values()]], later[["id", *repeated]])
    columns = []
    compared = pd.Series(False, index=before.index)
    disagreeing = pd.Series(False, index=before.index)
    for column, earlier_column in repeated.items():
        gap = (after[column] - before[earlier_column]).abs()
        apart = gap > tolerance + _ROUNDING
        compared |= gap.notna()
        disagreeing |= apart
        columns.append(
            ColumnOverlap(
                column=column,
                earlier_column=earlier_column,
                compared=int(gap.notna().sum()),
                disagreeing=int(apart.sum()),
                share=_share(int(apart.sum()), int(gap.notna().sum())),
            )
        )
    return Overlap(
        columns=columns,
        compared=int(compared.sum()),
        disagreeing=int(disagreeing.sum()),
        share=_share(int(disagreeing.sum()), int(compared.sum())),
    )


def _in_both(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables by id, cut down to the customers of both, in one order."""
    before, after = old.set_index("id"), new.set_index("id")
    ids = before.index.intersection(after.index)
    return before.loc[ids], after.loc[ids]


def _share(count: int, base: int) -> float | None:
    return count / base if base else None


def is_same_moment(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Tell whether both tables hold the export of one day.

    So it is where for most of the customers in both neither the days since registration nor this
    month's revenue have moved. Time moves the first of everybody, and a copied column alone leaves
    the second moving.
    """
    moving = ["id", "tenure_days", "revenue_current"]
    before, after = _in_both(old[moving], new[moving])
    if before.empty:
        return False
    still = (before["tenure_days"] == after["tenure_days"]) & (
        (before["revenue_current"] - after["revenue_current"]).abs() <= TOLERANCE
    )
    return bool(still.mean() > 0.5)
