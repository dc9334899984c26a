"""One month's export: read, checked as a whole, repaired where that is certain, kept.

Every problem is reported together: `read_snapshot` either returns a snapshot or raises one
`SnapshotError` with all of them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dialects import Dialect, Table, read_numbers, read_table
from analysis.errors import (
    FINDING_SEVERITY,
    PROBLEM_CODES,
    Finding,
    Notes,
    SnapshotError,
    shown,
)
from analysis.labels import (
    CONTRACT,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    NOT_STATED,
    Column,
    FileContract,
    Repair,
    read_labels,
)

MARK_FILE = "mark.toml"
NAMES_SHOWN = 5
Kind = Literal["real", "sample"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A month's export under our own names.

    Attributes
    ----------
    customers : DataFrame, one row per customer, sorted by id
        id and the columns of market_file: `level` ("declined", "steady" or missing), `consent`
        (bool), `service` and `category` (corrected labels), numbers as float64.
    revenue : DataFrame of id, period, revenue
        Roubles a month; period is "before_previous", "previous" or "current".
    minutes : DataFrame of id, period, minutes
        Period is "previous" or "current".
    profit : DataFrame of id, profit
    impossible : DataFrame of id, column, value
        Cells outside the bounds of their column (a negative revenue, a share above 1). They are
        missing in the tables above. `column` is a column of `cleaning.one_row_per_customer`.
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
        (folder / "snapshot.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read back what `save` wrote."""
        about = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
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
    return PROBLEM_CODES | frozenset(FINDING_SEVERITY) | {"repaired_label"}


