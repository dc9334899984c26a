"""How a chapter shows typed results to its reader."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import results


def as_table(parts: Sequence[results.Part]) -> pd.DataFrame:
    """Show results as a table, a row per part: what an analyst sees in a chapter."""
    return pd.json_normalize([part.model_dump() for part in parts])
