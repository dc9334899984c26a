"""How a chapter shows its results to an analyst: tables with heads, charts with words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from IPython.display import JSON
from plotly.graph_objects import Figure
from pydantic import BaseModel

from analysis.chapters.words import Words
from analysis.results import Estimate, Interval, Part, Proportion, Rank

PLOTLY = "application/vnd.plotly.v1+json"
KEYED = "application/vnd.keyed-plotly+json"
"""The same figure with keys where a reader sees words: the report of any language is made of it."""


MIDDLE = ("value", "share", "place")
"""What the middle of an interval is called."""

WITH_MIDDLE = "estimate_range"
"""Format of a column that shows a value and its interval."""

RANGES = ("range", WITH_MIDDLE)
"""Formats of columns that show intervals."""


@dataclass(frozen=True)
class ShownFigure:
    """A chart in both forms: with words for whoever opens the notebook, with keys for the report.

    Attributes
    ----------
    worded, keyed
        In Plotly's plain form.
    """

    worded: dict[str, Any]
    keyed: dict[str, Any]

    def __repr__(self) -> str:
        return f"chart of {len(self.keyed['data'])} traces"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {PLOTLY: self.worded, KEYED: self.keyed}


@dataclass(frozen=True)
class Display:
    """Shows results in the words of one language."""

    words: Words

    def figure(self, figure: Figure | None) -> ShownFigure | None:
        """Show a chart; nothing where there is none."""
        if figure is None:
            return None
        keyed = json.loads(figure.to_json())
        return ShownFigure(self.words.worded(keyed), keyed)

    def table(self, label: str, rows: Iterable[Part]) -> pd.DataFrame:
        """Show results as a table, a row a part, with the heads that the report has for it.

        Numbers stay as they are computed; an interval fills two columns. What the report words in
        other ways has columns of its own for notebooks.

        Parameters
        ----------
        label : str
            Of the table in ``tables.toml``, such as ``tbl-candidates``.
        """
        described = self.words.notebook["tables"].get(label) or self.words.tables[label]
        columns = described["columns"]
        lines = []
        for row in rows:
            cells: dict[str, Any] = {}
            for column in columns:
                for head, cell in self._cells(column, _field(row, column["field"])):
                    cells[head if head not in cells else f"{head} "] = cell
            lines.append(cells)
        return pd.DataFrame(lines, columns=None if lines else [each["head"] for each in columns])

    def facts(self, part: Part | None) -> pd.DataFrame:
        """Show the single values of a part: a row a field, named as in ``results.json``."""
        heads = [self._head(name) for name in ("field", "value", "low", "high", "count", "base")]
        rows = [] if part is None else list(self._facts(part, ""))
        facts = pd.DataFrame(rows, columns=heads, dtype=object).set_index(heads[0])
        return facts.where(facts.notna(), "")

    def counts(self, values: pd.Series[Any], group: str) -> pd.DataFrame:
        """Show how many customers have each value, named by a group of labels."""
        counted = values.value_counts().rename(self._head("customers"))
        names = [self.words.label(group, value) for value in counted.index]
        return counted.set_axis(names).rename_axis(None).to_frame()

    def everything(self, part: Part) -> JSON:
        """Show all results of a chapter as a tree, as they stand in ``results.json``."""
        return JSON(part.model_dump(mode="json"), expanded=False)  # type: ignore[no-untyped-call]

    def _head(self, name: str) -> str:
        return str(self.words.notebook["heads"][name])

    def _cells(self, column: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
        head, (form, _, group) = column["head"], column.get("format", "text").partition(":")
        if isinstance(value, Interval | Estimate | Proportion | Rank) or form in RANGES:
            if form == WITH_MIDDLE:
                yield head, None if value is None else _middle(value)
            for end in ("low", "high"):
                yield f"{head}: {self._head(end)}", None if value is None else getattr(value, end)
        elif form == "label" and value is not None:
            yield head, self.words.label(group, value)
        else:
            yield head, value

    def _facts(self, part: BaseModel, prefix: str) -> Iterator[dict[str, Any]]:
        for name in type(part).model_fields:
            value, path = getattr(part, name), f"{prefix}{name}"
            if isinstance(value, Estimate | Proportion | Rank):
                yield {self._head("field"): path, **self._spread(value)}
            elif isinstance(value, BaseModel):
                yield from self._facts(value, f"{path}.")
            elif not isinstance(value, list | dict):
                yield {self._head("field"): path, self._head("value"): value}

    def _spread(self, value: Estimate | Proportion | Rank) -> dict[str, float]:
        fields = value.model_dump().items()
        return {self._head("value" if name in MIDDLE else name): each for name, each in fields}


def _middle(value: BaseModel) -> Any:
    return next(getattr(value, name) for name in MIDDLE if hasattr(value, name))


def _field(row: BaseModel, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = None if value is None else getattr(value, name)
    return value
