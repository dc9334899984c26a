"""The document for Word: the same text, numbers and pictures, in styles that can be changed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document

from report import engines
from report.engines import quarto
from tests.report.stand_in_quarto import make_stand_in

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def written(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("word")
    return engines.engine().set(furnished, ["docx"], "report.ru", folder)["docx"]


@pytest.fixture(scope="module")
def opened(written: Path) -> Document:
    return docx.Document(io.BytesIO(written.read_bytes()))


def style_of(opened: Document, text: str) -> str:
    (found,) = (each.style.name for each in opened.paragraphs if each.text.startswith(text))
    return str(found)


def test_headings_and_captions_are_numbered_in_styles_of_their_own(opened: Document) -> None:
    headings = [each.text for each in opened.paragraphs if each.style.name == "Heading 1"]
    assert any(re.match(r"1 \S", each) for each in headings)
    assert style_of(opened, f"Рисунок{NBSP}1{NBSP}— ") == "Table Caption"


def test_tables_are_tables_and_every_picture_has_its_text(opened: Document, written: Path) -> None:
    cells = {cell.text for table in opened.tables for row in table.rows for cell in row.cells}
    assert any("₽" in cell or "%" in cell for cell in cells)
    assert len(opened.inline_shapes) >= 2
    for shape in opened.inline_shapes:
        assert shape._inline.docPr.get("descr")
    with zipfile.ZipFile(written) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert pictures
        for name in pictures:
            assert archive.read(name).startswith(b"\x89PNG")


def test_every_page_carries_the_mark_of_sample_data(opened: Document) -> None:
    assert "Учебные данные" in [each.text for each in opened.sections[0].header.paragraphs]
    assert opened.sections[0].footer.paragraphs[0].text.startswith("Данные на 31 октября 2026 г.")


def test_what_needs_a_page_to_be_worked_with_is_left_out(opened: Document) -> None:
    assert not [each for each in opened.paragraphs if "другими допущениями" in each.text.lower()]
    assert "Вернуть допущения отчёта" not in {each.text for each in opened.paragraphs}


def test_the_same_document_has_the_same_bytes(
    furnished: Path, written: Path, tmp_path: Path
) -> None:
    again = engines.engine().set(furnished, ["docx"], "report.ru", tmp_path)["docx"]
    assert again.read_bytes() == written.read_bytes()


def test_quarto_writes_the_same_text_in_the_same_styles(
    furnished: Path, written: Path, tmp_path: Path
) -> None:
    stand_in = make_stand_in(tmp_path / "programs").told(sets="the document")
    engine = quarto.find({"QUARTO_PATH": str(stand_in.program)})
    other = engine.set(furnished, ["docx"], "report.ru", tmp_path / "out")["docx"]

    with zipfile.ZipFile(other) as theirs, zipfile.ZipFile(written) as ours:
        for part in ("word/document.xml", "word/header1.xml", "docProps/core.xml"):
            assert theirs.read(part) == ours.read(part)
