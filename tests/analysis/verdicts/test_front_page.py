"""What page 1 concludes follows from the results, and from the worst of them first."""

from __future__ import annotations

import pytest

from analysis.results import Results
from tests.report.test_languages import (
    MONTHS,
    NO_MODEL,
    NO_OFFERS,
    SURE_OF_THE_LEVEL,
    SURE_OF_THE_UNIT,
    belief,
    mailing,
    results_of,
    seen,
    verdicts_of,
)

WAITING = {"write_if_unit", "write_if_both", "write_if_all"}


@pytest.mark.parametrize(
    ("change", "state"), [(0.05, "more"), (-0.05, "fewer"), (0.01, "as_before"), (0.004, "same")]
)
def test_a_share_has_moved_only_if_its_interval_says_so(change: float, state: str) -> None:
    months = [seen("2026-09", None), seen("2026-10", change)]
    assert verdicts_of({"history.months": months}).headline.state == state


def test_a_first_month_is_held_against_nothing_and_shows_cases_in_place_of_a_course() -> None:
    first = verdicts_of({"history": {"months": [seen("2026-10", None)], "unread": []}})
    assert (first.headline.state, first.headline.before) == ("declined", None)
    assert first.chart == "cases"


def test_the_message_says_what_it_hangs_on() -> None:
    assert verdicts_of({}).headline.decision == "write_if_both"
    assert verdicts_of(SURE_OF_THE_LEVEL).headline.decision == "write_if_unit"
    assert verdicts_of(SURE_OF_THE_UNIT).headline.decision == "write"
    assert verdicts_of(NO_MODEL | MONTHS["one level only"]).headline.decision == "no_model"
    for reason, decision in (
        ("held_out", "nobody_left"),
        ("nobody", "nobody_left"),
        ("no_room", "no_room"),
        ("too_few", "too_few"),
        ("does_not_pay", "nothing_pays"),
    ):
        nothing = NO_OFFERS | {"segments.no_lists": reason}
        assert verdicts_of(nothing).headline.decision == decision
        lowered = {"segments.proof.beliefs": [belief("letter", -0.02, estimated=True)]}
        if reason == "does_not_pay":
            against = verdicts_of(nothing | lowered).headline.decision
            assert against == "outcomes_speak_against"
        required = verdicts_of(nothing | {"settings.money.required_return": 0.2})
        below = "below_return" if reason == "does_not_pay" else decision
        assert required.headline.decision == below


def test_next_to_no_profit_is_doubted_in_roubles_as_too_much_is_in_thousands() -> None:
    def doubt(unit: str, share: float) -> tuple[str | None, float | None, bool]:
        found = verdicts_of(
            SURE_OF_THE_LEVEL
            | SURE_OF_THE_UNIT
            | {"settings.money.profit_unit": unit, "data.profit_to_revenue": share}
        )
        line = found.red_line
        asked = "ask_unit" in {each.deed for each in found.actions}
        return line and line.code, line and line.other_share, asked

    assert doubt("roubles", 0.004) == ("unit_too_small", 4.0, True)
    assert doubt("roubles", 0.011) == ("untried", None, False)
    assert doubt("thousand_roubles", 0.0008) == ("untried", None, False)


def test_lists_made_late_are_to_be_shown_to_have_gone_out_where_their_outcomes_count() -> None:
    month = MONTHS["letters of which a part is surer, after lists of which nothing is told"]

    def asked(changes: dict[str, object]) -> list[str | None]:
        found = verdicts_of(month | changes)
        return [each.since for each in found.actions if each.deed == "ask_sent"]

    assert asked({}) == ["2026-07"]
    (row,) = (each for each in verdicts_of(month).actions if each.deed == "ask_sent")
    otherwise = month["segments.if_unsent"]
    assert (row.customers, row.gain_roubles) == (948, otherwise["written"]["gain_roubles"])
    in_time = [each | {"back_filled": False} for each in month["track_record"]]
    assert asked({"track_record": in_time}) == []
    assert asked({"segments.proof.mailings": [mailing("2026-07", "2026-10", 590)]}) == []
    offers = [each | {"share_saved": None} for each in month["segments.proof.offers"]]
    together = month["segments.proof.together"] | {"share_saved": None}
    assert asked({"segments.proof.offers": offers}) == ["2026-07"], "all together are judged"
    nothing = {"segments.proof.offers": offers, "segments.proof.together": together}
    assert asked(nothing) == [], "nothing is concluded from them"
    later = [mailing(period, "2026-10", None) for period in ("2026-06", "2026-07", "2026-08")]
    money = verdicts_of(month | {"segments.proof.mailings": later}).money
    assert money.sending_untold == ["2026-07", "2026-08"], "the first judged late, and all after it"
    assert money.made_late == ["2026-07"]
    for sure, decision in (
        ({}, "write_if_level_sent"),
        (SURE_OF_THE_LEVEL, "write_if_unit_sent"),
        (SURE_OF_THE_UNIT, "write_if_sent"),
    ):
        found = verdicts_of(month | sure)
        assert found.headline.decision == decision
        assert "write_as_chosen_if" in {each.deed for each in found.actions}


