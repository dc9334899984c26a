"""What would overturn the sums, and the one of these doubts that page 1 says first."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.money import ROUBLES
from analysis.results import (
    DataResults,
    MailingSeen,
    ModelResults,
    SegmentsResults,
    Sensitivity,
    TrackRecord,
    Written,
)
from analysis.results.verdicts import DataVerdicts, LevelVerdicts, MoneyVerdicts, RedLine
from analysis.settings import Settings

MONTHS_OF_A_QUARTER = 3

THINNEST_MARGIN = 0.01
"""Profit as a part of revenue below which a shop is hardly imaginable."""


def unit_in_doubt(settings: Settings, data: DataResults) -> bool:
    """Tell whether profits read in thousands of roubles are larger than revenues for some."""
    above = data.profit_above_revenue
    return settings.money.profit_unit == "thousand_roubles" and bool(above and above.count)


def level_in_doubt(levels: LevelVerdicts, told: DataVerdicts) -> bool:
    """Tell whether the level may mean something else than that a customer buys less."""
    return levels.spend_no_less or told.months_alike > 0


def unit_too_small(settings: Settings, data: DataResults) -> bool:
    """Tell whether profits read in roubles are next to nothing beside revenues."""
    share = data.profit_to_revenue
    return settings.money.profit_unit == "roubles" and share is not None and share < THINNEST_MARGIN


def red_line(
    settings: Settings,
    data: DataResults,
    told: DataVerdicts,
    levels: LevelVerdicts,
    model: ModelResults,
    segments: SegmentsResults,
    money: MoneyVerdicts,
) -> RedLine | None:
    """Choose the one doubt that would overturn most of the sums, or of the plan if there is one."""
    if segments.money is None:
        return None
    planned = segments.written is not None and segments.written.customers > 0
    unit, level = unit_in_doubt(settings, data), level_in_doubt(levels, told)
    if unit:
        other = _in_other_unit(segments)
        share = data.profit_to_revenue
        return RedLine(
            code="unit_and_level" if level else "unit",
            overturns=planned and overturned(segments),
            other_gain_roubles=other.gain_roubles if other and planned else None,
            other_share=None if share is None else share / ROUBLES["thousand_roubles"],
            quarter_gain_roubles=_if_of_a_quarter(segments.written) if planned else None,
            no_less=levels.spend_no_less,
            quota=told.months_alike,
        )
    if unit_too_small(settings, data) and data.profit_to_revenue is not None:
        return RedLine(
            code="unit_too_small",
            other_share=data.profit_to_revenue * ROUBLES["thousand_roubles"],
            no_less=levels.spend_no_less,
            quota=told.months_alike,
        )
    if level:
        return RedLine(code="level_rule", no_less=levels.spend_no_less, quota=told.months_alike)
    if model.archived:
        return RedLine(code="archived")
    strayed = _most_strayed(segments)
    if strayed:
        return RedLine(
            code="strayed", strayed=strayed.sent_held_out or 0, strayed_in=strayed.period
        )
    return None if money.tried or not planned else RedLine(code="untried")


def _if_of_a_quarter(written: Written | None) -> float | None:
    """Give what the same letters would bring were the profit exported that of a quarter."""
    if written is None:
        return None
    saved = written.gain_roubles + written.cost_roubles
    return saved / MONTHS_OF_A_QUARTER - written.cost_roubles


def _in_other_unit(segments: SegmentsResults) -> Sensitivity | None:
    return next((each for each in segments.sensitivity if each.setting == "profit_unit"), None)


def overturned(segments: SegmentsResults) -> bool:
    """Tell whether the letters would not pay if the profit were in the other unit."""
    other = _in_other_unit(segments)
    return other is not None and (not other.worth_contacting or other.gain_roubles < 0)


def _most_strayed(segments: SegmentsResults) -> MailingSeen | None:
    """Give the mailing of which most of the control group got something, if any did of late."""
    strayed = [each for each in segments.proof.mailings if each.sent_held_out]
    return max(strayed, key=lambda each: (each.sent_held_out or 0, each.period), default=None)


def sending_untold(
    segments: SegmentsResults, record: Sequence[TrackRecord]
) -> tuple[list[str], list[str]]:
    """Name the months of lists of which nothing shows that they went out, where that counts.

    It counts where outcomes are judged of lists that were made when these were known already: from
    the first of these months on, the shop has not told what was sent.

    Returns
    -------
    tuple of list of str
        All of them, and those of them that were made so late.
    """
    proof = segments.proof
    late = {each.period for each in record if each.back_filled}
    all_together = proof.together is not None and proof.together.share_saved is not None
    if not all_together and not any(each.share_saved for each in proof.offers):
        return [], []
    untold = [each for each in proof.mailings if each.sent is None]
    judged = [each.period for each in untold if each.period in late and each.known]
    return [each.period for each in untold if judged and each.period >= min(judged)], judged
