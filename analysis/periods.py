"""Months, written ``YYYY-MM``: their days, their distance and their order."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd

PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def is_period(text: str) -> bool:
    """Tell whether a text is a month."""
    return PERIOD.fullmatch(text) is not None


def last_day(period: str) -> datetime.date:
    """Give the last day of a month."""
    return _month(period).end_time.date()


def day_after(period: str, days: int) -> str:
    """Give the ISO date of the day so many days after the end of a month.

    A Saturday or a Sunday makes way for the Monday after it.
    """
    day = last_day(period) + datetime.timedelta(days)
    return str(np.busday_offset(day, 0, roll="forward"))


def months_later(period: str, months: int = 1) -> str:
    """Give the month so many months after another; before it if negative."""
    return str(_month(period) + months)


def months_between(old: str, new: str) -> int:
    """Give the number of months from one period to another; negative if earlier."""
    return _month(new).ordinal - _month(old).ordinal


def days_between(old: str, new: str) -> int:
    """Give the number of days from the end of one period to the end of another."""
    return (last_day(new) - last_day(old)).days


def _month(period: str) -> pd.Period:
    return pd.Period(period, freq="M")
