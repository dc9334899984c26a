"""Where the files of a month lie: in its folder, one by one or in parts, or on another file system.

A folder of parts has the name of its file, with or without an ending; names that begin with a dot
or an underscore are what programs leave beside the parts. ``sources.toml`` in the month's folder
says where files lie that are not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
from pyarrow import fs

from analysis.snapshot.errors import Notes, Problem, SnapshotError, quoted, shown
from analysis.snapshot.ids import in_natural_order
from analysis.snapshot.schema import CONTRACT
from analysis.toml_files import TomlError, as_written, read_toml

ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet")
"""What may follow the name of a file of the contract."""

SOURCES_FILE = "sources.toml"
"""Says of a month's files where they lie, by their name without the ending."""

NAMES_LISTED = 8
PLACE_SHOWN = 300
"""Letters of a place that are shown: where its end is cut off, nobody sees the mistake."""

LEFT_BESIDE = (".", "_")
"""How names begin that are no parts: ``_SUCCESS``, ``.part-0.crc``."""


class UnreadablePartError(Exception):
    """A part of a file cannot be read; a problem's code and fields say why."""

    def __init__(self, code: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code, fields or {})
        self.code = code
        self.fields = dict(fields or {})


@dataclass(frozen=True)
class Part:
    """One file that holds a file of the contract, or a part of one.

    Attributes
    ----------
    name : str
        As messages call it.
    place : str
        Its path, or where it lies on another file system.
    elsewhere : bool
        Whether it lies on another file system.
    stamp : pair of int, or None
        Size and time of change of a file here: another machine may have another one of its name.
    """

    name: str
    place: str
    elsewhere: bool = False
    stamp: tuple[int, int] | None = None

    @classmethod
    def here(cls, name: str, path: Path) -> Part:
        """Describe a file of this machine."""
        return cls(name, str(path.absolute()), stamp=_stamp(path))

    def read(self) -> bytes:
        """Read its bytes.

        Raises
        ------
        UnreadablePartError
            ``unreadable_file``, ``unreachable_source``.
        """
        if self.elsewhere:
            try:
                system, path = fs.FileSystem.from_uri(self.place)
                with system.open_input_file(path) as content:
                    return bytes(content.read())
            except (OSError, ValueError, ImportError, pa.ArrowException) as error:
                raise _unreachable(self.place, error) from error
        path = Path(self.place)
        try:
            if path.is_file() and _stamp(path) == self.stamp:
                return path.read_bytes()  # neither a folder nor a pipe, which would never end
        except OSError as error:
            raise UnreadablePartError("unreadable_file") from error
        raise UnreadablePartError("unreadable_file")


def find_parts(folder: Path, file: str, notes: Notes) -> tuple[Part, ...]:
    """Find what holds a file of the contract, in any of the forms that are read.

    Parameters
    ----------
    folder : Path
        Of the month.
    file : str
        Its name in the contract, ``market_file.csv``.
    notes : Notes
        Takes ``no_parts``, ``parts_read``, ``unreachable_source``, ``missing_source``, and what
        `find_file` and `sources_of` note.

    Returns
    -------
    tuple of Part
        In their order; empty if there is none.
    """
    place = sources_of(folder, notes).get(file.removesuffix(".csv"))
    if place is not None:
        return _elsewhere(place, file, notes)
    path = find_file(folder, file, Notes() if notes.blames_file(SOURCES_FILE) else notes)
    if path is None:
        return ()
    if not path.is_dir():
        return (Part.here(file, path),)
    names = _parts_among(each.name for each in path.iterdir() if each.is_file())
    _mention_parts(names, file, path.name, notes)
    return tuple(Part.here(f"{path.name}/{name}", path / name) for name in names)


def find_file(folder: Path, file: str, notes: Notes) -> Path | None:
    """Find a file of the contract, or the folder of its parts, in the month's folder.

    Parameters
    ----------
    folder : Path
    file : str
        Its name in the contract, ``market_file.csv``.
    notes : Notes
        Takes ``missing_file``, ``file_deeper``, ``empty_folder``, ``several_files`` and
        ``other_form``.
    """
    stem = file.removesuffix(".csv")
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError:
        names = [file]
    found = [
        name
        for name in names
        if _is_one_file(name, stem) or (name.casefold() == stem and (folder / name).is_dir())
    ]
    listed = quoted(found or names, NAMES_LISTED)
    if len(found) == 1:
        if found[0] != file and not (folder / found[0]).is_dir():
            notes.mention("other_form", file, found=listed)
        return folder / found[0]
    deeper = [] if found else [name for name in names if _has_files(folder / name)]
    if deeper:
        if not notes.blames_file(folder.name):
            notes.refuse("file_deeper", folder.name, found=quoted(deeper, NAMES_LISTED))
    elif names:
        notes.refuse("several_files" if found else "missing_file", file, found=listed)
    elif not notes.blames_file(folder.name):
        notes.refuse("empty_folder", folder.name)
    return None


def _has_files(folder: Path) -> bool:
    """Tell whether a folder holds all files of a month."""
    try:
        names = [each.name for each in folder.iterdir()]
    except OSError:
        return False
    stems = (contract.file.removesuffix(".csv") for contract in CONTRACT)
    return all(any(_is_one_file(name, stem) for name in names) for stem in stems)


