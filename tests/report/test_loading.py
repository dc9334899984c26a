"""Libraries are loaded without a look for garbage, and garbage is looked for again afterwards."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from report.loading import all_to_stay, load


@pytest.fixture(autouse=True)
def _nothing_stays_frozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_no_garbage_is_looked_for_while_libraries_are_loaded() -> None:
    before = gc.get_freeze_count()
    with all_to_stay():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_garbage_is_looked_for_again_after_a_failure() -> None:
    with pytest.raises(ImportError), all_to_stay():
        raise ImportError
    assert gc.isenabled()


def test_a_library_that_cannot_be_loaded_is_left_to_whoever_needs_it() -> None:
    load(["no_such_library", "decimal"])


def test_linear_algebra_starts_no_thread_in_a_command() -> None:
    code = (
        "import os; from report.loading import start_no_idle_threads\n"
        "start_no_idle_threads(); import numpy\n"
        "assert len(os.listdir('/proc/self/task')) == 1"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
