"""Two languages, one report: the same parts and the same numbers, each in its own words."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.chapters.offer_names import offer_labels
from analysis.model.forecast import CANDIDATES
from analysis.results import Results, Verdicts
from analysis.results.changes import DiffResults
from analysis.segments.offer_book import OfferBook, default_book
from analysis.segments.terms import describe_book, terms_in_common
from analysis.settings import Money, Settings
from analysis.snapshot import schema
from analysis.snapshot.errors import DECIDING
from analysis.verdicts.front_page import judge
from report.document import PLOTLY, in_attribute, sections_of, write_document
from report.escaping import Prose
from report.figures import ChartStyle, localise
from report.filters import Spoken
from report.tables import pipe_table
from report.words import SENTENCES, Words
from tests.analysis.made_up import offer_kind
from tests.report.compared_months import ALIKE, COMPARED, STILL, TREND, UNCOMPARED
from tests.report.words_folder import TEMPLATES, said

NB = "\u00a0"
WORDS = TEMPLATES / "words"
OTHERS = tuple(sorted(folder.name for folder in WORDS.iterdir() if folder.name != "ru"))
LANGUAGES = ("ru", *OTHERS)
TOML_NAMES = (
    "words.toml",
    "figures.toml",
    "tables.toml",
    "labels.toml",
    "lists.toml",
    *SENTENCES,
)
SKELETONS = TEMPLATES / "skeletons"
CYRILLIC = re.compile("[А-Яа-яЁё]+")


BOOK = default_book()
TELLING = ["Товары для детей"]
FAVOURED = {"favourite_discount": TELLING, "favourite_category": TELLING}


APART = Money(
    discount_share_saved=0.15,
    win_back_loss_share=0.3,
    win_back_share_saved=0.04,
    win_back_discount_share_saved=0.08,
    required_return=0.2,
)
HOSTILE = "<script>$x$ {{< y >}} #z"
LEARNT = {"feature": "contacts_trend", "side": "below", "threshold": "learnt"}
FALLEN = {"feature": "revenue_trend", "side": "below", "threshold": -0.125}
OWN = OfferBook(
    offers=(
        offer_kind(
            "come_back",
            FALLEN,
            discount=0.075,
            discount_of="revenue_current",
            contact_cost=4.0,
            names={"ru": f"Возвращайтесь {HOSTILE}", "en": f"Come back {HOSTILE}"},
            says={
                "ru": "{threshold}: <b>$s$ скидка {discount}.",
                "en": "{threshold}, <b>$s$ {discount}.",
            },
        ),
        offer_kind("newcomers", LEARNT, says={"ru": "От {threshold}.", "en": "From {threshold}."}),
        offer_kind("kitchen", {"category": ["Кухонная посуда"]}, discount=0.05),
        offer_kind("asleep", {"level": "declined"}),
        offer_kind("plain"),
    )
)
"""Offers with prices of their own, and names that would be more than names if they were let."""


def share(value: float, base: int = 400) -> dict[str, Any]:
    count = round(value * base)
    return {"count": count, "base": base, "share": value, "low": value - 0.04, "high": value + 0.05}


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.03}


def feature(name: str, steady: float, declined: float, *, differs: bool) -> dict[str, Any]:
    return {
        "name": name,
        "median_steady": steady,
        "median_declined": declined,
        "quartiles_steady": {"low": steady / 2, "high": steady * 2},
        "quartiles_declined": {"low": declined / 2, "high": declined * 2},
        "missing": 0,
        "cliffs_delta": estimate(-0.61 if declined < steady else 0.61),
        "p_value": 0.001,
        "p_holm": 0.002,
        "differs": differs,
    }


def association(*, differs: bool) -> dict[str, Any]:
    return {
        "name": "category",
        "cramers_v": estimate(0.22),
        "p_value": 0.001,
        "p_holm": 0.001,
        "differs": differs,
    }


def driver(
    name: str,
    threshold: float | None,
    category: str | None = None,
    disagreement: str | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "importance": estimate(0.41),
        "share": 0.135,
        "rank": {"place": 1, "low": 1, "high": 3},
        "permutation": estimate(0.021),
        "permutation_rank": {"place": 2, "low": 1, "high": 5},
        "effect": estimate(0.6),
        "effect_rank": {"place": 1, "low": 1, "high": 1},
        "effect_differs": True,
        "disagreement": disagreement,
        "raises_when": "category" if category else "low" if threshold else "mixed",
        "threshold": threshold and estimate(threshold),
        "category": category,
        "raising_side": share(0.72) if threshold or category else None,
        "lowering_side": share(0.16) if threshold or category else None,
    }


def curve(name: str, threshold: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "raises_when": "low",
        "bins": [],
        "threshold": threshold and estimate(threshold),
        "unclear": None if threshold else "not_monotone",
        "raising_side": share(0.72) if threshold else None,
        "lowering_side": share(0.16) if threshold else None,
    }


def agreed(value: float, verdict: str) -> dict[str, Any]:
    return {"spearman": estimate(value), "verdict": verdict}


def written(customers: int, gain: float) -> dict[str, Any]:
    return {
        "customers": customers,
        "discounts": 26,
        "letters": 40,
        "control": 5,
        "declined": 60,
        "steady": 27,
        "cost_roubles": 13503.7,
        "exposed_roubles": 1363195.3,
        "gain_roubles": gain,
        "gain_declined_roubles": gain * 0.8,
        "break_even": 0.037,
        "break_even_uplift": 0.021,
    }


def fitted(level: str | None) -> dict[str, Any]:
    return {
        "level": level,
        "base": 988,
        "intercept": -0.04,
        "slope": 0.93,
        "intercept_variance": 0.0081,
        "slope_variance": 0.0049,
        "covariance": 0.0001,
    }


TRIAL = {
    "treated": 79,
    "control": 20,
    "base_share": 0.92,
    "detectable": 0.65,
    "hoped_share": 0.83,
    "needed_treated": 377,
    "needed_control": 95,
    "months": 7,
}


HOLD_OUT = {
    "hold_out": 0.05,
    "share": 0.1,
    "deviation": 0.15,
    "no_help": 0.252,
    "months": 3,
    "held": 47,
    "customers": 951,
    "customers_held": 47,
    "probability": 0.412,
    "variance": 0.153,
    "error": 0.121,
    "rounds": 7.0,
    "new_a_month": None,
    "found": 1.0,
    "widened": 1.0,
    "margin": 0.28,
    "price_roubles": 10670.5,
    "weighed_roubles": None,
    "value_roubles": 214151.5,
    "pays": True,
    "running": False,
    "drawn": True,
    "turns_at": 0.142,
    "best_hold_out": 0.25,
    "best_more_roubles": 43456.7,
    "best_months": 3,
    "best_price_roubles": 53352.5,
}


UNTRIED = {
    "customers": 57,
    "exposed_roubles": 185234.5,
    "cost_roubles": 855.0,
    "gain_roubles": 8712.3,
    "share_saved": 0.06,
    "tried_share_saved": 0.31,
    "tried_prospects": {"gain_roubles": estimate(88634.4), "loss": 0.04},
}


def belief(code: str, share: float, *, estimated: bool = False) -> dict[str, Any]:
    return {
        "code": code,
        "assumed": 0.1,
        "share": share,
        "untried": 0.1,
        "win_back": None,
        "deviation": 0.17,
        "estimated": estimated,
    }


def effect(code: str | None, verdict: str, saved: float) -> dict[str, Any]:
    return {
        "code": code,
        "since": "2026-04",
        "contact": share(0.31),
        "hold_out": share(0.42),
        "not_found": 37,
        "sent": 0.97,
        "sent_held_out": 0.021,
        "share_saved": {"value": saved, "low": saved - 0.13, "high": saved + 0.13},
        "standard_error": 0.041,
        "difference_error": 0.02,
        "bounds": {"low": saved - 0.22, "high": saved + 0.19},
        "revenue": None,
        "exposed_roubles": 812345.6,
        "cost_roubles": 9345.0,
        "gained_roubles": {"value": 81234.5, "low": -4123.4, "high": 162345.6},
        "verdict": verdict,
        "months_to_tell": 4,
    }


def mailing(period: str, outcome: str, sent: int | None) -> dict[str, Any]:
    return {
        "period": period,
        "outcome": outcome,
        "contact": 613,
        "held_out": 264,
        "known": 801,
        "sent": sent,
        "sent_held_out": None if sent is None else 6,
        "sent_other": None if sent is None else 3,
        "sent_unlisted": None if sent is None else 2,
        "sent_unknown": None if sent is None else 1,
        "not_gone_out": 0,
    }


def offer(code: str, threshold: float | None, gain: float) -> dict[str, Any]:
    return {
        "code": code,
        "priority": 1,
        "feature": "unpaid_items",
        "threshold": threshold,
        "discount": True,
        "written": written(21, gain),
        "use_by": "2026-11-30",
    }


def rule(
    code: str, feature: str, value: float, found: bool = True, side: str = "below"
) -> dict[str, Any]:
    return {
        "code": code,
        "limits": [
            {"feature": feature, "side": side, "value": value, "interval": {"low": 5, "high": 7}}
        ],
        "found": found,
        "customers": 336,
        "consenting": 249,
        "consent_share": 0.74,
        "high_risk": 305,
        "expected_declined": estimate(300.2),
        "exposed_roubles": 1804268.7,
        "declined": share(0.93, 349),
        "declined_rest": share(0.17, 936),
        "difference": estimate(0.76),
        "p_holm": 0.0002 if found else 0.4,
    }


def moved(setting: str | None, times: float, value: float | None, gain: float) -> dict[str, Any]:
    return {
        "setting": setting,
        "times": times,
        "capped": False,
        "value": value,
        "value_by_level": None,
        "worth_contacting": (431 if times < 1 else 553) if gain else 0,
        "cost_roubles": 61611.4,
        "gain_roubles": gain,
        "break_even": 0.039 if gain else None,
    }


def plan(code: str, customers: int, gain: float, recommended: bool) -> dict[str, Any]:
    return {
        "code": code,
        "customers": customers,
        "discounts": 0,
        "cost_roubles": 15.0 * customers,
        "gain_roubles": gain,
        "recommended": recommended,
    }


def decision(code: str, difference: float) -> dict[str, Any]:
    rescored = {"decided": 0.908, "otherwise": 0.987, "difference": estimate(difference)}
    return {
        "decision": code,
        "concerned": 11,
        "scored": 1285,
        "logistic": rescored,
        "neighbours": rescored,
        "noticeable": True,
    }


def month(name: str, minutes: float | None) -> dict[str, Any]:
    return {
        "month": name,
        "revenue_as_exported": 6909449.1,
        "revenue": 6802586.9,
        "revenue_mean": 5236.8,
        "revenue_customers": 1299,
        "minutes": minutes,
        "minutes_mean": minutes and minutes / 1300,
    }


def median(measure: str, name: str, steady: float, declined: float) -> dict[str, Any]:
    return {
        "measure": measure,
        "month": name,
        "median_steady": steady,
        "median_declined": declined,
    }


def total(column: str, of: str | None, export: float) -> dict[str, Any]:
    asked = {"books": None, "agrees": False}
    return {"file": "money.csv", "column": column, "of": of, "export": export, **asked}


TOTALS = [
    total("customers", None, 1300.0),
    total("Покупательская активность", "Снизилась", 498.0),
    total("Выручка", "текущий_месяц", 6909449.1),
]


def finding(code: str, severity: str = "serious") -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "count": 2,
        "base": 1300,
        "file": "market_file.csv",
        "column": "revenue_current" if code in ("impossible", "distant") else "Тип сервиса",
        "action": "reported",
        "fields": {
            "pairs": 21,
            "exact": 11,
            "near": 1,
            "contradicting": 9,
            "limit": 29102.7,
            "found": "стандартт",
            "repaired": "стандарт",
            "declined": 9,
            "auc": 0.98,
            "runs": 6,
            "month": "предыдущий_месяц",
            "earlier": "2026-09",
            "percent": "36",
            "share": "17",
            "earlier_share": "9",
            "other": "Выручка, предыдущий_месяц",
            "gone": "140",
            "label": "Снизилась",
            "skipped": "3, 5, 7",
            "group": "стандарт",
            "beyond": "препредыдущий_месяц",
            "beside": "предыдущий_месяц",
            "total": "Прибыль",
            "export": "5195.6",
            "books": "5211",
            "totals": "9",
            "low": "1",
            "high": "2.5",
            "others": "103",
            "value": "27.5",
            "step": "1",
            "times": "0.61",
            "alike": "0.31",
            "usual": "0.77",
        },
        "decides": code in DECIDING,
    }


def unseen(
    file: str,
    column: str,
    beside: str,
    low: float | None = None,
    high: float | None = None,
    share: float | None = None,
    mixed: float | None = None,
    lost: float | None = None,
) -> dict[str, Any]:
    return {
        "file": file,
        "column": column,
        "beside": beside,
        "low": low,
        "high": high,
        "share": share,
        "mixed": mixed,
        "lost": lost,
    }


def claimed(customers: int, said: float) -> dict[str, Any]:
    return {
        "customers": customers,
        "said": said,
        "expected": estimate(said),
        "tried": share(said, customers),
    }


FORECAST: dict[str, Any] = {
    "horizon": 3,
    "learnt_from": "2026-07",
    "source": "snapshot",
    "trained": 988,
    "declined": 369,
    "used": True,
    "reason": None,
    "configurations": 5,
    "variants": [
        each.described().model_dump() | {"roc_auc": None, "log_loss": None} for each in CANDIDATES
    ],
    "candidates": [
        each.described().model_dump()
        | {
            "configurations": 1,
            "exactly_explained": True,
            "roc_auc": estimate(0.859 - place / 100),
            "difference": estimate(-place / 100),
            "tied": place < 2,
            "log_loss": estimate(0.444),
            "loss_difference": estimate(0.0) if place < 2 else None,
            "tied_by_loss": place < 1 if place < 2 else None,
            "chosen": place == 0,
            "chosen_in": 0.6,
        }
        for place, each in enumerate(CANDIDATES[1:])
    ],
    "decided_by": "log_loss",
    "tied": 2,
    "tied_by_loss": 1,
    "chosen": "logistic",
    "corrected": {
        "roc_auc": estimate(0.862),
        "pr_auc": estimate(0.775),
        "log_loss": estimate(0.444),
        "brier": estimate(0.137),
    },
    "log_loss_base": 0.661,
    "roc_auc": estimate(0.859),
    "level_alone": estimate(0.761),
    "earlier_nowcast": estimate(0.848),
    "best_baseline": "nowcast",
    "gain": estimate(0.104),
    "calibration": [],
    "calibration_error": 0.043,
    "calibration_bins": 10,
    "calibrated_bins": 7,
    "scored": 1297,
    "unseen": 987,
    "views": {
        "customers": 1297,
        "rank_correlation": estimate(0.83),
        "high_now": 396,
        "high_forecast": 351,
        "high_both": 302,
        "steady": 802,
        "steady_high": 57,
        "declined": 495,
        "declined_low": 89,
    },
    "recalibration": [fitted("declined"), fitted("steady")],
    "shifts": [
        {"feature": name, "level": level, "then": 9.1, "now": 8.1, "deviations": -0.3}
        for name in ("pages_per_visit", "minutes_current")
        for level in ("steady", "declined")
    ],
    "mean": 0.36,
    "mean_unmoved": 0.44,
    "claims": {
        "everybody": claimed(1297, 0.36),
        "steady_high": claimed(47, 0.7),
        "declined_low": claimed(20, 0.3),
    },
    "out_of_time": {
        "learnt_from": "2026-05",
        "levels_of": "2026-08",
        "made_in": "2026-07",
        "strict": False,
        "trained": 982,
        "chosen": "tree",
        "said": 0.415,
        "came": share(0.37, 992),
        "roc_auc": estimate(0.882),
        "level_alone": estimate(0.758),
        "log_loss": estimate(0.421),
        "log_loss_base": 0.66,
        "calibration": [{"predicted": 0.1, "observed": share(0.12, 99)}],
        "calibration_error": 0.053,
        "calibrated_bins": 1,
    },
    "leavers": {
        "customers": 297,
        "base": 1285,
        "said": 0.35,
        "said_of_others": 0.37,
        "declined": {"low": 0.287, "high": 0.518},
        "flagged": {"low": 0.58, "high": 0.85},
        "roc_auc": {"low": 0.71, "high": 0.76},
    },
}
NO_FORECAST: dict[str, Any] = FORECAST | {
    "used": False,
    "reason": {"code": "too_weak", "fields": {"low": 0.58, "floor": 0.65}},
    "chosen": None,
    "roc_auc": None,
    "level_alone": None,
    "earlier_nowcast": None,
    "best_baseline": None,
    "gain": None,
    "calibration_error": None,
    "scored": 0,
    "unseen": 0,
    "views": None,
}


def seen(period: str, change: float | None) -> dict[str, Any]:
    return {
        "period": period,
        "customers": 1297,
        "declined": share(0.377, 1297),
        "declined_change": change and estimate(change),
        "no_consent": share(0.25, 1297),
        "revenue": estimate(5123.4),
        "minutes": estimate(13.4),
        "arrivals": change and 118,
        "leavers": change and 121,
    }


def judged(period: str, outcome: str, *, foretold: bool, area: float) -> dict[str, Any]:
    return {
        "period": period,
        "outcome": outcome,
        "back_filled": False,
        "foretold": foretold,
        "high_risk": 0.5,
        "scored": 1297,
        "found": 981,
        "declined": share(0.38, 981),
        "expected": 377.4,
        "flagged_then": 362,
        "flagged": share(0.71, 274),
        "flagged_bounds": {"low": 0.55, "high": 0.78},
        "contacted": 613,
        "flagged_contacted": share(0.44),
        "flagged_steady": share(0.43, 31),
        "roc_auc": estimate(area),
        "level_alone": estimate(0.762),
        "calibration": [],
        "calibration_error": 0.051,
    }


RECORD = [
    judged("2026-07", "2026-10", foretold=True, area=0.858),
    judged("2026-06", "2026-09", foretold=False, area=0.641),
    judged("2026-05", "2026-08", foretold=False, area=0.751) | {"back_filled": True},
]
RESULTS: dict[str, Any] = {
    "period": "2026-10",
    "kind": "real",
    "seed": 1,
    "settings": Settings().model_dump(mode="json"),
    "data": {
        "customers": 1300,
        "files": [
            {
                "name": "money.csv",
                "rows": 1300,
                "separator": ";",
                "decimal": ",",
                "encoding": "utf-8",
                "line_ends": "lf",
            }
        ],
        "repairs": [
            {
                "file": "market_file.csv",
                "column": "Тип сервиса",
                "found": "стандартт",
                "repaired": "стандарт",
                "count": 10,
                "declined": share(0.9, 10),
                "telling": True,
            }
        ],
        "repaired_rows": 10,
        "findings": [finding("twin"), finding("inactive", "info")],
        "trained": 1285,
        "not_trained": 12,
        "not_sampled": 0,
        "not_scored": 3,
        "scored": 1297,
        "set_aside": {"impossible": 1, "inactive": 3, "twin": 11},
        "set_aside_total": 15,
        "declined_set_aside": share(0.9, 15),
        "declined": share(0.383, 1300),
        "declined_trained": share(0.376, 1285),
        "no_consent": share(0.26, 1300),
        "no_consent_trained": share(0.259, 1285),
        "months": [month("before_previous", None), month("previous", 17508), month("current", 17)],
        "active_in_all_months": share(0.998),
        "revenue_change": {"share": 0.061, "low": 0.056, "high": 0.067, "customers": 1299},
        "minutes_change": {"share": -0.02, "low": -0.038, "high": -0.001, "customers": 1300},
        "profit_total": 5195.6,
        "profit_total_trained": 5131.9,
        "profit_to_revenue": 0.81,
        "profit_above_revenue": share(0.188, 1300),
        "unseen": [
            unseen("market_money.csv", "Выручка, текущий_месяц", "export", 0.83, 1.09, mixed=0.74),
            unseen("market_file.csv", "Длительность", "usual", 0.2, 5.1),
            unseen("money.csv", "Прибыль", "earlier", 0.88, 1.07),
            unseen("market_file.csv", "Покупательская активность", "earlier", share=0.06),
            unseen("market_file.csv", "Тип сервиса", "earlier", mixed=0.12),
            unseen("market_file.csv", "Разрешить сообщать", "earlier", lost=0.1),
        ],
        "totals": TOTALS,
        "looked_up": 0,
        "otherwise": 0,
        "looked_up_at_most": None,
        "file_order_auc": 0.98,
        "id_order_auc": 0.97,
        "class_runs": 6,
        "expected_runs": 615.5,
        "position_tells": True,
        "id_tells": True,
        "copies": {"pairs": 21, "exact": 11, "near": 1, "contradicting": 9, "customers": 42},
        "impossible_values": 1,
    },
    "exploration": {
        "base": 1285,
        "smallest_base": 10,
        "numeric": [
            feature("pages_per_visit", 10, 5, differs=True),
            feature("minutes_previous", 15.25, 10.5, differs=True),
            feature("revenue_current", 5123, 5299, differs=False),
        ],
        "categorical": [association(differs=True)],
        "categories": [
            {"value": "Товары для детей", "declined": share(0.48)},
            {"value": "Кухонная посуда", "declined": share(0.15)},
        ],
        "services": [],
        "promotions": [
            {"value": "0-20", "declined": share(0.11)},
            {"value": "80-100", "declined": share(0.8)},
        ],
        "months": [
            median("revenue", "before_previous", 4927, 4666),
            median("revenue", "current", 5123, 5299),
            median("minutes", "current", 15, 10),
        ],
        "strongest_pairs": [
            {
                "first": "revenue_previous",
                "second": "revenue_current",
                "phik": 0.83,
                "spearman": 0.88,
                "verdict": "close",
            }
        ],
        "inflation": [{"name": "revenue_previous", "vif": 4.3}],
        "collinear": False,
        "profit_associated": False,
        "profit_phik": 0.16,
        "profit_p_value": 1.0,
        "tiers": [
            {"tier": 1, "profit_from": None, "profit_to": 3.5, "declined": share(0.36)},
            {"tier": 2, "profit_from": 3.5, "profit_to": None, "declined": share(0.39)},
        ],
        "what_if": [decision("row_order", 0.079), decision("twins", 0.006)],
    },
    "model": {
        "recalibration": [fitted(None)],
        "usable": True,
        "reason": None,
        "base": 1285,
        "declined": 483,
        "folds": 5,
        "repeats": 2,
        "draws": 500,
        "configurations": 81,
        "configurations_kept": 23,
        "dropped_at": 0.99,
        "families_left_out": [],
        "candidates": [
            {
                "family": "logistic",
                "features": "engineered",
                "encoder": "ordinal",
                "scaler": "robust",
                "parameters": {"C": 1.0},
                "configurations": 36,
                "exactly_explained": True,
                "roc_auc": estimate(0.915),
                "difference": estimate(-0.002),
                "tied": True,
                "log_loss": estimate(0.312),
                "loss_difference": None,
                "tied_by_loss": True,
                "chosen": True,
                "chosen_in": 0.62,
            },
            {
                "family": "knn",
                "features": "plain",
                "encoder": "one_hot",
                "scaler": "standard",
                "parameters": {"n_neighbors": 25, "weights": "distance"},
                "configurations": 48,
                "exactly_explained": False,
                "roc_auc": estimate(0.917),
                "difference": estimate(0.0),
                "tied": True,
                "log_loss": estimate(0.29),
                "loss_difference": estimate(0.0),
                "tied_by_loss": True,
                "chosen": False,
                "chosen_in": 0.38,
            },
        ],
        "dummy_roc_auc": 0.5,
        "chosen": "logistic",
        "decided_by": "simplest",
        "tied": 2,
        "tied_by_loss": 2,
        "roc_auc": estimate(0.91),
        "roc_auc_naive": 0.915,
        "corrected": {
            "roc_auc": estimate(0.908),
            "pr_auc": estimate(0.911),
            "log_loss": estimate(0.312),
            "brier": estimate(0.09),
        },
        "log_loss_base": 0.662,
        "ceiling": {
            "families": ["logistic", "knn"],
            "roc_auc": estimate(0.917),
            "difference": estimate(0.002),
            "log_loss": estimate(0.29),
            "loss_difference": estimate(-0.002),
            "better": False,
        },
        "hold_out": {"share": 0.25, "draws": 1000, "low": 0.881, "high": 0.948},
        "archived": None,
        "flagged": 396,
        "flagged_steady": 25,
        "precision": share(0.89),
        "recall": share(0.77),
        "roc": [],
        "calibration": [],
        "calibration_error": 0.028,
        "calibration_methods": {"sigmoid": 3, "isotonic": 7},
        "sharpest": 0.01,
        "calibration_bins": 10,
        "calibrated_bins": 8,
        "calibration_gap": {"low": 0.38, "high": 0.94, "customers": 51},
        "scored_unlabelled": 0,
        "forecast": None,
    },
    "drivers": {
        "method": "linear",
        "base": 1285,
        "explained": 1285,
        "repeats": 2,
        "drivers": [
            driver("pages_per_visit", 6.4),
            driver("category", None, "Товары для детей"),
            driver("contacts_6m", None, disagreement="hardly_used"),
        ],
        "leaders": 2,
        "top_share": 0.392,
        "pairs": 120,
        "firm_pairs": 78,
        "dependence": [curve("pages_per_visit", 6.4), curve("revenue_current", None)],
        "with_permutation": agreed(0.84, "close"),
        "with_effects": agreed(0.61, "alike"),
        "beeswarm": [],
    },
    "segments": {
        "letter_totals": {
            "contact_cost": 15.0,
            "share_saved": 0.1,
            "most_share_saved": 0.1,
            "groups": [
                {
                    "customers": 5,
                    "least_saved": 310.25,
                    "saved_roubles": 2500.5,
                    "exposed_roubles": 25005.0,
                }
            ],
        },
        "scored": 1297,
        "high_risk": 397,
        "grid": [
            {
                "risk": "high",
                "profit": 3,
                "customers": 136,
                "consenting": 99,
                "consent_share": 0.73,
                "expected_declined": estimate(125.7),
                "declined": share(0.91, 136),
                "exposed_roubles": 953622.5,
                "profit_share": 0.13,
            }
        ],
        "profit_cuts": [3.59],
        "chosen": {
            "customers": 136,
            "consenting": 99,
            "expected_declined": estimate(125.7),
            "declined": share(0.91, 136),
            "exposed_roubles": 953622.5,
            "mean_probability": 0.92,
            "profit_from": 4.46,
            "contrasts": [
                {
                    "name": "pages_per_visit",
                    "median_segment": 4,
                    "median_rest": 8,
                    "cliffs_delta": -0.65,
                    "p_holm": 0.001,
                    "differs": True,
                }
            ],
            "categories": [],
        },
        "money": {
            "model_error": True,
            "exposed_total": {"value": 2921783.4, "low": 2742061.6, "high": 3112321.3},
            "exposed_consenting": 2175595.1,
            "profit_horizon": 15554700.0,
            "expected_declined": estimate(485.6),
            "eligible": 959,
            "letter_pays": 951,
            "discount_pays": 296,
        },
        "rules": {
            "learnt_from": "level",
            "base": 1285,
            "rules": [
                rule("low_engagement", "minutes_mean", 12),
                rule("promotion_seeker", "promo_share", 0.29, side="above"),
                rule("few_contacts", "contacts_6m", 4.05, found=False),
            ],
            "high_risk": 397,
            "covered": 396,
            "covered_twice": 370,
            "uncovered": 1,
        },
        "categories": [
            {
                "category": "Товары для детей",
                "declined": share(0.48),
                "declined_rest": share(0.36),
                "p_holm": 0.01,
                "telling": True,
            }
        ],
        "book": [each.model_dump(mode="json") for each in describe_book(BOOK, Money(), FAVOURED)],
        "terms": terms_in_common(BOOK, Money()).model_dump(mode="json"),
        "offers": [
            offer("basket", 3, 22815.8),
            offer("basket_reminder", 3, 4518.9),
            offer("promotions", 0.25, 16502),
            offer("other_categories", 3, 3743),
            offer("loyalty", 12000, 2431),
            offer("favourite_discount", None, 1875),
            offer("favourite_category", None, 75),
            offer("letter", None, 1204.5),
        ],
        "offers_skipped": [
            {"code": code, "reason": reason}
            for code, reason in zip(
                (
                    "basket",
                    "loyalty",
                    "promotions",
                    "other_categories",
                    "favourite_category",
                    "favourite_discount",
                ),
                ("no_trigger", "does_not_pay", "too_few", "taken", "left_out", "no_better"),
                strict=True,
            )
        ],
        "listed": 690,
        "worth_writing": 690,
        "no_lists": None,
        "in_workbook": None,
        "if_unsent": None,
        "written": written(553, 97349.7),
        "discounts": written(214, 65085.4),
        "letters": written(339, 32264.3),
        "discount_letters": written(110, 21003.5),
        "written_chosen": 83,
        "written_high_risk": 231,
        "listed_steady": 7,
        "flagged_steady": 11,
        "flagged_steady_written": 6,
        "discounts_cost_roubles": 58549.2,
        "discounts_gain_roubles": 96913.7,
        "discount_trial": {**TRIAL, "base_share": 0.871, "hoped_share": 0.832, "months": 12},
        "letters_cost_roubles": 8295.0,
        "letters_gain_roubles": 150666.1,
        "discount_must_save": 0.144,
        "first_half": {
            "customers": 104,
            "cost_roubles": 22365.1,
            "gain_roubles": 48733.0,
        },
        "other_order": {"customers": 104, "shared": 37},
        "left_out": None,
        "alternatives": [
            plan("nothing", 0, 0.0, False),
            plan("letters", 948, 200414.3, True),
            plan("letters_and_discounts", 948, 190414.3, False),
            plan("discounts_first", 947, 137404.8, False),
        ],
        "test_price_roubles": 9772.1,
        "hold_out_price_roubles": 9772.1,
        "arm_price_roubles": 3211.7,
        "discount_worth": {
            "customers": 744,
            "smallest_list": 15,
            "saves_the_same": True,
            "letter_saves": 0.1,
            "first": 0.128,
            "half": 0.338,
        },
        "sensitivity": [
            moved(None, 1, None, 97349.7),
            moved("contact_cost", 2, 30, 89634.4),
            moved("share_saved", 0.5, 0.05, 37921.7),
            moved("profit_unit", 1, None, 0.0),
        ],
        "share_saved": 0.1,
        "share_saved_by_level": None,
        "untried": None,
        "copies": {"again": 6, "split": 1},
        "prospects": {"gain_roubles": estimate(97349.7), "loss": 0.27},
        "proof": {
            "mailings": [],
            "together": None,
            "offers": [],
            "beliefs": [belief("basket", 0.1)],
            "so_far": None,
            "resting": 0,
            "held_out": 52,
            "redrawn": 0,
            "hold_out": HOLD_OUT,
            "mixture": 0.15,
            "fewest_found": 30,
            "fewest_declined": 10,
            "own_deviation": 0.15,
        },
        "profit_carries_signal": False,
    },
    "changes": None,
    "trend": [],
    "track_record": [],
    "left_out": [],
    "history": {
        "months": [seen("2026-08", None), seen("2026-09", None), seen("2026-10", 0.01)],
        "unread": ["2026-07"],
    },
}
FINDING_CODES = sorted(
    tomllib.loads((WORDS / "ru" / "annex.toml").read_text("utf-8"))["annex"]["finding"]
)
NO_MODEL = {
    "model.usable": False,
    "model.candidates": [],
    "model.corrected": None,
    "model.ceiling": None,
    "model.hold_out": None,
    "drivers.drivers": [],
    "segments.money": None,
    "segments.chosen": None,
    "segments.rules": None,
    "segments.offers": [],
    "segments.listed": 0,
    "segments.written": None,
    "segments.sensitivity": [],
}
COMPARED_ALL_THE_SAME = {"model.candidates", "model.corrected"}
SO_FAR = {
    "mailings": 2,
    "contacts": 1226,
    "customers": 811,
    "cost_roubles": 18390.0,
    "exposed_roubles": 1612345.6,
}
LETTERS = written(553, 97349.7) | {"discounts": 0, "letters": 0, "steady": 493}
SURE_OF_THE_UNIT = {"data.profit_above_revenue": share(0.0)}
SURE_OF_THE_LEVEL = {
    "exploration.months": [
        median("revenue", "before_previous", 4927, 4666),
        median("revenue", "current", 5123, 4299),
        median("minutes", "current", 15, 10),
    ]
}
EITHER_UNIT_PAYS = {
    "segments.sensitivity": [
        moved(None, 1, None, 97349.7),
        moved("share_saved", 0.5, 0.05, 37921.7),
    ]
}
NO_OFFERS = {
    "segments.offers": [],
    "segments.written": None,
    "segments.left_out": None,
    "segments.no_lists": "held_out",
    "segments.listed": 0,
}
LIMITED = {
    "segments.left_out": {"customers": 51, "cost_roubles": 765.0, "gain_roubles": 2104.4},
    "segments.worth_writing": 741,
    "settings.offers.most_contacts": 500,
    "settings.offers.budget_roubles": 60000.0,
}
LEVELS_NOT_TOLD = {"declined": None, "steady": None, "gain_declined_roubles": None}


SURER: dict[str, Any] = {
    "segments.written": LETTERS,
    "segments.prospects.loss": 0.37,
    "segments.proof.mailings": [mailing("2026-07", "2026-10", 590)],
    "segments.proof.so_far": SO_FAR | {"mailings": 1},
    "segments.proof.together": effect(None, "works", 0.26),
    "segments.proof.offers": [
        effect("letter", "works", 0.3) | {"bounds": {"low": -0.1, "high": 0.6}}
    ],
    "segments.proof.beliefs": [belief("letter", 0.31, estimated=True)],
    "segments.untried": UNTRIED
    | {"tried_prospects": {"gain_roubles": estimate(88634.4), "loss": 0.0}},
    "model.forecast": FORECAST | {"out_of_time": FORECAST["out_of_time"] | {"calibrated_bins": 0}},
}


def recommending(code: str) -> dict[str, Any]:
    plans = [
        plan(name, 948, 97349.7, name == code)
        for name in ("nothing", "letters", "letters_and_discounts", "discounts_first")
    ]
    return {"segments.alternatives": plans}


MONTHS: dict[str, dict[str, Any]] = {
    "a usual month": {},
    "a month with a list longer than a workbook": {
        "segments.in_workbook": 400,
        "data.findings": [finding("file_order")],
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)],
    },
    "a month after an edition was changed": {
        "left_out": [{"period": "2026-07", "files": ["customers.parquet"], "gone": False}]
    },
    "a month after an edition was removed": {
        "segments.proof.mailings": [mailing("2026-07", "2026-10", 0)],
        "left_out": [{"period": "2026-07", "files": ["manifest.json"], "gone": True}],
    },
    "a month after one edition was changed and another removed": {
        "left_out": [
            {"period": "2026-08", "files": ["results.json", "model/model.skops"], "gone": False},
            {"period": "2026-07", "files": ["manifest.json"], "gone": True},
        ]
    },
    "a month after one edition was removed and another changed": {
        "left_out": [
            {"period": "2026-08", "files": ["manifest.json"], "gone": True},
            {"period": "2026-07", "files": ["results.json"], "gone": False},
        ]
    },
    "a month after mailings that are told apart": {
        "track_record": [RECORD[0], RECORD[1] | {"back_filled": True}],
        "segments.proof.mailings": [
            mailing("2026-06", "2026-09", 601),
            mailing("2026-07", "2026-10", 590) | {"not_gone_out": 61},
        ],
        "segments.proof.so_far": SO_FAR,
        "segments.proof.together": effect(None, "works", 0.26),
        "segments.proof.offers": [
            effect("basket", "works", 0.2),
            effect("promotions", "harms", -0.33)
            | {"share_saved": {"value": -0.33, "low": -1.21, "high": -0.08}},
            effect("loyalty", "less_than_assumed", -0.05),
            effect("letter", "cannot_tell", 0.08),
            effect("basket_reminder", "too_few", 0.02),
        ],
        "segments.offers_skipped": [{"code": "basket_reminder", "reason": "letter_better"}],
        "segments.proof.beliefs": [belief("basket", 0.31, estimated=True)],
        "segments.proof.resting": 212,
        "segments.untried": UNTRIED,
        "segments.proof.redrawn": 21,
        "segments.proof.hold_out": HOLD_OUT
        | {
            "pays": False,
            "running": True,
            "new_a_month": 131.5,
            "found": 0.75,
            "widened": 1.6,
            "best_hold_out": 0.02,
        },
    },
    "letters that were tried, to those to be won back as well": {
        "settings.money.win_back_loss_share": 0.3,
        "segments.written": LETTERS,
        "segments.first_half": None,
        "segments.other_order": None,
        "segments.proof.beliefs": [belief("letter", 0.31, estimated=True)],
    },
    "letters that nobody tried, to those to be won back as well": {
        "segments.proof.hold_out": HOLD_OUT
        | {"pays": False, "running": True, "margin": None, "error": None, "value_roubles": 0.0},
        "settings.money.win_back_loss_share": 0.3,
        "segments.written": LETTERS,
    },
    "letters of which a part is surer": SURER,
    "letters of which a part is surer, after lists of which nothing is told": SURER
    | {
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)],
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "segments.if_unsent": {
            "eligible": 969,
            "written": written(948, 189349.7),
            "share_saved": 0.1,
            "prospects": {
                "gain_roubles": {"value": 189349.7, "low": -303456.1, "high": 610123.4},
                "loss": 0.29,
            },
        },
        "track_record": [RECORD[0] | {"back_filled": True}],
    },
    "letters after untold lists, of a sure level": SURER
    | SURE_OF_THE_LEVEL
    | {
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "track_record": [RECORD[0] | {"back_filled": True}],
    },
    "letters after untold lists, of a sure unit": SURER
    | SURE_OF_THE_UNIT
    | {
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "track_record": [RECORD[0] | {"back_filled": True}],
    },
    "letters of which a part is surer, of a sure level": SURER | SURE_OF_THE_LEVEL,
    "letters of which a part is surer, and nothing in doubt": SURER
    | SURE_OF_THE_LEVEL
    | SURE_OF_THE_UNIT,
    "profit next to nothing in roubles": {
        "settings.money.profit_unit": "roubles",
        "data.profit_to_revenue": 0.0035,
        "data.profit_above_revenue": share(0.0),
    },
    "nothing that pays after what was seen": NO_OFFERS
    | {
        "segments.no_lists": "does_not_pay",
        "segments.worth_writing": 0,
        "segments.proof.mailings": [mailing("2026-07", "2026-10", 590)],
        "segments.proof.so_far": SO_FAR | {"mailings": 1},
        "segments.proof.together": effect(None, "cannot_tell", -0.2),
        "segments.proof.offers": [
            effect("letter", "cannot_tell", -0.2) | {"share_saved": None},
            effect("basket_reminder", "too_few", 0.02) | {"share_saved": None},
        ],
        "segments.proof.beliefs": [belief("letter", -0.015, estimated=True)],
    },
    "nothing that brings the return required": NO_OFFERS
    | {
        "settings.money.required_return": 0.5,
        "segments.no_lists": "does_not_pay",
        "segments.worth_writing": 0,
    },
    "a month after mailings of which little is known": {
        "data.not_sampled": 3715,
        "model.families_left_out": ["knn", "svc"],
        "segments.discount_worth.letter_saves": 0.2,
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "segments.proof.so_far": SO_FAR | {"mailings": 1},
        "segments.proof.together": effect(None, "cannot_tell", 0.1)
        | {"share_saved": None, "gained_roubles": None, "standard_error": None},
        "segments.proof.hold_out": HOLD_OUT | {"pays": False, "drawn": False},
    },
    "those to be won back are another matter": {
        "settings.money": APART.model_dump(mode="json"),
        "segments.book": [
            each.model_dump(mode="json") for each in describe_book(BOOK, APART, FAVOURED)
        ],
        "segments.terms": terms_in_common(BOOK, APART).model_dump(mode="json")
        | {"contact_cost": None},
        "segments.share_saved_by_level": {"keep": 0.1, "win_back": 0.04},
        "segments.sensitivity": [
            moved(None, 1, None, 97349.7),
            moved("share_saved", 0.5, 0.04, 37921.7)
            | {"value_by_level": {"keep": 0.05, "win_back": 0.02}},
            moved("loss_share", 0.5, 0.25, 37921.7)
            | {"value_by_level": {"keep": 0.25, "win_back": 0.15}},
        ],
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "segments.proof.so_far": SO_FAR,
        "segments.proof.together": effect(None, "works", 0.3),
        "segments.proof.offers": [
            effect("basket", "works", 0.3),
            effect("promotions", "harms", -0.3) | {"bounds": {"low": -0.6, "high": 0.05}},
        ],
        "segments.untried": UNTRIED
        | {"tried_prospects": {"gain_roubles": estimate(88634.4), "loss": 0.24}},
        "segments.proof.beliefs": [
            belief("basket", 0.31, estimated=True)
            | {"win_back": {"assumed": 0.04, "share": 0.25, "untried": 0.04}},
            belief("loyalty", 0.2, estimated=True) | {"untried": 0.02},
        ],
    },
    "a month before any outcome": {
        "segments.proof.mailings": [mailing("2026-08", "2026-11", None)],
        "segments.proof.so_far": SO_FAR | {"mailings": 1},
        "segments.proof.resting": 640,
    },
    "a month after mailings nobody reported": {
        "segments.proof.mailings": [mailing("2026-07", "2026-10", None)],
        "segments.proof.so_far": SO_FAR | {"mailings": 1},
        "segments.proof.together": effect(None, "cannot_tell", 0.1)
        | {"sent": None, "sent_held_out": None, "not_found": 0, "months_to_tell": None},
        "segments.proof.offers": [
            effect("basket", "harms", -0.4),
            effect("loyalty", "harms", -0.5),
            effect("favourite_category", "too_few", 0.02),
            effect("basket_reminder", "cannot_tell", 0.1),
            effect("letter", "cannot_tell", 0.1),
        ],
        "segments.offers_skipped": [{"code": "basket_reminder", "reason": "letter_better"}],
        "segments.untried": UNTRIED
        | {"tried_prospects": {"gain_roubles": estimate(88634.4), "loss": 0.0}},
        "segments.prospects.loss": 0.02,
        "segments.proof.hold_out": None,
        "segments.proof.held_out": 0,
    },
    "letters alone, all of which are to win back": {
        **SURE_OF_THE_UNIT,
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)],
        "data.declined_set_aside": share(1.0, 15),
        "segments.proof.hold_out.margin": 0.06,
        "model.forecast": FORECAST
        | {
            "earlier_nowcast": None,
            "best_baseline": "level",
            "gain": estimate(-0.08),
            "calibrated_bins": 10,
            "out_of_time": FORECAST["out_of_time"] | {"said": 0.5},
        },
        "segments.written": LETTERS | {"steady": 0, "declined": 553},
        "segments.prospects": {"gain_roubles": estimate(97349.7), "loss": 0.0},
        "segments.discount_worth.first": None,
    },
    "letters alone, whatever the unit": {
        **EITHER_UNIT_PAYS,
        **SURE_OF_THE_LEVEL,
        "history.months": [seen("2026-09", None), seen("2026-10", 0.05)],
        **LIMITED,
        "data.declined_set_aside": None,
        "segments.written": LETTERS | {"control": 0},
        "segments.discount_worth.saves_the_same": False,
        "segments.prospects.gain_roubles": {"value": 9e4, "low": -3e5, "high": 5e5},
        "model.forecast": FORECAST
        | {
            "gain": estimate(0.01),
            "out_of_time": FORECAST["out_of_time"] | {"said": 0.2},
        },
    },
    "neither unit nor level are sure": {
        "settings.money.loss_share": 0.5,
        "settings.money.win_back_loss_share": 0.3,
        "exploration.numeric": [feature("promo_share", 0.2, 0.4, differs=True)],
        **EITHER_UNIT_PAYS,
        **recommending("discounts_first"),
        "segments.arm_price_roubles": -12.5,
        "segments.prospects.gain_roubles": {"value": 9e4, "low": -3e5, "high": 2e6},
    },
    "a model of the past and nothing else in doubt": {
        **SURE_OF_THE_UNIT,
        **SURE_OF_THE_LEVEL,
        **recommending("letters_and_discounts"),
        "model.archived": {
            "period": "2026-07",
            "family": "extra_trees",
            "trained": 1285,
            "roc_auc": estimate(0.917),
        },
    },
    "nothing that pays": NO_OFFERS
    | {
        "segments.no_lists": "does_not_pay",
        "segments.worth_writing": 0,
        "model.forecast": FORECAST | {"best_baseline": "level", "earlier_nowcast": None},
    },
    "everybody held out": NO_OFFERS,
    "nobody who may be written to": NO_OFFERS
    | {**SURE_OF_THE_UNIT, **SURE_OF_THE_LEVEL}
    | {"segments.no_lists": "nobody", "segments.worth_writing": 0},
    "letters to too few": NO_OFFERS
    | {
        "segments.no_lists": "too_few",
        "segments.worth_writing": 4,
        "segments.grid": [],
        "segments.chosen": None,
        "exploration.numeric": [feature("promo_share", 0.2, 0.2, differs=True)],
    },
    "limits that leave no room": NO_OFFERS
    | LIMITED
    | {
        "segments.no_lists": "no_room",
        "segments.left_out": {"customers": 553, "cost_roubles": 8295.0, "gain_roubles": 97349.7},
    },
    "letters within limits": {
        **SURE_OF_THE_UNIT,
        **LIMITED,
        "segments.left_out": {"customers": 251, "cost_roubles": 3765.0, "gain_roubles": 22104.4},
        "segments.written": LETTERS | LEVELS_NOT_TOLD,
        "segments.proof.hold_out": HOLD_OUT | {"new_a_month": 120.0, "weighed_roubles": 9670.5},
        "settings.money.required_return": 0.5,
        "segments.offer_sums": [
            {"codes": ["letter"], "fits": 690, "pays": 553, "written": LETTERS | LEVELS_NOT_TOLD},
            {
                "codes": ["basket_reminder", "loyalty"],
                "fits": None,
                "pays": None,
                "written": written(6, 409.7) | LEVELS_NOT_TOLD,
            },
        ],
    },
    "a discount within limits": {
        **LIMITED,
        **recommending("letters_and_discounts"),
        "segments.written": written(553, 97349.7) | LEVELS_NOT_TOLD,
        "segments.book": [each.model_dump(mode="json") for each in describe_book(OWN, Money())],
        "segments.terms": terms_in_common(OWN, Money()).model_dump(mode="json"),
        "segments.offers": [offer("asleep", None, 4518.9), offer("plain", None, 1204.5)],
        "segments.offers_skipped": [{"code": "newcomers", "reason": "fits_nobody"}],
        "segments.sensitivity": [
            moved(None, 1, None, 97349.7),
            moved("share_saved", 0.5, 0.05, 37921.7) | {"worth_contacting": 553},
            moved("loss_share", 2, 1.0, 137921.7) | {"capped": True},
            moved("profit_unit", 1, None, 0.0),
        ],
    },
    "letters of which few are to be won back": {
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)],
        "segments.written": LETTERS | LEVELS_NOT_TOLD,
        "segments.proof.hold_out": None,
    },
    "discounts first within limits": {
        **SURE_OF_THE_LEVEL,
        **LIMITED,
        **recommending("discounts_first"),
        "segments.written": written(553, 97349.7) | LEVELS_NOT_TOLD,
    },
    "a first, unremarkable month": {
        "history": {"months": [seen("2026-10", None)], "unread": []},
        "data.repairs": [],
        "data.findings": [],
        "data.set_aside": {},
        "data.profit_above_revenue": share(0.0),
        "data.position_tells": False,
        "data.impossible_values": 0,
        "data.revenue_change.low": -0.01,
        "data.active_in_all_months": share(0.8),
        "data.minutes_change": {"share": 0.02, "low": 0.01, "high": 0.04, "customers": 1300},
        "exploration.categorical": [association(differs=False)],
        "exploration.numeric": [feature("pages_per_visit", 10, 5, differs=False)],
        "exploration.months": [],
        "exploration.strongest_pairs": [],
        "exploration.what_if": [],
        "exploration.promotions": [{"value": "40-60", "declined": share(0.4)}],
        "model.calibrated_bins": 10,
        "model.calibration_gap": None,
        "model.decided_by": "roc_auc",
        "model.dummy_roc_auc": None,
        "drivers.drivers": [
            driver("promo_share", 0.29) | {"raises_when": "high"},
            driver("revenue_trend", -0.11) | {"rank": {"place": 2, "low": 2, "high": 2}},
            driver("revenue_current", 4846.4) | {"rank": {"place": 3, "low": 3, "high": 3}},
        ],
        "drivers.dependence": [curve("failures", None)],
        "segments.chosen": None,
        "segments.offers_skipped": [],
        "segments.written": LETTERS,
        "segments.hold_out_price_roubles": 0.0,
        "segments.arm_price_roubles": 0.0,
        "segments.discount_worth.half": None,
        "segments.other_order.shared": 120,
        "segments.discounts": None,
        "segments.discount_letters": None,
        "segments.discount_trial": None,
        "segments.categories": [],
        "segments.offers": [offer("basket", 3, 22815.8)],
        "segments.proof.hold_out": HOLD_OUT
        | {"pays": False, "drawn": False, "turns_at": None, "best_hold_out": None},
        **LIMITED,
    },
    "a worse month on sample data": {
        "history.months": [seen("2026-09", None), seen("2026-10", -0.05)],
        "kind": "sample",
        "data.revenue_change": {"share": -0.061, "low": -0.07, "high": -0.05, "customers": 1},
        "data.minutes_change": {"share": 0.0, "low": -0.01, "high": 0.01, "customers": 1300},
        "drivers.drivers": [
            driver("pages_per_visit", None, disagreement="no_own_effect"),
            driver("consent", None, "True", disagreement="not_needed"),
        ],
        "model.chosen": "boosting",
        "model.decided_by": "roc_auc",
        "exploration.strongest_pairs": [],
        "drivers.dependence": [curve("pages_per_visit", 6.4)],
        "drivers.with_permutation": agreed(0.2, "different"),
        "exploration.what_if": [decision("twins", 0.006)],
        "exploration.promotions": [
            {"value": "20-40", "declined": share(0.8)},
            {"value": "60-80", "declined": share(0.1)},
        ],
        "segments.profit_carries_signal": True,
        "segments.rules.learnt_from": "risk",
        **NO_OFFERS,
    },
    "offers of the shop's own": {
        "segments.book": [each.model_dump(mode="json") for each in describe_book(OWN, Money())],
        "segments.terms": terms_in_common(OWN, Money()).model_dump(mode="json"),
        "segments.offers": [
            offer("come_back", -0.125, 22815.8) | {"feature": "revenue_trend"},
            offer("newcomers", 0.2, 4518.9) | {"feature": "contacts_trend", "discount": False},
            offer("kitchen", None, 1243.7),
            offer("asleep", None, 1204.5) | {"discount": False},
            offer("plain", None, 1204.5) | {"discount": False},
        ],
        "segments.rules.rules": [
            rule("promotion_seeker", "promo_share", 0.29),
            rule("contacts_trend_below", "contacts_trend", 0.2),
        ],
        "segments.offers_skipped": [],
        "drivers.dependence": [curve("promo_share", 0.29) | {"raises_when": "high"}],
        "segments.sensitivity": [
            moved(None, 1, None, 97349.7),
            moved("contact_cost", 2, None, 89634.4),
            moved("share_saved", 0.5, 0.05, 37921.7),
            moved("profit_unit", 1, None, 0.0),
        ],
    },
    "an archived model": {
        "segments.money.model_error": False,
        "model.reason": {"code": "no_levels", "fields": {}},
        "model.archived": {
            "period": "2026-07",
            "family": "extra_trees",
            "trained": 1285,
            "roc_auc": estimate(0.917),
        },
        "model.candidates": [],
        "model.corrected": None,
        "model.ceiling": None,
        "model.hold_out": None,
        "model.roc_auc": None,
        "model.precision": None,
        "model.recall": None,
        "model.calibration_error": None,
        "data.declined": None,
        "drivers.drivers": [],
    },
    "a ceiling out of reach": {
        "exploration.numeric": [
            feature("pages_per_visit", 10, 5, differs=True),
            feature("promo_share", 0.2, 0.4, differs=True),
        ],
        "model.decided_by": "log_loss",
        "model.ceiling.better": True,
        "model.calibration_methods": {"sigmoid": 10, "isotonic": 0},
        "model.chosen": "knn",
        "exploration.categorical": [association(differs=False)],
        "exploration.collinear": True,
        "exploration.promotions": [
            {"value": "0-20", "declined": share(0.11, 9)},
            {"value": "80-100", "declined": share(0.13)},
        ],
        "drivers.dependence": [curve("failures", None)],
    },
    "a month unlike the last": {
        "data.findings": [finding("losses_found")],
        "changes": COMPARED,
        "trend": TREND,
        "history.months": [
            seen("2026-08", None),
            seen("2026-09", 0.004),
            seen("2026-10", 0.004),
        ],
    },
    "a month too small to be compared": {
        "data.revenue_change": None,
        "data.minutes_change": None,
        "exploration.categories": [],
        "exploration.promotions": [{"value": "0-20", "declined": share(0.11, 9)}],
        "exploration.months": [
            median("revenue", "previous", 4927, 4666),
            median("revenue", "current", 5123, 5299),
            median("minutes", "previous", 15, 10),
        ],
        "changes": UNCOMPARED,
    },
    "a month like the last": {
        "data.findings": [finding("month_carried_over")],
        "changes": ALIKE,
        "trend": TREND,
        "exploration.months": [],
    },
    "a forecast that decides": {
        **SURE_OF_THE_UNIT,
        "data.findings": [finding("id_order"), finding("numbers_skipped")],
        "history.months": [seen("2026-08", None), seen("2026-09", 0.004), seen("2026-10", 0.004)],
        "segments.proof.hold_out.price_roubles": 83900.0,
        "segments.proof.held_out": 5,
        "model.forecast": FORECAST,
        "track_record": RECORD,
    },
    "a forecast no better than the level": {
        "data.findings": [finding("more_zeros")],
        "model.forecast": FORECAST
        | {
            "gain": estimate(0.01),
            "earlier_nowcast": None,
            "best_baseline": "level",
            "calibrated_bins": 10,
            "shifts": [],
            "out_of_time": None,
            "leavers": None,
            "claims": {"everybody": claimed(9, 0.4), "steady_high": None, "declined_low": None},
        },
        "track_record": [each | {"back_filled": True} for each in RECORD],
    },
    "a forecast worse than the level": {
        "data.findings": [finding("unusual")],
        "model.forecast": FORECAST | {"gain": estimate(-0.08), "out_of_time": None},
        "track_record": [RECORD[0] | {"flagged": None, "flagged_bounds": None, "roc_auc": None}],
    },
    "a forecast that guesses": {
        **SURE_OF_THE_UNIT,
        "data.findings": [finding("id_order"), finding("column_part_empty")],
        "model.forecast": NO_FORECAST,
        "track_record": [RECORD[2] | {"back_filled": False}],
    },
    "a forecast of too few": {
        **SURE_OF_THE_UNIT,
        "data.findings": [finding("month_moved")],
        "segments.other_order.shared": 96,
        "model.forecast": NO_FORECAST | {"reason": {"code": "no_levels", "fields": {}}},
        "track_record": [RECORD[1]],
    },
    "no forecast wanted": {
        "settings.model.forecast_horizon": 0,
        "data.findings": [finding("label_share_moved")],
    },
    "a month loaded for a part": {"data.findings": [finding("month_part_empty")]},
    **{
        f"a month to ask about: {code}": {"data.findings": [finding(code)]}
        for code in (
            "blank_at_end",
            "column_moved",
            "columns_together",
            "consents_in_a_row",
            "consents_regained",
            "dragged_down",
            "end_emptied",
            "group_moved",
            "heaped_at_end",
            "label_of_group",
            "less_alike",
            "level_told",
            "newcomers_alike",
            "coarse_money",
            "customers_alike",
            "customers_lacking",
            "customers_moved",
            "customers_twice",
            "filled_in",
            "labels_changed",
            "levels_of_others",
            "month_by_factor",
            "months_in_order",
            "more_than_revenue",
            "nobody_below",
            "nobody_without",
            "part_moved",
            "pasted_twice",
            "renumbered",
            "round_count",
            "rows_part_lacking",
            "share_of_revenue",
            "two_groups",
            "zeros_heaped",
        )
    },
    "every finding": {"data.findings": [finding(code) for code in FINDING_CODES]},
    "a first month": {"data.findings": [finding("no_earlier", "warning")]},
    "a first month of which the books tell a part": {
        "data.findings": [
            finding("no_earlier_in_part", "warning"),
            finding("books_agree", "info"),
        ],
        "data.totals": [TOTALS[0] | {"books": 1300.0, "agrees": True}, *TOTALS[1:]],
    },
    "a month that the books contradict": {
        "data.findings": [finding("books_otherwise")],
        "data.totals": [TOTALS[0] | {"books": 1311.0}, *TOTALS[1:]],
    },
    "a first month that agrees with the books": {
        "data.findings": [finding("no_earlier_but_books", "warning")],
        "data.totals": [each | {"books": each["export"], "agrees": True} for each in TOTALS],
        "data.looked_up": 30,
        "data.otherwise": 0,
        "data.looked_up_at_most": 0.095,
        "data.unseen": [
            unseen("money.csv", "Прибыль", "earlier", mixed=0.41),
            unseen("market_file.csv", "Длительность", "usual", 0.2, 5.1),
        ],
    },
    "a month in which few allow messages": {"data.findings": [finding("few_consents")]},
    "one level only": NO_MODEL
    | {
        "data.findings": [finding("one_label")],
        "model.reason": {"code": "one_class", "fields": {}},
    },
    "no level known": NO_MODEL
    | {
        "data.findings": [finding("levels_not_borne_out")],
        "model.reason": {"code": "no_levels", "fields": {}},
        "data.declined": None,
        "exploration.numeric": [],
    },
    "too few in decline": NO_MODEL
    | {"model.reason": {"code": "too_few", "fields": {"smaller": 21, "floor": 30}}},
    "a model that guesses": {
        name: NO_MODEL[name] for name in NO_MODEL.keys() - COMPARED_ALL_THE_SAME
    }
    | {
        "model.chosen": None,
        "model.reason": {"code": "too_weak", "fields": {"low": 0.51, "floor": 0.65}},
    },
}


def results_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The usual results with other values at some dotted paths."""
    results = copy.deepcopy(RESULTS)
    for path, value in changes.items():
        *parents, name = path.split(".")
        part = results
        for parent in parents:
            part = part[parent]
        part[name] = copy.deepcopy(value)
    decided = results["segments"]
    decided.setdefault(
        "offer_sums",
        [
            {"codes": [each["code"]], "fits": 31, "pays": 28, "written": each["written"]}
            for each in decided["offers"]
        ],
    )
    found = Results.model_validate(results)
    chosen = Settings.model_validate(found.settings)
    chapters = (found.data, found.exploration, found.model, found.segments, found.history)
    verdicts = judge(found.period, chosen, *chapters, found.track_record)
    return results | {"verdicts": verdicts.model_dump(mode="json")}


