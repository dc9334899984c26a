"""The workers that a command was given: a cluster elsewhere, one of this machine, or none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.workers.certificates import certificates
from analysis.workers.cluster import ClusterError, connect, local_cluster
from analysis.workers.here import HERE, Workers
from report.errors import ChapterError, InputError, ReportError
from report.scratch import scratch_folder

LOCAL = re.compile(r"local(?::(?P<workers>[1-9][0-9]{0,2}))?")
ADDRESS = re.compile(r"(?:(?P<scheme>tcp|tls)://)?(?P<place>(?!local:)[^/@\s]+:[0-9]{1,5})/?")
LATE = frozenset({"cluster-gone", "workers-killed", "workers-without-memory"})
"""What befalls a run that was asked for rightly."""


@dataclass(frozen=True)
class Given:
    """The workers, and the address of their scheduler; empty without a cluster."""

    workers: Workers = HERE
    scheduler: str = ""


@contextmanager
def given_workers(asked: str | None) -> Iterator[Given]:
    """Find the workers for a block; those of a local cluster are started and ended with it.

    Parameters
    ----------
    asked
        ``local``, ``local:N``, the address of a scheduler, or None.

    Raises
    ------
    InputError
        ``cluster-malformed``, ``cluster-extra-missing``, ``cluster-unreachable``,
        ``cluster-without-certificates``, ``cluster-without-workers``, ``workers-not-started``,
        ``workers-differ``.
    ReportError
        ``cluster-gone``, ``workers-killed``, ``workers-without-memory``: from the block, also where
        a chapter failed for that.
    """
    if asked is None:
        yield Given()
        return
    local, elsewhere = LOCAL.fullmatch(asked), ADDRESS.fullmatch(asked)
    try:
        if local:
            number = int(local["workers"]) if local["workers"] else None
            with scratch_folder() as folder, local_cluster(number, Path(folder)) as address:
                yield from _connected(address)
        elif elsewhere:
            scheme = elsewhere["scheme"] or "tcp"
            yield from _connected(f"{scheme}://{elsewhere['place']}")
        else:
            raise InputError("cluster-malformed", asked=asked)
    except ClusterError as error:
        kind = ReportError if error.code in LATE else InputError
        raise kind(error.code, **error.fields) from error


def _connected(address: str) -> Iterator[Given]:
    cluster = connect(address)
    try:
        with _in_the_environment(certificates()):
            yield Given(cluster, cluster.address)
    except ChapterError as error:
        said = str(error.fields.get("error")) if cluster.answers else "cluster-gone"
        for code in LATE:
            if code in said:
                raise ClusterError(code, address=address) from error
        raise
    finally:
        cluster.close()


@contextmanager
def _in_the_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Hand variables on to whatever is started in a block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
