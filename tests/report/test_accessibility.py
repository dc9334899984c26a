"""The report for everyone: axe on the page, the keyboard, charts as tables, the PDF's structure."""

from __future__ import annotations

import itertools
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from report import engines, resources
from tests.programs import PATIENCE

SAMPLE = Path(__file__).parent / "sample_document"
NBSP = "\u00a0"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

INTERVALS = {
    "data": [
        {
            "type": "bar",
            "orientation": "h",
            "x": [47.826, 14.535],
            "y": [0, 1],
            "customdata": [[66, 1380], [25, 172]],
            "hovertemplate": "%{y}: %{x:.1f} % (%{customdata[0]:,.0f} из %{customdata[1]:,.0f})"
            "<extra></extra>",
            "error_x": {"type": "data", "array": [8.28, 6.04], "arrayminus": [8.12, 4.5]},
        },
        {
            "type": "scatter",
            "mode": "text",
            "hoverinfo": "skip",
            "x": [37.588],
            "y": [-0.8],
            "texttemplate": "все: %{x:.1f} %",
        },
    ],
    "layout": {
        "separators": f",{NBSP}",
        "xaxis": {"title": {"text": "Доля"}, "ticksuffix": " %"},
        "yaxis": {"tickvals": [0, 1], "ticktext": ["Посуда", "<b>Мелкая</b><br>техника"]},
    },
}
STEPS = {
    "data": [
        {
            "type": "scatter",
            "mode": "lines",
            "line": {"shape": "hv"},
            "name": name,
            "hovertemplate": name + ": %{y:.1f} %<extra></extra>",
            "x": [1000, 1000, 1500, 2000, 2000],
            "y": [0, first, second, second, 0],
            "xaxis": axis,
            "yaxis": axis.replace("x", "y"),
        }
        for axis in ("x", "x2")
        for name, first, second in (("прежний", 60.0, 40.0), ("снижение", 12.5, 87.5))
    ],
    "layout": {
        "separators": f",{NBSP}",
        "xaxis": {"domain": [0, 0.4], "anchor": "y"},
        "xaxis2": {"domain": [0.6, 1], "anchor": "y2"},
        "yaxis2": {"anchor": "x2"},
        "annotations": [
            {"text": "Выручка", "x": 0, "y": 1, "xref": "paper", "yref": "paper"},
            {"text": "Прибыль", "x": 0.6, "y": 1, "xref": "paper", "yref": "paper"},
        ],
    },
}
GRID = {
    "data": [
        {
            "type": "heatmap",
            "x": ["низкая", "высокая"],
            "y": ["Риск", "Покой"],
            "z": [[0.25, -1234.5], [None, 0.1]],
            "showscale": False,
            "hovertemplate": "%{x} — %{y}: %{z:,.2f}<extra></extra>",
        }
    ],
    "layout": {"separators": f",{NBSP}", "meta": {"min_width": 520}},
}
SWARM = {
    "data": [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [-1, -1, -1, 0.5, 0.5, 2],
            "y": [0, 0.1, -0.1, 0, 0.1, 1],
            "customdata": [30, 30, 30, 1200, 1200, 7],
            "hovertemplate": "покупателей: %{customdata:,.0f}<extra></extra>",
        }
    ],
    "layout": {
        "separators": f",{NBSP}",
        "yaxis": {"tickvals": [0, 1], "ticktext": ["Контакты", "Сбои"]},
        "annotations": [
            {"text": "снижает", "x": 0, "y": 0, "yref": "paper", "xanchor": "right"},
            {"text": "повышает", "x": 0, "y": 0, "yref": "paper", "xanchor": "left"},
        ],
    },
}
FIGURES = {"intervals": INTERVALS, "steps": STEPS, "grid": GRID, "swarm": SWARM}
ADDED = "\n\n".join(
    [
        "### Подробности {#sec-details}",
        *(
            f'![Рисунок {name}](figures/fig-{name}.svg){{#fig-{name} .plotly fig-alt="О {name}."}}'
            for name in FIGURES
        ),
    ]
)


