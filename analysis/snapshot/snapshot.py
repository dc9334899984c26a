"""One month's export: read, checked as a whole, repaired where that is certain, kept.

Every problem is reported together: `read_snapshot` either returns a snapshot or raises one
`SnapshotError` with all of them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from analysis.snapshot.dialect import Dialect
from analysis.snapshot.errors import (
    FINDING_SEVERITY,
    PROBLEM_CODES,
    Finding,
    Notes,
    SnapshotError,
    shown,
    whole_percent,
)
from analysis.snapshot.file_reader import NAMES_SHOWN, Reading, first_ids, read_file
from analysis.snapshot.ids import by_id, natural
from analysis.snapshot.labels import Repair
from analysis.snapshot.schema import (
    CONTRACT,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    MONTHS,
    FileContract,
)

REPAIR_CODES = frozenset({"repaired_label", "repaired_look_alike"})
MOST_BEYOND = 0.2
"""Share of the customers of all other files whom market_file may lack."""

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
        How each file is written, its data rows, the SHA-256 of its bytes.
    kind : "real" or "sample"
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
        }
        text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / ABOUT_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read back what `save` wrote."""
        about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        return cls(
            **{name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES},
            repairs=tuple(Repair(**repair) for repair in about["repairs"]),
            findings=tuple(Finding(**finding) for finding in about["findings"]),
            dialects={file: Dialect(**dialect) for file, dialect in about["dialects"].items()},
            rows=about["rows"],
            digests=about["digests"],
            kind=about["kind"],
        )


_TABLES = tuple(field.name for field in fields(Snapshot) if field.type == "pd.DataFrame")


def message_codes() -> frozenset[str]:
    """Every code that needs a text in `templates/words/*/messages/snapshot.toml`."""
    return PROBLEM_CODES | frozenset(FINDING_SEVERITY) | REPAIR_CODES


def read_snapshot(folder: Path, *, accept_unusual: bool = False) -> Snapshot:
    """Read the four files of one month.

    Parameters
    ----------
    folder : Path
        Holds market_file.csv, market_money.csv, market_time.csv and money.csv; for made-up data
        also mark.toml with `kind = "sample"`.
    accept_unusual : bool
        Report numbers that are only unlikely as findings instead of refusing them.

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
    contents = {contract.file: _read_bytes(folder / contract.file, notes) for contract in CONTRACT}
    readings = {
        contract.file: read_file(contract, content, notes)
        for contract in CONTRACT
        if (content := contents[contract.file]) is not None
    }
    files = {file: reading for file, reading in readings.items() if reading is not None}
    if MARKET_FILE.file in files:
        _check_across(files, notes)
    if notes.problems:
        raise SnapshotError(tuple(notes.problems))
    _mention_levels(files[MARKET_FILE.file].frame, notes)
    return _assemble(files, contents, kind, notes)


def _read_kind(folder: Path, notes: Notes) -> Kind:
    path = folder / MARK_FILE
    if not path.exists():
        return "real"
    try:
        kind = tomllib.loads(path.read_text(encoding="utf-8")).get("kind")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        kind = None
    if kind == "sample":
        return "sample"
    if kind != "real":
        notes.refuse("bad_mark", MARK_FILE)
    return "real"


def _read_bytes(path: Path, notes: Notes) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        notes.refuse("missing_file", path.name)
    except OSError:
        notes.refuse("unreadable_file", path.name)
    return None


def _check_across(files: Mapping[str, Reading], notes: Notes) -> None:
    """Compare the customers of the files; a file whose last customers are lacking was cut."""
    market = files[MARKET_FILE.file]
    if not market.sound:
        return
    base = _ids(market.frame["id"])
    others = [
        reading for file, reading in files.items() if file != MARKET_FILE.file and reading.sound
    ]
    listed = {each.contract.file: _ids(each.frame["id"]).unique() for each in others}
    if listed and all(_ends_early(base, ids) for ids in listed.values()):
        beyond = next(iter(listed.values())).difference(base)
        notes.refuse(
            "file_ends_early",
            MARKET_FILE.file,
            "id",
            ids=first_ids(beyond),
            lacking=str(len(beyond)),
        )
        return
    if len(listed) > 1 and (beyond := _in_all(listed.values()).difference(base)).size:
        share = len(beyond) / (len(base) + len(beyond))
        if share > MOST_BEYOND:
            notes.refuse(
                "base_lacks_customers",
                MARKET_FILE.file,
                "id",
                ids=first_ids(beyond),
                lacking=str(len(beyond)),
                share=whole_percent(share),
            )
            return
    for reading in others:
        _check_against(base, reading, notes)


def _ids(column: pd.Series[str]) -> pd.Index[str]:
    """Give ids as plain Python texts: among these, one is found fast."""
    ids: pd.Index[str] = pd.Index(column.to_numpy(dtype=object), dtype=object)
    return ids


def _in_all(listed: Iterable[pd.Index[str]]) -> pd.Index[str]:
    """Give the customers whom all of these files have."""
    first, *others = listed
    for ids in others:
        first = first.intersection(ids)
    return first


def _check_against(base: pd.Index[str], reading: Reading, notes: Notes) -> None:
    """Compare one file's customers, month by month, with those of market_file."""
    frame, file = reading.frame, reading.contract.file
    groups = (
        [_ids(rows["id"]) for _, rows in frame.groupby("period")]
        if reading.contract.by_period
        else [_ids(frame["id"])]
    )
    short = [ids for ids in groups if not base.isin(ids).all()]
    lacking = sum(int((~base.isin(ids)).sum()) for ids in short)
    unmatched = {number for ids in short for number in base.difference(ids)[: NAMES_SHOWN + 1]}
    first = first_ids(unmatched)
    foreign = int((~_ids(frame["id"]).isin(base)).sum())
    if short and all(_ends_early(ids, base) for ids in short) and _is_cut(frame, base):
        notes.refuse("file_ends_early", file, "id", ids=first, lacking=str(lacking))
    elif any(2 * int(base.isin(ids).sum()) < len(base) for ids in groups):
        if other := spelt_otherwise(base, _ids(frame["id"])):
            notes.refuse("ids_spelt_otherwise", file, "id", here=other[0], there=other[1])
        else:
            notes.refuse("foreign_ids", file, "id", lacking=str(lacking), ids=first)
    elif lacking:
        notes.mention("missing_rows", file, "id", lacking, ids=first)
    if foreign:
        notes.mention("foreign_rows", file, "id", foreign)


