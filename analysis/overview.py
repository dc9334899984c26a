"""What came in one month: counts, repairs, findings, totals, and who is used for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import results
from analysis.cleaning import (
    MINUTES,
    REVENUES,
    Cleaned,
    one_row_per_customer,
)
from analysis.intervals import wilson
from analysis.money import monthly_profit
from analysis.settings import Settings
from analysis.snapshot import Snapshot
from analysis.traces import file_order, near_copies

MONTHS: tuple[Literal["before_previous", "previous", "current"], ...] = (
    "before_previous",
    "previous",
    "current",
)
TELLING_ORDER = 0.6
"""ROC-AUC of the file's order above which it is reported as giving the level away."""


def describe_snapshot(
    snapshot: Snapshot,
    cleaned: Cleaned,
    settings: Settings,
    seed: int,
    previous: Mapping[str, Any] | None = None,
) -> results.DataResults:
    """Count what came and what became of it.

    Parameters
    ----------
    previous : mapping, optional
        Of the newest earlier edition of the same kind: its ``period``, and ``count`` of ``base``
        customers whose activity had declined.

    Returns
    -------
    DataResults
    """
    joined = one_row_per_customer(snapshot)
    states = cleaned.states
    trained = joined[joined["id"].isin(states.loc[states["state"] == "trained", "id"])]
    counts = states["state"].value_counts()
    set_aside = states.loc[states["reason"] != "", "reason"].value_counts().sort_index()
    labelled = joined.dropna(subset="level")
    declined = _share_if_any(labelled["level"] == "declined")
    order = file_order(snapshot, joined)
    return results.DataResults(
        customers=len(joined),
        files=_files(snapshot),
        repairs=[
            results.Repair(
                file=repair.file,
                column=repair.column,
                found=repair.found,
                repaired=repair.repaired,
                count=repair.count,
            )
            for repair in snapshot.repairs
        ],
        repaired_rows=sum(repair.count for repair in snapshot.repairs),
        findings=_findings(snapshot, cleaned, joined, order.auc_position),
        trained=int(counts.get("trained", 0)),
        not_trained=int(counts.get("not_trained", 0)),
        not_scored=int(counts.get("not_scored", 0)),
        scored=int(len(joined) - counts.get("not_scored", 0)),
        set_aside={str(reason): int(count) for reason, count in set_aside.items()},
        set_aside_total=int(set_aside.sum()),
        declined=declined,
        declined_trained=_share_if_any(trained["level"] == "declined"),
        no_consent=_share(~joined["consent"]),
        no_consent_trained=_share_if_any(~trained["consent"]),
        months=_months(joined, cleaned.customers),
        revenue_change=_change(cleaned.customers, *REVENUES[1:], seed=seed),
        minutes_change=_change(cleaned.customers, *MINUTES, seed=seed),
        profit_total=float(joined["profit"].sum()),
        profit_total_trained=float(trained["profit"].sum()),
        profit_above_revenue=_share(
            monthly_profit(joined["profit"], settings.money) > joined[list(REVENUES)].mean(axis=1)
        ),
        profit_to_revenue=_profit_to_revenue(cleaned.customers, settings),
        file_order_auc=order.auc_position,
        id_order_auc=order.auc_id,
        class_runs=order.runs,
        previous=_against(declined, previous) if declined and previous else None,
    )


def _share(condition: pd.Series[bool]) -> results.Proportion:
    return wilson(int(condition.sum()), len(condition))


def _share_if_any(condition: pd.Series[bool]) -> results.Proportion | None:
    return _share(condition) if len(condition) else None


def _files(snapshot: Snapshot) -> list[results.SourceFile]:
    return [
        results.SourceFile(
            name=name,
            rows=snapshot.rows[name],
            separator=dialect.separator,
            decimal=dialect.decimal,
            encoding=dialect.encoding,
            line_ends=dialect.line_end,
        )
        for name, dialect in snapshot.dialects.items()
    ]


