"""A forest of a fold is grown once, and what is read of it is the same forest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import _tree

from analysis.arrays import Floats, Target
from analysis.model.kept_forests import KeptForests
from analysis.model.quick_forest import QuickForest


@pytest.fixture(scope="module")
def rows() -> Floats:
    return np.random.default_rng(0).normal(size=(200, 6))


@pytest.fixture(scope="module")
def actual(rows: Floats) -> Target:
    return np.asarray(rows[:, 0] + rows[:, 1] ** 2 > 0.5, dtype=np.int64)


def forest(kept: KeptForests | None, seed: int = 3, leaf: int = 2) -> QuickForest:
    return QuickForest(7, min_samples_leaf=leaf, seed=seed, kept=kept)


def test_a_forest_that_is_read_is_the_one_that_was_grown(
    tmp_path: Path, rows: Floats, actual: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptForests()
    grown = [forest(kept, leaf=leaf).fit(rows[:150], actual[:150]) for leaf in (2, 5)]
    kept.write(tmp_path / "forests.npy")
    again = KeptForests.read(tmp_path / "forests.npy")
    monkeypatch.setattr(QuickForest, "_all_grown", None)
    for leaf, one in zip((2, 5), grown, strict=True):
        read = forest(again, leaf=leaf).fit(rows[:150], actual[:150])
        assert np.array_equal(read.predict_proba(rows), one.predict_proba(rows))
        for tree, of_read in zip(one.trees, read.trees, strict=True):
            assert isinstance(of_read, _tree.Tree)
            assert np.array_equal(of_read.weighted_n_node_samples, tree.weighted_n_node_samples)
            assert np.array_equal(of_read.feature, tree.feature)


def test_whatever_differs_is_grown_anew(rows: Floats, actual: Target) -> None:
    kept = KeptForests()
    forest(kept).fit(rows, actual)
    others = (
        (forest(kept, seed=4), rows, actual),
        (forest(kept, leaf=3), rows, actual),
        (forest(kept), rows[::-1], actual),
        (forest(kept), rows, 1 - actual),
        (forest(kept), rows[:, ::-1], actual),
    )
    for other, table, levels in others:
        alone = forest(None, other._seed, other._min_samples_leaf).fit(table, levels)
        found = other.fit(table, levels).predict_proba(rows)
        assert np.array_equal(found, alone.predict_proba(rows))


def test_without_a_file_nothing_is_kept(tmp_path: Path, rows: Floats, actual: Target) -> None:
    KeptForests().write(tmp_path / "forests.npy")
    read = KeptForests.read(tmp_path / "forests.npy")
    assert len(forest(read).fit(rows, actual).trees) == 7
