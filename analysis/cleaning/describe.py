"""What came in one month: counts, repairs, findings, totals, and who is used for what."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from analysis import results
from analysis.cleaning.clean import Cleaned
from analysis.cleaning.customers import MINUTES
from analysis.cleaning.duplicates import near_copies
from analysis.cleaning.findings import find_all, repairs
from analysis.cleaning.leakage import file_order
from analysis.cleaning.outliers import without_impossible
from analysis.money import REVENUES, monthly_profit, monthly_revenue
from analysis.settings import Settings
from analysis.snapshot.ids import among
from analysis.snapshot.schema import MONTHS
from analysis.snapshot.snapshot import Snapshot
from analysis.statistics.intervals import Z, at_most, wilson


def describe_snapshot(
    snapshot: Snapshot, cleaned: Cleaned, settings: Settings
) -> results.DataResults:
    """Count what came and what became of it.

    Returns
    -------
    DataResults
    """
    joined, states = cleaned.joined, cleaned.customers
    known = joined[["id", "level", "consent", "profit"]]
    trained = known[among(known["id"], states.loc[states["state"] == "trained", "id"])]
    counts = states["state"].value_counts()
    set_aside = states[states["reason"] != ""]
    reasons = set_aside["reason"].value_counts().sort_index()
    with_level = known[["id", "level"]].dropna(subset="level")
    aside = with_level[among(with_level["id"], set_aside["id"])]
    order = file_order(snapshot, joined)
    copies = near_copies(joined)
    repaired = repairs(snapshot, joined)
    left = set() if settings.cleaning.labels == "repair" else set(snapshot.respelt["found"])
    done = [repair for repair in repaired if repair.found not in left]
    plausible = without_impossible(joined, cleaned.impossible)
    return results.DataResults(
        customers=len(joined),
        files=_files(snapshot),
        repairs=done,
        repaired_rows=sum(repair.count for repair in done),
        findings=find_all(snapshot, cleaned, joined, repaired, copies, order, settings.cleaning),
        trained=int(counts.get("trained", 0)),
        not_trained=int(counts.get("not_trained", 0)),
        not_sampled=int(counts.get("not_sampled", 0)),
        not_scored=int(counts.get("not_scored", 0)),
        scored=int(len(joined) - counts.get("not_scored", 0)),
        set_aside={str(reason): int(count) for reason, count in reasons.items()},
        set_aside_total=len(set_aside),
        declined_set_aside=_share_if_any(aside["level"] == "declined"),
        declined=_share_if_any(with_level["level"] == "declined"),
        declined_trained=_share_if_any(trained["level"] == "declined"),
        no_consent=_share(~joined["consent"]),
        no_consent_trained=_share_if_any(~trained["consent"]),
        active_in_all_months=_share_if_any((joined[list(REVENUES)] > 0).all(axis=1)),
        months=_months(joined, plausible),
        revenue_change=_change(plausible, *REVENUES[1:]),
        minutes_change=_change(plausible, *MINUTES),
        profit_total=float(joined["profit"].sum()),
        profit_total_trained=float(trained["profit"].sum()),
        profit_above_revenue=_share(
            monthly_profit(joined["profit"], settings.money) > monthly_revenue(joined)
        ),
        profit_to_revenue=_profit_to_revenue(plausible, settings),
        file_order_auc=order.auc_position,
        id_order_auc=order.auc_id,
        class_runs=order.runs,
        expected_runs=order.expected_runs,
        position_tells=order.position_tells,
        id_tells=order.id_tells,
        copies=copies,
        impossible_values=len(cleaned.impossible),
        unseen=[results.UnseenError.model_validate(asdict(unseen)) for unseen in snapshot.unseen],
        totals=[results.ControlTotal.model_validate(asdict(total)) for total in snapshot.totals],
        looked_up=snapshot.looked_up,
        otherwise=snapshot.otherwise,
        looked_up_at_most=(
            at_most(snapshot.otherwise, snapshot.looked_up) if snapshot.looked_up else None
        ),
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


def _profit_to_revenue(plausible: pd.DataFrame, settings: Settings) -> float | None:
    """Give mean monthly profit as a share of mean monthly revenue, impossible values left out."""
    profit = float(monthly_profit(plausible["profit"], settings.money).mean())
    revenue = float(monthly_revenue(plausible).mean())
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


def _change(customers: pd.DataFrame, before: str, after: str) -> results.Change | None:
    """Compare two months' totals over the customers who have both.

    The interval is that of a ratio of two totals, linearised. Without two customers, or where the
    earlier total is zero, there is none.

    References
    ----------
    W. G. Cochran, Sampling Techniques (3rd ed. 1977), section 6.4.
    """
    pairs = customers[[before, after]].dropna().to_numpy(dtype=float)
    count = len(pairs)
    total_before, total_after = pairs.sum(axis=0)
    if count < 2 or total_before <= 0:
        return None
    ratio = total_after / total_before
    residuals = pairs[:, 1] - ratio * pairs[:, 0]
    half = Z * float(np.sqrt(count / (count - 1) * (residuals**2).sum())) / total_before
    share = float(ratio - 1)
    return results.Change(share=share, low=share - half, high=share + half, customers=count)
