"""Who has to decide and do what by when: the table of page 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from analysis.periods import day_after, last_day, months_later
from analysis.results import DataResults, Prospects, SegmentsResults, Written
from analysis.results.verdicts import (
    Action,
    DataVerdicts,
    Deed,
    LevelVerdicts,
    MoneyVerdicts,
    Paid,
    Variant,
)
from analysis.settings import Settings
from analysis.verdicts.doubts import (
    level_in_doubt,
    overturned,
    unit_in_doubt,
    unit_too_small,
)

DAYS_TO_ASK, DAYS_TO_CHOOSE, DAYS_TO_SEND = 5, 7, 10
"""Days after the month's end by which what would overturn the plan is to be asked, by which there
is to be a choice, and by which letters are to go out, with time left to use what they offer."""

WORTH_ASKING = 0.1
"""Part of what the control group leaves by which another share must beat it to be asked for."""

MUCH_MORE = 0.1
"""Part of a sum by which another has to differ to be told beside it."""

CLEARLY_SURER = 0.05
"""Fall of the probability of a loss from which on fewer letters are a plan of their own."""

TELLING_ROWS = ("file_order", "id_order")
"""Findings that say that the place of a row, or a customer's number, tells the level."""

UNCONFIRMED = ("no_earlier", "no_earlier_in_part")
"""Findings that say that neither an earlier month nor the books confirm the export."""

Condition = Literal["none", "unit", "both", "all"]
"""What must hold for letters to go out: nothing; the unit of profit; that decline costs profit as
well; and all that is asked: that the level is no quota, or that earlier lists went out."""

TO_ALL: Mapping[Condition, Deed] = {
    "none": "write",
    "unit": "write_if_unit",
    "both": "write_if_both",
    "all": "write_if_all",
}
"""The mailing's row, by its condition."""


def deeds_of(
    period: str,
    settings: Settings,
    data: DataResults,
    told: DataVerdicts,
    levels: LevelVerdicts,
    segments: SegmentsResults,
    money: MoneyVerdicts,
) -> list[Action]:
    """Say who has to decide and do what by when, and what it brings.

    Parameters
    ----------
    period
        Month of the report, ``YYYY-MM``.
    settings, data, segments
        Of the edition.
    told, levels, money
        What was concluded of data, levels and money.
    """
    written = segments.written
    if segments.money is None:
        return []
    unit = unit_in_doubt(settings, data)
    questions = [
        *_questions(period, settings, data, told, levels),
        *_totals_to_compare(period, data),
        *_proof_of_sending(period, segments, money),
    ]
    if not written or not written.customers:
        return [*questions, *_raised(period, unit, segments), *_stopped(period, segments, money)]
    choice = _tried_alone(period, written, segments)
    doubted = unit and overturned(segments)
    condition: Condition = "none"
    if money.sending_untold or (doubted and levels.spend_no_less and told.months_alike):
        condition = "all"
    elif doubted:
        condition = "both" if levels.spend_no_less else "unit"
    return [
        *questions,
        *choice,
        _mailing(period, written, condition, choice[0] if choice else None),
        *_hold_out(period, written, segments),
        *_share_held_out(period, settings, written, segments),
        *_raised(period, unit, segments),
        *_stopped(period, segments, money),
    ]


def _questions(
    period: str,
    settings: Settings,
    data: DataResults,
    told: DataVerdicts,
    levels: LevelVerdicts,
) -> list[Action]:
    """Ask whoever knows what the sums rest on; what the red line tells of the level is not told."""
    unit = unit_in_doubt(settings, data) or unit_too_small(settings, data)
    level = level_in_doubt(levels, told)
    by = day_after(period, DAYS_TO_ASK)
    if not level:
        return [Action(deed="ask_unit", who="finance", by=by)] if unit else []
    rows = any(each.code in TELLING_ROWS for each in data.findings)
    return [
        Action(
            deed="ask_both" if unit else "ask_level",
            variant="told" if rows and not told.months_alike else "plain",
            who="finance" if unit else "export",
            by=by,
        )
    ]