@pytest.fixture(scope="module")
def made(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample with a chart of every sort and a heading of every level."""
    folder = tmp_path_factory.mktemp("accessible")
    source = Path(shutil.copytree(furnished, folder / "source"))
    for name, figure in FIGURES.items():
        (source / "figures" / f"fig-{name}.json").write_text(json.dumps(figure), encoding="utf-8")
        shutil.copy(source / "figures/fig-share.svg", source / f"figures/fig-{name}.svg")
    document = source / "report.qmd"
    text = document.read_text(encoding="utf-8")
    text = text.replace('"words": {', '"words": {"chart-table": "Числа таблицей", ')
    document.write_text(text.replace("# Методы", f"{ADDED}\n\n# Методы"), encoding="utf-8")
    return engines.engine().set(source, ("html", "pdf"), "report.ru", folder)


# ─── The page ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def visit(browser: Any, made: dict[str, Path]) -> Iterator[Any]:
    """Opens the page in a window of its own."""
    contexts = []

    def open_page(**options: Any) -> Any:
        contexts.append(browser.new_context(offline=True, **({"viewport": WIDE} | options)))
        return opened(contexts[-1], made["html"])

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def page(browser: Any, made: dict[str, Path]) -> Iterator[Any]:
    """The page in one window, for tests that only look."""
    context = browser.new_context(offline=True, viewport=WIDE)
    yield opened(context, made["html"])
    context.close()


def opened(context: Any, file: Path) -> Any:
    """The page in a window of this kind, with its charts drawn."""
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-charts=drawn]", state="attached")
    return page


def open_tables(page: Any) -> None:
    page.evaluate("document.querySelectorAll('.numbers').forEach(one => { one.open = true; })")
    page.wait_for_timeout(100)


def tables(page: Any, figure: str) -> list[list[list[str]]]:
    return page.eval_on_selector_all(
        f"#fig-{figure} + .numbers table",
        "tables => tables.map(t => [...t.rows].map(r => [...r.cells].map(c => c.textContent)))",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(visit: Any, size: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(viewport=size, color_scheme=scheme)
    for prepare in (lambda _: None, open_tables):
        prepare(page)
        found = axe.run(
            page,
            options={
                "resultTypes": ["violations"],
                "runOnly": {"type": "tag", "values": RULES},
            },
        ).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_every_chart_has_words_and_a_table_behind_a_switch_that_names_it(visit: Any) -> None:
    page = visit()
    charts = page.locator("figure.chart")
    assert charts.count() == 3 + len(FIGURES)
    for place in range(charts.count()):
        chart = charts.nth(place)
        assert chart.locator("[role=img]").get_attribute("aria-label")
        switch = chart.locator("xpath=following-sibling::*[1]/summary")
        assert switch.text_content() == f"Числа таблицей: Рисунок{NBSP}{place + 1}"
        table = switch.locator("xpath=..").locator("table").first
        assert not table.is_visible()
        switch.focus()
        page.keyboard.press("Enter")
        assert table.is_visible()
        assert table.locator("th[scope=row]").count()


def test_a_table_says_what_the_chart_says_when_pointed_at(page: Any) -> None:
    [[head, first, *_]] = tables(page, "categories")
    assert head == ["", "Прежний уровень", "Снижение активности"]
    assert first == ["Товары для детей", "198", "132"]
    [drivers] = tables(page, "drivers")
    assert drivers[0] == ["Неоплаченные товары в корзине", "\u22120,21"]


def test_rows_by_date_are_named_in_the_page_s_language(page: Any) -> None:
    [[_, first, *_]] = tables(page, "share")
    assert first == ["май 2026", "33,1 %"]


def test_intervals_have_their_own_column_and_lone_numbers_stand_below(page: Any) -> None:
    assert tables(page, "intervals") == [
        [
            ["", "Доля", "±"],
            ["Посуда", f"47,8 % (66 из 1{NBSP}380)", "39,7…56,1 %"],
            ["Мелкая техника", "14,5 % (25 из 172)", "10,0…20,6 %"],
        ]
    ]
    assert page.text_content("#fig-intervals + .numbers p") == "все: 37,6 %"


def test_each_panel_has_a_table_and_each_step_a_row(page: Any) -> None:
    shares = [
        ["", "прежний", "снижение"],
        [f"1{NBSP}000–1{NBSP}500", "60,0 %", "12,5 %"],
        [f"1{NBSP}500–2{NBSP}000", "40,0 %", "87,5 %"],
    ]
    assert tables(page, "steps") == [shares, shares]
    titles = page.locator("#fig-steps + .numbers caption").all_text_contents()
    assert titles == ["Выручка", "Прибыль"]


def test_a_heat_map_is_a_grid_and_a_swarm_is_counted(page: Any) -> None:
    assert tables(page, "grid") == [
        [
            ["", "низкая", "высокая"],
            ["Риск", "0,25", f"\u22121{NBSP}234,50"],
            ["Покой", "", "0,10"],
        ]
    ]
    assert tables(page, "swarm") == [
        [["", "снижает", "повышает"], ["Контакты", "30", f"1{NBSP}200"], ["Сбои", "0", "7"]]
    ]


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(visit: Any) -> None:
    page = visit(viewport=PHONE)
    open_tables(page)
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
            'a[href], button:enabled, input, select, summary, [tabindex="0"]')]
          .filter((node) => node.checkVisibility())
          .map((node, place) => (node.dataset.place = String(place)))"""
    )
    assert page.locator("#fig-grid .live[tabindex='0']").count() == 1
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        there = page.evaluate(
            """() => {
              const style = getComputedStyle(document.activeElement);
              const top = document.activeElement.getBoundingClientRect().bottom;
              const mark = document.querySelector('.mark').getBoundingClientRect();
              return {
                place: document.activeElement.dataset.place,
                outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
                clear: document.activeElement.className === 'skip' || top > mark.bottom,
              };
            }"""
        )
        assert there["outline"], there
        assert there["clear"], there
        reached.append(there["place"])
    assert reached == wanted


