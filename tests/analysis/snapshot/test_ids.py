"""Ids as texts: who is among others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
import pytest

from analysis.snapshot.ids import among

IDS = pd.Series(["7", "07", "x", None, "7"], dtype="str")


@pytest.mark.parametrize("kind", [pd.Series, pd.Index, set, list])
def test_who_is_among_others_is_told_as_pandas_tells_it(
    kind: Callable[[list[str]], Iterable[str]],
) -> None:
    others = ["x", "7", "nobody"]
    assert among(IDS, kind(others)).tolist() == IDS.isin(others).tolist()
    assert among(pd.Index(IDS), kind(others)).tolist() == [True, False, True, False, True]


def test_nobody_is_among_none() -> None:
    assert not among(IDS, set()).any()
    assert not among(IDS, pd.Series([], dtype="str")).any()
    assert among(IDS[:0], ["7"]).tolist() == []


def test_numbers_of_customers_are_told_too() -> None:
    assert among(pd.Series([1, 2, 3]), pd.Series([3, 1])).tolist() == [True, False, True]


def test_ids_in_several_pieces_are_looked_through() -> None:
    pieces = pd.concat([IDS[:2], IDS[2:]])
    assert among(pieces, pieces[:1]).tolist() == [True, False, False, False, True]
