"""Planted offers: whom the lot holds out makes their effects; nothing else of the panel moves."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.campaigns.effects import effect
from analysis.campaigns.lot import CONTACT, HOLD_OUT, KEY_FILE, Lot, read_or_make_key
from analysis.campaigns.mailings import History, Mailing, followed
from analysis.periods import months_later
from analysis.settings import Money, Settings
from analysis.snapshot.snapshot import read_snapshot
from analysis.synthetic.generate import mailed_panel, panel
from analysis.synthetic.mailings import EFFECTS, FEW_CATEGORIES, KEY, MANY_UNPAID
from analysis.synthetic.mailings import HOLD_OUT as SHARE

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
PLANTED = {
    each["code"]: each
    for each in json.loads((SAMPLE / "planted.json").read_text("utf-8"))["offers"]
}


def customers(period: str) -> pd.DataFrame:
    """A shipped month, with a probability by level and habit that knows nothing of what came."""
    snapshot = read_snapshot(SAMPLE / period)
    revenue = snapshot.revenue[snapshot.revenue["period"] == "current"]
    table = snapshot.customers.merge(snapshot.profit, on="id").merge(
        revenue[["id", "revenue"]].rename(columns={"revenue": "revenue_current"}), on="id"
    )
    few = table["pages_per_visit"] < table["pages_per_visit"].median()
    likely = np.select([table["level"] == "declined", few], [0.8, 0.3], 0.1)
    return table.assign(probability=likely, cost=15.0)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """The first lists of everyone, as the shop of the sample draws them, and what came."""
    lot = Lot(read_or_make_key(SAMPLE))
    months = [months_later("2026-05", later) for later in range(6)]
    came = {month: customers(month) for month in months}
    seen: set[int] = set()
    mailings = []
    for month in months[:3]:
        table = came[month]
        listed = table[table["consent"] & ~table["id"].isin(seen)]
        seen |= set(listed["id"])
        offer = np.select(
            [
                listed["unpaid_items"] >= MANY_UNPAID,
                listed["categories_per_visit"] <= FEW_CATEGORIES,
            ],
            ["basket_reminder", "other_categories"],
            "letter",
        )
        held = lot.draw(listed["id"].tolist(), SHARE)
        arm = np.where(held, HOLD_OUT, CONTACT)
        mailings.append(
            Mailing(month, listed.assign(arm=arm, offer=offer), table["id"].to_numpy(), None)
        )
    return followed(History(mailings, came), 3, Money())


def shown(lines: pd.DataFrame, code: str) -> results.Effect:
    return effect(lines[lines["offer"] == code], code, Settings(), families=len(EFFECTS))


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("letter", "works"), ("basket_reminder", "cannot_tell"), ("other_categories", "harms")],
)
def test_the_shipped_months_show_what_was_planted(
    code: str, verdict: str, lines: pd.DataFrame
) -> None:
    found, planted = shown(lines, code), PLANTED[code]["share_saved"]
    assert found.verdict == verdict and found.share_saved is not None
    assert found.share_saved.low < planted < found.share_saved.high
    assert found.share_saved.value == pytest.approx(planted, abs=0.12)


def test_the_arms_were_alike_before_and_have_their_shares(lines: pd.DataFrame) -> None:
    known = lines[lines["declined"].notna()]
    for _, part in known.groupby("offer"):
        assert 1 - part["contact"].mean() == pytest.approx(SHARE, abs=0.03)
        arms = part.groupby("contact")["probability"].mean()
        assert arms[True] == pytest.approx(arms[False], abs=0.03)


def test_mailings_change_nothing_of_the_panel_but_ids_and_keep_their_order() -> None:
    plain = list(islice(panel(5, 320), 6))
    mailed, told = mailed_panel(5, 320, "2026-10", 6)
    assert [each.code for each in told] == [each.code for each in EFFECTS]
    numbers: dict[int, int] = {}
    for before, after in zip(plain, mailed, strict=True):
        old, new = before.table["id"].to_numpy(), after.table["id"].to_numpy()
        assert (np.argsort(old) == np.argsort(new)).all()
        for one, other in zip(old.tolist(), new.tolist(), strict=True):
            assert numbers.setdefault(one, other) == other
        pd.testing.assert_frame_equal(
            before.table.drop(columns="id"), after.table.drop(columns="id")
        )
    assert len(set(numbers.values())) == len(numbers)


def test_a_panel_too_short_for_outcomes_has_no_mailings() -> None:
    plain, (mailed, told) = list(islice(panel(5, 320), 3)), mailed_panel(5, 320, "2026-10", 3)
    assert told == []
    assert plain[0].table.equals(mailed[0].table)


def test_the_key_beside_the_shipped_months_is_the_one_that_made_them() -> None:
    assert (SAMPLE / KEY_FILE).is_file() and read_or_make_key(SAMPLE) == KEY
