"""Mailings whose effect is known: which customers the lot holds out is planted, by their ids.

The panel is made as if nobody had been written to. Whom the lot leaves without an offer is decided
by the id alone, so effects are planted by choosing ids: among customers who were meant to get an
offer, declines three months later fall to the two arms as the offer would have shared them out.
Levels, features and all that a month looks like stay what they are. Within customers who looked
alike when the lists were made (the same offer, level and habits) the share held out is the same, so
that the arms differ in nothing but what came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.campaigns.lot import Lot
from analysis.synthetic.panel import FIRST_ID, Month

KEY = bytes.fromhex("878211eed8d466a4ceba4364c76273154a3143341630afad2ba5ecd39500ae9a")
"""Of the sample shop's lot; nobody in it exists, so it is no secret."""

HOLD_OUT = 0.3
"""Share that the sample shop holds out: a group that shows something within a few months."""

OUTCOME = 3
"""Months after the lists at which an offer shows."""

MANY_UNPAID, FEW_CATEGORIES = 5, 2


@dataclass(frozen=True)
class Planted:
    """What an offer does: the share of declines that it prevents, by the level at the time."""

    code: str
    steady: float
    declined: float


EFFECTS = (
    Planted("letter", steady=0.6, declined=0.25),
    Planted("basket_reminder", steady=0.0, declined=0.0),
    Planted("other_categories", steady=-1.5, declined=-1.0),
)
"""One works, one does nothing, one harms."""


@dataclass(frozen=True)
class Shown:
    """What was planted of an offer over all mailings whose outcome the panel knows.

    ``share_saved`` is one less the share of decline with the offer over that without it.
    """

    code: str
    customers: int
    share_saved: float


def with_mailings(months: Sequence[Month], seed: int) -> tuple[list[Month], list[Shown]]:
    """Give the customers of a panel ids by which the lot holds them out as the effects want.

    Parameters
    ----------
    months : sequence of Month
        The newest first, all of one panel.

    Returns
    -------
    months : list of Month
        The same, with other ids in the same order.
    shown : list of Shown
    """
    meant = _meant(months)
    rng = np.random.default_rng([seed, 2])
    held: dict[int, bool] = {}
    shown = []
    for effect in EFFECTS:
        customers = meant[meant["offer"] == effect.code]
        arms = _arms(customers, effect, rng)
        held |= dict(zip(customers["id"].tolist(), arms.tolist(), strict=True))
        without, given = (customers.loc[arms == arm, "declines"].mean() for arm in (True, False))
        if len(customers):
            shown.append(Shown(effect.code, len(customers), float(1 - given / without)))
    ids = sorted({number for month in months for number in month.table["id"].tolist()})
    numbers = _numbered(ids, held)
    return [
        replace(month, table=month.table.assign(id=month.table["id"].map(numbers)))
        for month in months
    ], shown


def _meant(months: Sequence[Month]) -> pd.DataFrame:
    """Everyone's first list whose outcome is known, with what was known and what came."""
    lists = []
    for back in range(len(months) - 1, OUTCOME - 1, -1):
        then = months[back].table
        came = months[back - OUTCOME].table.set_index("id")["level"]
        listed = then[then["consent"].eq("да") & then["id"].isin(came.index)]
        lists.append(
            pd.DataFrame(
                {
                    "id": listed["id"],
                    "offer": _offers(listed),
                    "level": listed["level"].astype(bool),
                    "few_pages": listed["pages_per_visit"] < then["pages_per_visit"].median(),
                    "promotions": listed["promo_share"] > then["promo_share"].median(),
                    "declines": listed["id"].map(came).astype(bool),
                }
            )
        )
    if not lists:
        columns = ["id", "offer", "level", "few_pages", "promotions", "declines"]
        return pd.DataFrame(columns=columns)
    return pd.concat(lists, ignore_index=True).drop_duplicates("id")


def _offers(listed: pd.DataFrame) -> np.ndarray:
    return np.select(
        [listed["unpaid_items"] >= MANY_UNPAID, listed["categories_per_visit"] <= FEW_CATEGORIES],
        ["basket_reminder", "other_categories"],
        "letter",
    )


def _arms(customers: pd.DataFrame, effect: Planted, rng: np.random.Generator) -> Flags:
    """Hold out the same share of all who look alike, and of those who declined as many as wanted.

    Of a stratum in which a share b declined, a share c of those without the offer and c × (1 −
    saved) of those with it would have; both make up b.
    """
    held = np.zeros(len(customers), dtype=bool)
    owed = {True: 0.0, False: 0.0}
    places = pd.Series(np.arange(len(customers)))
    alike = [customers[name].to_numpy() for name in ("level", "few_pages", "promotions")]
    for (declined_then, *_), group in places.groupby(alike):
        saved = effect.declined if declined_then else effect.steady
        inside = group.to_numpy()
        declines = customers["declines"].to_numpy(dtype=bool)[inside]
        share = declines.mean()
        without = min(1.0, share / (HOLD_OUT + (1 - HOLD_OUT) * (1 - saved)))
        for came, wanted in ((True, without), (False, 1 - without)):
            pool = inside[declines == came]
            exact = HOLD_OUT * len(inside) * wanted + owed[came]
            count = int(np.clip(round(exact), 0, len(pool)))
            owed[came] = exact - count
            held[rng.choice(pool, count, replace=False)] = True
    return held


def _numbered(ids: Sequence[int], held: Mapping[int, bool]) -> dict[int, int]:
    """Give everyone the next id whose lot is the wanted one, in the order of the old ids."""
    lot, numbers, following = Lot(KEY), {}, FIRST_ID
    for number in ids:
        wanted = held.get(number)
        while wanted is not None and lot.draw([str(following)], HOLD_OUT)[0] != wanted:
            following += 1
        numbers[number] = following
        following += 1
    return numbers
