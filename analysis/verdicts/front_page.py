"""What the report concludes: page 1 (message, cases, red line, deeds), and all chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from analysis.money import ROUBLES
from analysis.periods import day_after, last_day, months_later
from analysis.results import (
    DataResults,
    ExplorationResults,
    History,
    ModelResults,
    NoLists,
    SegmentsResults,
    Sensitivity,
    TrackRecord,
    Written,
)
from analysis.results.base import Estimate
from analysis.results.verdicts import (
    Action,
    Cases,
    Decision,
    Deed,
    FunnelStep,
    Headline,
    LevelVerdicts,
    MoneyVerdicts,
    RedLine,
    State,
    Verdicts,
)
from analysis.settings import Settings
from analysis.verdicts import chapters

DAYS_TO_ASK, DAYS_TO_CHOOSE, DAYS_TO_SEND = 5, 7, 10
"""Days after the month's end by which what would overturn the plan is to be asked, by which there
is to be a choice, and by which letters are to go out, with time left to use what they offer."""

WORTH_ASKING = 0.1
"""Part of what the control group leaves by which another share must beat it to be asked for."""

MUCH_MORE = 0.1
"""Part of a sum by which another has to differ to be told beside it."""

CLEARLY_SURER = 0.05
"""Fall of the probability of a loss from which on fewer letters are a plan of their own."""

NOT_WRITING: Mapping[NoLists, Decision] = {
    "nobody": "nobody_left",
    "held_out": "nobody_left",
    "no_room": "no_room",
    "too_few": "too_few",
    "does_not_pay": "nothing_pays",
}
"""What is concluded where there are no lists, by the reason."""

SAME = 0.005
"""Points of share below which two shares are written alike."""


def judge(
    period: str,
    settings: Settings,
    data: DataResults,
    exploration: ExplorationResults,
    model: ModelResults,
    segments: SegmentsResults,
    history: History,
    track_record: Sequence[TrackRecord] = (),
) -> Verdicts:
    """Conclude from the results of all chapters what report and annex say.

    Parameters
    ----------
    period
        Month of the report, ``YYYY-MM``.
    settings
        Of the edition.
    data, exploration, model, segments
        Results of these chapters.
    history
        The months up to this one.
    track_record
        Earlier editions held against what came, the newest first.
    """
    courses = [each for each in history.months if each.declined]
    cases = cases_of(segments)
    levels, money = chapters.of_levels(exploration), chapters.of_money(settings, segments)
    return Verdicts(
        headline=_headline(settings, data, levels, model, segments, history),
        chart="course" if len(courses) > 1 else "cases" if cases else None,
        cases=cases,
        red_line=_red_line(settings, data, levels, model, segments, money),
        actions=_actions(period, settings, data, levels, segments, money),
        trusted=_trusted(model),
        strongest=_strongest(exploration),
        funnel=_funnel(data, segments),
        data=chapters.of_data(data, history),
        levels=levels,
        model=chapters.of_model(settings, model, track_record),
        money=money,
    )


def _headline(
    settings: Settings,
    data: DataResults,
    levels: LevelVerdicts,
    model: ModelResults,
    segments: SegmentsResults,
    history: History,
) -> Headline:
    here = history.months[-1] if history.months else None
    change = here.declined_change if here else None
    written = segments.written
    return Headline(
        state=_state(data, change),
        said="marked" if levels.spend_no_less else "plain",
        declined=data.declined,
        before=history.months[-2].period if change else None,
        change=change,
        decision=_decision(settings, data, levels, model, segments),
        customers=written.customers if written else 0,
        gain_roubles=written.gain_roubles if written else 0.0,
    )


def _state(data: DataResults, change: Estimate | None) -> State:
    if data.declined is None:
        return "unknown"
    if change is None:
        return "declined"
    if change.low > 0:
        return "more"
    if change.high < 0:
        return "fewer"
    return "same" if abs(change.value) < SAME else "as_before"


def _decision(
    settings: Settings,
    data: DataResults,
    levels: LevelVerdicts,
    model: ModelResults,
    segments: SegmentsResults,
) -> Decision:
    if not model.usable or segments.money is None:
        return "no_model"
    if segments.written and segments.written.customers:
        if unit_in_doubt(settings, data):
            return "write_if_both" if levels.spend_no_less else "write_if_unit"
        return "write"
    return NOT_WRITING[segments.no_lists or "does_not_pay"]


def cases_of(segments: SegmentsResults) -> Cases | None:
    """Give what the plan brings at worst, as expected and at best; None where there is no plan."""
    written, ahead, assumed = segments.written, segments.prospects, segments.share_saved
    if not written or not written.customers or ahead is None or assumed is None:
        return None
    exposed = written.exposed_roubles
    saved = [
        (gain + written.cost_roubles) / exposed if exposed > 0 else 0.0
        for gain in (ahead.gain_roubles.low, ahead.gain_roubles.high)
    ]
    return Cases(
        worst=ahead.gain_roubles.low,
        base=written.gain_roubles,
        best=ahead.gain_roubles.high,
        share_saved=assumed,
        saved_worst=saved[0],
        saved_worst_lost=max(-saved[0], 0.0),
        saved_best=saved[1],
        break_even=written.break_even,
        loss=ahead.loss,
        sizes={
            "worst": "harm" if saved[0] < 0 else "less",
            "base": "part",
            "best": "whole" if saved[1] >= 1 else "part",
        },
    )


def unit_in_doubt(settings: Settings, data: DataResults) -> bool:
    """Tell whether profits read in thousands of roubles are larger than revenues for some."""
    above = data.profit_above_revenue
    return settings.money.profit_unit == "thousand_roubles" and bool(above and above.count)


def _red_line(
    settings: Settings,
    data: DataResults,
    levels: LevelVerdicts,
    model: ModelResults,
    segments: SegmentsResults,
    money: MoneyVerdicts,
) -> RedLine | None:
    """Choose the one doubt that would overturn most of the sums, or of the plan if there is one."""
    if segments.money is None:
        return None
    planned = segments.written is not None and segments.written.customers > 0
    if any(each.sent_held_out for each in segments.proof.mailings[-1:]):
        return RedLine(code="strayed")
    unit, level = unit_in_doubt(settings, data), levels.spend_no_less
    if unit:
        other = _in_other_unit(segments)
        share = data.profit_to_revenue
        return RedLine(
            code="unit_and_level" if level else "unit",
            overturns=planned and _overturned(segments),
            other_gain_roubles=other.gain_roubles if other and planned else None,
            other_share=None if share is None else share / ROUBLES["thousand_roubles"],
        )
    if level:
        return RedLine(code="level_rule")
    if model.archived:
        return RedLine(code="archived")
    return None if money.tried or not planned else RedLine(code="untried")


def _in_other_unit(segments: SegmentsResults) -> Sensitivity | None:
    return next((each for each in segments.sensitivity if each.setting == "profit_unit"), None)


def _overturned(segments: SegmentsResults) -> bool:
    """Tell whether the letters would not pay if the profit were in the other unit."""
    other = _in_other_unit(segments)
    return other is not None and (not other.worth_contacting or other.gain_roubles < 0)


def _actions(
    period: str,
    settings: Settings,
    data: DataResults,
    levels: LevelVerdicts,
    segments: SegmentsResults,
    money: MoneyVerdicts,
) -> list[Action]:
    written = segments.written
    if segments.money is None:
        return []
    unit = unit_in_doubt(settings, data)
    questions = _questions(period, unit, levels.spend_no_less)
    if not written or not written.customers:
        return [*questions, *_raised(period, unit, segments), *_stopped(period, segments, money)]
    return [
        *questions,
        *_tried_alone(period, written, segments),
        _mailing(period, written, unit and _overturned(segments)),
        *_hold_out(period, written, segments),
        *_share_held_out(period, settings, written, segments),
        *_raised(period, unit, segments),
        *_stopped(period, segments, money),
    ]


def _questions(period: str, unit: bool, level: bool) -> list[Action]:
    by = day_after(period, DAYS_TO_ASK)
    if unit and level:
        return [Action(deed="ask_both", who="finance", by=by)]
    if unit:
        return [Action(deed="ask_unit", who="finance", by=by)]
    return [Action(deed="ask_level", who="export", by=by)] if level else []


def _mailing(period: str, written: Written, doubted: bool) -> Action:
    certain: Deed = "write_some_discounts" if written.discounts else "write"
    return Action(
        deed="write_if_unit" if doubted else certain,
        who="marketing",
        by=day_after(period, DAYS_TO_SEND),
        customers=written.customers,
        declined=written.declined,
        steady=written.steady,
        cost_roubles=written.cost_roubles,
        gain_roubles=written.gain_roubles,
    )


def _tried_alone(period: str, written: Written, segments: SegmentsResults) -> list[Action]:
    """Ask whether those alone shall be written to who are surer to bring more than they cost."""
    untried, ahead = segments.untried, segments.prospects
    alone = untried.tried_prospects if untried and untried.customers else None
    if not (untried and alone and ahead) or ahead.loss - alone.loss < CLEARLY_SURER:
        return []
    return [
        Action(
            deed="write_tried_only",
            who="director",
            by=day_after(period, DAYS_TO_CHOOSE),
            customers=written.customers - untried.customers,
            gain_roubles=alone.gain_roubles.value,
            expected_roubles=alone.gain_roubles,
        )
    ]


def _hold_out(period: str, written: Written, segments: SegmentsResults) -> list[Action]:
    if not written.control:
        return []
    worth = segments.proof.hold_out
    until = last_day(months_later(period, worth.months)) if worth and worth.months else None
    whole, here = _of_whole_group(segments), segments.hold_out_price_roubles
    return [
        Action(
            deed="hold_out",
            who="marketing",
            by=until.isoformat() if until else None,
            customers=written.control,
            months=worth.months if worth else None,
            gain_roubles=None if here is None else -here,
            group_roubles=whole,
            group_customers=None if whole is None else segments.proof.held_out,
        )
    ]


def _of_whole_group(segments: SegmentsResults) -> float | None:
    """Give what all of the control group forgoes, where the lists of the month are a part of it."""
    worth, here = segments.proof.hold_out, segments.hold_out_price_roubles
    if worth is None or here is None or abs(worth.price_roubles - here) <= MUCH_MORE * here:
        return None
    return -worth.price_roubles


def _share_held_out(
    period: str, settings: Settings, written: Written, segments: SegmentsResults
) -> list[Action]:
    """Ask for another share of the control group, where another is expected to bring more."""
    worth = segments.proof.hold_out
    if not (written.control and worth and worth.drawn and worth.best_hold_out):
        return []
    if worth.best_more_roubles < WORTH_ASKING * abs(worth.value_roubles - worth.price_roubles):
        return []
    return [
        Action(
            deed="set_hold_out",
            who="director",
            by=day_after(period, DAYS_TO_CHOOSE),
            months=settings.offers.test_pays_back_months,
            cost_roubles=worth.best_price_roubles,
            gain_roubles=worth.best_more_roubles,
        )
    ]


def _raised(period: str, unit: bool, segments: SegmentsResults) -> list[Action]:
    """Ask whether the limits shall be raised, where they keep out much of what there is to gain."""
    beyond, written = segments.left_out, segments.written
    if not beyond or beyond.gain_roubles <= MUCH_MORE * (written.gain_roubles if written else 0.0):
        return []
    return [
        Action(
            deed="raise_limits_if_unit" if unit else "raise_limits",
            who="director",
            by=day_after(period, DAYS_TO_CHOOSE),
            customers=beyond.customers,
            cost_roubles=beyond.cost_roubles,
            gain_roubles=beyond.gain_roubles,
        )
    ]


def _stopped(period: str, segments: SegmentsResults, money: MoneyVerdicts) -> list[Action]:
    harmful = [each for each in segments.proof.offers if each.code and each.verdict == "harms"]
    lost = [each.gained_roubles for each in harmful if each.gained_roubles]
    if not harmful:
        return []
    return [
        Action(
            deed="stop_offers",
            who="marketing",
            by=day_after(period, DAYS_TO_SEND),
            gain_roubles=sum(each.value for each in lost) if lost else None,
            seen_roubles=lost[0] if len(lost) == 1 else None,
            could_turn=any(each.code in money.could_turn for each in harmful),
            offers=[each.code for each in harmful if each.code],
        )
    ]


def _trusted(model: ModelResults) -> Literal["forecast", "nowcast", "archived", "nothing"]:
    if not model.usable:
        return "nothing"
    if model.archived:
        return "archived"
    return "forecast" if model.forecast and model.forecast.used else "nowcast"


def _strongest(exploration: ExplorationResults) -> str | None:
    clear = [
        each
        for each in exploration.numeric
        if each.differs and each.median_declined != each.median_steady
    ]
    strength = {each.name: abs(each.cliffs_delta.value) for each in clear if each.cliffs_delta}
    return max(strength, key=lambda name: (strength[name], name)) if strength else None


def _funnel(data: DataResults, segments: SegmentsResults) -> list[FunnelStep]:
    steps = [FunnelStep(step="exported", customers=data.customers)]
    if segments.money is None:
        return steps
    written = segments.written
    resting = segments.proof.resting
    passed = segments.worth_writing != segments.listed
    return [
        *steps,
        FunnelStep(step="scored", customers=segments.scored),
        FunnelStep(step="consented", customers=segments.money.eligible + resting),
        *([FunnelStep(step="rested", customers=segments.money.eligible)] if resting else []),
        FunnelStep(step="pays", customers=segments.worth_writing),
        *([FunnelStep(step="listed", customers=segments.listed)] if passed else []),
        *([FunnelStep(step="held_out", customers=written.control)] if written else []),
        FunnelStep(step="written", customers=written.customers if written else 0),
    ]
