"""Mann and Whitney's test, on every library that it is installed with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.rank_sum import rank_sum


def test_values_that_are_all_the_same_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rank_sum([0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]) == (6.0, 1.0)

    def newer(*_: object, **__: object) -> object:
        return type("Result", (), {"statistic": 6.0, "pvalue": float("nan")})

    monkeypatch.setattr(stats, "mannwhitneyu", newer)
    assert rank_sum([0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]) == (6.0, 1.0)


def test_elsewhere_it_is_the_library_s() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=40), rng.normal(0.4, size=60)
    known = stats.mannwhitneyu(first, second, method="asymptotic")
    assert rank_sum(first, second, "asymptotic") == (known.statistic, known.pvalue)
