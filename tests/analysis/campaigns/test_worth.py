"""Whether a control group pays: against a simulation of what it would change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from analysis.campaigns.worth import (
    Prospect,
    error_of,
    value_of_knowing,
    widened,
    worth_of_hold_out,
)
from analysis.results import Effect, HoldOutWorth
from analysis.settings import Settings

CHANCE = np.random.default_rng(1)
PROBABILITY = CHANCE.beta(0.8, 1.3, 900)
PROSPECT = Prospect(
    exposed=PROBABILITY * CHANCE.gamma(4, 1500, 900),
    cost=np.full(900, 15.0),
    probability=PROBABILITY,
    share=0.1,
    deviation=0.15,
    held=np.arange(900) % 20 == 0,
    new_a_month=0.0,
)


def worth(prospect: Prospect = PROSPECT, **offers: object) -> HoldOutWorth:
    settings = Settings.model_validate({"offers": offers})
    found = worth_of_hold_out(prospect, settings, new_known=False, running=False)
    assert found is not None
    return found


@pytest.mark.parametrize("more", [0.0, 0.2])
def test_the_value_is_the_mean_of_simulated_decisions_after_the_outcome(more: float) -> None:
    """Also where every other customer is known to be saved more of his profit."""
    error = 0.12
    beyond = more * PROSPECT.exposed * (np.arange(900) % 2)
    prospect = replace(PROSPECT, beyond=beyond)
    rng = np.random.default_rng(2)
    truth = rng.normal(0.1, 0.15, 4000)
    shown = rng.normal(truth, error)
    weight = 0.15**2 / (0.15**2 + error**2)
    believed = 0.1 + weight * (shown - 0.1)
    gain = truth[:, None] * prospect.exposed + beyond - prospect.cost
    written = believed[:, None] * prospect.exposed + beyond > prospect.cost
    informed = np.where(written, gain, 0).sum(axis=1)
    plain = gain[:, prospect.written].sum(axis=1)
    simulated = (informed - plain).mean()
    tolerance = 3 * (informed - plain).std() / np.sqrt(len(truth))
    assert value_of_knowing(prospect, error) == pytest.approx(simulated, abs=tolerance)


def test_knowing_is_worth_less_the_vaguer_it_is_and_nothing_to_whoever_is_sure() -> None:
    values = [value_of_knowing(PROSPECT, error) for error in (0.0, 0.05, 0.2, 1.0)]
    assert values == sorted(values, reverse=True) and values[-1] > 0
    assert value_of_knowing(replace(PROSPECT, deviation=0.0), 0.1) == 0
    sure = replace(PROSPECT, deviation=0.01)
    assert value_of_knowing(sure, 0.0) < 1e-3 * PROSPECT.gain()


def test_the_error_is_that_of_arms_whose_outcomes_follow_the_probabilities() -> None:
    rng = np.random.default_rng(3)
    held = rng.random((3000, 900)) < 0.2
    down = rng.random((3000, 900)) < PROBABILITY
    off = down - PROBABILITY
    apart = (off * held).sum(axis=1) / held.sum(axis=1) - (off * ~held).sum(axis=1) / (~held).sum(
        axis=1
    )
    everyone = replace(PROSPECT, cost=np.zeros(900))
    simulated = apart.std() / PROBABILITY.mean()
    assert error_of(everyone, 180, 720) == pytest.approx(simulated, rel=0.05)
    bare = replace(everyone, foretold=False)
    assert error_of(bare, 180, 720) > error_of(everyone, 180, 720)
    assert error_of(everyone, 0, 900) == float("inf")


def test_the_answer_turns_where_it_says() -> None:
    found = worth()
    assert found.pays and found.drawn and found.turns_at is not None
    assert found.turns_at < found.no_help == pytest.approx(norm.cdf(-0.1 / 0.15))
    at = -0.1 / norm.ppf(found.turns_at)
    for deviation, pays in ((at * 1.02, True), (at * 0.98, False)):
        assert worth(replace(PROSPECT, deviation=float(deviation))).pays == pays


def test_a_lot_that_draws_nobody_tells_nothing_and_costs_nothing() -> None:
    nobody = worth(replace(PROSPECT, held=np.zeros(900, dtype=bool)))
    assert nobody.held == nobody.price_roubles == nobody.value_roubles == 0
    assert nobody.margin is None and not nobody.pays and nobody.turns_at is None


def test_what_does_not_pay_is_not_drawn_unless_it_is_wanted_or_runs_already() -> None:
    sure = replace(PROSPECT, deviation=0.02)
    assert not worth(sure).pays and not worth(sure).drawn
    assert worth(sure, hold_out_if_it_pays=False).drawn
    running = worth_of_hold_out(sure, Settings(), new_known=False, running=True)
    assert running is not None and running.drawn and not running.pays


def test_the_price_is_the_gain_of_those_whom_the_lot_leaves_out() -> None:
    found = worth(longest_test_months=3)
    held = PROSPECT.held & PROSPECT.written
    gain = 0.1 * PROSPECT.exposed[held] - 15
    assert found.months == 3 and found.price_roubles == pytest.approx(gain.sum())


def test_a_required_return_is_weighed_and_no_part_of_what_is_forgone() -> None:
    plain = worth(longest_test_months=3)
    chosen = Settings.model_validate(
        {"money": {"required_return": 0.5}, "offers": {"longest_test_months": 3}}
    )
    asked = worth_of_hold_out(PROSPECT, chosen, new_known=False, running=False)
    assert asked is not None and plain.weighed_roubles is None
    still = 0.1 * PROSPECT.exposed > 1.5 * 15
    gain = 0.1 * PROSPECT.exposed[PROSPECT.held & still] - 15
    assert asked.price_roubles == pytest.approx(gain.sum())
    assert asked.weighed_roubles == pytest.approx((gain - 0.5 * 15).sum())
    assert (
        asked.best_price_roubles
        > (asked.best_hold_out or 0) * replace(PROSPECT, cost=PROSPECT.cost * 1.5).gain()
    )


def test_within_limits_others_take_the_place_of_those_held() -> None:
    order = np.argsort(-PROSPECT.exposed)
    ranked = replace(
        PROSPECT,
        exposed=PROSPECT.exposed[order],
        probability=PROSPECT.probability[order],
        held=PROSPECT.held[order],
    )
    last = int(np.flatnonzero(np.cumsum(~ranked.held) == 200)[0]) + 1
    cut = {
        name: getattr(ranked, name)[:last] for name in ("exposed", "cost", "probability", "held")
    }
    limited = replace(ranked, **cut, reached=np.arange(last) < 200)
    found = worth(limited, longest_test_months=3)
    gain = 0.1 * limited.exposed - 15
    assert found.price_roubles == pytest.approx(gain[:200].sum() - gain[~limited.held].sum())
    assert 0 < found.price_roubles < gain[limited.held].sum()
    cut = {name: each[:200] for name, each in cut.items()}
    alone = replace(limited, **cut, reached=None)
    assert value_of_knowing(limited, 0.1) == pytest.approx(value_of_knowing(alone, 0.1))
    assert found.customers - found.customers_held == 200, "as many letters, group or not"


@pytest.mark.parametrize("longest", [3, 7, 12, 30])
def test_no_test_outlasts_the_time_that_is_allowed(longest: int) -> None:
    assert worth(longest_test_months=longest).months <= longest


def test_new_customers_count_only_where_they_are_known() -> None:
    growing = replace(PROSPECT, new_a_month=120.0)
    known = worth_of_hold_out(growing, Settings(), new_known=True, running=False)
    assert known is not None and known.new_a_month == 120
    assert known.customers > worth().customers and worth().new_a_month is None


def test_where_no_letter_pays_or_no_group_is_wanted_there_is_nothing_to_weigh() -> None:
    assert (
        worth_of_hold_out(replace(PROSPECT, share=-0.1), Settings(), new_known=False, running=False)
        is None
    )
    none = Settings.model_validate({"offers": {"hold_out": 0}})
    assert worth_of_hold_out(PROSPECT, none, new_known=False, running=False) is None


def test_a_precision_is_promised_as_wide_as_intervals_have_come_out_so_far() -> None:
    """Offers weigh by the profit that they met: equal weights gave 24 points, printed were 37."""

    def printed(low: float, high: float) -> Effect:
        group = {"count": 100, "base": 300, "share": 1 / 3, "low": 0.28, "high": 0.39}
        return Effect.model_validate(
            {
                "code": None,
                "since": "2026-05",
                "contact": group | {"base": 643},
                "hold_out": group | {"base": 274},
                "not_found": 0,
                "sent": None,
                "sent_held_out": None,
                "share_saved": {"value": 0.03, "low": low, "high": high},
                "standard_error": 0.07,
                "difference_error": 0.03,
                "bounds": None,
                "revenue": None,
                "exposed_roubles": 1e6,
                "cost_roubles": 1e4,
                "gained_roubles": None,
                "verdict": "cannot_tell",
                "months_to_tell": None,
            }
        )

    assert widened(PROSPECT, None) == 1
    assert widened(PROSPECT, printed(0.03, 0.031)) == 1
    wide = widened(PROSPECT, printed(-0.51, 0.23))
    assert wide == pytest.approx(widened(PROSPECT, printed(-0.88, 0.6)) / 2)
    alike, promised = worth(), worth(replace(PROSPECT, widened=wide))
    assert alike.margin is not None and promised.margin == pytest.approx(wide * alike.margin)
    assert promised.price_roubles == alike.price_roubles
    assert promised.value_roubles < alike.value_roubles, "and less is learnt"


def test_another_share_is_held_against_the_group_that_was_drawn() -> None:
    best = worth().best_hold_out
    assert best is not None and best > 0.05
    drawn = np.random.default_rng(3).permutation(900) < best * 900
    at_best = worth(replace(PROSPECT, held=drawn), hold_out=best)
    left = at_best.value_roubles - at_best.price_roubles
    assert abs(at_best.best_more_roubles) < 0.05 * left < worth().best_more_roubles


def test_the_steps_that_are_printed_lead_to_the_value() -> None:
    found = worth(replace(PROSPECT, found=0.75, widened=1.6, new_a_month=90.0))
    foretold = PROBABILITY[PROSPECT.written]
    written = found.customers - found.customers_held
    arms = 1 / found.customers_held + 1 / written
    error = np.sqrt((foretold * (1 - foretold)).mean() * arms / 0.75) / foretold.mean() * 1.6
    assert found.error == pytest.approx(error, rel=2e-3)
    assert found.rounds == (24 - found.months) / 3
    a_round = value_of_knowing(PROSPECT, found.error or 0.0)
    assert found.value_roubles == pytest.approx(found.rounds * a_round, rel=1e-9)


def test_what_another_share_forgoes_is_that_part_of_all_that_letters_bring() -> None:
    found = worth()
    assert found.best_hold_out is not None
    rounds = found.best_months / 3
    assert found.best_price_roubles == pytest.approx(rounds * found.best_hold_out * PROSPECT.gain())
