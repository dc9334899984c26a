"""Which probability decides: the forecast where there is one, else that of this month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def is_foretold(customers: pd.DataFrame) -> bool:
    """Tell whether the decisions of an edition rest on a forecast, by its customers."""
    return "forecast" in customers and bool(customers["forecast"].notna().any())


def uses_forecast(results: Mapping[str, Any]) -> bool:
    """Tell whether the decisions of an edition rest on a forecast, by its results of any schema."""
    return bool(((results.get("model") or {}).get("forecast") or {}).get("used"))


def deciding(probabilities: pd.DataFrame, forecast: pd.DataFrame) -> pd.DataFrame:
    """Give the probabilities on which decisions rest: the forecast where there is one.

    Parameters
    ----------
    probabilities : DataFrame of id, probability (and more)
    forecast : DataFrame of id, forecast
        Empty, or of the same customers.
    """
    if forecast.empty:
        return probabilities[["id", "probability"]]
    return forecast.rename(columns={"forecast": "probability"})
