"""Takes one customer out of the files of an edition or a comparison that name customers."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import unescape

import pandas as pd

from analysis.chapters.cells import inert
from analysis.chapters.edition_files import INTERNAL, MODEL_FOLDER
from analysis.chapters.words import Words

_BOM = b"\xef\xbb\xbf"
_STRINGS, _SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
_ROW = re.compile(r'<row r="(\d+)".*?</row>', re.S)
_CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*)><v>(\d+)</v></c>')
_STRING = re.compile(r"<si><t([^>]*)>(.*?)</t></si>", re.S)


@dataclass(frozen=True)
class Customer:
    """A customer who is to be forgotten, and how lists speak of one.

    Attributes
    ----------
    id
        As it was exported, sign by sign.
    heads
        What the column of ids is called in any language.
    mentions
        What the columns are called that name another customer.
    lines
        The lines in prose that name this one, in any language.
    """

    id: str
    heads: frozenset[str]
    mentions: frozenset[str]
    lines: frozenset[str]

    @classmethod
    def of(cls, customer: str, languages: Sequence[Words]) -> Customer:
        """Describe a customer to the lists of several languages."""
        return cls(
            customer,
            frozenset({"id", *(each.lists["column"]["id"] for each in languages)})
            | {each.lists["set_aside"]["id"] for each in languages},
            frozenset(each.lists["set_aside"]["twin_of"] for each in languages),
            frozenset(each.lists["hold_out"]["line"].format(id=customer) for each in languages),
        )

    def is_named(self, cell: str) -> bool:
        """Tell whether a cell of a list holds the id."""
        return cell in (self.id, inert(self.id))


def files_of_customers(folder: Path) -> Iterator[Path]:
    """Find the files of an edition or a comparison that may name a customer."""
    for name in INTERNAL:
        if name == MODEL_FOLDER:
            continue
        for path in (folder / name, *sorted((folder / name).rglob("*"))):
            if path.is_file():
                yield path


def without(path: Path, customer: Customer) -> bytes | None:
    """Give a file without a customer; None where it does not name him.

    Raises
    ------
    OSError, ValueError
        The file cannot be read.
    """
    if path.suffix == ".parquet":
        return _parquet_without(path, customer)
    if path.suffix == ".csv":
        return _table_without(path.read_bytes(), customer)
    if path.suffix == ".xlsx":
        return _workbook_without(path, customer)
    return _lines_without(path.read_bytes(), customer.lines)


def _parquet_without(path: Path, customer: Customer) -> bytes | None:
    table = pd.read_parquet(path)
    named = table["id"].astype("str") == customer.id
    if not named.any():
        return None
    kept = io.BytesIO()
    table[~named].to_parquet(kept, index=False)
    return kept.getvalue()


def _table_without(content: bytes, customer: Customer) -> bytes | None:
    mark = _BOM if content.startswith(_BOM) else b""
    text = content.decode("utf-8-sig")
    separator = ";" if ";" in text.split("\n", 1)[0] else ","
    heads, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator) or [[]]
    ids = [place for place, head in enumerate(heads) if head in customer.heads]
    others = [place for place, head in enumerate(heads) if head in customer.mentions]
    kept = [row for row in rows if not any(customer.is_named(row[place]) for place in ids)]
    blanked = [
        [
            "" if place in others and customer.is_named(cell) else cell
            for place, cell in enumerate(row)
        ]
        for row in kept
    ]
    if blanked == rows:
        return None
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows([heads, *blanked])
    return mark + out.getvalue().encode()


def _lines_without(content: bytes, lines: Collection[str]) -> bytes | None:
    mark = _BOM if content.startswith(_BOM) else b""
    told = content.decode("utf-8-sig").splitlines(keepends=True)
    kept = [line for line in told if line.rstrip("\r\n") not in lines]
    return None if kept == told else mark + "".join(kept).encode()


def _workbook_without(path: Path, customer: Customer) -> bytes | None:
    """Take rows out of a workbook of ours: one sheet, its texts in a table of their own."""
    with zipfile.ZipFile(path) as book:
        entries = {entry: book.read(entry) for entry in book.infolist()}
    parts = {entry.filename: content.decode() for entry, content in entries.items()}
    strings = [unescape(text) for _, text in _STRING.findall(parts.get(_STRINGS, ""))]
    sheet = parts.get(_SHEET, "")
    column: str | None = None
    kept: list[str] = []
    gone = 0

    def told(row: re.Match[str]) -> str:
        nonlocal column, gone
        cells = {
            place: strings[int(at)] for place, kind, at in _CELL.findall(row[0]) if "t=" in kind
        }
        if column is None:
            column = next((place for place, text in cells.items() if text in customer.heads), "")
        elif column and cells.get(column) == customer.id:
            gone += 1
            return ""
        kept.extend(at for _, kind, at in _CELL.findall(row[0]) if "t=" in kind)
        return _moved_up(row[0], int(row[1]), gone)

    left = _ROW.sub(told, sheet)
    if not gone:
        return None
    numbers = iter(range(len(strings)))

    def counted(found: re.Match[str]) -> str:
        number = next(numbers)
        is_his = unescape(found[2]) == customer.id and str(number) not in kept
        return f"<si><t{found[1]}></t></si>" if is_his else found[0]

    changed = {_SHEET: left, _STRINGS: _STRING.sub(counted, parts[_STRINGS])}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fresh:
        for entry, content in entries.items():
            fresh.writestr(entry, changed.get(entry.filename, "").encode() or content)
    return target.getvalue()


def _moved_up(row: str, number: int, by: int) -> str:
    """Give a row of a sheet a smaller number; its cells name it too."""
    if not by:
        return row
    renamed = row.replace(f'<row r="{number}"', f'<row r="{number - by}"', 1)
    return re.sub(rf'(<c r="[A-Z]+){number}"', rf'\g<1>{number - by}"', renamed)
