"""The order of content: by every column in turn, and by the id only between equal customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.customers import _CONTENT_ORDER, COLUMNS, in_content_order
from analysis.snapshot.ids import by_id

TEXTS = {"level": ["declined", "steady", None], "service": ["премиум", "стандарт", None]}


@pytest.mark.parametrize("seed", range(6))
def test_customers_are_ordered_by_one_column_after_the_other(seed: int) -> None:
    """In half of the seeds most are alike in nearly all that they hold."""
    rng, count = np.random.default_rng(seed), 400
    values = [0.0, -0.0, 1.5, np.nan] if seed % 2 else [3.0]
    made = {name: rng.choice(values, count) for name in COLUMNS}
    made |= {
        name: rng.choice(np.array(texts, dtype=object), count) for name, texts in TEXTS.items()
    }
    made["category"] = rng.choice(["Посуда", "Текстиль", ""], count)
    made["consent"] = rng.random(count) < 0.5
    made["profit"] = rng.choice([1.0, 2.0, np.nan], count)
    made["id"] = [f"{number}" for number in rng.permutation(count)]
    customers = pd.DataFrame(made)[list(COLUMNS)].astype({"level": "str", "service": "str"})
    expected = customers.sort_values(
        _CONTENT_ORDER, kind="stable", na_position="last", key=by_id, ignore_index=True
    )
    pd.testing.assert_frame_equal(in_content_order(customers), expected)
    pd.testing.assert_frame_equal(in_content_order(expected), expected)
    assert in_content_order(customers.head(0)).empty
