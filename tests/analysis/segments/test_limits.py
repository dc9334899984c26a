"""Down a list, whoever still fits into the contacts and the budget is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.segments import plans
from analysis.segments.plans import down_the_list, within_limits
from analysis.settings import Offers, Settings


def one_by_one(
    cost: list[float], free: list[bool], most: int | None, budget: float | None
) -> list[bool]:
    contacts, left = np.inf if most is None else most, np.inf if budget is None else budget
    kept = []
    for price, is_free in zip(cost, free, strict=True):
        kept.append(bool(contacts >= 1 and price <= left))
        if kept[-1] and not is_free:
            contacts -= 1
            left -= price
    return kept


@given(
    customers=st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 15.0, 15.3, 80.7, 1e4]), st.booleans()), max_size=60
    ),
    most=st.none() | st.integers(0, 30),
    budget=st.none() | st.floats(0, 600),
)
def test_limits_keep_whom_a_clerk_who_goes_down_the_list_would_keep(customers, most, budget):
    cost, free = [each for each, _ in customers], [is_free for _, is_free in customers]
    settings = Settings(offers=Offers(most_contacts=most, budget_roubles=budget))

    kept = down_the_list(np.array(cost), settings, np.array(free, dtype=bool))

    assert kept.tolist() == one_by_one(cost, free, most, budget)


def test_limits_hold_from_one_stretch_of_a_long_list_to_the_next(monkeypatch):
    monkeypatch.setattr(plans, "STRETCH", 7)
    settings = Settings(offers=Offers(most_contacts=20, budget_roubles=500.0))
    cost = np.tile([30.0, 15.0, 15.0, 90.0], 25)

    kept = down_the_list(cost, settings, np.zeros(100, dtype=bool))

    assert kept.tolist() == one_by_one(cost.tolist(), [False] * 100, 20, 500.0)


@given(
    each=st.lists(
        st.tuples(st.floats(1.0, 300.0), st.floats(0.1, 5000.0), st.booleans()),
        min_size=1,
        max_size=40,
    ),
    budget=st.floats(0, 900),
    most=st.none() | st.integers(0, 20),
)
def test_a_budget_over_prices_that_differ_keeps_no_less_gain_than_either_order(each, budget, most):
    each = sorted(each, key=lambda one: -one[1])
    cost, gain = (np.array([one[place] for one in each]) for place in (0, 1))
    free = np.array([one[2] for one in each])
    settings = Settings(offers=Offers(most_contacts=most, budget_roubles=budget))

    kept = within_limits(cost, gain, settings, free)

    ratio = np.argsort(-gain / cost, kind="stable")
    orders = [np.arange(len(cost)), ratio]
    sums = []
    for order in orders:
        taken = down_the_list(cost[order], settings, free[order])
        sums.append(gain[order][taken & ~free[order]].sum())
    assert gain[kept & ~free].sum() == pytest.approx(max(sums))
    assert cost[kept & ~free].sum() <= budget + 1e-5
    assert most is None or (kept & ~free).sum() <= most


def test_a_dear_first_letter_does_not_use_up_what_buys_more_elsewhere():
    settings = Settings(offers=Offers(budget_roubles=300.0))
    cost, gain = np.array([300.0, 15.0, 15.0, 15.0]), np.array([900.0, 800.0, 700.0, 600.0])
    assert within_limits(cost, gain, settings).tolist() == [False, True, True, True]


def test_prices_that_fill_a_budget_to_the_kopeck_fit_into_it():
    settings = Settings(offers=Offers(budget_roubles=30.0))
    assert within_limits(np.full(400, 0.1), np.full(400, 5.0), settings).sum() == 300
