"""What is believed of offers: the assumption first, then what was seen, weighed by its error."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import results
from analysis.campaigns.beliefs import OWN, believe
from tests.report.test_languages import effect as made_up_effect

ASSUMED = {"basket": 0.1, "letter": 0.1, "promotions": 0.2}


def saw(code: str, value: float, error: float) -> results.Effect:
    plain = made_up_effect(code, "cannot_tell", value) | {"standard_error": error}
    return results.Effect.model_validate(plain)


def test_without_outcomes_the_assumption_is_believed() -> None:
    beliefs = believe(ASSUMED, 0.15)
    assert beliefs.shares == pytest.approx(ASSUMED)
    assert not any(each.estimated for each in beliefs.described())


def test_the_belief_is_that_of_many_draws_weighed_by_what_was_seen() -> None:
    beliefs = believe(ASSUMED, 0.15, [saw("basket", 0.4, 0.1), saw("letter", -0.1, 0.2)])
    rng = np.random.default_rng(1)
    common = rng.normal(0, 0.15, 400_000)
    own = rng.normal(0, OWN * 0.15, (400_000, 3))
    shares = np.array(list(ASSUMED.values())) + common[:, None] + own
    weight = np.exp(-(((0.4 - shares[:, 0]) / 0.1) ** 2 + ((-0.1 - shares[:, 1]) / 0.2) ** 2) / 2)
    mean = np.average(shares, axis=0, weights=weight)
    assert beliefs.mean == pytest.approx(mean, abs=0.004)
    deviation = np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=weight))
    assert np.sqrt(np.diag(beliefs.covariance)) == pytest.approx(deviation, abs=0.004)


def test_what_one_offer_showed_moves_the_others_by_less() -> None:
    shares = believe(ASSUMED, 0.15, [saw("basket", 0.5, 0.05)]).shares
    assert shares["basket"] - 0.1 > shares["letter"] - 0.1 > 0
    assert shares["promotions"] - 0.2 == pytest.approx(shares["letter"] - 0.1)


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
    share, deviation = beliefs.together({"basket": 3.0, "promotions": 1.0})
    assert share == pytest.approx(0.125)
    own = (OWN * 0.15) ** 2 * (0.75**2 + 0.25**2)
    assert deviation == pytest.approx(np.sqrt(0.15**2 + own))
    assert beliefs.together({})[0] == pytest.approx(np.mean(list(ASSUMED.values())))
