"""Measures what a month costs by its number of customers, for the tables of ``docs/scale.md``.

Run it by hand from the root of the repository; it takes as long as the reports themselves, and
some 6 GB in the folder::

    .venv/bin/python -m docs.measure_scale --folder DIR --customers 1300 20000 200000 1000000

Months are made where they are not there yet. What was measured stays in the folder as
``CUSTOMERS.json``, so that sizes can be measured one by one: without ``--customers`` the tables are
written of what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from analysis.chapters.edition_files import RESULTS_FILE, read_customers
from analysis.snapshot.schema import MARKET_FILE
from analysis.synthetic.generate import LAST, LEVELS
from analysis.synthetic.generate import main as make_months
from report.manifest import read_manifest

PAGE = Path(__file__).with_name("scale.md")
BEGIN, END = "<!-- measured -->\n", "<!-- end -->\n"
BEGIN_TRUTH, END_TRUTH = "<!-- held against all -->\n", "<!-- end of all -->\n"
LEVEL = next(column for column in MARKET_FILE.columns if column.name == "level")
SHARE = {"declined": "count", "base": "base"}
MEASURES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
}
SEED = 20261031
EVERY = 0.1
"""Seconds between two looks at the memory."""

MILLION = 1_000_000
GIGABYTE = 2**30

Measured = dict[str, Any]
"""Of one command: ``wall`` and ``cpu`` in seconds, ``peak`` in bytes, ``chapters``."""


def measure(command: Sequence[str], log: Path) -> Measured:
    """Run a command to its end; what it says goes into a file.

    Returns
    -------
    dict
        Its ``peak`` is the largest sum, at one time, of the memory of all its processes, what they
        share counted in parts.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    peaks = [0]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        watcher = threading.Thread(target=_watch, args=(process, peaks))
        watcher.start()
        status = process.wait()
        wall = time.monotonic() - started
        watcher.join()
    if status:
        raise RuntimeError(f"{' '.join(command)}: status {status}, see {log}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "peak": peaks[0], "chapters": {}}


def _watch(process: subprocess.Popen[bytes], peaks: list[int]) -> None:
    while process.poll() is None:
        peaks[0] = max(peaks[0], sum(map(_memory, _family(process.pid))))
        time.sleep(EVERY)


def _family(parent: int) -> set[int]:
    """Give a process and all that descend from it."""
    parents: dict[int, int] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                fields = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(each.name)] = int(fields[1])
    family = {parent}
    while more := {each for each, its in parents.items() if its in family} - family:
        family |= more
    return family


