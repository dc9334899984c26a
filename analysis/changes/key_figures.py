"""The key figures of an edition, for the trend over the months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.results import DataResults, ModelResults, SegmentsResults
from analysis.results.base import Estimate
from analysis.results.changes import KeyFigures


def key_figures(
    period: str,
    data: DataResults,
    model: ModelResults,
    segments: SegmentsResults,
    revenue: Estimate | None,
) -> KeyFigures:
    """Give the key figures of a month.

    Parameters
    ----------
    period : str
        ``YYYY-MM``.
    data, model, segments : results of these chapters
    revenue : Estimate, optional
        Mean per customer in the month, in roubles.
    """
    declined = data.declined
    money, worth = segments.money, model.corrected
    return KeyFigures(
        period=period,
        declined=Estimate(value=declined.share, low=declined.low, high=declined.high)
        if declined
        else None,
        exposed_roubles=money.exposed_total if money else None,
        revenue_per_customer=revenue,
        roc_auc=worth.roc_auc if worth else None,
        foretold=model.forecast is not None and model.forecast.used,
    )


def archived_key_figures(results: Mapping[str, Any]) -> KeyFigures:
    """Read the key figures of an edition of any schema; what it does not hold is None."""
    found = results.get("key_figures") or {}
    return KeyFigures(
        period=results["period"],
        declined=_estimate(_at(results, "data", "declined"), "share"),
        exposed_roubles=_estimate(_at(results, "segments", "money", "exposed_total")),
        revenue_per_customer=_estimate(found.get("revenue_per_customer")),
        roc_auc=_estimate(_at(results, "model", "corrected", "roc_auc")),
        foretold=bool(_at(results, "model", "forecast", "used")),
    )


def _at(results: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(results, Mapping):
            return None
        results = results.get(name)
    return results


def _estimate(found: Any, value: str = "value") -> Estimate | None:
    if not isinstance(found, Mapping) or not {value, "low", "high"} <= found.keys():
        return None
    return Estimate(value=found[value], low=found["low"], high=found["high"])
