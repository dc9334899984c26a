"""Odd exports: one month spoilt in many small ways, and what reading makes of each.

The corpus is run by ``test_odd_exports.py``; `docs/refusals.md` is written from it::

    python -m tests.analysis.snapshot.odd_exports
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import math
import random
import tomllib
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pandas as pd
import xlsxwriter

from analysis.snapshot.alone import WITHOUT_EARLIER, ask_of_a_first_month
from analysis.snapshot.errors import Notes, Problem, SnapshotError
from analysis.snapshot.file_reader import Reading, read_pieces
from analysis.snapshot.likeness import compare_likeness
from analysis.snapshot.pieces import Cut, Piece, cut_content
from analysis.snapshot.schema import CONTRACT, FileContract
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.synthetic.generate import write_month

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "refusals.md"

MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY = SEPARATORS = {
    "market_file.csv": ",",
    "market_money.csv": ",",
    "market_time.csv": ",",
    "money.csv": ";",
}
CATEGORY, PROMO, SIX = "Популярная_категория", "Акционные_покупки", "Маркет_актив_6_мес"
DAYS, PAGES, UNPAID = "Длительность", "Страниц_за_визит", "Неоплаченные_продукты_штук_квартал"
ERRORS, LEVEL, CONSENT = "Ошибка_сервиса", "Покупательская активность", "Разрешить сообщать"
CONTACTS = "Маркет_актив_тек_мес"
PER_VISIT = "Средний_просмотр_категорий_за_визит"
OTHER_LEVEL = {"Снизилась": "Прежний уровень", "Прежний уровень": "Снизилась"}

Rows = list[list[str]]
Tables = dict[str, Rows]
Written = dict[str, bytes]


@cache
def sound_month() -> Mapping[str, str]:
    """The files of a sound month of 300 invented customers."""
    with TemporaryDirectory() as folder:
        write_month(Path(folder), "2026-10", seed=7, customers=300)
        return {name: (Path(folder) / name).read_text("utf-8-sig") for name in SEPARATORS}


def tables() -> Tables:
    return {
        name: [
            row
            for row in csv.reader(
                io.StringIO(text.replace("\r\n", "\n")), delimiter=SEPARATORS[name]
            )
            if row
        ]
        for name, text in sound_month().items()
    }


def text_of(rows: Rows, separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


@dataclass(frozen=True)
class Odd:
    """One way to spoil a month, and the codes of what reading says: problems, or findings."""

    name: str
    spoil: Callable[[Tables], Written | None]
    problems: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def cells(
    file: str,
    heading: str,
    change: Callable[[str], str],
    month: str = "",
    every: int = 1,
) -> Callable[[Tables], None]:
    """Pass the cells of a column through a function, of one month alone or every so many."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        for number, row in enumerate(rows[1:]):
            if row[1].startswith(month) and number % every == 0:
                row[place] = change(row[place])

    return spoil


def files(change: Callable[[str, Rows], bytes | str]) -> Callable[[Tables], Written]:
    """Write every file in a way of its own."""

    def spoil(month_tables: Tables) -> Written:
        written = {name: change(name, rows) for name, rows in month_tables.items()}
        return {
            name: content if isinstance(content, bytes) else content.encode()
            for name, content in written.items()
        }

    return spoil


def number(cell: str) -> float:
    return float(cell.replace(",", "."))


def times(factor: float) -> Callable[[str], str]:
    return lambda cell: f"{number(cell) * factor:.10g}"


def ids(change: Callable[[str], str], *names: str) -> Callable[[Tables], None]:
    def spoil(month_tables: Tables) -> None:
        for name in names or SEPARATORS:
            cells(name, "id", change)(month_tables)

    return spoil


def of_another_shop(cell: str) -> str:
    return str(int(cell) + 5_000_000)


def always(text: str) -> Callable[[str], str]:
    return lambda _: text


def as_it_is(month_tables: Tables) -> None:
    """Spoil nothing."""


def mojibake(cell: str) -> str:
    return cell.encode().decode("windows-1251", "replace")


def grouped(cell: str, group: str, decimal: str, sign: str = "") -> str:
    plain = f"{number(cell):,.2f}".replace(",", "_").replace(".", decimal)
    return plain.replace("_", group) + sign


def serial_day(cell: str) -> str:
    day, _, month = cell.partition(".")
    if not month or "0" in (day, month):
        return cell
    return str(
        (datetime.date(2026, int(month), min(int(day), 28)) - datetime.date(1899, 12, 30)).days
    )


def one_more(customer: str) -> str:
    return str(int(customer) + 1)


def of_month(rows: Rows, month: str) -> Rows:
    return [row for row in rows[1:] if row[1] == month]


def dragged_in_month(month: str, count: int) -> Callable[[Tables], None]:
    """Write a series over one month of revenue, whose rows stand among those of the others."""

    def spoil(month_tables: Tables) -> None:
        for place, row in enumerate(of_month(month_tables[MARKET_MONEY], month)[100 : 100 + count]):
            row[2] = f"{5214.3 + place:.1f}"

    return spoil


def deleted_in_month(month: str, first: int) -> Callable[[Tables], None]:
    """Delete one customer's revenue of a month, so that all below move up."""

    def spoil(month_tables: Tables) -> None:
        rows = of_month(month_tables[MARKET_MONEY], month)[first:]
        for row, below in pairwise(rows):
            row[2] = below[2]
        rows[-1][2] = ""

    return spoil


