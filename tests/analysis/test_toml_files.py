"""Whatever keeps a file of the shop from being TOML is said with the lines that are wrong."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import pytest

from analysis.segments.offer_book import read_book
from analysis.settings import Settings
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.places import SOURCES_FILE, sources_of
from analysis.snapshot.snapshot import MARK_FILE, read_snapshot
from analysis.toml_files import TomlError, read_toml

README = Path(__file__).parents[2] / "README.md"
DECIMAL = re.compile(r"(= \d+)\.(\d+)")
MONEY = '# Деньги\n[money]\nprofit_unit = "roubles"\n'


def refusal(content: bytes, folder: Path) -> TomlError:
    file = folder / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(TomlError) as refused:
        read_toml(file)
    return refused.value


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-16-le", "cp866", "koi8-r"])
def test_whatever_is_not_saved_in_utf_8_is_told_to_be_so(encoding: str, tmp_path: Path) -> None:
    assert refusal(MONEY.encode(encoding), tmp_path).code == "toml_not_utf_8"


def test_a_mark_of_utf_8_and_any_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    for content in (MONEY, MONEY.replace("\n", "\r\n")):
        file.write_bytes(codecs.BOM_UTF8 + content.encode())
        assert read_toml(file) == {"money": {"profit_unit": "roubles"}}


def test_every_file_of_the_shop_is_told_to_be_in_another_encoding(tmp_path: Path) -> None:
    wrong = MONEY.encode("windows-1251")
    for name in ("settings.toml", "offers.toml", SOURCES_FILE, MARK_FILE):
        (tmp_path / name).write_bytes(wrong)
    for read in (Settings.from_toml, read_book):
        with pytest.raises(TomlError, match="toml_not_utf_8"):
            read(tmp_path / "settings.toml")
    notes = Notes()
    assert sources_of(tmp_path, notes) == {}
    assert [(each.code, each.file) for each in notes.problems] == [("toml_not_utf_8", SOURCES_FILE)]
    with pytest.raises(SnapshotError) as refused:
        read_snapshot(tmp_path)
    assert ("toml_not_utf_8", MARK_FILE) in {
        (each.code, each.file) for each in refused.value.problems
    }


@pytest.mark.parametrize(
    ("text", "code", "lines"),
    [
        ("a = 15,0", "toml_decimal_comma", "1: «a = 15,0»"),
        (
            'a = 1.5\n  b = -0,5  # Доля\nc = [1,2]\nd = 3,25\nsays = "x = 1,5"',
            "toml_decimal_comma",
            "2: «b = -0,5  # Доля»; 4: «d = 3,25»",
        ),
        ('t = { side = "below", at = 0,2 }', "toml_decimal_comma", None),
        ("a = roubles", "toml_syntax", "1: «a = roubles»"),
        ("a = 1\nb = «рубли»\nc = 1,5", "toml_syntax", "2: «b = «рубли»»"),
        ("a = [\n\n", "toml_syntax", "1: «a = [»"),
        ("[money]\na = 1\n[model]\n[money]", "toml_twice", "1: «[money]»; 4: «[money]»"),
        ("[x]\nb = 1\n[y]\nb = 1\nb = 2", "toml_twice", "4: «b = 1»; 5: «b = 2»"),
    ],
)
def test_the_lines_that_are_wrong_are_shown_as_they_stand(
    text: str, code: str, lines: str | None, tmp_path: Path
) -> None:
    told = refusal(text.encode(), tmp_path)
    expected = f"1: «{text}»" if lines is None else lines
    assert (told.code, told.fields) == (code, {"found": expected})


def test_whatever_line_of_the_settings_gets_a_decimal_comma_it_is_found(tmp_path: Path) -> None:
    [settings] = re.findall(r"```toml\n(\[money\].*?)```", README.read_text("utf-8"), re.DOTALL)
    lines = re.sub(r"(?m)^# (?=\w+ = )", "", settings).splitlines()
    places = [place for place, line in enumerate(lines) if DECIMAL.search(line)]
    assert len(places) > 15
    for place in places:
        spoilt = [*lines]
        spoilt[place] = DECIMAL.sub(r"\1,\2", lines[place])
        told = refusal("\n".join(spoilt).encode(), tmp_path)
        assert told.code == "toml_decimal_comma"
        assert told.fields["found"].startswith(f"{place + 1}: ")
