"""What a document says of itself in the lines above its text."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["REFERENCE", "date_of", "read_front"]

REFERENCE = "templates/reference.docx"
"""Of a Word document: holds the styles, the page, its header and its footer."""

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FRONT_LINE = re.compile(r'^"?(title|mark|as-of|date-iso)"?: (.*)$', re.M)


def read_front(document: Path) -> dict[str, str]:
    """Read the lines of the front matter that stand at the head and foot of pages, as text."""
    head = document.read_text(encoding="utf-8").partition("\n---\n")[0]
    lines = ((name, str(json.loads(value))) for name, value in _FRONT_LINE.findall(head))
    return {name: _ESCAPED.sub(r"\1", text) for name, text in lines}


def date_of(document: Path) -> int:
    """Give the day of a document in seconds since 1970, so that its bytes do not tell the hour."""
    day = read_front(document).get("date-iso", "1980-01-01")
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
