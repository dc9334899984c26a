"""How the profit exposed changed, split by cause, in whole kopecks that add up.

Exposed is the probability of decline times monthly profit times a factor of the settings. A
product that changes in all its parts is split by midpoints: the change of one part times the mean
of the others, so that nothing is left over and the order of the months does not matter.

Where the settings take another share of profit from those to be won back, their profit counts by so
much more or less than that of those to be kept; who changes from one to the other changes the
profit that he stakes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.money import KOPECKS, exposed, to_win_back
from analysis.results.changes import MoneyChange
from analysis.settings import Money

ONE = pd.DataFrame({"probability": 1.0, "profit": 1.0, "level": ["steady", "declined"]})


@dataclass(frozen=True)
class Factor:
    """What is exposed, in roubles, where decline is certain and profit is one unit.

    Attributes
    ----------
    keep, win_back : float
        Of those to be kept and of those to be won back.
    """

    keep: float
    win_back: float

    @classmethod
    def of(cls, money: Money) -> Factor:
        """Give that of the settings."""
        return cls(*exposed(ONE, money).tolist())

    def midway(self, other: Factor) -> Factor:
        """Give the mean of two."""
        return Factor((self.keep + other.keep) / 2, (self.win_back + other.win_back) / 2)

    @property
    def unit(self) -> float:
        """What profit of weight 1 counts."""
        return max(self.keep, self.win_back)

    def weight(self, level: pd.Series[str]) -> Floats:
        """Give by how much profit counts, in units, by the known level."""
        if self.keep == self.win_back:
            return np.ones(len(level))
        keep, win_back = self.keep / self.unit, self.win_back / self.unit
        return np.asarray(np.where(to_win_back(level), win_back, keep), dtype=np.float64)

    def total(self, everyone: float, to_win_back: float) -> float:
        """Give what is exposed by sums of probability times profit, of all and of the latter."""
        return self.keep * everyone + (self.win_back - self.keep) * to_win_back


def split_exposure(
    old: pd.DataFrame,
    new: pd.DataFrame,
    money_old: Money,
    money_new: Money,
    old_by_new: pd.Series[float] | None = None,
    new_by_old: pd.Series[float] | None = None,
) -> MoneyChange:
    """Split the change of the profit exposed by its causes.

    For a customer scored in both months, with probabilities p and profits m of the old and the
    new month, the change of p·m is mean(m)·Δp (risk) plus mean(p)·Δm (profit). Where both months
    were scored with one model, Δp is the customer's change (one model, two months) plus the
    model's change (one month, two models); with both models at hand, each is the mean over the
    two ways to go (Shapley's value). Probabilities out of fold should be given for customers on
    whom the scoring model was trained, or its change looks larger than it is.

    Other customers come or go with all they expose: arrivals and leavers are in one month's file
    only, newly and no longer scored are in both files and scored in one.

    Parameters
    ----------
    old, new : DataFrame
        One row per customer with id, probability (missing where not scored), level, and profit in
        the unit of the settings. A customer without profit, or with a loss, exposes nothing.
    money_old, money_new : Money
        Each edition's settings; their change is a term of its own.
    old_by_new, new_by_old : Series by id, optional
        Probabilities of the old month's customers by the new month's model, and the reverse. A
        missing value, or a missing series, drops that way for the customer; a customer with
        neither counts wholly as a change of customers if there is a series at all.

    Returns
    -------
    MoneyChange
        Exchanging the months negates every difference and exchanges arrivals with leavers.

    References
    ----------
    L. S. Shapley, A value for n-person games. Contributions to the Theory of Games II (1953).
    """
    factor_old, factor_new = Factor.of(money_old), Factor.of(money_new)
    factors = factor_old.midway(factor_new)
    middle = factors.unit
    sides = _sides(old, new, factors)
    scored_old, scored_new = sides["p_old"].notna(), sides["p_new"].notna()
    groups = {
        "matched": scored_old & scored_new,
        "arrivals": scored_new & ~sides["in_old"],
        "leavers": scored_old & ~sides["in_new"],
        "newly_scored": scored_new & sides["in_old"] & ~scored_old,
        "no_longer_scored": scored_old & sides["in_new"] & ~scored_new,
    }

    both = sides[groups["matched"]]
    split = old_by_new is not None or new_by_old is not None
    mean_profit = (both["m_old"] + both["m_new"]) / 2
    mean_risk = (both["p_old"] + both["p_new"]) / 2
    rise = both["p_new"] - both["p_old"]
    by_model = _model_change(both, old_by_new, new_by_old)
    terms = {
        "risk_customers": middle * _sum(mean_profit * (rise - by_model)),
        "risk_model": middle * _sum(mean_profit * by_model),
        "profit": middle * _sum(mean_risk * (both["m_new"] - both["m_old"])),
    }
    base_old, base_new = _base(old), _base(new)
    base = [(before + after) / 2 for before, after in zip(base_old, base_new, strict=True)]
    change = Factor(factor_new.keep - factor_old.keep, factor_new.win_back - factor_old.win_back)
    terms["settings"] = change.total(*base)
    for name, side, sign in (
        ("arrivals", "new", 1),
        ("leavers", "old", -1),
        ("newly_scored", "new", 1),
        ("no_longer_scored", "old", -1),
    ):
        alone = sides[groups[name]]
        terms[name] = sign * middle * _sum(alone[f"p_{side}"] * alone[f"m_{side}"])

    old_kopecks, new_kopecks = (
        round(KOPECKS * total)
        for total in (factor_old.total(*base_old), factor_new.total(*base_new))
    )
    whole = in_whole_numbers(
        {name: KOPECKS * term for name, term in terms.items()}, new_kopecks - old_kopecks
    )
    return MoneyChange(
        old_kopecks=old_kopecks,
        new_kopecks=new_kopecks,
        difference_kopecks=new_kopecks - old_kopecks,
        risk_kopecks=whole["risk_customers"] + whole["risk_model"],
        risk_customers_kopecks=whole["risk_customers"] if split else None,
        risk_model_kopecks=whole["risk_model"] if split else None,
        profit_kopecks=whole["profit"],
        settings_kopecks=whole["settings"],
        arrivals_kopecks=whole["arrivals"],
        leavers_kopecks=-whole["leavers"],
        newly_scored_kopecks=whole["newly_scored"],
        no_longer_scored_kopecks=-whole["no_longer_scored"],
        **{name: int(members.sum()) for name, members in groups.items()},
    )


def _earned(table: pd.DataFrame) -> pd.Series[float]:
    return table["profit"].astype(float).clip(lower=0).fillna(0)


def _base(table: pd.DataFrame) -> tuple[float, float]:
    """Probability times earned profit, over everyone and over those to be won back."""
    products = table["probability"].astype(float) * _earned(table)
    return _sum(products), _sum(products[to_win_back(table["level"])])


def _sides(old: pd.DataFrame, new: pd.DataFrame, factors: Factor) -> pd.DataFrame:
    """Probability p and earned profit m, by weight, of every customer in both months, by id."""
    parts = {"old": old, "new": new}
    sides = pd.DataFrame(
        {
            f"{letter}_{side}": values
            for side, table in parts.items()
            for letter, values in (
                ("p", table.set_index("id")["probability"].astype(float)),
                ("m", (_earned(table) * factors.weight(table["level"])).set_axis(table["id"])),
            )
        }
    )
    for side, table in parts.items():
        sides[f"in_{side}"] = sides.index.isin(table["id"])
    return sides


def _model_change(
    both: pd.DataFrame, old_by_new: pd.Series[float] | None, new_by_old: pd.Series[float] | None
) -> pd.Series[float]:
    """Find how much another model alone moves each probability; 0 where nothing is known."""
    ways = []
    if old_by_new is not None:
        ways.append(old_by_new.reindex(both.index) - both["p_old"])
    if new_by_old is not None:
        ways.append(both["p_new"] - new_by_old.reindex(both.index))
    if not ways:
        return pd.Series(0.0, index=both.index)
    known = sum(way.notna().astype(float) for way in ways)
    total = sum(way.fillna(0.0) for way in ways)
    return pd.Series(total / np.maximum(known, 1.0), index=both.index)


def _sum(values: pd.Series[float]) -> float:
    """Add up without rounding, so that the order of customers does not matter."""
    return math.fsum(values.dropna().tolist())


def in_whole_numbers(terms: Mapping[str, float], total: int) -> dict[str, int]:
    """Round terms to whole numbers that add up to a total (largest remainders).

    Every term is rounded to the nearest whole number; what is then lacking goes, one by one, to
    the terms that lost most, or is taken from those that gained most. Negating all terms and the
    total negates the result.

    Parameters
    ----------
    terms : mapping of str to float
        Their exact sum lies near ``total``.
    total : int

    Returns
    -------
    dict of str to int
        In the order of ``terms``.

    Raises
    ------
    ValueError
        The terms lie further from the total than rounding explains.

    References
    ----------
    M. L. Balinski, H. P. Young, Fair Representation (1982): Hamilton's method.
    """
    whole = {name: round(term) for name, term in terms.items()}
    lacking = total - sum(whole.values())
    if abs(lacking) > len(terms):
        raise ValueError(f"terms that add up to {sum(terms.values())} cannot make {total}")
    step = 1 if lacking > 0 else -1
    deserving = sorted(
        terms, key=lambda name: (-step * (terms[name] - whole[name]), -abs(terms[name]))
    )
    for name in deserving[: abs(lacking)]:
        whole[name] += step
    return whole
