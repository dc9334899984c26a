"""Contributions add up to the score, come from models that have not seen the customer, are ranked
with the doubt about their order, and are shown as counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.inspection import permutation_importance as sklearn_permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import (
    CATEGORICAL,
    ENGINEERED,
    FEATURES,
    RATIOS,
    declined,
    feature_table,
    with_made_features,
)
from analysis.drivers.beeswarm import SMALLEST_CELL, beeswarm_cells
from analysis.drivers.explain import explain_month, firm_pairs
from analysis.drivers.importance import (
    agreement,
    disagreement,
    permutation_importance,
    ranks,
    univariate_effects,
    without_sign,
)
from analysis.drivers.shap_values import (
    PERMUTATIONS,
    Explained,
    _shap_values,
    explain_out_of_fold,
    permuted_copies,
)
from analysis.drivers.tree_shap import forest_contributions
from analysis.model.candidates import SIMPLEST_FIRST, Configuration
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.model.fold_tables import NumberedFeatures
from analysis.model.kept_forests import KeptForests
from analysis.model.quick_forest import QuickForest
from analysis.model.screening import screened_scores
from analysis.results import DriversResults, Estimate, Rank
from analysis.segments.grid import assign
from analysis.segments.rules import learn_rules
from analysis.settings import Model, Segments, Settings
from analysis.statistics.intervals import cliffs_delta, cramers_v

CANDIDATES = {
    "logistic": (("C", 0.3),),
    "tree": (("max_depth", 4), ("min_samples_leaf", 15)),
    "boosting": (("learning_rate", 0.1), ("max_iter", 20)),
    "extra_trees": (("min_samples_leaf", 4),),
    "knn": (("n_neighbors", 15), ("weights", "distance")),
    "svc": (("C", 1.0),),
}
EXTRA_TREES = Configuration(
    "extra_trees", "engineered", "one_hot", "standard", CANDIDATES["extra_trees"]
)
LOGISTIC = Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),))
QUICK = Settings(model=Model(folds=3, repeats=2, bootstrap_draws=200))


@pytest.fixture(scope="module")
def trained(sample_customers: pd.DataFrame) -> pd.DataFrame:
    rows = sample_customers[sample_customers["state"] == "trained"]
    return rows.sample(300, random_state=0).sort_index().reset_index(drop=True)


@pytest.fixture(scope="module")
def month(trained: pd.DataFrame) -> DriversResults:
    return explain_month(trained, EXTRA_TREES, QUICK, seed=1)


def explained_by(
    trained: pd.DataFrame, candidate: Configuration, repeats: int = 1
) -> tuple[Explained, np.ndarray]:
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, target.index.to_series(), 3, repeats, seed=0)
    scores = out_of_fold_scores([candidate], features, target, folds, repeats, seed=0)[0]
    return explain_out_of_fold(candidate, features, target, folds, repeats, seed=0), scores


# ---------------------------------------------------------------- contributions


@pytest.mark.parametrize("family", SIMPLEST_FIRST)
@pytest.mark.parametrize("features", ["plain", "engineered"])
def test_contributions_add_up_to_the_score_of_the_same_fold(
    trained: pd.DataFrame, family: str, features: str
) -> None:
    candidate = Configuration(family, features, "one_hot", "standard", CANDIDATES[family])
    some = trained.head(150)
    target = declined(some)
    folds = splits(target, target.index.to_series(), 3, 1, seed=0)
    found, scores = explained_by(some, candidate)
    assert found.columns == candidate.columns
    assert found.scores[0] == pytest.approx(scores[0, found.permuted_rows], abs=1e-12)
    for _, test in folds:
        here = np.isin(found.rows, test)
        assert here.sum() >= 20
        base = scores[0, found.rows[here]] - found.contributions[0, here].sum(axis=1)
        assert base == pytest.approx(np.full(here.sum(), base[0]), abs=1e-6)


def test_ordinal_codes_are_grouped_to_their_feature_too(trained: pd.DataFrame) -> None:
    candidate = Configuration("logistic", "plain", "ordinal", "robust", (("C", 0.3),))
    found, scores = explained_by(trained, candidate)
    target = declined(trained)
    _, test = splits(target, target.index.to_series(), 3, 1, seed=0)[0]
    base = scores[0, test] - found.contributions[0, test].sum(axis=1)
    assert base == pytest.approx(np.full(len(test), base[0]), abs=1e-9)


@pytest.fixture(scope="module")
def noise() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(300, 6))
    rows[:, 4] = rng.integers(0, 2, 300)
    return rows, (rows[:, 0] + rows[:, 1] * rows[:, 4] + rng.normal(size=300) > 0).astype(int)


@pytest.mark.parametrize("leaf", [1, 5, 40])
def test_a_forest_is_explained_as_by_the_shap_library(
    noise: tuple[np.ndarray, np.ndarray], leaf: int
) -> None:
    rows, target = noise
    forest = ExtraTreesClassifier(30, min_samples_leaf=leaf, random_state=0).fit(rows, target)
    import shap

    expected = shap.TreeExplainer(forest).shap_values(rows[:70])[..., 1]
    found = forest_contributions([tree.tree_ for tree in forest.estimators_], rows[:70])
    assert found == pytest.approx(expected, abs=1e-7)


def test_a_tree_is_explained_as_by_the_shap_library(noise: tuple[np.ndarray, np.ndarray]) -> None:
    rows, target = noise
    tree = DecisionTreeClassifier(max_depth=5, random_state=0).fit(rows, target)
    import shap

    expected = shap.TreeExplainer(tree).shap_values(rows)[..., 1]
    assert forest_contributions([tree.tree_], rows) == pytest.approx(expected, abs=1e-7)


def test_a_forest_with_many_features_on_a_path_is_explained_as_by_the_shap_library() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(600, 20))
    target = (rows @ rng.normal(size=20) + rng.normal(size=600) > 0).astype(int)
    forest = ExtraTreesClassifier(30, random_state=0).fit(rows, target)
    import shap

    expected = shap.TreeExplainer(forest).shap_values(rows[:40])[..., 1]
    found = forest_contributions([tree.tree_ for tree in forest.estimators_], rows[:40])
    assert found == pytest.approx(expected, abs=1e-6)
    assert found.sum(axis=1) == pytest.approx(expected.sum(axis=1), abs=1e-5)


def test_a_forest_in_several_batches_is_explained_the_same(
    noise: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, target = noise
    trees = [t.tree_ for t in ExtraTreesClassifier(9, random_state=0).fit(rows, target).estimators_]
    at_once = forest_contributions(trees, rows[:20])
    monkeypatch.setattr("analysis.drivers.tree_shap.NODES_AT_ONCE", 200)
    assert forest_contributions(trees, rows[:20]) == pytest.approx(at_once, abs=1e-7)


def test_a_tree_that_never_splits_gives_no_contributions() -> None:
    rows = np.ones((10, 2))
    stump = DecisionTreeClassifier().fit(rows, [0, 1] * 5)
    assert forest_contributions([stump.tree_], rows).tolist() == np.zeros((10, 2)).tolist()


def test_a_linear_score_is_explained_as_by_the_shap_library(
    noise: tuple[np.ndarray, np.ndarray],
) -> None:
    rows, target = noise
    model = LogisticRegression().fit(rows, target)
    import shap

    masker = shap.maskers.Independent(rows, max_samples=len(rows))
    expected = shap.LinearExplainer(model, masker).shap_values(rows[:50])
    assert _shap_values("logistic", model, rows, rows[:50], 0) == pytest.approx(expected, abs=1e-9)


# ------------------------------------------------------------------ permutation


def test_each_copy_has_one_feature_permuted_and_its_trends_computed_anew(
    trained: pd.DataFrame,
) -> None:
    features, columns = NumberedFeatures.of(feature_table(trained)), EXTRA_TREES.columns
    copies = permuted_copies(features, columns, np.random.default_rng(0))
    names = (*features.names, *CATEGORICAL)
    whole = np.hstack([features.numbers, features.labels])
    blocks = np.hstack([copies.numbers, copies.labels]).reshape(
        PERMUTATIONS, len(columns), *whole.shape
    )
    for place, name in enumerate(columns):
        block = dict(zip(names, blocks[1, place].T, strict=True))
        before = dict(zip(names, whole.T, strict=True))
        changed = {other for other in names if not np.array_equal(block[other], before[other])}
        assert name in changed and changed - {name} <= set(ENGINEERED)
        assert sorted(block[name]) == sorted(before[name])
        if name in FEATURES:
            for made, (above, below) in RATIOS.items():
                assert block[made] == pytest.approx(np.log((block[above] + 1) / (block[below] + 1)))
        else:
            assert changed == {name}
    revenue = dict(zip(names, blocks[0, columns.index("revenue_previous")].T, strict=True))
    for made in ("revenue_trend", "revenue_trend_before"):
        assert (revenue[made] != features.columns([made])[:, 0]).any()


def test_permutation_importance_is_that_of_scikit_learn(
    trained: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one fold, up to the luck of thirty permutations on each side."""
    times = 30
    monkeypatch.setattr("analysis.drivers.shap_values.PERMUTATIONS", times)
    candidate = Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),))
    features, target = feature_table(trained), declined(trained)
    labels = target.to_numpy()
    one_fold = splits(target, target.index.to_series(), 3, 1, seed=0)[:1]
    found = explain_out_of_fold(candidate, features, target, one_fold, 1, seed=0)
    [(train, test)] = one_fold
    everyone = np.ones((len(labels), 1))
    mine = permutation_importance(found, labels, one_fold, everyone)[0, :, 0]
    columns = list(candidate.columns)
    theirs = sklearn_permutation_importance(
        candidate.pipeline(0).fit(features.iloc[train][columns], labels[train]),
        features.iloc[test][columns],
        labels[test],
        scoring="roc_auc",
        n_repeats=times,
        random_state=0,
    )
    luck = theirs.importances_std * np.sqrt(2 / times)
    assert (np.abs(mine - theirs.importances_mean) <= 4 * luck + 1e-9).all()
    top = theirs.importances_mean.argmax()
    assert theirs.importances_mean[top] > 4 * luck[top], "an importance of nothing would pass"


