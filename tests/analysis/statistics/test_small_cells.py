"""No cell tells of few customers: it is joined to its neighbour or left out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.exploration.explore import explore
from analysis.exploration.histograms import histograms
from analysis.statistics.small_cells import joined_edges
from tests.analysis.exploration.test_explore import made_up

COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20)


def joined(rows: list[tuple[int, int]], smallest: int) -> list[list[int]]:
    """Counts of two groups in the bins that are left."""
    edges = np.arange(len(rows) + 1, dtype=float)
    counts = [np.array(column) for column in zip(*rows, strict=True)]
    left = joined_edges(edges, counts, smallest).astype(int)
    assert left[0] == 0 and left[-1] == len(rows)
    return [np.add.reduceat(each, left[:-1]).tolist() for each in counts]


@given(COUNTS, st.integers(1, 6))
def test_bins_are_joined_until_none_is_small(rows: list[tuple[int, int]], smallest: int) -> None:
    left = joined(rows, smallest)
    for group, before in zip(left, zip(*rows, strict=True), strict=True):
        assert sum(group) == sum(before)
        assert len(group) == 1 or not any(0 < count < smallest for count in group)


def test_bins_that_are_large_enough_stay_apart() -> None:
    assert joined([(5, 0), (7, 9), (0, 0)], 5) == [[5, 7, 0], [0, 9, 0]]
    assert joined([(1, 0), (7, 9), (3, 0)], 5) == [[11], [9]]
    assert joined([(0, 0), (0, 0), (0, 1)], 2) == [[0], [1]]


def test_no_count_of_the_exploration_is_of_few() -> None:
    rare = made_up().assign(category=["редкое"] * 3 + ["частое"] * (len(made_up()) - 3))
    explored = explore(rare)
    assert [each.value for each in explored.categories] == ["частое"]
    assert [each.value for each in explore(rare, smallest=3).categories] == ["редкое", "частое"]
    for histogram in histograms(rare):
        for counts in (histogram.steady, histogram.declined):
            assert not [count for count in counts if 0 < count < 5]