def verdicts_of(changes: Mapping[str, Any]) -> Verdicts:
    """What is concluded from the usual results with other values at some dotted paths."""
    found = Results.model_validate(results_of(changes)).verdicts
    assert found is not None
    return found


def words_of(language: str, results: Mapping[str, Any] = RESULTS) -> Words:
    words = Words.load(WORDS / language, SKELETONS)
    return words.with_labels(offer_labels(results, language))


def prose(
    words: Words,
    results: Mapping[str, Any],
    document: str = "annex",
    shown: Collection[str] | None = None,
) -> str:
    """The document's text, with captions and descriptions in the places of figures.

    ``shown`` are the labels of the figures that there are; all or none by default.
    """

    def phrase(text: str, place: str) -> Prose:
        return words.phrase(text, context, place=place)

    def figure(label: str, caption: Prose | None = None) -> str:
        described = words.figures[label]
        alt = phrase(described["alt"], label)
        above = caption or phrase(described["caption"], label)
        return Prose("\n\n").join([above, alt, Prose(f"{{#{label} .plotly}}")])

    def table(label: str, rows: Iterable[object], caption: Prose | None = None) -> str:
        return Prose(pipe_table(words, label, rows, phrase, caption))

    context: dict[str, Any] = {
        "results": results,
        "figure": figure,
        "table": table,
        "annex": lambda section: Prose(f"[annex](annex:{section})"),
        "has": lambda label: (
            bool(results["exploration"]["months"]) if shown is None else label in shown
        ),
        "numbers": in_attribute,
    }
    context["say"] = words.speaker(context)
    return words.render(f"{document}.md.j2", context)


