"""Whether the order of an export gives the level away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Flags
from analysis.snapshot.ids import natural
from analysis.snapshot.snapshot import Snapshot
from analysis.statistics.rank_sum import rank_sum

SURE = 0.001
"""P-value below which an order is no chance."""

TELLING_AUC = 0.6
"""ROC-AUC above which an order gives the level away, where chance does not explain it."""


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
    expected_runs : float
        How many blocks there would be on average in a shuffled file.
    position_tells, id_tells : bool
        Whether the order gives the level away: an AUC above .6 that chance explains in less than
        one file of a thousand (Mann and Whitney) or, for the place, far fewer runs than that
        (Wald and Wolfowitz).
    """

    auc_position: float
    auc_id: float
    runs: int
    expected_runs: float
    position_tells: bool
    id_tells: bool


def file_order(snapshot: Snapshot, customers: pd.DataFrame) -> FileOrder:
    """Check whether the order of the rows or of the ids gives the level away.

    Parameters
    ----------
    snapshot : Snapshot
        For its `row_order`.
    customers : DataFrame
        Any selection of `one_row_per_customer`; those without a level are left out.
    """
    known = customers[["id", "level"]].dropna(subset="level")
    with_level = known.merge(snapshot.row_order, on="id")
    with_level = with_level.sort_values("position")
    declined = (with_level["level"] == "declined").to_numpy()
    runs, expected, too_few = runs_test(declined)
    by_position, chance_of_position = folded_auc(with_level["position"], declined)
    by_id, chance_of_id = folded_auc(_places(with_level["id"]), declined)
    return FileOrder(
        auc_position=by_position,
        auc_id=by_id,
        runs=runs,
        expected_runs=expected,
        position_tells=(by_position > TELLING_AUC and chance_of_position < SURE) or too_few < SURE,
        id_tells=by_id > TELLING_AUC and chance_of_id < SURE,
    )


def _places(ids: pd.Series[str]) -> pd.Series[float]:
    """Places of ids in their natural order."""
    return natural(ids).rank()


def folded_auc(score: pd.Series[Any], positive: Flags) -> tuple[float, float]:
    """ROC-AUC of a score, folded to at least .5, and its two-sided p-value.

    References
    ----------
    H. B. Mann, D. R. Whitney, On a test of whether one of two random variables is stochastically
    larger than the other. Annals of Mathematical Statistics 18 (1947), 50–60.
    """
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return 0.5, 1.0
    above, p_value = rank_sum(score[positive], score[~positive], "asymptotic")
    auc = above / (ones * zeros)
    return max(auc, 1 - auc), p_value


def runs_test(positive: Flags) -> tuple[int, float, float]:
    """Give the number of runs, the number expected by chance, and the p-value of having so few.

    References
    ----------
    A. Wald, J. Wolfowitz, On a test whether two samples are from the same population.
    Annals of Mathematical Statistics 11 (1940), 147–162.
    """
    n, ones = positive.size, int(positive.sum())
    runs = int((positive[1:] != positive[:-1]).sum()) + 1 if n else 0
    mixed = 2.0 * ones * (n - ones)
    if not mixed or n < 2:
        return runs, float(runs), 1.0
    expected = mixed / n + 1
    variance = mixed * (mixed - n) / (n**2 * (n - 1))
    if variance <= 0:
        return runs, expected, 1.0
    return runs, expected, float(stats.norm.cdf((runs - expected) / np.sqrt(variance)))
