"""The study counts right: what a plant changes, what counts as found, and its intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from analysis.cleaning.features import feature_table
from analysis.synthetic.detection_study import (
    NO_PLANT,
    OWN,
    PLANTS,
    FixedModel,
    Outcome,
    Plant,
    Tally,
    drawn_pair,
    evenly,
    member_rows,
    members,
    quiet_pair,
    quiet_step,
    row,
    scored_by_own,
    share_interval,
    study,
    tally,
)

PAGES, CONSENT, EXPOSED = ("pages_per_visit", None), ("consent", None), ("exposed", None)
PLANT = Plant(
    "pages", lambda _, month: month, direct=frozenset({PAGES}), derived=frozenset({EXPOSED})
)


@pytest.fixture(scope="module")
def pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    made = quiet_pair(7, 400)
    return made.old, made.new


def named(*proven: tuple[str, str | None], small: bool = False) -> Outcome:
    return Outcome(frozenset(proven), frozenset() if small else frozenset(proven))


def test_a_plant_is_found_where_all_of_it_is_material() -> None:
    both = Plant("two", PLANT.lay, direct=frozenset({PAGES, CONSENT}))
    outcomes = [named(PAGES, CONSENT), named(PAGES), named(PAGES, CONSENT, small=True), named()]
    assert tally(both, outcomes) == Tally("two", pairs=4, found=1, strangers=0)


def test_what_follows_from_a_plant_is_no_stranger_and_anything_else_is() -> None:
    outcomes = [named(PAGES, EXPOSED), named(PAGES, CONSENT), named(CONSENT, small=True)]
    assert tally(PLANT, outcomes) == Tally("pages", pairs=3, found=2, strangers=2)


def test_without_a_plant_whatever_is_proven_is_a_false_alarm() -> None:
    outcomes = [named(EXPOSED), named(), named(PAGES, CONSENT)]
    assert tally(NO_PLANT, outcomes) == Tally("nothing", pairs=3, found=0, strangers=2)
    assert row(tally(NO_PLANT, outcomes)).startswith("| nothing | — | 2 of 3: 66.7%")


@pytest.mark.parametrize(("count", "base"), [(0, 200), (6, 200), (17, 200), (200, 200)])
def test_the_interval_of_a_share_is_the_exact_one(count: int, base: int) -> None:
    expected = proportion_confint(count, base, alpha=0.05, method="beta")
    assert share_interval(count, base) == pytest.approx(expected)


def test_the_quiet_pair_lies_where_nothing_is_planted(
    pair: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    assert quiet_step() == 3
    assert quiet_pair(7, 400).periods == ("2026-06", "2026-07")
    old, new = pair
    both = old.merge(new, on="id", suffixes=("_before", ""))
    assert len(both) > 340
    assert (both["tenure_days"] - both["tenure_days_before"] == 31).all()
    for month in pair:
        assert set(month["level"]) == {"declined", "steady"}
        assert month["consent"].dtype == bool
        assert month["revenue_current"].isna().sum() == 1


def test_customers_are_drawn_so_that_nothing_compared_differs_between_the_months() -> None:
    """By chances that are next to equal."""
    months = quiet_pair(7, 3000)
    _, everybody, chance = evenly(months)
    assert chance.sum() == pytest.approx(1)
    assert chance.std() < 0.15 * chance.mean()
    weight = pd.Series(chance, index=everybody)
    for measured in (
        lambda month: month["consent"].eq(True),
        lambda month: month["level"].eq("declined"),
        lambda month: month["service"].eq("премиум"),
        lambda month: month["category"].eq("Кухонная посуда"),
        lambda month: month["profit"],
        lambda month: month["pages_per_visit"],
    ):
        old, new = (
            np.average(measured(month).astype(float), weights=weight.loc[month["id"]])
            for month in (months.old, months.new)
        )
        assert new == pytest.approx(old, rel=1e-6)
    assert weight.loc[months.new["id"]].sum() == pytest.approx(weight.loc[months.old["id"]].sum())


def test_a_drawn_customer_brings_the_rows_of_both_months() -> None:
    population = quiet_pair(7, 400)
    drawn = drawn_pair(np.random.default_rng(1), evenly(population), 5000)
    assert drawn.periods == population.periods
    for month, whole in ((drawn.old, population.old), (drawn.new, population.new)):
        assert month["id"].is_unique
        assert len(month) == pytest.approx(5000, rel=0.03)
        assert (month["level"] == "declined").mean() == pytest.approx(
            (whole["level"] == "declined").mean(), abs=0.03
        )
    both = drawn.old.merge(drawn.new, on="id", suffixes=("_before", ""))
    assert len(both) / len(drawn.new) == pytest.approx(0.9, abs=0.05)
    assert (both["revenue_previous"] == both["revenue_current_before"]).mean() > 0.99
    assert set(drawn.new["profit"]) <= set(population.new["profit"])


def test_the_probability_depends_on_the_features_alone(
    pair: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    old, new = pair
    model = FixedModel(old)
    first = model.scored(new)["probability"]
    assert first.between(0, 1).all()
    again = model.scored(new.assign(level="steady", profit=0.0, id=range(len(new))))
    assert again["probability"].tolist() == first.tolist()
    fewer_pages = model.scored(new.assign(pages_per_visit=new["pages_per_visit"] - 1))
    assert (fewer_pages["probability"] > first).all()


@pytest.mark.parametrize("plant", PLANTS[1:], ids=lambda plant: plant.name)
def test_a_plant_changes_one_column_as_it_says(
    plant: Plant, pair: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    month = pair[1]
    changed = plant.lay(np.random.default_rng(1), month)
    column = {"declined": "level"}.get(next(iter(plant.direct))[0], next(iter(plant.direct))[0])
    pd.testing.assert_frame_equal(
        changed.drop(columns=column), month.drop(columns=column), check_like=True
    )
    if month[column].dtype == float:
        by = {"pages_per_visit": -1.0, "minutes_current": -0.15 * month[column].mean()}[column]
        assert (changed[column] - month[column]).mean() == pytest.approx(by)
    else:
        points = float("".join(each for each in plant.name if each.isdigit())) / 100
        assert (changed[column] != month[column]).sum() == round(points * len(month))


@pytest.fixture
def small_population(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.synthetic.detection_study.POPULATION", 3000)


@pytest.mark.usefixtures("small_population")
def test_every_month_of_a_pair_may_have_a_model_of_its_own(
    pair: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    (old, of_old), (new, of_new) = (scored_by_own(month, OWN[0], seed=1) for month in pair)
    assert old["probability"].mean() == pytest.approx(old["level"].eq("declined").mean(), abs=0.02)
    assert not np.allclose(of_old.score(feature_table(new)), of_new.score(feature_table(new)))
    (p_values,) = members(OWN[0], pairs=1, seed=2, customers=400)
    assert {("exposed", None), ("declined", None)} <= set(p_values)
    assert all(0 <= each <= 1 for each in p_values.values())


def test_single_false_alarms_are_counted_comparison_by_comparison() -> None:
    lines = list(member_rows([{EXPOSED: 0.01, PAGES: 0.5}, {EXPOSED: 0.2}]))
    assert lines[0].startswith("| exposed | 1 of 2: 50.0%")
    assert lines[1].startswith("| pages_per_visit | 0 of 1: 0.0%")


@pytest.mark.usefixtures("small_population")
def test_a_page_less_is_found_and_nothing_else_in_a_few_small_pairs() -> None:
    plants = [each for each in PLANTS if PAGES in each.direct]
    (counted,) = study(plants, pairs=3, seed=5, customers=700)
    assert (counted.found, counted.strangers) == (3, 0)


@pytest.mark.usefixtures("small_population")
def test_the_same_seed_gives_the_same_table() -> None:
    once, again = (list(study([NO_PLANT, PLANTS[-1]], 2, 3, customers=400)) for _ in range(2))
    assert once == again