def _totals_to_compare(period: str, data: DataResults) -> list[Action]:
    """Ask for the shop's books where nothing else tells that the export is right."""
    if not any(each.code in UNCONFIRMED for each in data.findings):
        return []
    return [Action(deed="ask_totals", who="finance", by=day_after(period, DAYS_TO_ASK))]


def _proof_of_sending(period: str, segments: SegmentsResults, money: MoneyVerdicts) -> list[Action]:
    """Ask for proof that lists went out which were made late, where their outcomes count."""
    if not money.sending_untold:
        return []
    otherwise = segments.if_unsent
    ahead = otherwise.prospects if otherwise else None
    return [
        Action(
            deed="ask_sent",
            who="marketing",
            by=day_after(period, DAYS_TO_ASK),
            since=money.sending_untold[0],
            customers=otherwise.written.customers if otherwise else 0,
            gain_roubles=otherwise.written.gain_roubles if otherwise else None,
            expected_roubles=ahead.gain_roubles if ahead else None,
            paid="if_unsent" if ahead else None,
        )
    ]


def _mailing(period: str, written: Written, condition: Condition, choice: Action | None) -> Action:
    """Write to those on the lists, under the conditions that there are.

    Where some of them may be written to alone, the director's choice comes first.
    """
    deed: Deed = TO_ALL[condition]
    paid: Paid = "gain_at_cost"
    variant: Variant | None = "both" if written.declined and written.steady else "all"
    if choice:
        deed = "write_as_chosen" if condition == "none" else "write_as_chosen_if"
        paid, variant = "as_chosen", None
    elif condition == "none" and written.discounts:
        deed, variant = "write_some_discounts", None
    return Action(
        deed=deed,
        who="marketing",
        by=day_after(period, DAYS_TO_SEND),
        customers=written.customers,
        variant=variant,
        paid=paid,
        tried=choice.tried if choice else None,
        tried_cost_roubles=choice.tried_cost_roubles if choice else None,
        declined=written.declined,
        steady=written.steady,
        cost_roubles=written.cost_roubles,
        gain_roubles=written.gain_roubles,
    )


def _tried_alone(period: str, written: Written, segments: SegmentsResults) -> list[Action]:
    """Ask whether those alone shall be written to who are surer to bring more than they cost."""
    alone = tried_alone(segments)
    if not alone or not segments.untried:
        return []
    return [
        Action(
            deed="write_tried_only",
            who="director",
            by=day_after(period, DAYS_TO_CHOOSE),
            customers=written.customers,
            tried=written.customers - segments.untried.customers,
            tried_cost_roubles=written.cost_roubles - segments.untried.cost_roubles,
            paid="tried_only",
            gain_roubles=alone.gain_roubles.value,
            expected_roubles=alone.gain_roubles,
            all_roubles=segments.prospects.gain_roubles if segments.prospects else None,
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
            deed="hold_out" if whole is None else "hold_out_group",
            who="marketing",
            by=until.isoformat() if until else None,
            customers=written.control,
            months=worth.months if worth else None,
            lasts=True,
            paid=None if here is None else "hold_out" if whole is None else "hold_out_group",
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
            paid="set_hold_out",
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
            paid="gain_at_cost",
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
    could_turn = any(each.code in money.could_turn for each in harmful)
    one: Deed = "stop_unless" if could_turn else "stop_offers"
    return [
        Action(
            deed="stop_several" if len(harmful) > 1 else one,
            who="marketing",
            by=day_after(period, DAYS_TO_SEND),
            paid=None if not lost else "seen_within" if len(lost) == 1 else "seen",
            gain_roubles=sum(each.value for each in lost) if lost else None,
            seen_roubles=lost[0] if len(lost) == 1 else None,
            offers=[each.code for each in harmful if each.code],
        )
    ]


def tried_alone(segments: SegmentsResults) -> Prospects | None:
    """Give what those alone may bring on whose like the offers were tried.

    None where it is not clearly surer that they bring more than they cost, so that there is nothing
    to choose.
    """
    untried, ahead = segments.untried, segments.prospects
    alone = untried.tried_prospects if untried and untried.customers else None
    clearly = alone and ahead and ahead.loss - alone.loss >= CLEARLY_SURER
    return alone if clearly else None
