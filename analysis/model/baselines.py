"""What a forecast must beat: the level that stays, and the nowcast of the month it learnt from.

A two-valued level ranks poorly whatever it knows, so it alone would flatter the forecast. The
harder baseline is what the shop could have used without any forecast: the resemblance that the
earlier month's own model saw, learnt from that month alone and held against the later levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import declined, feature_table
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.settings import Settings
from analysis.statistics.bootstrap import bootstrap_counts, of_everyone, weighted_auc
from analysis.statistics.intervals import estimate

Baseline = Literal["level", "nowcast"]


@dataclass(frozen=True)
class Lead:
    """What the forecast has above the best of its baselines, all by ROC-AUC.

    Attributes
    ----------
    level, nowcast : Estimate
        Of the baselines; ``nowcast`` is None where the earlier month allows none.
    best : str
    gain : Estimate
        Of the forecast above the best.
    """

    level: results.Estimate
    nowcast: results.Estimate | None
    best: Baseline
    gain: results.Estimate


def nowcast_of(
    then: pd.DataFrame, candidates: Sequence[Configuration], settings: Settings, seed: int
) -> pd.DataFrame:
    """Rank the customers of a month by its own levels, each by models that had not seen him.

    Parameters
    ----------
    then : DataFrame
        Customers of the month, with state.
    candidates : sequence of Configuration
        The best of them by ROC-AUC is taken; none looks at the starting level.

    Returns
    -------
    DataFrame of shape (trained, repeats)
        Ranking scores by id; empty where the month has too few customers of a level.
    """
    trained = in_content_order(then[then["state"] == "trained"])
    target, groups = declined(trained), trained["copy_group"]
    repeats = settings.model.repeats
    if min(target.sum(), len(target) - target.sum()) < settings.model.smallest_class:
        return pd.DataFrame(index=pd.Index([], dtype="str"))
    folds = splits(target, groups, settings.model.folds, repeats, seed)
    scores = out_of_fold_scores(candidates, feature_table(trained), target, folds, repeats, seed)
    actual = target.to_numpy()
    areas = [
        np.mean([of_everyone(weighted_auc(each, actual), len(actual)) for each in of_candidate])
        for of_candidate in scores
    ]
    return pd.DataFrame(scores[int(np.argmax(areas))].T, index=trained["id"].to_numpy())


def lead(
    training: pd.DataFrame,
    ranking: Floats,
    nowcast: pd.DataFrame,
    optimism: float,
    settings: Settings,
    seed: int,
) -> Lead:
    """Hold a forecast against its baselines, on the customers that it learnt from.

    Parameters
    ----------
    training : DataFrame of n rows
        With level (the outcome), level_then and copy_group.
    ranking : ndarray of shape (repeats, n)
        Of the forecast, by models without the customer.
    nowcast : DataFrame
        As from `nowcast_of`.
    optimism : float
        What the choice among candidates has added to the ROC-AUC; it is taken off the gain.
    """
    actual, groups = declined(training).to_numpy(), training["copy_group"].to_numpy()
    rng = np.random.default_rng(seed)
    counts = bootstrap_counts(actual, groups, settings.model.bootstrap_draws, rng)
    weights = np.column_stack([np.ones(len(actual)), counts])

    def areas(rankings: Floats) -> Floats:
        return np.asarray(np.mean([weighted_auc(each, actual)(weights) for each in rankings], 0))

    level = np.where(training["level_then"].eq("declined"), 1.0, 0.0)
    baselines: dict[Baseline, Floats] = {"level": areas(level[None])}
    known = nowcast.reindex(training["id"])
    if known.shape[1] and known.notna().all(axis=None):
        baselines["nowcast"] = areas(known.to_numpy().T)
    best = max(baselines, key=lambda name: baselines[name][0])
    gain = areas(ranking) - optimism - baselines[best]
    found = {name: estimate(each[1:], float(each[0])) for name, each in baselines.items()}
    return Lead(found["level"], found.get("nowcast"), best, estimate(gain[1:], float(gain[0])))
