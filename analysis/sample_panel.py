"""A panel of invented customers, made backwards from its last month.

A customer who is in two neighbouring months keeps the id, the current revenue and minutes of a
month are the previous ones of the next, and days since registration grow by the length of the
month.

Every customer behaves after one of two patterns, *steady* or *declining*, each a Gaussian copula
with empirical margins (`analysis.sample_margins`). Most decliners show the declining pattern; the
`HIDDEN` share looks like everybody else and keeps the months as hard to tell apart as real ones.

The order of the file and the faults that touch values are laid in here; misspelt labels and the
files themselves are not (`analysis.sample`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.sample_margins import Flags, Lines, Margins, Numbers, load_margins

FIRST_ID = 300_001
DECLINED_SHARE = 0.383
DECLINED_SHARE_STEP = 0.014
LEAST_DECLINED_SHARE = 0.32
HIDDEN = 0.16
PATTERN_KEPT = 0.88
COMING = 0.06
REVENUE_GROWTH = 0.015
SHORTEST_TENURE = 110
OUTLIER_TIMES = (14.0, 16.0)
CATEGORY_KEPT = 0.85
PROFIT_KEPT = 0.85

REVENUES = ("revenue_before_previous", "revenue_previous", "revenue_current")
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
COPIED = (
    *REVENUES,
    "minutes_previous",
    "minutes_current",
    "pages_per_visit",
    "failures",
)
LABELS = ("service", "consent", "category")


@dataclass(frozen=True)
class Layout:
    """Which line of the file holds what, for a given number of customers.

    Attributes
    ----------
    declined
        Whether the customer on each line declined: six runs, the first and the last the longest.
    sources, contrary, near, exact
        Lines that are copied; and the lines that repeat them with another level, with another
        category, and in everything but id and profit. `sources` lists the same lines in this order.
    inactive
        Lines of customers without revenue in both earlier months.
    outlier
        The line with an impossible revenue.
    """

    declined: Flags
    sources: Lines
    contrary: Lines
    near: Lines
    exact: Lines
    inactive: Lines
    outlier: int

    @property
    def copies(self) -> Lines:
        """All repeated lines, in the order of `sources`."""
        return np.concatenate([self.contrary, self.near, self.exact])

    @property
    def passing(self) -> Lines:
        """Lines of customers who are in this month only, so that a fault never travels on."""
        return np.concatenate([self.copies, self.inactive, [self.outlier]])


def lay_out(customers: int, declined: int) -> Layout:
    """Place levels and faults on the lines of a file of `customers`, of whom some `declined`."""
    short = max(24, round(customers * 48 / 1300))
    first = declined - 2 * short
    lengths = [first, short, short, short, short, customers - declined - 2 * short]
    levels = np.repeat([True, False, True, False, True, False], lengths)
    block = first + 3 * short - 9 + np.arange(21)
    sources = first - round(customers * 52 / 1300) - 21 + np.arange(21)
    return Layout(
        declined=levels,
        sources=sources,
        contrary=block[:9],
        near=block[9:10],
        exact=block[10:],
        inactive=np.array([0, 9, 11]),
        outlier=12,
    )


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
    layout
        Where the faults are.
    next_id
        First id that nobody has had in this month or a later one.
    """

    table: pd.DataFrame
    scores: Numbers
    declining: Flags
    layout: Layout
    next_id: int


def _declined_count(customers: int, back: int) -> int:
    return round(customers * max(LEAST_DECLINED_SHARE, DECLINED_SHARE - DECLINED_SHARE_STEP * back))


