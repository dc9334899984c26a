"""Page 1 in its few words, skeletons without words and of short lines, plain sentences."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from docs.list_phrases import PAGE, list_phrases
from report import fonts
from report.words import SENTENCES
from tests.report.test_languages import LANGUAGES, MONTHS, SKELETONS, WORDS, told
from tests.report.words_folder import TEMPLATES, pandoc_tree

MOST_WORDS = 200
WORDS_OF_A_WARNING = 20
"""Beyond these, where an earlier edition is no longer what was sealed."""
LONGEST_LINE = 160
WRITTEN_BY_HAND = (".css", ".html", ".j2", ".js", ".lua", ".toml", ".typ")
ROOT = WORDS.parents[1]
READ_BY = ("snapshot", "synthetic")
"""Rooms that know the shop's own labels: one reads them, one invents customers with them."""


def sentences(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in SENTENCES:
        found |= flat(tomllib.loads((WORDS / language / name).read_text(encoding="utf-8")))
    return found


def texts_of(module: ast.Module) -> Iterator[str]:
    """The texts of a module but for its docstrings."""
    told = {id(each.value) for each in ast.walk(module) if isinstance(each, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in told:
            yield str(node.value)


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def words_in(node: Any) -> Iterator[str]:
    """Words of Pandoc's tree, but for the description of a picture, which is heard, not read."""
    if isinstance(node, list):
        for each in node:
            yield from words_in(each)
    elif isinstance(node, dict):
        if node.get("t") == "Str":
            yield from re.findall(r"(?<![\d,.])[^\W\d][\w'’.-]*", node["c"])
        elif node.get("t") == "Div":
            yield from (f"{value}" for _, value in node["c"][0][2] for value in value.split())
            yield from words_in(node["c"][1])
        else:
            yield from words_in(node.get("c", []))


@cache
def fronts(language: str) -> dict[str, list[str]]:
    """The words of page 1 by month; Pandoc reads all months at once."""
    pieces = []
    for number, month in enumerate(MONTHS):
        text = told(month, language).text
        front = text[text.index("::: {.front}") :]
        front = re.sub(r"\n\n.*\n\n\{#fig.*\}", "", front[: front.index("\n# ")])
        pieces.append(f"# {number}\n\n{front}\n")
    found: list[list[str]] = []
    for block in pandoc_tree("\n".join(pieces))["blocks"]:
        if block["t"] == "Header":
            found.append([])
        else:
            found[-1].extend(words_in(block))
    return dict(zip(MONTHS, found, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("month", MONTHS)
def test_page_1_says_what_it_says_in_few_words(month: str, language: str) -> None:
    said = fronts(language)[month]
    headline = re.findall(r"[^\W\d]\w*", told(month, language).headline)
    assert 5 < len(headline) <= 30
    words = len(said) + len(headline)
    asked = any(each["decides"] for each in MONTHS[month].get("data.findings", []))
    most = MOST_WORDS + WORDS_OF_A_WARNING * (bool(MONTHS[month].get("left_out")) + asked)
    assert 10 < words <= most, (words, " ".join(said))


@pytest.mark.parametrize("path", sorted(SKELETONS.glob("*.j2")), ids=lambda path: path.name)
def test_a_skeleton_holds_no_word_of_a_reader(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{##.*?##\}", "", text, flags=re.S)
    text = re.sub(r"(?m)^::: \{.*\}$|\{#[a-z-]+[^}]*\}|\]\{\.[a-z]+\}", "", text)
    assert re.findall(r"\w+", text) == []


def test_no_line_of_a_template_is_long_and_no_language_has_templates_of_its_own() -> None:
    lines = [
        (path.name, number)
        for path in TEMPLATES.rglob("*")
        if path.suffix in WRITTEN_BY_HAND
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert lines == []
    assert list(WORDS.rglob("*.j2")) == []


def test_no_reader_s_word_stands_in_python_but_what_exports_are_read_by() -> None:
    rooms = [path for path in (ROOT / "analysis").iterdir() if path.name not in READ_BY]
    places = [ROOT / "report", *rooms]
    files = [path for place in places for path in place.rglob("*.py")]
    assert len(files) > 100
    found = {
        path.name: text
        for path in files
        for text in texts_of(ast.parse(path.read_text(encoding="utf-8")))
        if re.search("[А-Яа-яЁё]", text)
    }
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_knows_no_logic_but_its_filters(language: str) -> None:
    for key, text in sentences(language).items():
        assert "{%" not in text and " if " not in "".join(re.findall(r"\{\{.*?\}\}", text)), key


def test_every_sentence_is_said_somewhere_and_stands_on_the_page_of_phrases() -> None:
    page = list_phrases()
    assert PAGE.read_text(encoding="utf-8") == page, "run: .venv/bin/python -m docs.list_phrases"
    listed = re.findall(r"(?m)^## `(.*)`$", page)
    for language in LANGUAGES:
        assert sorted(sentences(language)) == listed
    assert "** —" not in page


def test_no_line_of_a_russian_text_begins_with_a_dash() -> None:
    """A no-break space stands before it in every text; the filter itself sets captions apart."""
    for path in sorted((WORDS / "ru").glob("*.toml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith(("#", "caption-separator")):
                assert " \u2014" not in line, (path.name, line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_character_of_the_words_has_a_glyph(language: str) -> None:
    for path in sorted((WORDS / language).glob("*.toml")):
        said = dict(flat(tomllib.loads(path.read_text(encoding="utf-8")))).values()
        assert fonts.lacking("".join("".join(map(str, said)).split())) == "", path.name
