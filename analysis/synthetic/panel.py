"""A panel of invented customers, made backwards from its last month.

A customer who is in two neighbouring months keeps the id, the current revenue and minutes of a
month are the previous ones of the next, and days since registration grow by the length of the
month.

Every customer behaves after one of two patterns, *steady* or *declining*, each a Gaussian copula
with empirical margins (`analysis.synthetic.margins`). The level follows: most decliners show the
declining pattern, and the `HIDDEN` share looks like everybody else and keeps the months as hard to
tell apart as real ones. A decline casts its shadow: in the `EARLY_MONTHS` before the pattern turns,
a customer stands low among the steady ones (`_early_signs`), so that the level of a month can be
foretold, though not as well as it can be told, from the features three months before.

What changes between the months on purpose is in `analysis.synthetic.planted`, the order of the file
and the faults are in `analysis.synthetic.faults`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Flags, Floats
from analysis.synthetic.faults import Layout, lay_out, lines_of, spoilt
from analysis.synthetic.margins import Margins
from analysis.synthetic.planted import (
    HIDDEN,
    calendar_margins,
    declined_share,
    plant_labels,
    plant_numbers,
)

FIRST_ID = 300_001
PATTERN_KEPT = 0.92
MOST_KEPT = 0.95
HIDDEN_KEPT = 40.0
COMING = 0.06
SHORTEST_TENURE = 110
CATEGORY_KEPT = 0.85
PROFIT_KEPT = 0.85

EARLY_MONTHS = 3
NOT_SOON = EARLY_MONTHS + 1
EARLY = 1.3
EARLY_SIGNS = {
    "contacts_6m": -EARLY,
    "promo_share": EARLY,
    "categories_per_visit": -EARLY,
    "unpaid_items": EARLY,
    "failures": -EARLY,
    "pages_per_visit": -EARLY,
}

KEPT_FROM_NEXT = {
    "revenue_current": "revenue_previous",
    "revenue_previous": "revenue_before_previous",
    "minutes_current": "minutes_previous",
}
STEADINESS = {
    "contacts_6m": 0.9,
    "contacts_now": 0.2,
    "promo_share": 0.9,
    "categories_per_visit": 0.4,
    "unpaid_items": 0.7,
    "failures": 0.3,
    "pages_per_visit": 0.7,
}
LABELS = ("service", "consent", "category")


@dataclass(frozen=True)
class Month:
    """One month of the panel, one line per customer in the order of the file.

    Attributes
    ----------
    table
        Canonical columns, ``level`` as True for declined.
    scores
        Normal scores behind the numeric features, customers × features.
    declining
        Who follows the declining pattern.
    soon
        In how many months the pattern turns to declining, 0 where it has; `NOT_SOON` where it does
        not in the months that are known.
    layout
        Where the faults are.
    next_id
        First id that nobody has had in this month or a later one.
    """

    table: pd.DataFrame
    scores: Floats
    declining: Flags
    soon: Counts
    layout: Layout
    next_id: int


def last_month(rng: np.random.Generator, margins: Margins, customers: int, back: int = 0) -> Month:
    """Make the month that the panel ends with.

    Parameters
    ----------
    rng
        Source of all chance of this month.
    margins
        What customers are drawn from.
    customers
        How many, enough for the faults of `lay_out`.
    back
        How many months before the last planted one it lies; negative after it.
    """
    layout = lay_out(customers, round(customers * declined_share(back)))
    declining = layout.declined.copy()
    lines = np.flatnonzero(layout.declined)
    declining[rng.choice(lines, round(HIDDEN * len(lines)), replace=False)] = False
    scores, table = _newcomers(rng, margins, declining, back)
    table.insert(0, "id", FIRST_ID + np.arange(customers))
    table = spoilt(rng, table, layout)
    soon = np.where(declining, 0, NOT_SOON)
    return Month(table, scores, declining, soon, layout, FIRST_ID + customers)


def month_before(
    rng: np.random.Generator, margins: Margins, later: Month, back: int, days: int
) -> Month:
    """Make the month before `later`, with as many customers.

    Parameters
    ----------
    rng
        Source of all chance of this month.
    margins
        What customers are drawn from.
    later
        The month after.
    back
        How many months before the last planted one this month lies; 0 or less after it.
    days
        Length of the later month.
    """
    customers = len(later.table)
    declined_count = round(customers * declined_share(back))
    layout = lay_out(customers, declined_count)
    stays = rng.random(customers) >= COMING
    stays &= (later.table["tenure_days"] - days >= SHORTEST_TENURE).to_numpy()
    stays[np.concatenate([later.layout.copies, later.layout.inactive])] = False
    kept = np.flatnonzero(stays)
    gone = customers - len(kept)
    passing = layout.declined[layout.passing]
    gone_declined = max(int(passing.sum()), round(declined_count * gone / customers))

    declining, declined = _earlier_levels(
        rng, later.declining[kept], later.layout.declined[kept], declined_count - gone_declined
    )
    soon = np.where(declining, 0, np.minimum(later.soon[kept] + 1, NOT_SOON))
    kept_scores, kept_table = _same_customers(rng, margins, later, kept, soon, back, days)

    gone_levels = np.arange(gone) < gone_declined
    gone_declining = gone_levels & (rng.random(gone) >= HIDDEN)
    gone_scores, gone_table = _newcomers(rng, margins, gone_declining, back)
    gone_table.insert(0, "id", later.next_id + np.arange(gone))

    order = lines_of(layout, np.concatenate([declined, gone_levels]))
    people = pd.concat([kept_table, gone_table], ignore_index=True)
    return Month(
        table=spoilt(rng, people.iloc[order].reset_index(drop=True), layout),
        scores=np.concatenate([kept_scores, gone_scores])[order],
        declining=np.concatenate([declining, gone_declining])[order],
        soon=np.concatenate([soon, np.where(gone_declining, 0, NOT_SOON)])[order],
        layout=layout,
        next_id=later.next_id + gone,
    )


def _earlier_levels(
    rng: np.random.Generator, later_declining: Flags, later_declined: Flags, count: int
) -> tuple[Flags, Flags]:
    """Pattern and level a month earlier; exactly `count` declined.

    A hidden decliner mostly is one who stays hidden.
    """
    shown = count - round(HIDDEN * count)
    keeping = min(round(MOST_KEPT * shown), round(PATTERN_KEPT * int(later_declining.sum())))
    declining = np.zeros(len(later_declining), dtype=np.bool_)
    for pool, size in (
        (np.flatnonzero(later_declining), keeping),
        (np.flatnonzero(~later_declining), shown - keeping),
    ):
        declining[rng.choice(pool, size, replace=False)] = True
    staying_hidden = later_declined & ~later_declining
    weights = np.where(staying_hidden, HIDDEN_KEPT, 1.0) * ~declining
    hidden = rng.choice(
        len(weights), count - shown, replace=False, p=weights / weights.sum(), shuffle=False
    )
    declined = declining.copy()
    declined[hidden] = True
    return declining, declined


def _same_customers(
    rng: np.random.Generator,
    margins: Margins,
    later: Month,
    kept: Counts,
    soon: Counts,
    back: int,
    days: int,
) -> tuple[Floats, pd.DataFrame]:
    """Scores and table a month earlier of the customers on the `kept` lines of `later`."""
    declining = soon == 0
    after = later.table.iloc[kept].reset_index(drop=True)
    positions = margins.positions(*KEPT_FROM_NEXT)
    known = later.scores[np.ix_(kept, margins.positions(*KEPT_FROM_NEXT.values()))]
    scores = margins.draw_scores(rng, declining, known, positions)
    for feature, steadiness in STEADINESS.items():
        column = margins.positions(feature)[0]
        scores[:, column] = (
            steadiness * later.scores[kept, column] + np.sqrt(1 - steadiness**2) * scores[:, column]
        )
    table = _values(margins, declining, _early_signs(margins, scores, soon), back)
    table.insert(0, "id", after["id"])
    for feature, later_feature in KEPT_FROM_NEXT.items():
        table[feature] = after[later_feature]
    table["tenure_days"] = after["tenure_days"] - days
    table["service"] = after["service"]
    changed = rng.random(len(kept)) >= CATEGORY_KEPT
    drawn = margins.draw_labels(rng, declining, "category")
    labels = after[["consent"]].assign(category=np.where(changed, drawn, after["category"]))
    table[["consent", "category"]] = plant_labels(rng, margins, labels, back, category=changed)
    table["profit"] = margins.draw_profit(rng, PROFIT_KEPT, after["profit"].to_numpy())
    return scores, table


def _early_signs(margins: Margins, scores: Floats, soon: Counts) -> Floats:
    """Shift the scores of customers who will decline soon, within the steady pattern.

    The scores of all steady customers keep mean 0 and variance 1, so that the signs say who, but
    not how many.
    """
    signed = scores.copy()
    steady = soon > 0
    turning = steady & (soon <= EARLY_MONTHS)
    share = turning.sum() / max(1, steady.sum())
    for feature, shift in EARLY_SIGNS.items():
        column = margins.positions(feature)[0]
        shifted = scores[steady, column] + shift * (turning[steady] - share)
        signed[steady, column] = shifted / np.sqrt(1 + shift**2 * share * (1 - share))
    return signed


def _newcomers(
    rng: np.random.Generator, margins: Margins, declining: Flags, back: int
) -> tuple[Floats, pd.DataFrame]:
    """Scores and table, still without ids, of customers of whom nothing is known yet."""
    scores = margins.draw_scores(rng, declining)
    table = _values(margins, declining, scores, back)
    for column in LABELS:
        table[column] = margins.draw_labels(rng, declining, column)
    table["profit"] = margins.draw_profit(rng, 0.0, np.zeros(len(declining)))
    everybody = np.ones(len(declining), dtype=np.bool_)
    labels = table[["consent", "category"]]
    table[["consent", "category"]] = plant_labels(
        rng, margins, labels, back, consent=everybody, category=everybody
    )
    return scores, table


def _values(margins: Margins, declining: Flags, scores: Floats, back: int) -> pd.DataFrame:
    """Values of all numeric features in the month `back` months before the last."""
    return plant_numbers(margins.values(declining, scores, calendar_margins(back)), back)
