"""What offers did: customers whom the lot gave them to against customers whom it left without.

Everyone counts in the arm that the lot gave him. The share of decline is compared between the arms,
adjusted by least squares for the month of the lists and for the probability and the revenue that
were known before; errors are robust to unequal variances and summed by customer, who may have been
on several lists (after HC2, with the leverage of all lines of a customer).

The interval is a confidence sequence: it holds in every month at once, so one may look every month
and stop whenever it tells; for several offers it is widened by Bonferroni. That of the share saved
is made of all shares that the difference does not speak against (after Fieller), so that few
declines without the offer make it wide, and never falsely narrow.

References
----------
Robbins (1970). Statistical methods related to the law of the iterated logarithm. Ann. Math. Stat.
41: the mixture of normals behind the sequence.
Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024). Time-uniform central limit theory and
asymptotic confidence sequences. Ann. Stat. 52.
Fieller (1954). Some problems in interval estimation. J. R. Stat. Soc. B 16.
Zou, Donner (2008). Construction of confidence limits about effect measures: a general approach.
Statistics in Medicine 27: limits of a sum from the limits of its parts.
Lin (2013). Agnostic notes on regression adjustments to experimental data. Ann. Appl. Stat. 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis import results
from analysis.arrays import Flags, Floats
from analysis.money import to_win_back
from analysis.results.proof import FEWEST_DECLINED, FEWEST_FOUND, MIXTURE
from analysis.settings import Money, Settings
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import wilson

REVENUE_MIXTURE = 0.05
"""The same of a difference in revenue, as a part of the mean."""

WIDEST = 10.0
"""Shares farther from the estimate than this are not looked at."""


@dataclass(frozen=True)
class Compared:
    """Two arms compared by least squares.

    Attributes
    ----------
    base : float
        Mean outcome without the offer, at what all were known by before.
    difference : float
        With the offer less without it.
    covariance : ndarray of float, shape (2, 2)
        Of base and difference.
    """

    base: float
    difference: float
    covariance: Floats

    @property
    def share_saved(self) -> float:
        """The part of the base that does not happen with the offer."""
        return -self.difference / self.base

    def against(self, share: float) -> tuple[float, float]:
        """Give how far the difference is from that of a share saved, and its standard error."""
        slope = np.array([share, 1.0])
        return self.difference + share * self.base, float(np.sqrt(slope @ self.covariance @ slope))

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return float(np.sqrt(self.covariance[1, 1]))


def width(error: float, mixture: float, level: float = SIGNIFICANT) -> float:
    """Give half the width of a confidence sequence at a standard error.

    The normal mixture bound: with weight n(0, mixture²) over the effects that could be,
    the estimate stays within it in all months at once with probability 1 − level.

    Parameters
    ----------
    error : float
        Standard error of the estimate by now.
    mixture : float
        In the unit of the estimate; it may not depend on the data.
    """
    if error <= 0:
        return 0.0
    ratio = (mixture / error) ** 2
    return error * math.sqrt((1 + 1 / ratio) * (math.log1p(ratio) - 2 * math.log(level)))


def compare_arms(
    outcome: Floats, contact: Flags, known: Floats, customers: Floats
) -> Compared | None:
    """Compare the outcome of two arms, adjusted for what was known before.

    Parameters
    ----------
    outcome : ndarray of float, shape (n,)
    contact : ndarray of bool, shape (n,)
    known : ndarray of float, shape (n, k)
        Covariates.
    customers : ndarray, shape (n,)
        Who each line is about; errors are summed by customer.

    Returns
    -------
    Compared or None
        None where an arm is too small.
    """
    if min(len(np.unique(customers[arm])) for arm in (contact, ~contact)) < FEWEST_FOUND:
        return None
    deviations = known.std(axis=0)
    varying = known[:, deviations > 0]
    scaled = (varying - varying.mean(axis=0)) / deviations[deviations > 0]
    design = np.column_stack([np.ones(len(outcome)), contact, scaled])
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    _, group = np.unique(customers, return_inverse=True)
    leverage = np.bincount(group, np.einsum("ij,jk,ik->i", design, inverse, design))
    residual = (outcome - design @ coefficients) / np.sqrt(1 - leverage.clip(max=0.99))[group]
    scores = np.zeros((group.max() + 1, design.shape[1]))
    np.add.at(scores, group, design * residual[:, None])
    covariance = inverse @ (scores.T @ scores) @ inverse
    if coefficients[0] <= 0:
        return None
    return Compared(float(coefficients[0]), float(coefficients[1]), covariance[:2, :2])


def share_interval(compared: Compared, level: float = SIGNIFICANT) -> results.Estimate | None:
    """Give the share saved with the confidence sequence of it.

    Returns
    -------
    Estimate or None
        None where too little is known of the base for the interval to end within ``WIDEST``.
    """

    def outside(share: float) -> bool:
        off, error = compared.against(share)
        return abs(off) > width(error, MIXTURE * (1 + abs(share)), level)

    value = compared.share_saved
    ends = []
    for side in (-1, 1):
        inner, outer = value, value + side * WIDEST
        if not outside(outer):
            return None
        for _ in range(60):
            middle = (inner + outer) / 2
            inner, outer = (inner, middle) if outside(middle) else (middle, outer)
        ends.append(inner)
    return results.Estimate(value=value, low=ends[0], high=ends[1])


def effect(
    lines: pd.DataFrame, code: str | None, settings: Settings, families: int = 1
) -> results.Effect:
    """Say what an offer did, or all offers together.

    Parameters
    ----------
    lines : DataFrame
        As ``analysis.campaigns.mailings.followed``, of this offer.
    code : str or None
        None for all offers together.
    families : int
        Offers that are looked at side by side.
    """
    level = SIGNIFICANT / families
    found = lines[lines["declined"].notna()]
    contact = found["contact"].to_numpy(dtype=bool)
    declined = found["declined"].to_numpy(dtype=float)
    enough = all(_enough(declined[arm]) for arm in (contact, ~contact))
    compared = compare(found, declined) if enough else None
    meant = lines[lines["contact"].astype(bool)]
    exposed, cost = float(meant["exposed"].sum()), float(meant["cost"].sum())
    saved = error = gained = None
    if compared is not None and (saved := share_interval(compared, level)) is not None:
        error = compared.error / compared.base
        stake = _stake(meant)
        exposed = compared.base * stake
        gained = _gained(compared, stake, cost, level)
    hoped = hoped_of(lines, settings.money)
    verdict = _verdict(saved, hoped)
    months = found["period"].nunique()
    return results.Effect(
        code=code,
        since=str(lines["period"].min()),
        contact=_share(declined[contact], settings.privacy.smallest_cell),
        hold_out=_share(declined[~contact], settings.privacy.smallest_cell),
        not_found=len(lines) - len(found),
        sent=_got(lines, contact=True),
        sent_held_out=_got(lines, contact=False),
        share_saved=saved,
        standard_error=error,
        difference_error=None if saved is None or compared is None else compared.error,
        bounds=_bounds(lines),
        revenue=_revenue(found, level),
        exposed_roubles=exposed,
        cost_roubles=cost,
        gained_roubles=gained,
        verdict=verdict,
        months_to_tell=_months_to_tell(compared, months, verdict, level, hoped, settings),
    )


def together(
    lines: pd.DataFrame, effects: Sequence[results.Effect], settings: Settings
) -> results.Effect:
    """Say what all offers did together: the sum of what each did, by the profit that each met.

    An offer of which nothing is estimated is neither in the sum nor in the counts: from these,
    those of a small offer could be worked out.

    Parameters
    ----------
    lines : DataFrame
        As for ``effect``, of all offers.
    effects : sequence of Effect
        Of each.
    """
    estimated = [each.code for each in effects if each.share_saved is not None]
    counted = lines[lines["offer"].isin(estimated)] if estimated else lines
    everything = effect(counted, None, settings)
    alone = [effect(lines[lines["offer"] == code], code, settings) for code in estimated]
    parts = [
        (each, each.share_saved, each.gained_roubles)
        for each in alone
        if each.share_saved is not None and each.gained_roubles is not None
    ]
    if not parts or len(effects) < 2:
        return everything
    exposed = sum(each.exposed_roubles for each, _, _ in parts)
    weights = [each.exposed_roubles / exposed for each, _, _ in parts]
    saved = _sum([share for _, share, _ in parts], weights)
    return everything.model_copy(
        update={
            "share_saved": saved,
            "standard_error": math.hypot(
                *(
                    weight * (each.standard_error or 0.0)
                    for weight, (each, _, _) in zip(weights, parts, strict=True)
                )
            ),
            "exposed_roubles": exposed,
            "cost_roubles": sum(each.cost_roubles for each, _, _ in parts),
            "gained_roubles": _sum([gained for _, _, gained in parts], [1.0] * len(parts)),
            "verdict": _verdict(saved, hoped_of(counted, settings.money)),
        }
    )


def part_to_win_back(lines: pd.DataFrame) -> float:
    """Give the part of the declines foretold that are of those to be won back."""
    foretold = lines["probability"].to_numpy(dtype=float)
    total = float(foretold.sum())
    return float(foretold[to_win_back(lines["level"])].sum()) / total if total > 0 else 0.0


def hoped_of(lines: pd.DataFrame, money: Money) -> float:
    """Give the share that a letter is assumed to save on those whom mailings met."""
    more = money.to_win_back.share_saved - money.share_saved
    return money.share_saved + part_to_win_back(lines) * more


def needed_error(difference: float, power: float, level: float = SIGNIFICANT) -> float:
    """Give the standard error at which a difference of shares is told from zero with a power.

    The estimate must lie beyond the confidence sequence, so the difference must exceed its half
    width by the quantile of the power; found by bisection.
    """
    quantile = float(norm.ppf(power))
    low, high = 0.0, difference
    for _ in range(60):
        middle = (low + high) / 2
        if width(middle, MIXTURE, level) + quantile * middle <= difference:
            low = middle
        else:
            high = middle
    return low


def _months_to_tell(
    compared: Compared | None,
    months: int,
    verdict: results.Verdict,
    level: float,
    hoped: float,
    settings: Settings,
) -> int | None:
    """Count the further months of lists like these that tell the share hoped for from zero."""
    if compared is None or verdict != "cannot_tell" or hoped <= 0:
        return None
    needed = needed_error(hoped * compared.base, settings.offers.power, level)
    if needed <= 0:
        return None
    further = math.ceil(months * (compared.error / needed) ** 2) - months
    return further if 0 < further <= settings.offers.longest_test_months else None


def _verdict(saved: results.Estimate | None, assumed: float) -> results.Verdict:
    if saved is None:
        return "too_few"
    if saved.low > 0:
        return "works"
    if saved.high < 0:
        return "harms"
    return "less_than_assumed" if saved.high < assumed else "cannot_tell"


def compare(found: pd.DataFrame, outcome: Floats) -> Compared | None:
    """Compare the outcome of the arms of mailings, adjusted for what was known before.

    Parameters
    ----------
    found : DataFrame
        As ``analysis.campaigns.mailings.followed``, whose outcome is known.
    outcome : ndarray of float, shape (n,)
    """
    known = np.column_stack(
        [
            found["probability"].to_numpy(dtype=float),
            np.log1p(found["revenue_current"].astype(float).clip(lower=0).fillna(0)),
            pd.get_dummies(found["period"]).iloc[:, 1:].to_numpy(dtype=float),
        ]
    )
    return compare_arms(
        outcome, found["contact"].to_numpy(dtype=bool), known, found["id"].to_numpy()
    )


def _revenue(found: pd.DataFrame, level: float) -> results.Estimate | None:
    both = found[found["revenue_later"].notna() & found["revenue_current"].notna()]
    if both.empty:
        return None
    compared = compare(both, both["revenue_later"].to_numpy(dtype=float))
    if compared is None:
        return None
    mixture = REVENUE_MIXTURE * float(both["revenue_current"].astype(float).mean())
    return _around(compared.difference, width(compared.error, mixture, level))


def _bounds(lines: pd.DataFrame) -> results.Bounds | None:
    """Bound the share saved by what those not found again could have done."""
    shares = {}
    for contact in (True, False):
        arm = lines.loc[lines["contact"].astype(bool) == contact, "declined"].astype(float)
        if arm.empty:
            return None
        shares[contact] = (arm.fillna(0).mean(), arm.fillna(1).mean())
    if min(shares[False]) <= 0:
        return None
    return results.Bounds(
        low=1 - shares[True][1] / shares[False][0], high=1 - shares[True][0] / shares[False][1]
    )


def _sum(parts: Sequence[results.Estimate], weights: Sequence[float]) -> results.Estimate:
    """Add up independent estimates, their limits by the squares of their distances."""
    value = sum(weight * each.value for weight, each in zip(weights, parts, strict=True))
    below, above = (
        math.hypot(*(weight * off for weight, off in zip(weights, offs, strict=True)))
        for offs in ([e.value - e.low for e in parts], [e.high - e.value for e in parts])
    )
    return results.Estimate(value=value, low=value - below, high=value + above)


def _stake(meant: pd.DataFrame) -> float:
    """Give what declines of all whom offers were meant for would cost, in roubles."""
    probability = meant["probability"].to_numpy(dtype=float)
    exposed = meant["exposed"].to_numpy(dtype=float)
    at_risk = probability > 0
    return float((exposed[at_risk] / probability[at_risk]).sum())


def _gained(compared: Compared, stake: float, cost: float, level: float) -> results.Estimate:
    """Give the declines avoided in roubles: none can be avoided or caused beyond all there are.

    The probabilities that were known at the mailing have no part in it: how many decline without
    the offer, those show who were left without.
    """
    avoided, half = -compared.difference, width(compared.error, MIXTURE, level)
    low, high = max(avoided - half, compared.base - 1), min(avoided + half, compared.base)
    return results.Estimate(
        value=avoided * stake - cost, low=low * stake - cost, high=high * stake - cost
    )


def _enough(declined: Floats) -> bool:
    return bool(min(declined.sum(), len(declined) - declined.sum()) >= FEWEST_DECLINED)


def _share(declined: Floats, smallest: int) -> results.Proportion | None:
    """Give the share who declined, of no group so small that its members could be recognised."""
    enough = len(declined) >= max(smallest, 1)
    return wilson(int(declined.sum()), len(declined)) if enough else None


def _got(lines: pd.DataFrame, *, contact: bool) -> float | None:
    got = lines.loc[lines["contact"].astype(bool) == contact, "got"].dropna()
    return float(got.astype(float).mean()) if len(got) else None


def _around(value: float, half: float) -> results.Estimate:
    return results.Estimate(value=value, low=value - half, high=value + half)
