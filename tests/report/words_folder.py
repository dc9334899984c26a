"""A small words folder for tests: the shipped Russian conventions and whatever a test adds."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pypandoc

from report.words import Words

COVER = """[cover]
as-of = "Данные на {{ front['date-iso'] | date }}"
mark = "{% if results.sample %}Учебные данные{% endif %}"
"""
TEMPLATES = Path(__file__).parents[2] / "templates"


def words_with(folder: Path, **files: str) -> Words:
    """Words of a folder that holds the shipped conventions, a plain cover and the given files.

    A double underscore in a name stands for the dot before the ending.
    """
    folder.mkdir(exist_ok=True)
    shipped = (TEMPLATES / "words" / "ru" / "words.toml").read_text(encoding="utf-8")
    plain = re.sub(r"\[cover\]\n(.+\n)+", COVER, shipped)
    plain = re.sub(r"\[covers\.report\]\n(.+\n)+", "", plain)
    (folder / "words.toml").write_text(plain, encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return Words.load(folder)


def said(words: Words, template: str, **context: Any) -> str:
    """What a template prints, with the escaping taken off by Pandoc, on one line."""
    return plain_texts(words.phrase(template, context, place="test"))[0]


def pandoc_tree(markdown: str) -> dict[str, Any]:
    """Pandoc's reading of Quarto Markdown."""
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from", "markdown-smart", "--to", "json"],
        input=markdown.encode(),
        capture_output=True,
        check=True,
    )
    tree: dict[str, Any] = json.loads(done.stdout)
    return tree


def plain_texts(markdown: str) -> list[str]:
    """The texts of a document's paragraphs, which hold nothing but words and spaces."""
    return [flat(block) for block in pandoc_tree(markdown)["blocks"]]


def flat(node: dict[str, Any]) -> str:
    """The text of a paragraph, or of metadata, made of words and spaces only."""
    pieces = []
    assert node["t"] in {"Para", "Plain", "MetaInlines", "Header"}, node
    for inline in node["c"][2] if node["t"] == "Header" else node["c"]:
        assert inline["t"] in {"Str", "Space"}, inline
        pieces.append(inline.get("c", " "))
    return "".join(pieces)
