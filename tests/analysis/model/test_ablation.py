"""What the other way of every decision would change, told apart from chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis.cleaning.clean import clean
from analysis.cleaning.duplicates import copy_groups
from analysis.cleaning.features import declined
from analysis.model.ablation import FOLDS, Variant, out_of_fold, variants, what_if
from analysis.results import WhatIf
from analysis.settings import Model, Settings
from analysis.snapshot.snapshot import Snapshot

QUICK = Settings(model=Model(bootstrap_draws=100))


@pytest.fixture(scope="module")
def tried(sample_snapshot: Snapshot) -> dict[str, WhatIf]:
    return {each.decision: each for each in what_if(sample_snapshot, QUICK, seed=1)}


@pytest.fixture(scope="module")
def both_ways(sample_snapshot: Snapshot) -> tuple[Variant, dict[str, Variant]]:
    careful, others = variants(sample_snapshot, 8.0, seed=1)
    return careful, dict(others)


def test_every_decision_that_concerns_somebody_is_tried(tried: dict[str, WhatIf]) -> None:
    concerned = {name: each.concerned for name, each in tried.items()}
    assert set(concerned) == {
        "labels",
        "twins",
        "near_copies",
        "contradicting",
        "impossible",
        "inactive",
        "row_order",
    }
    assert (concerned["twins"], concerned["impossible"], concerned["inactive"]) == (11, 1, 3)
    assert (concerned["near_copies"], concerned["contradicting"]) == (20, 18)


def test_a_model_that_sees_the_place_of_a_row_looks_far_too_good(
    tried: dict[str, WhatIf],
) -> None:
    leak = tried["row_order"]
    assert leak.noticeable and leak.logistic.difference.low > 0.03
    assert leak.logistic.otherwise > 0.97
    assert next(iter(tried)) == "row_order"


def test_the_scores_are_scikit_learns(
    tried: dict[str, WhatIf], both_ways: tuple[Variant, dict[str, Variant]]
) -> None:
    careful, others = both_ways
    target = declined(careful.customers)
    before, after = (out_of_fold(each, seed=1) for each in (careful, others["twins"]))
    found = tried["twins"].neighbours
    assert found.decided == pytest.approx(roc_auc_score(target, before["knn"]))
    assert found.otherwise == pytest.approx(roc_auc_score(target, after.loc[target.index, "knn"]))
    assert found.difference.value == pytest.approx(found.otherwise - found.decided)
    assert found.difference.low <= found.difference.value <= found.difference.high


def test_the_careful_way_trains_on_those_whom_the_report_trains_on(
    sample_snapshot: Snapshot, both_ways: tuple[Variant, dict[str, Variant]]
) -> None:
    careful, _ = both_ways
    states = clean(sample_snapshot).customers
    assert set(careful.customers.index) == set(states.loc[states["state"] == "trained", "id"])
    groups = copy_groups(careful.customers)
    assert (careful.fold.groupby(groups).nunique() == 1).all()


def test_customers_of_both_ways_keep_their_fold(
    both_ways: tuple[Variant, dict[str, Variant]],
) -> None:
    careful, others = both_ways
    for decision, each in others.items():
        common = careful.customers.index.intersection(each.customers.index)
        if decision != "near_copies":
            assert careful.fold[common].equals(each.fold[common])
        assert len(each.fold) == len(each.customers)


def test_a_copy_left_in_lies_in_another_fold_than_the_one_it_repeats(
    sample_snapshot: Snapshot, both_ways: tuple[Variant, dict[str, Variant]]
) -> None:
    _, others = both_ways
    states = clean(sample_snapshot).customers.dropna(subset="twin_of")
    fold = others["twins"].fold
    assert not np.any(fold[states["id"]].to_numpy() == fold[states["twin_of"]].to_numpy())
    apart = others["near_copies"]
    groups = copy_groups(apart.customers)
    pairs = groups[groups.duplicated(keep=False)]
    assert (apart.fold[pairs.index].groupby(pairs).nunique() > 1).all()


def test_models_never_see_the_customers_whom_they_score() -> None:
    """Levels drawn at random cannot be told, however many numbers the model may learn by heart."""
    generator = np.random.default_rng(2)
    count = 400
    customers = pd.DataFrame(
        {name: generator.random(count) for name in Variant.__dataclass_fields__["numeric"].default}
    )
    customers = customers.assign(service="а", consent=True, category="б")
    customers["level"] = np.where(generator.random(count) < 0.5, "declined", "steady")
    fold = pd.Series(np.arange(count) % FOLDS)
    scores = out_of_fold(Variant(customers, fold), seed=1)
    for family in scores:
        assert 0.4 < roc_auc_score(declined(customers), scores[family]) < 0.6


def test_without_levels_nothing_is_tried(sample_snapshot: Snapshot) -> None:
    unknown = sample_snapshot.customers.assign(level=None)
    assert what_if(replace(sample_snapshot, customers=unknown), QUICK, seed=1) == []
    steady = sample_snapshot.customers.assign(level="steady")
    assert what_if(replace(sample_snapshot, customers=steady), QUICK, seed=1) == []


def test_a_large_month_is_judged_by_whole_groups_of_copies(
    sample_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.model.ablation.MOST_CUSTOMERS", 600)
    careful, others = variants(sample_snapshot, 8.0, seed=1)
    assert 500 < len(careful.customers) <= 600
    whole = clean(sample_snapshot)
    groups = copy_groups(whole.customers)
    ids = whole.customers["id"]
    drawn = ids.isin(careful.customers.index)
    trained = whole.customers["state"] == "trained"
    assert (drawn[trained].groupby(groups[trained]).nunique() == 1).all()
    assert others["row_order"].concerned == len(careful.customers)
