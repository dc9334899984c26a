"""What moves the score: contributions of the chosen model's features, out of fold.

A score is split into one contribution per feature (`analysis.drivers.shap_values`); this explains
the score, not a cause. Intervals come from draws that take customers with replacement, copies
together, one repeat of the folds each (with two repeats this gives their mean its own variance),
and models that learnt from other customers (`analysis.drivers.jackknife`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from analysis import results
from analysis.arrays import Floats, Rows, Target
from analysis.cleaning.features import CATEGORICAL, ENGINEERED, declined, feature_table
from analysis.drivers.beeswarm import beeswarm_cells
from analysis.drivers.dependence import SMALLEST_BIN, Unclear, clear_threshold, dependence
from analysis.drivers.importance import (
    Effects,
    agreement,
    disagreement,
    permutation_importance,
    ranks,
    univariate_effects,
)
from analysis.drivers.jackknife import Draws
from analysis.drivers.shap_values import METHODS, Explained, explain_out_of_fold
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import fold_numbers, splits
from analysis.model.kept_forests import KeptForests
from analysis.settings import Settings
from analysis.statistics.bootstrap import bootstrap_counts, compact
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.cutoff import Side, Threshold
from analysis.statistics.intervals import percentile_interval, wilson

REPEATS = 2
SHOWN = 8

FIRM = 0.975
"""Part of the draws in which one feature must stand before another for their order to be firm."""

DIRECTED = 0.5
"""Size of Spearman's correlation from which a contribution is said to follow the value."""


