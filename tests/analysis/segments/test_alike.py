"""Very many customers are drawn all together: what is said of them is what one by one would say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.campaigns import worth
from analysis.campaigns.beliefs import Beliefs
from analysis.segments import exposure, prospects
from analysis.segments.alike import PARTS, groups_alike
from analysis.settings import Model, Money, Settings

KNOWN = [
    results.Recalibration(
        level=None,
        base=900,
        intercept=0.1,
        slope=0.95,
        intercept_variance=0.01,
        slope_variance=0.004,
        covariance=0.001,
    )
]
DRAWS = 4000


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    count = 3000
    return pd.DataFrame(
        {
            "probability": rng.beta(2, 4, count),
            "profit": rng.gamma(2, 2, count),
            "level": rng.choice(["declined", "steady"], count),
        }
    )


def limits(estimates) -> np.ndarray:
    return np.array([[each.value, each.low, each.high] for each in estimates])


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether limits differ by no more than a twentieth of the width between them."""
    width = one[:, 2] - one[:, 1]
    return bool((np.abs(one - other).max(axis=1) < width / 20).all())


def test_the_profit_exposed_has_the_limits_that_drawing_everyone_gives(scored, monkeypatch):
    one_by_one = limits(exposure.expected_totals(scored, KNOWN, Money(), DRAWS, 1))
    monkeypatch.setattr(exposure, "MOST_ONE_BY_ONE", 0)
    together = limits(exposure.expected_totals(scored, KNOWN, Money(), DRAWS, 1))

    assert alike(one_by_one, together)
    assert (one_by_one[:, 0] == together[:, 0]).all()


def test_what_lists_may_bring_has_the_limits_that_drawing_everyone_gives(scored, monkeypatch):
    stake = scored["profit"] * 1500.0
    at_risk = stake * scored["probability"]
    tried = np.arange(len(scored)) % 3 > 0
    lists = scored.assign(
        stake=stake,
        control=False,
        tried=tried,
        works_as=np.where(np.arange(len(scored)) % 2, "letter", "basket"),
        spent=15.0,
        saved=at_risk * 0.1,
    )
    beliefs = beliefs_in("letter", "basket")
    settings = Settings(model=Model(bootstrap_draws=500))
    one_by_one = prospects.prospects(lists, beliefs, KNOWN, settings, 1)
    monkeypatch.setattr(prospects, "MOST_ONE_BY_ONE", 0)
    together = prospects.prospects(lists, beliefs, KNOWN, settings, 1)

    assert one_by_one is not None and together is not None
    assert alike(limits([one_by_one.gain_roubles]), limits([together.gain_roubles]))
    assert together.loss == pytest.approx(one_by_one.loss, abs=0.02)


def beliefs_in(*codes: str) -> Beliefs:
    count = len(codes)
    return Beliefs(
        codes=codes,
        seen=codes,
        assumed=np.full(count, 0.1),
        mean=np.append(np.full(count, 0.12), 0.02),
        covariance=np.diag(np.append(np.full(count, 0.002), 0.001)),
        win_back=np.full(count, 0.01),
    )


def test_what_a_control_group_tells_is_worth_the_same_by_groups_of_customers():
    rng = np.random.default_rng(3)
    prospect = worth.Prospect(
        exposed=rng.gamma(1.0, 900.0, 30_000),
        cost=np.full(30_000, 15.0),
        probability=rng.beta(2, 4, 30_000),
        share=0.05,
        deviation=0.06,
        held=rng.random(30_000) < 0.05,
        new_a_month=100.0,
    )
    grouped = prospect.in_groups()

    assert grouped.summed is not None and len(grouped.summed[0]) == worth.GROUPS
    for error in (0.0, 0.02, 0.2):
        exact = worth.value_of_knowing(prospect, error)
        assert worth.value_of_knowing(grouped, error) == pytest.approx(exact, rel=1e-3)


def test_groups_are_no_more_for_more_customers_and_lose_nobody(scored):
    many = pd.concat([scored] * 4, ignore_index=True)
    few, same = (
        groups_alike(each["probability"].to_numpy(), each["level"]) for each in (scored, many)
    )

    assert len(few.size) == len(same.size) <= 2 * PARTS
    assert same.size.sum() == len(many)
    assert same.total(many["profit"].to_numpy()).sum() == pytest.approx(many["profit"].sum())
