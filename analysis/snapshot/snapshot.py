"""One month's export: read, checked as a whole, repaired where that is certain, kept.

Every problem is reported together: `read_snapshot` either returns a snapshot or raises one
`SnapshotError` with all of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.arrays import Counts
from analysis.periods import is_period
from analysis.snapshot.across import check_across, id_texts, month_places, places_in
from analysis.snapshot.books import Export, Total, hold_against_books, totals_of
from analysis.snapshot.dialect import Dialect
from analysis.snapshot.earnings import ask_about_earnings
from analysis.snapshot.errors import (
    FINDING_SEVERITY,
    PROBLEM_CODES,
    Finding,
    Notes,
    SnapshotError,
    Unseen,
)
from analysis.snapshot.file_reader import Reading, listed, read_pieces
from analysis.snapshot.going_together import ask_about_going_together
from analysis.snapshot.groups import ask_about_groups_of_months
from analysis.snapshot.ids import by_id, natural
from analysis.snapshot.joining import joined_digest
from analysis.snapshot.labels import Repair
from analysis.snapshot.levels import doubt_minutes_of_others
from analysis.snapshot.membership import ask_about_alike
from analysis.snapshot.order_of_months import ask_about_order
from analysis.snapshot.pieces import Cut, Piece, cut_part
from analysis.snapshot.places import find_parts
from analysis.snapshot.schema import (
    CONTRACT,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    MONTHS,
)
from analysis.snapshot.surroundings import months_named
from analysis.toml_files import TomlError, as_written, read_toml
from analysis.workers.here import HERE, Workers

REPAIR_CODES = frozenset({"repaired_label", "repaired_look_alike"})
MARK_FILE = "mark.toml"
ABOUT_FILE = "snapshot.json"
"""Beside the tables of a saved snapshot: all else about it."""
Kind = Literal["real", "sample"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A month's export under our own names.

    Attributes
    ----------
    customers : DataFrame, one row per customer, in the natural order of id
        id (text, as the export has it) and the columns of market_file: `level` ("declined",
        "steady" or missing), `consent` (bool), `service` and `category` (corrected labels), numbers
        as float64.
    revenue : DataFrame of id, period, revenue
        Roubles a month; period is "before_previous", "previous" or "current".
    minutes : DataFrame of id, period, minutes
        Period is "previous" or "current".
    profit : DataFrame of id, profit
    impossible : DataFrame of id, column, value
        Cells outside the bounds of their column (a negative revenue, a share above 1). They are
        missing in the tables above. `column` is a column of `cleaning.one_row_per_customer`.
    respelt : DataFrame of id, column, found
        Services and categories that were corrected, as the file has them.
    row_order : DataFrame of id, position
        Place of each customer in market_file, from 0. Only for checking the order itself.
    repairs : tuple of Repair
        Labels corrected, with counts.
    findings : tuple of Finding
        What a reader should know.
    dialects, rows, digests : mapping by file name
        How each file is written, its data rows, the SHA-256 of its bytes (of a file in parts, of
        the digests of these).
    kind : "real" or "sample"
    unseen : tuple of Unseen
        Errors that no check would have noticed, by their size.
    totals : tuple of Total
        By which the month can be held against the shop's books, and what these say.
    looked_up, otherwise : int
        Customers who were looked up in the books one by one, and those of them who are otherwise.
    """

    customers: pd.DataFrame
    revenue: pd.DataFrame
    minutes: pd.DataFrame
    profit: pd.DataFrame
    impossible: pd.DataFrame
    respelt: pd.DataFrame
    row_order: pd.DataFrame
    repairs: tuple[Repair, ...]
    findings: tuple[Finding, ...]
    dialects: Mapping[str, Dialect]
    rows: Mapping[str, int]
    digests: Mapping[str, str]
    kind: Kind
    unseen: tuple[Unseen, ...] = ()
    totals: tuple[Total, ...] = ()
    looked_up: int = 0
    otherwise: int = 0

    def customers_of(self, ids: pd.Index[str]) -> pd.DataFrame:
        """Give these customers with their profit, in this order; what is not known is missing.

        Parameters
        ----------
        ids : Index of str
            Each once; they become the index.
        """
        tables = (self.customers, self.profit)
        some, profit = (each[each["id"].isin(ids)].set_index("id") for each in tables)
        return some.join(profit).reindex(ids)

    def save(self, folder: Path) -> None:
        """Write the snapshot as Parquet and JSON; equal snapshots give equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _TABLES:
            getattr(self, name).to_parquet(folder / f"{name}.parquet", index=False)
        about = {
            "repairs": [asdict(repair) for repair in self.repairs],
            "findings": [asdict(finding) for finding in self.findings],
            "dialects": {file: asdict(dialect) for file, dialect in self.dialects.items()},
            "rows": dict(self.rows),
            "digests": dict(self.digests),
            "kind": self.kind,
            "unseen": [asdict(each) for each in self.unseen],
            "totals": [asdict(each) for each in self.totals],
            "looked_up": self.looked_up,
            "otherwise": self.otherwise,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / ABOUT_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, among: Collection[str] | None = None) -> Snapshot:
        """Read back what `save` wrote; ``among`` are the ids of those wanted, all by default."""
        about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        wanted = None if among is None else [("id", "in", list(among))]
        return cls(
            **{
                name: pd.read_parquet(folder / f"{name}.parquet", filters=wanted)
                for name in _TABLES
            },
            repairs=tuple(Repair(**repair) for repair in about["repairs"]),
            findings=tuple(Finding(**finding) for finding in about["findings"]),
            dialects={file: Dialect(**dialect) for file, dialect in about["dialects"].items()},
            rows=about["rows"],
            digests=about["digests"],
            kind=about["kind"],
            unseen=tuple(Unseen(**each) for each in about["unseen"]),
            totals=tuple(Total(**each) for each in about["totals"]),
            looked_up=about["looked_up"],
            otherwise=about["otherwise"],
        )


def against_books(snapshot: Snapshot, folder: Path, *, accept_unusual: bool = False) -> Snapshot:
    """Hold a month against the shop's books in its folder, where there are any.

    Parameters
    ----------
    snapshot : Snapshot
    folder : Path
        May hold books.toml.
    accept_unusual : bool
        Report what is otherwise as a finding instead of refusing it.

    Raises
    ------
    SnapshotError
        With everything that is otherwise, or cannot be understood.
    """
    notes = Notes(accepting=accept_unusual)
    tables = {
        MARKET_FILE.file: snapshot.customers,
        MARKET_MONEY.file: snapshot.revenue,
        MARKET_TIME.file: snapshot.minutes,
        MONEY.file: snapshot.profit,
    }
    export = Export(tables, snapshot.impossible)
    books = hold_against_books(folder, export, snapshot.totals, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    return replace(
        snapshot,
        findings=(*snapshot.findings, *notes.findings),
        totals=books.totals,
        looked_up=books.looked_up,
        otherwise=books.otherwise,
    )


class ToBeSaved:
    """A snapshot that is needed no more once it is saved: its tables are let go then.

    Parameters
    ----------
    snapshot : Snapshot
        Nobody else should hold it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot
        self.digests = snapshot.digests
        self.kind = snapshot.kind

    def save(self, folder: Path) -> None:
        """Write the snapshot, for once."""
        assert self._snapshot is not None
        self._snapshot.save(folder)
        self._snapshot = None
        pa.default_memory_pool().release_unused()