def test_of_several_doubts_the_one_that_overturns_most_is_told() -> None:
    sure = {**SURE_OF_THE_UNIT, **SURE_OF_THE_LEVEL}
    strayed = {"segments.proof.mailings": [mailing("2026-07", "2026-10", 590)]}
    known = {"segments.proof.beliefs": [belief("letter", 0.2, estimated=True)]}
    kinds = [
        (sure | strayed, "strayed"),
        (strayed, "unit_and_level"),
        (SURE_OF_THE_LEVEL, "unit"),
        (SURE_OF_THE_UNIT, "level_rule"),
        (sure, "untried"),
    ]
    for changes, code in kinds:
        line = verdicts_of(changes).red_line
        assert line is not None and line.code == code
    assert verdicts_of(sure | known).red_line is None
    assert verdicts_of(sure | NO_OFFERS).red_line is None


def test_where_nobody_is_written_to_doubts_remain_and_nothing_else_is_to_do() -> None:
    sure = {**SURE_OF_THE_UNIT, **SURE_OF_THE_LEVEL}
    for changes in (sure | NO_OFFERS, NO_MODEL):
        found = verdicts_of(changes)
        assert (found.actions, found.cases, found.red_line) == ([], None, None)
    for changes, code, deed in (
        ({}, "unit_and_level", "ask_both"),
        (SURE_OF_THE_LEVEL, "unit", "ask_unit"),
        (SURE_OF_THE_UNIT, "level_rule", "ask_level"),
    ):
        doubted = verdicts_of(NO_OFFERS | changes)
        assert doubted.red_line is not None and doubted.red_line.code == code
        assert not doubted.red_line.overturns and doubted.red_line.other_gain_roubles is None
        assert [each.deed for each in doubted.actions] == [deed]


@pytest.mark.parametrize(
    ("beyond", "planned", "asked"),
    [(9_000.0, True, False), (12_000.0, True, True), (1.0, False, True)],
)
def test_limits_are_put_to_the_director_where_they_keep_out_much(
    beyond: float, planned: bool, asked: bool
) -> None:
    left = {"customers": 51, "cost_roubles": 765.0, "gain_roubles": beyond}
    changes = SURE_OF_THE_UNIT | ({} if planned else NO_OFFERS | {"segments.no_lists": "no_room"})
    deeds = {each.deed: each for each in verdicts_of(changes | {"segments.left_out": left}).actions}
    assert ("raise_limits" in deeds) == asked
    if asked:
        raised = deeds["raise_limits"]
        assert (raised.who, raised.customers, raised.gain_roubles) == ("director", 51, beyond)
        unsure = {each: changes[each] for each in changes if each not in SURE_OF_THE_UNIT}
        doubted = verdicts_of(unsure | {"segments.left_out": left})
        assert "raise_limits_if_unit" in {each.deed for each in doubted.actions}


def test_the_steps_say_who_has_no_place_on_a_list() -> None:
    steps = {each.step: each.customers for each in verdicts_of({}).funnel}
    assert "listed" not in steps and steps["pays"] == 690
    limited = {"segments.worth_writing": 741}
    steps = {each.step: each.customers for each in verdicts_of(limited).funnel}
    assert (steps["pays"], steps["listed"]) == (741, 690)
    none = NO_OFFERS | {"segments.worth_writing": 741, "segments.no_lists": "no_room"}
    steps = {each.step: each.customers for each in verdicts_of(none).funnel}
    assert (steps["pays"], steps["listed"], steps["written"]) == (741, 0, 0)
    assert "held_out" not in steps


