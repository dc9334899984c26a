"""Contributions of features to the ranking score, and scores after permuting a feature.

Both come from the same models, which have not seen the customers whose scores they split.

References
----------
Lundberg, S., Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
Breiman, L. (2001). Random forests. Machine Learning 45, 5-32 (permutation importance).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Rows
from analysis.cleaning.features import CATEGORICAL, ENGINEERED, RATIOS, trend
from analysis.drivers.tree_shap import forest_contributions
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import AT_ONCE, Split, walk
from analysis.model.fold_scores import ranking_score
from analysis.model.fold_tables import FoldTables, NumberedFeatures
from analysis.model.kept_forests import KeptForests

METHODS: dict[str, Literal["linear", "tree"]] = {
    "logistic": "linear",
    "tree": "tree",
    "boosting": "tree",
    "extra_trees": "tree",
}
MOST_EXPLAINED = 4000
MOST_EXPLAINED_SLOWLY = 100
BACKGROUND = 25
WALKS = 3
"""How often the sampling explainer adds the features in some order, and takes them away."""

PERMUTATIONS = 5

SHARED_GENERATOR = Lock()
"""The sampling explainer draws from the one generator of NumPy that all threads share."""


@dataclass(frozen=True)
class Explained:
    """Out-of-fold explanations of some customers.

    Attributes
    ----------
    columns : tuple of str
        The features that the model looks at.
    rows : ndarray of shape (m,)
        Positions of the customers whose scores are split, in growing order.
    contributions : ndarray of shape (repeats, m, columns)
        To the ranking score; encoded columns summed to their feature.
    permuted_rows : ndarray of shape (p,)
        Positions of the customers whose features are permuted.
    scores : ndarray of shape (repeats, p)
        Their ranking scores.
    permuted : ndarray of shape (repeats, permutations, columns, p)
        Their ranking scores after permuting one feature in the test part of their fold.
    """

    columns: tuple[str, ...]
    rows: Rows
    contributions: Floats
    permuted_rows: Rows
    scores: Floats
    permuted: Floats


def explain_out_of_fold(
    configuration: Configuration,
    features: pd.DataFrame,
    target: pd.Series[int],
    folds: Sequence[Split],
    repeats: int,
    seed: int,
    forests: KeptForests | None = None,
) -> Explained:
    """Explain customers by models that have not seen them.

    Parameters
    ----------
    configuration : Configuration
    features : DataFrame of shape (n, features)
        In an order made from content, as samples and permutations are drawn by place.
    target : Series of shape (n,)
        1 for a decline, 0 otherwise.
    folds : sequence of (train, test)
        As `analysis.model.cross_validation.splits` gives them.
    forests : KeptForests, optional
        Where the forests of the folds are looked for.

    Returns
    -------
    Explained
        Of all customers, or of a sample where there are many or the explainer is slow.
    """
    targets = target.to_numpy()
    exact = configuration.family in METHODS
    rows = _sample(len(targets), MOST_EXPLAINED if exact else MOST_EXPLAINED_SLOWLY, seed)
    permuted_rows = _sample(len(targets), MOST_EXPLAINED, seed)
    columns = configuration.columns
    contributions = np.empty((repeats, len(rows), len(columns)))
    scores = np.empty((repeats, len(permuted_rows)))
    permuted = np.empty((repeats, PERMUTATIONS, len(columns), len(permuted_rows)))

    table = NumberedFeatures.of(features)
    of_folds = None if forests is None else {configuration: forests}

    def explain(numbered: tuple[int, tuple[int, Rows, Rows]]) -> None:
        number, (repeat, train, test) = numbered
        split, moved = np.isin(rows, test), np.isin(permuted_rows, test)
        whole = table.take(permuted_rows[moved])
        copies = permuted_copies(whole, columns, np.random.default_rng([seed, number]))
        tables = FoldTables(table.take(train), table.take(rows[split]), whole, copies)
        known, tested, unmoved, permuted_tables = tables.of(configuration)
        fitted = configuration.passing_classifier(seed, of_folds).fit(known, targets[train])

        values = _shap_values(configuration.family, fitted, known, tested, seed)
        sources = np.array(tables.sources(configuration))
        for place, name in enumerate(columns):
            contributions[repeat, split, place] = values[:, sources == name].sum(axis=1)

        scores[repeat, moved] = ranking_score(fitted, unmoved)
        side_by_side = _customer_by_customer(permuted_tables, PERMUTATIONS * len(columns))
        after = ranking_score(fitted, side_by_side).reshape(moved.sum(), -1).T
        permuted[repeat][..., moved] = after.reshape(PERMUTATIONS, len(columns), -1)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(explain, enumerate(walk(folds, repeats))))
    return Explained(columns, rows, contributions, permuted_rows, scores, permuted)


def permuted_copies(
    features: NumberedFeatures, columns: Sequence[str], rng: np.random.Generator
) -> NumberedFeatures:
    """Copy a table once for each permutation and column, that column permuted.

    The trends made of a permuted feature are computed anew; a trend that is itself permuted
    leaves the features it is made of alone.

    Parameters
    ----------
    features : NumberedFeatures of n rows

    Returns
    -------
    NumberedFeatures of permutations * columns * n rows
        All columns of the first permutation, then of the second, and so on.
    """
    count, blocks = len(features.numbers), PERMUTATIONS * len(columns)
    orders = rng.permuted(np.tile(np.arange(count), (blocks, 1)), axis=1)
    numbers: Floats = np.repeat(features.numbers[None], blocks, axis=0)
    labels: Rows = np.repeat(features.labels[None], blocks, axis=0)
    at = {name: place for place, name in enumerate(features.names)}
    own = {
        name: slice(place, None, len(columns)) for place, name in enumerate(columns) if name in at
    }
    for name in own.keys() - set(ENGINEERED):
        numbers[own[name], :, at[name]] = features.numbers[:, at[name]][orders[own[name]]]
    for place, name in enumerate(CATEGORICAL):
        if name in columns:
            mine = slice(columns.index(name), None, len(columns))
            labels[mine, :, place] = features.labels[:, place][orders[mine]]
    for name in own.keys() & set(ENGINEERED):
        for part in set(RATIOS[name]) & own.keys():
            above, below = (numbers[own[part], :, at[each]] for each in RATIOS[name])
            numbers[own[part], :, at[name]] = trend(above, below)
        numbers[own[name], :, at[name]] = features.numbers[:, at[name]][orders[own[name]]]
    return NumberedFeatures(
        features.names,
        numbers.reshape(-1, numbers.shape[-1]),
        labels.reshape(-1, labels.shape[-1]),
    )


def _customer_by_customer(copies: Floats, blocks: int) -> Floats:
    """Put the copies of a row side by side: most go the same way down a tree, which is quicker."""
    return copies.reshape(blocks, -1, copies.shape[1]).swapaxes(0, 1).reshape(copies.shape)


def _sample(count: int, most: int, seed: int) -> Rows:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _shap_values(family: str, fitted: Any, background: Floats, rows: Floats, seed: int) -> Floats:
    """SHAP values of shape (rows, prepared columns) to the ranking score of a fitted classifier.

    The library that explains boosting and the models without an exact explanation takes seconds to
    load, so it is loaded for them alone.
    """
    if not len(rows):
        return np.empty(rows.shape)
    match family:
        case "logistic":
            return np.asarray((rows - background.mean(axis=0)) * fitted.coef_[0])
        case "tree":
            return forest_contributions([fitted.tree_], rows)
        case "extra_trees":
            return forest_contributions(fitted.trees, rows)
        case "boosting":
            import shap

            return np.asarray(shap.TreeExplainer(fitted).shap_values(rows))
        case _:
            import shap

            step = max(1, len(background) // BACKGROUND)
            evaluations = WALKS * (2 * rows.shape[1] + 1)
            with SHARED_GENERATOR:
                explainer = shap.PermutationExplainer(
                    lambda table: ranking_score(fitted, table),
                    shap.maskers.Independent(background[::step], max_samples=BACKGROUND),
                    seed=seed,
                )
                return np.asarray(explainer(rows, max_evals=evaluations, silent=True).values)
