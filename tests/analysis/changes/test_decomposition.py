"""The change of the profit exposed: what causes it, to the kopeck."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.changes.decomposition import Factor, in_whole_numbers, split_exposure
from analysis.money import exposed
from analysis.results.changes import MoneyChange
from analysis.settings import Money

MONEY = Money(profit_unit="roubles", horizon_months=1, loss_share=1.0)
NEGATED = ("difference", "risk", "risk_customers", "risk_model", "profit", "settings")
EXCHANGED = {"arrivals": "leavers", "newly_scored": "no_longer_scored", "old": "new"}


def month(**customers: tuple[float, float] | tuple[float, float, str | None]) -> pd.DataFrame:
    """Customers by id (after an underscore), each with probability, profit and perhaps level."""
    return pd.DataFrame(
        {
            "id": [int(name.lstrip("_")) for name in customers],
            "probability": [float(values[0]) for values in customers.values()],
            "profit": [float(values[1]) for values in customers.values()],
            "level": [values[2] if len(values) > 2 else None for values in customers.values()],
        }
    )


def terms_of(change: MoneyChange) -> int:
    return (
        change.risk_kopecks
        + change.profit_kopecks
        + change.settings_kopecks
        + change.arrivals_kopecks
        - change.leavers_kopecks
        + change.newly_scored_kopecks
        - change.no_longer_scored_kopecks
    )


probabilities = st.one_of(st.just(math.nan), st.floats(0, 1))
levels = st.sampled_from(["declined", "steady", None])
profits = st.one_of(st.just(math.nan), st.floats(-100, 10_000))
months = st.dictionaries(
    st.integers(1, 25), st.tuples(probabilities, profits, levels), min_size=1, max_size=25
).map(lambda customers: month(**{f"_{number}": values for number, values in customers.items()}))
moneys = st.builds(
    Money,
    profit_unit=st.sampled_from(["roubles", "thousand_roubles"]),
    horizon_months=st.integers(1, 12),
    loss_share=st.floats(0, 1),
    win_back_loss_share=st.none() | st.floats(0, 1),
)
scores = st.one_of(
    st.none(),
    st.dictionaries(st.integers(1, 25), st.floats(0, 1)).map(
        lambda values: pd.Series(values, dtype=float)
    ),
)


def test_a_risen_risk_costs_the_mean_profit_and_a_risen_profit_the_mean_risk() -> None:
    change = split_exposure(month(_1=(0.2, 100)), month(_1=(0.6, 200)), MONEY, MONEY)
    assert change.old_kopecks == 20_00
    assert change.new_kopecks == 120_00
    assert change.risk_kopecks == round(0.4 * 150_00)
    assert change.profit_kopecks == round(0.4 * 100_00)
    assert change.risk_customers_kopecks is None
    assert change.matched == 1


def test_who_comes_or_goes_does_so_with_all_that_is_exposed() -> None:
    old = month(_1=(0.5, 100), _2=(0.5, 40), _3=(0.5, 10), _4=(math.nan, 70))
    new = month(_1=(0.5, 100), _3=(math.nan, 10), _4=(0.5, 70), _5=(0.1, 30))
    change = split_exposure(old, new, MONEY, MONEY)
    assert change.leavers_kopecks == 20_00
    assert change.no_longer_scored_kopecks == 5_00
    assert change.newly_scored_kopecks == 35_00
    assert change.arrivals_kopecks == 3_00
    assert change.risk_kopecks == change.profit_kopecks == change.settings_kopecks == 0
    assert (change.arrivals, change.leavers, change.matched) == (1, 1, 1)


def test_the_model_s_change_is_told_from_the_customers() -> None:
    old, new = month(_1=(0.2, 100)), month(_1=(0.6, 100))
    by_new, by_old = pd.Series({1: 0.3}), pd.Series({1: 0.4})
    change = split_exposure(old, new, MONEY, MONEY, by_new, by_old)
    assert change.risk_customers_kopecks == round((0.2 + 0.3) / 2 * 100_00)
    assert change.risk_model_kopecks == round((0.1 + 0.2) / 2 * 100_00)
    one_way = split_exposure(old, new, MONEY, MONEY, old_by_new=by_new)
    assert one_way.risk_model_kopecks == 10_00
    assert one_way.risk_customers_kopecks == 30_00


def test_one_model_for_both_months_leaves_the_model_no_part() -> None:
    old, new = month(_1=(0.2, 100), _2=(0.9, 50)), month(_1=(0.6, 100), _2=(0.4, 80))
    by_new, by_old = old.set_index("id")["probability"], new.set_index("id")["probability"]
    change = split_exposure(old, new, MONEY, MONEY, by_new, by_old)
    assert change.risk_model_kopecks == 0
    assert change.risk_customers_kopecks == change.risk_kopecks != 0


def test_customers_who_do_not_change_leave_all_risk_to_the_model() -> None:
    old, new = month(_1=(0.2, 100)), month(_1=(0.6, 100))
    change = split_exposure(old, new, MONEY, MONEY, pd.Series({1: 0.6}), pd.Series({1: 0.2}))
    assert change.risk_model_kopecks == 40_00
    assert change.risk_customers_kopecks == 0


def test_changed_money_settings_are_a_term_of_their_own() -> None:
    table = month(_1=(0.5, 100), _2=(0.1, 10))
    doubled = Money(profit_unit="roubles", horizon_months=2, loss_share=1.0)
    change = split_exposure(table, table, MONEY, doubled)
    assert change.settings_kopecks == change.difference_kopecks == 51_00
    assert change.risk_kopecks == change.profit_kopecks == change.arrivals_kopecks == 0


def test_the_totals_are_those_of_the_edition() -> None:
    rng = np.random.default_rng(1)
    old = pd.DataFrame(
        {
            "id": range(500),
            "probability": rng.random(500),
            "profit": rng.normal(4, 3, 500),
            "level": rng.choice(["declined", "steady"], 500),
        }
    )
    for money in (Money(), Money(win_back_loss_share=0.3)):
        change = split_exposure(old, old, money, money)
        total = exposed(old, money).sum()
        assert change.old_kopecks == pytest.approx(100 * total, abs=1)
        assert Factor.of(money).keep == 1500.0


def test_who_is_to_be_won_back_stakes_another_profit() -> None:
    kept, lost = month(_1=(0.5, 100, "steady")), month(_1=(0.5, 100, "declined"))
    half = Money(profit_unit="roubles", horizon_months=1, loss_share=1.0, win_back_loss_share=0.5)
    fallen = split_exposure(kept, lost, half, half)
    assert fallen.difference_kopecks == fallen.profit_kopecks == -25_00
    assert split_exposure(kept, lost, MONEY, MONEY).difference_kopecks == 0
    changed = split_exposure(lost, lost, MONEY, half)
    assert changed.difference_kopecks == changed.settings_kopecks == -25_00


def test_equal_months_change_nothing() -> None:
    table = month(_1=(0.5, 100), _2=(0.1, 10.77), _3=(math.nan, 4))
    change = split_exposure(table, table, Money(), Money())
    amounts = {name: value for name, value in change if name.endswith("_kopecks")}
    assert amounts.pop("old_kopecks") == amounts.pop("new_kopecks") > 0
    assert not any(amounts.values())


@settings(max_examples=80, deadline=None)
@given(months, months, moneys, moneys, scores, scores)
def test_the_parts_add_up_to_the_kopeck(
    old: pd.DataFrame,
    new: pd.DataFrame,
    money_old: Money,
    money_new: Money,
    by_new: pd.Series[float] | None,
    by_old: pd.Series[float] | None,
) -> None:
    change = split_exposure(old, new, money_old, money_new, by_new, by_old)
    assert change.new_kopecks - change.old_kopecks == change.difference_kopecks == terms_of(change)
    if change.risk_customers_kopecks is not None and change.risk_model_kopecks is not None:
        assert change.risk_customers_kopecks + change.risk_model_kopecks == change.risk_kopecks
    else:
        assert by_new is None
        assert by_old is None


@settings(max_examples=80, deadline=None)
@given(months, months, moneys, moneys, scores, scores)
def test_exchanged_months_mirror_every_part(
    old: pd.DataFrame,
    new: pd.DataFrame,
    money_old: Money,
    money_new: Money,
    by_new: pd.Series[float] | None,
    by_old: pd.Series[float] | None,
) -> None:
    there = split_exposure(old, new, money_old, money_new, by_new, by_old).model_dump()
    back = split_exposure(new, old, money_new, money_old, by_old, by_new).model_dump()
    for name in NEGATED:
        value = there[f"{name}_kopecks"]
        assert back[f"{name}_kopecks"] == (None if value is None else -value), name
    for name, other in EXCHANGED.items():
        assert back[f"{name}_kopecks"] == there[f"{other}_kopecks"]
        assert back[f"{other}_kopecks"] == there[f"{name}_kopecks"]
    assert back["arrivals"] == there["leavers"]
    assert back["matched"] == there["matched"]


@settings(max_examples=40, deadline=None)
@given(months, months, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_ids_change_a_kopeck(
    old: pd.DataFrame, new: pd.DataFrame, chance: object
) -> None:
    numbers = list(range(1, 26))
    chance.shuffle(numbers)  # type: ignore[attr-defined]
    renumbered = {number: 1000 + numbers[number - 1] for number in range(1, 26)}
    shuffled = [
        table.assign(id=table["id"].map(renumbered)).sort_values("id") for table in (old, new)
    ]
    assert split_exposure(*shuffled, MONEY, MONEY) == split_exposure(old, new, MONEY, MONEY)


def test_roundings_go_to_the_largest_remainders() -> None:
    assert in_whole_numbers({"a": 1.4, "b": 1.4, "c": 1.2}, 4) == {"a": 2, "b": 1, "c": 1}
    assert in_whole_numbers({"a": 0.6, "b": 0.7, "c": 0.7}, 2) == {"a": 0, "b": 1, "c": 1}
    assert in_whole_numbers({"a": -1.4, "b": -1.4, "c": -1.2}, -4) == {"a": -2, "b": -1, "c": -1}


def test_terms_that_do_not_make_the_total_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot make"):
        in_whole_numbers({"a": 1.0, "b": 2.0}, 9)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=9))
def test_no_term_is_moved_by_more_than_one(values: list[float]) -> None:
    terms = {str(place): value for place, value in enumerate(values)}
    total = round(math.fsum(values))
    whole = in_whole_numbers(terms, total)
    assert sum(whole.values()) == total
    assert all(abs(whole[name] - terms[name]) < 1 + 1e-6 for name in terms)