def _findings(
    snapshot: Snapshot, cleaned: Cleaned, joined: pd.DataFrame, order_auc: float
) -> list[results.Finding]:
    base = len(joined)
    found = [
        results.Finding(
            code=finding.code,
            severity=finding.severity,
            count=finding.count,
            base=snapshot.rows.get(finding.file, base),
            file=finding.file,
            column=finding.column,
            action="missing" if finding.code == "impossible_number" else "reported",
            fields=dict(finding.fields),
        )
        for finding in snapshot.findings
    ]
    set_aside = cleaned.states["reason"].value_counts()
    caught = cleaned.impossible[cleaned.impossible["limit"].notna()]
    found += [
        results.Finding(
            code="impossible",
            severity="serious",
            count=int(count),
            base=base,
            column=str(column),
            action="not_trained",
        )
        for column, count in caught["column"].value_counts().sort_index().items()
    ]
    for reason, severity, action in (
        ("twin", "serious", "not_trained"),
        ("inactive", "info", "not_scored"),
        ("missing", "warning", "not_scored"),
        ("no_level", "info", "not_trained"),
    ):
        if count := int(set_aside.get(reason, 0)):
            found.append(
                results.Finding(
                    code=reason,
                    severity=severity,  # type: ignore[arg-type]
                    count=count,
                    base=base,
                    action=action,  # type: ignore[arg-type]
                )
            )
    copies = near_copies(joined)
    if copies.contradicting or copies.same_level:
        found.append(
            results.Finding(
                code="near_copies",
                severity="serious" if copies.contradicting else "warning",
                count=copies.same_level + copies.contradicting,
                base=base,
                action="reported",
                fields={"contradicting": copies.contradicting},
            )
        )
    if order_auc > TELLING_ORDER:
        found.append(
            results.Finding(
                code="file_order",
                severity="serious",
                count=base,
                base=base,
                action="reported",
                fields={"auc": order_auc},
            )
        )
    weight = {"serious": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda finding: weight[finding.severity])


def _profit_to_revenue(plausible: pd.DataFrame, settings: Settings) -> float | None:
    """Give mean monthly profit as a share of mean monthly revenue, impossible values left out."""
    profit = float(monthly_profit(plausible["profit"], settings.money).mean())
    revenue = float(plausible[list(REVENUES)].mean(axis=1).mean())
    return profit / revenue if revenue > 0 else None


def _months(joined: pd.DataFrame, plausible: pd.DataFrame) -> list[results.MonthTotals]:
    rows = []
    for month in MONTHS:
        revenue = plausible[f"revenue_{month}"]
        minutes = plausible.get(f"minutes_{month}")
        rows.append(
            results.MonthTotals(
                month=month,
                revenue_as_exported=_total(joined[f"revenue_{month}"]),
                revenue=_total(revenue),
                revenue_mean=_total(revenue) / max(1, int(revenue.notna().sum())),
                revenue_customers=int(revenue.notna().sum()),
                minutes=None if minutes is None else _total(minutes),
                minutes_mean=(
                    None
                    if minutes is None
                    else _total(minutes) / max(1, int(minutes.notna().sum()))
                ),
            )
        )
    return rows


def _total(values: pd.Series[float]) -> float:
    """Add up to the kopeck: sums do not depend on the order of rows."""
    return round(float(values.sum()), 2)


def _change(
    customers: pd.DataFrame, before: str, after: str, *, seed: int, draws: int = 1000
) -> results.Change:
    """Compare two months' totals over the customers who have both.

    The interval is a percentile bootstrap over customers.
    """
    pairs = customers[[before, after]].dropna().to_numpy(dtype=float)
    count = len(pairs)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), draws).astype(float)
    totals = weights @ pairs
    low, high = np.percentile(totals[:, 1] / totals[:, 0] - 1, [2.5, 97.5])
    before_total, after_total = pairs.sum(axis=0)
    return results.Change(
        share=float(after_total / before_total - 1),
        low=float(low),
        high=float(high),
        customers=count,
    )


def _against(now: results.Proportion, previous: Mapping[str, Any]) -> results.Previous:
    """Compare two months' shares as if they were independent samples.

    Many customers are in both months, so the true error is smaller: the interval errs on the side
    of caution. Newcombe's interval from the Wilson limits.

    References
    ----------
    Newcombe, R. (1998). Interval estimation for the difference between independent proportions.
    Statistics in Medicine 17, 873-890, method 10.
    """
    before = wilson(int(previous["count"]), int(previous["base"]))
    difference = now.share - before.share
    down = np.hypot(now.share - now.low, before.high - before.share)
    up = np.hypot(now.high - now.share, before.share - before.low)
    return results.Previous(
        period=str(previous["period"]),
        declined=before,
        difference=results.Estimate(
            value=difference, low=float(difference - down), high=float(difference + up)
        ),
    )


def as_table(parts: Sequence[results.Part]) -> pd.DataFrame:
    """Show results as a table, a row per part: what an analyst sees in a chapter."""
    return pd.json_normalize([part.model_dump() for part in parts])