def last_month(rng: np.random.Generator, margins: Margins, customers: int) -> Month:
    """Make the month that the panel ends with.

    Parameters
    ----------
    rng
        Source of all chance of this month.
    margins
        What customers are drawn from.
    customers
        How many, enough for the faults of `lay_out`.
    """
    layout = lay_out(customers, _declined_count(customers, 0))
    declining = layout.declined.copy()
    lines = np.flatnonzero(layout.declined)
    declining[rng.choice(lines, round(HIDDEN * len(lines)), replace=False)] = False
    scores, table = _newcomers(rng, margins, declining, back=0)
    table.insert(0, "id", FIRST_ID + np.arange(customers))
    return _spoil(rng, Month(table, scores, declining, layout, FIRST_ID + customers))


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
        How many months before the end of the panel this month lies, at least 1.
    days
        Length of the later month.
    """
    customers = len(later.table)
    declined_count = _declined_count(customers, back)
    layout = lay_out(customers, declined_count)
    stays = rng.random(customers) >= COMING
    stays &= (later.table["tenure_days"] - days >= SHORTEST_TENURE).to_numpy()
    stays[np.concatenate([later.layout.copies, later.layout.inactive])] = False
    kept = np.flatnonzero(stays)
    gone = customers - len(kept)
    passing = layout.declined[layout.passing]
    gone_declined = max(int(passing.sum()), round(declined_count * gone / customers))
    kept_declined = declined_count - gone_declined

    declining, declined = _earlier_levels(
        rng, later.declining[kept], later.layout.declined[kept], kept_declined
    )
    kept_scores, kept_table = _same_customers(rng, margins, later, kept, declining, back, days)

    gone_levels = np.arange(gone) < gone_declined
    gone_declining = gone_levels & (rng.random(gone) >= HIDDEN)
    gone_scores, gone_table = _newcomers(rng, margins, gone_declining, back)
    gone_table.insert(0, "id", later.next_id + np.arange(gone))

    order = _lines(layout, np.concatenate([declined, gone_levels]))
    return _spoil(
        rng,
        Month(
            table=pd.concat([kept_table, gone_table], ignore_index=True)
            .iloc[order]
            .reset_index(drop=True),
            scores=np.concatenate([kept_scores, gone_scores])[order],
            declining=np.concatenate([declining, gone_declining])[order],
            layout=layout,
            next_id=later.next_id + gone,
        ),
    )


def _earlier_levels(
    rng: np.random.Generator,
    later_declining: Flags,
    later_declined: Flags,
    count: int,
) -> tuple[Flags, Flags]:
    """Pattern and level a month earlier; exactly `count` declined.

    A hidden decliner is mostly one whose pattern turns in the next month, or who stays hidden.
    """
    shown = count - round(HIDDEN * count)
    keeping = min(shown, round(PATTERN_KEPT * int(later_declining.sum())))
    declining = np.zeros(len(later_declining), dtype=np.bool_)
    for pool, size in (
        (np.flatnonzero(later_declining), keeping),
        (np.flatnonzero(~later_declining), shown - keeping),
    ):
        declining[rng.choice(pool, size, replace=False)] = True
    weights = np.where(later_declining, 10.0, np.where(later_declined, 4.0, 1.0)) * ~declining
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
    kept: Lines,
    declining: Flags,
    back: int,
    days: int,
) -> tuple[Numbers, pd.DataFrame]:
    """Scores and table a month earlier of the customers on the `kept` lines of `later`."""
    after = later.table.iloc[kept].reset_index(drop=True)
    positions = margins.positions(*KEPT_FROM_NEXT)
    known = later.scores[np.ix_(kept, margins.positions(*KEPT_FROM_NEXT.values()))]
    scores = margins.draw_scores(rng, declining, known, positions)
    for feature, steadiness in STEADINESS.items():
        column = margins.positions(feature)[0]
        scores[:, column] = (
            steadiness * later.scores[kept, column] + np.sqrt(1 - steadiness**2) * scores[:, column]
        )
    table = _values(margins, declining, scores, back)
    table.insert(0, "id", after["id"])
    for feature, later_feature in KEPT_FROM_NEXT.items():
        table[feature] = after[later_feature]
    table["tenure_days"] = after["tenure_days"] - days
    table["service"] = after["service"]
    table["consent"] = after["consent"]
    changed = rng.random(len(kept)) >= CATEGORY_KEPT
    table["category"] = np.where(
        changed, margins.draw_labels(rng, declining, "category"), after["category"]
    )
    table["profit"] = margins.draw_profit(rng, PROFIT_KEPT, after["profit"].to_numpy())
    return scores, table


def _newcomers(
    rng: np.random.Generator, margins: Margins, declining: Flags, back: int
) -> tuple[Numbers, pd.DataFrame]:
    """Scores and table, still without ids, of customers of whom nothing is known yet."""
    scores = margins.draw_scores(rng, declining)
    table = _values(margins, declining, scores, back)
    for column in LABELS:
        table[column] = margins.draw_labels(rng, declining, column)
    nobody = np.zeros(len(declining))
    table["profit"] = margins.draw_profit(rng, 0.0, nobody)
    return scores, table


def _values(margins: Margins, declining: Flags, scores: Numbers, back: int) -> pd.DataFrame:
    """Values of all numeric features; revenue is lower the further `back` the month lies."""
    table = margins.values(declining, scores)
    revenues = list(REVENUES)
    table[revenues] = (table[revenues] * (1 - REVENUE_GROWTH) ** back).round(1)
    return table


def _lines(layout: Layout, declined: Flags) -> Lines:
    """Say which of the customers, of whom some `declined`, stands on each line of the file.

    Of each level the first customers keep their order, and the last ones take the passing lines.
    """
    order = np.empty(len(declined), dtype=np.int64)
    passing = np.zeros(len(declined), dtype=np.bool_)
    passing[layout.passing] = True
    for level in (True, False):
        people = np.flatnonzero(declined == level)
        special = np.flatnonzero((layout.declined == level) & passing)
        others = np.flatnonzero((layout.declined == level) & ~passing)
        order[others] = people[: len(others)]
        order[special] = people[len(others) :]
    return order


def _spoil(rng: np.random.Generator, month: Month) -> Month:
    """Lay in the faults that touch values: copies, customers without revenue, the outlier."""
    table, layout = month.table.copy(), month.layout
    table["level"] = layout.declined
    table.loc[layout.copies, list(COPIED)] = table.loc[layout.sources, list(COPIED)].to_numpy()
    repeated = [column for column in table if column not in ("id", "profit", "level")]
    same = np.concatenate([layout.near, layout.exact])
    table.loc[same, repeated] = table.loc[
        layout.sources[len(layout.contrary) :], repeated
    ].to_numpy()
    names = sorted(load_margins().steady.labels["category"])
    for line in layout.near:
        others = [name for name in names if name != table.at[line, "category"]]
        table.at[line, "category"] = others[int(rng.integers(len(others)))]
    before = ["revenue_before_previous", "revenue_previous", "promo_share"]
    table.loc[layout.inactive, before] = 0.0
    table.loc[layout.outlier, "revenue_current"] = round(
        rng.uniform(*OUTLIER_TIMES) * float(table["revenue_current"].max()), 1
    )
    return Month(table, month.scores, month.declining, layout, month.next_id)
