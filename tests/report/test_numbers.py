"""Numbers, amounts, intervals and dates stand as Russians write them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.errors import DocumentError
from report.numbers import Numerals, ends
from report.words import Words
from tests.report.words_folder import TEMPLATES

BUYERS = "покупатель|покупателя|покупателей"
NB = "\u00a0"
MINUS = "\u2212"


@pytest.fixture(scope="module")
def numerals() -> Numerals:
    return Words.load(TEMPLATES / "words" / "ru").numerals


@pytest.mark.parametrize(
    ("kind", "value", "digits", "text"),
    [
        ("number", 1234.5, 1, f"1{NB}234,5"),
        ("number", 0.05, 1, "0,1"),
        ("number", 2.5, 0, "3"),
        ("number", -3, 0, f"{MINUS}3"),
        ("number", -0.04, 1, "0,0"),
        ("number", np.float64(0.9114), 3, "0,911"),
        ("number", Decimal("1.005"), 2, "1,01"),
        ("count", 1300, None, f"1{NB}300"),
        ("count", np.int64(1000000), None, f"1{NB}000{NB}000"),
        ("count", 12.0, None, "12"),
        ("percent", 0.383, None, f"38,3{NB}%"),
        ("percent", 0.285, 0, f"29{NB}%"),
        ("points", -0.047, None, f"{MINUS}4,7{NB}п.{NB}п."),
        ("money", 1234567.4, None, f"1{NB}234{NB}567{NB}₽"),
        ("money_short", 930, None, f"930{NB}₽"),
        ("money_short", 845000, None, f"845{NB}тыс.{NB}₽"),
        ("money_short", 8450, None, f"8,5{NB}тыс.{NB}₽"),
        ("money_short", 1234567, None, f"1,2{NB}млн{NB}₽"),
        ("money_short", 999960, None, f"1{NB}млн{NB}₽"),
        ("money_short", 999.6, None, f"1{NB}тыс.{NB}₽"),
        ("money_short", -2.5e9, None, f"{MINUS}2,5{NB}млрд{NB}₽"),
        ("money_short", 0, None, f"0{NB}₽"),
    ],
)
def test_a_number_is_written_in_the_russian_way(
    numerals: Numerals, kind: str, value: object, digits: int | None, text: str
) -> None:
    assert numerals.quantity(kind, value, digits).text == text


@pytest.mark.parametrize(("value", "text"), [(3, "+3"), (-3, f"{MINUS}3"), (0, "0"), (0.4, "0")])
def test_a_change_shows_its_sign_and_zero_has_none(
    numerals: Numerals, value: float, text: str
) -> None:
    assert numerals.quantity("number", value, 0, sign=True).text == text


@pytest.mark.parametrize("value", [None, True, "12", float("nan"), float("inf"), [1]])
def test_what_is_no_finite_number_is_refused(numerals: Numerals, value: object) -> None:
    with pytest.raises(DocumentError, match="not-a-number"):
        numerals.quantity("number", value, 1)


def test_a_count_with_a_fraction_is_refused(numerals: Numerals) -> None:
    with pytest.raises(DocumentError, match="not-a-whole-number"):
        numerals.quantity("count", 12.5)


def test_a_plain_number_must_say_how_many_digits(numerals: Numerals) -> None:
    with pytest.raises(DocumentError, match="digits-missing"):
        numerals.quantity("number", 12.5)


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_whole_number_reads_back(value: int) -> None:
    numerals = Words.load(TEMPLATES / "words" / "ru").numerals
    text = numerals.quantity("count", value).text
    assert int(text.replace(NB, "").replace(MINUS, "-")) == value


@pytest.mark.parametrize(
    ("pair", "kind", "digits", "text"),
    [
        ((0.36, 0.41), "percent", 0, f"от{NB}36 до{NB}41{NB}%"),
        ({"low": 0.36, "high": 0.41}, "percent", 0, f"от{NB}36 до{NB}41{NB}%"),
        (SimpleNamespace(low=0.36, high=0.41), "percent", 0, f"от{NB}36 до{NB}41{NB}%"),
        ((0.381, 0.383), "percent", 0, f"38{NB}%"),
        ((-0.003, 0.019), "number", 3, f"от{NB}{MINUS}0,003 до{NB}0,019"),
        ((1_210_000, 1_440_000), "money_short", None, f"от{NB}1,2 до{NB}1,4{NB}млн{NB}₽"),
        (
            (845_000, 1_200_000),
            "money_short",
            None,
            f"от{NB}845{NB}тыс.{NB}₽ до{NB}1,2{NB}млн{NB}₽",
        ),
        ((0, 1_200_000), "money_short", None, f"от{NB}0 до{NB}1,2{NB}млн{NB}₽"),
    ],
)
def test_an_interval_names_a_shared_unit_once(
    numerals: Numerals, pair: object, kind: str, digits: int | None, text: str
) -> None:
    assert numerals.interval(pair, kind, digits)[0] == text


def test_a_range_in_a_table_keeps_a_dash_away_from_a_minus(numerals: Numerals) -> None:
    assert numerals.interval((0.887, 0.937), "number", 3, compact=True)[0] == "0,887–0,937"
    signed = numerals.interval((-0.003, 0.019), "number", 3, compact=True)[0]
    assert signed == f"{MINUS}0,003{NB}…{NB}0,019"


@pytest.mark.parametrize("pair", [3, "12", (1, 2, 3), {"low": 1}, None])
def test_what_has_no_two_ends_is_no_interval(pair: object) -> None:
    with pytest.raises(DocumentError, match="not-an-interval"):
        ends(pair)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ((0.78, 0.86), f"8–9 из{NB}10"),
        ((0.86, 0.91), f"9 из{NB}10"),
        (0.5, f"5 из{NB}10"),
        ((-0.1, 1.2), f"0–10 из{NB}10"),
    ],
)
def test_a_share_reads_as_so_many_out_of_ten(numerals: Numerals, share: object, text: str) -> None:
    assert numerals.out_of_ten(share)[0] == text


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0, "покупателей"),
        (1, "покупатель"),
        (2, "покупателя"),
        (5, "покупателей"),
        (11, "покупателей"),
        (12, "покупателей"),
        (21, "покупатель"),
        (112, "покупателей"),
        (1001, "покупатель"),
        (1.5, "покупателя"),
        (-1, "покупатель"),
    ],
)
def test_a_noun_agrees_with_its_number(numerals: Numerals, value: float, form: str) -> None:
    assert numerals.form(value, BUYERS) == form


def test_a_noun_without_all_its_forms_is_refused(numerals: Numerals) -> None:
    with pytest.raises(DocumentError, match="plural-forms"):
        numerals.form(1, "покупатель|покупатели")


@pytest.mark.parametrize(
    "day", [datetime.date(2026, 10, 31), datetime.datetime(2026, 10, 31, 9, 0), "2026-10-31"]
)
def test_a_day_is_written_with_its_year(numerals: Numerals, day: object) -> None:
    assert numerals.date(day) == f"31{NB}октября 2026{NB}г."


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda n: n.month("2026-10"), f"октябрь 2026{NB}г."),
        (lambda n: n.month_case("2026-10", "of"), "октября"),
        (lambda n: n.month_case("2026-02", "in_"), f"в{NB}феврале"),
        (lambda n: n.month_case("2026-10", "in_", year=True), f"в{NB}октябре 2026{NB}г."),
        (lambda n: n.month_case("2026-05", "to"), f"к{NB}маю"),
    ],
)
def test_a_month_stands_in_the_case_of_its_sentence(
    numerals: Numerals, write: Callable[[Numerals], str], text: str
) -> None:
    assert write(numerals) == text


@pytest.mark.parametrize("value", ["2026-13", "октябрь", 2026, None])
def test_what_is_no_date_is_refused(numerals: Numerals, value: object) -> None:
    with pytest.raises(DocumentError, match="not-a-date"):
        numerals.date(value)


def test_charts_use_the_same_marks_as_the_prose(numerals: Numerals) -> None:
    assert numerals.separators == f",{NB}"


def test_charts_name_months_and_days_in_russian(numerals: Numerals) -> None:
    locale = numerals.chart_locale({"Zoom": "Увеличить"})
    assert locale["name"] == "ru"
    assert locale["format"]["months"][9] == "октябрь"
    assert locale["format"]["days"][0] == "воскресенье"
    assert locale["dictionary"] == {"Zoom": "Увеличить"}
