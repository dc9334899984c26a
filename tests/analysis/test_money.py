"""Roubles: what stands at risk, what a contact costs, when it pays."""

import pandas as pd
import pytest

from analysis.money import (
    break_even,
    break_even_uplift,
    contact_cost,
    discount_base,
    expected_gain,
    exposed,
    monthly_profit,
    monthly_revenue,
    stake,
)
from analysis.settings import Money

MONEY = Money(loss_share=0.5, share_saved=0.1, contact_cost=15, discount=0.05)


def customers(
    probability: list[float], profit: list[float], level: list[str | None] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {"probability": probability, "profit": profit, "level": level or [None] * len(profit)}
    )


def test_exposed_profit_is_probability_times_profit_times_months_times_the_share_lost() -> None:
    at_risk = exposed(customers([0.8], [4.0]), MONEY)
    assert at_risk.tolist() == [pytest.approx(0.8 * 4000 * 3 * 0.5)]


def test_the_unit_of_profit_is_a_setting() -> None:
    assert monthly_profit(pd.Series([4.0]), Money(profit_unit="roubles")).tolist() == [4.0]
    assert monthly_profit(pd.Series([4.0]), MONEY).tolist() == [4000.0]


def test_a_customer_who_brings_a_loss_exposes_nothing() -> None:
    assert exposed(customers([0.9], [-2.0]), MONEY).tolist() == [0.0]


def test_who_is_to_be_won_back_may_have_another_share_of_profit_to_lose() -> None:
    three = customers([0.8] * 3, [4.0] * 3, ["declined", "steady", None])
    apart = MONEY.model_copy(update={"win_back_loss_share": 0.2})
    assert exposed(three, apart).tolist() == pytest.approx([1920.0, 4800.0, 4800.0])
    assert exposed(three, MONEY).tolist() == pytest.approx([4800.0] * 3)


def test_what_is_not_set_for_those_to_be_won_back_is_as_for_the_others() -> None:
    assert MONEY.to_win_back == MONEY
    apart = Money(share_saved=0.1, discount_share_saved=0.3, win_back_share_saved=0.05)
    assert apart.to_win_back.share_saved == 0.05
    assert apart.to_win_back.discount_share_saved == 0.3
    assert apart.to_win_back.loss_share == apart.loss_share


def test_a_discount_is_counted_in_full_on_a_month_of_revenue() -> None:
    revenue = pd.Series([5000.0, float("nan")])
    assert contact_cost(revenue, contact=15, discount=0.05).tolist() == [265.0, 15.0]
    assert contact_cost(revenue, contact=15, discount=0.0).tolist() == [15.0, 15.0]


def test_a_discount_is_a_share_of_a_month_the_last_month_or_all_three() -> None:
    spent = pd.DataFrame(
        {
            "revenue_before_previous": [1000.0, float("nan")],
            "revenue_previous": [2000.0, 2000.0],
            "revenue_current": [6000.0, 4000.0],
        }
    )
    assert discount_base(spent, "month_revenue").tolist() == [3000.0, 3000.0]
    assert discount_base(spent, "revenue_current").tolist() == [6000.0, 4000.0]
    assert discount_base(spent, "revenue_total").tolist() == [9000.0, 6000.0]


def test_a_contact_pays_when_the_saved_share_of_the_exposed_profit_exceeds_its_cost() -> None:
    at_risk = pd.Series([4800.0, 2000.0])
    gain = expected_gain(at_risk, contact_cost(pd.Series([5000.0] * 2), 15, 0.05), 0.1)
    assert gain.tolist() == [pytest.approx(215.0), pytest.approx(-65.0)]


def test_break_even_is_the_share_that_returns_the_cost() -> None:
    assert break_even(1000.0, 250.0) == 0.25
    assert break_even(0.0, 250.0) is None


def test_an_even_fall_of_probability_by_the_break_even_uplift_returns_the_cost() -> None:
    before = customers([0.8, 0.3], [4.0, 2.0])
    uplift = break_even_uplift(float(stake(before, MONEY).sum()), 90.0)
    assert uplift == pytest.approx(0.01)
    after = before.assign(probability=before["probability"] - uplift)
    saved = exposed(before, MONEY) - exposed(after, MONEY)
    assert saved.sum() == pytest.approx(90.0)
    assert break_even_uplift(0.0, 90.0) is None


def test_a_customer_whose_profit_is_unknown_stakes_nothing() -> None:
    assert stake(customers([0.5, 0.5], [float("nan"), 1.0]), MONEY).tolist() == [0.0, 1500.0]


def test_the_mean_revenue_is_over_the_known_months() -> None:
    customers = pd.DataFrame(
        {
            "revenue_before_previous": [100.0, float("nan")],
            "revenue_previous": [200.0, 200.0],
            "revenue_current": [600.0, 400.0],
        }
    )
    assert monthly_revenue(customers).tolist() == [300.0, 300.0]
