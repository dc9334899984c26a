"""What has moved since an earlier month, and may have: only the shop can say if it is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.snapshot.course import FEWEST_FOLLOWED, moved_by
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.gaps import PART_EMPTY, is_asked_about_losses, is_never_zero
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import FEWEST_JUDGED, Column

MOST_SHARE_MOVED = 0.1
"""By how much the share of a label may change before it is asked about."""

MOST_CHANGED = {"level": 0.26, "service": 0.1, "category": 0.37}
"""Share of the customers whose label may change: half as many again as in any month seen, or
twice; of services none did. Consents are asked about by themselves."""

MOST_REGAINED, FEWEST_REGAINED = 0.1, 5
"""Share and number of those who refused messages who may have allowed them a month later."""

AT_END, FEWEST_AT_END = 0.01, 20
"""Share and number of customers who make an end of a column."""
LEAST_LEFT = 0.15
"""Part of them of whom so few were never left in a month seen: it was a third at least."""

MOST_KEPT, KEPT_AMONG = 0.2, 5
"""By how much more customers than chance would have it may have the number of the month before, in
a column of so many numbers: it was a tenth at most."""

MORE_LOSSES = 0.01
"""By what share of the customers more may have a number below zero than a month before."""

DECIMALS = 6
"""Decimals to which two numbers are told apart."""


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
        Takes ``column_moved``, ``end_emptied``, ``month_carried_over``, ``losses_found``,
        ``more_zeros``. A column with a problem already is left alone.
    """
    period, months = earlier
    new, old = (each[column.name].to_numpy(dtype=float) for each in (now, then))
    if len(new) < FEWEST_FOLLOWED or notes.blames(file, column.heading):
        return
    typical = moved_by(old, new, column, months)
    if typical is not None:
        told = {"percent": whole_percent(typical), "earlier": period}
        notes.mention("column_moved", file, column.heading, len(new), **told)
    elif column.unit != "days":
        _ask_about_ends(file, column, (old, new), earlier, notes)
    _ask_about_kept(file, column, (old, new), period, notes)
    losses, losses_then = int((new < 0).sum()), int((old < 0).sum())
    came = losses - losses_then > max(MORE_LOSSES * months * len(new), FEWEST_JUDGED)
    if column.low is None and came and not is_asked_about_losses(losses, len(new)):
        notes.mention("losses_found", file, column.heading, losses)
    zeros, zeros_then = float((new == 0).mean()), float((old == 0).mean())
    if not is_never_zero(column) and zeros - zeros_then > PART_EMPTY * months:
        told = {"share": whole_percent(zeros), "earlier_share": whole_percent(zeros_then)}
        count = int((new == 0).sum())
        notes.mention("more_zeros", file, column.heading, count, **told, earlier=period)


def _ask_about_ends(
    file: str,
    column: Column,
    pair: tuple[Floats, Floats],
    earlier: tuple[str, int],
    notes: Notes,
) -> None:
    """Ask about an end of a column that hardly anybody is left in: all were moved from there."""
    period, months = earlier
    old, new = (np.sort(each[~np.isnan(each)]) for each in pair)
    if min(len(old), len(new)) < FEWEST_FOLLOWED:
        return
    place = max(FEWEST_AT_END, int(AT_END * len(old)))
    for low, high in ((old[0], old[place - 1]), (old[-place], old[-1])):
        lowest = low == old[0] and high < old[-1]
        had, have = (
            float((each <= high).mean()) if lowest else float((each >= low).mean())
            for each in (old, new)
        )
        if have < LEAST_LEFT**months * had:
            told = {
                "low": written_number(float(low)),
                "high": written_number(float(high)),
                "share": whole_percent(have),
                "earlier_share": whole_percent(had),
            }
            notes.mention("end_emptied", file, column.heading, len(new), **told, earlier=period)


