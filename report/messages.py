"""Sentences for the terminal, by code and language.

They live in ``templates/words/<language>/messages/<area>.toml``, one table a code::

    [column-missing]
    what = "Нет столбца «{column}»."
    remedy = "Выгрузите файл заново."
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from report.errors import Note, ReportError
from report.resources import templates
from report.streams import can_write

__all__ = ["LANGUAGES", "Language", "Messages", "Text", "describe", "terminal_language"]

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")
_DECIMAL_MARKS = {"ru": ",", "en": "."}


@dataclass(frozen=True)
class Text:
    """What is to be told, and what the reader can do about it."""

    what: str
    remedy: str | None = None


_A_RUSSIAN_LETTER = chr(0x42F)


def terminal_language(environment: Mapping[str, str] | None = None) -> Language:
    """Read the terminal's language from ``LC_ALL``, ``LC_MESSAGES``, ``LANG``, as POSIX ranks them.

    Parameters
    ----------
    environment
        Environment variables; those of this process by default.

    Returns
    -------
    "ru" or "en"
        Russian for a Russian locale, English for every other, and where standard output or error
        cannot write Russian letters.
    """
    streams = (sys.stdout, sys.stderr)
    if environment is None and not all(can_write(each, _A_RUSSIAN_LETTER) for each in streams):
        return "en"
    variables = os.environ if environment is None else environment
    locales = (variables.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in locales if value), "")
    return "ru" if locale.lower().startswith("ru") else "en"


class Messages:
    """The sentences of one language.

    Parameters
    ----------
    language
        Folder of words to take them from.
    folder
        Folder of templates; that of the program by default.

    Raises
    ------
    ValueError
        Two areas hold the same code, or a message has no ``what``.
    """

    def __init__(self, language: Language, folder: Path | None = None) -> None:
        self.language = language
        self._entries: dict[str, Mapping[str, str]] = {}
        root = (templates() if folder is None else folder) / "words" / language / "messages"
        for area in sorted(root.glob("*.toml")):
            for code, entry in tomllib.loads(area.read_text(encoding="utf-8")).items():
                if code in self._entries:
                    raise ValueError(f"{area}: the code {code!r} is taken by another area")
                if "what" not in entry or not entry.keys() <= {"what", "remedy"}:
                    raise ValueError(f"{area}: {code!r} needs what, may have remedy, nothing else")
                self._entries[code] = entry

    @property
    def codes(self) -> frozenset[str]:
        """Every code that has sentences in this language."""
        return frozenset(self._entries)

    def say(self, code: str, **fields: object) -> Text:
        """Fill the sentences of a code.

        Parameters
        ----------
        code
            Name of the message.
        **fields
            Values that the sentences name. Numbers get the language's decimal mark; sequences
            are joined; a :class:`~report.errors.Note` is said in its turn.

        Returns
        -------
        Text
            The filled sentences.

        Raises
        ------
        KeyError
            There is no such code, or a field that its sentences name is not given.
        """
        entry = self._entries[code]
        shown = {name: self._shown(value) for name, value in fields.items()}
        remedy = entry.get("remedy")
        return Text(
            what=entry["what"].format(**shown),
            remedy=None if remedy is None else remedy.format(**shown),
        )

    def tenths(self, value: float) -> str:
        """Write a number with one decimal place, a zero too, and the language's decimal mark."""
        return f"{value:.1f}".replace(".", _DECIMAL_MARKS[self.language])

    def _shown(self, value: object) -> str:
        if isinstance(value, Note):
            return self.say(value.code, **value.fields).what
        if value is None:
            return "—"
        if isinstance(value, bool):
            return self.say("yes" if value else "no").what
        if isinstance(value, float):
            return f"{value:.10g}".replace(".", _DECIMAL_MARKS[self.language])
        if isinstance(value, (list, tuple, set, frozenset)):
            items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
            if not items:
                return self.say("nothing").what
            between = "; " if any(isinstance(item, Note) for item in items) else ", "
            return between.join(self._shown(item) for item in items)
        return str(value)


def describe(error: ReportError, language: Language) -> Text:
    """Say an error in a language.

    Parameters
    ----------
    error
        An error of the family.
    language
        The language of the terminal.

    Returns
    -------
    Text
        What went wrong and how to mend it. Where the installation is broken and holds no
        words at all, the bare codes.
    """
    try:
        messages = Messages(language)
    except ReportError as unfound:
        return Text(what=f"{unfound}; {error}")
    return messages.say(error.code, **error.fields)
