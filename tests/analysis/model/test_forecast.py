"""A forecast is learnt from an earlier month and never sees whom it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis.cleaning.clean import clean
from analysis.cleaning.features import STARTING_LEVEL, features_ahead
from analysis.model import forecast
from analysis.model.baselines import nowcast_of
from analysis.model.candidates import EXPLAINED_EXACTLY, Configuration, configurations
from analysis.model.forecast import Forecasted, forecast_month
from analysis.model.learnt_ahead import EarlierMonth
from analysis.model.probabilities import (
    by_deciding,
    rests_on_forecast,
    with_probabilities,
)
from analysis.model.shifts import read_as_then
from analysis.model.train import Modelled, model_month
from analysis.settings import Settings
from analysis.snapshot.snapshot import read_snapshot
from analysis.statistics.intervals import wilson
from tests.conftest import ROOT

BEFORE = "2026-07"
ALL_CANDIDATES = forecast.CANDIDATES
QUICKEST = ("logistic", "tree")


@pytest.fixture(scope="module", autouse=True)
def few_candidates() -> Iterator[None]:
    few = [each for each in ALL_CANDIDATES if each.family in QUICKEST][1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast, "CANDIDATES", tuple(few))
        yield


def cleaned(folder: Path) -> pd.DataFrame:
    return clean(read_snapshot(folder)).customers


@pytest.fixture(scope="module")
def then() -> pd.DataFrame:
    return cleaned(ROOT / "data" / "sample" / BEFORE)


@pytest.fixture(scope="module")
def foretold(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> Forecasted:
    return told(sample_customers, then, sample_model, quick_settings)


def told(
    now: pd.DataFrame, then: pd.DataFrame, modelled: Modelled, settings: Settings
) -> Forecasted:
    earlier = EarlierMonth(BEFORE, "snapshot", then)
    return forecast_month(now, earlier, modelled.probabilities, settings, seed=1)


def test_it_learns_from_those_trained_then_whose_level_is_known_now(
    foretold: Forecasted, then: pd.DataFrame, sample_customers: pd.DataFrame
) -> None:
    found = foretold.results
    assert found is not None and found.used and found.reason is None
    trained = then[then["state"] == "trained"].set_index("id")
    levels = sample_customers.dropna(subset="level").set_index("id")["level"]
    both = trained.index.intersection(levels.index)
    assert (found.learnt_from, found.horizon, found.source) == (BEFORE, 3, "snapshot")
    assert found.trained == len(both) < len(trained)
    assert found.declined == levels.loc[both].eq("declined").sum()
    assert found.declined != trained.loc[both, "level"].eq("declined").sum()


def test_it_is_held_against_the_level_of_then(
    foretold: Forecasted, then: pd.DataFrame, sample_customers: pd.DataFrame
) -> None:
    found = foretold.results
    assert found is not None and found.level_alone and found.gain and found.corrected
    trained = then[then["state"] == "trained"].set_index("id")["level"].eq("declined")
    levels = sample_customers.dropna(subset="level").set_index("id")["level"].eq("declined")
    both = trained.index.intersection(levels.index)
    area = roc_auc_score(levels.loc[both], trained.loc[both])
    assert found.level_alone.value == pytest.approx(area)
    assert found.level_alone.low < area < found.level_alone.high
    assert 0.8 < found.corrected.roc_auc.value < 0.91


def test_the_earlier_nowcast_is_what_that_month_alone_said_of_customers_not_seen(
    then: pd.DataFrame, quick_settings: Settings
) -> None:
    few = [each for each in forecast.CANDIDATES if each.family == "tree"]
    given = nowcast_of(then, few, quick_settings, seed=1)
    alone = model_month(then, quick_settings, seed=1, candidates=few).probabilities
    alone = alone[alone["source"] == "out_of_fold"].set_index("id")["score"]
    assert given[0].to_dict() == pytest.approx(alone.to_dict())


def test_its_lead_is_told_against_the_better_of_two_baselines(foretold: Forecasted) -> None:
    found = foretold.results
    assert found is not None and found.earlier_nowcast and found.level_alone and found.gain
    assert found.earlier_nowcast.value > found.level_alone.value + 0.05
    assert found.best_baseline == "nowcast"
    assert found.corrected is not None
    lead = found.corrected.roc_auc.value - found.earlier_nowcast.value
    assert found.gain.value == pytest.approx(lead)
    assert found.gain.low < lead < found.gain.high < 0.1


def test_everyone_scored_has_a_forecast_short_of_certainty(
    foretold: Forecasted, sample_model: Modelled
) -> None:
    found = foretold.results
    assert found is not None
    assert set(foretold.probabilities["id"]) == set(sample_model.probabilities["id"])
    assert foretold.probabilities["id"].is_unique
    assert foretold.probabilities["forecast"].between(0.01, 0.99).all()
    assert found.scored == len(foretold.probabilities)
    assert 0 < found.unseen < found.scored


def test_who_was_not_trained_on_is_scored_by_the_final_model(
    foretold: Forecasted, then: pd.DataFrame, sample_customers: pd.DataFrame
) -> None:
    assert foretold.modelled is not None and foretold.modelled.model is not None
    strangers = sample_customers[
        ~sample_customers["id"].isin(then["id"]) & (sample_customers["state"] != "not_scored")
    ]
    given = foretold.probabilities.set_index("id").loc[strangers["id"], "forecast"]
    trained = [each[each["state"] == "trained"] for each in (then, sample_customers)]
    assert foretold.results is not None
    moved = {each.feature for each in foretold.results.shifts}
    read = read_as_then(strangers, *trained, sorted(moved))
    final = foretold.modelled.model.probability(features_ahead(read, read["level"]))
    assert len(strangers) > 100
    np.testing.assert_allclose(given.to_numpy(), final)


@pytest.fixture(scope="module")
def carried(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> tuple[Forecasted, pd.DataFrame]:
    """A forecast where the level alone tells what comes, and this month's customers."""
    rng = np.random.default_rng(5)
    before = then["level"].where(then["level"].isna(), rng.permutation(then["level"]))
    kept = before.to_numpy() == "declined"
    start = pd.Series(kept ^ (rng.random(len(then)) < 0.1), index=then["id"])
    declining = sample_customers["id"].map(start).astype("boolean")
    level = declining.map({True: "declined", False: "steady"})
    now = sample_customers.assign(level=level.fillna(sample_customers["level"]).astype(object))
    return told(now, then.assign(level=before), sample_model, quick_settings), now


