"""What is believed of offers: the assumption first, then what was seen, weighed by its error."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import results
from analysis.campaigns.beliefs import OWN, _between, believe

ASSUMED = {"basket": 0.1, "letter": 0.1, "promotions": 0.2}


def saw(code: str, value: float, error: float) -> results.Effect:
    share = results.Estimate(value=value, low=value - 3 * error, high=value + 3 * error)
    return results.Effect(
        code=code,
        since="2026-04",
        contact=None,
        hold_out=None,
        not_found=0,
        sent=None,
        sent_held_out=None,
        share_saved=share,
        standard_error=error,
        difference_error=error,
        bounds=None,
        revenue=None,
        exposed_roubles=1000.0,
        cost_roubles=15.0,
        gained_roubles=None,
        verdict="cannot_tell",
        months_to_tell=None,
    )


def test_without_outcomes_the_assumption_is_believed() -> None:
    beliefs = believe(ASSUMED, 0.15)
    assert beliefs.shares == pytest.approx(ASSUMED)
    assert not any(each.estimated for each in beliefs.described())


def test_the_belief_is_that_of_many_draws_weighed_by_what_was_seen() -> None:
    beliefs = believe(ASSUMED, 0.15, [saw("basket", 0.25, 0.1), saw("letter", 0.05, 0.2)])
    rng = np.random.default_rng(1)
    common = rng.normal(0, 0.15, 400_000)
    own = rng.normal(0, OWN * 0.15, (400_000, 4))
    shares = np.array([*ASSUMED.values(), 0.0]) + common[:, None] + own
    weight = np.exp(-(((0.25 - shares[:, 0]) / 0.1) ** 2 + ((0.05 - shares[:, 1]) / 0.2) ** 2) / 2)
    mean = np.average(shares, axis=0, weights=weight)
    assert beliefs.mean == pytest.approx(mean, abs=0.004)
    deviation = np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=weight))
    assert np.sqrt(np.diag(beliefs.covariance)) == pytest.approx(deviation, abs=0.004)


def test_outcomes_of_those_to_be_won_back_are_held_against_what_was_assumed_of_them() -> None:
    more = {"basket": -0.05, "letter": -0.05, "promotions": 0.0}
    as_assumed = [saw("basket", 0.1 - 0.4 * 0.05, 0.1)]
    beliefs = believe(ASSUMED, 0.15, as_assumed, more, {"basket": 0.4})
    assert beliefs.shares == pytest.approx(ASSUMED, abs=1e-4)
    (basket, letter, promotions) = beliefs.described()
    assert basket.win_back is not None and letter.win_back is not None
    assert basket.win_back.share == pytest.approx(letter.win_back.untried, abs=1e-4)
    assert letter.win_back.untried == pytest.approx(0.05, abs=1e-4)
    assert promotions.win_back is None
    better = believe(ASSUMED, 0.15, [saw("basket", 0.3, 0.1)], more, {"basket": 0.4})
    assert (
        better.shares["basket"] > believe(ASSUMED, 0.15, [saw("basket", 0.3, 0.1)]).shares["basket"]
    )


def test_offers_that_differ_beyond_their_errors_are_believed_as_they_were_seen() -> None:
    """With equal errors the method of moments is the sample variance less that of the errors."""
    effects = [saw("basket", 0.5, 0.1), saw("letter", -0.9, 0.1), saw("promotions", 0.1, 0.1)]
    beliefs = believe(ASSUMED, 0.15, effects)
    off = np.array([0.4, -1.0, -0.1])
    spread = off.var(ddof=1) - 0.1**2
    assert _between(off, np.full(3, 0.1)) == pytest.approx(spread)
    for each in effects:
        assert each.share_saved is not None
        assert beliefs.shares[str(each.code)] == pytest.approx(each.share_saved.value, abs=0.05)
    alone = believe(ASSUMED, 0.15, effects[:1]).shares["basket"]
    assert alone < 0.45


def test_no_more_than_all_that_is_lost_can_be_expected_to_be_saved() -> None:
    """Offers unlike each other leave it open whether one saves more than there is."""
    effects = [saw("basket", 0.5, 0.1), saw("letter", -1.2, 0.1), saw("promotions", 0.9, 0.3)]
    beliefs = believe(ASSUMED, 0.15, effects)
    rng = np.random.default_rng(2)
    drawn = rng.multivariate_normal(beliefs.mean, beliefs.covariance, 400_000)
    expected = np.minimum(drawn[:, :3], 1.0).mean(axis=0)
    assert list(beliefs.shares.values()) == pytest.approx(expected.tolist(), abs=0.004)
    untried = np.minimum(drawn[:, 3] + ASSUMED["letter"], 1.0).mean()
    assert beliefs.untried["letter"] == pytest.approx(untried, abs=0.004)
    assert beliefs.untried["letter"] < ASSUMED["letter"] + beliefs.carried - 0.01


def test_on_whom_an_offer_was_never_tried_only_what_is_common_is_carried_over() -> None:
    beliefs = believe(ASSUMED, 0.15, [saw("basket", 0.5, 0.05)])
    untried = beliefs.untried
    assert untried["letter"] == pytest.approx(beliefs.shares["letter"])
    assert 0.1 < untried["basket"] < beliefs.shares["basket"]
    assert believe(ASSUMED, 0.15).untried == pytest.approx(ASSUMED)


def test_what_one_offer_showed_moves_the_others_by_less() -> None:
    shares = believe(ASSUMED, 0.15, [saw("basket", 0.5, 0.05)]).shares
    assert shares["basket"] - 0.1 > shares["letter"] - 0.1 > 0
    assert shares["promotions"] - 0.2 == pytest.approx(shares["letter"] - 0.1, abs=1e-4)


def test_with_many_outcomes_what_was_seen_is_believed_and_with_no_doubt_the_assumption() -> None:
    assert believe(ASSUMED, 0.15, [saw("letter", -0.3, 1e-4)]).shares["letter"] == pytest.approx(
        -0.3, abs=1e-4
    )
    assert believe(ASSUMED, 0.0, [saw("letter", -0.3, 0.01)]).shares == pytest.approx(ASSUMED)


def test_an_offer_without_an_estimate_or_unknown_teaches_nothing() -> None:
    nothing = saw("letter", 0.5, 0.1).model_copy(
        update={"share_saved": None, "standard_error": None}
    )
    beliefs = believe(ASSUMED, 0.15, [nothing, saw("long gone", 0.9, 0.01)])
    assert beliefs.shares == pytest.approx(ASSUMED) and beliefs.seen == []


def test_together_is_weighed_by_what_each_offer_meets() -> None:
    beliefs = believe(ASSUMED, 0.15)
    share, deviation = beliefs.together({("basket", True): 3.0, ("promotions", True): 1.0})
    assert share == pytest.approx(0.125)
    own = (OWN * 0.15) ** 2 * (0.75**2 + 0.25**2)
    assert deviation == pytest.approx(np.sqrt(0.15**2 + own))
    learnt = believe(ASSUMED, 0.15, [saw("basket", 0.5, 0.05)])
    share, untried = learnt.together({("basket", False): 2.0})
    assert share == pytest.approx(learnt.untried["basket"], abs=1e-4)
    assert untried > learnt.together({("basket", True): 2.0})[1]
