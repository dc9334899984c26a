"""Months side by side: what changed, what follows from the calendar, and what is material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.changes import judging, matching
from analysis.changes.compare import compare_customers, compare_editions
from analysis.changes.edition import (
    BookedSeen,
    Edition,
    FindingSeen,
    OfferSeen,
    ResultsSeen,
    SegmentsSeen,
    WrittenSeen,
)
from analysis.changes.result_changes import (
    changed_findings,
    changed_offers,
    changed_segments,
    kept_back,
)
from analysis.cleaning.duplicates import copy_groups
from analysis.cleaning.features import NUMERIC
from analysis.model.probabilities import mark_deciding
from analysis.periods import days_between, months_between
from analysis.results.changes import Comparison, CustomersChange, DiffResults
from analysis.settings import Changes, Money, Privacy, Settings
from analysis.snapshot.overlap import disagreement, is_same_moment
from analysis.statistics import cluster_bootstrap
from analysis.statistics.psi import categorical_psi, numeric_psi
from tests.analysis.made_up import ByOneFeature

PERIODS = ("2026-09", "2026-10")
DAYS = 31
RULES = Changes()
CATEGORIES = ["Товары для детей", "Кухонная посуда", "Домашний текстиль"]


def one_month(customers: int = 600, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.01, 0.99, customers)
    risk = np.select([probability >= 0.5, probability >= 0.3], ["high", "medium"], "low")
    return pd.DataFrame(
        {
            "id": np.arange(1, customers + 1),
            **{name: rng.gamma(4, 2, customers).round(2) for name in NUMERIC},
            "tenure_days": rng.integers(100, 900, customers).astype(float),
            "service": rng.choice(["премиум", "стандарт"], customers, p=[0.3, 0.7]),
            "consent": rng.random(customers) < 0.7,
            "category": rng.choice(CATEGORIES, customers),
            "profit": rng.normal(4, 1, customers).round(2),
            "level": np.where(rng.random(customers) < 0.38, "declined", "steady"),
            "state": "trained",
            "reason": "",
            "score": probability,
            "probability": probability,
            "source": "out_of_fold",
            "segment": [
                f"{each}_{group}"
                for each, group in zip(risk, rng.integers(1, 4, customers), strict=True)
            ],
        }
    )


def complete(customers: pd.DataFrame) -> pd.DataFrame:
    """Add what an edition's customers have besides: groups of copies, and what decides."""
    return mark_deciding(customers.assign(copy_group=copy_groups(customers)))


def next_month(old: pd.DataFrame, seed: int = 2, leaving: int = 60) -> pd.DataFrame:
    """A month later without any change: time passes, some go, as many others come."""
    rng = np.random.default_rng(seed)
    new = one_month(len(old), seed)
    kept = rng.random((len(old), 3)) < 0.7
    steady = ["pages_per_visit", "unpaid_items", "profit", "contacts_6m", "probability", "segment"]
    for names, flags in ((steady, kept[:, 0]), (["level"], kept[:, 1]), (["category"], kept[:, 2])):
        new.loc[flags, names] = old.loc[flags, names]
    new[["service", "consent"]] = old[["service", "consent"]]
    new["tenure_days"] = old["tenure_days"] + DAYS
    new["revenue_previous"] = old["revenue_current"]
    new["revenue_before_previous"] = old["revenue_previous"]
    new["minutes_previous"] = old["minutes_current"]
    gone = rng.choice(len(old), leaving, replace=False)
    strangers = one_month(leaving, seed + 1000).assign(id=np.arange(leaving) + 10_001)
    return pd.concat([new.drop(index=gone), strangers], ignore_index=True)


def change(
    old: pd.DataFrame,
    new: pd.DataFrame,
    periods: tuple[str, str] = PERIODS,
    rules: Changes = RULES,
) -> CustomersChange:
    return compare_customers(old, new, periods, (Money(), Money()), rules, seed=5)


def by_name(found: CustomersChange | DiffResults) -> dict[tuple[str, str | None], Comparison]:
    return {(each.feature, each.value): each for each in found.comparisons}


def material(found: CustomersChange) -> list[str]:
    return [each.feature for each in found.material]


