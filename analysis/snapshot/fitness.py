"""Whether a snapshot bears a report: enough customers, profit in the unit that the shop has set."""

from __future__ import annotations

from analysis.money import ROUBLES
from analysis.settings import Money
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import FEWEST_JUDGED, MARKET_FILE, MONEY
from analysis.snapshot.snapshot import Snapshot

FEWEST_CUSTOMERS = FEWEST_JUDGED
"""Below this nothing can be said of anything."""

PROFIT_ABOVE_REVENUE = 3.0
"""Times the median revenue above which the median profit is in another unit."""

PROFIT_BELOW_REVENUE = 1 / ROUBLES["thousand_roubles"]
"""Share of the median revenue up to which the median profit, read in roubles, is in thousands: a
thousand times as much is at most all of it."""

OTHER_UNIT = {"thousand_roubles": "roubles", "roubles": "thousand_roubles"}


def refuse_unfit(snapshot: Snapshot, money: Money, settings: str = "settings.toml") -> None:
    """Refuse a snapshot that no report can be made of with these settings.

    Parameters
    ----------
    snapshot : Snapshot
    money : Money
        For the unit of profit.
    settings : str
        The file in which the shop sets it.

    Raises
    ------
    SnapshotError
        ``too_few_customers``, ``profit_unit``, ``profit_above_revenue``, ``profit_unit_too_small``.
    """
    notes = Notes()
    found = len(snapshot.customers)
    if found < FEWEST_CUSTOMERS:
        least = str(FEWEST_CUSTOMERS)
        notes.refuse("too_few_customers", MARKET_FILE.file, found=str(found), least=least)
        raise SnapshotError(tuple(notes.problems))
    revenue = snapshot.revenue.loc[snapshot.revenue["period"] == "current", "revenue"].dropna()
    profit = snapshot.profit["profit"].dropna()
    if min(len(revenue), len(profit)) >= FEWEST_JUDGED:
        told = {
            "median": written_number(float(profit.median())),
            "unit": money.profit_unit,
            "other": OTHER_UNIT[money.profit_unit],
            "revenue": written_number(float(revenue.median())),
            "settings": settings,
        }
        file, heading = MONEY.file, MONEY.columns[-1].heading
        roubles = float(profit.median()) * ROUBLES[money.profit_unit]
        if roubles > PROFIT_ABOVE_REVENUE * float(revenue.median()):
            times = written_number(PROFIT_ABOVE_REVENUE)
            told |= {"roubles": written_number(roubles), "times": times}
            code = "profit_unit" if money.profit_unit != "roubles" else "profit_above_revenue"
            notes.refuse(code, file, heading, (), **told)
        elif money.profit_unit == "roubles" and 0 < roubles <= PROFIT_BELOW_REVENUE * float(
            revenue.median()
        ):
            share = written_number(100 * PROFIT_BELOW_REVENUE)
            notes.refuse("profit_unit_too_small", file, heading, (), **told, share=share)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
