"""Programs that some tests look with, and that a bare machine need not have."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 300_000
"""Milliseconds until a page is given up: much longer than any takes."""


def needs(program: str) -> None:
    """Skip the test where a program is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
