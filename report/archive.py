"""The archive of editions: each made beside its place, put there at once, never changed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from report.chain import FAILED, REPLACED, alone, is_edition_name, vouched_for
from report.errors import ArchiveError, ChapterError, InputError, ReportError
from report.keeping import only_for_the_owner, open_to_readers, settle, settle_one
from report.locks import only_holder
from report.manifest import (
    Manifest,
    Plan,
    damages,
    differences,
    read_manifest,
    write_manifest,
)
from report.rewriting import finish

__all__ = ["Archive", "Draft", "Unchanged"]

_PARTIAL = re.compile(r"\.(?P<period>.+)\.partial-\d+")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_SAID = (*(os.strerror(each) for each in _FULL), "Not enough free space")
"""What libraries say of a full disk in a chapter; the last one is NumPy."""


@dataclass(frozen=True)
class Unchanged:
    """The edition is there already, made from an equal plan, and whole.

    Attributes
    ----------
    edition
        Folder of the edition.
    manifest
        Its manifest.
    """

    edition: Path
    manifest: Manifest


class Draft:
    """An edition in the making.

    Attributes
    ----------
    folder
        Where to put its files; ``edition`` once it is sealed.
    edition
        Its final place.
    kept_aside
        Where the edition that it replaced has gone, once it is sealed.
    """

    def __init__(
        self, folder: Path, edition: Path, internal: Collection[str] = (), mask: int = 0o022
    ) -> None:
        self.folder = folder
        self.edition = edition
        self._internal = internal
        self._mask = mask
        self.kept_aside: Path | None = None
        self.sealed = False

    def seal(self, manifest: Manifest) -> Path:
        """Write the manifest and put the edition in its place, all at once.

        The manifest vouches for the editions that were sealed before (:mod:`report.chain`).

        Parameters
        ----------
        manifest
            What :func:`report.manifest.make_manifest` took down of :attr:`folder`.

        Returns
        -------
        Path
            Folder of the edition.

        Raises
        ------
        ArchiveError
            ``disk-full``, ``edition-not-placed``: the previous edition is where it was.
        """
        aside: Path | None = None
        archive = self.edition.parent
        try:
            with alone(archive):
                earlier = vouched_for(archive, self.edition.name)
                write_manifest(manifest.model_copy(update={"earlier": earlier}), self.folder)
                open_to_readers(self.folder, self._internal, self._mask)
                settle(self.folder)
                if os.path.lexists(self.edition):
                    aside = _free_place(self.edition)
                    aside.parent.mkdir(exist_ok=True)
                    self.edition.rename(aside)
                self.folder.rename(self.edition)
                settle_one(archive)
        except BaseException as error:
            if aside is not None:
                _put_back(aside, self.edition)
            if isinstance(error, OSError):
                raise _not_placed(error, self.edition) from error
            raise
        self.folder = self.edition
        self.kept_aside = aside
        self.sealed = True
        return self.edition


def _put_back(aside: Path, edition: Path) -> None:
    if aside.exists() and not os.path.lexists(edition):
        aside.rename(edition)
    with suppress(OSError):
        aside.parent.rmdir()


def _free_place(edition: Path) -> Path:
    """Find the next free one of ``replaced/PERIOD-1``, ``-2`` and so on."""
    folder = edition.parent / REPLACED
    pattern = re.compile(re.escape(edition.name) + r"-(\d+)")
    names = [place.name for place in folder.iterdir()] if folder.is_dir() else []
    taken = [int(match[1]) for match in map(pattern.fullmatch, names) if match]
    return folder / f"{edition.name}-{max(taken, default=0) + 1}"


def _not_placed(error: OSError, edition: Path) -> ArchiveError:
    if error.errno in _FULL:
        return ArchiveError("disk-full", folder=edition.parent)
    return ArchiveError("edition-not-placed", edition=edition, reason=error.strerror or error)


class Archive:
    """A folder of editions.

    Parameters
    ----------
    folder
        The folder; made with the first edition.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def editions(self) -> tuple[str, ...]:
        """List the periods that have a sealed edition, in order."""
        if not self.folder.is_dir():
            return ()
        return tuple(
            sorted(
                place.name
                for place in self.folder.iterdir()
                if is_edition_name(place.name) and _is_edition(place)
            )
        )

    def edition(self, period: str) -> Path:
        """Name the place of a period's edition, whether there is one or not."""
        return self.folder / period

    def refuse_while_busy(self) -> None:
        """Refuse to go on while an edition is being made.

        Raises
        ------
        InputError
            ``edition-busy``.
        """
        for lock in sorted(self.folder.glob(".*.lock")):
            with _locked(lock, lock.name.removeprefix(".").removesuffix(".lock")):
                continue

    @contextmanager
    def open(
        self, period: str, plan: Plan, *, replace: bool = False, internal: Collection[str] = ()
    ) -> Iterator[Draft | Unchanged]:
        """Begin an edition, unless an equal one is there.

        When the block ends by an exception, the draft is gone and the previous edition is as it
        was; a notebook that a :class:`~report.errors.ChapterError` names in its field
        ``notebook`` is kept in ``failed/PERIOD`` and the field changed to tell so.

        Parameters
        ----------
        period
            Name of the edition.
        plan
            What it is to be made from.
        replace
            Make it even where another edition has its place; that one is kept in ``replaced``.
        internal
            What of the edition is for its owner alone: names in its folder, of files and of folders
            with all that is in them. The rest may be read as the user's mask allows.

        Yields
        ------
        Draft or Unchanged
            A draft to fill and to seal, or the edition that is there and needs no work.

        Raises
        ------
        InputError
            Before any work: ``edition-exists``, ``edition-changed``, ``edition-foreign`` (all
            three need ``replace``), ``edition-busy``, ``edition-name``,
            ``output-not-writable``.
        ArchiveError
            ``disk-full``, or ``edition-not-sealed``: the block ended without sealing.
        """
        if not is_edition_name(period):
            raise InputError("edition-name", period=period)
        place = self.edition(period)
        with _made(self.folder), _locked(self.folder / f".{period}.lock", period):
            with alone(self.folder):
                finish(self.folder)
            _recover(self.folder, period, place)
            _recover_others(self.folder)
            unchanged = _compare(place, plan, replace=replace)
            if unchanged is not None:
                yield unchanged
                return
            with only_for_the_owner() as mask:
                folder = self.folder / f".{period}.partial-{os.getpid()}"
                try:
                    folder.mkdir()
                except OSError as error:
                    raise _not_writable(self.folder, error) from error
                draft = Draft(folder, place, internal, mask)
                try:
                    yield draft
                    if not draft.sealed:
                        raise ArchiveError("edition-not-sealed", period=period)
                except ReportError as error:
                    if _came_of_a_full_disk(error):
                        raise ArchiveError("disk-full", folder=_fullest(self.folder)) from error
                    _keep_notebook(error, self.folder / FAILED / period)
                    raise
                except OSError as error:
                    if error.errno in _FULL:
                        raise ArchiveError("disk-full", folder=self.folder) from error
                    raise
                finally:
                    shutil.rmtree(folder, ignore_errors=True)


