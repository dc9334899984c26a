"""Forests of folds that are grown once: by the comparison of models, and read by their explanation.

A forest is found by all that it is grown from: rows, levels, parameters and seed. So it does not
matter who asks for it, or in which order; whatever differs is grown anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.tree import _tree

from analysis.arrays import Floats

__all__ = ["KeptForests"]

Trees = list[Any]
_CLASSES = np.array([2], dtype=np.intp)


class KeptForests:
    """Forests by what they are grown from; for any thread."""

    def __init__(self) -> None:
        self._trees: dict[str, Trees] = {}

    def grown(
        self, rows: Any, target: Floats, parameters: Sequence[int], grow: Callable[[], Trees]
    ) -> Trees:
        """Give the trees that are grown from these rows, and grow them if they are not here.

        Parameters
        ----------
        rows : ndarray of float32, shape (n, columns)
        target : ndarray of shape (n,), 0 or 1
        parameters : sequence of int
            All else that trees depend on.
        grow : callable
        """
        told = np.array([*rows.shape, *parameters], dtype=np.int64)
        key = hashlib.sha256(told.tobytes() + rows.tobytes() + target.tobytes()).hexdigest()
        if key not in self._trees:
            self._trees[key] = grow()
        return self._trees[key]

    def write(self, file: Path) -> None:
        """Write all forests, as plain arrays."""
        every = [tree.__getstate__() for trees in self._trees.values() for tree in trees]
        if not every:
            return
        with file.open("wb") as written:
            for part in (
                np.array(list(self._trees)),
                np.array([len(trees) for trees in self._trees.values()]),
                np.array([tree.n_features for trees in self._trees.values() for tree in trees]),
                np.array([[each["node_count"], each["max_depth"]] for each in every]),
                np.concatenate([each["nodes"] for each in every]),
                np.concatenate([each["values"] for each in every]),
            ):
                np.save(written, part, allow_pickle=False)

    @classmethod
    def read(cls, file: Path) -> KeptForests:
        """Read what `write` wrote; nothing where there is no file."""
        kept = cls()
        if not file.is_file():
            return kept
        with file.open("rb") as written:
            keys, counts, columns, sizes, nodes, values = (
                np.load(written, allow_pickle=False) for _ in range(6)
            )
        ends = np.cumsum(sizes[:, 0])
        trees = []
        for number, end, (size, depth) in zip(columns, ends, sizes, strict=True):
            tree = _tree.Tree(int(number), _CLASSES, 1)
            tree.__setstate__(
                {
                    "max_depth": int(depth),
                    "node_count": int(size),
                    "nodes": nodes[end - size : end],
                    "values": values[end - size : end],
                }
            )
            trees.append(tree)
        last = np.cumsum(counts)
        for key, start, end in zip(keys, last - counts, last, strict=True):
            kept._trees[str(key)] = trees[start:end]
        return kept
