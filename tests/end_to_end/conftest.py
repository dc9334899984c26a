"""Commands run as a user runs them, on small made-up months."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.synthetic.generate import write_month

BIN = Path(sys.executable).parent
EARLIER = "2026-09"
LANGUAGES = ("--language", "ru", "--language", "en")
QUICK = """
[model]
folds = 3
repeats = 1
bootstrap_draws = 100
forecast_horizon = 1
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: int = 300
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / command[0]), *map(str, command[1:])],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@dataclass(frozen=True)
class Made:
    """An edition and the run that made it."""

    edition: Path
    output: Path
    data: Path
    process: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two small months of one panel and quick settings."""
    data = tmp_path_factory.mktemp("data")
    for month in (EARLIER, "2026-10"):
        write_month(data / month, month, seed=7, customers=400)
    (data / "settings.toml").write_text(QUICK, encoding="utf-8")
    return data


@pytest.fixture(scope="session")
def made(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The newer month's edition beside the earlier one, made from a folder full of traps."""
    trap = tmp_path_factory.mktemp("trap")
    for package in ("report", "analysis"):
        (trap / package).mkdir()
        (trap / package / "__init__.py").write_text("raise RuntimeError('trap')")
    (trap / "pandas.py").write_text("raise RuntimeError('trap')")
    startup = trap / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-trap.py").write_text("raise SystemExit('trap')")
    output = tmp_path_factory.mktemp("output") / "editions"
    folders = ("--data", small_data, "--output", output)
    earlier = run("generate-report", EARLIER, *folders, "--format", "html", cwd=output.parent)
    assert earlier.returncode == 0, earlier.stderr
    process = run(
        "generate-report",
        *folders,
        *LANGUAGES,
        cwd=trap,
        env={"HOME": str(trap / "home"), "PYTHONPATH": ""},
    )
    return Made(output / "2026-10", output, small_data, process)
