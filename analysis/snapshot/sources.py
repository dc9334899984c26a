"""A file of the contract, whatever program wrote it, as text or as a table.

Comma-separated text is read as it is. What is packed is unpacked, the sheet of a workbook that has
the headings becomes text, and Parquet stays a typed table.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from analysis.snapshot.errors import Notes, quoted, shown
from analysis.snapshot.schema import heading_key
from analysis.snapshot.surroundings import HEADING_READ, find_heading, names_a_heading

MOST_UNPACKED = 4 << 30
"""Bytes of a packed file beyond which it is not unpacked."""

NAMES_LISTED = 8
GZIP, ZIP, OLD_WORKBOOK, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
ARCHIVES = (b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ\0", b"BZh", b"\x28\xb5\x2f\xfd")
"""How archives other than ZIP begin."""
WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<table", b"<meta")
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
OTHER_ENCODINGS = ("cp866", "koi8-r")
"""Encodings in which Russian programs write, besides UTF-8 and Windows-1251."""
OF_ONE_BYTE = frozenset({"windows-1251", *OTHER_ENCODINGS})
"""Encodings that headings in Latin letters alone do not tell from one another for certain."""

MOST_IN_WORDS = 0.9
"""Share of the letters outside ASCII from which on a text is one in Russian."""
ASCII = 0x7F
RUSSIAN_WORD = re.compile(r"\b(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+)\b")

SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
WORKBOOK_PARTS = ("[Content_Types].xml", "content.xml")
"""One of these is in every workbook, .xlsx and .ods."""
UNCOMPUTED = re.compile(rb"(?:</f>|<f(?: [^>]*)?/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
"""A cell of a sheet that ends behind its formula: what it comes to was never computed."""

EXACT = 1e15
"""Numbers from which on a workbook keeps not every digit."""


@dataclass(frozen=True, eq=False)
class Source:
    """What a file holds.

    Attributes
    ----------
    text : bytes
        In UTF-8 or Windows-1251; empty for a table.
    table : pyarrow Table or None
        Of a file that has types.
    form : str
        How the file is written, where `text` does not show it: "utf-16", "cp866", "workbook" and so
        on; else empty.
    uncomputed : bool
        Whether the file is a workbook with formulas that no program has computed: such cells come
        out blank.
    """

    text: bytes
    table: pa.Table | None = None
    form: str = ""
    uncomputed: bool = False


def open_source(file: str, content: bytes, headings: Sequence[str], notes: Notes) -> Source | None:
    """Give what a file holds as text or as a table.

    Parameters
    ----------
    file : str
        Name for the notes.
    content : bytes
        The file as it is.
    headings : sequence of str
        Headings expected: they tell the sheet and the encoding.
    notes : Notes
        Takes ``archive``, ``damaged_file``, ``web_page``, ``several_sheets``, ``sheet_read``.

    Returns
    -------
    Source or None
        None if the file cannot be opened.
    """
    packed = content.startswith(GZIP)
    if packed:
        unpacked = _unpacked(content)
        if unpacked is None:
            notes.refuse("damaged_file", file)
            return None
        content = unpacked
    if content.startswith(ARCHIVES) or _is_archive(content):
        notes.refuse("archive", file)
        return None
    try:
        if content.startswith(PARQUET):
            return Source(b"", pq.read_table(pa.BufferReader(content)), "parquet")
        if content.startswith((ZIP, OLD_WORKBOOK)):
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            sheet = _sheet_with(book, file, headings, notes)
            if sheet is None:
                return None
            return Source(sheet, None, "workbook", _has_uncomputed_formulas(content))
    except (calamine.CalamineError, pa.ArrowException, zipfile.BadZipFile, zlib.error, OSError):
        notes.refuse("damaged_file", file)
        return None
    if content[:HEADING_READ].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower().startswith(WEB_PAGE):
        notes.refuse("web_page", file)
        return None
    text, encoding = _in_utf_8(content, headings)
    return Source(text, None, encoding)


def _is_archive(content: bytes) -> bool:
    """Tell whether a ZIP holds files, and not the parts of a workbook."""
    if not content.startswith(ZIP) or not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return not any(part in parts.namelist() for part in WORKBOOK_PARTS)


def _has_uncomputed_formulas(content: bytes) -> bool:
    """Tell whether a cell of a workbook in the form .xlsx has a formula and no value."""
    if not content.startswith(ZIP):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [name for name in parts.namelist() if SHEET.fullmatch(name)]
        return any(UNCOMPUTED.search(parts.read(name)) for name in sheets)


def _unpacked(content: bytes) -> bytes | None:
    """Everything that was packed, one part after the other; None where a part is damaged."""
    found: list[bytes] = []
    while content.startswith(GZIP):
        reader, room = zlib.decompressobj(wbits=31), MOST_UNPACKED - sum(map(len, found))
        try:
            found.append(reader.decompress(content, max(room, 1)))
        except zlib.error:
            return None
        if not reader.eof:
            return None
        content = reader.unused_data
    return b"".join(found)


def _in_utf_8(content: bytes, headings: Sequence[str]) -> tuple[bytes, str]:
    """Text in UTF-8 and the name of its encoding, where headings are known in a rare one."""
    mark, body = content[:2], content[:HEADING_READ]
    plain = all(heading.isascii() for heading in headings)
    if mark in UTF_16:
        return _recoded(content[2:], UTF_16[mark]), "utf-16"
    if b"\0" in body:
        for encoding in UTF_16.values():
            text = body[: len(body) // 2 * 2].decode(encoding, "replace")
            if names_a_heading(text, headings) or (plain and _has_heading(text, headings)):
                return _recoded(content, encoding), "utf-16"
        return content, ""
    if body.isascii() or any(
        names_a_heading(body.decode(usual, "replace"), headings)
        for usual in ("utf-8", "windows-1251")
    ):
        return content, ""
    for encoding in OTHER_ENCODINGS:
        if names_a_heading(body.decode(encoding, "replace"), headings):
            return _recoded(content, encoding), encoding
    if not _is_utf_8(content) and (likeliest := _likeliest(content, headings)):
        return _recoded(content, likeliest), likeliest
    return content, ""


def _is_utf_8(content: bytes) -> bool:
    """Tell whether bytes are UTF-8, though a last letter may be torn."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return True


