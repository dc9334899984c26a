"""The rows of a long sheet, written column by column.

The library under it keeps and writes cell by cell, which takes several times as long: of a large
month its workbooks would take longer than all that is decided. What comes out is the same to the
byte.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from analysis.chapters.cells import begins_a_formula

BLOCK = 1_000
"""Rows that are put together at a time."""

LONGEST_TEXT = 16_383
"""Signs of a cell: Excel takes twice as many, and counts some signs twice."""


class Page(Worksheet):  # type: ignore[misc]
    """A worksheet whose first row is written as ever, and the rows under it as whole columns."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[list[str], list[Format]]] = []
        """By column: what is in the cells, each with its format."""

    def add_numbers(self, values: pd.Series[Any], form: Format) -> None:
        """Take the next column: numbers; what is not known gets no cell."""
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if np.isinf(numbers).any():
            raise ValueError(f"infinite: {values.name}")
        cells = [
            f"><v>{number:.16G}</v></c>" if number == number else "" for number in numbers.tolist()
        ]
        self._add(cells, [form] * len(cells))

    def add_texts(self, values: pd.Series[Any], form: Format, quoted: Format) -> None:
        """Take the next column: texts, quoted where a spreadsheet may take them for a formula."""
        codes, different = pd.factorize(values, use_na_sentinel=False)
        texts = [str(text)[:LONGEST_TEXT] for text in different.tolist()]
        number_of = self.str_table._get_shared_string_index
        cells = [f' t="s"><v>{number_of(text)}</v></c>' for text in texts]
        self.str_table.count += len(codes) - len(texts)
        forms = [quoted if begins_a_formula(text) else form for text in texts]
        self._add([cells[code] for code in codes], [forms[code] for code in codes])

    def _add(self, cells: list[str], forms: list[Format]) -> None:
        self._cells.append((cells, forms))
        self.dim_rowmax: int = max(self.dim_rowmax, len(cells))

    def _write_rows(self) -> None:
        super()._write_rows()
        names = [xl_col_to_name(place) for place in range(len(self._cells))]
        number_of = {form: form._get_xf_index() for _, forms in self._cells for form in set(forms)}
        spans = f"1:{len(names)}"
        for start in range(0, self.dim_rowmax, BLOCK):
            columns = [
                [
                    cell and f'<c r="{name}{row}" s="{number_of[form]}"{cell}'
                    for row, cell, form in zip(
                        range(start + 2, self.dim_rowmax + 2),
                        cells[start : start + BLOCK],
                        forms[start : start + BLOCK],
                        strict=False,
                    )
                ]
                for name, (cells, forms) in zip(names, self._cells, strict=True)
            ]
            for row, line in enumerate(zip(*columns, strict=True), start + 2):
                self.fh.write(f'<row r="{row}" spans="{spans}">{"".join(line)}</row>')