def test_a_level_that_stays_is_foretold_though_no_feature_tells_it(
    carried: tuple[Forecasted, pd.DataFrame],
) -> None:
    found, _ = carried
    assert found.results is not None and found.results.corrected is not None
    assert found.results.corrected.roc_auc.low > 0.8


def test_what_is_foretold_starts_from_the_level_of_this_month(
    carried: tuple[Forecasted, pd.DataFrame],
) -> None:
    found, now = carried
    given = now[["id", "level"]].merge(found.probabilities, on="id")
    means = given.groupby("level")["forecast"].mean()
    assert means["declined"] > 0.7 and means["steady"] < 0.3
    assert found.modelled is not None and found.modelled.model is not None
    assert STARTING_LEVEL in found.modelled.model.configuration.columns


def test_decliners_with_a_low_forecast_stay_declined_as_often_as_is_said(
    foretold: Forecasted, then: pd.DataFrame, sample_customers: pd.DataFrame
) -> None:
    assert foretold.modelled is not None
    given = foretold.modelled.probabilities.merge(then[["id", "level"]], on="id")
    outcome = given["id"].map(sample_customers.set_index("id")["level"]).eq("declined")
    lowest = given["probability"].where(given["level"].eq("declined")).nsmallest(100).index
    came = wilson(int(outcome[lowest].sum()), len(lowest))
    assert came.low < given.loc[lowest, "probability"].mean() < came.high


