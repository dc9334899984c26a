"""Earlier editions of the archive and the snapshot before, as a month's report meets them."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.changes.edition import ResultsSeen, UnreadableEditionError
from analysis.changes.key_figures import archived_key_figures
from analysis.chapters.edition_files import (
    CUSTOMERS_FILE,
    MODEL_FOLDER,
    READ_BACK,
    RESULTS_FILE,
)
from analysis.results import LeftOutEdition
from analysis.snapshot.alone import ask_of_a_first_month
from analysis.snapshot.continuity import Earlier, check_agreement, refuse_copied, refuse_repeated
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.likeness import compare_likeness
from analysis.snapshot.schema import MARKET_FILE
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.snapshot.unseen import unseen_errors
from analysis.workers.here import HERE, Workers
from report.archive import Archive
from report.chain import Chain
from report.cli.options import PERIOD, check_period, months_in
from report.edition import DISTRIBUTION, LIBRARIES
from report.errors import InputError
from report.manifest import Manifest, read_manifest

NO_EDITION = "none"


@dataclass(frozen=True)
class Archived:
    """An edition of the archive: its month, its folder and its results in plain form."""

    period: str
    folder: Path
    results: Mapping[str, Any]

    @property
    def model(self) -> Path | None:
        """Folder of the model that it keeps, if it keeps one."""
        folder = self.folder / MODEL_FOLDER
        return folder if folder.is_dir() else None

    @property
    def comparable(self) -> bool:
        """Whether another edition can be compared with it."""
        try:
            ResultsSeen.of(self.results)
        except UnreadableEditionError:
            return False
        return (self.folder / CUSTOMERS_FILE).is_file()


@dataclass(frozen=True)
class Before:
    """The earlier editions of an archive, the newest first, as a month meets them.

    Attributes
    ----------
    editions
        Those of the month's kind of which all that a month reads is what was sealed.
    left_out
        Those that are gone or no longer what was sealed; the kind of these cannot be known.
    """

    editions: list[Archived]
    left_out: list[LeftOutEdition]


def editions_before(archive: Archive, period: str, kind: str) -> Before:
    """Look through the earlier editions of an archive; nothing is loaded that is not verified."""
    chain = Chain.of(archive.folder)
    found = Before([], [])
    months = [each for each in chain.names() if PERIOD.fullmatch(each) and each < period]
    for month in reversed(months):
        folder = archive.edition(month)
        faults = chain.faults(month, READ_BACK)
        if faults:
            gone = chain.is_gone(month)
            found.left_out.append(LeftOutEdition(period=month, files=faults, gone=gone))
            continue
        results = _results_in(folder)
        if results is None:
            file = LeftOutEdition(period=month, files=[RESULTS_FILE], gone=False)
            found.left_out.append(file)
        elif results["kind"] == kind:
            found.editions.append(Archived(month, folder, results))
    return found


def _results_in(folder: Path) -> dict[str, Any] | None:
    """Read the results of an edition; None where they are not of the shape that is looked at."""
    try:
        results: dict[str, Any] = json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8"))
        parts = [results.get(name) or {} for name in ("data", "model", "segments", "settings")]
        archived_key_figures(results)
        whole = results["period"] == folder.name and isinstance(results["kind"], str)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return results if whole and all(isinstance(part, dict) for part in parts) else None


def chosen_edition(asked: str | None, earlier: Sequence[Archived]) -> Archived | None:
    """Choose the edition to compare with: the one asked for, else the newest that allows it.

    Raises
    ------
    InputError
        ``against-missing``, ``against-nothing``, ``period-malformed``.
    """
    if asked == NO_EDITION:
        return None
    comparable = [each for each in earlier if each.comparable]
    if asked is None:
        return comparable[0] if comparable else None
    check_period(asked)
    for each in comparable:
        if each.period == asked:
            return each
    there = sorted(each.period for each in comparable)
    if not there:
        raise InputError("against-nothing", period=asked)
    raise InputError("against-missing", period=asked, periods=there)


def versions_of(manifest: Manifest) -> dict[str, str]:
    """Name the versions that made an edition."""
    return {"program": manifest.plan.program, "python": manifest.python, **manifest.libraries}


def versions_now() -> dict[str, str]:
    """Name the versions that make an edition now."""
    libraries = {name: version(name) for name in LIBRARIES}
    return {"program": version(DISTRIBUTION), "python": platform.python_version(), **libraries}


def shared_versions(
    old: Mapping[str, str], new: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Keep the versions that both editions have on record."""
    names = sorted(old.keys() & new.keys())
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def versions_in(folder: Path) -> dict[str, str]:
    """Name the versions that made the edition in a folder."""
    return versions_of(read_manifest(folder))


def against_predecessor(
    snapshot: Snapshot,
    period: str,
    data: Path,
    *,
    accept: bool,
    accept_unusual: bool = False,
    workers: Workers = HERE,
) -> tuple[Snapshot, dict[str, int]]:
    """Hold a snapshot against those before it in the data folder, where there are any.

    No earlier month may have the very same files, nor the month before the same content.

    Parameters
    ----------
    snapshot
        Of the month ``period``.
    data
        Folder of the snapshots; later months are not looked at.
    accept
        Take a snapshot that contradicts the one before.
    accept_unusual
        Take one whose numbers are far from those of the one before.
    workers
        What reads the files, part by part.

    Returns
    -------
    snapshot
        With a finding for every column that differs; where there is no month before, or one that
        cannot be read, with one that says so; and with what no check would have noticed.
    differing
        How many customers each of these findings counts, by column.

    Raises
    ------
    SnapshotError
        ``repeated_snapshot``, ``contradicts_earlier``, or what
        :func:`~analysis.snapshot.likeness.compare_likeness` notes.
    """
    for month in months_in(data):
        if month < period:
            refuse_copied(snapshot, data / month, month)
    before, unread = _predecessor(snapshot.kind, period, data, accept_unusual, workers)
    skipped = Notes()
    if unread:
        months = ", ".join(unread)
        skipped.mention("earlier_unread", MARKET_FILE.file, None, len(unread), earlier=months)
    if before is None:
        alone = Notes()
        ask_of_a_first_month(snapshot, alone)
        told = (*snapshot.findings, *skipped.findings, *alone.findings)
        return replace(snapshot, findings=told, unseen=unseen_errors(snapshot, period, None)), {}
    refuse_repeated(snapshot, before)
    notes = Notes(accepting=accept_unusual)
    compare_likeness(snapshot, period, before.period, before.snapshot, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    findings = check_agreement(snapshot, period, before, accept=accept).findings
    differing = {f"{each.file}: {each.fields['month']}": each.count for each in findings}
    told = (*snapshot.findings, *skipped.findings, *notes.findings, *findings)
    unseen = unseen_errors(snapshot, period, (before.period, before.snapshot))
    return replace(snapshot, findings=told, unseen=unseen), differing


def _predecessor(
    kind: str, period: str, data: Path, accept_unusual: bool, workers: Workers
) -> tuple[Earlier | None, list[str]]:
    """Read the newest earlier snapshot of the kind that can be read; name those that cannot."""
    unread: list[str] = []
    for month in reversed([each for each in months_in(data) if each < period]):
        try:
            snapshot = read_snapshot(data / month, accept_unusual=accept_unusual, workers=workers)
        except SnapshotError:
            unread.append(month)
            continue
        if snapshot.kind == kind:
            return Earlier(month, snapshot), unread
    return None, unread
