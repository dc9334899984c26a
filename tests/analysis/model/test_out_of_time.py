"""A forecast is tried on an outcome that came later than anything it learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from analysis import results
from analysis.cleaning.clean import clean
from analysis.model.forecast import CANDIDATES
from analysis.model.learnt_ahead import EarlierMonth, learn_ahead
from analysis.model.out_of_time import PastForecast, try_out_of_time
from analysis.model.shifts import found_shifts, read_as_then
from analysis.settings import Settings
from analysis.snapshot.snapshot import read_snapshot
from tests.conftest import ROOT

FEW = CANDIDATES[:1]


def month(period: str) -> EarlierMonth:
    cleaned = clean(read_snapshot(ROOT / "data" / "sample" / period))
    return EarlierMonth(period, "snapshot", cleaned.customers)


@pytest.fixture(scope="module")
def past() -> PastForecast:
    return PastForecast(month("2026-06"), month("2026-08"))


@pytest.fixture(scope="module")
def tried(
    past: PastForecast, sample_customers: pd.DataFrame, quick_settings: Settings
) -> results.OutOfTime:
    found = try_out_of_time(past, past.levels, sample_customers, FEW, quick_settings, seed=1)
    assert found is not None
    return found


def test_what_is_said_is_held_against_the_levels_of_this_month(
    tried: results.OutOfTime,
    past: PastForecast,
    sample_customers: pd.DataFrame,
    quick_settings: Settings,
) -> None:
    then, start = past.features.customers, past.levels.customers
    _, learnt = learn_ahead(then, start, FEW, quick_settings, 1)
    assert learnt is not None
    trained = [each[each["state"].eq("trained")] for each in (then, start)]
    moved = sorted({each.feature for each in found_shifts(*trained)})
    scored = start[start["state"].ne("not_scored")]
    told = learnt.foretell(read_as_then(scored, *trained, moved))
    levels = sample_customers.dropna(subset="level").set_index("id")["level"].eq("declined")
    both = told.index.intersection(levels.index)
    said, came = told.loc[both], levels.loc[both]
    assert (tried.came.base, tried.came.count) == (len(both), came.sum())
    assert tried.said == pytest.approx(said.mean())
    assert tried.roc_auc.value == pytest.approx(roc_auc_score(came, said))
    assert tried.log_loss.value == pytest.approx(log_loss(came, said))
    assert tried.log_loss_base == pytest.approx(log_loss(came, np.full(len(came), came.mean())))
    assert sum(each.observed.base for each in tried.calibration) == len(both)


def test_it_does_as_well_as_a_forecast_claims_of_itself(tried: results.OutOfTime) -> None:
    assert tried.roc_auc.low > tried.level_alone.high
    assert tried.log_loss.high < tried.log_loss_base
    assert tried.said == pytest.approx(tried.came.share, abs=0.06)


def test_it_says_whether_it_could_have_been_made_then(
    tried: results.OutOfTime,
    past: PastForecast,
    sample_customers: pd.DataFrame,
    quick_settings: Settings,
) -> None:
    assert tried.strict
    assert (tried.learnt_from, tried.levels_of, tried.made_in) == ("2026-06", "2026-08", "2026-08")
    before = EarlierMonth("2026-07", "edition", past.levels.customers)
    later = try_out_of_time(past, before, sample_customers, FEW, quick_settings, seed=1)
    assert later is not None and not later.strict


def test_ids_and_the_order_of_rows_change_nothing(
    tried: results.OutOfTime,
    past: PastForecast,
    sample_customers: pd.DataFrame,
    quick_settings: Settings,
) -> None:
    def anew(each: EarlierMonth) -> EarlierMonth:
        table = each.customers.assign(id=(5_000_000 - each.customers["id"].astype(int)).astype(str))
        return EarlierMonth(each.period, each.source, table.sample(frac=1, random_state=3))

    other = PastForecast(anew(past.features), anew(past.levels))
    now = sample_customers.assign(id=(5_000_000 - sample_customers["id"].astype(int)).astype(str))
    again = try_out_of_time(other, other.levels, now, FEW, quick_settings, seed=1)
    assert again == tried


def test_months_without_a_common_customer_give_no_trial(
    past: PastForecast, sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    strangers = sample_customers.assign(id="x" + sample_customers["id"])
    assert try_out_of_time(past, past.levels, strangers, FEW, quick_settings, seed=1) is None
