"""The files of an edition, whatever its age, as another month meets them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.cleaning.customers import in_content_order
from analysis.cleaning.duplicates import copy_groups
from analysis.model.probabilities import mark_deciding

CUSTOMERS_FILE = "customers.parquet"
RESULTS_FILE = "results.json"
MODEL_FOLDER = "model"
SET_ASIDE_FILE = "set_aside.csv"
OFFERS_FOLDER = "offers"
LISTS_FOLDER = "lists"
"""Of a comparison: who came, who left, whose risk moved."""

READ_BACK = (RESULTS_FILE, CUSTOMERS_FILE, MODEL_FOLDER)
"""What a later month reads of an edition."""

INTERNAL = (CUSTOMERS_FILE, SET_ASIDE_FILE, OFFERS_FOLDER, LISTS_FOLDER, MODEL_FOLDER)
"""What stays inside the shop, readable by its owner only."""


def has_customers(edition: Path, columns: Collection[str]) -> bool:
    """Tell whether the customers of an edition can be read and have these columns."""
    try:
        names = pq.read_schema(edition / CUSTOMERS_FILE).names
    except (OSError, pa.ArrowException):
        return False
    return set(columns) <= set(names)


def read_customers(edition: Path) -> pd.DataFrame:
    """Read the customers of an edition; what an early one did not write is worked out.

    Returns
    -------
    DataFrame
        As ``customers.parquet``, ids as text whatever they were, with ``copy_group``,
        ``deciding_probability`` and ``decided_by``.
    """
    customers = pd.read_parquet(edition / CUSTOMERS_FILE)
    customers["id"] = customers["id"].astype("str")
    if "copy_group" not in customers:
        ordered = in_content_order(customers)
        groups = copy_groups(ordered).set_axis(ordered["id"].to_numpy())
        customers["copy_group"] = customers["id"].map(groups)
    return customers if "decided_by" in customers else mark_deciding(customers)
