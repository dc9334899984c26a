"""What tests of all rooms share: the sample month, one Chromium, and what each test needs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pyarrow import fs

from analysis.cleaning.clean import clean
from analysis.settings import Model, Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.programs import CHROMIUM, PATIENCE
from tests.shared import SharedFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from analysis.model.train import Modelled

TESTS = Path(__file__).parent
ROOT = TESTS.parent
RUSSIAN = ROOT / "templates" / "words" / "ru"


# ─── Quick tests and others ──────────────────────────────────────────────────────────────────────

SLOW = (
    "end_to_end/",
    "analysis/changes/",
    "analysis/cleaning/",
    "analysis/drivers/",
    "analysis/exploration/",
    "analysis/model/",
    "analysis/segments/",
    "analysis/snapshot/test_dialect.py",
    "analysis/snapshot/test_parts.py",
    "analysis/synthetic/",
    "report/test_accessibility.py",
    "report/test_embedded_engine.py",
    "report/test_engine_contract.py",
    "report/test_figures.py",
    "report/test_page_in_browser.py",
    "report/test_quarto_engine.py",
    "report/test_run.py",
    "test_makefile.py",
)
"""Folders and files under ``tests`` that make editions, train models or start kernels."""


def is_slow(path: Path) -> bool:
    return path.is_relative_to(TESTS) and path.relative_to(TESTS).as_posix().startswith(SLOW)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="leave out what is slow or needs a browser"
    )
    parser.addoption(
        "--customers", type=int, default=300, help="of the months that commands are run on"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave slow modules unread where only quick tests are wanted: reading them takes long too."""
    return True if config.getoption("--quick") and is_slow(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item.path):
            item.add_marker("slow")
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if config.getoption("--quick"):
        left_out = [item for item in items if item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


# ─── Made once ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> SharedFolder:
    """The folder in which costly things are made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    return SharedFolder(base if worker_id == "master" else base.parent)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no system Chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE
        )
        yield chromium
        chromium.close()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[fs.FileSystem, str]]:
    """Serve an S3 on this machine: its file system, and how a place in it is written."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "name")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
    options = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    system, _ = fs.FileSystem.from_uri(f"s3://exports?{options}&allow_bucket_creation=true")
    system.create_dir("exports")
    try:
        yield system, f"s3://exports/2026-10/NAME?{options}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    return ROOT / "data" / "sample" / "2026-10"


@pytest.fixture(scope="session")
def sample_snapshot(sample_folder: Path) -> Snapshot:
    return read_snapshot(sample_folder)


@pytest.fixture(scope="session")
def sample_customers(sample_snapshot: Snapshot) -> pd.DataFrame:
    return clean(sample_snapshot).customers


@pytest.fixture(scope="session")
def quick_settings() -> Settings:
    return Settings(model=Model(folds=3, repeats=1, bootstrap_draws=100))


@pytest.fixture(scope="session")
def sample_model(
    sample_customers: pd.DataFrame, quick_settings: Settings, shared: SharedFolder
) -> Modelled:
    """The model of the sample month, chosen among few."""
    from analysis.model.train import model_month
    from tests.candidates import few_configurations

    def make(_: Path) -> Modelled:
        few = few_configurations()
        return model_month(sample_customers, quick_settings, seed=1, candidates=few)

    return shared.once("sample-model", make)
