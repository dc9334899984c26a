"""Each chapter runs by itself with Papermill, and its executed notebook reads as an analysis."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

from analysis import chapters
from analysis.chapters.display import KEYED, PLOTLY
from analysis.chapters.edition_files import RESULTS_FILE, read_customers
from analysis.chapters.gathering import gather
from analysis.chapters.materials import COMPARISON, OLD, circumstances, materials_of
from analysis.settings import Settings
from analysis.synthetic.generate import write_month
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PERIOD, SEED = "2026-10", 1
SETTINGS = {
    "model": {
        "families": ["tree"],
        "folds": 3,
        "repeats": 1,
        "bootstrap_draws": 100,
    }
}
LABEL = re.compile(r"#\| label: ((?:fig|tbl)-[a-z-]+)")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("by_hand") / "workspace"


@pytest.fixture(scope="module")
def executed(workspace: Path) -> dict[str, nbformat.NotebookNode]:
    """Every chapter's notebook, run one after the other as a person would run them."""
    folder = workspace.parent
    snapshot = folder / PERIOD
    write_month(snapshot, PERIOD, seed=7, customers=300)
    notebooks = {}
    for name in chapters.NEEDS:
        if name == chapters.CHANGES:
            lay_out_itself(workspace)
        papermill.execute_notebook(
            chapters.FOLDER / f"{name}.ipynb",
            folder / f"{name}.ipynb",
            parameters={
                "snapshot": str(snapshot),
                "workspace": str(workspace),
                "period": PERIOD,
                "seed": SEED,
                "settings": SETTINGS,
            },
            kernel_name="python3",
            progress_bar=False,
        )
        notebooks[name] = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    return notebooks


def lay_out_itself(workspace: Path) -> None:
    """Lay the edition that the chapters made beside itself, as an earlier one."""
    edition = workspace / "edition"
    results = gather(workspace, PERIOD, "sample", SEED, Settings.model_validate(SETTINGS))
    (edition / RESULTS_FILE).write_text(results.model_dump_json(), encoding="utf-8")
    (workspace / OLD).mkdir()
    for place, source in materials_of(edition, OLD).items():
        if isinstance(source, Path) and source.is_file():
            (workspace / place).write_bytes(source.read_bytes())
    (workspace / COMPARISON).write_text(circumstances({}, {}), encoding="utf-8")


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, dict[str, Any]]]:
    """What every code cell shows, with the label in its first line."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            label = LABEL.match(cell.source)
            yield label[1] if label else "", output.get("data", {})


@pytest.mark.parametrize("name", chapters.NEEDS)
def test_a_chapter_runs_by_itself_on_what_earlier_chapters_left(
    name: str, executed: dict[str, nbformat.NotebookNode]
) -> None:
    assert not [
        output
        for cell in executed[name].cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert any("application/json" in data for _, data in outputs(executed[name]))


@pytest.mark.parametrize("name", chapters.NEEDS)
def test_every_labelled_cell_shows_a_table_or_a_chart_with_words(
    name: str, executed: dict[str, nbformat.NotebookNode]
) -> None:
    for label, data in outputs(executed[name]):
        if label.startswith("tbl-"):
            assert "text/html" in data, label
        if label.startswith("fig-"):
            assert "⟦" not in json.dumps(data[PLOTLY], ensure_ascii=False), label
            assert data[KEYED]["data"], label


def test_tables_have_the_heads_that_the_report_has(
    executed: dict[str, nbformat.NotebookNode],
) -> None:
    shown = {label: data for name in executed for label, data in outputs(executed[name])}
    assert "Семейство" in shown["tbl-candidates"]["text/html"]
    assert "Дерево решений" in shown["tbl-candidates"]["text/html"]
    assert "Покупателей" in shown["tbl-grid"]["text/html"]


def test_every_number_of_a_chapter_can_be_found_in_its_notebook(
    executed: dict[str, nbformat.NotebookNode], workspace: Path
) -> None:
    for name, notebook in executed.items():
        [shown] = [
            data["application/json"] for _, data in outputs(notebook) if "application/json" in data
        ]
        left = (workspace / "results" / f"{name}.json").read_text(encoding="utf-8")
        assert shown == json.loads(left), name


def test_an_executed_chapter_holds_no_customers_number(
    executed: dict[str, nbformat.NotebookNode], workspace: Path
) -> None:
    numbers = {str(each) for each in read_customers(workspace / "edition")["id"]}
    for name, notebook in executed.items():
        text = json.dumps([data for _, data in outputs(notebook)], ensure_ascii=False)
        assert not numbers & set(re.findall(r"(?<![\d.])\d{6}(?![\d.])", text)), name


def test_the_readme_shows_how_a_chapter_is_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "papermill analysis/chapters/data.ipynb" in readme
