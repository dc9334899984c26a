"""Months that stand under each other's name are asked about; months in order are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.arrays import Floats
from analysis.snapshot.errors import Notes
from analysis.snapshot.order_of_months import ask_about_order, nearer
from analysis.snapshot.schema import MARKET_MONEY, MONTHS
from analysis.snapshot.snapshot import read_snapshot
from analysis.synthetic.generate import write_month


def three_months(*, seed: int, customers: int = 300) -> Floats:
    """Revenue of customers of which each month is like the one before it."""
    chance = np.random.default_rng(seed)
    months = [chance.normal(size=customers)]
    for _ in MONTHS[1:]:
        months.append(0.8 * months[-1] + 0.6 * chance.normal(size=customers))
    return np.exp(np.array(months) / 2 + 8)


def table(months: Floats) -> pd.DataFrame:
    ids = [f"{each}" for each in range(months.shape[1])]
    return pd.concat(
        pd.DataFrame({"id": ids, "period": period, "revenue": revenue})
        for period, revenue in zip(MONTHS, months, strict=True)
    )


def asked(months: Floats) -> list[tuple[str, str | None]]:
    notes = Notes()
    ask_about_order(table(months), notes)
    return [(each.code, each.column) for each in notes.findings]


@pytest.mark.parametrize("seed", range(20))
def test_months_in_order_are_not_asked_about(seed: int) -> None:
    assert asked(three_months(seed=seed)) == []


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2)], ids=["the newer two", "the older two"])
def test_two_months_under_each_others_name_are(order: tuple[int, ...]) -> None:
    found = asked(three_months(seed=1)[list(order)])
    assert [code for code, _ in found] == ["months_in_order"]


def test_a_whole_month_is_asked_so(tmp_path: Path) -> None:
    folder = tmp_path / "2026-10"
    write_month(folder, "2026-10", seed=7, customers=300)
    file = folder / "market_money.csv"
    ids = sorted({row.split(",")[0] for row in file.read_text("utf-8").splitlines()[1:]})
    labels = {own: label for label, own in MARKET_MONEY.months.items()}
    order = {"previous": 2, "current": 1, "before_previous": 0}
    months = three_months(seed=1)
    rows = [
        f"{each},{labels[period]},{months[place][number]:.1f}"
        for number, each in enumerate(ids)
        for period, place in order.items()
    ]
    file.write_text("\n".join(["id,Период,Выручка", *rows]) + "\n", encoding="utf-8")
    codes = {each.code for each in read_snapshot(folder, accept_unusual=True).findings}
    assert "months_in_order" in codes


def test_few_customers_tell_nothing() -> None:
    assert asked(three_months(seed=1, customers=150)[[0, 2, 1]]) == []


def test_the_statistic_is_standard_normal_where_both_correlations_are_equal() -> None:
    chance = np.random.default_rng(5)
    equal = np.array([[1, 0.4, 0.4], [0.4, 1, 0.7], [0.4, 0.7, 1]])
    found = []
    for _ in range(2000):
        alike = np.corrcoef(chance.multivariate_normal(np.zeros(3), equal, size=200).T)
        found.append(nearer(alike[0, 1], alike[0, 2], alike[1, 2], 200))
    assert np.mean(found) == pytest.approx(0, abs=0.08)
    assert np.std(found) == pytest.approx(1, abs=0.06)
