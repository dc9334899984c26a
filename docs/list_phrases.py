"""Lists every sentence of the report in all languages, each with an example, as phrases.md.

Run ``python -m docs.list_phrases``; a test holds the page to the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from report.escaping import Prose, unescape
from report.words import Words
from tests.report.test_languages import COMPARISONS, LANGUAGES, MONTHS, tell_comparison, told

PAGE = Path(__file__).with_name("phrases.md")
_TO_ANNEX = re.compile(r"\[annex\]\(annex:(sec-[a-z-]+)\)")
HEAD = """\
# Every sentence of the report

Made by `python -m docs.list_phrases` from `sentences.toml` (the report), `annex.toml` and
`comparison.toml` in `templates/words/*`. The skeletons in `templates/skeletons` say where a
sentence stands and when; below each key is how it reads in a made-up month.
"""


def list_phrases() -> str:
    """Fill every sentence with a month in which it is said, and write the page."""
    said = {language: _said(language) for language in LANGUAGES}
    keys = sorted(set().union(*said.values()))
    lines = [HEAD]
    for key in keys:
        lines.append(f"## `{key}`\n")
        lines += [f"- **{language}** {said[language].get(key, '—')}" for language in LANGUAGES]
        lines.append("")
    return "\n".join(lines)


def said_in(language: str, document: Literal["report", "annex"]) -> list[str]:
    """List every sentence of a document as it reads; those of comparisons go with the annex."""
    return [
        text
        for key, text in _said(language).items()
        if key.startswith(("annex.", "compared.")) == (document == "annex")
    ]


def _said(language: str) -> dict[str, str]:
    """Listen to all months in a language: the first text of each key."""
    found: dict[str, str] = {}
    speak = Words.sentence

    def listen(words: Words, key: str, context: Mapping[str, Any]) -> Prose:
        text = speak(words, key, context)
        found.setdefault(key, _TO_ANNEX.sub(r"→ \1", unescape(text)))
        return text

    Words.sentence = listen  # type: ignore[method-assign]
    try:
        told.cache_clear()
        for month in MONTHS:
            told(month, language)
        for compared in COMPARISONS:
            tell_comparison(compared, language)
    finally:
        Words.sentence = speak  # type: ignore[method-assign]
        told.cache_clear()
    return found


if __name__ == "__main__":
    PAGE.write_text(list_phrases(), encoding="utf-8")
