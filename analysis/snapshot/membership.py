"""Who is in an export: customers whom a filter left out, and accounts that are no customers.

Every number of those who are there may be right, and the shares and sums of all be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.by_customer import numbers_by_customer
from analysis.snapshot.errors import Notes, whole_percent
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import CONTRACT, FEWEST_JUDGED, MARKET_FILE

MOST_BELOW = 0.05
"""Share of the customers who may have had less in a month than anybody has in the next: it was
2.4 % at most in all months seen."""

FEWEST_ALIKE = 5
"""Customers who are the same in every column but the number: no more than two were in any month
seen."""

FEWEST_TWICE, FEWEST_KNOWN = 3, 6
"""Customers who are another one once more in every number of all files, and different numbers that
they must have for that to be no chance: in all months seen there was none."""


def ask_about_left_out(
    file: str, places: tuple[str, str], old: Floats, new: Floats, notes: Notes
) -> None:
    """Ask about a month below whose smallest number many of the same customers were before.

    Parameters
    ----------
    places : tuple of two str
        The earlier month and the later one, as a message names them.
    old, new : ndarray of float64
        Numbers of the same customers above zero.
    notes : Notes
        Takes ``nobody_below``; not of an end that is asked about as cut off.
    """
    heaped = {each.column for each in notes.findings if each.code == "heaped_at_end"}
    if not len(new) or places[1] in heaped:
        return
    least = float(new.min())
    before = int((old < least).sum())
    if before >= max(FEWEST_JUDGED, MOST_BELOW * len(old)):
        told = {
            "value": written_number(least),
            "share": whole_percent(before / len(old)),
            "other": places[0],
        }
        notes.mention("nobody_below", file, places[1], before, **told)


def ask_about_alike(tables: Mapping[str, pd.DataFrame], notes: Notes) -> None:
    """Ask about customers who are the same in all but the number, as test accounts are.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Of a snapshot, by file.
    notes : Notes
        Takes ``customers_alike`` of groups of market_file, else ``customers_twice``.
    """
    customers = tables[MARKET_FILE.file]
    numbers = list(customers.select_dtypes("number").columns)
    some = customers[customers.duplicated(numbers, keep=False)].drop(columns="id")
    if len(some) < FEWEST_TWICE:
        return
    sizes = some.groupby(list(some.columns), dropna=False, observed=True).size()
    alike = sizes[sizes >= FEWEST_ALIKE]
    if len(alike):
        notes.mention("customers_alike", MARKET_FILE.file, "id", int(alike.sum()))
        return
    twice = _more_than_once(customers["id"][some.index], tables)
    if twice >= FEWEST_TWICE:
        notes.mention("customers_twice", MARKET_FILE.file, "id", twice)


def _more_than_once(ids: pd.Series[str], tables: Mapping[str, pd.DataFrame]) -> int:
    """Count customers who are another one once more: in every number of every file."""
    joined = pd.DataFrame(
        {
            place: values.reindex(ids)
            for contract in CONTRACT
            for place, values in numbers_by_customer(contract, tables[contract.file])
        }
    )
    known = joined[joined.nunique(axis="columns") >= FEWEST_KNOWN]
    return int(known.duplicated().sum())
