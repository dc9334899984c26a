"""Tables of the document: rows of results poured into the columns that the words describe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from report.errors import DocumentError
from report.escaping import Prose
from report.words import Words

__all__ = ["Column", "TableWords", "pipe_table", "table_words"]

_LEFT_BY_NATURE = {"text", "label", "quoted", "date", "month"}
_RULES = {"left": ":---", "right": "---:", "center": ":---:"}


class Column(BaseModel):
    """One column: which field of a row it shows, under which head, written how.

    Attributes
    ----------
    field
        Name in the row; dots lead into nested values.
    head
        Text of the head, with its unit; may hold expressions.
    format
        ``text``, ``label:GROUP`` or a filter with its arguments, such as ``percent:1`` or
        ``interval:number:3``.
    align
        Else left for texts, labels and dates, right for numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    head: str
    format: str = "text"
    align: Literal["left", "right", "center"] | None = None

    @property
    def side(self) -> str:
        """Where the cells are aligned."""
        by_nature = "left" if self.format.split(":")[0] in _LEFT_BY_NATURE else "right"
        return self.align or by_nature


class TableWords(BaseModel):
    """A table as ``tables.toml`` describes it; without a caption it gets one where it is placed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caption: str | None = None
    css_class: str = Field(default="", alias="class", pattern=r"^[a-z-]*$")
    columns: tuple[Column, ...] = Field(min_length=1)


def table_words(words: Words, label: str) -> TableWords:
    """Read the description of a table.

    Raises
    ------
    DocumentError
        ``unknown-table``, ``table-words-invalid``.
    """
    if label not in words.tables:
        raise DocumentError("unknown-table", table=label)
    try:
        return TableWords.model_validate(words.tables[label])
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise DocumentError(
            "table-words-invalid", table=label, detail="; ".join(problems)
        ) from error


def pipe_table(
    words: Words,
    label: str,
    rows: Iterable[object],
    phrase: Callable[[str, str], Prose],
    caption: Prose | None = None,
) -> str:
    """Write a table in Quarto Markdown, with its caption and label.

    Parameters
    ----------
    words
        The language.
    label
        Such as ``tbl-candidates``.
    rows
        Mappings or objects; a ``None`` is shown as the language's mark for nothing.
    phrase
        Fills the expressions of a text; the second argument names its place for messages.
    caption
        In place of the one that the words describe, if they do.

    Raises
    ------
    DocumentError
        ``empty-table``, ``missing-field``, and what :func:`table_words` and the filters raise.
    """
    described = table_words(words, label)
    columns = described.columns
    lines = [
        _line(phrase(column.head, f"tables.toml: {label}") for column in columns),
        _line(_RULES[column.side] for column in columns),
    ]
    body = [_line(_cell(words, label, row, column) for column in columns) for row in rows]
    if not body:
        raise DocumentError("empty-table", table=label)
    if caption is None:
        if described.caption is None:
            raise DocumentError("table-words-invalid", table=label, detail="caption")
        caption = phrase(described.caption, f"tables.toml: {label}")
    classes = f" .{described.css_class}" if described.css_class else ""
    return "\n".join([*lines, *body, "", f": {caption} {{#{label}{classes}}}"])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(words: Words, label: str, row: object, column: Column) -> str:
    value = _field(row, column.field, label)
    if value is None:
        return words.missing
    name, *arguments = column.format.split(":")
    if name == "text":
        if not isinstance(value, str):
            raise DocumentError("not-a-text", value=repr(value), table=label, field=column.field)
        return str(Prose.escape(value))
    if name == "label":
        return str(Prose.escape(words.label(arguments[0], value)))
    numbers = (int(each) if each.isdigit() else each for each in arguments)
    try:
        return str(words.said(name, value, *numbers))
    except DocumentError as error:
        raise DocumentError(
            error.code, **{"table": label, "field": column.field} | error.fields
        ) from error


def _field(row: object, path: str, label: str) -> Any:
    value: Any = row
    for name in path.split("."):
        if value is None:
            return None
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif not isinstance(value, Mapping) and hasattr(value, name):
            value = getattr(value, name)
        else:
            raise DocumentError("missing-field", table=label, field=path)
    return value
