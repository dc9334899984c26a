"""Text that comes from data must print as itself; this is the one place that sees to it.

:class:`ProseEnvironment` is a Jinja2 environment for Quarto Markdown: whatever an expression
yields is escaped on its way out unless it is already :class:`Prose`, and a bare number or an
empty value is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Undefined,
    nodes,
    pass_eval_context,
)
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup

from report.errors import DocumentError

__all__ = [
    "Prose",
    "ProseEnvironment",
    "escape",
    "escape_marks",
    "one_line",
    "quote_attribute",
    "unescape",
]

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_QUOTE = re.compile(r'(\\.)|"')
_NO_BREAK_SPACE = "\u00a0"
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_PICKING = ("first", "last", "length", "list", "max", "min", "sum", "abs", "items")
_CHOOSING = ("map", "select", "selectattr", "reject", "rejectattr", "unique")
_ORDERING = ("sort", "dictsort", "groupby", "reverse", "batch", "slice")


def one_line(text: str) -> str:
    """Put text on one line: white space collapsed, control characters gone.

    No-break spaces stay inside the text. Marks that turn the direction of writing are dropped;
    lone surrogates and code points that are no characters become U+FFFD.
    """
    kept: list[str] = []
    for character in text:
        category, code = unicodedata.category(character), ord(character)
        if character == _NO_BREAK_SPACE:
            kept.append(character)
        elif character.isspace():
            kept.append(" ")
        elif category == "Cs" or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            kept.append("\ufffd")
        elif category != "Cc" and character not in _TURNING:
            kept.append(character)
    return re.sub(" +", " ", "".join(kept)).strip()


def escape_marks(text: str) -> str:
    """Put a backslash before every ASCII punctuation character; spaces stay as they are."""
    return _MARKS.sub(r"\\\1", text)


def unescape(prose: str) -> str:
    """Read prose without markup as it prints: the way back from :func:`escape_marks`."""
    return _ESCAPED.sub(r"\1", str(prose))


def escape(text: str) -> str:
    """Write any text as Quarto Markdown that prints it literally, on one line.

    Parameters
    ----------
    text
        Anything, hostile or not.

    Returns
    -------
    str
        Inline Markdown, good for prose, headings, table cells, captions and quoted attributes.
    """
    return escape_marks(one_line(text))


def quote_attribute(markdown: str) -> str:
    """Write inline Markdown as the inside of a double-quoted attribute."""
    return _QUOTE.sub(lambda match: match[1] or '\\"', markdown)


class Prose(Markup):
    """Quarto Markdown that is fit to print; what is joined to it is escaped."""

    __slots__ = ()

    @classmethod
    def escape(cls, s: Any, /) -> Prose:
        """Make prose from anything: Markdown already written stays, other text is escaped."""
        return cls(s) if isinstance(s, Markup) else cls(escape(str(s)))


class _ProseCodeGenerator(CodeGenerator):
    """Sends ``~`` and ``+`` through the environment: Jinja2's own would escape for HTML."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.joined((")
        for piece in node.nodes:
            self.visit(piece, frame)
            self.write(", ")
        self.write("))")

    def visit_Add(self, node: nodes.BinExpr, frame: Frame) -> None:  # noqa: N802
        self.write("environment.added(")
        self.visit(node.left, frame)
        self.write(", ")
        self.visit(node.right, frame)
        self.write(")")


class ProseEnvironment(Environment):
    """Jinja2 for Quarto Markdown, strict about what is missing and about what is printed.

    Comments stand between ``{##`` and ``##}``, since ``{#`` opens a Quarto label.

    Parameters
    ----------
    folders
        Where the templates lie; the first that has one counts.
    filters
        The filters of the language; of Jinja2's own only those that pick and order stay, since
        the others would write text past the escaping.
    compiled
        Where compiled templates are looked for, and left.
    """

    code_generator_class = _ProseCodeGenerator

    def __init__(
        self,
        folders: Sequence[Path],
        filters: Mapping[str, Any],
        compiled: BytecodeCache | None = None,
    ) -> None:
        super().__init__(
            loader=FileSystemLoader(folders),
            undefined=StrictUndefined,
            autoescape=True,
            optimized=False,
            finalize=_finalized,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            comment_start_string="{##",
            comment_end_string="##}",
            bytecode_cache=compiled,
        )
        self.filters = {
            name: self.filters[name] for name in (*_PICKING, *_CHOOSING, *_ORDERING)
        } | dict(filters)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Get ``a.b``: an item of a mapping, never a method, so ``results.items`` is a result."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def joined(self, pieces: Iterable[Any]) -> Prose:
        """Join the pieces of ``a ~ b``, each as it would be printed alone."""
        return Prose("".join(_printed(piece) for piece in pieces))

    def added(self, left: Any, right: Any) -> Any:
        """Add ``a + b``: prose and text are joined as prose, anything else is added as it is."""
        if isinstance(left, Markup) or isinstance(right, Markup):
            return self.joined((left, right))
        return left + right


@pass_eval_context
def _finalized(_context: nodes.EvalContext, value: Any) -> Prose:
    # The context is asked for so that constants are not written while a template is compiled.
    return _printed(value)


def _printed(value: Any) -> Prose:
    if isinstance(value, Markup | str):
        return Prose.escape(value)
    if isinstance(value, Undefined):
        return Prose(str(value))
    if value is None:
        raise DocumentError("empty-value")
    if isinstance(value, int | float):
        raise DocumentError("raw-number", value=repr(value))
    raise DocumentError("raw-value", kind=type(value).__name__)
