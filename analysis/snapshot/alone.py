"""What is asked of a month that no earlier one can be held against."""

from __future__ import annotations

from analysis.snapshot.books import unconfirmed
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.schema import MARKET_FILE
from analysis.snapshot.snapshot import Snapshot

WITHOUT_EARLIER = frozenset({"no_earlier", "no_earlier_but_books"})
"""Findings that say that there was no earlier month; the report rests on this one alone."""

FEW_CONSENT = 1 / 3
"""Share of customers who allow messages below which it is asked whether the labels are exchanged.

Whoever buys in a shop month after month refuses its messages less often than he allows them; where
labels are exchanged, letters would go to those who refused."""


def ask_of_a_first_month(snapshot: Snapshot, notes: Notes) -> None:
    """Say that there is no month before, and ask what only a month before would have told.

    Parameters
    ----------
    snapshot : Snapshot
    notes : Notes
        Takes ``no_earlier``, or ``no_earlier_but_books`` where the shop's books confirm every total
        that the report rests on, and ``few_consents``.
    """
    lacking = unconfirmed(snapshot.totals)
    if lacking:
        found = ", ".join(f"«{each}»" for each in lacking)
        notes.mention("no_earlier", MARKET_FILE.file, found=found)
    else:
        notes.mention("no_earlier_but_books", MARKET_FILE.file)
    allowed = snapshot.customers["consent"].astype(bool)
    if allowed.any() and allowed.mean() < FEW_CONSENT:
        notes.mention(
            "few_consents",
            MARKET_FILE.file,
            MARKET_FILE.column("consent").heading,
            int(allowed.sum()),
            share=whole_percent(float(allowed.mean())),
        )
