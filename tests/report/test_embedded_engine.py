"""The embedded engine on a whole document: HTML and PDF as a reader gets them."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import psutil
import pytest
import typst

from report import engines, fonts
from report.engines.embedded import compile_pdf, run_pandoc
from report.errors import EngineError
from report.escaping import escape
from tests.programs import needs
from tests.report.conftest import SAMPLE

NBSP = "\u00a0"
HTML_LIMIT = 3_500_000
HOSTILE = [
    "<script>alert(1)</script>",
    "{{< include x >}}",
    '#import "x": y',
    "$x$ @fig-nope",
    "back\\slash `tick` \"double\" 'single'",
]


@pytest.fixture
def made(embedded: dict[str, Path]) -> dict[str, Path]:
    return embedded


def change(source: Path, old: str, new: str) -> None:
    document = source / "report.qmd"
    text = document.read_text(encoding="utf-8")
    assert old in text
    document.write_text(text.replace(old, new), encoding="utf-8")


def pages(pdf: Path) -> list[str]:
    needs("pdftotext")
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    return text.split("\f")[:-1]


def contents_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ─── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_both_files_are_named_by_the_stem_and_not_too_large(made: dict[str, Path]) -> None:
    assert {path.name for path in made.values()} == {"report.ru.html", "report.ru.pdf"}
    assert made["html"].stat().st_size < HTML_LIMIT
    assert made["pdf"].stat().st_size < HTML_LIMIT


def test_furnishing_twice_gives_the_same_bytes(furnished: Path, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "again")
    engines.furnish(tmp_path / "again")
    assert contents_of(tmp_path / "again") == contents_of(furnished)


def test_no_path_of_this_machine_is_in_the_files(made: dict[str, Path], furnished: Path) -> None:
    for path in made.values():
        assert str(furnished).encode() not in path.read_bytes()
        assert b"/tmp/" not in path.read_bytes()


def test_the_page_asks_for_no_other_file(made: dict[str, Path]) -> None:
    html = made["html"].read_text(encoding="utf-8")
    outside_scripts = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    for address in re.findall(r"""(?:src|href)="([^"]*)"|url\(["']?([^"')]*)""", outside_scripts):
        assert (address[0] or address[1]).startswith(("#", "data:"))


def test_plotly_is_in_the_page_once(made: dict[str, Path], furnished: Path) -> None:
    packed = (furnished / "figures" / "plotly.js.gz.b64").read_text().strip()
    assert made["html"].read_text(encoding="utf-8").count(packed) == 1


def test_a_document_without_charts_carries_no_plotly(source: Path, tmp_path: Path) -> None:
    document = source / "report.qmd"
    front = document.read_text(encoding="utf-8").split("\n---\n")[0]
    document.write_text(f"{front}\n---\n\n# Всё {{#sec-all}}\n\nТекст.\n", encoding="utf-8")
    made = engines.engine().set(source, ("html", "pdf"), "x", tmp_path / "out")
    assert made["html"].stat().st_size < 400_000
    assert "Текст." in pages(made["pdf"])[-1]


# ─── The PDF ──────────────────────────────────────────────────────────────────────────────────────


def test_the_pdf_is_tagged_dated_titled_and_in_its_language(made: dict[str, Path]) -> None:
    with pikepdf.open(made["pdf"]) as pdf:
        assert pdf.Root.Lang == "ru"
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as meta:
            assert meta["dc:title"] == "Постоянные покупатели: снижение активности"
            assert meta["pdfaid:part"] == "2"
            assert meta["pdfaid:conformance"] == "A"
            assert meta["pdfuaid:part"] == "1"
            assert meta["xmp:CreateDate"].startswith("2026-10-31")
            assert meta["xmp:ModifyDate"].startswith("2026-10-31")


def test_the_pdf_s_bookmarks_are_the_sections(made: dict[str, Path]) -> None:
    with pikepdf.open(made["pdf"]) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[0] == "Главное"
    assert any("Данные и их качество" in title for title in titles)


def test_the_pdf_s_fonts_are_embedded_and_of_two_families(made: dict[str, Path]) -> None:
    needs("pdffonts")
    listing = subprocess.run(
        ["pdffonts", made["pdf"]], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert listing
    for line in listing:
        assert re.match(r"\w{6}\+PTS(ans|erif)", line)
        assert "yes yes yes" in line


def test_cover_summary_contents_and_body_follow_each_other(made: dict[str, Path]) -> None:
    """Below so short a list of contents the body begins on the same page."""
    cover, summary, contents = (page.replace(NBSP, " ") for page in pages(made["pdf"])[:3])
    assert "Данные на 31 октября 2026 г." in cover
    assert "Главное" in summary
    assert "Чего данные не показывают" in summary
    assert "1 из 5" in summary
    assert "Данные и их качество" not in summary
    assert "Содержание" in contents
    listed, body = re.sub(" +", " ", contents).rsplit("Данные и их качество", 1)
    assert "4 Методы" in listed and listed.endswith("1 ") and body


def test_the_mark_is_on_every_page(made: dict[str, Path]) -> None:
    assert all("Учебные данные" in page for page in pages(made["pdf"]))
    assert '<p class="mark" role="note">Учебные данные</p>' in made["html"].read_text()


def test_a_report_without_a_mark_has_none(source: Path, tmp_path: Path) -> None:
    change(source, '"mark": "Учебные данные"\n', "")
    made = engines.engine().set(source, ("html", "pdf"), "x", tmp_path / "out")
    assert not any("Учебные" in page for page in pages(made["pdf"]))
    assert "Учебные" not in made["html"].read_text()


def test_nothing_of_the_pdf_stands_outside_the_margins(made: dict[str, Path]) -> None:
    needs("pdftotext")
    boxes = subprocess.run(
        ["pdftotext", "-bbox", "-f", "2", made["pdf"], "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    margin = 22.5 / 25.4 * 72
    for left, right in re.findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', boxes):
        assert float(left) > margin - 1
        assert float(right) < 595.28 - margin + 1


def test_a_long_summary_is_set_smaller_and_a_longer_one_refused(
    source: Path, tmp_path: Path
) -> None:
    filler = "Это предложение повторяется, чтобы страница наполнилась до самого края.\n\n"
    place = "::: {.actions}"
    change(source, place, filler * 13 + place)
    made = engines.engine().set(source, ("pdf",), "x", tmp_path / "out")
    assert "Содержание" in pages(made["pdf"])[2]
    change(source, place, filler * 40 + place)
    with pytest.raises(EngineError) as refused:
        engines.engine().set(source, ("pdf",), "x", tmp_path / "out")
    assert refused.value.code == "summary-too-long"


def test_a_long_table_goes_on_over_the_page_with_its_head(source: Path, tmp_path: Path) -> None:
    row = "| Тип сервиса | Уровень обслуживания: «премиум» или «стандарт» | — |\n"
    change(source, row, row * 60)
    made = engines.engine().set(source, ("pdf",), "x", tmp_path / "out")
    with_head = [page for page in pages(made["pdf"]) if re.search(r"Признак +Описание", page)]
    assert len(with_head) >= 2


def test_hostile_strings_print_as_themselves(source: Path, tmp_path: Path) -> None:
    paragraphs = "\n\n".join(escape(text) for text in HOSTILE)
    change(source, "# Предложения", f"{paragraphs}\n\n# Предложения")
    change(
        source,
        '"title": "Постоянные',
        f'"title": "{escape(HOSTILE[0])} Постоянные'.replace("\\", "\\\\"),
    )
    made = engines.engine().set(source, ("html", "pdf"), "x", tmp_path / "out")
    printed = "".join(pages(made["pdf"]))
    page = made["html"].read_text(encoding="utf-8")
    for text in HOSTILE:
        assert text in printed
        as_html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert as_html in page.replace("&quot;", '"').replace("&#39;", "'").replace("&#123;", "{")
    assert "<script>alert" not in page


# ─── Refusals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("@fig-none", "report.qmd: the reference @fig-none has no target"),
        ("{{< include secret.md >}}", "holds a shortcode"),
        ("::: {.callout-note}\nне закрыт", "unclosed"),
    ],
)
def test_a_faulty_document_is_refused_in_one_line_without_a_trace(
    source: Path, tmp_path: Path, addition: str, named: str
) -> None:
    change(source, "# Предложения", f"{addition}\n\n# Предложения")
    with pytest.raises(EngineError) as refused:
        engines.engine().set(source, ("html",), "x", tmp_path / "out")
    assert refused.value.code == "document-refused"
    detail = str(refused.value.fields["detail"])
    assert named in detail
    assert "traceback" not in detail
    assert str(tmp_path) not in detail


def test_an_unknown_font_is_refused(source: Path, tmp_path: Path) -> None:
    template = source / "templates" / "report.typ"
    template.write_text(template.read_text().replace('("PT Sans",)', '("Arial",)'))
    with pytest.raises(EngineError) as refused:
        engines.engine().set(source, ("pdf",), "x", tmp_path)
    assert refused.value.code == "pdf-refused"
    assert "arial" in str(refused.value.fields["detail"])


def test_a_pandoc_that_hangs_is_ended(
    furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pandoc"
    program.write_text("#!/bin/sh\nexec sleep 600\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setattr("pypandoc.get_pandoc_path", lambda: str(program))
    with pytest.raises(EngineError) as refused:
        run_pandoc(furnished, "report.qmd", (), seconds=0.5)
    assert (refused.value.code, refused.value.fields) == ("pandoc-timeout", {"seconds": 0.5})
    assert [each for each in psutil.Process().children() if "600" in each.cmdline()] == []


def test_a_typst_that_hangs_is_ended(tmp_path: Path) -> None:
    endless = "range(9000).map(one => range(9000).map(other => one * other).sum()).sum()"
    (tmp_path / "x.typ").write_text(f"#{endless}", encoding="ascii")
    with pytest.raises(EngineError) as refused:
        compile_pdf(tmp_path / "x.typ", seconds=0.5)
    assert (refused.value.code, refused.value.fields) == ("typst-timeout", {"seconds": 0.5})
    assert [
        each for each in psutil.Process().children() if "typst_child" in str(each.cmdline())
    ] == []


def test_a_typst_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="ascii")
    killed.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(killed))
    with pytest.raises(EngineError) as refused:
        compile_pdf(tmp_path / "x.typ")
    assert (refused.value.code, refused.value.fields) == ("pdf-refused", {"detail": "status -9"})


def test_a_typst_error_says_where(tmp_path: Path) -> None:
    (tmp_path / "x.typ").write_text("#unknown-thing()")
    with pytest.raises(EngineError) as refused:
        compile_pdf(tmp_path / "x.typ")
    assert "unknown variable" in str(refused.value.fields["detail"])
    assert "x.typ:1" in str(refused.value.fields["detail"])


def test_unknown_formats_engines_and_incomplete_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="format-unknown"):
        engines.engine().set(tmp_path, ("odt",), "x", tmp_path)
    with pytest.raises(EngineError, match="source-incomplete"):
        engines.engine().set(tmp_path, ("html",), "x", tmp_path)
    with pytest.raises(EngineError, match="engine-unknown"):
        engines.engine("latex")


def test_the_engine_names_its_versions() -> None:
    assert re.fullmatch(r"pandoc [\d.]+, typst [\d.]+", engines.engine().version())
    assert typst.__version__ in engines.engine().version()


# ─── Fonts ────────────────────────────────────────────────────────────────────────────────────────


def test_characters_without_a_glyph_are_found_and_marked() -> None:
    text = "Подарки 🎁 за 5\u00a0₽ \u202f«№ 7» — −1"
    assert fonts.lacking(text) == "\u202f🎁"
    assert fonts.replace_lacking(text) == "Подарки ◊ за 5\u00a0₽ ◊«№ 7» — −1"
    assert fonts.lacking(fonts.LACKING_MARK) == ""


COMBINED = {
    "Қ\u0301уйма": "Қуйма",
    "е\u0301ж": "еж",
    "и\u0306": "й",
    "Vie\u0323\u0302t": "Vi◊t",
    "🎁\u0301": "◊",
    "a\u0301\u0302\u0303": "á",
    "☎\ufe0f\u200d": "◊",
    "\x1b[31m": "◊[31m",
}


def test_marks_that_combine_are_joined_or_left_out(tmp_path: Path) -> None:
    assert {text: fonts.replace_lacking(text) for text in COMBINED} == COMBINED
    texts = "".join(f"<text>{text}</text>" for text in COMBINED.values())
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{texts}</svg>'
    (tmp_path / "chart.svg").write_text(svg, encoding="utf-8")
    (tmp_path / "a.typ").write_text(
        '#set document(title: "x")\n#set text(font: "PT Sans")\n#image("chart.svg", alt: "x")'
    )
    assert compile_pdf(tmp_path / "a.typ").startswith(b"%PDF")


def test_a_replaced_character_can_be_set(source: Path, tmp_path: Path) -> None:
    change(source, "# Предложения", "Подарки 🎁\n\n# Предложения")
    with pytest.raises(EngineError, match="pdf-refused"):
        engines.engine().set(source, ("pdf",), "x", tmp_path / "out")
    change(source, "Подарки 🎁", fonts.replace_lacking("Подарки 🎁"))
    assert engines.engine().set(source, ("pdf",), "x", tmp_path / "out")["pdf"].is_file()


def test_what_the_page_s_own_words_need_is_in_its_fonts() -> None:
    document = (SAMPLE / "report.qmd").read_text(encoding="utf-8")
    assert fonts.lacking(document) == ""
