"""Commands run as a user runs them, on small made-up months."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.campaigns.lot import KEY_FILE
from analysis.segments.offer_book import DEFAULT_FILE, OFFERS_FILE
from analysis.synthetic.generate import write_month
from tests.end_to_end.in_process import Finished, call
from tests.shared import SharedFolder

BIN = Path(sys.executable).parent
EARLIER = "2026-09"
LANGUAGES = ("--language", "ru", "--language", "en")
QUICK = """
[model]
families = ["logistic", "tree"]
folds = 3
repeats = 1
bootstrap_draws = 100
forecast_horizon = 1

[offers]
rest_months = 0
hold_out_if_it_pays = false
"""


NEW_OFFER = """
[[offers]]
code = "newcomers"
trigger = { feature = "tenure_days", side = "below", quantile = 0.4 }
contact_cost = 4.0
priority = 1
names.ru = "Новичкам"
names.en = "For newcomers"
says.ru = "С магазином не дольше {threshold} дней: короткое сообщение."
says.en = "With the shop for {threshold} days at most: a short message."
letter.ru = "Добро пожаловать!"
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Finished:
    """Run a command in a process of its own, as a user does."""
    return subprocess.run(
        [str(BIN / command[0]), *map(str, command[1:])],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Made:
    """An edition and the run that made it."""

    edition: Path
    output: Path
    data: Path
    process: Finished


@pytest.fixture(scope="session")
def small_data(shared: SharedFolder, pytestconfig: pytest.Config) -> Path:
    """A data folder with two small months of one panel, quick settings and a new offer."""

    def make(data: Path) -> Path:
        for month in (EARLIER, "2026-10"):
            write_month(data / month, month, seed=7, customers=pytestconfig.getoption("customers"))
        (data / "settings.toml").write_text(QUICK, encoding="utf-8")
        (data / KEY_FILE).write_text("5a" * 32 + "\n", encoding="ascii")
        usual = DEFAULT_FILE.read_text(encoding="utf-8")
        (data / OFFERS_FILE).write_text(usual + NEW_OFFER, encoding="utf-8")
        return data

    return shared.once("data", make)


@pytest.fixture(scope="session")
def made(small_data: Path, shared: SharedFolder) -> Made:
    """The newer month's edition beside the earlier one."""

    def make(folder: Path) -> Made:
        output = folder / "editions"
        folders = ("--data", small_data, "--output", output)
        earlier = call("generate-report", EARLIER, *folders, "--format", "html", cwd=folder)
        assert earlier.returncode == 0, earlier.stderr
        process = call("generate-report", *folders, *LANGUAGES, cwd=folder)
        assert process.returncode == 0, process.stderr
        return Made(output / "2026-10", output, small_data, process)

    return shared.once("editions", make)
