"""The shop's file of offers: what it may say, and how each mistake in it is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.segments.offer_book import (
    DEFAULT_FILE,
    TRIGGER_FEATURES,
    OfferBook,
    OfferBookError,
    OfferKind,
    Trigger,
    default_book,
    read_book,
)
from analysis.segments.plain_rules import RULES
from analysis.segments.terms import describe_book, terms_in_common
from analysis.settings import Money
from report.cli.console import say_mistake
from report.messages import LANGUAGES, Messages
from tests.analysis.made_up import offer_kind

LETTER = """
[[offers]]
code = "letter"
trigger = { everyone = true }
names = { ru = "Письмо", en = "Letter" }
says = { ru = "Всем.", en = "For all." }
"""
OFFER = """
[[offers]]
code = "back"
trigger = { feature = "revenue_trend", side = "below", threshold = -0.2 }
discount = 0.07
names = { ru = "Назад", en = "Back" }
says = { ru = "{threshold}: {discount}.", en = "{threshold}: {discount}." }
"""


def read(text: str, folder: Path) -> OfferBook:
    file = folder / "offers.toml"
    file.write_text(text, encoding="utf-8-sig")  # as an editor on Windows may write it
    return read_book(file)


def changed(old: str, new: str) -> str:
    assert old in OFFER
    return OFFER.replace(old, new) + LETTER


FEATURE = 'feature = "revenue_trend", side = "below", threshold = -0.2'
MISTAKES = {
    "another table": ("[more]\na = 1\n" + LETTER, "offers_key_unknown", "—", "more"),
    "nothing": ("", "no_offers", "—", ""),
    "no plain letter": (OFFER, "no_plain_offer", "—", ""),
    "a key with a slip": (
        changed("discount =", "priorty = 1\ndiscount ="),
        "offer_key_unknown",
        "back",
        "priorty",
    ),
    "a slip in the trigger": (
        changed("side", "sied"),
        "offer_key_unknown",
        "back",
        "trigger.sied",
    ),
    "no code": (changed('code = "back"\n', ""), "offer_key_missing", "#1", "code"),
    "no sentence": (
        LETTER.replace('says = { ru = "Всем.", en = "For all." }\n', ""),
        "offer_key_missing",
        "letter",
        "says",
    ),
    "a trigger that is no table": (
        LETTER.replace("{ everyone = true }", "5"),
        "offer_wants_trigger",
        "letter",
        "trigger",
    ),
    "a discount in per cent": (
        changed("discount = 0.07", "discount = 7"),
        "offer_wants_discount",
        "back",
        "discount",
    ),
    "a share above one": (
        changed("discount = 0.07", "discount = 0.07\nshare_saved = 20"),
        "offer_wants_share",
        "back",
        "share_saved",
    ),
    "a cost in quotation marks": (
        changed("discount = 0.07", 'discount = 0.07\ncontact_cost = "15"'),
        "offer_wants_roubles",
        "back",
        "contact_cost",
    ),
    "a priority in words": (
        changed("discount = 0.07", 'discount = 0.07\npriority = "first"'),
        "offer_wants_whole",
        "back",
        "priority",
    ),
    "a threshold in words": (
        changed("-0.2", '"low"'),
        "offer_wants_threshold",
        "back",
        "trigger.threshold",
    ),
    "a category without a list": (
        changed(FEATURE, 'category = "Чай"').replace("{threshold}: ", ""),
        "offer_wants_category",
        "back",
        "trigger.category",
    ),
    "everyone but nobody": (
        LETTER.replace("true", "false"),
        "offer_wants_true",
        "letter",
        "trigger.everyone",
    ),
    "a feature that nobody exports": (
        changed("revenue_trend", "mood"),
        "offer_wants_one_of",
        "back",
        "trigger.feature",
    ),
    "an unknown side": (
        changed('"below"', '"under"'),
        "offer_wants_one_of",
        "back",
        "trigger.side",
    ),
    "an unknown level": (
        changed(FEATURE, 'level = "sleeping"').replace("{threshold}: ", ""),
        "offer_wants_one_of",
        "back",
        "trigger.level",
    ),
    "an unknown base": (
        changed("discount = 0.07", 'discount = 0.07\ndiscount_of = "profit"'),
        "offer_wants_one_of",
        "back",
        "discount_of",
    ),
    "one name for all languages": (
        changed('{ ru = "Назад", en = "Back" }', '"Back"'),
        "offer_wants_texts",
        "back",
        "names",
    ),
    "an empty name": (changed('en = "Back"', 'en = " "'), "offer_wants_text", "back", "names"),
    "a name in one language": (
        changed(', en = "Back"', ""),
        "offer_lacks_language",
        "back",
        "names",
    ),
    "a code that is no file name": (
        changed('"back"', '"Come back/now"'),
        "offer_code_malformed",
        "Come back/now",
        "code",
    ),
    "a code of the program": (changed('"back"', '"all"'), "offer_code_reserved", "all", "code"),
    "a code like that of a letter": (
        changed('"back"', '"back_letter"'),
        "offer_code_reserved",
        "back_letter",
        "code",
    ),
    "a code twice": (
        OFFER + LETTER.replace('"letter"', '"back"'),
        "offer_code_twice",
        "back",
        "code",
    ),
    "a name twice": (
        OFFER.replace('"Back"', '"Letter"') + LETTER,
        "offer_name_twice",
        "back",
        "names.en",
    ),
    "a strange placeholder": (
        changed('en = "{threshold}: ', 'en = "{treshold}: '),
        "offer_placeholder",
        "back",
        "says",
    ),
    "a placeholder with a format": (
        changed('en = "{threshold}: ', 'en = "{threshold:.2f}: '),
        "offer_placeholder",
        "back",
        "says",
    ),
    "a brace that is not closed": (
        changed('en = "{threshold}: ', 'en = "{threshold: '),
        "offer_placeholder",
        "back",
        "says",
    ),
    "a discount that is not there": (
        LETTER.replace("For all.", "{discount} for all."),
        "offer_placeholder_of_none",
        "letter",
        "says",
    ),
    "two triggers": (
        LETTER.replace("true", 'true, level = "steady"'),
        "offer_trigger_kinds",
        "letter",
        "trigger",
    ),
    "no trigger": (
        LETTER.replace("{ everyone = true }", "{}"),
        "offer_trigger_kinds",
        "letter",
        "trigger",
    ),
    "a threshold for everyone": (
        LETTER.replace("true", "true, threshold = 5"),
        "offer_trigger_beside",
        "letter",
        "trigger",
    ),
    "a feature without a threshold": (
        changed(", threshold = -0.2", ""),
        "offer_trigger_feature",
        "back",
        "trigger",
    ),
    "a threshold and a quantile": (
        changed("-0.2", "-0.2, quantile = 0.1"),
        "offer_trigger_feature",
        "back",
        "trigger",
    ),
    "the base of no discount": (
        changed("discount = 0.07", 'discount_of = "revenue_total"').replace("{discount}", ""),
        "offer_needs_discount",
        "back",
        "",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_told_with_its_offer_its_key_and_a_way_out(
    name: str, tmp_path: Path
) -> None:
    text, code, offer, key = MISTAKES[name]
    with pytest.raises(OfferBookError) as refused:
        read(text, tmp_path)
    [mistake] = refused.value.mistakes
    assert (mistake.code, mistake.offer, mistake.key) == (code, offer, key)
    for language in LANGUAGES:
        said = say_mistake(mistake, refused.value.file, Messages(language))
        assert "offers.toml" in said.what and said.remedy
        assert offer == "—" or (offer in said.what and key in said.what)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = changed("discount = 0.07", "discount = 7\ncontact_cost = -1").replace("true", "false")
    with pytest.raises(OfferBookError) as refused:
        read(text, tmp_path)
    told = [(each.offer, each.key, each.seen) for each in refused.value.mistakes]
    assert told == [
        ("back", "discount", "7"),
        ("back", "contact_cost", "-1"),
        ("letter", "trigger.everyone", "False"),
    ]


def test_what_the_book_lacks_as_a_whole_is_told_with_the_mistakes_of_its_offers(
    tmp_path: Path,
) -> None:
    with pytest.raises(OfferBookError) as refused:
        read(OFFER + OFFER.replace('"back"', '"again"').replace("0.07", "7"), tmp_path)
    told = [each.code for each in refused.value.mistakes]
    assert told == ["offer_wants_discount", "no_plain_offer"]


def test_an_offer_with_a_number_comes_before_those_without(tmp_path: Path) -> None:
    second = OFFER.replace('"back"', '"again"').replace("Назад", "Снова").replace("Back", "Again")
    book = read(LETTER + second + OFFER.replace("discount =", "priority = 1\ndiscount ="), tmp_path)
    assert [kind.code for kind in book.offers] == ["back", "letter", "again"]
    assert OfferBook.model_validate(book.model_dump()) == book
    assert book.plain.code == "letter" and book.discounts == ("back", "again")


def test_a_price_is_that_of_the_offer_or_of_the_settings() -> None:
    money = Money(contact_cost=20, discount=0.1, share_saved=0.2, discount_share_saved=0.3)
    own = offer_kind("own", discount=0.07, contact_cost=4.0, share_saved=0.5)
    usual = offer_kind("usual", discount="usual")
    assert (own.contact(money), own.rate(money), own.saves(money)) == (4, 0.07, 0.5)
    assert (usual.contact(money), usual.rate(money), usual.saves(money)) == (20, 0.1, 0.3)
    plain = offer_kind("plain")
    assert (plain.contact(money), plain.rate(money), plain.saves(money)) == (20, 0, 0.2)
    alike = terms_in_common(OfferBook(offers=(usual, plain)), money)
    assert (alike.contact_cost, alike.discount, alike.discount_share_saved) == (20, 0.1, 0.3)
    differing = terms_in_common(OfferBook(offers=(own, usual, plain)), money)
    assert (differing.contact_cost, differing.discount, differing.share_saved) == (None, None, 0.2)


def test_a_moved_setting_moves_prices_of_offers_and_a_share_stays_one() -> None:
    own = offer_kind("own", discount=0.7, contact_cost=4.0)
    book = OfferBook(offers=(own, offer_kind("usual", discount="usual"), offer_kind("plain")))
    assert [kind.discount for kind in book.moved("discount", 2).offers] == [1.0, "usual", 0.0]
    assert [kind.contact_cost for kind in book.moved("contact_cost", 2).offers] == [8, None, None]
    assert book.moved("loss_share", 2) == book


def test_the_offers_that_come_with_the_program_explain_every_key() -> None:
    comments = "\n".join(re.findall(r"^#(.*)$", DEFAULT_FILE.read_text("utf-8"), re.MULTILINE))
    keys = (*OfferKind.model_fields, *Trigger.model_fields, *TRIGGER_FEATURES)
    assert [name for name in keys if name not in comments] == []
    assert [rule.code for rule in RULES if rule.code not in comments] == []
    book = default_book()
    assert book.plain.code == "letter" and book.offers[-1] == book.plain
    assert [(kind.code, kind.trigger.looks_at, kind.discounted) for kind in book.offers] == [
        ("basket", "unpaid_items", True),
        ("promotions", "promo_share", True),
        ("loyalty", "revenue_total", True),
        ("favourite_discount", "category", True),
        ("basket_reminder", "unpaid_items", False),
        ("other_categories", "categories_per_visit", False),
        ("favourite_category", "category", False),
        ("letter", "", False),
    ]
    assert {each.discount for each in describe_book(book, Money())} == {0.05, None}
