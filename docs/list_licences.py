"""Lists the licences of everything that is installed with the program, as ``licences.md``.

Run it where all of ``requirements.lock`` is installed, after the lock has changed::

    .venv/bin/python -m docs.list_licences
"""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
PAGE = Path(__file__).with_name("licences.md")
HEAD = """\
# Licences of what is installed with the program

Made by `python -m docs.list_licences` from `requirements.lock` and from what each distribution says
of itself, where it was installed. The program's own is in `LICENSE`.

| distribution | version | licence |
|---|---|---|
"""
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_LONGEST = 60
"""Letters of a licence's name; a longer text is the licence itself."""


def locked() -> dict[str, str]:
    """Read the versions in the lock file, by distribution."""
    return dict(_LOCKED.findall(LOCK.read_text(encoding="utf-8")))


def licence_of(said: PackageMetadata) -> str:
    """Say under what licence a distribution is, in its own words."""
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in said.get_all("Classifier", [])
        if each.startswith("License ::") and not each.endswith(":: OSI Approved")
    ]
    named = said.get("License-Expression") or ", ".join(classifiers) or said.get("License") or ""
    first = named.strip().split("\n")[0]
    if 0 < len(first) <= _LONGEST:
        return first
    files = said.get_all("License-File", [])
    return f"its file `{files[0]}`" if files else first[:_LONGEST]


def list_licences() -> str:
    """Write the page."""
    rows = []
    for name, version in sorted(locked().items(), key=lambda each: each[0].lower()):
        try:
            licence = licence_of(metadata(name)) or "not said"
        except PackageNotFoundError:
            licence = "not looked up: of another Python than the one here"
        rows.append(f"| {name} | {version} | {licence} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(list_licences(), encoding="utf-8")
