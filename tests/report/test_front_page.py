"""The archive's front page: made from the editions alone, whole on its own, never in the way."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from report.archive import Archive
from report.cli.front_page import FIGURES, page_of, renew_front_page
from report.errors import ArchiveError
from report.front_page import NAME, Link, Links, Point, Row, draw_chart, render
from report.manifest import Manifest, Output, write_manifest
from tests.report.conftest import MakePlan
from tests.report.words_folder import TEMPLATES

NB = "\u00a0"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FILES = ("report.ru.html", "report.ru.pdf", "report.en.html", "report.en.pdf")


class Shelf:
    """An archive of editions that hold nothing but what the front page reads."""

    def __init__(self, folder: Path, make_plan: MakePlan) -> None:
        self.folder = folder
        self._make_plan = make_plan

    def put(
        self,
        period: str,
        /,
        declined: float = 0.38,
        *,
        kind: str = "real",
        files: tuple[str, ...] = FILES[:2],
        languages: tuple[str, ...] = ("ru",),
        **changed: Any,
    ) -> Path:
        results = {
            "schema_version": 1,
            "period": period,
            "kind": kind,
            "data": {"declined": {"share": declined, "low": declined - 0.03, "high": 0.5}},
            "segments": {"money": {"exposed_total": {"value": 2.9e6, "low": 2.7e6, "high": 3.1e6}}},
            "key_figures": {"revenue_per_customer": {"value": 5236, "low": 5191, "high": 5282}},
            "model": {"corrected": {"roc_auc": {"value": 0.915, "low": 0.888, "high": 0.937}}},
        }
        content = json.dumps(results | changed)
        return self._seal(self.folder / period, "results.json", content, files, languages)

    def compare(self, old: str, new: str, *files: str) -> Path:
        place = self.folder / "diff" / f"{old}..{new}"
        return self._seal(place, "diff.json", "{}", files, ("ru",))

    def _seal(
        self, place: Path, name: str, content: str, files: tuple[str, ...], tongues: tuple[str, ...]
    ) -> Path:
        place.mkdir(parents=True)
        (place / name).write_text(content, encoding="utf-8")
        for each in files:
            (place / each).write_text(each)
        data = content.encode()
        sealed = Output(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
        manifest = Manifest(
            schema_version=1,
            plan=self._make_plan(languages=tongues),
            python="3.11",
            libraries={},
            outputs={name: sealed},
            seconds={},
            sealed="2026-11-02T07:00:00+00:00",
        )
        write_manifest(manifest, place)
        return place

    def page(self) -> str:
        return renew_front_page(Archive(self.folder)).read_text("utf-8")


@pytest.fixture
def shelf(tmp_path: Path, make_plan: MakePlan) -> Shelf:
    return Shelf(tmp_path / "output", make_plan)


def rows(page: str) -> list[str]:
    """The text of every row of the table but its head."""
    table = page.split("<tbody", 1)[1].split("</tbody>", 1)[0]
    return [text_of(row) for row in table.split("<tr")[1:]]


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace(NB, " ")))


def addresses(page: str) -> list[str]:
    return [each for each in re.findall(r'href="([^"]*)"', page) if not each.startswith("#")]


# ─── What stands on it ───────────────────────────────────────────────────────────────────────────


def test_editions_stand_newest_first_with_figures_and_intervals(shelf: Shelf) -> None:
    for period, declined in (("2026-09", 0.4), ("2026-10", 0.3), ("2025-12", 0.45)):
        shelf.put(period, declined)
    newest, middle, oldest = rows(shelf.page())
    assert "Октябрь 2026 г." in newest and "30,0 % 27,0–50,0 %" in newest
    assert "2,9 млн ₽ 2,7–3,1 млн ₽" in newest and "5 236 ₽ 5 191–5 282 ₽" in newest
    assert "0,915 0,888–0,937" in newest
    assert "Сентябрь 2026 г." in middle and "40,0 %" in middle
    assert "Декабрь 2025 г." in oldest


def test_every_document_and_comparison_is_a_step_away_and_every_link_leads_somewhere(
    shelf: Shelf,
) -> None:
    shelf.put("2026-09", files=FILES[2:3])
    shelf.put("2026-10", files=(*FILES, "annex.ru.pdf"))
    shelf.compare("2026-09", "2026-10", "diff.ru.html", "diff.ru.pdf")
    shelf.compare("2026-08", "2026-09")
    page = shelf.page()
    found = addresses(page)
    assert {each for each in found if each != "data:,"} == {
        *(f"2026-10/{name}" for name in (*FILES, "annex.ru.pdf", "results.json")),
        "2026-09/report.en.html",
        "2026-09/results.json",
        "diff/2026-08..2026-09/diff.json",
        *(f"diff/2026-09..2026-10/diff{end}" for end in (".ru.html", ".ru.pdf", ".json")),
    }
    assert all((shelf.folder / each).is_file() for each in found if each != "data:,")
    assert page.index("2026-09..2026-10") < page.index("2026-08..2026-09")


def test_a_figure_that_an_edition_lacks_is_the_languages_mark_for_nothing(shelf: Shelf) -> None:
    shelf.put("2026-09", model={"corrected": None}, key_figures=None)
    page = shelf.page()
    assert rows(page)[0].count("—") == 2 + 3  # two figures, and one dash in each link's name
    assert "0,915" not in page


@pytest.mark.parametrize(
    "breaking",
    [
        {"results.json": "{}"},
        {"manifest.json": "not a manifest"},
        {"manifest.json": None},
        {"results.json": None},
    ],
    ids=str,
)
def test_an_edition_that_is_not_what_was_sealed_is_listed_without_figures(
    breaking: dict[str, str | None], shelf: Shelf
) -> None:
    shelf.put("2026-10", 0.3)
    broken = shelf.put("2026-09", 0.4)
    for name, text in breaking.items():
        if text is None:
            (broken / name).unlink()
        else:
            (broken / name).write_text(text)
    page = shelf.page()
    assert "Сентябрь 2026 г." in rows(page)[1] and "прочитать нельзя" in rows(page)[1]
    assert "40,0" not in page and "30,0" in page
    assert "2026-09/report.ru.html" in page


@pytest.mark.parametrize(
    "changed",
    [
        {"schema_version": 99},
        {"schema_version": "one"},
        {"period": "2026-01"},
        {"kind": "other"},
        {"data": {"declined": {"share": float("nan"), "low": 0.1, "high": 0.2}}},
        {"data": {"declined": {"share": "a third", "low": 0.1, "high": 0.2}}},
    ],
    ids=str,
)
def test_results_of_another_shape_give_no_figures(changed: dict[str, Any], shelf: Shelf) -> None:
    shelf.put("2026-10", **changed)
    page = shelf.page()
    assert "прочитать нельзя" in rows(page)[0]
    assert "2,9" not in page and "cards" not in page.split("</style>")[1]


def test_what_is_no_edition_is_not_listed(shelf: Shelf) -> None:
    shelf.put("2026-10")
    for name in ("2026-09", "2026-13", "failed/2026-08", "replaced/2026-10-1", ".2026-07.partial"):
        (shelf.folder / name).mkdir(parents=True)
    (shelf.folder / "2026-06").write_text("a file")
    (shelf.folder / "2026-13" / "results.json").write_text("{}")
    assert len(rows(shelf.page())) == 1


def test_made_up_data_are_marked_on_the_edition_and_above_all_only_if_nothing_else_is_there(
    shelf: Shelf,
) -> None:
    mark = '<p class="mark"'
    shelf.put("2026-09", kind="sample")
    shelf.compare("2026-09", "2026-10")
    page = shelf.page()
    assert mark in page and "Учебные данные" in rows(page)[0]
    shelf.put("2026-10")
    page = shelf.page()
    real, sample = rows(page)
    assert "Учебные данные" in sample and "Учебные данные" not in real and mark not in page
    assert "Учебные данные" in page.split('class="comparisons"')[1]


# ─── The course over the months ──────────────────────────────────────────────────────────────────


def test_a_course_has_its_numbers_in_words_and_is_of_one_kind_of_editions(shelf: Shelf) -> None:
    for period, declined, kind in (
        ("2026-06", 0.9, "sample"),
        ("2026-07", 0.41, "real"),
        ("2026-08", 0.44, "real"),
        ("2026-10", 0.36, "real"),
    ):
        shelf.put(period, declined, kind=kind)
    page = shelf.page()
    labels = re.findall(r'role="img" aria-label="([^"]*)"', page.replace(NB, " "))
    assert len(labels) == 4
    assert labels[0].startswith(
        "Доля снизивших активность по месяцам: июль 2026 г. — 41,0 %, октябрь 2026 г. — 36,0 %; "
        "наименьшее 36,0 %, наибольшее 44,0 %."
    )
    drawing = page[page.index("<svg", page.index('class="cards"')) :].split("</svg>")[0] + "</svg>"
    assert len(ElementTree.fromstring(drawing).findall("circle")) == 1


def test_profit_at_risk_by_forecast_is_named_and_not_drawn_with_that_by_nowcast(
    shelf: Shelf,
) -> None:
    shelf.put("2026-08")
    shelf.put("2026-09")
    shelf.put("2026-10", model={"forecast": {"used": True}})
    page = shelf.page()
    newest, *earlier = rows(page)
    assert "прогноз" in text_of(newest) and not any("прогноз" in text_of(row) for row in earlier)
    assert page.count('role="img"') == len(FIGURES) - 1


def test_a_month_says_its_message_where_one_is_known(shelf: Shelf) -> None:
    headline = {
        "state": "declined",
        "declined": {"share": 0.38},
        "decision": "write",
        "customers": 678,
        "gain_roubles": 140_122.3,
    }
    shelf.put("2026-08", verdicts={"headline": headline | {"decision": "of a later program"}})
    shelf.put("2026-09")
    shelf.put("2026-10", verdicts={"headline": headline})
    said = [row.message for row in page_of(shelf.folder).editions]
    sentence = (
        f"Активность снизили 38{NB}% покупателей. "
        f"Письма 678{NB}покупателям могут принести 140{NB}тыс.{NB}₽"
    )
    assert said == [sentence, "", ""]
    assert shelf.page().count(sentence) == 2


def test_a_single_month_has_no_course(shelf: Shelf) -> None:
    shelf.put("2026-10")
    page = shelf.page()
    assert 'class="cards"' in page and 'role="img"' not in page
    assert draw_chart([Point(1, 2.0, 1.0, 3.0)], text="", first="", last="") is None


def test_months_lie_by_the_calendar_and_a_missing_one_breaks_the_line() -> None:
    points = [Point(month, float(month), month - 1.0, month + 1.0) for month in (0, 1, 3, 4, 6, 10)]
    chart = draw_chart(points, text="text", first="first", last="last")
    assert chart is not None
    runs = [
        [float(pair.split()[0]) for pair in run.split("L")] for run in chart.line.split("M")[1:]
    ]
    assert [len(run) for run in runs] == [2, 2, 1, 1]
    flat = [place for run in runs for place in run]
    assert flat == pytest.approx([5 + 23 * month for month in (0, 1, 3, 4, 6, 10)])
    assert [float(x) for x, _ in chart.dots] == [143, 235]
    assert chart.band.count("Z") == 4
    heights = [float(y) for y in re.findall(r" ([\d.]+)", chart.band)]
    assert (min(heights), max(heights)) == (5, 51)


def test_equal_values_without_width_lie_in_the_middle() -> None:
    chart = draw_chart([Point(m, 1.0, 1.0, 1.0) for m in (0, 1)], text="", first="", last="")
    assert chart is not None and chart.line == "M5 28L235 28"


# ─── One file on its own ─────────────────────────────────────────────────────────────────────────


def test_the_same_archive_gives_the_same_bytes_and_a_lost_page_loses_nothing(shelf: Shelf) -> None:
    shelf.put("2026-10")
    first = shelf.page()
    (shelf.folder / NAME).unlink()
    assert shelf.page() == first == shelf.page()
    assert sorted(place.name for place in shelf.folder.iterdir()) == ["2026-10", NAME]


def test_the_page_is_no_edition(shelf: Shelf) -> None:
    shelf.put("2026-10")
    shelf.page()
    assert Archive(shelf.folder).editions() == ("2026-10",)


def test_ten_years_of_reports_are_one_page_that_asks_for_nothing_from_outside(shelf: Shelf) -> None:
    for month in range(24):
        shelf.put(f"{2025 + month // 12}-{month % 12 + 1:02d}", files=FILES)
    page = re.sub(r"url\(data:font/woff;base64,[A-Za-z0-9+/=]*\)", "", shelf.page())
    assert len(page.encode()) < 100_000
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page and "url(" not in page and "@import" not in page
    assert not re.search(r"(?:https?:)?//", page.replace("</", "<"))


def test_the_page_is_in_the_language_of_the_newest_report(shelf: Shelf) -> None:
    shelf.put("2026-09", languages=("ru",))
    shelf.put("2026-10", languages=("en",), files=FILES[2:])
    english = shelf.page()
    assert '<html lang="en">' in english and "October 2026" in english
    assert "RUB\u00a02.9m" in english
    assert not re.search("[А-Яа-яЁё№₽«]", english.split("</style>")[1])
    shelf.put("2026-11", languages=("en", "ru"), files=FILES)
    russian = shelf.page()
    assert '<html lang="ru">' in russian
    assert addresses(russian.split("</style>")[1])[0] == "2026-11/report.ru.html"
    assert 'hreflang="en"' in russian and "английский" in russian


def test_a_language_without_words_does_not_stop_the_page(shelf: Shelf) -> None:
    shelf.put("2026-10", languages=("xx",), files=("report.xx.html",))
    page = shelf.page()
    assert '<html lang="ru">' in page and "2026-10/report.xx.html" in page


def test_whatever_is_said_prints_as_itself(shelf: Shelf) -> None:
    shelf.put("2026-10")
    page = page_of(shelf.folder)
    evil = '<script>alert("x")</script>'
    row = Row(evil, evil, evil, evil, (), (Links(evil, (Link(evil, evil, evil, evil),)),))
    html = render(type(page)(**{**vars(page), "mark": evil, "editions": (row,)}))
    assert "<script" not in html

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag != "script"
            assert all(not name.startswith("on") for name, _ in attrs)

    Tags().feed(html)


def test_the_colours_are_those_of_the_report() -> None:
    named = re.compile(r"(--[a-z-]+): (light-dark\([^)]*\)|\"PT.*?);")
    ours, theirs = (
        dict(named.findall((TEMPLATES / name).read_text("utf-8")))
        for name in ("archive.css", "report.css")
    )
    assert len(ours) > 8
    assert ours.items() <= theirs.items()


# ─── Written at once or not at all ───────────────────────────────────────────────────────────────


def test_a_page_that_cannot_be_written_leaves_the_one_before(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("2026-09")
    before = shelf.page()
    shelf.put("2026-10")

    def full(self: Path, *_: object, **__: object) -> int:
        self.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ArchiveError) as caught:
        renew_front_page(Archive(shelf.folder))
    assert caught.value.code == "front-page-not-written"
    assert (shelf.folder / NAME).read_text("utf-8") == before
    assert [place.name for place in shelf.folder.iterdir() if place.name.startswith(".")] == []


# ─── For everyone ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (820, "dark"), (360, "light"), (360, "dark")]
)
def test_axe_finds_nothing_and_nothing_sticks_out(
    scheme: Any, width: int, shelf: Shelf, browser: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    shelf.put("2026-08", kind="sample")
    (shelf.put("2026-09") / "manifest.json").unlink()
    for month in ("2026-10", "2026-11"):
        shelf.put(month, files=FILES)
    shelf.compare("2026-08", "2026-10", "diff.ru.html", "diff.ru.pdf")
    shelf.page()
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto((shelf.folder / NAME).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert told == []
    roles = page.get_by_role("row").count(), page.get_by_role("columnheader").count()
    assert roles == (5, 6)
    page.close()
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto((shelf.folder / NAME).as_uri())
    found = axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    context.close()
