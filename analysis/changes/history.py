"""The course of the months from their snapshots alone: without earlier reports or a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.changes.key_figures import mean_of
from analysis.cleaning.clean import clean
from analysis.periods import months_between
from analysis.results.base import Estimate
from analysis.results.history import MonthSeen
from analysis.settings import Cleaning
from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.snapshot import read_snapshot
from analysis.statistics.intervals import Z, wilson


def read_months(
    folders: Mapping[str, Path], kind: str, rules: Cleaning
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Read the customers of earlier months; months of the other kind of data are passed over.

    Parameters
    ----------
    folders : mapping of str to Path
        Folder of the snapshot of each earlier month, ``YYYY-MM``.
    kind : str
        ``real`` or ``sample``: of the month in hand.
    rules : Cleaning
        Every month is cleaned as this one is.

    Returns
    -------
    seen : dict of str to DataFrame
        Customers by month, one row each, impossible values emptied; the oldest month first.
    unread : list of str
        Months whose snapshots cannot be read.
    """
    seen: dict[str, pd.DataFrame] = {}
    unread = []
    for period in sorted(folders):
        try:
            snapshot = read_snapshot(folders[period])
        except SnapshotError:
            unread.append(period)
            continue
        if snapshot.kind == kind:
            seen[period] = clean(snapshot, rules).customers
    return seen, unread


def describe_months(seen: Mapping[str, pd.DataFrame]) -> list[MonthSeen]:
    """Describe months, each against the one right before it.

    Parameters
    ----------
    seen : mapping of str to DataFrame
        Customers of each month, the oldest month first; ``id``, ``level``, ``consent``,
        ``revenue_current`` in roubles, ``minutes_current``.

    Returns
    -------
    list of MonthSeen
        In the same order.
    """
    described: list[MonthSeen] = []
    before: tuple[str, pd.DataFrame] | None = None
    for period, customers in seen.items():
        follows = before is not None and months_between(before[0], period) == 1
        described.append(_describe(period, customers, before[1] if before and follows else None))
        before = period, customers
    return described


def _describe(period: str, customers: pd.DataFrame, before: pd.DataFrame | None) -> MonthSeen:
    levels = customers["level"].dropna()
    here = set(customers["id"])
    there = None if before is None else set(before["id"])
    return MonthSeen(
        period=period,
        customers=len(customers),
        declined=wilson(int((levels == "declined").sum()), len(levels)) if len(levels) else None,
        declined_change=None if before is None else change_of_share(before, customers),
        no_consent=wilson(int((~customers["consent"]).sum()), len(customers)),
        revenue=mean_of(customers["revenue_current"]),
        minutes=mean_of(customers["minutes_current"]),
        arrivals=None if there is None else len(here - there),
        leavers=None if there is None else len(there - here),
    )


def change_of_share(before: pd.DataFrame, after: pd.DataFrame) -> Estimate | None:
    """Give the difference of the shares of decline of two months with customers in common.

    The variance counts each customer once, with what she adds to either share, so that those who
    are in both months are not taken for two.

    Parameters
    ----------
    before, after : DataFrame
        ``id`` and ``level``; unknown levels are left out.

    Returns
    -------
    Estimate or None
        In points of share, with a 95 % interval; None where a month has fewer than two levels.

    References
    ----------
    L. Kish, Survey Sampling (1965), section 12.4: change between overlapping samples.
    """
    shares: list[float] = []
    parts: list[pd.Series[float]] = []
    for customers in (before, after):
        known = customers.dropna(subset="level")
        if len(known) < 2:
            return None
        declined = pd.Series(
            (known["level"] == "declined").to_numpy(dtype=float), index=known["id"].to_numpy()
        )
        shares.append(float(declined.mean()))
        parts.append((declined - shares[-1]) / len(known))
    adds = parts[1].sub(parts[0], fill_value=0.0).sort_index().to_numpy()
    half = Z * float(np.sqrt((adds**2).sum()))
    difference = shares[1] - shares[0]
    return Estimate(value=difference, low=difference - half, high=difference + half)