@pytest.fixture(scope="module")
def old() -> pd.DataFrame:
    return one_month()


@pytest.fixture(scope="module")
def new(old: pd.DataFrame) -> pd.DataFrame:
    return next_month(old)


def draw_up_to(customers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw so many customers one by one; more than these are very many."""
    for module in (cluster_bootstrap, judging, matching):
        monkeypatch.setattr(module, "MOST_ONE_BY_ONE", customers)


# ─── No change ───────────────────────────────────────────────────────────────────────────────────


def test_a_month_against_itself_shows_no_change_at_all(old: pd.DataFrame) -> None:
    found = change(old, old.sample(frac=1, random_state=1), ("2026-10", "2026-10"))
    assert found.material == []
    for each in found.comparisons:
        assert (each.difference.value, each.difference.low, each.difference.high) == (0, 0, 0)
        assert (each.effect, each.p_value, each.p_holm) == (0, 1, 1)
        assert each.psi in (None, 0)
    assert (found.data.arrivals, found.data.leavers) == (0, 0)


def test_the_same_export_under_two_months_is_known_for_what_it_is(old: pd.DataFrame) -> None:
    """Time did not pass, so nothing of what time changes is missing."""
    found = change(old, old.sample(frac=1, random_state=1))
    assert found.data.same_moment
    assert found.data.overlap is None
    assert found.material == []


def test_an_ordinary_month_is_not_called_a_change(old: pd.DataFrame, new: pd.DataFrame) -> None:
    found = change(old, new)
    assert found.material == []
    assert not found.data.same_moment
    assert (found.data.persisting, found.data.arrivals, found.data.leavers) == (540, 60, 60)
    assert found.data.overlap is not None
    assert found.data.overlap.disagreeing == 0


# ─── Changes ─────────────────────────────────────────────────────────────────────────────────────


def test_a_page_less_per_visit_is_found_and_nothing_else(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    found = change(old, new.assign(pages_per_visit=new["pages_per_visit"] - 1))
    assert material(found) == ["pages_per_visit"]
    [pages] = found.material
    assert pages.difference.low < -1 < pages.difference.high < 0
    assert pages.effect == pytest.approx(-1 / 4, abs=0.1)


def test_more_decline_and_less_consent_are_found(old: pd.DataFrame, new: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    worse = new.assign(
        level=new["level"].mask(rng.random(len(new)) < 0.25, "declined"),
        consent=new["consent"] & (rng.random(len(new)) < 0.9),
    )
    found = change(old, worse)
    assert material(found) == ["declined", "consent"]
    declined = by_name(found)["declined", None]
    assert declined.old == pytest.approx((old["level"] == "declined").mean())
    assert declined.new == pytest.approx((worse["level"] == "declined").mean())
    assert declined.effect == declined.difference.value


def test_two_changed_columns_of_one_export_are_both_named(old: pd.DataFrame) -> None:
    rng = np.random.default_rng(4)
    worse = old.assign(
        minutes_current=old["minutes_current"] * 0.85,
        level=old["level"].mask(rng.random(len(old)) < 0.08, "declined"),
    )
    assert material(change(old, worse)) == ["declined", "minutes_current"]


def test_a_proven_change_below_its_floor_is_small(old: pd.DataFrame) -> None:
    rng = np.random.default_rng(4)
    dearer = old.assign(profit=old["profit"] + 0.03 + rng.normal(0, 0.01, len(old)))
    profit = by_name(change(old, dearer))["profit", None]
    assert profit.p_holm < 0.001
    assert profit.verdict == "small"
    low = Changes(floor_effect=0.01)
    assert by_name(change(old, dearer, rules=low))["profit", None].verdict == "material"


def test_risen_risk_raises_the_profit_exposed(old: pd.DataFrame, new: pd.DataFrame) -> None:
    found = change(old, new.assign(probability=new["probability"] ** 0.5))
    assert material(found) == ["exposed"]
    exposed = by_name(found)["exposed", None]
    money = Money()
    total = (old["probability"] * old["profit"].clip(lower=0)).sum() * 1000
    assert exposed.old == pytest.approx(total * money.horizon_months * money.loss_share)


def test_all_verdicts_are_corrected_as_one_family(old: pd.DataFrame, new: pd.DataFrame) -> None:
    found = change(old, new).comparisons
    assert len(found) == 2 + len(NUMERIC) + 1 + 1 + 1 + len(CATEGORIES)
    least = min(found, key=lambda each: each.p_value)
    assert least.p_holm == pytest.approx(min(1, len(found) * least.p_value))


def test_decline_goes_before_what_moved_more(old: pd.DataFrame, new: pd.DataFrame) -> None:
    rng = np.random.default_rng(6)
    worse = new.assign(
        failures=new["failures"] + 8,
        unpaid_items=new["unpaid_items"] + 3,
        level=new["level"].mask(rng.random(len(new)) < 0.25, "declined"),
    )
    assert material(change(old, worse)) == ["declined", "failures", "unpaid_items"]


# ─── What follows from the calendar ──────────────────────────────────────────────────────────────


def test_time_that_passes_is_no_change_of_tenure(old: pd.DataFrame, new: pd.DataFrame) -> None:
    tenure = by_name(change(old, new))["tenure_days", None]
    assert tenure.mechanical
    assert tenure.expected == DAYS == days_between(*PERIODS)
    assert (tenure.difference.value, tenure.base_old) == (0, 540)


def test_time_that_does_not_pass_is_one(old: pd.DataFrame, new: pd.DataFrame) -> None:
    stale = new.assign(tenure_days=new["tenure_days"] - DAYS)
    found = change(old, stale, rules=Changes(floor_effect=0.01))
    assert material(found) == ["tenure_days"]
    assert found.material[0].difference.value == pytest.approx(-DAYS)


def test_a_repeated_month_that_was_rewritten_is_named(old: pd.DataFrame, new: pd.DataFrame) -> None:
    rewritten = new.assign(revenue_previous=new["revenue_previous"] * 1.2)
    found = change(old, rewritten)
    assert material(found) == ["revenue_previous"]
    assert found.data.overlap is not None
    assert found.data.overlap.share == 1
    by_column = {each.column: each.share for each in found.data.overlap.columns}
    assert by_column == {
        "revenue_previous": 1,
        "revenue_before_previous": 0,
        "minutes_previous": 0,
    }


def test_what_the_months_share_depends_on_how_far_apart_they_are() -> None:
    assert months_between("2026-11", "2027-01") == 2
    assert days_between("2026-11", "2027-01") == 62
    assert days_between("2027-01", "2026-11") == -62
    early, late = one_month(40, 1), one_month(40, 2)
    late["revenue_before_previous"] = early["revenue_current"]
    apart = disagreement(early, late, months=2)
    assert [(each.column, each.share) for each in apart.columns] == [("revenue_before_previous", 0)]
    assert disagreement(early, late, months=3).columns == []


def test_disagreement_counts_customers_in_both_with_a_known_value() -> None:
    early = one_month(6)[["id", "revenue_previous", "revenue_current", "minutes_current"]]
    late = pd.DataFrame(
        {
            "id": early["id"],
            "revenue_previous": early["revenue_current"] + [0, 0.005, 0.01, np.nan, -50, 0],
            "revenue_before_previous": early["revenue_previous"] + [0, 0, 0, 0, 7, 0],
            "minutes_previous": early["minutes_current"],
        }
    ).iloc[:5]
    found = disagreement(early, late)
    assert (found.compared, found.disagreeing, found.share) == (5, 2, 0.4)
    assert [(each.compared, each.disagreeing) for each in found.columns] == [(4, 2), (5, 1), (5, 0)]
    nobody = disagreement(early, late.assign(id=late["id"] + 1000))
    assert (nobody.compared, nobody.share) == (0, None)


def test_a_stale_column_is_no_standstill_of_time(old: pd.DataFrame, new: pd.DataFrame) -> None:
    assert is_same_moment(old, old)
    assert not is_same_moment(old, new)
    assert not is_same_moment(old, new.assign(tenure_days=new["tenure_days"] - DAYS))
    assert not is_same_moment(old, old.assign(id=old["id"] + 1000))


# ─── Order, ids, exchange ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("periods", [PERIODS, ("2026-08", "2026-10"), ("2026-10", "2026-10")])
@pytest.mark.parametrize("most_one_by_one", [20_000, 0])
def test_exchanged_months_mirror_each_other(
    old: pd.DataFrame,
    new: pd.DataFrame,
    periods: tuple[str, str],
    most_one_by_one: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw_up_to(most_one_by_one, monkeypatch)
    there, back = change(old, new, periods), change(new, old, (periods[1], periods[0]))
    assert back.data.arrivals == there.data.leavers
    for one, other in zip(there.comparisons, back.comparisons, strict=True):
        assert (other.feature, other.value) == (one.feature, one.value)
        assert (other.old, other.new, other.expected) == (one.new, one.old, -one.expected)
        assert other.difference.value == -one.difference.value
        assert other.difference.low == -one.difference.high
        assert other.effect == (None if one.effect is None else -one.effect)
        assert (other.p_value, other.p_holm) == (one.p_value, one.p_holm)
        assert (other.verdict, other.psi) == (one.verdict, one.psi)
    assert [each.feature for each in back.material] == [each.feature for each in there.material]


@pytest.mark.parametrize("most_one_by_one", [20_000, 0])
def test_neither_the_order_of_rows_nor_the_ids_change_a_number(
    old: pd.DataFrame,
    new: pd.DataFrame,
    most_one_by_one: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw_up_to(most_one_by_one, monkeypatch)
    rng = np.random.default_rng(9)
    everyone = sorted({*old["id"], *new["id"]})
    renumbered = dict(zip(everyone, (rng.permutation(len(everyone)) + 5000).tolist(), strict=True))
    shuffled = [
        table.assign(id=table["id"].map(renumbered)).sample(frac=1, random_state=seed)
        for seed, table in enumerate((old, new))
    ]
    assert change(*shuffled) == change(old, new)


def test_very_many_customers_come_to_what_draws_of_them_show(
    old: pd.DataFrame, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = change(old, new, rules=Changes(draws=4000))
    draw_up_to(0, monkeypatch)
    found = change(old, new)
    assert found.data == drawn.data
    assert found.untested == drawn.untested
    for one, other in zip(found.comparisons, drawn.comparisons, strict=True):
        assert (one.feature, one.value, one.digits) == (other.feature, other.value, other.digits)
        assert (one.psi, one.base_old, one.base_new) == (other.psi, other.base_old, other.base_new)
        assert one.effect == pytest.approx(other.effect, rel=1e-9)
        assert one.difference.value == pytest.approx(other.difference.value, rel=1e-9)
        width, drawn_width = (each.difference.high - each.difference.low for each in (one, other))
        assert width == pytest.approx(drawn_width, rel=0.05)


def test_another_seed_gives_other_draws_of_the_same_differences(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    one = compare_customers(old, new, PERIODS, (Money(), Money()), RULES, seed=1)
    other = compare_customers(old, new, PERIODS, (Money(), Money()), RULES, seed=2)
    assert one == compare_customers(old, new, PERIODS, (Money(), Money()), RULES, seed=1)
    for first, second in zip(one.comparisons, other.comparisons, strict=True):
        assert first.difference.value == second.difference.value
        assert first.p_value == pytest.approx(second.p_value, abs=0.05)


# ─── What cannot be tested ───────────────────────────────────────────────────────────────────────


def test_what_gets_no_verdict_is_named_with_its_reason(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    bare = old.assign(level=None, probability=np.nan)
    rare = new.assign(
        category=new["category"].mask(new.index < 4, "Подарки"),
        failures=new["failures"].where(new.index < 20),
    )
    found = change(bare, rare)
    reasons = {(each.feature, each.value): each.reason for each in found.untested}
    assert reasons == {
        ("declined", None): "unknown",
        ("exposed", None): "unknown",
        ("failures", None): "too_few",
        ("category", "Подарки"): "rare",
    }
    assert not reasons.keys() & by_name(found).keys()


def test_a_category_that_comes_is_a_change_from_nothing(
    old: pd.DataFrame, new: pd.DataFrame
) -> None:
    found = change(old, new.assign(category=new["category"].mask(new.index < 90, "Подарки")))
    gifts = by_name(found)["category", "Подарки"]
    assert (gifts.old, gifts.verdict) == (0, "material")


def test_a_column_of_one_value_can_change_without_a_spread(old: pd.DataFrame) -> None:
    found = change(old.assign(failures=2.0), old.assign(failures=3.0))
    failures = by_name(found)["failures", None]
    assert (failures.effect, failures.verdict) == (None, "material")


# ─── Stability index ─────────────────────────────────────────────────────────────────────────────


def test_the_stability_index_of_a_hand_example() -> None:
    """Shares 50/50 against 40/60: −.1·ln(.4/.5) + .1·ln(.6/.5) = .1·ln 1.5."""
    assert categorical_psi([50, 50], [40, 60]) == pytest.approx(0.1 * np.log(1.5))
    assert categorical_psi([40, 60], [500, 500]) == pytest.approx(0.1 * np.log(1.5))
    assert categorical_psi([3, 0, 7], [30, 0, 70]) == 0
    assert categorical_psi([0, 0], [1, 2]) is None


def test_the_stability_index_of_numbers_is_taken_over_tenths_of_both_months() -> None:
    old, new = np.arange(100.0), np.arange(100.0) + 100
    psi = numeric_psi(old, new)
    expected = 10 * (0.2 - 0.005) * np.log(0.2 / 0.005)
    assert psi == pytest.approx(expected)
    assert numeric_psi(new, old) == pytest.approx(expected)
    assert numeric_psi(old, np.full(3, np.nan)) is None


# ─── Segments, offers, findings, editions ────────────────────────────────────────────────────────


def test_moves_between_levels_of_risk_are_counted() -> None:
    old = pd.DataFrame({"id": range(60), "segment": ["low_1"] * 30 + ["high_2"] * 30})
    new = old.assign(segment=["low_2"] * 20 + ["high_1"] * 10 + ["high_2"] * 20 + [None] * 10)
    found = changed_segments(old, new)
    assert found is not None
    moved = {(each.origin, each.target): each.customers for each in found.moves if each.customers}
    assert moved == {
        ("low", "low"): 20,
        ("low", "high"): 10,
        ("high", "high"): 20,
        ("high", "not_scored"): 10,
    }
    assert {each.segment: (each.old, each.new) for each in found.sizes} == {
        "low_1": (30, 0),
        "low_2": (0, 20),
        "high_1": (0, 10),
        "high_2": (30, 20),
    }
    assert (found.high_risk_old, found.high_risk_new) == (30, 30)


@pytest.mark.parametrize("scored", [0, 1])
def test_a_month_in_which_nobody_is_scored_has_nobody_at_high_risk(scored: int) -> None:
    table = pd.DataFrame({"id": range(30), "segment": ["high_1"] * 30})
    months = (table, table.assign(segment=np.nan))
    found = changed_segments(months[1 - scored], months[scored])
    assert found is not None
    assert (found.high_risk_old, found.high_risk_new) == ((0, 30) if scored == 0 else (30, 0))


def test_the_strictest_setting_of_two_editions_says_how_few_are_shown(old: pd.DataFrame) -> None:
    strict, usual = Privacy(smallest_cell=12), Privacy()
    table = old.assign(segment="high_1")
    for kept, other, asked in (
        (strict, usual, usual),
        (usual, strict, None),
        (usual, usual, strict),
    ):
        found = compare_editions(
            edition(table, "2026-09", privacy=kept),
            edition(table, "2026-10", privacy=other),
            RULES,
            seed=1,
            privacy=asked,
        )
        assert found.segments is not None and found.segments.smallest_shown == 12


def test_no_smaller_moves_are_told_than_any_edition_asks_for() -> None:
    segments = ["low_1"] * 20 + ["high_1"] * 40
    moved = ["high_1"] * 8 + ["low_1"] * 12 + ["low_1"] * 9 + ["high_1"] * 31
    table = pd.DataFrame({"id": range(60), "segment": segments})
    for smallest, told in ((5, {8, 12, 9, 31}), (10, set())):
        found = changed_segments(table, table.assign(segment=moved), smallest)
        assert found is not None and found.smallest_shown == smallest
        assert {each.customers for each in found.moves if each.customers} == told


def test_small_counts_are_kept_back_and_no_total_gives_them_away() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        counts = rng.poisson(rng.choice([1, 6, 50], (5, 5)))
        counts[-1, -1] = 0
        hidden = kept_back(counts)
        assert hidden[(counts > 0) & (counts < 5)].all()
        assert not hidden[-1, -1]
        assert not (hidden.sum(axis=0) == 1).any()
        assert not (hidden.sum(axis=1) == 1).any()
        np.testing.assert_array_equal(kept_back(counts.T), hidden.T)
    assert not kept_back(np.full((5, 5), 9)).any()


def test_offers_and_findings_come_go_and_stay() -> None:
    old = SegmentsSeen(
        offers=[OfferSeen(code="basket", customers=5), OfferSeen(code="loyalty", customers=7)],
        book=[BookedSeen(code=code, names={"en": f"Old {code}"}) for code in ("basket", "loyalty")],
    )
    new = SegmentsSeen(
        offers=[
            OfferSeen(code="basket", written=WrittenSeen(customers=9)),
            OfferSeen(code="promotions", customers=1),
        ],
        book=[BookedSeen(code="basket", names={"en": "Basket"})],
    )
    offers = changed_offers(old, new)
    assert [(each.code, each.fate, each.old, each.new) for each in offers] == [
        ("basket", "stays", 5, 9),
        ("loyalty", "goes", 7, 0),
        ("promotions", "comes", 0, 1),
    ]
    assert [each.names for each in offers] == [{"en": "Basket"}, {"en": "Old loyalty"}, {}]
    column = FindingSeen(code="impossible", column="revenue_current", count=1)
    twins, more = (FindingSeen(code="twin", count=count) for count in (11, 12))
    findings = changed_findings([twins, column], [more])
    assert [(each.code, each.column, each.fate, each.old, each.new) for each in findings] == [
        ("impossible", "revenue_current", "goes", 1, None),
        ("twin", None, "stays", 11, 12),
    ]


def edition(customers: pd.DataFrame, period: str, **changed: Any) -> Edition:
    settings = Settings(
        money=changed.pop("money", Money()), privacy=changed.pop("privacy", Privacy())
    )
    versions = changed.pop("versions", {"program": "1.0"})
    model = changed.pop("model", None)
    results = {
        "schema_version": 1,
        "period": period,
        "kind": "sample",
        "seed": 42,
        "settings": settings.model_dump(mode="json"),
        "data": {"findings": changed.pop("findings", [{"code": "twin", "count": 11}])},
        "model": {"usable": False, "chosen": None, "corrected": None},
        "drivers": {"drivers": changed.pop("drivers", [])},
        "segments": {"offers": changed.pop("offers", [{"code": "basket", "customers": 50}])},
    }
    return Edition(ResultsSeen.of(results | changed), complete(customers), versions, model)


def test_an_edition_against_itself_shows_no_change(old: pd.DataFrame) -> None:
    same = edition(old, "2026-10")
    found = compare_editions(same, same, RULES, seed=1)
    assert found.making == found.material == []
    assert {each.fate for each in (*found.offers, *found.data.findings)} == {"stays"}
    assert found.money is not None
    assert found.money.difference_kopecks == found.money.risk_kopecks == 0


@dataclass(frozen=True)
class Flat:
    """A model that says the same of everybody."""

    said: float

    def score(self, features: pd.DataFrame) -> Any:
        return np.zeros(len(features))

    def probability(self, features: pd.DataFrame) -> Any:
        return np.full(len(features), self.said)


def exposed(found: DiffResults) -> Comparison:
    return next(each for each in found.comparisons if each.feature == "exposed")


def test_another_model_alone_proves_no_change_of_the_profit_exposed(old: pd.DataFrame) -> None:
    higher = old.assign(probability=old["probability"] + 0.1)
    one = edition(old, "2026-09", model=Flat(0.4))
    other = edition(higher, "2026-09", model=Flat(0.5))
    found = exposed(compare_editions(one, other, RULES, seed=1))
    assert found.new > found.old * 1.1
    assert found.verdict == "unproven" and found.p_value == 1
    assert found.difference.low <= 0 < found.difference.value < found.difference.high
    mirrored = exposed(compare_editions(other, one, RULES, seed=1))
    assert mirrored.p_value == found.p_value
    assert mirrored.difference.value == pytest.approx(-found.difference.value)


def test_what_both_models_show_of_the_profit_exposed_is_proven(old: pd.DataFrame) -> None:
    higher = old.assign(probability=old["probability"] + 0.1)
    models = Flat(0.4), Flat(0.41)
    one, other = (
        edition(table, "2026-09", model=model)
        for table, model in zip((old, higher), models, strict=True)
    )
    found = exposed(compare_editions(one, other, RULES, seed=1))
    assert found.verdict == "material" and found.difference.low > 0


def test_what_makes_editions_unlike_is_named_first(old: pd.DataFrame, new: pd.DataFrame) -> None:
    one = edition(old, PERIODS[0])
    other = edition(
        new,
        PERIODS[1],
        schema_version=2,
        seed=43,
        money=Money(loss_share=0.4),
        versions={"program": "1.1", "numpy": "2"},
    )
    found = compare_editions(one, other, RULES, seed=1)
    assert [(each.name, each.old, each.new) for each in found.making] == [
        ("schema_version", 1, 2),
        ("versions.numpy", None, "2"),
        ("versions.program", "1.0", "1.1"),
        ("seed", 42, 43),
        ("settings.money.loss_share", 0.5, 0.4),
    ]
    assert found.money is not None
    assert found.money.settings_kopecks < 0


def test_exchanged_editions_mirror_each_other(old: pd.DataFrame, new: pd.DataFrame) -> None:
    drivers = [
        [{"name": "failures", "rank": {"place": place, "low": place, "high": place + 1}}]
        for place in (1, 5)
    ]
    one = edition(old, PERIODS[0], model=ByOneFeature("failures"), drivers=drivers[0])
    other = edition(
        new,
        PERIODS[1],
        model=ByOneFeature("unpaid_items"),
        drivers=drivers[1],
        offers=[],
        findings=[],
    )
    there = compare_editions(one, other, RULES, seed=1)
    back = compare_editions(other, one, RULES, seed=1)
    assert (back.old, back.new) == (there.new, there.old)
    assert there.money is not None
    assert back.money is not None
    assert back.money.risk_model_kopecks == -(there.money.risk_model_kopecks or 0) != 0
    for there_scores, back_scores in (
        (there.model.old_on_new, back.model.new_on_old),
        (there.model.new_on_old, back.model.old_on_new),
    ):
        assert there_scores == back_scores != []
    [driver] = there.drivers
    assert driver.apart and driver.old and driver.old.place == 1
    assert back.drivers[0].old == driver.new
    assert back.money.arrivals_kopecks == there.money.leavers_kopecks != 0
    assert [each.fate for each in (*there.offers, *there.data.findings)] == ["goes", "goes"]
    assert [each.fate for each in (*back.offers, *back.data.findings)] == ["comes", "comes"]
    assert there.segments is not None
    assert back.segments is not None
    assert {(each.target, each.origin, each.customers) for each in back.segments.moves} == {
        (each.origin, each.target, each.customers) for each in there.segments.moves
    }


def test_without_a_model_there_is_no_money_and_no_segment(old: pd.DataFrame) -> None:
    bare = old.assign(probability=np.nan, segment=None)
    found = compare_editions(edition(bare, PERIODS[0]), edition(bare, PERIODS[1]), RULES, seed=1)
    assert found.money is None
    assert found.segments is None


def test_no_id_stands_in_the_result(old: pd.DataFrame, new: pd.DataFrame) -> None:
    far = [table.assign(id=table["id"] + 987_650_000) for table in (old, new)]
    found = compare_editions(
        edition(far[0], PERIODS[0]), edition(far[1], PERIODS[1]), RULES, seed=1
    )
    assert "98765" not in found.model_dump_json()
    assert DiffResults.model_validate_json(found.model_dump_json()) == found
