"""How an exported file is written, and the file cut into cells of text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analysis.arrays import Counts, Flags
from analysis.snapshot.errors import Notes, quoted, shown
from analysis.snapshot.garbling import garbled_headings
from analysis.snapshot.schema import MONTHS_OF_MONEY, heading_key, key
from analysis.snapshot.sources import open_source
from analysis.snapshot.surroundings import (
    HEADING_READ,
    Heading,
    find_heading,
    name_lines_above,
    names_a_heading,
    without_dashes,
    without_end,
)

IN_ANOTHER_ENCODING = re.compile(b"(?:[\xd0\xd1][\x80-\xbf]){3}")
"""Three Russian letters in UTF-8: in a text in Windows-1251 they mean nothing."""

MONTH_NAME = re.compile(
    r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]?"
    r"(?:[ _.-]*[0-9]{2,4})?|[0-9]{4}[._-][0-9]{2}|[0-9]{2}[._-][0-9]{4}"
)
"""A column that is named after a month of the calendar."""

NAMES_SHOWN, COLUMNS_SHOWN, WIDTHS_SHOWN = 3, 20, 5
LONGEST_BLOCK = 1 << 22
"""Bytes that are cut at a time; a row has to fit into them."""

STRAY_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that is no UTF-8, as ``surrogateescape`` writes it."""


@dataclass(frozen=True)
class Dialect:
    """How one file is written.

    Attributes
    ----------
    encoding : str
        "utf-8", "utf-8-sig" (with BOM), "windows-1251", "utf-16", "cp866" or "koi8-r"; for what is
        no text, "workbook" or "parquet".
    separator : str
        "," or ";" or tab or "|"; empty for what is no text.
    decimal : str
        "." or ","; empty if no number of the file has a fraction.
    line_end : str
        "lf", "crlf", "cr" or "mixed"; empty for what is no text.
    """

    encoding: str
    separator: str
    decimal: str
    line_end: str


@dataclass(frozen=True, eq=False)
class Table:
    """The cells of one file, still text, but for numbers of a file that has types.

    Attributes
    ----------
    dialect : Dialect
        Its decimal mark is not known yet.
    cells : DataFrame of str, category or float64
        The columns of the contract that the file has, by their heading, stripped of spaces.
    lines : ndarray of int64, shape (n_rows,)
        Line number of each row in the file.
    last_column : str or None
        Heading of the file's last column, if the contract knows it.
    unfinished : bool
        The file does not end with a line end.
    uncomputed : bool
        Blank cells may hold formulas that no program has computed.
    """

    dialect: Dialect
    cells: pd.DataFrame
    lines: Counts
    last_column: str | None
    unfinished: bool
    uncomputed: bool = False

    def where(self, rows: Flags) -> Table:
        """Only the rows where `rows` is true."""
        return replace(self, cells=self.cells[rows].reset_index(drop=True), lines=self.lines[rows])


def read_table(
    file: str, content: bytes, headings: Sequence[str], labelled: Sequence[str], notes: Notes
) -> Table | None:
    """Find out how a file is written and cut it into cells.

    Parameters
    ----------
    file : str
        Name for the notes.
    content : bytes
        The file as it is.
    headings : sequence of str
        Headings expected, in any order; compared without case and outer spaces.
    labelled : sequence of str
        Those of `headings` that hold few different texts (read as categories).
    notes : Notes
        Takes problems and findings.

    Returns
    -------
    Table or None
        Rows that are sound in shape; None if the file cannot be cut into cells at all.
    """
    source = open_source(file, content, headings, notes)
    if source is None:
        return None
    if source.table is not None:
        return _typed(file, source.table, headings, labelled, notes)
    content = source.text
    if not content.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        notes.refuse("empty_file", file)
        return None
    line_end = _line_end(content)
    if line_end == "mixed":
        notes.mention("mixed_line_ends", file)
    decoded = _decode(file, _with_plain_line_ends(content, line_end), headings, notes)
    if decoded is None:
        return None
    body, encoding = decoded
    text = body[: 4 * HEADING_READ].decode(encoding, "ignore")
    heading = find_heading(text, headings)
    known = _columns(file, heading, headings, notes)
    if not known:
        return None
    name_lines_above(file, text, heading, notes)
    plain_encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    below = b"".join(body.split(b"\n", heading.last)[heading.last :])
    rows = without_dashes(file, below, plain_encoding, heading.separator, notes)
    first_line = heading.last + 1 + _lines_fewer(below, rows)
    rows = without_end(file, rows, plain_encoding, heading.separator, notes)
    if not rows.strip():
        notes.refuse("no_rows", file)
        return None
    separator, names = heading.separator, heading.names
    sheet = _Sheet(file, rows, plain_encoding, separator, len(names), first_line)
    cut = _cut_quoted(sheet, known, notes) if b'"' in rows else _cut_plain(sheet, known, notes)
    if cut is None:
        return None
    cells, lines = cut
    for name in known.values():
        cells[name] = (
            cells[name].astype("category") if name in labelled else cells[name].str.strip()
        )
    return _without_blank_rows(
        file,
        Table(
            Dialect("workbook", "", "", "")
            if source.form == "workbook"
            else Dialect(source.form or encoding, separator, "", line_end),
            cells,
            lines,
            known.get(len(names) - 1),
            not rows.endswith(b"\n") and int(lines[-1]) == first_line + rows.count(b"\n"),
            source.uncomputed,
        ),
        notes,
    )


