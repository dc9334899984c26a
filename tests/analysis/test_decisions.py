"""Segments, offers and lists: who is chosen, who is written to, and what it costs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from analysis.decide import Decided, decide_month, last_day_of_next_month
from analysis.features import NUMERIC
from analysis.lists import write_customers, write_offers, write_set_aside
from analysis.model import Modelled
from analysis.offers import OFFERS, detectable_share, needed_customers
from analysis.segments import assign, grid, in_chosen
from analysis.settings import Money, Segments, Settings


@pytest.fixture(scope="session")
def decided(sample_customers: pd.DataFrame, sample_model: Modelled) -> Decided:
    return decide_month(
        sample_customers, sample_model.probabilities, "2026-10", False, Settings(), seed=1
    )


def made_up(seed: int, customers: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    numbers = {
        name: rng.gamma(2, 2, customers)
        for name in (*sorted(set(NUMERIC) - {"promo_share"}), "profit")
    }
    return pd.DataFrame(
        {
            "id": np.arange(1, customers + 1),
            "level": rng.choice(["declined", "steady"], customers),
            "service": rng.choice(["премиум", "стандарт"], customers),
            "consent": rng.choice([True, False], customers),
            "category": rng.choice(["Товары для детей", "Кухонная посуда"], customers),
            "promo_share": rng.uniform(size=customers),
            "state": "trained",
            "reason": "",
            "twin_of": pd.array([None] * customers, dtype="Int64"),
            **numbers,
        }
    )


def scores(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"id": customers["id"], "probability": rng.uniform(0.01, 0.99, len(customers))}
    )


def test_every_scored_customer_stands_in_one_cell_of_the_grid(
    sample_customers: pd.DataFrame, sample_model: Modelled
) -> None:
    scored = sample_customers.merge(sample_model.probabilities[["id", "probability"]], on="id")
    cells = grid(assign(scored, Segments()), Settings())
    assert len(cells) == 9
    assert sum(cell.customers for cell in cells) == len(scored)
    assert sum(cell.profit_share for cell in cells) == pytest.approx(1)


def test_the_chosen_segment_has_high_risk_and_the_most_profitable_third(decided: Decided) -> None:
    chosen = decided.results.chosen
    assert chosen is not None
    assert chosen.mean_probability >= 0.5
    assert chosen.profit_from >= decided.results.profit_cuts[-1]
    assert (decided.segments["segment"] == "high_3").sum() == chosen.customers


def test_at_least_three_offers_come_from_the_sample_month(decided: Decided) -> None:
    assert len(decided.results.offers) >= 3
    assert sum(offer.customers for offer in decided.results.offers) == decided.results.listed


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_only_consenting_customers_of_the_segment_for_whom_it_pays_are_listed(seed: int) -> None:
    customers = made_up(seed)
    made = decide_month(customers, scores(customers, seed), "2026-10", False, Settings(), seed=1)
    consenting = set(customers.loc[customers["consent"], "id"])
    chosen = set(made.segments.loc[made.segments["segment"] == "high_3", "id"])
    listed = made.lists["id"]
    assert listed.is_unique
    assert set(listed) <= consenting & chosen
    assert (made.lists["gain"] > 0).all()


def test_an_offer_without_its_trigger_is_not_made() -> None:
    customers = made_up(3, 200)
    customers["unpaid_items"] = 0.0
    made = decide_month(customers, scores(customers, 3), "2026-10", False, Settings(), seed=1)
    assert "basket" not in {offer.code for offer in made.results.offers}
    assert "basket" in made.results.offers_skipped


def test_where_no_contact_pays_nobody_is_listed() -> None:
    customers = made_up(5, 200)
    dear = Settings(money=Money(contact_cost=1_000_000))
    made = decide_month(customers, scores(customers, 5), "2026-10", False, dear, seed=1)
    assert made.results.listed == 0 and made.results.offers == [] and made.results.trial is None


def test_without_probabilities_there_are_no_segments_and_no_lists() -> None:
    customers = made_up(1)
    nothing = scores(customers, 1).head(0)
    made = decide_month(customers, nothing, "2026-10", False, Settings(), seed=1)
    assert made.results.money is None and made.results.chosen is None
    assert made.lists.empty and made.segments.empty


def test_the_probability_decides_the_risk_and_profit_the_group() -> None:
    customers = made_up(2, 90).assign(profit=np.arange(90.0))
    customers["probability"] = [0.1, 0.3, 0.5] * 30
    assigned = assign(customers, Segments())
    assert assigned["risk"].tolist() == ["low", "medium", "high"] * 30
    assert assigned["profit_group"].value_counts().tolist() == [30, 30, 30]
    assert in_chosen(assigned, Segments()).sum() == 10


@pytest.mark.parametrize(("treated", "control"), [(48, 47), (237, 59)])
def test_the_detectable_share_is_the_one_statsmodels_finds(treated: int, control: int) -> None:
    base = 0.6
    found = detectable_share(base, treated, control, power=0.8)
    assert found is not None
    effect = 2 * np.arcsin(np.sqrt(base)) - 2 * np.arcsin(np.sqrt(found))
    power = NormalIndPower().power(effect, treated, 0.05, ratio=control / treated)
    assert power == pytest.approx(0.8, abs=1e-3)


def test_the_needed_number_is_the_one_whose_power_statsmodels_confirms() -> None:
    needed = needed_customers(0.9, 0.8, hold_out=0.2, power=0.8)
    effect = 2 * np.arcsin(np.sqrt(0.9)) - 2 * np.arcsin(np.sqrt(0.8))
    assert NormalIndPower().power(effect, needed * 0.8, 0.05, ratio=0.25) == pytest.approx(
        0.8, abs=1e-3
    )
    assert needed_customers(0.9, 0.9, 0.2, 0.8) == float("inf")


def test_a_test_without_enough_customers_detects_nothing() -> None:
    assert detectable_share(0.6, 1, 1, 0.8) is None
    assert detectable_share(0.05, 4, 4, 0.8) is None


@pytest.mark.parametrize(
    ("period", "day"),
    [("2026-10", "2026-11-30"), ("2026-12", "2027-01-31"), ("2028-01", "2028-02-29")],
)
def test_lists_are_good_until_the_end_of_the_next_month(period: str, day: str) -> None:
    assert last_day_of_next_month(period) == day


def test_lists_open_in_a_russian_excel(tmp_path: Path, decided: Decided) -> None:
    paths = write_offers(tmp_path, decided.lists)
    assert {path.stem for path in paths} == {offer.code for offer in decided.results.offers}
    assert {path.stem for path in paths} <= {trigger.code for trigger in OFFERS}
    content = paths[0].read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid;")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert "," in lines[1] and "." not in lines[1]
    gains = [float(line.split(";")[7].replace(",", ".")) for line in lines[1:-1]]
    assert gains == sorted(gains, reverse=True)


def test_the_set_aside_are_listed_with_state_and_reason(
    tmp_path: Path, sample_customers: pd.DataFrame
) -> None:
    path = write_set_aside(tmp_path, sample_customers)
    table = pd.read_csv(path, sep=";", encoding="utf-8-sig")
    assert len(table) == (sample_customers["reason"] != "").sum()
    assert table["Причина"].notna().all() and table["Состояние"].notna().all()
    assert table["Повторяет_id"].notna().sum() == 11


def test_customers_are_kept_with_probability_segment_and_state(
    tmp_path: Path, sample_customers: pd.DataFrame, sample_model: Modelled, decided: Decided
) -> None:
    path = write_customers(tmp_path, sample_customers, sample_model.probabilities, decided.segments)
    table = pd.read_parquet(path)
    assert table["id"].is_monotonic_increasing and len(table) == len(sample_customers)
    scored = table[table["state"] != "not_scored"]
    assert scored[["probability", "segment"]].notna().all().all()
