"""Inputs of a forecast: the month that it learns from, and the earlier editions that it judges.

Nothing newer than the month itself is looked at, in the data folder or in the archive.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from analysis.chapters.edition_files import CUSTOMERS_FILE, has_customers
from analysis.chapters.materials import EARLIER_MONTH, JUDGED_FILE, PAST_FORECAST, RECORD
from analysis.cleaning.customers import COLUMNS
from analysis.periods import months_later
from analysis.results.record import Judged
from analysis.settings import Settings
from analysis.snapshot.continuity import same_content
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.places import SOURCES_FILE, find_file
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from report.cli.earlier import Archived
from report.cli.options import PERIOD
from report.errors import InputError
from report.manifest import read_manifest

MOST_JUDGED = 12
"""Earlier editions that a report judges, the newest first: a year of them."""


def month_to_learn_from(
    period: str, snapshot: Snapshot, horizon: int, data: Path, earlier: Sequence[Archived]
) -> dict[str, Path | str]:
    """Find the month that a forecast is learnt from, as materials for the chapters.

    Parameters
    ----------
    period
        Month of the snapshot.
    horizon
        How many months before it; 0 for no forecast.
    data
        Folder of the snapshots: it comes first.
    earlier
        Earlier editions of the kind: their customers serve where the snapshot is gone.
    """
    if not horizon:
        return {}
    month = months_later(period, -horizon)
    return _laid(EARLIER_MONTH, month, snapshot, data, earlier)


def past_forecast(
    period: str, snapshot: Snapshot, horizon: int, data: Path, earlier: Sequence[Archived]
) -> dict[str, Path | str]:
    """Find the two months that an earlier forecast learns from, as materials for the chapters.

    It is made in the month that this one's forecast learns from, and held against this month. Best
    is the one that could have been made then, from the levels of that month and the features the
    horizon before it. Where those are gone, the pair of months as far apart that lies next after
    it serves: the outcome, the levels of this month, still lies after all that it learns from.

    Parameters
    ----------
    period, snapshot, horizon, data, earlier
        As in :func:`month_to_learn_from`.
    """
    for later in range(-horizon, 0):
        laid = [
            _laid(PAST_FORECAST, months_later(period, later - back), snapshot, data, earlier)
            for back in (horizon, 0)
            if _may_be_there(months_later(period, later - horizon), data, earlier)
        ]
        if laid and all(laid):
            return {place: source for month in laid for place, source in month.items()}
    return {}


def _may_be_there(month: str, data: Path, earlier: Sequence[Archived]) -> bool:
    """Tell without reading it whether a month has a snapshot or an edition."""
    return (data / month).is_dir() or any(each.period == month for each in earlier)


def _laid(
    place: str, month: str, snapshot: Snapshot, data: Path, earlier: Sequence[Archived]
) -> dict[str, Path | str]:
    """Lay a month's snapshot, or the customers of its edition, into a place of the workspace.

    A chapter reads nothing from elsewhere: of a month whose files are not here, the edition serves.
    """
    folder = data / month
    here = folder.is_dir() and not (folder / SOURCES_FILE).exists()
    try:
        then = read_snapshot(folder) if here else None
    except SnapshotError:
        then = None
    if then is not None and then.kind == snapshot.kind and not same_content(then, snapshot):
        files = [path for file in then.digests if (path := find_file(folder, file, Notes()))]
        return {f"{place}/{month}/{path.name}": path for path in files}
    for edition in earlier:
        if edition.period == month and has_customers(edition.folder, (*COLUMNS, "state")):
            return {f"{place}/{month}/{CUSTOMERS_FILE}": edition.folder / CUSTOMERS_FILE}
    return {}


def editions_to_judge(
    period: str, settings: Settings, earlier: Sequence[Archived]
) -> dict[str, Path | str]:
    """Find the earlier editions whose outcome is known by a month, as materials for the chapters.

    The outcome is the level the horizon later: of that month's edition, or of the month itself.
    The clock of an earlier edition tells only whether it was sealed before the outcome.
    """
    kept = [each for each in earlier if has_customers(each.folder, ("id", "level", "probability"))]
    there = {each.period for each in kept} | {period}
    judged = [
        found for each in kept if (found := _judged(each, settings)) and found.outcome in there
    ][:MOST_JUDGED]
    if not judged:
        return {}
    folders = {each.period: each.folder for each in kept}
    needed = {month for each in judged for month in (each.period, each.outcome)} - {period}
    plain = [each.model_dump() for each in judged]
    return {
        f"{RECORD}/{JUDGED_FILE}": json.dumps(plain, indent=1),
        **{
            f"{RECORD}/{month}/{CUSTOMERS_FILE}": folders[month] / CUSTOMERS_FILE
            for month in sorted(needed)
        },
    }


def _judged(edition: Archived, settings: Settings) -> Judged | None:
    forecast = (edition.results.get("model") or {}).get("forecast") or {}
    horizon = forecast.get("horizon") if forecast.get("used") else settings.model.forecast_horizon
    if not horizon or not PERIOD.fullmatch(edition.period):
        return None
    outcome = months_later(edition.period, horizon)
    try:
        sealed = datetime.fromisoformat(read_manifest(edition.folder).sealed)
    except (InputError, ValueError):
        return None
    segments = (edition.results.get("settings") or {}).get("segments") or {}
    return Judged(
        period=edition.period,
        outcome=outcome,
        back_filled=sealed >= _end_of(outcome),
        high_risk=segments.get("high_risk", settings.segments.high_risk),
    )


def _end_of(month: str) -> datetime:
    return datetime.fromisoformat(f"{months_later(month)}-01").replace(tzinfo=UTC)
