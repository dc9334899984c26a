"""A report whose work is spread over workers is the same report; what is lost is done again."""

from __future__ import annotations

import ast
import os
import platform
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import dask
import pandas as pd
import pytest
from pyarrow import fs
from threadpoolctl import threadpool_info, threadpool_limits

from analysis.chapters.text_tables import lines_of, write_text_table
from analysis.cleaning.clean import clean
from analysis.model.train import model_month, score_block
from analysis.settings import Settings
from analysis.snapshot.pieces import cut_part
from analysis.snapshot.places import SOURCES_FILE, Part
from analysis.snapshot.snapshot import MARK_FILE, Snapshot, read_snapshot
from analysis.workers import cluster as clusters
from analysis.workers.cluster import Cluster, ClusterError, connect, local_cluster
from analysis.workers.here import HERE, Block, Done, Workers
from analysis.workers.program import fingerprint
from docs.measure_cluster import TOLD_BY_THE_CLOCK
from tests.candidates import few_configurations
from tests.end_to_end.conftest import EARLIER, Made, call, run

ROOT = Path(__file__).parents[2]
TWO = 2
FORM = {"separator": ";", "decimal": ","}
TABLES = ("customers", "revenue", "minutes", "profit", "impossible", "respelt", "row_order")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two workers of this machine; a block that ends one of them is tried once more."""
    dask.config.set({"distributed.scheduler.allowed-failures": 1})
    with local_cluster(TWO, tmp_path_factory.mktemp("spilt")) as address:
        yield address


@pytest.fixture(scope="module")
def cluster(scheduler: str) -> Iterator[Cluster]:
    found = connect(scheduler)
    yield found
    found.close()


class Lossy:
    """Lose the worker that works at the second block, once."""

    def __init__(self, others: Workers, mark: Path) -> None:
        self._others = others
        self._mark = mark

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        numbered = enumerate(blocks)
        return self._others.map(partial(die_once, function, self._mark), numbered)


def die_once(function: Callable[[Block], Done], mark: Path, numbered: tuple[int, Block]) -> Done:
    number, block = numbered
    if number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return function(block)


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Overseen:
    """Keep what is asked of the workers."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        self.asked.append(function)
        return HERE.map(function, blocks)


def double(number: int) -> int:
    return 2 * number


def threads(_: int) -> set[int]:
    return {library["num_threads"] for library in threadpool_info()}


def time_out(_: int) -> None:
    raise TimeoutError


