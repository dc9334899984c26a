"""How often a comparison of months finds a planted change, and how often it cries wolf.

Run by hand; its table is kept in ``docs/study.md``::

    python -m analysis.synthetic.detection_study --pairs 200 --seed 1
    python -m analysis.synthetic.detection_study --pairs 300 --seed 1 --members logistic

Every pair is drawn from two neighbouring months of one large panel of invented customers
(`analysis.synthetic.panel`), between which nothing is planted: customers are drawn with
replacement, and each brings the rows of both months. Though nothing is planted, months of a finite
panel differ by chance, and every pair would inherit that difference. So customers are drawn with
slightly unequal chances, by which no compared share or mean differs at all (`evenly`). Each plant
is laid into the later month, and one more row of the table leaves the pairs as they are. The
probabilities come from one logistic regression of the features, fitted once on a month of other
customers.

With ``--members`` nothing is planted, every month has a model of its own, fitted and calibrated as
that of an edition is, and the false alarms of every single comparison are counted, uncorrected.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from analysis.arrays import Floats
from analysis.changes.compare import compare_customers
from analysis.changes.model_change import by_other_model, with_both_models
from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import CATEGORICAL, FEATURES, NUMERIC, declined, feature_table
from analysis.model.calibration import Calibrated, cross_fitted, fit_calibrated
from analysis.model.candidates import Configuration
from analysis.model.cross_validation import out_of_fold_scores, splits
from analysis.periods import months_later
from analysis.results.changes import CustomersChange
from analysis.settings import Settings
from analysis.snapshot.overlap import repeated_columns
from analysis.synthetic.generate import LAST, panel
from analysis.synthetic.margins import load_margins
from analysis.synthetic.panel import Month
from analysis.synthetic.planted import CATEGORY_GAINING, planted_changes

CUSTOMERS = 1300
FITTED_ON = 5000
POPULATION = 60_000
BALANCING_STEPS = 8
"""Newton's steps, after which no difference is left but that of rounding."""

FORETOLD = ("tenure_days", *repeated_columns(1))
"""Numbers whose difference of neighbouring months the calendar foretells."""

OWN = (
    Configuration("logistic", "plain", "one_hot", "standard", (("C", 0.3),)),
    Configuration("extra_trees", "plain", "one_hot", "standard", (("min_samples_leaf", 4),)),
)
"""Models that a month may have of its own."""

Name = tuple[str, str | None]


class Pair(NamedTuple):
    """Two neighbouring months of customers with probabilities, and which months they are."""

    old: pd.DataFrame
    new: pd.DataFrame
    periods: tuple[str, str]


class Population(NamedTuple):
    """Two months to draw pairs from: everybody of either, and the chance of each to be drawn."""

    months: Pair
    everybody: NDArray[np.int64]
    chance: Floats


@dataclass(frozen=True)
class Plant:
    """A change to be laid into a later month.

    Attributes
    ----------
    name
        As the table calls it.
    lay
        Makes the changed month from the unchanged one; probabilities are computed afterwards.
    direct
        What is planted, as a comparison names it.
    derived
        What may move because of it.
    """

    name: str
    lay: Callable[[np.random.Generator, pd.DataFrame], pd.DataFrame]
    direct: frozenset[Name] = frozenset()
    derived: frozenset[Name] = frozenset()


class Outcome(NamedTuple):
    """What a comparison of one pair named: proven at all, and proven and above its floor."""

    proven: frozenset[Name]
    material: frozenset[Name]


@dataclass(frozen=True)
class Tally:
    """Outcomes of one plant counted over pairs.

    Attributes
    ----------
    pairs
        How many.
    found
        Pairs in which everything planted was material.
    strangers
        Pairs in which something was proven, whatever its size, that is neither direct nor derived.
    """

    plant: str
    pairs: int
    found: int
    strangers: int


def _nothing(_: np.random.Generator, month: pd.DataFrame) -> pd.DataFrame:
    return month


