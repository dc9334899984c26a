"""The months before this one, as their own snapshots show them."""

from __future__ import annotations

from pydantic import Field

from analysis.results.base import Estimate, Part, Proportion


class MonthSeen(Part):
    """One month as its snapshot shows it, with no model.

    ``declined`` is of the customers whose level is known, ``no_consent`` of all; revenue in roubles
    and minutes are means over the customers of the month, impossible values left out.
    ``declined_change`` is the difference of the share to the month before, in points of share;
    ``arrivals`` and ``leavers`` are counted against it. These three are None where the month before
    was not seen.
    """

    period: str
    customers: int
    declined: Proportion | None
    declined_change: Estimate | None
    no_consent: Proportion
    revenue: Estimate | None
    minutes: Estimate | None
    arrivals: int | None
    leavers: int | None


class LeftOutEdition(Part):
    """An earlier edition that is no longer what was sealed, and so is not read.

    ``files`` are paths in its folder: ``manifest.json`` alone where not even that is what later
    editions vouch for. ``gone`` is an edition that is vouched for and not there.
    """

    period: str
    files: list[str]
    gone: bool


class History(Part):
    """Months whose snapshots could be read, the oldest first, this month the last.

    ``unread`` are earlier months whose snapshots were there and could not be read.
    """

    months: list[MonthSeen] = Field(default_factory=list)
    unread: list[str] = Field(default_factory=list)
