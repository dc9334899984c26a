"""Tiny notebooks and plans for the tests of the runner and the archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from report.manifest import Engine, Plan
from report.notebooks import Chapter

MakeChapter = Callable[..., Chapter]
MakePlan = Callable[..., Plan]


@pytest.fixture
def make_chapter(tmp_path: Path) -> MakeChapter:
    """A chapter: a heading, a parameters cell, then one cell for each source."""

    def make(
        name: str,
        *sources: str,
        needs: tuple[str, ...] = (),
        parameters: str = "seed = 0",
    ) -> Chapter:
        first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        cells = [new_markdown_cell(f"# {name}"), first, *map(new_code_cell, sources)]
        path = tmp_path / "sources" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=cells), path)
        return Chapter(name, path, needs)

    return make


@pytest.fixture
def make_plan() -> MakePlan:
    """A plan; what is given takes the place of the usual."""

    def make(**changed: object) -> Plan:
        usual: dict[str, object] = {
            "program": "1.0",
            "seed": 42,
            "settings": {"share_saved": 0.15, "organisation": "«В один клик»"},
            "engine": Engine(name="embedded", version="0.15"),
            "languages": ("ru",),
            "formats": ("html", "pdf"),
            "inputs": {"money.csv": "0" * 64, "market_file.csv": "1" * 64},
            "sources": {"templates": "2" * 64, "chapters": "3" * 64},
        }
        return Plan.model_validate(usual | changed)

    return make
