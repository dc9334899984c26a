"""Risk by profit: the grid, the chosen segment, and how it differs from everyone else."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analysis import results
from analysis.cleaning.features import NUMERIC
from analysis.money import exposed, monthly_profit
from analysis.settings import Segments, Settings
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import Z, cliffs_delta, holm, wilson
from analysis.statistics.rank_sum import rank_sum
from analysis.statistics.small_cells import is_small

Risk = Literal["low", "medium", "high"]
RISKS: tuple[Risk, ...] = ("low", "medium", "high")


def profit_cuts(profit: pd.Series[float], groups: int) -> list[float]:
    """Give the inner quantiles that cut profit into groups of equal size."""
    return [float(profit.quantile(number / groups)) for number in range(1, groups)]


def assign(scored: pd.DataFrame, segments: Segments) -> pd.DataFrame:
    """Add risk (low, medium, high) and profit_group (1 for the least profitable) to customers.

    Parameters
    ----------
    scored : DataFrame
        Scored customers with probability and profit. A customer without profit is in group 1.

    Returns
    -------
    DataFrame
        A copy with the columns risk, profit_group and segment (such as ``high_3``).
    """
    risk = np.select(
        [
            scored["probability"] >= segments.high_risk,
            scored["probability"] >= segments.medium_risk,
        ],
        ["high", "medium"],
        "low",
    )
    cuts = profit_cuts(scored["profit"], segments.profit_groups)
    group = np.digitize(scored["profit"].fillna(-np.inf), cuts) + 1
    assigned = scored.assign(risk=risk, profit_group=group)
    return assigned.assign(
        segment=assigned["risk"].astype(str) + "_" + assigned["profit_group"].astype(str)
    )


def in_chosen(assigned: pd.DataFrame, segments: Segments) -> pd.Series[bool]:
    """Tell who is in the chosen segment: high risk and the most profitable group."""
    return (assigned["risk"] == "high") & (assigned["profit_group"] == segments.profit_groups)


def grid(assigned: pd.DataFrame, settings: Settings) -> list[results.GridCell]:
    """Describe the cells of the grid, the least risky and least profitable first.

    A cell of few customers is left out.
    """
    money = settings.money
    at_risk = exposed(assigned, money)
    profit = monthly_profit(assigned["profit"], money)
    cells = []
    for risk in RISKS:
        for group in range(1, settings.segments.profit_groups + 1):
            inside = (assigned["risk"] == risk) & (assigned["profit_group"] == group)
            members = assigned[inside]
            if is_small(len(members), settings.privacy.smallest_cell):
                continue
            cells.append(
                results.GridCell(
                    risk=risk,
                    profit=group,
                    customers=len(members),
                    consenting=int(members["consent"].sum()),
                    consent_share=float(members["consent"].mean()) if len(members) else None,
                    expected_declined=expected_count(members["probability"]),
                    declined=observed(members),
                    exposed_roubles=float(at_risk[inside].sum()),
                    profit_share=float(profit[inside].sum() / profit.sum())
                    if profit.sum()
                    else 0.0,
                )
            )
    return cells


def expected_count(probabilities: pd.Series[float]) -> results.Estimate:
    """Give how many declines to expect, and between which bounds their number will lie.

    The number of independent events with unequal probabilities (Poisson binomial) has the sum of
    p as its mean and the sum of p (1 - p) as its variance; the 95 % bounds are those of a normal
    distribution with the same mean and variance, widened by one half for whole numbers.

    References
    ----------
    Hong, Y. (2013). On computing the distribution function for the Poisson binomial distribution.
    Computational Statistics & Data Analysis 59, 41-51, section 2.4.
    """
    mean = float(probabilities.sum())
    spread = Z * float(np.sqrt((probabilities * (1 - probabilities)).sum()))
    if spread > 0:
        spread += 0.5
    return results.Estimate(
        value=mean, low=max(0.0, mean - spread), high=min(float(len(probabilities)), mean + spread)
    )


def observed(members: pd.DataFrame) -> results.Proportion | None:
    """Give the observed share of decline among those whose level is known."""
    known = members["level"].dropna()
    return wilson(int(known.eq("declined").sum()), len(known)) if len(known) else None


def contrasts(assigned: pd.DataFrame, chosen: pd.Series[bool]) -> list[results.Contrast]:
    """Hold the chosen segment against all other scored customers, feature by feature.

    Returns
    -------
    list of Contrast
        The largest effect (Cliff's delta) first; p-values of Mann-Whitney corrected by Holm.
    """
    rows: list[tuple[str, float, float, float, float]] = []
    for name in NUMERIC:
        inside = assigned.loc[chosen, name].dropna().to_numpy(dtype=float)
        outside = assigned.loc[~chosen, name].dropna().to_numpy(dtype=float)
        if min(len(inside), len(outside)) < 2:
            continue
        _, p_value = rank_sum(inside, outside)
        delta = cliffs_delta(inside, outside).value
        rows.append((name, float(np.median(inside)), float(np.median(outside)), delta, p_value))
    corrected = holm([row[4] for row in rows])
    described = [
        results.Contrast(
            name=name,
            median_segment=inside,
            median_rest=outside,
            cliffs_delta=delta,
            p_holm=float(p_holm),
            differs=bool(p_holm < SIGNIFICANT),
        )
        for (name, inside, outside, delta, _), p_holm in zip(rows, corrected, strict=True)
    ]
    return sorted(described, key=lambda row: -abs(row.cliffs_delta))


def category_shares(
    members: pd.DataFrame, others: pd.DataFrame, smallest: int
) -> list[results.CategoryShare]:
    """Give the share of each favourite category among members and others, most frequent first.

    Categories of fewer members than ``smallest`` are left out.
    """
    inside = members["category"].value_counts()
    share = others["category"].value_counts(normalize=True)
    rows = [
        results.CategoryShare(
            category=str(category),
            segment=float(count / len(members)),
            rest=float(share.get(category, 0.0)),
            customers=int(count),
        )
        for category, count in inside.items()
        if not is_small(int(count), smallest)
    ]
    return sorted(rows, key=lambda row: (-row.customers, row.category))
