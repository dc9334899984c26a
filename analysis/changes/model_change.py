"""Each month's model on the other month's customers."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.changes.comparisons import PROBABILITY_BY_BOTH
from analysis.changes.edition import ModelSeen, Scorer
from analysis.cleaning.features import FEATURES, declined, feature_table, features_ahead
from analysis.model.blocks import in_blocks
from analysis.model.shifts import read_anew
from analysis.results.base import Estimate
from analysis.results.changes import CrossScore, ModelChange, ModelSide
from analysis.statistics.bootstrap import bootstrap_counts, weighted_auc
from analysis.statistics.intervals import percentile_interval

FEWEST_OF_A_LEVEL = 10
"""Customers of each level that a ROC-AUC needs."""


def compare_models(
    old: pd.DataFrame,
    new: pd.DataFrame,
    results: tuple[ModelSeen, ModelSeen],
    models: tuple[Scorer | None, Scorer | None],
    draws: int,
    seed: int,
) -> ModelChange:
    """Let each month's model rank the other month's customers.

    Parameters
    ----------
    old, new : DataFrame
        ``customers.parquet`` of the editions.
    results : pair of ModelSeen
        What their results say of their models.
    models : pair of Scorer or None
    draws : int
        Of the bootstrap over customers, copies together.
    seed : int
    """
    return ModelChange(
        old=_side(results[0]),
        new=_side(results[1]),
        old_on_new=_cross_scores(new, old["id"], models[0], draws, seed),
        new_on_old=_cross_scores(old, new["id"], models[1], draws, seed),
    )


def _side(model: ModelSeen) -> ModelSide | None:
    if not model.usable or model.corrected is None or model.chosen is None:
        return None
    return ModelSide(family=model.chosen, roc_auc=model.corrected.roc_auc)


def _cross_scores(
    customers: pd.DataFrame, others: pd.Series[int], model: Scorer | None, draws: int, seed: int
) -> list[CrossScore]:
    """Score customers by a model that was trained on ``others``, those known to it apart."""
    if model is None:
        return []
    trained = customers["state"] == "trained"
    known = customers["id"].isin(others)
    groups: dict[Literal["in_one_month", "in_both_months"], pd.Series[bool]] = {
        "in_one_month": ~known,
        "in_both_months": known,
    }
    return [
        _cross_score(name, customers[trained & members], model, draws, seed)
        for name, members in groups.items()
        if (trained & members).any()
    ]


def _cross_score(
    name: Literal["in_one_month", "in_both_months"],
    customers: pd.DataFrame,
    model: Scorer,
    draws: int,
    seed: int,
) -> CrossScore:
    ordered = customers.drop(columns="id")
    ordered = ordered.sort_values(list(ordered.columns), ignore_index=True)
    target = declined(ordered).to_numpy()
    own = other = difference = None
    if min(target.sum(), len(target) - target.sum()) >= FEWEST_OF_A_LEVEL:
        rng = np.random.default_rng(seed)
        counts = bootstrap_counts(target, ordered["copy_group"].to_numpy(), draws, rng)
        weights = np.column_stack([np.ones(len(target)), counts])
        by_other = weighted_auc(model.score(feature_table(ordered)), target)(weights)
        other = _estimate(by_other)
        if ordered["score"].notna().all():
            by_own = weighted_auc(ordered["score"].to_numpy(dtype=float), target)(weights)
            own, difference = _estimate(by_own), _estimate(by_other - by_own)
    return CrossScore(
        customers=name,
        base=len(target),
        declined=int(target.sum()),
        own=own,
        other=other,
        difference=difference,
    )


def _estimate(values: Floats) -> Estimate:
    """Give the first value with the interval of the others."""
    interval = percentile_interval(values[1:])
    return Estimate(value=float(values[0]), low=interval.low, high=interval.high)


def by_other_model(
    customers: pd.DataFrame, own: Scorer | None, other: Scorer | None
) -> pd.Series[float] | None:
    """Give what the other month's model would say of the scored customers, by id.

    Published probabilities come from models that had not seen the customer, kept models have seen
    theirs. So the step between the two kept models is laid on the published probability, which
    leaves nothing where both are one model; the outcome may lie outside of 0 to 1. Of customers
    from whom nothing was learnt the published word is that of the kept model, and what the other
    says is the outcome. A forecast reads features that moved as the month that it learnt from would
    have, each of the two as its own.

    Returns
    -------
    Series or None
        None where either month has no model.
    """
    if own is None or other is None:
        return None
    published = customers["probability"].to_numpy(dtype=float)
    scored = ~np.isnan(published)
    said = np.full(len(customers), np.nan)
    said[scored] = _probability(other, customers, scored)
    learnt_from = scored & ~customers["source"].eq("final").to_numpy(dtype=bool)
    step = said[learnt_from] - _probability(own, customers, learnt_from)
    said[learnt_from] = published[learnt_from] + step
    return pd.Series(said[scored], index=customers["id"].to_numpy()[scored])


def _probability(model: Scorer, customers: pd.DataFrame, members: Flags) -> Floats:
    """Give what a model says of some of the customers, their month read in its own way."""
    then = getattr(model, "read_as", None)
    known = customers[[*FEATURES, "level", "state"]]
    read = (known if then is None else read_anew(known, then))[members]
    return in_blocks(lambda block: model.probability(features_ahead(block, block["level"])), read)


def with_both_models(customers: pd.DataFrame, by_other: pd.Series[float] | None) -> pd.DataFrame:
    """Add the mean of what the models of both months say, where the other's is known.

    Parameters
    ----------
    customers : DataFrame
    by_other : Series by id, or None
        As from `by_other_model`.
    """
    if by_other is None:
        return customers
    mean = (customers["probability"].astype(float) + customers["id"].map(by_other)) / 2
    return customers.assign(**{PROBABILITY_BY_BOTH: mean})
