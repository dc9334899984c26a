"""The models that are compared: six families, each with its features, encoders and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from analysis import results
from analysis.cleaning.features import CATEGORICAL, ENGINEERED, NUMERIC, STARTING_LEVEL
from analysis.model.kept_forests import KeptForests
from analysis.model.quick_forest import QuickForest
from analysis.model.quick_logistic import QuickLogistic
from analysis.settings import Family

SIMPLEST_FIRST: tuple[Family, ...] = get_args(Family)
EXPLAINED_EXACTLY = ("logistic", "tree", "boosting", "extra_trees")
"""Families whose every score is a sum of contributions that SHAP finds without sampling."""

SLOW_TO_SCORE: tuple[Family, ...] = ("knn", "svc")
"""Families that go through those whom they learnt from again for everyone whom they score."""

MOST_SCORED_SLOWLY = 100_000
"""Customers of a month beyond which these are no candidates."""

FeatureSet = Literal["plain", "engineered"]
FEATURE_SETS: tuple[FeatureSet, ...] = ("plain", "engineered")
ENCODERS = ("one_hot", "ordinal")
SCALERS = ("standard", "min_max", "robust")
_SCALERS = {"standard": StandardScaler, "min_max": MinMaxScaler, "robust": RobustScaler}
TREES = 100

AT_THE_MINIMUM = 1e-8
"""Slope at which the fit of a logistic regression ends; at the library's own, scores are open by
a thousandth."""


ForestsOf: TypeAlias = "dict[Configuration, KeptForests]"
"""The forests of folds that are kept, by whose they are."""


class Grid(NamedTuple):
    """What is tried of a family: each encoder with each scaler with each set of parameters."""

    encoders: tuple[str, ...]
    scalers: tuple[str, ...]
    parameters: ParameterGrid


GRIDS = {
    "logistic": Grid(ENCODERS, SCALERS, ParameterGrid({"C": [0.3, 3.0]})),
    "tree": Grid(
        ENCODERS,
        ("standard",),
        ParameterGrid({"max_depth": [4, 6], "min_samples_leaf": [15, 30]}),
    ),
    "boosting": Grid(
        ("one_hot",),
        ("standard",),
        ParameterGrid({"learning_rate": [0.2], "max_iter": [30]}),
    ),
    "extra_trees": Grid(("one_hot",), ("standard",), ParameterGrid({"min_samples_leaf": [2, 4]})),
    "knn": Grid(
        ENCODERS,
        ("standard", "robust"),
        ParameterGrid({"n_neighbors": [15, 25], "p": [1, 2], "weights": ["distance"]}),
    ),
    "svc": Grid(("one_hot",), SCALERS, ParameterGrid({"C": [0.5, 2.0]})),
}


@dataclass(frozen=True)
class Configuration:
    """One model with its preparation; ``parameters`` are those of scikit-learn's classifier.

    A forecast may look at the level that its features start from (``starting_level``); the model of
    a month never does, as that level is what it tells.
    """

    family: str
    features: FeatureSet
    encoder: str
    scaler: str
    parameters: tuple[tuple[str, Any], ...]
    starting_level: bool = False

    @property
    def numeric(self) -> tuple[str, ...]:
        """The numbers that the model looks at."""
        return NUMERIC + ENGINEERED if self.features == "engineered" else NUMERIC

    @property
    def columns(self) -> tuple[str, ...]:
        """All that the model looks at."""
        return self.numeric + (STARTING_LEVEL,) * self.starting_level + CATEGORICAL

    @property
    def exactly_explained(self) -> bool:
        """Whether its contributions are found without sampling."""
        return self.family in EXPLAINED_EXACTLY

    def described(self) -> results.Variant:
        """Say what it is, for the results."""
        return results.Variant(
            family=self.family,
            features=self.features,
            encoder=self.encoder,
            scaler=self.scaler,
            parameters=dict(self.parameters),
        )

    def preparation(self) -> ColumnTransformer:
        """Make an unfitted preparation of the features."""
        return preparation(self.numeric, self.encoder, self.scaler, self.starting_level)

    def classifier(self, seed: int) -> Any:
        """Make an unfitted classifier."""
        return _classifier(self.family, dict(self.parameters), seed)

    def passing_classifier(self, seed: int, forests: ForestsOf | None = None) -> Any:
        """Make an unfitted classifier to use at once: it scores the same, and is fitted sooner."""
        if self.family == "extra_trees":
            kept = None if forests is None else forests.setdefault(self, KeptForests())
            return QuickForest(TREES, seed=seed, kept=kept, **dict(self.parameters))
        if self.family == "logistic":
            return QuickLogistic(**dict(self.parameters))
        return self.classifier(seed)

    def pipeline(self, seed: int) -> Pipeline:
        """Make an unfitted preparation with the classifier after it."""
        return Pipeline([("prepare", self.preparation()), ("classify", self.classifier(seed))])


def affordable(families: Sequence[Family], customers: int) -> list[Family]:
    """Leave out the families that would take too long to score so many customers.

    Where nothing else is asked for, what is asked for stays.
    """
    if customers <= MOST_SCORED_SLOWLY:
        return list(families)
    return [each for each in families if each not in SLOW_TO_SCORE] or list(families)


def configurations(families: Sequence[Family] = SIMPLEST_FIRST) -> list[Configuration]:
    """List every configuration of the families, in their order."""
    return [
        Configuration(family, features, encoder, scaler, tuple(parameters.items()))
        for family in families
        for features in FEATURE_SETS
        for encoder, scaler, parameters in product(*GRIDS[family])
    ]


def preparation(
    numeric: tuple[str, ...], encoder: str, scaler: str, starting_level: bool = False
) -> ColumnTransformer:
    """Fill gaps with the median, scale the numbers, encode the categories.

    The columns of the result are those of ``numeric``, then the starting level if it is asked for
    (an unknown one counts as the mean of the known), then the encoded ``CATEGORICAL``.
    """
    numbers = Pipeline([("fill", median_filler()), ("scale", scaling(scaler))])
    level = Pipeline([("fill", level_filler()), ("scale", scaling(scaler))])
    return ColumnTransformer(
        [
            ("numbers", numbers, list(numeric)),
            *([("level", level, [STARTING_LEVEL])] if starting_level else []),
            ("categories", _categories_part(encoder, scaler), list(CATEGORICAL)),
        ]
    )


def scaling(scaler: str) -> Any:
    """Make an unfitted scaler, which scales column by column."""
    return _SCALERS[scaler]()


def median_filler() -> SimpleImputer:
    """Make what fills gaps of numbers with the median, column by column."""
    return SimpleImputer(strategy="median", keep_empty_features=True)


def level_filler() -> SimpleImputer:
    """Make what fills an unknown starting level with the mean."""
    return SimpleImputer(strategy="mean")


def _categories_part(encoder: str, scaler: str) -> OneHotEncoder | Pipeline:
    """Make what encodes categories, column by column; only ordinal numbers are scaled."""
    if encoder == "one_hot":
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return Pipeline([("encode", encode), ("scale", scaling(scaler))])


def _classifier(family: str, parameters: dict[str, Any], seed: int) -> Any:
    match family:
        case "logistic":
            return LogisticRegression(
                solver="newton-cholesky", tol=AT_THE_MINIMUM, random_state=seed, **parameters
            )
        case "tree":
            return DecisionTreeClassifier(random_state=seed, **parameters)
        case "knn":
            return KNeighborsClassifier(**parameters)
        case "svc":
            return SVC(random_state=seed, **parameters)
        case "boosting":
            return HistGradientBoostingClassifier(
                max_depth=3,
                l2_regularization=1.0,
                early_stopping=False,
                random_state=seed,
                **parameters,
            )
        case "extra_trees":
            return ExtraTreesClassifier(n_estimators=TREES, random_state=seed, **parameters)
        case _:
            raise ValueError(f"no such family: {family}")
