"""Quarto as long as it works, and the embedded engine from its first failure on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from report.engines.embedded import EmbeddedEngine
from report.engines.quarto import FAILURES, QuartoEngine
from report.errors import EngineError

__all__ = ["FallingBack"]


class FallingBack:
    """What sets a document where the user left the engine to the program.

    A fault of the document is a fault for either engine and is raised; a fault of Quarto itself is
    kept in ``failure``, and this document and those after it are set by the embedded engine.
    """

    name = QuartoEngine.name

    def __init__(self, first: QuartoEngine, second: EmbeddedEngine) -> None:
        self._first = first
        self._second = second
        self.failure: EngineError | None = None

    def version(self) -> str:
        """Return the versions of Quarto and of the Typst that compiles what it wrote."""
        return self._first.version()

    def set(
        self,
        source: Path,
        formats: Sequence[str],
        stem: str,
        target: Path,
        document: str = "report",
    ) -> dict[str, Path]:
        """Set a document; see :class:`report.engines.Engine`."""
        if self.failure is None:
            try:
                return self._first.set(source, formats, stem, target, document)
            except EngineError as error:
                if error.code not in FAILURES:
                    raise
                self.failure = error
        return self._second.set(source, formats, stem, target, document)
