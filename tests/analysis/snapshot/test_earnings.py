"""Profit is asked about where revenue shows that it is something else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.snapshot.earnings import ask_about_earnings
from analysis.snapshot.errors import Notes
from analysis.snapshot.schema import MARKET_MONEY, MONEY, MONTHS

CUSTOMERS = 400


def asked(profit: pd.Series[float], revenue: pd.DataFrame) -> list[str]:
    notes = Notes()
    long = revenue.rename_axis("id").melt(
        var_name="period", value_name="revenue", ignore_index=False
    )
    own = profit.rename("profit").rename_axis("id").reset_index()
    ask_about_earnings({MARKET_MONEY.file: long.reset_index(), MONEY.file: own}, notes)
    return [each.code for each in notes.findings]


@pytest.fixture
def revenue() -> pd.DataFrame:
    chance = np.random.default_rng(3)
    drawn = np.exp(chance.normal(8.5, 0.3, (CUSTOMERS, 1)) + chance.normal(0, 0.1, (CUSTOMERS, 3)))
    return pd.DataFrame(
        drawn.round(1), columns=list(MONTHS), index=[str(n) for n in range(CUSTOMERS)]
    )


@pytest.mark.parametrize("unit", [1, 1000])
def test_profit_of_a_margin_that_differs_between_customers_is_not_asked_about(
    revenue: pd.DataFrame, unit: int
) -> None:
    margins = np.random.default_rng(5).uniform(0.3, 0.9, CUSTOMERS)
    assert asked((revenue["current"] * margins / unit).round(2), revenue) == []


@pytest.mark.parametrize("unit", [1, 1000])
@pytest.mark.parametrize("months", [["current"], ["previous"], list(MONTHS)])
def test_profit_that_is_one_share_of_revenue_is_asked_about(
    revenue: pd.DataFrame, unit: int, months: list[str]
) -> None:
    worked_out = revenue[months].sum(axis="columns") * 0.4 / unit
    assert asked(worked_out.round(2), revenue) == ["share_of_revenue"]


def test_profit_above_every_month_of_revenue_is_asked_about(revenue: pd.DataFrame) -> None:
    margins = np.random.default_rng(5).uniform(0.3, 0.9, CUSTOMERS)
    assert asked((revenue["current"] * margins * 3 / 1000).round(2), revenue) == [
        "more_than_revenue"
    ]


def test_a_handful_of_customers_is_not_asked_about(revenue: pd.DataFrame) -> None:
    few = revenue.iloc[:50]
    assert asked(few["current"] * 0.4 / 1000, few) == []
