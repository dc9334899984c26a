"""What an edition was made from, what it holds, and when it was sealed."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, field_validator

from report import kernel
from report.errors import InputError, Note

__all__ = [
    "MANIFEST_NAME",
    "Engine",
    "Manifest",
    "Output",
    "Plan",
    "Rewriting",
    "damages",
    "differences",
    "digest_file",
    "digest_folder",
    "make_manifest",
    "read_manifest",
    "write_manifest",
]

MANIFEST_NAME = "manifest.json"
_SCHEMA_VERSION = 1
OF_EXPORTS = ("history", "earlier_month", "past_forecast")
OF_EDITIONS = ("mailings", "record")
OF_THE_COMPARISON = ("old", "comparison.json")
FROM_BEFORE = (*OF_EXPORTS, *OF_EDITIONS, *OF_THE_COMPARISON)
"""First parts of the names of inputs that come from other months."""

_LEFT_BY_TOOLS = ("__pycache__", ".ipynb_checkpoints")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Engine(_Value):
    """What sets the document."""

    name: str
    version: str


class Output(_Value):
    """One file of an edition.

    Attributes
    ----------
    sha256
        Digest of its content, hexadecimal.
    bytes
        Its size.
    """

    sha256: str
    bytes: int


class Cost(_Value):
    """What the kernel of a chapter has taken, by its own account.

    Attributes
    ----------
    cpu_seconds
        Seconds of the processor.
    peak_bytes
        Its largest resident memory, what it shares with others included.
    """

    cpu_seconds: float
    peak_bytes: int


class Plan(_Value):
    """All that an edition depends on: two equal plans make equal editions.

    Attributes
    ----------
    program
        Version of this program.
    seed
        Seed of every random draw.
    settings
        The settings, as JSON values.
    engine
        What sets the document.
    languages, formats, documents
        What is set, such as ``ru``, ``pdf`` and ``report``; kept in alphabetical order.
    inputs
        SHA-256 of every input file, by name.
    sources
        SHA-256 of what travels with the program, by name: templates, chapters, code.
    """

    program: str
    seed: int
    settings: dict[str, JsonValue]
    engine: Engine
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    documents: tuple[str, ...] = ("report",)
    inputs: dict[str, str]
    sources: dict[str, str]

    @field_validator("languages", "formats", "documents")
    @classmethod
    def _in_order(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(names)))


class Rewriting(_Value):
    """What was taken out of an edition after it had been sealed.

    Attributes
    ----------
    why
        ``forgotten``: a customer; ``expired``: files that are kept for a time only.
    when
        UTC, ISO 8601.
    files
        That were changed or removed.
    """

    why: Literal["forgotten", "expired"]
    when: str
    files: tuple[str, ...]


class Manifest(_Value):
    """The plan of an edition and what came of it.

    Attributes
    ----------
    schema_version
        Version of this model.
    plan
        What the edition was made from.
    python
        Version of Python.
    libraries
        Version of each library named when the manifest was made.
    outputs
        Every file of the edition but the manifest, by its path inside the edition.
    seconds
        Seconds of every step, in the order in which the steps began.
    chapters
        What each chapter has cost.
    sealed
        When the edition was sealed: UTC, ISO 8601. The only clock in an edition.
    earlier
        SHA-256 of the manifests of the editions that this one vouches for, by name
        (see :mod:`report.chain`); None in editions of before this was kept.
    rewritten
        What was taken out since; never whom it is about.
    engine_failure
        Code of what kept the engine of the plan from setting a document: the embedded engine set it
        and those after it. None where nothing did.
    """

    schema_version: int
    plan: Plan
    python: str
    libraries: dict[str, str]
    outputs: dict[str, Output]
    seconds: dict[str, float]
    chapters: dict[str, Cost] = {}
    sealed: str
    earlier: dict[str, str] | None = None
    rewritten: tuple[Rewriting, ...] = ()
    engine_failure: str | None = None


def digest_file(path: Path) -> str:
    """Compute the SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_folder(folder: Path) -> str:
    """Compute the SHA-256 of the names and contents of all files below a folder.

    The digest is hexadecimal. Compiled Python and notebook checkpoints are left out. Neither the
    place of the folder nor the times of its files change it.
    """
    digest = hashlib.sha256()
    for name, path in _files(folder):
        if not any(part in _LEFT_BY_TOOLS for part in Path(name).parts):
            digest.update(f"{digest_file(path)}  {name}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted((path.relative_to(folder).as_posix(), path) for path in found)


def make_manifest(
    folder: Path,
    plan: Plan,
    *,
    seconds: Mapping[str, float],
    libraries: Iterable[str],
    engine_failure: str | None = None,
    chapters: Mapping[str, kernel.Cost | None] | None = None,
) -> Manifest:
    """Take down what a finished edition holds.

    Parameters
    ----------
    folder
        The edition, complete but for its manifest.
    plan
        What it was made from.
    seconds
        Seconds of every step.
    libraries
        Distributions whose versions are to be kept.
    engine_failure
        Code of the fault for which another engine than the plan's set documents.
    chapters
        What each chapter has cost; None where that is not known.

    Returns
    -------
    Manifest
        With the digest and size of every file below the folder.
    """
    return Manifest(
        schema_version=_SCHEMA_VERSION,
        plan=plan,
        python=platform.python_version(),
        libraries={name: version(name) for name in sorted(libraries)},
        outputs={
            name: Output(sha256=digest_file(path), bytes=path.stat().st_size)
            for name, path in _files(folder)
            if name != MANIFEST_NAME
        },
        seconds={name: round(value, 3) for name, value in seconds.items()},
        chapters={
            name: Cost(cpu_seconds=round(cost.cpu_seconds, 3), peak_bytes=cost.peak_bytes)
            for name, cost in (chapters or {}).items()
            if cost
        },
        sealed=datetime.now(UTC).isoformat(timespec="seconds"),
        engine_failure=engine_failure,
    )


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into its edition; only the steps keep the order they came in."""
    content = manifest.model_dump(mode="json")
    for name in ("inputs", "settings", "sources"):
        content["plan"][name] = _sorted(content["plan"][name])
    content["outputs"] = _sorted(content["outputs"])
    if content["earlier"] is not None:
        content["earlier"] = _sorted(content["earlier"])
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST_NAME).write_text(text, encoding="utf-8")


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an edition.

    Raises
    ------
    InputError
        ``manifest-unreadable``: there is none, or another program wrote it.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError("manifest-unreadable", file=path) from error
    if manifest.schema_version != _SCHEMA_VERSION:
        raise InputError("manifest-unreadable", file=path)
    return manifest


def damages(folder: Path, manifest: Manifest, among: Collection[str] | None = None) -> list[str]:
    """List the files of an edition that are gone or changed, by their paths inside it.

    Parameters
    ----------
    among
        Names in the folder, of files and of folders with all that is in them: of these, files that
        were added are listed too. None: all that was sealed; files that were added are no damage.
    """
    wanted = [name for name in manifest.outputs if among is None or Path(name).parts[0] in among]
    changed = {
        name
        for name in wanted
        if not (folder / name).is_file()
        or digest_file(folder / name) != manifest.outputs[name].sha256
    }
    added = {
        path.relative_to(folder).as_posix()
        for top in among or ()
        for path in (folder / top, *(folder / top).rglob("*"))
        if path.is_file()
    }
    return sorted(changed | added - set(wanted))


def differences(old: Plan, new: Plan) -> list[Note]:
    """Say in what two plans differ.

    Returns
    -------
    list of Note
        One sentence each; empty for equal plans.
    """
    notes = [
        Note(f"difference-{name}", {"old": before, "new": after})
        for name, before, after in (
            ("program", old.program, new.program),
            ("seed", old.seed, new.seed),
            ("engine", _engine_name(old.engine), _engine_name(new.engine)),
            ("languages", old.languages, new.languages),
            ("formats", old.formats, new.formats),
            ("documents", old.documents, new.documents),
        )
        if before != after
    ]
    before, after = _by_path(old.settings), _by_path(new.settings)
    for name in _changed(before, after):
        fields = {"name": name, "old": before.get(name), "new": after.get(name)}
        notes.append(Note("difference-setting", fields))
    inputs = _changed(old.inputs, new.inputs)
    for code, field, names in (
        ("inputs", "files", [name for name in inputs if name.partition("/")[0] not in FROM_BEFORE]),
        ("months", "names", _months_among(inputs, OF_EXPORTS)),
        ("editions", "names", _months_among(inputs, OF_EDITIONS)),
    ):
        if names:
            notes.append(Note(f"difference-{code}", {field: names}))
    if any(name.partition("/")[0] in OF_THE_COMPARISON for name in inputs):
        notes.append(Note("difference-compared"))
    if old.sources != new.sources:
        notes.append(Note("difference-sources", {"names": _changed(old.sources, new.sources)}))
    return notes


def _engine_name(engine: Engine) -> str:
    return f"{engine.name} {engine.version}"


def _months_among(inputs: Sequence[str], places: Collection[str]) -> list[str]:
    """Name the months of what is read from these places, a folder a month."""
    parts = [name.split("/") for name in inputs]
    return sorted({part[1] for part in parts if part[0] in places and len(part) > 2})


def _by_path(settings: Mapping[str, object], above: str = "") -> dict[str, object]:
    """Give every single setting by its name and those of its sections, as in `money.discount`."""
    found: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _by_path(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def _changed(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    missing = object()
    names = sorted(old.keys() | new.keys())
    return [name for name in names if old.get(name, missing) != new.get(name, missing)]
