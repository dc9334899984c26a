"""What is asked of workers, and this process as the only one.

A function of one block, whose outcome other blocks do not touch, is mapped over blocks. Wherever
it runs, it is the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Block = TypeVar("Block")
Done = TypeVar("Done")


class Workers(Protocol):
    """Who works off blocks."""

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        """Apply a function to each block; what comes out is in the order of the blocks."""


class Here:
    """Work off one block after the other in this process, each when its outcome is asked for."""

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        """Apply a function to each block."""
        return map(function, blocks)


HERE = Here()
