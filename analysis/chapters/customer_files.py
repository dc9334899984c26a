"""The files of customers that stay inside the shop: all of them, and who was set aside and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Rows
from analysis.campaigns.lot import CONTACT, HOLD_OUT
from analysis.campaigns.mailings import TRIED
from analysis.chapters.edition_files import CUSTOMERS_FILE, SET_ASIDE_FILE
from analysis.chapters.text_tables import write_text_table
from analysis.chapters.words import Words
from analysis.cleaning.features import FEATURES
from analysis.model.probabilities import DECIDED_BY, DECIDING
from analysis.snapshot.ids import natural, places_of
from analysis.workers.here import HERE, Workers

COLUMNS = (
    "id",
    *FEATURES,
    "profit",
    "level",
    "state",
    "reason",
    "score",
    "probability",
    "source",
    "forecast",
    "segment",
    "copy_group",
    DECIDING,
    DECIDED_BY,
    "arm",
    "offer",
    "cost",
    TRIED,
)


def write_customers(
    folder: Path, customers: pd.DataFrame, segments: pd.DataFrame, lists: pd.DataFrame
) -> Path:
    """Write customers.parquet in the natural order of ids: editions can be laid side by side.

    Parameters
    ----------
    customers : DataFrame
        Every customer with what the models say (see ``analysis.model.probabilities``):
        ``probability`` and ``source`` are of the nowcast, ``forecast`` is missing without one.
    segments : DataFrame of id, segment
        Of the scored customers.
    lists : DataFrame of id, offer, control, letter, cost, spent, shown
        Whom an offer is meant for, and who of them is left without it: ``arm`` is ``contact`` or
        ``hold_out``, missing for all others; ``cost`` is that of the contact, in roubles, and
        ``shown`` tells on whose like the offer was tried.
    """
    listed = places_of(customers["id"], lists["id"])
    cost = lists["spent"].where(lists["letter"].astype(bool), lists["cost"])
    arm = pd.Series(np.where(lists["control"].astype(bool), HOLD_OUT, CONTACT), dtype="str")
    segment = segments["segment"].reset_index(drop=True)
    table = customers.assign(
        segment=_found(segment, places_of(customers["id"], segments["id"])),
        arm=_found(arm, listed),
        offer=_found(lists["offer"].astype("str"), listed),
        cost=_found(cost.astype(float), listed),
        **{TRIED: _found(lists["shown"].astype("boolean"), listed)},
    )
    path = folder / CUSTOMERS_FILE
    table[list(COLUMNS)].sort_values("id", key=natural).to_parquet(path, index=False)
    return path


def _found(values: pd.Series[Any], places: Rows) -> Any:
    """Give the values at these places, nothing at -1."""
    return values.array.take(places, allow_fill=True)


def write_set_aside(folder: Path, customers: pd.DataFrame, words: Words) -> Path:
    """Write set_aside.csv: who is not trained on or not scored, and why."""
    aside = customers[customers["reason"] != ""].sort_values("id", key=natural)
    columns = {
        "id": aside["id"],
        "state": aside["state"].map(words.lists["state"]),
        "reason": aside["reason"].map(words.lists["why"]),
        "twin_of": aside["twin_of"],
    }
    path = folder / SET_ASIDE_FILE
    table = pd.DataFrame(columns).rename(columns=words.lists["set_aside"])
    write_table(path, table, words)
    return path


def write_table(path: Path, table: pd.DataFrame, words: Words, workers: Workers = HERE) -> None:
    """Write a table as text that Excel in the language opens in columns; no text is a formula."""
    write_text_table(path, table, words.lists["form"], workers=workers)
