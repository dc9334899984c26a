"""Which probability decides: the forecast where there is one, else the nowcast of the month.

The nowcast says how likely the customer is in decline by this month's picture, the forecast how
likely he will be some months later.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

DECIDING = "deciding_probability"
DECIDED_BY = "decided_by"


def with_probabilities(
    customers: pd.DataFrame, nowcast: pd.DataFrame, forecast: pd.DataFrame
) -> pd.DataFrame:
    """Join to the customers what the models of a month say of them.

    Parameters
    ----------
    customers : DataFrame
    nowcast : DataFrame of id, score, probability, source
        Empty without a usable model.
    forecast : DataFrame of id, forecast
        Empty, or of the same customers.

    Returns
    -------
    DataFrame
        Every customer, in the same order, with the columns of both, ``deciding_probability`` and
        ``decided_by`` (see `mark_deciding`).
    """
    said = nowcast.merge(forecast, on="id", how="left")
    return mark_deciding(customers.merge(said, on="id", how="left"))


def mark_deciding(customers: pd.DataFrame) -> pd.DataFrame:
    """Say for every customer which probability decides, and what gave it.

    Parameters
    ----------
    customers : DataFrame
        With ``probability`` (the nowcast) and perhaps ``forecast``; missing where not scored.

    Returns
    -------
    DataFrame
        With ``deciding_probability``, and ``decided_by`` (``forecast`` or ``nowcast``); both
        missing where a customer is not scored.
    """
    forecast = customers.get("forecast", pd.Series(np.nan, index=customers.index)).astype(float)
    deciding = forecast.fillna(customers["probability"].astype(float))
    given_by = pd.Series("nowcast", index=customers.index, dtype="str")
    given_by = given_by.mask(forecast.notna(), "forecast").where(deciding.notna())
    return customers.assign(deciding_probability=deciding, decided_by=given_by)


def by_deciding(customers: pd.DataFrame) -> pd.DataFrame:
    """Give the scored customers with the probability that decides as their ``probability``."""
    scored = customers[customers[DECIDING].notna()]
    return scored.assign(probability=scored[DECIDING])


def rests_on_forecast(customers: pd.DataFrame) -> bool:
    """Tell whether the decisions of an edition rest on a forecast, by its customers."""
    return bool(customers[DECIDED_BY].eq("forecast").any())
