"""What the Lua filter makes of each construct, and what it refuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypandoc
import pytest

from report.escaping import escape

FILTER = Path(__file__).resolve().parents[2] / "templates" / "filter.lua"
SAMPLE = Path(__file__).parent / "sample_document"
WORDS = {
    "figure": "Рисунок",
    "table": "Таблица",
    "ref-figure": "рис.",
    "ref-table": "табл.",
    "ref-section": "разд.",
    "contents": "Содержание",
    "page-of": "из",
    "caption-separator": " — ",
    "theme-switch": "Тема",
    "skip-link": "К содержанию",
    "chart-fallback": "Нет диаграммы.",
    "callout-note": "Примечание",
    "callout-tip": "Подсказка",
    "callout-warning": "Осторожно",
    "callout-important": "Важно",
}
FRONT = {"title": "Отчёт", "lang": "ru", "date-iso": "2026-10-31", "words": WORDS}
NBSP = "\u00a0"

FIGURE = '![Подпись](figures/fig-share.svg){#fig-share .plotly fig-alt="Линия растёт."}'
TABLE = "| а | б |\n|:--|--:|\n| x | 1 |\n\n: Числа {#tbl-n}"

Filtered = Callable[..., str]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("document")
    figures = made / "figures"
    figures.mkdir()
    for name in ("fig-share.svg", "fig-share.json"):
        (figures / name).write_bytes((SAMPLE / "figures" / name).read_bytes())
    (figures / "plotly.js.gz.b64").write_text("H4sI\n")
    return made


def pandoc(folder: Path, body: str, to: str, front: object) -> subprocess.CompletedProcess[str]:
    meta = "\n".join(
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in dict(front).items()  # type: ignore[call-overload]
    )
    return subprocess.run(
        [
            pypandoc.get_pandoc_path(),
            "--from=markdown-smart",
            f"--to={to}",
            "--wrap=none",
            f"--lua-filter={FILTER}",
        ],
        input=f"---\n{meta}\n---\n\n{body}\n",
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def filtered(folder: Path) -> Filtered:
    def run(body: str, to: str = "html", front: object = FRONT) -> str:
        done = pandoc(folder, body, to, front)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def refusal(folder: Path) -> Filtered:
    def run(body: str, to: str = "html", front: object = FRONT) -> str:
        done = pandoc(folder, body, to, front)
        assert done.returncode != 0, done.stdout
        return done.stderr

    return run


# ─── Numbers and references ───────────────────────────────────────────────────────────────────────


def test_sections_figures_and_tables_are_numbered_in_their_order(filtered: Filtered) -> None:
    body = (
        f"# Раз {{#sec-a}}\n\n## Раз-раз {{#sec-b}}\n\n{FIGURE}\n\n# Два {{#sec-c}}\n\n{TABLE}\n\n"
        "@sec-a, @sec-b, @sec-c, @fig-share, @tbl-n"
    )
    html = filtered(body)
    for reference in (
        '<a class="ref" href="#sec-a">разд.\u00a01</a>',
        '<a class="ref" href="#sec-b">разд.\u00a01.1</a>',
        '<a class="ref" href="#sec-c">разд.\u00a02</a>',
        '<a class="ref" href="#fig-share">рис.\u00a01</a>',
        '<a class="ref" href="#tbl-n">табл.\u00a01</a>',
    ):
        assert reference in html
    assert '<span class="number">2</span> Два' in html
    typst = filtered(body, "typst")
    assert '[#section(2, "1.1", { "Раз-раз" }) <sec-b>]' in typst


def test_a_figure_is_referred_to_before_it_comes(filtered: Filtered) -> None:
    assert f"рис.{NBSP}1" in filtered(f"@fig-share\n\n{FIGURE}")


def test_several_references_stand_together(filtered: Filtered) -> None:
    html = filtered(f"[@fig-share; @tbl-n] и [-@fig-share]\n\n{FIGURE}\n\n{TABLE}")
    assert f">рис.{NBSP}1</a>, <a" in html
    assert '<a class="ref" href="#fig-share">1</a>' in html


def test_an_unnumbered_heading_takes_no_number_from_others(filtered: Filtered) -> None:
    html = filtered("# Главное {#sec-s .unnumbered}\n\n# Раз {#sec-a}\n\n@sec-a")
    assert '<h2 id="sec-s">Главное</h2>' in html
    assert f"разд.{NBSP}1" in html


def test_captions_carry_word_number_and_dash(filtered: Filtered) -> None:
    html = filtered(f"{FIGURE}\n\n{TABLE}")
    assert f'<span class="label">Рисунок{NBSP}1</span>{NBSP}— Подпись' in html
    assert f'<span class="label">Таблица{NBSP}1</span>{NBSP}— Числа' in html
    english = {**FRONT, "words": {**WORDS, "figure": "Figure", "caption-separator": ": "}}
    assert f'<span class="label">Figure{NBSP}1</span>: Подпись' in filtered(FIGURE, front=english)


def test_an_old_reader_s_table_attributes_in_the_caption_are_understood(folder: Path) -> None:
    tree = json.loads(
        subprocess.run(
            [pypandoc.get_pandoc_path(), "--from=markdown-smart", "--to=json"],
            input=f"---\n{json.dumps(FRONT, ensure_ascii=False)}\n---\n\n{TABLE}\n\n@tbl-n\n",
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    table = next(block for block in tree["blocks"] if block["t"] == "Table")
    table["c"][0] = ["", [], []]
    table["c"][1][1][0]["c"] += [
        {"t": "Space"},
        {"t": "Str", "c": "{#tbl-n"},
        {"t": "Space"},
        {"t": "Str", "c": ".compact}"},
    ]
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=json", "--to=html", f"--lua-filter={FILTER}"],
        input=json.dumps(tree),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '<figure class="data compact" id="tbl-n"' in done.stdout
    assert "— Числа</figcaption>" in done.stdout


# ─── Constructs ───────────────────────────────────────────────────────────────────────────────────


def test_a_chart_carries_its_data_its_words_and_a_drawing_for_pages_without_scripts(
    filtered: Filtered,
) -> None:
    html = filtered(FIGURE)
    assert 'role="img" aria-label="Линия растёт."' in html
    assert '<script type="application/json" id="fig-share-data">{' in html
    assert '<noscript><img src="figures/fig-share.svg"' in html
    typst = filtered(FIGURE, "typst")
    assert '[#chart("figures/fig-share.svg", "Линия растёт.", caption("Рисунок\u00a01"' in typst


def test_chart_data_can_neither_end_its_script_nor_start_a_shortcode(
    folder: Path, filtered: Filtered
) -> None:
    hostile = {"data": [], "layout": {"title": "</script><!-- {{< include x >}}", "height": 200}}
    (folder / "figures" / "fig-hostile.json").write_text(json.dumps(hostile))
    (folder / "figures" / "fig-hostile.svg").write_text("<svg/>")
    html = filtered('![Х](figures/fig-hostile.svg){#fig-hostile .plotly fig-alt="х"}')
    script = html.split('id="fig-hostile-data">')[1].split("</script>")[0]
    assert json.loads(script) == hostile
    assert "{{" not in script
    assert "<!--" not in script


def test_a_table_keeps_its_alignment_and_names_its_rows(filtered: Filtered) -> None:
    html = filtered(TABLE)
    assert '<th class="left" scope="col">а</th><th class="right" scope="col">б</th>' in html
    assert '<th class="left" scope="row">x</th><td class="right">1</td>' in html
    typst = filtered(TABLE, "typst")
    assert "[#captioned-table(1, caption(" in typst
    assert "data-table((left, right, )" in typst


def test_a_table_without_caption_has_no_number(filtered: Filtered) -> None:
    html = filtered(f"| а |\n|---|\n| x |\n\n{TABLE}\n\n@tbl-n")
    assert '<div class="data">' in html
    assert f"табл.{NBSP}1" in html


def test_a_callout_without_a_title_takes_the_language_s(filtered: Filtered) -> None:
    body = '::: {.callout-warning}\nТекст.\n:::\n\n::: {.callout-tip title="Как читать"}\nТак.\n:::'
    html = filtered(body)
    assert '<aside class="callout warning">\n<p class="title">Осторожно</p>' in html
    assert '<p class="title">Как читать</p>' in html
    assert 'callout("tip", "Как читать", { "Так." })' in filtered(body, "typst")


def test_cards_and_actions(filtered: Filtered) -> None:
    body = (
        "::: {.cards}\n::: {.card .accent}\n"
        "[38,3 %]{.value}\n\n[доля]{.label}\n\n[из 1300]{.note}\n:::\n\n"
        "::: {.card}\n[5]{.value}\n\n[штук]{.label}\n:::\n:::\n\n"
        "::: {.actions}\n1. **Раз.** Два.\n2. **Три.**\n:::"
    )
    html = filtered(body)
    assert '<div class="card accent"><p class="value">38,3 %</p><p class="label">доля</p>' in html
    assert '<ol class="actions">\n<li><p><strong>Раз.</strong> Два.</p></li>' in html
    typst = filtered(body, "typst")
    assert 'cards((accent: true, value: { "38,3 %" }, label: { "доля" }, note:' in typst
    assert "note: none)" in typst
    assert 'actions({ strong({ "Раз." }); " Два." }, ' in typst


def test_what_is_meant_for_one_format_is_left_out_of_the_other(filtered: Filtered) -> None:
    body = (
        '::: {.content-visible when-format="html"}\nЭкран\n:::\n\n'
        '::: {.content-hidden when-format="html"}\nБумага\n:::'
    )
    assert "Экран" in (html := filtered(body))
    assert "Бумага" not in html
    assert "Бумага" in (typst := filtered(body, "typst"))
    assert "Экран" not in typst


def test_footnotes_lists_terms_and_spans(filtered: Filtered) -> None:
    body = (
        "Слово[^1] [без разрыва]{.nowrap} и [тихо]{.muted}, *курсив*.\n\n[^1]: Пояснение.\n\n"
        "3. три\n4. четыре\n\nТермин\n: Объяснение.\n\n- пункт"
    )
    html = filtered(body)
    assert '<a id="noteref-1" href="#note-1" role="doc-noteref">1</a>' in html
    assert '<li id="note-1"><p>Пояснение.</p>' in html
    assert '<ol start="3">' in html
    assert "<dt>Термин</dt>\n<dd><p>Объяснение.</p></dd>" in html
    typst = filtered(body, "typst")
    assert 'footnote({ "Пояснение." }); " "; nowrap({ "без разрыва" })' in typst
    assert "enum(start: 3, " in typst
    assert 'terms(terms.item({ "Термин" }, { "Объяснение." }), )' in typst


def test_the_contents_list_two_levels(folder: Path) -> None:
    body = "# А {#sec-a}\n\n## Б {#sec-b}\n\n### В {#sec-c}\n\n# Г {#sec-d}"
    template = folder / "contents.html"
    template.write_text("$contents$")
    done = subprocess.run(
        [
            pypandoc.get_pandoc_path(),
            "--from=markdown-smart",
            "--to=html",
            f"--lua-filter={FILTER}",
            "--template=contents.html",
        ],
        input=f"---\n{json.dumps(FRONT, ensure_ascii=False)}\n---\n\n{body}\n",
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    links = [line for line in done.stdout.splitlines() if "href" in line]
    assert [line.split('"')[1] for line in links] == ["#sec-a", "#sec-b", "#sec-d"]
    assert done.stdout.count("<ol>") == done.stdout.count("</ol>") == 2
    assert done.stdout.count("<li>") == done.stdout.count("</li>") == 3


def test_other_formats_pass_through_untouched(filtered: Filtered) -> None:
    markdown = filtered("@fig-nope ::: `код`\n\n$x$", "markdown")
    assert "@fig-nope" in markdown
    assert "$x$" in markdown


# ─── Text that comes from data ────────────────────────────────────────────────────────────────────

HOSTILE = [
    "<script>alert(1)</script>",
    "{{< include x >}}",
    '#import "x"',
    "$x$",
    "@fig-nope",
    "\\alpha \\",
    "`код` ```",
    "\"кавычки\" 'ещё'",
    "[ссылка](http://x) ![x](y)",
    "*a* _b_ ~~c~~ ^d^",
    "| | :::",
    "&lt; &amp;",
    "# [^1]",
    "<!-- --> --",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_plain_text_in_both_outputs(filtered: Filtered, text: str) -> None:
    safe = escape(text)
    body = (
        f"# {safe} {{#sec-a}}\n\n{safe}\n\n| {safe} |\n|---|\n| {safe} |\n\n: {safe} {{#tbl-x}}\n\n"
        f'::: {{.callout-note title="{safe}"}}\n{safe}[^1]\n:::\n\n[^1]: {safe}'
    )
    html = filtered(body)
    plain = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=html", "--to=plain", "--wrap=none"],
        input=html.replace("<aside", "<div").replace("</aside", "</div"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert plain.count(text) == 7
    assert "{{" not in html
    literal = text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\u{7b}")
    typst = filtered(body, "typst")
    assert typst.count(f'"{literal}"') >= 7
    assert "{{<" not in typst


# ─── What is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("@fig-none", "@fig-none has no target"),
        ("[см. @tbl-n]\n\n" + TABLE, "@tbl-n has words of its own"),
        ("# А {#sec-a .unnumbered}\n\n@sec-a", "without a number"),
        ("[x](#sec-none)", "#sec-none has no target"),
        ("[x](javascript:alert)", "a link to javascript:alert"),
        ("# А {#sec-a}\n\n# Б {#sec-a}", "#sec-a is given twice"),
        ("# А\n\n### Б", "none of level 2 above it"),
        ("# А\n\n## Б\n\n### В\n\n#### Г", "3 is the deepest"),
        ("# А {.appendix}", "unknown class .appendix"),
        ("# А {.special}", "unknown class .special"),
        ("::: {.tabset}\nx\n:::", "unknown div .tabset"),
        ('::: {.callout-note collapse="true"}\nx\n:::', "unknown attribute collapse"),
        ("::: {.callout-danger}\nx\n:::", "unknown div .callout-danger"),
        ("[x]{.red}", "unknown span .red"),
        ('::: {.content-visible unless-format="html"}\nx\n:::', "unknown attribute unless-format"),
        ("`код`", "does not use Code"),
        ("    код", "does not use CodeBlock"),
        ("$x$", "does not use Math"),
        ("<b>x</b>", "does not use RawInline"),
        ("<div>x</div>", "unknown div without a class"),
        ("слово \\alpha{x}", "does not use RawInline"),
        ("> цитата", "does not use BlockQuote"),
        ("***", "does not use HorizontalRule"),
        ("~~x~~", "does not use Strikeout"),
        ("![x](y.png)", "not a figure with an id"),
        ("текст ![x](figures/fig-share.svg) текст", "does not use Image"),
        ("![x](figures/fig-share.svg){#fig-share}", "has no fig-alt"),
        ('![](figures/fig-share.svg){#fig-share fig-alt="x"}', "has no caption"),
        ('![x](../fig-share.svg){#fig-share fig-alt="x"}', "does not come from figures/"),
        ('![x](figures/fig-gone.svg){#fig-gone .plotly fig-alt="x"}', "fig-gone.json"),
        ("| а |\n|---|\n| x |\n\n: Подпись", "has no id"),
        ("| а |\n|---|\n| x |\n\n: Подпись {#tbl-x .striped}", "unknown class .striped"),
        ("# А[^1]\n\n[^1]: x", "a footnote in a heading"),
        ("::: {.cards}\nтекст\n:::", "something else than cards"),
        ("::: {.cards}\n::: {.card}\nтекст\n:::\n:::", "a card holds something else"),
        ("::: {.actions}\nтекст\n:::", "something else than one numbered list"),
    ],
)
def test_what_the_report_does_not_use_is_refused_by_name(
    refusal: Filtered, body: str, named: str
) -> None:
    message = refusal(body)
    assert "report.qmd: " in message
    assert named in message


@pytest.mark.parametrize("missing", ["title", "lang", "date-iso"])
def test_front_matter_that_lacks_something_is_refused(refusal: Filtered, missing: str) -> None:
    front = {key: value for key, value in FRONT.items() if key != missing}
    assert f"the front matter lacks {missing}" in refusal("Текст", front=front)


def test_a_word_that_the_language_lacks_is_named(refusal: Filtered) -> None:
    words = {key: value for key, value in WORDS.items() if key != "ref-figure"}
    message = refusal(f"{FIGURE}\n\n@fig-share", front={**FRONT, "words": words})
    assert "lacks words.ref-figure" in message
