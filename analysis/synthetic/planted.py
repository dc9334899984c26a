"""The changes that are planted between the sample months, and what else must move with them.

The last month is like the real one, and the panel is made backwards from it. So a change is planted
by giving the *older* months the state before it. A change's *step* is how many months before the
last one the month lies that shows it first.

Revenue and minutes belong to a month of the calendar: what one export calls the current month, the
next calls the previous one. The last export's three months differ in their spread and their height,
so revenue also moves where one of them becomes the current month (`calendar_margins`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.periods import months_later
from analysis.synthetic.margins import Margins

DECLINED_SHARE = 0.383
HIDDEN = 0.16

PAGES_STEP, PAGES = 0, -1
MINUTES_STEP, MINUTES = 1, -0.15
LABELS_STEP, CONSENT, CATEGORY = 2, -0.06, 0.1
DECLINE_STEP, DECLINE = 4, 0.07
CATEGORY_GAINING, CATEGORY_LOSING = "Товары для детей", "Домашний текстиль"

REVENUE_MONTHS = ("revenue_current", "revenue_previous", "revenue_before_previous")
MINUTES_MONTHS = ("minutes_current", "minutes_previous")

FOLLOWING = ("exposed", "segments", "offers", "drivers", "model")
"""What is computed from customers and moves with any of them."""

SHOWN_BY_DECLINE = (
    "contacts_6m",
    "promo_share",
    "categories_per_visit",
    "unpaid_items",
    "failures",
    "pages_per_visit",
)
"""Features by which the declining pattern differs from the steady one in the month itself."""


@dataclass(frozen=True)
class Moved:
    """A planted change, named as a comparison of months names it.

    ``by`` is new minus old: 0.01 is one point of a share, otherwise in the feature's own unit.
    """

    feature: str
    value: str | None
    by: float


def declined_share(back: int) -> float:
    """Give the share of decliners in the month `back` months before the last."""
    return DECLINED_SHARE - DECLINE * (back > DECLINE_STEP)


def calendar_margins(back: int) -> dict[str, str]:
    """Say from which margin each column of a month's export that has a calendar is drawn.

    Months after the planted ones, with a negative `back`, are all like the last.
    """
    return {
        column: months[min(max(back + age, 0), len(months) - 1)]
        for months in (REVENUE_MONTHS, MINUTES_MONTHS)
        for age, column in enumerate(months)
    }


def plant_numbers(table: pd.DataFrame, back: int) -> pd.DataFrame:
    """Give freshly drawn numbers the state that they have `back` months before the last."""
    planted = table.copy()
    if back > PAGES_STEP:
        planted["pages_per_visit"] -= PAGES
    for age, column in enumerate(MINUTES_MONTHS):
        if back + age > MINUTES_STEP:
            planted[column] = (planted[column] / (1 + MINUTES)).round()
    return planted


def plant_labels(
    rng: np.random.Generator,
    margins: Margins,
    labels: pd.DataFrame,
    back: int,
    **fresh: Flags,
) -> pd.DataFrame:
    """Give labels the state that they have `back` months before the last.

    Parameters
    ----------
    rng
        Source of chance.
    margins
        What the labels were drawn from.
    labels
        Columns ``consent`` and ``category``.
    back
        How many months before the last.
    fresh
        By column, whose label is drawn for this month; the others, and a column that is not named,
        keep the month after's, which is in the older state already unless the step lies between.
    """
    planted = labels.copy()
    if back <= LABELS_STEP:
        return planted
    nobody = np.zeros(len(labels), dtype=np.bool_)
    for column, label, other, points in (
        ("consent", "нет", "да", -CONSENT),
        ("category", CATEGORY_GAINING, CATEGORY_LOSING, CATEGORY),
    ):
        anew = fresh.get(column, nobody) | (back == LABELS_STEP + 1)
        having = np.flatnonzero(anew & (labels[column] == label).to_numpy())
        part = points / _label_shares(margins, column, back)[label]
        turned = rng.choice(having, round(part * len(having)), replace=False)
        planted.loc[turned, column] = other
    return planted


def _label_shares(margins: Margins, column: str, back: int) -> Mapping[str, float]:
    shown = (1 - HIDDEN) * declined_share(back)
    return {
        label: (1 - shown) * share + shown * margins.declining.labels[column][label]
        for label, share in margins.steady.labels[column].items()
    }


def planted_changes(margins: Margins, last: str, months: int) -> dict[str, Any]:
    """Say for each pair of neighbouring months what is planted and what moves because of it.

    Parameters
    ----------
    margins
        What customers are drawn from.
    last
        The last month, ``YYYY-MM``.
    months
        How many months there are.

    Returns
    -------
    ``pairs``, oldest first, each with its months ``old`` and ``new``, the changes that are
    ``direct`` and those that are ``derived``. A change has ``feature`` and ``value`` as in
    `analysis.results.changes.Comparison`, or the name of a part of the report (``segments``,
    ``offers``, ``drivers``, ``model``) and no value. Whatever is in neither list did not change.
    """
    pairs = []
    for step in reversed(range(months - 1)):
        direct = _direct(margins, step)
        names = [*FOLLOWING, *_moving_along(step)] if direct else []
        planted = {each.feature for each in direct}
        pairs.append(
            {
                "old": months_later(last, -step - 1),
                "new": months_later(last, -step),
                "direct": [asdict(each) for each in direct],
                "derived": [
                    {"feature": name, "value": None} for name in names if name not in planted
                ],
            }
        )
    return {"pairs": pairs}


def _moving_along(step: int) -> tuple[str, ...]:
    if step == DECLINE_STEP:
        return SHOWN_BY_DECLINE
    # The last month's minutes have a margin of their own, a little below the month before.
    return ("minutes_current",) if step == 0 else ()


def _direct(margins: Margins, step: int) -> list[Moved]:
    moved = []
    if step == PAGES_STEP:
        moved.append(Moved("pages_per_visit", None, float(PAGES)))
    if step == MINUTES_STEP:
        before = _mean(margins, "minutes_previous", step) / (1 + MINUTES)
        moved.append(Moved("minutes_current", None, round(MINUTES * before, 2)))
    if step == DECLINE_STEP:
        moved.append(Moved("declined", None, DECLINE))
    if step == LABELS_STEP:
        moved.append(Moved("consent", None, CONSENT))
        moved.append(Moved("category", CATEGORY_GAINING, CATEGORY))
        moved.append(Moved("category", CATEGORY_LOSING, -CATEGORY))
    newer, older = (calendar_margins(back)["revenue_current"] for back in (step, step + 1))
    if newer != older:
        rise = _mean(margins, newer, step) - _mean(margins, older, step)
        moved.append(Moved("revenue_current", None, round(rise, 1)))
    return moved


def _mean(margins: Margins, name: str, back: int) -> float:
    """Mean of a margin over both patterns as they are mixed in a month."""
    shown = (1 - HIDDEN) * declined_share(back)
    steady, declining = (each.mean(name, margins.probabilities) for each in margins.patterns)
    return (1 - shown) * steady + shown * declining
