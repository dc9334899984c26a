"""The one family of errors that the commands turn into sentences.

An error carries a code and fields; the sentences live in
``templates/words/<language>/messages/*.toml`` (see :mod:`report.messages`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "ArchiveError",
    "ChapterError",
    "DocumentError",
    "EngineError",
    "InputError",
    "Note",
    "ReportError",
]


@dataclass(frozen=True)
class Note:
    """A sentence by its code, to stand as a field inside another message."""

    code: str
    fields: Mapping[str, object] = field(default_factory=dict)


class ReportError(Exception):
    """Something went wrong that the user should be told in a sentence.

    Parameters
    ----------
    code
        Name of the message, such as ``"chapter-failed"``.
    **fields
        Values that the message's sentences name.

    Attributes
    ----------
    exit_code
        Status with which a command ends: 1 for our failure, 2 for the user's input.
    """

    exit_code = 1

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.fields = fields
        super().__init__(code, fields)

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code}({named})"


class InputError(ReportError):
    """What the user gave cannot be worked with; nothing has been changed."""

    exit_code = 2


class ChapterError(ReportError):
    """A chapter could not be run to its end."""


class DocumentError(ReportError):
    """The document could not be written from its words, results and figures."""


class EngineError(ReportError):
    """An engine could not set the document."""


class ArchiveError(ReportError):
    """An edition could not be kept."""