def _memory(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def measure_month(customers: int, folder: Path) -> dict[str, Measured]:
    """Measure the check and the report of one month that has none before it."""
    data = folder / str(customers)
    if not (data / LAST).is_dir():
        size = ["--customers", str(customers), "--months", "1"]
        make_months(["--seed", str(SEED), "--to", str(data), *size])
    alone, output = folder / "alone" / str(customers), folder / "output" / str(customers)
    for each in (alone, output):
        shutil.rmtree(each, ignore_errors=True)
    alone.mkdir(parents=True)
    shutil.copytree(data / LAST, alone / LAST, copy_function=os.link)
    programs = Path(sys.executable).parent
    check = [str(programs / "check-snapshot"), str(alone / LAST)]
    report = [str(programs / "generate-report"), LAST, "--data", str(alone)]
    checked = measure(check, folder / f"{customers}-check.log")
    made = measure([*report, "--output", str(output)], folder / f"{customers}-report.log")
    chapters = read_manifest(output / LAST).chapters
    made["chapters"] = {name: cost.cpu_seconds for name, cost in chapters.items()}
    held = hold_against_all(output / LAST, alone / LAST)
    return {"check": checked, "report": made} | ({"truth": held} if held else {})


def hold_against_all(edition: Path, month: Path) -> Measured | None:
    """Hold what a report says of a sample against all customers; None where there is no sample.

    Returns
    -------
    dict
        ``declined`` and ``base`` of the report, ``lines`` and ``lines_declined`` of the file; by
        measure, value and limits of the report and the value on all who were not learnt from.
    """
    made = json.loads((edition / RESULTS_FILE).read_text(encoding="utf-8"))
    if not made["data"]["not_sampled"]:
        return None
    customers = read_customers(edition)
    levels = pd.read_csv(month / MARKET_FILE.file, usecols=[LEVEL.heading])[LEVEL.heading]
    unseen = customers[
        customers["state"].ne("trained")
        & customers["level"].notna()
        & customers["probability"].notna()
    ]
    declined = unseen["level"].eq("declined").to_numpy()
    measures = {
        "roc_auc": roc_auc_score(declined, unseen["score"]),
        "pr_auc": average_precision_score(declined, unseen["score"]),
        "log_loss": log_loss(declined, unseen["probability"]),
        "brier": brier_score_loss(declined, unseen["probability"]),
    }
    return {
        **{name: made["data"]["declined"][key] for name, key in SHARE.items()},
        "lines": len(levels.dropna()),
        "lines_declined": int(levels.eq(LEVELS[True]).sum()),
        "unseen": len(unseen),
        **{
            name: {**made["model"]["corrected"][name], "all": float(value)}
            for name, value in measures.items()
        },
    }


def tables(measured: Mapping[int, Mapping[str, Measured]]) -> str:
    """Put what was measured into two tables in Markdown, the smallest month first."""
    sizes = sorted(measured)
    first = measured[sizes[0]]["report"]
    whole = [
        "| customers | check, CPU s | check, s | report, CPU s | report, s | "
        f"CPU, times that of {sizes[0]} | peak memory, GB |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        check, report = measured[size]["check"], measured[size]["report"]
        whole.append(
            f"| {size} | {check['cpu']:.1f} | {check['wall']:.0f} | {report['cpu']:.1f} | "
            f"{report['wall']:.0f} | {report['cpu'] / first['cpu']:.1f} | "
            f"{report['peak'] / GIGABYTE:.2f} |"
        )
    steps = {size: _steps(measured[size]) for size in sizes}
    by_step = [
        "| step, CPU s | " + " | ".join(map(str, sizes)) + " | a million more |",
        "|---" * (len(sizes) + 2) + "|",
    ]
    for step in steps[sizes[0]]:
        seconds = [steps[size][step] for size in sizes]
        more = "—"
        if len(sizes) > 1:
            slope = (seconds[-1] - seconds[-2]) / (sizes[-1] - sizes[-2])
            more = f"{slope * MILLION:.0f}"
        by_step.append(f"| {step} | {' | '.join(f'{s:.1f}' for s in seconds)} | {more} |")
    return "\n".join([*whole, "", *by_step]) + "\n"


def truths(measured: Mapping[int, Mapping[str, Measured]]) -> str:
    """Put what reports say of samples beside what holds of all customers, in Markdown."""
    lines = [
        "| customers | declined, by the report | by the file | not learnt from | measure | "
        "by the report | on them |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in sorted(measured):
        if held := measured[size].get("truth"):
            counts = (
                f"{held['declined']} of {held['base']}",
                f"{held['lines_declined']} of {held['lines']}",
                str(held["unseen"]),
            )
            for name, called in MEASURES.items():
                said = held[name]
                lines.append(
                    f"| {size} | {' | '.join(counts)} | {called} | {said['value']:.3f} "
                    f"({said['low']:.3f}–{said['high']:.3f}) | {said['all']:.3f} |"
                )
    return "\n".join(lines) + "\n"


def _steps(runs: Mapping[str, Measured]) -> dict[str, float]:
    """Give what a report costs by step; of reading, what the check of the same files took."""
    report = runs["report"]
    reading = runs["check"]["cpu"]
    rest = report["cpu"] - reading - sum(report["chapters"].values())
    return {
        "programs and reading": reading,
        **{f"chapter {name}": seconds for name, seconds in report["chapters"].items()},
        "documents, seal, the rest": rest,
        "all": report["cpu"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure months of several sizes and write the tables of the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.measure_scale", description=main.__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--customers", type=int, nargs="*", default=[])
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    for customers in options.customers:
        found = measure_month(customers, folder)
        (folder / f"{customers}.json").write_text(json.dumps(found, indent=1) + "\n")
    measured = {
        int(each.stem): json.loads(each.read_text())
        for each in folder.glob("*.json")
        if each.stem.isdigit()
    }
    for begin, end, made in ((BEGIN, END, tables), (BEGIN_TRUTH, END_TRUTH, truths)):
        before, rest = PAGE.read_text(encoding="utf-8").split(begin)
        after = rest.split(end)[1]
        PAGE.write_text(f"{before}{begin}\n{made(measured)}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
