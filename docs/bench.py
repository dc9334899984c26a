"""Measures what a report costs, beside other tools on the same table, as bench.md.

Run ``make bench``: the page is there after the first round and renewed after each. Every tool gets
an environment of its own in a temporary folder, by uv where it is there, else by pip. All make
their report of the newest sample month: this program and its former self of the export, the others
of the joined table.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from analysis.cleaning.customers import one_row_per_customer
from analysis.snapshot import read_snapshot
from docs.bench_programs import MLJAR, NOTEBOOK, SHAPASH, YDATA

PAGE = Path(__file__).with_name("bench.md")
PROJECT = Path(__file__).resolve().parents[1]
SAMPLE = PROJECT / "data" / "sample"
MONTH = "2026-10"
BEFORE = "4d6afbe"
"""The commit before kernels were forked from one process and models were fitted the quick way."""

RUNS = 5
EVERY = 0.1
LONGEST = 1800

HEAD = """\
# What a report costs

Made by `make bench`, of the newest sample month: 1300 customers, one joined table. Medians of the
runs, the tools by turns, with the smallest and the largest. Memory is that of all processes of a
tool together; pages that they share count once.

{machine}, Python {python}. Mean load while measuring: {load:.0f}.
Where more is at work than there are cores, the clock says little, and the seconds of the processor
are what to compare.

| tool | version | runs | seconds | of the processor | peak, MB | what it gives |
|---|---|---:|---:|---:|---:|---|
"""


@dataclass
class Tool:
    """What is measured: how it is installed and what it runs in its folder."""

    name: str
    gives: str
    packages: tuple[str, ...] = ()
    program: str = ""
    commit: str = ""
    version: str = ""
    failure: str = ""
    runs: list[tuple[float, float, float]] = field(default_factory=list)


def tools() -> list[Tool]:
    """List what is compared; versions and measurements are filled in later."""
    head = _run(["git", "rev-parse", "--short", "HEAD"], PROJECT).strip()
    whole = "model chosen among 90, calibrated, explained; segments, offers, lists; HTML and PDF"
    return [
        Tool("generate-report", whole, commit=head),
        Tool("generate-report, before", "the same", commit=BEFORE),
        Tool("shapash", "one model explained, HTML", ("shapash[report]",), SHAPASH),
        Tool(
            "mljar Explain",
            "several models compared, Markdown and HTML",
            ("mljar-supervised",),
            MLJAR,
        ),
        Tool(
            "ydata-profiling",
            "the data described, HTML",
            ("ydata-profiling", "setuptools<81"),
            YDATA,
        ),
        Tool(
            "papermill and nbconvert",
            "two grids of scikit-learn in a notebook, HTML",
            ("papermill", "nbconvert", "ipykernel", "scikit-learn", "pandas", "matplotlib"),
            NOTEBOOK,
        ),
    ]


def install(tool: Tool, place: Path) -> None:
    """Make an environment in ``place / "env"``; a failure is kept for the table."""
    place.mkdir()
    python = place / "env" / "bin" / "python"
    uv = shutil.which("uv")
    by = [str(python), "-m", "pip", "install"]
    if uv:
        by = [uv, "pip", "install", "--compile-bytecode", "--python", str(python)]
    try:
        _run([sys.executable, "-m", "venv", "env"], place)
        if tool.commit:
            (place / "source").mkdir()
            packed = str(place / "source.tar")
            _run(["git", "archive", "--output", packed, tool.commit], PROJECT)
            _run(["tar", "xf", packed], place / "source")
            _run([*by, "--no-deps", "--require-hashes", "-r", "source/requirements.lock"], place)
            _run([*by, "--no-deps", "--no-build-isolation", "-e", "source"], place)
            _run([str(python), "-m", "compileall", "-q", "source"], place)
            tool.version = f"`{tool.commit}`"
        else:
            _run([*by, *tool.packages], place)
            name = tool.packages[0].split("[")[0]
            ask = f"from importlib.metadata import version; print(version({name!r}))"
            tool.version = _run([str(python), "-c", ask], place).strip()
    except (OSError, subprocess.SubprocessError) as error:
        tool.failure = f"not installed ({type(error).__name__})"


def _run(command: list[str], place: Path) -> str:
    done = subprocess.run(
        command, cwd=place, check=True, capture_output=True, text=True, timeout=LONGEST
    )
    return done.stdout


def measure(tool: Tool, place: Path, table: Path) -> tuple[float, float, float] | None:
    """Run a tool once in a fresh folder: seconds, seconds of the processor, peak megabytes."""
    folder = place / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(table, folder / "customers.csv")
    python = str(place / "env" / "bin" / "python")
    command = [python, "-c", tool.program]
    if tool.commit:
        shutil.copytree(SAMPLE / MONTH, folder / "data" / MONTH)
        program = str(place / "env" / "bin" / "generate-report")
        command = [program, MONTH, "--data", str(folder / "data"), "--output", str(folder / "out")]
    surroundings = {**os.environ, "PATH": f"{place / 'env' / 'bin'}:{os.environ['PATH']}"}
    surroundings = {k: v for k, v in surroundings.items() if not k.startswith("PYTHON")}
    began = time.perf_counter()
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=log, stderr=log)
        watched = _Watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    peak, seen = watched.end()
    if process.returncode:
        tool.failure = "it failed: " + (place / "log").read_text(errors="replace")[-200:]
        return None
    return seconds, max(used.ru_utime + used.ru_stime, seen), peak / 1e6


class _Watch(threading.Thread):
    """Looks at a process and all below it, ten times a second, until told to end."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._root, self._done = psutil.Process(process), threading.Event()
        self._peak, self._cpu = 0, dict[int, float]()
        self.start()

    def run(self) -> None:
        while not self._done.wait(EVERY):
            total = 0
            with contextlib.suppress(psutil.Error):
                for each in [self._root, *self._root.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error, OSError):
                        total += each.memory_full_info().pss
                        self._cpu[each.pid] = sum(each.cpu_times()[:2])
            self._peak = max(self._peak, total)

    def end(self) -> tuple[int, float]:
        """Give the peak in bytes (shared pages counted once) and the processor's seconds seen."""
        self._done.set()
        self.join()
        return self._peak, sum(self._cpu.values())


