"""Text from data prints as itself, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.escaping import escape, one_line, quote_attribute
from tests.report.words_folder import flat, pandoc_tree, plain_texts

HOSTILE = [
    "<script>alert(1)</script>",
    "{{< include secret.qmd >}}",
    '#import "x"',
    "# Заголовок",
    "$x^2$ и \\(y\\)",
    "1. список",
    "1) список",
    "(@) пример",
    "- пункт",
    "+ пункт",
    "* пункт",
    "a | b",
    "| строка",
    ": определение",
    "> цитата",
    "~~~",
    "```{=html}",
    "---",
    "::: {.callout-note}",
    "[ссылка](javascript:alert(1))",
    "![картинка](x.png)",
    "@fig-x и [-@tbl-x]",
    "сноска^[текст] [^1]",
    "x^2^ и H~2~O",
    "&amp; &#123; &copy;",
    "\\newpage \\ \\\\",
    "*жирно* **жирно** _так_ `код`",
    "https://example.com <a@b.example>",
    "конец строки\\\nначало",
    "Прибыль 1\u00a0300 ₽",
    "%d %(x)s {0} {{ x }} {% if %}",
    "кавычки \"'«»„“",
]
any_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_prints_as_itself(text: str) -> None:
    assert plain_texts(escape(text)) == [" ".join(text.split("\n"))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_text.filter(one_line), min_size=1, max_size=20))
def test_any_text_prints_as_itself_on_one_line(texts: list[str]) -> None:
    assert plain_texts("\n\n".join(map(escape, texts))) == [one_line(text) for text in texts]


@settings(max_examples=15, deadline=None)
@given(st.lists(any_text.filter(one_line), min_size=1, max_size=20))
def test_any_text_stays_in_its_heading_and_attribute(texts: list[str]) -> None:
    markdown = "\n\n".join(
        f'## {escape(text)} {{#sec-{number} alt="{quote_attribute(escape(text))}"}}'
        for number, text in enumerate(texts)
    )
    headings = pandoc_tree(markdown)["blocks"]
    assert [flat(heading) for heading in headings] == [one_line(text) for text in texts]
    assert [dict(heading["c"][1][2])["alt"] for heading in headings] == list(map(one_line, texts))


def test_a_quote_after_a_backslash_from_data_does_not_end_its_attribute() -> None:
    attribute = quote_attribute(escape("C:\\") + '" onload="x')
    (heading,) = pandoc_tree(f'# x {{alt="{attribute}"}}')["blocks"]
    assert heading["c"][1][2] == [["alt", 'C:\\" onload="x']]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  два\t\n слова ", "два слова"),
        ("раз\u2028два\u0085три", "раз два три"),
        ("a\x00b\x07c", "abc"),
        ("цена\u00a0₽", "цена\u00a0₽"),
        ("вперёд\u202eдаз\u202c", "вперёддаз"),
        ("x\ud800y", "x\ufffdy"),
        ("x\uffffy", "x\ufffdy"),
    ],
)
def test_a_text_from_data_is_brought_onto_one_clean_line(text: str, line: str) -> None:
    assert one_line(text) == line
