"""The contract of a snapshot: files, columns, units, bounds, labels, and usual magnitudes.

Everything that a file is held against stands here; reading, messages and `docs/snapshot.md` are
made from it (``python -m docs.describe_snapshot``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Literal

Month = Literal["before_previous", "previous", "current"]
MONTHS: tuple[Month, ...] = ("before_previous", "previous", "current")
"""The months of an export, in the order of time."""

NOT_STATED = "не указано"
"""Stored in place of a blank label of an open column."""


UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
"""Signs without width that programs leave in texts: soft hyphens, joiners, marks of direction."""

LOOK_ALIKES = str.maketrans("ABCEHKMOPTXYaceopxyΑΒΕΗΚΜΟΡΤΧορ", "АВСЕНКМОРТХУасеорхуАВЕНКМОРТХор")
"""Latin and Greek letters that look like Russian ones, and these."""


SPACES = re.compile(r"[\s_]+")
RUSSIAN = re.compile("[А-Яа-яЁё]")
AROUND = " \"'«»“”„.,;:"
"""Signs around a label that say nothing."""

ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
"""A sign as web pages write it."""


def _without_entities(text: str) -> str:
    return ENTITY.sub(lambda found: unescape(found.group()), text) if "&" in text else text


def as_composed(text: str) -> str:
    """Give the same text with composed letters and without signs of no width."""
    return text if text.isascii() else UNSEEN.sub("", unicodedata.normalize("NFC", text))


def tidy(text: str) -> str:
    """Text as it is meant: composed, with single spaces, and no sign as web pages write it."""
    return " ".join(as_composed(_without_entities(text)).split())


def key(text: str) -> str:
    """Form in which labels are compared: case, spaces, signs around it, ё and unseen ones aside."""
    text = _without_entities(text)
    plain = text if text.isascii() else UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return SPACES.sub(" ", plain).strip(AROUND).casefold().replace("ё", "е")


def russian_letters(text: str) -> str:
    """Give a text that has Russian letters with such ones for Latin look-alikes too.

    Letters inside a sign as web pages write it are no look-alikes.
    """
    text = _without_entities(text)
    return text.translate(LOOK_ALIKES) if RUSSIAN.search(text) else text


def heading_key(text: str) -> str:
    """Form in which headings are compared: as labels, and look-alike letters aside."""
    return key(russian_letters(text))


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
        return self.by_key().get(key(russian_letters(label)))

    def by_key(self) -> dict[str, str]:
        """Correct label by the key of every known spelling."""
        known = {key(russian_letters(wrong)): right for wrong, right in self.misspelt.items()}
        return known | {key(russian_letters(label)): label for label in self.values}


def _same(*labels: str) -> dict[str, str]:
    return {label: label for label in labels}


LEVELS = LabelMap({"Снизилась": "declined", "Прежний уровень": "steady"})
CONSENTS = LabelMap(
    {"да": "yes", "нет": "no"},
    misspelt={
        **dict.fromkeys(("true", "истина", "yes"), "да"),
        **dict.fromkeys(("false", "ложь", "no"), "нет"),
    },
)
"""As databases and spreadsheets write a truth as well; what a code means only the shop knows."""
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


Unit = Literal["", "roubles", "profit", "minutes", "days", "share", "count"]
"""``profit`` is in thousands of roubles or in roubles, as the settings say."""


@dataclass(frozen=True)
class Column:
    """One column of the contract: the shop's heading, our name, what a cell holds.

    Attributes
    ----------
    heading, name : str
        The shop's heading and our name.
    kind : "id", "label" or "number"
    labels : LabelMap or None
        What a label may be.
    low, high : float or None
        Bounds of what a number can be; a value outside counts as missing.
    unit : str
        What a number counts.
    usual : tuple of two floats, or None
        Between which the median of a month lies: several times wider than any export of the shop
        has needed, and narrower than a factor of ten. Outside, the numbers are in another unit or
        were spoilt on their way.
    habit : float or None
        How far who has much of it this month had much of it the month before: the least rank
        correlation in any pair of months seen so far. None where chance has more of a say.
    varies : float or None
        By what factor the number of a typical customer may go up or down from one month to the
        next before it is asked whether the unit is the same and the month loaded whole: at least
        two and a half times as far, in logarithms, as in any pair of months seen so far.
    whole : bool
        Whether it is counted, so that most numbers have no fraction.
    edges : float or None
        By what factor there may be more or fewer customers beyond the outer twentieths of another
        month before the same is asked: a number added to all, or a factor, moves these first.
    """

    heading: str
    name: str
    kind: Literal["id", "label", "number"]
    labels: LabelMap | None = None
    low: float | None = None
    high: float | None = None
    unit: Unit = ""
    usual: tuple[float, float] | None = None
    habit: float | None = None
    varies: float | None = None
    whole: bool = False
    edges: float | None = None

    def exported(self, value: object) -> str:
        """Give the shop's own label for a value that is stored; consent is stored as a truth."""
        stored = {"yes": True, "no": False}
        known = self.labels.values if self.labels else {}
        return next(
            (label for label, own in known.items() if stored.get(own, own) == value), str(value)
        )


