"""What the shop's own books say of a month: totals, and customers who were looked up one by one.

An export that is wrong throughout agrees with itself. Control totals, taken where the figures come
from and not from the export, are what tells: they hold the export against something else (COSO,
Internal Control over Financial Reporting, 2006; for single records, ISA 500, tests of details).
``books.toml`` in the month's folder has both.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.snapshot.errors import Notes, shown
from analysis.snapshot.magnitude import written_number
from analysis.snapshot.schema import (
    CONTRACT,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    Column,
    FileContract,
    LabelMap,
    heading_key,
    key,
    russian_letters,
)
from analysis.toml_files import TomlError, read_toml

BOOKS_FILE = "books.toml"
CUSTOMERS, LOOKED_UP, ID = "customers", "customer", "id"
AGREES = 0.001
"""Part of a sum by which it may differ: books are rounded, and closed on another day."""

DIFFERS = 0.01
"""Part of a total above which one of both is wrong."""

NAMED_APART = ", "
"""What stands between a column and its month or label in the name of a total."""

CENT = 0.005
PLACES = 2


@dataclass(frozen=True)
class Total:
    """A figure over all customers, by which an export is held against the shop's books.

    Attributes
    ----------
    file, column : str
        Where it comes from; the column ``customers`` counts them.
    of : str or None
        The month that is summed, or the label that is counted, as the shop writes it.
    export : float
        As read, with numbers out of bounds.
    books : float or None
        What `BOOKS_FILE` says.
    agrees : bool
        Whether both are the same: counts to the one, sums to a thousandth.
    """

    file: str
    column: str
    of: str | None
    export: float
    books: float | None = None
    agrees: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.column if self.of is None else f"{self.column}{NAMED_APART}{self.of}"

    @property
    def counts(self) -> bool:
        """Whether customers are counted, and nothing is summed."""
        return self.column == CUSTOMERS or (self.of is not None and self.file == MARKET_FILE.file)


@dataclass(frozen=True)
class Export:
    """What of a month is held against the books.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Under our own names, by file.
    impossible : DataFrame of id, column, value
        Numbers out of bounds, which are missing in the tables.
    """

    tables: Mapping[str, pd.DataFrame]
    impossible: pd.DataFrame

    def column(
        self, contract: FileContract, column: Column, of: str | None
    ) -> tuple[pd.DataFrame, pd.Series[float]]:
        """Give the rows of a column, or of a month of it, and its numbers out of bounds by id."""
        table, name = self.tables[contract.file], column.name
        if of is not None and contract.by_period:
            table = table[table["period"] == contract.months[of]]
            name = f"{name}_{contract.months[of]}"
        odd = self.impossible[self.impossible["column"] == name]
        return table[[ID, column.name]], odd.set_index(ID)["value"]

    def cell(self, contract: FileContract, column: Column, of: str | None, customer: str) -> Any:
        """Give what one customer has there; None or NaN for nothing."""
        table, odd = self.column(contract, column, of)
        found = table.loc[table[ID] == customer, column.name]
        return odd.get(customer, found.iloc[0] if len(found) else math.nan)

    def of_customers(self, ids: Sequence[str]) -> Export:
        """Give what is about some customers alone."""
        return Export(
            {file: table[table["id"].isin(ids)] for file, table in self.tables.items()},
            self.impossible[self.impossible["id"].isin(ids)],
        )


@dataclass(frozen=True)
class Books:
    """What the shop's books said of a month.

    Attributes
    ----------
    totals : tuple of Total
        By which the month is judged.
    looked_up, otherwise : int
        Customers who were looked up, and those of them who are otherwise there, or not at all.
    """

    totals: tuple[Total, ...]
    looked_up: int = 0
    otherwise: int = 0


def unconfirmed(totals: Sequence[Total]) -> list[str]:
    """Name the totals that no book confirms; of the labels of a column one is enough."""
    labels = [each for each in totals if each.counts and each.of is not None]
    denied = {each.column for each in labels if each.books is not None and not each.agrees}
    known = {each.column for each in labels if each.agrees} - denied
    columns = {each.column for each in labels}
    return list(
        dict.fromkeys(
            each.column if each.column in columns else each.name
            for each in totals
            if (each.column not in known if each.column in columns else not each.agrees)
        )
    )


def drawn_to_look_up(
    customers: pd.Series[str], digests: Mapping[str, str], count: int
) -> list[str]:
    """Draw customers to be looked up in the books: the same ones of the same export.

    Parameters
    ----------
    customers : Series of str
        Ids.
    digests : mapping of str to str
        Of the files of the export, so that nobody chooses whom the lot takes.
    count : int
    """
    seed = hashlib.sha256("".join(digests[file] for file in sorted(digests)).encode()).digest()
    lot = random.Random(seed)
    return lot.sample(list(customers), min(count, len(customers)))


def hold_against_books(
    folder: Path, export: Export, totals: Sequence[Total], notes: Notes
) -> Books:
    """Hold a month against `BOOKS_FILE` in its folder, where there is one.

    Parameters
    ----------
    folder : Path
    export : Export
    totals : sequence of Total
        Of the export, as `totals_of` gave them.
    notes : Notes
        Takes ``unreadable_file``, the codes of a `TomlError`, ``books_unknown``, ``books_not_so``,
        ``books_differ``, ``looked_up_gone``, ``looked_up_differ``, ``looked_up_empty``,
        ``looked_up_no_text``, ``looked_up_twice``, ``books_otherwise``, ``books_agree``.
    """
    said = _read(folder / BOOKS_FILE, notes)
    if said is None:
        return Books(tuple(totals))
    given = [each for name, value in said.items() for each in _given(name, value, export, notes)]
    looked_up, otherwise = _looked_up(said.get(LOOKED_UP, []), export, notes)
    agreeing = [each for each in given if _agrees(each, notes)]
    if agreeing or looked_up:
        names = ", ".join(dict.fromkeys(f"«{_known_name(each)}»" for each in agreeing)) or "—"
        told = {"found": names, "totals": str(len(agreeing))}
        notes.mention("books_agree", BOOKS_FILE, None, looked_up - otherwise, **told)
    by_name = {each.name: each for each in given}
    held = (
        replace(each, books=by_name[each.name].books, agrees=by_name[each.name] in agreeing)
        if each.name in by_name
        else each
        for each in totals
    )
    return Books(tuple(held), looked_up, otherwise)


def totals_of(export: Export) -> tuple[Total, ...]:
    """Give the totals on which the report rests most."""
    columns = [
        (MARKET_FILE, MARKET_FILE.column("level")),
        (MARKET_FILE, MARKET_FILE.column("consent")),
        (MARKET_MONEY, MARKET_MONEY.columns[-1]),
        (MARKET_TIME, MARKET_TIME.columns[-1]),
        (MONEY, MONEY.columns[-1]),
    ]
    found = [_customers(export)]
    for contract, column in columns:
        found += [
            Total(contract.file, column.heading, of, _total(contract, column, of, export))
            for of in _parts(contract, column)
        ]
    return tuple(found)


def _known_name(total: Total) -> str:
    """Name a total without a label that the contract does not know: anything may stand there."""
    known = [each for contract, column in _columns() for each in _parts(contract, column)]
    return total.name if total.of in known else total.column


def _customers(export: Export) -> Total:
    return Total(MARKET_FILE.file, CUSTOMERS, None, float(len(export.tables[MARKET_FILE.file])))


def _parts(contract: FileContract, column: Column) -> Sequence[str | None]:
    """Give what a column has totals of: its months or labels, or itself."""
    if column.labels is not None:
        return list(column.labels.values)
    return list(contract.months) or [None]


def _total(contract: FileContract, column: Column, of: str | None, export: Export) -> float:
    table, odd = export.column(contract, column, of)
    values = table[column.name]
    if column.labels is None:
        return round(float(values.sum()) + float(odd.sum()), PLACES)
    counts, asked = values.value_counts(), key(str(of))
    return float(
        sum(number for value, number in counts.items() if key(column.exported(value)) == asked)
    )


def _read(path: Path, notes: Notes) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        return read_toml(path)
    except TomlError as error:
        notes.refuse(error.code, BOOKS_FILE, None, (), **error.fields)
    except OSError:
        notes.refuse("unreadable_file", BOOKS_FILE)
    return None


def _column(heading: str, notes: Notes) -> tuple[FileContract, Column] | None:
    """Find a column that has figures or labels by its heading, as a person would read it.

    Where there is none, that is noted.
    """
    said = heading_key(heading)
    found = next((each for each in _columns() if heading_key(each[1].heading) == said), None)
    if found is None:
        known = ", ".join([CUSTOMERS, *(column.heading for _, column in _columns())])
        notes.refuse("books_unknown", BOOKS_FILE, shown(heading), known=known)
    return found


def _columns() -> list[tuple[FileContract, Column]]:
    return [
        (contract, column)
        for contract in CONTRACT
        for column in contract.columns
        if column.name not in (ID, "period")
    ]


def _given(name: str, value: object, export: Export, notes: Notes) -> Iterator[Total]:
    """Read what the books say under one name; problems are noted."""
    if name == LOOKED_UP:
        return
    if name == CUSTOMERS:
        if (count := _number(value)) is None:
            notes.refuse("books_not_so", BOOKS_FILE, name, form=f"{CUSTOMERS} = 1300")
        else:
            yield replace(_customers(export), books=count)
        return
    heading, _, part = name.partition(NAMED_APART)
    if part and _number(value) is not None:
        name, value = heading, {part: value}
    found = _column(name, notes)
    if found is None:
        return
    contract, column = found
    for of, said in _by_part(contract, column, name, value, notes):
        yield Total(contract.file, column.heading, of, _total(contract, column, of, export), said)


def _by_part(
    contract: FileContract, column: Column, name: str, value: object, notes: Notes
) -> Iterator[tuple[str | None, float]]:
    place = shown(name)
    if column.labels is None and not contract.by_period:
        if (number := _number(value)) is None:
            notes.refuse("books_not_so", BOOKS_FILE, place, form=f'"{column.heading}" = 5242.4')
        else:
            yield None, number
        return
    example = 480 if column.labels else 6409449
    form = f'"{column.heading}" = {{ "{_parts(contract, column)[0]}" = {example} }}'
    if not isinstance(value, dict) or not value:
        notes.refuse("books_not_so", BOOKS_FILE, place, form=form)
        return
    for said, total in value.items():
        of, number = _part_meant(contract, column, said), _number(total)
        if of is None:
            known = ", ".join(str(each) for each in _parts(contract, column))
            notes.refuse("books_unknown", BOOKS_FILE, f"{place}, {shown(said)}", known=known)
        elif number is None:
            notes.refuse("books_not_so", BOOKS_FILE, f"{place}, {shown(said)}", form=form)
        else:
            yield of, number


def _part_meant(contract: FileContract, column: Column, said: str) -> str | None:
    """Find the month or label that is meant, as the export is read; None for none."""
    labels = column.labels or _labels_of_months(contract)
    known = labels.correct(said) if labels else None
    return said if known is None and column.labels and not column.labels.closed else known


def _labels_of_months(contract: FileContract) -> LabelMap | None:
    return contract.column("period").labels if contract.by_period else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _agrees(total: Total, notes: Notes) -> bool:
    """Tell whether a total is what the books say; where it is not, that is noted."""
    assert total.books is not None
    apart = abs(total.export - total.books)
    if apart <= (0 if total.counts else max(AGREES * abs(total.books), CENT)):
        return True
    told = {
        "total": total.name,
        "export": written_number(total.export),
        "books": shown(written_number(total.books)),
    }
    if apart > DIFFERS * abs(total.books) and not notes.accepting:
        notes.refuse("books_differ", total.file, total.column, (), **told)
    else:
        notes.mention("books_otherwise", total.file, total.column, 0, **told)
    return False


def _looked_up(said: object, export: Export, notes: Notes) -> tuple[int, int]:
    """Hold customers who were looked up against the export; give how many, and how many differ."""
    entries = _entries(said if isinstance(said, list) else [said], notes)
    ids = [str(each[ID]) for each in entries]
    there = set(export.tables[MARKET_FILE.file]["id"])
    gone = [place for place, each in enumerate(ids, start=1) if each not in there]
    if gone:
        notes.doubt("looked_up_gone", BOOKS_FILE, LOOKED_UP, gone)
    some = export.of_customers(ids)
    otherwise, wrong = set(gone), dict[tuple[str, str], list[int]]()
    for place, each in enumerate(entries, start=1):
        if place in gone:
            continue
        for heading, value in each.items():
            for file, name, same in _compared(heading, value, each[ID], some, notes):
                if not same:
                    wrong.setdefault((file, name), []).append(place)
                    otherwise.add(place)
    for (file, name), places in wrong.items():
        notes.doubt("looked_up_differ", file, name, places, looked_up=str(len(entries)))
    return len(entries), len(otherwise)


def _entries(said: Sequence[Any], notes: Notes) -> list[dict[str, Any]]:
    """Give the customers with something to compare, each once; none if anything is wrong."""
    places: dict[str, list[int]] = {}
    names = Counter(str(each.get(ID)) for each in said if isinstance(each, dict))
    for place, each in enumerate(said, start=1):
        if not isinstance(each, dict) or not isinstance(each.get(ID), str):
            places.setdefault("looked_up_no_text", []).append(place)
        elif len(each) == 1 or {} in each.values():
            places.setdefault("looked_up_empty", []).append(place)
        elif names[each[ID]] > 1:
            places.setdefault("looked_up_twice", []).append(place)
    for code, found in places.items():
        notes.refuse(code, BOOKS_FILE, LOOKED_UP, found)
    return [] if places else list(said)


def _compared(
    heading: str, value: object, customer: str, export: Export, notes: Notes
) -> Iterator[tuple[str, str, bool]]:
    """Hold what the books say of one customer against his rows: file, place, whether it is so."""
    if heading == ID:
        return
    found = _column(heading, notes)
    if found is None:
        return
    contract, column = found
    if column.labels is not None:
        held = export.cell(contract, column, None, customer)
        said = column.labels.correct(str(value)) or str(value)
        shown_as = "" if pd.isna(held) else column.exported(held)
        same = key(shown_as) == key(russian_letters(said))
        yield contract.file, column.heading, same
        return
    for of, each in (value if isinstance(value, dict) else {None: value}).items():
        month = None if of is None else _part_meant(contract, column, of)
        number = _number(each)
        if (number is None and each != "") or (month is None) == contract.by_period:
            first = next(iter(contract.months), None)
            form = f'"{column.heading}" = ' + (f'{{ "{first}" = 5300 }}' if first else "4.2")
            notes.refuse("books_not_so", BOOKS_FILE, shown(heading), form=form)
            continue
        name = column.heading if month is None else f"{column.heading}, {month}"
        seen = float(export.cell(contract, column, month, customer))
        blank = math.isnan(seen)
        same = blank if number is None else math.isclose(seen, number, rel_tol=AGREES, abs_tol=CENT)
        yield contract.file, name, same
