"""Measures how easy report and annex read, language by language: ``python -m docs.reading_ease``.

Flesch's reading ease for English; for Russian its adaptation by I. V. Oborneva (2006). From 0,
hard, to 100, easy; business prose lies between 30 and 60.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from docs.list_phrases import said_in

FEWEST_WORDS = 6
"""Words that a text needs to be a sentence, and not a label or a name."""


@dataclass(frozen=True)
class Formula:
    """206.835 − ``per_word`` × words per sentence − ``per_syllable`` × syllables per word."""

    per_word: float
    per_syllable: float
    syllables: Callable[[str], int]

    def ease(self, text: str) -> float:
        """Give the reading ease of a text.

        Raises
        ------
        ValueError
            It holds no word.
        """
        words = re.findall(r"[^\W\d_]+", text)
        if not words:
            raise ValueError("a text without words has no reading ease")
        sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)", text)))
        syllables = sum(map(self.syllables, words))
        return (
            206.835
            - self.per_word * len(words) / sentences
            - self.per_syllable * syllables / len(words)
        )


def _english(word: str) -> int:
    """Count groups of vowels, a silent last e left out."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith("le")
    return max(1, groups - (silent and groups > 1))


def _russian(word: str) -> int:
    return max(1, len(re.findall(r"[аеёиоуыэюя]", word.lower())))


FORMULAS: Mapping[str, Formula] = {
    "en": Formula(1.015, 84.6, _english),
    "ru": Formula(1.3, 60.1, _russian),
}


def measure(language: str, document: Literal["report", "annex"]) -> float:
    """Give the reading ease of the sentences of a document in a language."""
    texts = [
        re.sub(r"→ sec-[a-z-]+|[*\[\]]|\{[^}]*\}", "", each) for each in said_in(language, document)
    ]
    long = [each for each in texts if len(each.split()) >= FEWEST_WORDS]
    return FORMULAS[language].ease("\n".join(each.rstrip(" .") + "." for each in long))


if __name__ == "__main__":
    for language in FORMULAS:
        print(f"{language} report {measure(language, 'report'):.0f}")
        print(f"{language} annex {measure(language, 'annex'):.0f}")
