"""Segments, offers and lists: who is chosen, who is written to, and what it costs."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from analysis.campaigns.mailings import History, Mailing
from analysis.campaigns.proof import NOTHING_BEFORE
from analysis.chapters.customer_files import write_customers, write_set_aside
from analysis.chapters.words import Words
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import with_made_features
from analysis.model.probabilities import mark_deciding, with_probabilities
from analysis.model.recalibration import recalibrate
from analysis.model.train import Modelled
from analysis.money import DiscountBase, exposed
from analysis.results import Alternative, ListedCopies
from analysis.results.offers import SkipReason
from analysis.segments.contacts import Contacts, price_contacts
from analysis.segments.decide import Decided, decide_month
from analysis.segments.grid import assign, expected_count, grid, in_chosen
from analysis.segments.lists import Drawn, draw_lists
from analysis.segments.offer_book import OfferBook, OfferKind, default_book
from analysis.segments.offers import Triggers, find_triggers
from analysis.segments.plans import PLANS, price_plans, told_plans
from analysis.segments.totals import copies, first_of_copies
from analysis.settings import Model, Money, Offers, Privacy, Segments, Settings
from tests.analysis.made_up import LOT, by_risk, made_up, offer_kind, scores
from tests.conftest import RUSSIAN

DISCOUNTS = default_book().discounts
QUICK = Model(bootstrap_draws=100)
DRAWN = Offers(hold_out_if_it_pays=False)
"""A group of so few as here would never be judged."""
WITH_DISCOUNTS = Settings(
    model=QUICK,
    money=Money(discount_share_saved=0.25),
    offers=Offers(hold_out=0.2, letter_arm=0.5, smallest_list=1),
    privacy=Privacy(smallest_cell=1),
)


@pytest.fixture(scope="session")
def decided(sample_customers: pd.DataFrame, sample_model: Modelled) -> Decided:
    return decide(sample_customers, sample_model.probabilities)


@pytest.fixture(scope="session")
def with_discounts(sample_customers: pd.DataFrame, sample_model: Modelled) -> Decided:
    """What is decided of the sample month where discounts save more than letters."""
    return decide(sample_customers, sample_model.probabilities, WITH_DISCOUNTS)


ALL_TOLD = Settings(model=QUICK, offers=DRAWN, privacy=Privacy(smallest_cell=1))
"""Where sums of few customers may be told."""


@pytest.fixture(scope="session")
def month() -> tuple[pd.DataFrame, pd.DataFrame]:
    customers = by_risk(400, 7)
    return customers, customers[["id", "probability"]]


@pytest.fixture(scope="session")
def plain(month: tuple[pd.DataFrame, pd.DataFrame]) -> Decided:
    """What is decided of the month with the usual settings."""
    return decide(*month)


def decide(
    customers: pd.DataFrame,
    probabilities: pd.DataFrame,
    chosen: Settings | None = None,
    history: History = NOTHING_BEFORE,
    book: OfferBook | None = None,
) -> Decided:
    chosen = chosen or Settings(model=QUICK, offers=DRAWN)
    unscored = customers.drop(columns="probability", errors="ignore")
    scored = mark_deciding(unscored.merge(probabilities, on="id", how="left"))
    return decide_month(scored, "2026-10", False, chosen, 1, LOT, history, book)


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
    made = decided.results
    assert len(made.offers) >= 3
    assert made.written is not None and made.written.customers + made.written.control == made.listed
    assert sum(each.written.customers for each in made.offer_sums) == made.written.customers


WIN_BACK: dict[str, st.SearchStrategy[float | None]] = {
    f"win_back_{name}": st.none() | st.floats(0, 1)
    for name in ("loss_share", "share_saved", "discount_share_saved")
}
ANY_SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "money": st.fixed_dictionaries(
            {
                "contact_cost": st.floats(0, 400),
                "discount": st.floats(0, 0.3),
                "share_saved": st.floats(0, 1),
                "discount_share_saved": st.none() | st.floats(0, 1),
                "required_return": st.just(0.0) | st.floats(0, 20),
                "loss_share": st.floats(0, 1),
                **WIN_BACK,
            }
        ),
        "offers": st.fixed_dictionaries(
            {
                "most_contacts": st.none() | st.integers(0, 20),
                "budget_roubles": st.none() | st.floats(0, 20_000),
                "hold_out": st.floats(0, 0.9),
                "letter_arm": st.floats(0, 0.9),
                "smallest_list": st.integers(1, 20),
            }
        ),
    }
)


@cache
def triggered(seed: int, ordered: bool) -> tuple[pd.DataFrame, Triggers]:
    """Ninety customers, and what triggers offers to them."""
    customers = by_risk(90, seed) if ordered else made_up(seed, 90)
    if not ordered:
        customers = customers.merge(scores(customers, seed), on="id")
    return found_triggers(customers)


def found_triggers(
    customers: pd.DataFrame, book: OfferBook | None = None
) -> tuple[pd.DataFrame, Triggers]:
    assigned = with_made_features(assign(in_content_order(customers), Segments()))
    return assigned, find_triggers(assigned, Settings(model=QUICK), 1, book)


ANY_DISCOUNT: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "discount": st.just("usual") | st.floats(0.001, 1),
        "discount_of": st.sampled_from(get_args(DiscountBase)),
    }
)


@st.composite
def any_prices(draw: st.DrawFn) -> OfferBook:
    """Some of the offers that come with the program, in another order and at other prices."""
    kinds = [
        kind.model_copy(
            update={
                **(draw(ANY_DISCOUNT) if kind.discounted else {}),
                "contact_cost": draw(st.none() | st.floats(0, 400)),
                "share_saved": draw(st.none() | st.floats(0, 1)),
            }
        )
        for kind in default_book().offers
        if kind == default_book().plain or draw(st.booleans())
    ]
    return OfferBook(offers=tuple(draw(st.permutations(kinds))))


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 5),
    ordered=st.booleans(),
    changes=ANY_SETTINGS,
    book=st.just(default_book()) | any_prices(),
)
def test_under_any_settings_and_prices_lists_keep_to_limits_and_no_named_plan_beats_theirs(
    seed: int, ordered: bool, changes: dict[str, Any], book: OfferBook
) -> None:
    customers, triggers = triggered(seed, ordered)
    chosen = Settings.model_validate({"model": QUICK} | changes)
    contacts = price_contacts(customers, triggers, chosen, book=book)
    drawn = draw_lists(contacts, chosen, LOT)
    lists = drawn.lists
    consenting = set(customers.loc[customers["consent"], "id"])
    assert set(lists["id"]) <= consenting
    assert lists["id"].is_unique
    assert (lists["gain"] > 0).all()
    assert lists["gain"].is_monotonic_decreasing
    written = lists[~lists["control"].astype(bool)]
    if (cap := chosen.offers.most_contacts) is not None:
        assert len(written) <= cap
    if (budget := chosen.offers.budget_roubles) is not None:
        assert written["spent"].sum() <= budget + 1e-6
    assert len(written) > 0 or lists.empty
    required = chosen.money.required_return
    worth = {
        each.code: each.gain_roubles - required * each.cost_roubles for each in drawn.alternatives
    }
    assert list(worth) == list(PLANS) and worth["nothing"] == 0
    assert worth[drawn.recommended.code] == max(worth.values())
    assert drawn.recommended.gain_roubles >= required * drawn.recommended.cost_roubles - 1e-6
    assert set(drawn.skipped) == {kind.code for kind in book.offers} - set(written["offer"])
    for kind in book.offers:
        if kind.code in drawn.skipped:
            assert is_true(drawn.skipped[kind.code], kind, drawn, contacts, chosen)


def is_true(
    reason: SkipReason, kind: OfferKind, drawn: Drawn, contacts: Contacts, chosen: Settings
) -> bool:
    """Hold the reason why an offer has no list against customers and prices themselves."""
    code, letter = kind.code, contacts.letter
    if reason == "no_trigger":
        return code not in contacts.fits
    fits, price = contacts.fits[code], contacts.prices[code]
    if reason == "fits_nobody":
        return not fits.any()
    pays, dearer = fits & price.pays, price.net < letter.net
    if reason == "does_not_pay":
        return not pays.any()
    if reason == "letter_better":
        return not kind.discounted and pays.any() and bool(dearer[pays].all())
    if reason == "no_better":
        follows_letters = drawn.recommended.code in ("letters", "nothing")
        return kind.discounted and (follows_letters or not (price.net > letter.net)[pays].any())
    listed, left = (each[each["offer"] == code] for each in (drawn.lists, drawn.left_out))
    limits = chosen.offers
    if reason == "left_out":
        limited = limits.most_contacts is not None or limits.budget_roubles is not None
        return limited and len(left) > 0
    if reason == "held_out":
        held = LOT.draw(contacts.customers["id"].tolist(), limits.hold_out)
        return left.empty and listed["control"].all() and bool((held & contacts.worth[code]).any())
    assert reason in ("too_few", "taken")
    return listed.empty and left.empty and bool(contacts.worth[code].any())


@pytest.mark.parametrize(
    ("code", "reason", "offers"),
    [
        ("other_categories", None, Offers(smallest_list=1)),
        ("other_categories", "too_few", Offers()),
        ("letter", "left_out", Offers(most_contacts=6)),
        ("favourite_category", "held_out", Offers(hold_out=0.9, smallest_list=1)),
        ("basket", "no_better", Offers()),
        ("letter", "taken", Offers()),
        ("dear", "letter_better", Offers()),
    ],
)
def test_every_reason_for_an_offer_without_a_list_is_given_where_it_is_true(
    code: str, reason: SkipReason | None, offers: Offers
) -> None:
    first = (offer_kind("dear", contact_cost=30.0), *([offer_kind("hello")] * (reason == "taken")))
    book = OfferBook(offers=(*first, *default_book().offers))
    customers, triggers = found_triggers(triggered(1, ordered=True)[0], book)
    chosen = Settings(model=QUICK, offers=offers)
    contacts = price_contacts(customers, triggers, chosen, book=book)
    drawn = draw_lists(contacts, chosen, LOT)
    assert drawn.skipped.get(code) == reason
    for kind in book.offers:
        skipped = drawn.skipped.get(kind.code)
        assert skipped is None or is_true(skipped, kind, drawn, contacts, chosen)


def test_where_too_few_letters_pay_no_limit_is_blamed() -> None:
    customers, triggers = triggered(0, ordered=True)
    chosen = Settings(model=QUICK, offers=Offers(hold_out=0.9, smallest_list=1))
    for offers in (chosen.offers, chosen.offers.model_copy(update={"most_contacts": 3})):
        limited = chosen.model_copy(update={"offers": offers})
        drawn = draw_lists(price_contacts(customers, triggers, limited), limited, LOT)
        assert drawn.no_lists == "too_few" and drawn.left_out.empty
        assert {drawn.skipped["letter"], drawn.skipped["basket_reminder"]} == {"too_few"}


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 5),
    ordered=st.booleans(),
    changes=ANY_SETTINGS,
    smallest_cell=st.sampled_from((1, 5)),
)
def test_without_limits_everyone_for_whom_a_contact_pays_is_on_the_lists(
    seed: int, ordered: bool, changes: dict[str, Any], smallest_cell: int
) -> None:
    customers, triggers = triggered(seed, ordered)
    unlimited = changes["offers"] | {"most_contacts": None, "budget_roubles": None, "hold_out": 0}
    chosen = Settings.model_validate(
        {
            "model": QUICK,
            "money": changes["money"],
            "offers": unlimited,
            "privacy": {"smallest_cell": smallest_cell},
        }
    )
    lists = draw_lists(price_contacts(customers, triggers, chosen), chosen, LOT).lists
    money = chosen.money
    lost = customers["level"].eq("declined")
    share = np.where(lost, money.to_win_back.share_saved, money.share_saved)
    gain = exposed(customers, money) * share - money.contact_cost
    paying = (
        customers["consent"] & (gain > 1e-9) & (gain > money.required_return * money.contact_cost)
    )
    left = set(customers.loc[paying, "id"]) - set(lists["id"])
    assert not left or (lists.empty and len(left) < smallest_cell)


def test_with_equal_shares_saved_the_plan_is_letters_to_whom_they_pay(decided: Decided) -> None:
    made = decided.results
    (plan,) = (each for each in made.alternatives if each.recommended)
    assert plan.code == "letters" and made.money is not None
    assert plan.customers == made.money.letter_pays == made.listed
    assert made.discounts is None and made.discount_trial is None
    reasons = {each.code: each.reason for each in made.offers_skipped}
    assert reasons["basket"] == reasons["promotions"] == "no_better"


@pytest.mark.parametrize("name", ["decided", "with_discounts"])
def test_no_other_depth_brings_more_than_the_chosen_one(
    name: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(name).results
    written = made.written
    (chosen,) = (point for point in made.depth if point.contacts == written.customers)
    assert chosen.gain_roubles == pytest.approx(written.gain_roubles)
    assert chosen.cost_roubles == pytest.approx(written.cost_roubles)
    best = max(made.depth, key=lambda point: point.gain_roubles)
    assert best == chosen and made.depth[0].gain_roubles == 0
    assert written.customers < made.depth[-1].contacts <= made.money.eligible - written.control


def test_half_of_the_gain_is_reached_at_the_same_letter_on_the_curve_and_on_the_lists(
    decided: Decided,
) -> None:
    made = decided.results
    half = made.written.gain_roubles / 2
    on_the_curve = next(point for point in made.depth if point.gain_roubles >= half)
    assert on_the_curve.contacts == made.first_half.customers
    assert on_the_curve.gain_roubles == pytest.approx(made.first_half.gain_roubles)


def test_copies_on_the_lists_are_counted_once_for_every_letter_too_many() -> None:
    lists = pd.DataFrame(
        {
            "copy_group": [1, 1, 1, 2, 2, 3, 4, 4],
            "control": [False, False, False, False, True, False, True, True],
        }
    )
    assert copies(lists) == ListedCopies(again=2, split=1)
    assert copies(lists[lists["copy_group"] > 2]) is None


def test_what_those_to_be_won_back_bring_is_told_apart(decided: Decided) -> None:
    to_write = decided.lists[~decided.lists["control"]]
    declined = to_write[to_write["level"] == "declined"]
    assert decided.results.written.gain_declined_roubles == pytest.approx(
        float((declined["saved"] - declined["spent"]).sum())
    )
    assert decided.results.written.gain_declined_roubles == pytest.approx(
        sum(each.written.gain_declined_roubles for each in decided.results.offer_sums)
    )


def test_the_test_costs_what_the_control_group_would_have_brought(decided: Decided) -> None:
    held = decided.lists[decided.lists["control"]]
    assert len(held) == sum(each.written.control for each in decided.results.offer_sums) > 0
    assert decided.results.test_price_roubles == pytest.approx(held["gain"].sum())
    (plan,) = (each for each in decided.results.alternatives if each.recommended)
    written = decided.results.written
    assert written is not None
    assert written.gain_roubles == pytest.approx(plan.gain_roubles - held["gain"].sum())


def test_a_discount_goes_only_to_whom_it_brings_more_than_the_letter(
    with_discounts: Decided,
) -> None:
    lists = with_discounts.lists
    dear = 0.05 * lists["revenue_total"] / 3
    more = lists["exposed"] * (0.25 - 0.1)
    assert lists["discounted"].any() and (more > dear)[lists["discounted"]].all()
    codes = [each.code for each in with_discounts.results.alternatives if each.recommended]
    assert codes == ["letters_and_discounts"]


def test_the_best_plan_gives_everyone_what_brings_most_of_what_fits(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    chosen = WITH_DISCOUNTS.model_copy(update={"offers": Offers(smallest_list=1)})
    customers, triggers = found_triggers(month[0])
    contacts = price_contacts(customers, triggers, chosen)
    suits = np.zeros(len(contacts.customers), dtype=bool)
    for code in DISCOUNTS:
        suits |= contacts.fits.get(code, False)
    by_discount = np.where(suits, contacts.prices[DISCOUNTS[0]].gain, 0.0)
    best = np.maximum.reduce([np.zeros(len(suits)), contacts.letter.gain, by_discount]).sum()
    plans = {each.code: each.gain_roubles for each in price_plans(contacts, chosen)}
    assert plans["letters_and_discounts"] == pytest.approx(best)
    wherever = np.where(by_discount > 0, by_discount, contacts.letter.gain.clip(min=0)).sum()
    assert plans["discounts_first"] == pytest.approx(wherever)


def test_the_share_from_which_on_a_discount_pays_is_where_it_starts_to(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    worth = plain.results.discount_worth
    assert worth is not None and worth.first is not None and worth.half is not None
    assert 0.1 < worth.first < worth.half
    for share, least in ((worth.first, worth.smallest_list), (worth.half, worth.customers // 2)):
        customers, triggers = found_triggers(month[0])
        for moved, enough in ((share * 1.001, True), (share * 0.999, False)):
            chosen = Settings(model=QUICK, money=Money(discount_share_saved=moved))
            contacts = price_contacts(customers, triggers, chosen)
            worthwhile = contacts.worth
            better = np.zeros(len(contacts.customers), dtype=bool)
            for code in DISCOUNTS:
                better |= worthwhile.get(code, False)
            assert (better.sum() >= least) == enough


def test_the_lists_of_a_month_are_those_drawn_from_what_triggers_offers(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    chosen = Settings(model=QUICK, offers=DRAWN.model_copy(update={"most_contacts": 20}))
    customers, triggers = found_triggers(month[0])
    drawn = draw_lists(price_contacts(customers, triggers, chosen), chosen, LOT).lists
    made = decide(*month, chosen)
    assert len(drawn)
    pd.testing.assert_frame_equal(made.lists[list(drawn)], drawn)
    assert made.results.rules == triggers.rules
    assert made.results.categories == triggers.categories


def test_no_cut_at_even_odds_decides_whom_to_write_to(plain: Decided) -> None:
    lists = plain.lists
    assert (lists["probability"] < 0.5).any() and (lists["probability"] > 0.5).any()


def test_everyone_gets_the_first_offer_that_fits_and_whom_none_fits_the_plain_letter(
    plain: Decided,
) -> None:
    lists = plain.lists
    many = {offer.code: offer.threshold for offer in plain.results.offers}["basket_reminder"]
    reminded = lists["offer"] == "basket_reminder"
    assert reminded.any() and (reminded == (lists["unpaid_items"] >= many)).all()
    assert (lists["offer"] == "letter").any()


def test_an_offer_without_its_trigger_is_not_made(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    customers, probabilities = month
    made = decide(customers.assign(unpaid_items=0.0), probabilities).results
    skipped = {each.code: each.reason for each in made.offers_skipped}
    assert skipped["basket"] == "no_trigger" and skipped["basket_reminder"] == "no_trigger"
    assert "basket" not in {offer.code for offer in made.offers}


def with_offers(*kinds: OfferKind) -> OfferBook:
    """The offers that come with the program, and others before them."""
    return OfferBook(offers=(*kinds, *default_book().offers))


def test_every_kind_of_trigger_fits_whom_it_says(month: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    triggers = {
        "by_rule": {"rule": "unpaid_basket"},
        "few": {"feature": "tenure_days", "side": "below", "threshold": 4},
        "fallen": {"feature": "revenue_trend", "side": "below", "threshold": 0.01},
        "many": {"feature": "unpaid_items", "side": "above", "quantile": 0.5},
        "tea": {"category": ["Чай"]},
        "kitchen": {"category": ["Кухонная посуда"]},
        "gone": {"level": "declined"},
        "all_of_them": {"everyone": True},
    }
    book = with_offers(*(offer_kind(code, each) for code, each in triggers.items()))
    customers, found = found_triggers(month[0], book)
    was, now = (1 + customers[f"revenue_{name}"] for name in ("previous", "current"))
    expected = {
        "by_rule": found.fits["basket"],
        "few": customers["tenure_days"] <= 4,
        "fallen": now / was - 1 <= 0.01,
        "many": customers["unpaid_items"] > customers["unpaid_items"].median(),
        "tea": customers["id"] < 0,
        "kitchen": customers["category"] == "Кухонная посуда",
        "gone": customers["level"] == "declined",
        "all_of_them": customers["id"] > 0,
    }
    for code, who in expected.items():
        assert found.fits[code].tolist() == who.tolist(), code
    assert found.thresholds["few"] == 4 and "kitchen" not in found.thresholds
    assert found.favoured["kitchen"] == ["Кухонная посуда"]


def test_a_learnt_trigger_is_a_rule_like_the_others_and_shares_their_threshold(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    learnt = {"side": "below", "threshold": "learnt"}
    book = with_offers(
        offer_kind("narrow", {"feature": "categories_per_visit", **learnt}),
        offer_kind("new", {"feature": "tenure_days", **learnt}),
        offer_kind("newer", {"feature": "tenure_days", **learnt}),
    )
    _, usual = found_triggers(month[0])
    _, found = found_triggers(month[0], book)
    assert found.thresholds["narrow"] == usual.thresholds["other_categories"]
    assert found.fits["narrow"].tolist() == usual.fits["other_categories"].tolist()
    *plain, own = found.rules.rules
    assert [each.code for each in plain] == [each.code for each in usual.rules.rules]
    assert own.code == "tenure_days_below" and own.limits[0].feature == "tenure_days"
    assert not own.found, "made of chance"
    assert "new" not in found.fits and "newer" not in found.fits
    told = zip(plain, usual.rules.rules, strict=True)
    assert all(each.p_holm >= other.p_holm for each, other in told if each.p_holm and other.p_holm)


def test_a_new_offer_has_its_own_price_in_every_sum(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    by_trend = {"feature": "revenue_trend", "side": "below", "threshold": 0.01}
    terms = {"discount": 0.07, "discount_of": "revenue_current", "contact_cost": 4.0}
    new = offer_kind("come_back", by_trend, share_saved=0.4, priority=1, **terms)
    decided = decide(*month, WITH_DISCOUNTS, book=with_offers(new))
    made, lists = decided.results, decided.lists
    assert made.book[0].code == "come_back" and made.book[0].discount == 0.07
    assert made.terms is not None and made.terms.contact_cost is None
    (offer,) = (each for each in made.offers if each.code == "come_back")
    assert offer.threshold == 0.01 and offer.written.discounts and offer.written.letters
    theirs = lists[lists["offer"] == "come_back"]
    spent = 4 + 0.07 * theirs["revenue_current"]
    assert theirs["cost"].to_numpy() == pytest.approx(spent.to_numpy())
    bare = theirs[theirs["letter"]]
    assert (bare["spent"] == 4).all(), "a letter without the discount costs its own contact"
    to_write = lists[~lists["control"]]
    assert made.letters_cost_roubles == pytest.approx(to_write["contact"].sum())
    rows = {(row.setting, row.times): row for row in made.sensitivity}
    assert made.written is not None
    assert rows[None, 1.0].cost_roubles == pytest.approx(made.written.cost_roubles)
    assert rows[None, 1.0].gain_roubles == pytest.approx(made.written.gain_roubles)
    dearer = rows["contact_cost", 2.0]
    assert dearer.value is None
    more = dearer.cost_roubles - made.written.cost_roubles
    assert more == pytest.approx(to_write["contact"].sum())
    given = made.written.cost_roubles - to_write["contact"].sum()
    assert rows["discount", 2.0].cost_roubles == pytest.approx(made.written.cost_roubles + given)
    assumed = {each.code: each.assumed for each in made.proof.beliefs}
    assert assumed["come_back"] == 0.4 and assumed["letter"] == 0.1


def test_the_share_a_discount_must_save_counts_the_cheapest_that_suits(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    cheap = offer_kind("cheap", discount=0.0001, contact_cost=0.0)
    usual, found = (
        decide(*month, book=book).results.discount_worth for book in (None, with_offers(cheap))
    )
    assert usual is not None and found is not None
    assert usual.saves_the_same and not found.saves_the_same and found.letter_saves == 0.1
    assert found.customers > usual.customers and found.first is not None
    assert found.first == 0, "a message with a discount costs less than the plain letter"


def test_the_price_of_the_control_group_is_that_of_the_letters_there_are(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    short = offer_kind("short_message", contact_cost=4.0)
    made = decide(*month, ALL_TOLD, book=with_offers(short)).results
    weighed = made.proof.hold_out
    assert [each.code for each in made.offers] == ["short_message"]
    assert weighed is not None and weighed.drawn and weighed.months == 3
    assert weighed.price_roubles == pytest.approx(made.test_price_roubles)


def test_a_shop_with_the_plain_letter_alone_has_no_word_on_discounts(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    made = decide(*month, book=OfferBook(offers=(offer_kind("hello"),))).results
    assert [each.code for each in made.offers] == ["hello"]
    assert made.discount_worth is None and made.discounts is None
    assert made.money is not None and made.money.discount_pays == 0
    assert made.terms is not None and made.terms.discount == 0.05


def test_an_offer_that_the_book_no_longer_has_is_judged_and_forgotten(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    history = mailed(month[0], {"of_old": 0.5, "letter": 0.1})
    made = decide(*month, history=history).results
    assert "of_old" in {each.code for each in made.proof.offers}
    assert "of_old" not in {each.code for each in made.proof.beliefs}
    assert made.offers


def test_an_offer_whose_trigger_nobody_has_is_told_apart_from_one_without_a_trigger(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    never = {"feature": "tenure_days", "side": "above", "threshold": 1e6}
    by_chance = {"feature": "tenure_days", "side": "above", "threshold": "learnt"}
    book = with_offers(offer_kind("never", never), offer_kind("by_chance", by_chance))
    skipped = {each.code: each.reason for each in decide(*month, book=book).results.offers_skipped}
    assert (skipped["never"], skipped["by_chance"]) == ("fits_nobody", "no_trigger")


def test_where_no_contact_pays_nobody_is_listed(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    dear = Settings(model=QUICK, money=Money(contact_cost=1_000_000))
    made = decide(*month, dear)
    assert made.lists.empty and made.results.offers == []
    assert made.results.written is None and made.results.first_half is None
    assert made.results.sensitivity[0].worth_contacting == 0
    assert [each.code for each in made.results.alternatives if each.recommended] == ["nothing"]


def test_a_cap_keeps_the_largest_gains_and_says_whom_it_left_out(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    limited = DRAWN.model_copy(update={"most_contacts": 20})
    capped = decide(*month, Settings(model=QUICK, offers=limited))
    kept = len(capped.lists)
    assert capped.results.written is not None and capped.results.written.customers == 20
    assert capped.lists["id"].tolist() == plain.lists["id"].tolist()[:kept]
    beyond = plain.lists[kept:]
    beyond = beyond[~beyond["control"]]
    assert capped.results.left_out is not None
    assert capped.results.left_out.customers == len(beyond) < len(plain.lists) - kept
    assert capped.results.left_out.gain_roubles == pytest.approx(beyond["gain"].sum())
    assert capped.results.worth_writing == plain.results.worth_writing == plain.results.listed
    assert plain.results.left_out is None


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        (Offers(most_contacts=0), "no_room"),
        (Offers(budget_roubles=14.99), "no_room"),
        (Offers(most_contacts=4), "no_room"),
        (Offers(hold_out=0.9, most_contacts=4, hold_out_if_it_pays=False), "no_room"),
    ],
)
def test_limits_that_leave_no_room_are_named_with_what_they_keep_out(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided, offers: Offers, reason: str
) -> None:
    made = decide(*month, Settings(model=QUICK, offers=offers)).results
    assert (made.no_lists, made.written, made.listed) == (reason, None, 0)
    assert made.left_out is not None and made.left_out.gain_roubles > 0
    assert made.worth_writing == plain.results.worth_writing
    assert [each.code for each in made.alternatives if each.recommended] == ["nothing"]
    assert all(each.customers == 0 for each in made.alternatives)


def test_every_reason_for_no_lists_is_the_true_one(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    customers, probabilities = month
    assert plain.results.no_lists is None
    dear = Settings(model=QUICK, money=Money(contact_cost=1e6))
    assert decide(*month, dear).results.no_lists == "does_not_pay"
    nobody = decide(customers.assign(consent=False), probabilities, Settings(model=QUICK))
    assert nobody.results.no_lists == "nobody"
    few = customers.assign(consent=customers["id"].isin(plain.lists["id"].head(4)))
    too_few = decide(few, probabilities, Settings(model=QUICK)).results
    assert (too_few.no_lists, too_few.worth_writing, too_few.left_out) == ("too_few", 4, None)


@pytest.mark.parametrize(("cell", "cap"), [(8, 30), (20, 60), (5, 12), (5, 9)])
def test_no_sum_and_no_count_by_level_is_of_fewer_than_may_be_told_of(
    month: tuple[pd.DataFrame, pd.DataFrame], cell: int, cap: int
) -> None:
    offers = Offers(smallest_list=1, most_contacts=cap, hold_out=0.3)
    chosen = Settings(model=QUICK, offers=offers, privacy=Privacy(smallest_cell=cell))
    decided = decide(*month, chosen)
    made, lists = decided.results, decided.lists
    sizes = lists.loc[~lists["control"], "offer"].value_counts()
    assert sizes.min() < cell and made.written is not None and made.written.customers == cap
    assert sorted(code for each in made.offer_sums for code in each.codes) == sorted(sizes.index)
    for each in made.offer_sums:
        assert each.written.customers == sizes[each.codes].sum() >= min(cell, cap)
        for counted in (each.fits, each.pays, each.written.declined, each.written.steady):
            assert counted is None or counted == 0 or counted >= cell
    alone = {each.codes[0]: each.written for each in made.offer_sums if len(each.codes) == 1}
    assert {each.code: each.written for each in made.offers if each.written} == alone
    told = [each.written.declined is not None for each in made.offer_sums]
    assert all(told) or not any(told)


def test_a_budget_passes_over_whoever_no_longer_fits(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    made = decide(*month, Settings(model=QUICK, offers=Offers(budget_roubles=300, hold_out=0)))
    assert made.results.written is not None
    assert 285 < made.results.written.cost_roubles <= 300
    assert made.results.left_out is not None


def test_half_of_the_gain_comes_from_the_first_customers(decided: Decided) -> None:
    first, written = decided.results.first_half, decided.results.written
    assert first is not None and written is not None
    to_write = decided.lists[~decided.lists["control"]]
    brought = to_write["saved"] - to_write["spent"]
    assert first.gain_roubles == pytest.approx(brought.head(first.customers).sum())
    assert first.gain_roubles >= written.gain_roubles / 2 > brought.head(first.customers - 1).sum()


def test_the_order_is_held_against_an_equal_fall_of_all_probabilities(decided: Decided) -> None:
    first, other = decided.results.first_half, decided.results.other_order
    assert first is not None and other is not None and other.customers == first.customers
    lists = decided.lists[~decided.lists["control"]]
    less = lists.assign(probability=lists["probability"] - 0.01)
    fallen = exposed(lists, Money()) - exposed(less, Money())
    leading = set(lists["id"][fallen.sort_values(ascending=False).index[: first.customers]])
    assert other.shared == pytest.approx(len(leading & set(lists["id"][: first.customers])), abs=2)
    assert other.shared < first.customers


def test_half_of_a_discount_list_gets_the_letter_alone_and_both_halves_are_alike(
    with_discounts: Decided,
) -> None:
    lists, written = with_discounts.lists, with_discounts.results.discount_letters
    plain = ~lists["offer"].isin(DISCOUNTS)
    assert not lists.loc[plain | lists["control"], "letter"].any()
    with_discount = lists[~plain & ~lists["control"]]
    assert binom.interval(0.999, len(with_discount), 0.5)[0] < with_discount["letter"].sum()
    assert with_discount["letter"].sum() < binom.interval(0.999, len(with_discount), 0.5)[1]
    halves = with_discount.groupby("letter")["exposed"].mean()
    assert halves[True] == pytest.approx(halves[False], rel=0.1)
    assert written is not None and written.letters == written.customers
    assert written.cost_roubles == pytest.approx(15 * written.customers)


def test_other_shares_saved_are_those_of_the_same_lists_wherever_they_are_printed(
    decided: Decided,
) -> None:
    made = decided.results
    lists = decided.lists[~decided.lists["control"]]
    rows = {row.times: row for row in made.sensitivity if row.setting == "share_saved"}
    for times, share in ((0.5, 0.05), (2.0, 0.2)):
        assert rows[times].value == pytest.approx(share)
        gain = share * lists["exposed"].sum() - lists["spent"].sum()
        assert rows[times].gain_roubles == pytest.approx(gain)


def test_money_adds_up_over_discounts_letters_and_the_control_group(
    with_discounts: Decided,
) -> None:
    made = with_discounts.results
    assert made.written is not None and made.discounts is not None and made.letters is not None
    for name in ("customers", "cost_roubles", "exposed_roubles", "gain_roubles", "declined"):
        whole = getattr(made.written, name)
        parts = getattr(made.discounts, name) + getattr(made.letters, name)
        by_offer = sum(getattr(each.written, name) for each in made.offer_sums)
        assert whole == pytest.approx(parts) == pytest.approx(by_offer)
    assert made.letters_gain_roubles < made.written.gain_roubles < made.discounts_gain_roubles


def test_without_a_letter_arm_everyone_of_a_discount_list_gets_the_discount(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    chosen = WITH_DISCOUNTS.model_copy(update={"offers": Offers(letter_arm=0, smallest_list=1)})
    made = decide(*month, chosen).results
    assert made.written is not None and made.written.letters == 0 and made.discounts is not None
    assert made.discount_trial is None and made.discount_letters is None
    assert made.written.gain_roubles == pytest.approx(made.discounts_gain_roubles)


@pytest.mark.parametrize("name", ["decided", "with_discounts"])
def test_moving_an_assumption_prices_the_same_lists_anew(
    name: str, request: pytest.FixtureRequest
) -> None:
    made: Decided = request.getfixturevalue(name)
    rows = {(row.setting, row.times): row for row in made.results.sensitivity}
    written, base = made.results.written, rows[None, 1.0]
    assert written is not None and len(rows) == 10
    assert base.cost_roubles == pytest.approx(written.cost_roubles)
    assert base.gain_roubles == pytest.approx(written.gain_roubles)
    assert base.break_even == pytest.approx(written.break_even)
    dearer = rows["contact_cost", 2.0]
    assert dearer.cost_roubles == pytest.approx(base.cost_roubles + 15 * written.customers)
    assert dearer.worth_contacting < base.worth_contacting
    for setting in ("share_saved", "loss_share"):
        halved = (base.gain_roubles + base.cost_roubles) / 2 - base.cost_roubles
        assert rows[setting, 0.5].gain_roubles == pytest.approx(halved)
    assert rows["profit_unit", 1.0].worth_contacting < base.worth_contacting


WON_BACK = Money(win_back_loss_share=0.2, win_back_share_saved=0.3)


def test_what_is_set_for_those_to_be_won_back_counts_for_them_alone(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    """Four customers by hand: 1000 roubles a month for 3 months, half of it or a fifth to lose."""
    customers = (
        month[0]
        .head(4)
        .assign(
            probability=[0.8, 0.8, 0.5, 0.02],
            profit=1.0,
            level=["declined", "steady", None, "declined"],
            consent=True,
        )
    )
    customers, triggers = found_triggers(customers)
    chosen = Settings(
        model=QUICK,
        money=WON_BACK.model_copy(update={"discount": 1.0}),
        offers=Offers(hold_out=0.0, smallest_list=1),
        privacy=Privacy(smallest_cell=1),
    )
    lists = draw_lists(price_contacts(customers, triggers, chosen), chosen, LOT).lists
    expected = {
        ("declined", 0.8): 0.8 * 3000 * 0.2 * 0.3 - 15,
        ("steady", 0.8): 0.8 * 3000 * 0.5 * 0.1 - 15,
        (None, 0.5): 0.5 * 3000 * 0.5 * 0.1 - 15,
    }
    found = {
        (None if pd.isna(row.level) else row.level, row.probability): row.gain
        for row in lists.itertuples()
    }
    assert found == pytest.approx(expected)


def test_what_is_set_for_those_to_be_won_back_as_for_all_changes_nothing(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    alike = Money(
        discount_share_saved=0.25,
        win_back_loss_share=0.5,
        win_back_share_saved=0.1,
        win_back_discount_share_saved=0.25,
    )
    usual, same = (
        decide(*month, WITH_DISCOUNTS.model_copy(update={"money": money}))
        for money in (WITH_DISCOUNTS.money, alike)
    )
    assert same.results.model_dump_json() == usual.results.model_dump_json()
    pd.testing.assert_frame_equal(same.lists, usual.lists)


def test_the_assumptions_on_either_group_are_told_apart_and_moved_together(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    made = decide(*month, Settings(model=QUICK, money=WON_BACK)).results
    assert made.share_saved_by_level is not None and made.written is not None
    assert made.share_saved_by_level.model_dump() == pytest.approx({"keep": 0.1, "win_back": 0.3})
    assert 0.1 < made.share_saved < 0.3
    rows = {(row.setting, row.times): row for row in made.sensitivity}
    base = rows[None, 1.0]
    for setting, keep, win_back in (("share_saved", 0.05, 0.15), ("loss_share", 0.25, 0.1)):
        half = rows[setting, 0.5]
        assert half.value_by_level is not None
        assert half.value_by_level.model_dump() == pytest.approx(
            {"keep": keep, "win_back": win_back}
        )
        assert half.gain_roubles == pytest.approx(
            (base.gain_roubles + base.cost_roubles) / 2 - base.cost_roubles
        )
    halved = rows["share_saved", 0.5].value
    assert halved == pytest.approx(made.share_saved / 2)
    assert made.prospects is not None and made.proof.hold_out is not None
    assert made.proof.beliefs[0].win_back is not None
    assert made.proof.beliefs[0].win_back.share == pytest.approx(0.3)
    assert rows["contact_cost", 0.5].value_by_level is None


def test_a_doubled_share_stays_a_share(month: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    chosen = Settings(model=QUICK, money=Money(share_saved=0.8))
    rows = decide(*month, chosen).results.sensitivity
    assert [row.value for row in rows if row.setting == "share_saved"] == pytest.approx([0.4, 1.0])


def test_as_many_are_worth_contacting_as_the_moved_setting_itself_would_list(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    moved = plain.results.sensitivity[2]
    itself = decide(*month, Settings(model=QUICK, money=Money(contact_cost=30))).results
    assert moved.setting == "contact_cost" and moved.value == 30
    assert moved.worth_contacting == itself.listed


def test_shuffling_changes_nobodys_arm(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    customers, probabilities = month
    order = np.random.default_rng(6).permutation(len(customers))
    second = decide(customers.iloc[order], probabilities)
    assert plain.results == second.results and plain.lists["control"].any()
    pd.testing.assert_frame_equal(plain.lists, second.lists)


def test_whoever_is_held_out_stays_so_whatever_becomes_of_probabilities_and_offers(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    customers, probabilities = month
    chance = np.random.default_rng(8).uniform(0.02, 0.98, len(probabilities))
    later = decide(
        customers.assign(unpaid_items=0.0, profit=customers["profit"] * 2),
        probabilities.assign(probability=chance),
        Settings(model=QUICK, money=Money(contact_cost=30), offers=DRAWN),
    )
    then, now = (made.lists.set_index("id")["control"] for made in (plain, later))
    both = then.index.intersection(now.index)
    assert then[both].any() and (then[both] == now[both]).all()


def mailed(
    customers: pd.DataFrame, effects: dict[str, float], seed: int = 3, period: str = "2026-07"
) -> History:
    """Lists of a month, half of them held out; each offer saves what it is said to."""
    rng = np.random.default_rng(seed)
    ids = customers["id"].to_numpy()
    arm = np.where(rng.random(len(ids)) < 0.5, "contact", "hold_out")
    offer = np.resize(list(effects), len(ids))
    chance = np.where(arm == "contact", 1 - pd.Series(offer).map(effects), 1.0) * 0.5
    level = np.where(rng.random(len(ids)) < chance, "declined", "steady")
    listed = customers[["id", "probability", "profit", "level", "revenue_current"]].assign(
        arm=arm, offer=offer, cost=15.0
    )
    came = pd.DataFrame({"id": ids, "level": level, "revenue_current": 5000.0})
    return History([Mailing(period, listed, ids, None)], {"2026-10": came})


def test_whoever_was_on_a_list_of_late_is_left_alone_and_counted(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    late = plain.lists.head(50).assign(arm="contact")
    history = History([Mailing("2026-08", late, month[0]["id"].to_numpy(), None)], {})
    made = decide(*month, history=history)
    assert not set(late["id"]) & set(made.lists["id"])
    assert set(made.lists["id"]) == set(plain.lists["id"]) - set(late["id"])
    assert made.results.proof.resting == 50 and made.results.money is not None
    assert plain.results.money is not None
    assert made.results.money.eligible == plain.results.money.eligible - 50
    assert made.results.grid == plain.results.grid


def test_the_control_group_is_named_whole_on_a_list_or_not(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    customers = month[0]
    may_be_written_to = set(customers.loc[customers["consent"], "id"])
    listed = set(plain.lists.loc[plain.lists["control"], "id"])
    assert set() < listed <= plain.held_out <= may_be_written_to
    assert plain.results.proof.held_out == len(plain.held_out)
    assert not plain.held_out & set(plain.lists.loc[~plain.lists["control"], "id"])

    written = plain.lists[~plain.lists["control"]].head(30).assign(arm="hold_out")
    history = History([Mailing("2026-08", written, customers["id"].to_numpy(), None)], {})
    later = decide(*month, history=history)
    assert later.held_out == plain.held_out | set(written["id"])


def test_before_any_outcome_nothing_on_the_lists_counts_as_tried(plain: Decided) -> None:
    assert plain.results.untried is None
    assert not plain.lists["shown"].any()


def test_lists_say_whose_offer_was_tried_and_the_report_prices_these_alone() -> None:
    customers = by_risk(900, 5)
    effects = {"basket_reminder": 0.5, "letter": 0.0}
    made = decide(customers, customers[["id", "probability"]], history=mailed(customers, effects))
    apart = made.results.untried
    assert apart is not None and apart.tried_prospects is not None
    to_write = made.lists[~made.lists["control"]]
    tried = to_write[to_write["shown"]]
    assert 0 < len(tried) == len(to_write) - apart.customers
    brought = float((tried["saved"] - tried["spent"]).sum())
    assert apart.tried_prospects.gain_roubles.value == pytest.approx(brought)


def test_a_copy_of_somebody_who_is_written_to_is_marked_with_that_customer() -> None:
    lists = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "copy_group": [1, 2, 1, 1],
            "control": [False, False, True, False],
        }
    )
    assert first_of_copies(lists).fillna("").tolist() == ["", "", "", "a"]


def test_a_plan_starts_from_what_was_shown_and_drops_an_offer_that_harms() -> None:
    customers = by_risk(1800, 5)
    scored = customers, customers[["id", "probability"]]
    effects = {"basket_reminder": 0.5, "other_categories": -0.6, "letter": 0.0}
    before = decide(*scored)
    after = decide(*scored, history=mailed(customers, effects))
    made = {offer.code for offer in after.results.offers}
    assert "other_categories" in {offer.code for offer in before.results.offers} - made
    assert not after.lists["offer"].eq("other_categories").any()
    assert "basket_reminder" in made
    beliefs = {each.code: each for each in after.results.proof.beliefs}
    assert all(each.estimated and each.assumed == 0.1 for each in beliefs.values())
    assert beliefs["basket_reminder"].share > 0.2 > 0 > beliefs["other_categories"].share
    lists = after.lists
    tried, untried = (
        lists["offer"].map({code: getattr(each, name) for code, each in beliefs.items()})
        for name in ("share", "untried")
    )
    share = np.where(lists["tried"], tried, untried)
    assert lists["tried"].any() and not lists["tried"].all()
    told = after.results.untried
    to_write = lists[~lists["control"]]
    new = to_write[~to_write["tried"] | ~to_write["offer"].isin(effects)]
    assert told is not None and before.results.untried is None
    assert told.customers == len(new) > 0
    assert told.gain_roubles == pytest.approx((new["saved"] - new["spent"]).sum())
    gain = lists["exposed"] * share - lists["cost"]
    assert lists["gain"].to_numpy() == pytest.approx(gain.to_numpy())
    skipped = {each.code: each.reason for each in after.results.offers_skipped}
    assert skipped["other_categories"] == "does_not_pay"
    verdicts = {each.code: each.verdict for each in after.results.proof.offers}
    assert verdicts["basket_reminder"] == "works" and verdicts["other_categories"] == "harms"


def test_letters_that_do_harm_are_stopped() -> None:
    customers = by_risk(1800, 6)
    effects = dict.fromkeys(("basket_reminder", "other_categories", "letter"), -0.7)
    made = decide(customers, customers[["id", "probability"]], history=mailed(customers, effects))
    assert made.lists.empty and made.results.proof.hold_out is None
    assert [each.code for each in made.results.alternatives if each.recommended] == ["nothing"]
    together = made.results.proof.together
    assert together is not None and together.verdict == "harms"


def test_a_group_that_would_not_pay_is_not_drawn(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    sure = Settings(model=QUICK, money=Money(share_saved_deviation=0.01))
    made = decide(*month, sure)
    weighed = made.results.proof.hold_out
    assert weighed is not None and not weighed.pays and not weighed.drawn
    assert not made.lists["control"].any() and made.results.test_price_roubles == 0
    begun = History(
        [Mailing("2026-08", plain.lists.assign(arm="hold_out"), np.array([1]), None)], {}
    )
    later = decide(*month, sure, history=begun).results.proof.hold_out
    assert later is not None and later.running and later.drawn


def test_what_the_model_may_have_wrong_widens_what_is_said_of_money(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    chance = month[0]["probability"].to_numpy()
    came = (np.random.default_rng(1).random(len(chance)) < chance).astype(int)
    known = recalibrate(chance, came, np.arange(len(chance)))
    assert known is not None and plain.results.money is not None
    scored, drawn = mark_deciding(month[0]), Settings(model=QUICK, offers=DRAWN)
    made = [decide_month(scored, "2026-10", False, drawn, 1, LOT, known=[known]) for _ in range(2)]
    assert made[0].results == made[1].results
    money, usual = made[0].results.money, plain.results.money
    assert money is not None and money.model_error and not usual.model_error
    for told, bare in (
        (money.exposed_total, usual.exposed_total),
        (money.expected_declined, usual.expected_declined),
    ):
        assert told.value == bare.value
        assert told.high - told.low > 1.1 * (bare.high - bare.low)
    assert made[0].results.prospects != plain.results.prospects
    pd.testing.assert_frame_equal(made[0].lists, plain.lists)


def test_another_key_is_noticed(month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided) -> None:
    lists = plain.lists.assign(arm=np.where(plain.lists["control"], "hold_out", "contact"))
    for listed, noticed in ((lists, False), (lists.assign(arm=lists["arm"][::-1].array), True)):
        before = History([Mailing("2026-05", listed, np.array([1]), None)], {})
        assert (decide(*month, history=before).results.proof.redrawn > 0) == noticed


def test_the_price_of_the_group_is_the_same_wherever_it_is_printed(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    made = decide(*month, ALL_TOLD).results
    weighed = made.proof.hold_out
    assert weighed is not None and weighed.months == 3
    assert weighed.price_roubles == pytest.approx(made.test_price_roubles)


def test_beside_few_who_are_held_out_no_plan_tells_what_they_forgo(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    few = int(plain.lists["control"].sum())
    assert 0 < few < 5 and plain.results.written is not None
    (plan,) = plain.results.alternatives
    assert plan.customers == plain.results.written.customers
    assert plan.gain_roubles == plain.results.written.gain_roubles
    assert (plain.results.test_price_roubles, plain.results.letter_totals) == (0.0, None)
    whole = decide(*month, ALL_TOLD).results
    assert whole.letter_totals is not None and whole.written is not None
    plans = {each.code: each.customers for each in whole.alternatives}
    assert plans["letters"] == whole.written.customers + few


@pytest.mark.parametrize(
    "offers",
    [
        {"most_contacts": 40},
        {"budget_roubles": 600.0},
        {"budget_roubles": 450.0, "hold_out": 0.4},
    ],
)
@pytest.mark.parametrize("required", [0.0, 0.5])
def test_within_limits_the_group_costs_what_others_in_its_place_do_not_bring(
    month: tuple[pd.DataFrame, pd.DataFrame], offers: dict[str, Any], required: float
) -> None:
    asked = Offers(
        rest_months=1,
        longest_test_months=3,
        hold_out_if_it_pays=False,
        **{"hold_out": 0.2} | offers,
    )
    chosen = Settings(model=QUICK, money=Money(required_return=required), offers=asked)
    made = decide(*month, chosen).results
    (plan,) = (each for each in made.alternatives if each.recommended)
    weighed = made.proof.hold_out
    assert weighed is not None and made.written is not None and made.left_out is not None
    letters = offers.get("most_contacts") or offers["budget_roubles"] // 15
    assert (
        plan.customers == made.written.customers == letters and weighed.held == made.written.control
    )
    assert 0 < weighed.price_roubles == pytest.approx(made.test_price_roubles)
    three = decide(
        *month, chosen.model_copy(update={"offers": asked.model_copy(update={"rest_months": 3})})
    ).results.proof.hold_out
    assert three is not None and three.customers - three.customers_held == 3 * letters


def test_what_lists_may_bring_holds_all_that_is_unsure(
    month: tuple[pd.DataFrame, pd.DataFrame], plain: Decided
) -> None:
    ahead, written = plain.results.prospects, plain.results.written
    assert ahead is not None and written is not None
    assert ahead.gain_roubles.value == pytest.approx(written.gain_roubles)
    assert ahead.gain_roubles.low < 0 < written.gain_roubles < ahead.gain_roubles.high
    no_help = norm.cdf((written.break_even - 0.1) / 0.15)
    assert ahead.loss == pytest.approx(no_help, abs=0.12)
    sure = decide(*month, Settings(model=QUICK, money=Money(share_saved_deviation=0.0)))
    certain = sure.results.prospects
    assert certain is not None and certain.loss == 0
    assert certain.gain_roubles.low > 0


def test_renumbering_and_shuffling_change_nothing_where_nobody_is_held_out(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    customers, probabilities = month
    everyone = Settings(model=QUICK, offers=Offers(hold_out=0))
    plain = decide(*month, everyone)
    order = np.random.default_rng(5).permutation(len(customers))
    number = pd.Series(order + 10_000, index=customers["id"])
    renumbered = customers.assign(id=customers["id"].map(number)).iloc[order]
    new_scores = probabilities.assign(id=probabilities["id"].map(number))
    second = decide(renumbered, new_scores, everyone)
    assert plain.results == second.results
    assert plain.lists["id"].map(number).tolist() == second.lists["id"].tolist()


@pytest.mark.parametrize(("size", "probability"), [(50, 0.3), (400, 0.08)])
def test_the_bounds_of_expected_declines_are_those_of_a_binomial_where_all_are_alike(
    size: int, probability: float
) -> None:
    expected = expected_count(pd.Series([probability] * size))
    assert expected.value == pytest.approx(size * probability)
    exact = binom.ppf([0.025, 0.975], size, probability)
    assert [expected.low, expected.high] == pytest.approx(exact.tolist(), abs=1.5)


def test_the_bounds_of_expected_declines_hold_unequal_probabilities_too() -> None:
    """Against the exact distribution, by convolution of the single events."""
    probabilities = np.random.default_rng(3).uniform(0.02, 0.98, 80)
    exact = np.array([1.0])
    for probability in probabilities:
        exact = np.convolve(exact, [1 - probability, probability])
    low, high = np.searchsorted(np.cumsum(exact), [0.025, 0.975])
    expected = expected_count(pd.Series(probabilities))
    assert [expected.low, expected.high] == pytest.approx([low, high], abs=1.0)


def test_certain_outcomes_leave_no_doubt_about_their_number() -> None:
    sure = expected_count(pd.Series([1.0, 0.0, 1.0]))
    assert (sure.low, sure.value, sure.high) == (2, 2, 2)


def test_without_probabilities_there_are_no_segments_and_no_lists() -> None:
    customers = made_up(1)
    nothing = scores(customers, 1).head(0)
    made = decide(customers, nothing)
    assert made.results.money is None and made.results.chosen is None
    assert made.lists.empty and made.segments.empty


def test_the_probability_decides_the_risk_and_profit_the_group() -> None:
    customers = made_up(2, 90).assign(profit=np.arange(90.0))
    customers["probability"] = [0.1, 0.3, 0.5] * 30
    assigned = assign(customers, Segments())
    assert assigned["risk"].tolist() == ["low", "medium", "high"] * 30
    assert assigned["profit_group"].value_counts().tolist() == [30, 30, 30]
    assert in_chosen(assigned, Segments()).sum() == 10


def test_the_set_aside_are_listed_with_state_and_reason(
    tmp_path: Path, sample_customers: pd.DataFrame
) -> None:
    path = write_set_aside(tmp_path, sample_customers, Words.load(RUSSIAN))
    table = pd.read_csv(path, sep=";", encoding="utf-8-sig")
    assert len(table) == (sample_customers["reason"] != "").sum()
    assert table["Причина"].notna().all() and table["Состояние"].notna().all()
    assert table["Повторяет_id"].notna().sum() == 11


def test_customers_are_kept_with_probability_segment_and_state(
    tmp_path: Path, sample_customers: pd.DataFrame, sample_model: Modelled, decided: Decided
) -> None:
    forecast = sample_model.probabilities[["id"]].assign(forecast=0.25)
    scored = with_probabilities(sample_customers, sample_model.probabilities, forecast)
    path = write_customers(tmp_path, scored, decided.segments, decided.lists)
    table = pd.read_parquet(path)
    assert table["id"].is_monotonic_increasing and len(table) == len(sample_customers)
    scored = table[table["state"] != "not_scored"]
    assert scored[["probability", "segment"]].notna().all().all()
    assert (scored["forecast"] == 0.25).all()
    assert (scored["deciding_probability"] == 0.25).all()
    assert (scored["decided_by"] == "forecast").all()
    unscored = table[table["state"] == "not_scored"]
    assert unscored[["deciding_probability", "decided_by"]].isna().all().all()
    listed = table[table["arm"].notna()]
    assert listed["consent"].all() and set(listed["arm"]) == {"contact", "hold_out"}
    assert listed["offer"].notna().all() and table["offer"].notna().sum() == len(listed)
    held = decided.lists.loc[decided.lists["control"], "id"]
    assert set(listed.loc[listed["arm"] == "hold_out", "id"]) == set(held)


def test_no_two_plans_that_are_told_differ_by_so_few_that_persons_could_be_told() -> None:
    def plan(code: str, customers: int, discounts: int, *, best: bool = False) -> Alternative:
        gain = 900.0 + discounts
        return Alternative(
            code=code,
            customers=customers,
            discounts=discounts,
            cost_roubles=15.0 * customers,
            gain_roubles=gain,
            recommended=best,
        )

    def told(*plans: Alternative) -> list[str]:
        return [each.code for each in told_plans(plans, 5)]

    nothing, letters = plan("nothing", 0, 0), plan("letters", 100, 0, best=True)
    some, first = plan("letters_and_discounts", 100, 3), plan("discounts_first", 100, 40)
    assert told(nothing, letters, some, first) == ["nothing", "letters", "discounts_first"]
    assert told(nothing, letters, plan("letters_and_discounts", 97, 20), first) == [
        "nothing",
        "letters",
        "discounts_first",
    ]
    assert told(nothing, letters, plan("letters_and_discounts", 100, 36), first) == [
        "nothing",
        "letters",
        "letters_and_discounts",
    ], "the two with discounts differ by four"


def test_had_untold_lists_not_gone_out_nobody_would_rest_and_assumptions_alone_decide() -> None:
    customers = by_risk(900, 5)
    before = mailed(customers, {"basket_reminder": 0.5, "letter": 0.4})
    given = (customers, customers[["id", "probability"]])
    made, plain = decide(*given, history=before), decide(*given)
    otherwise = made.results.if_unsent
    assert otherwise is not None and plain.results.money is not None
    assert otherwise.written == plain.results.written != made.results.written
    assert otherwise.prospects == plain.results.prospects
    assert otherwise.eligible == plain.results.money.eligible
    assert plain.results.if_unsent is None
    (mailing,) = before.mailings
    told = mailing.listed[mailing.listed["arm"] == "contact"]
    sent = pd.DataFrame({"id": told["id"], "offer": told["offer"], "date": pd.Timestamp.min})
    known = History([replace(mailing, sent=sent)], before.came)
    assert decide(*given, history=known).results.if_unsent is None
