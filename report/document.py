"""Writes the document: words filled with results, figures and tables in their places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report.errors import DocumentError
from report.escaping import Prose, escape, escape_marks, quote_attribute
from report.figures import ChartStyle, draw, in_json, localise
from report.tables import pipe_table
from report.words import Words

__all__ = ["Document", "Drawn", "collect_figures", "draw_figures", "in_attribute", "write_document"]

PLOTLY = "application/vnd.plotly.v1+json"
KEYED = "application/vnd.keyed-plotly+json"
"""A figure with keys in place of texts, beside the form with words that the notebook shows."""

REPORT, ANNEX, DIFF = "report", "annex", "diff"
"""Names of the documents."""

_HEADING = re.compile(r"^(#{1,3}) .+? \{#(sec-[a-z0-9-]+)((?: \.[a-z]+)*)\}$", re.M)
_LABEL_LINE = re.compile(r"#\|\s*label:\s*(fig-[a-z0-9-]+)\s*")
_PLACED = re.compile(r"\{#((?:fig|tbl|sec)-[a-z0-9-]+)[\s}]")
_REFERENCE = re.compile(r"(?:(?<![\\\w])@|\]\(#)((?:fig|tbl|sec)-[a-z0-9]+(?:-[a-z0-9]+)*)")


@dataclass(frozen=True)
class Document:
    """A written document.

    Attributes
    ----------
    path
        ``DOCUMENT.qmd``.
    placed, unplaced
        Labels of the figures that the prose shows, in its order, and of those it leaves out.
    sections
        Numbers of its numbered sections by id.
    """

    path: Path
    placed: tuple[str, ...]
    unplaced: tuple[str, ...]
    sections: Mapping[str, str]


@dataclass(frozen=True)
class Drawn:
    """A figure in one language, in both its forms.

    Attributes
    ----------
    figure
        Plotly figure in dict form, localised.
    svg
        The same as SVG, for print.
    """

    figure: Mapping[str, Any]
    svg: str


def collect_figures(executed: Path) -> dict[str, dict[str, Any]]:
    """Collect the labelled figures that executed chapters show.

    Parameters
    ----------
    executed
        Folder of executed notebooks, or one of them. A cell whose first line is
        ``#| label: fig-…`` shows one Plotly figure, or nothing where a chart would be empty.

    Returns
    -------
    dict
        Plotly figures in dict form by label, ordered by label.

    Raises
    ------
    DocumentError
        ``label-without-figure``, ``label-with-figures``, ``figure-twice``.
    """
    figures: dict[str, dict[str, Any]] = {}
    for path in sorted(executed.glob("*.ipynb")) if executed.is_dir() else [executed]:
        for cell in json.loads(path.read_bytes())["cells"]:
            match = _LABEL_LINE.fullmatch("".join(cell["source"]).partition("\n")[0])
            if cell["cell_type"] != "code" or match is None:
                continue
            label = match[1]
            if not cell["outputs"]:
                continue
            shown = [
                output["data"].get(KEYED, output["data"][PLOTLY])
                for output in cell["outputs"]
                if PLOTLY in output.get("data", {})
            ]
            if not shown:
                raise DocumentError("label-without-figure", figure=label, chapter=path.stem)
            if len(shown) > 1:
                raise DocumentError("label-with-figures", figure=label, chapter=path.stem)
            if label in figures:
                raise DocumentError("figure-twice", figure=label, chapter=path.stem)
            figures[label] = {name: shown[0].get(name) for name in ("data", "layout")}
    return dict(sorted(figures.items()))


def draw_figures(
    words: Words,
    figures: Mapping[str, Mapping[str, Any]],
    style: ChartStyle,
    cover: Callable[[str], str] = str,
) -> dict[str, Drawn]:
    """Put collected figures into a language and draw them as SVG for print.

    Parameters
    ----------
    words
        The language.
    figures
        As from :func:`collect_figures`.
    style, cover
        As for :func:`write_document`.

    Returns
    -------
    dict
        By label.
    """
    localised = {
        label: _covered(localise(figure, words.texts, words.separators, style, label=label), cover)
        for label, figure in figures.items()
    }
    drawings = draw(localised, chart_locale=words.chart_locale)
    return {label: Drawn(figure, drawings[label]) for label, figure in localised.items()}


def write_document(
    *,
    words: Words,
    results: Mapping[str, Any],
    executed: Path,
    source: Path,
    front: Mapping[str, str],
    style: ChartStyle,
    cover: Callable[[str], str] = str,
    drawn: Mapping[str, Drawn] | None = None,
    document: str = REPORT,
    annex: Mapping[str, str] | None = None,
) -> Document:
    """Write the Quarto document of an edition.

    Parameters
    ----------
    words
        The language.
    results
        Numbers of the edition; templates read them as ``results.chapter.name``.
    executed
        Folder of executed notebooks.
    source
        Folder to write: ``DOCUMENT.qmd`` and ``figures/``. It is made if it is not there.
    front
        Front matter in plain text: ``date-iso`` (``YYYY-MM-DD``) and whatever else the page
        templates know. It comes before the phrases of the words' cover, which may name it as
        ``front``; an empty value is left out.
    style
        The look of charts.
    cover
        Called with every text before it is written: replaces characters that the fonts lack.
    drawn
        Figures that were drawn ahead, as from :func:`draw_figures`.
    document
        Which of the words' documents: the prose is the template ``DOCUMENT.md.j2``, of the
        language or, without words of its own, of the skeletons.
    annex
        Numbers of the sections of the document that this one refers to, by id.

    Raises
    ------
    DocumentError
        ``unknown-reference``, ``label-placed-twice``, ``unknown-figure``,
        ``figure-words-missing``, and what words, tables and figures raise.
    """
    collected = collect_figures(executed)
    prose = _prose(words, document, results, collected, annex or {})
    placed_labels = _checked_labels(prose)
    placed = tuple(label for label in placed_labels if label in collected)
    ahead = drawn or {}
    rest = {label: collected[label] for label in placed if label not in ahead}
    shown = {**ahead, **draw_figures(words, rest, style, cover)}

    figures = source / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for label in placed:
        _write(figures / f"{label}.json", in_json(shown[label].figure) + "\n")
        _write(figures / f"{label}.svg", shown[label].svg)
    _write(figures / "theme.json", in_json(style.dark_by_light()) + "\n")
    path = source / f"{document}.qmd"
    text = _front_matter(words, document, results, front) + "\n" + prose.strip("\n") + "\n"
    _write(path, cover(text))
    unplaced = tuple(label for label in collected if label not in placed)
    return Document(path, placed, unplaced, sections_of(prose))


def sections_of(prose: str) -> dict[str, str]:
    """Give the numbers of the sections of a document by id, as the page will number them."""
    counts = [0, 0, 0]
    found = {}
    for marks, label, classes in _HEADING.findall(prose):
        if ".unnumbered" in classes:
            continue
        level = len(marks)
        counts = [*counts[: level - 1], counts[level - 1] + 1, *[0] * (3 - level)]
        found[label] = ".".join(str(count) for count in counts[:level])
    return found


def in_attribute(numbers: object) -> Prose:
    """Write numbers as JSON inside a double-quoted attribute, for what the page works with."""
    return Prose(quote_attribute(json.dumps(numbers)))


def _prose(
    words: Words,
    document: str,
    results: Mapping[str, Any],
    figures: Mapping[str, Mapping[str, Any]],
    annex: Mapping[str, str],
) -> str:
    def phrase(text: str, place: str) -> Prose:
        return words.phrase(text, context, place=place)

    def in_annex(section: str) -> Prose:
        if section not in annex:
            raise DocumentError("unknown-reference", reference=section)
        text = Prose.escape(f"{words.front['ref-annex']}\u00a0{annex[section]}")
        return Prose(f"[{text}](annex:{section})")

    def figure(label: str, caption: Prose | None = None) -> Prose:
        if label not in figures:
            raise DocumentError("unknown-figure", figure=label)
        described = words.figures.get(label, {})
        if not ({"alt"} if caption is not None else {"caption", "alt"}) <= described.keys():
            raise DocumentError("figure-words-missing", figure=label)
        place = f"figures.toml: {label}"
        caption = phrase(described["caption"], place) if caption is None else caption
        alt = quote_attribute(phrase(described["alt"], place))
        return Prose(f'![{caption}](figures/{label}.svg){{#{label} .plotly fig-alt="{alt}"}}')

    def table(label: str, rows: Iterable[object], caption: Prose | None = None) -> Prose:
        return Prose(pipe_table(words, label, rows, phrase, caption))

    context: dict[str, object] = {
        "results": results,
        "figure": figure,
        "table": table,
        "has": lambda label: label in figures,
        "annex": in_annex,
        "numbers": in_attribute,
    }
    context["say"] = words.speaker(context)
    return words.render(f"{document}.md.j2", context)


def _checked_labels(prose: str) -> list[str]:
    placed = _PLACED.findall(prose)
    if twice := sorted({label for label in placed if placed.count(label) > 1}):
        raise DocumentError("label-placed-twice", label=twice[0])
    for reference in _REFERENCE.findall(prose):
        if reference not in placed:
            raise DocumentError("unknown-reference", reference=reference)
    return placed


def _front_matter(
    words: Words, document: str, results: Mapping[str, Any], front: Mapping[str, str]
) -> str:
    context: dict[str, object] = {"results": results, "front": front}
    context["say"] = words.speaker(context)
    cover = {
        name: str(words.phrase(text, context, place=f"words.toml: cover.{name}"))
        for name, text in words.cover_of(document).items()
    }
    named = cover | {name: escape(text) for name, text in front.items()}
    everything = {
        **{name: text for name, text in named.items() if text},
        "document": escape(document),
        "lang": escape(words.language),
        "words": _escaped(words.front),
        "separators": escape_marks(words.separators).replace("\u00a0", "&nbsp;"),
        "chart-locale": _escaped(words.chart_locale),
    }
    lines = [
        f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in everything.items()
    ]
    return "\n".join(["---", *lines, "---", ""])


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Mapping):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(each) for each in value]
    return value


def _covered(value: Any, cover: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return cover(value)
    if isinstance(value, Mapping):
        return {key: _covered(each, cover) for key, each in value.items()}
    if isinstance(value, list):
        return [_covered(each, cover) for each in value]
    return value


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