def page(measured: list[Tool], load: float) -> str:
    """Write the table."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = next((line.split(":")[1].strip() for line in about if "model name" in line), "unknown")
    memory = psutil.virtual_memory().total / 2**30
    rows = []
    for tool in measured:
        cells = [_figures([run[place] for run in tool.runs], place) for place in range(3)]
        if tool.failure:
            cells = [" ".join(tool.failure.split()), "", ""]
        row = [tool.name, tool.version, str(len(tool.runs)), *cells, tool.gives]
        rows.append(f"| {' | '.join(row)} |\n")
    return HEAD.format(
        machine=f"{named}, {os.cpu_count()} cores, {memory:.0f} GB",
        python=platform.python_version(),
        load=load,
    ) + "".join(rows)


def _figures(values: list[float], place: int) -> str:
    if not values:
        return ""
    digits = 0 if place == 2 else 1
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def main() -> None:
    """Install, measure by turns, write the page."""
    measured, loads = tools(), list[float]()
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        table = Path(made) / "customers.csv"
        customers = one_row_per_customer(read_snapshot(SAMPLE / MONTH)).dropna(subset="level")
        declined = customers["level"].eq("declined").astype(int)
        joined = customers.drop(columns=["id", "level"]).assign(declined=declined)
        joined.to_csv(table, index=False)
        places = {tool.name: Path(made) / str(number) for number, tool in enumerate(measured)}
        for tool in measured:
            install(tool, places[tool.name])
        for run in range(RUNS):
            for tool in measured:
                found = None if tool.failure else measure(tool, places[tool.name], table)
                loads.append(os.getloadavg()[0])
                print(run, tool.name, tool.failure or found, flush=True)
                if found:
                    tool.runs.append(found)
            PAGE.write_text(page(measured, statistics.mean(loads)), encoding="utf-8")


if __name__ == "__main__":
    main()
