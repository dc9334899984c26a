"""What every engine owes: the same text, numbers, figures, order, captions and references.

The suite runs on the embedded engine; on Quarto's wrapper over a stand-in that does with Pandoc
what ``_quarto.yml`` says; and on a real Quarto where there is one (else those cases are skipped).
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypandoc
import pytest

from report import engines
from report.engines import Engine, quarto
from report.errors import EngineError, InputError
from report.escaping import escape
from tests.programs import needs
from tests.report.conftest import SAMPLE
from tests.report.stand_in_quarto import make_stand_in
from tests.shared import SharedFolder

NBSP = "\u00a0"
REAL, STAND_IN, EMBEDDED = "quarto", "quarto's stand-in", "embedded"
ENGINES = (EMBEDDED, STAND_IN, REAL)
HOSTILE = (
    "<script>alert(1)</script>",
    "{{< include x >}}",
    '#import "x": y',
    "$x$ @fig-nope",
    "back\\slash `tick` \"double\" 'single'",
    "::: {.callout-note}",
)
TYPED = "Прямые \"кавычки\" и 'апострофы' -- и три точки..."
Made = dict[str, Path]


@pytest.fixture(scope="session")
def real_quarto() -> quarto.QuartoEngine:
    try:
        return quarto.find()
    except InputError as error:
        pytest.skip(f"no real Quarto here: {error.code}")


@pytest.fixture(scope="session")
def get_engine(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Engine]:
    stand_in = make_stand_in(tmp_path_factory.mktemp("stand-in")).told(sets="the document")

    def get(name: str) -> Engine:
        if name == EMBEDDED:
            return engines.engine(EMBEDDED)
        if name == STAND_IN:
            return quarto.find({"QUARTO_PATH": str(stand_in.program)})
        real: Engine = request.getfixturevalue("real_quarto")
        return real

    return get


@pytest.fixture(scope="session", params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def engine(name: str, get_engine: Callable[[str], Engine]) -> Engine:
    return get_engine(name)


@pytest.fixture(scope="session")
def made_by(
    furnished: Path, embedded: Made, shared: SharedFolder, get_engine: Callable[[str], Engine]
) -> Callable[[str], Made]:
    """The sample document as an engine sets it; set once for all tests."""

    def made(name: str) -> Made:
        if name == EMBEDDED:
            return embedded
        engine = get_engine(name)
        return shared.once(
            f"set by {name}",
            lambda folder: engine.set(furnished, ("html", "pdf"), "report.ru", folder),
        )

    return made


@pytest.fixture(scope="session")
def made(name: str, made_by: Callable[[str], Made]) -> Made:
    return made_by(name)


@pytest.fixture(scope="session")
def enriched(engine: Engine, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The sample document and hostile strings, marks as they are typed, a part for each format."""
    folder = tmp_path_factory.mktemp("enriched")
    source = Path(shutil.copytree(furnished, folder / "source"))
    add(source, "\n\n".join(escape(text) for text in HOSTILE))
    add(source, f"| {escape(HOSTILE[1])} |\n|:--|\n| {escape(HOSTILE[0])} |")
    add(source, TYPED)
    add(source, '::: {.content-visible when-format="html"}\nТолько на экране.\n:::')
    add(source, '::: {.content-hidden when-format="html"}\nТолько на бумаге.\n:::')
    return engine.set(source, ("html", "pdf"), "x", folder / "out")


@pytest.fixture(params=[STAND_IN, REAL])
def pair(request: pytest.FixtureRequest, made_by: Callable[[str], Made]) -> tuple[Made, Made]:
    """What a Quarto makes and what the embedded engine makes."""
    return made_by(request.param), made_by(EMBEDDED)


