"""Editions vouch for one another: each manifest names the digests of those sealed before it.

The newest edition vouches for all others, so that whoever notes the digest of its manifest
elsewhere can tell whether anything in the archive is no longer what was sealed. What was removed or
rewritten stays on the list as it was sealed, until the edition is made again.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from report.errors import InputError
from report.locks import WITHOUT_LOCKS
from report.manifest import MANIFEST_NAME, Manifest, damages, digest_file, read_manifest

__all__ = [
    "FAILED",
    "REPLACED",
    "Chain",
    "Link",
    "alone",
    "is_edition_name",
    "links",
    "vouched_for",
]

REPLACED = "replaced"
FAILED = "failed"
_EDITION_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


@dataclass(frozen=True)
class Chain:
    """What the newest edition of an archive says of the others.

    Attributes
    ----------
    folder
        The archive.
    newest
        Name of the edition that was sealed last; None in an archive without editions.
    fingerprint
        SHA-256 of its manifest, hexadecimal: to be noted elsewhere.
    vouched
        SHA-256 of the manifests of all editions that it vouches for, itself included, by name;
        None where no edition vouches for any, as in archives of before this was kept.
    """

    folder: Path
    newest: str | None
    fingerprint: str | None
    vouched: Mapping[str, str] | None

    @classmethod
    def of(cls, folder: Path) -> Chain:
        """Read the chain of an archive."""
        found = links(folder)
        named = {pair for each in found for pair in each.earlier.items()}
        voices = [each for each in found if each.manifest.earlier is not None]
        last = [each for each in voices if (each.name, each.fingerprint) not in named] or found
        newest = max(last, key=lambda each: each.age(found), default=None)
        if newest is None:
            return cls(folder, None, None, None)
        vouched = {**newest.earlier, newest.name: newest.fingerprint} if voices else None
        return cls(folder, newest.name, newest.fingerprint, vouched)

    def names(self) -> tuple[str, ...]:
        """Name every edition that is there or vouched for, in order."""
        there = {place.name for place in _places(self.folder)}
        return tuple(sorted(there | set(self.vouched or ())))

    def is_gone(self, name: str) -> bool:
        """Tell whether an edition is vouched for and its folder is not there."""
        return name in (self.vouched or {}) and not (self.folder / name).is_dir()

    def faults(self, name: str, among: Collection[str] | None = None) -> list[str]:
        """List the files of an edition that are not what was sealed.

        Parameters
        ----------
        name
            Of the edition.
        among
            Names in the edition's folder, of files and of folders with all that is in them: what
            stands there without having been sealed is listed too. None: all that was sealed.

        Returns
        -------
        list of str
            Paths inside the edition; the manifest alone where that is not what is vouched for.
        """
        place = self.folder / name
        try:
            manifest = read_manifest(place)
        except InputError:
            return [MANIFEST_NAME]
        vouched = self.vouched
        if vouched is not None and vouched.get(name) != digest_file(place / MANIFEST_NAME):
            return [MANIFEST_NAME]
        return damages(place, manifest, among)


@dataclass(frozen=True)
class Link:
    """An edition in the chain: its manifest, and the SHA-256 of that."""

    name: str
    manifest: Manifest
    fingerprint: str

    @property
    def earlier(self) -> Mapping[str, str]:
        """What it vouches for."""
        named = self.manifest.earlier or {}
        return {name: digest for name, digest in named.items() if is_edition_name(name)}

    def age(self, others: list[Link]) -> tuple[str, int, str]:
        """Order by when they were sealed; within a second, by how many others they know."""
        known = sum(self.earlier.get(each.name) == each.fingerprint for each in others)
        return self.manifest.sealed, known, self.name


def is_edition_name(name: str) -> bool:
    """Tell whether a folder of an archive may be an edition by its name."""
    return bool(_EDITION_NAME.fullmatch(name)) and name not in (REPLACED, FAILED)


def _places(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        place
        for place in folder.iterdir()
        if is_edition_name(place.name) and (place / MANIFEST_NAME).is_file()
    )


def links(folder: Path) -> list[Link]:
    """Read the manifests of an archive, those that can be read."""
    found = []
    for place in _places(folder):
        try:
            manifest = read_manifest(place)
        except InputError:
            continue
        found.append(Link(place.name, manifest, digest_file(place / MANIFEST_NAME)))
    return found


def vouched_for(folder: Path, name: str) -> dict[str, str]:
    """Say what an edition that is sealed now vouches for: what the newest one does, and that one.

    Parameters
    ----------
    folder
        The archive.
    name
        Of the edition that is sealed; it does not vouch for the one that it replaces.

    Returns
    -------
    dict of str to str
        By name, SHA-256 of manifests as they were when they were vouched for first.
    """
    vouched = Chain.of(folder).vouched
    if vouched is None:
        vouched = {each.name: each.fingerprint for each in links(folder)}
    return {each: digest for each, digest in vouched.items() if each != name}


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait for others that change an archive; go on where the file system knows no locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)
