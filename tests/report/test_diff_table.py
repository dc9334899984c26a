"""What the terminal says of two months, before and after the table of all measures."""

from __future__ import annotations

import io
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from analysis.results.changes import DiffResults
from report.cli import diff
from report.cli.diff_table import print_changes
from report.messages import Messages
from report.words import Words
from tests.report.compared_months import ALIKE, COMPARED, STILL, UNCOMPARED
from tests.report.words_folder import TEMPLATES


def printed(compared: dict[str, Any], language: str) -> str:
    target = io.StringIO()
    print_changes(
        DiffResults.model_validate(compared),
        Words.load(TEMPLATES / "words" / language),
        Messages(language),
        Console(file=target),
    )
    return " ".join(target.getvalue().split())


@pytest.mark.parametrize(
    ("language", "new", "gone", "day"),
    [
        ("ru", "Новые замечания к данным: полные повторы", "Больше нет замечаний:", "в один день"),
        ("en", "New findings on the data: full repeats", "Findings that are gone:", "of one day"),
    ],
)
def test_findings_that_come_or_go_and_a_repeated_day_are_told(
    language: str, new: str, gone: str, day: str
) -> None:
    told = printed(STILL, language)
    assert new in told and gone in told and day in told
    assert day not in printed(COMPARED, language)
    quiet = printed(ALIKE, language)
    assert not any(each in quiet for each in (new, gone, day))


@pytest.mark.parametrize(
    ("compared", "status", "known"), [(ALIKE, 0, True), (COMPARED, 1, True), (UNCOMPARED, 2, False)]
)
def test_where_nothing_could_be_compared_the_command_ends_neither_as_alike_nor_as_unlike(
    compared: dict[str, Any], status: int, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in ("_subject", "make_edition"):
        monkeypatch.setattr(diff, step, lambda *_: None)
    monkeypatch.setattr(diff, "_read", lambda _: DiffResults.model_validate(compared))
    app = typer.Typer()
    app.command()(diff.diff)
    done = CliRunner().invoke(app, ["2026-09", "2026-10", "--format", "text", "--quiet"])
    assert done.exit_code == status
    assert ("could be compared" in done.output) is not known
