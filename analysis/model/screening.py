"""Out-of-fold scores of many configurations: the hopeless are dropped on the way.

Folds are scored in rounds, and after each the customers scored so far are drawn with replacement. A
configuration is dropped if it ranks them worse than the best of all, or than the best of its
family, in `HOPELESS` of the draws; the best of a family stays. So what is dropped would hardly ever
be chosen, here or in a draw of `analysis.model.selection`, whose correction keeps its meaning.

References
----------
Tsamardinos, I., Greasidou, E., Borboudakis, G. (2018). Bootstrapping the out-of-sample predictions
for efficient and accurate cross-validation. Machine Learning 107, 1895-1922 (section 5, BBCD-CV).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Rows
from analysis.model.candidates import Configuration, ForestsOf
from analysis.model.cross_validation import Split, score_folds, walk
from analysis.statistics.bootstrap import bootstrap_counts, compact, weighted_auc

HOPELESS = 0.97
"""Part of the draws in which a configuration has to be worse for it to be dropped."""

DRAWS = 200


def screened_scores(
    candidates: Sequence[Configuration],
    features: pd.DataFrame,
    target: pd.Series[int],
    groups: pd.Series[int],
    folds: Sequence[Split],
    repeats: int,
    seed: int,
    forests: ForestsOf | None = None,
) -> tuple[list[Configuration], Floats]:
    """Score every customer out of fold by each configuration that is not dropped.

    Parameters
    ----------
    groups : Series of shape (n,)
        Customers of one group are drawn together.
    folds : sequence of (train, test)
        As `analysis.model.cross_validation.splits` gives them.
    forests : dict, optional
        Where the forests of the folds are left.

    Returns
    -------
    list of Configuration
        Those that were scored in every fold, in their order.
    ndarray of shape (kept, repeats, n)
        Their ranking scores, as ``out_of_fold_scores`` gives them.
    """
    kept = list(candidates)
    scores = np.full((len(kept), repeats, len(target)), np.nan)
    for number, some in enumerate(rounds(folds, repeats)):
        if number:
            stay = hopeful([each.family for each in kept], scores, target, groups, seed)
            kept, scores = [kept[place] for place in stay], scores[stay]
        score_folds(kept, features, target, some, scores, seed, forests)
    return kept, scores


def rounds(folds: Sequence[Split], repeats: int) -> Iterator[list[tuple[int, Rows, Rows]]]:
    """Group folds, as ``walk`` gives them: one by one in the first repeat, then by repeats."""
    walked = list(walk(folds, repeats))
    of_first = len(walked) // repeats
    starts = [*range(of_first), *range(of_first, len(walked), of_first)]
    for start, end in pairwise([*starts, len(walked)]):
        yield walked[start:end]


def hopeful(
    families: Sequence[str],
    scores: Floats,
    target: pd.Series[int],
    groups: pd.Series[int],
    seed: int,
) -> list[int]:
    """Tell which configurations may yet be chosen.

    Parameters
    ----------
    families : sequence of str
        The family of each configuration.
    scores : ndarray of shape (configurations, repeats, n)
        NaN where a customer has not been scored yet.
    target, groups : Series of shape (n,)

    Returns
    -------
    list of int
        Their places.
    """
    known = ~np.isnan(scores[0, 0])
    complete = [repeat for repeat in scores[0] if not np.isnan(repeat[known]).any()]
    seen, actual = scores[:, : len(complete), known], target.to_numpy()[known]
    of_group = groups.to_numpy()[known]
    counts = bootstrap_counts(actual, of_group, DRAWS, np.random.default_rng(seed))
    weights = np.column_stack([np.ones(len(actual)), counts])
    areas = np.array(
        [
            np.mean([weighted_auc(of_one, actual)(compact(weights)) for of_one in each], axis=0)
            for each in seen
        ]
    )
    value, drawn = areas[:, 0], areas[:, 1:]
    best_of_all = int(value.argmax())
    stay = []
    for family in dict.fromkeys(families):
        members = [place for place, each in enumerate(families) if each == family]
        best = max(members, key=lambda place: value[place])
        worse = [
            max(np.mean(drawn[place] < drawn[better]) for better in (best, best_of_all))
            for place in members
        ]
        stay += [
            place
            for place, part in zip(members, worse, strict=True)
            if place == best or part < HOPELESS
        ]
    return sorted(stay)
