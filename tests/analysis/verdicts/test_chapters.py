"""Every judgement of a chapter follows from its numbers: beyond chance, or it is not said."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.results import (
    DataVerdicts,
    LevelVerdicts,
    ModelVerdicts,
    MoneyVerdicts,
)
from tests.report.test_languages import (
    FORECAST,
    LETTERS,
    RECORD,
    belief,
    estimate,
    median,
    seen,
    share,
    verdicts_of,
)


def of_data(**changes: Any) -> DataVerdicts:
    found = verdicts_of({f"data.{name}": value for name, value in changes.items()}).data
    assert found is not None
    return found


def of_levels(**changes: Any) -> LevelVerdicts:
    found = verdicts_of({f"exploration.{name}": value for name, value in changes.items()}).levels
    assert found is not None
    return found


def of_model(changes: dict[str, Any]) -> ModelVerdicts:
    found = verdicts_of(changes).model
    assert found is not None
    return found


def of_money(changes: dict[str, Any]) -> MoneyVerdicts:
    found = verdicts_of(changes).money
    assert found is not None
    return found


def moved(low: float, high: float) -> dict[str, float]:
    return {"share": (low + high) / 2, "low": low, "high": high, "customers": 1299}


@pytest.mark.parametrize(
    ("low", "high", "course"), [(0.01, 0.03, "rose"), (-0.03, -0.01, "fell"), (-0.02, 0.01, "same")]
)
def test_a_month_moved_only_if_its_interval_leaves_out_zero(
    low: float, high: float, course: str
) -> None:
    assert of_data(revenue_change=moved(low, high)).revenue == course
    assert of_data(minutes_change=moved(low, high)).minutes == course


def test_a_move_that_is_not_known_is_not_told_as_none() -> None:
    unknown = of_data(revenue_change=None, minutes_change=None)
    assert (unknown.revenue, unknown.minutes) == ("unknown", "unknown")


def test_those_who_stayed_are_alone_only_where_nearly_all_bought_in_every_month() -> None:
    assert of_data(active_in_all_months=share(0.96)).stayers_only
    assert not of_data(active_in_all_months=share(0.94)).stayers_only
    assert not of_data(active_in_all_months=None).stayers_only


def test_all_of_those_set_aside_is_said_of_all_alone() -> None:
    assert of_data(declined_set_aside=share(1.0, 15)).set_aside == "all"
    assert of_data(declined_set_aside=share(0.9, 15)).set_aside == "some"
    assert of_data(declined_set_aside=None).set_aside == "unknown"


def test_a_number_of_declines_that_stands_still_while_customers_come_and_go_is_told() -> None:
    still = [seen("2026-07", None), *(seen(f"2026-{month:02}", 0.004) for month in (8, 9, 10))]
    other = seen("2026-09", 0.004) | {"declined": share(0.41, 1297)}
    nobody_came = [each | {"arrivals": 0} for each in still]

    def alike(months: list[dict[str, Any]]) -> int:
        found = verdicts_of({"history.months": months}).data
        assert found is not None
        return found.months_alike

    assert alike(still) == 4
    assert alike(still[2:]) == 0
    assert alike([*still[:2], other, still[3]]) == 0
    assert alike(nobody_came) == 0


def test_promotions_tell_of_a_level_only_where_intervals_are_apart() -> None:
    few, many = share(0.11), share(0.8)

    def verdict(first: dict[str, Any], last: dict[str, Any]) -> str | None:
        shares = [{"value": "0-20", "declined": first}, {"value": "80-100", "declined": last}]
        return of_levels(promotions=shares).promotions

    assert verdict(few, many) == "more"
    assert verdict(many, few) == "less"
    assert verdict(few, share(0.15)) == "alike"
    assert of_levels(promotions=[]).promotions is None


def test_a_share_of_too_few_is_named_and_one_of_enough_is_not() -> None:
    shares = [
        {"value": "0-20", "declined": share(0.5, 9)},
        {"value": "80-100", "declined": share(0.5, 10)},
    ]
    assert of_levels(promotions=shares).promotions_too_few == ["0-20"]


def test_revenue_hides_a_decline_where_those_who_declined_spend_no_less() -> None:
    months = [median("revenue", "current", 5000, 5000), median("minutes", "current", 15, 10)]
    found = of_levels(months=months)
    assert (found.spend_no_less, found.less_time, found.revenue_grew) == (True, True, False)
    nothing = of_levels(months=[])
    assert not (nothing.spend_no_less or nothing.less_time or nothing.revenue_grew)


@pytest.mark.parametrize(("value", "against"), [(0.1, "better"), (-0.1, "worse"), (0.01, "tied")])
def test_a_forecast_leads_only_if_the_interval_of_its_gain_says_so(
    value: float, against: str
) -> None:
    assert of_model({"model.forecast": FORECAST | {"gain": estimate(value)}}).gain == against


@pytest.mark.parametrize(("said", "tried"), [(0.5, "over"), (0.2, "under"), (0.38, "within")])
def test_an_earlier_forecast_was_wrong_only_beyond_the_interval_of_what_came(
    said: float, tried: str
) -> None:
    past = FORECAST["out_of_time"] | {"said": said}
    assert of_model({"model.forecast": FORECAST | {"out_of_time": past}}).tried == tried


def test_a_forecast_that_is_not_there_has_a_reason() -> None:
    weak = {"used": False, "reason": {"code": "too_weak", "fields": {"low": 0.5, "floor": 0.6}}}
    few = {"used": False, "reason": {"code": "no_levels", "fields": {}}}
    assert of_model({}).forecast == "no_month"
    assert of_model({"settings.model.forecast_horizon": 0}).forecast == "off"
    assert of_model({"model.forecast": FORECAST}).forecast == "used"
    assert of_model({"model.forecast": FORECAST | weak}).forecast == "too_weak"
    assert of_model({"model.forecast": FORECAST | few}).forecast == "too_few"


def test_a_record_is_that_of_the_newest_edition_that_counts() -> None:
    filled = RECORD[0] | {"back_filled": True}
    worse = RECORD[1] | {"roc_auc": estimate(0.6)}
    assert of_model({"track_record": RECORD}).record == "better"
    assert of_model({"track_record": [filled, worse]}).record == "worse"
    assert of_model({"track_record": [RECORD[0] | {"roc_auc": estimate(0.762)}]}).record == "tied"
    assert of_model({"track_record": [filled]}).record is None
    assert of_model({"track_record": [RECORD[0] | {"roc_auc": None}]}).record is None


def test_an_order_that_keeps_two_thirds_of_its_first_is_no_mere_assumption() -> None:
    for shared, assumed in ((59, True), (60, False)):
        order = {"customers": 90, "shared": shared}
        assert of_money({"segments.other_order": order}).order_assumed is assumed
    assert not of_money({"segments.other_order": None}).order_assumed


def test_a_discount_is_worth_it_for_some_for_one_list_or_never() -> None:
    letters = {"segments.written": LETTERS}
    for first, half, worth in ((0.1, 0.3, "some"), (0.1, None, "one"), (None, None, "never")):
        changes = {"segments.discount_worth.first": first, "segments.discount_worth.half": half}
        assert of_money(letters | changes).discount == worth
    assert of_money(letters | {"segments.discount_worth": None}).discount is None
    assert of_money({}).discount == "given", "the plan has some"


def test_assumptions_are_tried_from_the_first_outcome_on() -> None:
    assert not of_money({}).tried
    assert of_money({"segments.proof.beliefs": [belief("basket", 0.3, estimated=True)]}).tried


def test_a_loss_of_those_to_be_won_back_is_apart_only_where_it_is_another() -> None:
    for loss, losses in ((0.3, "apart"), (0.5, "alike"), (None, "alike")):
        assert of_money({"settings.money.win_back_loss_share": loss}).losses == losses


def test_a_control_group_is_fine_where_it_tells_less_than_what_is_assumed() -> None:
    for margin, verdict in ((0.06, "fine"), (0.28, "coarse"), (None, "blind")):
        assert of_money({"segments.proof.hold_out.margin": margin}).hold_out == verdict
    assert of_money({"segments.proof.hold_out": None}).hold_out is None