def body_of(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return text[text.index("<body") :]


def text_of(page: Path) -> str:
    """What a reader of the page reads, in order."""
    body = re.sub(r"<(script|style|noscript|template)\b.*?</\1>", " ", body_of(page), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def charts_of(page: Path) -> dict[str, object]:
    """The figures of a page, in order, by id."""
    scripts = re.findall(
        r'<script type="application/json" id="(fig-[\w-]+)-data">(.*?)</script>',
        body_of(page),
        flags=re.S,
    )
    return {name: json.loads(text) for name, text in scripts}


def words_of(pdf: Path) -> list[str]:
    needs("pdftotext")
    done = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def add(source: Path, text: str) -> None:
    document = source / "report.qmd"
    document.write_text(document.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")


def contents_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ─── Each engine by itself ────────────────────────────────────────────────────────────────────────


def test_an_engine_tells_its_versions(engine: Engine) -> None:
    assert re.fullmatch(r"(pandoc|quarto) \d[\w.+-]*, typst \d[\d.]*", engine.version())


def test_the_files_are_named_by_the_stem(made: Made) -> None:
    assert {kind: path.name for kind, path in made.items()} == {
        "html": "report.ru.html",
        "pdf": "report.ru.pdf",
    }


def test_the_same_document_gives_the_same_bytes_and_stays_as_it_was(
    engine: Engine, made: Made, furnished: Path, tmp_path: Path
) -> None:
    before = contents_of(furnished)
    again = engine.set(furnished, ("html", "pdf"), "report.ru", tmp_path)
    assert again.keys() == made.keys()
    for kind, path in made.items():
        assert again[kind].read_bytes() == path.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in made.values()}
    assert contents_of(furnished) == before


def test_no_path_of_this_machine_is_in_the_files(made: Made, furnished: Path) -> None:
    for path in made.values():
        content = path.read_bytes()
        assert str(furnished).encode() not in content
        assert b"/tmp/" not in content


def test_the_page_tells_its_language_and_its_characters_first(made: Made) -> None:
    page = made["html"].read_text(encoding="utf-8")
    assert re.search(r'<html[^>]* lang="ru"', page)
    assert re.search(r'<meta charset="utf-8"', page[:1024], flags=re.I)
    assert "<title>Постоянные покупатели: снижение активности</title>" in page


def test_the_page_asks_for_no_other_file(made: Made) -> None:
    page = made["html"].read_text(encoding="utf-8")
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    for address in re.findall(r"""(?:src|href)="([^"]*)"|url\(["']?([^"')]*)""", outside_scripts):
        assert (address[0] or address[1]).startswith(("#", "data:"))
    assert not re.search(r"<script[^>]* src=", page)


def test_the_page_holds_our_style_and_scripts_and_none_else(made: Made, furnished: Path) -> None:
    page = made["html"].read_text(encoding="utf-8")
    script = (furnished / "templates" / "report.js").read_text(encoding="utf-8")
    assert script.splitlines()[0] in page or re.search(r'<script src="data:', page)
    for foreign in ("quarto-html", "bootstrap", "quarto-document-content", "clipboard.js"):
        assert foreign not in page


def test_captions_and_references_are_numbered_as_the_document_says(made: Made) -> None:
    for text in (text_of(made["html"]), " ".join(words_of(made["pdf"]))):
        text = text.replace(NBSP, " ")
        assert "Рисунок 1 — " in text
        assert "Таблица 1 — " in text
        assert re.search(r"рис\. 1\b", text)
        assert re.search(r"табл\. 1\b", text)
        assert "4 Методы" in text
        for doubled in ("Рисунок 1: ", "Figure", "Table", "?@", "Глава"):
            assert doubled not in text


def test_every_link_within_the_page_has_its_target(made: Made) -> None:
    body = body_of(made["html"])
    ids = set(re.findall(r' id="([^"]+)"', body))
    assert set(re.findall(r' href="#([^"]+)"', body)) <= ids


def test_the_pdf_is_tagged_and_in_its_language(made: Made) -> None:
    with pikepdf.open(made["pdf"]) as pdf:
        assert pdf.Root.Lang == "ru"
        assert pdf.Root.MarkInfo.Marked
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfuaid:part"]) == ("2", "1")


def test_hostile_strings_print_as_themselves(enriched: Made) -> None:
    page, paper = text_of(enriched["html"]), " ".join(words_of(enriched["pdf"]))
    for text in HOSTILE:
        assert text in page
        assert text in paper
    assert "<script>alert" not in enriched["html"].read_text(encoding="utf-8")


def test_marks_are_printed_as_they_are_typed(enriched: Made) -> None:
    assert TYPED in text_of(enriched["html"])
    assert TYPED in " ".join(words_of(enriched["pdf"]))


def test_what_is_for_one_format_is_in_no_other(enriched: Made) -> None:
    page, paper = text_of(enriched["html"]), " ".join(words_of(enriched["pdf"]))
    assert ("Только на экране." in page, "Только на бумаге." in page) == (True, False)
    assert ("Только на экране." in paper, "Только на бумаге." in paper) == (False, True)


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("@fig-none", "the reference @fig-none has no target"),
        ("{{< include secret.md >}}", "shortcode"),
        ("::: {.callout-note}\nне закрыт", "unclosed"),
        ("::: {.sidebar}\nx\n:::", "unknown div .sidebar"),
        ("$x$", "Math"),
    ],
)
def test_a_faulty_document_is_refused_for_the_same_reason(
    engine: Engine, source: Path, tmp_path: Path, addition: str, named: str
) -> None:
    add(source, addition)
    with pytest.raises(EngineError, match="document-refused") as refused:
        engine.set(source, ("html",), "x", tmp_path / "out")
    assert named in str(refused.value.fields["detail"])
    assert str(tmp_path) not in str(refused.value.fields["detail"])


