"""Earlier lists: who rests, what became of the customers, what the shop says it sent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.campaigns.mailings import (
    History,
    Mailing,
    followed,
    months_at_level,
    resting,
    seen,
    so_far,
    written_to,
)
from analysis.settings import Money

MONEY = Money()


def mailing(
    period: str, arms: dict[int, str], sent: dict[int, str] | None = None, cost: float = 15.0
) -> Mailing:
    listed = pd.DataFrame(
        {
            "id": list(arms),
            "arm": list(arms.values()),
            "offer": "letter",
            "cost": cost,
            "probability": 0.4,
            "profit": 2.0,
            "level": "steady",
            "revenue_current": 5000.0,
        }
    )
    told = None
    if sent is not None:
        told = pd.DataFrame(
            {"id": list(sent), "offer": list(sent.values()), "date": pd.Timestamp("2026-06-02")}
        ).astype({"id": "int64", "offer": "str"})
    return Mailing(period, listed, np.arange(1, 100), told)


def month(levels: dict[int, str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": list(levels), "level": list(levels.values()), "revenue_current": 4000.0}
    )


def test_whoever_was_on_a_list_rests_in_either_arm_until_the_time_is_over() -> None:
    history = History(
        [mailing("2026-05", {1: "contact", 2: "hold_out"}), mailing("2026-07", {3: "contact"})], {}
    )
    assert resting(history, "2026-07", 3) == {1, 2, 3}
    assert resting(history, "2026-08", 3) == {3}
    assert resting(history, "2026-08", 0) == set()


def test_whom_the_shop_did_not_write_to_does_not_rest_but_whoever_it_held_out_does() -> None:
    arms = {1: "contact", 2: "contact", 3: "hold_out"}
    wrote = History([mailing("2026-07", arms, {1: "letter", 9: "letter"})], {})
    assert resting(wrote, "2026-08", 3) == {1, 3, 9}
    nothing = History([mailing("2026-07", arms, {})], {})
    assert resting(nothing, "2026-08", 3) == set()


def test_whoever_was_written_to_before_an_outcome_is_named() -> None:
    history = History(
        [
            mailing("2026-05", {1: "contact", 2: "hold_out"}),
            mailing("2026-06", {3: "contact"}),
            mailing("2026-08", {4: "contact"}),
        ],
        {},
    )
    assert written_to(history, "2026-05", "2026-08") == {1, 3}
    assert written_to(history, "2026-06", "2026-09") == {3, 4}


def test_customers_are_followed_to_the_level_that_the_offer_was_to_prevent() -> None:
    arms = {1: "contact", 2: "hold_out", 3: "contact", 4: "contact"}
    came = {
        "2026-07": month({1: "steady", 2: "steady", 3: "steady", 4: "steady"}),
        "2026-08": month({1: "declined", 2: "steady", 4: None}),
    }
    lines = followed(History([mailing("2026-05", arms)], came), 3, MONEY)
    assert lines["declined"].tolist()[:2] == [1.0, 0.0]
    assert lines["declined"].isna().tolist() == [False, False, True, True]
    assert lines["contact"].tolist() == [True, False, True, True]
    assert lines["exposed"].tolist() == pytest.approx([0.4 * 2000 * 3 * 0.5] * 4)
    assert lines["got"].isna().all()


def test_lists_that_held_nobody_out_are_held_against_nothing() -> None:
    came = {"2026-08": month({1: "steady", 2: "declined"})}
    history = History([mailing("2026-05", {1: "contact", 2: "contact"})], came)
    assert followed(history, 3, MONEY).empty


@pytest.mark.parametrize("sent", [None, {}])
def test_what_is_not_due_or_did_not_take_place_is_not_followed(
    sent: dict[int, str] | None,
) -> None:
    period = "2026-06" if sent is None else "2026-05"
    arms = {1: "contact", 2: "hold_out"}
    history = History([mailing(period, arms, sent)], {"2026-08": month({1: "steady"})})
    assert followed(history, 3, MONEY).empty


def test_the_record_of_what_was_sent_is_held_against_the_lists() -> None:
    arms = {1: "contact", 2: "contact", 3: "hold_out", 4: "contact"}
    sent = {1: "letter", 2: "basket", 3: "letter", 50: "letter", 777: "letter"}
    each = mailing("2026-05", arms, sent)
    counted = seen(each, History([each], {"2026-08": month({1: "steady", 3: "declined"})}), 3)
    assert (counted.contact, counted.held_out, counted.known) == (3, 1, 2)
    assert (counted.sent, counted.sent_held_out, counted.sent_other) == (2, 1, 1)
    assert (counted.sent_unlisted, counted.sent_unknown) == (1, 1)


def test_a_kind_that_nothing_was_sent_to_teaches_nothing_and_rests_nobody() -> None:
    arms = {1: "contact", 2: "hold_out", 3: "contact", 4: "hold_out", 5: "contact"}
    whole = mailing("2026-05", arms, {1: "letter"})
    listed = whole.listed.assign(tried=[True, True, False, False, True])
    tried_only = replace(whole, listed=listed)
    came = {"2026-08": month(dict.fromkeys(arms, "steady"))}
    history = History([tried_only], came)
    assert followed(history, 3, MONEY)["id"].tolist() == [1, 2, 5]
    assert resting(history, "2026-06", 3) == {1, 2}
    assert seen(tried_only, history, 3).not_gone_out == 2
    untold = History([replace(tried_only, sent=None)], came)
    assert followed(untold, 3, MONEY)["id"].tolist() == [*arms]
    offers = replace(whole, listed=whole.listed.assign(offer=["letter"] * 2 + ["basket"] * 3))
    assert followed(History([offers], came), 3, MONEY)["id"].tolist() == [1, 2]
    held = replace(offers, sent=pd.DataFrame({"id": [1, 4], "offer": ["letter", "basket"]}))
    assert not held.went_out[3], "a letter to the control group is no mailing"


def test_the_letter_without_its_discount_is_the_offer_that_was_meant() -> None:
    each = mailing("2026-05", {1: "contact"}, {1: "letter_letter"})
    assert seen(each, History([each], {}), 3).sent_other == 0


def test_where_nothing_is_said_of_sending_no_figure_is_made_of_it() -> None:
    each = mailing("2026-05", {1: "contact"})
    counted = seen(each, History([each], {}), 3)
    assert counted.sent is counted.sent_held_out is counted.sent_unknown is None


def test_a_level_is_known_for_the_months_that_it_lasts_without_a_gap() -> None:
    customers = pd.DataFrame(
        {"id": [1, 2, 3, 4], "level": ["declined", "declined", "steady", None]}
    )
    came = {
        "2026-06": month({1: "declined", 2: "declined", 3: "steady"}),
        "2026-08": month({1: "declined", 2: "steady", 3: "steady", 4: "steady"}),
        "2026-09": month({1: "declined", 2: "declined", 3: None}),
    }
    known = months_at_level(History([], came), "2026-10", customers)
    assert known.tolist() == [3, 2, 1, 0]
    assert months_at_level(History([], {}), "2026-10", customers).tolist() == [1, 1, 1, 0]


def test_money_adds_up_over_months_and_no_customer_is_counted_twice() -> None:
    history = History(
        [
            mailing("2026-05", {1: "contact", 2: "contact", 3: "hold_out"}),
            mailing("2026-06", {9: "contact"}, {}),
            mailing("2026-08", {1: "contact", 4: "contact"}, {1: "letter"}, cost=20.0),
        ],
        {},
    )
    total = so_far(history, MONEY)
    assert total is not None
    assert (total.mailings, total.contacts, total.customers) == (2, 3, 2)
    assert total.cost_roubles == 15 + 15 + 20
    assert total.exposed_roubles == pytest.approx(2 * 0.4 * 2000 * 3 * 0.5)
    assert so_far(History([], {}), MONEY) is None
