"""The sample months are one panel, and what changes between them is what was planted."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from analysis.changes.compare import compare_customers
from analysis.cleaning.clean import clean
from analysis.cleaning.describe import describe_snapshot
from analysis.cleaning.features import CATEGORICAL, FEATURES, NUMERIC
from analysis.periods import days_between
from analysis.results.changes import CustomersChange
from analysis.settings import Changes, Money, Settings
from analysis.snapshot.continuity import Earlier, check_agreement, same_content
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.synthetic.generate import mailed_panel, write_planted
from analysis.synthetic.margins import load_margins
from analysis.synthetic.panel import EARLY_MONTHS
from analysis.synthetic.planted import planted_changes

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
PERIODS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
NEIGHBOURS = list(pairwise(PERIODS))
PLANTED = json.loads((SAMPLE / "planted.json").read_text(encoding="utf-8"))["pairs"]
BY_PAIR = {(pair["old"], pair["new"]): pair for pair in PLANTED}
WIDER = 3.5 / 1.96

pairs = pytest.mark.parametrize(("old", "new"), NEIGHBOURS)


@cache
def snapshot(period: str) -> Snapshot:
    return read_snapshot(SAMPLE / period)


@cache
def customers(period: str) -> pd.DataFrame:
    cleaned = clean(snapshot(period))
    return cleaned.customers


@cache
def scored(period: str) -> pd.DataFrame:
    """The customers with the probability that a model gives who did not learn from them."""
    table, probability = forecast(period, period)
    known = pd.Series(probability, index=table["id"].to_numpy())
    return customers(period).assign(probability=customers(period)["id"].map(known))


@cache
def compared(old: str, new: str) -> CustomersChange:
    return compare_customers(
        scored(old), scored(new), (old, new), (Money(), Money()), Changes(), seed=20261031
    )


def in_both(old: str, new: str) -> pd.DataFrame:
    return customers(old).merge(customers(new), on="id", suffixes=("_before", ""))


def names(changes: list[dict[str, Any]]) -> set[tuple[str, str | None]]:
    return {(each["feature"], each["value"]) for each in changes}


# ─── One panel ───────────────────────────────────────────────────────────────────────────────────


@pairs
def test_most_customers_stay_some_come_and_as_many_go(old: str, new: str) -> None:
    data = compared(old, new).data
    assert data.customers_old == data.customers_new == 1300
    assert 0.85 < data.persisting / 1300 < 0.95
    assert data.arrivals == data.leavers == 1300 - data.persisting


def test_who_has_left_does_not_come_back() -> None:
    for first, gone, later in zip(PERIODS, PERIODS[1:], PERIODS[2:], strict=False):
        left = set(customers(first)["id"]) - set(customers(gone)["id"])
        assert left.isdisjoint(customers(later)["id"])


@pairs
def test_time_passes_for_everybody_who_stays(old: str, new: str) -> None:
    both = in_both(old, new)
    passed = both["tenure_days"] - both["tenure_days_before"]
    assert (passed == days_between(old, new)).all()
    assert not compared(old, new).data.same_moment


@pytest.mark.parametrize(("old", "new"), [*NEIGHBOURS, *zip(PERIODS, PERIODS[2:], strict=False)])
def test_an_export_repeats_what_the_earlier_ones_said(old: str, new: str) -> None:
    agreement = check_agreement(snapshot(new), new, Earlier(old, snapshot(old)))
    assert agreement.findings == ()
    assert agreement.overlap is not None
    assert agreement.overlap.compared > 1000
    assert agreement.overlap.disagreeing == 0


def test_no_month_is_another_one_again() -> None:
    for old, new in NEIGHBOURS:
        assert not same_content(snapshot(old), snapshot(new))


@pairs
def test_levels_and_habits_mostly_last(old: str, new: str) -> None:
    both = in_both(old, new)
    assert 0.8 < (both["level"] == both["level_before"]).mean() < 0.95
    assert (both["service"] == both["service_before"]).mean() == 1
    assert both["promo_share"].corr(both["promo_share_before"], method="spearman") > 0.6
    assert both["profit"].corr(both["profit_before"]) > 0.8


# ─── The level follows from behaviour ────────────────────────────────────────────────────────────


def forecast(period: str, outcome: str) -> tuple[pd.DataFrame, np.ndarray[Any, np.dtype[Any]]]:
    """Who declined by a later month, foretold from the features of a month by other customers."""
    later = customers(outcome)[["id", "level"]]
    month = customers(period)
    table = month[month["state"] == "trained"].merge(later, on="id", suffixes=("", "_then"))
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(), list(CATEGORICAL)), (StandardScaler(), list(NUMERIC))
        ),
        LogisticRegression(max_iter=1000),
    )
    level = table["level_then"] == "declined"
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    likely = cross_val_predict(
        model, table[list(FEATURES)], level, cv=folds, method="predict_proba"
    )
    return table, likely[:, 1]


@pytest.mark.parametrize(
    ("period", "outcome"), list(zip(PERIODS, PERIODS[EARLY_MONTHS:], strict=False))
)
def test_a_decline_shows_three_months_before_it_is_labelled(period: str, outcome: str) -> None:
    table, likely = forecast(period, outcome)
    then = table["level_then"] == "declined"
    by_level = roc_auc_score(then, table["level"] == "declined")
    assert by_level + 0.05 < roc_auc_score(then, likely) < 0.88
    steady = table["level"] == "steady"
    assert roc_auc_score(then[steady], likely[steady]) > 0.7
    assert 0.1 < then[steady].mean() < 0.35


# ─── What is planted ─────────────────────────────────────────────────────────────────────────────


def test_the_shipped_list_of_plants_is_what_the_generator_writes(tmp_path: Path) -> None:
    write_planted(tmp_path, mailed_panel(20261031, 1300, "2026-10", 6)[1])
    assert (tmp_path / "planted.json").read_bytes() == (SAMPLE / "planted.json").read_bytes()


def test_every_pair_of_neighbours_is_listed_and_one_of_them_is_quiet() -> None:
    assert list(BY_PAIR) == NEIGHBOURS
    quiet = [pair for pair in PLANTED if not pair["direct"]]
    assert len(quiet) == 1
    assert quiet[0]["derived"] == []
    for pair in PLANTED:
        assert names(pair["direct"]).isdisjoint(names(pair["derived"]))


@pairs
def test_every_planted_change_is_found(old: str, new: str) -> None:
    found = {(each.feature, each.value) for each in compared(old, new).material}
    assert names(BY_PAIR[old, new]["direct"]) <= found


def test_all_that_a_month_allows_is_one_family() -> None:
    for old, new in NEIGHBOURS:
        tested = [each.feature for each in compared(old, new).comparisons]
        assert len(tested) == 24
        assert {*NUMERIC, "declined", "exposed", "profit", "consent", "service"} <= {*tested}


@pairs
def test_nothing_is_found_but_what_was_planted_and_what_follows(old: str, new: str) -> None:
    proven = {
        (each.feature, each.value)
        for each in compared(old, new).comparisons
        if each.verdict != "unproven"
    }
    planted = BY_PAIR[old, new]
    assert proven <= names(planted["direct"]) | names(planted["derived"])


@pairs
def test_planted_changes_have_the_size_that_is_listed(old: str, new: str) -> None:
    measured = {(each.feature, each.value): each for each in compared(old, new).comparisons}
    for planted in BY_PAIR[old, new]["direct"]:
        difference = measured[planted["feature"], planted["value"]].difference
        allowed = WIDER * (difference.high - difference.low) / 2
        assert abs(difference.value - planted["by"]) < allowed, planted


def test_no_finding_on_the_data_comes_or_goes() -> None:
    found = [
        describe_snapshot(snapshot(period), clean(snapshot(period)), Settings()).findings
        for period in PERIODS
    ]
    codes = [[(each.code, each.file, each.column) for each in findings] for findings in found]
    assert len(codes[0]) >= 6
    assert all(each == codes[0] for each in codes)


def test_a_planted_page_less_is_about_one_page() -> None:
    found = {each.feature: each for each in compared("2026-09", "2026-10").material}
    assert found["pages_per_visit"].difference.value == pytest.approx(-1, abs=0.25)


def test_a_longer_panel_has_quiet_months_before_the_first_change() -> None:
    planted = planted_changes(load_margins(), "2026-10", months=9)["pairs"]
    assert planted[3:] == PLANTED
    assert all(pair["direct"] == pair["derived"] == [] for pair in planted[:3])
