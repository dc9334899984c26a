"""What goes wrong while an edition is made harms no other edition."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from report.cli.generate import generate
from report.errors import ChapterError
from tests.end_to_end.conftest import Made


def contents(folder: Path) -> dict[str, str]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {str(each): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def test_neither_a_second_run_nor_a_dead_kernel_touches_the_edition_that_is_there(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    app.command()(generate)
    folders = ("--data", str(made.data), "--output", str(made.output))

    def run_again() -> Result:
        return CliRunner().invoke(app, ["2026-10", *folders, "--replace", "--seed", "9"])

    at_once: list[Result] = []
    started: list[None] = []

    def run_twice_and_die(*_: object, **__: object) -> None:
        started.append(None)
        if len(started) == 1:
            at_once.append(run_again())
        fields = {"chapter": "data", "cell": 4, "error": "SIGKILL", "notebook": tmp_path / "none"}
        raise ChapterError("kernel-died", **fields)

    monkeypatch.setattr("report.edition.run_chapters", run_twice_and_die)
    before = contents(made.output)
    first = run_again()
    [second] = at_once
    assert second.exit_code == 2
    assert "is making the edition 2026-10 right now" in second.output
    assert first.exit_code == 1
    assert "died at cell 4 (SIGKILL)" in first.output
    assert contents(made.output) == before
