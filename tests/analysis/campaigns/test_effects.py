"""What offers did: the estimate, the interval that holds in every month, and the verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.campaigns.effects import (
    compare_arms,
    effect,
    needed_error,
    together,
    width,
)
from analysis.results.proof import MIXTURE
from analysis.settings import Settings
from analysis.synthetic.mailing_study import Shop, count, history, look_at


def drawn(size: int, saved: float, seed: int, hold_out: float = 0.3) -> pd.DataFrame:
    return history(Shop(listed=size, saved=saved), 1, hold_out, seed)


def test_the_adjusted_difference_is_that_of_least_squares_with_robust_errors() -> None:
    lines = drawn(400, 0.3, 3)
    contact = lines["contact"].to_numpy()
    known = np.column_stack([lines["probability"], np.log1p(lines["revenue_current"])])
    compared = compare_arms(
        lines["declined"].to_numpy(), contact, known, lines["id"].to_numpy(dtype=float)
    )
    centred = known - known.mean(axis=0)
    design = np.column_stack([np.ones(len(lines)), contact, centred])
    fitted = sm.OLS(lines["declined"].to_numpy(), design).fit(cov_type="HC2")
    assert compared is not None
    assert [compared.base, compared.difference] == pytest.approx(fitted.params[:2])
    assert compared.covariance == pytest.approx(fitted.cov_params()[:2, :2])


def test_what_was_known_before_narrows_the_error() -> None:
    lines = drawn(900, 0.2, 4)
    outcome, contact = lines["declined"].to_numpy(), lines["contact"].to_numpy()
    ids = lines["id"].to_numpy(dtype=float)
    probability = lines[["probability"]].to_numpy()
    adjusted = compare_arms(outcome, contact, probability, ids)
    plain = compare_arms(outcome, contact, np.ones((len(lines), 1)), ids)
    assert adjusted is not None and plain is not None and adjusted.error < 0.95 * plain.error
    arms = [outcome[contact].mean(), outcome[~contact].mean()]
    assert plain.difference == pytest.approx(arms[0] - arms[1])


def test_a_month_in_which_all_decline_more_makes_no_effect() -> None:
    """The share held out fell between two months, and everyone's decline rose."""
    months = [drawn(6000, 0.0, seed, share) for seed, share in ((20, 0.5), (21, 0.1))]
    worse = months[1]["declined"].where(np.arange(6000) % 4 > 0, 1.0)
    lines = pd.concat(
        [
            months[0].assign(period="2026-05"),
            months[1].assign(period="2026-06", declined=worse, id=months[1]["id"] + 10**6),
        ],
        ignore_index=True,
    )
    found = effect(lines, None, Settings()).share_saved
    assert found is not None and found.low < 0 < found.high
    unaware = effect(lines.assign(period="2026-05"), None, Settings()).share_saved
    assert unaware is not None and unaware.high < 0


def test_a_customer_on_several_lists_is_one_customer() -> None:
    once = drawn(500, 0.2, 5)
    thrice = pd.concat([once] * 3, ignore_index=True)
    known = once[["probability"]].to_numpy()
    arms = [
        compare_arms(
            lines["declined"].to_numpy(),
            lines["contact"].to_numpy(),
            np.tile(known, (times, 1)),
            lines["id"].to_numpy(dtype=float),
        )
        for lines, times in ((once, 1), (thrice, 3))
    ]
    assert arms[0] is not None and arms[1] is not None
    assert arms[1].error == pytest.approx(arms[0].error, rel=0.01)


