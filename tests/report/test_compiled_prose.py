"""What prose templates are compiled to is kept from run to run, and never taken for another."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from report import compiled_prose
from report.compiled_prose import CompiledProse
from report.words import Words
from tests.report.words_folder import words_with

SENTENCE = "{{ declined | count }} declined."


@pytest.fixture(autouse=True)
def folder_of_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sources: list[str] = []
    compile_ = Environment.compile

    def counted(self: Environment, source: str, *given: object, **named: object) -> object:
        sources.append(source)
        return compile_(self, source, *given, **named)

    monkeypatch.setattr(Environment, "compile", counted)
    return sources


def said(folder: Path, declined: int = 5) -> str:
    prose = CompiledProse("en")
    words = Words.load(folder, compiled=prose)
    context = {"declined": declined}
    text = "".join(
        (words.render("page.md.j2", context), words.phrase(SENTENCE, context, place="here"))
    )
    prose.keep()
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    words_with(tmp_path / "en")
    (tmp_path / "en" / "page.md.j2").write_text("Of {{ declined | count }}: ", encoding="utf-8")
    return tmp_path / "en"


def test_the_next_run_compiles_nothing_and_says_the_same(folder: Path, compiled: list[str]) -> None:
    assert said(folder) == "Of 5: 5 declined."
    assert len(compiled) == 2
    assert said(folder, 6) == "Of 6: 6 declined."
    assert len(compiled) == 2


def test_what_is_left_can_be_read_by_whoever_can_read_the_program(
    folder: Path, folder_of_bytecode: Path
) -> None:
    before = os.umask(0o077)
    try:
        said(folder)
    finally:
        os.umask(before)
    [file] = folder_of_bytecode.rglob("*.jinja")
    assert file.stat().st_mode == Path(compiled_prose.__file__).stat().st_mode


def test_a_template_that_has_changed_is_compiled_anew(folder: Path, compiled: list[str]) -> None:
    said(folder)
    (folder / "page.md.j2").write_text("Now {{ declined | count }}: ", encoding="utf-8")
    assert said(folder) == "Now 5: 5 declined."
    assert compiled[2:] == ["Now {{ declined | count }}: "]


@pytest.mark.parametrize("left", [b"", b"no bytecode", None])
def test_what_another_compiler_left_is_not_used(
    folder: Path,
    compiled: list[str],
    folder_of_bytecode: Path,
    left: bytes | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said(folder)
    [file] = folder_of_bytecode.rglob("*.jinja")
    if left is None:
        monkeypatch.setattr("jinja2.__version__", "0")
    else:
        file.write_bytes(left)
    assert said(folder) == "Of 5: 5 declined."
    assert len(compiled) == 4


def test_nothing_is_left_where_python_leaves_no_bytecode(
    folder: Path, folder_of_bytecode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert said(folder) == "Of 5: 5 declined."
    assert not list(folder_of_bytecode.rglob("*"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder_of_bytecode.write_text("no folder", encoding="utf-8")
    assert said(folder) == "Of 5: 5 declined."