_TABLES = tuple(field.name for field in fields(Snapshot) if field.type == "pd.DataFrame")


def message_codes() -> frozenset[str]:
    """Every code that needs a text in `templates/words/*/messages/snapshot.toml`."""
    return PROBLEM_CODES | frozenset(FINDING_SEVERITY) | REPAIR_CODES


def read_snapshot(
    folder: Path, *, accept_unusual: bool = False, workers: Workers = HERE
) -> Snapshot:
    """Read the four files of one month.

    Parameters
    ----------
    folder : Path
        Holds market_file.csv, market_money.csv, market_time.csv and money.csv, or folders of
        their parts, or says where they lie (see `analysis.snapshot.places`); for made-up data
        also mark.toml with `kind = "sample"`.
    accept_unusual : bool
        Report numbers that are only unlikely as findings instead of refusing them.
    workers : Workers
        What reads the files and cuts them into cells, part by part.

    Returns
    -------
    Snapshot

    Raises
    ------
    SnapshotError
        With everything that is wrong, if anything is.
    """
    notes = Notes(accepting=accept_unusual)
    if not folder.is_dir():
        notes.refuse("missing_folder", folder.name, folder=str(folder))
        raise SnapshotError(tuple(notes.problems))
    kind = _read_kind(folder, notes)
    parts = {contract.file: find_parts(folder, contract.file, notes) for contract in CONTRACT}
    cuts = [
        Cut(contract, part, accept_unusual)
        for contract in CONTRACT
        for part in parts[contract.file]
    ]
    pieces = map(_cut_here_too, cuts, workers.map(cut_part, cuts))
    files: dict[str, Reading] = {}
    digests: dict[str, str] = {}
    for contract in CONTRACT:
        its = list(islice(pieces, len(parts[contract.file])))
        reading = read_pieces(contract, its, notes) if its else None
        if reading is not None:
            files[contract.file] = reading
            digests[contract.file] = joined_digest([piece.digest for piece in its])
    if MARKET_FILE.file in files:
        check_across(files, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    _mention_levels(files[MARKET_FILE.file].frame, notes)
    _doubt_title(folder.name, notes)
    doubt_minutes_of_others(files[MARKET_FILE.file].frame, files[MARKET_TIME.file].frame, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    return _assemble(files, digests, kind, notes)


def _cut_here_too(asked: Cut, piece: Piece) -> Piece:
    """Cut here what a worker could not read: it may be on another machine, without the file."""
    return piece if piece.was_read else cut_part(asked)


def _read_kind(folder: Path, notes: Notes) -> Kind:
    path = folder / MARK_FILE
    if not path.exists():
        return "real"
    try:
        told = read_toml(path)
    except OSError:
        notes.refuse("unreadable_file", MARK_FILE)
        return "real"
    except TomlError as error:
        notes.refuse(error.code, MARK_FILE, None, (), **error.fields)
        return "real"
    if told.get("kind") == "sample":
        return "sample"
    if told.get("kind") != "real":
        found = listed(f"{name} = {as_written(value)}" for name, value in told.items())
        notes.refuse("bad_mark", MARK_FILE, None, (), found=found or "«»")
    return "real"


def _doubt_title(period: str, notes: Notes) -> None:
    """Refuse a file whose title names an earlier month alone."""
    if not is_period(period):
        return
    for each in [each for each in notes.findings if each.code == "lines_left_out"]:
        named = months_named(each.fields["found"])
        if named and max(named) < period:
            found = {"found": each.fields["found"], "month": max(named), "period": period}
            notes.doubt("titled_otherwise", each.file, None, (), **found)


def _mention_levels(customers: pd.DataFrame, notes: Notes) -> None:
    levels = customers["level"].nunique()
    if levels < 2:
        heading = MARKET_FILE.column("level").heading
        notes.mention("one_level" if levels else "no_levels", MARKET_FILE.file, heading)


def _assemble(
    files: dict[str, Reading], digests: Mapping[str, str], kind: Kind, notes: Notes
) -> Snapshot:
    """Put the files together; each is let go as soon as its rows are in order."""
    base = files[MARKET_FILE.file].frame["id"].reset_index(drop=True)
    known = id_texts(base)
    by_rank = base.sort_values(key=natural).index.to_numpy()
    rank = np.empty(len(base), dtype=np.int64)
    rank[by_rank] = np.arange(len(base))
    impossible = pd.concat([reading.impossible for reading in files.values()])
    respelt = files[MARKET_FILE.file].respelt
    repairs = tuple(repair for reading in files.values() for repair in reading.repairs)
    dialects = {file: reading.dialect for file, reading in files.items()}
    rows = {file: len(reading.frame) for file, reading in files.items()}
    tables = {}
    while files:
        file, reading = files.popitem()
        tables[file] = _ordered(reading, rank, places_in(id_texts(reading.frame["id"]), known))
    ask_about_alike(tables, notes)
    ask_about_groups_of_months(
        tables[MARKET_FILE.file], tables[MARKET_MONEY.file], tables[MARKET_TIME.file], notes
    )
    ask_about_order(tables[MARKET_MONEY.file], notes)
    ask_about_going_together(tables, notes)
    ask_about_earnings(tables, notes)
    odd = (
        impossible[places_in(id_texts(impossible["id"]), known) >= 0]
        .sort_values(["id", "column"], key=by_id)
        .reset_index(drop=True)
    )
    return Snapshot(
        customers=tables[MARKET_FILE.file],
        revenue=tables[MARKET_MONEY.file],
        minutes=tables[MARKET_TIME.file],
        profit=tables[MONEY.file],
        impossible=odd,
        respelt=respelt.sort_values(["id", "column"], key=by_id).reset_index(drop=True),
        row_order=pd.DataFrame(
            {"id": base.iloc[by_rank].reset_index(drop=True), "position": by_rank}
        ),
        repairs=repairs,
        findings=tuple(notes.findings),
        dialects=dialects,
        rows=rows,
        digests=digests,
        kind=kind,
        totals=totals_of(Export(tables, odd)),
    )


def _ordered(reading: Reading, rank: Counts, places: Counts) -> pd.DataFrame:
    """Columns in the contract's order, rows of known customers by id and by month in time."""
    names = [column.name for column in reading.contract.columns]
    rows = np.flatnonzero(places >= 0)
    order = rank[places[rows]]
    if reading.contract.by_period:
        months = month_places(reading.frame["period"], MONTHS)
        order = order * len(MONTHS) + months[rows]
    return reading.frame[names].iloc[rows[np.argsort(order)]].reset_index(drop=True)