def test_the_sequence_is_the_normal_mixture_and_hardly_ever_left_by_chance() -> None:
    """Half the width solves mixture(estimate) = 1/level; a walk of 200 looks leaves it rarely."""
    error, mixture = 0.07, MIXTURE
    half = width(error, mixture)
    spread = error**2 + mixture**2
    ratio = np.sqrt(error**2 / spread) * np.exp(half**2 * mixture**2 / (2 * error**2 * spread))
    assert ratio == pytest.approx(1 / 0.05)
    rng = np.random.default_rng(1)
    looks = np.arange(1, 201)
    walks = rng.normal(0, 1, (1500, len(looks))).cumsum(axis=1) / looks
    limits = np.array([width(1 / np.sqrt(look), 0.3) for look in looks])
    left = (np.abs(walks) > limits).any(axis=1).mean()
    assert 0.005 < left <= 0.05
    naive = (np.abs(walks) > 1.96 / np.sqrt(looks)).any(axis=1).mean()
    assert naive > 0.25


@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_at_the_needed_error_the_power_is_the_one_that_was_asked_for(power: float) -> None:
    error = needed_error(0.2, power)
    rng = np.random.default_rng(2)
    told = rng.normal(0.2, error, 40_000) > width(error, MIXTURE)
    assert told.mean() == pytest.approx(power, abs=0.01)


@pytest.mark.parametrize(
    ("saved", "verdict"), [(0.5, "works"), (-0.5, "harms"), (0.0, "cannot_tell")]
)
def test_planted_effects_are_named_and_lie_in_their_intervals(saved: float, verdict: str) -> None:
    found = effect(drawn(1500, saved, 7), "letter", Settings(), families=3)
    assert found.verdict == verdict and found.share_saved is not None
    assert found.share_saved.low < saved < found.share_saved.high
    assert found.gained_roubles is not None
    assert found.gained_roubles.value == pytest.approx(
        found.share_saved.value * found.exposed_roubles - found.cost_roubles
    )


def test_all_together_are_the_sum_of_the_offers_by_the_profit_that_each_met() -> None:
    lines = pd.concat(
        [
            drawn(1200, 0.5, 30).assign(offer="letter"),
            drawn(700, -0.5, 31).assign(offer="basket", exposed=lambda each: 5 * each["exposed"]),
            drawn(20, 0.0, 32).assign(offer="promotions"),
        ],
        ignore_index=True,
    )
    codes = ["basket", "letter", "promotions"]
    effects = [effect(lines[lines["offer"] == code], code, Settings(), 3) for code in codes]
    found = together(lines, effects, Settings())
    known = [each for each in effects if each.share_saved is not None and each.gained_roubles]
    assert len(known) == 2 and found.share_saved is not None and found.gained_roubles is not None
    total = sum(each.gained_roubles.value for each in known if each.gained_roubles)
    assert found.gained_roubles.value == pytest.approx(total) and total < 0
    truth = 0.5 * known[1].exposed_roubles - 0.5 * known[0].exposed_roubles
    assert found.share_saved.low < truth / found.exposed_roubles < found.share_saved.high
    counted = lines[lines["offer"] != "promotions"]
    assert found.contact is not None and found.contact.base == counted["contact"].sum()
    one = lines[lines["offer"] == "letter"]
    alone = effect(one, "letter", Settings())
    only = together(one, [alone], Settings())
    assert only.share_saved == alone.share_saved


def test_roubles_rest_on_who_declined_and_not_on_what_was_foretold() -> None:
    lines = drawn(3000, 0.3, 6)
    doubted = lines.assign(probability=lines["probability"] / 2, exposed=lines["exposed"] / 2)
    right, wrong = (effect(each, None, Settings()) for each in (lines, doubted))
    assert right.gained_roubles is not None
    assert right.gained_roubles == pytest.approx(wrong.gained_roubles)
    assert right.exposed_roubles == pytest.approx(wrong.exposed_roubles)
    contact = lines["contact"].astype(bool)
    stake = float((lines["exposed"] / lines["probability"])[contact].sum())
    avoided = right.hold_out.share - right.contact.share
    cost = float(lines.loc[contact, "cost"].sum())
    assert right.gained_roubles.value + cost == pytest.approx(avoided * stake, rel=0.15)


