"""What lies in an archive: its editions, readable or not, and its comparisons."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.changes.key_figures import archived_key_figures
from analysis.chapters.edition_files import RESULTS_FILE
from analysis.results import SCHEMA_VERSION
from analysis.results.changes import KeyFigures
from report.archive import Archive
from report.chain import Chain
from report.cli.options import PERIOD
from report.errors import InputError
from report.manifest import MANIFEST_NAME, Manifest, read_manifest

COMPARISONS = "diff"
DIFFERENCES_FILE = "diff.json"
_DOCUMENT = re.compile(r"(report|annex|diff)\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\.(html|pdf|docx)")
_PAIR = re.compile(rf"(?P<old>{PERIOD.pattern})\.\.(?P<new>{PERIOD.pattern})")


@dataclass(frozen=True)
class Shelved:
    """An edition as it lies in the archive; what of it cannot be read is None."""

    period: str
    folder: Path
    manifest: Manifest | None
    kind: str | None = None
    figures: KeyFigures | None = None
    headline: Mapping[str, Any] | None = None


def shelved_editions(folder: Path) -> list[Shelved]:
    """List every edition of a month in an archive, readable or not, the newest first."""
    marks = {MANIFEST_NAME, RESULTS_FILE}
    months = [place for place in folder.iterdir() if PERIOD.fullmatch(place.name)]
    chain = Chain.of(folder)
    found = [_shelved(place, chain) for place in months if marks & set(_files(place))]
    return sorted(found, key=lambda each: each.period, reverse=True)


def pairs(folder: Path) -> list[tuple[str, str]]:
    """List the earlier and the later month of every comparison, the newest first."""
    matches = map(_PAIR.fullmatch, Archive(folder / COMPARISONS).editions())
    found = [(match["old"], match["new"]) for match in matches if match]
    return sorted(found, key=lambda pair: (max(pair), min(pair), pair), reverse=True)


def documents(folder: Path, *names: str) -> dict[str, list[str]]:
    """List in which forms documents lie in the folder of an edition or comparison, by language."""
    found: dict[str, list[str]] = {}
    for match in filter(None, map(_DOCUMENT.fullmatch, _files(folder))):
        if match[1] in names:
            found.setdefault(match[2], []).append(match[3])
    return found


def _files(folder: Path) -> list[str]:
    """List the names of the files in a folder, in order; none of what cannot be listed."""
    try:
        return sorted(place.name for place in folder.iterdir() if place.is_file())
    except OSError:
        return []


def _shelved(folder: Path, chain: Chain) -> Shelved:
    try:
        manifest = read_manifest(folder)
    except InputError:
        return Shelved(folder.name, folder, None)
    try:
        return Shelved(folder.name, folder, manifest, *_sealed(folder, chain))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Shelved(folder.name, folder, manifest)


def _sealed(folder: Path, chain: Chain) -> tuple[str, KeyFigures, Mapping[str, Any] | None]:
    """Read the kind, the key figures and the message of an edition.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, RecursionError
        They are not what was sealed, or not of a schema that is known.
    """
    if chain.faults(folder.name, [RESULTS_FILE]):
        raise ValueError(RESULTS_FILE)
    results = json.loads((folder / RESULTS_FILE).read_bytes())
    known = results["period"] == folder.name and results["schema_version"] <= SCHEMA_VERSION
    if not known or results["kind"] not in ("real", "sample"):
        raise ValueError(RESULTS_FILE)
    message = (results.get("verdicts") or {}).get("headline")
    return results["kind"], archived_key_figures(results), message
