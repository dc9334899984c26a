"""One quantity has one figure: on page 1, in the chapters, in the tables and in the lists."""

from __future__ import annotations

from functools import cache
from typing import Any
from unittest import mock

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.chapters.offer_files import campaign_list, internal_list
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import with_made_features
from analysis.model.probabilities import mark_deciding
from analysis.segments.decide import TRIALS, decide_month
from analysis.segments.grid import assign
from analysis.segments.offers import Triggers, find_triggers
from analysis.settings import Model, Segments, Settings
from tests.analysis.made_up import LOT, by_risk, worded

WORDS = worded("ru")
QUICK = Model(bootstrap_draws=100)
ANY: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "money": st.fixed_dictionaries(
            {
                "contact_cost": st.floats(0, 300),
                "discount": st.floats(0, 0.2),
                "share_saved": st.floats(0, 1),
                "discount_share_saved": st.none() | st.floats(0, 1),
                "required_return": st.just(0.0) | st.floats(0, 5),
                "win_back_loss_share": st.none() | st.floats(0, 1),
                "win_back_share_saved": st.none() | st.floats(0, 1),
                "win_back_discount_share_saved": st.none() | st.floats(0, 1),
            }
        ),
        "offers": st.fixed_dictionaries(
            {
                "most_contacts": st.none() | st.integers(0, 40),
                "budget_roubles": st.none() | st.floats(0, 20_000),
                "hold_out": st.floats(0, 0.9),
                "letter_arm": st.floats(0, 0.9),
                "hold_out_if_it_pays": st.booleans(),
                "smallest_list": st.integers(1, 20),
            }
        ),
        "privacy": st.fixed_dictionaries({"smallest_cell": st.sampled_from((1, 5))}),
    }
)


@cache
def month(seed: int) -> tuple[pd.DataFrame, Triggers]:
    """Ninety customers, and what triggers offers to them, which the settings here do not move."""
    customers = by_risk(90, seed)
    assigned = with_made_features(assign(in_content_order(customers), Segments()))
    return mark_deciding(customers), find_triggers(assigned, Settings(model=QUICK), seed=1)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 3), changes=ANY)
def test_whatever_the_settings_every_sum_is_the_same_wherever_it_stands(
    seed: int, changes: dict[str, Any]
) -> None:
    chosen = Settings.model_validate({"model": QUICK} | changes)
    customers, triggers = month(seed)
    with mock.patch("analysis.segments.decide.find_triggers", lambda *_: triggers):
        decided = decide_month(customers, "2026-10", False, chosen, seed=1, lot=LOT)
    made, lists = decided.results, decided.lists
    (plan,) = (each for each in made.alternatives if each.recommended)
    written = made.written
    if written is None:
        assert lists.empty and made.offers == [] and made.prospects is None
        assert made.listed == made.test_price_roubles - plan.gain_roubles == 0 or plan.customers
        return
    to_write = lists[~lists["control"].astype(bool)]
    table = internal_list(to_write, WORDS)
    assert len(table) == written.customers == made.listed - written.control
    assert len(campaign_list(to_write)) == written.customers
    assert table["cumulative_cost"].iloc[-1] == pytest.approx(written.cost_roubles, abs=0.01)
    base = next(row for row in made.sensitivity if row.setting is None)
    assert made.prospects is not None
    gain = written.gain_roubles
    for other in (
        base.gain_roubles,
        made.prospects.gain_roubles.value,
        plan.gain_roubles - made.test_price_roubles,
        sum(each.written.gain_roubles for each in made.offer_sums),
        made.share_saved * written.exposed_roubles - written.cost_roubles,
    ):
        assert other == pytest.approx(gain, abs=1e-6, rel=1e-9)
    if (by_level := made.share_saved_by_level) is not None:
        met = to_write.groupby(to_write["level"].eq("declined"))["exposed"].sum()
        assert by_level.keep * met[False] + by_level.win_back * met[True] == pytest.approx(
            made.share_saved * written.exposed_roubles
        )
    assert base.cost_roubles == pytest.approx(written.cost_roubles)
    few = any(0 < int(lists[name].sum()) < chosen.privacy.smallest_cell for name in TRIALS)
    assert plan.customers == (written.customers if few else base.worth_contacting)
    for name in ("customers", "cost_roubles", "exposed_roubles", "declined", "steady"):
        whole = getattr(written, name)
        parts = [getattr(each.written, name) for each in made.offer_sums]
        if whole is not None and None not in parts:
            assert sum(parts) == pytest.approx(whole)
    chosen_depth = [point for point in made.depth if point.contacts == written.customers]
    if chosen.offers.most_contacts is None and chosen.offers.budget_roubles is None:
        assert chosen_depth and chosen_depth[0].gain_roubles == pytest.approx(gain)
    group = made.proof.hold_out
    assert (written.control > 0) <= (group is not None and group.drawn)