class Measure(NamedTuple):
    """One way of asking how much each feature matters: its answer, and the same under each draw.

    ``values`` has the shape (features,), ``drawn`` (features, draws).
    """

    values: Floats
    drawn: Floats

    def estimate(self, at: int) -> results.Estimate:
        """Give one feature's value with its interval, which always holds the value."""
        value, interval = float(self.values[at]), percentile_interval(self.drawn[at])
        return results.Estimate(
            value=value, low=float(min(interval.low, value)), high=float(max(interval.high, value))
        )

    def ranks(self) -> list[results.Rank]:
        """Rank the features, the largest first."""
        return ranks(self.values, self.drawn)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of the features of one month's model.

    Attributes
    ----------
    explained : Explained
    features : DataFrame, shape (n_explained, features)
        Of the explained customers.
    actual : ndarray of shape (n_explained,), 0 or 1
    trained : DataFrame
        Features of all trained customers, and ``declined``: thresholds are learnt from them.
    draws : Draws
    contributions, permutation, effect : Measure
        Mean size of the contributions, loss of ROC-AUC when permuted, effect of the feature alone.
    effects : Effects
    """

    explained: Explained
    features: pd.DataFrame
    actual: Target
    trained: pd.DataFrame
    draws: Draws
    contributions: Measure
    permutation: Measure
    effect: Measure
    effects: Effects


def explain_month(
    customers: pd.DataFrame,
    configuration: Configuration | None,
    settings: Settings,
    seed: int,
    forests: KeptForests | None = None,
) -> results.DriversResults:
    """Explain the chosen model on the trained customers.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state and copy_group; ordered by
        content.
    configuration : Configuration or None
        The chosen model; without one nothing is explained.
    forests : KeptForests, optional
        Forests of folds that have been grown already.

    Returns
    -------
    DriversResults
    """
    trained = customers[customers["state"] == "trained"].reset_index(drop=True)
    if configuration is None:
        return results.DriversResults(base=len(trained))
    repeats = max(REPEATS, settings.model.repeats)
    evidence = gather_evidence(trained, configuration, repeats, settings, seed, forests)
    order = np.argsort(-evidence.contributions.values, kind="stable")
    curves = _curves(evidence, order[:SHOWN], settings.model.bootstrap_draws, seed)
    drivers = _drivers(evidence, order, curves)
    leaders = [driver for driver in drivers if driver.rank.low == 1]
    contributions = evidence.contributions
    return results.DriversResults(
        method=METHODS.get(configuration.family, "permutation"),
        base=len(trained),
        explained=len(evidence.explained.rows),
        repeats=repeats,
        drivers=drivers,
        leaders=len(leaders),
        top_share=math.fsum(driver.share for driver in leaders),
        pairs=len(order) * (len(order) - 1) // 2,
        firm_pairs=firm_pairs(contributions.drawn),
        dependence=list(curves.values()),
        with_permutation=agreement(*contributions, *evidence.permutation),
        with_effects=agreement(*contributions, *evidence.effect),
        beeswarm=beeswarm_cells(
            evidence.explained,
            evidence.features,
            [driver.name for driver in drivers[:SHOWN]],
            settings.privacy.smallest_cell,
        ),
    )


def gather_evidence(
    trained: pd.DataFrame,
    configuration: Configuration,
    repeats: int,
    settings: Settings,
    seed: int,
    forests: KeptForests | None = None,
) -> Evidence:
    """Explain every customer by models without him, and ask in two other ways what matters."""
    features, target, groups = feature_table(trained), declined(trained), trained["copy_group"]
    actual = target.to_numpy()
    folds = splits(target, groups, settings.model.folds, repeats, seed)
    explained = explain_out_of_fold(configuration, features, target, folds, repeats, seed, forests)
    rng = np.random.default_rng(seed)
    weights = bootstrap_counts(actual, groups.to_numpy(), settings.model.bootstrap_draws, rng)
    rows = explained.rows
    draws = Draws.of(weights[rows], fold_numbers(folds, repeats)[:, rows], rng)
    drops = permutation_importance(
        explained, actual, folds, compact(np.column_stack([np.ones(len(actual)), weights]))
    )
    effects = univariate_effects(features, explained.columns, actual, weights)
    return Evidence(
        explained=explained,
        features=features.iloc[rows],
        actual=actual[rows],
        trained=features.assign(declined=actual == 1),
        draws=draws,
        contributions=Measure(*importances(explained.contributions, draws)),
        permutation=Measure(drops[..., 0].mean(axis=0), draws.pick(drops[..., 1:])),
        effect=Measure(np.array([effect.value for effect in effects.sizes]), effects.drawn),
        effects=effects,
    )


def _curves(
    evidence: Evidence, foremost: Rows, draws: int, seed: int
) -> dict[str, results.Dependence]:
    """Dependence curves of the foremost features that are numbers and have one."""
    curves = {}
    for at in foremost:
        name = evidence.explained.columns[at]
        if name in CATEGORICAL:
            continue
        differs = bool(evidence.effects.p_values[at] < SIGNIFICANT)
        curve = dependence(
            name,
            np.asarray(_natural(name, evidence.features), dtype=np.float64),
            evidence.explained.contributions[:, :, at],
            evidence.draws,
            partial(_threshold, name, evidence.trained, differs, draws, seed),
        )
        if curve:
            curves[name] = curve
    return curves


def _threshold(
    name: str, trained: pd.DataFrame, differs: bool, draws: int, seed: int, side: Side
) -> Threshold | Unclear:
    """Cut a feature between the levels; one that does not tell them apart has no threshold."""
    if not differs:
        return "not_proven"
    down = trained["declined"].to_numpy(dtype=bool)
    return clear_threshold(_natural(name, trained), down, side, draws, seed)


def _drivers(
    evidence: Evidence, order: Rows, curves: Mapping[str, results.Dependence]
) -> list[results.Driver]:
    """Describe every feature, in the order given."""
    share = evidence.contributions.values / evidence.contributions.values.sum()
    measures = (evidence.contributions, evidence.permutation, evidence.effect)
    rank, permutation_rank, effect_rank = (measure.ranks() for measure in measures)
    effects = evidence.effects
    drivers = []
    for at in order:
        name = evidence.explained.columns[at]
        drop = evidence.permutation.estimate(at)
        drivers.append(
            results.Driver(
                name=name,
                importance=evidence.contributions.estimate(at),
                share=float(share[at]),
                rank=rank[at],
                permutation=drop,
                permutation_rank=permutation_rank[at],
                effect=effects.sizes[at],
                effect_rank=effect_rank[at],
                effect_differs=bool(effects.p_values[at] < SIGNIFICANT),
                disagreement=disagreement(
                    share[at], rank[at], drop, effect_rank[at], effects.p_values[at], 1 / len(order)
                ),
                **_direction(
                    name,
                    evidence.features[name],
                    evidence.explained.contributions[:, :, at].mean(axis=0),
                    evidence.actual,
                    curves.get(name),
                ),
            )
        )
    return drivers


def importances(contributions: Floats, draws: Draws) -> tuple[Floats, Floats]:
    """Mean size of each feature's contributions, and the same under each draw.

    Parameters
    ----------
    contributions : ndarray of shape (repeats, n, features)

    Returns
    -------
    ndarray of shape (features,), ndarray of shape (features, draws)
    """
    sizes = np.abs(contributions)
    everyone = np.ones((sizes.shape[1], 1))
    drawn = np.concatenate([draws.means(of_one, everyone) for of_one in np.moveaxis(sizes, 2, 0)])
    return sizes.mean(axis=(0, 1)), np.maximum(drawn, 0)


def firm_pairs(drawn: Floats) -> int:
    """Count the pairs of features whose order is the same in 97.5 % of the draws.

    Parameters
    ----------
    drawn : ndarray of shape (k, draws)
    """
    ahead = (drawn[:, None] > drawn[None]).mean(axis=2)
    return int((ahead >= FIRM).sum())


def _natural(name: str, features: pd.DataFrame) -> pd.Series[float]:
    """Values as a reader knows them: a trend as a relative change."""
    values = features[name].to_numpy(dtype=float)
    return pd.Series(np.expm1(values) if name in ENGINEERED else values, index=features.index)


def _direction(
    name: str,
    values: pd.Series[Any],
    contribution: Floats,
    actual: Target,
    curve: results.Dependence | None,
) -> dict[str, Any]:
    """Where the feature raises the score, and what was observed there and elsewhere."""
    if name in CATEGORICAL:
        by_value = pd.Series(contribution).groupby(values.to_numpy()).agg(["mean", "size"])
        large = by_value[by_value["size"] >= SMALLEST_BIN]
        category = str(large["mean"].idxmax()) if len(large) else None
        inside = (values == category).to_numpy()
        sides: list[results.Proportion | None] = [
            wilson(int(actual[side].sum()), int(side.sum()))
            if min(inside.sum(), (~inside).sum()) >= SMALLEST_BIN
            else None
            for side in (inside, ~inside)
        ]
        return {
            "raises_when": "category",
            "threshold": None,
            "category": category,
            "raising_side": sides[0],
            "lowering_side": sides[1],
        }
    known = values.notna().to_numpy()
    slope = np.nan_to_num(spearmanr(values[known], contribution[known]).statistic)
    raises: Literal["low", "high", "mixed"] = "mixed"
    if curve and curve.threshold:
        raises = curve.raises_when
    elif abs(slope) >= DIRECTED:
        raises = "low" if slope < 0 else "high"
    return {
        "raises_when": raises,
        "threshold": curve and curve.threshold,
        "category": None,
        "raising_side": curve and curve.raising_side,
        "lowering_side": curve and curve.lowering_side,
    }
