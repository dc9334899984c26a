"""A model is kept without pickle, reloads to the same scores, and equal models make equal files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from analysis import results
from analysis.cleaning.features import declined, features_ahead
from analysis.model.calibration import (
    Calibrated,
    Method,
    fit_calibrator,
    scale_by_level,
    starting_level,
)
from analysis.model.candidates import SIMPLEST_FIRST, Configuration, configurations
from analysis.model.persistence import MODEL_FILE, keep_model, model_format, read_model
from analysis.model.shifts import values_by_level
from analysis.model.train import Modelled, model_month
from analysis.settings import Settings


@pytest.fixture(scope="module")
def few(sample_customers: pd.DataFrame) -> pd.DataFrame:
    trained = sample_customers[sample_customers["state"] == "trained"]
    return trained.sample(120, random_state=0).reset_index(drop=True)


def fitted(configuration: Configuration, customers: pd.DataFrame, method: Method) -> Calibrated:
    features, labels = features_ahead(customers, customers["level"]), declined(customers).to_numpy()
    pipeline = configuration.pipeline(0).fit(features, labels)
    scores = np.random.default_rng(0).normal(size=len(labels)) + labels
    starts = starting_level(features)
    by_level = scale_by_level(scores, starts, labels) if configuration.starting_level else None
    read_as = values_by_level(customers) if by_level else None
    calibrator = fit_calibrator(method, scores, labels)
    return Calibrated(configuration, pipeline, calibrator, by_level, read_as)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("family", SIMPLEST_FIRST)
def test_a_kept_model_of_any_family_gives_the_same_scores(
    tmp_path: Path,
    few: pd.DataFrame,
    sample_model: Modelled,
    family: str,
    method: Method,
) -> None:
    of_family = [each for each in configurations() if each.family == family][::7]
    for configuration in [*of_family, replace(of_family[0], starting_level=True)]:
        model = fitted(configuration, few, method)
        keep_model(tmp_path / "model", model, "2026-10", sample_model.results)
        again = read_model(tmp_path / "model").model
        features = features_ahead(few, few["level"])
        assert again.configuration == configuration
        assert (again.read_as is None) == (model.read_as is None)
        if again.read_as is not None and model.read_as is not None:
            pd.testing.assert_frame_equal(again.read_as, model.read_as)
        assert np.array_equal(again.score(features), model.score(features))
        assert np.array_equal(again.probability(features), model.probability(features))


def test_equal_models_make_equal_files(
    tmp_path: Path, few: pd.DataFrame, sample_model: Modelled
) -> None:
    configuration = next(each for each in configurations() if each.family == "extra_trees")
    files = []
    for name in ("one", "two"):
        model = fitted(configuration, few, "isotonic")
        keep_model(tmp_path / name, model, "2026-10", sample_model.results)
        files.append((tmp_path / name / MODEL_FILE).read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize("foreign", [Path, Ridge()])
def test_a_file_that_names_a_type_of_no_model_of_ours_is_refused(
    tmp_path: Path, few: pd.DataFrame, sample_model: Modelled, foreign: object
) -> None:
    model = fitted(configurations()[0], few, "sigmoid")
    keep_model(tmp_path / "model", model, "2026-10", sample_model.results)
    other = model_format().dumps({"pipeline": foreign, "calibrator": model.calibrator})
    (tmp_path / "model" / MODEL_FILE).write_bytes(other)
    with pytest.raises(model_format().exceptions.UntrustedTypesFoundException):
        read_model(tmp_path / "model")


def test_a_month_without_levels_is_scored_by_an_archived_model(
    tmp_path: Path,
    sample_customers: pd.DataFrame,
    sample_model: Modelled,
    quick_settings: Settings,
) -> None:
    assert sample_model.model is not None
    keep_model(tmp_path / "model", sample_model.model, "2026-09", sample_model.results)
    blank = sample_customers.assign(level=None)
    blank.loc[blank["state"] == "trained", ["state", "reason"]] = ["not_trained", "no_level"]
    modelled = model_month(blank, quick_settings, 1, read_model(tmp_path / "model"))
    found = modelled.results
    assert found.usable and found.reason is not None and found.reason.code == "no_levels"
    assert found.archived is not None and found.archived.period == "2026-09"
    assert sample_model.results.corrected is not None
    assert found.archived.roc_auc == sample_model.results.corrected.roc_auc
    assert found.corrected is None and found.precision is None
    scored = blank[blank["state"] != "not_scored"]
    assert set(modelled.probabilities["id"]) == set(scored["id"])
    assert (modelled.probabilities["source"] == "archived").all()


def test_a_month_without_levels_and_without_an_archived_model_has_none(
    sample_customers: pd.DataFrame, quick_settings: Settings
) -> None:
    blank = sample_customers.assign(level=None)
    blank.loc[blank["state"] == "trained", ["state", "reason"]] = ["not_trained", "no_level"]
    found = model_month(blank, quick_settings, 1).results
    assert not found.usable
    assert found.reason == results.Unusable(code="no_levels")
