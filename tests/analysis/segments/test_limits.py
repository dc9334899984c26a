"""Down a list, whoever still fits into the contacts and the budget is kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.segments import plans
from analysis.segments.plans import within_limits
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

    kept = within_limits(np.array(cost), settings, np.array(free, dtype=bool))

    assert kept.tolist() == one_by_one(cost, free, most, budget)


def test_limits_hold_from_one_stretch_of_a_long_list_to_the_next(monkeypatch):
    monkeypatch.setattr(plans, "STRETCH", 7)
    settings = Settings(offers=Offers(most_contacts=20, budget_roubles=500.0))
    cost = np.tile([30.0, 15.0, 15.0, 90.0], 25)

    kept = within_limits(cost, settings)

    assert kept.tolist() == one_by_one(cost.tolist(), [False] * 100, 20, 500.0)
