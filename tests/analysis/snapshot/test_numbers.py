"""Numbers as exports write them."""

import pandas as pd
import pytest

from analysis.snapshot.numbers import read_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12.0),
        ("-0,5", -0.5),
        ("\u22121.25", -1.25),
        ("1 234,5", 1234.5),
        ("12\u00a0345\u00a0678", 12345678.0),
        ("1.5e-05", 1.5e-05),
    ],
)
def test_numbers_are_read_as_people_and_programs_write_them(text: str, number: float) -> None:
    assert read_numbers(pd.Series([text], dtype="str")).values.tolist() == [number]


@pytest.mark.parametrize(
    "text",
    ["inf", "-Infinity", "1e999", "1,23.5", "12 34", "5 ₽", "5 %", "0x1F", "1_0", ".", "-"],
)
def test_other_text_is_no_number(text: str) -> None:
    numbers = read_numbers(pd.Series([text], dtype="str"))
    assert numbers.wrong.tolist() == [True]
    assert numbers.values.isna().all()
