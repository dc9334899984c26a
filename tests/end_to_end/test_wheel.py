"""The built wheel makes the same report as the checkout, in an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.end_to_end.conftest import EARLIER, LANGUAGES, Made

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


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


def test_the_wheel_carries_templates_and_chapters_and_makes_the_same_report(
    installed: Path, made: Made, tmp_path: Path
) -> None:
    output = tmp_path / "editions"
    shutil.copytree(made.output / EARLIER, output / EARLIER)
    process = subprocess.run(
        [installed / "generate-report", *LANGUAGES, "--data", made.data, "--output", output],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    for name in ("report.ru.pdf", "report.ru.html", "results.json", "customers.parquet"):
        assert (output / "2026-10" / name).read_bytes() == (made.edition / name).read_bytes(), name
