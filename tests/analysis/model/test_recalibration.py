"""How far the probabilities may be off all together: estimated, drawn, and counted into a sum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from scipy.stats import beta

from analysis import results
from analysis.arrays import Floats
from analysis.model.recalibration import errors_drawn, of_deciding, recalibrate
from analysis.segments.exposure import expected_totals
from analysis.settings import Money

MONEY = Money(profit_unit="roubles", horizon_months=1, loss_share=1.0)


def told_and_came(seed: int, size: int = 600, off: float = 0.0) -> tuple[Floats, Floats]:
    """Probabilities, and outcomes whose logits are so much higher."""
    rng = np.random.default_rng(seed)
    told = rng.beta(1, 1.5, size).clip(0.01, 0.99)
    return told, (rng.random(size) < expit(logit(told) + off)).astype(int)


def test_intercept_slope_and_errors_are_those_of_a_logistic_regression_by_groups() -> None:
    told, came = told_and_came(1)
    groups = np.arange(600) // 2
    found = recalibrate(told, came, groups)
    fitted = sm.GLM(came, sm.add_constant(logit(told)), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "df_correction": False}
    )
    expected = fitted.cov_params() * 300 / 299
    assert found is not None and found.base == 600
    assert [found.intercept, found.slope] == pytest.approx(fitted.params, abs=1e-6)
    assert found.intercept_variance == pytest.approx(expected[0, 0], rel=0.01)
    assert found.slope_variance == pytest.approx(expected[1, 1], rel=0.01)
    assert found.covariance == pytest.approx(expected[0, 1], rel=0.01)


def test_copies_of_a_customer_tell_no_more_than_he_does() -> None:
    told, came = told_and_came(2)
    once = recalibrate(told, came, np.arange(600))
    thrice = recalibrate(np.tile(told, 3), np.tile(came, 3), np.tile(np.arange(600), 3))
    assert once is not None and thrice is not None
    assert thrice.intercept_variance == pytest.approx(once.intercept_variance)


def test_nothing_is_known_of_too_few_outcomes_or_of_outcomes_wholly_parted() -> None:
    told, came = told_and_came(3)
    assert recalibrate(told, np.where(np.arange(600) < 9, 1, 0), np.arange(600)) is None
    assert recalibrate(told, (told > 0.5).astype(int), np.arange(600)) is None
    assert recalibrate(told, came, np.arange(600)) is not None


def test_probabilities_are_off_together_as_far_as_the_regression_leaves_open() -> None:
    known = recalibrate(*told_and_came(4), np.arange(600))
    assert known is not None
    told, unknown = np.array([0.5, 0.2]), pd.Series([None, None])
    drawn = np.array(list(errors_drawn(told, unknown, [known], 4000, 1)))
    assert logit(drawn[:, 0]).mean() == pytest.approx(0, abs=0.01)
    error = np.sqrt(known.intercept_variance + known.intercept**2)
    assert logit(drawn[:, 0]).std() == pytest.approx(error, rel=0.05)
    shown = recalibrate(*told_and_came(4, off=0.7), np.arange(600))
    assert shown is not None
    wider = np.array(list(errors_drawn(told, unknown, [shown], 4000, 1)))
    assert logit(wider[:, 0]).std() > 0.5 > 3 * error


def test_whose_level_has_an_error_of_its_own_is_off_by_that() -> None:
    everyone = recalibrate(*told_and_came(5), np.arange(600))
    steady = recalibrate(*told_and_came(6, 60), np.arange(60), "steady")
    assert everyone is not None and steady is not None
    level = pd.Series(["steady", "declined", None])
    told = np.full(3, 0.4)
    for known in ([everyone, steady], [steady, everyone]):
        drawn = np.array(list(errors_drawn(told, level, known, 50, 1)))
        assert (drawn[:, 1] == drawn[:, 2]).all() and (drawn[:, 0] != drawn[:, 1]).all()
        assert drawn[:, 0].std() > drawn[:, 1].std()
    again = np.array(list(errors_drawn(told, level, [steady, everyone], 50, 1)))
    assert (again == drawn).all()
    alone = np.array(list(errors_drawn(told, level, [steady], 50, 1)))
    assert (alone[:, 1:] == 0.4).all()


def test_the_probabilities_that_decide_bring_their_own_error() -> None:
    known = recalibrate(*told_and_came(7), np.arange(600))
    assert known is not None
    month = results.ModelResults(
        base=0, declined=0, folds=5, repeats=1, draws=1, sharpest=0.01, recalibration=[known]
    )
    assert of_deciding(month) == [known]


FEATURES, SIZE, MONTHS, DRAWS = 5, 800, 200, 120
WEIGHTS = np.array([-0.8, 1.1, -0.8, 0.6, 0.3, 0.0])


def learnt(design: Floats, came: Floats) -> Floats:
    """Give the coefficients of a logistic regression, next to unpenalised."""
    found = np.zeros(design.shape[1])
    for _ in range(7):
        said = expit(design @ found)
        information = design.T @ (design * (said * (1 - said))[:, None])
        information += 0.1 * np.eye(len(found))
        found = found + np.linalg.solve(information, design.T @ (came - said) - 0.1 * found)
    return found


def month(seed: int) -> tuple[pd.DataFrame, list[results.Recalibration]]:
    """Customers scored by models that were learnt on the others, and what is known of those."""
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(SIZE), rng.normal(size=(SIZE, FEATURES))])
    came = (rng.random(SIZE) < expit(design @ WEIGHTS)).astype(int)
    fold = np.arange(SIZE) % 5
    told = np.empty(SIZE)
    for each in range(5):
        model = learnt(design[fold != each], came[fold != each])
        told[fold == each] = expit(design[fold == each] @ model)
    told = told.clip(0.01, 0.99)
    profit = rng.gamma(2, 1500, SIZE)
    customers = pd.DataFrame({"probability": told, "profit": profit, "level": None})
    known = recalibrate(told, came, np.arange(SIZE))
    return customers, [known] if known else []


def limits(count: int) -> tuple[float, float]:
    """The interval of Clopper and Pearson (1934) of a share of the months."""
    low, high = beta.ppf([0.025, 0.975], [count, count + 1], [MONTHS - count + 1, MONTHS - count])
    return float(low), float(high)


def test_the_interval_holds_the_true_profit_exposed_and_without_the_models_error_does_not() -> None:
    """The truth is what so many customers expose on average, by their true probabilities."""
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(400_000), rng.normal(size=(400_000, FEATURES))])
    truth = SIZE * 3000 * float(expit(design @ WEIGHTS).mean())
    with_error = without = 0
    for seed in range(MONTHS):
        customers, known = month(seed)
        held = [expected_totals(customers, errors, MONEY, DRAWS, seed)[0] for errors in (known, [])]
        with_error += held[0].low <= truth <= held[0].high
        without += held[1].low <= truth <= held[1].high
    assert limits(with_error)[0] < 0.95 < limits(with_error)[1]
    assert 0.93 <= with_error / MONTHS <= 0.97
    assert limits(without)[1] < 0.93