def test_open_tables_make_no_small_window_scroll_sideways(visit: Any) -> None:
    page = visit(viewport={"width": 320, "height": 640})
    open_tables(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_paper_has_no_switches(visit: Any) -> None:
    page = visit()
    open_tables(page)
    page.emulate_media(media="print")
    assert page.locator(".numbers").count() == 3 + len(FIGURES)
    assert page.locator(".numbers:visible").count() == 0


def test_nothing_glides_for_those_who_asked_for_stillness(page: Any, visit: Any) -> None:
    scrolling = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(scrolling) == "smooth"
    assert visit(reduced_motion="reduce").evaluate(scrolling) == "auto"


def test_the_page_says_its_language(page: Any) -> None:
    assert page.get_attribute("html", "lang") == "ru"


# ─── Colours ──────────────────────────────────────────────────────────────────────────────────────

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def seen(colour: str, sight: str = "usual") -> list[float]:
    """Linear red, green and blue (0..1) as that eye sees the colour."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    mixed = [sum(w * c for w, c in zip(row, linear, strict=True)) for row in SIGHT[sight]]
    return [min(1.0, max(0.0, channel)) for channel in mixed]


def luminance(rgb: list[float]) -> float:
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(seen(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* under D65."""
    red, green, blue = rgb
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    roots = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, luminance(rgb), z)]
    return 116 * roots[1] - 16, 500 * (roots[0] - roots[1]), 200 * (roots[1] - roots[2])