def test_what_is_to_be_done_carries_the_money_and_the_people_of_the_lists() -> None:
    results = results_of(MONTHS["a month after mailings that are told apart"])
    found = Results.model_validate(results).verdicts
    assert found is not None
    deeds = {each.deed: each for each in found.actions}
    assert list(deeds) == [
        "ask_both",
        "write_tried_only",
        "write_as_chosen_if",
        "hold_out",
        "set_hold_out",
        "stop_offers",
    ]
    written = results["segments"]["written"]
    mail = deeds["write_as_chosen_if"]
    assert mail.tried == deeds["write_tried_only"].tried
    others = results["segments"]["untried"]["cost_roubles"]
    assert mail.tried_cost_roubles == written["cost_roubles"] - others
    assert (mail.customers, mail.cost_roubles, mail.gain_roubles) == (
        written["customers"],
        written["cost_roubles"],
        written["gain_roubles"],
    )
    assert deeds["hold_out"].customers == written["control"]
    assert deeds["hold_out"].gain_roubles == -results["segments"]["hold_out_price_roubles"]
    assert deeds["stop_offers"].offers == ["promotions"]
    (harmful,) = (
        each for each in results["segments"]["proof"]["offers"] if each["code"] == "promotions"
    )
    assert deeds["stop_offers"].gain_roubles == harmful["gained_roubles"]["value"]
    seen = deeds["stop_offers"].seen_roubles
    assert seen is not None and seen.model_dump() == harmful["gained_roubles"]
    assert deeds["set_hold_out"].who == "director"
    assert deeds["ask_both"].by == "2026-11-05"


def test_the_share_of_the_control_group_is_asked_for_where_another_would_bring_more() -> None:
    def deeds(now: float, best: float | None, more: float = 50_000.0) -> list[str]:
        group = {"hold_out": now, "best_hold_out": best, "best_more_roubles": more}
        changed = {f"segments.proof.hold_out.{name}": value for name, value in group.items()}
        return [each.deed for each in verdicts_of(changed).actions]

    assert "set_hold_out" in deeds(0.05, 0.15)
    assert "set_hold_out" not in deeds(0.05, 0.15, more=4_000.0), "hardly more"
    assert "set_hold_out" not in deeds(0.15, 0.15, more=0.0)
    assert "set_hold_out" not in deeds(0.15, None)


def test_the_limits_of_several_harmful_offers_together_are_not_known() -> None:
    results = results_of(MONTHS["a month after mailings nobody reported"])
    found = Results.model_validate(results).verdicts
    assert found is not None
    (stopped,) = (each for each in found.actions if each.deed == "stop_several")
    assert stopped.offers == ["basket", "loyalty"] and stopped.seen_roubles is None
    assert stopped.gain_roubles == 2 * 81234.5


def test_the_cases_are_the_joint_interval_of_the_gain() -> None:
    results = results_of({})
    found = Results.model_validate(results).verdicts
    assert found is not None and found.cases is not None
    ahead = results["segments"]["prospects"]["gain_roubles"]
    assert (found.cases.worst, found.cases.best) == (ahead["low"], ahead["high"])
    written = results["segments"]["written"]
    assert found.cases.base == written["gain_roubles"]
    brings = found.cases.saved_best * written["exposed_roubles"] - written["cost_roubles"]
    assert brings == pytest.approx(found.cases.best)


def test_a_case_says_whether_letters_harm_or_save_it_all() -> None:
    def sizes(low: float, high: float) -> tuple[str, ...]:
        ahead = {"value": 9e4, "low": low, "high": high}
        cases = verdicts_of({"segments.prospects.gain_roubles": ahead}).cases
        assert cases is not None
        return tuple(cases.sizes.values())

    assert sizes(-3e5, 5e5) == ("harm", "part", "part")
    assert sizes(5e4, 2e6) == ("less", "part", "whole")


def test_the_funnel_narrows_down_to_the_lists() -> None:
    steps = {each.step: each.customers for each in verdicts_of({}).funnel}
    results = results_of({})
    assert steps["exported"] == results["data"]["customers"]
    assert steps["written"] == results["segments"]["written"]["customers"]
    assert [each.step for each in verdicts_of(NO_MODEL).funnel] == ["exported"]