def adding(feature: str, amount: float) -> Callable[..., pd.DataFrame]:
    """Make a plant that adds an amount to everybody's feature."""
    return lambda _, month: month.assign(**{feature: month[feature] + amount})


def scaling(feature: str, factor: float) -> Callable[..., pd.DataFrame]:
    """Make a plant that multiplies everybody's feature."""
    return lambda _, month: month.assign(**{feature: month[feature] * factor})


def turning(feature: str, label: Any, points: float) -> Callable[..., pd.DataFrame]:
    """Make a plant that gives some of those without a label this label: a share of all, 0 to 1."""

    def lay(rng: np.random.Generator, month: pd.DataFrame) -> pd.DataFrame:
        others = np.flatnonzero(month[feature] != label)
        turned = rng.choice(others, round(points * len(month)), replace=False)
        values = month[feature].copy()
        values.iloc[turned] = label
        return month.assign(**{feature: values})

    return lay


EXPOSED = frozenset({("exposed", None)})
ANY_CATEGORY = frozenset(("category", name) for name in load_margins().steady.labels["category"])
NO_PLANT = Plant("nothing", _nothing)
PLANTS = (
    NO_PLANT,
    Plant(
        "−1 page per visit",
        adding("pages_per_visit", -1),
        frozenset({("pages_per_visit", None)}),
        EXPOSED,
    ),
    Plant(
        "minutes of the month −15 %",
        scaling("minutes_current", 0.85),
        frozenset({("minutes_current", None)}),
        EXPOSED,
    ),
    Plant("decline +5 points", turning("level", "declined", 0.05), frozenset({("declined", None)})),
    Plant("decline +3 points", turning("level", "declined", 0.03), frozenset({("declined", None)})),
    Plant(
        "consent −3 points",
        turning("consent", False, 0.03),
        frozenset({("consent", None)}),
        EXPOSED,
    ),
    Plant(
        "one category +5 points",
        turning("category", CATEGORY_GAINING, 0.05),
        frozenset({("category", CATEGORY_GAINING)}),
        ANY_CATEGORY | EXPOSED,
    ),
)


def quiet_step() -> int:
    """Say how many months before the last the newer month of a pair without a plant lies."""
    pairs = planted_changes(load_margins(), LAST, months=8)["pairs"]
    return min(step for step, pair in enumerate(reversed(pairs)) if not pair["direct"])


def customers_of(month: Month) -> pd.DataFrame:
    """Give a month's customers as a report keeps them: impossible values empty, in plain types."""
    table = month.table.copy()
    table["level"] = np.where(table["level"], "declined", "steady")
    table["consent"] = table["consent"] == "да"
    table.loc[month.layout.outlier, "revenue_current"] = np.nan
    return table


