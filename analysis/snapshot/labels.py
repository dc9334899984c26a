"""Labels as they were meant: known misspellings repaired and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.snapshot.errors import shown
from analysis.snapshot.numbers import BLANKS
from analysis.snapshot.schema import LabelMap, key, russian_letters, tidy

_BLANKS = frozenset(map(key, BLANKS))


@dataclass(frozen=True)
class Repair:
    """A label corrected on reading, and in how many rows."""

    file: str
    column: str
    found: str
    repaired: str
    count: int

    @property
    def look_alikes(self) -> str:
        """The Latin letters that stood for Russian ones, if that is all that was wrong."""
        if key(self.found) == key(self.repaired) or russian_letters(self.found) == self.found:
            return ""
        same = key(russian_letters(self.found)) == key(russian_letters(self.repaired))
        return "".join(dict.fromkeys(re.findall("[A-Za-z]", self.found))) if same else ""

    @property
    def code(self) -> str:
        """Its text in `templates/words/*/messages/snapshot.toml`."""
        return "repaired_look_alike" if self.look_alikes else "repaired_label"

    def values(self) -> dict[str, str]:
        """Everything that its text may name, for `str.format`."""
        return {
            "letters": ", ".join(self.look_alikes),
            "file": self.file,
            "column": self.column,
            "found": shown(self.found),
            "repaired": self.repaired,
            "count": str(self.count),
        }


@dataclass(frozen=True, eq=False)
class LabelReading:
    """The labels of one column after the map.

    Attributes
    ----------
    values : Series of str, shape (n_rows,)
        Stored values; missing where blank or, in a closed column, unknown.
    corrected : tuple of (found, repaired, count)
        Sorted by the label found. Another way to write the same letters is no misspelling.
    unknown : mapping of str to int
        Labels outside the map, and in how many rows.
    strange, blank : ndarray of bool, shape (n_rows,)
        Rows with a label outside the map, and with none.
    """

    values: pd.Series[str]
    corrected: tuple[tuple[str, str, int], ...]
    unknown: Mapping[str, int]
    strange: Flags
    blank: Flags


def read_labels(cells: pd.Series[str], labels: LabelMap) -> LabelReading:
    """Pass a column through its map, label by label rather than row by row.

    Spellings of one unknown label of an open column that differ in case, spaces or look-alike
    letters become the most frequent of them. The work grows with the number of different labels.
    """
    column = cells.astype("category")
    found = [str(label) for label in column.cat.categories]
    codes = column.cat.codes.to_numpy()
    counts = np.bincount(codes, minlength=len(found)).tolist()
    keys = [key(russian_letters(label)) for label in found]
    empty = [each in _BLANKS for each in keys]
    known = labels.by_key()
    strangers = _spellings(
        [
            (label, each, count)
            for label, each, count, blank in zip(found, keys, counts, empty, strict=True)
            if count and not blank and each not in known
        ]
    )
    right = [
        "" if blank else known.get(each, strangers.get(each, ""))
        for each, blank in zip(keys, empty, strict=True)
    ]
    stored = [labels.values.get(name, "" if labels.closed else name) for name in right]
    strange = np.array([each in strangers for each in keys], dtype=bool)
    unknown: Counter[str] = Counter()
    for name, count, odd in zip(right, counts, strange.tolist(), strict=True):
        if odd:
            unknown[name] += count
    values = pd.Series([each or None for each in stored], dtype="str")
    return LabelReading(
        values=values.take(codes).set_axis(cells.index),
        corrected=tuple(
            sorted(
                (label, name, count)
                for label, name, count, odd in zip(
                    found, right, counts, strange.tolist(), strict=True
                )
                if count
                and name
                and name not in (label, tidy(label))
                and not (labels.closed and odd)
            )
        ),
        unknown=dict(sorted(unknown.items())),
        strange=strange[codes],
        blank=np.array(empty, dtype=bool)[codes],
    )


def _spellings(labels: Sequence[tuple[str, str, int]]) -> dict[str, str]:
    """Most frequent spelling of each unknown label, by its key."""
    chosen: dict[str, str] = {}
    for label, each, _ in sorted(labels, key=lambda label: (-label[2], label[0])):
        chosen.setdefault(each, tidy(label))
    return chosen
