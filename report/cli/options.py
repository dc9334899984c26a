"""The options that commands share, and the check of what they say."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from analysis.campaigns.lot import KEY_FILE
from analysis.campaigns.sent import SENT_FILE, find_sent
from analysis.segments.offer_book import DEFAULT_FILE, OFFERS_FILE, read_book
from analysis.settings import Settings
from analysis.snapshot.books import BOOKS_FILE
from analysis.snapshot.errors import Notes
from analysis.snapshot.places import SOURCES_FILE, find_file
from analysis.snapshot.schema import CONTRACT
from analysis.snapshot.snapshot import MARK_FILE
from analysis.toml_files import TomlError
from report import engines
from report.edition import languages
from report.errors import InputError, Note

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_LIKE_A_MONTH = re.compile(
    r"(?P<year>20\d\d)\W?_?(?P<month>\d{1,2})\W?|(?P<month2>\d{1,2})[\W_](?P<year2>20\d\d)"
)
SETTINGS_FILE = "settings.toml"
OF_A_MONTH = (BOOKS_FILE, MARK_FILE, SENT_FILE, SOURCES_FILE)
"""Files that lie in a month's folder."""

OF_THE_DATA = (SETTINGS_FILE, OFFERS_FILE, KEY_FILE)
"""Files that lie beside the months."""
SEED = 20261031
LANGUAGE = "ru"

OutputOption = Annotated[Path, typer.Option(help="Folder of the editions.")]
LARGEST_SEED = 2**32 - 1
"""What every library takes for a seed."""
SeedOption = Annotated[
    int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of every random draw.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]