def _line_end(content: bytes) -> str:
    if b"\r" not in content:
        return "lf"
    pairs = content.count(b"\r\n")
    found = {
        "crlf": pairs,
        "cr": content.count(b"\r") - pairs,
        "lf": content.count(b"\n") - pairs,
    }
    kinds = [kind for kind, count in found.items() if count]
    return kinds[0] if len(kinds) == 1 else "mixed"


def _with_plain_line_ends(content: bytes, line_end: str) -> bytes:
    if line_end == "lf":
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _lines_fewer(whole: bytes, part: bytes) -> int:
    return 0 if len(whole) == len(part) else whole.count(b"\n") - part.count(b"\n")


def _decode(
    file: str, content: bytes, headings: Sequence[str], notes: Notes
) -> tuple[bytes, str] | None:
    """Body without BOM, and its encoding; a row torn inside a UTF-8 character is taken off."""
    marked = content.startswith(codecs.BOM_UTF8)
    body = content.removeprefix(codecs.BOM_UTF8)
    encoding = "utf-8-sig" if marked else "utf-8"
    if b"\0" in body:
        notes.refuse("not_text", file, lines=[body.count(b"\n", 0, body.index(b"\0")) + 1])
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(body) and error.reason == "unexpected end of data":
            notes.refuse("cut_row", file, lines=[body.count(b"\n") + 1])
            return (body[: body.rindex(b"\n") + 1], encoding) if b"\n" in body else None
        if names_a_heading(body.decode("utf-8", "replace"), headings):
            strange = _lines_not_in_utf_8(body)
            notes.refuse("mixed_encodings", file, lines=strange, encoding="UTF-8")
            return None
        if marked or not _reads_as_cyrillic(body, headings):
            notes.refuse("not_text", file, lines=[body.count(b"\n", 0, error.start) + 1])
            return None
        encoding = "windows-1251"
        mixed = [found.start() for found in IN_ANOTHER_ENCODING.finditer(body)]
        if mixed:
            ends = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == ord("\n"))
            strange = np.unique(np.searchsorted(ends, mixed) + 1).tolist()
            notes.refuse("mixed_encodings", file, lines=strange, encoding="Windows-1251")
            return None
    return body, encoding


def _lines_not_in_utf_8(body: bytes) -> list[int]:
    lines = body.decode("utf-8", "surrogateescape").split("\n")
    return [place for place, line in enumerate(lines, start=1) if STRAY_BYTE.search(line)]


def _reads_as_cyrillic(body: bytes, headings: Sequence[str]) -> bool:
    """Whether Windows-1251 makes sense of the body: decodable, and a heading is recognised."""
    try:
        return names_a_heading(body.decode("windows-1251"), headings)
    except UnicodeDecodeError:
        return False


