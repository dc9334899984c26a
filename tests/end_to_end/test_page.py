"""The finished page in a real browser, with the network shut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.conftest import Made
from tests.programs import PATIENCE


@pytest.fixture(scope="module", params=["report", "annex"])
def document(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def opened(
    made: Made, browser: Browser, document: str
) -> Iterator[tuple[Page, list[str], list[str]]]:
    context = browser.new_context(offline=True, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((made.edition / f"{document}.ru.html").as_uri())
    written = (made.edition / "source" / "ru" / f"{document}.qmd").read_text("utf-8")
    charts = written.count(" .plotly")
    expect(page.locator(".js-plotly-plot")).to_have_count(charts)
    yield page, asked, complaints
    context.close()


def test_the_page_asks_nobody(
    opened: tuple[Page, list[str], list[str]], made: Made, document: str
) -> None:
    _, asked, _ = opened
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [
        Path(made.edition / f"{document}.ru.html").as_uri()
    ]


def test_every_chart_is_drawn_and_the_console_is_clean(
    opened: tuple[Page, list[str], list[str]],
) -> None:
    page, _, complaints = opened
    empty = page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')]"
        ".filter(box => !box.querySelector('.cartesianlayer :is(.trace, .hm, .bars) *'))"
        ".length"
    )
    assert empty == 0
    assert complaints == []


@pytest.mark.parametrize(("language", "scheme"), [("ru", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_the_whole_report(
    made: Made, browser: Browser, document: str, language: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(offline=True, color_scheme=scheme) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto((made.edition / f"{document}.{language}.html").as_uri())
        page.locator(".js-plotly-plot").nth(4).wait_for(state="attached")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_on_a_phone_no_word_of_a_chart_is_cut_off_or_stands_in_another(
    made: Made, browser: Browser, document: str
) -> None:
    with browser.new_context(offline=True, viewport={"width": 390, "height": 844}) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto((made.edition / f"{document}.ru.html").as_uri())
        page.locator(".js-plotly-plot").nth(4).wait_for(state="attached")
        expect(page.locator(".live:not(.js-plotly-plot)")).to_have_count(0)
        assert page.evaluate(CUT_OR_COVERED) == []


CUT_OR_COVERED = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((chart) => {
  if (chart.scrollWidth > chart.clientWidth) return [];
  const edge = chart.getBoundingClientRect();
  const boxes = (selector) => [...chart.querySelectorAll(selector)]
    .filter((text) => text.textContent.trim())
    .map((text) => [text.textContent, text.getBoundingClientRect()]);
  const beside = boxes(".textpoint text"), names = boxes(".ytick text");
  const cut = [...beside, ...names, ...boxes(".annotation-text")]
    .filter(([, box]) => box.left < edge.left - 2 || box.right > edge.right + 2)
    .map(([text]) => "cut: " + text);
  const covered = beside.flatMap(([text, one]) => names
    .filter(([, other]) => one.left < other.right && other.left < one.right
      && one.top < other.bottom && other.top < one.bottom)
    .map(([name]) => text + " in " + name));
  return [...cut, ...covered];
})"""
