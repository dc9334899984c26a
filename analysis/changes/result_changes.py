"""What came, went or stayed between two editions: segments, offers, findings, settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.changes.edition import DriverSeen, FindingSeen, ResultsSeen, SegmentsSeen
from analysis.results.base import Rank
from analysis.results.changes import (
    DriverChange,
    Fate,
    FindingChange,
    Making,
    Move,
    OfferChange,
    Place,
    Scalar,
    SegmentsChange,
    SegmentSize,
)
from analysis.statistics.small_cells import SMALLEST_CELL

PLACES: tuple[Place, ...] = get_args(Place)


def changed_segments(
    old: pd.DataFrame, new: pd.DataFrame, smallest: int = SMALLEST_CELL
) -> SegmentsChange | None:
    """Count segments in both months, and who moved between levels of risk.

    Parameters
    ----------
    old, new : DataFrame of id, segment
        The segment is such as ``high_3``, risk before the underscore; missing where not scored.
    smallest : int
        Customers, of whom fewer are not told of.

    Returns
    -------
    SegmentsChange or None
        None where neither month has segments. Counts of moves below ``smallest`` are kept back, and
        with each the next smallest of its row or column, so that no total gives it away.
    """
    sizes = [table["segment"].dropna().value_counts() for table in (old, new)]
    if not any(len(each) for each in sizes):
        return None
    places = pd.DataFrame(
        {side: _places(table) for side, table in (("old", old), ("new", new))}
    ).fillna("absent")
    counts = (
        pd.crosstab(places["old"], places["new"])
        .reindex(index=PLACES, columns=PLACES, fill_value=0)
        .to_numpy()
    )
    hidden = kept_back(counts, smallest)
    high = [int(risk_of(table).eq("high").sum()) for table in (old, new)]
    return SegmentsChange(
        high_risk_old=high[0],
        high_risk_new=high[1],
        sizes=[
            SegmentSize(
                segment=name, old=int(sizes[0].get(name, 0)), new=int(sizes[1].get(name, 0))
            )
            for name in sorted({*sizes[0].index, *sizes[1].index})
        ],
        moves=[
            Move(
                origin=origin,
                target=target,
                customers=None if hidden[row, column] else int(counts[row, column]),
            )
            for row, origin in enumerate(PLACES)
            for column, target in enumerate(PLACES)
            if not origin == target == "absent"
        ],
        smallest_shown=smallest,
    )


def _places(table: pd.DataFrame) -> pd.Series[str]:
    risk = risk_of(table).fillna("not_scored")
    return pd.Series(risk.to_numpy(), index=table["id"].to_numpy())


def risk_of(table: pd.DataFrame) -> pd.Series[str]:
    """Give the level of risk of every customer, missing where not scored."""
    risks = {name: name.partition("_")[0] for name in table["segment"].dropna().unique()}
    return table["segment"].map(risks).astype("str")


def kept_back(counts: NDArray[np.int64], smallest: int = SMALLEST_CELL) -> NDArray[np.bool_]:
    """Say which cells of a table with known totals must not be shown.

    Small cells, then as long as a row or column has a single hidden cell, the smallest other one
    of it. The last cell of the last row belongs to nobody and is always known.

    Parameters
    ----------
    counts : ndarray of int, shape (n, n)
    smallest : int
        Below which a cell is small.

    Returns
    -------
    ndarray of bool, shape (n, n)
    """
    hidden = (counts > 0) & (counts < smallest)
    known = np.zeros_like(hidden)
    known[-1, -1] = True
    while True:
        by_rows = _also_hidden(counts, hidden, known)
        by_columns = _also_hidden(counts.T, hidden.T, known.T).T
        if not (by_rows | by_columns).any():
            return hidden
        hidden = hidden | by_rows | by_columns


def _also_hidden(
    counts: NDArray[np.int64], hidden: NDArray[np.bool_], known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    more = np.zeros_like(hidden)
    for row in np.flatnonzero(hidden.sum(axis=1) == 1):
        free = np.flatnonzero(~hidden[row] & ~known[row])
        more[row, min(free, key=lambda column: (counts[row, column] == 0, counts[row, column]))] = (
            True
        )
    return more


def changed_offers(old: SegmentsSeen, new: SegmentsSeen) -> list[OfferChange]:
    """Say which offers stay, come and go, with how many customers each reaches."""
    before, after = ({each.code: each.reached for each in side.offers} for side in (old, new))
    names = {**old.names, **new.names}
    return [
        OfferChange(
            code=code,
            names=names.get(code, {}),
            fate=_fate(code in before, code in after),
            old=before.get(code, 0),
            new=after.get(code, 0),
        )
        for code in sorted({*before, *after})
    ]


def changed_drivers(old: Sequence[DriverSeen], new: Sequence[DriverSeen]) -> list[DriverChange]:
    """Lay the places of the drivers side by side, in the order of the new month, then the old."""
    before, after = ({each.name: each.rank for each in side if each.rank} for side in (old, new))
    names = sorted({*before, *after}, key=lambda name: (_place(after, name), _place(before, name)))
    return [
        DriverChange(
            feature=name,
            old=before.get(name),
            new=after.get(name),
            apart=_apart(before[name], after[name]) if name in before and name in after else None,
        )
        for name in names
    ]


def _place(ranks: Mapping[str, Rank], name: str) -> tuple[float, str]:
    return (ranks[name].place if name in ranks else np.inf, name)


def _apart(one: Rank, other: Rank) -> bool:
    return one.high < other.low or other.high < one.low


def changed_findings(old: Sequence[FindingSeen], new: Sequence[FindingSeen]) -> list[FindingChange]:
    """Say which findings on the data stay, come and go, with their counts."""
    before, after = _counted(old), _counted(new)
    return [
        FindingChange(
            code=code,
            file=file or None,
            column=column or None,
            fate=_fate((code, file, column) in before, (code, file, column) in after),
            old=before.get((code, file, column)),
            new=after.get((code, file, column)),
        )
        for code, file, column in sorted({*before, *after})
    ]


def _counted(findings: Iterable[FindingSeen]) -> dict[tuple[str, str, str], int]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in findings:
        counts[each.code, each.file or "", each.column or ""] += each.count
    return dict(counts)


def _fate(before: bool, after: bool) -> Fate:
    if before and after:
        return "stays"
    return "comes" if after else "goes"


def changed_making(
    old: ResultsSeen,
    new: ResultsSeen,
    versions_old: Mapping[str, str],
    versions_new: Mapping[str, str],
) -> list[Making]:
    """Name what makes two editions unlike: schema, kind, versions, seed, settings.

    Parameters
    ----------
    old, new : ResultsSeen
    versions_old, versions_new : mapping of str to str

    Returns
    -------
    list of Making
        Settings as ``settings.money.loss_share``; None where an edition does not know one.
    """
    before, after = _made(old, versions_old), _made(new, versions_new)
    names = [*before, *(name for name in after if name not in before)]
    differing = [name for name in names if before.get(name) != after.get(name)]
    order = ("schema_version", "kind", "forecast", "versions", "seed", "settings")
    return [
        Making(name=name, old=before.get(name), new=after.get(name))
        for name in sorted(differing, key=lambda name: (order.index(name.split(".")[0]), name))
    ]


def _made(results: ResultsSeen, versions: Mapping[str, str]) -> dict[str, Scalar]:
    return {
        "schema_version": results.schema_version,
        "kind": results.kind,
        "seed": results.seed,
        "forecast": results.uses_forecast,
        **{f"versions.{name}": version for name, version in versions.items()},
        **{
            f"settings.{section}.{name}": ", ".join(value) if isinstance(value, list) else value
            for section, values in results.everything_set.items()
            for name, value in values.items()
        },
    }