def test_what_moved_for_everybody_moves_no_forecast(
    foretold: Forecasted,
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    moved = sample_customers.assign(
        pages_per_visit=sample_customers["pages_per_visit"] - 3,
        minutes_current=sample_customers["minutes_current"] * 0.5,
    )
    again = told(moved, then, sample_model, quick_settings)
    assert again.results is not None and foretold.results is not None
    assert again.results.mean == pytest.approx(foretold.results.mean, abs=0.005)
    assert again.results.mean_unmoved is not None and foretold.results.mean_unmoved is not None
    assert again.results.mean_unmoved > foretold.results.mean_unmoved + 0.05
    assert again.results.claims is not None and foretold.results.claims is not None
    wide, narrow = (each.claims.everybody for each in (again.results, foretold.results))
    assert wide is not None and narrow is not None
    assert wide.expected.high > narrow.expected.high + 0.03


def test_those_who_left_are_bounded_with_none_and_with_all_of_them_declined(
    foretold: Forecasted, then: pd.DataFrame, sample_customers: pd.DataFrame
) -> None:
    assert foretold.results is not None and foretold.results.leavers is not None
    found = foretold.results.leavers
    trained = then[then["state"] == "trained"]
    outcome = trained["id"].map(sample_customers.set_index("id")["level"])
    assert (found.customers, found.base) == (outcome.isna().sum(), len(trained))
    came = outcome.eq("declined")
    assert found.declined.low == pytest.approx(came.mean())
    assert found.declined.high == pytest.approx((came | outcome.isna()).mean())
    assert found.flagged is not None and found.flagged.low < 0.75 < found.flagged.high
    assert foretold.results.roc_auc is not None
    assert found.roc_auc.low < found.roc_auc.high < foretold.results.roc_auc.value
    assert found.said == pytest.approx(found.said_of_others, abs=0.1)


def test_where_all_had_one_level_then_it_is_no_feature(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    alike = then[then["level"].eq("steady")]
    found = told(sample_customers, alike, sample_model, quick_settings)
    assert found.modelled is not None and found.modelled.model is not None
    assert STARTING_LEVEL not in found.modelled.model.configuration.columns


def test_no_model_of_a_month_looks_at_its_level(sample_model: Modelled) -> None:
    assert sample_model.model is not None
    assert not any(each.starting_level for each in configurations())
    assert STARTING_LEVEL not in sample_model.model.configuration.columns


def test_a_customer_who_was_trained_on_is_scored_by_models_without_him(
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_heart = Configuration(
        "extra_trees", "plain", "one_hot", "standard", (("min_samples_leaf", 1),)
    )
    monkeypatch.setattr(forecast, "CANDIDATES", (by_heart,))
    monkeypatch.setattr(forecast, "found_shifts", lambda *_: [])
    tossed = np.random.default_rng(2).permutation(sample_customers["level"].dropna())
    then = sample_customers.copy()
    then.loc[then["level"].notna(), "level"] = tossed
    found = told(sample_customers, then, sample_model, quick_settings)
    assert found.results is not None and found.results.roc_auc is not None
    assert found.modelled is not None and found.modelled.model is not None
    trained = sample_customers[sample_customers["state"] == "trained"]
    level = trained["level"].eq("declined")
    given = found.probabilities.set_index("id").loc[trained["id"], "forecast"]
    area = roc_auc_score(level, given)
    assert area == pytest.approx(found.results.roc_auc.value, abs=0.02)
    began = then.loc[trained.index, "level"]
    by_final = found.modelled.model.probability(features_ahead(trained, began))
    assert roc_auc_score(level, by_final) > area + 0.05


def test_it_says_how_forecast_and_nowcast_differ(
    foretold: Forecasted, sample_customers: pd.DataFrame, sample_model: Modelled
) -> None:
    assert foretold.results is not None and foretold.results.views is not None
    views = foretold.results.views
    both = sample_model.probabilities.merge(foretold.probabilities, on="id")
    both = both.merge(sample_customers[["id", "level"]], on="id")
    high = both["forecast"] >= 0.5
    assert views.customers == len(both)
    assert views.high_now == (both["probability"] >= 0.5).sum()
    assert views.high_forecast == high.sum()
    assert views.high_both == ((both["probability"] >= 0.5) & high).sum()
    assert views.steady_high == (both["level"].eq("steady") & high).sum()
    assert views.declined_low == (both["level"].eq("declined") & (both["forecast"] < 0.3)).sum()
    assert views.rank_correlation is not None
    spearman = both["probability"].corr(both["forecast"], method="spearman")
    assert views.rank_correlation.value == pytest.approx(spearman)
    assert views.rank_correlation.low < spearman < views.rank_correlation.high


def test_neither_ids_nor_the_order_of_either_month_matter(
    foretold: Forecasted,
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    def renumbered(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(id=(5_000_000 - table["id"].astype(int)).astype(str))

    modelled = Modelled(sample_model.results, renumbered(sample_model.probabilities), None)
    shuffled = renumbered(then).sample(frac=1, random_state=3)
    again = told(renumbered(sample_customers), shuffled, modelled, quick_settings)
    assert again.results == foretold.results
    expected = renumbered(foretold.probabilities).set_index("id")["forecast"].sort_index()
    given = again.probabilities.set_index("id")["forecast"].sort_index()
    pd.testing.assert_series_equal(given, expected)


def test_levels_that_nothing_foretells_give_no_forecast(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    levels = np.random.default_rng(4).permutation(sample_customers["level"])
    found = told(sample_customers.assign(level=levels), then, sample_model, quick_settings)
    assert found.results is not None and not found.results.used
    assert found.results.reason is not None and found.results.reason.code == "too_weak"
    assert found.probabilities.empty
    whole = with_probabilities(sample_customers, sample_model.probabilities, found.probabilities)
    assert not rests_on_forecast(whole)
    assert set(by_deciding(whole)["decided_by"]) == {"nowcast"}
    decided = by_deciding(whole).set_index("id")["probability"].sort_index()
    nowcast = sample_model.probabilities.set_index("id")["probability"].sort_index()
    pd.testing.assert_series_equal(decided, nowcast)


def test_months_without_a_common_customer_give_no_forecast(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    strangers = then.assign(id="x" + then["id"])
    found = told(sample_customers, strangers, sample_model, quick_settings)
    assert found.results is not None and not found.results.used and found.results.trained == 0


def test_without_an_earlier_month_or_a_model_there_is_no_forecast(
    then: pd.DataFrame,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    none = Modelled(sample_model.results, sample_model.probabilities.iloc[:0], None)
    assert told(sample_customers, then, none, quick_settings).results is None
    alone = forecast_month(sample_customers, None, sample_model.probabilities, quick_settings, 1)
    assert alone.results is None and alone.probabilities.empty


def test_decisions_rest_on_the_forecast_where_there_is_one(
    foretold: Forecasted, sample_model: Modelled, sample_customers: pd.DataFrame
) -> None:
    whole = with_probabilities(sample_customers, sample_model.probabilities, foretold.probabilities)
    assert rests_on_forecast(whole) and whole["id"].equals(sample_customers["id"])
    assert whole["probability"].notna().sum() == len(sample_model.probabilities)
    assert set(by_deciding(whole)["decided_by"]) == {"forecast"}
    decided = by_deciding(whole).set_index("id")["probability"].sort_index()
    forecast = foretold.probabilities.set_index("id")["forecast"].sort_index()
    pd.testing.assert_series_equal(decided, forecast, check_names=False)


def test_the_candidates_are_few_and_each_can_be_explained() -> None:
    families = [each.family for each in ALL_CANDIDATES]
    assert set(families) == set(EXPLAINED_EXACTLY)
    assert max(families.count(each) for each in families) <= 2


def test_a_forecast_comes_true_as_well_as_it_claims(quick_settings: Settings) -> None:
    before, now, later = (
        cleaned(ROOT / "data" / "sample" / month) for month in ("2026-05", "2026-07", "2026-09")
    )
    scored = now.loc[now["state"] != "not_scored", ["id"]].assign(probability=0.5)
    earlier = EarlierMonth("2026-05", "snapshot", before)
    found = forecast_month(now, earlier, scored, quick_settings, seed=1)
    assert found.results is not None and found.results.corrected is not None
    levels = later.dropna(subset="level").set_index("id")["level"].eq("declined")
    told = found.probabilities.set_index("id")["forecast"]
    both = told.index.intersection(levels.index)
    claimed = found.results.corrected.roc_auc
    assert claimed.low < roc_auc_score(levels.loc[both], told.loc[both]) < claimed.high
    assert told.loc[both].mean() == pytest.approx(levels.loc[both].mean(), abs=0.04)
