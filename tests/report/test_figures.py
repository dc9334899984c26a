"""One figure, two forms: localised JSON for the page and SVG for print."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fontpkg_pt_sans
import numpy as np
import plotly.graph_objects as go
import pytest
import typst
from fontTools.ttLib import TTFont

from report import svg_renderer
from report.errors import DocumentError
from report.figures import TRACE_TYPES, ChartStyle, draw, in_json, localise
from report.fonts import faces
from report.svg_renderer import SvgRenderer
from report.words import Words
from tests.report.words_folder import TEMPLATES

STYLE = ChartStyle.load(TEMPLATES / "chart.json")
TEXTS = {"axis.revenue": "Выручка, ₽", "unit.percent": "\u00a0%"}
SVG = "{http://www.w3.org/2000/svg}"

MARKS: dict[str, dict[str, Any]] = {
    "bar": {"x": ["а", "б"], "y": [1, 2]},
    "box": {"x": ["а"], "q1": [1], "median": [2], "q3": [3], "lowerfence": [0], "upperfence": [4]},
    "funnel": {"y": ["а", "б"], "x": [2, 1]},
    "heatmap": {"x": ["а", "б"], "y": ["в"], "z": [[0.25, 0.75]]},
    "pie": {"labels": ["а", "б"], "values": [1, 2]},
    "scatter": {"x": [1, 2, 3], "y": [1, 3, 2], "mode": "lines+markers"},
    "violin": {"y": [1, 2, 2, 3, 3, 3, 4]},
    "waterfall": {"x": ["а", "б"], "y": [3, -1]},
}


def made(*traces: dict[str, Any], **layout: Any) -> dict[str, Any]:
    """A localised figure."""
    return localise(
        {"data": list(traces), "layout": layout}, TEXTS, ",\u00a0", STYLE, label="fig-x"
    )


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def test_keys_become_words_wherever_they_stand() -> None:
    figure = made(
        {
            "type": "bar",
            "x": ["⟦axis.revenue⟧", "«премиум»"],
            "y": [1, 2],
            "hovertemplate": "%{y:.1f}⟦unit.percent⟧",
        },
        xaxis={"title": {"text": "⟦axis.revenue⟧"}},
    )
    assert figure["data"][0]["x"] == ["Выручка, ₽", "«премиум»"]
    assert figure["data"][0]["hovertemplate"] == "%{y:.1f}\u00a0%"
    assert figure["layout"]["xaxis"]["title"]["text"] == "Выручка, ₽"


def test_a_key_without_words_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        made({"type": "bar", "x": ["⟦axis.absent⟧"], "y": [1]})
    assert caught.value.fields == {"key": "axis.absent", "figure": "fig-x"}


@pytest.mark.parametrize(
    ("array", "plain"),
    [
        (np.array([1.5, np.nan, np.inf]), [1.5, None, None]),
        (np.array([1, -2], dtype="i2"), [1, -2]),
        (np.array([[1.0, 2.0], [3.0, 4.0]], dtype="f4"), [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_packed_arrays_are_unpacked(array: np.ndarray, plain: list[Any]) -> None:
    packed = {
        "dtype": array.dtype.str[1:],
        "bdata": base64.b64encode(array.tobytes()).decode(),
        "shape": ", ".join(map(str, array.shape)),
    }
    assert made({"type": "scatter", "y": packed})["data"][0]["y"] == plain


def test_arrays_packed_by_plotly_are_unpacked() -> None:
    packed = json.loads(go.Figure(go.Scatter(y=np.linspace(0, 1, 5))).to_json())
    assert "bdata" in packed["data"][0]["y"]
    assert made(*packed["data"])["data"][0]["y"] == [0, 0.25, 0.5, 0.75, 1]


def test_a_broken_packed_array_is_refused() -> None:
    with pytest.raises(DocumentError, match="figure-data"):
        made({"type": "scatter", "y": {"dtype": "f8", "bdata": "AAAA"}})


@pytest.mark.parametrize("kind", ["scattergl", "scatter3d", "choropleth", "surface", "⟦x⟧"])
def test_a_trace_that_the_renderer_would_leave_blank_is_refused(kind: str) -> None:
    with pytest.raises(DocumentError) as caught:
        made({"type": kind})
    assert caught.value.fields == {"figure": "fig-x", "type": kind}


def test_a_picture_inside_a_figure_is_refused() -> None:
    with pytest.raises(DocumentError, match="figure-holds-image"):
        made(MARKS["bar"] | {"type": "bar"}, images=[{"source": "x.png"}])


def test_a_figure_wears_the_common_look_and_no_other() -> None:
    layout = made(MARKS["bar"] | {"type": "bar"}, template={"layout": {}}, width=900)["layout"]
    assert layout["template"]["layout"]["font"]["family"] == "PT Sans"
    assert layout["separators"] == ",\u00a0"
    assert layout["height"] == 320
    assert "width" not in layout


@pytest.mark.parametrize(
    ("trace", "grid"),
    [
        ({"type": "bar"}, {"xaxis": False, "yaxis": True}),
        ({"type": "bar", "orientation": "h"}, {"xaxis": True, "yaxis": False}),
        ({"type": "heatmap"}, {"xaxis": False, "yaxis": False}),
    ],
)
def test_grid_lines_run_across_the_axis_of_values_only(
    trace: dict[str, Any], grid: dict[str, bool]
) -> None:
    layout = made(trace)["layout"]["template"]["layout"]
    assert {axis: layout[axis]["showgrid"] for axis in grid} == grid


def test_every_colour_of_the_palette_has_a_light_and_a_dark_form() -> None:
    used = set(re.findall("#[0-9a-f]{6}", in_json([STYLE.layout, STYLE.data])))
    assert used <= STYLE.dark_by_light().keys()


@pytest.fixture(scope="module")
def drawings() -> dict[str, str]:
    figures = {f"fig-{kind}": made({"type": kind} | trace) for kind, trace in MARKS.items()}
    return draw(figures)


@pytest.mark.parametrize("kind", sorted(TRACE_TYPES))
def test_every_allowed_trace_is_drawn_as_vectors_and_text(
    drawings: dict[str, str], kind: str
) -> None:
    svg = drawings[f"fig-{kind}"]
    assert texts_of(svg)
    assert not re.search(r"<image|href|data:|foreignObject|<script", svg)
    assert set(re.findall(r"font-family: ([^;]+);", svg)) == {"PT Sans"}
    assert 'viewBox="0 0 640 320"' in svg


def test_a_drawing_does_not_depend_on_what_is_drawn_beside_it(drawings: dict[str, str]) -> None:
    alone = made({"type": "heatmap"} | MARKS["heatmap"])
    assert draw({"fig-heatmap": alone})["fig-heatmap"] == drawings["fig-heatmap"]


def test_elements_are_found_as_the_engine_finds_them_itself(
    drawings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [each for each in svg_renderer._scripts() if each.stem != "quick_selectors"]
    monkeypatch.setattr(svg_renderer, "_scripts", lambda: others)
    slowly = SvgRenderer()
    for kind, trace in MARKS.items():
        figure = made({"type": kind} | trace)
        height = int(figure["layout"]["height"])
        drawn = slowly.render(f"fig-{kind}", figure, width=640, height=height)
        assert drawn == drawings[f"fig-{kind}"]


def test_a_text_is_measured_in_its_own_size_whatever_was_drawn_before() -> None:
    def noted(size: int) -> dict[str, Any]:
        note = {"text": "Страниц за визит", "x": 0, "y": 1, "showarrow": False}
        return made(MARKS["bar"] | {"type": "bar"}, annotations=[note | {"font": {"size": size}}])

    together = draw({"fig-a": noted(30), "fig-b": noted(9)})
    assert together["fig-b"] == draw({"fig-b": noted(9)})["fig-b"]


def test_no_two_drawings_share_an_id(drawings: dict[str, str]) -> None:
    ids = [name for svg in drawings.values() for name in re.findall(r'\bid="([^"]+)"', svg)]
    assert ids
    assert len(ids) == len(set(ids))


def test_cells_of_a_heat_map_are_rectangles_in_their_colours(drawings: dict[str, str]) -> None:
    root = ElementTree.fromstring(drawings["fig-heatmap"])
    (cells,) = (group for group in root.iter(f"{SVG}g") if group.get("class") == "hm")
    fills = [rectangle.get("style") for rectangle in cells.iter(f"{SVG}rect")]
    assert fills == ["fill: rgba(255,255,255,1)", "fill: rgba(196,69,28,1)"]


def test_labels_stay_cyrillic_text_and_markup_in_data_stays_out() -> None:
    figure = made({"type": "bar", "x": ["Косметика & «аксессуары»", "⟦axis.revenue⟧"], "y": [1, 2]})
    shown = texts_of(draw({"fig-x": figure})["fig-x"])
    assert "Косметика & «аксессуары»" in shown
    assert "Выручка, ₽" in shown


def test_numbers_on_axes_are_russian() -> None:
    figure = made({"type": "bar", "x": ["а", "б"], "y": [-1500, 4500]})
    shown = texts_of(draw({"fig-x": figure})["fig-x"])
    assert {"−1\u00a0000", "4\u00a0000"} <= set(shown)


def test_a_formatted_negative_number_has_a_true_minus() -> None:
    cells = MARKS["heatmap"] | {"z": [[-0.5, 0.5]], "texttemplate": "%{z:.1f}"}
    shown = texts_of(draw({"fig-x": made({"type": "heatmap"} | cells)})["fig-x"])
    assert {"−0,5", "0,5"} <= set(shown)


def test_months_on_axes_are_russian() -> None:
    figure = made(
        {"type": "scatter", "x": ["2026-09-01", "2026-10-01"], "y": [1, 2]},
        xaxis={"tickformat": "%B %Y", "dtick": "M1"},
    )
    locale = Words.load(TEMPLATES / "words" / "ru").chart_locale
    shown = texts_of(draw({"fig-x": figure}, chart_locale=locale)["fig-x"])
    assert "октябрь 2026" in shown


def test_a_turned_axis_title_keeps_clear_of_the_plot() -> None:
    figure = made(
        {"type": "bar", "x": ["а"], "y": [1]}, yaxis={"title": {"text": "⟦axis.revenue⟧"}}
    )
    svg = draw({"fig-x": figure})["fig-x"]
    (shift,) = re.findall(r'class="g-ytitle"(?: transform="translate\(([-\d.]+),0\)")?', svg)
    (x,) = re.findall(r'class="ytitle" [^>]*?\bx="([-\d.]+)"', svg)
    tick = min(map(float, re.findall(r'class="ytick"><text text-anchor="end" x="([-\d.]+)"', svg)))
    assert 6 < float(shift or 0) + float(x) < tick - 15


@pytest.mark.parametrize(
    "trace",
    [
        {"type": "bar", "x": ["а"], "y": [None]},
        {"type": "scatter", "x": [], "y": []},
        {"type": "scatter", "x": [1, 2], "y": [float("nan"), None]},
        {"type": "heatmap", "z": [[None]]},
        {"type": "pie", "values": []},
    ],
)
def test_a_chart_that_shows_nothing_is_refused(trace: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        draw({"fig-x": made(trace)})
    assert caught.value.code == "empty-figure"


def test_a_foreign_font_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        draw({"fig-x": made(MARKS["bar"] | {"type": "bar"}, font={"family": "Arial"})})
    assert caught.value.fields["font"] == "Arial"


def test_a_link_inside_a_chart_is_refused() -> None:
    linked = {"type": "bar", "x": ['<a href="https://example.com">x</a>'], "y": [1]}
    with pytest.raises(DocumentError, match="figure-not-vector"):
        draw({"fig-x": made(linked)})


def test_drawings_pass_the_strict_pdf_standards(drawings: dict[str, str], tmp_path: Path) -> None:
    lines = [
        '#set document(title: "x", date: datetime(year: 2026, month: 10, day: 31))',
        '#set text(font: "PT Sans", lang: "ru")',
    ]
    for label, svg in drawings.items():
        (tmp_path / f"{label}.svg").write_text(svg, encoding="utf-8")
        lines.append(f'#image("{label}.svg", alt: "x")')
    (tmp_path / "x.typ").write_text("\n".join(lines), encoding="utf-8")
    pdf = typst.compile(
        str(tmp_path / "x.typ"),
        font_paths=[str(fontpkg_pt_sans.ROOT / "files")],
        ignore_system_fonts=True,
        pdf_standards=["a-2a", "ua-1"],
    )
    assert pdf.startswith(b"%PDF")


def test_chart_json_is_ordered_and_harmless_in_a_page_and_in_a_document() -> None:
    value = {"b": "</script><!-- {{< include x >}}", "a": "ё"}
    text = in_json(value)
    assert text.startswith('{"a":"ё","b":')
    assert not re.search(r"</|<!--|\{\{", text)
    assert json.loads(text) == value


def test_nothing_to_draw_starts_no_engine() -> None:
    assert draw({}) == {}


def test_an_unreadable_style_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chart.json").write_text("{", encoding="utf-8")
    with pytest.raises(DocumentError, match="chart-style-unreadable"):
        ChartStyle.load(tmp_path / "chart.json")


def test_a_program_that_has_drawn_comes_to_its_end() -> None:
    drawing = """
from report.svg_renderer import drawing_thread, renderer_of_thread
renderer_of_thread("null")
with drawing_thread() as pen:
    pen.submit(renderer_of_thread, "null").result()
"""
    command = [sys.executable, "-c", drawing]
    ended = subprocess.run(command, check=True, timeout=300, capture_output=True)
    assert not ended.stderr


def test_texts_are_as_wide_as_the_font_says() -> None:
    renderer = SvgRenderer()
    said = renderer._engine.eval("_measureTextRaw('Ша\U0001f381', 'PT Sans', '20', 'bold')")
    with TTFont(next(face.path for face in faces() if face.name == "pt-sans-bold")) as font:
        widths, names = font["hmtx"].metrics, font.getBestCmap()
        units = sum(widths[names[ord(sign)]][0] for sign in "Ша") + widths[".notdef"][0]
        assert str(said).split(",")[0] == f"{units * 20 / font['head'].unitsPerEm:.2f}"
