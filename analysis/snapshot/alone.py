"""What is asked of a month that no earlier one can be held against."""

from __future__ import annotations

import pandas as pd

from analysis.snapshot.books import unconfirmed
from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.relations import BROWSING, chance_of_more
from analysis.snapshot.schema import MARKET_FILE, MONEY, Column
from analysis.snapshot.sliding import orders_of
from analysis.snapshot.snapshot import Snapshot
from analysis.snapshot.stretches import longest_stretch

WITHOUT_EARLIER = frozenset({"no_earlier", "no_earlier_in_part", "no_earlier_but_books"})
"""Findings that say that there was no earlier month; the report rests on this one alone."""

TOLD_LAST = WITHOUT_EARLIER | {"earlier_unread"}
"""Findings about the months before that the terminal says at the end."""

FEW_CONSENT = 1 / 3
"""Share of customers who allow messages below which it is asked whether the labels are exchanged.

Whoever buys in a shop month after month refuses its messages less often than he allows them; where
labels are exchanged, letters would go to those who refused."""

LIMITS = (65_535, 65_536, 1_048_575, 1_048_576)
"""Rows of a spreadsheet, with and without a heading."""

ROUND = 1000
"""What a limit is a multiple of."""

HEAPED, HEAPED_TIMES = 0.25, 3.0
"""Share of zeros in a column of fractions, and how many times as many they are as have any other
number: a blank that was written as zero. In all months seen it was 0.002 at most."""

SHARE_WITH_ONE, FEWEST_WITH_ONE = 0.1, 50
"""Share of customers with one of what nobody has none of, and their number: a join left out those
without. In all months seen a quarter as many had none of such a thing, at least."""

FEWEST_OF_GROUP, BY_NO_CHANCE = 30, 1e-9
"""Customers of one group who all have, or lack, a label, and the chance of that by the others."""

GOES_WITH_NOTHING = 0.05
"""How far from one half the chance of more pages and categories may be, of those marked as less
active, for the levels to be others': in all months seen the chance was 0.23 at most of pages, and
0.36 of categories."""

MOST_AT_END = 3
"""Blank cells that a column which slid by as many rows leaves at its end, or at its beginning."""

MOST_OF_OTHERS = 0.9
"""Share of the others with this label above which it is no question."""

TOLD_BY = ("level", "consent")
"""Labels on which decisions rest."""


def ask_of_a_first_month(snapshot: Snapshot, notes: Notes) -> None:
    """Say that there is no month before, and ask what only a month before would have told.

    Parameters
    ----------
    snapshot : Snapshot
    notes : Notes
        Takes ``no_earlier``, ``no_earlier_in_part`` where the shop's books confirm some of the
        totals that the report rests on, or ``no_earlier_but_books`` where all, and
        ``few_consents``, ``round_count``, ``zeros_heaped``,
        ``nobody_without``, ``label_of_group``, ``consents_in_a_row``, ``levels_of_others``,
        ``blank_at_end``.
    """
    lacking = unconfirmed(snapshot.totals)
    found = ", ".join(f"«{each}»" for each in lacking)
    some = snapshot.looked_up > snapshot.otherwise or any(each.agrees for each in snapshot.totals)
    if not lacking:
        notes.mention("no_earlier_but_books", MARKET_FILE.file)
    elif some:
        notes.mention("no_earlier_in_part", MARKET_FILE.file, found=found)
    else:
        notes.mention("no_earlier", MARKET_FILE.file, found=found)
    customers = snapshot.customers
    _ask_about_their_number(len(customers), notes)
    _ask_about_consents(customers["consent"].astype(bool), notes)
    for column in MARKET_FILE.columns:
        if column.kind == "number":
            _ask_about_zeros(column, customers[column.name].dropna(), notes)
    for name in TOLD_BY:
        _ask_about_groups(MARKET_FILE.column(name), customers, notes)
    _ask_about_rows_of_consents(customers, notes)
    _ask_about_levels(customers, notes)
    _ask_about_blank_ends(snapshot, notes)


def _ask_about_their_number(customers: int, notes: Notes) -> None:
    """Ask about as many customers as a limit would leave."""
    if customers % ROUND == 0 or customers in LIMITS:
        notes.mention("round_count", MARKET_FILE.file, "id", customers)


def _ask_about_consents(allowed: pd.Series[bool], notes: Notes) -> None:
    if allowed.any() and allowed.mean() < FEW_CONSENT:
        notes.mention(
            "few_consents",
            MARKET_FILE.file,
            MARKET_FILE.column("consent").heading,
            int(allowed.sum()),
            share=whole_percent(float(allowed.mean())),
        )


