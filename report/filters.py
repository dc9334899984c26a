"""The filters of the prose templates: each turns a value into words and keeps account of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from string import Formatter
from typing import Any, Literal, NamedTuple

from babel.lists import format_list
from markupsafe import Markup

from report.errors import DocumentError
from report.escaping import Prose, escape_marks, one_line
from report.numbers import Numerals, as_date

__all__ = ["Filters", "Spoken"]

_KINDS = ("count", "number", "percent", "points", "money", "money_short")
_MONTH_CASES: Mapping[str, Literal["of", "in_", "to"]] = {
    "month_of": "of",
    "month_in": "in_",
    "month_to": "to",
}


class Spoken(NamedTuple):
    """A number that a sentence or a table named, and how it was written."""

    value: float
    text: str


class Filters:
    """The filters of one language.

    Parameters
    ----------
    numerals
        Writes numbers and dates.
    translations
        For a language that is not that of the data: what data values mean, by value.

    Attributes
    ----------
    spoken
        Every number written so far, in order.
    """

    def __init__(self, numerals: Numerals, translations: Mapping[str, str] | None = None) -> None:
        self._numerals = numerals
        self._translations = translations or {}
        self.spoken: list[Spoken] = []

    def by_name(self) -> dict[str, Callable[..., Any]]:
        """List the filters as templates name them."""
        return {
            **{kind: partial(self.quantity, kind) for kind in _KINDS},
            **{name: partial(self.month_case, case) for name, case in _MONTH_CASES.items()},
            "short": self.short,
            "percent_short": self.percent_short,
            "filled": self.filled,
            "kopecks_short": self.kopecks_short,
            "signed": partial(self.quantity, "number", digits=0, sign=True),
            "interval": self.interval,
            "range": partial(self.interval, compact=True),
            "estimate": self.estimate,
            "estimate_range": partial(self.estimate, compact=True),
            "out_of_ten": self.out_of_ten,
            "plural": self.plural,
            "form": self.form,
            "date": lambda value: _written(self._numerals.date(value)),
            "month": lambda value: _written(self._numerals.month(value)),
            "months_later": months_later,
            "quoted": self.quoted,
            "listing": self.listing,
        }

    def quantity(
        self, kind: str, value: object, digits: int | None = None, *, sign: bool = False
    ) -> Prose:
        """Write a number of a kind: see :meth:`report.numbers.Numerals.quantity`."""
        quantity = self._numerals.quantity(kind, value, digits, sign=sign)
        return self._say(quantity.text, quantity.value)

    def short(self, value: object) -> Prose:
        """Write a number to three digits, fewer where it needs no more: «6», «0,21», «5 123»."""
        exact = float(str(value))
        digits = 2 if abs(exact) < 10 else 1 if abs(exact) < 100 else 0
        needed = next(d for d in range(digits + 1) if round(exact, d) == round(exact, digits))
        return self.quantity("number", exact, needed)

    def percent_short(self, value: object, most: int = 1) -> Prose:
        """Write a share with as many decimals as it needs, up to ``most``: «5 %», «7,5 %»."""
        exact = Decimal(str(value)) * 100
        needed = next(d for d in range(most + 1) if round(exact, d) == round(exact, most))
        return self.quantity("percent", value, needed)

    def filled(self, text: object, **values: object) -> Prose:
        """Write a text from data with something said in place of each ``{name}`` in it."""
        pieces = []
        for literal, name, _, _ in Formatter().parse(one_line(_text(text))):
            pieces.append(escape_marks(literal))
            if name is not None:
                if values.get(name) is None:
                    raise DocumentError("unknown-placeholder", name=name)
                pieces.append(str(Prose.escape(values[name])))
        return Prose("".join(pieces))

    def kopecks_short(
        self, value: object, digits: int | None = None, *, sign: bool = False
    ) -> Prose:
        """Write an amount in kopecks, in roubles."""
        return self.quantity("money_short", Decimal(str(value)) / 100, digits, sign=sign)

    def interval(
        self,
        pair: object,
        kind: str = "percent",
        digits: int | None = None,
        *,
        sign: bool = False,
        compact: bool = False,
    ) -> Prose:
        """Write an interval: see :meth:`report.numbers.Numerals.interval`."""
        text, low, high = self._numerals.interval(pair, kind, digits, sign=sign, compact=compact)
        return self._say(text, low.value, high.value)

    def estimate(
        self,
        estimate: object,
        kind: str = "percent",
        digits: int | None = None,
        *,
        sign: bool = False,
        compact: bool = False,
    ) -> Prose:
        """Write a value with its interval: «38 % (от 36 до 41 %)», compact «38 % (36–41 %)».

        Parameters
        ----------
        estimate
            Has ``low``, ``high`` and either ``value`` or ``share``.
        kind, digits, sign
            As for :meth:`quantity`.
        compact
            Write the interval as tables do.

        Raises
        ------
        DocumentError
            ``not-an-estimate`` and what :meth:`quantity` and :meth:`interval` raise.
        """
        value = self.quantity(kind, _middle(estimate), digits, sign=sign)
        spread = self.interval(estimate, kind, digits, sign=sign, compact=compact)
        return value if spread == value else Prose(f"{value} ({spread})")

    def out_of_ten(self, share: object) -> Prose:
        """Write a share or an interval of shares: «8–9 из 10»."""
        text, shares = self._numerals.out_of_ten(share)
        return self._say(text, *shares)

    def plural(self, value: object, forms: str, digits: int | None = None) -> Prose:
        """Write a number with its noun: «5 покупателей»."""
        kind = "count" if digits is None else "number"
        quantity = self._numerals.quantity(kind, value, digits)
        noun = self._numerals.form(value, forms)
        pattern = self._numerals.conventions.numbers.with_noun
        return self._say(pattern.format(number=quantity.text, noun=noun), quantity.value)

    def form(self, value: object, forms: str) -> Prose:
        """Write the noun's form alone, for a number that is printed elsewhere."""
        return _written(self._numerals.form(value, forms))

    def month_case(
        self, case: Literal["of", "in_", "to"], value: object, year: bool = False
    ) -> Prose:
        """Write a month in a case, with its year if asked."""
        return _written(self._numerals.month_case(value, case, year=year))

    def quoted(self, value: object) -> Prose:
        """Put a data value in the language's quotation marks; quotes inside become inner ones.

        What the value means follows in brackets where the language says it: “минут” (minutes).
        """
        quotes = self._numerals.conventions.quotes
        (left, right), (inner_left, inner_right) = quotes.outer, quotes.inner
        if isinstance(value, Markup):
            return Prose(f"{left}{value}{right}")
        text = one_line(_text(value)).replace(left, inner_left).replace(right, inner_right)
        pieces = text.split('"')
        if len(pieces) % 2:
            text = pieces[0] + "".join(
                (inner_left if place % 2 == 0 else inner_right) + piece
                for place, piece in enumerate(pieces[1:])
            )
        meaning = self._translations.get(str(value))
        return _written(f"{left}{text}{right}" + (f" ({meaning})" if meaning else ""))

    def listing(self, values: Iterable[object]) -> Prose:
        """Write values in a row: «а, б и в»."""
        pieces = [str(Prose.escape(_text(value))) for value in values]
        if not pieces:
            raise DocumentError("empty-listing")
        return Prose(format_list(pieces, locale=self._numerals.locale))

    def _say(self, text: str, *values: float) -> Prose:
        self.spoken.extend(Spoken(value, text) for value in values)
        return _written(text)


def months_later(value: object, months: int = 1) -> str:
    """Give the month so many months after another, as ``YYYY-MM``."""
    day = as_date(value)
    count = day.year * 12 + day.month - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def _middle(estimate: object) -> object:
    for name in ("value", "share"):
        if isinstance(estimate, Mapping) and name in estimate:
            return estimate[name]
    raise DocumentError("not-an-estimate", value=repr(estimate))


def _written(text: str) -> Prose:
    return Prose(escape_marks(text))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise DocumentError("not-a-text", value=repr(value))
