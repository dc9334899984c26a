"""Whether other ways of asking which features matter give the answer that the score gives.

Beside the contributions stand the permutation importance of the same models (how much ROC-AUC
they lose when one feature is shuffled) and the effect of each feature alone (Cliff's delta,
Cramér's V). All are drawn over the same customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu, rankdata

from analysis.arrays import Floats, Target
from analysis.cleaning.features import CATEGORICAL
from analysis.drivers.shap_values import Explained
from analysis.model.cross_validation import Split, walk
from analysis.results import Agreement, Estimate, Rank
from analysis.statistics.bootstrap import mean_weighted_auc, weighted_auc
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import cliffs_delta, cramers_v, cross_counts, holm

CLOSE, ALIKE = 0.8, 0.5
"""Correlation of ranks from which two orders are called close, or alike."""

Disagreement = Literal["no_own_effect", "not_needed", "hardly_used"]


class Effects(NamedTuple):
    """Effect of each feature alone: size without sign, p-value (Holm), and draws (k, draws)."""

    sizes: list[Estimate]
    p_values: Floats
    drawn: Floats


def permutation_importance(
    explained: Explained,
    target: Target,
    folds: Sequence[Split],
    weights: Floats,
) -> Floats:
    """Drop of ROC-AUC when a feature is permuted, averaged over permutations and folds.

    Parameters
    ----------
    target : ndarray of shape (n,), 0 or 1
    weights : ndarray of shape (n, draws)
        How often each customer is drawn; a column of ones gives the plain importance.

    Returns
    -------
    ndarray of shape (repeats, features, draws)
        A fold counts in a draw if both levels are drawn from it.
    """
    repeats = len(explained.scores)
    drops: list[list[Floats]] = [[] for _ in range(repeats)]
    for repeat, _, test in walk(folds, repeats):
        here = np.isin(explained.permuted_rows, test)
        rows = explained.permuted_rows[here]
        drawn, targets = weights[rows], target[rows]
        if min(targets.sum(), len(targets) - targets.sum()) == 0:
            continue
        with np.errstate(invalid="ignore"):
            whole = weighted_auc(explained.scores[repeat, here], targets)(drawn)
            after = [
                mean_weighted_auc(of_feature, targets)(drawn)
                for of_feature in explained.permuted[repeat][..., here].swapaxes(0, 1)
            ]
        drops[repeat].append(whole - np.array(after))
    return np.array([np.nanmean(of_repeat, axis=0) for of_repeat in drops])


def univariate_effects(
    features: pd.DataFrame, columns: Sequence[str], target: Target, weights: Floats
) -> Effects:
    """Effect of each feature alone between the two levels.

    Parameters
    ----------
    features : DataFrame of shape (n, features)
    target : ndarray of shape (n,), 0 or 1
    weights : ndarray of shape (n, draws)

    Returns
    -------
    Effects
        |Cliff's delta| of numbers, Cramér's V of categories, both from 0 to 1; p-values of
        Mann-Whitney's and Pearson's tests.
    """
    sizes, p_values, drawn = [], [], []
    for name in columns:
        if name in CATEGORICAL:
            categories = features[name].astype(str)
            found = cramers_v(cross_counts(categories, target))
            sizes.append(found.v)
            p_values.append(found.p_value)
            drawn.append(_weighted_cramers_v(categories, target, weights))
            continue
        values = features[name].to_numpy(dtype=float)
        known = ~np.isnan(values)
        down, steady = values[known & (target == 1)], values[known & (target == 0)]
        if min(len(down), len(steady)) < 2:
            sizes.append(Estimate(value=0.0, low=0.0, high=0.0))
            p_values.append(1.0)
            drawn.append(np.zeros(weights.shape[1]))
            continue
        sizes.append(without_sign(cliffs_delta(down, steady)))
        p_values.append(float(mannwhitneyu(down, steady, method="asymptotic").pvalue))
        area = weighted_auc(values[known], target[known])(weights[known])
        drawn.append(np.abs(2 * area - 1))
    return Effects(sizes, holm(np.nan_to_num(p_values, nan=1.0)), np.array(drawn))


def without_sign(effect: Estimate) -> Estimate:
    """Size of an effect; the interval reaches down to zero where the sign is open."""
    ends = sorted((abs(effect.low), abs(effect.high)))
    low = 0.0 if effect.low <= 0 <= effect.high else ends[0]
    return Estimate(value=abs(effect.value), low=low, high=ends[1])


def ranks(values: Floats, drawn: Floats) -> list[Rank]:
    """Rank features by a measure, with 95 % intervals of the ranks; 1 is the largest.

    Parameters
    ----------
    values : ndarray of shape (k,)
    drawn : ndarray of shape (k, draws)

    Returns
    -------
    list of Rank
        Equal values share the better rank; in the interval they take all the ranks they fill.
    """
    best = rankdata(-drawn, method="min", axis=0)
    worst = rankdata(-drawn, method="max", axis=0)
    low = np.percentile(best, 2.5, axis=1, method="lower")
    high = np.percentile(worst, 97.5, axis=1, method="higher")
    place = rankdata(-values, method="min")
    return [
        Rank(place=int(at), low=int(min(at, first)), high=int(max(at, last)))
        for at, first, last in zip(place, low, high, strict=True)
    ]


def agreement(values: Floats, drawn: Floats, others: Floats, others_drawn: Floats) -> Agreement:
    """Spearman's correlation of two orders of the same features, with its interval.

    Parameters
    ----------
    values, others : ndarray of shape (k,)
    drawn, others_drawn : ndarray of shape (k, draws)
        Of the same draws.
    """
    value = float(_spearman(values[:, None], others[:, None])[0])
    low, high = np.percentile(_spearman(drawn, others_drawn), [2.5, 97.5])
    verdict: Literal["close", "alike", "different"] = "different"
    if low >= ALIKE:
        verdict = "close" if value >= CLOSE else "alike"
    return Agreement(
        spearman=Estimate(value=value, low=float(min(low, value)), high=float(max(high, value))),
        verdict=verdict,
    )


def disagreement(
    share: float, rank: Rank, drop: Estimate, effect_rank: Rank, p_value: float, even: float
) -> Disagreement | None:
    """Name how a feature's part in the score differs from what else is known of it.

    Parameters
    ----------
    share : float
        The feature's part of all contributions; it counts as large above ``even``, which all
        features would have alike.
    p_value : float
        Of the feature's own effect, corrected.

    Returns
    -------
    str or None
        ``no_own_effect``: large in the score, but alone it does not tell the levels apart.
        ``not_needed``: large in the score, but no loss of the ranking is seen without it.
        ``hardly_used``: it tells the levels apart, and alone it stands clearly higher than in the
        score, where its part is small.
    """
    if share > even:
        if p_value >= SIGNIFICANT:
            return "no_own_effect"
        return "not_needed" if drop.low <= 0 else None
    if p_value < SIGNIFICANT and effect_rank.high < rank.low:
        return "hardly_used"
    return None


def _spearman(first: Floats, second: Floats) -> Floats:
    """Spearman's correlation of each column of one table with the same column of another."""
    mine, other = (rankdata(table, axis=0) for table in (first, second))
    mine, other = mine - mine.mean(axis=0), other - other.mean(axis=0)
    size = np.sqrt((mine**2).sum(axis=0) * (other**2).sum(axis=0))
    together = (mine * other).sum(axis=0)
    return np.asarray(np.divide(together, size, out=np.zeros_like(size), where=size > 0))


def _weighted_cramers_v(values: pd.Series[Any], target: Target, weights: Floats) -> Floats:
    """Cramér's V under each draw, its bias corrected as in `statistics.intervals.cramers_v`."""
    codes, names = pd.factorize(values, sort=True)
    members = (codes[:, None] == np.arange(len(names))).astype(float)
    counts = np.stack([members.T @ (weights * (target == level)[:, None]) for level in (0, 1)])
    rows, columns = counts.sum(axis=0), counts.sum(axis=1)
    total = rows.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows[None] * columns[:, None] / total
        terms = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0)
    filled = (rows > 0).sum(axis=0)
    freedom = filled - 1
    excess = np.maximum(0.0, terms.sum(axis=(0, 1)) / total - freedom / (total - 1))
    reach = np.minimum(filled - freedom**2 / (total - 1), 2 - 1 / (total - 1)) - 1
    return np.asarray(
        np.sqrt(np.where(freedom > 0, np.minimum(1.0, excess / np.maximum(reach, 1e-12)), 0.0))
    )
