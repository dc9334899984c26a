"""What the checks of a snapshot would not have noticed: how large an error can be and still pass.

The checks are asked themselves: the same numbers, larger or smaller by one factor or given to other
customers, or with some labels wrong, are held against the same months until one of them speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.periods import months_between
from analysis.snapshot.course import FEWEST_FOLLOWED, as_numbers, moved_by
from analysis.snapshot.course import LEAST_ALIKE as LEAST_OF_MONTHS
from analysis.snapshot.errors import Notes, Unseen
from analysis.snapshot.levels import ask_about_changed_levels
from analysis.snapshot.likeness import least_of_habit
from analysis.snapshot.magnitude import place_of, usual_of
from analysis.snapshot.moves import (
    DECIMALS,
    ask_about_consents,
    ask_about_labels,
    ask_about_number,
    smallest_step,
)
from analysis.snapshot.relations import BROWSING
from analysis.snapshot.schema import (
    FEWEST_JUDGED,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    Column,
)
from analysis.snapshot.snapshot import Snapshot

LARGEST = 10.0
"""Factor that is refused in every column, whatever it is held against."""

HALVINGS = 10
"""How often the span of what passes is halved: to less than a third of a percent."""

HALVINGS_OF_LABELS = 7
"""The same of a share of labels: to less than one in a hundred."""

MOST_TRIED = 5_000
"""Customers of whom every second, third and so on is enough."""

SEED = 13
OTHER_LEVEL = {"declined": "steady", "steady": "declined"}


def unseen_errors(
    snapshot: Snapshot, month: str, earlier: tuple[str, Snapshot] | None
) -> tuple[Unseen, ...]:
    """Tell how far numbers and labels could be wrong for everyone without being noticed.

    Parameters
    ----------
    snapshot : Snapshot
    month : str
        Its month, ``YYYY-MM``.
    earlier : tuple of str and Snapshot, or None
        The month that it was held against.

    Returns
    -------
    tuple of Unseen
        Of columns that are asked about already there is none. Where the shop's books confirm a
        total, no factor could be wrong; numbers of other customers could.
    """
    confirmed = {each.name for each in snapshot.totals if each.agrees}
    found = [
        *_beside_the_month_before_it(snapshot),
        *_beside_other_months(snapshot, month, earlier),
    ]
    return tuple(
        replace(each, low=None, high=None) if each.column in confirmed else each
        for each in found
        if each.column not in confirmed or each.mixed is not None
    )


def _beside_other_months(
    snapshot: Snapshot, month: str, earlier: tuple[str, Snapshot] | None
) -> Iterator[Unseen]:
    if earlier is None:
        yield from _beside_what_is_usual(snapshot)
        return
    now, then = _same_customers(snapshot, earlier[1])
    if len(now) < FEWEST_FOLLOWED:
        yield from _beside_what_is_usual(snapshot)
        return
    months = months_between(earlier[0], month)
    for contract in (MARKET_FILE, MONEY):
        for column in contract.columns:
            if column.varies is not None:
                place = contract.file, column.heading, "earlier"
                tables = now[[column.name]], then[[column.name]]
                yield from _span(
                    column, place, tables, partial(_asks, column, (earlier[0], months)), months
                )
            elif column.kind == "label":
                yield from _labels(column, now, then, (earlier[0], months))


def _same_customers(snapshot: Snapshot, earlier: Snapshot) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give customers of both months, one below the other."""
    named, before = (pd.Index(each.customers["id"]) for each in (snapshot, earlier))
    ids = named.intersection(before)
    ids = ids[:: 1 + len(ids) // MOST_TRIED]
    return snapshot.customers_of(ids), earlier.customers_of(ids)


def _beside_the_month_before_it(snapshot: Snapshot) -> Iterator[Unseen]:
    """Errors of this month alone, beside the month before it in the same export."""
    for contract, table in ((MARKET_MONEY, snapshot.revenue), (MARKET_TIME, snapshot.minutes)):
        column = contract.columns[-1]
        months = [table[table["period"] == month] for month in ("previous", "current")]
        old, new = (each.set_index("id")[column.name] for each in months)
        ids = new.index[:: 1 + len(new) // MOST_TRIED]
        label = next(label for label, own in contract.months.items() if own == "current")
        tables = new.reindex(ids).to_frame(), old.reindex(ids).to_frame()
        place = contract.file, place_of(column, label), "export"
        yield from _span(column, place, tables, partial(_moves, column))


def _asks(column: Column, earlier: tuple[str, int], now: pd.DataFrame, then: pd.DataFrame) -> bool:
    notes = Notes()
    ask_about_number("", column, now, then, earlier, notes)
    return bool(notes.findings)


def _moves(column: Column, now: pd.DataFrame, then: pd.DataFrame) -> bool:
    new, old = (as_numbers(each[column.name]) for each in (now, then))
    return moved_by(old, new, column) is not None


def _beside_what_is_usual(snapshot: Snapshot) -> Iterator[Unseen]:
    for contract, table in ((MARKET_FILE, snapshot.customers), (MONEY, snapshot.profit)):
        for column in contract.columns:
            if column.usual is None or column.varies is None:
                continue
            values = table[column.name].dropna()
            median = float(values.median()) if len(values) >= FEWEST_JUDGED else 0.0
            spans = [each for each in usual_of(column) if each[0] <= median <= each[1]]
            if median > 0 and spans:
                low, high = (edge / median for edge in spans[0])
                yield Unseen(contract.file, column.heading, "usual", low, high)


def _span(
    column: Column,
    place: tuple[str, str, str],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    speaks: Callable[[pd.DataFrame, pd.DataFrame], bool],
    months: int = 1,
) -> Iterator[Unseen]:
    now, then = tables

    new, old = (as_numbers(each[column.name]) for each in tables)
    step = smallest_step(old, new)

    def passes(exponent: float) -> bool:
        wrong = np.round(np.rint(new * LARGEST**exponent / step) * step, DECIMALS)
        return not speaks(now.assign(**{column.name: wrong}), then)

    both = (old > 0) & (new > 0)
    if both.sum() >= FEWEST_FOLLOWED and passes(0.0):
        high, low = _farthest(passes), _farthest(lambda exponent: passes(-exponent))
        least = LEAST_OF_MONTHS if place[2] == "export" else least_of_habit(column, months)
        mixed = None if least is None else _mixed(old, new, least)
        yield Unseen(*place, LARGEST**-low, LARGEST**high, mixed=mixed)


def _mixed(old: Floats, new: Floats, least: float) -> float:
    """Find what share of the numbers, drawn at random, could be those of other customers."""
    known = ~(np.isnan(old) | np.isnan(new))
    old, new = old[known], new[known]
    chance = np.random.default_rng(SEED).random(len(new))
    ranks = pd.Series(old).rank()

    def passes(share: float) -> bool:
        others = np.flatnonzero(chance < share)
        others = others[np.argsort(chance[others])]
        wrong = new.copy()
        wrong[others] = new[np.roll(others, 1)]
        return bool(ranks.corr(pd.Series(wrong).rank()) >= least)

    return _farthest(passes)


def _labels(
    column: Column, now: pd.DataFrame, then: pd.DataFrame, earlier: tuple[str, int]
) -> Iterator[Unseen]:
    """Find what share of the labels could be wrong: levels turned, refusals lost, those of others.

    Who has a wrong one is drawn at random.
    """
    needed = [column.name, *(BROWSING if column.name == "level" else ())]
    now, then = now[needed], then[needed]
    labels, chance = now[column.name], np.random.default_rng(SEED).random(len(now))

    def passes(share: float) -> bool:
        notes = Notes()
        wrong = now.assign(**{column.name: _wrong_labels(column, labels, chance < share)})
        ask_about_labels(MARKET_FILE.file, column, wrong, then, earlier, notes)
        if column.name == "level":
            ask_about_changed_levels(wrong, then, earlier[0], notes)
        elif column.name == "consent":
            ask_about_consents(MARKET_FILE.file, column, wrong, then, earlier, notes)
        return not notes.findings

    if labels.notna().sum() >= FEWEST_FOLLOWED and labels.nunique() > 1 and passes(0.0):
        kind = {"level": "share", "consent": "lost"}.get(column.name, "mixed")
        limit = {kind: _farthest(passes, HALVINGS_OF_LABELS)}
        yield Unseen(MARKET_FILE.file, column.heading, "earlier", **limit)


def _wrong_labels(column: Column, labels: pd.Series[Any], where: Flags) -> pd.Series[Any]:
    """Give labels of which some are wrong, in the way that a column of its kind would be."""
    if column.name == "level":
        return labels.mask(where, labels.map(OTHER_LEVEL))
    if column.name == "consent":
        return labels | where
    wrong = labels.copy()
    wrong[where] = np.roll(labels[where].to_numpy(), 1)
    return wrong


def _farthest(passes: Callable[[float], bool], halvings: int = HALVINGS) -> float:
    """Give the largest number from 0 to 1 that passes, where all below it do."""
    low, high = 0.0, 1.0
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low
