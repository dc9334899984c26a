"""The fonts of the report: where they lie, what they cover, what of them a page carries.

PT Sans and PT Serif come from the ``fontpkg-*`` wheels, so that a report looks the same on every
machine. A page embeds subsets; a PDF embeds what it uses; both know only these two families.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fontpkg_pt_sans
import fontpkg_pt_serif
import uharfbuzz as harfbuzz
from fontTools.ttLib import TTFont

__all__ = ["LACKING_MARK", "Face", "faces", "folders", "lacking", "replace_lacking", "woff"]

LACKING_MARK = "◊"
"""What stands for a character that the fonts lack; the fonts themselves have it."""

_MARKS = ("Mn", "Mc", "Me")
_INVISIBLE = "\n\r\t"
_PAGE_RANGES = (
    (0x20, 0x7E),  # Basic Latin
    (0xA0, 0x17F),  # Latin-1 Supplement, Latin Extended-A
    (0x400, 0x4FF),  # Cyrillic
    (0x2010, 0x2044),  # General Punctuation
    (0x20A0, 0x20BF),  # Currency Symbols
    (0x2116, 0x2122),  # numero and trade mark signs
    (0x2202, 0x2265),  # mathematical operators, the minus sign among them
    (0x25CA, 0x25CA),  # the mark of a lacking character
)
_PAGE_FEATURES = ("ccmp", "kern", "liga", "locl", "mark", "mkmk", "sups")


@dataclass(frozen=True)
class Face:
    """One cut of a family.

    Attributes
    ----------
    name
        Stem of the file that a page's style sheet asks for.
    path
        The TrueType file.
    """

    name: str
    path: Path


def _files(package_file: str | None) -> Path:
    assert package_file is not None
    return Path(package_file).resolve().parent / "files"


def folders() -> tuple[Path, ...]:
    """List the folders of the font files, for Typst."""
    return (_files(fontpkg_pt_sans.__file__), _files(fontpkg_pt_serif.__file__))


def faces() -> tuple[Face, ...]:
    """Return the cuts that the report uses, both in HTML and in PDF."""
    sans, serif = folders()
    return (
        Face("pt-sans-regular", sans / "PT_Sans-Web-Regular.ttf"),
        Face("pt-sans-bold", sans / "PT_Sans-Web-Bold.ttf"),
        Face("pt-serif-regular", serif / "PT_Serif-Web-Regular.ttf"),
        Face("pt-serif-italic", serif / "PT_Serif-Web-Italic.ttf"),
        Face("pt-serif-bold", serif / "PT_Serif-Web-Bold.ttf"),
    )


@cache
def _covered() -> frozenset[int]:
    """Collect the code points that every cut has."""
    return frozenset.intersection(*(frozenset(_face(each).unicodes) for each in faces()))


def _face(cut: Face) -> harfbuzz.Face:
    return harfbuzz.Face(harfbuzz.Blob.from_file_path(str(cut.path)))


def lacking(text: str) -> str:
    """Find the characters of a text that at least one cut of the report's fonts lacks.

    Parameters
    ----------
    text
        Any text; line ends and tabs are not counted.

    Returns
    -------
    str
        The lacking characters, each once, in the order of their code points.
    """
    covered = _covered()
    return "".join(
        sorted({char for char in text if ord(char) not in covered and char not in _INVISIBLE})
    )


def replace_lacking(text: str, mark: str = LACKING_MARK) -> str:
    """Put a visible mark in place of every character that the fonts lack.

    A PDF that must be readable aloud cannot be compiled with a character that has no glyph, nor a
    chart in it with a mark that combines with the letter before, so a text that comes from data
    passes through here before it is set. Such a mark is joined with its letter where there is a
    character for both, else left out, as is what shows nothing.

    Examples
    --------
    >>> replace_lacking("Подарки 🎁")
    'Подарки ◊'
    """
    joined = unicodedata.normalize("NFC", text)
    absent = lacking(joined)
    changed: dict[int, str | int | None] = {ord(sign): mark for sign in absent}
    for sign in set(joined):
        kind = unicodedata.category(sign)
        if unicodedata.combining(sign) or kind in _MARKS or (kind == "Cf" and sign in absent):
            changed[ord(sign)] = None
    return joined.translate(changed) if changed else joined


@cache
def woff(face: Face) -> bytes:
    """Subset a cut to what a page may need: Latin, Cyrillic, punctuation, signs of money.

    Returns
    -------
    bytes
        A WOFF file (zlib), the same bytes on every call.
    """
    asked = harfbuzz.SubsetInput()
    asked.flags = harfbuzz.SubsetFlags.NO_HINTING
    asked.unicode_set.clear()
    for first, last in _PAGE_RANGES:
        asked.unicode_set.add_range(first, last)
    asked.layout_feature_tag_set.clear()
    for feature in _PAGE_FEATURES:
        asked.layout_feature_tag_set.add(_tag(feature))
    for table in ("DSIG", "FFTM"):
        asked.drop_table_tag_set.add(_tag(table))
    part = io.BytesIO(harfbuzz.subset(_face(face), asked).blob.data)
    target = io.BytesIO()
    with TTFont(part, lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        font.flavor = "woff"
        font.save(target, reorderTables=True)
    return target.getvalue()


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"), "big")