def test_consent_and_rest_are_two_steps_where_somebody_rests() -> None:
    rested = {
        each.step: each.customers for each in verdicts_of({"segments.proof.resting": 212}).funnel
    }
    assert rested["consented"] - rested["rested"] == 212
    assert "rested" not in {each.step for each in verdicts_of({"segments.proof.resting": 0}).funnel}


def test_letters_that_would_not_pay_in_the_other_unit_wait_for_the_answer() -> None:
    sure = verdicts_of(SURE_OF_THE_UNIT)
    assert not {each.deed for each in sure.actions} & WAITING
    doubted = verdicts_of({})
    assert doubted.red_line is not None and doubted.red_line.overturns
    assert {each.deed for each in doubted.actions} & WAITING == {"write_if_both"}
    only = verdicts_of(SURE_OF_THE_LEVEL)
    assert {each.deed for each in only.actions} & WAITING == {"write_if_unit"}
    quota = {
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)]
    }
    assert {each.deed for each in verdicts_of(quota).actions} & WAITING == {"write_if_all"}
    assert doubted.red_line.other_gain_roubles is not None
    written = results_of({})["segments"]["written"]
    saved = written["gain_roubles"] + written["cost_roubles"]
    quarter = doubted.red_line.quarter_gain_roubles
    assert quarter == pytest.approx(saved / 3 - written["cost_roubles"])


def test_a_finding_that_those_who_left_could_turn_is_not_told_as_sure() -> None:
    def stopped(bounds: tuple[float, float]) -> bool:
        month = results_of(MONTHS["a month after mailings that are told apart"])
        (harmful,) = (
            each for each in month["segments"]["proof"]["offers"] if each["code"] == "promotions"
        )
        low, high = bounds
        changed = harmful | {"bounds": {"low": low, "high": high}}
        found = verdicts_of(
            MONTHS["a month after mailings that are told apart"]
            | {"segments.proof.offers": [changed]}
        )
        (deed,) = (each.deed for each in found.actions if each.offers)
        assert found.money.could_turn == (["promotions"] if deed == "stop_unless" else [])
        return deed == "stop_unless"

    assert stopped((-0.9, 0.05))
    assert not stopped((-0.9, -0.05))


def test_what_is_said_of_a_chart_leaves_out_what_it_does_not_show() -> None:
    features = results_of({})["exploration"]["numeric"]
    told = verdicts_of({}).levels
    assert told.lower + told.higher
    hidden = (told.lower + told.higher)[0]
    marked = [each | {"drawn": each["name"] != hidden} for each in features]
    left = verdicts_of({"exploration.numeric": marked}).levels
    assert hidden not in left.lower + left.higher
    assert hidden in left.differing


def test_the_director_is_asked_whether_the_tried_alone_shall_be_written_to() -> None:
    month = MONTHS["a month after mailings that are told apart"]
    untried = results_of(month)["segments"]["untried"]

    def deeds(loss: float, customers: int = untried["customers"]) -> list[str]:
        alone = untried["tried_prospects"] | {"loss": loss}
        changed = untried | {"tried_prospects": alone, "customers": customers}
        found = verdicts_of(month | {"segments.untried": changed})
        return [each.deed for each in found.actions if each.who == "director"]

    ahead = results_of(month)["segments"]["prospects"]["loss"]
    assert "write_tried_only" in deeds(ahead - 0.06)
    assert "write_tried_only" not in deeds(ahead - 0.04), "hardly surer"
    assert "write_tried_only" not in deeds(0.0, customers=0), "nobody else is written to"


def test_what_the_whole_control_group_forgoes_stands_beside_the_part_of_these_lists() -> None:
    def told(price: float) -> float | None:
        found = verdicts_of({"segments.proof.hold_out.price_roubles": price})
        (deed,) = (each for each in found.actions if each.lasts)
        assert deed.deed == ("hold_out" if deed.group_roubles is None else "hold_out_group")
        return deed.group_roubles

    here = results_of({})["segments"]["hold_out_price_roubles"]
    assert told(3 * here) == -3 * here
    assert told(here) is None
