"""What a comparison of two months may tell, made up so that every branch of the words is told."""

from __future__ import annotations

from typing import Any


def estimate(value: float, spread: float = 0.5) -> dict[str, float]:
    return {"value": value, "low": value - spread, "high": value + spread}


def comparison(
    feature: str,
    difference: float,
    verdict: str,
    *,
    kind: str = "mean",
    unit: str = "number",
    value: str | None = None,
    mechanical: bool = False,
) -> dict[str, Any]:
    return {
        "feature": feature,
        "value": value,
        "kind": kind,
        "unit": unit,
        "digits": {"share": 1, "roubles": 0, "number": 2}[unit],
        "mechanical": mechanical,
        "old": 0.3691 if unit == "share" else 2886123.4,
        "new": 0.3834 if unit == "share" else 3008452.1,
        "base_old": 1300,
        "base_new": 1299,
        "expected": 0.0,
        "difference": estimate(difference, abs(difference) / 3),
        "effect": difference,
        "floor": 0.05,
        "p_value": 0.001,
        "p_holm": 0.02,
        "verdict": verdict,
        "psi": None,
        "by_both_models": estimate(98765.4, 60000) if feature == "exposed" else None,
    }


MATERIAL = [
    comparison("declined", 0.053, "material", kind="share", unit="share"),
    comparison("exposed", 122328.7, "material", kind="total", unit="roubles"),
    comparison("pages_per_visit", -1.02, "material"),
    comparison("revenue_current", 247.3, "material", unit="roubles"),
    comparison("tenure_days", 12.4, "material", mechanical=True),
    comparison("category", -0.041, "material", kind="share", unit="share", value="Чай <b>"),
]
OTHERS = [
    comparison("promo_share", 0.004, "small", unit="share"),
    comparison("failures", -0.12, "unproven"),
]
DATA = {
    "customers_old": 1300,
    "customers_new": 1290,
    "persisting": 1182,
    "arrivals": 108,
    "leavers": 118,
    "months": 1,
    "days": 31,
    "same_moment": False,
    "overlap": {"columns": [], "compared": 1182, "disagreeing": 17, "share": 0.014},
    "findings": [
        {"code": "twin", "file": None, "column": None, "fate": "comes", "old": None, "new": 11},
        {
            "code": "loss",
            "file": "money.csv",
            "column": "Прибыль",
            "fate": "goes",
            "old": 3,
            "new": None,
        },
        {"code": "missing", "file": None, "column": None, "fate": "stays", "old": 2, "new": 4},
    ],
}
MONEY = {
    "old_kopecks": 288612340,
    "new_kopecks": 300845210,
    "difference_kopecks": 12232870,
    "risk_kopecks": 5590000,
    "risk_customers_kopecks": 2640000,
    "risk_model_kopecks": 2950000,
    "profit_kopecks": 260000,
    "settings_kopecks": -111111,
    "arrivals_kopecks": 33200000,
    "leavers_kopecks": 26900000,
    "newly_scored_kopecks": 200000,
    "no_longer_scored_kopecks": 6019,
    "matched": 1170,
    "arrivals": 108,
    "leavers": 118,
    "newly_scored": 2,
    "no_longer_scored": 1,
}
CROSS = {
    "customers": "in_one_month",
    "base": 108,
    "declined": 41,
    "own": estimate(0.921, 0.03),
    "other": estimate(0.933, 0.04),
    "difference": estimate(0.012, 0.03),
}
SIDE = {"family": "extra_trees", "roc_auc": estimate(0.917, 0.02)}
RANK = {"place": 3, "low": 2, "high": 4}


def move(origin: str, target: str, customers: int | None) -> dict[str, Any]:
    return {"origin": origin, "target": target, "customers": customers}


