"""The front page of the archive, from what lies in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from analysis.chapters.edition_files import RESULTS_FILE
from analysis.periods import months_between
from analysis.results.base import Estimate
from analysis.results.changes import KeyFigures
from report import front_page, resources
from report.archive import Archive
from report.cli.options import LANGUAGE
from report.cli.shelf import (
    COMPARISONS,
    DIFFERENCES_FILE,
    Shelved,
    documents,
    pairs,
    shelved_editions,
)
from report.document import ANNEX, DIFF, REPORT
from report.edition import languages, last_day
from report.errors import DocumentError
from report.escaping import unescape
from report.front_page import Chart, Figure, FrontPage, Link, Links, Month, Point, Row
from report.words import Words

FIGURES: Mapping[str, tuple[object, ...]] = {
    "declined": ("percent", 1),
    "exposed_roubles": ("money_short",),
    "revenue_per_customer": ("money", 0),
    "roc_auc": ("number", 3),
}
"""Key figures and how each is written: kind and decimal places."""

OF_EITHER_MEASURE = "exposed_roubles"
"""The figure that rests on a forecast in some months and on the nowcast in others."""

_NO_BREAK_HYPHEN = "\u2011"


def renew_front_page(archive: Archive) -> Path:
    """Make the front page of an archive anew from its editions and comparisons.

    Raises
    ------
    ArchiveError
        ``front-page-not-written``.
    """
    return front_page.renew(archive.folder, lambda: page_of(archive.folder))


def page_of(folder: Path) -> FrontPage:
    """Say what the front page of an archive shows.

    Parameters
    ----------
    folder
        The archive, with at least one edition.
    """
    editions = shelved_editions(folder)
    words = Words.load(resources.templates() / "words" / _language(editions))
    speak = _Speaker(words)
    kinds = {each.kind for each in editions}
    first, last = editions[-1].period, editions[0].period
    names = ("title", "editions", "month", "files", "legend", "comparisons", "organisation")
    texts = {name: speak.phrase(name) for name in names}
    texts["subtitle"] = speak.phrase("subtitle", editions=len(editions), first=first, last=last)
    return FrontPage(
        language=words.language,
        texts={**texts, "skip": words.front["skip-link"]},
        mark=speak.mark(last, *kinds) if len(kinds) == 1 else "",
        newest=_newest(editions, speak),
        heads=tuple(speak.name(name) for name in FIGURES),
        editions=tuple(_row(each, speak) for each in editions),
        comparisons=tuple(
            _comparison(old, new, folder, speak, editions) for old, new in pairs(folder)
        ),
    )


def _language(editions: Sequence[Shelved]) -> str:
    """Take the language of the newest edition; of several the usual one, else the first."""
    for each in editions:
        known = [name for name in _languages_of(each) if name in languages()]
        if known:
            return LANGUAGE if LANGUAGE in known else known[0]
    return LANGUAGE


def _languages_of(edition: Shelved) -> tuple[str, ...]:
    return edition.manifest.plan.languages if edition.manifest else ()


class _Speaker:
    """Texts and figures in the page's language, as plain text."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._phrases = words.cover_of("archive")

    def phrase(self, key: str, /, **context: object) -> str:
        return unescape(self.words.phrase(self._phrases[key], context, place=f"archive {key}"))

    def mark(self, period: str, *kinds: str | None) -> str:
        """Say that data are made up, if those of any kind are."""
        kind = "sample" if "sample" in kinds else "real"
        front = {"date-iso": last_day(period)}
        return self.phrase("mark", results={"kind": kind, "period": period}, front=front)

    def month(self, period: str) -> str:
        text = unescape(self.words.said("month", period))
        return text[:1].upper() + text[1:]

    def message(self, headline: Mapping[str, Any] | None) -> str:
        """Say the month's message; nothing where the words have no sentence for it."""
        known = {"said": "plain"} | dict(headline or {})
        tell = self.words.speaker({"results": {"verdicts": {"headline": known}}})
        try:
            return unescape(tell("front.headline")) if headline else ""
        except DocumentError:
            return ""

    def name(self, figure: str) -> str:
        return self.words.texts[f"trend.{figure}"].replace("-", _NO_BREAK_HYPHEN)

    def value(self, figure: str, value: float) -> str:
        kind, *digits = FIGURES[figure]
        return unescape(self.words.said(str(kind), value, *digits))

    def figure(self, name: str, figures: KeyFigures | None) -> Figure:
        estimate: Estimate | None = getattr(figures, name, None)
        if figures is None or estimate is None:
            return Figure(self.name(name), self.words.missing, "")
        interval = unescape(self.words.said("range", estimate, *FIGURES[name]))
        if name == OF_EITHER_MEASURE and figures.foretold:
            interval = f"{interval} · {self.phrase('foretold')}"
        return Figure(self.name(name), self.value(name, estimate.value), interval)

    def tongue(self, language: str) -> str:
        """Name a language."""
        try:
            return Locale.parse(language, sep="-").get_display_name(self.words.language) or language
        except (UnknownLocaleError, ValueError):
            return language


