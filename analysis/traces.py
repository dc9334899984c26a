"""Traces of how an export was made: its order, and customers who repeat one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.cleaning import COLUMNS, MINUTES, REVENUES
from analysis.snapshot import Snapshot

COPIED = (*REVENUES, *MINUTES, "pages_per_visit", "failures")


@dataclass(frozen=True)
class FileOrder:
    """How much the mere order of the export says about the level.

    Attributes
    ----------
    auc_position, auc_id : float
        ROC-AUC of the row's place and of the id's rank for the level, folded to at least .5;
        .5 if not both levels are there.
    runs : int
        Blocks of one level in file order, customers without a level left out.
    """

    auc_position: float
    auc_id: float
    runs: int


def file_order(snapshot: Snapshot, customers: pd.DataFrame) -> FileOrder:
    """Check whether the order of the rows or of the ids gives the level away.

    Parameters
    ----------
    snapshot : Snapshot
        For its `row_order`.
    customers : DataFrame
        Any selection of `one_row_per_customer`; those without a level are left out.
    """
    labelled = customers.dropna(subset="level").merge(snapshot.row_order, on="id")
    labelled = labelled.sort_values("position")
    declined = labelled["level"] == "declined"
    runs = int((declined != declined.shift()).sum()) if len(labelled) else 0
    return FileOrder(
        _folded_auc(labelled["position"], declined), _folded_auc(labelled["id"], declined), runs
    )


def _folded_auc(score: pd.Series[int], positive: pd.Series[bool]) -> float:
    """ROC-AUC by the rank-sum identity (Mann and Whitney, 1947), at least .5."""
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return 0.5
    ranks = score.rank()
    auc = (float(ranks[positive].sum()) - ones * (ones + 1) / 2) / (ones * zeros)
    return max(auc, 1 - auc)


@dataclass(frozen=True)
class NearCopies:
    """Pairs of customers with the same revenues, minutes, pages and failures.

    Attributes
    ----------
    pairs : int
        All of them.
    twins : int
        Equal in everything but id and profit.
    same_level : int
        Not twins, but of one level.
    contradicting : int
        One declined, one steady.
    """

    pairs: int
    twins: int
    same_level: int
    contradicting: int


def near_copies(customers: pd.DataFrame) -> NearCopies:
    """Count the pairs that share every measured habit; cells must all be present.

    A pair in which a level is blank counts in `pairs` (and `twins`) only.
    """
    whole = customers.dropna(subset=list(COPIED))
    labelled = whole.dropna(subset="level")
    alike = [name for name in COLUMNS if name not in ("id", "profit")]
    same = _pairs(labelled, [*COPIED, "level"])
    return NearCopies(
        pairs=_pairs(whole, list(COPIED)),
        twins=_pairs(whole, alike),
        same_level=same - _pairs(labelled, alike),
        contradicting=_pairs(labelled, list(COPIED)) - same,
    )


def copy_groups(customers: pd.DataFrame) -> pd.Series[int]:
    """Number the groups of customers who share every measured habit.

    Parameters
    ----------
    customers : DataFrame
        In the canonical columns, ordered by content.

    Returns
    -------
    Series of int, indexed as `customers`
        Equal for customers with the same `COPIED`; a customer with a missing cell is alone.
    """
    group = customers.groupby(list(COPIED), sort=True).ngroup()
    alone = group < 0
    group[alone] = int(group.max()) + 1 + np.arange(int(alone.sum()))
    return group


def _pairs(customers: pd.DataFrame, columns: list[str]) -> int:
    sizes = customers.groupby(columns, dropna=False).size()
    return int((sizes * (sizes - 1) // 2).sum())
