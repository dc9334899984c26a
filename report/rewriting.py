"""What is taken out of sealed editions, so that what remains is vouched for as before.

Everything is made beside the archive's editions first and then put in their places, file by file. A
run that dies in between is carried to its end by the next one.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from report.chain import alone, links
from report.errors import InputError
from report.keeping import only_for_the_owner, settle, settle_one
from report.manifest import (
    MANIFEST_NAME,
    Manifest,
    Output,
    Rewriting,
    digest_file,
    read_manifest,
    write_manifest,
)

__all__ = ["Changes", "Why", "finish", "rewrite"]

_STAGE = ".rewriting"
_READY = "ready"
_REMOVED = ".is-removed"

Why = Literal["forgotten", "expired"]
Changes = Mapping[str, Mapping[str, bytes | None]]
"""By edition, what becomes of its files: their new content, or None for what is removed."""


def rewrite(folder: Path, changes: Changes, why: Why) -> None:
    """Change files of sealed editions, and the manifests of all that vouch for them.

    Parameters
    ----------
    folder
        The archive.
    changes
        Files that are not as they were sealed are changed too, and stay not as they were sealed.
    why
        Is kept in the manifests, with the files; never whom it is about.

    Raises
    ------
    OSError
        The disk is full. Nothing is changed then.
    """
    if not changes:
        return
    with alone(folder), only_for_the_owner():
        finish(folder)
        stage = folder / _STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        try:
            _stage(folder, stage, changes, why)
            settle(stage)
            (stage / _READY).touch()
            settle_one(stage)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        finish(folder)


def finish(folder: Path) -> None:
    """Put in place what was ready when a run died; clear away what was not."""
    stage = folder / _STAGE
    if not stage.is_dir():
        return
    if (stage / _READY).is_file():
        for new in sorted(stage.rglob("*")):
            if new.is_file() and new.parent != stage:
                _place(new, folder / new.relative_to(stage))
        settle_one(folder)
    shutil.rmtree(stage, ignore_errors=True)


def _place(new: Path, old: Path) -> None:
    if new.name.endswith(_REMOVED):
        old.with_name(old.name.removesuffix(_REMOVED)).unlink(missing_ok=True)
        new.unlink()
        return
    with suppress(FileNotFoundError):
        new.chmod(old.stat().st_mode & 0o777)
    if old.parent.is_dir():
        new.replace(old)


def _stage(folder: Path, stage: Path, changes: Changes, why: Why) -> None:
    digests: dict[str, str] = {}
    manifests: dict[str, Manifest] = {}
    for name, files in changes.items():
        try:
            manifest = read_manifest(folder / name)
        except InputError:
            manifest = None
        outputs = dict(manifest.outputs) if manifest else {}
        for file, content in files.items():
            new = stage / name / file
            new.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                new.with_name(new.name + _REMOVED).touch()
                outputs.pop(file, None)
                continue
            new.write_bytes(content)
            old = digest_file(folder / name / file)
            if file in outputs and outputs[file].sha256 == old:
                digests[old] = digest_file(new)
                outputs[file] = Output(sha256=digests[old], bytes=len(content))
        if manifest:
            done = Rewriting(
                why=why,
                when=datetime.now(UTC).isoformat(timespec="seconds"),
                files=tuple(sorted(files)),
            )
            manifests[name] = manifest.model_copy(
                update={"outputs": outputs, "rewritten": (*manifest.rewritten, done)}
            )
    _reseal(folder, stage, manifests, digests)


def _reseal(
    folder: Path, stage: Path, changed: Mapping[str, Manifest], digests: Mapping[str, str]
) -> None:
    """Write the manifests of what changed, and of all that vouch for these, the oldest first."""
    found = {each.name: each for each in links(folder)}
    now = {each.name: each.fingerprint for each in found.values()}
    known = {
        name: {other for other, digest in each.earlier.items() if now.get(other) == digest}
        for name, each in found.items()
    }
    fresh: dict[tuple[str, str], str] = {}
    for name in TopologicalSorter(known).static_order():
        manifest = changed.get(name, found[name].manifest)
        earlier = manifest.earlier and {
            other: fresh.get((other, digest), digest) for other, digest in manifest.earlier.items()
        }
        inputs = {
            each: digests.get(digest, digest) for each, digest in manifest.plan.inputs.items()
        }
        manifest = manifest.model_copy(
            update={
                "earlier": earlier,
                "plan": manifest.plan.model_copy(update={"inputs": inputs}),
            }
        )
        if manifest != found[name].manifest:
            place = stage / name
            place.mkdir(parents=True, exist_ok=True)
            write_manifest(manifest, place)
            fresh[name, found[name].fingerprint] = digest_file(place / MANIFEST_NAME)
