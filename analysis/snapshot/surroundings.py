"""What programs write around a table: titles, a row of dashes, totals, a count of rows.

A person leaves these lines out without thinking; so they are left out here, and named.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.snapshot.errors import Notes, quoted, shown
from analysis.snapshot.schema import heading_key, key

SEPARATORS = (",", ";", "\t", "|")
HEADING_READ = 100_000
LINES_SHOWN = 5
LINES_ABOVE = 30
"""Lines among which the heading is looked for."""

SEPARATOR_LINE = re.compile(r'"?sep=.?"?', re.IGNORECASE)
"""Excel's own first line; it says nothing that is not found out anyway."""

DASHES = re.compile("[-=─+┼]{2,}")
TOTAL = re.compile(r"(?:общий )?итог(?:о|и)?\b.*|всего\b.*|(?:grand )?total\b.*")
COUNT_OF_ROWS = re.compile(
    r"\(?(?:[0-9]+ (?:rows?|строк[аи]?)\b[^()]*|[а-я ]*строк\w*: ?[0-9]+)(?:\([^()]*\))?\)?\.?"
    r"|completion time: .*",
    re.IGNORECASE,
)
"""What sqlcmd, psql, mysql and SQL*Plus write below a table."""

REMARK = re.compile(r"(?=.*[^\W\d_]{2}).*\S\s+\S.*")
"""Words with a space between them: no id, and no id that was cut."""


_MONTHS = (
    "янв|jan", "фев|feb", "март|мар[т ]|mar", "апр|apr", "ма[йя]|may", "июн|jun",
    "июл|jul", "авг|aug", "сен|sep", "окт|oct", "ноя|nov", "дек|dec",
)  # fmt: skip
_NAMED_MONTHS = [re.compile(rf"\b(?:{each})\w*\.?,? +(20[0-9]{{2}})") for each in _MONTHS]
_WRITTEN_MONTHS = re.compile(r"\b(?:[0-9]{1,2}\.)?(0[1-9]|1[0-2])[./](20[0-9]{2})\b")
_ISO_MONTHS = re.compile(r"\b(20[0-9]{2})-(0[1-9]|1[0-2])\b")


@dataclass(frozen=True)
class Heading:
    """The heading of a file.

    Attributes
    ----------
    names : sequence of str
        Of the columns, as they stand there.
    separator : str
    first, last : int
        Its lines, from 1: a quoted name may hold a line end.
    """

    names: Sequence[str]
    separator: str
    first: int
    last: int


def find_heading(text: str, expected: Sequence[str]) -> Heading:
    r"""Find the line, and the separator, under which most headings are recognised.

    Parameters
    ----------
    text : str
        The beginning of the file; line ends are ``\n``.
    expected : sequence of str
        Headings of the contract.

    Returns
    -------
    Heading
        The first line that is not blank where none is recognised.
    """
    wanted = {heading_key(heading) for heading in expected}
    found = [each for sign in SEPARATORS for each in _records(text[:HEADING_READ], sign)]
    return max(
        found,
        key=lambda each: (
            sum(heading_key(name) in wanted for name in each.names),
            -each.first,
            len(each.names),
        ),
    )


def _records(text: str, separator: str) -> list[Heading]:
    lines = [line + "\n" for line in text.split("\n")]
    reader = csv.reader(lines, delimiter=separator)
    found: list[Heading] = []
    while len(found) < LINES_ABOVE:
        first = reader.line_num + 1
        names = next(reader, None)
        if names is None:
            break
        if "".join(names).strip():
            found.append(Heading(names, separator, first, reader.line_num))
    return found


def names_a_heading(text: str, headings: Sequence[str]) -> bool:
    """Tell whether a heading in Russian letters stands at the beginning of a text."""
    head = key(text[:HEADING_READ])
    return any(key(heading) in head for heading in headings if not heading.isascii())


def name_lines_above(file: str, text: str, heading: Heading, notes: Notes) -> None:
    """Name the lines above the heading."""
    lines = text[:HEADING_READ].split("\n")[: heading.first - 1]
    name_left_out(
        file, [line for line in lines if not SEPARATOR_LINE.fullmatch(line.strip())], notes
    )


def without_dashes(file: str, rows: bytes, encoding: str, separator: str, notes: Notes) -> bytes:
    """Rows without a first one that only underlines the heading."""
    first, _, rest = rows.partition(b"\n")
    line = first[:HEADING_READ].decode(encoding, "replace")
    if not all(DASHES.fullmatch(cell.strip()) for cell in line.split(separator)):
        return rows
    name_left_out(file, [line], notes)
    return rest


def without_end(file: str, rows: bytes, encoding: str, separator: str, notes: Notes) -> bytes:
    """Rows without totals and a count of rows below them."""
    left_out: list[str] = []
    while True:
        body = rows.rstrip(b" \t\r\n")
        start = body.rfind(b"\n") + 1
        line = body[start:][:HEADING_READ].decode(encoding, "replace").strip()
        cells = [cell.strip().strip('"') for cell in line.split(separator)]
        first = next((cell for cell in cells if cell), "")
        if is_total(first):
            notes.mention("total_row", file, count=1, found=f"«{shown(line)}»")
        elif (
            COUNT_OF_ROWS.fullmatch(line)
            or DASHES.fullmatch(line)
            or ("".join(cells[1:]) == "" and REMARK.fullmatch(cells[0]))
        ):
            left_out.append(line)
        else:
            break
        rows = rows[:start]
    name_left_out(file, left_out, notes)
    return rows


def months_named(text: str) -> set[str]:
    """Give the months that a text names, ``YYYY-MM``: октябрь 2026, 01.10.2026, 2026-10-01."""
    plain = key(text)
    found = {
        f"{year}-{month:02d}"
        for month, named in enumerate(_NAMED_MONTHS, start=1)
        for year in named.findall(plain)
    }
    found |= {f"{year}-{month}" for month, year in _WRITTEN_MONTHS.findall(plain)}
    return found | {f"{year}-{month}" for year, month in _ISO_MONTHS.findall(plain)}


def is_total(cell: str) -> bool:
    """Tell whether a cell calls its row a total."""
    return TOTAL.fullmatch(key(cell)) is not None


def name_left_out(file: str, lines: Sequence[str], notes: Notes, count: int | None = None) -> None:
    """Name lines that are left out, blank ones aside; ``count`` where some come more than once."""
    said = [line for line in lines if line.strip()]
    if said:
        found = quoted(said, LINES_SHOWN)
        notes.mention("lines_left_out", file, count=count or len(said), found=found)
