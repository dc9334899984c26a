"""Ids are texts, kept sign by sign, and put in the order in which a person would look for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Flags, Rows

_DIGITS = re.compile("[0-9]+")
MOST_DIGITS = 18
"""Of a whole number that every machine holds."""

ID = r"[0-9A-Za-zА-Яа-яЁё](?:[0-9A-Za-zА-Яа-яЁё._:/-]{0,62}[0-9A-Za-zА-Яа-яЁё])?"
"""An id is a text: digits, letters, and a few signs between them."""


def natural(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Give values whose plain order is the natural order of ids: 9 before 10, a2 before a10.

    For ``DataFrame.sort_values(key=...)``. Numbers inside an id count by their value; ids that
    differ in leading zeros alone stand side by side.
    """
    texts = ids.astype("str")
    if texts.empty:
        return texts
    if texts.str.fullmatch("[0-9]+").all():
        return _of_digits(texts)
    return texts.map(_natural)


def _of_digits(texts: pd.Series[str]) -> pd.Series[Any]:
    width = int(texts.str.len().max())
    if width <= MOST_DIGITS and not texts.str.startswith("0").any():
        return pd.Series(pa.array(texts).cast(pa.int64()).to_numpy(), index=texts.index)
    return texts.str.zfill(width) + "\0" + texts


def _natural(text: str) -> str:
    return _DIGITS.sub(lambda found: _with_length(found.group()), text) + "\0" + text


def _with_length(digits: str) -> str:
    bare = digits.lstrip("0")
    return f"{len(bare):03d}{bare}"


def in_natural_order(ids: Iterable[str]) -> list[str]:
    """Put ids in the order in which a person would look for them."""
    named = pd.Series(list(ids), dtype="str")
    ordered: list[str] = named.iloc[natural(named).argsort(kind="stable")].tolist()
    return ordered


def by_id(column: pd.Series[Any]) -> pd.Series[Any]:
    """For ``DataFrame.sort_values(key=...)`` with several columns: only the id is put naturally."""
    return natural(column) if column.name == "id" else column


def places_of(ids: pd.Series[Any], others: pd.Series[Any]) -> Rows:
    """Give the place of each id among others, -1 where it is not there.

    ``Series.map`` finds them too, and puts all of the others into an index of Python objects first.
    """
    asked, known = pa.array(ids), pa.array(others)
    found = pc.index_in(asked, value_set=known.cast(asked.type))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.intp)


def among(ids: pd.Series[Any] | pd.Index[Any], others: Iterable[Any]) -> Flags:
    """Tell which ids are among others, of whom there may be as many.

    ``Series.isin`` comes to the same and looks at each of the others in Python.

    Parameters
    ----------
    ids : Series or Index of shape (n,)
    others : iterable of the same kind of ids

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    asked = pa.array(ids)
    known = pa.array(others if hasattr(others, "dtype") else list(others))
    if len(known) == 0:
        return np.zeros(len(asked), dtype=bool)
    return np.asarray(pc.is_in(asked, value_set=known.cast(asked.type)), dtype=bool)
