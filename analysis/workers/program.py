"""The program that works at a block: a worker that has another one is refused."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

DECIDES_FIGURES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
"""Libraries that workers must have in our version."""

NOT_INSTALLED = "synthetic"
"""The folder of the analysis that a wheel is without."""


class OtherProgramError(Exception):
    """A worker has another program, or other libraries, than who asks it."""


@cache
def fingerprint() -> str:
    """Digest this program's analysis, and the versions of what its figures rest on."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in DECIDES_FIGURES:
        digest.update(f"{name} {version(name)}\n".encode())
    folder = Path(__file__).parents[1]
    for path in sorted(folder.rglob("*.py")):
        if NOT_INSTALLED not in path.relative_to(folder).parts:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
