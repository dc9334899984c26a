"""What the chapters conclude: a verdict for every judgement that the annex and the report say."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from analysis.results import (
    DataResults,
    Effect,
    Estimate,
    ExplorationResults,
    Forecast,
    History,
    LevelShare,
    ModelResults,
    NoLists,
    OutOfTime,
    SegmentsResults,
    TrackRecord,
)
from analysis.results.data import Change
from analysis.results.exploration import MOST_CONTRASTED
from analysis.results.verdicts import (
    Against,
    Calibrated,
    Course,
    DataVerdicts,
    ForecastState,
    LevelVerdicts,
    ModelVerdicts,
    MoneyVerdicts,
)
from analysis.settings import Settings

NEARLY_ALL = 0.95
"""Share of customers with revenue in every month from which on those who left cannot be seen."""

FEWEST_ALIKE = 3
"""Months in a row with the same number of declines from which on it is told."""

COMPARABLE = 2
"""Groups from which on there is something to compare."""

INFLATED = 1.1
"""Variance inflation from which on a feature is worth telling of as repeated by others."""

MOST_OF_THE_GROUPS = Fraction(3, 4)
"""Of the groups in a trial, in which probabilities must agree with the outcome not to be told."""

KEPT_IN_ORDER = Fraction(2, 3)
"""Share of the first customers that another reasonable order must keep for the order to be told as
found and not as assumed."""


def of_data(data: DataResults, history: History) -> DataVerdicts:
    """Conclude how the shop moved within the export, and who was set aside."""
    active, aside = data.active_in_all_months, data.declined_set_aside
    return DataVerdicts(
        revenue=_course(data.revenue_change),
        minutes=_course(data.minutes_change),
        stayers_only=bool(active and active.share > NEARLY_ALL),
        set_aside="unknown"
        if aside is None or not aside.base
        else "all"
        if aside.count == aside.base
        else "some",
        months_alike=_months_alike(history),
    )


def _months_alike(history: History) -> int:
    """Count the newest months in which exactly as many of as many customers had declined."""
    newest = history.months[::-1]
    alike = 0
    for each, after in zip(newest, [None, *newest], strict=False):
        if not each.declined or not each.declined.count:
            break
        if after and (after.declined != each.declined or not after.arrivals):
            break
        alike += 1
    return alike if alike >= FEWEST_ALIKE else 0


def of_levels(exploration: ExplorationResults) -> LevelVerdicts:
    """Conclude in what the customers who declined differ from the others."""
    spent = [each for each in exploration.months if each.measure == "revenue"]
    now = {each.measure: each for each in exploration.months if each.month == "current"}
    by_category = [each for each in exploration.categorical if each.name == "category"]
    shares = exploration.promotions
    shown = [each for each in exploration.numeric if each.differs and each.drawn][:MOST_CONTRASTED]
    return LevelVerdicts(
        differing=[each.name for each in exploration.numeric if each.differs],
        lower=[each.name for each in shown if each.cliffs_delta.value < 0],
        higher=[each.name for each in shown if each.cliffs_delta.value > 0],
        spend_no_less="revenue" in now
        and now["revenue"].median_declined >= now["revenue"].median_steady,
        less_time="minutes" in now
        and now["minutes"].median_declined < now["minutes"].median_steady,
        revenue_grew=bool(spent) and spent[-1].median_declined > spent[0].median_declined,
        categories=None
        if len(exploration.categories) < COMPARABLE
        else "differ"
        if any(each.differs for each in by_category)
        else "alike",
        promotions=_promotions(shares) if len(shares) >= COMPARABLE else None,
        promotions_too_few=[
            each.value for each in shares if each.declined.base < exploration.smallest_base
        ],
        repeated_by_others=bool(exploration.inflation and exploration.inflation[0].vif > INFLATED),
    )


def of_model(
    settings: Settings, model: ModelResults, record: Sequence[TrackRecord]
) -> ModelVerdicts:
    """Conclude what the model, the forecast and the earlier editions are worth."""
    told = model.forecast
    counted = [each for each in record if not each.back_filled]
    methods = model.calibration_methods
    return ModelVerdicts(
        calibrated=_calibrated(model.calibrated_bins, model.calibration_bins),
        curve="isotonic" if methods.get("isotonic", 0) > methods.get("sigmoid", 0) else "sigmoid",
        alike_features=_alike_features(model.chosen),
        forecast=_forecast_state(settings, told),
        gain=_against(told.gain) if told and told.gain else None,
        forecast_calibrated=_calibrated(told.calibrated_bins, told.calibration_bins)
        if told
        else None,
        tried=_tried(told.out_of_time) if told and told.out_of_time else None,
        trial_missed=bool(told and told.out_of_time and _missed(told.out_of_time)),
        record=_record(counted[0]) if counted else None,
    )


def of_money(
    settings: Settings,
    segments: SegmentsResults,
    sending_untold: Sequence[str] = (),
    made_late: Sequence[str] = (),
) -> MoneyVerdicts:
    """Conclude how much of the plan is assumed, and what a discount would have to do.

    Parameters
    ----------
    sending_untold
        Months of the lists of which nothing shows that they went out.
    made_late
        Those of them that were made when their outcome was known already.
    """
    worth, other, money = segments.discount_worth, segments.other_order, settings.money
    written, terms, group = segments.written, segments.terms, segments.proof.hold_out
    return MoneyVerdicts(
        tried=any(each.estimated for each in segments.proof.beliefs),
        order_assumed=bool(other and other.shared < KEPT_IN_ORDER * other.customers),
        discount="given"
        if written and written.discounts
        else None
        if worth is None
        else "never"
        if worth.first is None
        else "one"
        if worth.half is None
        else "some",
        losses="apart" if money.win_back_loss_share not in (None, money.loss_share) else "alike",
        own_terms=bool(terms and None in terms.model_dump().values()),
        letters_bring_most=bool(written and segments.letters_gain_roubles > written.gain_roubles),
        hold_out=None
        if group is None
        else "blind"
        if group.margin is None
        else "coarse"
        if group.margin > group.share
        else "fine",
        could_turn=[
            each.code
            for each in segments.proof.offers
            if each.code and each.verdict in ("works", "harms") and _could_turn(each)
        ],
        limited=segments.left_out is not None,
        by_level=bool(
            {each.code for each in segments.offers}
            & {each.code for each in segments.book if each.trigger.kind == "level"}
        ),
        capped=any(each.capped for each in segments.sensitivity),
        no_lists=_no_lists(settings, segments),
        sending_untold=list(sending_untold),
        made_late=list(made_late),
    )


def _no_lists(
    settings: Settings, segments: SegmentsResults
) -> NoLists | Literal["below_return", "outcomes_speak_against"] | None:
    if segments.written is not None and segments.written.customers:
        return None
    why = segments.no_lists or "does_not_pay"
    if why != "does_not_pay":
        return why
    if settings.money.required_return > 0:
        return "below_return"
    lowered = any(each.share < each.assumed for each in segments.proof.beliefs)
    return "outcomes_speak_against" if lowered else why


def _could_turn(effect: Effect) -> bool:
    return effect.bounds is not None and effect.bounds.low < 0 < effect.bounds.high


def _course(change: Change | None) -> Course:
    if change is None:
        return "unknown"
    return "rose" if change.low > 0 else "fell" if change.high < 0 else "same"


def _promotions(shares: Sequence[LevelShare]) -> Literal["more", "less", "alike"]:
    few, many = shares[0].declined, shares[-1].declined
    return "more" if many.low > few.high else "less" if many.high < few.low else "alike"


def _calibrated(good: int, bins: int) -> Calibrated:
    return "all" if good == bins else "some"


def _alike_features(chosen: str | None) -> Literal["trees", "logistic", "distances"] | None:
    if chosen is None:
        return None
    if chosen in ("tree", "boosting", "extra_trees"):
        return "trees"
    return "logistic" if chosen == "logistic" else "distances"


def _forecast_state(settings: Settings, told: Forecast | None) -> ForecastState:
    if not settings.model.forecast_horizon:
        return "off"
    if told is None:
        return "no_month"
    if told.used:
        return "used"
    return "too_weak" if told.reason and told.reason.code == "too_weak" else "too_few"


def _against(difference: Estimate) -> Against:
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "tied"


def _tried(past: OutOfTime) -> Literal["over", "under", "within"]:
    if past.said > past.came.high:
        return "over"
    return "under" if past.said < past.came.low else "within"


def _missed(past: OutOfTime) -> bool:
    return past.calibrated_bins < MOST_OF_THE_GROUPS * len(past.calibration)


def _record(judged: TrackRecord) -> Against | None:
    area, level = judged.roc_auc, judged.level_alone
    if area is None or level is None:
        return None
    return "better" if area.low > level.high else "worse" if area.high < level.low else "tied"