def digits_of(spoken: Iterable[Spoken]) -> list[tuple[float, str]]:
    """The numbers written, each with its digits, in order of size."""
    return sorted((each.value, re.sub(r"\D", "", each.text)) for each in spoken)


def unquoted(markdown: str) -> str:
    """The text without its escapes and without what stands in English quotation marks."""
    return re.sub("“[^”]*”", "", markdown.replace("\\", ""))


def keys(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@cache
def tables_of(language: str) -> Mapping[str, Mapping[str, Any]]:
    return words_of(language).tables


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_counts_whom_it_flags_itself_where_a_forecast_decides(language: str) -> None:
    results = results_of(MONTHS["a forecast that decides"] | {"segments.high_risk": 777})
    text = prose(words_of(language), results)
    model = text[text.index("{#sec-model}") : text.index("{#sec-forecast}")]
    assert "396" in model and "777" not in model


@pytest.fixture(params=MONTHS, ids=str)
def month(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass(frozen=True)
class Told:
    """The text of a report and the numbers in it."""

    text: str
    digits: list[tuple[float, str]]
    headline: str


@cache
def told(month: str, language: str) -> Told:
    results = results_of(MONTHS[month])
    own = "segments.book" in MONTHS[month]
    words = words_of(language, results) if own else read_once(language)
    spoken = len(words.spoken)
    text = "\n\n".join(prose(words, results, each) for each in ("annex", "report"))
    digits = digits_of(words.spoken[spoken:])
    say = words.speaker({"results": results})
    return Told(text, digits, say("front.headline"))


@cache
def read_once(language: str) -> Words:
    """The words of a language, with its templates compiled once for all months."""
    return words_of(language)


def test_the_months_told_of_here_are_shaped_like_real_ones(month: str) -> None:
    Results.model_validate(results_of(MONTHS[month]))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", TOML_NAMES)
def test_all_languages_have_the_same_keys(name: str, language: str) -> None:
    russian, other = (
        tomllib.loads((WORDS / each / name).read_text("utf-8")) for each in ("ru", language)
    )
    other.pop("translation", None)
    assert sorted(keys(other)) == sorted(keys(russian))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("label", sorted(tables_of("ru")))
def test_a_table_has_the_same_columns_in_all_languages(label: str, language: str) -> None:
    russian, other = (tables_of(each)[label] for each in ("ru", language))

    def shape(table: Mapping[str, Any]) -> list[tuple[str, ...]]:
        plain = [column | {"format": column.get("format", "text")} for column in table["columns"]]
        return [
            (
                column["field"],
                column["format"].replace("quoted", "text"),
                column.get("align", ""),
            )
            for column in plain
        ]

    assert shape(other) == shape(russian)
    assert other.get("class") == russian.get("class")


@pytest.mark.parametrize("language", OTHERS)
def test_all_languages_say_the_same_numbers(month: str, language: str) -> None:
    russian, other = told(month, "ru"), told(month, language)
    assert len(russian.digits) > 50
    assert other.digits == russian.digits


@pytest.mark.parametrize("language", ["ru", *OTHERS])
def test_every_heading_and_table_stands_apart_and_every_reference_has_its_target(
    month: str, language: str
) -> None:
    """A line that ends with a tag of the template loses its end: what follows is no block then."""
    text = told(month, language).text
    assert re.findall(r".{20}[^.\\]\.\.(?!\.)", text.replace("\\.", ".")) == []
    assert re.findall(r"(?m)^(?!\n).+\n(#{1,3} .*)", text) == []
    assert re.findall(r"(?m)^[^|\n].*\n(\|.*)", text) == []
    headings = re.findall(r"(?m)^#{1,3} .*\{#(sec-[a-z-]+)", text)
    referred = re.findall(r"(?<!\\)@(sec-[a-z-]+[a-z])", text)
    assert set(referred) <= set(headings)
    in_annex = sections_of(text[: text.index("::: {.front}")])
    assert set(re.findall(r"\(annex:(sec-[a-z-]+)\)", text)) <= in_annex.keys()


@pytest.mark.parametrize("language", OTHERS)
def test_all_languages_place_and_name_the_same_parts(month: str, language: str) -> None:
    russian, other = (told(month, each).text for each in ("ru", language))
    placed = r"\{#([a-z-]+)([^}]*)\}"
    assert re.findall(placed, other) == re.findall(placed, russian)
    referred = r"(?<!\\)@((?:fig|tbl|sec)-[a-z-]+[a-z])"
    assert sorted(re.findall(referred, other)) == sorted(re.findall(referred, russian))
    blocks = r"(?m)^(:::.*?)(?: title=.*)?$"
    assert re.findall(blocks, other.replace('"}', '"')) == re.findall(
        blocks, russian.replace('"}', '"')
    )


COMPARISONS = {"unlike": COMPARED, "alike": ALIKE, "still": STILL, "uncompared": UNCOMPARED}


def tell_comparison(compared: str, language: str) -> Told:
    """The text of two months side by side."""
    results = COMPARISONS[compared]
    words = words_of(language, results)
    text = prose(words, results | {"exploration": {"months": ["any"]}}, "diff")
    return Told(text, digits_of(words.spoken), "")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("compared", COMPARISONS)
def test_a_comparison_of_two_months_is_the_same_in_all_languages(
    compared: str, language: str
) -> None:
    DiffResults.model_validate(COMPARISONS[compared])
    russian, other = tell_comparison(compared, "ru"), tell_comparison(compared, language)
    assert other.digits == russian.digits
    assert len(russian.digits) > (20 if COMPARISONS[compared]["tested"] else 5)
    placed = r"\{#([a-z-]+)([^}]*)\}"
    assert re.findall(placed, other.text) == re.findall(placed, russian.text)
    assert language != "en" or CYRILLIC.findall(unquoted(other.text)) == []


@pytest.mark.parametrize(
    ("mailings", "told"),
    [
        ([mailing("2026-08", "2026-11", None)], "will know the outcome of the mailing of August"),
        ([mailing("2026-07", "2026-10", 0)], "None of the mailings can be judged"),
        ([mailing("2026-08", "2026-11", None) | {"held_out": 0}], "None of the mailings can be"),
        (
            [mailing("2026-07", "2026-10", 0), mailing("2026-09", "2026-12", None)],
            "The report for December 2026 will know the outcome of the mailing of September",
        ),
    ],
)
def test_an_outcome_is_promised_only_where_there_will_be_one(
    mailings: list[dict[str, Any]], told: str
) -> None:
    results = results_of({"segments.proof.mailings": mailings, "segments.proof.together": None})
    annex = prose(words_of("en"), results)
    assert told in annex
    assert ("will know the outcome" in annex) is ("will know the outcome" in told)


@pytest.mark.parametrize(
    ("numeric", "told", "other"),
    [
        ([], "levels cannot be compared", "better than chance"),
        ([feature("failures", 4, 4, differs=True)], "differ by more than chance", "better than"),
        ([feature("failures", 4, 4, differs=False)], "better than chance", "cannot be compared"),
    ],
)
def test_why_no_difference_is_shown_is_told_as_it_is(
    numeric: list[dict[str, Any]], told: str, other: str
) -> None:
    results = results_of({"exploration.numeric": numeric})
    report = prose(words_of("en"), results, "report")
    why = report[report.index("{#sec-drivers}") :].partition("\n#")[0]
    assert told in why and other not in why


@pytest.mark.parametrize(
    ("changes", "reason", "others"),
    [
        ({"settings.model.forecast_horizon": 0}, "switched off", ("learn from", "reliably")),
        ({}, "no export or report of it that can be used", ("switched off", "reliably")),
        (
            {"model.forecast": NO_FORECAST},
            "does not tell customers who cut back reliably",
            ("no export",),
        ),
    ],
)
def test_why_there_is_no_forecast_is_told_as_it_is(
    changes: dict[str, Any], reason: str, others: tuple[str, ...]
) -> None:
    results = results_of({"model.forecast": None} | changes)
    report = prose(words_of("en", results), results, "report")
    [told] = re.findall("This report has no forecast for the months ahead[^.]*", report)
    assert reason in told and not any(each in told for each in others)


def test_what_could_not_be_compared_is_not_told_as_unchanged() -> None:
    month = told("a month too small to be compared", "en").text
    for text in (month, tell_comparison("uncompared", "en").text):
        assert "not known whether anything changed" in text
        assert not re.search("[Nn]othing changed|None changed", text)
    assert "Favourite categories are not compared" in month
    assert "Shares of purchases on promotion are not compared" in month
    assert "The former was on the site" not in month
    assert "How time on the site changed is not known" in month
    assert "did not change by more than chance" not in month


def test_an_english_report_is_english_but_for_quoted_data(month: str) -> None:
    text = told(month, "en").text
    assert CYRILLIC.findall(unquoted(text)) == []
    assert not re.search("[«»₽№]", text)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "ru",
            (
                f"**Возвращайтесь {HOSTILE}.** −12,5{NB}%: <b>$s$ скидка 7,5{NB}%.",
                f"контакты к среднему: до 20{NB}%",
                "у каждого предложения своя (@tbl-offer-terms)",
                "| Возвращайтесь",
                f"| 7,5{NB}% | выручки за отчётный месяц |",
            ),
        ),
        (
            "en",
            (
                f"**Come back {HOSTILE}.** −12.5%, <b>$s$ 7.5%.",
                "contacts against the average: up to 20%",
                "each offer has its own (@tbl-offer-terms)",
                "| Come back",
                "| 7.5% | revenue of the reporting month |",
            ),
        ),
    ],
)
def test_a_report_follows_the_offers_of_the_shop(language: str, sentences: tuple[str, ...]) -> None:
    text = told("offers of the shop's own", language).text
    printed = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    for sentence in sentences:
        assert sentence in printed.replace(f"{NB}—", " —"), sentence
    assert not re.search(r"(?<!\\)(<script|<b>|\$[xs]\$?|\{\{<)", text)
    assert (
        "newcomers"
        in text[
            text.index("{#sec-rules}") : text.index("{#sec-offers}", text.index("{#sec-rules}"))
        ]
    )