def _is_cut(frame: pd.DataFrame, base: pd.Index[str]) -> bool:
    """Whether rows that are lacking lay at the end of the file.

    Only the last months, in the file's own order, can then be short; and all alike, give or take
    the customer within whom the file ends, unless the file holds one month after the other.
    """
    if "period" not in frame:
        return True
    months = frame["period"].drop_duplicates().tolist()
    lacking = [
        len(base.difference(_ids(frame.loc[frame["period"] == each, "id"]))) for each in months
    ]
    one_by_one = int((frame["period"] != frame["period"].shift()).sum()) == len(months)
    rising = all(earlier <= later for earlier, later in pairwise(lacking))
    return rising and (one_by_one or lacking[-1] - lacking[0] <= 1)


def spelt_otherwise(base: Iterable[str], ids: Iterable[str]) -> tuple[str, str] | None:
    """Give an id of either where most are the same but for leading zeros or case."""
    plain = {each.lstrip("0").casefold(): each for each in base}
    same = [(each, plain[bare]) for each in ids if (bare := each.lstrip("0").casefold()) in plain]
    if 2 * len({there for _, there in same}) < len(plain):
        return None
    return next(((shown(one), shown(other)) for one, other in same if one != other), None)


def _ends_early(ids: pd.Index[str], whole: pd.Index[str]) -> bool:
    """Whether `ids` is `whole` broken off: the same order, and only the end is lacking."""
    places = whole.get_indexer(ids)
    places = places[places >= 0]
    lacking = np.setdiff1d(np.arange(len(whole)), places)
    return bool(
        len(places) and len(lacking) and (np.diff(places) > 0).all() and lacking[0] > places[-1]
    )


def _mention_levels(customers: pd.DataFrame, notes: Notes) -> None:
    levels = customers["level"].nunique()
    if levels < 2:
        heading = next(c.heading for c in MARKET_FILE.columns if c.name == "level")
        notes.mention("one_level" if levels else "no_levels", MARKET_FILE.file, heading)


def _assemble(
    files: Mapping[str, Reading], contents: Mapping[str, bytes | None], kind: Kind, notes: Notes
) -> Snapshot:
    base = files[MARKET_FILE.file].frame
    known = _ids(base["id"])
    tables = {
        file: _ordered(reading.frame[_ids(reading.frame["id"]).isin(known)], reading.contract)
        for file, reading in files.items()
    }
    impossible = pd.concat([reading.impossible for reading in files.values()])
    respelt = files[MARKET_FILE.file].respelt
    order = pd.DataFrame({"id": base["id"], "position": np.arange(len(base), dtype=np.int64)})
    return Snapshot(
        customers=tables[MARKET_FILE.file],
        revenue=tables[MARKET_MONEY.file],
        minutes=tables[MARKET_TIME.file],
        profit=tables[MONEY.file],
        impossible=impossible[_ids(impossible["id"]).isin(known)]
        .sort_values(["id", "column"], key=by_id)
        .reset_index(drop=True),
        respelt=respelt.sort_values(["id", "column"], key=by_id).reset_index(drop=True),
        row_order=order.sort_values("id", key=natural).reset_index(drop=True),
        repairs=tuple(repair for reading in files.values() for repair in reading.repairs),
        findings=tuple(notes.findings),
        dialects={file: reading.dialect for file, reading in files.items()},
        rows={file: len(reading.frame) for file, reading in files.items()},
        digests={
            file: hashlib.sha256(content).hexdigest()
            for file, content in contents.items()
            if content is not None
        },
        kind=kind,
    )


def _ordered(frame: pd.DataFrame, contract: FileContract) -> pd.DataFrame:
    """Columns in the contract's order, rows by id and, where there are months, by time."""
    names = [column.name for column in contract.columns]
    if not contract.by_period:
        return frame[names].sort_values("id", key=natural).reset_index(drop=True)
    rank = frame["period"].map({month: place for place, month in enumerate(MONTHS)})
    by_time = frame[names].assign(rank=rank).sort_values(["id", "rank"], key=by_id)
    return by_time[names].reset_index(drop=True)
