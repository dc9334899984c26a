"""What an analyst should know of an export, found in the rows and never by a customer's id."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from scipy import stats

from analysis import results
from analysis.cleaning.clean import Cleaned
from analysis.cleaning.leakage import FileOrder
from analysis.cleaning.outliers import find_impossible
from analysis.money import REVENUES
from analysis.settings import Cleaning
from analysis.snapshot.ids import among
from analysis.snapshot.snapshot import Snapshot
from analysis.statistics.intervals import holm, wilson

Action = Literal["reported", "repaired", "not_trained", "not_scored", "missing", "kept", "together"]
Severity = Literal["info", "warning", "serious"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "info")
OTHER_NUMBERS = (
    "contacts_6m",
    "contacts_now",
    "tenure_days",
    "categories_per_visit",
    "unpaid_items",
    "failures",
    "pages_per_visit",
    "profit",
)
SHORTEST_MONTH = 28
TELLING_P_VALUE = 0.01
"""Corrected p-value below which a misspelling goes with one level."""


def repairs(snapshot: Snapshot, joined: pd.DataFrame) -> list[results.Repair]:
    """Say which labels were corrected, and whether a misspelling goes with one level.

    A misspelling that one level has more often than the correct spelling has it (Fisher's exact
    test, corrected by Holm) would give the level away if it stayed. That is asked of open columns
    only: the months and levels themselves cannot be read unrepaired.
    """
    known = joined.dropna(subset="level").set_index("id")
    declined = known["level"].eq("declined")
    shares: dict[str, results.Proportion] = {}
    p_values: dict[str, float] = {}
    for found, cells in snapshot.respelt.groupby("found", sort=True):
        misspelt = among(known.index, cells["id"])
        if not misspelt.any():
            continue
        column = cells["column"].iloc[0]
        correct = known[column].isin(known.loc[misspelt, column].unique()) & ~misspelt
        table = [
            [int((group & declined).sum()), int((group & ~declined).sum())]
            for group in (misspelt, correct)
        ]
        shares[str(found)] = wilson(table[0][0], sum(table[0]))
        p_values[str(found)] = float(stats.fisher_exact(table).pvalue)
    corrected = dict(zip(p_values, holm(list(p_values.values())).tolist(), strict=True))
    return [
        results.Repair(
            file=repair.file,
            column=repair.column,
            found=repair.found,
            repaired=repair.repaired,
            count=repair.count,
            declined=shares.get(repair.found),
            telling=corrected.get(repair.found, 1.0) < TELLING_P_VALUE,
        )
        for repair in snapshot.repairs
    ]


def short_tenure(customers: pd.DataFrame) -> pd.Series[bool]:
    """Tell who was registered later than the first month with revenue or minutes.

    A month has at least 28 days, so revenue in the month before the previous one needs at least
    56 days since registration, and revenue or minutes in the previous one at least 28.
    """
    registered = customers["tenure_days"]
    earlier = customers["revenue_before_previous"] > 0
    last = (customers["revenue_previous"] > 0) | (customers["minutes_previous"] > 0)
    return (earlier & (registered < 2 * SHORTEST_MONTH)) | (last & (registered < SHORTEST_MONTH))


def find_all(
    snapshot: Snapshot,
    cleaned: Cleaned,
    joined: pd.DataFrame,
    repaired: list[results.Repair],
    copies: results.Copies,
    order: FileOrder,
    choices: Cleaning,
) -> list[results.Finding]:
    """List all findings, the most serious first.

    Parameters
    ----------
    joined : DataFrame
        As from `one_row_per_customer`, nothing emptied.
    repaired, copies, order
        What else was found out about the export.
    choices : Cleaning
        What is done with whom.
    """
    base = len(joined)
    respelt = set(snapshot.respelt["found"])
    found = [
        *_found_on_reading(snapshot, base),
        *_set_aside(cleaned, joined, choices),
        *_implausible(cleaned, joined, choices),
        *_misspelt([repair for repair in repaired if repair.found in respelt], base, choices),
        *_telling(order, base),
        *_near_copies(copies, base, choices),
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _found_on_reading(snapshot: Snapshot, base: int) -> list[results.Finding]:
    return [
        results.Finding(
            code=finding.code,
            severity=finding.severity,
            count=finding.count,
            base=snapshot.rows.get(finding.file, base),
            file=finding.file,
            column=finding.column,
            action="missing" if finding.code == "impossible_number" else "reported",
            fields=dict(finding.fields),
            decides=finding.decides,
        )
        for finding in snapshot.findings
    ]


def _set_aside(cleaned: Cleaned, joined: pd.DataFrame, choices: Cleaning) -> list[results.Finding]:
    """Twins and customers without revenue or level, by how they are found and not by their fate."""
    reasons = cleaned.customers["reason"].value_counts()
    repeated = cleaned.twins
    inactive = (joined[list(REVENUES)] == 0).any(axis=1)
    counts: list[tuple[str, Severity, int, Action]] = [
        ("twin", "serious", len(repeated), _fate(choices.twins)),
        ("inactive", "info", int(inactive.sum()), _fate(choices.inactive)),
        ("missing", "warning", int(reasons.get("missing", 0)), "not_scored"),
        ("no_level", "info", int(reasons.get("no_level", 0)), "not_trained"),
    ]
    return [
        results.Finding(code=code, severity=severity, count=count, base=len(joined), action=action)
        for code, severity, count, action in counts
        if count
    ]


def _fate(choice: str) -> Action:
    fates: dict[str, Action] = {
        "set_aside": "not_trained",
        "not_scored": "not_scored",
        "empty": "missing",
        "keep": "kept",
    }
    return fates[choice]


def _implausible(
    cleaned: Cleaned, joined: pd.DataFrame, choices: Cleaning
) -> list[results.Finding]:
    base = len(joined)
    caught = cleaned.impossible.dropna(subset="limit")
    distant = find_impossible(joined, OTHER_NUMBERS, multiplier=choices.impossible_multiplier)
    judged: tuple[tuple[str, Severity, Action, pd.DataFrame], ...] = (
        ("impossible", "serious", _fate(choices.impossible), caught),
        ("distant", "warning", "reported", distant),
    )
    found = [
        results.Finding(
            code=code,
            severity=severity,
            count=len(cells),
            base=base,
            column=str(column),
            action=action,
            fields={"limit": float(cells["limit"].iloc[0])},
        )
        for code, severity, action, table in judged
        for column, cells in table.groupby("column")
    ]
    plain = {
        "short_tenure": int(short_tenure(joined).sum()),
        "loss": int((joined["profit"] < 0).sum()),
    }
    severities: dict[str, Severity] = {"short_tenure": "warning", "loss": "info"}
    found += [
        results.Finding(
            code=code, severity=severities[code], count=count, base=base, action="reported"
        )
        for code, count in plain.items()
        if count
    ]
    return found


def _misspelt(
    misspelt: list[results.Repair], base: int, choices: Cleaning
) -> list[results.Finding]:
    """Misspellings that would give the level away, and all others that stay."""
    kept = choices.labels == "keep"
    return [
        results.Finding(
            code="telling_label" if repair.telling else "misspelt",
            severity="serious" if repair.telling else "warning",
            count=repair.count,
            base=base,
            file=repair.file,
            column=repair.column,
            action="kept" if kept else "repaired",
            fields={
                "found": repair.found,
                "repaired": repair.repaired,
                "declined": repair.declined.count if repair.declined else 0,
            },
        )
        for repair in misspelt
        if repair.telling or kept
    ]


def _telling(order: FileOrder, base: int) -> list[results.Finding]:
    """Report the order of rows and of ids where they give the level away."""
    orders: tuple[tuple[str, bool, dict[str, float | int | str]], ...] = (
        (
            "file_order",
            order.position_tells,
            {"auc": order.auc_position, "runs": order.runs},
        ),
        ("id_order", order.id_tells, {"auc": order.auc_id}),
    )
    return [
        results.Finding(
            code=code, severity="serious", count=base, base=base, action="unseen", fields=fields
        )
        for code, tells, fields in orders
        if tells
    ]


def _near_copies(copies: results.Copies, base: int, choices: Cleaning) -> list[results.Finding]:
    """Report customers who share their habits, but not all else; their levels may contradict."""
    if not copies.near and not copies.contradicting:
        return []
    set_aside = copies.contradicting and choices.contradicting == "set_aside"
    return [
        results.Finding(
            code="near_copies",
            severity="serious" if copies.contradicting else "warning",
            count=copies.near + copies.contradicting,
            base=base,
            action="not_trained" if set_aside else "together",
            fields={
                "pairs": copies.pairs,
                "exact": copies.exact,
                "near": copies.near,
                "contradicting": copies.contradicting,
            },
        )
    ]
