"""Labels as they were meant: known misspellings repaired and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.snapshot.errors import shown
from analysis.snapshot.schema import LabelMap, key


@dataclass(frozen=True)
class Repair:
    """A label corrected on reading, and in how many rows."""

    file: str
    column: str
    found: str
    repaired: str
    count: int

    def values(self) -> dict[str, str]:
        """Everything that the text `repaired_label` may name, for `str.format`."""
        return {
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
        Sorted by the label found.
    unknown : mapping of str to ndarray of bool
        Labels outside the map and their rows.
    blank : ndarray of bool, shape (n_rows,)
    """

    values: pd.Series[str]
    corrected: tuple[tuple[str, str, int], ...]
    unknown: Mapping[str, Flags]
    blank: Flags


def read_labels(cells: pd.Series[str], labels: LabelMap) -> LabelReading:
    """Pass a column through its map, label by label rather than row by row.

    Spellings of one unknown label of an open column that differ in case or spaces become the most
    frequent of them.
    """
    column = cells.astype("category")
    found = [str(label) for label in column.cat.categories]
    codes = column.cat.codes.to_numpy()
    counts = dict(zip(found, np.bincount(codes, minlength=len(found)).tolist(), strict=True))
    known = labels.by_key()
    strangers = _spellings([label for label in found if key(label) not in known], counts)
    right = {label: known.get(key(label), strangers.get(key(label), "")) for label in found}
    stored = {
        label: labels.values.get(name, "" if labels.closed else name)
        for label, name in right.items()
    }
    values = pd.Series([stored[label] or None for label in found], dtype="str")
    return LabelReading(
        values=values.take(codes).set_axis(cells.index),
        corrected=tuple(
            (label, right[label], counts[label])
            for label in sorted(found)
            if counts[label]
            and right[label] not in ("", label)
            and not (labels.closed and key(label) in strangers)
        ),
        unknown={
            name: np.isin(codes, [i for i, label in enumerate(found) if right[label] == name])
            for name in sorted(set(strangers.values()))
        },
        blank=np.isin(codes, [i for i, label in enumerate(found) if not key(label)]),
    )


def _spellings(labels: Sequence[str], counts: Mapping[str, int]) -> dict[str, str]:
    """Most frequent spelling of each unknown label, by its key."""
    chosen: dict[str, str] = {}
    for label in sorted(labels, key=lambda label: (-counts[label], label)):
        if counts[label] and key(label):
            chosen.setdefault(key(label), " ".join(label.split()))
    return chosen