@pytest.fixture(scope="module")
def palette() -> dict[str, dict[str, str]]:
    chart = json.loads((resources.templates() / "chart.json").read_text(encoding="utf-8"))
    return {
        theme: {item["name"]: item[theme] for item in chart["colours"].values()}
        for theme in ("light", "dark")
    }


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_eye_tells_the_two_levels_apart(
    palette: dict[str, dict[str, str]], theme: str, sight: str
) -> None:
    levels = (palette[theme][name] for name in ("declined", "steady"))
    assert math.dist(*(lab(seen(colour, sight)) for colour in levels)) > 40


def test_a_grey_print_tells_the_two_levels_apart(palette: dict[str, dict[str, str]]) -> None:
    light = palette["light"]
    assert contrast(light["declined"], light["steady"]) > 1.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_accent_stands_out_from_the_ground(
    palette: dict[str, dict[str, str]], theme: str
) -> None:
    assert contrast(palette[theme]["declined"], palette[theme]["white"]) > 4.5


# ─── The PDF ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def pdf(made: dict[str, Path]) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(made["pdf"]) as opened:
        yield opened


def structure(node: Any) -> Iterator[Any]:
    """Every element of the structure tree, in the order of reading."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from structure(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from structure(node.K)


def elements(pdf: pikepdf.Pdf, *kinds: str) -> list[Any]:
    return [node for node in structure(pdf.Root.StructTreeRoot.K) if str(node.S)[1:] in kinds]


def test_the_pdf_promises_to_be_archivable_and_accessible(pdf: pikepdf.Pdf) -> None:
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.Lang == "ru"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as meta:
        promised = [meta[f"pdf{key}"] for key in ("aid:part", "aid:conformance", "uaid:part")]
        assert promised == ["2", "A", "1"]
        assert meta["dc:title"]


def test_the_pdf_s_headings_go_down_by_one_level_at_a_time(pdf: pikepdf.Pdf) -> None:
    levels = [int(str(node.S)[2:]) for node in elements(pdf, "H1", "H2", "H3", "H4")]
    assert set(levels) == {1, 2, 3}
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_pdf_s_figures_carry_their_words(pdf: pikepdf.Pdf) -> None:
    alts = [str(node.get("/Alt", "")) for node in elements(pdf, "Figure")]
    assert all(alts)
    assert [alt for alt in alts if alt.startswith("О ")] == [f"О {name}." for name in FIGURES]
    assert any("Линия растёт с 33,1 процента" in alt for alt in alts)


def test_the_pdf_s_tables_have_heads(pdf: pikepdf.Pdf) -> None:
    found = elements(pdf, "Table")
    assert len(found) == 4
    for table in found:
        kinds = [str(node.S) for node in structure(table.K)]
        assert kinds.count("/TH") >= 2
        assert kinds.index("/THead") < kinds.index("/TH") < kinds.index("/TBody")


def test_the_pdf_s_links_lead_somewhere_and_are_tagged(pdf: pikepdf.Pdf) -> None:
    places_named = pikepdf.NameTree(pdf.Root.Names.Dests)
    pages = {page.obj.objgen for page in pdf.pages}
    links = [note for page in pdf.pages for note in page.get("/Annots", [])]
    assert len(links) > 15
    for link in links:
        assert link.Subtype == "/Link"
        assert str(link.Contents)
        assert "/StructParent" in link
        target = link.Dest
        if not isinstance(target, pikepdf.Array):
            target = places_named[str(target)]
        if isinstance(target, pikepdf.Dictionary):
            target = target.D
        assert target[0].objgen in pages
    assert len(elements(pdf, "Link")) >= len(links)
    assert all(page.Tabs == "/S" for page in pdf.pages)


def test_the_pdf_s_bookmarks_lead_to_its_headings(pdf: pikepdf.Pdf) -> None:
    pages = {page.obj.objgen for page in pdf.pages}
    with pdf.open_outline() as outline:
        assert len(outline.root) >= 6
        assert any(item.children for item in outline.root)
        for item in outline.root:
            assert item.destination[0].objgen in pages
