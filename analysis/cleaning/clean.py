"""From a snapshot to one row per customer, and what each customer may be used for.

Nothing here depends on the order of the file or on the values of the ids: rows are put in an order
made from their content, and of equal customers the one with the smaller profit comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.cleaning.customers import in_content_order, one_row_per_customer
from analysis.cleaning.design_sample import in_design_sample
from analysis.cleaning.duplicates import copy_groups, find_contradicting, find_twins
from analysis.cleaning.outliers import find_impossible, without_impossible
from analysis.money import REVENUES
from analysis.settings import Cleaning
from analysis.snapshot.snapshot import Snapshot

DEFAULTS = Cleaning()


def as_found(customers: pd.DataFrame, respelt: pd.DataFrame) -> pd.DataFrame:
    """Give the same customers with corrected labels as they were.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`.
    respelt : DataFrame of id, column, found
    """
    misspelt = customers.copy()
    for column, cells in respelt.groupby("column"):
        found = misspelt["id"].map(cells.set_index("id")["found"])
        misspelt[column] = found.fillna(misspelt[column]).astype("str")
    return in_content_order(misspelt)


def states(
    customers: pd.DataFrame,
    impossible: pd.DataFrame,
    twins: pd.DataFrame,
    contradicting: pd.Series[int],
    choices: Cleaning = DEFAULTS,
) -> pd.DataFrame:
    """Say what each customer may be used for, and why.

    Parameters
    ----------
    customers : DataFrame
        As from `one_row_per_customer`, impossible cells still in place or not.
    impossible : DataFrame of id, column
        All impossible cells.
    twins : DataFrame of id, twin_of
    contradicting : Series of int
        Ids, as from `find_contradicting`.
    choices : Cleaning
        What is done with whom.

    Returns
    -------
    DataFrame of id, state, reason, twin_of
        In the order of `customers`. The first rule that holds decides:

        ============  =============  ======================================================
        state         reason         when
        ============  =============  ======================================================
        not_scored    inactive       revenue is 0 in at least one of the three months
        not_scored    missing        revenue of a month is not in the export (and not
                                     impossible)
        not_trained   no_level       the level is blank
        not_trained   impossible     a cell is impossible
        not_trained   inactive       as above, where inactive customers are to be scored
        not_trained   contradicting  a copy has the opposite level, where those are to be
                                     set aside
        not_trained   twin           repeats the customer `twin_of`, who is not set aside
        trained                      otherwise
        ============  =============  ======================================================

        A rule that `choices` keep in training does not apply. `twin_of` (an id) is missing for
        every other reason.
    """
    ids = customers["id"]
    revenue = customers[list(REVENUES)]
    doubted = pd.DataFrame(
        {name: ids.isin(impossible.loc[impossible["column"] == name, "id"]) for name in REVENUES}
    )
    inactive = (revenue == 0).any(axis=1)
    odd = ids.isin(impossible["id"]) & (choices.impossible == "set_aside")
    first = ids.map(twins.set_index("id")["twin_of"])
    rules = {
        ("not_scored", "inactive"): inactive & (choices.inactive == "not_scored"),
        ("not_scored", "missing"): (revenue.isna() & ~doubted).any(axis=1),
        ("not_trained", "no_level"): customers["level"].isna(),
        ("not_trained", "impossible"): odd,
        ("not_trained", "inactive"): inactive & (choices.inactive == "set_aside"),
        ("not_trained", "contradicting"): ids.isin(contradicting)
        & (choices.contradicting == "set_aside"),
        ("not_trained", "twin"): first.notna()
        & ~first.isin(ids[odd])
        & (choices.twins == "set_aside"),
    }
    tests = [rule.to_numpy(dtype=bool) for rule in rules.values()]
    found = pd.DataFrame({"id": ids})
    found["state"] = np.select(tests, [state for state, _ in rules], default="trained")
    found["reason"] = np.select(tests, [reason for _, reason in rules], default="")
    found["twin_of"] = first.astype("str").where(found["reason"] == "twin")
    return found.astype({"state": "str", "reason": "str"})


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Customers ready for work.

    Attributes
    ----------
    customers : DataFrame
        As from `one_row_per_customer`, with the columns of `states` (the state ``not_sampled`` is
        of those who could be learnt from and were not drawn) and ``copy_group`` (see
        `copy_groups`); impossible cells missing and labels corrected, unless the settings keep
        them.
    impossible : DataFrame of id, column, value, limit
        Cells outside their bounds (no limit) and cells that `find_impossible` caught.
    twins : DataFrame of id, twin_of
        As from `find_twins`, whatever their state.
    joined : DataFrame
        As from `one_row_per_customer`, before anything was emptied.
    """

    customers: pd.DataFrame
    impossible: pd.DataFrame
    twins: pd.DataFrame
    joined: pd.DataFrame


def clean(
    snapshot: Snapshot,
    choices: Cleaning = DEFAULTS,
    *,
    at_least: int = 20,
    sample: int | None = None,
) -> Cleaned:
    """One row per customer, impossible cells emptied, and a state for everybody.

    Parameters
    ----------
    snapshot : Snapshot
    choices : Cleaning
        What is repaired and what is kept out of training.
    at_least : int
        See `find_impossible`.
    sample : int, optional
        From how many customers at most is learnt (see `in_design_sample`); from all by default.
    """
    joined = one_row_per_customer(snapshot)
    caught = find_impossible(joined, multiplier=choices.impossible_multiplier, at_least=at_least)
    bounds = snapshot.impossible.assign(limit=np.nan)
    impossible = pd.concat([bounds, caught], ignore_index=True) if len(bounds) else caught
    twins, contradicting = find_twins(joined), find_contradicting(joined)
    customers = joined if choices.labels == "repair" else as_found(joined, snapshot.respelt)
    if choices.impossible != "keep":
        customers = in_content_order(without_impossible(customers, caught))
    found = states(customers, impossible, twins, contradicting, choices)
    everyone = customers.assign(**found.drop(columns="id"), copy_group=copy_groups(customers))
    if sample is not None:
        everyone["state"] = _without_unsampled(everyone, sample)
    return Cleaned(everyone, impossible, twins, joined)


def _without_unsampled(customers: pd.DataFrame, sample: int) -> pd.Series[str]:
    trained = customers["state"].eq("trained").to_numpy()
    left = np.zeros(len(customers), dtype=bool)
    left[trained] = ~in_design_sample(customers[trained], sample)
    return customers["state"].mask(left, "not_sampled")
