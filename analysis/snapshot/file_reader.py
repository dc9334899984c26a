"""One file of an export under our own names, and what is wrong in it by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Counts
from analysis.snapshot.dialect import Dialect, Table
from analysis.snapshot.digits import ask_about_skipped
from analysis.snapshot.dragging import doubt_dragged
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.filling import ask_about_fillings
from analysis.snapshot.gaps import mention_gaps, mention_part_empty
from analysis.snapshot.garbling import garbled_labels
from analysis.snapshot.heaps import ask_about_heaps
from analysis.snapshot.ids import ID, in_natural_order
from analysis.snapshot.joining import joined
from analysis.snapshot.labels import LabelReading, Repair, read_labels
from analysis.snapshot.magnitude import (
    FEWEST_CONSTANT,
    THREE_AFTER,
    check_magnitudes,
    dates_code,
)
from analysis.snapshot.numbers import DATE, GROUP_SPACES, NUMBER, Numbers, blank_cells
from analysis.snapshot.pieces import Piece, read_ahead
from analysis.snapshot.relations import check_relations
from analysis.snapshot.schema import (
    CONTRACT,
    FEWEST_JUDGED,
    MOST_LABELS,
    NOT_STATED,
    Column,
    FileContract,
    as_composed,
    heading_key,
)
from analysis.snapshot.slid_months import doubt_slid_months
from analysis.snapshot.surroundings import is_total

NAMES_SHOWN = 5
MOST_NAMED = 0.1
"""Share of ids without any digit up to which they are no customers, but «Среднее»."""
WHOLE_WITH_FRACTION = "[0-9]{1,15}[.,]0+"
IN_GROUPS = f"[0-9]{{1,3}}(?:[{GROUP_SPACES}][0-9]{{3}})+"
WITH_COMMAS = "[0-9]{1,3}(?:,[0-9]{3})+"
KEPT_AS_TEXT = re.compile("""^(?:="(.*)"|'(.+))$""")
"""How ids are kept from a spreadsheet: ="00123", '00123."""
CODE = re.compile(r"[+-]?[0-9.,]+|[A-Za-zА-Яа-яЁё]|true|false|yes|no", re.IGNORECASE)
"""What stands for a label and does not say which."""
LONGEST_LABEL = 1000
"""Letters of a label beyond which a whole text, or the rest of the file, got into a cell."""
MOST_OUTSIDE = 0.2
"""Share of numbers out of bounds above which it is not single cells that are wrong."""
ROUNDED_ID = "[0-9][.,][0-9]+[eE][+]?[0-9]{1,3}|[0-9][eE][+][0-9]{1,3}|[0-9]{16,}[.,]0+"
"""What is left of a long number that was taken for a measure: programs write a mark behind its
first digit, or a sign behind the letter; an id that holds a letter (7279e40) has neither."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One file under our own names.

    Attributes
    ----------
    contract : FileContract
        What the file should hold.
    frame : DataFrame
        The columns of the contract that the file has, one row per row of the file.
    impossible : DataFrame of id, column, value
        Cells outside the bounds of their column; missing in `frame`.
    dialect : Dialect
    repairs : tuple of Repair
        Labels corrected, with counts.
    respelt : DataFrame of id, column, found
        Corrected cells of open columns, as they were.
    sound : bool
        Whether the ids and periods can be compared with those of other files.
    """

    contract: FileContract
    frame: pd.DataFrame
    impossible: pd.DataFrame
    dialect: Dialect
    repairs: tuple[Repair, ...]
    respelt: pd.DataFrame
    sound: bool


def read_pieces(contract: FileContract, pieces: Sequence[Piece], notes: Notes) -> Reading | None:
    """Read one file, which has been cut, and check it by itself.

    Parameters
    ----------
    contract : FileContract
        What the file should hold.
    pieces : sequence of Piece
        The file, or the parts that it is delivered in.
    notes : Notes
        Takes problems and findings.

    Returns
    -------
    Reading or None
        None if no row can be read.
    """
    own = Notes(accepting=notes.accepting)
    try:
        return _read_columns(contract, joined(contract, pieces, own), own)
    finally:
        notes.problems.extend(own.problems)
        notes.findings.extend(own.findings)


def _read_columns(contract: FileContract, piece: Piece, notes: Notes) -> Reading | None:
    file, table = contract.file, piece.table
    if table is None:
        return None
    present = [column for column in contract.columns if column.heading in table.cells]
    if table.uncomputed:
        _refuse_uncomputed(file, table, notes)
    frame = pd.DataFrame(index=pd.RangeIndex(len(table.lines)))
    repairs: list[Repair] = []
    impossible: dict[str, pd.Series[float]] = {}
    for column in present:
        cells = table.cells[column.heading]
        if column.kind == "id":
            frame["id"] = read_ids(file, column, cells, table.lines, notes)
        elif column.kind == "label":
            frame[column.name] = _read_label(file, column, cells, table.lines, repairs, notes)
    numbers = {
        column: read_ahead(piece.numbers, column, table.cells)
        for column in present
        if column.kind == "number"
    }
    decimal = _keep_numbers(file, numbers, table, frame, impossible, notes)
    doubt_dragged(contract, frame, numbers, table.lines, notes)
    check_magnitudes(contract, frame, numbers, table.cells, table.lines, notes)
    check_relations(contract, frame, numbers, notes)
    doubt_slid_months(contract, frame, numbers, notes)
    mention_gaps(contract, numbers, notes)
    ask_about_skipped(contract, frame, numbers, notes)
    ask_about_heaps(contract, frame, numbers, notes)
    ask_about_fillings(contract, frame, numbers, notes)
    _doubt_impossible(contract, impossible, numbers, table, notes)
    _check_keys(contract, frame, table.lines, notes)
    sound = not _key_problems(notes)
    return Reading(
        contract,
        frame,
        _impossible_cells(contract, frame, impossible if sound else {}),
        replace(table.dialect, decimal=decimal),
        tuple(repairs),
        _respelt_cells(contract, frame, table, repairs),
        sound,
    )


def _refuse_uncomputed(file: str, table: Table, notes: Notes) -> None:
    """Refuse blank cells of a workbook whose formulas were never computed."""
    for heading in table.cells:
        blank = table.cells[heading].astype("str").eq("").to_numpy(dtype=bool)
        if blank.any():
            notes.refuse("uncomputed_formulas", file, str(heading), table.lines[blank])


def read_ids(
    file: str, column: Column, cells: pd.Series[str], lines: Counts, notes: Notes
) -> pd.Series[str]:
    """Ids as text, each as it stands; "" where a cell holds none.

    What a program adds to a number is taken off and counted: a fraction of nothing, marks between
    thousands, what keeps it from a spreadsheet.
    """
    composed = cells if cells.str.isascii().all() else cells.map(as_composed)
    ids = composed
    odd = ~ids.str.fullmatch("[0-9]+").to_numpy(dtype=bool)
    if odd.any():
        ids = ids.where(~odd, _unwrapped(ids[odd], bool(ids[~odd].str.len().gt(3).any())))
        unwrapped = (ids != composed).to_numpy(dtype=bool)
        if unwrapped.any():
            first = int(np.flatnonzero(unwrapped)[0])
            pair = {"found": shown(cells.iloc[first]), "read": shown(ids.iloc[first])}
            notes.mention("ids_with_fraction", file, column.heading, int(unwrapped.sum()), **pair)
    blank = np.zeros_like(odd)
    rounded = _all_rounded(ids).to_numpy(dtype=bool, copy=True)
    wrong = ids.str.fullmatch("0+").to_numpy(dtype=bool, copy=True)
    if odd.any():
        others = ids[odd]
        blank[odd] = blank_cells(others)
        rounded[odd] = others.str.fullmatch(ROUNDED_ID)
        named = ~others.str.contains("[0-9]")
        if named.sum() > MOST_NAMED * len(ids):
            named = others.map(is_total)
        wrong[odd] = ~others.str.fullmatch(ID) | others.str.fullmatch(r"[0-9]+[.,][0-9]+") | named
    wrong &= ~blank & ~rounded
    if blank.any():
        _refuse_blank(file, column, cells[blank], lines[blank], notes)
    for code, rows in (("rounded_id", rounded), ("bad_id", wrong)):
        if rows.any():
            notes.refuse(code, file, column.heading, lines[rows], found=listed(cells[rows]))
    return ids.where(~(blank | rounded | wrong), "")


def _refuse_blank(
    file: str, column: Column, cells: pd.Series[str], lines: Counts, notes: Notes
) -> None:
    """Refuse cells that hold nothing, or a program's word for it."""
    if _words_for_nothing(cells).empty:
        notes.refuse("blank_cell", file, column.heading, lines)
    else:
        notes.refuse("blank_cell_by_word", file, column.heading, lines, found=listed(cells))


def _mention_words_for_nothing(
    file: str, column: Column, cells: pd.Series[Any], notes: Notes
) -> None:
    """Name what stands in cells that count as blank and are not."""
    words = _words_for_nothing(cells)
    if len(words):
        notes.mention("read_as_blank", file, column.heading, len(words), found=listed(words))


def _words_for_nothing(cells: pd.Series[Any]) -> pd.Series[str]:
    if cells.dtype == np.float64:
        return pd.Series([], dtype="str")
    texts = cells.astype("str")
    return texts[texts.str.strip() != ""]


def _unwrapped(ids: pd.Series[str], long_ones: bool) -> pd.Series[str]:
    """Ids without what programs add; a comma stands between thousands where no long id lacks it.

    Behind such a comma 000 is no fraction: where other ids have one between thousands, 301,000 is
    301000.
    """
    ids = ids.str.replace(KEPT_AS_TEXT, r"\1\2", regex=True).str.strip()
    whole = ids.str.fullmatch(WHOLE_WITH_FRACTION)
    commas = ids.str.fullmatch(WITH_COMMAS)
    in_thousands = not long_ones and bool((commas & ~whole).any())
    grouped = ids.str.fullmatch(IN_GROUPS) | (commas & in_thousands)
    ids = ids.where(~grouped, ids.str.replace("[^0-9]", "", regex=True))
    return ids.where(grouped | ~whole, ids.str.replace("[.,]0+$", "", regex=True))


def _all_rounded(ids: pd.Series[str]) -> pd.Series[bool]:
    """Tell whether long numbers have lost their last digits, as spreadsheets make them."""
    long = ids.str.fullmatch("[0-9]{16,}")
    if long.sum() < FEWEST_JUDGED:
        return long & False
    return long & bool(ids[long].str.slice(15).str.fullmatch("0+").all())


def _read_label(
    file: str,
    column: Column,
    cells: pd.Series[str],
    lines: Counts,
    repairs: list[Repair],
    notes: Notes,
) -> pd.Series[str] | pd.Series[bool]:
    assert column.labels is not None
    reading = read_labels(cells, column.labels)
    repairs.extend(Repair(file, column.heading, *found) for found in reading.corrected)
    blanks = int(reading.blank.sum())
    place, rows = (file, column.heading), lines[reading.strange]
    if reading.unknown:
        _judge_unknown(column, reading, cells, notes, (*place, rows))
    if blanks:
        needed = column.name != "level" and blanks >= FEWEST_JUDGED
        if needed and blanks == len(cells):
            notes.refuse("blank_column", *place, lines)
        elif column.name == "period":
            _refuse_blank(file, column, cells[reading.blank], lines[reading.blank], notes)
        else:
            _mention_words_for_nothing(file, column, cells[reading.blank], notes)
            named = {"level": "blank_level", "consent": "blank_consent"}
            notes.mention(named.get(column.name, "blank_label"), file, column.heading, blanks)
            mention_part_empty(file, column, blanks, len(cells), notes)
    if column.name != "level":
        _ask_about_one_label(file, column, reading, notes)
    if column.name == "consent":
        return reading.values == "yes"
    return reading.values if column.labels.closed else reading.values.fillna(NOT_STATED)


def _ask_about_one_label(file: str, column: Column, reading: LabelReading, notes: Notes) -> None:
    """Ask about a column in which everyone is the same: a filter, or a value by default."""
    known = reading.values.dropna()
    if len(known) >= FEWEST_CONSTANT and known.nunique() == 1:
        [stored] = known.unique()
        values = column.labels.values if column.labels else {}
        label = next((label for label, own in values.items() if own == stored), str(stored))
        notes.mention("one_label", file, column.heading, len(known), label=shown(label))


def _judge_unknown(
    column: Column,
    reading: LabelReading,
    cells: pd.Series[str],
    notes: Notes,
    place: tuple[str, str, Counts],
) -> None:
    """Refuse labels outside the map, or name them where the column is open."""
    assert column.labels is not None
    unknown = reading.unknown
    allowed = ", ".join(f"«{label}»" for label in column.labels.values)
    if long := sorted(label for label in unknown if len(label) > LONGEST_LABEL):
        notes.refuse("label_too_long", *place, found=listed(long), most=str(LONGEST_LABEL))
        return
    raw = [str(label) for label in cells[reading.strange].unique()[:MOST_LABELS]]
    garbled = garbled_labels(unknown, raw, column.labels)
    if garbled:
        notes.refuse("garbled_label", *place, found=listed(garbled))
    elif column.labels.closed:
        code = "unknown_month" if column.name == "period" else "unknown_label"
        if code == "unknown_label" and (
            reading.values.isna().all() or all(map(CODE.fullmatch, unknown))
        ):
            code = "coded_label"
        notes.refuse(code, *place, found=listed(unknown), allowed=allowed)
    elif other := _whose(unknown, len(cells), column):
        notes.refuse("labels_of_another", *place, found=listed(unknown), other=other)
    elif len(unknown) > MOST_LABELS:
        count = str(len(unknown))
        found = listed(unknown)
        notes.refuse("too_many_labels", *place, found=found, different=count, allowed=allowed)
    else:
        file, heading, rows = place
        notes.mention("new_label", file, heading, len(rows), found=listed(unknown))


def _whose(unknown: Mapping[str, int], rows: int, column: Column) -> str | None:
    """Heading of the column whose labels most rows of another one hold."""
    keys = {label: heading_key(label) for label in unknown}
    for other in (each for contract in CONTRACT for each in contract.columns):
        if other.labels is None or other is column:
            continue
        known = other.labels.by_key()
        if 2 * sum(unknown[label] for label in unknown if keys[label] in known) > rows:
            return other.heading
    return None


def _keep_numbers(
    file: str,
    read: Mapping[Column, Numbers],
    table: Table,
    frame: pd.DataFrame,
    impossible: dict[str, pd.Series[float]],
    notes: Notes,
) -> str:
    """Add the number columns to the frame; returns the file's decimal mark."""
    dotted = sum(int(numbers.dotted.sum()) for numbers in read.values())
    comma = sum(int(numbers.comma.sum()) for numbers in read.values())
    decimal = "," if comma > dotted else "." if dotted else ""
    for column, numbers in read.items():
        values, cells = numbers.values, table.cells[column.heading]
        odd = numbers.dotted if decimal == "," else numbers.comma
        bare = (values != 0).to_numpy(dtype=bool) & ~(numbers.percent | numbers.blank)
        dates = other = numbers.wrong
        if numbers.wrong.any():
            texts = cells.astype("str")
            dates = dates & texts.str.fullmatch(DATE, case=False).to_numpy(dtype=bool)
            other = other & ~dates & texts.str.fullmatch(NUMBER).to_numpy(dtype=bool)
        grouped = odd.any() and cells[odd].str.fullmatch(THREE_AFTER).all()
        for code, rows in (
            (dates_code(column), dates),
            ("not_a_number", numbers.wrong & ~dates & ~other),
            ("thousands_mark", odd & bool(grouped)),
            ("mixed_decimal", other | (odd & (not grouped))),
            ("mixed_percent", bare & ~numbers.wrong & bool(numbers.percent.any())),
        ):
            if rows.any():
                found = listed(cells[rows])
                notes.refuse(code, file, column.heading, table.lines[rows], found=found)
        _mention_words_for_nothing(file, column, cells[numbers.blank], notes)
        for code, rows in (
            ("blank_number", numbers.blank),
            ("signs_read", numbers.signed | numbers.percent),
        ):
            if rows.any():
                notes.mention(code, file, column.heading, int(rows.sum()))
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        outside = (values < low) | (values > high)
        if outside.any():
            impossible[column.name] = values[outside]
            found = listed(cells[outside])
            notes.mention(
                "impossible_number", file, column.heading, int(outside.sum()), found=found
            )
        frame[column.name] = values.mask(outside)
    return decimal


def _doubt_impossible(
    contract: FileContract,
    impossible: Mapping[str, pd.Series[float]],
    numbers: Mapping[Column, Numbers],
    table: Table,
    notes: Notes,
) -> None:
    """Refuse a column so many of whose numbers are out of bounds that it is not single cells."""
    for column, read in numbers.items():
        outside = impossible.get(column.name, read.values.iloc[:0])
        share = len(outside) / max(read.values.count(), 1)
        if len(outside) < FEWEST_JUDGED or share <= MOST_OUTSIDE:
            continue
        if not notes.blames(contract.file, column.heading):
            rows = outside.index
            notes.doubt(
                "mostly_impossible",
                contract.file,
                column.heading,
                table.lines[rows],
                found=listed(table.cells[column.heading][rows]),
                share=whole_percent(share),
            )


def listed(texts: Iterable[object]) -> str:
    """List the first few different texts, in quotation marks."""
    different = sorted({str(text) for text in texts})
    distinct = list(dict.fromkeys(shown(text) for text in different[: 10 * NAMES_SHOWN]))
    return ", ".join(f"«{text}»" for text in distinct[:NAMES_SHOWN]) + (
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
    empty = pd.DataFrame({"id": [""], "column": [""], "value": [0.0]}).iloc[:0]
    return pd.concat([empty, *parts], ignore_index=True)


def _respelt_cells(
    contract: FileContract, frame: pd.DataFrame, table: Table, repairs: Iterable[Repair]
) -> pd.DataFrame:
    parts = [pd.DataFrame({"id": [""], "column": [""], "found": [""]}).iloc[:0]]
    for column in contract.columns:
        if column.labels is None or column.labels.closed or column.heading not in table.cells:
            continue
        found = [each.found for each in repairs if each.column == column.heading]
        rows = table.cells[column.heading].isin(found)
        if found and "id" in frame:
            parts.append(
                pd.DataFrame(
                    {
                        "id": frame.loc[rows, "id"],
                        "column": column.name,
                        "found": table.cells.loc[rows, column.heading].astype("str"),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _key_problems(notes: Notes) -> bool:
    """Whether a file's rows cannot be told apart: its shape, ids or months are wrong."""
    return any(problem.column in (None, "id", "Период") for problem in notes.problems)


def _check_keys(contract: FileContract, frame: pd.DataFrame, lines: Counts, notes: Notes) -> None:
    """Note customers (or customers and months) that come twice, and months that never come."""
    keys = ["id", "period"] if contract.by_period else ["id"]
    if not set(keys) <= set(frame):
        return
    clear = (frame["id"] != "") & frame[keys].notna().all(axis=1)
    twice = (clear & frame.duplicated(keys, keep=False)).to_numpy(dtype=bool)
    lacking = [
        label for label, name in contract.months.items() if not (frame["period"] == name).any()
    ]
    if lacking and not _key_problems(notes):
        notes.refuse("missing_period", contract.file, "Период", found=listed(lacking))
    if twice.any():
        notes.refuse(
            "duplicate_row" if contract.by_period else "duplicate_id",
            contract.file,
            "id",
            lines[twice],
            ids=first_ids(frame.loc[twice, "id"]),
        )


def first_ids(ids: Iterable[str]) -> str:
    """List the first few different ids."""
    distinct = in_natural_order(set(ids))
    return ", ".join(shown(each) for each in distinct[:NAMES_SHOWN]) + (
        ", …" if len(distinct) > NAMES_SHOWN else ""
    )
