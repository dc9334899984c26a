"""What ``make`` offers."""

import re
import subprocess
from pathlib import Path

from tests.programs import needs

ROOT = Path(__file__).parents[1]
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    needs("make")
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [re.fullmatch(r"make (\S+) +(\S.*)", line) for line in shown.splitlines()]
    targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert [line[1] for line in lines if line] == targets
    assert len({line.start(2) for line in lines if line}) == 1