def _ask_about_zeros(column: Column, values: pd.Series[float], notes: Notes) -> None:
    """Ask about zeros that are too many, or that nobody has where many have one."""
    if not len(values):
        return
    counts = values.value_counts()
    zeros, ones = int(counts.get(0.0, 0)), int(counts.get(1.0, 0))
    if column.whole:
        starts_at_zero = column.usual is not None and column.usual[0] == 0
        enough = ones >= max(SHARE_WITH_ONE * len(values), FEWEST_WITH_ONE)
        if starts_at_zero and not zeros and enough:
            share = whole_percent(ones / len(values))
            notes.mention("nobody_without", MARKET_FILE.file, column.heading, ones, share=share)
        return
    others = int(counts.drop(0.0, errors="ignore").max()) if len(counts) > 1 else 0
    if zeros > HEAPED * len(values) and zeros > HEAPED_TIMES * others:
        share = whole_percent(zeros / len(values))
        notes.mention("zeros_heaped", MARKET_FILE.file, column.heading, zeros, share=share)


def _ask_about_groups(column: Column, customers: pd.DataFrame, notes: Notes) -> None:
    """Ask about a group of which everyone has one label that others have in part."""
    known = customers[customers[column.name].notna()]
    for other in MARKET_FILE.columns:
        if other.kind != "label" or other.name in TOLD_BY:
            continue
        groups = known.groupby(other.name, observed=True)[column.name]
        for group, labels in groups:
            if len(labels) < FEWEST_OF_GROUP or labels.nunique() != 1:
                continue
            label = labels.iloc[0]
            share = float(known.drop(labels.index)[column.name].eq(label).mean())
            if share < MOST_OF_OTHERS and share ** len(labels) < BY_NO_CHANCE:
                told = {
                    "group": shown(str(group)),
                    "label": column.exported(label),
                    "share": whole_percent(share),
                }
                notes.mention(
                    "label_of_group", MARKET_FILE.file, column.heading, len(labels), **told
                )
                return


def _ask_about_levels(customers: pd.DataFrame, notes: Notes) -> None:
    """Ask about levels that go with neither pages nor categories: of other customers."""
    some = customers.iloc[:: 1 + len(customers) // MOST_RANKED]
    declined, steady = (some[some["level"].eq(level)] for level in ("declined", "steady"))
    if min(len(declined), len(steady)) < FEWEST_FOLLOWED:
        return
    chances = [chance_of_more(declined[name].dropna(), steady[name].dropna()) for name in BROWSING]
    if all(abs(chance - 0.5) < GOES_WITH_NOTHING for chance in chances):
        others = ", ".join(f"«{MARKET_FILE.column(name).heading}»" for name in BROWSING)
        heading, base = MARKET_FILE.column("level").heading, len(declined) + len(steady)
        notes.mention("levels_of_others", MARKET_FILE.file, heading, base, others=others)


def _ask_about_rows_of_consents(customers: pd.DataFrame, notes: Notes) -> None:
    """Ask about customers who have all one consent, in a row by any number of theirs."""
    column = MARKET_FILE.column("consent")
    found = []
    for other in MARKET_FILE.columns:
        if other.kind != "number":
            continue
        known = customers[[other.name, column.name]].dropna()
        values = known.groupby(other.name)[column.name].agg(["size", "mean"])
        for label in (True, False):
            share = float((known[column.name] == label).mean())
            first, length = longest_stretch((values["mean"] == float(label)).to_numpy(dtype=bool))
            stretch = values.iloc[first : first + length]
            has = int(stretch["size"].sum())
            if has >= FEWEST_OF_GROUP and len(known) * share**has < BY_NO_CHANCE:
                found.append((has, label, other, stretch.index[0], stretch.index[-1]))
    if found and customers[column.name].nunique() > 1:
        length, label, other, low, high = max(found, key=lambda each: each[0])
        told = {
            "label": column.exported(label),
            "other": other.heading,
            "low": written_number(float(low)),
            "high": written_number(float(high)),
        }
        notes.mention("consents_in_a_row", MARKET_FILE.file, column.heading, length, **told)


def _ask_about_blank_ends(snapshot: Snapshot, notes: Notes) -> None:
    """Ask about a column that is blank for the last or first customers alone, as one that slid."""
    orders = list(orders_of(snapshot))
    for contract, table in ((MARKET_FILE, snapshot.customers), (MONEY, snapshot.profit)):
        own = table.set_index("id")
        for column in contract.columns:
            if column.kind != "number" or len(own) < FEWEST_FOLLOWED:
                continue
            blank = own.index[own[column.name].isna()]
            ends = (end for order in orders for end in (order[: len(blank)], order[-len(blank) :]))
            if 0 < len(blank) <= MOST_AT_END and any(set(end) == set(blank) for end in ends):
                notes.mention("blank_at_end", contract.file, column.heading, len(blank))
