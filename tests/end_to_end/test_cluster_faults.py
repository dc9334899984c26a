"""Workers with little memory, a scheduler under TLS, and one that is gone: told, never wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import dask
import numpy as np
import pytest
from distributed import LocalCluster, Security

from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.workers import cluster as clusters
from analysis.workers.cluster import Cluster, ClusterError, connect, local_cluster
from report.cli.cluster import given_workers
from tests.end_to_end.conftest import Made, call
from tests.end_to_end.test_cluster import files_of

MEGABYTE = 2**20
MEMORY = 600 * MEGABYTE
"""Of the small worker; with the libraries, but without work, it needs some 250 MB."""


@contextmanager
def small_worker(folder: Path) -> Iterator[str]:
    """One worker that has little memory; gives the address of its scheduler."""
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=MEMORY,
        local_directory=str(folder),
    ) as started:
        yield started.scheduler_address


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    cluster = connect(address)
    yield cluster
    cluster.close()


def outcome(number: int) -> bytes:
    return bytes([number]) * (5 * MEGABYTE)


def larger_than_memory(_: int) -> None:
    held = np.ones(2 * MEMORY, dtype=np.uint8)
    time.sleep(60)
    del held


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# ─── Too little memory ───────────────────────────────────────────────────────────────────────────


def test_outcomes_that_a_worker_has_no_memory_for_wait_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "AHEAD", 12)
    little = {"distributed.worker.memory.target": 20 * MEGABYTE / MEMORY}
    with dask.config.set(little), small_worker(tmp_path) as address, connected(address) as cluster:
        outcomes = cluster.map(outcome, range(12))
        first = next(outcomes)
        while on_disk(tmp_path) < 5 * MEGABYTE:
            time.sleep(0.1)
        assert [each[:1] for each in (first, *outcomes)] == [bytes([n]) for n in range(12)]


def test_a_block_that_needs_more_memory_than_a_worker_has_is_told(tmp_path: Path) -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        small_worker(tmp_path) as address,
        connected(address) as cluster,
        pytest.raises(ClusterError) as refused,
    ):
        list(cluster.map(larger_than_memory, [1]))
    assert refused.value.code == "workers-killed"


def test_a_month_that_workers_have_no_memory_for_is_told_and_the_archive_is_as_it_was(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are found so, or stop later."""
    monkeypatch.setattr(clusters, "PATIENCE", 8.0)
    before = files_of(made.output)
    with (
        dask.config.set({"distributed.worker.memory.pause": 0.01}),
        small_worker(tmp_path / "spilt") as address,
    ):
        command = ("generate-report", "--data", made.data, "--output", made.output, "--replace")
        done = call(*command, "--cluster", address, cwd=tmp_path)

    assert done.returncode == 1
    assert "have stopped for want of memory" in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(made.output) == before


# ─── TLS ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A scheduler under TLS, whose certificates Dask's configuration names by their short paths."""
    told = Security.temporary().get_tls_config_for_role("client")
    names = {"ca_file": "ca-file", "cert": "client.cert", "key": "client.key"}
    named = {f"distributed.comm.tls.{name}": f"{key}.pem" for key, name in names.items()}
    for key in names:
        (tmp_path / f"{key}.pem").write_text(told[key], encoding="ascii")
    monkeypatch.chdir(tmp_path)
    theirs = Security(
        require_encryption=True,
        tls_ca_file="ca_file.pem",
        **{
            f"tls_{role}_{kind}": f"{kind}.pem"
            for role in ("scheduler", "worker", "client")
            for kind in ("cert", "key")
        },
    )
    with (
        dask.config.set(named),
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            protocol="tls://",
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path / "spilt"),
            security=theirs,
        ) as started,
    ):
        yield started.scheduler_address


def test_under_tls_the_certificates_are_those_of_dask_in_chapters_too(
    certified: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    asks = "import analysis.workers.cluster as c; print(*c.of_environment().map(abs, [-1, -2]))"
    with given_workers(certified) as given:
        assert list(given.workers.map(abs, [-3])) == [3]
        asked = subprocess.run(
            [sys.executable, "-c", asks],
            cwd=elsewhere,
            env={**os.environ, "HOME": str(elsewhere), clusters.SCHEDULER: given.scheduler},
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.stdout == "1 2\n", asked.stderr
    assert not [name for name in os.environ if name.startswith("DASK_DISTRIBUTED__COMM__TLS")]


# ─── A scheduler that is gone ────────────────────────────────────────────────────────────────────


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[tuple[str, BaseProcess]]:
    """A scheduler with one worker, to be killed, and its process."""
    context = multiprocessing.get_context("spawn")
    told = context.SimpleQueue()
    process = context.Process(target=serve, args=(tmp_path / "spilt", told), daemon=False)
    process.start()
    yield told.get(), process
    process.kill()
    process.join()
    dask.config.refresh()


def end(process: BaseProcess) -> None:
    """End the scheduler; nobody need wait for it any longer."""
    process.kill()
    process.join()
    dask.config.set({"distributed.comm.timeouts.connect": "1s"})


def serve(folder: Path, told: multiprocessing.SimpleQueue[str]) -> None:
    with local_cluster(1, folder) as address:
        told.put(address)
        signal.pause()


def test_a_scheduler_that_is_gone_is_told_and_the_archive_is_as_it_was(
    mortal: tuple[str, BaseProcess], made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, process = mortal

    def read_later(*given: Path, **options: object) -> Snapshot:
        end(process)
        monkeypatch.setattr(clusters, "PATIENCE", 12.0)
        return read_snapshot(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("report.cli.generate.read_snapshot", read_later)
    before = files_of(made.output)
    command = ("generate-report", "--data", made.data, "--output", made.output, "--replace")
    done = call(*command, "--cluster", address, cwd=tmp_path)

    assert done.returncode == 1
    assert f"The scheduler at {address} no longer answers" in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(made.output) == before
