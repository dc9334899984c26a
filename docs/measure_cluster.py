"""Measures a report whose work is spread over two workers, for the tables of ``docs/scale.md``.

Run it by hand from the root of the repository, with the extra ``[cluster]``; it takes some ten
minutes and a gigabyte in the folder::

    .venv/bin/python -m docs.measure_cluster --folder DIR --customers 200000

The month is made where it is not there yet, with every file in parts; a second one, with twice as
many customers in twice as many parts, is only read.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.chapters.text_tables import BLOCK, lines_of
from analysis.cleaning.customers import COPIED, in_content_order, one_row_per_customer
from analysis.cleaning.duplicates import find_twins
from analysis.cleaning.features import feature_table
from analysis.snapshot.errors import Notes
from analysis.snapshot.pieces import Cut, cut_part
from analysis.snapshot.places import find_parts
from analysis.snapshot.schema import CONTRACT
from analysis.snapshot.snapshot import read_snapshot
from analysis.synthetic.generate import LAST
from analysis.synthetic.generate import main as make_months
from analysis.workers.cluster import connect, local_cluster
from analysis.workers.here import HERE, Workers
from docs.measure_scale import EVERY, PAGE, SEED, Measured, _memory, measure

BEGIN, END = "<!-- measured on workers -->\n", "<!-- end on workers -->\n"
PARTS, WORKERS = 8, 2
TURNS = 3
MEGABYTE = 2**20
TOLD_BY_THE_CLOCK = "manifest.json"


def make_parts(customers: int, parts: int, data: Path) -> Path:
    """Make a month whose files are folders of parts, if it is not there yet; gives its folder."""
    month = data / LAST
    if month.is_dir():
        return month
    whole = data.with_name(f"{data.name}-whole")
    size = ["--customers", str(customers), "--months", "1"]
    make_months(["--seed", str(SEED), "--to", str(whole), *size])
    shutil.copytree(whole, data, ignore=shutil.ignore_patterns("*.csv"))
    for contract in CONTRACT:
        heading, *rows = (whole / LAST / contract.file).read_bytes().splitlines(keepends=True)
        folder = month / contract.file.removesuffix(".csv")
        folder.mkdir()
        length = -(-len(rows) // parts)
        for number in range(parts):
            part = rows[number * length : (number + 1) * length]
            (folder / f"part-{number}.csv").write_bytes(heading + b"".join(part))
    shutil.rmtree(whole)
    return month


def measure_reports(data: Path, folder: Path) -> tuple[Measured, Measured, str]:
    """Make the report without and with workers; says how the two editions compare."""
    program = str(Path(sys.executable).parent / "generate-report")
    found, editions = [], []
    for name, more in (("alone", []), ("spread", ["--cluster", f"local:{WORKERS}"])):
        output = folder / name
        shutil.rmtree(output, ignore_errors=True)
        command = [program, LAST, "--data", str(data), "--output", str(output), *more]
        found.append(measure(command, folder / f"{name}.log"))
        editions.append(output / LAST)
    return found[0], found[1], compared(*editions)


def compared(one: Path, other: Path) -> str:
    """Say how many files of two editions have the same bytes, and which have not."""
    names = {
        path.relative_to(each).as_posix()
        for each in (one, other)
        for path in each.rglob("*")
        if path.is_file()
    } - {TOLD_BY_THE_CLOCK}
    differing = sorted(
        name
        for name in names
        if not ((one / name).is_file() and (other / name).is_file())
        or (one / name).read_bytes() != (other / name).read_bytes()
    )
    return f"{len(names) - len(differing)} of {len(names)}" + (
        f" (others: {', '.join(differing)})" if differing else ""
    )


def measure_reading(month: Path, spilt: Path) -> tuple[float, float]:
    """Read a month on workers; gives the peak memory of a worker, and by how much it grew."""
    with local_cluster(WORKERS, spilt) as address:
        cluster = connect(address)
        processes = set(cluster.map(_process, range(20 * WORKERS)))
        before = max(map(_memory, processes))
        peaks, over = [before], threading.Event()

        def watch() -> None:
            while not over.wait(EVERY):
                peaks[0] = max(peaks[0], *map(_memory, processes))

        watcher = threading.Thread(target=watch)
        watcher.start()
        read_snapshot(month, workers=cluster)
        over.set()
        watcher.join()
        cluster.close()
    return peaks[0] / MEGABYTE, (peaks[0] - before) / MEGABYTE


def _process(_: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def measure_hand_over(month: Path, spilt: Path) -> dict[str, tuple[float, float]]:
    """Measure what steps cost the command by itself, and where workers do them.

    Returns
    -------
    dict of str to pair of float
        By step, seconds of the command's processor, the least of some turns: by itself, and to hand
        the step over to workers and take back what comes out.
    """
    cuts = [
        Cut(contract, part)
        for contract in CONTRACT
        for part in find_parts(month, contract.file, Notes())
    ]
    customers = one_row_per_customer(read_snapshot(month))
    steps: dict[str, tuple[Callable[[Any], Any], Callable[[], Iterable[Any]], list[Any]]] = {
        "files cut into cells": (cut_part, lambda: cuts, cuts),
        "lines of a list": (
            partial(lines_of, ";", ","),
            lambda: _blocks(customers),
            [*_blocks(customers)],
        ),
        "copies found": (find_twins, lambda: _with_their_copies(customers), [customers]),
        "rows put in order": (in_content_order, lambda: _blocks(customers), [customers]),
        "features": (feature_table, lambda: _blocks(customers), [customers]),
    }
    with local_cluster(WORKERS, spilt) as address:
        cluster = connect(address)
        found = {}
        for name, (function, handed_over, here) in steps.items():
            list(cluster.map(function, handed_over()))  # loads what it needs
            alone = min(_cost(function, here, HERE) for _ in range(TURNS))
            spread = min(_cost(function, handed_over(), cluster) for _ in range(TURNS))
            found[name] = (alone, spread)
        cluster.close()
    return found


def _cost(function: Callable[[Any], Any], blocks: Iterable[Any], workers: Workers) -> float:
    before = time.process_time()
    deque(workers.map(function, blocks), maxlen=0)
    return time.process_time() - before


def _blocks(customers: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (customers.iloc[start : start + BLOCK] for start in range(0, len(customers), BLOCK))


def _with_their_copies(customers: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Take customers apart by a hash of what copies have in common."""
    habits = customers[list(COPIED)]
    which = pd.util.hash_pandas_object(habits, index=False).to_numpy() % (len(customers) // BLOCK)
    return (each for _, each in customers.groupby(which))


def tables(customers: int, folder: Path) -> str:
    """Measure, and put what was found into two tables in Markdown."""
    data = folder / f"parts-{customers}"
    twice = folder / f"parts-{2 * customers}"
    months = [make_parts(customers, PARTS, data), make_parts(2 * customers, 2 * PARTS, twice)]
    alone, spread, equal = measure_reports(data, folder)
    whole = [
        f"| {customers} customers, every file in {PARTS} parts | CPU s | s | files equal |",
        "|---|---|---|---|",
        f"| this machine alone | {alone['cpu']:.0f} | {alone['wall']:.0f} | |",
        f"| `--cluster local:{WORKERS}` | {spread['cpu']:.0f} | {spread['wall']:.0f} | {equal} |",
    ]
    read = ["| read on two workers | peak of a worker, MB | more than idle, MB |", "|---|---|---|"]
    for number, month in enumerate(months, start=1):
        peak, grown = measure_reading(month, folder / "spilt")
        read.append(
            f"| {number * customers} customers, {number * PARTS} parts | {peak:.0f} | {grown:.0f} |"
        )
    handed = [
        f"| {customers} customers, CPU s of the command | by itself | handed to workers |",
        "|---|---|---|",
    ]
    for name, (alone_s, spread_s) in measure_hand_over(months[0], folder / "spilt").items():
        handed.append(f"| {name} | {alone_s:.2f} | {spread_s:.2f} |")
    return "\n".join([*whole, "", *read, "", *handed]) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a month on workers and write the tables of the page."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.measure_cluster", description=main.__doc__
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=200_000)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    found = tables(options.customers, options.folder)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
