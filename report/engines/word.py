"""What a Word document needs beside the text: a reference document and pictures that Word draws."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import pypandoc
import resvg_py
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from report import fonts
from report.engines.front_matter import REFERENCE, read_front

__all__ = ["prepare_word"]

PICTURE_ZOOM = 2.5
"""A picture's pixels for one of the page's: 240 dots an inch at full width."""

SANS, SERIF = "PT Sans", "PT Serif"
INK, MUTED, BRAND = (
    RGBColor(0x1B, 0x27, 0x33),
    RGBColor(0x5B, 0x68, 0x75),
    RGBColor(0x0F, 0x4C, 0x81),
)
PALE = "EEF3F8"
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = Cm(21), Cm(29.7), Cm(2)
_TITLES: dict[str, float] = {"Title": 12, "Headline": 18, "Subtitle": 11, "Date": 10}
_HEADINGS: dict[str, float] = {"Heading 1": 15, "Heading 2": 12.5, "Heading 3": 11}
_TEXTS = ("Normal", "Body Text", "First Paragraph", "Compact", "Footnote Text", "Definition")
_DRAWING = re.compile(r"\]\((figures/fig-[\w-]+\.svg)\)")


def prepare_word(folder: Path, document: str) -> None:
    """Lay the reference document and a raster picture of each chart into a document's folder.

    Parameters
    ----------
    folder
        A furnished copy of the document's folder; it is written to.
    document
        Which document: its title and its mark stand at the head of every page.
    """
    text = (folder / f"{document}.qmd").read_text(encoding="utf-8")
    for name in sorted(set(_DRAWING.findall(text))):
        drawing = folder / name
        picture = resvg_py.svg_to_bytes(
            svg_string=drawing.read_text(encoding="utf-8"),
            zoom=PICTURE_ZOOM,
            background="#ffffff",
            skip_system_fonts=True,
            font_dirs=[str(place) for place in fonts.folders()],
            font_family=SANS,
            sans_serif_family=SANS,
        )
        drawing.with_suffix(".png").write_bytes(bytes(picture))
    place = folder / REFERENCE
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(_reference(read_front(folder / f"{document}.qmd")))


def _reference(front: Mapping[str, str]) -> bytes:
    """Make the reference document out of Pandoc's own."""
    own = subprocess.run(
        [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    made = docx.Document(io.BytesIO(own))
    _set_styles(made)
    section = made.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN
    section.header.paragraphs[0].text = front.get("title", "")
    if mark := front.get("mark"):
        marked = section.header.add_paragraph()
        marked.alignment = WD_ALIGN_PARAGRAPH.CENTER
        marked.add_run(mark).bold = True
    foot = section.footer.paragraphs[0]
    foot.paragraph_format.tab_stops.add_tab_stop(PAGE_WIDTH - 2 * MARGIN, WD_TAB_ALIGNMENT.RIGHT)
    foot.text = f"{front.get('as-of', '')}\t"
    _add_field(foot, "PAGE")
    saved, dated = io.BytesIO(), io.BytesIO()
    made.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(dated, "w") as same:
        for part in parts.infolist():
            same.writestr(zipfile.ZipInfo(part.filename), parts.read(part))  # of 1980, not of now
    return dated.getvalue()


def _set_styles(made: Document) -> None:
    for name in _TEXTS:
        _set(made, name, SERIF, 10.5)
    for name, size in _TITLES.items():
        style = _set(made, name, SANS, size, bold=name == "Headline", colour=BRAND)
        style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(4)
    for name, size in _HEADINGS.items():
        style = _set(made, name, SANS, size, bold=True, colour=BRAND)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(14), Pt(4)
    caption = _set(made, "Table Caption", SANS, 9.5)
    caption.font.italic = False
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(8)
    _set(made, "Picture", SANS, 9)
    _set(made, "Header", SANS, 8.5, colour=MUTED)
    _set(made, "Footer", SANS, 8.5, colour=MUTED)
    after = _set(made, "After Table", SANS, 4)
    after.paragraph_format.space_before = after.paragraph_format.space_after = Pt(0)
    callout = _set(made, "Callout", SANS, 10)
    callout.paragraph_format.left_indent = callout.paragraph_format.right_indent = Cm(0.2)
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), PALE)
    callout.element.get_or_add_pPr().append(shade)
    muted = made.styles.add_style("Muted", WD_STYLE_TYPE.CHARACTER)
    muted.font.color.rgb = MUTED


def _set(
    made: Document,
    name: str,
    family: str,
    size: float,
    *,
    bold: bool = False,
    colour: RGBColor = INK,
) -> ParagraphStyle:
    """Give a paragraph style its letters; it is added where there is none."""
    known = {style.name for style in made.styles}
    style = (
        made.styles[name] if name in known else made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    )
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size = family, Pt(size)
    style.font.bold, style.font.color.rgb = bold, colour
    letters = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        letters.set(qn(script), family)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        letters.attrib.pop(qn(theme), None)
    return style


def _add_field(paragraph: Paragraph, code: str) -> None:
    """Add a field that Word fills in, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)
