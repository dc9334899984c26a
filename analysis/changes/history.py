"""The course of the months from their snapshots alone: without earlier reports or a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from analysis.cleaning.clean import clean
from analysis.periods import months_between
from analysis.results.base import Estimate
from analysis.results.history import MonthSeen
from analysis.settings import Cleaning
from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.ids import among
from analysis.snapshot.snapshot import read_snapshot
from analysis.statistics.confidence import CONFIDENCE
from analysis.statistics.intervals import Z, wilson

LOOKED_AT = ("id", "level", "consent", "revenue_current", "minutes_current")
"""Columns of a month that its description needs."""


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
        What is looked at of the customers by month, one row each, impossible values emptied; the
        oldest month first.
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
            seen[period] = clean(snapshot, rules).customers[list(LOOKED_AT)].copy()
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
    return MonthSeen(
        period=period,
        customers=len(customers),
        declined=wilson(int((levels == "declined").sum()), len(levels)) if len(levels) else None,
        declined_change=None if before is None else change_of_share(before, customers),
        no_consent=wilson(int((~customers["consent"]).sum()), len(customers)),
        revenue=mean_of(customers["revenue_current"]),
        minutes=mean_of(customers["minutes_current"]),
        arrivals=None if before is None else _not_in(before, customers),
        leavers=None if before is None else _not_in(customers, before),
    )


def _not_in(others: pd.DataFrame, customers: pd.DataFrame) -> int:
    return int((~among(customers["id"], others["id"])).sum())


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
    months = [customers[["id", "level"]].dropna(subset="level") for customers in (before, after)]
    if min(map(len, months)) < 2:
        return None
    place, different = pd.factorize(pd.concat([each["id"] for each in months]), sort=True)
    adds = np.zeros(len(different))
    for month, places, sign in zip(months, np.split(place, [len(months[0])]), (-1, 1), strict=True):
        declined = (month["level"] == "declined").to_numpy(dtype=float)
        shares.append(float(declined.mean()))
        adds[places] += sign * (declined - shares[-1]) / len(month)
    half = Z * float(np.sqrt((adds**2).sum()))
    difference = shares[1] - shares[0]
    return Estimate(value=difference, low=difference - half, high=difference + half)


def mean_of(values: pd.Series[float]) -> Estimate | None:
    """Give the mean with Student's interval; the order of rows does not count."""
    known = np.sort(values.dropna().to_numpy(dtype=float))
    if len(known) < 2:
        return None
    mean = float(known.mean())
    error = float(known.std(ddof=1) / np.sqrt(len(known)))
    half = float(special.stdtrit(len(known) - 1, 0.5 + CONFIDENCE / 2)) * error
    return Estimate(value=mean, low=mean - half, high=mean + half)
