"""The same month gives the same bytes: elsewhere, from the built wheel, whatever comes later."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from report.manifest import read_manifest, write_manifest
from tests.end_to_end.conftest import EARLIER, LANGUAGES, Made
from tests.end_to_end.test_edition import digests

ROOT = Path(__file__).parents[2]
LATER = "2026-10"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout that is gone afterwards."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    left_out = shutil.ignore_patterns(".venv", ".git", "output", ".*_cache", "__pycache__", "tests")
    shutil.copytree(ROOT, source, ignore=left_out)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place)]
    subprocess.run([*build, str(source)], check=True, capture_output=True)
    shutil.rmtree(source)
    [built] = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """An environment that holds the wheel, and the libraries but not the checkout."""
    environment = wheel.parent / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    packages = environment / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    install += ["install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return environment / "bin"


def test_the_wheel_holds_the_product_and_not_what_makes_sample_months(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    product = {
        path.relative_to(ROOT).as_posix()
        for package in ("report", "analysis")
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and not {"__pycache__", ".ipynb_checkpoints", "synthetic"} & set(path.parts)
    }
    templates = {
        f"report/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert {"report/py.typed", "analysis/py.typed"} <= product
    about = {name for name in held if name.split("/")[0].endswith(".dist-info")}
    assert held - about == product | templates


@pytest.fixture(scope="module")
def made_again(installed: Path, made: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same month by the wheel's command, in a folder full of traps, with later months about.

    Folders are named from where the command runs, as the README does.
    """
    place = tmp_path_factory.mktemp("again")
    data = Path(shutil.copytree(made.data, place / "data"))
    output = place / "editions"
    shutil.copytree(made.output / EARLIER, output / EARLIER)
    lay_later_snapshots(data)
    lay_later_editions(output, made.edition)
    trap = set_traps(place / "trap")
    process = subprocess.run(
        [
            installed / "generate-report",
            LATER,
            *LANGUAGES,
            *("--data", Path("..") / data.name),
            *("--output", Path("..") / output.name),
        ],
        cwd=trap,
        env={
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "HOME": str(trap / "home"),
            "PYTHONPATH": "",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Made(output / LATER, output, data, process)


def set_traps(folder: Path) -> Path:
    """Put in reach whatever must not be imported or run at the start."""
    for package in ("report", "analysis"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("raise RuntimeError('trap')")
    (folder / "pandas.py").write_text("raise RuntimeError('trap')")
    startup = folder / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-trap.py").write_text("raise SystemExit('trap')")
    return folder


def lay_later_snapshots(data: Path) -> None:
    """Put a month that cannot be read and one that lies behind the month."""
    (data / "2026-11").mkdir()
    (data / "2026-11" / "market_file.csv").write_bytes(b"\x00garbage")
    lying = Path(shutil.copytree(data / LATER, data / "2026-12")) / "market_file.csv"
    lying.write_text(lying.read_text("utf-8").replace("Снизилась", "Прежний уровень"), "utf-8")


def lay_later_editions(archive: Path, edition: Path) -> None:
    """Put an edition that cannot be read and one that foretold otherwise behind the month."""
    poisoned = Path(shutil.copytree(edition, archive / "2026-11"))
    for name in ("results.json", "customers.parquet"):
        (poisoned / name).write_bytes(b"garbage")
    told = Path(shutil.copytree(edition, archive / "2027-01"))
    plain = json.loads((told / "results.json").read_text("utf-8"))
    (told / "results.json").write_text(json.dumps(plain | {"period": "2027-01"}), "utf-8")
    table = pd.read_parquet(told / "customers.parquet")
    table.assign(level="declined", forecast=0.99).to_parquet(told / "customers.parquet")
    manifest = read_manifest(told)
    write_manifest(manifest.model_copy(update={"sealed": "2026-01-01T00:00:00+00:00"}), told)


def test_the_command_ends_well_even_in_a_folder_full_of_traps(made_again: Made) -> None:
    process = made_again.process
    assert process.returncode == 0, process.stderr
    assert "report.ru.html" in process.stdout and "report.ru.pdf" in process.stdout
    assert re.search(r"Chapter model: the model … \d+\.\d s", process.stderr)


def test_the_same_month_gives_the_same_bytes_elsewhere_and_whatever_lies_after_it(
    made: Made, made_again: Made
) -> None:
    first, second = digests(made.edition), digests(made_again.edition)
    del first["manifest.json"], second["manifest.json"]
    assert {name for name in first if first[name] != second.get(name)} == set()
    assert first.keys() == second.keys()
