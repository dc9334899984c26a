"""Files in TOML that a person writes, and what is wrong with one, line by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LINE_SHOWN = 100

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_KEY = re.compile(r"\s*(\[+[^\]]*\]+|[^=#]+?)\s*(?:=|#|$)")
_TEXTS = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')
_DECIMAL_COMMA = re.compile(r"=\s*[+-]?\d+,\d+\s*(?=$|[,}])")


class TomlError(ValueError):
    """A file is not TOML.

    Attributes
    ----------
    code : str
        ``toml_not_utf_8``, ``toml_decimal_comma``, ``toml_twice`` or ``toml_syntax``; its text lies
        in ``templates/words/*/messages/snapshot.toml``.
    fields : mapping of str to str
        ``found``: the lines that are wrong, as they stand, each with its number.
    """

    def __init__(self, code: str, lines: Sequence[tuple[int, str]]) -> None:
        said = "; ".join(f"{number}: «{_shortened(line)}»" for number, line in lines)
        super().__init__(code, said)
        self.code = code
        self.fields: Mapping[str, str] = {"found": said}


def read_toml(file: Path) -> dict[str, Any]:
    """Read a file in TOML, with a mark of UTF-8 at its beginning or without.

    Raises
    ------
    OSError
        The file cannot be read.
    TomlError
        It is not TOML in UTF-8.
    """
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TomlError("toml_not_utf_8", ()) from error
    if "\0" in text:
        raise TomlError("toml_not_utf_8", ())
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), text.splitlines()) from error
    except (RecursionError, ValueError) as error:  # nested too deep; a number of 5000 digits
        raise TomlError("toml_syntax", ()) from error


def as_written(value: object) -> str:
    """Write a value as the file has it, a text in its quotation marks."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def _explained(error: str, lines: Sequence[str]) -> TomlError:
    """Say which lines are wrong, and what with them where that is plain."""
    found = _AT_LINE.search(error)
    last = max((place for place, line in enumerate(lines, 1) if line.strip()), default=0)
    number = min(int(found[1]) if found else last, last)
    numbered = [(place, line) for place, line in enumerate(lines, 1) if place >= number]
    commas = [each for each in numbered if _has_decimal_comma(each[1])]
    if commas and commas[0][0] == number:
        return TomlError("toml_decimal_comma", commas)
    if not number:
        return TomlError("toml_syntax", ())
    wrong = (number, lines[number - 1])
    if re.match("Cannot (declare|overwrite|mutate)", error):
        same = [
            (place, line)
            for place, line in enumerate(lines[: number - 1], 1)
            if _key_of(line) == _key_of(wrong[1])
        ]
        return TomlError("toml_twice", [*same[-1:], wrong])
    return TomlError("toml_syntax", [wrong])


def _has_decimal_comma(line: str) -> bool:
    return _DECIMAL_COMMA.search(_TEXTS.sub("", line).rstrip()) is not None


def _key_of(line: str) -> str:
    found = _KEY.match(line)
    return "".join(found[1].split()) if found else line


def _shortened(line: str) -> str:
    plain = line.strip()
    return plain if len(plain) <= LINE_SHOWN else plain[: LINE_SHOWN - 1] + "…"
