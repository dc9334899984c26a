"""The whole way once: from a month's snapshot to a sealed edition."""

from __future__ import annotations

import calendar
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, JsonValue

from report import engines, fonts, manifest, resources
from report.archive import Archive, Unchanged
from report.compiled_prose import CompiledProse
from report.document import REPORT, Drawn, collect_figures, draw_figures, write_document
from report.errors import EngineError
from report.figures import ChartStyle
from report.notebooks import Chapter
from report.progress import Progress
from report.run import run_chapters
from report.scratch import check_room, sweep
from report.svg_renderer import drawing_thread
from report.words import Words

DISTRIBUTION = "retention-report"
LIBRARIES = (
    "mini-racer",
    "numpy",
    "pandas",
    "papermill",
    "plotly",
    "plotly-mirage",
    "pypandoc-binary",
    "scikit-learn",
    "scipy",
    "shap",
    "skops",
    "typst",
    "xlsxwriter",
)


class Snapshot(Protocol):
    """What a snapshot reader returns."""

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of every input file."""
        ...

    @property
    def kind(self) -> str:
        """``real`` or ``sample``."""
        ...

    def save(self, folder: Path) -> None:
        """Write the snapshot for the chapters."""
        ...


Labels = Mapping[str, Mapping[str, str]]
"""Readers' names of keys in the results: group, then key, then name."""


def _no_labels(_results: Mapping[str, object], _language: str) -> Labels:
    return {}


@dataclass(frozen=True)
class Subject:
    """What a report is about: everything that knows the shop.

    Attributes
    ----------
    chapters
        The notebooks.
    parameters
        Values for their ``parameters`` cells.
    settings
        The settings, for the manifest.
    gather
        From the workspace to the typed results.
    sources
        Folders of code and notebooks, by name: part of what an edition depends on.
    materials
        By its place in the workspace, what is to be there: a file or a folder to copy, or a
        text to write. They are among the inputs of the edition.
    documents
        Names of the documents: of their prose (``DOCUMENT.md.j2``) and of their files
        (``DOCUMENT.ru.pdf``). The last one may refer to sections of those before it.
    results_file
        Name of the file of results.
    internal
        What of the edition is for its owner alone: names in its folder, of files and of folders.
    preload
        Modules that kernels load before all others.
    labels
        From results in plain form and the tag of a language to readers' names that come from data:
        they are laid over those of the language's words.
    """

    chapters: Sequence[Chapter]
    parameters: Mapping[str, object]
    settings: dict[str, JsonValue]
    gather: Callable[[Path], BaseModel]
    sources: Mapping[str, Path]
    materials: Mapping[str, Path | str] = field(default_factory=dict)
    documents: tuple[str, ...] = (REPORT,)
    results_file: str = "results.json"
    internal: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    labels: Callable[[Mapping[str, object], str], Labels] = _no_labels


@dataclass(frozen=True)
class Request:
    """What is to be made.

    Attributes
    ----------
    name
        Of the edition in its archive.
    period
        Month whose last day stands on the cover.
    documents
        Those of the subject's documents that are set; empty for all.
    scheduler
        Address of a cluster's scheduler that the chapters may connect to; empty for none. It is no
        part of the edition: who did the work changes nothing in it.
    """

    name: str
    period: str
    seed: int
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    engine: engines.Engine
    replace: bool
    documents: tuple[str, ...] = ()
    scheduler: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes
    ----------
    edition
        Folder of the edition.
    unchanged
        Whether an equal edition was there already.
    kept_aside
        Where the edition that was replaced has gone.
    engine_failure
        Why another engine than the chosen one set documents of it, if one did.
    """

    edition: Path
    unchanged: bool
    kept_aside: Path | None
    engine_failure: EngineError | None = None


def make_edition(
    snapshot: Snapshot | None,
    subject: Subject,
    request: Request,
    archive: Archive,
    progress: Progress,
) -> Outcome:
    """Run the chapters, write and set the document, and seal the edition.

    Parameters
    ----------
    snapshot
        A snapshot that has been read, and so is sound; None where the materials are all.
    subject
        What the report is about.
    request
        What is to be made.
    archive
        Where to.
    progress
        Told of every step.

    Raises
    ------
    ReportError
        As the steps do. The archive is then as it was.
    """
    check_room()
    sweep()
    plan = _plan(snapshot, subject, request)
    opened = archive.open(request.name, plan, replace=request.replace, internal=subject.internal)
    with opened as draft:
        if isinstance(draft, Unchanged):
            return Outcome(draft.edition, unchanged=True, kept_aside=None)
        workspace, executed = draft.folder / "workspace", draft.folder / "chapters"
        reports = [_Report(each, draft.folder, request, subject) for each in request.languages]
        _lay_out(workspace, snapshot, subject.materials)
        # One thread draws, so that the engine under the drawings starts once for each language.
        with ThreadPoolExecutor(2) as aside, drawing_thread() as pen:
            ahead = [aside.submit(_furnish, [each.source for each in reports])]

            def draw_ahead(chapter: str) -> None:
                notebook = executed / f"{chapter}.ipynb"
                ahead.extend(pen.submit(each.draw, notebook) for each in reports)

            costs = run_chapters(
                subject.chapters,
                workspace=workspace,
                executed=executed,
                parameters=subject.parameters,
                progress=progress,
                finished=draw_ahead,
                scheduler=request.scheduler,
                preload=subject.preload,
            )
            results = subject.gather(workspace).model_dump(mode="json")
            _write_results(results, draft.folder / subject.results_file)
            for done in ahead:
                done.result()
            list(aside.map(lambda each: each.make(results, executed, progress), reports))
        failure = request.engine.failure
        with progress.step("seal"):
            _deliver(workspace, draft.folder)
            edition = draft.seal(
                manifest.make_manifest(
                    draft.folder,
                    plan,
                    seconds=progress.seconds,
                    libraries=LIBRARIES,
                    engine_failure=failure.code if failure else None,
                    chapters=costs,
                )
            )
    return Outcome(edition, False, draft.kept_aside, failure)


def languages() -> tuple[str, ...]:
    """List the languages that there are words for."""
    folders = (resources.templates() / "words").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / "words.toml").is_file()))


def last_day(period: str) -> str:
    """Give the ISO date of a month's last day."""
    year, month = (int(part) for part in period.split("-"))
    return f"{period}-{calendar.monthrange(year, month)[1]}"