def _has_heading(text: str, headings: Sequence[str]) -> bool:
    """Tell whether a line of a text names one of these headings."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    named = {heading_key(name) for name in find_heading(plain, headings).names}
    return not named.isdisjoint(map(heading_key, headings))


def _likeliest(content: bytes, headings: Sequence[str]) -> str:
    """Give the encoding of one byte a letter in which most letters stand in Russian words.

    Empty where few do: that may be anything, but under headings in Latin letters alone.
    """
    letters = {
        each: _letters_in_words(content, each) for each in ("windows-1251", *OTHER_ENCODINGS)
    }
    best = max(letters, key=lambda each: letters[each])
    strange = sum(byte > ASCII for byte in content)
    if letters[best] >= MOST_IN_WORDS * strange:
        return best
    plain = all(heading.isascii() for heading in headings)
    known = plain and _has_heading(content[:HEADING_READ].decode("latin-1"), headings)
    return best if known else ""


def _letters_in_words(content: bytes, encoding: str) -> int:
    try:
        return sum(map(len, RUSSIAN_WORD.findall(content.decode(encoding))))
    except UnicodeDecodeError:
        return 0


def _recoded(content: bytes, encoding: str) -> bytes:
    return content.decode(encoding, "replace").removeprefix("\ufeff").encode()


def _sheet_with(
    book: calamine.CalamineWorkbook, file: str, headings: Sequence[str], notes: Notes
) -> bytes | None:
    """Text of the sheet that has the headings; the first one where none has."""
    wanted = {heading_key(heading) for heading in headings}
    texts = {}
    for name in book.sheet_names:
        try:
            texts[name] = _as_text(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        except calamine.CalamineError:
            continue
    texts = {name: text for name, text in texts.items() if text.strip(" ,\r\n")}
    if not texts:
        return b""
    known = {
        name: sum(
            heading_key(each) in wanted
            for each in find_heading(text[:HEADING_READ], headings).names
        )
        for name, text in texts.items()
    }
    best = [name for name in texts if known[name] == max(known.values())]
    if len(best) > 1 and known[best[0]]:
        notes.refuse("several_sheets", file, found=quoted(best, NAMES_LISTED))
        return None
    if len(texts) > 1:
        notes.mention("sheet_read", file, count=len(texts), found=f"«{shown(best[0])}»")
    return texts[best[0]].encode()


def _as_text(rows: list[list[Any]]) -> str:
    """Lines of a sheet, one a row, without columns at the right that are blank throughout."""
    cells = [[_cell(value) for value in row] for row in rows]
    width = max(
        (place for row in cells for place, cell in enumerate(row, start=1) if cell), default=0
    )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row[:width] for row in cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    """Write a cell as a text export would, a number with all the digits that a workbook keeps."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if isinstance(value, datetime) and value.time() == time():
            value = value.date()
        return " ".join(str(value).split())
    if abs(value) >= EXACT:
        return repr(float(value))
    return f"{value:.0f}" if value == int(value) else f"{value:.15g}"
