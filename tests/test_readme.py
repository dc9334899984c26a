"""The README tells the truth about commands, options, settings and files."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from analysis.segments.offer_book import (
    DEFAULT_FILE,
    OfferBookError,
    default_book,
    read_book,
)
from analysis.settings import Settings
from analysis.snapshot.books import BOOKS_FILE
from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.snapshot import against_books, read_snapshot
from analysis.synthetic.generate import write_month
from report.cli import diff, generate
from report.cli.console import say_mistake
from report.messages import Messages

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


EXAMPLES = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
"""Of settings, and of an offer."""


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    commands = re.findall(r"^make (\w+)", README, flags=re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert commands == ["report", "test"]
    assert set(commands) <= set(targets)


@pytest.mark.parametrize(
    ("command", "function"),
    [("generate-report", generate.generate), ("diff-reports", diff.diff)],
)
def test_every_option_is_explained_and_no_other(
    command: str, function: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    app.command()(function)
    monkeypatch.setenv("COLUMNS", "200")
    help_text = CliRunner().invoke(app, ["--help"]).output
    section = README.split(f"## `{command}", 1)[1].split("\n## ", 1)[0]
    offered = set(re.findall(r"--[a-z]+", help_text)) - {"--help"}
    offered -= {"--install", "--show"}
    assert set(re.findall(r"`(--[a-z]+)", section)) == offered


def test_the_settings_shown_are_all_there_are_with_their_defaults() -> None:
    example, _ = EXAMPLES
    assert tomllib.loads(example) == Settings().model_dump(exclude_none=True)
    with_the_unset = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", example, flags=re.MULTILINE))
    keys = {name: set(section) for name, section in Settings().model_dump().items()}
    assert {name: set(section) for name, section in with_the_unset.items()} == keys
    Settings.model_validate(with_the_unset)


def test_the_books_shown_are_of_columns_that_there_are(tmp_path: Path) -> None:
    example = next(each for each in README.split("```ini\n") if each.startswith("customers = "))
    write_month(tmp_path / "2026-10", "2026-10", seed=7, customers=300)
    (tmp_path / "2026-10" / BOOKS_FILE).write_text(example.split("```")[0], encoding="utf-8")
    exported = read_snapshot(tmp_path / "2026-10")
    with pytest.raises(SnapshotError) as refused:
        against_books(exported, tmp_path / "2026-10")
    assert {each.code for each in refused.value.problems} == {"books_differ", "looked_up_differ"}


def test_the_offer_shown_can_be_added_to_those_there_are(tmp_path: Path) -> None:
    _, example = EXAMPLES
    file = tmp_path / "offers.toml"
    file.write_text(f"{DEFAULT_FILE.read_text('utf-8')}\n{example}", encoding="utf-8")
    first, *others = read_book(file).offers
    assert first.code == "come_back" and (*others,) == default_book().offers
    wrong = example.replace('"below"', '"under"')
    assert wrong != example
    file.write_text(f"{DEFAULT_FILE.read_text('utf-8')}\n{wrong}", encoding="utf-8")
    with pytest.raises(OfferBookError) as refused:
        read_book(file)
    [mistake] = refused.value.mistakes
    said = say_mistake(mistake, Path("data/offers.toml"), Messages("en"))
    assert f"✗ {said.what}\n  {said.remedy}\n" in README


def test_every_file_that_is_named_for_editing_exists() -> None:
    section = README.split("## Words and look", 1)[1].split("\n## ", 1)[0]
    for pattern in re.findall(r"`(templates/[^`]+)`", section):
        assert list(ROOT.glob(pattern)), pattern