def _plan(snapshot: Snapshot | None, subject: Subject, request: Request) -> manifest.Plan:
    sources = {
        "templates": resources.templates(),
        "report": Path(__file__).parent,
        **subject.sources,
    }
    return manifest.Plan(
        program=version(DISTRIBUTION),
        seed=request.seed,
        settings=subject.settings,
        engine=manifest.Engine(name=request.engine.name, version=request.engine.version()),
        languages=request.languages,
        formats=request.formats,
        documents=request.documents or subject.documents,
        inputs={
            **(snapshot.digests if snapshot else {}),
            **{name: _digest(material) for name, material in subject.materials.items()},
        },
        sources={name: manifest.digest_folder(folder) for name, folder in sources.items()},
    )


def _digest(material: Path | str) -> str:
    if isinstance(material, str):
        return hashlib.sha256(material.encode()).hexdigest()
    of = manifest.digest_folder if material.is_dir() else manifest.digest_file
    return of(material)


def _lay_out(
    workspace: Path, snapshot: Snapshot | None, materials: Mapping[str, Path | str]
) -> None:
    """Put into the workspace what the chapters start from."""
    workspace.mkdir()
    if snapshot is not None:
        snapshot.save(workspace / "snapshot")
    for name, material in materials.items():
        place = workspace / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(material, str):
            place.write_text(material, encoding="utf-8")
        elif material.is_dir():
            shutil.copytree(material, place)
        else:
            shutil.copy(material, place)


def _write_results(results: Mapping[str, object], path: Path) -> None:
    text = json.dumps(results, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _furnish(sources: Sequence[Path]) -> None:
    """Furnish every language's source: what it gets is the same for all."""
    if not sources:
        return
    first, *others = sources
    engines.furnish(first)
    for other in others:
        shutil.copytree(first, other)


class _Report:
    """One language's report in the making: whatever can be is done while chapters still run."""

    def __init__(self, language: str, edition: Path, request: Request, subject: Subject) -> None:
        self._language = language
        self._documents = subject.documents
        self._labels = subject.labels
        self._edition = edition
        self._request = request
        self.source = edition / "source" / language
        templates = resources.templates()
        self._prose = CompiledProse(language)
        self._words = Words.load(
            templates / "words" / language, templates / "skeletons", self._prose
        )
        self._style = ChartStyle.load(templates / "chart.json")
        self._drawn: dict[str, Drawn] = {}

    def draw(self, notebook: Path) -> None:
        figures = collect_figures(notebook)
        self._drawn |= draw_figures(self._words, figures, self._style, fonts.replace_lacking)

    def make(self, results: Mapping[str, object], executed: Path, progress: Progress) -> None:
        sections: dict[str, str] = {}
        with progress.step("document", self._language):
            words = self._words.with_labels(self._labels(results, self._language))
            for document in self._documents:
                written = write_document(
                    words=words,
                    results=results,
                    executed=executed,
                    source=self.source,
                    front={"date-iso": last_day(self._request.period)},
                    style=self._style,
                    cover=fonts.replace_lacking,
                    drawn=self._drawn,
                    document=document,
                    annex=sections,
                )
                sections |= written.sections
            self._prose.keep()
        asked = self._request.documents or self._documents
        for document in reversed(self._documents):
            for kind in self._request.formats if document in asked else ():
                stem = f"{document}.{self._language}"
                with progress.step("set", f"{stem}.{kind}"):
                    self._request.engine.set(self.source, [kind], stem, self._edition, document)


def _deliver(workspace: Path, edition: Path) -> None:
    """Move what the chapters made for the edition into it and clear the workspace."""
    made = workspace / "edition"
    for path in sorted(made.iterdir()) if made.is_dir() else ():
        path.rename(edition / path.name)
    shutil.rmtree(workspace)