def _typed(
    file: str, table: pa.Table, headings: Sequence[str], labelled: Sequence[str], notes: Notes
) -> Table | None:
    """Cells of a file that has types: numbers stay numbers, the rest becomes text."""
    known = _columns(file, Heading(table.column_names, "", 1, 1), headings, notes)
    if not known:
        return None
    if not table.num_rows:
        notes.refuse("no_rows", file)
        return None
    cells = {}
    for place, heading in known.items():
        column = table.column(place)
        try:
            cells[heading] = _typed_cells(column, heading == "id", heading in labelled)
        except (pa.ArrowException, UnicodeDecodeError):
            notes.refuse("not_plain", file, heading, found=shown(str(column.type)))
    if not cells:
        return None
    lines = np.arange(2, table.num_rows + 2, dtype=np.int64)
    return _without_blank_rows(
        file, Table(Dialect("parquet", "", "", ""), pd.DataFrame(cells), lines, None, False), notes
    )


def _typed_cells(column: pa.ChunkedArray, is_id: bool, is_label: bool) -> pd.Series[Any]:
    kind = column.type
    number = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    if pa.types.is_duration(kind):
        raise pa.ArrowTypeError("a length of time has no unit of its own")
    if number and not is_id and not is_label:
        numbers: pd.Series[float] = pc.cast(column, pa.float64(), safe=False).to_pandas()
        return numbers.astype("float64")
    texts: pd.Series[str] = (
        pc.fill_null(pc.cast(column, pa.string()), "").to_pandas().astype("str").str.strip()
    )
    return texts.astype("category") if is_label else texts


def _columns(file: str, line: Heading, headings: Sequence[str], notes: Notes) -> dict[int, str]:
    """Place of each expected column in the file."""
    expected = {heading_key(heading): heading for heading in headings}
    names = line.names
    known: dict[int, str] = {}
    for place, name in enumerate(names):
        heading = expected.get(heading_key(name))
        if heading is None:
            notes.mention("extra_column", file, shown(name) or f"#{place + 1}", count=1)
        elif heading in known.values():
            notes.refuse("duplicate_column", file, heading)
        else:
            known[place] = heading
            if key(name) != key(heading):
                notes.mention("heading_respelt", file, heading, count=1, found=shown(name))
    if len(known) < len(expected) and (garbled := garbled_headings(names, headings)):
        notes.refuse("garbled_headings", file, found=quoted(garbled, NAMES_SHOWN))
        return {}
    found, asked = quoted(names, COLUMNS_SHOWN), quoted(headings, len(headings))
    if not known:
        notes.refuse("no_header", file, lines=[line.first], found=found, expected=asked)
        return known
    lacking = [heading for heading in headings if heading not in known.values()]
    months = [
        f"«{shown(name)}»"
        for name in names
        if heading_key(name) in MONTHS_OF_MONEY.by_key() or MONTH_NAME.fullmatch(heading_key(name))
    ]
    if lacking and len(months) > 1:
        notes.refuse("months_as_columns", file, found=", ".join(months), expected=asked)
        return {}
    for heading in lacking:
        notes.refuse("missing_column", file, heading, found=found)
    return known


@dataclass(frozen=True)
class _Sheet:
    """The rows below the header, and what is needed to cut them."""

    file: str
    rows: bytes
    encoding: str
    separator: str
    width: int
    first_line: int


_Cut = tuple[pd.DataFrame, Counts]


