"""JSON Schemas of what other programs may read: ``results.json`` and ``diff.json``.

``python -m analysis.results.json_schema`` writes them into ``docs/schemas/``.
"""

from __future__ import annotations

import json
from pathlib import Path

from analysis.results import Results
from analysis.results.base import Part
from analysis.results.changes import DiffResults

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def schemas() -> dict[str, str]:
    """Give the text of each schema (JSON Schema 2020-12) by the name of its file."""
    models: dict[str, type[Part]] = {"results.json": Results, "diff.json": DiffResults}
    return {
        name: json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                **model.model_json_schema(mode="serialization"),
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
        for name, model in models.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
