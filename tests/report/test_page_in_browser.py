"""The page as a browser shows it, with the network shut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import PATIENCE

playwright = pytest.importorskip("playwright.sync_api")

LIGHT_DECLINED = "rgb(196, 69, 28)"
DARK_DECLINED = "rgb(255, 138, 92)"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 760}
LAST_BAR = "#fig-drivers .point:last-child path"


@pytest.fixture(scope="module")
def address(embedded: dict[str, Path]) -> str:
    return embedded["html"].as_uri()


class Visit:
    """One visit to the page, which keeps what the browser complained of and asked for."""

    def __init__(self, browser: playwright.Browser, address: str, **context: object) -> None:
        self.context = browser.new_context(offline=True, locale="ru-RU", **context)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        if context.get("java_script_enabled", True):
            self.page.wait_for_selector("html[data-charts=drawn]", state="attached")

    def colour(self, selector: str, name: str = "fill") -> str:
        return str(
            self.page.eval_on_selector(
                selector, f"node => getComputedStyle(node).getPropertyValue('{name}')"
            )
        )

    def wait_for_bars(self, colour: str) -> None:
        """Wait until the last bar has been drawn in that colour."""
        playwright.expect(self.page.locator(LAST_BAR)).to_have_css("fill", colour)


@pytest.fixture
def visit(browser: playwright.Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Opens the page in a window of its own."""
    visits: list[Visit] = []

    def open_page(**context: object) -> Visit:
        visits.append(Visit(browser, address, **context))
        return visits[-1]

    yield open_page
    for each in visits:
        each.context.close()


@pytest.fixture(scope="module")
def wide(browser: playwright.Browser, address: str) -> Iterator[Visit]:
    """One visit in a wide window for tests that only look."""
    visit = Visit(browser, address, viewport=WIDE, color_scheme="light")
    yield visit
    visit.context.close()


@pytest.fixture(scope="module")
def phone(browser: playwright.Browser, address: str) -> Iterator[Visit]:
    """One visit on a phone for tests that only look."""
    visit = Visit(browser, address, viewport=PHONE)
    yield visit
    visit.context.close()


def test_the_page_asks_nobody_and_complains_of_nothing(wide: Visit, address: str) -> None:
    assert wide.complaints == []
    assert [url for url in wide.requests if not url.startswith("data:")] == [address]


def test_a_script_that_is_not_the_page_s_own_does_not_run(
    browser: playwright.Browser, embedded: dict[str, Path], tmp_path: Path
) -> None:
    html = embedded["html"].read_text(encoding="utf-8")
    forged = "<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">"
    place = tmp_path / "forged.html"
    place.write_text(html.replace("<article>", f"<article>{forged}", 1), encoding="utf-8")
    visit = Visit(browser, place.as_uri())
    assert visit.page.title() != "run"
    assert len(visit.complaints) >= 2
    assert all("Content Security Policy" in each for each in visit.complaints)
    visit.context.close()


def test_every_chart_is_drawn_with_months_and_numbers_as_russians_write_them(wide: Visit) -> None:
    page = wide.page
    for chart in page.query_selector_all(".live"):
        assert chart.query_selector(".main-svg .point path, .main-svg path.point")
    assert "сент." in page.inner_text("#fig-share .live")
    assert "0,93" in (drivers := page.inner_text("#fig-drivers .live"))
    assert "−0,21" in drivers
    assert page.query_selector(".modebar-btn") is None


RELOADS = 10
"""The browser writes its storage when it comes to it: a page may be back before."""


def test_charts_follow_the_theme_and_the_switch(visit: Callable[..., Visit]) -> None:
    dark = visit(viewport=WIDE, color_scheme="dark")
    assert dark.colour(LAST_BAR) == DARK_DECLINED
    assert dark.colour("body", "background-color") == "rgb(22, 29, 36)"
    dark.page.click("button.theme")
    dark.wait_for_bars(LIGHT_DECLINED)
    assert dark.colour("body", "background-color") == "rgb(255, 255, 255)"
    for _ in range(RELOADS):
        dark.page.reload()
        dark.page.wait_for_selector("html[data-charts=drawn]", state="attached")
        if dark.page.evaluate("document.documentElement.dataset.theme"):
            break
    assert dark.colour("body", "background-color") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_nothing_is_wider_than_the_window(
    name: str, size: dict[str, int], request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(name).page
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for chart in page.query_selector_all(".live"):
        assert chart.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_chart_text_is_readable_on_a_phone_and_leaves_room_for_the_bars(phone: Visit) -> None:
    page = phone.page
    sizes = page.eval_on_selector_all(
        ".live text",
        "texts => texts.filter((text) => text.textContent)"
        ".map((text) => parseFloat(getComputedStyle(text).fontSize))",
    )
    assert sizes
    assert min(sizes) >= 11
    bars = page.eval_on_selector(
        "#fig-drivers .barlayer", "bars => bars.getBoundingClientRect().width"
    )
    assert bars > 110


def test_a_wide_table_scrolls_in_its_own_box_and_can_be_reached_by_keyboard(phone: Visit) -> None:
    page = phone.page
    assert page.eval_on_selector("#tbl-money .scroll", "box => box.scrollWidth > box.clientWidth")
    assert page.get_attribute("#tbl-money .scroll", "tabindex") == "0"


def test_the_contents_are_folded_on_a_phone_and_follow_the_reader_on_a_desk(
    visit: Callable[..., Visit],
) -> None:
    phone = visit(viewport=PHONE).page
    assert not phone.is_visible(".contents a")
    phone.click(".contents summary")
    assert phone.is_visible(".contents a")
    desktop = visit(viewport=WIDE).page
    assert desktop.inner_text(".contents a[aria-current]") == "Главное"
    desktop.evaluate("document.getElementById('sec-offers').scrollIntoView({behavior: 'instant'})")
    desktop.wait_for_selector(".contents a[aria-current]:has-text('Предложения')")


def test_the_first_tab_leads_to_the_text(visit: Callable[..., Visit]) -> None:
    page = visit(viewport=WIDE).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_paper_gets_light_charts_of_its_own_width(visit: Callable[..., Visit]) -> None:
    dark = visit(viewport=PHONE, color_scheme="dark")
    dark.page.emulate_media(media="print")
    dark.wait_for_bars(LIGHT_DECLINED)
    widths = dark.page.eval_on_selector_all(
        ".live .main-svg", "drawings => drawings.map(d => d.getBoundingClientRect().width)"
    )
    assert set(widths) == {640}
    assert not dark.page.is_visible(".contents")


def test_text_and_ground_keep_their_contrast(wide: Visit, visit: Callable[..., Visit]) -> None:
    dark = visit(viewport=WIDE, color_scheme="dark")
    for scheme, page in (("light", wide.page), ("dark", dark.page)):
        faint = page.evaluate(CONTRAST)
        assert faint == [], scheme


CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *:not(svg *, script, template)")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const [a, b] = [channels(style.color), ground(node)].map(luminance).sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) faint.push(node.textContent.slice(0, 40));
  }
  return faint;
}"""


def test_without_scripts_the_drawings_are_shown(visit: Callable[..., Visit]) -> None:
    page = visit(viewport=WIDE, java_script_enabled=False).page
    drawings = page.locator(".live svg[viewBox='0 0 640 320'], .live noscript > *")
    assert page.locator("figure.chart").count() == 3
    assert drawings.count() >= 3
    assert all(drawings.nth(place).bounding_box()["width"] > 600 for place in range(3))
