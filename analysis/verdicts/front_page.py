"""What the report concludes: page 1 (message, chart, cases, funnel), and all chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from analysis.results import (
    DataResults,
    ExplorationResults,
    History,
    ModelResults,
    NoLists,
    SegmentsResults,
    TrackRecord,
)
from analysis.results.base import Estimate
from analysis.results.verdicts import (
    Cases,
    Decision,
    FunnelStep,
    Headline,
    LevelVerdicts,
    MoneyVerdicts,
    State,
    Verdicts,
)
from analysis.settings import Settings
from analysis.verdicts import chapters
from analysis.verdicts.deeds import deeds_of
from analysis.verdicts.doubts import red_line, sending_untold, unit_in_doubt

NOT_WRITING: Mapping[NoLists | Literal["below_return", "outcomes_speak_against"], Decision] = {
    "nobody": "nobody_left",
    "held_out": "nobody_left",
    "no_room": "no_room",
    "too_few": "too_few",
    "does_not_pay": "nothing_pays",
    "below_return": "below_return",
    "outcomes_speak_against": "outcomes_speak_against",
}
"""What is concluded where there are no lists, by the reason."""

AND_SENT: Mapping[bool, Decision] = {False: "write_if_unit_sent", True: "write_if_level_sent"}
"""Where the unit is in doubt and earlier lists may not have gone out, by a doubt of the level."""

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
    untold, late = sending_untold(segments, track_record)
    told, levels = chapters.of_data(data, history), chapters.of_levels(exploration)
    money = chapters.of_money(settings, segments, untold, late)
    headline = _headline(settings, data, levels, money, model, segments, history)
    return Verdicts(
        headline=headline,
        chart="course" if len(courses) > 1 else "cases" if cases else None,
        cases=cases,
        red_line=red_line(settings, data, told, levels, model, segments, money),
        actions=deeds_of(period, settings, data, told, levels, segments, money),
        trusted=_trusted(model),
        strongest=_strongest(exploration),
        funnel=_funnel(data, segments),
        data=told,
        levels=levels,
        model=chapters.of_model(settings, model, track_record),
        money=money,
    )


def _headline(
    settings: Settings,
    data: DataResults,
    levels: LevelVerdicts,
    money: MoneyVerdicts,
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
        decision=_decision(settings, data, levels, money, model, segments),
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
    money: MoneyVerdicts,
    model: ModelResults,
    segments: SegmentsResults,
) -> Decision:
    if not model.usable or segments.money is None:
        return "no_model"
    if segments.written and segments.written.customers:
        unit, level = unit_in_doubt(settings, data), levels.spend_no_less
        if money.sending_untold:
            return "write_if_sent" if not unit else AND_SENT[level]
        if unit:
            return "write_if_both" if level else "write_if_unit"
        return "write"
    return NOT_WRITING[money.no_lists or "does_not_pay"]


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
