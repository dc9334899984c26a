"""Every tenth odd export through the whole command: refused, or a report without a wrong figure.

It takes some minutes of the processor's time, so it is run by hand::

    python -m tests.end_to_end.odd_editions [FIRST]

FIRST is the place of the first export in the corpus, from 0; every tenth follows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.campaigns.lot import KEY_FILE
from analysis.snapshot.errors import DECIDING
from tests.analysis.snapshot.odd_exports import CORPUS, Odd, write
from tests.end_to_end.conftest import QUICK
from tests.end_to_end.in_process import call

MONTH = "2026-10"
ONLY_HTML = ("--format", "html", "--only", "report")
OF_READING = ("files", "findings", "repairs", "repaired_rows")
"""What the results say of how the export was written, and not of the shop."""


def edition(odd: Odd, folder: Path) -> tuple[int, str, dict[str, Any], str]:
    """Exit status, what was said at the end, results and page of an export's edition."""
    data = folder / "data"
    write(odd, data / MONTH)
    (data / "settings.toml").write_text(QUICK, encoding="utf-8")
    (data / KEY_FILE).write_text("5a" * 32 + "\n", encoding="ascii")
    done = call(
        "generate-report", "--data", data, "--output", folder / "output", *ONLY_HTML, cwd=folder
    )
    made = folder / "output" / MONTH
    if done.returncode:
        assert not made.exists()
        return done.returncode, done.stderr, {}, ""
    results = json.loads((made / "results.json").read_text(encoding="utf-8"))
    page = next(made.glob("report.*.html")).read_text(encoding="utf-8")
    return 0, done.stderr, results, page


def figures(results: dict[str, Any]) -> dict[str, Any]:
    """Everything in the results but how the export was written."""
    data = {name: value for name, value in results["data"].items() if name not in OF_READING}
    return {**results, "data": data}


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """Name the places in which two results differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [each for key in one for each in differing(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for n, pair in pairs for found in differing(*pair, f"{place}[{n}]")]
    return [] if one == other else [place.removeprefix(".")]


def main(first: int) -> int:
    """Print a table; gives how many came to something else than the corpus says."""
    with TemporaryDirectory() as folder:
        _, _, sound, _ = edition(CORPUS[0], Path(folder))
    wrong = 0
    for odd in CORPUS[first::10]:
        with TemporaryDirectory() as folder:
            status, said, results, page = edition(odd, Path(folder))
        asked = DECIDING.intersection(odd.findings)
        if status:
            told = "refused"
            fine = status == 2 and bool(odd.problems) and "Traceback" not in said
        else:
            places = differing(figures(sound), figures(results))
            told = f"read, {len(places)} figures differ" if places else "read, the same figures"
            told += ", asked about on page 1" if asked else ""
            told += f": {', '.join(places[:4])}" if places and not asked else ""
            fine = not odd.problems and (not asked or "Сначала выяснить" in page)
        wrong += not fine
        print(f"{'  ' if fine else '! '}{odd.name}: {told}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
