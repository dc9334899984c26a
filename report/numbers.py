"""Numbers, amounts, intervals, dates and word forms, written as the language writes them.

Everything that differs between languages comes from Babel (the Unicode CLDR) or from
``words.toml``; nothing here knows a word of any language.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from numbers import Integral, Real
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from report.conventions import Conventions
from report.errors import DocumentError

__all__ = ["Numerals", "Quantity", "as_date", "ends"]

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_NARROW_SPACE, _SPACE = "\u202f", "\u00a0"
_DIGITS = {"count": 0, "percent": 1, "points": 1, "money": 0, "money_short": 1}


@dataclass(frozen=True)
class Quantity:
    """A number as text and the pattern that gives it its unit.

    Attributes
    ----------
    value
        The number that was written, in the unit of the results.
    number
        Its digits, rounded and with its sign.
    pattern
        ``str.format`` pattern with the field ``number``.
    """

    value: float
    number: str
    pattern: str = "{number}"

    @property
    def text(self) -> str:
        """The number with its unit."""
        return self.pattern.format(number=self.number)


@dataclass(frozen=True)
class Numerals:
    """Writes numbers and dates by the conventions of one language."""

    conventions: Conventions

    @property
    def locale(self) -> Locale:
        """The language for Babel."""
        return Locale.parse(self.conventions.language, sep="-")

    @property
    def separators(self) -> str:
        """Decimal mark and group mark, as Plotly's ``layout.separators`` wants them."""
        marks = get_decimal_symbol(self.locale) + get_group_symbol(self.locale)
        return marks.replace(_NARROW_SPACE, _SPACE)

    def quantity(
        self, kind: str, value: object, digits: int | None = None, *, sign: bool = False
    ) -> Quantity:
        """Write a number as one of the kinds that the words know.

        Parameters
        ----------
        kind
            ``count`` (a whole number), ``number``, ``percent`` (of a share 0 to 1), ``points``
            (percentage points, of a difference of shares), ``money`` and ``money_short``
            (roubles).
        value
            A finite number.
        digits
            Decimal places; required for ``number``.
        sign
            Whether a positive number shows its plus.

        Raises
        ------
        DocumentError
            ``not-a-number``, ``not-a-whole-number``, ``digits-missing``, ``unknown-kind``.
        """
        exact, words = _decimal(value), self.conventions.numbers
        if digits is None and kind == "number":
            raise DocumentError("digits-missing", value=str(value))
        places = _DIGITS.get(kind, 0) if digits is None else digits
        pattern = "{number}"
        match kind:
            case "count":
                if exact != exact.to_integral_value():
                    raise DocumentError("not-a-whole-number", value=str(value))
            case "number":
                pass
            case "percent" | "points":
                exact, pattern = exact.scaleb(2, _EXACT), getattr(words, kind)
            case "money":
                pattern = words.money
            case "money_short":
                exact, places, pattern = self._scaled(exact, places)
            case _:
                raise DocumentError("unknown-kind", kind=kind)
        return Quantity(float(str(value)), self._digits(exact, places, sign), pattern)

    def interval(
        self,
        pair: object,
        kind: str,
        digits: int | None = None,
        *,
        sign: bool = False,
        compact: bool = False,
    ) -> tuple[str, Quantity, Quantity]:
        """Write an interval in words, or as a range for tables, with the two numbers in it.

        A unit that both ends share is named once where the language does so, and one before the
        number always, unless the ends are in two; ends that round to the same number are written as
        one.

        Parameters
        ----------
        pair
            Two numbers, or something with ``low`` and ``high``.
        kind, digits, sign
            As for :meth:`quantity`.
        compact
            Whether to write ``36–41 %`` in place of the spoken form.
        """
        low, high = (self.quantity(kind, end, digits, sign=sign) for end in ends(pair))
        words = self.conventions.intervals
        if low.text == high.text:
            return low.text, low, high
        if not compact:
            form = words.spoken
        elif sign or low.value < 0 or high.value < 0:
            form = words.range_signed
        else:
            form = words.range
        if words.unit_once and (low.pattern == high.pattern or low.value == 0):
            joined = form.format(low=low.number, high=high.number)
            return high.pattern.format(number=joined), low, high
        before, _, _ = low.pattern.partition("{number}")
        once = high.text.removeprefix(before) if low.pattern == high.pattern else high.text
        return form.format(low=low.text, high=once), low, high

    def out_of_ten(self, share: object) -> tuple[str, tuple[float, ...]]:
        """Write a share, or an interval of shares, as so many out of ten, with the shares used."""
        shares = (share, share) if isinstance(share, Real) else ends(share)
        low, high = (
            self._digits(_decimal(min(max(float(end), 0.0), 1.0)).scaleb(1), 0) for end in shares
        )
        number = low if low == high else self.conventions.intervals.range.format(low=low, high=high)
        text = self.conventions.numbers.out_of_ten.format(number=number)
        return text, tuple(dict.fromkeys(float(str(end)) for end in shares))

    def form(self, value: object, words: str) -> str:
        """Choose the form of a noun that goes with a number, by the language's plural rules.

        Parameters
        ----------
        value
            The number.
        words
            The forms, separated by ``|``, in the order that ``words.toml`` names.
        """
        forms, names = words.split("|"), self.conventions.plurals.forms
        if len(forms) != len(names):
            raise DocumentError("plural-forms", words=words, needed=len(names))
        exact = abs(_decimal(value))
        whole = exact == exact.to_integral_value()
        name = self.locale.plural_form(int(exact)) if whole else self.conventions.plurals.fraction
        return forms[names.index(name)]

    def date(self, value: object) -> str:
        """Write a day: «31 октября 2026 г.»."""
        return self._dated(value, self.conventions.dates.date)

    def month(self, value: object) -> str:
        """Write a month with its year: «октябрь 2026 г.»."""
        return self._dated(value, self.conventions.dates.month)

    def month_case(
        self, value: object, case: Literal["of", "in_", "to"], *, year: bool = False
    ) -> str:
        """Write a month in the case that a sentence needs: «октября», «в октябре», «к октябрю»."""
        day = as_date(value)
        month: str = getattr(self.conventions.months, case)[day.month - 1]
        if not year:
            return month
        return self.conventions.dates.with_year.format(month=month, year=day.year)

    def chart_locale(self, dictionary: Mapping[str, str]) -> dict[str, Any]:
        """Give what ``Plotly.register`` needs to speak the language.

        It is complete: Plotly fills gaps from its own English, which a locale named ``en``
        replaces.

        Parameters
        ----------
        dictionary
            Plotly's English interface texts and their translations.
        """
        months, days = self.locale.months["stand-alone"], self.locale.days["stand-alone"]
        week = (6, 0, 1, 2, 3, 4, 5)
        return {
            "moduleType": "locale",
            "name": self.conventions.language,
            "dictionary": dict(dictionary),
            "format": {
                "days": [days["wide"][day] for day in week],
                "shortDays": [days["abbreviated"][day] for day in week],
                "months": [months["wide"][month] for month in range(1, 13)],
                "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
                "date": self.conventions.dates.chart,
                "time": "%H:%M:%S",
                "dateTime": f"{self.conventions.dates.chart} %H:%M:%S",
                "year": "%Y",
                "month": "%b %Y",
                "dayMonth": "%-d %b",
                "dayMonthYear": "%-d %b %Y",
                "periods": [
                    format_time(datetime.time(hour), "a", locale=self.locale) for hour in (0, 12)
                ],
                "decimal": self.separators[0],
                "thousands": self.separators[1],
                "grouping": [3],
                "currency": ["", ""],
            },
        }

    def _dated(self, value: object, pattern: str) -> str:
        return format_date(as_date(value), format=pattern, locale=self.locale)

    def _digits(self, exact: Decimal, places: int, sign: bool = False) -> str:
        rounded = _rounded(exact, places)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        text = format_decimal(
            abs(rounded), format=pattern, locale=self.locale, decimal_quantization=False
        ).replace(_NARROW_SPACE, _SPACE)
        if rounded < 0:
            return self.conventions.numbers.minus + text
        return self.conventions.numbers.plus + text if sign and rounded > 0 else text

    def _scaled(self, roubles: Decimal, places: int) -> tuple[Decimal, int, str]:
        words = self.conventions.numbers
        patterns = (words.money, words.money_thousand, words.money_million, words.money_billion)
        power, scaled, shown = 0, roubles, 0
        while abs(_rounded(scaled, shown)) >= 1000 and power + 1 < len(patterns):
            power += 1
            scaled = roubles.scaleb(-3 * power, _EXACT)
            least = 1 if power > 1 and abs(scaled) < 10 else 0
            shown = max(places, least) if abs(scaled) < 100 else 0
        rounded = _rounded(scaled, shown)
        exact_enough = rounded == rounded.to_integral_value()
        return scaled, 0 if exact_enough else shown, patterns[power]


def ends(pair: object) -> tuple[Any, Any]:
    """Take the ends of an interval, given as a pair or as something with ``low`` and ``high``."""
    if isinstance(pair, Mapping) and {"low", "high"} <= pair.keys():
        return pair["low"], pair["high"]
    if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2:
        return pair[0], pair[1]
    if hasattr(pair, "low") and hasattr(pair, "high"):
        return pair.low, pair.high
    raise DocumentError("not-an-interval", value=repr(pair))


def as_date(value: object) -> datetime.date:
    """Take a day from a date or from ``YYYY-MM-DD``; of ``YYYY-MM`` the first."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        text = str(value)
        return datetime.date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        raise DocumentError("not-a-date", value=repr(value)) from None


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return Decimal(str(float(value)))
    raise DocumentError("not-a-number", value=repr(value))


def _rounded(exact: Decimal, places: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-places), context=_EXACT)