COMPARED: dict[str, Any] = {
    "schema_version": 1,
    "old": {"period": "2026-09", "kind": "sample", "schema_version": 1},
    "new": {"period": "2026-10", "kind": "sample", "schema_version": 1},
    "making": [
        {"name": "schema_version", "old": 1, "new": 2},
        {"name": "versions.numpy", "old": "2.1", "new": None},
        {"name": "settings.money.loss_share", "old": 0.5, "new": 0.4},
        {"name": "settings.some.flag", "old": True, "new": False},
    ],
    "seed": 42,
    "draws": 1000,
    "alpha": 0.05,
    "data": DATA,
    "comparisons": [*MATERIAL, *OTHERS],
    "material": MATERIAL,
    "untested": [
        {"feature": "service", "value": "новый", "reason": "rare"},
        {"feature": "declined", "value": None, "reason": "unknown"},
    ],
    "tested": 8,
    "model": {"old": SIDE, "new": SIDE, "old_on_new": [CROSS], "new_on_old": []},
    "drivers": [
        {"feature": "promo_share", "old": RANK, "new": RANK, "apart": False},
        {"feature": "failures", "old": RANK, "new": RANK | {"place": 9}, "apart": True},
        {"feature": "consent", "old": None, "new": RANK, "apart": None},
        {"feature": "tenure_days", "old": RANK, "new": None, "apart": None},
    ],
    "segments": {
        "high_risk_old": 366,
        "high_risk_new": 419,
        "sizes": [
            {"segment": "high_1", "old": 366, "new": 211},
            {"segment": "high_2", "old": 0, "new": 208},
            {"segment": "low_1", "old": 934, "new": 871},
        ],
        "moves": [
            move("high", "high", 322),
            move("high", "absent", 40),
            move("high", "low", None),
            move("low", "high", 46),
            move("medium", "high", None),
            move("absent", "high", 40),
            move("low", "low", 700),
        ],
        "smallest_shown": 5,
    },
    "offers": [
        {"code": "basket", "fate": "stays", "old": 194, "new": 160},
        {"code": "loyalty", "fate": "goes", "old": 21, "new": 0},
        {"code": "promotions", "fate": "comes", "old": 0, "new": 33},
        {"code": "basket_reminder", "fate": "comes", "old": 0, "new": None},
    ],
    "money": MONEY,
}
ALIKE: dict[str, Any] = COMPARED | {
    "making": [],
    "data": DATA | {"overlap": None, "findings": []},
    "comparisons": [each | {"verdict": "unproven"} for each in (*MATERIAL, *OTHERS)],
    "material": [],
    "untested": [],
    "model": {"old": SIDE, "new": SIDE, "old_on_new": [], "new_on_old": []},
    "drivers": [{"feature": "promo_share", "old": RANK, "new": RANK, "apart": False}],
    "segments": None,
    "offers": [{"code": "basket", "fate": "stays", "old": 194, "new": 160}],
    "money": MONEY | {"risk_customers_kopecks": None, "risk_model_kopecks": None},
}
STILL: dict[str, Any] = ALIKE | {
    "data": DATA
    | {"persisting": 1300, "arrivals": 0, "leavers": 0, "same_moment": True}
    | {"overlap": {"columns": [], "compared": 1300, "disagreeing": 0, "share": 0.0}},
    "money": dict.fromkeys(MONEY, 0) | {"old_kopecks": 288612340, "new_kopecks": 288612340},
}
UNCOMPARED: dict[str, Any] = ALIKE | {
    "comparisons": [],
    "untested": [{"feature": "declined", "value": None, "reason": "too_few"}],
    "tested": 0,
    "drivers": [],
    "offers": [],
    "money": None,
}


def figures(period: str) -> dict[str, Any]:
    return {
        "period": period,
        "declined": estimate(0.38, 0.02),
        "exposed_roubles": estimate(3008452.1, 90000),
        "revenue_per_customer": None,
        "roc_auc": estimate(0.92, 0.01),
        "foretold": period == "2026-10",
    }


TREND = [figures("2026-09"), figures("2026-10")]
