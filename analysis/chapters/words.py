"""The words of one language, for what the chapters themselves show and write.

The report is worded from the results when it is written. Notebooks and lists are made here, in the
first language of the edition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FILES = ("figures.toml", "labels.toml", "lists.toml", "tables.toml", "words.toml")

_KEY = re.compile("⟦([^⟦⟧]+)⟧")
_OF_THE_CHECKOUT = Path(__file__).parents[2] / "templates" / "words" / "ru"


@dataclass(frozen=True)
class Words:
    """What a language calls things.

    Attributes
    ----------
    language
        Its tag, such as ``ru``.
    labels
        Names of keys in the results, by group.
    lists
        Texts of the lists of customers, by group.
    tables, notebook
        Heads and fields of the report's tables, and of tables that only notebooks show.
    texts
        Texts of charts by their keys, such as ``axis.found``; the labels are among them.
    """

    language: str
    labels: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, Mapping[str, str]]
    tables: Mapping[str, Mapping[str, Any]]
    notebook: Mapping[str, Any]
    texts: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> Words:
        """Read the words from a folder of ``templates/words``."""
        figures, labels, lists, tables, conventions = (
            tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in FILES
        )
        figures.pop("figures", None)
        return cls(
            language=conventions["language"],
            labels=labels,
            lists=lists,
            tables=tables["tables"],
            notebook=tables["notebook"],
            texts={**dict(_flat(figures)), **dict(_flat(labels))},
        )

    @classmethod
    def of(cls, laid: Path) -> Words:
        """Read the words laid into a workspace, else the Russian ones of the checkout."""
        return cls.load(laid if laid.is_dir() else _OF_THE_CHECKOUT)

    def with_labels(self, labels: Mapping[str, Mapping[str, str]]) -> Words:
        """Give these words with further groups of names, or others in place of their own."""
        return replace(self, labels={**self.labels, **labels})

    def label(self, group: str, key: object) -> str:
        """Give the reader's name of a key in the results."""
        return self.labels[group][str(key)]

    def list_text(self, group: str, key: object) -> str:
        """Give a text of the lists."""
        return self.lists[group][str(key)]

    def worded(self, value: Any) -> Any:
        """Put words for the keys of a figure in its plain form."""
        if isinstance(value, str):
            return _KEY.sub(lambda match: self.texts[match[1]], value)
        if isinstance(value, Mapping):
            return {name: self.worded(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.worded(each) for each in value]
        return value


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
