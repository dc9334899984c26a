"""What a command prints is the text itself, whatever is in it and wherever it goes."""

from __future__ import annotations

import io

import pytest

from report.cli.console import open_console, plain


@pytest.mark.parametrize("text", ["[/]", "[b]Хит[/b] Посуда [/]", "\\[b]", "[Архив]", "a\\"])
def test_markup_in_data_is_printed_as_it_is(text: str) -> None:
    out = io.StringIO()
    open_console(out).print(plain(f"«{text}» x"))
    assert out.getvalue() == f"«{text}» x\n"


def test_no_text_commands_the_terminal() -> None:
    out = io.StringIO()
    open_console(out).print(plain("a\x1b[31m\x07b"))
    assert out.getvalue() == "a [31m b\n"


def test_a_closed_output_takes_everything() -> None:
    open_console(None).print(plain("said to nobody"))
