"""The workers of a Dask cluster: found, given blocks one by one, and left."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from analysis.workers.certificates import ENCRYPTED, has_certificates
from analysis.workers.here import HERE, Block, Done, Workers
from analysis.workers.program import OtherProgramError, fingerprint

if TYPE_CHECKING:
    from distributed import Client, Future

SCHEDULER = "REPORT_SCHEDULER"
"""Names the scheduler in the environment of a chapter; empty, or not there, without a cluster."""

PATIENCE = 20.0
"""Seconds without an answer after which a scheduler, or workers that do nothing, are given up."""

LOOKS = 4
"""How often workers are looked at within that time: one that starts again is none for a moment."""

AHEAD = 2
"""Blocks that wait for every worker's thread: so many are held at a time, not all."""

SILENT = {
    "distributed.admin.large-graph-warning-threshold": "10GB",
    "logging": dict.fromkeys(("distributed", "distributed.client"), "critical"),
}
AT_REST = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
}
"""Workers that wait look at themselves rarely: at the usual pace it costs a twelfth of a core."""


class ClusterError(Exception):
    """A cluster cannot be worked with.

    Attributes
    ----------
    code : str
        ``cluster-extra-missing``, ``cluster-unreachable``, ``cluster-without-certificates``,
        ``cluster-without-workers``, ``workers-not-started``, ``workers-differ``, ``cluster-gone``,
        ``workers-killed`` or ``workers-without-memory``.
    fields : dict
        Values for the text.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields


class Cluster:
    """The workers of a Dask cluster; a block whose worker dies is given to another one.

    Parameters
    ----------
    client : distributed.Client

    Attributes
    ----------
    address : str
        Of the scheduler; a client that has given up on it no longer knows.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.address = str(client.scheduler.address)

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        """Apply a function to each block; what comes out is in the order of the blocks.

        The function goes to a worker once, not with every block.

        Raises
        ------
        ClusterError
            ``cluster-gone``, ``cluster-without-workers``, ``workers-killed``, ``workers-differ``,
            ``workers-without-memory``.
        """
        waiting: deque[Future] = deque()
        try:
            at_once = AHEAD * max(sum(self._client.nthreads().values()), 1)
            held = self._client.submit(_itself, function, pure=False)
            for block in blocks:
                waiting.append(self._client.submit(_done, held, block, fingerprint(), pure=False))
                if len(waiting) >= at_once:
                    yield self._outcome(waiting.popleft())
            while waiting:
                yield self._outcome(waiting.popleft())
        except (OSError, CancelledError) as error:
            if not self.answers:
                raise ClusterError("cluster-gone", address=self.address) from error
            if isinstance(error, CancelledError):
                raise ClusterError("workers-killed") from error
            raise

    @property
    def answers(self) -> bool:
        """Whether the scheduler can still be asked."""
        try:
            self._client.nthreads()
        except (OSError, CancelledError):
            return False
        return True

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()

    def _outcome(self, future: Future) -> Any:
        from distributed import KilledWorker

        idle, patience = 0, PATIENCE / LOOKS
        while True:
            try:
                return future.result(timeout=patience)
            except KilledWorker as error:
                raise ClusterError("workers-killed") from error
            except OtherProgramError as error:
                raise ClusterError("workers-differ", address=self.address) from error
            except TimeoutError as error:
                if future.status == "error" and isinstance(future.exception(), TimeoutError):
                    raise
                if future.done():
                    patience *= 2  # what is on its way begins anew, and is large
                fault = _why_nothing_is_done(self._client)
                idle = idle + 1 if fault else 0
                if fault and idle >= LOOKS:
                    raise ClusterError(fault, address=self.address) from error


def _why_nothing_is_done(client: Client) -> str | None:
    """Say why no worker can be at work just now; None where one may be."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    if not workers:
        return "cluster-without-workers"
    paused = all(
        each["status"] == "paused" and not each["metrics"]["task_counts"].get("executing")
        for each in workers
    )
    return "workers-without-memory" if paused else None


def _itself(function: Callable[[Block], Done]) -> Callable[[Block], Done]:
    return function


def _done(function: Callable[[Block], Done], block: Block, program: str) -> Done:
    if fingerprint() != program:
        raise OtherProgramError
    threadpool_limits(1)  # as a chapter has: with more, sums come out otherwise
    return function(block)


def connect(address: str) -> Cluster:
    """Find the workers of a cluster.

    Parameters
    ----------
    address : str
        Of its scheduler: ``tcp://host:port``, or ``tls://host:port`` with the certificates that
        Dask's own configuration names.

    Raises
    ------
    ClusterError
        ``cluster-extra-missing``, ``cluster-unreachable``, ``cluster-without-certificates``,
        ``cluster-without-workers``, ``workers-without-memory``, ``workers-differ``.
    """
    _configured()
    from distributed import Client

    if address.startswith(ENCRYPTED) and not has_certificates():
        raise ClusterError("cluster-without-certificates", address=address)
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError("cluster-unreachable", address=address) from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        programs = set(client.run(fingerprint).values())
    except TimeoutError as error:
        fault = _why_nothing_is_done(client) or "cluster-without-workers"
        client.close()
        raise ClusterError(fault, address=address) from error
    except Exception as error:  # what a worker has to say that lacks the program altogether
        client.close()
        raise ClusterError("workers-differ", address=address) from error
    if programs != {fingerprint()}:
        client.close()
        raise ClusterError("workers-differ", address=address)
    return Cluster(client)


def of_environment() -> Workers:
    """Find the workers whose scheduler the environment names; this process without one."""
    address = os.environ.get(SCHEDULER, "")
    return _connected_once(address) if address else HERE


@cache
def _connected_once(address: str) -> Cluster:
    return connect(address)


@contextmanager
def local_cluster(workers: int | None, folder: Path) -> Iterator[str]:
    """Start a cluster of processes on this machine; gives the address of its scheduler.

    Parameters
    ----------
    workers : int or None
        How many; by default one for each core.
    folder : Path
        For what does not fit into memory.

    Raises
    ------
    ClusterError
        ``cluster-extra-missing``, ``workers-not-started``.
    """
    _configured()
    from distributed import LocalCluster

    try:
        started = LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(folder),
        )
    except (OSError, RuntimeError) as error:
        raise ClusterError("workers-not-started", reason=str(error.__cause__ or error)) from error
    with started as cluster:
        yield str(cluster.scheduler_address)


def _configured() -> None:
    """Make Dask ours; a worker that is lost is no matter for the terminal."""
    if find_spec("distributed") is None:
        raise ClusterError("cluster-extra-missing")
    import dask

    patience = {"distributed.comm.timeouts.connect": f"{PATIENCE:.0f}s"}
    dask.config.set({**SILENT, **AT_REST, **patience})
