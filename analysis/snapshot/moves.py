"""What has moved since an earlier month, and may have: only the shop can say if it is right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.snapshot.course import FEWEST_FOLLOWED, moved_by
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.gaps import PART_EMPTY, is_never_zero
from analysis.snapshot.schema import Column

MOST_SHARE_MOVED = 0.1
"""By how much the share of a label may change before it is asked about."""


def ask_about_number(
    file: str,
    column: Column,
    now: pd.DataFrame,
    then: pd.DataFrame,
    earlier: tuple[str, int],
    notes: Notes,
) -> None:
    """Ask about a typical customer's number that has moved, and about zeros that have come.

    Parameters
    ----------
    now, then : DataFrame
        The same customers in both months, one below the other.
    earlier : tuple of str and int
        The earlier month, ``YYYY-MM``, and how many months before this one it is.
    notes : Notes
        Takes ``column_moved``, ``more_zeros``. A column with a problem already is left alone.
    """
    period, months = earlier
    new, old = (each[column.name].to_numpy(dtype=float) for each in (now, then))
    if len(new) < FEWEST_FOLLOWED or notes.blames(file, column.heading):
        return
    typical = moved_by(old, new, column, months)
    if typical is not None:
        told = {"percent": whole_percent(typical), "earlier": period}
        notes.mention("column_moved", file, column.heading, len(new), **told)
    zeros, zeros_then = float((new == 0).mean()), float((old == 0).mean())
    if not is_never_zero(column) and zeros - zeros_then > PART_EMPTY * months:
        told = {"share": whole_percent(zeros), "earlier_share": whole_percent(zeros_then)}
        count = int((new == 0).sum())
        notes.mention("more_zeros", file, column.heading, count, **told, earlier=period)


def ask_about_labels(
    file: str,
    column: Column,
    now: pd.DataFrame,
    then: pd.DataFrame,
    earlier: tuple[str, int],
    notes: Notes,
) -> None:
    """Ask about a label that many more or many fewer of the same customers have.

    Parameters
    ----------
    now, then : DataFrame
        The same customers in both months, one below the other.
    earlier : tuple of str and int
        The earlier month, ``YYYY-MM``, and how many months before this one it is.
    notes : Notes
        Takes ``label_share_moved``. A column with a problem already is left alone.
    """
    period, months = earlier
    labels = now[column.name], then[column.name]
    both = labels[0].notna() & labels[1].notna()
    if both.sum() < FEWEST_FOLLOWED or notes.blames(file, column.heading):
        return
    shares, before = (each[both].value_counts(normalize=True) for each in labels)
    moves = shares.sub(before).dropna()
    if moves.empty or float(moves.abs().max()) <= MOST_SHARE_MOVED * months:
        return
    label = moves.index[int(np.argmax(moves.abs()))]
    told = {
        "share": whole_percent(float(shares.get(label, 0.0))),
        "earlier_share": whole_percent(float(before.get(label, 0.0))),
        "label": shown(_as_exported(column, label)),
        "earlier": period,
    }
    notes.mention("label_share_moved", file, column.heading, int(both.sum()), **told)


def _as_exported(column: Column, value: object) -> str:
    """Give the shop's own label for a value that is stored."""
    stored = {"yes": True, "no": False}
    known = column.labels.values if column.labels else {}
    return next(
        (label for label, own in known.items() if stored.get(own, own) == value), str(value)
    )
