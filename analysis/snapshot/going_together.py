"""Columns that go together as only one that was made of the other does.

A join that repeats rows multiplies a sum by what was joined; a wrong formula takes in a neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.snapshot.by_customer import numbers_by_customer
from analysis.snapshot.course import FEWEST_FOLLOWED, MOST_RANKED
from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import CONTRACT, MARKET_MONEY, MONEY

MOST_TOGETHER = 0.7
"""Rank correlation of two columns, other than months of one, and revenue and profit, above which
one was made of the other: in all months seen it was 0.54 at most."""


def ask_about_going_together(tables: Mapping[str, pd.DataFrame], notes: Notes) -> None:
    """Ask about the two columns that go together most, where they do as no two should.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Of a snapshot, by file.
    notes : Notes
        Takes ``columns_together``.
    """
    columns = [
        (contract.file, place, values)
        for contract in CONTRACT
        for place, values in numbers_by_customer(contract, tables[contract.file])
        if not notes.blames_file(contract.file)
    ]
    if not columns:
        return
    ids = tables[CONTRACT[0].file]["id"]
    ids = ids.iloc[:: 1 + len(ids) // MOST_RANKED]
    ranks = pd.DataFrame({place: values.reindex(ids) for _, place, values in columns}).rank()
    alike = np.abs(ranks.corr(min_periods=FEWEST_FOLLOWED).to_numpy(dtype=float))
    pairs = [
        (float(alike[one, two]), columns[one][0], columns[one][1], columns[two][1])
        for one, two in combinations(range(len(columns)), 2)
        if not _may_go_together(columns[one][1], columns[two][1])
    ]
    most = max((pair for pair in pairs if not np.isnan(pair[0])), default=None)
    if most and most[0] > MOST_TOGETHER:
        told = {"other": most[3], "alike": f"{most[0]:.2f}"}
        notes.mention("columns_together", most[1], most[2], len(ranks), **told)


def _may_go_together(one: str, other: str) -> bool:
    """Tell whether two are months of one column, or the revenue and what is left of it."""
    names = {place.partition(",")[0] for place in (one, other)}
    return len(names) == 1 or names == {MARKET_MONEY.columns[-1].heading, MONEY.columns[-1].heading}
