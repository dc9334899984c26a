"""The numbers of a file by customer."""

from __future__ import annotations

import pandas as pd

from analysis.snapshot.magnitude import place_of
from analysis.snapshot.schema import FileContract


def numbers_by_customer(
    contract: FileContract, table: pd.DataFrame
) -> list[tuple[str, pd.Series[float]]]:
    """Give the numbers of a file by customer: one column each, one for each month of a column.

    Parameters
    ----------
    contract : FileContract
    table : DataFrame
        Of a snapshot.

    Returns
    -------
    list of (str, Series)
        What messages call the column and its month; its numbers by id.
    """
    numbers = [column for column in contract.columns if column.kind == "number"]
    if not contract.by_period:
        by_id = table.set_index("id")
        return [(column.heading, by_id[column.name]) for column in numbers]
    return [
        (place_of(column, label), table[table["period"] == month].set_index("id")[column.name])
        for column in numbers
        for label, month in contract.months.items()
    ]