def _is_one_file(name: str, stem: str) -> bool:
    """Tell whether a name is that of a file of the contract, in any form."""
    return name.casefold() in {stem + end for end in ENDINGS}


@contextmanager
def named_as_delivered(folder: Path) -> Iterator[None]:
    """Let problems name the files of a month as they lie in its folder: ``money.xlsx``.

    Parameters
    ----------
    folder : Path
        Of the month.

    Raises
    ------
    SnapshotError
        What was raised, with these names.
    """
    try:
        yield
    except SnapshotError as error:
        told = tuple(_as_delivered(folder, problem) for problem in error.problems)
        raise SnapshotError(told) from error


def _as_delivered(folder: Path, problem: Problem) -> Problem:
    if problem.file not in {contract.file for contract in CONTRACT}:
        return problem
    path = find_file(folder, problem.file, Notes())
    return replace(problem, file=shown(path.name)) if path and path.is_file() else problem


def sources_of(folder: Path, notes: Notes) -> dict[str, str]:
    """Read where files of a month lie that are not in its folder, by their name without ending.

    Parameters
    ----------
    folder : Path
        Of the month.
    notes : Notes
        Takes ``bad_sources``, ``bad_source_keys`` and what is no TOML, once.
    """
    path = folder / SOURCES_FILE
    if not path.exists():
        return {}
    known = [contract.file.removesuffix(".csv") for contract in CONTRACT]
    own = Notes()
    told: dict[str, Any] = {}
    try:
        told = read_toml(path)
    except OSError:
        own.refuse("unreadable_file", SOURCES_FILE)
    except TomlError as error:
        own.refuse(error.code, SOURCES_FILE, None, (), **error.fields)
    allowed = ", ".join(known)
    if strange := [name for name in told if name not in known]:
        found = quoted(strange, len(strange))
        own.refuse("bad_source_keys", SOURCES_FILE, found=found, allowed=allowed)
    places = {name: _as_address(place) for name, place in told.items() if name in known}
    if odd := {name: place for name, place in places.items() if not _is_place(place)}:
        found = ", ".join(f"«{name} = {_told(place)}»" for name, place in odd.items())
        own.refuse("bad_sources", SOURCES_FILE, found=found, allowed=allowed)
    if own.problems and not notes.blames_file(SOURCES_FILE):
        notes.problems.extend(own.problems)
    return {} if own.problems else places


def _is_place(told: object) -> bool:
    return isinstance(told, str) and "://" in told


def _as_address(told: Any) -> Any:
    """Write a path of this machine, and any letters of one, as the address that it is."""
    if not isinstance(told, str):
        return told
    if told.startswith("/"):
        return Path(told).as_uri()
    if told.startswith("file://"):
        return quote(told, safe=":/%")
    return told


def _told(place: object) -> str:
    """Write what is no place, without what may let in to one."""
    secret, mark, rest = str(place).rpartition("@")
    return shown(as_written(f"…@{rest}" if mark and secret else place))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _elsewhere(place: str, file: str, notes: Notes) -> tuple[Part, ...]:
    """Find the parts of a file on another file system."""
    try:
        system, path = fs.FileSystem.from_uri(place)
        [info] = system.get_file_info([path])
        if info.type == fs.FileType.File:
            return (Part(file, place, elsewhere=True),)
        if info.type == fs.FileType.NotFound:
            told = {"place": shown(unquote(_without_secrets(place)), PLACE_SHOWN)}
            notes.refuse("missing_source", file, None, (), **told)
            return ()
        inside = system.get_file_info(fs.FileSelector(path))
    except (OSError, ValueError, ImportError, pa.ArrowException) as error:
        said = _unreachable(place, error)
        notes.refuse(said.code, file, None, (), **said.fields)
        return ()
    names = _parts_among(each.base_name for each in inside if each.type == fs.FileType.File)
    _mention_parts(names, file, _without_secrets(place), notes)
    base, mark, options = place.partition("?")
    folder = base.rstrip("/")
    return tuple(
        Part(f"{file.removesuffix('.csv')}/{name}", f"{folder}/{quote(name)}{mark}{options}", True)
        for name in names
    )


def _parts_among(names: Iterable[str]) -> list[str]:
    return in_natural_order(name for name in names if not name.startswith(LEFT_BESIDE))


def _mention_parts(names: list[str], file: str, folder: str, notes: Notes) -> None:
    if names:
        notes.mention("parts_read", file, count=len(names), found=f"«{shown(folder)}»")
    else:
        notes.refuse("no_parts", file, found=f"«{shown(folder)}»")


def _unreachable(place: str, error: Exception) -> UnreadablePartError:
    reason = shown(str(error).partition("\n")[0]) or type(error).__name__
    secret = place.partition("://")[2].partition("@")[0] if "@" in place else ""
    if secret:
        reason = reason.replace(secret, "…")
    told = {"place": shown(_without_secrets(place)), "reason": reason}
    return UnreadablePartError("unreachable_source", told)


def _without_secrets(place: str) -> str:
    """Give a place without what lets in to it."""
    scheme, _, rest = place.partition("?")[0].partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
