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
    heading_key,
    key,
    russian_letters,
)
from analysis.toml_files import TomlError, read_toml

BOOKS_FILE = "books.toml"
CUSTOMERS, LOOKED_UP, ID = "customers", "customer", "id"
AGREES = 0.001
"""Part of a total by which it may differ: books are rounded, and closed on another day."""

DIFFERS = 0.01
"""Part of a total above which one of both is wrong."""

CENT = 0.005
CONFIDENCE = 0.95
PLACES = 2

Tables = Mapping[str, "pd.DataFrame"]


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
        As read: impossible numbers are no part of it.
    books : float or None
        What `BOOKS_FILE` says.
    """

    file: str
    column: str
    of: str | None
    export: float
    books: float | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.column if self.of is None else f"{self.column}, {self.of}"


@dataclass(frozen=True)
class Books:
    """The totals that a month is judged by, and how many customers were looked up."""

    totals: tuple[Total, ...]
    looked_up: int = 0


def unconfirmed(totals: Sequence[Total]) -> list[str]:
    """Name the totals that no book confirms; of the labels of a column one is enough."""
    known = {each.column for each in totals if each.books is not None and _counts(each)}
    return list(
        dict.fromkeys(
            each.column if _counts(each) else each.name
            for each in totals
            if each.books is None and not (_counts(each) and each.column in known)
        )
    )


def most_wrong(looked_up: int) -> float:
    """Give the largest share of wrong rows that so many customers without one allow.

    Parameters
    ----------
    looked_up : int
        Drawn at random, at least one.

    Returns
    -------
    float
        The exact upper limit of 95 % (Clopper, Pearson 1934) for no fault found.
    """
    return float(1 - (1 - CONFIDENCE) ** (1 / looked_up))


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


def hold_against_books(folder: Path, tables: Tables, notes: Notes) -> Books:
    """Hold a month against `BOOKS_FILE` in its folder, where there is one.

    Parameters
    ----------
    folder : Path
    tables : mapping of str to DataFrame
        The month's tables under our own names, by file.
    notes : Notes
        Takes ``unreadable_file``, the codes of a `TomlError`, ``books_unknown``, ``books_not_so``,
        ``books_differ``, ``looked_up_gone``, ``looked_up_differ``, ``books_differ_little``,
        ``books_agree``.
    """
    totals = _totals_of_export(tables)
    said = _read(folder / BOOKS_FILE, notes)
    if said is None:
        return Books(totals)
    given = [each for name, value in said.items() for each in _given(name, value, tables, notes)]
    looked_up = _looked_up(said.get(LOOKED_UP, []), tables, notes)
    agreeing = [each for each in given if _agrees(each, notes)]
    if agreeing or looked_up:
        names = ", ".join(f"«{shown(each.name)}»" for each in agreeing) or "—"
        notes.mention(
            "books_agree", BOOKS_FILE, None, looked_up, found=names, totals=str(len(agreeing))
        )
    by_name = {each.name: each for each in given}
    return Books(
        tuple(
            replace(each, books=by_name[each.name].books) if each.name in by_name else each
            for each in totals
        ),
        looked_up,
    )


def _counts(total: Total) -> bool:
    return total.of is not None and total.file == MARKET_FILE.file


def _totals_of_export(tables: Tables) -> tuple[Total, ...]:
    """Give the totals on which the report rests most."""
    columns = [
        (MARKET_FILE, MARKET_FILE.column("level")),
        (MARKET_FILE, MARKET_FILE.column("consent")),
        (MARKET_MONEY, MARKET_MONEY.columns[-1]),
        (MARKET_TIME, MARKET_TIME.columns[-1]),
        (MONEY, MONEY.columns[-1]),
    ]
    found = [_customers(tables)]
    for contract, column in columns:
        found += [
            Total(contract.file, column.heading, of, _total(contract, column, of, tables))
            for of in _parts(contract, column)
        ]
    return tuple(found)


def _customers(tables: Tables) -> Total:
    return Total(MARKET_FILE.file, CUSTOMERS, None, float(len(tables[MARKET_FILE.file])))


def _parts(contract: FileContract, column: Column) -> Sequence[str | None]:
    """Give what a column has totals of: its months or labels, or itself."""
    if column.labels is not None:
        return list(column.labels.values)
    return list(contract.months) or [None]


def _total(contract: FileContract, column: Column, of: str | None, tables: Tables) -> float:
    table = tables[contract.file]
    if column.labels is not None:
        counts = table[column.name].value_counts()
        return float(sum(count for value, count in counts.items() if column.exported(value) == of))
    if of is not None:
        table = table[table["period"] == contract.months[of]]
    return round(float(table[column.name].sum()), PLACES)


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


def _column(heading: str) -> tuple[FileContract, Column] | None:
    """Find a column that has figures or labels by its heading, as a person would read it."""
    said = heading_key(heading)
    return next((each for each in _columns() if heading_key(each[1].heading) == said), None)


def _columns() -> list[tuple[FileContract, Column]]:
    return [
        (contract, column)
        for contract in CONTRACT
        for column in contract.columns
        if column.name not in (ID, "period")
    ]


def _known_headings() -> str:
    return ", ".join(column.heading for _, column in _columns())


def _given(name: str, value: object, tables: Tables, notes: Notes) -> Iterator[Total]:
    """Read what the books say under one name; problems are noted."""
    if name == LOOKED_UP:
        return
    if name == CUSTOMERS:
        if (count := _number(value)) is None:
            notes.refuse("books_not_so", BOOKS_FILE, name, form=f"{CUSTOMERS} = 1300")
        else:
            yield replace(_customers(tables), books=count)
        return
    found = _column(name)
    if found is None:
        notes.refuse("books_unknown", BOOKS_FILE, name, known=_known_headings())
        return
    contract, column = found
    for of, said in _by_part(contract, column, name, value, notes):
        yield Total(contract.file, column.heading, of, _total(contract, column, of, tables), said)


def _by_part(
    contract: FileContract, column: Column, name: str, value: object, notes: Notes
) -> Iterator[tuple[str | None, float]]:
    if column.labels is None and not contract.by_period:
        if (number := _number(value)) is None:
            notes.refuse("books_not_so", BOOKS_FILE, name, form=f'"{column.heading}" = 5242.4')
        else:
            yield None, number
        return
    parts = {key(russian_letters(str(each))): each for each in _parts(contract, column)}
    form = f'"{column.heading}" = {{ "{next(iter(parts.values()))}" = 480 }}'
    if not isinstance(value, dict) or not value:
        notes.refuse("books_not_so", BOOKS_FILE, name, form=form)
        return
    for said, total in value.items():
        of = parts.get(key(russian_letters(said)))
        if of is None and column.labels is not None and not column.labels.closed:
            of = said
        number = _number(total)
        if of is None:
            known = ", ".join(str(each) for each in parts.values())
            notes.refuse("books_unknown", BOOKS_FILE, f"{name}, {said}", known=known)
        elif number is None:
            notes.refuse("books_not_so", BOOKS_FILE, f"{name}, {said}", form=form)
        else:
            yield of, number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _agrees(total: Total, notes: Notes) -> bool:
    """Tell whether a total is what the books say; where it is not, that is noted."""
    assert total.books is not None
    apart = abs(total.export - total.books)
    allowed = AGREES * abs(total.books)
    if apart <= max(allowed, CENT):
        return True
    told = {
        "total": total.name,
        "export": written_number(total.export),
        "books": written_number(total.books),
    }
    if apart > DIFFERS * abs(total.books):
        notes.doubt("books_differ", total.file, total.column, (), **told)
    else:
        notes.mention("books_differ_little", total.file, total.column, 0, **told)
    return False


def _looked_up(said: object, tables: Tables, notes: Notes) -> int:
    """Hold customers who were looked up against the export; give how many agree in all."""
    form = f'[[{LOOKED_UP}]] id = "300001"'
    if not isinstance(said, list) or not all(
        isinstance(each, dict) and isinstance(each.get(ID), str) and len(each) > 1 for each in said
    ):
        notes.refuse("books_not_so", BOOKS_FILE, LOOKED_UP, form=form)
        return 0
    ids = {str(each) for each in tables[MARKET_FILE.file]["id"]}
    gone = [place for place, each in enumerate(said, start=1) if each[ID] not in ids]
    if gone:
        notes.doubt("looked_up_gone", BOOKS_FILE, LOOKED_UP, gone)
    wrong: dict[tuple[str, str], list[int]] = {}
    agreeing = set()
    for place, each in enumerate(said, start=1):
        if place in gone:
            continue
        rows = {file: table[table["id"] == each[ID]] for file, table in tables.items()}
        differing = [
            (contract.file, name)
            for heading, value in each.items()
            if heading != ID
            for contract, name, same in _compared(heading, value, rows, notes)
            if not same
        ]
        for column in differing:
            wrong.setdefault(column, []).append(place)
        if not differing:
            agreeing.add(each[ID])
    for (file, name), places in wrong.items():
        notes.doubt("looked_up_differ", file, name, places, looked_up=str(len(said)))
    return len(agreeing)


def _compared(
    heading: str, value: object, rows: Tables, notes: Notes
) -> Iterator[tuple[FileContract, str, bool]]:
    """Hold what the books say of one customer against his rows: place, and whether it is so."""
    found = _column(heading)
    if found is None:
        notes.refuse("books_unknown", BOOKS_FILE, heading, known=_known_headings())
        return
    contract, column = found
    table = rows[contract.file]
    if column.labels is not None:
        held = table[column.name].dropna().map(column.exported)
        said = column.labels.correct(str(value)) or str(value)
        yield contract, column.heading, bool((held == said).any())
        return
    values = value if isinstance(value, dict) else {None: value}
    for of, each in values.items():
        label = next((own for own in contract.months if key(own) == key(str(of))), None)
        number = _number(each)
        if number is None or (label is None) == contract.by_period:
            month = next(iter(contract.months), None)
            plain = f'"{column.heading}" = ' + (f'{{ "{month}" = 5300 }}' if month else "4.2")
            notes.refuse("books_not_so", BOOKS_FILE, heading, form=plain)
            continue
        some = table if label is None else table[table["period"] == contract.months[label]]
        name = column.heading if label is None else f"{column.heading}, {label}"
        same = some[column.name].map(
            lambda seen, said=number: math.isclose(seen, said, rel_tol=AGREES, abs_tol=CENT)
        )
        yield contract, name, bool(same.any())
