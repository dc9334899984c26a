"""What is costly is made once in a run of the tests, by whichever worker asks first."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

T = TypeVar("T")


@dataclass(frozen=True)
class SharedFolder:
    """A folder that all workers of one run see; what was made in it is not to be written to."""

    folder: Path

    def once(self, name: str, make: Callable[[Path], T]) -> T:
        """Make something, or take what another worker has made.

        Parameters
        ----------
        name : str
            One name for one thing.
        make : callable
            Gets an empty folder of its own. What it returns goes to the workers by pickle.
        """
        folder = self.folder / name
        made = self.folder / f"{name}.pickle"
        with FileLock(self.folder / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                made.write_bytes(pickle.dumps(make(folder)))
        found: T = pickle.loads(made.read_bytes())
        return found
