"""Programs that some tests look with, and that a bare machine need not have."""

import shutil

import pytest


def needs(program: str) -> None:
    """Skip the test where a program is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
