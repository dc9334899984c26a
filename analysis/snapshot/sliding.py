"""Columns that slid along the rows: a customer's cell stands some rows above or below him.

Where customers stand in blocks of one level, neighbours are alike, and a slid column still agrees
with itself a month before; with the rows slid back it agrees better. Rows that are right never do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.snapshot.course import FEWEST_FOLLOWED
from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import MARKET_FILE, MONEY, Column
from analysis.snapshot.slid_months import ranks, slides
from analysis.snapshot.snapshot import Snapshot

FARTHEST = 20
"""Rows by which a column may have slid and be found."""

FIRST_ROWS = 10_000
"""Rows that are looked at: a column slides as a whole."""

MORE_ALIKE, MORE_THAN_CHANCE = 0.15, 6.0
"""By how much a rank correlation is higher with the rows slid back, at least, and how often its
standard error."""

LABELS_FAR = 4.0
"""Standard errors by which more labels agree with the rows slid back."""

MOST_LEFT = 0.5
"""Part of the labels that would differ by chance which may differ with the rows slid back."""

IN_A_ROW, FEWEST_IN_A_ROW = 4, 12
"""Customers one below the other whose labels all differ, as at the edge of a block that slid, and
how many of them it takes; slid back, less than half of them may be left."""

TIMES_IN_A_ROW = 5.0
"""How many times as many as chance would put in a row it takes besides: in all months seen it was
less than three times, or no more than 9 customers."""


def doubt_slid_columns(snapshot: Snapshot, earlier: Snapshot, period: str, notes: Notes) -> None:
    """Doubt columns that agree better with an earlier month if they are slid by some rows.

    Parameters
    ----------
    snapshot, earlier : Snapshot
    period : str
        The earlier month, ``YYYY-MM``.
    notes : Notes
        Takes ``slid_rows``. A column with a problem already is left alone.
    """
    for order in orders_of(snapshot):
        ids = order[:FIRST_ROWS]
        one, other = (each.customers_of(ids) for each in (snapshot, earlier))
        for contract in (MARKET_FILE, MONEY):
            for column in contract.columns:
                if column.kind == "id" or notes.blames(contract.file, column.heading):
                    continue
                if rows := _slid_by(column, one[column.name], other[column.name]):
                    told = {"rows": str(abs(rows)), "earlier": period}
                    notes.doubt("slid_rows", contract.file, column.heading, (), **told)


def orders_of(snapshot: Snapshot) -> Iterator[pd.Index[str]]:
    """Give the ids in the order of market_file, and in the natural one where it is another."""
    by_id = pd.Index(snapshot.row_order["id"])
    by_row = by_id[np.argsort(snapshot.row_order["position"].to_numpy())]
    yield by_row
    if not by_id.equals(by_row):
        yield by_id


def _slid_by(column: Column, now: pd.Series[Any], then: pd.Series[Any]) -> int:
    """Rows by which a column has slid; 0 where it agrees best as it stands."""
    known = int((now.notna() & then.notna()).sum())
    if known < FEWEST_FOLLOWED or now.nunique() < 2:
        return 0
    if column.kind == "number":
        return _numbers_slid_by(now, then, known)
    codes, _ = pd.factorize(pd.concat([now, then]))
    return _labels_slid_by(codes[: len(now)].astype(float), codes[len(now) :].astype(float))


def _numbers_slid_by(now: pd.Series[float], then: pd.Series[float], known: int) -> int:
    one, other = ranks(now), ranks(then)
    alike = {
        rows: float(one[at] @ other[before]) for rows, at, before in slides(len(one), FARTHEST)
    }
    best = max(alike, key=lambda rows: alike[rows])
    better = alike[best] - float(one @ other)
    return best if better > max(MORE_ALIKE, MORE_THAN_CHANCE / np.sqrt(known)) else 0


def _labels_slid_by(now: Floats, then: Floats) -> int:
    now, then = (np.where(each < 0, np.nan, each) for each in (now, then))
    stands = now == then
    far: dict[int, float] = {}
    in_rows: dict[int, int] = {}
    differing: dict[int, float] = {}
    for rows, at, before in slides(len(now), FARTHEST):
        known = ~np.isnan(now[at]) & ~np.isnan(then[at]) & ~np.isnan(then[before])
        slid = now[at] == then[before]
        differing[rows] = float((~slid[known]).mean())
        better = int((slid & ~stands[at] & known).sum())
        worse = int((stands[at] & ~slid & known).sum())
        far[rows] = (better - worse) / max(np.sqrt(better + worse), 1.0)
        in_rows[rows] = _in_a_row(~slid[known])
    best, fewest = (
        max(far, key=lambda rows: far[rows]),
        min(in_rows, key=lambda rows: in_rows[rows]),
    )
    stand_in_rows = _in_a_row(~stands[~np.isnan(now) & ~np.isnan(then)])
    if far[best] <= LABELS_FAR:
        best = fewest
        by_chance = _in_a_row_by_chance(~stands[~np.isnan(now) & ~np.isnan(then)])
        least = FEWEST_IN_A_ROW + TIMES_IN_A_ROW * by_chance
        if stand_in_rows < least or in_rows[fewest] > stand_in_rows / 2:
            return 0
    return best if differing[best] < MOST_LEFT * _by_chance(now, then) else 0


def _by_chance(now: Floats, then: Floats) -> float:
    """Share of customers whose labels would differ if one had nothing to do with the other."""
    shares = [pd.Series(each).value_counts(normalize=True) for each in (now, then)]
    return 1.0 - float(shares[0].mul(shares[1], fill_value=0.0).sum())


def _in_a_row(differ: Flags) -> int:
    """Count customers whose labels differ as their neighbours’ do, four in a row or more."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], differ, [False])).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= IN_A_ROW].sum())


def _in_a_row_by_chance(differ: Flags) -> float:
    """Count them where as many labels differ, without regard to the neighbours'."""
    share = float(differ.mean()) if len(differ) else 0.0
    return len(differ) * share**IN_A_ROW * (IN_A_ROW - (IN_A_ROW - 1) * share)