def test_a_summary_of_more_than_a_page_is_refused(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    document = source / "report.qmd"
    text = document.read_text(encoding="utf-8")
    filler = "Это предложение повторяется, чтобы страница наполнилась до самого края.\n\n"
    document.write_text(text.replace("::: {.actions}", filler * 60 + "::: {.actions}"))
    with pytest.raises(EngineError, match="summary-too-long"):
        engine.set(source, ("pdf",), "x", tmp_path / "out")


# ─── Both engines beside each other ───────────────────────────────────────────────────────────────


def test_both_pages_read_the_same(pair: tuple[Made, Made]) -> None:
    by_quarto, by_us = pair
    assert text_of(by_quarto["html"]) == text_of(by_us["html"])
    assert "38,3" in text_of(by_us["html"])


def test_both_pdfs_read_the_same(pair: tuple[Made, Made]) -> None:
    by_quarto, by_us = pair
    assert words_of(by_quarto["pdf"]) == words_of(by_us["pdf"])


def test_both_pages_draw_the_same_charts_in_the_same_order(pair: tuple[Made, Made]) -> None:
    by_quarto, by_us = (charts_of(made["html"]) for made in pair)
    assert list(by_quarto) == list(by_us)
    assert by_quarto == by_us
    assert len(by_us) == len(list((SAMPLE / "figures").glob("fig-*.json")))


def test_both_pages_have_the_same_parts_with_the_same_names(pair: tuple[Made, Made]) -> None:
    ids, links = (
        [re.findall(rf' {name}="([^"]+)"', body_of(made["html"])) for made in pair]
        for name in ("id", "href")
    )
    assert ids[0] == ids[1]
    assert links[0] == links[1]


def test_quarto_changes_nothing_in_what_the_embedded_engine_makes(
    made_by: Callable[[str], Made], source: Path, tmp_path: Path
) -> None:
    (source / "_quarto.yml").unlink()
    without = engines.engine(EMBEDDED).set(source, ("html", "pdf"), "report.ru", tmp_path / "out")
    for kind, path in made_by(EMBEDDED).items():
        assert without[kind].read_bytes() == path.read_bytes()


# ─── The project in the hands of a user who has Quarto ────────────────────────────────────────────


def render(program: Path, source: Path, *arguments: str) -> str:
    command = [program, "render", "report.qmd", *arguments]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_user_changes_a_word_and_renders_again(
    real_quarto: quarto.QuartoEngine, source: Path
) -> None:
    add(source, "Слово, которого не было.")
    said = render(real_quarto.program, source)
    assert "unknown font" not in said
    assert "Слово, которого не было." in text_of(source / "report.html")
    assert "Слово, которого не было." in " ".join(words_of(source / "report.pdf"))


def test_a_user_asks_for_word(real_quarto: quarto.QuartoEngine, source: Path) -> None:
    render(real_quarto.program, source, "--to", "docx")
    with zipfile.ZipFile(source / "report.docx") as archive:
        text = re.sub(r"<[^>]*>", "", archive.read("word/document.xml").decode())
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
    text = text.replace(NBSP, " ")
    assert "Рисунок 1" in text
    assert "рис. 1" in text
    assert pictures


def test_the_filter_leaves_formats_that_are_not_its_own_alone(furnished: Path) -> None:
    command = [pypandoc.get_pandoc_path(), "report.qmd", "--from=markdown-smart", "--to=native"]
    plain = subprocess.run(command, cwd=furnished, capture_output=True, check=True).stdout
    filtered = subprocess.run(
        [*command, f"--lua-filter={furnished / 'templates' / 'filter.lua'}"],
        cwd=furnished,
        capture_output=True,
        check=True,
    ).stdout
    assert filtered == plain
