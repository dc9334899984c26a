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


def refuse_unfit(snapshot: Snapshot, money: Money) -> None:
    """Refuse a snapshot that no report can be made of with these settings.

    Parameters
    ----------
    snapshot : Snapshot
    money : Money
        For the unit of profit.

    Raises
    ------
    SnapshotError
        ``too_few_customers``, ``profit_unit``.
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
        roubles = float(profit.median()) * ROUBLES[money.profit_unit]
        if roubles > PROFIT_ABOVE_REVENUE * float(revenue.median()):
            notes.refuse(
                "profit_unit",
                MONEY.file,
                MONEY.columns[-1].heading,
                median=written_number(float(profit.median())),
                unit=money.profit_unit,
                roubles=written_number(roubles),
                revenue=written_number(float(revenue.median())),
                times=written_number(PROFIT_ABOVE_REVENUE),
            )
            raise SnapshotError(tuple(notes.problems))
