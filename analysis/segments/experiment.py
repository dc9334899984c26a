"""The trial that would prove an offer: what two groups can show."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis import results
from analysis.settings import Settings
from analysis.statistics.confidence import SIGNIFICANT

LONGEST = 24
"""Months beyond which nobody waits for the end of a trial."""
NO_EFFECT = 1e-6
"""Difference of arcsines below which no number of customers is enough."""
FEWEST_LEVELS = 30
"""Known levels below which a share of them is too shaky to plan with."""


def detectable_share(
    base: float, treated: int, control: int, power: float, level: float = SIGNIFICANT
) -> float | None:
    """Give the share that a two-sided test of two groups would tell from the base share.

    The smallest reduction found with the given power, by the arcsine transformation
    (Cohen's h); None if no reduction at all could be found.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, chapter 6.
    """
    if min(treated, control) < 2:
        return None
    effect = (norm.ppf(1 - level / 2) + norm.ppf(power)) * np.sqrt(1 / treated + 1 / control)
    angle = np.arcsin(np.sqrt(base)) - effect / 2
    return float(np.sin(angle) ** 2) if angle > 0 else None


def needed_customers(
    base: float, hoped: float, hold_out: float, power: float, level: float = SIGNIFICANT
) -> float:
    """Give how many customers, both groups together, tell the hoped share from the base share.

    Infinite where the shares are equal or nobody is held out. By the arcsine transformation, as
    in ``detectable_share``.
    """
    effect = 2 * (np.arcsin(np.sqrt(base)) - np.arcsin(np.sqrt(hoped)))
    if effect < NO_EFFECT or not 0 < hold_out < 1:
        return float("inf")
    quantiles = norm.ppf(1 - level / 2) + norm.ppf(power)
    return float((1 / hold_out + 1 / (1 - hold_out)) * (quantiles / effect) ** 2)


def plan_discount_trial(
    written: pd.DataFrame, must_save: float | None, letter_saves: float, settings: Settings
) -> results.Trial | None:
    """Say what discounts against the same letters without them can show.

    Parameters
    ----------
    written : DataFrame
        Customers written to on the lists of discount offers, with probability, level and letter.
    must_save : float or None
        Share of the exposed profit that discounts must save to bring no less than letters.
    letter_saves : float
        What the plain letter is assumed to save of it.

    Returns
    -------
    Trial or None
        ``treated`` have the discount, ``control`` the letter without it; the base share is what
        letters leave if they save what is assumed. None where either group is empty.
    """
    letters = int(written["letter"].sum())
    if must_save is None or not 0 < letters < len(written):
        return None
    share = _share_of_decline(written)
    base, hoped = share * (1 - letter_saves), share * max(0.0, 1 - must_save)
    groups = len(written) - letters, letters
    return _planned(base, hoped, groups, settings.offers.letter_arm, settings.offers.power)


def _share_of_decline(listed: pd.DataFrame) -> float:
    levels = listed["level"].dropna()
    enough = len(levels) >= FEWEST_LEVELS
    return float(levels.eq("declined").mean() if enough else listed["probability"].mean())


def _planned(
    base: float, hoped: float, groups: tuple[int, int], hold_out: float, power: float
) -> results.Trial:
    treated, control = groups
    needed = needed_customers(base, hoped, hold_out, power)
    possible = math.isfinite(needed)
    months = needed / (treated + control)
    return results.Trial(
        treated=treated,
        control=control,
        base_share=base,
        detectable=detectable_share(base, treated, control, power),
        hoped_share=hoped,
        needed_treated=math.ceil(needed * (1 - hold_out)) if possible else None,
        needed_control=math.ceil(needed * hold_out) if possible else None,
        months=math.ceil(months) if months <= LONGEST else None,
    )
