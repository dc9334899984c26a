"""What those who left since the month learnt from may change in a forecast.

A forecast learns from customers who are found again. Whether the activity of the others had
declined nobody knows, so what is said of all of that month carries bounds: with none and with all
of those who left counted as declined.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import results
from analysis.arrays import Floats, Target
from analysis.cleaning.features import declined
from analysis.model.learnt_ahead import LearntAhead
from analysis.statistics.bootstrap import of_everyone, weighted_auc


def bound_leavers(
    then: pd.DataFrame, learnt: LearntAhead, high_risk: float
) -> results.Leavers | None:
    """Bound what those who left may change.

    Parameters
    ----------
    then : DataFrame
        Trained customers of the month learnt from, in the canonical columns.
    learnt : LearntAhead
    high_risk : float
        Probability from which a customer is at high risk, 0 to 1.

    Returns
    -------
    Leavers or None
        None where everybody was found again.
    """
    left = then[~then["id"].isin(learnt.training["id"])]
    if left.empty:
        return None
    stayed = learnt.modelled.probabilities.set_index("id")["probability"]
    told = np.concatenate([stayed.loc[learnt.training["id"]], learnt.foretell(left)])
    known = declined(learnt.training).to_numpy()
    gone = np.arange(len(told)) >= len(known)
    flagged = told >= high_risk
    cases = [np.append(known, np.full(len(left), outcome)) for outcome in (0, 1)]
    return results.Leavers(
        customers=len(left),
        base=len(told),
        said=float(np.sort(told[gone]).mean()),
        said_of_others=float(np.sort(told[~gone]).mean()),
        declined=_bounds([float(case.mean()) for case in cases]),
        flagged=_bounds([float(case[flagged].mean()) for case in cases]) if flagged.any() else None,
        roc_auc=_bounds([_area(told, case) for case in cases]),
    )


def _bounds(values: list[float]) -> results.Bounds:
    return results.Bounds(low=min(values), high=max(values))


def _area(told: Floats, actual: Target) -> float:
    return of_everyone(weighted_auc(told, actual), len(told))