def _newest(editions: Sequence[Shelved], speak: _Speaker) -> Month | None:
    """Show the newest edition with figures, and the course of its kind of editions up to it."""
    readable = [each for each in editions if each.figures]
    if not readable:
        return None
    newest = readable[0]
    course = [
        each.figures for each in reversed(readable) if each.figures and each.kind == newest.kind
    ]
    alike = [each for each in course if each.foretold == course[-1].foretold]
    figures = tuple(
        (
            speak.figure(name, newest.figures),
            _chart(name, alike if name == OF_EITHER_MEASURE else course, speak),
        )
        for name in FIGURES
    )
    return Month(
        heading=speak.phrase("newest", period=newest.period),
        mark=speak.mark(newest.period, newest.kind),
        message=speak.message(newest.headline),
        figures=figures,
        open=_opening(newest, speak),
    )


def _opening(edition: Shelved, speak: _Speaker) -> Link | None:
    """Link to an edition: to its page, or its print, in the language of the front page."""
    for language, kinds in _documents(edition.folder, speak).items():
        address = f"{edition.period}/report.{language}.{kinds[0]}"
        text, about = speak.phrase("open"), ""
        if language != speak.words.language or kinds[0] != "html":
            about = f"{speak.tongue(language)}, {kinds[0].upper()}"
        return Link(text, about, address, language)
    return None


def _chart(name: str, course: Sequence[KeyFigures], speak: _Speaker) -> Chart | None:
    known = [(each.period, getattr(each, name)) for each in course if getattr(each, name)]
    if not known:
        return None
    values = [estimate.value for _, estimate in known]
    (first, first_value), (last, last_value) = known[0], known[-1]
    return front_page.draw_chart(
        [
            Point(months_between(first, period), each.value, each.low, each.high)
            for period, each in known
        ],
        text=speak.phrase(
            "chart",
            name=speak.name(name),
            first=first,
            first_value=speak.value(name, first_value.value),
            last=last,
            last_value=speak.value(name, last_value.value),
            least=speak.value(name, min(values)),
            most=speak.value(name, max(values)),
        ),
        first=speak.month(first),
        last=speak.month(last),
    )


def _row(edition: Shelved, speak: _Speaker) -> Row:
    period, found = edition.period, edition.figures
    about = {
        language: speak.phrase("about-report", period=period, tongue=speak.tongue(language))
        for language in _documents(edition.folder, speak)
    }
    results = speak.phrase("about-results", period=period)
    return Row(
        name=speak.month(period),
        mark=speak.mark(period, edition.kind),
        note="" if found else speak.phrase("unreadable"),
        message=speak.message(edition.headline),
        figures=tuple(speak.figure(name, found) for name in FIGURES),
        links=_links(edition.folder, period, RESULTS_FILE, about, results, speak),
    )


def _comparison(
    old: str, new: str, folder: Path, speak: _Speaker, editions: Sequence[Shelved]
) -> Row:
    place = folder / COMPARISONS / f"{old}..{new}"
    kinds = [each.kind for each in editions if each.period in (old, new)]
    about = {
        language: speak.phrase("about-comparison", old=old, new=new, tongue=speak.tongue(language))
        for language in _documents(place, speak)
    }
    differences = speak.phrase("about-differences", old=old, new=new)
    address = f"{COMPARISONS}/{place.name}"
    text = speak.phrase("compared", old=old, new=new)
    return Row(
        name=text[:1].upper() + text[1:],
        mark=speak.mark(new, *kinds),
        note="",
        message="",
        figures=(),
        links=_links(place, address, DIFFERENCES_FILE, about, differences, speak),
    )


def _documents(folder: Path, speak: _Speaker, *names: str) -> dict[str, list[str]]:
    """List forms of documents in a folder by language, that of the front page first."""
    found = documents(folder, *(names or (REPORT, DIFF)))
    own = {speak.words.language: found.pop(speak.words.language, [])}
    return {language: kinds for language, kinds in (own | found).items() if kinds}


def _links(
    folder: Path,
    address: str,
    figures_file: str,
    about: Mapping[str, str],
    about_figures: str,
    speak: _Speaker,
) -> tuple[Links, ...]:
    stem = figures_file.replace("results", "report").removesuffix(".json")
    groups = [
        Links(
            speak.tongue(language),
            tuple(
                Link(kind.upper(), about[language], f"{address}/{stem}.{language}.{kind}", language)
                for kind in kinds
            ),
        )
        for language, kinds in _documents(folder, speak).items()
    ]
    for language, kinds in _documents(folder, speak, ANNEX).items():
        described = speak.phrase("about-annex", about=about.get(language, language))
        links = tuple(
            Link(kind.upper(), described, f"{address}/{ANNEX}.{language}.{kind}", language)
            for kind in kinds
        )
        groups.append(Links(speak.phrase("annex", tongue=speak.tongue(language)), links))
    if (folder / figures_file).is_file():
        figures = Link("JSON", about_figures, f"{address}/{figures_file}")
        groups.append(Links(speak.phrase("figures"), (figures,)))
    return tuple(groups)
