"""The rooms of the house: who may import whom, and what each holds."""

import ast
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_commands_know_both_the_report_and_the_shop() -> None:
    knowing = {path for path in (ROOT / "report").rglob("*.py") if "analysis" in imports(path)}
    assert {path.parent.relative_to(ROOT).as_posix() for path in knowing} == {"report/cli"}


def test_nothing_of_the_report_leans_on_the_commands() -> None:
    others = [path for path in (ROOT / "report").rglob("*.py") if path.parent.name != "cli"]
    assert not [path for path in others if "report.cli" in path.read_text(encoding="utf-8")]


def test_the_analysis_knows_nothing_of_the_report() -> None:
    assert not [path for path in (ROOT / "analysis").rglob("*.py") if "report" in imports(path)]


def test_chapters_import_the_analysis_alone_and_hold_no_outputs() -> None:
    chapters = sorted((ROOT / "analysis" / "chapters").glob("*.ipynb"))
    assert len(chapters) == 6
    for path in chapters:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        source = "\n".join("".join(cell["source"]) for cell in code)
        modules = {
            (getattr(node, "module", None) or node.names[0].name).split(".")[0]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert modules == {"analysis"}, path.name


def test_every_chapter_declares_the_same_parameters() -> None:
    declared = set()
    for path in (ROOT / "analysis" / "chapters").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        [cell] = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
        declared.add("".join(cell["source"]))
    assert len(declared) == 1
