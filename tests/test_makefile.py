"""What ``make`` offers."""

import re
import subprocess
import tomllib
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


def test_every_place_names_the_same_pythons() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [listed] = re.findall(r"^VERSIONS := (.*)$", makefile, re.MULTILINE)
    minors = sorted(int(version.removeprefix("3.")) for version in listed.split())
    first, last = minors[0], minors[-1]
    assert minors == list(range(first, last + 1))
    assert project["project"]["requires-python"] == f">=3.{first},<3.{last + 1}"
    [environment] = project["tool"]["uv"]["environments"]
    assert environment.endswith(f"python_version < '3.{last + 1}'")
    assert f"(3, {first}) <= sys.version_info[:2] <= (3, {last})" in makefile
    assert project["tool"]["mypy"]["python_version"] == f"3.{first}"
    for page in ("README.md", "CONTRIBUTING.md"):
        assert f"Python 3.{first} to 3.{last}" in (ROOT / page).read_text(encoding="utf-8")


def test_what_is_installed_is_pinned_with_hashes_and_not_built_here() -> None:
    for lock in sorted(ROOT.glob("requirements*.lock")):
        lines = lock.read_text(encoding="utf-8").splitlines()
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if not line.startswith(" "):
                assert re.match(r"[a-z0-9-]+==", line), line
                assert following.startswith("    --hash=sha256:"), line
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert makefile.count("--only-binary :all:") == 2, "locked, and looked up for every Python"
