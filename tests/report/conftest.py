"""Tiny notebooks and plans for the runner and the archive, a sample document for the engines."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from report import engines
from report.manifest import Engine, Plan
from report.notebooks import Chapter
from tests.shared import SharedFolder

SAMPLE = Path(__file__).parent / "sample_document"
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


@pytest.fixture(scope="session")
def furnished(shared: SharedFolder) -> Path:
    """The sample document with all that engines need; not to be written to."""

    def make(folder: Path) -> Path:
        source = folder / "source"
        shutil.copytree(SAMPLE, source)
        engines.furnish(source)
        return source

    return shared.once("furnished", make)


@pytest.fixture(scope="session")
def embedded(furnished: Path, shared: SharedFolder) -> dict[str, Path]:
    """The sample document as the embedded engine sets it."""

    def make(folder: Path) -> dict[str, Path]:
        return engines.engine().set(furnished, ("html", "pdf"), "report.ru", folder)

    return shared.once("embedded", make)


@pytest.fixture
def source(furnished: Path, tmp_path: Path) -> Path:
    """A furnished document of its own for a test that changes it."""
    copy = tmp_path / "source"
    shutil.copytree(furnished, copy)
    return copy