def _ask_about_kept(
    file: str, column: Column, pair: tuple[Floats, Floats], period: str, notes: Notes
) -> None:
    """Ask about a column in which more customers than chance would have it kept their number."""
    old, new = pair
    known = ~(np.isnan(old) | np.isnan(new))
    if known.sum() < FEWEST_FOLLOWED or len(np.unique(new[known])) < KEPT_AMONG:
        return
    same, expected = kept_numbers(old[known], new[known])
    if same - expected > MOST_KEPT:
        told = {"share": whole_percent(same), "other": f"{column.heading}, {period}"}
        count = int((old == new).sum())
        notes.mention("month_carried_over", file, column.heading, count, **told)


def kept_numbers(old: Floats, new: Floats) -> tuple[float, float]:
    """Give the share of customers who kept their number, and what chance would have made of it.

    Chance goes on as it does from two steps apart to one.

    Parameters
    ----------
    old, new : ndarray of float64
        Numbers of the same customers, without gaps.
    """
    steps = np.rint(np.abs(new - old) / smallest_step(old, new))
    same, one, two = (
        float((steps == step).mean()) / sides for step, sides in ((0, 1), (1, 2), (2, 2))
    )
    return same, one * (one / two) ** (1 / 3) if two else one


def smallest_step(old: Floats, new: Floats) -> float:
    """Give the smallest difference between two numbers; gaps aside."""
    found = np.unique(np.round(np.concatenate((old, new)), DECIMALS))
    return float(np.diff(found[~np.isnan(found)]).min(initial=1.0))


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
        Takes ``label_share_moved``, ``labels_changed``. A column with a problem already is left
        alone.
    """
    period, months = earlier
    labels = now[column.name], then[column.name]
    both = labels[0].notna() & labels[1].notna()
    if both.sum() < FEWEST_FOLLOWED or notes.blames(file, column.heading):
        return
    _ask_about_changed(file, column, labels, both, earlier, notes)
    shares, before = (each[both].value_counts(normalize=True) for each in labels)
    moves = shares.sub(before).dropna()
    if moves.empty or float(moves.abs().max()) <= MOST_SHARE_MOVED * months:
        return
    label = moves.index[int(np.argmax(moves.abs()))]
    told = {
        "share": whole_percent(float(shares.get(label, 0.0))),
        "earlier_share": whole_percent(float(before.get(label, 0.0))),
        "label": shown(column.exported(label)),
        "earlier": period,
    }
    notes.mention("label_share_moved", file, column.heading, int(both.sum()), **told)


def _ask_about_changed(
    file: str,
    column: Column,
    labels: tuple[pd.Series[Any], pd.Series[Any]],
    both: pd.Series[bool],
    earlier: tuple[str, int],
    notes: Notes,
) -> None:
    """Ask about labels that changed for many more customers than they do as a rule."""
    period, months = earlier
    changed = (labels[0] != labels[1])[both]
    most = MOST_CHANGED.get(column.name, 1.0)
    if float(changed.mean()) > 1 - (1 - most) ** months:
        told = {"share": whole_percent(float(changed.mean())), "earlier": period}
        notes.mention("labels_changed", file, column.heading, int(changed.sum()), **told)


def ask_about_consents(
    file: str,
    column: Column,
    now: pd.DataFrame,
    then: pd.DataFrame,
    earlier: tuple[str, int],
    notes: Notes,
) -> None:
    """Ask about refusals that became consents: nobody may be written to without one.

    Parameters
    ----------
    now, then : DataFrame
        The same customers in both months, one below the other.
    earlier : tuple of str and int
        The earlier month, ``YYYY-MM``, and how many months before this one it is.
    notes : Notes
        Takes ``consents_regained``. A column with a problem already is left alone.
    """
    period, months = earlier
    refused = ~then[column.name].to_numpy(dtype=bool)
    regained = int((refused & now[column.name].to_numpy(dtype=bool)).sum())
    share = regained / max(int(refused.sum()), 1)
    fewest = max(MOST_REGAINED * months, FEWEST_REGAINED / max(int(refused.sum()), 1))
    if share > fewest and not notes.blames(file, column.heading):
        told = {"share": whole_percent(share), "earlier": period}
        notes.mention("consents_regained", file, column.heading, regained, **told)
