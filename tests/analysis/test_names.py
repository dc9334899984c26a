"""Whatever the analysis names by a key has words for its reader in every language."""

import tomllib
from pathlib import Path

import pytest

from analysis.cleaning.features import CATEGORICAL, ENGINEERED, FEATURES, NUMERIC
from analysis.model.candidates import SIMPLEST_FIRST
from analysis.segments.offer_book import TRIGGER_FEATURES
from analysis.segments.plain_rules import RULES
from analysis.snapshot.errors import FINDING_SEVERITY

WORDS = Path(__file__).parents[2] / "templates" / "words"
LANGUAGES = sorted(folder.name for folder in WORDS.iterdir())


def labels(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((WORDS / language / "labels.toml").read_text(encoding="utf-8"))


def sentences(language: str) -> dict[str, dict[str, str]]:
    text = (WORDS / language / "annex.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["annex"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_has_a_name_and_one_in_comparisons(language: str) -> None:
    assert {*FEATURES, *ENGINEERED, "profit"} <= labels(language)["feature"].keys()
    assert {*NUMERIC, *CATEGORICAL, "profit"} <= labels(language)["compared"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_of_models_has_a_name(language: str) -> None:
    assert set(SIMPLEST_FIRST) == labels(language)["family"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_name(language: str) -> None:
    assert {rule.code for rule in RULES} == labels(language)["rule"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_that_may_trigger_an_offer_has_a_name_beside_its_limit(language: str) -> None:
    assert {*TRIGGER_FEATURES} <= labels(language)["measured"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_of_a_snapshot_has_a_sentence_and_a_name(language: str) -> None:
    assert FINDING_SEVERITY.keys() <= sentences(language)["finding"].keys()
    assert FINDING_SEVERITY.keys() <= labels(language)["finding"].keys()
