"""Whatever the program has to say, it can say in both languages, with the same facts."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import report
from report.errors import InputError, Note, ReportError
from report.messages import LANGUAGES, Messages, Text, describe, terminal_language
from report.resources import templates

_SPOKEN_WITHOUT_WORDS = {"templates-missing"}


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _codes_in_the_program() -> Iterator[tuple[str, str]]:
    """Every literal code that an error, a note or ``say`` is called with."""
    spoken = {error.__name__ for error in _family(ReportError)} | {"Note", "say"}
    for path in sorted(Path(report.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in spoken and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, path.name


def _family(error: type[ReportError]) -> Iterator[type[ReportError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _family(kind)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _entries(language: str) -> dict[str, dict[str, str]]:
    folder = templates() / "words" / language / "messages"
    return {
        code: entry
        for area in sorted(folder.glob("*.toml"))
        for code, entry in tomllib.loads(area.read_text(encoding="utf-8")).items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_the_program_uses_has_its_sentences(language: str) -> None:
    used = dict(_codes_in_the_program())
    assert "unknown-parameter" in used
    known = _entries(language).keys() | _SPOKEN_WITHOUT_WORDS
    assert {code: place for code, place in used.items() if code not in known} == {}


def test_both_languages_know_the_same_codes_and_name_the_same_fields() -> None:
    russian, english = _entries("ru"), _entries("en")
    assert russian.keys() == english.keys()
    for code in russian:
        assert russian[code].keys() == english[code].keys(), code
        for part, text in russian[code].items():
            assert _fields(text) == _fields(english[code][part]), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_of_any_name_has_a_label(language: str) -> None:
    steps = {"step-read", "step-chapter", "step-document", "step-set", "step-seal", "step-line"}
    assert steps <= _entries(language).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_told_to_reckon_is_told_to_export_again_first(language: str) -> None:
    reckoning = re.compile(r"(?i)\b(?:multiply|divide) by|\b(?:умножьте|разделите|делите) на")
    remedies = [entry.get("remedy", "") for entry in _entries(language).values()]
    told = {each: found.start() for each in remedies if (found := reckoning.search(each))}
    assert len(told) > 9
    for remedy, place in told.items():
        assert re.search("(?i)export|выгрузите", remedy[:place]), remedy


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_that_holds_no_days_is_not_asked_for_days(language: str) -> None:
    entries = _entries(language)
    days = re.compile(r"(?i)\bdays\b|\bдней\b|\bдни\b")
    assert not days.search(entries["date_in_number"]["remedy"])
    assert days.search(entries["date_in_days"]["remedy"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_order_of_values_passes_for_what_codes_mean(language: str) -> None:
    remedy = _entries(language)["coded_label"]["remedy"]
    assert {"{allowed}"} == set(re.findall(r"\{\w+\}", remedy))
    assert ("order" if language == "en" else "порядок") in remedy


def test_an_unknown_code_raises() -> None:
    with pytest.raises(KeyError):
        Messages("ru").say("no-such-code")


def test_a_field_that_is_not_given_raises() -> None:
    with pytest.raises(KeyError):
        Messages("ru").say("edition-name")


def test_a_code_taken_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "words" / "ru" / "messages"
    folder.mkdir(parents=True)
    for area in ("one", "two"):
        (folder / f"{area}.toml").write_text("[code]\nwhat = 'x'\n")
    with pytest.raises(ValueError, match="taken"):
        Messages("ru", tmp_path)


def test_an_error_is_told_with_its_fields_in_each_language() -> None:
    notes = [
        Note("difference-seed", {"old": 42, "new": 7}),
        Note("difference-setting", {"name": "share_saved", "old": 0.15, "new": None}),
        Note("difference-formats", {"old": ("html", "pdf"), "new": ("pdf",)}),
    ]
    error = InputError("edition-exists", edition=Path("output/2026-10"), differences=notes)
    russian = describe(error, "ru")
    assert russian.what == (
        "Выпуск уже есть и сделан иначе: output/2026-10. Что изменилось: начальное число "
        "случайных выборок: 42 → 7; настройка share_saved: 0,15 → —; форматы: html, pdf → pdf."
    )
    assert russian.remedy is not None
    assert "--replace" in russian.remedy
    assert "setting share_saved: 0.15 → —" in describe(error, "en").what


def test_braces_in_a_field_print_as_themselves() -> None:
    assert "{0} {x}" in Messages("en").say("edition-name", period="{0} {x}").what


def test_without_any_words_the_codes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("report.resources._PACKAGE", Path("/nowhere/report"))
    told = describe(InputError("edition-name", period="x"), "ru")
    assert isinstance(told, Text)
    assert "templates-missing" in told.what
    assert "edition-name" in told.what


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ru_RU"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language