AcceptContradictionsOption = Annotated[
    bool,
    typer.Option(
        "--accept-contradictions",
        help="Take a snapshot that contradicts the month before it.",
    ),
]
AcceptUnusualOption = Annotated[
    bool,
    typer.Option("--accept-unusual", help="Take numbers that are far from what is usual."),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Print the traceback of an error.")]


def months_in(data: Path) -> list[str]:
    """List the months that the data folder holds, in order.

    Raises
    ------
    InputError
        ``data-missing``.
    """
    if not data.is_dir():
        raise InputError("data-missing", folder=data)
    return sorted(
        folder.name
        for folder in data.iterdir()
        if folder.is_dir() and PERIOD.fullmatch(folder.name)
    )


def chosen_period(period: str | None, data: Path) -> str:
    """Choose the month that was asked for, or the newest one.

    Raises
    ------
    InputError
        ``data-missing``, ``data-is-a-month``, ``no-snapshots``, ``month-misnamed``,
        ``period-malformed``, ``period-missing``.
    """
    months = months_in(data)
    if not months and _is_a_month(data):
        above = data.parent if data.name else data.resolve().parent
        raise InputError("data-is-a-month", folder=data, above=above)
    if period is None:
        if misnamed := _misnamed(data, months[-1] if months else ""):
            raise InputError("month-misnamed", folder=data, names=misnamed)
        if not months:
            raise InputError("no-snapshots", folder=data)
        return months[-1]
    check_period(period)
    if not months:
        raise InputError("no-snapshots", folder=data)
    if period not in months:
        raise InputError("period-missing", period=period, folder=data, months=months)
    return period


def _is_a_month(folder: Path) -> bool:
    """Tell whether a folder is that of one month, by its name or by what lies in it."""
    files = {contract.file.partition(".")[0] for contract in CONTRACT}
    named = PERIOD.fullmatch(folder.resolve().name) is not None
    return named or any(each.name.partition(".")[0] in files for each in folder.iterdir())


def _misnamed(data: Path, newest: str) -> list[str]:
    """List folders that seem to be meant for a month after the newest one, or for none there is."""
    found = []
    for folder in sorted(data.iterdir()):
        match = _LIKE_A_MONTH.fullmatch(folder.name)
        if match and not PERIOD.fullmatch(folder.name) and folder.is_dir():
            year, month = match["year"] or match["year2"], match["month"] or match["month2"]
            meant = f"{year}-{int(month):02d}"
            if meant > newest or not PERIOD.fullmatch(meant):
                found.append(folder.name)
    return found


def last_whole_month(today: datetime.date) -> str:
    """Name the month that ended last."""
    return f"{today.replace(day=1) - datetime.timedelta(days=1):%Y-%m}"


def check_period(period: str) -> None:
    """Refuse what is not a month.

    Raises
    ------
    InputError
        ``period-malformed``.
    """
    if not PERIOD.fullmatch(period):
        raise InputError("period-malformed", period=period)


def refuse_strange_files(month: Path) -> None:
    """Refuse a month whose folder holds what is no file, or a link to a file elsewhere.

    Raises
    ------
    InputError
        ``not-a-file``: a pipe or a device, which would be waited for; ``file-elsewhere``.
    """
    inside = (_where(month), _where(month.parent))
    for file in sorted(month.rglob("*")) if month.is_dir() else ():
        _refuse_strange(file)
        place = _where(file)
        if not any(place.is_relative_to(each) for each in inside):
            raise InputError("file-elsewhere", file=file, place=place)


def refuse_misplaced_files(data: Path, months: Iterable[str], *given: Path | None) -> None:
    """Refuse files that would not be read where they lie: a month's beside it, or the reverse.

    Parameters
    ----------
    data
        Folder of the snapshots.
    months
        Of it, those that are read.
    given
        Files that an option names: these are read wherever they lie.

    Raises
    ------
    InputError
        ``file-misnamed``, ``file-of-month``, ``file-of-data``.
    """
    read = {_where(each) for each in given if each is not None}
    for folder, names in ((data, OF_THE_DATA), *((data / each, OF_A_MONTH) for each in months)):
        for file, name in _nearly(folder, names):
            raise InputError("file-misnamed", file=file, name=name)
    beside = [data / name for name in OF_A_MONTH if (data / name).exists()]
    if beside or (sent := find_sent(data)):
        raise InputError("file-of-month", file=beside[0] if beside else sent)
    for month in months:
        for name in OF_THE_DATA:
            file = data / month / name
            if file.exists() and _where(file) not in read:
                raise InputError("file-of-data", file=file, place=data / name)


def _nearly(folder: Path, names: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Find what has nearly one of these names, or is no file."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        meant = place.name.casefold().removesuffix(".txt")
        if meant in names and (place.name != meant or not place.is_file()):
            yield place, meant


def refuse_output_on_exports(output: Path, data: Path, month: str) -> None:
    """Refuse a folder of editions that is one of exports, or of a month, or holds an export.

    Raises
    ------
    InputError
        ``output-on-exports``.
    """
    place = output / month
    inside = [data, *(data / each for each in months_in(data))]
    taken = place.is_dir() and any(
        find_file(place, contract.file, Notes()) for contract in CONTRACT
    )
    where = _where(output)
    as_a_month = where.parent == _where(data) and PERIOD.fullmatch(where.name)
    if taken or as_a_month or where in map(_where, inside):
        raise InputError("output-on-exports", folder=output, place=place)


def _where(path: Path) -> Path:
    """Follow links to where they lead; links that lead to one another lead nowhere."""
    return Path(os.path.realpath(path))


def _refuse_strange(path: Path) -> None:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError("not-a-file", file=path)


def known_languages(asked: list[str] | None) -> tuple[str, ...]:
    """Take the languages that were asked for, each once; the first one by default.

    Raises
    ------
    InputError
        ``language-unknown``.
    """
    asked = asked or [LANGUAGE]
    for language in asked:
        if language not in languages():
            raise InputError("language-unknown", language=language, known=", ".join(languages()))
    return tuple(dict.fromkeys(asked))


def known_engine(asked: str) -> engines.Engine:
    """Make the engine that was asked for.

    Raises
    ------
    InputError
        ``engine-unknown``, or what :func:`report.engines.choose` raises.
    """
    if asked not in engines.choices():
        raise InputError("engine-unknown", engine=asked, known=", ".join(engines.choices()))
    return engines.choose(asked)


def offers_file(path: Path | None, data: Path) -> Path:
    """Choose the file of offers: that asked for, that of the data folder, that of the program.

    Raises
    ------
    InputError
        ``offers-missing``, or the code of what is no TOML in it.
    OfferBookError
        It has mistakes.
    """
    if path is None:
        path = data / OFFERS_FILE
        path = path if path.exists() else DEFAULT_FILE
    _refuse_strange(path)
    try:
        read_book(path)
    except OSError as error:
        raise InputError("offers-missing", file=path) from error
    except TomlError as error:
        raise InputError(error.code, file=path, **error.fields) from error
    return path


def settings_place(path: Path | None, data: Path) -> Path:
    """Give the file of settings that was asked for, else where the data folder has its own."""
    return data / SETTINGS_FILE if path is None else path


def read_settings(path: Path | None, data: Path | None = None) -> Settings:
    """Read the settings of a file, of the data folder's file, or those by default.

    Raises
    ------
    InputError
        ``settings-missing``, ``settings-wrong``, or the code of what is no TOML in it.
    """
    if path is None:
        if data is None or not (data / SETTINGS_FILE).exists():
            return Settings()
        path = data / SETTINGS_FILE
    _refuse_strange(path)
    try:
        return Settings.from_toml(path)
    except OSError as error:
        raise InputError("settings-missing", file=path) from error
    except TomlError as error:
        raise InputError(error.code, file=path, **error.fields) from error
    except ValidationError as error:
        faults = sorted((_fault_of(each) for each in error.errors()), key=lambda it: str(it.fields))
        raise InputError("settings-wrong", file=path, faults=faults) from error


LIKE = 0.55
"""How like a name is to be to one that may be meant, from 0 to 1."""

_OF_KIND = {
    "float": "setting-no-number",
    "finite": "setting-no-number",
    "int": "setting-no-integer",
    "bool": "setting-no-bool",
}
"""What is said of a value by the first word of pydantic's kind of error."""


def _fault_of(error: ErrorDetails) -> Note:
    """Say what is wrong with one key: unknown, and which may be meant, or what it may be."""
    places = [str(part) for part in error["loc"]]
    key = ".".join(places)
    if error["type"] == "extra_forbidden":
        known = _keys_of(Settings)
        names = [each.rpartition(".")[2] for each in known]
        near = get_close_matches(places[-1], names, n=3, cutoff=LIKE)
        meant = [each for each in known if each.rpartition(".")[2] in near]
        if meant:
            return Note("setting-misnamed", {"key": key, "meant": meant})
        section = ".".join(places[:-1])
        beside = [each for each in known if each.rpartition(".")[0] == section]
        sections = list(dict.fromkeys(each.partition(".")[0] for each in known))
        return Note("setting-unknown", {"key": key, "known": beside or sections})
    fields = {"key": key, "seen": str(error["input"])}
    told = error.get("ctx", {})
    for name in ("ge", "gt", "le", "lt"):
        if name in told:
            return Note(f"setting-{name}", {**fields, "limit": told[name]})
    if "expected" in told:
        choices = re.findall("'([^']*)'", told["expected"]) or [told["expected"]]
        return Note("setting-expected", {**fields, "expected": choices})
    return Note(_OF_KIND.get(error["type"].partition("_")[0], "setting-of-no-use"), fields)


def _keys_of(model: type[BaseModel], place: str = "") -> list[str]:
    """Name every key that a file of settings may have."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _keys_of(inner, f"{place}{name}.")
        else:
            found.append(place + name)
    return found
