"""How the two levels of activity differ, feature by feature, and which features say the same.

Everything here is about the customers used for training; no result depends on their order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cleaning.features import CATEGORICAL, NUMERIC
from analysis.cleaning.levels import by_level, trained_customers
from analysis.exploration.association import (
    phik_matrix,
    profit_signal,
    strongest_pairs,
    variance_inflation,
)
from analysis.exploration.histograms import SMALLEST_BASE
from analysis.results import (
    CategoricalFeature,
    ExplorationResults,
    Interval,
    LevelShare,
    MonthByLevel,
    NumericFeature,
    ProfitTier,
)
from analysis.snapshot.schema import MONTHS, Month
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import cliffs_delta, cramers_v, cross_counts, holm, wilson
from analysis.statistics.rank_sum import rank_sum
from analysis.statistics.small_cells import SMALLEST_CELL, is_small

COLLINEAR = 5.0
PROMO_PERCENT = (0, 20, 40, 60, 80, 100)
MEASURED: dict[Literal["revenue", "minutes"], tuple[Month, ...]] = {
    "revenue": MONTHS,
    "minutes": MONTHS[1:],
}
"""The months in which each measure is exported."""


def explore(
    customers: pd.DataFrame,
    profit_groups: int = 3,
    smallest: int = SMALLEST_CELL,
    phik: pd.DataFrame | None = None,
) -> ExplorationResults:
    """Compare the levels of activity and relate the features to each other.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with ``state``. Only customers whose state
        is ``trained`` and whose level is known are looked at.
    profit_groups : int, default 3
        Into how many groups of equal size profit is cut.
    smallest : int
        Shares of fewer customers are left out.
    phik : DataFrame, optional
        ``phik_matrix`` of these customers, where it is known already.

    Returns
    -------
    ExplorationResults
        Numeric features by the size of their Cliff's delta (positive: higher where activity has
        declined), largest first; categorical features by Cramér's V. p-values are corrected by
        Holm over all of these features together. Comparisons of levels are empty where one of
        the levels has fewer than two customers. Values of ``promotions`` name the range of the
        promotional share in percent, ``"20-40"``; the upper end belongs to the next range.

    Notes
    -----
    Pairs of features are "same" from phi_k .9 on, where a pair alone has a variance inflation
    factor above 5, and "close" from .5 on, a large association (J. Cohen, Statistical Power
    Analysis, 1988). A mean of other features inflates a variance "collinear" above 5
    (G. James et al., An Introduction to Statistical Learning, 2013, section 3.3.3).
    """
    trained = trained_customers(customers)
    numeric, categorical = _compare_levels(trained)
    inflation = variance_inflation(trained[list(NUMERIC)].astype(float))
    profit = profit_signal(trained)
    return ExplorationResults(
        base=len(trained),
        smallest_base=SMALLEST_BASE,
        numeric=numeric,
        categorical=categorical,
        categories=_level_shares(trained, trained["category"], smallest),
        services=_level_shares(trained, trained["service"], smallest),
        promotions=_level_shares(trained, promo_ranges(trained["promo_share"]), smallest),
        months=_months(trained),
        strongest_pairs=strongest_pairs(trained, phik_matrix(trained) if phik is None else phik),
        inflation=inflation,
        collinear=any(item.vif > COLLINEAR for item in inflation),
        profit_associated=profit.p_value < SIGNIFICANT,
        profit_phik=profit.phik,
        profit_p_value=profit.p_value,
        tiers=profit_tiers(trained, profit_groups, smallest),
    )


# ------------------------------------------------------------- the levels, compared


def _compare_levels(
    trained: pd.DataFrame,
) -> tuple[list[NumericFeature], list[CategoricalFeature]]:
    declined = trained["level"].eq("declined")
    if min(int(declined.sum()), int((~declined).sum())) < 2:
        return [], []
    samples = {name: by_level(trained[name], declined) for name in NUMERIC}
    comparable = {
        name: pair for name, pair in samples.items() if min(pair[0].size, pair[1].size) > 1
    }
    tests = {
        name: rank_sum(down, steady, "asymptotic")[1] for name, (down, steady) in comparable.items()
    }
    associations = {
        name: cramers_v(cross_counts(trained[name].astype(str), declined)) for name in CATEGORICAL
    }
    raw = [*tests.values()] + [a.p_value for a in associations.values()]
    corrected = dict(zip([*tests, *associations], holm(raw).tolist(), strict=True))
    numeric = [
        NumericFeature(
            name=name,
            median_steady=float(np.median(steady)),
            median_declined=float(np.median(down)),
            quartiles_steady=_quartiles(steady),
            quartiles_declined=_quartiles(down),
            missing=int(trained[name].isna().sum()),
            cliffs_delta=cliffs_delta(down, steady),
            p_value=tests[name],
            p_holm=corrected[name],
            differs=corrected[name] < SIGNIFICANT,
        )
        for name, (down, steady) in comparable.items()
    ]
    categorical = [
        CategoricalFeature(
            name=name,
            cramers_v=found.v,
            p_value=found.p_value,
            p_holm=corrected[name],
            differs=corrected[name] < SIGNIFICANT,
        )
        for name, found in associations.items()
    ]
    numeric.sort(key=lambda feature: (-abs(feature.cliffs_delta.value), feature.name))
    categorical.sort(key=lambda feature: (-feature.cramers_v.value, feature.name))
    return numeric, categorical


def _quartiles(values: Floats) -> Interval:
    low, high = np.quantile(values, [0.25, 0.75])
    return Interval(low=float(low), high=float(high))


def promo_ranges(promo_share: pd.Series[float]) -> pd.Series[str]:
    """Range of the promotional share in percent, such as ``"20-40"``; missing stays missing.

    A share of exactly .2 belongs to ``"20-40"``, one of exactly 1 to ``"80-100"``.
    """
    edges = np.array(PROMO_PERCENT, dtype=float) / 100
    names = np.array([f"{low}-{high}" for low, high in pairwise(PROMO_PERCENT)])
    shares = promo_share.to_numpy(dtype=float)
    known = ~np.isnan(shares)
    where = np.clip(np.searchsorted(edges, shares[known], side="right") - 1, 0, names.size - 1)
    ranges = pd.Series(None, index=promo_share.index, dtype="str")
    ranges[known] = names[where]
    return ranges


def _level_shares(trained: pd.DataFrame, values: pd.Series[str], smallest: int) -> list[LevelShare]:
    """Share of decline by value, in the order of the values; none of few customers."""
    declined = trained["level"].eq("declined")
    counts = declined.groupby(values).agg(["sum", "size"]).sort_index()
    return [
        LevelShare(value=str(value), declined=wilson(int(row["sum"]), int(row["size"])))
        for value, row in counts.iterrows()
        if not is_small(int(row["size"]), smallest)
    ]


def profit_tiers(
    trained: pd.DataFrame, groups: int, smallest: int = SMALLEST_CELL
) -> list[ProfitTier]:
    """Observed decline by groups of equal size in profit, the least profitable first.

    Customers whose profit lies on a cut belong to the group above it; a group that this leaves
    empty or with few customers, and customers without profit, are left out.
    """
    earning = trained.dropna(subset="profit")
    profit = earning["profit"].to_numpy(dtype=float)
    if not profit.size:
        return []
    cuts = np.quantile(profit, np.arange(1, groups) / groups)
    declined = earning["level"].eq("declined").to_numpy()
    number = np.digitize(profit, cuts) + 1
    ends = [None, *cuts.tolist(), None]
    return [
        ProfitTier(
            tier=int(tier),
            profit_from=ends[tier - 1],
            profit_to=ends[tier],
            declined=wilson(int(declined[number == tier].sum()), int((number == tier).sum())),
        )
        for tier in np.unique(number)
        if not is_small(int((number == tier).sum()), smallest)
    ]


def _months(trained: pd.DataFrame) -> list[MonthByLevel]:
    declined = trained["level"].eq("declined")
    result = []
    for measure, months in MEASURED.items():
        for month in months:
            down, steady = by_level(trained[f"{measure}_{month}"], declined)
            if min(down.size, steady.size) == 0:
                continue
            result.append(
                MonthByLevel(
                    measure=measure,
                    month=month,
                    median_steady=float(np.median(steady)),
                    median_declined=float(np.median(down)),
                )
            )
    return result