def test_no_offer_loses_more_than_all_those_who_could_still_decline() -> None:
    harmful = effect(drawn(300, -0.6, 7), None, Settings())
    lines = drawn(300, -0.6, 7)
    contact = lines["contact"].astype(bool)
    stake = float((lines["exposed"] / lines["probability"])[contact].sum())
    assert harmful.gained_roubles is not None
    assert harmful.gained_roubles.low > -stake - float(lines.loc[contact, "cost"].sum())


def test_an_offer_that_saves_less_than_assumed_is_called_so() -> None:
    assert effect(drawn(40_000, 0.0, 8), None, Settings()).verdict == "less_than_assumed"


def test_several_offers_make_the_interval_wider() -> None:
    lines = drawn(900, 0.2, 9)
    one, four = (effect(lines, "letter", Settings(), families=n).share_saved for n in (1, 4))
    assert one is not None and four is not None
    assert four.low < one.low < one.high < four.high


@pytest.mark.parametrize("size", [5, 60])
def test_of_too_few_nothing_is_said(size: int) -> None:
    found = effect(drawn(size, 0.9, 10), "letter", Settings())
    assert found.share_saved is None and found.gained_roubles is None
    assert found.verdict == "too_few" and found.months_to_tell is None


def test_where_nobody_declines_nothing_is_said() -> None:
    found = effect(drawn(400, 0.0, 11).assign(declined=0.0), "letter", Settings())
    assert found.share_saved is None and found.bounds is None


def test_those_not_found_again_are_bounded() -> None:
    lines = drawn(600, 0.2, 12)
    lost = lines.assign(declined=lines["declined"].where(np.arange(len(lines)) % 10 > 0))
    full, found = (effect(each, "letter", Settings()) for each in (lines, lost))
    assert found.not_found == 60 and found.bounds is not None and full.bounds is not None
    assert full.bounds.low == pytest.approx(full.bounds.high)
    assert found.bounds.low < full.bounds.low < found.bounds.high


def test_everyone_counts_in_the_arm_of_the_lot_whatever_was_sent() -> None:
    lines = drawn(600, 0.2, 13)
    got = lines["contact"] & (np.arange(len(lines)) % 2 == 0)
    told = effect(lines.assign(got=got.astype("boolean")), "letter", Settings())
    silent = effect(lines, "letter", Settings())
    assert told.share_saved == silent.share_saved
    assert told.sent == pytest.approx(0.5, abs=0.05) and told.sent_held_out == 0
    assert silent.sent is None and silent.sent_held_out is None


def test_more_months_are_needed_the_less_is_known() -> None:
    looks = look_at(history(Shop(listed=950, saved=0.0), 4, 0.2, 14), Settings())
    errors = [look.standard_error or np.nan for look in looks]
    assert errors == sorted(errors, reverse=True)
    patient = Settings.model_validate(
        {"money": {"share_saved": 0.2}, "offers": {"longest_test_months": 60}}
    )
    small, large = (
        effect(history(Shop(listed=500, saved=0.2), 1, hold_out, 15), None, patient).months_to_tell
        for hold_out in (0.15, 0.3)
    )
    assert small is not None and large is not None and small > large > 0


def test_the_study_counts_what_its_histories_say() -> None:
    counted = count(Shop(listed=400, saved=0.5), 4, 1, months=3, hold_out=0.3)
    assert counted.histories == counted.worked == 4 and counted.harmed == 0
    assert counted.always >= 3 and counted.kept <= counted.promised <= 4


def test_of_a_group_below_the_smallest_cell_no_share_is_told() -> None:
    lines = drawn(40, 0.0, 33)
    kept = pd.concat([lines[lines["contact"]].head(4), lines[~lines["contact"]]])
    settings = Settings()
    assert settings.privacy.smallest_cell == 5
    found = effect(kept.assign(offer="letter"), "letter", settings)
    assert found.contact is None and found.hold_out is not None