def _is_edition(place: Path) -> bool:
    try:
        read_manifest(place)
    except InputError:
        return False
    return True


def _compare(place: Path, plan: Plan, *, replace: bool) -> Unchanged | None:
    """Hold an existing edition against a plan; None: make the edition."""
    if not os.path.lexists(place):
        return None
    try:
        manifest = read_manifest(place)
    except InputError as error:
        if replace:
            return None
        raise InputError("edition-foreign", edition=place) from error
    notes = differences(manifest.plan, plan)
    if notes:
        if replace:
            return None
        raise InputError("edition-exists", edition=place, differences=notes)
    damaged = damages(place, manifest)
    if not damaged:
        return Unchanged(place, manifest)
    if replace:
        return None
    raise InputError("edition-changed", edition=place, files=damaged)


def _recover(folder: Path, period: str, place: Path) -> None:
    """Finish what a killed run had sealed and not yet placed; clear the rest of it away."""
    try:
        for partial in sorted(folder.glob(f".{period}.partial-*")):
            if not os.path.lexists(place) and _is_whole(partial):
                partial.rename(place)
            elif partial.is_dir() and not partial.is_symlink():
                shutil.rmtree(partial)
            else:
                partial.unlink()
    except OSError as error:
        raise _not_writable(folder, error) from error


def _recover_others(folder: Path) -> None:
    """Do the same for all other editions that nobody is making now, as far as may be."""
    names = {
        match["period"] for each in folder.iterdir() if (match := _PARTIAL.fullmatch(each.name))
    }
    for name in sorted(filter(is_edition_name, names)):
        with suppress(ReportError, OSError), _locked(folder / f".{name}.lock", name):
            _recover(folder, name, folder / name)


def _is_whole(folder: Path) -> bool:
    try:
        return not damages(folder, read_manifest(folder))
    except InputError:
        return False


def _came_of_a_full_disk(error: ReportError) -> bool:
    """Tell whether a chapter stopped because it could not write."""
    said = str(error.fields.get("error", "")) if isinstance(error, ChapterError) else ""
    return any(each in said for each in _FULL_SAID)


def _fullest(folder: Path) -> Path:
    """Give the one of a folder and the temporary one whose disk has less room."""
    return min((folder, Path(tempfile.gettempdir())), key=lambda each: shutil.disk_usage(each).free)


def _keep_notebook(error: ReportError, folder: Path) -> None:
    notebook = error.fields.get("notebook")
    if not isinstance(error, ChapterError) or not isinstance(notebook, Path):
        return
    if not notebook.is_file():
        return
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        error.fields["notebook"] = Path(shutil.copy(notebook, folder))


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make the folder for the block; it is gone after it if it was not there and stays empty."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_writable(folder, error) from error
        yield
    finally:
        for place in missing:
            with suppress(OSError):
                place.rmdir()


def _not_writable(folder: Path, error: OSError) -> ReportError:
    if error.errno in _FULL:
        return ArchiveError("disk-full", folder=folder)
    return InputError("output-not-writable", folder=folder, reason=error.strerror or error)


@contextmanager
def _locked(path: Path, period: str) -> Iterator[None]:
    """Hold the only lock of an edition."""
    with ExitStack() as held:
        try:
            held.enter_context(only_holder(path))
        except BlockingIOError as error:
            raise InputError("edition-busy", period=period, folder=path.parent) from error
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        yield
