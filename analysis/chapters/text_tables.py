"""Tables as text that Excel in the reader's language opens in columns; no text is a formula."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Floats
from analysis.chapters.cells import inert
from analysis.workers.here import HERE, Workers

BLOCK = 50_000
"""Rows that are written at a time."""

LINE_END = "\r\n"
MARK = b"\xef\xbb\xbf"
_SURELY_INERT = r"^[\p{L}\p{N}]"
_PLAIN = 1e-4, 1e9
"""Between these Arrow writes a number as Python does."""


def write_text_table(
    path: Path,
    table: pd.DataFrame,
    form: Mapping[str, str],
    *,
    mark: bytes = MARK,
    workers: Workers = HERE,
) -> None:
    """Write a table, every number with all its digits.

    Parameters
    ----------
    form : mapping
        ``separator`` between cells and ``decimal`` mark.
    mark : bytes
        What the file begins with; by default what tells Excel that it is UTF-8.
    workers : Workers
        Who makes the lines, block by block.
    """
    separator, decimal = form["separator"], form["decimal"]
    heads = [_quoted(pa.array([str(name)]), separator)[0].as_py() for name in table.columns]
    blocks = (table.iloc[start : start + BLOCK] for start in range(0, len(table), BLOCK))
    with path.open("wb") as file:
        file.write(mark + (separator.join(heads) + LINE_END).encode())
        file.writelines(workers.map(partial(lines_of, separator, decimal), blocks))


def lines_of(separator: str, decimal: str, block: pd.DataFrame) -> bytes:
    """Give the lines of a block as they stand in the file; no line needs another."""
    cells = [_cells(block[name], separator, decimal) for name in block.columns]
    lines = pc.binary_join_element_wise(*cells, separator)
    return _as_they_lie(pc.binary_join_element_wise(lines, "", LINE_END))


def _as_they_lie(lines: pa.StringArray) -> bytes:
    """Give texts one after the other, as they lie in memory."""
    if lines.null_count:
        raise ValueError("a line that is not known cannot be written")
    _, offsets, signs = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(signs)[ends[0] : ends[-1]].tobytes()


def _cells(column: pd.Series[Any], separator: str, decimal: str) -> pa.Array:
    """Give the cells of a column as they are written; of texts, each that differs once."""
    if column.dtype.kind == "f":
        numbers = _numbers(column.to_numpy(dtype=np.float64), decimal)
        return _quoted(numbers, separator) if separator == decimal else numbers
    if column.dtype.kind in "iub":
        return _strings(column)
    found = pc.dictionary_encode(_strings(column.where(column.notna(), "")))
    return _quoted(_inert(found.dictionary), separator).take(found.indices)


def _inert(texts: pa.Array) -> pa.Array:
    """Give texts of which none is taken for a formula."""
    doubted = pc.and_(
        pc.not_equal(texts, ""), pc.invert(pc.match_substring_regex(texts, _SURELY_INERT))
    )
    if not pc.any(doubted, min_count=0).as_py():
        return texts
    made = [inert(each) for each in texts.filter(doubted).to_pylist()]
    return pc.replace_with_mask(texts, doubted, pa.array(made, type=pa.string()))


def _strings(column: pd.Series[Any]) -> pa.Array:
    texts = pa.array(column.astype("str"), type=pa.string())
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _numbers(values: Floats, decimal: str) -> pa.Array:
    low, high = _PLAIN
    texts = pc.fill_null(pc.cast(pa.array(values, from_pandas=True), pa.string()), "")
    whole = pa.array(np.floor(values) == values)
    texts = pc.if_else(whole, pc.binary_join_element_wise(texts, "0", "."), texts)
    sizes = np.abs(values)
    odd = np.flatnonzero(~((sizes >= low) & (sizes < high)) & (values != 0) & ~np.isnan(values))
    if odd.size:
        written = np.asarray(texts.to_pylist(), dtype=object)
        written[odd] = [repr(each) for each in values[odd].tolist()]
        texts = pa.array(written, type=pa.string())
    return (
        texts if decimal == "." else pc.replace_substring(texts, ".", decimal, max_replacements=1)
    )


def _quoted(texts: pa.Array, separator: str) -> pa.Array:
    """Put quotation marks around the cells that need them."""
    wanting = pc.match_substring_regex(texts, f'[{separator}"\r\n]')
    if not pc.any(wanting, min_count=0).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(wanting, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
