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

from analysis.arrays import Flags
from analysis.snapshot.ids import by_id


@dataclass(frozen=True, eq=False)
class Matched:
    """All customers of either month, in an order made from content and the same both ways.

    Attributes
    ----------
    old, new : DataFrame, one row per customer
        What the customer has in the month; missing values where it is not in it.
    in_old, in_new : ndarray of bool
    """

    old: pd.DataFrame
    new: pd.DataFrame
    in_old: Flags
    in_new: Flags

    @property
    def in_both(self) -> Flags:
        """Whether a customer is in both months."""
        return self.in_old & self.in_new


def match(old: pd.DataFrame, new: pd.DataFrame) -> Matched:
    """Lay two months side by side.

    Parameters
    ----------
    old, new : DataFrame
        One row per customer with ``id``; the columns that both have are kept.

    Raises
    ------
    ValueError
        An id stands twice in one month.
    """
    for table in (old, new):
        if table["id"].duplicated().any():
            raise ValueError("a customer has two rows in one month")
    columns = [name for name in old.columns if name in new.columns and name != "id"]
    both = pd.concat([old[["id", *columns]], new[["id", *columns]]], ignore_index=True)
    ranks = _content_ranks(both[columns])
    places = pd.DataFrame(
        {
            "old": pd.Series(ranks[: len(old)], index=old["id"].to_numpy()),
            "new": pd.Series(ranks[len(old) :], index=new["id"].to_numpy()),
        }
    ).fillna(-1)
    places["smaller"], places["larger"] = places.min(axis=1), places.max(axis=1)
    places = places.rename_axis("id").reset_index()
    places = places.sort_values(["smaller", "larger", "id"], key=by_id)
    ids = places["id"]
    return Matched(
        old=old.set_index("id")[columns].reindex(ids),
        new=new.set_index("id")[columns].reindex(ids),
        in_old=np.asarray(places["old"] >= 0),
        in_new=np.asarray(places["new"] >= 0),
    )


def _content_ranks(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Rank rows by what they hold; equal rows share a rank."""
    ordered = rows.sort_values(list(rows.columns), na_position="last", kind="stable")
    ranks = np.empty(len(rows), dtype=np.int64)
    ranks[ordered.index] = (~ordered.duplicated()).to_numpy().cumsum()
    return ranks
