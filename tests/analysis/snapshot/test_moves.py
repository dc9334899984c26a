"""What has moved since a month before is told from what chance does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.snapshot.errors import Notes
from analysis.snapshot.groups import ask_about_newcomers, doubt_lost_groups
from analysis.snapshot.heaps import heaped_ends
from analysis.snapshot.moves import ask_about_number, kept_numbers
from analysis.snapshot.schema import MONEY

CUSTOMERS = 2000
PROFIT = MONEY.columns[-1]


def profits(seed: int) -> pd.Series[float]:
    return pd.Series(np.random.default_rng(seed).lognormal(1.4, 0.3, CUSTOMERS).round(2))


def asked(now: pd.Series[float], then: pd.Series[float]) -> list[str]:
    notes = Notes()
    tables = pd.DataFrame({"profit": now}), pd.DataFrame({"profit": then})
    ask_about_number(MONEY.file, PROFIT, *tables, ("2026-09", 1), notes)
    return [each.code for each in notes.findings]


@pytest.mark.parametrize(("every", "codes"), [(50, ["losses_found"]), (200, [])])
def test_losses_that_came_in_more_than_one_row_of_a_hundred_are_asked_about(
    every: int, codes: list[str]
) -> None:
    then = profits(1)
    now = (then * np.random.default_rng(2).lognormal(0, 0.1, CUSTOMERS)).round(2)
    now.iloc[::every] *= -1
    assert asked(now, then) == codes
    assert asked(now, now.sample(frac=1, random_state=3).reset_index(drop=True)) == []


@pytest.mark.parametrize("spread", [0.7, 1.0, 3.0])
def test_as_many_keep_a_whole_number_by_chance_as_the_steps_beside_it_say(spread: float) -> None:
    chance = np.random.default_rng(4)
    then = chance.integers(3, 30, CUSTOMERS).astype(float)
    now = then + np.rint(chance.normal(0, spread, CUSTOMERS))
    same, expected = kept_numbers(then, now)
    assert same == pytest.approx(expected, abs=0.06)
    kept = np.where(np.arange(CUSTOMERS) % 2, then, now)
    same, expected = kept_numbers(then, kept)
    assert same - expected > 0.25


def test_numbers_are_heaped_only_where_the_last_is_far_more_frequent_than_those_before() -> None:
    falling = np.repeat(np.arange(1.0, 11.0), np.arange(200, 100, -10))
    assert heaped_ends(falling) == []
    assert heaped_ends(np.minimum(falling, 7.0)) == [(7.0, 500)]
    assert heaped_ends(np.maximum(falling, 4.0)) == [(4.0, 740)]
    assert heaped_ends(np.repeat([1.0, 2.0], 500)) == []


def customers(consent: float, level: str, count: int = 400) -> pd.DataFrame:
    share = np.arange(count) / count
    return pd.DataFrame(
        {
            "level": pd.Series(np.where(share < 0.4, "declined", "steady"), dtype="str"),
            "service": pd.Series(["стандарт"] * count, dtype="str"),
            "consent": share[::-1] < consent,
            "category": pd.Series([level] * count, dtype="str"),
        }
    )


def test_new_customers_may_have_one_label_that_nearly_all_others_have() -> None:
    for consent, codes in ((0.5, ["newcomers_alike"]), (0.9, []), (1.0, [])):
        notes, now = Notes(), customers(consent, "Кухонная посуда")
        stayed = np.arange(len(now)) >= 50
        now.loc[~stayed, "consent"] = True
        now.loc[~stayed, "level"] = ["declined", "steady"] * 25
        ask_about_newcomers(now, stayed, "2026-09", notes)
        assert [each.code for each in notes.findings] == codes


def test_customers_of_two_labels_who_are_gone_together_are_a_filter() -> None:
    then = customers(0.7, "Кухонная посуда")
    both = (then["level"].eq("declined") & then["consent"]).to_numpy()
    for stayed, codes in ((~both, ["group_gone"]), (np.arange(400) % 8 > 0, [])):
        notes = Notes()
        doubt_lost_groups(then, stayed, "2026-09", notes)
        assert [each.code for each in notes.problems] == codes
