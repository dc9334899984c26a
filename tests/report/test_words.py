"""Prose templates: every figure goes through a filter, every text from data is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from report.errors import DocumentError
from report.words import Words
from tests.report.words_folder import TEMPLATES, said, words_with

NB = "\u00a0"
RESULTS: dict[str, Any] = {
    "data": {"rows": 1300, "items": 3, "declined": {"share": 0.3831, "low": 0.357, "high": 0.41}},
    "top": ["Косметика", "Домашний *текстиль*", "<b>"],
}


@pytest.fixture
def words(tmp_path: Path) -> Words:
    return words_with(
        tmp_path / "ru",
        figures__toml='[axis]\nrevenue = "Выручка, ₽"\n[figures.fig-a]\ncaption = "К"\nalt = "О"\n',
        labels__toml='[models]\nknn = "ближайшие соседи"\nsvc = "опорные *векторы*"\n',
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ results.data.rows | count }}", f"1{NB}300"),
        ("{{ 1234.5 | number(1) }}", f"1{NB}234,5"),
        ("{{ results.data.declined.share | percent }}", f"38,3{NB}%"),
        ("{{ 0.047 | points(sign=true) }}", f"+4,7{NB}п.{NB}п."),
        ("{{ -3 | signed }}", "−3"),
        ("{{ 930 | money }}", f"930{NB}₽"),
        ("{{ 845000 | money_short }}", f"845{NB}тыс.{NB}₽"),
        ("{{ results.data.declined | interval(digits=0) }}", f"от{NB}36 до{NB}41{NB}%"),
        ('{{ [0.887, 0.937] | range("number", 3) }}', "0,887–0,937"),
        ("{{ [0.78, 0.86] | out_of_ten }}", f"8–9 из{NB}10"),
        ('{{ 21 | plural("покупатель|покупателя|покупателей") }}', f"21{NB}покупатель"),
        ('{{ 5 | form("согласен|согласны|согласны") }}', "согласны"),
        ('{{ "2026-10-31" | date }}', f"31{NB}октября 2026{NB}г."),
        ('{{ "2026-10" | month }}', f"октябрь 2026{NB}г."),
        ('{{ "2026-10" | month_in }}', f"в{NB}октябре"),
        ('{{ "2026-12" | months_later | month_to(true) }}', f"к{NB}январю 2027{NB}г."),
        ('{{ "2026-01" | months_later(-1) | month_of }}', "декабря"),
        ("{{ results.top[0] | quoted }}", "«Косметика»"),
        ('{{ results.top | map("quoted") | listing }}', None),
        ("{{ results.top | listing }}", "Косметика, Домашний *текстиль* и <b>"),
        ('{{ label("models", "svc") }}', "опорные *векторы*"),
    ],
)
def test_a_filter_says_it_in_russian(words: Words, template: str, text: str | None) -> None:
    expected = text or "«Косметика», «Домашний *текстиль*» и «<b>»"
    assert said(words, template, results=RESULTS) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('Магазин "Ромашка"', "«Магазин „Ромашка“»"),
        ("Отдел «Подарки»", "«Отдел „Подарки“»"),
        ('19" монитор', '«19" монитор»'),
    ],
)
def test_quotes_inside_quotes_become_inner_ones(words: Words, value: str, text: str) -> None:
    assert said(words, "{{ value | quoted }}", value=value) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ value }}",
        "{{ value ~ '' }}",
        "{{ '' + value }}",
        "{{ value if value else 1 }}",
        "{% set kept %}{{ value }}{% endset %}{{ kept }}",
        "{% macro card(it) %}{{ it }}{% endmacro %}{{ card(value) }}",
        "{{ [value] | listing }}",
        "{{ {'a': value}.a }}",
        "{% for each in [value] %}{{ each }}{% endfor %}",
    ],
)
def test_a_text_from_data_is_escaped_whatever_the_template_does(
    words: Words, template: str
) -> None:
    hostile = "<b>*a* | {{< x >}} $y$ #z & @fig-a"
    assert said(words, template, value=hostile) == hostile


@pytest.mark.parametrize("template", ["{{ '*' ~ x }}", "{{ x ~ '*' }}", "{{ (2 | count) + '*' }}"])
def test_what_is_joined_is_escaped_once(words: Words, template: str) -> None:
    assert "\\" not in said(words, template, x=words.phrase("{{ 2|count }}", {}, place="x"))


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{{ results.data.rows }}", "raw-number"),
        ("{{ 5 }}", "raw-number"),
        ("{{ 5 ~ ' строк' }}", "raw-number"),
        ("{{ results.data.declined.share }}", "raw-number"),
        ("{{ true }}", "raw-number"),
        ("{{ none }}", "empty-value"),
        ("{{ results.top }}", "raw-value"),
        ("{{ results.data.absent }}", "missing-value"),
        ("{{ results.data.absent.deeper | count }}", "missing-value"),
        ("{% if absent %}{% endif %}", "missing-value"),
        ("{{ results.top[0] | count }}", "not-a-number"),
        ("{{ results.data.rows | quoted }}", "not-a-text"),
        ("{{ [] | listing }}", "empty-listing"),
        ("{{ 'от {limit}' | filled }}", "unknown-placeholder"),
        ("{{ results.top | listing", "template-syntax"),
        ("{{ results.top[0] | safe }}", "template-syntax"),
        ("{{ results.top[0] | replace('К', '<') }}", "template-syntax"),
        ("{{ 1 / 0 }}", "template-failed"),
        ("{{ label('models', 'tree') }}", "unknown-label"),
    ],
)
def test_a_mistake_in_a_template_is_refused(words: Words, template: str, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        words.phrase(template, {"results": RESULTS}, place="test")
    assert caught.value.code == code
    assert caught.value.fields["template"] == "test"


def test_a_syntax_mistake_is_reported_with_its_template_and_line(tmp_path: Path) -> None:
    words = words_with(tmp_path / "ru", report__md__j2="# Отчёт\n{{ rows | count\n")
    with pytest.raises(DocumentError) as caught:
        words.render("report.md.j2", {"rows": 1300})
    assert caught.value.fields["template"] == "report.md.j2"
    assert caught.value.fields["line"] == 2


def test_a_mistake_is_reported_with_its_template_and_line(tmp_path: Path) -> None:
    words = words_with(
        tmp_path / "ru",
        report__md__j2="# Отчёт\n\n{% include 'data.md.j2' %}\n",
        data__md__j2="Строк:\n{{ rows }}\n",
    )
    with pytest.raises(DocumentError) as caught:
        words.render("report.md.j2", {"rows": 1300})
    assert caught.value.code == "raw-number"
    assert caught.value.fields == {"template": "data.md.j2", "line": 2, "value": "1300"}


def test_a_text_from_data_is_filled_with_what_is_said_and_prints_as_itself(words: Words) -> None:
    template = "{{ text | filled(share=0.075 | percent_short, whose=whose, unused=none) }}"
    text = "<b>*Чай*</b> $x$ {share}{{а}} {{{whose}}}"
    told = said(words, template, text=text, whose="<i>{share}")
    assert told == "<b>*Чай*</b> $x$ 7,5\u00a0%{а} {<i>{share}}"


def test_names_from_data_lie_over_those_of_the_words_and_print_as_themselves(words: Words) -> None:
    named = words.with_labels({"models": {"tree": "<b>"}, "gifts": {"cup": "чашка {{ x }}"}})
    template = (
        "{{ label('models', 'tree') }} {{ label('models', 'knn') }} {{ label('gifts', 'cup') }}"
    )
    assert said(named, template) == "<b> ближайшие соседи чашка {{ x }}"
    assert "gifts" not in words.labels and named.texts == words.texts


def test_a_quarto_label_is_no_comment_but_a_doubled_mark_is(words: Words) -> None:
    text = words.phrase("Раздел {#sec-a} {## не печатается ##}дальше", {}, place="test")
    assert text == "Раздел {#sec-a} дальше"


def test_a_template_that_is_not_there_is_named(words: Words) -> None:
    with pytest.raises(DocumentError) as caught:
        words.render("absent.md.j2", {})
    assert caught.value.fields == {"template": "absent.md.j2"}


def test_a_result_may_bear_the_name_of_a_dictionary_method(words: Words) -> None:
    assert said(words, "{{ results.data.items | count }}", results=RESULTS) == "3"


def test_block_tags_leave_no_empty_lines(tmp_path: Path) -> None:
    words = words_with(
        tmp_path / "ru", list__md__j2="{% for x in xs %}\n  - {{ x }}\n{% endfor %}\n"
    )
    assert words.render("list.md.j2", {"xs": ["а", "б"]}) == "  - а\n  - б\n"


def test_every_number_that_is_said_is_kept_account_of(words: Words) -> None:
    said(
        words,
        "{{ rows | count }} {{ pair | interval }} {{ 2 | plural('день|дня|дней') }}",
        rows=1300,
        pair=(0.357, 0.41),
    )
    assert [tuple(each) for each in words.spoken] == [
        (1300.0, f"1{NB}300"),
        (0.357, f"от{NB}35,7 до{NB}41,0{NB}%"),
        (0.41, f"от{NB}35,7 до{NB}41,0{NB}%"),
        (2.0, f"2{NB}дня"),
    ]


def test_charts_find_axis_texts_and_labels_by_flat_keys(words: Words) -> None:
    assert words.texts["axis.revenue"] == "Выручка, ₽"
    assert words.texts["models.knn"] == "ближайшие соседи"
    assert words.figures["fig-a"] == {"caption": "К", "alt": "О"}


def test_a_text_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="text-twice"):
        words_with(
            tmp_path / "ru",
            figures__toml='[models]\nknn = "x"\n',
            labels__toml='[models]\nknn = "y"\n',
        )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('minus = "\\u2212"', "", "words-invalid"),
        ("[quotes]", "[quotation]", "words-invalid"),
        ("[quotes]", "[quotes", "words-unreadable"),
    ],
)
def test_a_broken_words_file_is_refused_by_name(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    shipped = (TEMPLATES / "words" / "ru" / "words.toml").read_text(encoding="utf-8")
    assert old in shipped
    with pytest.raises(DocumentError) as caught:
        words_with(tmp_path / "ru", words__toml=shipped.replace(old, new))
    assert caught.value.code == code
    assert caught.value.fields["file"] == "ru/words.toml"


def test_a_folder_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="words-missing"):
        Words.load(tmp_path)


def test_another_language_needs_no_other_code(tmp_path: Path) -> None:
    english = ENGLISH.replace("TWELVE", str([f"m{number}" for number in range(1, 13)]))
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "words.toml").write_text(english, encoding="utf-8")
    words = Words.load(tmp_path / "en")
    assert said(words, "{{ 1234.5 | number(1) }}") == "1,234.5"
    assert said(words, "{{ [0.36, 0.41] | interval(digits=0) }}") == "36% to 41%"
    assert said(words, "{{ 2 | plural('customer|customers') }}") == f"2{NB}customers"
    assert said(words, "{{ 1200000 | money_short }}") == "₽1.2M"
    assert said(words, "{{ ['a', 'b'] | listing }}") == "a and b"
    assert said(words, "{{ '2026-10-31' | date }}") == f"31{NB}October 2026"
    assert words.separators == ".,"


ENGLISH = """
language = "en"
missing = "–"
[numbers]
minus = "−"
plus = "+"
percent = "{number}%"
points = "{number} pp"
money = "₽{number}"
money-thousand = "₽{number}K"
money-million = "₽{number}M"
money-billion = "₽{number}B"
out-of-ten = "{number} out of 10"
with-noun = "{number}\\u00a0{noun}"
[intervals]
spoken = "{low} to {high}"
range = "{low}–{high}"
range-signed = "{low} to {high}"
unit-once = false
[plurals]
forms = ["one", "other"]
fraction = "other"
[quotes]
outer = ["“", "”"]
inner = ["‘", "’"]
[dates]
date = "d\\u00a0MMMM y"
month = "MMMM y"
with-year = "{month} {year}"
chart = "%d/%m/%Y"
[months]
of = TWELVE
in = TWELVE
to = TWELVE
"""