class Late:
    """A number whose arrival takes its time."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Callable[[int], int], tuple[int]]:
        return arrived, (self.number,)


def arrived(number: int) -> int:
    time.sleep(0.5)
    return number


def sent_late(number: int) -> Late:
    return Late(number)


# ─── Blocks ──────────────────────────────────────────────────────────────────────────────────────


def test_outcomes_come_in_the_order_of_the_blocks(cluster: Cluster) -> None:
    assert list(cluster.map(double, range(30))) == list(HERE.map(double, range(30)))


def test_no_more_blocks_are_held_than_workers_have_use_for(cluster: Cluster) -> None:
    taken: list[int] = []

    def blocks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    next(cluster.map(double, blocks()))

    assert len(taken) <= clusters.AHEAD * TWO


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        (partial(divmod, 1), ZeroDivisionError),
        (partial(os.dup2, -1), OSError),
        (time_out, TimeoutError),
    ],
)
def test_a_fault_of_the_work_itself_comes_back_as_it_is(
    work: Callable[[int], object], fault: type[Exception], cluster: Cluster
) -> None:
    with pytest.raises(fault):
        list(cluster.map(work, [0]))


def test_sums_of_a_block_are_made_by_one_thread_whatever_the_worker_has() -> None:
    with threadpool_limits(2):
        assert clusters._done(threads, 0, fingerprint()) == {1}


def test_an_outcome_is_waited_for_however_long_it_is_on_its_way(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 0.4)
    assert list(cluster.map(sent_late, [1, 2])) == [1, 2]


def test_a_block_that_ends_every_worker_is_told(cluster: Cluster) -> None:
    with pytest.raises(ClusterError) as refused:
        list(cluster.map(die, [1]))
    assert refused.value.code == "workers-killed"


def test_a_worker_with_another_program_is_refused(
    scheduler: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint.cache_clear()
    monkeypatch.setattr(platform, "python_version", lambda: "3.0.0")
    try:
        with pytest.raises(ClusterError) as at_once:
            connect(scheduler)
        with pytest.raises(ClusterError) as later:
            list(cluster.map(double, [1]))
    finally:
        fingerprint.cache_clear()
    assert {at_once.value.code, later.value.code} == {"workers-differ"}


# ─── Reading, scoring and lists ──────────────────────────────────────────────────────────────────


def same(one: Snapshot, other: Snapshot) -> bool:
    return all(getattr(one, table).equals(getattr(other, table)) for table in TABLES) and (
        (one.digests, one.rows, one.findings) == (other.digests, other.rows, other.findings)
    )


@pytest.mark.parametrize("lost", [False, True], ids=["all well", "a worker lost"])
def test_reading_on_workers_reads_the_same(
    lost: bool, cluster: Cluster, small_data: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "lost"
    used = Lossy(cluster, mark) if lost else cluster

    assert same(
        read_snapshot(small_data / EARLIER, workers=used), read_snapshot(small_data / EARLIER)
    )
    assert mark.exists() == lost


def test_workers_read_what_lies_on_s3_by_themselves(
    cluster: Cluster,
    bucket: tuple[fs.FileSystem, str],
    small_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system, place = bucket
    month = tmp_path / EARLIER
    month.mkdir()
    (month / MARK_FILE).write_bytes((small_data / EARLIER / MARK_FILE).read_bytes())
    told = []
    for file in (small_data / EARLIER).glob("*.csv"):
        with system.open_output_stream(f"exports/2026-10/{file.name}") as out:
            out.write(file.read_bytes())
        with_keys = place.replace("s3://", "s3://name:word@").replace("NAME", file.name)
        told.append(f'{file.stem} = "{with_keys}"\n')
    (month / SOURCES_FILE).write_text("".join(told))
    here = read_snapshot(small_data / EARLIER)

    monkeypatch.setattr(Part, "read", lambda _: pytest.fail("read by the command"))

    assert same(read_snapshot(month, workers=cluster), here)


@pytest.fixture(scope="module")
def sampled(small_data: Path) -> pd.DataFrame:
    return clean(read_snapshot(small_data / EARLIER), sample=150).customers


@pytest.mark.parametrize("lost", [False, True], ids=["all well", "a worker lost"])
def test_scoring_on_workers_scores_the_same(
    lost: bool,
    cluster: Cluster,
    sampled: pd.DataFrame,
    quick_settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.model.blocks.BLOCK", 40)
    used = Lossy(cluster, tmp_path / "lost") if lost else cluster
    few = few_configurations()

    def probabilities(workers: Workers) -> pd.DataFrame:
        found = model_month(sampled, quick_settings, 1, candidates=few, workers=workers)
        return found.probabilities

    spread, here = probabilities(used), probabilities(HERE)

    assert (here["source"] == "final").sum() > 2 * 40
    pd.testing.assert_frame_equal(spread, here, check_exact=True)
    assert (tmp_path / "lost").exists() == lost


@pytest.mark.parametrize("lost", [False, True], ids=["all well", "a worker lost"])
def test_a_list_is_written_alike_on_workers(
    lost: bool,
    cluster: Cluster,
    sampled: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.chapters.text_tables.BLOCK", 40)
    used = Lossy(cluster, tmp_path / "lost") if lost else cluster

    write_text_table(tmp_path / "spread.csv", sampled, FORM, workers=used)
    write_text_table(tmp_path / "here.csv", sampled, FORM)

    assert (tmp_path / "spread.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert (tmp_path / "lost").exists() == lost


def test_workers_are_given_the_functions_that_one_machine_uses(
    sampled: pd.DataFrame, small_data: Path, quick_settings: Settings, tmp_path: Path
) -> None:
    seen = Overseen()
    read_snapshot(small_data / EARLIER, workers=seen)
    model_month(sampled, quick_settings, 1, candidates=few_configurations(), workers=seen)
    write_text_table(tmp_path / "list.csv", sampled, FORM, workers=seen)

    asked = [getattr(each, "func", each) for each in seen.asked]
    assert asked == [cut_part, score_block, lines_of]


def test_one_room_alone_knows_how_work_is_spread() -> None:
    """So no rule can be written a second time for a cluster."""

    def imported(path: Path) -> set[str]:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}

    paths = [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "report").rglob("*.py")]
    knowing = {path.parent for path in paths if imported(path) & {"dask", "distributed"}}
    assert knowing == {ROOT / "analysis" / "workers"}


# ─── A whole report ──────────────────────────────────────────────────────────────────────────────


def files_of(edition: Path) -> dict[str, bytes]:
    paths = [path for path in edition.rglob("*") if path.is_file()]
    return {path.relative_to(edition).as_posix(): path.read_bytes() for path in paths}


def test_reports_made_side_by_side_on_workers_are_the_same_to_the_byte(
    made: Made, scheduler: str, tmp_path: Path
) -> None:
    """Of another month, and another edition, at a time; the second one in a process of its own."""
    one, other = tmp_path / "one", tmp_path / "other"
    shutil.copytree(made.output / EARLIER, one / EARLIER, symlinks=True)
    common = ("--data", made.data, "--cluster", scheduler, "--format", "html")
    with ThreadPoolExecutor() as aside:
        earlier = aside.submit(
            run, "generate-report", EARLIER, *common, "--output", other, cwd=tmp_path
        )
        done = call("generate-report", *common, "--output", one, cwd=tmp_path)
    for each in (done, earlier.result()):
        assert each.returncode == 0, each.stderr

    for spread, here in ((one / "2026-10", made.edition), (other / EARLIER, made.output / EARLIER)):
        files, those_here = files_of(spread), files_of(here)
        compared = {name: files[name] == those_here[name] for name in sorted(files)}
        del compared[TOLD_BY_THE_CLOCK]
        print(
            *(f"{'equal' if equal else 'OTHER'}  {name}" for name, equal in compared.items()),
            sep="\n",
        )
        assert len(compared) > 20
        assert all(compared.values())
