"""The words of one language: prose templates, captions, labels, and how numbers are spoken."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError, UndefinedError
from pydantic import ValidationError

from report.compiled_prose import CompiledProse
from report.conventions import Conventions
from report.errors import DocumentError
from report.escaping import Prose, ProseEnvironment
from report.filters import Filters, Spoken
from report.numbers import Numerals

__all__ = ["SENTENCES", "Words"]

SENTENCES = ("sentences.toml", "annex.toml", "comparison.toml")
"""Files with sentences by key: of the report, of its annex, of two months side by side."""


class Words:
    """Everything that a language's folder says.

    Attributes
    ----------
    numerals
        Writes numbers and dates.
    cover
        Title, subtitle and the like: phrases with expressions, for the front matter.
    covers
        By document, what its cover has in place of that.
    front
        Fixed labels of the document, for its front matter.
    texts
        Texts that charts refer to, by flat key such as ``axis.revenue``; those of
        ``labels.toml`` are among them.
    figures, tables
        Captions and descriptions by label, as ``figures.toml`` and ``tables.toml`` give them.
    labels
        Readers' names of keys in the results: group, then key, then name. The group
        ``translation`` says what data values mean, for whoever cannot read them.
    sentences
        By dotted key, what a skeleton says in which place: short texts with expressions.
    chart_locale
        What ``Plotly.register`` needs.
    """

    def __init__(
        self,
        *,
        folder: Path,
        numerals: Numerals,
        cover: Mapping[str, str],
        covers: Mapping[str, Mapping[str, str]],
        front: Mapping[str, str],
        texts: Mapping[str, str],
        figures: Mapping[str, Mapping[str, str]],
        tables: Mapping[str, Mapping[str, Any]],
        labels: Mapping[str, Mapping[str, str]],
        chart_dictionary: Mapping[str, str],
        sentences: Mapping[str, str],
        skeletons: Path | None = None,
        compiled: CompiledProse | None = None,
    ) -> None:
        self._folder = folder
        self._chart_dictionary = chart_dictionary
        self.numerals = numerals
        self.cover = cover
        self.covers = covers
        self.front = front
        self.texts = texts
        self.figures = figures
        self.tables = tables
        self.labels = labels
        self.sentences = sentences
        self._skeletons = skeletons
        self._kept = compiled
        self.chart_locale = numerals.chart_locale(chart_dictionary)
        self._filters = Filters(numerals, labels.get("translation"))
        self._by_name = self._filters.by_name()
        self._environment = ProseEnvironment(
            [folder, skeletons] if skeletons else [folder], self._by_name, compiled
        )
        self._phrases: dict[str, Template] = {}
        self._environment.globals = {
            "label": self.label,
            "range": range,
            "namespace": self._environment.globals["namespace"],
        }

    @classmethod
    def load(
        cls, folder: Path, skeletons: Path | None = None, compiled: CompiledProse | None = None
    ) -> Words:
        """Read a language's folder.

        Parameters
        ----------
        folder
            Holds ``words.toml`` and as needed ``figures.toml``, ``tables.toml``, ``labels.toml``
            and the files of ``SENTENCES``.
        skeletons
            Folder of documents without words, which every language fills with its sentences.
        compiled
            Where templates are looked for before they are compiled, and left.

        Raises
        ------
        DocumentError
            ``words-missing``, ``words-unreadable``, ``words-invalid``, ``text-twice``.
        """
        if not (folder / "words.toml").is_file():
            raise DocumentError("words-missing", file=f"{folder.name}/words.toml")
        words, figure_words = _toml(folder / "words.toml"), _toml(folder / "figures.toml")
        cover, front = words.pop("cover", {}), words.pop("front", {})
        covers = words.pop("covers", {})
        dictionary = words.pop("chart-dictionary", {})
        figures, labels = figure_words.pop("figures", {}), _toml(folder / "labels.toml")
        texts, names = dict(_flat(figure_words)), dict(_flat(labels))
        if twice := sorted(texts.keys() & names.keys()):
            raise DocumentError("text-twice", key=twice[0])
        return cls(
            folder=folder,
            numerals=Numerals(_conventions(words, f"{folder.name}/words.toml")),
            cover=cover,
            covers=covers,
            front=front,
            texts=texts | names,
            figures=figures,
            tables=_toml(folder / "tables.toml").get("tables", {}),
            labels=labels,
            chart_dictionary=dictionary,
            sentences=_sentences(folder),
            skeletons=skeletons,
            compiled=compiled,
        )

    def with_labels(self, labels: Mapping[str, Mapping[str, str]]) -> Words:
        """Give the same words with names that come from data laid over those of the folder.

        Parameters
        ----------
        labels
            As ``labels``; like every text from data they are escaped wherever they are printed.
        """
        laid = {
            group: {**self.labels[group], **names} if group in self.labels else names
            for group, names in labels.items()
        }
        return Words(
            folder=self._folder,
            numerals=self.numerals,
            cover=self.cover,
            covers=self.covers,
            front=self.front,
            texts=self.texts,
            figures=self.figures,
            tables=self.tables,
            labels={**self.labels, **laid},
            chart_dictionary=self._chart_dictionary,
            sentences=self.sentences,
            skeletons=self._skeletons,
            compiled=self._kept,
        )

    @property
    def language(self) -> str:
        """The language's tag, such as ``ru``."""
        return self.numerals.conventions.language

    @property
    def separators(self) -> str:
        """Decimal and group mark for Plotly."""
        return self.numerals.separators

    @property
    def missing(self) -> str:
        """What an empty table cell shows."""
        return self.numerals.conventions.missing

    @property
    def spoken(self) -> list[Spoken]:
        """Every number written so far, in order."""
        return self._filters.spoken

    def cover_of(self, document: str) -> Mapping[str, str]:
        """Give the phrases of a document's cover."""
        return {**self.cover, **self.covers.get(document, {})}

    def label(self, group: str, key: object) -> str:
        """Give the reader's name of a key in the results, from ``labels.toml``.

        Raises
        ------
        DocumentError
            ``unknown-label``.
        """
        try:
            return self.labels[group][str(key)]
        except KeyError:
            raise DocumentError("unknown-label", group=group, key=str(key)) from None

    def sentence(self, key: str, context: Mapping[str, Any]) -> Prose:
        """Fill the sentence of a key.

        Raises
        ------
        DocumentError
            ``unknown-sentence`` and what :meth:`phrase` raises.
        """
        if key not in self.sentences:
            raise DocumentError("unknown-sentence", key=key)
        return self.phrase(self.sentences[key], context, place=f"sentence {key}")

    def speaker(self, context: Mapping[str, Any]) -> Callable[..., Prose]:
        """Give ``say``: it fills the sentence of a key, told in parts, with a context.

        Sentences may say others. What changes in the context later counts; what is named in the
        call counts for that sentence.
        """

        def say(*key: str, **values: object) -> Prose:
            return self.sentence(".".join(key), {**context, "say": say, **values})

        return say

    def said(self, filter_name: str, *arguments: object) -> Prose:
        """Give what a filter makes of its arguments, the value first.

        Raises
        ------
        DocumentError
            ``unknown-filter`` and what the filter raises.
        """
        if filter_name not in self._by_name:
            raise DocumentError("unknown-filter", filter=filter_name)
        return Prose.escape(self._by_name[filter_name](*arguments))

    def render(self, template_name: str, context: Mapping[str, Any]) -> str:
        """Fill a template of the folder.

        Parameters
        ----------
        template_name
            File name in the folder.
        context
            Names that the template may use, besides ``label``.

        Returns
        -------
        str
            Quarto Markdown.

        Raises
        ------
        DocumentError
            ``template-missing``, ``template-syntax``, ``missing-value`` (a name that is not
            there), ``raw-number``, ``raw-value``, ``empty-value``, ``template-failed`` and what
            the filters raise, all with ``template`` and ``line``.
        """
        return self._filled(
            template_name, lambda: self._environment.get_template(template_name), context
        )

    def phrase(self, source: str, context: Mapping[str, Any], *, place: str) -> Prose:
        """Fill a short text with expressions in it, such as a caption, and put it on one line.

        Parameters
        ----------
        source
            The text, in Markdown.
        context
            Names that it may use.
        place
            Where the text stands, for messages.
        """
        text = self._filled(place, lambda: self._compiled(source), context)
        return Prose(text.strip("\n ").replace("\n", " "))

    def _compiled(self, source: str) -> Template:
        if source not in self._phrases:
            made = self._environment.from_string
            if self._kept:
                made = partial(self._kept.template, self._environment)
            self._phrases[source] = made(source)
        return self._phrases[source]

    def _filled(
        self, place: str, template: Callable[[], Template], context: Mapping[str, Any]
    ) -> str:
        try:
            return template().render(context)
        except TemplateSyntaxError as error:
            name, line, detail = _file_name(error.name, place), error.lineno, error.message
            raise DocumentError(
                "template-syntax", template=name, line=line, detail=detail
            ) from error
        except TemplateNotFound as error:
            raise DocumentError("template-missing", template=error.name) from error
        except UndefinedError as error:
            name, line = _position(error, place)
            raise DocumentError(
                "missing-value", template=name, line=line, detail=error.message
            ) from error
        except DocumentError as error:
            name, line = _position(error, place)
            fields = {"template": name, "line": line} | error.fields
            raise DocumentError(error.code, **fields) from error
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            name, line = _position(error, place)
            raise DocumentError(
                "template-failed", template=name, line=line, detail=str(error)
            ) from error


def _position(error: BaseException, place: str) -> tuple[str, int]:
    name, line, trace = place, 0, error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            name, line = _file_name(trace.tb_frame.f_code.co_filename, place), trace.tb_lineno
        trace = trace.tb_next
    return name, line


def _file_name(path: str | None, place: str) -> str:
    return Path(path).name if path and path.endswith(".j2") else place


def _conventions(words: Mapping[str, Any], file: str) -> Conventions:
    try:
        return Conventions.model_validate(words)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise DocumentError("words-invalid", file=file, detail="; ".join(problems)) from error


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        file = f"{path.parent.name}/{path.name}"
        raise DocumentError("words-unreadable", file=file, detail=str(error)) from error


def _sentences(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in SENTENCES:
        more = dict(_flat(_toml(folder / name)))
        if twice := sorted(found.keys() & more.keys()):
            raise DocumentError("text-twice", key=twice[0])
        found |= more
    return found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
