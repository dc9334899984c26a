"""An earlier edition is judged by what came, and nobody who is missing is guessed at."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis.model.backtest import track_record
from analysis.model.probabilities import mark_deciding
from analysis.results import TrackRecord
from analysis.results.record import Judged
from analysis.settings import Model, Settings

SETTINGS = Settings(model=Model(bootstrap_draws=100))


def judged(then: pd.DataFrame, now: pd.DataFrame, written_to: Collection[int] = ()) -> TrackRecord:
    edition = Judged(period="2026-07", outcome="2026-10", back_filled=False, high_risk=0.5)
    return track_record(edition, mark_deciding(then), now, SETTINGS, 0, written_to)


@pytest.fixture
def months() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    probability = rng.uniform(0.02, 0.98, 800).round(1).clip(0.02, 0.98)
    then = pd.DataFrame(
        {
            "id": np.arange(800),
            "probability": probability,
            "level": np.where(rng.uniform(size=800) < 0.5, "steady", "declined"),
        }
    )
    later = np.where(rng.uniform(size=800) < probability, "declined", "steady")
    return then, pd.DataFrame({"id": np.arange(800), "level": later})


def test_true_probabilities_come_out_well(months: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = judged(*months)
    then, now = months
    assert found.scored == found.found == 800
    assert found.roc_auc is not None
    area = roc_auc_score(now["level"] == "declined", then["probability"])
    assert found.roc_auc.value == pytest.approx(area)
    assert found.roc_auc.low < area < found.roc_auc.high
    assert found.declined is not None and found.declined.low < found.expected / 800
    assert found.calibration_error is not None and found.calibration_error < 0.06


def test_flagged_customers_are_counted_with_bounds_for_those_not_found(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    then, now = months
    flagged = then[then["probability"] >= SETTINGS.segments.high_risk]
    gone = flagged["id"].head(40)
    found = judged(then, now[~now["id"].isin(gone)])
    levels = now.set_index("id")["level"].drop(gone)
    declined = int(levels.reindex(flagged["id"]).eq("declined").sum())
    assert found.flagged is not None and found.flagged_bounds is not None
    assert (found.flagged.count, found.flagged.base) == (declined, len(flagged) - 40)
    assert found.flagged_bounds.low == pytest.approx(declined / len(flagged))
    assert found.flagged_bounds.high == pytest.approx((declined + 40) / len(flagged))
    still_steady = flagged[flagged["level"] == "steady"]["id"]
    assert found.flagged_steady is not None
    assert found.flagged_steady.base == len(set(still_steady) - set(gone))


def test_whoever_was_written_to_does_not_count_and_stands_beside(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    """Letters that save half of the declines would make true probabilities look wrong."""
    then, now = months
    rng = np.random.default_rng(4)
    wrote = rng.uniform(size=800) < 0.5
    saved = wrote & (rng.uniform(size=800) < 0.5)
    later = now.assign(level=now["level"].mask(saved, "steady"))
    found = judged(then, later, then.loc[wrote, "id"])
    plain, others = judged(then, later), ~wrote
    only = judged(then[others], later)
    assert found.model_copy(update={"contacted": 0, "flagged_contacted": None}) == only
    assert found.contacted == (~others).sum() and found.scored == others.sum()
    assert found.flagged is not None and found.flagged_contacted is not None
    assert found.flagged_contacted.share < 0.7 * found.flagged.share
    assert found.declined is not None and plain.declined is not None
    assert found.declined.low < found.expected / found.scored < found.declined.high
    assert plain.declined.high < plain.expected / plain.scored
    flagged = (~others) & (then["probability"] >= 0.5)
    assert found.flagged_contacted.base == flagged.sum()


def test_a_later_month_without_levels_proves_nothing(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    then, now = months
    found = judged(then, now.assign(level=None))
    assert found.found == 0
    assert found.flagged is found.roc_auc is found.declined is found.calibration_error is None
    assert found.flagged_bounds is not None
    assert (found.flagged_bounds.low, found.flagged_bounds.high) == (0.0, 1.0)


def test_the_order_of_rows_and_the_numbers_of_customers_change_nothing(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    then, now = months
    numbers = {old: 9000 - old for old in then["id"]}
    renumbered = [table.assign(id=table["id"].map(numbers)) for table in months]
    assert judged(then.sample(frac=1, random_state=1), now) == judged(then, now)
    assert judged(renumbered[0], renumbered[1]) == judged(then, now)


def test_a_forecast_is_judged_where_decisions_rested_on_one(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    then, now = months
    plain = judged(then, now)
    told = judged(then.assign(forecast=then["probability"], probability=0.4), now)
    assert not plain.foretold and told.foretold
    assert told == plain.model_copy(update={"foretold": True})
    none = judged(then.assign(forecast=np.nan), now)
    assert none == plain


def test_the_level_of_then_is_judged_beside_the_probability(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    then, now = months
    now = now[now["id"] >= 100]
    found = judged(then, now)
    known = then[then["id"] >= 100]
    assert found.level_alone is not None and found.declined is not None
    area = roc_auc_score(now["level"] == "declined", known["level"] == "declined")
    assert found.level_alone.value == pytest.approx(area)
    assert found.expected == pytest.approx(known["probability"].sum())
    assert found.flagged_then == (then["probability"] >= 0.5).sum()
