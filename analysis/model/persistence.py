"""The model of an edition as a file: kept without pickle, equal bytes for equal models.

The file is that of skops, with changes that it reads just as well: objects are numbered in the
order of the file in place of their memory addresses, nothing is indented, and entries bear no time.
Only the types listed here are loaded; a file that names another one is refused. The library of the
format is imported where a file is written or read.
"""

from __future__ import annotations

import importlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import sklearn.utils

from analysis import results
from analysis.model.calibration import Calibrated
from analysis.model.candidates import Configuration

MODEL_FILE = "model.skops"
RECORD_FILE = "model.json"
READ_AS_FILE = "read_as.parquet"
FORECAST_FOLDER = "forecast"
"""Folder beside the month's own model, with the model of its forecast."""

TRUSTED = (
    "numpy.dtype",
    "scipy.interpolate._interpolate.interp1d",
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.ensemble._forest.ExtraTreesClassifier",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.isotonic.IsotonicRegression",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.neighbors._classification.KNeighborsClassifier",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.MinMaxScaler",
    "sklearn.preprocessing._data.RobustScaler",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._encoders.OneHotEncoder",
    "sklearn.preprocessing._encoders.OrdinalEncoder",
    "sklearn.preprocessing._label.LabelEncoder",
    "sklearn.svm._classes.SVC",
    "sklearn.tree._classes.DecisionTreeClassifier",
    "sklearn.tree._classes.ExtraTreeClassifier",
    "sklearn.tree._tree.Tree",
)

_NUMBERED = re.compile(r'("__id__": |"file": ")(\d+)')
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class KeptModel:
    """A model that scores customers of any month, and what is on record of it."""

    model: Calibrated
    record: results.ArchivedModel


def keep_model(
    folder: Path, model: Calibrated, period: str, described: results.ModelResults
) -> None:
    """Write the model and its record into a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    described : ModelResults
        Of the month that the model was fitted on.
    """
    assert described.corrected is not None
    folder.mkdir(parents=True, exist_ok=True)
    record = results.ArchivedModel(
        period=period,
        family=model.configuration.family,
        trained=described.base,
        roc_auc=described.corrected.roc_auc,
    )
    plain = {
        "record": record.model_dump(),
        "configuration": plain_configuration(model.configuration),
    }
    (folder / RECORD_FILE).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    if model.read_as is not None:
        model.read_as.to_parquet(folder / READ_AS_FILE, index=False)
    parts = {
        "pipeline": model.pipeline,
        "calibrator": model.calibrator,
        **({"by_level": model.by_level} if model.by_level is not None else {}),
    }
    (folder / MODEL_FILE).write_bytes(_without_addresses(model_format().dumps(parts)))


def read_model(folder: Path) -> KeptModel:
    """Read a model that ``keep_model`` wrote.

    Raises
    ------
    FileNotFoundError
        The folder holds no model.
    skops.io.exceptions.UntrustedTypesFoundException
        The file names a type that no model of ours has.
    """
    plain = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
    parts = model_format().load(folder / MODEL_FILE, trusted=list(TRUSTED))
    configuration = configuration_from(plain["configuration"])
    read_as = pd.read_parquet(folder / READ_AS_FILE) if (folder / READ_AS_FILE).is_file() else None
    return KeptModel(
        Calibrated(
            configuration, parts["pipeline"], parts["calibrator"], parts.get("by_level"), read_as
        ),
        results.ArchivedModel.model_validate(plain["record"]),
    )


@cache
def model_format() -> Any:
    """Import the library of the format, which trusts no estimator but those listed here.

    It would list every estimator of scikit-learn, for which it imports all of that library and what
    that finds beside it: half a second. And it would indent what it writes, which the json module
    does many times as slowly.
    """
    listed: Any = sklearn.utils.all_estimators
    sklearn.utils.all_estimators = list
    try:
        import skops.io
    finally:
        sklearn.utils.all_estimators = listed
    importlib.import_module("skops.io._persist").json = _Unindented  # type: ignore[attr-defined]
    return skops.io


class _Unindented:
    @staticmethod
    def dumps(plain: object, **_: object) -> str:
        return json.dumps(plain)


def plain_configuration(configuration: Configuration) -> dict[str, object]:
    """Give a configuration as plain values for JSON."""
    return {
        "family": configuration.family,
        "features": configuration.features,
        "encoder": configuration.encoder,
        "scaler": configuration.scaler,
        "parameters": configuration.parameters,
        "starting_level": configuration.starting_level,
    }


def configuration_from(plain: dict[str, object]) -> Configuration:
    """Give back the configuration that ``plain_configuration`` wrote."""
    parameters = tuple((str(name), value) for name, value in plain["parameters"])  # type: ignore[attr-defined]
    return Configuration(**{**plain, "parameters": parameters})  # type: ignore[arg-type]


def _without_addresses(file: bytes) -> bytes:
    """Renumber the objects of a skops file in its own order, and drop the times of its entries."""
    with zipfile.ZipFile(io.BytesIO(file)) as written:
        entries = {name: written.read(name) for name in written.namelist()}
    numbers: dict[str, str] = {}

    def renumbered(found: re.Match[str]) -> str:
        return found[1] + numbers.setdefault(found[2], str(len(numbers) + 1))

    schema = _NUMBERED.sub(renumbered, entries.pop("schema.json").decode())
    arrays = {
        re.sub(r"^\d+", lambda found: numbers[found[0]], name): content
        for name, content in entries.items()
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fresh:
        for name, content in sorted({"schema.json": schema.encode(), **arrays}.items()):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            fresh.writestr(entry, content)
    return target.getvalue()
