"""What the chapters import can be loaded once for all of them, and is no more than they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from analysis.chapters import FOLDER, NEEDS
from report import kernel
from report.notebooks import Chapter, imported_modules, read

HEAVY = {"matplotlib", "numba", "shap", "IPython.core.pylabtools", "papermill", "aiohttp"}
"""Loaded late, by what needs them, or never."""

LOAD = """
import importlib, json, os, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps([len(os.listdir("/proc/self/task")), sorted(sys.modules)]))
for line in sys.stdin:
    exec(line)
print(json.dumps(sorted(sys.modules)))
"""


def test_no_chapter_loads_a_thread_or_a_library_that_it_may_not_need() -> None:
    notebooks = [read(Chapter(name, FOLDER / f"{name}.ipynb")) for name in NEEDS]
    modules = {module: None for notebook in notebooks for module in imported_modules(notebook)}
    lines = [
        line
        for notebook in notebooks
        for cell in notebook.cells
        for line in cell.source.splitlines()
        if line.startswith(("import ", "from "))
    ]
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, *modules],
        env={**os.environ, **kernel._FIXED_ENVIRONMENT},
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    (threads, names), after = map(json.loads, loaded.stdout.splitlines())
    assert threads == 1, "a process with threads is not forked: every kernel would start cold"
    assert HEAVY.isdisjoint(names)
    assert after == names, "what cells import is loaded once for all"