def test_a_russian_comma_or_space_stands_in_no_english_number(month: str) -> None:
    text = told(month, "en").text.replace("\\", "")
    assert not re.search(rf"\d,\d(?!\d\d)|\d{NB}\d\d\d|\d{NB}%", text)


def test_a_document_is_written_in_each_language_with_its_own_front(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    bars = {"data": [{"type": "bar", "x": ["⟦level.declined⟧"], "y": [1234.5]}], "layout": {}}
    notebook.cells = [
        nbformat.v4.new_code_cell(
            f"#| label: {label}",
            outputs=[nbformat.v4.new_output("display_data", data={PLOTLY: bars})],
        )
        for label in words_of("ru").figures
    ]
    (tmp_path / "chapters").mkdir()
    nbformat.write(notebook, tmp_path / "chapters" / "all.ipynb")
    placed = set()
    for language in LANGUAGES:
        document = write_document(
            words=words_of(language),
            results=results_of({}),
            executed=tmp_path / "chapters",
            source=tmp_path / language,
            front={"date-iso": "2026-10-31"},
            style=ChartStyle.load(TEMPLATES / "chart.json"),
            document="annex",
        )
        placed.add(document.placed)
    assert len(placed) == 1 and placed != {()}
    text = (tmp_path / "en" / "annex.qmd").read_text("utf-8")
    assert 'lang: "en"' in text and "Data as of 31\u00a0October 2026" in text
    assert CYRILLIC.findall(unquoted(text)) == []
    drawing = (tmp_path / "en" / "figures" / "fig-roc.svg").read_text("utf-8")
    assert "cut back" in drawing


def test_a_data_value_in_a_chart_is_translated_where_it_can_be() -> None:
    bars = {"type": "bar", "x": ["Техника для красоты и<br>здоровья", "Чай"], "y": [1, 2]}
    style = ChartStyle.load(TEMPLATES / "chart.json")
    shown = {
        language: localise(
            {"data": [bars], "layout": {}}, words_of(language).texts, ".,", style, label="fig-x"
        )["data"][0]["x"]
        for language in LANGUAGES
    }
    assert shown["en"] == ["Beauty and health devices", "Чай"]
    assert shown["ru"] == bars["x"]


def test_no_text_of_an_english_chart_is_russian() -> None:
    words = words_of("en")
    texts = {key: text for key, text in words.texts.items() if not key.startswith("translation.")}
    assert CYRILLIC.findall(" ".join(texts.values())) == []
    assert CYRILLIC.findall(" ".join(words.front.values())) == []


def test_whatever_the_contract_may_hold_is_translated() -> None:
    shop = {heading for file in schema.CONTRACT for heading in file.headings} - {"id"}
    for file in schema.CONTRACT:
        for column in file.columns:
            shop |= set(column.labels.values) if column.labels else set()
    assert shop | {schema.NOT_STATED} <= words_of("en").labels["translation"].keys()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 1300 | count }}", "1,300"),
        ("{{ 1234.5 | number(1) }}", "1,234.5"),
        ("{{ 0.3831 | percent }}", "38.3%"),
        ("{{ 0.061 | percent(sign=true) }}", "+6.1%"),
        ("{{ 0.047 | points(sign=true) }}", f"+4.7{NB}pp"),
        ("{{ -3 | signed }}", "−3"),
        ("{{ 5299 | money }}", f"RUB{NB}5,299"),
        ("{{ 845000 | money_short }}", f"RUB{NB}845k"),
        ("{{ 2921783 | money_short }}", f"RUB{NB}2.9m"),
        ("{{ [0.357, 0.41] | interval }}", f"35.7% to{NB}41.0%"),
        ('{{ [2742061, 3112321] | interval("money_short") }}', f"RUB{NB}2.7m to{NB}3.1m"),
        ('{{ [-0.06, 0.02] | range("number", 2) }}', f"−0.06 to{NB}0.02"),
        ("{{ [0.68, 0.83] | out_of_ten }}", f"7 to{NB}8 out of{NB}10"),
        ('{{ 1 | plural("customer|customers") }}', f"1{NB}customer"),
        ('{{ 21 | plural("customer|customers") }}', f"21{NB}customers"),
        ('{{ 1.5 | plural("month|months", 1) }}', f"1.5{NB}months"),
        ('{{ "2026-10-31" | date }}', f"31{NB}October 2026"),
        ('{{ "2026-10" | month }}', "October 2026"),
        ('{{ "2026-10" | month_in }}', f"in{NB}October"),
        ('{{ "2026-12" | months_later | month_to(true) }}', f"compared with{NB}January 2027"),
        ("{{ 'new “thing”' | quoted }}", "“new ‘thing’”"),
        ("{{ 'Товары для детей' | quoted }}", "“Товары для детей” (children’s goods)"),
        ("{{ 'Чай' | quoted }}", "“Чай”"),
        ("{{ ['a', 'b'] | listing }}", "a and b"),
    ],
)
def test_a_filter_says_it_in_english(template: str, text: str) -> None:
    assert said(words_of("en"), template) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_locale_leaves_nothing_to_plotlys_own_english(language: str) -> None:
    locale = words_of(language).chart_locale
    assert locale["name"] == language
    assert {"periods", "dateTime", "date", "time", "decimal", "thousands", "grouping"} <= locale[
        "format"
    ].keys()