def test_the_drop_is_the_auc_lost_by_exactly_the_permuted_scores() -> None:
    target = np.array([0, 0, 1, 1] * 10)
    rng = np.random.default_rng(1)
    scores, permuted = rng.normal(size=(1, 40)), rng.normal(size=(1, 2, 1, 40))
    rows = np.arange(40)
    found = Explained(("failures",), rows, np.zeros((1, 40, 1)), rows, scores, permuted)
    folds = [(rows[20:], rows[:20]), (rows[:20], rows[20:])]
    drops = [
        roc_auc_score(target[test], scores[0, test])
        - np.mean([roc_auc_score(target[test], permuted[0, k, 0, test]) for k in range(2)])
        for _, test in folds
    ]
    got = permutation_importance(found, target, folds, np.ones((40, 1)))
    assert got[0, 0, 0] == pytest.approx(np.mean(drops))


# ---------------------------------------------------------------- ranks, agreement


def test_clearly_separated_features_have_a_single_rank() -> None:
    rng = np.random.default_rng(0)
    values = np.array([1.0, 9.0, 5.0])
    drawn = values[:, None] + rng.normal(0, 0.1, (3, 500))
    assert [(r.place, r.low, r.high) for r in ranks(values, drawn)] == [
        (3, 3, 3), (1, 1, 1), (2, 2, 2),
    ]  # fmt: skip
    assert firm_pairs(drawn) == 3


