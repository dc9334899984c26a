"""Named plain rules: what sets customers in decline apart, in words that need no model.

Each rule is a feature, or two, beyond a cut. The cut is learnt from the trained customers: the
observed value that separates the two levels best, by Youden's index (share found among the
declined less share caught among the steady). Its interval comes from customers drawn with
replacement within each level.

A cut chosen on the customers on whom it is then tried looks better than it is. So whether a rule is
borne out is tested by cross-fitting: every customer is judged by cuts learnt on other folds, and
near copies never straddle folds. The shares of decline that are printed beside a rule are those of
exactly the customers that it takes, and of all others.

References
----------
Youden, W. J. (1950). Index for rating diagnostic tests. Cancer 3, 32-35.
Chernozhukov, V. et al. (2018). Double/debiased machine learning for treatment and structural
parameters. The Econometrics Journal 21, C1-C68 (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from analysis import results
from analysis.arrays import Flags
from analysis.model.cross_validation import Split, splits
from analysis.money import exposed
from analysis.segments.grid import expected_count
from analysis.segments.plain_rules import RULES, Rule
from analysis.settings import Settings
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.cutoff import at_or_beyond, best_cutoff, learn_threshold
from analysis.statistics.intervals import holm, share_difference, wilson


@dataclass(frozen=True)
class LearntRules:
    """The rules of a month: results, and per scored customer whether each found rule fits.

    ``fits`` has one column of booleans per rule that was found, indexed as the customers.
    """

    results: results.RulesResults
    fits: pd.DataFrame


def learn_rules(
    assigned: pd.DataFrame, settings: Settings, seed: int, more: Sequence[Rule] = ()
) -> LearntRules:
    """Learn every rule's cuts and hold its customers against the rest.

    Parameters
    ----------
    assigned : DataFrame
        Scored customers in an order of their content, with state, level, probability, risk and
        the made features.
    more : sequence of Rule
        Rules besides ``RULES``; all are tested as one family.

    Returns
    -------
    LearntRules
        Where no trained customer has a level, cuts part high risk from the rest instead, and
        nothing is said of observed decline.
    """
    trained = assigned[assigned["state"].eq("trained") & assigned["level"].notna()]
    observed = trained["level"].nunique() == 2
    known = trained if observed else assigned
    down = np.asarray(
        trained["level"].eq("declined") if observed else assigned["risk"].eq("high"), dtype=bool
    )
    rules = (*RULES, *more)
    limits = {rule.code: _limits(rule, known, down, settings, seed) for rule in rules}
    folds = _folds(known, down, settings, seed) if observed else []
    shares = {
        rule.code: _shares(rule, limits[rule.code], known, down) if observed else None
        for rule in rules
    }
    trials = [_tried(rule, known, down, folds) if shares[rule.code] else None for rule in rules]
    corrected = iter(holm([trial.p_value for trial in trials if trial]))
    described = []
    fits = {}
    for rule, trial in zip(rules, trials, strict=True):
        p_holm = float(next(corrected)) if trial else None
        inside = fires(rule, limits[rule.code], assigned)
        borne_out = trial and trial.higher_inside and (p_holm or 0) < SIGNIFICANT
        found = bool(limits[rule.code]) and (not observed or bool(borne_out))
        if found:
            fits[rule.code] = inside
        described.append(
            _describe(
                rule,
                limits[rule.code],
                assigned[inside],
                shares[rule.code],
                p_holm,
                found,
                settings,
            )
        )
    table = pd.DataFrame(fits, index=assigned.index, dtype=bool)
    risky = table[assigned["risk"] == "high"].sum(axis=1)
    return LearntRules(
        results.RulesResults(
            learnt_from="level" if observed else "risk",
            base=len(known),
            rules=described,
            high_risk=len(risky),
            covered=int((risky > 0).sum()),
            covered_twice=int((risky > 1).sum()),
            uncovered=int((risky == 0).sum()),
        ),
        table,
    )


def fires(rule: Rule, limits: list[results.Limit], customers: pd.DataFrame) -> Flags:
    """Tell for whom a rule holds; for nobody where it has no cut. A missing value never fits."""
    cuts = [limit.value for limit in limits]
    return _beyond(rule, cuts, customers) if cuts else np.zeros(len(customers), dtype=bool)


@dataclass(frozen=True)
class _Trial:
    """Whether decline is more frequent inside a rule, by cuts that others taught."""

    higher_inside: bool
    p_value: float


def _shares(
    rule: Rule, limits: list[results.Limit], known: pd.DataFrame, down: Flags
) -> tuple[results.Proportion, results.Proportion] | None:
    """Shares of decline among exactly those whom a rule takes, and among all others.

    None where it takes nobody or everybody.
    """
    inside = fires(rule, limits, known)
    if not inside.any() or inside.all():
        return None
    return (
        wilson(int(down[inside].sum()), int(inside.sum())),
        wilson(int(down[~inside].sum()), int((~inside).sum())),
    )


def _limits(
    rule: Rule, known: pd.DataFrame, down: Flags, settings: Settings, seed: int
) -> list[results.Limit]:
    """Cuts of a rule with their intervals; none at all if one of its features has no cut."""
    made = []
    for condition in rule.conditions:
        found = learn_threshold(
            known[condition.feature], down, condition.side, settings.model.bootstrap_draws, seed
        )
        if found is None:
            return []
        cut = found.cut
        made.append(
            results.Limit(
                feature=condition.feature,
                side=condition.side,
                value=cut.value,
                interval=results.Interval(low=cut.low, high=cut.high),
            )
        )
    return made


def _folds(known: pd.DataFrame, down: Flags, settings: Settings, seed: int) -> list[Split]:
    """Folds on which all rules are tried; none where a level is too rare for them."""
    folds = settings.model.folds
    if min(int(down.sum()), int((~down).sum())) < folds:
        return []
    target = pd.Series(down.astype(int), index=known.index)
    return splits(target, known["copy_group"], folds, 1, seed)


def _tried(rule: Rule, known: pd.DataFrame, down: Flags, folds: Sequence[Split]) -> _Trial | None:
    """Decline inside and outside of the rule, every customer judged by cuts learnt on others."""
    inside = np.zeros(len(known), dtype=bool)
    for train, test in folds:
        cuts = [
            best_cutoff(known[condition.feature].iloc[train], down[train], condition.side)
            for condition in rule.conditions
        ]
        learnt = [cut for cut in cuts if cut is not None]
        if len(learnt) == len(cuts):
            inside[test] = _beyond(rule, learnt, known.iloc[test])
    if not inside.any() or inside.all():
        return None
    table = [[int(down[side].sum()), int((~down[side]).sum())] for side in (inside, ~inside)]
    return _Trial(
        bool(down[inside].mean() > down[~inside].mean()), float(fisher_exact(table).pvalue)
    )


def _beyond(rule: Rule, cuts: list[float], customers: pd.DataFrame) -> Flags:
    held = np.ones(len(customers), dtype=bool)
    for condition, cut in zip(rule.conditions, cuts, strict=True):
        held &= at_or_beyond(customers[condition.feature], condition.side, cut)
    return held


def _describe(
    rule: Rule,
    limits: list[results.Limit],
    inside: pd.DataFrame,
    shares: tuple[results.Proportion, results.Proportion] | None,
    p_holm: float | None,
    found: bool,
    settings: Settings,
) -> results.Rule:
    at_risk = exposed(inside, settings.money)
    return results.Rule(
        code=rule.code,
        limits=limits,
        found=found,
        customers=len(inside),
        consenting=int(inside["consent"].sum()),
        consent_share=float(inside["consent"].mean()) if len(inside) else None,
        high_risk=int((inside["risk"] == "high").sum()),
        expected_declined=expected_count(inside["probability"]),
        exposed_roubles=float(at_risk.sum()),
        declined=shares[0] if shares else None,
        declined_rest=shares[1] if shares else None,
        difference=share_difference(*shares) if shares else None,
        p_holm=p_holm,
    )
