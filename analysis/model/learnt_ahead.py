"""A model of an earlier month's features and later levels that scores nobody whom it has seen.

A customer's features change slowly, and the level now is not the level to come: a model that had
learnt the former by heart would give it back as a forecast. So everyone in the training is scored,
in whatever month, by models of the folds that left him out. The final calibrator turns scores into
probabilities: one customer of a thousand does not move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from analysis.arrays import Floats, Rows
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import declined, features_ahead
from analysis.model.blocks import in_blocks
from analysis.model.calibration import Calibrated, calibrate, clip, cross_scaled, starting_level
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import Split, splits, walk
from analysis.model.fold_scores import ranking_score
from analysis.model.train import Modelled, model_month
from analysis.settings import Settings
from analysis.snapshot.ids import among
from analysis.workers.here import HERE, Workers


@dataclass(frozen=True, eq=False)
class EarlierMonth:
    """Customers of a month before this one.

    Attributes
    ----------
    customers : DataFrame
        In the canonical columns, cleaned as that month was, with state and copy_group.
    """

    period: str
    source: Literal["snapshot", "edition"]
    customers: pd.DataFrame


@dataclass(frozen=True, eq=False)
class LearntAhead:
    """The outcome.

    Attributes
    ----------
    training : DataFrame of n rows
        Who was learnt from: features of then, ``level_then``, and as ``level`` the outcome.
    modelled : Modelled
        Its probabilities are those of the training, each by models without the customer.
    repeats : int
    folds : list of Split
        All repeats one after the other.
    fitted : list of Pipeline
        One per fold.
    """

    training: pd.DataFrame
    modelled: Modelled
    repeats: int
    folds: list[Split]
    fitted: list[Pipeline]

    @property
    def model(self) -> Calibrated:
        """The final model."""
        assert self.modelled.model is not None
        return self.modelled.model

    def ranking(self) -> Floats:
        """Rank the training, shape (repeats, n), by models without the customer."""
        then = features_then(self.training)
        ranking = np.empty((1, self.repeats, len(then)))
        walked = walk(self.folds, self.repeats)
        for (repeat, _, test), fitted in zip(walked, self.fitted, strict=True):
            ranking[0, repeat, test] = _scores(fitted, then.iloc[test])
        if self.model.by_level is not None:
            actual = declined(self.training).to_numpy()
            ranking = cross_scaled(ranking, starting_level(then), actual, self.folds)
        return np.asarray(ranking[0])

    def foretell(self, customers: pd.DataFrame, workers: Workers = HERE) -> pd.Series[float]:
        """Foretell from a month's features and levels, by models without the customer.

        Parameters
        ----------
        customers : DataFrame
            Whoever is to be scored, in the canonical columns.
        workers : Workers
            What scores those who are not in the training, block by block.

        Returns
        -------
        Series
            Probabilities by id: first of those in the training, then of the others.
        """
        by_id = customers.set_index("id", drop=False)
        here = among(self.training["id"], by_id.index)
        place = np.cumsum(here) - 1
        present = by_id.loc[self.training.loc[here, "id"]]
        told = np.zeros(len(present))
        if len(present):
            features = features_ahead(present, present["level"])
            for (_, test), fitted in zip(self.folds, self.fitted, strict=True):
                rows = place[test[here[test]]]
                if len(rows):
                    told[rows] += self._probability(fitted, features.iloc[rows])
        told /= self.repeats
        parts = [pd.Series(told, index=present["id"].to_numpy(), name="forecast")]
        rest = customers[~customers["id"].isin(self.training["id"])]
        if len(rest):
            by_final = in_blocks(partial(probability_ahead, self.model), rest, workers)
            parts.append(pd.Series(by_final, index=rest["id"].to_numpy(), name="forecast"))
        return pd.concat(parts)

    def _probability(self, fitted: Pipeline, features: pd.DataFrame) -> Floats:
        scaled = self.model.on_one_scale(_scores(fitted, features), features)
        return clip(calibrate(self.model.calibrator, scaled))


def learn_ahead(
    then: pd.DataFrame,
    later: pd.DataFrame,
    candidates: Sequence[Configuration],
    settings: Settings,
    seed: int,
) -> tuple[Modelled, LearntAhead | None]:
    """Learn the levels of a later month from the features and levels of an earlier one.

    Parameters
    ----------
    then, later : DataFrame
        Customers of the two months, with state; learnt from are those trained on then who have a
        level later.
    candidates : sequence of Configuration
        What is compared; each looks at the level of then, unless all had the same.

    Returns
    -------
    modelled : Modelled
    learnt : LearntAhead or None
        None where no model is usable.
    """
    training = _training(later, then)
    known = training["level_then"].nunique() > 1
    asked = [replace(each, starting_level=known) for each in candidates]
    modelled = model_month(training, settings, seed, candidates=asked, features_of=features_then)
    if modelled.model is None:
        return modelled, None
    features, target = features_then(training), declined(training)
    folds = splits(
        target, training["copy_group"], settings.model.folds, settings.model.repeats, seed
    )
    fitted = [_fitted(modelled.model, features, target, train, seed) for train, _ in folds]
    return modelled, LearntAhead(training, modelled, settings.model.repeats, folds, fitted)


def features_then(training: pd.DataFrame) -> pd.DataFrame:
    """Give the features that the training starts from; its ``level`` is the outcome."""
    return features_ahead(training, training["level_then"])


def probability_ahead(model: Calibrated, customers: pd.DataFrame) -> Floats:
    """Give the probability of each customer, whose ``level`` is that of now.

    Parameters
    ----------
    model : Calibrated
        Learnt ahead.
    customers : DataFrame, n rows

    Returns
    -------
    ndarray of shape (n,)
    """
    return model.probability(features_ahead(customers, customers["level"]))


def _training(later: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Features of then and levels of later, of those trained on then; ``level_then`` beside."""
    trained = then[then["state"] == "trained"]
    levels = later.dropna(subset="level").set_index("id")["level"]
    matched = trained[among(trained["id"], levels.index)]
    training = matched.assign(
        level_then=matched["level"],
        level=matched["id"].map(levels),
        reason="",
        twin_of=pd.array([pd.NA] * len(matched), dtype="str"),
    )
    return in_content_order(training)


def _fitted(
    model: Calibrated, features: pd.DataFrame, target: pd.Series[int], train: Rows, seed: int
) -> Pipeline:
    configuration = model.configuration
    steps = [
        ("prepare", configuration.preparation()),
        ("classify", configuration.passing_classifier(seed)),
    ]
    return Pipeline(steps).fit(features.iloc[train], target.to_numpy()[train])


def _scores(fitted: Pipeline, features: pd.DataFrame) -> Floats:
    return ranking_score(fitted[-1], fitted[:-1].transform(features))