def test_exact_ties_share_ranks() -> None:
    values = np.array([2.0, 2.0, 1.0])
    drawn = np.tile(values[:, None], (1, 50))
    assert [(r.place, r.low, r.high) for r in ranks(values, drawn)] == [
        (1, 1, 2), (1, 1, 2), (3, 3, 3),
    ]  # fmt: skip
    assert firm_pairs(drawn) == 2


def test_features_that_cannot_be_told_apart_share_the_interval_of_their_ranks() -> None:
    drawn = np.random.default_rng(0).normal([[1.0], [1.0], [9.0]], 0.5, (3, 2000))
    first, second, third = ranks(np.array([1.1, 1.0, 9.0]), drawn)
    assert (first.low, first.high) == (second.low, second.high) == (2, 3)
    assert (third.low, third.high) == (1, 1)
    assert firm_pairs(drawn) == 2


def test_agreement_is_spearmans_correlation() -> None:
    rng = np.random.default_rng(2)
    values, others = rng.normal(size=12), rng.normal(size=12)
    drawn, others_drawn = rng.normal(size=(12, 60)), rng.normal(size=(12, 60))
    found = agreement(values, drawn, others, others_drawn)
    expected = [spearmanr(drawn[:, d], others_drawn[:, d]).statistic for d in range(60)]
    assert found.spearman.value == pytest.approx(spearmanr(values, others).statistic)
    low, high = np.percentile(expected, [2.5, 97.5])
    assert (found.spearman.low, found.spearman.high) == (
        pytest.approx(min(low, found.spearman.value)),
        pytest.approx(max(high, found.spearman.value)),
    )
    assert found.verdict == "different"
    assert agreement(values, values[:, None], values, values[:, None]).verdict == "close"


