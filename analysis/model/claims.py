"""What share of a group a forecast expects in decline, and within which limits.

The mean of a group's probabilities is what is said, but a group picked by its probabilities is
picked by their errors too. So the same group is looked up among those whom the forecast learnt
from, scored by models without them: how far the outcome there lay from what was said is added.
The limits allow for that trial and for the chance outcome of the group itself, together a
beta-binomial distribution, and for both readings of features that moved for everybody
(`analysis.model.shifts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis import results
from analysis.arrays import Floats, Target
from analysis.statistics.confidence import CONFIDENCE
from analysis.statistics.intervals import wilson

PRIOR = 4.0
"""Customers who count as having come out as was said, beside those of the trial."""

SHARPEST = 0.01
"""No share of a group is expected below this or above one minus this."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A group as the month learnt from has it.

    Attributes
    ----------
    said : ndarray of shape (n,)
        Probabilities by models without the customer.
    actual : ndarray of shape (n,), 0 or 1
    """

    said: Floats
    actual: Target


def claim(
    readings: Sequence[Floats], trial: Trial, found_again: float
) -> results.GroupClaim | None:
    """Say what share of a group will be in decline; None for an empty group.

    Parameters
    ----------
    readings : sequence of ndarray of shape (customers,)
        Probabilities of the group, first as published, then by another reading of its features.
    trial : Trial
    found_again : float
        Share of a month's customers who have a level the horizon later, above 0 to 1: of them the
        share is expected.
    """
    customers = len(readings[0])
    if not customers:
        return None
    said = float(readings[0].mean())
    told = float(trial.said.mean()) if len(trial.said) else said
    tried = len(trial.actual) + PRIOR
    came = (float(trial.actual.sum()) + PRIOR * told) / tried
    centres = [
        float(np.clip(each.mean() + came - told, SHARPEST, 1 - SHARPEST)) for each in readings
    ]
    found = max(1, round(customers * found_again))
    outcomes = [stats.betabinom(found, each * tried, (1 - each) * tried) for each in centres]
    tail = (1 - CONFIDENCE) / 2
    return results.GroupClaim(
        customers=customers,
        said=said,
        expected=results.Estimate(
            value=centres[0],
            low=min(float(each.ppf(tail)) / found for each in outcomes),
            high=max(float(each.ppf(1 - tail)) / found for each in outcomes),
        ),
        tried=wilson(int(trial.actual.sum()), len(trial.actual)) if len(trial.actual) else None,
    )
