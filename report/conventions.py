"""How a language writes numbers, dates and lists: the shape of the first part of ``words.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Conventions"]

Twelve = tuple[str, str, str, str, str, str, str, str, str, str, str, str]
PluralForm = Literal["zero", "one", "two", "few", "many", "other"]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.rstrip("_").replace("_", "-")
    )


class _NumberWords(_Part):
    minus: str
    plus: str
    percent: str
    points: str
    money: str
    money_thousand: str
    money_million: str
    money_billion: str
    out_of_ten: str
    with_noun: str


class _IntervalWords(_Part):
    spoken: str
    range: str
    range_signed: str
    unit_once: bool


class _PluralWords(_Part):
    forms: tuple[PluralForm, ...]
    fraction: PluralForm


class _QuoteWords(_Part):
    outer: tuple[str, str]
    inner: tuple[str, str]


class _DateWords(_Part):
    date: str
    month: str
    with_year: str
    chart: str


class _MonthWords(_Part):
    of: Twelve
    in_: Twelve
    to: Twelve


class Conventions(_Part):
    """How a language writes: the part of ``words.toml`` above its fixed labels."""

    language: str
    missing: str
    numbers: _NumberWords
    intervals: _IntervalWords
    plurals: _PluralWords
    quotes: _QuoteWords
    dates: _DateWords
    months: _MonthWords
