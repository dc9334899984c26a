"""What each decision about the data changes in the score of a fixed model.

Two models that nobody chooses by what they score here, a logistic regression and the nearest
neighbours (who react most to copies), are tested out of fold twice: with the decision taken the
careful way, and the other way. Customers who are there both times keep their fold and are the only
ones scored, and neither model holds any chance of its own, so a difference comes from the decision
and not from other folds, other customers or another seed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Target
from analysis.cleaning.clean import as_found, states
from analysis.cleaning.customers import in_content_order, one_row_per_customer
from analysis.cleaning.duplicates import copy_groups, find_contradicting, find_twins
from analysis.cleaning.features import NUMERIC, declined, feature_table
from analysis.cleaning.leakage import file_order
from analysis.cleaning.outliers import find_impossible, without_impossible
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import AT_ONCE, fold_numbers, splits
from analysis.model.fold_scores import ranking_score
from analysis.model.fold_tables import FoldTables, NumberedFeatures
from analysis.results import Decision, Estimate, Rescored, WhatIf
from analysis.settings import Settings
from analysis.snapshot.snapshot import Snapshot
from analysis.statistics.bootstrap import bootstrap_counts, of_everyone, weighted_auc
from analysis.statistics.intervals import percentile_interval

LOGISTIC = Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),))
NEIGHBOURS = Configuration(
    "knn",
    "plain",
    "one_hot",
    "standard",
    (("n_neighbors", 9), ("p", 2), ("weights", "distance")),
)
MODELS = (LOGISTIC, NEIGHBOURS)
FOLDS = 5
LEAST_OF_A_LEVEL = 30
MOST_CUSTOMERS = 5000
"""A larger month is judged by about this many customers, drawn in whole groups of copies."""
POSITION = "position"


@dataclass(frozen=True)
class Variant:
    """Customers to test a model on.

    Attributes
    ----------
    customers : DataFrame, indexed by id
        In the canonical columns, and `numeric`; each with a level.
    fold : Series of int, indexed by id
        In which fold each is tested.
    concerned : int
        How many the decision is about.
    numeric : tuple of str
        The numbers that the model looks at.
    """

    customers: pd.DataFrame
    fold: pd.Series[int]
    concerned: int = 0
    numeric: tuple[str, ...] = NUMERIC


def what_if(snapshot: Snapshot, settings: Settings, seed: int) -> list[WhatIf]:
    """Score two fixed models with each decision about the data taken one way and the other.

    Parameters
    ----------
    snapshot : Snapshot
    settings : Settings
        For what counts as impossible and for the number of bootstrap draws. The careful way is
        always that of the default settings.
    seed : int

    Returns
    -------
    list of WhatIf
        One per decision that concerns anybody, the largest difference first; empty where a level
        has too few customers. Intervals are percentile bootstraps over the customers scored both
        ways, copies drawn together; the folds and the models' own chance stay the same.
    """
    careful, others = variants(snapshot, settings.cleaning.impossible_multiplier, seed)
    target = declined(careful.customers).to_numpy()
    if min(int(target.sum()), int((1 - target).sum())) < LEAST_OF_A_LEVEL or not others:
        return []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        scores = list(
            threads.map(lambda each: out_of_fold(each, seed), (careful, *others.values()))
        )
    drawn = bootstrap_counts(
        target,
        careful.customers["copy_group"].to_numpy(),
        settings.model.bootstrap_draws,
        np.random.default_rng(seed),
    )
    compared = []
    for place, (decision, variant) in enumerate(others.items(), start=1):
        common = careful.customers.index.isin(variant.customers.index)
        ids = careful.customers.index[common]
        found = [
            _rescored(
                scores[0].loc[ids, model.family].to_numpy(),
                scores[place].loc[ids, model.family].to_numpy(),
                target[common],
                drawn[common],
            )
            for model in MODELS
        ]
        compared.append(
            WhatIf(
                decision=decision,
                concerned=variant.concerned,
                scored=int(common.sum()),
                logistic=found[0],
                neighbours=found[1],
                noticeable=any(
                    not each.difference.low <= 0 <= each.difference.high for each in found
                ),
            )
        )
    return sorted(compared, key=lambda each: (-_size(each), each.decision))


def _size(each: WhatIf) -> float:
    return max(abs(each.logistic.difference.value), abs(each.neighbours.difference.value))


def variants(
    snapshot: Snapshot, multiplier: float, seed: int
) -> tuple[Variant, dict[Decision, Variant]]:
    """Give the customers as the careful way leaves them, and for each decision the other way.

    Copies left in, near copies let apart and customers brought back get folds of their own: a copy
    always another fold than the one it repeats, all others by turns.
    """
    joined = _at_most(one_row_per_customer(snapshot), seed)
    impossible = pd.concat(
        [snapshot.impossible, find_impossible(joined, multiplier=multiplier)], ignore_index=True
    )
    twins, contradicting = find_twins(joined), find_contradicting(joined)
    emptied = in_content_order(without_impossible(joined, impossible))
    known = states(emptied, impossible, twins, contradicting).set_index("id")
    everyone = emptied.assign(copy_group=copy_groups(emptied)).set_index("id")
    trained = everyone[known["state"] == "trained"]
    fold = _folds(trained, seed)
    careful = Variant(trained, fold)
    raw = joined.set_index("id")

    def brought_back(reason: str, customers: pd.DataFrame) -> Variant:
        back = customers[customers.index.isin(known.index[known["reason"] == reason])]
        back = back.dropna(subset="level")
        turns = pd.Series(np.arange(len(back)) % FOLDS, index=back.index)
        return Variant(pd.concat([trained, back]), pd.concat([fold, turns]), concerned=len(back))

    copies = brought_back("twin", everyone)
    beside = copies.customers.index[len(trained) :]
    originals = fold[known.loc[beside, "twin_of"].tolist()].to_numpy()
    copies.fold[beside] = (originals + 1) % FOLDS
    apart, together = _let_apart(trained, fold)
    opposed = trained.index.isin(contradicting)
    misspelt = as_found(joined, snapshot.respelt).set_index("id").loc[trained.index]
    changed = (misspelt[["service", "category"]] != trained[["service", "category"]]).any(axis=1)
    found: dict[Decision, Variant] = {
        "labels": Variant(misspelt, fold, int(changed.sum())),
        "twins": copies,
        "near_copies": Variant(trained, apart, together),
        "contradicting": Variant(trained[~opposed], fold[~opposed], int(opposed.sum())),
        "impossible": brought_back("impossible", raw),
        "inactive": brought_back("inactive", everyone),
    }
    if file_order(snapshot, joined).position_tells:
        position = snapshot.row_order.set_index("id")[POSITION]
        numbered = trained.assign(**{POSITION: position[trained.index].astype(float)})
        found["row_order"] = Variant(numbered, fold, len(trained), (*NUMERIC, POSITION))
    return careful, {decision: each for decision, each in found.items() if each.concerned}


def _at_most(joined: pd.DataFrame, seed: int) -> pd.DataFrame:
    ids = drawn_ids(joined.assign(copy_group=copy_groups(joined)), seed)
    return joined if ids is None else joined[joined["id"].isin(ids)].reset_index(drop=True)


def drawn_ids(customers: pd.DataFrame, seed: int) -> list[str] | None:
    """Draw whole groups of copies until there are customers enough; None if there are no more.

    Parameters
    ----------
    customers : DataFrame of id, copy_group
    """
    if len(customers) <= MOST_CUSTOMERS:
        return None
    groups = customers["copy_group"].to_numpy()
    drawn = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    reached = np.cumsum(np.bincount(groups)[drawn])
    kept = np.isin(groups, drawn[reached <= MOST_CUSTOMERS])
    return customers.loc[kept, "id"].tolist()


def _folds(trained: pd.DataFrame, seed: int) -> pd.Series[int]:
    target = declined(trained)
    smaller = min(int(target.sum()), int((1 - target).sum()))
    if min(smaller, trained["copy_group"].nunique()) < FOLDS:
        return pd.Series(0, index=trained.index)
    parts = splits(target, trained["copy_group"], FOLDS, 1, seed)
    return pd.Series(fold_numbers(parts, 1)[0], index=trained.index)


def _let_apart(trained: pd.DataFrame, fold: pd.Series[int]) -> tuple[pd.Series[int], int]:
    """Put every copy into another fold than the one before it; how many have a copy."""
    groups = trained["copy_group"]
    turn = groups.groupby(groups).cumcount()
    return (fold + turn) % FOLDS, int(groups.duplicated(keep=False).sum())


def out_of_fold(variant: Variant, seed: int) -> pd.DataFrame:
    """Score every customer by models that have not seen those of the same fold.

    Returns
    -------
    DataFrame of float, indexed by id
        A column per family of `MODELS`: the higher, the likelier a decline.
    """
    features = feature_table(variant.customers)
    for name in variant.numeric:
        features[name] = variant.customers[name].astype(float)
    target = declined(variant.customers).to_numpy()
    fold = variant.fold[variant.customers.index].to_numpy()
    numbered = NumberedFeatures.of(features)
    scores = {model.family: np.empty(len(target)) for model in MODELS}
    for number in range(FOLDS):
        tested = fold == number
        tables = FoldTables(numbered.take(~tested), numbered.take(tested))
        known, unknown = tables.prepared(variant.numeric, LOGISTIC.encoder, LOGISTIC.scaler)
        for model in MODELS:
            fitted = model.passing_classifier(seed).fit(known, target[~tested])
            scores[model.family][tested] = ranking_score(fitted, unknown)
    return pd.DataFrame(scores, index=variant.customers.index)


def _rescored(decided: Floats, otherwise: Floats, target: Target, drawn: Floats) -> Rescored:
    areas = [weighted_auc(scores, target) for scores in (decided, otherwise)]
    before, after = (of_everyone(area, len(target)) for area in areas)
    spread = percentile_interval(areas[1](drawn) - areas[0](drawn))
    return Rescored(
        decided=before,
        otherwise=after,
        difference=Estimate(value=after - before, low=spread.low, high=spread.high),
    )
