"""What moves the score: SHAP values of the chosen model, out of fold.

SHAP splits each score into one contribution per feature; it explains the score, not a cause.

References
----------
Lundberg, S., Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from analysis import results
from analysis.candidates import Configuration
from analysis.features import CATEGORICAL, FEATURES, declined, feature_table
from analysis.intervals import wilson
from analysis.selection import Split, ranking_score, splits, walk
from analysis.settings import Settings
from analysis.traces import copy_groups

Floats = NDArray[np.float64]

METHODS: dict[str, Literal["linear", "tree", "permutation"]] = {
    "logistic": "linear",
    "tree": "tree",
}
PERMUTED_ROWS = 20
PERMUTATION_BACKGROUND = 25
SHOWN = 8
BEESWARM_BINS = 41
SMALLEST_CELL = 3
"""A cell of the beeswarm with fewer customers is not shown: it would point at persons."""


def explain_month(
    customers: pd.DataFrame, configuration: Configuration | None, settings: Settings, seed: int
) -> results.DriversResults:
    """Explain the chosen model on the trained customers.

    Parameters
    ----------
    customers : DataFrame
        One row per customer in the canonical columns, with state; ordered by content.
    configuration : Configuration or None
        The chosen model; without one nothing is explained.

    Returns
    -------
    DriversResults
    """
    trained = customers[customers["state"] == "trained"].reset_index(drop=True)
    if configuration is None:
        return results.DriversResults(
            method=None,
            base=len(trained),
            explained=0,
            drivers=[],
            top_share=None,
            leaders=0,
            beeswarm=[],
        )
    features = feature_table(trained)
    target = declined(trained)
    repeats = settings.model.repeats
    folds = splits(target, copy_groups(trained), settings.model.folds, repeats, seed)
    contributions = out_of_fold_contributions(configuration, features, target, folds, repeats, seed)
    explained = np.flatnonzero(~np.isnan(contributions).any(axis=(0, 2)))
    drivers = rank_drivers(
        contributions[:, explained],
        features.iloc[explained],
        target.iloc[explained],
        settings,
        seed,
    )
    shown = [driver.name for driver in drivers[:SHOWN]]
    return results.DriversResults(
        method=METHODS.get(configuration.family, "permutation"),
        base=len(trained),
        explained=len(explained),
        drivers=drivers,
        top_share=sum(driver.share for driver in drivers[:3]),
        leaders=sum(driver.importance.high >= drivers[0].importance.low for driver in drivers),
        beeswarm=beeswarm_cells(
            np.nanmean(contributions[:, explained], axis=0), features.iloc[explained], shown
        ),
    )


def out_of_fold_contributions(
    configuration: Configuration,
    features: pd.DataFrame,
    target: pd.Series[int],
    folds: Sequence[Split],
    repeats: int,
    seed: int,
) -> Floats:
    """Explain every customer by models that have not seen it.

    Returns
    -------
    ndarray of shape (repeats, n, features)
        Contributions to the ranking score, encoded columns summed to their feature, in the order
        of ``FEATURES``. NaN for customers that a slow explainer leaves out.
    """
    contributions = np.full((repeats, len(features), len(FEATURES)), np.nan)
    for repeat, train, test in walk(folds, repeats):
        prepare = configuration.preparation()
        prepared_train = prepare.fit_transform(features.iloc[train])
        fitted = configuration.classifier(seed).fit(prepared_train, target.iloc[train])
        rows = test if configuration.family in METHODS else test[:PERMUTED_ROWS]
        values = _shap_values(
            configuration.family, fitted, prepared_train, prepare.transform(features.iloc[rows])
        )
        columns = configuration.prepared_features(prepare)
        for position, feature in enumerate(FEATURES):
            of_feature = [index for index, name in enumerate(columns) if name == feature]
            contributions[repeat, rows, position] = values[:, of_feature].sum(axis=1)
    return contributions


def rank_drivers(
    contributions: Floats,
    features: pd.DataFrame,
    target: pd.Series[int],
    settings: Settings,
    seed: int,
) -> list[results.Driver]:
    """Order features by their mean absolute contribution, with bootstrap intervals.

    Each draw takes customers with replacement and one repeat of the folds, so that the interval
    holds the model's own instability too.
    """
    sizes = np.abs(contributions)
    importance = sizes.mean(axis=(0, 1))
    rng = np.random.default_rng(seed)
    count = contributions.shape[1]
    draws = np.empty((settings.model.bootstrap_draws, len(FEATURES)))
    for draw in range(len(draws)):
        weights = rng.multinomial(count, np.full(count, 1 / count)) / count
        draws[draw] = weights @ sizes[rng.integers(len(sizes))]
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    mean = contributions.mean(axis=0)
    drivers = [
        _driver(
            name,
            results.Estimate(
                value=float(importance[index]), low=float(low[index]), high=float(high[index])
            ),
            float(importance[index] / importance.sum()),
            mean[:, index],
            features[name],
            target,
        )
        for index, name in enumerate(FEATURES)
    ]
    return sorted(drivers, key=lambda driver: -driver.importance.value)


def beeswarm_cells(
    contributions: Floats, features: pd.DataFrame, shown: Sequence[str]
) -> list[results.BeeswarmCell]:
    """Count customers by feature and contribution; cells with few customers are dropped.

    Parameters
    ----------
    contributions : ndarray of shape (n, features)
    shown : sequence of str
        Features to count, most important first.
    """
    columns = [FEATURES.index(name) for name in shown]
    shown_values = contributions[:, columns]
    edges = np.linspace(shown_values.min(), shown_values.max(), BEESWARM_BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    cells = []
    for name, column in zip(shown, columns, strict=True):
        cell_of = np.clip(np.digitize(contributions[:, column], edges) - 1, 0, BEESWARM_BINS - 1)
        level = None if name in CATEGORICAL else _rank(features[name])
        for cell in np.unique(cell_of):
            inside = cell_of == cell
            if inside.sum() >= SMALLEST_CELL:
                cells.append(
                    results.BeeswarmCell(
                        name=name,
                        contribution=float(middles[cell]),
                        count=int(inside.sum()),
                        level=None if level is None else float(level[inside].mean()),
                    )
                )
    return cells


def _shap_values(family: str, fitted: Any, background: Floats, rows: Floats) -> Floats:
    match METHODS.get(family):
        case "linear":
            return np.asarray(shap.LinearExplainer(fitted, background).shap_values(rows))
        case "tree":
            values = shap.TreeExplainer(fitted).shap_values(rows)
            return np.asarray(values)[..., 1]
        case _:
            step = max(1, len(background) // PERMUTATION_BACKGROUND)
            explainer = shap.PermutationExplainer(
                lambda table: ranking_score(fitted, table),
                shap.maskers.Independent(background[::step], max_samples=PERMUTATION_BACKGROUND),
                seed=0,
            )
            return np.asarray(explainer(rows, silent=True).values)


def _driver(
    name: str,
    importance: results.Estimate,
    share: float,
    contribution: Floats,
    values: pd.Series[Any],
    target: pd.Series[int],
) -> results.Driver:
    if name in CATEGORICAL:
        means = pd.Series(contribution).groupby(values.to_numpy()).mean()
        return results.Driver(
            name=name,
            importance=importance,
            share=share,
            raises_when="category",
            low_third=None,
            high_third=None,
            low_cut=None,
            high_cut=None,
            category=str(means.idxmax()),
        )
    known = values.notna().to_numpy()
    slope = spearmanr(values[known], contribution[known]).statistic if known.any() else np.nan
    low_cut, high_cut = values[known].quantile([1 / 3, 2 / 3])
    low = target[(values <= low_cut).to_numpy()]
    high = target[(values >= high_cut).to_numpy()]
    raises: Literal["low", "high", "mixed"] = "mixed"
    if abs(slope) >= 0.5:
        raises = "low" if slope < 0 else "high"
    return results.Driver(
        name=name,
        importance=importance,
        share=share,
        raises_when=raises,
        low_third=wilson(int(low.sum()), len(low)) if len(low) else None,
        high_third=wilson(int(high.sum()), len(high)) if len(high) else None,
        low_cut=float(low_cut),
        high_cut=float(high_cut),
        category=None,
    )


def _rank(values: pd.Series[float]) -> Floats:
    """Give the rank of each value between 0 and 1; a missing value stands in the middle."""
    filled = values.fillna(values.median())
    return np.asarray((rankdata(filled) - 1) / max(1, len(filled) - 1))