@dataclass(frozen=True)
class FileContract:
    """One file of the contract; `by_period` files hold one row per customer and month."""

    file: str
    columns: tuple[Column, ...]

    @property
    def by_period(self) -> bool:
        """Whether a row is one customer in one month."""
        return bool(self.months)

    @property
    def months(self) -> Mapping[str, str]:
        """Our own name of each month by the label that the file has for it; none without months."""
        labels = next((each.labels for each in self.columns if each.name == "period"), None)
        return labels.values if labels else {}

    def column(self, name: str) -> Column:
        """Give the column that has our own name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings in the contract's order."""
        return tuple(column.heading for column in self.columns)


def _label(heading: str, name: str, labels: LabelMap) -> Column:
    return Column(heading, name, "label", labels)


def _number(
    heading: str,
    name: str,
    unit: Unit = "count",
    usual: tuple[float, float] | None = None,
    *,
    low: float | None = 0.0,
    high: float | None = None,
    habit: float | None = None,
    varies: float | None = None,
    whole: bool = False,
    edges: float | None = None,
) -> Column:
    return Column(
        heading, name, "number", None, low, high, unit, usual, habit, varies, whole, edges
    )


LONGEST_TENURE = 36_525.0
"""Days of a hundred years: nobody has been registered for longer."""

_ID = Column("id", "id", "id")

MARKET_FILE = FileContract(
    "market_file.csv",
    (
        _ID,
        _label("Покупательская активность", "level", LEVELS),
        _label("Тип сервиса", "service", SERVICES),
        _label("Разрешить сообщать", "consent", CONSENTS),
        _number(
            "Маркет_актив_6_мес", "contacts_6m", usual=(1, 20), habit=0.84, varies=1.25, edges=2
        ),
        _number("Маркет_актив_тек_мес", "contacts_now", usual=(1, 20), varies=1.5, whole=True),
        _number(
            "Длительность", "tenure_days", "days", usual=(90, 3500), high=LONGEST_TENURE, whole=True
        ),
        _number(
            "Акционные_покупки",
            "promo_share",
            "share",
            usual=(0, 0.9),
            high=1.0,
            habit=0.85,
            varies=1.25,
            edges=2,
        ),
        _label("Популярная_категория", "category", CATEGORIES),
        _number(
            "Средний_просмотр_категорий_за_визит",
            "categories_per_visit",
            usual=(0.8, 15),
            habit=0.28,
            varies=1.4,
            edges=3,
        ),
        _number(
            "Неоплаченные_продукты_штук_квартал",
            "unpaid_items",
            usual=(0, 15),
            habit=0.61,
            varies=1.5,
            whole=True,
            edges=3,
        ),
        _number("Ошибка_сервиса", "failures", usual=(0, 30), varies=1.5, whole=True, edges=2),
        _number(
            "Страниц_за_визит",
            "pages_per_visit",
            usual=(1.5, 40),
            habit=0.65,
            varies=1.4,
            edges=3,
        ),
    ),
)
MARKET_MONEY = FileContract(
    "market_money.csv",
    (
        _ID,
        _label("Период", "period", MONTHS_OF_MONEY),
        _number("Выручка", "revenue", "roubles", usual=(1000, 25000), varies=1.15),
    ),
)
MARKET_TIME = FileContract(
    "market_time.csv",
    (
        _ID,
        _label("Период", "period", MONTHS_OF_TIME),
        _number("минут", "minutes", "minutes", usual=(3, 60), varies=1.4, edges=3),
    ),
)
MONEY = FileContract(
    "money.csv",
    (
        _ID,
        _number(
            "Прибыль",
            "profit",
            "profit",
            usual=(0.8, 20),
            low=None,
            habit=0.79,
            varies=1.15,
            edges=2,
        ),
    ),
)
CONTRACT: tuple[FileContract, ...] = (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)

MOST_LABELS = 200
"""Different labels of a column above which it holds names of products, not categories."""

FEWEST_JUDGED = 20
"""Values of a column that a judgement of its magnitude needs."""
