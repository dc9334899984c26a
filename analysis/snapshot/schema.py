"""The shop's own names: files, columns, and the labels that a column may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Month = Literal["before_previous", "previous", "current"]
MONTHS: tuple[Month, ...] = ("before_previous", "previous", "current")
"""The months of an export, in the order of time."""

NOT_STATED = "не указано"
"""Stored in place of a blank label of an open column."""


def key(text: str) -> str:
    """Form in which headings and labels are compared: case, spaces and a stray BOM aside."""
    return re.sub(r"[\s_]+", " ", text.replace("\ufeff", "")).strip().casefold()


@dataclass(frozen=True)
class LabelMap:
    """The labels of one column.

    Attributes
    ----------
    values : mapping of str to str
        Correct label to the value stored for it.
    misspelt : mapping of str to str
        Known misspelling to the correct label.
    closed : bool
        Whether a label outside the map is an error.
    """

    values: Mapping[str, str]
    misspelt: Mapping[str, str] = field(default_factory=dict)
    closed: bool = True

    def correct(self, label: str) -> str | None:
        """Correct label for one found in a file, or None for an unknown one."""
        return self.by_key().get(key(label))

    def by_key(self) -> dict[str, str]:
        """Correct label by the key of every known spelling."""
        known = {key(wrong): right for wrong, right in self.misspelt.items()}
        return known | {key(label): label for label in self.values}


def _same(*labels: str) -> dict[str, str]:
    return {label: label for label in labels}


LEVELS = LabelMap({"Снизилась": "declined", "Прежний уровень": "steady"})
CONSENTS = LabelMap({"да": "yes", "нет": "no"})
SERVICES = LabelMap(_same("премиум", "стандарт"), misspelt={"стандартт": "стандарт"}, closed=False)
CATEGORIES = LabelMap(
    _same(
        "Домашний текстиль",
        "Косметика и аксессуары",
        "Кухонная посуда",
        "Мелкая бытовая техника и электроника",
        "Техника для красоты и здоровья",
        "Товары для детей",
    ),
    misspelt={"Косметика и аксесуары": "Косметика и аксессуары"},
    closed=False,
)
_RECENT_MONTHS = {"предыдущий_месяц": "previous", "текущий_месяц": "current"}
_MISSPELT_MONTHS = {"предыдцщий_месяц": "предыдущий_месяц"}
MONTHS_OF_TIME = LabelMap(_RECENT_MONTHS, misspelt=_MISSPELT_MONTHS)
MONTHS_OF_MONEY = LabelMap(
    {"препредыдущий_месяц": "before_previous", **_RECENT_MONTHS},
    misspelt={**_MISSPELT_MONTHS, "препредыдцщий_месяц": "препредыдущий_месяц"},
)


@dataclass(frozen=True)
class Column:
    """One column of the contract: the shop's heading, our name, what a cell holds.

    `low` and `high` bound what a number can be; a value outside counts as missing.
    """

    heading: str
    name: str
    kind: Literal["id", "label", "number"]
    labels: LabelMap | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FileContract:
    """One file of the contract; `by_period` files hold one row per customer and month."""

    file: str
    columns: tuple[Column, ...]

    @property
    def by_period(self) -> bool:
        """Whether a row is one customer in one month."""
        return any(column.name == "period" for column in self.columns)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings in the contract's order."""
        return tuple(column.heading for column in self.columns)


def _label(heading: str, name: str, labels: LabelMap) -> Column:
    return Column(heading, name, "label", labels)


def _number(heading: str, name: str, low: float | None = 0.0, high: float | None = None) -> Column:
    return Column(heading, name, "number", None, low, high)


_ID = Column("id", "id", "id")

MARKET_FILE = FileContract(
    "market_file.csv",
    (
        _ID,
        _label("Покупательская активность", "level", LEVELS),
        _label("Тип сервиса", "service", SERVICES),
        _label("Разрешить сообщать", "consent", CONSENTS),
        _number("Маркет_актив_6_мес", "contacts_6m"),
        _number("Маркет_актив_тек_мес", "contacts_now"),
        _number("Длительность", "tenure_days"),
        _number("Акционные_покупки", "promo_share", high=1.0),
        _label("Популярная_категория", "category", CATEGORIES),
        _number("Средний_просмотр_категорий_за_визит", "categories_per_visit"),
        _number("Неоплаченные_продукты_штук_квартал", "unpaid_items"),
        _number("Ошибка_сервиса", "failures"),
        _number("Страниц_за_визит", "pages_per_visit"),
    ),
)
MARKET_MONEY = FileContract(
    "market_money.csv",
    (_ID, _label("Период", "period", MONTHS_OF_MONEY), _number("Выручка", "revenue")),
)
MARKET_TIME = FileContract(
    "market_time.csv",
    (_ID, _label("Период", "period", MONTHS_OF_TIME), _number("минут", "minutes")),
)
MONEY = FileContract("money.csv", (_ID, _number("Прибыль", "profit", low=None)))
CONTRACT: tuple[FileContract, ...] = (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)
