"""What tests of all rooms share: the shipped sample month, read and cleaned once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.cleaning.clean import clean
from analysis.model.train import Modelled, model_month
from analysis.settings import Model, Settings
from analysis.snapshot.snapshot import Snapshot, read_snapshot

ROOT = Path(__file__).parents[1]
RUSSIAN = ROOT / "templates" / "words" / "ru"


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
def sample_model(sample_customers: pd.DataFrame, quick_settings: Settings) -> Modelled:
    return model_month(sample_customers, quick_settings, seed=1)