class FixedModel:
    """One logistic regression of the features, fitted once; an empty value counts as usual."""

    def __init__(self, customers: pd.DataFrame) -> None:
        features = feature_table(customers)[list(FEATURES)]
        self.usual = features[list(NUMERIC)].median()
        self.model = make_pipeline(
            make_column_transformer(
                (StandardScaler(), list(NUMERIC)), (OneHotEncoder(), list(CATEGORICAL))
            ),
            LogisticRegression(max_iter=1000),
        ).fit(features.fillna(self.usual), declined(customers))

    def scored(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give customers with their ``probability``."""
        features = feature_table(customers)[list(FEATURES)].fillna(self.usual)
        return customers.assign(probability=self.model.predict_proba(features)[:, 1])


def quiet_pair(seed: int, customers: int) -> Pair:
    """Make two neighbouring months of one panel between which nothing is planted."""
    step = quiet_step()
    new, old = islice(panel(seed, customers, last=LAST), step, step + 2)
    later = months_later(LAST, -step)
    return Pair(customers_of(old), customers_of(new), (months_later(later, -1), later))


def evenly(months: Pair) -> Population:
    """Give customers the most even chances by which nothing that is compared differs.

    Compared are the shares of levels, consent, services and categories, and the means of profit and
    of the numbers that the calendar does not foretell; the expected numbers of customers are alike.
    The chances are those of least Kullback-Leibler divergence from equal ones.

    References
    ----------
    Hainmueller, J. (2012). Entropy balancing for causal effects. Political Analysis 20, 25-46.
    """
    everybody = np.union1d(months.old["id"], months.new["id"])
    old, new = (_compared(month).reindex(everybody) for month in (months.old, months.new))
    columns = new.columns.union(old.columns)
    sides = [
        (side.reindex(columns=columns).assign(there=1.0)[side.notna().any(axis=1)])
        for side in (old, new)
    ]
    middle = (sides[0].mean() + sides[1].mean()) / 2
    middle["there"] = 0.0
    spread = sides[0].std().where(lambda each: each > 0, 1.0)
    parts = [
        ((side - middle) / spread / side.notna().sum())
        .reindex(everybody)
        .fillna(0.0)
        .to_numpy(dtype=float)
        for side in sides
    ]
    apart = (parts[1] - parts[0]) * len(everybody)
    tilt = np.zeros(apart.shape[1])
    for _ in range(BALANCING_STEPS):
        chance = np.exp(apart @ tilt)
        chance /= chance.sum()
        mean = chance @ apart
        curvature = apart.T @ (apart * chance[:, None]) - np.outer(mean, mean)
        tilt -= np.linalg.pinv(curvature) @ mean
    return Population(months, everybody, chance)


def _compared(month: pd.DataFrame) -> pd.DataFrame:
    """Numbers of which a comparison takes means, by id: flags of labels among them."""
    table = feature_table(month).set_axis(month["id"])
    numbers = [name for name in NUMERIC if name not in FORETOLD]
    labels = month.set_index("id")[["level", *CATEGORICAL]].astype(str)
    profit = month.set_index("id")["profit"].astype(float)
    return pd.concat(
        [table[numbers].astype(float), pd.get_dummies(labels, dtype=float), profit], axis=1
    )


def drawn_pair(rng: np.random.Generator, population: Population, customers: int) -> Pair:
    """Draw customers with replacement, each with the rows of both months, and number them anew.

    About `customers` of them are in each month.
    """
    months, everybody, chance = population
    count = round(customers * len(everybody) / len(months.old))
    person = rng.choice(everybody, count, p=chance)
    drawn = pd.DataFrame({"id": np.arange(count), "person": person})
    old, new = (
        drawn.merge(month.rename(columns={"id": "person"}), on="person").drop(columns="person")
        for month in (months.old, months.new)
    )
    return Pair(old, new, months.periods)


def outcome(found: CustomersChange) -> Outcome:
    """Read what a comparison names."""
    proven = [each for each in found.comparisons if each.verdict != "unproven"]
    return Outcome(
        frozenset((each.feature, each.value) for each in proven),
        frozenset((each.feature, each.value) for each in found.material),
    )


def tally(plant: Plant, outcomes: Iterable[Outcome]) -> Tally:
    """Count the outcomes of one plant."""
    known = plant.direct | plant.derived
    each = list(outcomes)
    return Tally(
        plant=plant.name,
        pairs=len(each),
        found=sum(plant.direct <= one.material for one in each) if plant.direct else 0,
        strangers=sum(not one.proven <= known for one in each),
    )


def share_interval(count: int, base: int) -> tuple[float, float]:
    """Give the 95 % interval of a share: the exact one of Clopper and Pearson (1934)."""
    low = float(beta.ppf(0.025, count, base - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, base - count)) if count < base else 1.0
    return low, high


def study(
    plants: Sequence[Plant], pairs: int, seed: int, customers: int = CUSTOMERS
) -> Iterator[Tally]:
    """Compare pairs of months with each plant.

    Parameters
    ----------
    plants
        One row of the table each; all are laid into the same pairs.
    pairs
        How many.
    seed
        Seed of all chance.
    customers
        Of each month, about.

    Yields
    ------
    Tally
        One per plant, when its pairs are done.
    """
    settings = Settings()
    population = evenly(quiet_pair(2 * seed, POPULATION))
    model = FixedModel(quiet_pair(2 * seed + 1, FITTED_ON).new)
    for place, plant in enumerate(plants):
        outcomes = []
        for number in range(pairs):
            pair = drawn_pair(np.random.default_rng([seed, number]), population, customers)
            rng = np.random.default_rng([seed, number, place + 1])
            found = compare_customers(
                model.scored(pair.old),
                model.scored(plant.lay(rng, pair.new)),
                pair.periods,
                (settings.money, settings.money),
                settings.changes,
                seed=number,
            )
            outcomes.append(outcome(found))
        yield tally(plant, outcomes)


def scored_by_own(
    customers: pd.DataFrame, configuration: Configuration, seed: int
) -> tuple[pd.DataFrame, Calibrated]:
    """Give customers with the out-of-fold probabilities of a model of their own month, and it."""
    ordered = in_content_order(customers)
    features, target = feature_table(ordered), declined(ordered)
    alone = pd.Series(np.arange(len(ordered)))
    folds = splits(target, alone, Settings().model.folds, 1, seed)
    scores = out_of_fold_scores([configuration], features, target, folds, 1, seed)[0]
    actual = target.to_numpy()
    probability = cross_fitted(scores, actual, folds).probability[0]
    model = fit_calibrated(configuration, features, actual, scores, folds, seed)
    learnt = {"state": "trained", "source": "out_of_fold"}
    return ordered.assign(probability=probability, **learnt), model


def members(
    configuration: Configuration, pairs: int, seed: int, customers: int = CUSTOMERS
) -> Iterator[dict[Name, float]]:
    """Compare pairs of months without a plant, each month with a model of its own.

    Yields
    ------
    dict
        The uncorrected p-value of every comparison of a pair.
    """
    settings = Settings()
    population = evenly(quiet_pair(2 * seed, POPULATION))
    for number in range(pairs):
        pair = drawn_pair(np.random.default_rng([seed, number]), population, customers)
        (old, of_old), (new, of_new) = (
            scored_by_own(month, configuration, number) for month in (pair.old, pair.new)
        )
        found = compare_customers(
            with_both_models(old, by_other_model(old, of_old, of_new)),
            with_both_models(new, by_other_model(new, of_new, of_old)),
            pair.periods,
            (settings.money, settings.money),
            settings.changes,
            seed=number,
        )
        yield {(each.feature, each.value): each.p_value for each in found.comparisons}


def member_rows(p_values: Sequence[dict[Name, float]], alpha: float = 0.05) -> Iterator[str]:
    """Write the false alarms of every comparison as rows of a table in Markdown."""
    for feature, value in dict.fromkeys(name for each in p_values for name in each):
        there = [each[feature, value] for each in p_values if (feature, value) in each]
        name = feature if value is None else f"{feature}: {value}"
        yield f"| {name} | {_counted(sum(p < alpha for p in there), len(there))} |"


def row(counted: Tally) -> str:
    """Write a tally as a row of a table in Markdown."""
    planted = counted.plant != NO_PLANT.name
    found = _counted(counted.found, counted.pairs) if planted else "—"
    return f"| {counted.plant} | {found} | {_counted(counted.strangers, counted.pairs)} |"


def _counted(count: int, base: int) -> str:
    low, high = share_interval(count, base)
    return f"{count} of {base}: {count / base:.1%} ({low:.1%} to {high:.1%})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table in Markdown, and the seconds to the other stream."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.synthetic.detection_study", description=main.__doc__
    )
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--members", choices=[each.family for each in OWN], default=None)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    if options.members:
        chosen = next(each for each in OWN if each.family == options.members)
        found = list(members(chosen, options.pairs, options.seed, options.customers))
        print("| compared | false alarms at 5 %, uncorrected |\n|---|---|")
        print("\n".join(member_rows(found)))
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
        return
    print("| planted | found | names something else |\n|---|---|---|")
    for counted in study(PLANTS, options.pairs, options.seed, options.customers):
        print(row(counted), flush=True)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