def _cut_plain(sheet: _Sheet, known: dict[int, str], notes: Notes) -> _Cut | None:
    """Cells of rows without any quote; where one is not as wide as the heading, all are counted."""
    rows = sheet.rows if sheet.rows.endswith(b"\n") else sheet.rows + b"\n"
    cells = _parsed(sheet, rows, known)
    if cells is not None:
        return cells, sheet.first_line + np.arange(len(cells), dtype=np.int64)
    signs = np.frombuffer(rows, dtype=np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    places = np.flatnonzero(signs == ord(sheet.separator))
    fields = np.diff(np.searchsorted(places, ends), prepend=0) + 1
    starts = np.concatenate(([0], ends[:-1] + 1))
    good = fields == sheet.width
    wrong = np.flatnonzero(~good)
    blank = [int(i) for i in wrong if not rows[starts[i] : ends[i]].strip()]
    lines = sheet.first_line + np.arange(len(ends), dtype=np.int64)
    filled = np.ones(len(ends), dtype=bool)
    filled[blank] = False
    _note_shape(
        sheet,
        {int(lines[i]): int(fields[i]) for i in wrong if filled[i]},
        int(lines[filled].max()),
        len(blank) - _trailing(blank, len(ends)),
        notes,
    )
    if not good.any():
        return None
    if not good.all():
        rows = b"".join(rows[starts[i] : ends[i] + 1] for i in np.flatnonzero(good))
    cells = _parsed(sheet, rows, known)
    assert cells is not None
    return cells, lines[good]


def _parsed(sheet: _Sheet, rows: bytes, known: dict[int, str]) -> pd.DataFrame | None:
    """Cells of rows that are all as wide as the heading; None where one is not, or is blank."""
    if rows.startswith(b"\n") or b"\n\n" in rows:
        return None
    if sheet.encoding != "utf-8":
        rows = rows.decode(sheet.encoding).encode()
    names = [str(place) for place in range(sheet.width)]
    wanted = [str(place) for place in known]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(rows),
            pyarrow.csv.ReadOptions(
                column_names=names, block_size=max(LONGEST_BLOCK, len(rows) // 64)
            ),
            pyarrow.csv.ParseOptions(
                delimiter=sheet.separator,
                quote_char=False,
                ignore_empty_lines=False,
            ),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.large_string()),
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return pd.DataFrame(
        {
            heading: pd.Series(pd.array(table.column(str(place)), dtype="str"))
            for place, heading in known.items()
        }
    )


def _trailing(blank: Sequence[int], total: int) -> int:
    """How many of the blank lines end the file: they mean nothing."""
    wanted = set(blank)
    count = 0
    while total - 1 - count in wanted:
        count += 1
    return count


def _cut_quoted(sheet: _Sheet, known: dict[int, str], notes: Notes) -> _Cut | None:
    """Cells of rows some of which are quoted; a quoted cell may hold a line end."""
    text = sheet.rows.decode(sheet.encoding).rstrip("\n")
    reader = csv.reader(io.StringIO(text), delimiter=sheet.separator, strict=True)
    good: list[list[str]] = []
    lines: list[int] = []
    wrong: dict[int, int] = {}
    last = blank = 0
    while True:
        line = sheet.first_line + reader.line_num
        try:
            row = next(reader, None)
        except csv.Error:
            is_last = line == sheet.first_line + text.count("\n")
            notes.refuse("cut_row" if is_last else "bad_quotes", sheet.file, lines=[line])
            return None
        if row is None:
            break
        if not "".join(row).strip():
            blank += 1
            continue
        last = line
        if len(row) == sheet.width:
            good.append(row)
            lines.append(line)
        else:
            wrong[line] = len(row)
    _note_shape(sheet, wrong, last, blank, notes)
    if not good:
        return None
    cells = pd.DataFrame(
        {
            heading: pd.Series([row[place] for row in good], dtype="str")
            for place, heading in known.items()
        }
    )
    return cells, np.array(lines, dtype=np.int64)


def _note_shape(sheet: _Sheet, wrong: dict[int, int], last: int, blank: int, notes: Notes) -> None:
    """Say which rows have too few or too many cells; a short last row means a cut file."""
    if blank:
        notes.mention("blank_rows", sheet.file, count=blank)
    if wrong.get(last, sheet.width) < sheet.width and list(wrong.values()).count(wrong[last]) == 1:
        notes.refuse("cut_row", sheet.file, lines=[last])
        del wrong[last]
    if wrong:
        widths = sorted(set(wrong.values()))
        found = ", ".join(map(str, widths[:WIDTHS_SHOWN]))
        found += ", …" if len(widths) > WIDTHS_SHOWN else ""
        notes.refuse("ragged_rows", sheet.file, lines=wrong, expected=str(sheet.width), found=found)


def _without_blank_rows(file: str, table: Table, notes: Notes) -> Table:
    """Drop rows that hold nothing but separators, as spreadsheets leave them."""
    filled = np.zeros(len(table.lines), dtype=bool)
    for heading in table.cells:
        filled |= (table.cells[heading].astype("str").str.strip() != "").to_numpy(dtype=bool)
        if filled.all():
            return table
    notes.mention("blank_rows", file, count=int((~filled).sum()))
    return table.where(filled)