def read_snapshot(folder: Path) -> Snapshot:
    """Read the four files of one month.

    Parameters
    ----------
    folder : Path
        Holds market_file.csv, market_money.csv, market_time.csv and money.csv; for made-up data
        also mark.toml with `kind = "sample"`.

    Returns
    -------
    Snapshot

    Raises
    ------
    SnapshotError
        With everything that is wrong, if anything is.
    """
    notes = Notes()
    if not folder.is_dir():
        notes.refuse("missing_folder", folder.name, folder=str(folder))
        raise SnapshotError(tuple(notes.problems))
    kind = _read_kind(folder, notes)
    contents = {contract.file: _read_bytes(folder / contract.file, notes) for contract in CONTRACT}
    readings = {
        contract.file: _read_file(contract, content, notes)
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


@dataclass(frozen=True, eq=False)
class _Reading:
    """One file under our names; `sound` if its ids and periods can be compared with others'."""

    contract: FileContract
    frame: pd.DataFrame
    impossible: pd.DataFrame
    dialect: Dialect
    repairs: tuple[Repair, ...]
    sound: bool


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


def _read_file(contract: FileContract, content: bytes, notes: Notes) -> _Reading | None:
    own = Notes()
    try:
        return _read_columns(contract, content, own)
    finally:
        notes.problems.extend(own.problems)
        notes.findings.extend(own.findings)


def _read_columns(contract: FileContract, content: bytes, notes: Notes) -> _Reading | None:
    file = contract.file
    labelled = [column.heading for column in contract.columns if column.kind == "label"]
    table = read_table(file, content, contract.headings, labelled, notes)
    if table is None:
        return None
    table = _without_cut_cell(contract, table, notes)
    if not len(table.lines):
        if not notes.problems:
            notes.refuse("no_rows", file)
        return None
    present = [column for column in contract.columns if column.heading in table.cells]
    frame = pd.DataFrame(index=pd.RangeIndex(len(table.lines)))
    repairs: list[Repair] = []
    impossible: dict[str, pd.Series[float]] = {}
    for column in present:
        cells = table.cells[column.heading]
        if column.kind == "id":
            frame["id"] = _read_ids(file, column, cells, table.lines, notes)
        elif column.kind == "label":
            frame[column.name] = _read_label(file, column, cells, table.lines, repairs, notes)
    decimal = _read_numbers(file, present, table, frame, impossible, notes)
    _check_keys(contract, frame, table.lines, notes)
    sound = not _key_problems(notes)
    return _Reading(
        contract,
        frame,
        _impossible_cells(contract, frame, impossible if sound else {}),
        replace(table.dialect, decimal=decimal),
        tuple(repairs),
        sound,
    )


def _without_cut_cell(contract: FileContract, table: Table, notes: Notes) -> Table:
    """Take off a last row whose last cell was cut while the file was written."""
    column = next((c for c in contract.columns if c.heading == table.last_column), None)
    if not table.unfinished or column is None:
        return table
    cell = str(table.cells[column.heading].iloc[-1])
    if column.kind == "number":
        whole = not read_numbers(pd.Series([cell], dtype="str")).values.isna().any()
    elif column.labels is not None:
        whole = column.labels.correct(cell) is not None
    else:
        whole = cell.isdigit()
    if whole:
        return table
    notes.refuse("cut_row", contract.file, lines=table.lines[-1:])
    return table.where(np.arange(len(table.lines)) < len(table.lines) - 1)


def _read_ids(
    file: str, column: Column, cells: pd.Series[str], lines: NDArray[np.int64], notes: Notes
) -> pd.Series[int]:
    """Ids as whole numbers; 0 where a cell holds none."""
    blank = (cells == "").to_numpy(dtype=bool)
    right = cells.str.fullmatch("[0-9]{1,18}").to_numpy(dtype=bool)
    ids = cells.where(right, "0").astype("int64")
    wrong = ~blank & (ids == 0).to_numpy(dtype=bool)
    if blank.any():
        notes.refuse("blank_cell", file, column.heading, lines[blank])
    if wrong.any():
        notes.refuse("bad_id", file, column.heading, lines[wrong], found=_listed(cells[wrong]))
    return ids


def _read_label(
    file: str,
    column: Column,
    cells: pd.Series[str],
    lines: NDArray[np.int64],
    repairs: list[Repair],
    notes: Notes,
) -> pd.Series[str] | pd.Series[bool]:
    assert column.labels is not None
    reading = read_labels(cells, column.labels)
    repairs.extend(Repair(file, column.heading, *found) for found in reading.corrected)
    blanks = int(reading.blank.sum())
    if reading.unknown:
        rows = np.logical_or.reduce(list(reading.unknown.values()))
        found = _listed(reading.unknown)
        if column.labels.closed:
            allowed = ", ".join(f"«{label}»" for label in column.labels.values)
            notes.refuse(
                "unknown_label", file, column.heading, lines[rows], found=found, allowed=allowed
            )
        else:
            notes.mention("new_label", file, column.heading, int(rows.sum()), found=found)
    if blanks:
        if column.name == "period":
            notes.refuse("blank_cell", file, column.heading, lines[reading.blank])
        else:
            named = {"level": "blank_level", "consent": "blank_consent"}
            notes.mention(named.get(column.name, "blank_label"), file, column.heading, blanks)
    if column.name == "consent":
        return reading.values == "yes"
    return reading.values if column.labels.closed else reading.values.fillna(NOT_STATED)


def _read_numbers(
    file: str,
    columns: Iterable[Column],
    table: Table,
    frame: pd.DataFrame,
    impossible: dict[str, pd.Series[float]],
    notes: Notes,
) -> str:
    """Add the number columns to the frame; returns the file's decimal mark."""
    numeric = [column for column in columns if column.kind == "number"]
    read = {column: read_numbers(table.cells[column.heading]) for column in numeric}
    dotted = sum(int(numbers.dotted.sum()) for numbers in read.values())
    comma = sum(int(numbers.comma.sum()) for numbers in read.values())
    decimal = "," if comma > dotted else "." if dotted else ""
    for column, numbers in read.items():
        values = numbers.values
        if numbers.wrong.any():
            found = _listed(table.cells[column.heading][numbers.wrong])
            rows = table.lines[numbers.wrong]
            notes.refuse("not_a_number", file, column.heading, rows, found=found)
        odd = numbers.dotted if decimal == "," else numbers.comma
        if odd.any():
            found = _listed(table.cells[column.heading][odd])
            notes.refuse("mixed_decimal", file, column.heading, table.lines[odd], found=found)
        if numbers.blank.any():
            notes.mention("blank_number", file, column.heading, int(numbers.blank.sum()))
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        outside = (values < low) | (values > high)
        if outside.any():
            impossible[column.name] = values[outside]
            found = _listed(table.cells[column.heading][outside])
            notes.mention(
                "impossible_number", file, column.heading, int(outside.sum()), found=found
            )
        frame[column.name] = values.mask(outside)
    return decimal


def _listed(labels: Iterable[object]) -> str:
    """The first few different texts, in quotation marks."""
    distinct = sorted({shown(str(label)) for label in labels})
    return ", ".join(f"«{label}»" for label in distinct[:NAMES_SHOWN]) + (
        ", …" if len(distinct) > NAMES_SHOWN else ""
    )


def _impossible_cells(
    contract: FileContract, frame: pd.DataFrame, impossible: Mapping[str, pd.Series[float]]
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "id": frame.loc[values.index, "id"],
                "column": name + "_" + frame.loc[values.index, "period"].astype("str")
                if contract.by_period
                else name,
                "value": values,
            }
        )
        for name, values in impossible.items()
    ]
    empty = pd.DataFrame({"id": [0], "column": [""], "value": [0.0]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def _key_problems(notes: Notes) -> bool:
    """Whether a file's rows cannot be told apart: its shape, ids or months are wrong."""
    return any(problem.column in (None, "id", "Период") for problem in notes.problems)


def _check_keys(
    contract: FileContract, frame: pd.DataFrame, lines: NDArray[np.int64], notes: Notes
) -> None:
    """Note customers (or customers and months) that come twice, and months that never come."""
    keys = ["id", "period"] if contract.by_period else ["id"]
    if not set(keys) <= set(frame):
        return
    clear = (frame["id"] > 0) & frame[keys].notna().all(axis=1)
    twice = (clear & frame.duplicated(keys, keep=False)).to_numpy(dtype=bool)
    months = next((c.labels for c in contract.columns if c.name == "period"), None)
    lacking = [
        label
        for label, name in (months.values.items() if months else ())
        if not (frame["period"] == name).any()
    ]
    if lacking and not _key_problems(notes):
        notes.refuse("missing_period", contract.file, "Период", found=_listed(lacking))
    if twice.any():
        notes.refuse(
            "duplicate_row" if contract.by_period else "duplicate_id",
            contract.file,
            "id",
            lines[twice],
            ids=_ids(frame.loc[twice, "id"]),
        )


def _ids(ids: Iterable[int]) -> str:
    """The first few different ids."""
    distinct = sorted({int(number) for number in ids})
    return ", ".join(map(str, distinct[:NAMES_SHOWN])) + (
        ", …" if len(distinct) > NAMES_SHOWN else ""
    )


def _check_across(files: Mapping[str, _Reading], notes: Notes) -> None:
    """Compare the customers of the files; a file whose last customers are lacking was cut."""
    market = files[MARKET_FILE.file]
    if not market.sound:
        return
    base = pd.Index(market.frame["id"])
    others = [
        reading for file, reading in files.items() if file != MARKET_FILE.file and reading.sound
    ]
    listed = {reading.contract.file: pd.Index(reading.frame["id"].unique()) for reading in others}
    if listed and all(_ends_early(base, ids) for ids in listed.values()):
        beyond = next(iter(listed.values())).difference(base)
        notes.refuse(
            "file_ends_early", MARKET_FILE.file, "id", ids=_ids(beyond), lacking=str(len(beyond))
        )
        return
    for reading in others:
        _check_against(base, reading, notes)


def _check_against(base: pd.Index[int], reading: _Reading, notes: Notes) -> None:
    """Compare one file's customers, month by month, with those of market_file."""
    frame, file = reading.frame, reading.contract.file
    groups = (
        [pd.Index(rows["id"]) for _, rows in frame.groupby("period")]
        if reading.contract.by_period
        else [pd.Index(frame["id"])]
    )
    short = [ids for ids in groups if not base.isin(ids).all()]
    lacking = sum(int((~base.isin(ids)).sum()) for ids in short)
    first = _ids(number for ids in short for number in base.difference(ids)[: NAMES_SHOWN + 1])
    foreign = int((~frame["id"].isin(base)).sum())
    if short and all(_ends_early(ids, base) for ids in short):
        notes.refuse("file_ends_early", file, "id", ids=first, lacking=str(lacking))
    elif any(2 * int(base.isin(ids).sum()) < len(base) for ids in groups):
        notes.refuse("foreign_ids", file, "id", lacking=str(lacking), ids=first)
    elif lacking:
        notes.mention("missing_rows", file, "id", lacking, ids=first)
    if foreign:
        notes.mention("foreign_rows", file, "id", foreign)


def _ends_early(ids: pd.Index[int], whole: pd.Index[int]) -> bool:
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
    files: Mapping[str, _Reading], contents: Mapping[str, bytes | None], kind: Kind, notes: Notes
) -> Snapshot:
    base = files[MARKET_FILE.file].frame
    tables = {
        file: _ordered(reading.frame[reading.frame["id"].isin(base["id"])], reading.contract)
        for file, reading in files.items()
    }
    impossible = pd.concat([reading.impossible for reading in files.values()])
    order = pd.DataFrame({"id": base["id"], "position": np.arange(len(base), dtype=np.int64)})
    return Snapshot(
        customers=tables[MARKET_FILE.file],
        revenue=tables[MARKET_MONEY.file],
        minutes=tables[MARKET_TIME.file],
        profit=tables[MONEY.file],
        impossible=impossible[impossible["id"].isin(base["id"])]
        .sort_values(["id", "column"])
        .reset_index(drop=True),
        row_order=order.sort_values("id").reset_index(drop=True),
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
        return frame[names].sort_values("id").reset_index(drop=True)
    rank = frame["period"].map({"before_previous": 0, "previous": 1, "current": 2})
    by_time = frame[names].assign(rank=rank).sort_values(["id", "rank"])
    return by_time[names].reset_index(drop=True)
