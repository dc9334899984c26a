"""What the commands make: the report of a month, or the comparison of two editions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis import chapters
from analysis.changes.key_figures import archived_key_figures
from analysis.chapters.edition_files import INTERNAL
from analysis.chapters.gathering import gather, gather_diff
from analysis.chapters.materials import (
    ARCHIVED_MODEL,
    COMPARISON,
    LEFT_OUT,
    NEW,
    OLD,
    circumstances,
    materials_of,
    parameters,
    words_of,
)
from analysis.chapters.offer_names import offer_labels
from analysis.results import LeftOutEdition
from analysis.segments.offer_book import DEFAULT_FILE, OFFERS_FILE
from analysis.settings import Settings
from analysis.snapshot.books import BOOKS_FILE
from analysis.snapshot.snapshot import Kind, Snapshot
from report import resources
from report.cli.campaign_inputs import key_of_the_lot, mailings_before
from report.cli.earlier import Archived, shared_versions, versions_in, versions_now
from report.cli.forecast_inputs import editions_to_judge, month_to_learn_from, past_forecast
from report.cli.history_inputs import months_before
from report.cli.shelf import DIFFERENCES_FILE
from report.document import ANNEX, DIFF, REPORT
from report.edition import Subject
from report.notebooks import Chapter

_SOURCES = {"analysis": chapters.FOLDER.parent}


def month_materials(
    period: str,
    snapshot: Snapshot,
    settings: Settings,
    data: Path,
    earlier: Sequence[Archived],
    compared: Archived | None,
    offers: Path = DEFAULT_FILE,
    left_out: Sequence[LeftOutEdition] = (),
) -> dict[str, Path | str]:
    """Find what the chapters of a month start from besides its snapshot.

    Parameters
    ----------
    period
        Month of the snapshot.
    data
        Folder of the snapshots.
    earlier
        Earlier editions of the kind, the newest first.
    compared
        That of them which this month is compared with.
    offers
        The shop's file of offers, which has been read.
    left_out
        Earlier editions that are no longer what was sealed.

    Returns
    -------
    dict
        As the attribute ``materials`` of :class:`report.edition.Subject`.
    """
    horizon = settings.model.forecast_horizon
    learnt_from = month_to_learn_from(period, snapshot, horizon, data, earlier)
    return {
        **key_of_the_lot(settings, data),
        OFFERS_FILE: offers,
        **_books(data / period),
        **learnt_from,
        **(past_forecast(period, snapshot, horizon, data, earlier) if learnt_from else {}),
        **editions_to_judge(period, settings, earlier),
        **mailings_before(data, earlier),
        **months_before(period, data),
        **_model_to_score_with(snapshot, earlier),
        **(_edition_to_compare_with(compared, earlier) if compared else {}),
        **_told_of(left_out),
    }


def month_subject(
    period: str,
    kind: Kind,
    settings: Settings,
    seed: int,
    differing: Mapping[str, int],
    materials: Mapping[str, Path | str],
    language: str,
) -> Subject:
    """Say what the report of a month is about.

    Parameters
    ----------
    period
        Month of the snapshot.
    kind
        ``real`` or ``sample``: of the snapshot.
    differing
        How many customers differ from the snapshot before, by column.
    materials
        As :func:`month_materials` found them; without an edition to compare with there is no
        chapter on changes.
    language
        Of the lists and of the executed chapters.
    """
    plain = settings.model_dump(mode="json")
    return Subject(
        chapters=[
            _chapter(name, needs)
            for name, needs in chapters.NEEDS.items()
            if COMPARISON in materials or name != chapters.CHANGES
        ],
        parameters=parameters(period, seed, settings),
        settings={**plain, "differs_from_earlier": {**differing}},
        gather=lambda folder: gather(folder, period, kind, seed, settings),
        sources=_SOURCES,
        materials={**materials, **_words(language)},
        documents=(ANNEX, REPORT),
        labels=offer_labels,
        internal=INTERNAL,
        preload=chapters.LOADED_FIRST,
    )


def comparison_subject(
    old: Path,
    new: Path,
    period: str,
    settings: Settings,
    seed: int,
    versions: tuple[Mapping[str, str], Mapping[str, str]],
    language: str,
) -> Subject:
    """Say what the comparison of two editions is about.

    Parameters
    ----------
    old, new
        Folders of the editions.
    period
        Month of the new edition.
    versions
        What made the old and the new edition, the same names in both.
    language
        Of the lists and of the executed chapter.
    """
    plain = settings.model_dump(mode="json")
    return Subject(
        chapters=[_chapter(chapters.CHANGES)],
        parameters=parameters(period, seed, settings),
        settings={"changes": plain["changes"]},
        gather=gather_diff,
        sources=_SOURCES,
        materials={
            **materials_of(old, OLD),
            **materials_of(new, NEW),
            COMPARISON: circumstances(*versions),
            **_words(language),
        },
        documents=(DIFF,),
        results_file=DIFFERENCES_FILE,
        labels=offer_labels,
        internal=INTERNAL,
        preload=chapters.LOADED_FIRST,
    )


def _chapter(name: str, needs: tuple[str, ...] = ()) -> Chapter:
    return Chapter(name, chapters.FOLDER / f"{name}.ipynb", needs)


def _words(language: str) -> dict[str, Path | str]:
    return words_of(resources.templates() / "words" / language)


def _model_to_score_with(snapshot: Snapshot, earlier: Sequence[Archived]) -> dict[str, Path | str]:
    """Find the newest model of the archive, for a month that has no levels to train on."""
    if snapshot.customers["level"].notna().any():
        return {}
    kept = next((each.model for each in earlier if each.model), None)
    return {ARCHIVED_MODEL: kept} if kept else {}


def _books(month: Path) -> dict[str, Path | str]:
    """Find the file with what the shop's books say: an edition is made anew when it has changed."""
    return {BOOKS_FILE: month / BOOKS_FILE} if (month / BOOKS_FILE).is_file() else {}


def _told_of(left_out: Sequence[LeftOutEdition]) -> dict[str, Path | str]:
    plain = [each.model_dump() for each in left_out]
    return {LEFT_OUT: json.dumps(plain, indent=1)} if plain else {}


def _edition_to_compare_with(
    compared: Archived, earlier: Sequence[Archived]
) -> dict[str, Path | str]:
    old, new = shared_versions(versions_in(compared.folder), versions_now())
    trend = [archived_key_figures(each.results) for each in reversed(earlier)]
    return {
        **materials_of(compared.folder, OLD),
        COMPARISON: circumstances(old, new, trend),
    }
