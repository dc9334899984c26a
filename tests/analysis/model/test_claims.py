"""What is claimed of a group covers its trial, its own chance and both readings."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.model import forecast
from analysis.model.claims import Trial, claim
from analysis.settings import Model, Settings
from analysis.synthetic.forecast_study import foretold, outcomes, three_months

HALF = np.repeat(0.5, 40)


def trial(said: float, customers: int, declined: int) -> Trial:
    actual = (np.arange(customers) < declined).astype(int)
    return Trial(np.repeat(said, customers), actual)


def test_a_group_that_came_out_otherwise_is_expected_to_do_so_again() -> None:
    found = claim([HALF], trial(0.5, 200, 140), found_again=1)
    assert found is not None and found.tried is not None
    assert found.said == 0.5
    assert found.expected.value == pytest.approx(0.7, abs=0.01)
    assert found.tried.share == pytest.approx(0.7)


def test_a_small_trial_widens_the_limits_and_moves_little() -> None:
    small, large = (claim([HALF], trial(0.5, n, n), found_again=1) for n in (1, 400))
    assert small is not None and large is not None
    assert small.expected.value < 0.65 < 0.95 < large.expected.value
    assert small.expected.high - small.expected.low > large.expected.high - large.expected.low


def test_fewer_who_are_found_again_widen_the_limits() -> None:
    all_found, some = (claim([HALF], trial(0.5, 100, 50), found_again=f) for f in (1, 0.5))
    assert all_found is not None and some is not None
    assert some.expected.low < all_found.expected.low < 0.5 < all_found.expected.high


def test_another_reading_widens_the_limits_to_its_side_alone() -> None:
    one = claim([HALF], trial(0.5, 100, 50), found_again=1)
    both = claim([HALF, HALF + 0.2], trial(0.5, 100, 50), found_again=1)
    assert one is not None and both is not None
    assert both.expected.value == one.expected.value
    assert both.expected.low == one.expected.low
    assert both.expected.high > one.expected.high + 0.1


def test_nothing_is_claimed_of_nobody_and_little_without_a_trial() -> None:
    assert claim([HALF[:0]], trial(0.5, 10, 5), found_again=1) is None
    found = claim([HALF], trial(0.5, 0, 0), found_again=1)
    assert found is not None and found.tried is None
    assert found.expected.high - found.expected.low > 0.5


QUICK = Settings(model=Model(folds=3, repeats=1, bootstrap_draws=100))


def test_with_the_shifts_of_the_sample_what_came_lies_within_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forecast, "CANDIDATES", forecast.CANDIDATES[:1])
    held = []
    for seed in range(1, 6):
        months = three_months(seed, 600, planted=True)
        found = foretold(months, QUICK)
        assert found.results is not None and found.results.mean_unmoved is not None
        moved = {each.feature for each in found.results.shifts}
        assert {"minutes_current", "revenue_current"} <= moved
        held.append(outcomes(months, found, QUICK))
    for group in ("everybody", "steady_high"):
        assert all(each[group].inside for each in held if group in each)
    claims = [claimed for each in held for claimed in each.values()]
    assert len(claims) >= 12
    assert sum(not each.inside for each in claims) <= 1
