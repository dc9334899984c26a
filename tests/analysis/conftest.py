"""Tiny snapshot folders made from Python values, written in any dialect."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import strategies as st

MARKET_FILE = "market_file.csv"
MARKET_MONEY = "market_money.csv"
MARKET_TIME = "market_time.csv"
MONEY = "money.csv"

Rows = list[dict[str, str]]

LEVEL = "Покупательская активность"
SERVICE = "Тип сервиса"
CONSENT = "Разрешить сообщать"
CATEGORY = "Популярная_категория"
MONTHS_OF_MONEY = ("препредыдущий_месяц", "предыдущий_месяц", "текущий_месяц")
MONTHS_OF_TIME = ("предыдущий_месяц", "текущий_месяц")

CUSTOMER: Mapping[str, str] = {
    LEVEL: "Прежний уровень",
    SERVICE: "стандарт",
    CONSENT: "да",
    "Маркет_актив_6_мес": "4.3",
    "Маркет_актив_тек_мес": "4",
    "Длительность": "500",
    "Акционные_покупки": "0.25",
    CATEGORY: "Товары для детей",
    "Средний_просмотр_категорий_за_визит": "3",
    "Неоплаченные_продукты_штук_квартал": "2",
    "Ошибка_сервиса": "4",
    "Страниц_за_визит": "8",
}


@dataclass(frozen=True)
class Writing:
    """How a file is to be written."""

    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."
    line_end: str = "\n"
    quoted: bool = False


def customer(
    number: int,
    revenue: Sequence[str] = ("4800.5", "4900", "5000"),
    minutes: Sequence[str] = ("13", "14"),
    profit: str = "4.25",
    **cells: str,
) -> dict[str, object]:
    """One customer; every number differs a little from customer to customer."""
    return {
        "id": str(number),
        "revenue": tuple(revenue),
        "minutes": tuple(minutes),
        "profit": profit,
        "cells": {**CUSTOMER, "Длительность": str(500 + number), **cells},
    }


def tables(customers: Sequence[Mapping[str, object]]) -> dict[str, Rows]:
    """The four files of these customers as rows of text."""
    files: dict[str, Rows] = {name: [] for name in (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)}
    for one in customers:
        number = str(one["id"])
        files[MARKET_FILE].append({"id": number, **dict(one["cells"])})
        for month, revenue in zip(MONTHS_OF_MONEY, one["revenue"], strict=True):
            files[MARKET_MONEY].append({"id": number, "Период": month, "Выручка": revenue})
        for month, minutes in zip(MONTHS_OF_TIME, one["minutes"], strict=True):
            files[MARKET_TIME].append({"id": number, "Период": month, "минут": minutes})
        files[MONEY].append({"id": number, "Прибыль": str(one["profit"])})
    return files


def some_customers(count: int = 6) -> list[dict[str, object]]:
    """Different customers, half of them declined."""
    return [
        customer(
            101 + place,
            revenue=(f"{4800 + place}.5", str(4900 + 7 * place), f"{5000 - place}.25"),
            minutes=(str(10 + place), str(20 - place)),
            profit=f"{3 + place / 4}",
            **{LEVEL: ("Снизилась", "Прежний уровень")[place % 2]},
        )
        for place in range(count)
    ]


NUMERIC = frozenset(CUSTOMER) - {LEVEL, SERVICE, CONSENT, CATEGORY} | {
    "Выручка",
    "минут",
    "Прибыль",
}


def written(rows: Rows, writing: Writing = Writing()) -> bytes:
    """One file in one dialect."""
    text = io.StringIO()
    commas = writing.decimal == "," == writing.separator
    writer = csv.DictWriter(
        text,
        list(rows[0]),
        delimiter=writing.separator,
        lineterminator=writing.line_end,
        quoting=csv.QUOTE_ALL if writing.quoted or commas else csv.QUOTE_MINIMAL,
    )
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                name: cell.replace(".", writing.decimal) if name in NUMERIC else cell
                for name, cell in row.items()
            }
        )
    return text.getvalue().encode(writing.encoding)


def write_snapshot(
    folder: Path, files: Mapping[str, Rows], writings: Mapping[str, Writing] | None = None
) -> Path:
    """Write the four files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (folder / name).write_bytes(written(rows, (writings or {}).get(name, Writing())))
    return folder


@dataclass
class SnapshotFolder:
    """A valid snapshot to be spoilt: change `files`, then `write`."""

    folder: Path
    files: dict[str, Rows] = field(default_factory=lambda: tables(some_customers()))

    def write(self) -> Path:
        return write_snapshot(self.folder, self.files)


@pytest.fixture
def snapshot_folder(tmp_path: Path) -> SnapshotFolder:
    """A valid snapshot of six customers, not yet written."""
    return SnapshotFolder(tmp_path / "2026-10")


@pytest.fixture
def make_snapshot(tmp_path: Path) -> Callable[..., Path]:
    """Write a snapshot folder of the customers given."""

    def make(customers: Sequence[Mapping[str, object]], name: str = "2026-10") -> Path:
        return write_snapshot(tmp_path / name, tables(customers))

    return make


writings = st.builds(
    Writing,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "windows-1251"]),
    separator=st.sampled_from([",", ";", "\t"]),
    decimal=st.sampled_from([".", ","]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoted=st.booleans(),
)
"""Any dialect that the shop's programs are known to write."""


@st.composite
def customer_lists(draw: st.DrawFn, least: int = 2, most: int = 7) -> list[dict[str, object]]:
    """A few customers with free numbers and labels; some repeat another one, some are idle."""
    money = st.integers(0, 99_999).map(lambda cents: f"{cents / 10}")
    numbers = draw(st.lists(st.integers(1, 10**9), min_size=least, max_size=most, unique=True))
    made: list[dict[str, object]] = []
    for number in numbers:
        if made and draw(st.booleans()):
            copied = draw(st.sampled_from(made))
            made.append({**copied, "id": str(number), "profit": draw(money)})
            continue
        made.append(
            customer(
                number,
                revenue=draw(st.tuples(money, money, money)),
                minutes=draw(st.tuples(*[st.integers(0, 60).map(str)] * 2)),
                profit=draw(money),
                **{
                    LEVEL: draw(st.sampled_from(["Снизилась", "Прежний уровень", ""])),
                    SERVICE: draw(st.sampled_from(["премиум", "стандарт"])),
                    CONSENT: draw(st.sampled_from(["да", "нет"])),
                    "Акционные_покупки": draw(
                        st.integers(0, 100).map(lambda part: f"{part / 100}")
                    ),
                },
            )
        )
    return made
