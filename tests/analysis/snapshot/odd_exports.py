"""Odd exports: one month spoilt in many small ways, and what reading makes of each.

The corpus is run by ``test_odd_exports.py``; `docs/refusals.md` is written from it::

    python -m tests.analysis.snapshot.odd_exports
"""

from __future__ import annotations

import csv
import datetime
import io
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.snapshot.errors import SnapshotError
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


NOW = "тек"
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
        findings=("blank_number",),
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
)


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


def outcome(odd: Odd, folder: Path) -> Snapshot | SnapshotError:
    try:
        return read_snapshot(write(odd, folder))
    except SnapshotError as refused:
        return refused


def document() -> str:
    """The corpus as a table: what was done to the month, and what is said of it."""
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
        with TemporaryDirectory() as folder:
            found = outcome(odd, Path(folder) / "2026-10")
        if isinstance(found, SnapshotError):
            first = found.problems[0]
            text = texts[first.code]
            said = " ".join(text[part].format(**first.values()) for part in ("what", "remedy"))
            lines.append(f"| {odd.name} | refused | {_cell(said)} |")
            continue
        told = [
            texts[each.code]["what"].format(**each.values())
            for each in (*found.findings, *(each for each in found.repairs if each.look_alikes))
        ]
        verdict = "read, and told" if told else "read"
        lines.append(f"| {odd.name} | {verdict} | {_cell(told[0]) if told else ''} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("[", "\\[")


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
