"""Two months of customers side by side, and one cluster bootstrap by customer for both.

A customer in both months is not two customers: resampling draws customers, and each brings the
rows it has in either month. So one bootstrap serves customers who are in both months and those
who are in one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Flags, Floats, Rows
from analysis.snapshot.ids import by_id
from analysis.statistics.cluster_bootstrap import MOST_ONE_BY_ONE


@dataclass(frozen=True, eq=False)
class MonthOfAll:
    """All customers of either month, as one of the two shows them.

    A column is put into the order of the customers when it is asked for, so that no more than one
    is held twice.

    Attributes
    ----------
    table : DataFrame
        Customers of the month.
    rows : ndarray of int
        Row of every customer in the table; -1 where he is not in the month.
    """

    table: pd.DataFrame
    rows: Rows

    @property
    def present(self) -> Flags:
        """Whether a customer is in the month."""
        return np.asarray(self.rows >= 0)

    def numbers(self, name: str) -> Floats:
        """Give a column of numbers, NaN where unknown."""
        return self.laid_out(self.table[name].to_numpy(dtype=float, na_value=np.nan))

    def flags(self, name: str, label: str | bool) -> Floats:
        """1 where a known value is the label, 0 where it is another, NaN where it is unknown."""
        values = self.table[name]
        flags = np.where(values.isna(), np.nan, values.eq(label).astype(float))
        return self.laid_out(flags)

    def laid_out(self, values: Floats, absent: float = np.nan) -> Floats:
        """Put values of the table's rows into the order of all customers."""
        if not len(values):
            return np.full(len(self.rows), absent)
        return np.where(self.present, values[self.rows], absent)


@dataclass(frozen=True, eq=False)
class Matched:
    """All customers of either month, in one order for both.

    As long as customers are drawn one by one, the order is made from content and the same both
    ways; of very many, no figure depends on it.
    """

    old: MonthOfAll
    new: MonthOfAll

    def __len__(self) -> int:
        return len(self.old.rows)

    @property
    def in_both(self) -> Flags:
        """Whether a customer is in both months."""
        return self.old.present & self.new.present


def match(old: pd.DataFrame, new: pd.DataFrame) -> Matched:
    """Lay two months side by side.

    Parameters
    ----------
    old, new : DataFrame
        One row per customer with ``id``; the columns that both have say which customers are alike.

    Raises
    ------
    ValueError
        An id stands twice in one month.
    """
    numbers_old, numbers_new, ids = _numbered(old["id"], new["id"])
    rows = np.full((2, len(ids)), -1)
    for side, numbers in zip(rows, (numbers_old, numbers_new), strict=True):
        side[numbers] = np.arange(len(numbers))
        if (side >= 0).sum() < len(numbers):
            raise ValueError("a customer has two rows in one month")
    if len(ids) <= MOST_ONE_BY_ONE:
        rows = rows[:, _content_order(old, new, rows, ids)]
    return Matched(MonthOfAll(old, rows[0]), MonthOfAll(new, rows[1]))


def with_numbers_for_ids(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give two months whose ids are whole numbers, which are found faster than texts."""
    numbers_old, numbers_new, _ = _numbered(old["id"], new["id"])
    return old.assign(id=numbers_old), new.assign(id=numbers_new)


def _numbered(old: pd.Series[str], new: pd.Series[str]) -> tuple[Rows, Rows, pd.Series[str]]:
    """Give numbers for the ids of two months, equal for equal ids, and the ids by number."""
    numbers, ids = pd.factorize(pd.concat([old, new], ignore_index=True))
    return numbers[: len(old)], numbers[len(old) :], pd.Series(ids)


def _content_order(
    old: pd.DataFrame, new: pd.DataFrame, rows: NDArray[np.intp], ids: pd.Series[str]
) -> Rows:
    """Order customers by what they are in both months, then by id."""
    columns = [name for name in old.columns if name in new.columns and name != "id"]
    ranks = _content_ranks(pd.concat([old[columns], new[columns]], ignore_index=True))
    sides = (ranks[: len(old)], ranks[len(old) :])
    places = np.array(
        [
            np.where(own >= 0, side[own], -1) if len(side) else own
            for own, side in zip(rows, sides, strict=True)
        ]
    )
    found = pd.DataFrame({"smaller": places.min(axis=0), "larger": places.max(axis=0), "id": ids})
    return np.asarray(found.sort_values(["smaller", "larger", "id"], key=by_id).index)


def _content_ranks(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Rank rows by what they hold; equal rows share a rank."""
    ordered = rows.sort_values(list(rows.columns), na_position="last", kind="stable")
    ranks = np.empty(len(rows), dtype=np.int64)
    ranks[ordered.index] = (~ordered.duplicated()).to_numpy().cumsum()
    return ranks
