"""The rooms of the house: who may import whom, and what each holds."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANALYSIS = ROOT / "analysis"

LAYERS = (
    {"chapters", "synthetic"},
    {"changes", "verdicts"},
    {"charts", "segments", "drivers"},
    {"exploration", "model", "campaigns"},
    {"cleaning"},
    {"snapshot", "statistics", "money"},
    {"results", "settings", "periods", "arrays", "workers"},
    {"toml_files"},
)
"""The rooms of the analysis, the top first: none imports from a layer above its own."""

BESIDE_THE_ROOMS = {"__init__", "settings", "money", "periods", "arrays", "toml_files"}


def code_of(path: Path) -> ast.Module:
    """What a module, or the code cells of a notebook, say to Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    return ast.parse(text)


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(code_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def imported_modules(path: Path) -> set[str]:
    """The modules of the analysis that a file imports, in full: ``analysis.model.train``."""
    modules: set[str] = set()
    for node in ast.walk(code_of(path)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                place = ROOT / node.module.replace(".", "/") / alias.name
                inside = place.with_suffix(".py").is_file() or place.is_dir()
                modules.add(f"{node.module}.{alias.name}" if inside else node.module)
    return {module for module in modules if module.startswith("analysis.")}


def name_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room_of(path: Path) -> str:
    return path.relative_to(ANALYSIS).with_suffix("").parts[0]


def modules_of_the_analysis() -> list[Path]:
    """Its modules, the notebooks among them."""
    modules = [path for path in sorted(ANALYSIS.rglob("*.py")) if path != ANALYSIS / "__init__.py"]
    return modules + sorted((ANALYSIS / "chapters").glob("*.ipynb"))


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
        assert imports(path) == {"analysis"}, path.name


def test_every_chapter_declares_the_same_parameters() -> None:
    declared = set()
    for path in (ROOT / "analysis" / "chapters").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        [cell] = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
        declared.add("".join(cell["source"]))
    assert len(declared) == 1


def test_every_module_of_the_analysis_lies_in_a_room() -> None:
    assert {path.stem for path in ANALYSIS.glob("*.py")} == BESIDE_THE_ROOMS
    rooms = {path.name for path in ANALYSIS.iterdir() if (path / "__init__.py").is_file()}
    assert rooms | BESIDE_THE_ROOMS - {"__init__"} == set().union(*LAYERS)


def test_no_room_imports_from_a_layer_above_its_own() -> None:
    height = {room: -place for place, layer in enumerate(LAYERS) for room in layer}
    upwards = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in modules_of_the_analysis()
        for module in imported_modules(path)
        if height[module.split(".")[1]] > height[room_of(path)]
    ]
    assert upwards == []


def test_no_two_rooms_import_each_other() -> None:
    between = {
        (room_of(path), module.split(".")[1])
        for path in modules_of_the_analysis()
        for module in imported_modules(path)
    }
    graph: dict[str, set[str]] = {}
    for here, there in between:
        if here != there:
            graph.setdefault(here, set()).add(there)
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError where rooms import in turn


def test_no_two_modules_of_the_analysis_import_each_other() -> None:
    graph = {name_of(path): imported_modules(path) for path in modules_of_the_analysis()}
    tuple(TopologicalSorter(graph).static_order())


def test_a_room_hands_nothing_on_but_its_own_public_names() -> None:
    facades = {"results", "charts", "snapshot", "chapters"}
    for path in ANALYSIS.glob("*/__init__.py"):
        held = [type(node) for node in ast.parse(path.read_text(encoding="utf-8")).body]
        assert path.parent.name in facades or held == [ast.Expr], path.parent.name


def test_the_synthetic_months_are_imported_by_nobody() -> None:
    assert not [
        path
        for path in [*(ROOT / "report").rglob("*.py"), *modules_of_the_analysis()]
        if any(module.startswith("analysis.synthetic") for module in imported_modules(path))
        and "synthetic" not in path.parts
    ]


def test_reading_an_archive_loads_no_model_library() -> None:
    """The commands read key figures of earlier editions before any kernel starts."""
    code = (
        "import sys, report.cli.generate, report.cli.diff, report.cli.check\n"
        "assert not {'sklearn', 'scipy', 'shap'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