def test_effects_are_cliffs_delta_and_cramers_v_and_drawn_as_such(trained: pd.DataFrame) -> None:
    features, labels = feature_table(trained), declined(trained).to_numpy()
    ones = np.ones((len(labels), 1))
    found = univariate_effects(features, FEATURES, labels, ones)
    for place, name in enumerate(FEATURES):
        if name in CATEGORICAL:
            expected = cramers_v(pd.crosstab(features[name], labels).to_numpy()).v.value
        else:
            values = features[name].to_numpy()
            expected = abs(cliffs_delta(values[labels == 1], values[labels == 0]).value)
        assert found.sizes[place].value == pytest.approx(expected)
        assert found.drawn[place, 0] == pytest.approx(expected)


def test_a_drawn_customer_counts_as_often_as_drawn(trained: pd.DataFrame) -> None:
    features, labels = feature_table(trained), declined(trained).to_numpy()
    times = np.random.default_rng(0).integers(0, 3, len(labels))
    names = ("pages_per_visit", "category")
    drawn = univariate_effects(features, names, labels, times[:, None].astype(float)).drawn[:, 0]
    rows = np.repeat(np.arange(len(labels)), times)
    plain = univariate_effects(features.iloc[rows], names, labels[rows], np.ones((len(rows), 1)))
    assert drawn == pytest.approx([effect.value for effect in plain.sizes])


def test_the_size_of_an_effect_of_open_sign_reaches_down_to_zero() -> None:
    assert without_sign(Estimate(value=-0.2, low=-0.3, high=0.1)) == Estimate(
        value=0.2, low=0.0, high=0.3
    )
    assert without_sign(Estimate(value=-0.2, low=-0.3, high=-0.1)) == Estimate(
        value=0.2, low=0.1, high=0.3
    )


@pytest.mark.parametrize(
    ("share", "place", "drop_low", "own_place", "p_value", "named"),
    [
        (0.2, 1, 0.01, 1, 0.001, None),
        (0.2, 1, 0.01, 9, 0.6, "no_own_effect"),
        (0.2, 1, -0.01, 1, 0.001, "not_needed"),
        (0.02, 9, -0.01, 2, 0.001, "hardly_used"),
        (0.02, 9, -0.01, 2, 0.6, None),
        (0.02, 9, -0.01, 9, 0.001, None),
    ],
)
def test_a_disagreement_is_named(
    share: float, place: int, drop_low: float, own_place: int, p_value: float, named: str | None
) -> None:
    drop = Estimate(value=0.02, low=drop_low, high=0.03)
    rank, own = (Rank(place=at, low=at, high=at) for at in (place, own_place))
    assert disagreement(share, rank, drop, own, p_value, even=0.0625) == named


# ----------------------------------------------------------------- the whole chapter


def test_drivers_are_ranked_with_intervals_and_shares_that_add_up(month: DriversResults) -> None:
    assert {driver.name for driver in month.drivers} == set(EXTRA_TREES.columns)
    values = [driver.importance.value for driver in month.drivers]
    assert values == sorted(values, reverse=True)
    assert sum(driver.share for driver in month.drivers) == pytest.approx(1)
    assert [driver.rank.place for driver in month.drivers] == list(range(1, len(values) + 1))
    for driver in month.drivers:
        assert driver.rank.low <= driver.rank.place <= driver.rank.high
        assert driver.importance.low <= driver.importance.value <= driver.importance.high
    assert month.leaders == sum(driver.rank.low == 1 for driver in month.drivers) >= 1
    assert 0 < month.firm_pairs < month.pairs == len(values) * (len(values) - 1) // 2


def test_the_direction_of_a_driver_follows_its_values(month: DriversResults) -> None:
    pages = next(driver for driver in month.drivers if driver.name == "pages_per_visit")
    assert pages.raises_when == "low"
    if pages.raising_side and pages.lowering_side:
        assert pages.raising_side.share > pages.lowering_side.share


def test_the_order_of_the_rows_and_the_ids_change_no_number(
    trained: pd.DataFrame, month: DriversResults
) -> None:
    shuffled = trained.sample(frac=1, random_state=3).reset_index(drop=True)
    shuffled["id"] = np.random.default_rng(0).permutation(len(shuffled)) + 10**6
    again = explain_month(in_content_order(shuffled), EXTRA_TREES, QUICK, seed=1)
    assert again == month


