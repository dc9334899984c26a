"""What is said of a cluster that cannot be worked with, before anything is read."""

from __future__ import annotations

import dask
import distributed
import pytest

from analysis.workers import cluster as clusters
from analysis.workers.here import HERE
from report.cli.cluster import given_workers
from report.errors import ChapterError, InputError, ReportError
from report.kernel import SCHEDULER
from report.messages import Messages


def refusal(asked: str) -> InputError:
    with pytest.raises(InputError) as refused, given_workers(asked):
        raise AssertionError(asked)
    for language in ("ru", "en"):
        assert Messages(language).say(refused.value.code, **refused.value.fields).what
    assert refused.value.exit_code == 2
    return refused.value


@pytest.mark.parametrize("asked", ["", "locally", "local:0", "local:", "http://there:80", "there"])
def test_what_is_no_cluster_is_refused(asked: str) -> None:
    assert refusal(asked).code == "cluster-malformed"


@pytest.mark.parametrize("asked", ["local", "local:2", "tcp://127.0.0.1:1", "127.0.0.1:1"])
def test_without_dask_it_is_said_what_to_install(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "find_spec", lambda _name: None)
    found = refusal(asked)
    assert found.code == "cluster-extra-missing"
    assert "retention-report[cluster]" in Messages("en").say(found.code).remedy


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 0.3)
    found = refusal("127.0.0.1:1")
    assert (found.code, found.fields) == ("cluster-unreachable", {"address": "tcp://127.0.0.1:1"})


@pytest.mark.parametrize("named", [None, "/nowhere/ca.pem", __file__])
def test_a_scheduler_under_tls_needs_certificates(named: str | None) -> None:
    with dask.config.set({"distributed.comm.tls.ca-file": named}):
        found = refusal("tls://127.0.0.1:1")
    assert found.code == "cluster-without-certificates"


def test_workers_that_cannot_be_started_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(distributed, "LocalCluster", refuse)
    found = refusal("local:2")
    assert (found.code, found.fields) == ("workers-not-started", {"reason": "no room"})


class Lost:
    """A cluster whose scheduler may be gone."""

    address = "tcp://there:8786"

    def __init__(self, answers: bool) -> None:
        self.answers = answers
        self.left = False

    def close(self) -> None:
        self.left = True


@pytest.mark.parametrize(
    ("answers", "error", "code"),
    [
        (False, "OSError", "cluster-gone"),
        (True, str(clusters.ClusterError("workers-without-memory")), "workers-without-memory"),
        (True, "KeyError", "chapter-failed"),
    ],
)
def test_a_chapter_that_fails_for_want_of_the_cluster_says_so(
    answers: bool, error: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Lost(answers)
    monkeypatch.setattr("report.cli.cluster.connect", lambda _: cluster)
    with pytest.raises(ReportError) as told, given_workers("there:8786") as given:
        assert given.scheduler == "tcp://there:8786"
        raise ChapterError("chapter-failed", error=error)
    assert (told.value.code, told.value.exit_code) == (code, 1)
    assert cluster.left


def test_without_a_cluster_this_process_does_the_work() -> None:
    with given_workers(None) as given:
        assert given.workers is HERE and given.scheduler == ""


def test_kernels_and_chapters_call_the_scheduler_by_one_name() -> None:
    assert SCHEDULER == clusters.SCHEDULER