def in_threes(rows: Rows) -> Rows:
    return [rows[0], *([row[0], rows[1 + place // 3 * 3][1]] for place, row in enumerate(rows[1:]))]


def pulled_up(rows: Rows) -> Rows:
    """Delete one cell of the second column, so that all below move up."""
    second = [row[1] for row in rows]
    moved = [*second[:40], *second[41:], ""]
    return [[row[0], cell] for row, cell in zip(rows, moved, strict=True)]


def with_points(rows: Rows) -> Rows:
    pointed = [
        [row[0], row[1].replace(",", ".")] if not place % 9 else row
        for place, row in enumerate(rows)
    ]
    return [*pointed[:50], [pointed[50][0], "1.004,61"], *pointed[51:]]


def pasted_twice(rows: Rows) -> Rows:
    return [
        *rows[:100],
        *([row[0], above[1]] for row, above in zip(rows[100:150], rows[50:], strict=False)),
        *rows[150:],
    ]


def by_months_of_the_calendar(rows: Rows) -> Rows:
    minutes: dict[str, dict[str, str]] = {}
    for customer, month, number_of in rows[1:]:
        minutes.setdefault(customer, {})[month[:3]] = number_of
    told = (
        [customer, months.get("пре", ""), months.get("тек", "")]
        for customer, months in minutes.items()
    )
    return [["id", "Сентябрь 2026", "Октябрь 2026"], *told]


def some_as_above(rows: Rows) -> Rows:
    return [
        rows[0],
        *(
            [row[0], rows[place if place % 8 == 7 else 1 + place][1]]
            for place, row in enumerate(rows[1:])
        ),
    ]


def of_last_month(change: Callable[[float], float]) -> Callable[[Tables], None]:
    """Work out every third customer's revenue of this month from that of the last."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[MARKET_MONEY]
        last = {row[0]: row[2] for row in of_month(rows, "предыдущий_месяц")}
        for row in of_month(rows, "текущий_месяц")[::3]:
            if last.get(row[0]):
                row[2] = f"{change(float(last[row[0]])):.1f}"

    return spoil


def under_new_numbers(count: int) -> Callable[[Tables], None]:
    """Deliver the first customers once more, each under a number that nobody has."""

    def spoil(month_tables: Tables) -> None:
        new = {row[0]: f"9{row[0]}" for row in month_tables[MARKET_FILE][1 : 1 + count]}
        for rows in month_tables.values():
            rows += [[new[row[0]], *row[1:]] for row in rows[1:] if row[0] in new]

    return spoil


def of_revenue(share: float) -> Callable[[Tables], None]:
    """Work profit out from the mean revenue of the months."""

    def spoil(month_tables: Tables) -> None:
        sums: dict[str, float] = {}
        for customer, _, revenue in month_tables[MARKET_MONEY][1:]:
            sums[customer] = sums.get(customer, 0.0) + float(revenue or 0)
        for row in month_tables[MONEY][1:]:
            row[1] = f"{sums[row[0]] * share / 3:.2f}".replace(".", ",")

    return spoil


def with_total(month_tables: Tables) -> None:
    month_tables[MONEY].append(["Итого:", "1234,5"])
    month_tables[MARKET_MONEY].append(["ИТОГО", "", "1900000.5"])


def total_in_the_middle(month_tables: Tables) -> None:
    month_tables[MONEY].insert(5, ["Итого", "1234,5"])


def half_of_market_file(month_tables: Tables) -> None:
    month_tables[MARKET_FILE] = [month_tables[MARKET_FILE][0], *month_tables[MARKET_FILE][1::2]]


def newest_without_old_month(month_tables: Tables) -> None:
    newest = {row[0] for row in sorted(month_tables[MARKET_FILE][1:])[-9:]}
    month_tables[MARKET_MONEY] = [
        row
        for row in month_tables[MARKET_MONEY]
        if not (row[0] in newest and row[1].startswith("препред"))
    ]


def every_customer_a_category(month_tables: Tables) -> None:
    for place, row in enumerate(month_tables[MARKET_FILE][1:]):
        row[month_tables[MARKET_FILE][0].index(CATEGORY)] = f"Товар {place}"


def every_customer_a_service(month_tables: Tables) -> None:
    for place, row in enumerate(month_tables[MARKET_FILE][1:]):
        row[month_tables[MARKET_FILE][0].index("Тип сервиса")] = f"Тариф {place}"


def heading_in_two_lines(month_tables: Tables) -> None:
    month_tables[MARKET_FILE][0][3] = "Разрешить\nсообщать"


def sqlcmd(name: str, rows: Rows) -> str:
    dashes = ["-" * len(name) for name in rows[0]]
    text = text_of([rows[0], dashes, *rows[1:]], SEPARATORS[name])
    return f"{text}\n({len(rows) - 1} rows affected)\n"


def two_encodings(name: str, rows: Rows) -> bytes:
    lines = text_of(rows, SEPARATORS[name]).splitlines(keepends=True)
    if name != MARKET_FILE:
        return "".join(lines).encode()
    return b"".join(
        line.encode("utf-8" if place % 20 == 19 else "windows-1251")
        for place, line in enumerate(lines)
    )


def workbook(sheets: Mapping[str, Rows], texts: frozenset[str] = frozenset({"id"})) -> bytes:
    """A workbook whose numbers are numbers, but for the columns that are kept as texts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            headings = next((row for row in rows if row[:1] == ["id"]), [])
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    heading = headings[column] if column < len(headings) else ""
                    plain = cell.replace(",", ".", 1)
                    if place and heading not in texts and plain.replace(".", "", 1).isdigit():
                        sheet.write_number(place, column, float(plain))
                    else:
                        sheet.write_string(place, column, cell)
    return out.getvalue()


def parquet(rows: Rows) -> bytes:
    """A file that has types: numbers, and dictionaries of labels."""
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    for heading in frame:
        numbers = pd.to_numeric(frame[heading].str.replace(",", "."), errors="coerce")
        frame[heading] = frame[heading].astype("category") if numbers.isna().any() else numbers
    return frame.to_parquet(None)


def in_form(
    ending: str, write: Callable[[Rows], bytes], *names: str
) -> Callable[[Tables], Written]:
    """Write files in another form, under a name with another ending."""

    def spoil(month_tables: Tables) -> Written:
        written = {}
        for name, rows in month_tables.items():
            other = name in (names or SEPARATORS)
            named = name.removesuffix(".csv") + ending if other else name
            written[named] = write(rows) if other else text_of(rows, SEPARATORS[name]).encode()
        return written

    return spoil


def encoded(encoding: str, mark: bytes = b"") -> Callable[[Tables], Written]:
    return files(lambda name, rows: mark + text_of(rows, SEPARATORS[name]).encode(encoding))


def zipped(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("export.csv", text)
    return content.getvalue()


def bytes_of(file: str, change: Callable[[str], bytes | str]) -> Callable[[Tables], Written]:
    """Pass the text of one file through a function."""
    return files(
        lambda name, rows: (
            change(text_of(rows, SEPARATORS[name]))
            if name == file
            else text_of(rows, SEPARATORS[name])
        )
    )


def rows_of(file: str, change: Callable[[Rows], Rows]) -> Callable[[Tables], None]:
    """Pass the rows of one file through a function."""

    def spoil(month_tables: Tables) -> None:
        month_tables[file] = change(month_tables[file])

    return spoil


def one_month_as_another(file: str, month: str, other: str) -> Callable[[Tables], None]:
    """Write the numbers of another month into one month."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        taken = {row[0]: row[2] for row in rows[1:] if row[1].startswith(other)}
        for row in rows[1:]:
            if row[1].startswith(month):
                row[2] = taken[row[0]]

    return spoil


def sorted_alone(rows: Rows) -> Rows:
    heading, body = rows[0], sorted(rows[1:])
    numbers = sorted((row[1] for row in body), key=number)
    return [heading, *([row[0], cell] for row, cell in zip(body, numbers, strict=True))]


def heading(old: str, new: str) -> Callable[[Tables], None]:
    return lambda month_tables: month_tables[MARKET_FILE][0].__setitem__(
        month_tables[MARKET_FILE][0].index(old), new
    )


def without(file: str, month: str, every: int) -> Callable[[Tables], None]:
    """Leave out rows of one month."""
    return rows_of(
        file,
        lambda rows: [
            row
            for place, row in enumerate(rows)
            if place == 0 or place % every or not row[1].startswith(month)
        ],
    )


def without_numbers_of_the_last(rows: Rows) -> Rows:
    """Leave a month blank for the last customers, as a load that broke off does."""
    last = {row[0] for row in sorted(rows[1:])[-3 * 40 :]}
    return [[*row[:2], ""] if row[0] in last and row[1].startswith("тек") else row for row in rows]


def without_rows_of_every_seventh(rows: Rows) -> Rows:
    return [row for row in rows if not (row[1].startswith("тек") and int(row[0]) % 7 == 0)]


def filled_in(file: str) -> Callable[[Tables], None]:
    """Write the numbers of the month before into this one, for every third customer."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        before = {row[0]: row[2] for row in rows if row[1].startswith("пред")}
        for row in rows[1:]:
            if row[1].startswith("тек") and int(row[0]) % 3 == 0:
                row[2] = before[row[0]]

    return spoil


def of_others_this_month(month_tables: Tables) -> None:
    rows = [row for row in month_tables[MARKET_MONEY] if row[1].startswith("тек")]
    numbers = [row[2] for row in rows]
    random.Random(5).shuffle(numbers)
    for row, cell in zip(rows, numbers, strict=True):
        row[2] = cell


def consenting_alone(month_tables: Tables) -> None:
    place = month_tables[MARKET_FILE][0].index(CONSENT)
    kept = {row[0] for row in month_tables[MARKET_FILE] if row[place] != "нет"}
    for name, rows in month_tables.items():
        month_tables[name] = [row for row in rows if row[0] in kept]


def with_pages_for_errors(rows: Rows) -> Rows:
    errors, pages = rows[0].index(ERRORS), rows[0].index(PAGES)
    return [rows[0], *([*row[:errors], row[pages], *row[errors + 1 :]] for row in rows[1:])]


def with_two_decimals(text: str) -> str:
    """Write every number behind the only separator with two decimals."""
    first, *rest = text.splitlines()
    cut = [line.split(";") for line in rest]
    return "\n".join([first, *(f"{one};{number(other):.2f}" for one, other in cut), ""])


def swapped(one: str, other: str) -> Callable[[Tables], None]:
    """Put two headings of market_file above each other's column."""

    def spoil(month_tables: Tables) -> None:
        headings = month_tables[MARKET_FILE][0]
        here, there = headings.index(one), headings.index(other)
        headings[here], headings[there] = other, one

    return spoil


def several(*spoils: Callable[[Tables], None]) -> Callable[[Tables], None]:
    def spoil(month_tables: Tables) -> None:
        for each in spoils:
            each(month_tables)

    return spoil


def read_as(written: str, read: str) -> Callable[[str], str]:
    return lambda cell: cell.encode(written).decode(read, "replace")


def excel_time(cell: str) -> str:
    return f"{number(cell) / 1440:.9f}"


def with_cell(rows: Rows, heading: str, text: str) -> Rows:
    """Write a text into the first cell of a column."""
    rows[1][rows[0].index(heading)] = text
    return rows


def sorted_ids() -> list[str]:
    return sorted(row[0] for row in tables()[MARKET_FILE][1:])


def framed(text: str) -> str:
    """Draw a table as database programs draw it in a terminal."""
    rows = list(csv.reader(io.StringIO(text)))
    rule = "+--------+------------------+-------+"
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule]) + "\n"


def side_by_side(rows: Rows) -> Rows:
    """A row per customer, and a column per month, as a pivot table has them."""
    months = sorted({row[1] for row in rows[1:]})
    by_customer: dict[str, dict[str, str]] = {}
    for customer, month, cell in rows[1:]:
        by_customer.setdefault(customer, {})[month] = cell
    return [
        ["id", *months],
        *(
            [customer, *(cells[month] for month in months)]
            for customer, cells in by_customer.items()
        ),
    ]


def uncomputed(rows: Rows) -> bytes:
    """A workbook as a program writes it that does not compute."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, rows[0])
        for place, row in enumerate(rows[1:], start=1):
            sheet.write_string(place, 0, row[0])
            sheet.write_formula(place, 1, f"={number(row[1])}*1", None, "")
    return out.getvalue()


def nested(rows: Rows) -> bytes:
    frame = pd.DataFrame({"id": [row[0] for row in rows[1:]]})
    frame["Прибыль"] = [[number(row[1])] for row in rows[1:]]
    return frame.to_parquet(None)


def in_two_parts(rows: Rows) -> bytes:
    return b"".join(gzip.compress(text_of(part, ";").encode()) for part in (rows[:100], rows[100:]))


NOW = "тек"


def with_label(month_tables: Tables, heading: str, label: str) -> set[str]:
    """List the customers who have a label."""
    rows = month_tables[MARKET_FILE]
    place = rows[0].index(heading)
    return {row[0] for row in rows[1:] if row[place] == label}


def without_label(heading: str, label: str) -> Callable[[Tables], None]:
    """Leave out the customers who have a label, in every file."""

    def spoil(month_tables: Tables) -> None:
        out = with_label(month_tables, heading, label)
        for name, rows in month_tables.items():
            month_tables[name] = [row for row in rows if row[0] not in out]

    return spoil


def of_label(
    file: str, heading: str, label: str, change: Callable[[str], str]
) -> Callable[[Tables], None]:
    """Pass this month's cells of the last column of a file through a function, for one label."""

    def spoil(month_tables: Tables) -> None:
        its = with_label(month_tables, heading, label)
        for row in month_tables[file][1:]:
            if row[0] in its and (len(row) == 2 or row[1].startswith(NOW)):
                row[-1] = change(row[-1])

    return spoil


def of_label_in_its_file(
    label: str, heading: str, change: Callable[[str], str]
) -> Callable[[Tables], None]:
    """Pass the cells of a column of market_file through a function, for those with a service."""

    def spoil(month_tables: Tables) -> None:
        head, *rows = month_tables[MARKET_FILE]
        place = head.index(heading)
        for row in rows:
            if label in row:
                row[place] = change(row[place])

    return spoil


def ids_from_the_last(month_tables: Tables) -> None:
    """Turn the numbers of customers in market_file round, and leave all else."""
    rows = month_tables[MARKET_FILE][1:]
    for row, number_of in zip(rows, [row[0] for row in rows][::-1], strict=True):
        row[0] = number_of


def mean_profits(month_tables: Tables) -> None:
    """Give everyone the mean profit of the customers with his service."""
    its = with_label(month_tables, "Тип сервиса", "премиум")
    for row in month_tables[MONEY][1:]:
        row[1] = "4,12" if row[0] in its else "3,87"


def without_little_time(month_tables: Tables) -> None:
    """Leave out customers with less than nine minutes this month, in every file."""
    out = {
        row[0] for row in month_tables[MARKET_TIME] if row[1].startswith("тек") and int(row[2]) < 9
    }
    for name, rows in month_tables.items():
        month_tables[name] = [row for row in rows if row[0] not in out]


def with_accounts_for_tests(month_tables: Tables) -> None:
    """Add the last customer of every file ten times more, under other numbers."""
    last = month_tables[MARKET_FILE][-1][0]
    for rows in month_tables.values():
        its = [row for row in rows if row[0] == last]
        rows += [[f"99{number}", *row[1:]] for number in range(10) for row in its]


def rounded(cell: str) -> str:
    return f"{number(cell):.0f}"


def of_every_eighth_in_tenge(rows: Rows) -> Rows:
    return [
        [*row[:2], f"{5.3 * float(row[2]):.1f}"]
        if row[0].isdigit() and not int(row[0]) % 8
        else row
        for row in rows
    ]


def without_every_tenth(rows: Rows) -> Rows:
    return [row for row in rows if not row[0].isdigit() or int(row[0]) % 10]


def worked_out_from_pages(month_tables: Tables) -> None:
    """Let those be in decline who look at few pages."""
    rows = month_tables[MARKET_FILE]
    level, pages = (rows[0].index(heading) for heading in (LEVEL, PAGES))
    for row in rows[1:]:
        row[level] = "Снизилась" if int(row[pages]) < 7 else "Прежний уровень"


def dragged(file: str, heading: str, rows_filled: int, step: float) -> Callable[[Tables], None]:
    """Fill the end of a column from the first of these cells, by one step from row to row."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        first = number(rows[-rows_filled][place])
        for down, row in enumerate(rows[-rows_filled:]):
            row[place] = f"{first + down * step:.10g}".replace(".", rows_mark(file))

    return spoil


def label_dragged(heading: str, rows_filled: int) -> Callable[[Tables], None]:
    """Fill the last labels of a column with the first of these."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[MARKET_FILE]
        place = rows[0].index(heading)
        for row in rows[-rows_filled:]:
            row[place] = rows[-rows_filled][place]

    return spoil


def rows_mark(file: str) -> str:
    return "," if file == MONEY else "."


def times_unpaid(month_tables: Tables) -> None:
    """Multiply every revenue by the rows that a join made of it."""
    rows = month_tables[MARKET_FILE]
    place = rows[0].index(UNPAID)
    unpaid = {row[0]: max(int(row[place]), 1) for row in rows[1:]}
    for row in month_tables[MARKET_MONEY][1:]:
        row[2] = f"{number(row[2]) * unpaid[row[0]] * 0.4:.1f}"


CORPUS = (
    Odd("a sound month", as_it_is),
    Odd(
        "time in seconds, one month",
        cells(MARKET_TIME, "минут", times(60), NOW),
        ("seconds_for_minutes",),
    ),
    Odd(
        "time in hours",
        cells(MARKET_TIME, "минут", times(1 / 60)),
        ("hours_for_minutes", "hours_for_minutes"),
    ),
    Odd(
        "revenue in kopecks",
        cells(MARKET_MONEY, "Выручка", times(100)),
        ("kopecks_for_roubles",) * 3,
    ),
    Odd(
        "revenue in thousands",
        cells(MARKET_MONEY, "Выручка", times(0.001)),
        ("thousands_for_roubles",) * 3,
    ),
    Odd(
        "revenue ten times too large, one month",
        cells(MARKET_MONEY, "Выручка", times(10), NOW),
        ("too_large",),
    ),
    Odd(
        "revenue four times the last month's",
        cells(MARKET_MONEY, "Выручка", times(4), NOW),
        ("months_apart",),
    ),
    Odd("profit without its decimal mark", cells(MONEY, "Прибыль", times(100)), ("too_large",)),
    Odd(
        "days since registration in months",
        cells(MARKET_FILE, "Длительность", times(12 / 365)),
        ("months_for_days",),
    ),
    Odd(
        "pages ten times too few",
        cells(MARKET_FILE, "Страниц_за_визит", times(0.1)),
        ("too_small",),
    ),
    Odd(
        "a value by default in place of this month's contacts",
        cells(MARKET_FILE, "Маркет_актив_тек_мес", always("1")),
        ("constant_column",),
    ),
    Odd(
        "commas between thousands",
        cells(MARKET_MONEY, "Выручка", lambda cell: f"{round(number(cell)):,}"),
        ("thousands_mark",) * 3,
    ),
    Odd(
        "points between thousands, decimal commas",
        cells(MARKET_MONEY, "Выручка", lambda cell: grouped(cell, ".", ",")),
    ),
    Odd(
        "a mark that reads two ways",
        cells(MONEY, "Прибыль", lambda cell: f"{max(number(cell), 1) + 0.001:.3f}"),
        ("mark_two_ways",),
    ),
    Odd(
        "roubles with their sign and no-break spaces",
        cells(MARKET_MONEY, "Выручка", lambda cell: grouped(cell, "\u00a0", ",", "\u00a0₽")),
        findings=("signs_read",),
    ),
    Odd(
        "apostrophes between thousands",
        cells(MARKET_MONEY, "Выручка", lambda cell: grouped(cell, "'", ".")),
    ),
    Odd(
        "shares in percent, without the sign",
        cells(MARKET_FILE, PROMO, times(100)),
        ("percent_for_share",),
    ),
    Odd(
        "shares in percent, with the sign",
        cells(MARKET_FILE, PROMO, lambda cell: times(100)(cell) + " %"),
        findings=("signs_read",),
    ),
    Odd(
        "shares in percent, some with the sign",
        cells(MARKET_FILE, PROMO, lambda cell: times(100)(cell) + "%", every=2),
        ("mixed_percent",),
    ),
    Odd("numbers as serial days", cells(MARKET_FILE, SIX, serial_day), ("date_in_number",)),
    Odd(
        "numbers as dates", cells(MARKET_FILE, SIX, always("03.апр"), every=3), ("date_in_number",)
    ),
    Odd(
        "999 for not known",
        cells(MARKET_FILE, "Страниц_за_визит", always("999"), every=50),
        ("placeholder",),
    ),
    Odd(
        "the largest integer for not known",
        cells(MONEY, "Прибыль", always("-2147483648"), every=90),
        ("placeholder",),
    ),
    Odd(
        "NULL, nan and #Н/Д for not known",
        cells(MONEY, "Прибыль", always("#Н/Д"), every=50),
        findings=("read_as_blank", "blank_number"),
    ),
    Odd(
        "a blank month of revenue",
        cells(MARKET_MONEY, "Выручка", always(""), NOW),
        ("blank_column",),
    ),
    Odd(
        "a blank month of minutes", cells(MARKET_TIME, "минут", always(""), NOW), ("blank_column",)
    ),
    Odd("a month of zeros", cells(MARKET_MONEY, "Выручка", always("0"), NOW), ("mostly_zero",)),
    Odd("a constant month", cells(MARKET_TIME, "минут", always("13"), NOW), ("constant_column",)),
    Odd(
        "consent blank for everybody",
        cells(MARKET_FILE, "Разрешить сообщать", always("")),
        ("blank_column",),
    ),
    Odd("a blank column", cells(MARKET_FILE, "Ошибка_сервиса", always("")), ("blank_column",)),
    Odd(
        "a month loaded for a half",
        cells(MARKET_MONEY, "Выручка", always(""), NOW, every=2),
        ("partly_loaded",),
    ),
    Odd("a filter left on in market_file", half_of_market_file, ("base_lacks_customers",)),
    Odd(
        "new customers without the oldest month",
        newest_without_old_month,
        findings=("missing_rows",),
    ),
    Odd("ids with leading zeros", ids(lambda cell: cell.zfill(9))),
    Odd("ids with letters", ids(lambda cell: f"RU-{cell}a")),
    Odd("ids of hexadecimal digits", ids(lambda cell: f"{cell}e{cell[-2:]}")),
    Odd("ids of 19 digits", ids(lambda cell: "9007199254740" + cell)),
    Odd(
        "leading zeros lost in one file",
        ids(lambda cell: cell.zfill(9), MARKET_FILE, MONEY, MARKET_TIME),
        ("ids_spelt_otherwise",),
    ),
    Odd(
        "ids as 123.0", ids(lambda cell: f"{cell}.0", MARKET_TIME), findings=("ids_with_fraction",)
    ),
    Odd("ids as 1.7E+16", ids(always("1.71800123450E+16"), MONEY), ("rounded_id",)),
    Odd("a total below the table", with_total, findings=("total_row", "total_row")),
    Odd("a total in the middle", total_in_the_middle, ("bad_id",)),
    Odd("a line sep=;", files(lambda _, rows: "sep=;\n" + text_of(rows, ";"))),
    Odd(
        "a title above the heading",
        files(lambda name, rows: "Отчёт\nОктябрь 2026\n\n" + text_of(rows, SEPARATORS[name])),
        findings=("lines_left_out",) * 4,
    ),
    Odd("sqlcmd's dashes and count of rows", files(sqlcmd), findings=("lines_left_out",) * 8),
    Odd("a heading in two lines", heading_in_two_lines),
    Odd(
        "letters in decomposed form",
        files(lambda name, rows: unicodedata.normalize("NFD", text_of(rows, SEPARATORS[name]))),
    ),
    Odd(
        "a sign without width in a label",
        cells(MARKET_FILE, CATEGORY, lambda cell: cell + "\u200b", every=3),
    ),
    Odd(
        "a Latin letter in a category",
        cells(MARKET_FILE, CATEGORY, lambda cell: cell.replace("К", "K"), every=2),
    ),
    Odd(
        "text read in the wrong encoding",
        cells(MARKET_FILE, CATEGORY, mojibake, every=7),
        ("garbled_label",),
    ),
    Odd("two encodings in one file", files(two_encodings), ("mixed_encodings",)),
    Odd("products for categories", every_customer_a_category, ("too_many_labels",)),
    Odd(
        "markup in a category",
        cells(MARKET_FILE, CATEGORY, always("[/] [b]"), every=9),
        findings=("new_label",),
    ),
    # in parts, and against other months and columns
    Odd(
        "time in seconds, every third customer",
        cells(MARKET_TIME, "минут", times(60), every=3),
        ("part_apart", "part_apart"),
    ),
    Odd(
        "time as parts of a day", cells(MARKET_TIME, "минут", excel_time), ("days_for_minutes",) * 2
    ),
    Odd(
        "time in milliseconds",
        cells(MARKET_TIME, "минут", times(60_000)),
        ("milliseconds_for_minutes",) * 2,
    ),
    Odd(
        "time as 0:13:00",
        cells(MARKET_TIME, "минут", lambda cell: f"0:{cell}:00"),
        ("not_a_number",),
    ),
    Odd(
        "revenue in kopecks, every fifth customer, one month",
        cells(MARKET_MONEY, "Выручка", times(100), NOW, every=5),
        ("part_apart",),
    ),
    Odd(
        "revenue in thousands, every tenth row",
        cells(MARKET_MONEY, "Выручка", times(0.001), every=10),
        ("part_apart",) * 3,
    ),
    Odd(
        "profit without its mark in some rows",
        cells(MONEY, "Прибыль", times(100), every=12),
        ("part_apart",),
    ),
    Odd(
        "profit in roubles in some rows",
        cells(MONEY, "Прибыль", times(1000), every=8),
        ("part_apart",),
    ),
    Odd(
        "this month's revenue is the last one's",
        one_month_as_another(MARKET_MONEY, "тек", "пред"),
        ("month_repeats",),
    ),
    Odd(
        "this month's minutes are the last one's",
        one_month_as_another(MARKET_TIME, "тек", "пред"),
        ("month_repeats",),
    ),
    Odd("profit sorted apart from its customers", rows_of(MONEY, sorted_alone), ("sorted_alone",)),
    Odd("rows of this month lack for a third", without(MARKET_MONEY, NOW, 3), ("rows_lacking",)),
    Odd(
        "rows of profit lack for a third",
        rows_of(MONEY, lambda rows: [r for n, r in enumerate(rows) if n == 0 or n % 3]),
        ("rows_lacking",),
    ),
    Odd(
        "zeros for a third in one month",
        cells(MARKET_MONEY, "Выручка", always("0"), NOW, every=3),
        ("mostly_zero",),
    ),
    Odd(
        "zeros for a third of the pages",
        cells(MARKET_FILE, "Страниц_за_визит", always("0"), every=3),
        ("mostly_zero",),
    ),
    Odd(
        "one default for half of the profits",
        cells(MONEY, "Прибыль", always("4,02"), every=2),
        ("often_the_same",),
    ),
    Odd(
        "revenue with the sign turned",
        cells(MARKET_MONEY, "Выручка", times(-1), every=3),
        ("mostly_impossible",),
    ),
    Odd("contacts of six months summed up", cells(MARKET_FILE, SIX, times(6)), ("too_large",)),
    Odd(
        "pages and categories mixed up",
        several(
            heading("Страниц_за_визит", "X"),
            heading("Средний_просмотр_категорий_за_визит", "Страниц_за_визит"),
            heading("X", "Средний_просмотр_категорий_за_визит"),
        ),
        ("fewer_pages",),
    ),
    Odd(
        "days since registration in hours",
        cells(MARKET_FILE, "Длительность", times(24)),
        ("hours_for_days",),
    ),
    Odd(
        "days since registration in years",
        cells(MARKET_FILE, "Длительность", times(1 / 365)),
        ("years_for_days",),
    ),
    Odd(
        "revenue in another currency",
        cells(MARKET_MONEY, "Выручка", times(1 / 92)),
        ("too_small",) * 3,
    ),
    # marks
    Odd(
        "commas between thousands, days",
        cells(MARKET_FILE, "Длительность", lambda cell: f"{round(number(cell)) * 2:,}"),
        ("thousands_mark",),
    ),
    Odd(
        "points between thousands, whole roubles",
        cells(MARKET_MONEY, "Выручка", lambda cell: f"{round(number(cell)):,}".replace(",", ".")),
        ("thousands_mark",) * 3,
    ),
    Odd(
        "commas between thousands, points before kopecks",
        cells(MARKET_MONEY, "Выручка", lambda cell: grouped(cell, ",", ".")),
    ),
    Odd(
        "RUB before the number",
        cells(MARKET_MONEY, "Выручка", lambda cell: "RUB " + grouped(cell, ",", ".")),
        findings=("signs_read",),
    ),
    Odd(
        "another currency's sign",
        cells(MARKET_MONEY, "Выручка", lambda cell: "$" + cell),
        ("not_a_number",),
    ),
    Odd(
        "thousands in words",
        cells(MARKET_MONEY, "Выручка", lambda cell: f"{number(cell) / 1000:.1f} тыс."),
        ("not_a_number",),
    ),
    Odd(
        "a loss in brackets",
        cells(MONEY, "Прибыль", lambda cell: f"({cell})", every=40),
        findings=("signs_read",),
    ),
    Odd(
        "a minus behind the number",
        cells(MONEY, "Прибыль", lambda cell: f"{cell}-", every=40),
        findings=("signs_read",),
    ),
    Odd(
        "no nought before the mark",
        cells(MARKET_FILE, PROMO, lambda cell: cell.removeprefix("0") if cell != "0" else cell),
    ),
    Odd("a dash for nothing", cells(MONEY, "Прибыль", always("-"), every=30), ("not_a_number",)),
    Odd(
        "NULL for a category",
        cells(MARKET_FILE, CATEGORY, always("NULL"), every=30),
        findings=("read_as_blank", "blank_label"),
    ),
    Odd(
        "an error of a spreadsheet for a category",
        cells(MARKET_FILE, CATEGORY, always("#ССЫЛКА!"), every=30),
        ("garbled_label",),
    ),
    Odd(
        "a column too narrow",
        cells(MARKET_MONEY, "Выручка", always("#####"), every=30),
        ("not_a_number",),
    ),
    Odd(
        "days of a calendar's beginning",
        cells(MARKET_FILE, "Длительность", always("739551"), every=60),
        ("placeholder",),
    ),
    Odd(
        "days since 1970",
        cells(MARKET_FILE, "Длительность", always("20757"), every=60),
        ("placeholder",),
    ),
    Odd(
        "99 for not known",
        cells(MARKET_FILE, "Ошибка_сервиса", always("99"), every=60),
        ("placeholder",),
    ),
    Odd("-1 for not known", cells(MONEY, "Прибыль", always("-1"), every=60), ("placeholder",)),
    Odd(
        "9999.99 for not known",
        cells(MONEY, "Прибыль", always("9999,99"), every=90),
        ("placeholder",),
    ),
    Odd(
        "month names for fractions",
        cells(MONEY, "Прибыль", always("апр.26"), every=9),
        ("date_in_number",),
    ),
    Odd(
        "dates with a time",
        cells(MARKET_FILE, SIX, always("2026-04-03 00:00:00"), every=9),
        ("date_in_number",),
    ),
    Odd(
        "serial days among pages",
        cells(MARKET_FILE, "Страниц_за_визит", always("46115"), every=70),
        ("date_in_number",),
    ),
    Odd(
        "days of registration for days since",
        cells(MARKET_FILE, DAYS, always("2024-04-03")),
        ("date_in_days",),
    ),
    Odd(
        "serial days of registration for days since",
        cells(MARKET_FILE, DAYS, always("45385"), every=9),
        ("date_in_days",),
    ),
    Odd("a file of other customers", ids(of_another_shop, MONEY), ("file_of_others",)),
    Odd(
        "a file of other customers and months",
        ids(of_another_shop, MARKET_MONEY),
        ("file_of_others",),
    ),
    Odd("market_file of other customers", ids(of_another_shop, MARKET_FILE), ("file_of_others",)),
    Odd(
        "two files of other customers",
        ids(of_another_shop, MONEY, MARKET_TIME),
        ("files_of_others", "files_of_others"),
    ),
    # ids
    Odd(
        "ids in groups",
        ids(lambda cell: f"{cell[:3]}\u00a0{cell[3:]}", MONEY),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "ids in groups by commas",
        ids(lambda cell: f"{cell[:3]},{cell[3:]}", MONEY),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "ids kept from a spreadsheet",
        ids(lambda cell: f'="{cell}"', MONEY),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "ids with an apostrophe",
        ids(lambda cell: f"'{cell}", MARKET_FILE),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "ids with a decimal comma",
        ids(lambda cell: f"{cell},0", MARKET_TIME),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "Russian letters in the ids of one file",
        several(
            ids(lambda cell: f"AB{cell}", MARKET_FILE, MARKET_TIME, MONEY),
            ids(lambda cell: f"АВ{cell}", MARKET_MONEY),
        ),
        ("ids_spelt_otherwise",),
    ),
    Odd(
        "capitals lost in one file",
        several(
            ids(lambda cell: f"X{cell}", MARKET_FILE, MARKET_TIME, MONEY),
            ids(lambda cell: f"x{cell}", MARKET_MONEY),
        ),
        ("ids_spelt_otherwise",),
    ),
    Odd(
        "leading zeros lost for some customers",
        several(
            ids(lambda cell: cell.zfill(9)),
            cells(MONEY, "id", lambda cell: cell.lstrip("0"), every=20),
        ),
        ("ids_spelt_otherwise",),
    ),
    Odd(
        "ids rounded to 15 digits",
        ids(lambda cell: f"9007199{cell}000000000", MONEY),
        ("rounded_id",),
    ),
    Odd(
        "a row of means below the table",
        rows_of(MONEY, lambda rows: [*rows, ["Среднее", "4,0"]]),
        ("bad_id",),
    ),
    Odd(
        "a total without a name",
        rows_of(MONEY, lambda rows: [*rows, ["", f"{sum(number(r[1]) for r in rows[1:]):.2f}"]]),
        findings=("total_row",),
    ),
    Odd(
        "a last row without an id",
        rows_of(MONEY, lambda rows: [*rows, ["", "4,0"]]),
        ("blank_cell",),
    ),
    Odd(
        "a grand total",
        rows_of(MARKET_MONEY, lambda rows: [*rows, ["Общий итог", "", "1"], ["Total", "", "2"]]),
        findings=("total_row", "total_row"),
    ),
    # around the table
    Odd(
        "units below the heading",
        rows_of(MARKET_MONEY, lambda rows: [rows[0], ["", "", "руб."], *rows[1:]]),
        findings=("lines_left_out",),
    ),
    Odd(
        "names of fields below the heading",
        rows_of(MARKET_MONEY, lambda rows: [rows[0], ["id", "period", "revenue"], *rows[1:]]),
        findings=("lines_left_out",),
    ),
    Odd(
        "the heading again in the middle",
        rows_of(MARKET_MONEY, lambda rows: [*rows[:40], rows[0], *rows[40:]]),
        findings=("lines_left_out",),
    ),
    Odd(
        "a remark below the table",
        bytes_of(MONEY, lambda text: text + "\nСформировано: 01.11.2026, отдел продаж\n"),
        findings=("lines_left_out",),
    ),
    Odd(
        "mysql's count of rows",
        bytes_of(MONEY, lambda text: text + "300 rows in set (0.01 sec)\n"),
        findings=("lines_left_out",),
    ),
    Odd(
        "psql's table",
        bytes_of(
            MARKET_TIME,
            lambda text: (
                text.replace(",", " | ").replace("\n", "\n----+------+----\n", 1) + "(600 rows)\n"
            ),
        ),
        findings=("lines_left_out",) * 2,
    ),
    Odd(
        "a title that names an earlier month",
        bytes_of(MONEY, lambda text: "Прибыль за сентябрь 2026\n" + text),
        ("titled_otherwise",),
    ),
    Odd(
        "a title that names the month",
        bytes_of(MONEY, lambda text: "Период: 01.10.2026 - 31.10.2026, на 05.11.2026\n" + text),
        findings=("lines_left_out",),
    ),
    Odd(
        "Latin letters in a heading",
        heading("Страниц_за_визит", "Cтpaниц_зa_визит"),
        findings=("heading_respelt",),
    ),
    Odd(
        "a unit in a heading",
        rows_of(MONEY, lambda rows: [["id", "Прибыль, тыс. руб."], *rows[1:]]),
        ("missing_column",),
    ),
    Odd(
        "two columns of one name",
        rows_of(MONEY, lambda rows: [[*row, row[1]] for row in rows]),
        ("duplicate_column",),
    ),
    Odd(
        "decimal commas without quotes",
        bytes_of(MARKET_MONEY, lambda text: text.replace(".", ",")),
        ("ragged_rows",),
    ),
    # encodings and forms
    Odd("UTF-16 with its mark", encoded("utf-16")),
    Odd("UTF-16 without a mark", encoded("utf-16-le")),
    Odd("UTF-16, big end first", encoded("utf-16-be", b"\xfe\xff")),
    Odd("the encoding of MS-DOS", encoded("cp866")),
    Odd("KOI8-R", encoded("koi8-r")),
    Odd(
        "Windows-1251 rows in UTF-8",
        bytes_of(
            MARKET_FILE,
            lambda text: b"".join(
                line.encode("windows-1251" if n % 9 == 8 else "utf-8")
                for n, line in enumerate(text.splitlines(keepends=True))
            ),
        ),
        ("mixed_encodings",),
    ),
    Odd(
        "UTF-8 read as Latin-1",
        cells(MARKET_FILE, CATEGORY, read_as("utf-8", "latin-1"), every=7),
        ("garbled_label",),
    ),
    Odd(
        "KOI8-R read as Windows-1251",
        cells(MARKET_FILE, CATEGORY, read_as("koi8-r", "windows-1251"), every=7),
        ("garbled_label",),
    ),
    Odd(
        "question marks for letters",
        cells(MARKET_FILE, CATEGORY, lambda cell: "?" * len(cell), every=7),
        ("garbled_label",),
    ),
    Odd(
        "levels read in the wrong encoding",
        cells(MARKET_FILE, "Покупательская активность", mojibake, every=7),
        ("garbled_label",),
    ),
    Odd(
        "workbooks",
        in_form(".xlsx", lambda rows: workbook({"Лист1": rows})),
        findings=("other_form",) * 4,
    ),
    Odd("a workbook named .csv", in_form(".csv", lambda rows: workbook({"Лист1": rows}), MONEY)),
    Odd(
        "a workbook with a title, a pivot and an empty sheet",
        in_form(
            ".xlsx",
            lambda rows: workbook(
                {
                    "Сводная": [["Итого", "5"]],
                    "Данные": [["Прибыль за месяц"], [], *rows],
                    "Лист3": [],
                }
            ),
            MONEY,
        ),
        findings=("other_form", "sheet_read", "lines_left_out"),
    ),
    Odd(
        "a workbook with two such sheets",
        in_form(".xlsx", lambda rows: workbook({"Сентябрь": rows, "Октябрь": rows}), MONEY),
        ("several_sheets",),
    ),
    Odd(
        "a workbook whose ids are numbers",
        in_form(".xlsx", lambda rows: workbook({"Лист1": rows}, frozenset()), MONEY),
        findings=("other_form",),
    ),
    Odd(
        "a damaged workbook",
        in_form(".xlsx", lambda rows: workbook({"Лист1": rows})[:2000], MONEY),
        ("damaged_file",),
    ),
    Odd("Parquet", in_form(".parquet", parquet), findings=("other_form",) * 4),
    Odd(
        "packed files",
        in_form(".csv.gz", lambda rows: gzip.compress(text_of(rows, ",").encode())),
        findings=("other_form",) * 4,
    ),
    Odd(
        "a packed file that was cut",
        in_form(".csv.gz", lambda rows: gzip.compress(text_of(rows, ",").encode())[:-40], MONEY),
        ("damaged_file",),
    ),
    Odd("an archive named .csv", bytes_of(MONEY, zipped), ("archive",)),
    Odd(
        "headings and labels encoded twice",
        bytes_of(MARKET_FILE, lambda text: text.encode().decode("latin-1")),
        ("garbled_headings",),
    ),
    Odd(
        "headings and labels opened as Windows-1251",
        bytes_of(MARKET_FILE, lambda text: text.encode().decode("windows-1251", "replace")),
        ("garbled_headings",),
    ),
    Odd(
        "a web page named .csv",
        bytes_of(MONEY, always("<html><body><table><tr><td>id</td></tr></table>")),
        ("web_page",),
    ),
    Odd(
        "a file under two names",
        lambda t: {
            **{
                name: text_of(rows, SEPARATORS[name]).encode()
                for name, rows in t.items()
                if name != MONEY
            },
            "money.txt": b"1",
            "money.xlsx": b"2",
        },
        ("several_files",),
    ),
    Odd(
        "a file named otherwise",
        in_form(" (1).csv", lambda rows: text_of(rows, ";").encode(), MONEY),
        ("missing_file",),
    ),
    # labels
    Odd(
        "a Greek letter in a category",
        cells(MARKET_FILE, CATEGORY, lambda cell: cell.replace("К", "Κ"), every=2),
    ),
    Odd(
        "a Latin letter in a level",
        cells(
            MARKET_FILE, "Покупательская активность", lambda cell: cell.replace("С", "C"), every=2
        ),
    ),
    Odd(
        "a Latin letter in a month",
        cells(MARKET_TIME, "Период", lambda cell: cell.replace("е", "e"), every=2),
    ),
    Odd(
        "capitals and spaces in labels",
        cells(
            MARKET_FILE, CATEGORY, lambda cell: f" {cell.upper()}  ".replace(" ", "\u00a0"), every=3
        ),
    ),
    Odd(
        "consent as a truth of a database",
        cells(MARKET_FILE, CONSENT, lambda cell: {"да": "True", "нет": "False"}[cell]),
    ),
    Odd(
        "consent as a truth of a Russian spreadsheet",
        cells(MARKET_FILE, CONSENT, lambda cell: {"да": "ИСТИНА", "нет": "ЛОЖЬ"}[cell]),
    ),
    Odd(
        "consent as a number",
        cells(MARKET_FILE, "Разрешить сообщать", lambda cell: "1" if cell == "да" else "0"),
        ("coded_label",),
    ),
    Odd(
        "levels in another language",
        cells(MARKET_FILE, LEVEL, lambda cell: "down" if cell == "Снизилась" else "same"),
        ("coded_label",),
    ),
    Odd(
        "a level that is a code", cells(MARKET_FILE, LEVEL, always("1"), every=9), ("coded_label",)
    ),
    Odd(
        "a level of which nobody knows",
        cells(MARKET_FILE, LEVEL, always("Подросла"), every=9),
        ("unknown_label",),
    ),
    Odd(
        "months by name",
        cells(
            MARKET_TIME, "Период", lambda cell: "октябрь" if cell.startswith("тек") else "сентябрь"
        ),
        ("unknown_month",),
    ),
    Odd(
        "levels for nobody",
        cells(MARKET_FILE, "Покупательская активность", always("")),
        findings=("blank_level", "no_levels"),
    ),
    Odd(
        "one level for everybody",
        cells(MARKET_FILE, "Покупательская активность", always("Снизилась")),
        findings=("one_level",),
    ),
    Odd("products for services", every_customer_a_service, ("too_many_labels",)),
    Odd(
        "services and categories under each other's heading",
        several(
            heading("Тип сервиса", "-"), heading(CATEGORY, "Тип сервиса"), heading("-", CATEGORY)
        ),
        ("labels_of_another", "labels_of_another"),
    ),
    Odd(
        "signs of a web page in labels",
        cells(
            MARKET_FILE, CATEGORY, lambda cell: cell.replace(" ", "&nbsp;").replace("и", "&#1080;")
        ),
    ),
    Odd("full stops behind labels", cells(MARKET_FILE, CATEGORY, lambda cell: cell + ".", every=2)),
    Odd(
        "a whole text in a cell",
        rows_of(MARKET_FILE, lambda rows: with_cell(rows, CATEGORY, "Товары " * 500)),
        ("label_too_long",),
    ),
    Odd(
        "profit in roubles in five rows",
        cells(MONEY, "Прибыль", times(1000), every=60),
        ("few_rows_weigh",),
    ),
    Odd(
        "one profit without its mark",
        cells(MONEY, "Прибыль", times(100), every=300),
        ("few_rows_weigh",),
    ),
    Odd(
        "ids in groups by commas, a round one among them",
        several(
            ids(lambda cell: str(int(cell) + 301_000 - int(sorted_ids()[0]))),
            ids(lambda cell: f"{int(cell):,}", MONEY),
        ),
        findings=("ids_with_fraction",),
    ),
    Odd(
        "months side by side",
        rows_of(MARKET_MONEY, side_by_side),
        ("months_as_columns",),
        ("extra_column",) * 3,
    ),
    Odd(
        "a table in a frame",
        bytes_of(MARKET_TIME, framed),
        findings=("extra_column", "extra_column", *("lines_left_out",) * 3),
    ),
    Odd(
        "a workbook with formulas that were never computed",
        in_form(".xlsx", uncomputed, MONEY),
        ("uncomputed_formulas",),
    ),
    Odd("Parquet with lists in a column", in_form(".parquet", nested, MONEY), ("not_plain",)),
    Odd(
        "a file packed in two parts",
        in_form(".csv.gz", in_two_parts, MONEY),
        findings=("other_form",),
    ),
    # loaded for a part, or by a factor that no unit explains
    Odd(
        "zeros in this month's revenue, every sixth customer",
        cells(MARKET_MONEY, "Выручка", always("0"), "тек", every=6),
        findings=("month_part_empty",),
    ),
    Odd(
        "zeros in this month's minutes, every sixth customer",
        cells(MARKET_TIME, "минут", always("0"), "тек", every=6),
        findings=("month_part_empty",),
    ),
    Odd(
        "blanks in the minutes of the month before, every seventh customer",
        cells(MARKET_TIME, "минут", always(""), "пред", every=7),
        findings=("blank_number", "month_part_empty"),
    ),
    Odd(
        "this month's revenue without the last customers",
        rows_of(MARKET_MONEY, without_numbers_of_the_last),
        ("month_breaks_off",),
    ),
    Odd(
        "no rows of this month's minutes for every seventh customer",
        rows_of(MARKET_TIME, without_rows_of_every_seventh),
        findings=("missing_rows", "month_part_empty"),
    ),
    Odd(
        "zeros for pages, every sixth customer",
        cells(MARKET_FILE, PAGES, always("0"), every=6),
        findings=("column_part_empty",),
    ),
    Odd(
        "blank profit, every sixth customer",
        cells(MONEY, "Прибыль", always(""), every=6),
        findings=("blank_number", "column_part_empty"),
    ),
    Odd(
        "blank consent, every sixth customer",
        cells(MARKET_FILE, CONSENT, always(""), every=6),
        findings=("blank_consent", "column_part_empty"),
    ),
    Odd(
        "blank levels, every sixth customer",
        cells(MARKET_FILE, LEVEL, always(""), every=6),
        findings=("blank_level", "column_part_empty"),
    ),
    Odd(
        "this month's revenue with the tax",
        cells(MARKET_MONEY, "Выручка", times(1.2), "тек"),
        findings=("month_moved",),
    ),
    Odd(
        "this month's revenue for the first ten days",
        cells(MARKET_MONEY, "Выручка", times(0.36), "тек"),
        findings=("month_moved",),
    ),
    Odd(
        "this month's minutes two and a half times",
        cells(MARKET_TIME, "минут", times(2.5), "тек"),
        findings=("month_moved",),
    ),
    Odd(
        "the revenue of a month before in another currency of like size",
        cells(MARKET_MONEY, "Выручка", times(2.6), "пред"),
        findings=("month_moved", "month_moved"),
    ),
    Odd(
        "contacts of this month three times",
        cells(MARKET_FILE, CONTACTS, times(3)),
        findings=("month_moved", "numbers_skipped"),
    ),
    Odd(
        "contacts of this month for a third of it",
        cells(MARKET_FILE, CONTACTS, lambda cell: str(math.ceil(number(cell) / 3))),
        findings=("month_moved",),
    ),
    Odd(
        "this month's revenue filled in from the month before, every third customer",
        filled_in(MARKET_MONEY),
        findings=("month_carried_over",),
    ),
    Odd(
        "this month's minutes filled in from the month before, every third customer",
        filled_in(MARKET_TIME),
        findings=("month_carried_over",),
    ),
    Odd(
        "the mean for this month's revenue, every fourth customer",
        cells(MARKET_MONEY, "Выручка", always("5093.4"), "тек", every=4),
        ("often_the_same",),
    ),
    Odd(
        "zeros for pages, every fortieth customer",
        cells(MARKET_FILE, PAGES, always("0"), every=40),
        findings=("zeros_found",),
    ),
    Odd(
        "minutes of this month a tenth larger, rounded",
        cells(MARKET_TIME, "минут", lambda cell: str(round(1.1 * number(cell))), "тек"),
        findings=("numbers_skipped",),
    ),
    Odd(
        "seven pages for all but a few customers",
        cells(MARKET_FILE, PAGES, lambda cell: "7" if int(cell) > 3 else cell),
        ("often_the_same",),
    ),
    Odd(
        "pages counted twice",
        cells(MARKET_FILE, PAGES, times(2)),
        findings=("numbers_skipped",),
    ),
    Odd(
        "three minutes off this month",
        cells(MARKET_TIME, "минут", lambda cell: str(max(0, int(cell) - 3)), "тек"),
        findings=("month_moved",),
    ),
    Odd(
        "five minutes on this month",
        cells(MARKET_TIME, "минут", lambda cell: str(int(cell) + 5), "тек"),
        findings=("month_moved",),
    ),
    Odd(
        "a minus before every tenth profit",
        cells(MONEY, "Прибыль", lambda cell: f"-{cell}", every=10),
        findings=("losses_found",),
    ),
    Odd("consenting customers alone", consenting_alone, findings=("one_label",)),
    Odd(
        "pages cut at ten",
        cells(MARKET_FILE, PAGES, lambda cell: str(min(int(cell), 10))),
        findings=("heaped_at_end",),
    ),
    Odd(
        "no less than nine minutes this month",
        cells(MARKET_TIME, "минут", lambda cell: str(max(int(cell), 9)), "тек"),
        findings=("heaped_at_end",),
    ),
    Odd(
        "customers with less than nine minutes left out",
        without_little_time,
        findings=("nobody_below",),
    ),
    Odd(
        "ten accounts for tests",
        with_accounts_for_tests,
        findings=("dragged_down", "customers_alike"),
    ),
    Odd(
        "the mean for unknown pages, every twelfth customer",
        cells(MARKET_FILE, PAGES, always("8.1769"), every=12),
        findings=("filled_in",),
    ),
    Odd(
        "minutes dragged down as a series, the last 40 rows",
        dragged(MARKET_TIME, "минут", 40, step=1),
        ("series_dragged",),
    ),
    Odd(
        "profits dragged down, 40 rows",
        dragged(MONEY, "Прибыль", 40, step=0),
        ("dragged_far",),
    ),
    Odd(
        "a series dragged down a month of revenue, 60 customers, the months in turn",
        dragged_in_month("текущий_месяц", 60),
        ("series_dragged",),
    ),
    Odd("profits looked up by the nearest customer", rows_of(MONEY, in_threes), ("as_above",)),
    Odd(
        "a cell of this month's revenue deleted, the 60th customer on",
        deleted_in_month("текущий_месяц", 60),
        ("month_slid",),
    ),
    Odd(
        "numbers of customers in market_time one too high",
        ids(one_more, MARKET_TIME),
        ("ids_farther",),
    ),
    Odd(
        "thirty customers once more under new numbers",
        under_new_numbers(30),
        findings=("pasted_twice", "pasted_twice", "customers_twice"),
    ),
    Odd(
        "points before the fraction in some cells, between thousands in another",
        rows_of(MONEY, with_points),
        ("mixed_decimal",),
    ),
    Odd(
        "a block of profits pasted over the next",
        rows_of(MONEY, pasted_twice),
        findings=("pasted_twice",),
    ),
    Odd(
        "the months of a calendar side by side",
        rows_of(MARKET_TIME, by_months_of_the_calendar),
        ("months_as_columns",),
    ),
    Odd("a few profits looked up by the nearest", rows_of(MONEY, some_as_above), ("as_above",)),
    Odd(
        "a plan for every third customer's revenue",
        of_last_month(lambda revenue: revenue * 1.07),
        findings=("month_by_factor",),
    ),
    Odd(
        "every thirteenth customer's revenue joined twice",
        cells(MARKET_MONEY, "Выручка", times(2), "тек", every=13),
        findings=("part_moved",),
    ),
    Odd(
        "profit of three months",
        cells(MONEY, "Прибыль", times(3)),
        findings=("more_than_revenue",),
    ),
    Odd(
        "profit worked out from revenue by one margin",
        of_revenue(0.61 / 1000),
        findings=("customers_twice", "share_of_revenue"),
    ),
    Odd(
        "profit cut off to whole thousands",
        cells(MONEY, "Прибыль", lambda cell: f"{int(number(cell))}"),
        findings=("zeros_found", "coarse_money", "customers_twice"),
    ),
    Odd("consent dragged down, 100 rows", label_dragged(CONSENT, 100), ("label_dragged",)),
    Odd("a category dragged down, 40 rows", label_dragged(CATEGORY, 40), ("label_dragged",)),
    Odd(
        "profit dragged down, 13 rows",
        dragged(MONEY, "Прибыль", 13, step=0),
        findings=("dragged_down",),
    ),
    Odd(
        "revenue times the unpaid products it was joined with",
        times_unpaid,
        findings=("two_groups", "columns_together"),
    ),
    Odd(
        "levels exchanged for those with «премиум»",
        of_label_in_its_file("премиум", LEVEL, lambda cell: OTHER_LEVEL[cell]),
        ("levels_reversed_in_group",),
    ),
    Odd("numbers of customers sorted alone", ids_from_the_last, ("minutes_of_others",)),
    Odd("the mean profit of those with one service", mean_profits, ("often_the_same",)),
    Odd("shares rounded", cells(MARKET_FILE, PROMO, rounded), ("flags_for_shares",)),
    Odd(
        "every eighth customer in tenge",
        rows_of(MARKET_MONEY, of_every_eighth_in_tenge),
        findings=("two_groups",),
    ),
    Odd(
        "revenue up to 5000",
        cells(MARKET_MONEY, "Выручка", lambda cell: f"{min(float(cell), 5000.0)}"),
        ("cut_at_limit",) * 3,
    ),
    Odd(
        "every tenth customer left out of market_file",
        rows_of(MARKET_FILE, without_every_tenth),
        findings=("customers_lacking", *("foreign_rows",) * 3),
    ),
    Odd(
        "no profit for every tenth customer",
        rows_of(MONEY, without_every_tenth),
        findings=("rows_part_lacking",),
    ),
    Odd("levels worked out from pages", worked_out_from_pages, findings=("level_told",)),
    Odd(
        "this month's revenue with the tax for those in decline",
        of_label(MARKET_MONEY, LEVEL, "Снизилась", times(1.22)),
        findings=("group_moved",),
    ),
    # columns and labels under the wrong name, in a first month
    Odd(
        "this month's revenue of other customers",
        of_others_this_month,
        ("months_of_others",),
    ),
    Odd(
        "errors and pages under each other's heading",
        swapped(ERRORS, PAGES),
        ("fewer_pages_often",),
    ),
    Odd(
        "pages for errors as well",
        rows_of(MARKET_FILE, with_pages_for_errors),
        ("columns_equal",),
    ),
    Odd(
        "levels the other way round",
        cells(MARKET_FILE, LEVEL, lambda cell: OTHER_LEVEL[cell]),
        ("levels_reversed",),
    ),
    Odd(
        "contacts of the month and of six under each other's heading",
        swapped(SIX, CONTACTS),
        ("fractions_in_count",),
    ),
    Odd(
        "logarithms for errors",
        cells(MARKET_FILE, ERRORS, lambda cell: f"{math.log1p(number(cell)):.3f}"),
        ("fractions_in_count",),
    ),
    # the end of a file
    Odd(
        "the last revenue without two digits",
        bytes_of(MARKET_MONEY, lambda text: text[:-3]),
        ("cut_number",),
    ),
    Odd(
        "the last profit without two digits",
        bytes_of(MONEY, lambda text: text[:-3]),
        ("cut_number",),
    ),
    Odd(
        "the last profit without one digit",
        bytes_of(MONEY, lambda text: with_two_decimals(text)[:-2]),
        ("cut_number",),
    ),
    Odd(
        "no minutes in the last row, nor its end",
        bytes_of(MARKET_TIME, lambda text: text[:-3]),
        ("cut_row",),
    ),
    Odd(
        "no end of the last line",
        bytes_of(MARKET_TIME, lambda text: text[:-1]),
        findings=("unfinished_file",),
    ),
)


def a_month_on(month_tables: Tables) -> None:
    """Let a month pass: days go on, and other numbers change a little."""
    cells(MARKET_FILE, DAYS, lambda cell: str(int(cell) + 31))(month_tables)
    cells(MARKET_FILE, SIX, times(1.03))(month_tables)
    cells(MARKET_FILE, PROMO, times(0.97))(month_tables)
    for heading in (PAGES, PER_VISIT, CONTACTS, UNPAID, ERRORS):
        a_little_otherwise(MARKET_FILE, heading)(month_tables)
    cells(MARKET_FILE, LEVEL, lambda cell: OTHER_LEVEL[cell], every=13)(month_tables)
    cells(MARKET_FILE, CATEGORY, always("Товары для детей"), every=11)(month_tables)
    cells(MONEY, "Прибыль", times(1.01))(month_tables)


def a_little_otherwise(file: str, heading: str) -> Callable[[Tables], None]:
    """Let a column of whole numbers change by one or not at all, within the numbers it has."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        chance, had = random.Random(heading), [int(row[place]) for row in rows[1:]]
        for row, before in zip(rows[1:], had, strict=True):
            now = before + chance.choice((-1, 0, 1))
            row[place] = str(now if min(had) <= now <= max(had) else before)

    return spoil


def of_others(file: str, heading: str) -> Callable[[Tables], None]:
    """Give every customer what another one has in a column."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        column = [row[place] for row in rows[1:]]
        random.Random(1).shuffle(column)
        for row, cell in zip(rows[1:], column, strict=True):
            row[place] = cell

    return spoil


def of_some_others(file: str, heading: str, kept: int = 3) -> Callable[[Tables], None]:
    """Give all customers but every third, or so, what another one of them has in a column."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        mixed = [row for number, row in enumerate(rows[1:]) if number % kept]
        column = [row[place] for row in mixed]
        random.Random(1).shuffle(column)
        for row, cell in zip(mixed, column, strict=True):
            row[place] = cell

    return spoil


def slid(file: str, heading: str, rows_down: int) -> Callable[[Tables], None]:
    """Let the cells of a column slide along its rows; those at the end go to the other one."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[file]
        place = rows[0].index(heading)
        column = [row[place] for row in rows[1:]]
        for row, cell in zip(rows[1:], column[-rows_down:] + column[:-rows_down], strict=True):
            row[place] = cell

    return spoil


def as_a_month_before(heading: str, every: int = 1) -> Callable[[Tables], None]:
    """Give customers what the sound month has in a column of market_file."""

    def spoil(month_tables: Tables) -> None:
        sound = tables()[MARKET_FILE]
        place = sound[0].index(heading)
        for number, (row, then) in enumerate(zip(month_tables[MARKET_FILE], sound, strict=True)):
            if number % every == 0:
                row[place] = then[place]

    return spoil


def only(stays: Callable[[int], bool]) -> Callable[[Tables], None]:
    """Leave out customers by their place among all, in every file."""

    def spoil(month_tables: Tables) -> None:
        customers = sorted(row[0] for row in month_tables[MARKET_FILE][1:])
        kept = {each for place, each in enumerate(customers) if stays(place)} | {"id"}
        for name, rows in month_tables.items():
            month_tables[name] = [row for row in rows if row[0] in kept]

    return spoil


def consent_by_default(month_tables: Tables) -> None:
    """Let every sixth customer be a new one, who consents."""
    rows = month_tables[MARKET_FILE]
    new = {row[0] for row in rows[1::6]}
    place = rows[0].index(CONSENT)
    for row in rows:
        if row[0] in new:
            row[place] = "да"
    for name in SEPARATORS:
        for row in month_tables[name]:
            if row[0] in new:
                row[0] = f"9{row[0]}"


def renamed(names: Mapping[str, str], heading: str = CATEGORY) -> Callable[[Tables], None]:
    return cells(MARKET_FILE, heading, lambda cell: names.get(cell, cell))


LATER_CORPUS = (
    Odd("a sound month", as_it_is),
    Odd(
        "days since registration of the month before",
        cells(MARKET_FILE, DAYS, lambda cell: str(int(cell) - 31)),
        ("days_unlike_earlier",),
    ),
    Odd(
        "days since registration in weeks, every third customer",
        cells(MARKET_FILE, DAYS, lambda cell: str(int(cell) // 7), every=3),
        ("days_apart",),
    ),
    Odd(
        "days since registration of other customers",
        of_others(MARKET_FILE, DAYS),
        ("days_unlike_earlier",),
    ),
    Odd(
        "profit of the month before", cells(MONEY, "Прибыль", times(1 / 1.01)), ("column_repeated",)
    ),
    Odd("profit of other customers", of_others(MONEY, "Прибыль"), ("values_of_others",)),
    Odd("pages of other customers", of_others(MARKET_FILE, PAGES), ("values_of_others",)),
    Odd(
        "unpaid products and errors under each other's heading",
        swapped(UNPAID, ERRORS),
        ("column_of_another", "column_of_another"),
    ),
    Odd(
        "profits rounded",
        cells(MONEY, "Прибыль", rounded),
        ("rounded_since",),
    ),
    Odd(
        "one customer in five left out",
        only(lambda place: place % 5 > 0),
        findings=("customers_moved",),
    ),
    Odd("contacts of the month before", as_a_month_before(CONTACTS), ("column_repeated",)),
    Odd(
        "categories of others for half of the customers",
        of_some_others(MARKET_FILE, CATEGORY, kept=2),
        findings=("labels_changed",),
    ),
    Odd("levels of other customers", of_others(MARKET_FILE, LEVEL), ("labels_unlike_earlier",)),
    Odd("levels slid by seven rows", slid(MARKET_FILE, LEVEL, 7), ("slid_rows",)),
    Odd("pages slid by a row", slid(MARKET_FILE, PAGES, -1), ("slid_rows",)),
    Odd("levels of the month before", as_a_month_before(LEVEL), ("column_repeated",)),
    Odd("categories of the month before", as_a_month_before(CATEGORY), ("column_repeated",)),
    Odd("errors of the month before", as_a_month_before(ERRORS), ("column_repeated",)),
    Odd(
        "levels turned for every fifth customer",
        cells(MARKET_FILE, LEVEL, lambda cell: OTHER_LEVEL[cell], every=5),
        findings=("levels_not_borne_out", "levels_not_borne_out"),
    ),
    Odd("profit a tenth larger", cells(MONEY, "Прибыль", times(1.1)), findings=("column_moved",)),
    Odd(
        "levels blank, every third customer",
        cells(MARKET_FILE, LEVEL, always(""), every=3),
        ("blanker_than_earlier",),
    ),
    Odd(
        "consent of everybody",
        cells(MARKET_FILE, CONSENT, always("да")),
        ("consent_unlike_earlier",),
    ),
    Odd(
        "two categories under each other's name",
        renamed({"Кухонная посуда": "Товары для детей", "Товары для детей": "Кухонная посуда"}),
        ("label_moved",),
    ),
    Odd(
        "a category put into another one",
        renamed({"Кухонная посуда": "Товары для детей"}),
        ("label_moved",),
    ),
    Odd("a category that lost its name", renamed({"Кухонная посуда": ""}), ("label_moved",)),
    Odd("a category under a new name", renamed({"Кухонная посуда": "Посуда для кухни"})),
    Odd(
        "a snapshot cut after 200 customers",
        only(lambda place: place < 200),
        ("ends_before_earlier",),
    ),
    Odd(
        "a snapshot of two customers in three",
        only(lambda place: place % 3 > 0),
        ("customers_gone",),
    ),
    Odd(
        "levels by default, every third customer",
        cells(MARKET_FILE, LEVEL, always("Прежний уровень"), every=3),
        findings=("label_share_moved", "levels_not_borne_out"),
    ),
    Odd(
        "pages half as many again",
        cells(MARKET_FILE, PAGES, lambda cell: str(math.ceil(1.5 * number(cell)))),
        findings=("column_moved",),
    ),
    Odd("profit with the tax", cells(MONEY, "Прибыль", times(1.2)), findings=("column_moved",)),
    Odd(
        "contacts of six months for two",
        cells(MARKET_FILE, SIX, times(0.5)),
        findings=("column_moved",),
    ),
    Odd(
        "no unpaid products for every fifth customer",
        cells(MARKET_FILE, UNPAID, always("0"), every=5),
        findings=("more_zeros",),
    ),
    Odd(
        "pages of the month before, half of the customers",
        as_a_month_before(PAGES, every=2),
        findings=("month_carried_over",),
    ),
    Odd(
        "two profits in three of other customers",
        of_some_others(MONEY, "Прибыль"),
        findings=("less_alike",),
    ),
    Odd(
        "one contact more for everyone",
        cells(MARKET_FILE, CONTACTS, lambda cell: str(int(cell) + 1)),
        findings=("end_emptied",),
    ),
    Odd(
        "every third refusal read as a consent",
        cells(MARKET_FILE, CONSENT, always("да"), every=3),
        findings=("consents_regained",),
    ),
    Odd("consent by default for new customers", consent_by_default, findings=("newcomers_alike",)),
    Odd("those who refused left out", without_label(CONSENT, "нет"), ("group_gone",)),
    Odd(
        "profit with the tax for those in decline",
        of_label(MONEY, LEVEL, "Снизилась", times(1.22)),
        findings=("column_moved", "group_moved"),
    ),
    Odd(
        "customer numbers given out anew",
        ids(lambda cell: str(int(cell) + 100_000)),
        ("customers_gone",),
    ),
)
"""What is seen only beside the month before."""


def without_any(month_tables: Tables) -> None:
    """Leave out the customers without unpaid products, in every file, as an inner join does."""
    rows = month_tables[MARKET_FILE]
    place = rows[0].index(UNPAID)
    kept = {"id"} | {row[0] for row in rows[1:] if int(row[place])}
    for name, all_rows in month_tables.items():
        month_tables[name] = [row for row in all_rows if row[0] in kept]


def consents_of_the_new_lost(month_tables: Tables) -> None:
    rows = month_tables[MARKET_FILE]
    days, consent = rows[0].index(DAYS), rows[0].index(CONSENT)
    for row in rows[1:]:
        if int(row[days]) < 450:
            row[consent] = "нет"


def of_premium(heading: str, label: str) -> Callable[[Tables], None]:
    """Give those with one kind of service one label."""
    return of_label_in_its_file("премиум", heading, always(label))


FIRST_CORPUS = (
    Odd("a sound month", as_it_is),
    Odd(
        "yes and no under each other's name",
        cells(MARKET_FILE, CONSENT, lambda cell: {"да": "нет", "нет": "да"}[cell]),
        findings=("few_consents",),
    ),
    Odd("levels of other customers", of_others(MARKET_FILE, LEVEL), findings=("levels_of_others",)),
    Odd("customers without unpaid products left out", without_any, findings=("nobody_without",)),
    Odd("a cell of profit deleted", rows_of(MONEY, pulled_up), findings=("blank_at_end",)),
    Odd(
        "zero for an unknown share, every third customer",
        cells(MARKET_FILE, PROMO, always("0"), every=3),
        findings=("zeros_heaped",),
    ),
    Odd(
        "no consent of customers of the last 15 months",
        consents_of_the_new_lost,
        findings=("consents_in_a_row",),
    ),
    Odd(
        "no decline of those with «премиум»",
        of_premium(LEVEL, "Прежний уровень"),
        findings=("label_of_group",),
    ),
    Odd(
        "consent of those with «премиум» by default",
        of_premium(CONSENT, "да"),
        findings=("label_of_group",),
    ),
)
"""What is asked only where there is no month before."""


def write(odd: Odd, folder: Path) -> Path:
    """Write a month spoilt in this way."""
    spoilt = tables()
    written = odd.spoil(spoilt)
    if written is None:
        written = {name: text_of(rows, SEPARATORS[name]).encode() for name, rows in spoilt.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return folder


@cache
def _cut_once(file: str, content: bytes) -> Piece:
    contract = next(each for each in CONTRACT if each.file == file)
    return cut_content(contract, file, content, Notes())


def cut_once(asked: Cut) -> Piece:
    """Cut a file that was cut before from memory: most exports are spoilt in one file alone."""
    return _cut_once(asked.contract.file, asked.part.read())


@cache
def _once(contract: str, piece: Piece) -> tuple[Reading | None, Notes]:
    notes, known = Notes(), next(each for each in CONTRACT if each.file == contract)
    return read_pieces(known, [piece], notes), notes


def read_once(contract: FileContract, pieces: Sequence[Piece], notes: Notes) -> Reading | None:
    """Read a file that was read before from memory."""
    [piece] = pieces
    reading, own = _once(contract.file, piece)
    notes.problems.extend(own.problems)
    notes.findings.extend(own.findings)
    return reading


@cache
def outcome(odd: Odd) -> Snapshot | SnapshotError:
    """Read a month that is spoilt in this way."""
    with (
        TemporaryDirectory() as folder,
        patch("analysis.snapshot.snapshot.cut_part", cut_once),
        patch("analysis.snapshot.snapshot.read_pieces", read_once),
    ):
        try:
            return read_snapshot(write(odd, Path(folder) / "2026-10"))
        except SnapshotError as refused:
            return refused


def beside_the_month_before(odd: Odd) -> Notes:
    """Read a month that is spoilt in this way, and hold it against the sound one before."""
    notes = Notes()
    later = outcome(Odd(odd.name, several(a_month_on, odd.spoil)))
    before = outcome(CORPUS[0])
    assert isinstance(later, Snapshot) and isinstance(before, Snapshot), later
    compare_likeness(later, "2026-10", "2026-09", before, notes)
    return notes


def without_a_month_before(odd: Odd) -> Notes:
    """Read a month that is spoilt in this way and is the only one."""
    notes, sole = Notes(), outcome(odd)
    assert isinstance(sole, Snapshot), sole
    ask_of_a_first_month(sole, notes)
    return notes


def document() -> str:
    """The corpus as tables: what was done to a month, and what is said of it."""
    path = ROOT / "templates" / "words" / "en" / "messages" / "snapshot.toml"
    texts = tomllib.loads(path.read_text(encoding="utf-8"))
    lines = [
        "# Odd exports, and what is said of them",
        "",
        "One made-up month of 300 customers, spoilt in one way a line. Written by",
        "`python -m tests.analysis.snapshot.odd_exports`; a test holds it.",
        "",
        "| export | outcome | what is said first |",
        "|---|---|---|",
    ]
    for odd in CORPUS:
        found = outcome(odd)
        if isinstance(found, SnapshotError):
            first = found.problems[0]
            said = _said(texts[first.code], first)
            lines.append(f"| {odd.name} | refused | {_cell(said)} |")
            continue
        told = [
            texts[each.code]["what"].format(**each.values())
            for each in (*found.findings, *(each for each in found.repairs if each.look_alikes))
        ]
        verdict = "read, and told" if told else "read"
        lines.append(f"| {odd.name} | {verdict} | {_cell(told[0]) if told else ''} |")
    lines += [
        "",
        "## Beside the month before",
        "",
        "Read by itself each of these is a month like any other.",
        "",
        "| export | outcome | what is said first |",
        "|---|---|---|",
    ]
    for odd in LATER_CORPUS:
        notes = beside_the_month_before(odd)
        said = [_said(texts[each.code], each) for each in notes.problems]
        verdict = "refused" if said else "read, and told" if notes.findings else "read"
        said += [texts[each.code]["what"].format(**each.values()) for each in notes.findings]
        lines.append(f"| {odd.name} | {verdict} | {_cell(said[0]) if said else ''} |")
    lines += [
        "",
        "## Without a month before",
        "",
        "Besides that nothing confirms it:",
        "",
        "| export | outcome | what is said first |",
        "|---|---|---|",
    ]
    for odd in FIRST_CORPUS:
        asked = [
            texts[each.code]["what"].format(**each.values())
            for each in without_a_month_before(odd).findings
            if each.code not in WITHOUT_EARLIER
        ]
        verdict = "read, and told" if asked else "read"
        lines.append(f"| {odd.name} | {verdict} | {_cell(asked[0]) if asked else ''} |")
    return "\n".join(lines) + "\n"


def _said(text: Mapping[str, str], problem: Problem) -> str:
    return " ".join(text[part].format(**problem.values()) for part in ("what", "remedy"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("[", "\\[").replace("\n", " ")


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