def test_no_result_speaks_of_few_customers(month: DriversResults) -> None:
    assert all(each.customers >= 10 for curve in month.dependence for each in curve.bins)
    sides = [
        side
        for driver in month.drivers
        for side in (driver.raising_side, driver.lowering_side)
        if side
    ]
    assert all(side.base >= 10 for side in sides)
    assert all(cell.count >= SMALLEST_CELL for cell in month.beeswarm)


def test_the_beeswarm_counts_customers_and_hides_cells_with_few() -> None:
    rng = np.random.default_rng(0)
    rows = np.arange(400)
    contributions = rng.normal(size=(1, 400, len(FEATURES)))
    explained = Explained(FEATURES, rows, contributions, rows, np.zeros((1, 0)), np.zeros((1, 0)))
    features = pd.DataFrame({name: rng.normal(size=400) for name in FEATURES})
    cells = beeswarm_cells(explained, features, ["pages_per_visit", "failures"])
    assert {cell.name for cell in cells} == {"pages_per_visit", "failures"}
    assert all(cell.count >= SMALLEST_CELL for cell in cells)
    assert sum(cell.count for cell in cells) <= 800


def test_without_a_model_nothing_is_explained(trained: pd.DataFrame) -> None:
    explained = explain_month(trained, None, QUICK, seed=1)
    assert explained.drivers == [] and explained.beeswarm == [] and explained.method is None


def test_one_feature_has_one_threshold_in_drivers_and_rules(
    sample_customers: pd.DataFrame,
) -> None:
    """The same cut, interval and shares, whichever part of the report says it."""
    trained = sample_customers[sample_customers["state"] == "trained"]
    explained = explain_month(sample_customers, LOGISTIC, QUICK, seed=1)
    scored = trained.assign(probability=np.where(trained["level"].eq("declined"), 0.9, 0.1))
    rules = learn_rules(with_made_features(assign(scored, Segments())), QUICK, seed=1).results
    limits = {rule.limits[0].feature: rule for rule in rules.rules if len(rule.limits) == 1}
    named = {each.name: each for each in explained.drivers if each.threshold}
    both = limits.keys() & named.keys()
    assert both
    for name in both:
        driver, rule = named[name], limits[name]
        assert driver.threshold is not None
        assert driver.threshold.value == rule.limits[0].value
        assert (driver.threshold.low, driver.threshold.high) == (
            rule.limits[0].interval.low,
            rule.limits[0].interval.high,
        )
        assert (driver.raising_side, driver.lowering_side) == (rule.declined, rule.declined_rest)


def test_no_mean_of_a_feature_passes_for_a_threshold(sample_customers: pd.DataFrame) -> None:
    explained = explain_month(sample_customers, LOGISTIC, QUICK, seed=1)
    trained = sample_customers[sample_customers["state"] == "trained"]
    named = [each for each in explained.drivers if each.threshold and each.name in trained]
    assert named
    for driver in named:
        assert driver.threshold is not None
        assert driver.threshold.value in set(trained[driver.name])
        assert driver.threshold.value != pytest.approx(trained[driver.name].mean(), abs=1e-3)


def test_an_explanation_by_sampling_is_the_same_again_whatever_thread_draws_first(
    sample_customers: pd.DataFrame,
) -> None:
    trained = sample_customers[sample_customers["state"] == "trained"].iloc[::25]
    trained = trained.reset_index(drop=True)
    neighbours = Configuration(
        "knn", "plain", "one_hot", "standard", (("n_neighbors", 9), ("p", 2))
    )
    features, target = feature_table(trained), declined(trained)
    folds = splits(target, trained["copy_group"], 3, 1, 1)
    first, again = (
        explain_out_of_fold(neighbours, features, target, folds, 1, 1).contributions
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


def test_forests_of_the_comparison_are_not_grown_again_and_change_nothing(
    trained: pd.DataFrame,
    month: DriversResults,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forests: dict[Configuration, KeptForests] = {}
    features, target, groups = feature_table(trained), declined(trained), trained["copy_group"]
    folds = splits(target, groups, QUICK.model.folds, 2, seed=1)
    screened_scores([EXTRA_TREES], features, target, groups, folds, 2, 1, forests)
    forests[EXTRA_TREES].write(tmp_path / "forests.npy")
    monkeypatch.setattr(QuickForest, "_all_grown", None)
    kept = KeptForests.read(tmp_path / "forests.npy")
    assert explain_month(trained, EXTRA_TREES, QUICK, 1, kept) == month
