"""Reading ease, against sums by hand."""

from __future__ import annotations

import pytest

from docs.reading_ease import FORMULAS


def test_six_words_of_one_syllable_read_with_ease() -> None:
    """206.835 − 1.015 × 6 − 84.6 × 1."""
    assert FORMULAS["en"].ease("The cat sat on the mat.") == pytest.approx(116.145)


def test_two_russian_sentences_by_hand() -> None:
    """Five words in two sentences, ten syllables: 206.835 − 1.3 × 2.5 − 60.1 × 2."""
    assert FORMULAS["ru"].ease("Мама мыла раму. Они пели.") == pytest.approx(83.385)


def test_a_longer_word_and_a_longer_sentence_are_harder() -> None:
    formula = FORMULAS["en"]
    assert formula.ease("It is so. It is.") > formula.ease("It is so it is.")
    assert formula.ease("A probability.") < formula.ease("A chance.")
    with pytest.raises(ValueError, match="without words"):
        formula.ease("12 %")
