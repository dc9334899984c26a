"""Where the faults of a real export lie in a sample month, and how they are laid in.

Only the faults that touch values are here; misspelt labels and the files themselves are in
`analysis.synthetic.generate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags
from analysis.cleaning.customers import COPIED
from analysis.synthetic.margins import load_margins

OUTLIER_TIMES = (14.0, 16.0)


@dataclass(frozen=True)
class Layout:
    """Which line of the file holds what, for a given number of customers.

    Attributes
    ----------
    declined
        Whether the customer on each line declined: six runs, the first and the last the longest.
    sources, contrary, near, exact
        Counts that are copied; and the lines that repeat them with another level, with another
        category, and in everything but id and profit. `sources` lists the same lines in this order.
    inactive
        Counts of customers without revenue in both earlier months.
    outlier
        The line with an impossible revenue.
    """

    declined: Flags
    sources: Counts
    contrary: Counts
    near: Counts
    exact: Counts
    inactive: Counts
    outlier: int

    @property
    def copies(self) -> Counts:
        """All repeated lines, in the order of `sources`."""
        return np.concatenate([self.contrary, self.near, self.exact])

    @property
    def passing(self) -> Counts:
        """Counts of customers who are in this month only, so that a fault never travels on."""
        return np.concatenate([self.copies, self.inactive, [self.outlier]])


def lay_out(customers: int, declined: int) -> Layout:
    """Place levels and faults on the lines of a file of `customers`, of whom some `declined`."""
    short = max(24, round(customers * 48 / 1300))
    first = declined - 2 * short
    lengths = [first, short, short, short, short, customers - declined - 2 * short]
    levels = np.repeat([True, False, True, False, True, False], lengths)
    block = first + 3 * short - 9 + np.arange(21)
    sources = first - round(customers * 52 / 1300) - 21 + np.arange(21)
    return Layout(
        declined=levels,
        sources=sources,
        contrary=block[:9],
        near=block[9:10],
        exact=block[10:],
        inactive=np.array([0, 9, 11]),
        outlier=12,
    )


def lines_of(layout: Layout, declined: Flags) -> Counts:
    """Say which of the customers, of whom some `declined`, stands on each line of the file.

    Of each level the first customers keep their order, and the last ones take the passing lines.
    """
    order = np.empty(len(declined), dtype=np.int64)
    passing = np.zeros(len(declined), dtype=np.bool_)
    passing[layout.passing] = True
    for level in (True, False):
        people = np.flatnonzero(declined == level)
        special = np.flatnonzero((layout.declined == level) & passing)
        others = np.flatnonzero((layout.declined == level) & ~passing)
        order[others] = people[: len(others)]
        order[special] = people[len(others) :]
    return order


def spoilt(rng: np.random.Generator, clean: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Give a table with its faults: copies, customers without revenue, the impossible value."""
    table = clean.copy()
    table["level"] = layout.declined
    table.loc[layout.copies, list(COPIED)] = table.loc[layout.sources, list(COPIED)].to_numpy()
    repeated = [column for column in table if column not in ("id", "profit", "level")]
    same = np.concatenate([layout.near, layout.exact])
    table.loc[same, repeated] = table.loc[
        layout.sources[len(layout.contrary) :], repeated
    ].to_numpy()
    names = sorted(load_margins().steady.labels["category"])
    for line in layout.near:
        others = [name for name in names if name != table.at[line, "category"]]
        table.at[line, "category"] = others[int(rng.integers(len(others)))]
    before = ["revenue_before_previous", "revenue_previous", "promo_share"]
    table.loc[layout.inactive, before] = 0.0
    table.loc[layout.outlier, "revenue_current"] = round(
        rng.uniform(*OUTLIER_TIMES) * float(table["revenue_current"].max()), 1
    )
    return table
