"""The published schemas are those of the code."""

import json

import pytest
from jsonschema import Draft202012Validator

from analysis.results.json_schema import FOLDER, schemas


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_published_schema_is_sound_and_that_of_the_code(name: str) -> None:
    published = (FOLDER / name).read_text(encoding="utf-8")
    assert published == schemas()[name], "write it anew: python -m analysis.results.json_schema"
    Draft202012Validator.check_schema(json.loads(published))
