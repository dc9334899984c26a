"""Whether a control group pays: the value of what it would tell, against what it forgoes.

What letters save is believed to be normal. After the group's outcomes the belief has moved; letters
then go to those alone for whom they still pay, and the expected gain of that freedom is what the
group is worth (preposterior analysis). Only distinct customers count, outcomes are as the
probabilities say, and the saving on what the probability foretells is counted in.

References
----------
Raiffa, Schlaifer (1961). Applied statistical decision theory, chapter 5.
Feit, Berman (2019). Test & roll: profit-maximizing A/B tests. Marketing Science 38.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from analysis import results
from analysis.arrays import Flags, Floats
from analysis.campaigns.effects import width
from analysis.results.proof import FEWEST_FOUND, MIXTURE
from analysis.settings import Settings
from analysis.statistics.cluster_bootstrap import MOST_ONE_BY_ONE
from analysis.statistics.small_cells import is_small

SHARES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
"""Shares to hold out that are compared for the best."""

FARTHEST = 30.0
"""Standard deviations beyond which a normal density is nothing."""

GROUPS = 5_000
"""Of customers alike, where there are more."""

MOST_VARIANCE = 0.25
"""That an outcome can have: without a forecast nothing is foretold of it."""

SUREST, WIDEST = 1e-4, 10.0
"""Standard deviations of a belief between which the turning one is looked for."""


@dataclass(frozen=True, eq=False)
class Prospect:
    """What letters meet, and what is believed of them.

    Attributes
    ----------
    exposed, cost, probability : ndarray of float, shape (n,)
        Of everyone who consented: exposed profit and cost of a letter in roubles, probability of
        decline.
    share, deviation : float
        Mean and standard deviation of the share saved, as believed, over all together.
    held : ndarray of bool, shape (n,)
        Whom the lot leaves without an offer.
    new_a_month : float
        Distinct customers that come onto the lists every month.
    foretold : bool
        Whether the probability is a forecast: only then does it explain part of the outcomes.
    beyond : ndarray of float, shape (n,), or float
        How much more than that share of what he exposes is saved on each, in roubles, whatever the
        group tells.
    widened : float
        How much wider than for customers who weigh alike the intervals have been so far.
    required : float
        The return that ``cost`` counts as a part of itself.
    reached : ndarray of bool, shape (n,), or None
        Whom letters would reach within the limits if nobody were left out; None for everyone. The
        others get theirs in the place of somebody who is held.
    found : float
        The part of all whose outcome will be known: earlier customers were found again as often.
    summed : pair of ndarray of float, or None
        Exposed profit and net cost of groups of customers in whom these have nearly the same ratio
        (see `in_groups`); None where everyone is a group of his own.
    """

    exposed: Floats
    cost: Floats
    probability: Floats
    share: float
    deviation: float
    held: Flags
    new_a_month: float
    foretold: bool = True
    beyond: Floats | float = 0.0
    found: float = 1.0
    widened: float = 1.0
    required: float = 0.0
    reached: Flags | None = None
    summed: tuple[Floats, Floats] | None = None

    def in_groups(self) -> Prospect:
        """Take together, where customers are very many, those for whom a letter pays alike.

        The value of knowing is asked for some hundred times, and so costs hundreds of sums.
        """
        if len(self.exposed) <= MOST_ONE_BY_ONE:
            return self
        at_risk = self.in_reach & (self.exposed > 0)
        exposed, cost = self.exposed[at_risk], self.net_cost[at_risk]
        order = np.argsort(cost / exposed, kind="stable")
        starts = np.unique(np.linspace(0, len(order), GROUPS, endpoint=False).astype(np.int64))
        exposed, cost = (np.add.reduceat(each[order], starts) for each in (exposed, cost))
        return replace(self, summed=(exposed, cost))

    def with_return(self, required: float) -> Prospect:
        """Count the return that is required as a cost."""
        return replace(self, cost=self.cost * (1 + required), required=required)

    @property
    def in_reach(self) -> Flags:
        """Whom letters reach within the limits once nobody is left out."""
        return np.ones(len(self.exposed), dtype=bool) if self.reached is None else self.reached

    @property
    def net_cost(self) -> Floats:
        """What the share saved has to cover for a letter to pay, in roubles."""
        return self.cost - self.beyond

    @property
    def written(self) -> Flags:
        """For whom a letter pays by what is believed now."""
        return np.asarray(self.share * self.exposed > self.net_cost)

    def gain(self, of: Flags | None = None) -> float:
        """Give what one round of letters brings by what is believed now, in roubles."""
        counted = self.written if of is None else self.written & of
        return float((self.share * self.exposed - self.net_cost)[counted].sum())

    def gain_before_return(self, of: Flags | None = None) -> float:
        """Give what that round brings beyond its cost alone, in roubles."""
        counted = self.written if of is None else self.written & of
        returned = self.cost[counted].sum() * self.required / (1 + self.required)
        return self.gain(of) + float(returned)


def value_of_knowing(prospect: Prospect, error: float) -> float:
    """Give what a round gains on average once the share is known to a standard error, in roubles.

    With a normal belief the mean that will be believed is normal too, with variance
    deviation⁴ / (deviation² + error²); of it E[max(0, mean × exposed − cost)] is summed.
    """
    if prospect.deviation <= 0 or math.isinf(error):
        return 0.0
    moved = prospect.deviation**2 / math.hypot(prospect.deviation, error)
    if prospect.summed:
        exposed, cost = prospect.summed
        now = float(np.maximum(prospect.share * exposed - cost, 0.0).sum())
    else:
        at_risk = prospect.in_reach & (prospect.exposed > 0)
        exposed, cost = prospect.exposed[at_risk], prospect.net_cost[at_risk]
        now = prospect.gain(prospect.in_reach)
    lead = (prospect.share - cost / exposed) / moved
    density = norm.pdf(lead.clip(-FARTHEST, FARTHEST))
    expected = exposed * moved * (density + lead * norm.cdf(lead))
    return max(0.0, float(expected.sum()) - now)


def error_of(prospect: Prospect, held: float, written: float) -> float:
    """Give the standard error of the share saved that two arms of so many customers would show.

    Arms of fewer than are judged at all show nothing.
    """
    if min(held, written) * prospect.found < FEWEST_FOUND:
        return math.inf
    base, unexplained = _outcomes(prospect)
    return math.sqrt(unexplained * (1 / held + 1 / written) / prospect.found) / base


def _outcomes(prospect: Prospect) -> tuple[float, float]:
    """Give the mean of the outcomes expected, and their variance about what is foretold."""
    probability = prospect.probability[prospect.written]
    base = float(probability.mean())
    if prospect.foretold:
        return base, float((probability * (1 - probability)).mean())
    return base, MOST_VARIANCE


def worth_of_hold_out(
    prospect: Prospect, settings: Settings, *, new_known: bool, running: bool
) -> results.HoldOutWorth | None:
    """Hold the value of a control group against its price, over the months that count.

    Returns
    -------
    HoldOutWorth or None
        None where a letter pays for nobody, or no group is wanted.
    """
    hold_out = settings.offers.hold_out
    ahead = prospect.with_return(settings.money.required_return).in_groups()
    if not 0 < hold_out < 1 or not ahead.written.any():
        return None
    drawn = ahead.held & ahead.written
    tests = _tests(ahead, hold_out, settings, drawn)
    test, value = _best(ahead, tests)
    others = {share: _best(ahead, _tests(ahead, share, settings)) for share in SHARES}
    left = {share: worth - other.price for share, (other, worth) in others.items()}
    best = max(SHARES, key=lambda share: left[share])
    best_test, _ = others[best]
    pays = value > test.price
    few = is_small(int(drawn.sum()), settings.privacy.smallest_cell)
    always = not settings.offers.hold_out_if_it_pays
    arms = _arms(ahead, hold_out, test.months, drawn)
    alike = error_of(ahead, *arms)
    error = ahead.widened * alike
    mean, variance = _outcomes(ahead)
    return results.HoldOutWorth(
        hold_out=hold_out,
        share=prospect.share,
        deviation=prospect.deviation,
        no_help=_no_help(prospect.share, prospect.deviation),
        months=test.months,
        held=int(drawn.sum()),
        customers=round(sum(arms)),
        customers_held=round(arms[0]),
        probability=mean,
        variance=variance,
        error=error if math.isfinite(error) else None,
        rounds=test.left,
        new_a_month=prospect.new_a_month if new_known else None,
        margin=_margin(ahead, alike),
        found=ahead.found,
        widened=ahead.widened,
        price_roubles=test.forgone,
        weighed_roubles=test.price if ahead.required else None,
        value_roubles=value,
        pays=pays,
        running=running,
        drawn=pays or always or running,
        turns_at=_turning(ahead, lambda each: _net(each, tests)),
        best_hold_out=best if left[best] > 0 and not few else None,
        best_more_roubles=left[best] - (value - test.price),
        best_months=best_test.months,
        best_price_roubles=best_test.forgone,
    )


def _margin(prospect: Prospect, error: float) -> float | None:
    """Give half the width of the interval that the outcomes will be printed with.

    It holds in every month at once (`analysis.campaigns.effects.width`), so it is wider than that
    of a single look.
    """
    if not math.isfinite(error):
        return None
    base, _ = _outcomes(prospect)
    return prospect.widened * width(error * base, MIXTURE) / base


def widened(prospect: Prospect, together: results.Effect | None) -> float:
    """Tell how much wider the interval of all offers is than if customers weighed alike.

    Offers weigh by the profit that they met, so some customers tell more than others.
    """
    if together is None or together.share_saved is None:
        return 1.0
    seen = together.share_saved
    held, written = (each.base if each else 0 for each in (together.hold_out, together.contact))
    error = error_of(replace(prospect, found=1.0), held, written)
    alike = _margin(replace(prospect, widened=1.0), error)
    return 1.0 if not alike else max(1.0, (seen.high - seen.low) / 2 / alike)


def _arms(
    prospect: Prospect, hold_out: float, months: int, drawn: Flags | None = None
) -> tuple[float, float]:
    """Count the distinct customers held out and written to in so many months.

    Within limits as many are written to, group or not: others take the place of those held.
    """
    now = float((prospect.written & prospect.in_reach).sum())
    new = prospect.new_a_month * max(0, months - 1)
    if prospect.reached is None:
        held = hold_out * now if drawn is None else float(drawn.sum())
        return held + hold_out * new, now - held + (1 - hold_out) * new
    part = hold_out / (1 - hold_out)
    held = part * now if drawn is None else float(drawn.sum())
    return held + part * new, now + new


@dataclass(frozen=True)
class _Test:
    """A control group of one length, whatever is believed of letters.

    Attributes
    ----------
    months : int
    left : float
        Rounds in which what was learnt is used.
    error : float
        Standard error of the share saved that the group would show.
    price : float
        What is forgone, less the return that is required of what is not spent, in roubles.
    forgone : float
        The same with that return.
    """

    months: int
    left: float
    error: float
    price: float
    forgone: float


def _tests(
    prospect: Prospect, hold_out: float, settings: Settings, drawn: Flags | None = None
) -> list[_Test]:
    """List the lengths that are allowed.

    The group is the one that the lot has drawn, or one of the expected size.
    """
    round_months = _round_months(settings)
    price, forgone = (
        _forgone(gain, prospect, hold_out, drawn)
        for gain in (prospect.gain, prospect.gain_before_return)
    )
    return [
        _Test(
            months=rounds * round_months,
            left=_rounds_left(rounds * round_months, settings),
            error=prospect.widened
            * error_of(prospect, *_arms(prospect, hold_out, rounds * round_months, drawn)),
            price=rounds * price,
            forgone=rounds * forgone,
        )
        for rounds in range(1, max(1, settings.offers.longest_test_months // round_months) + 1)
    ]


def _forgone(
    gain: Callable[[Flags | None], float], prospect: Prospect, hold_out: float, drawn: Flags | None
) -> float:
    """Give what a round loses to the group, less what others bring in its place within limits.

    Of a group of another size they bring the same part of it as of the one that the lot has drawn.
    """
    if prospect.reached is None:
        return hold_out * gain(None) if drawn is None else gain(drawn)
    held = prospect.held & prospect.written
    lost = gain(prospect.reached) - gain(~held)
    if drawn is not None:
        return lost
    alone = gain(held)
    return hold_out * gain(prospect.reached) * (lost / alone if alone > 0 else 1.0)


def _best(prospect: Prospect, tests: Sequence[_Test]) -> tuple[_Test, float]:
    """Of all lengths, the one that leaves most, and what it is worth."""
    worth = [test.left * value_of_knowing(prospect, test.error) for test in tests]
    return max(
        zip(tests, worth, strict=True), key=lambda each: (each[1] - each[0].price, -each[0].months)
    )


def _rounds_left(months: int, settings: Settings) -> float:
    """Count the rounds of letters in which what so many months taught is used."""
    left = settings.offers.test_pays_back_months - months
    return max(0.0, left / _round_months(settings))


def _round_months(settings: Settings) -> int:
    """Months after which a customer may be written to again, and the outcome is known."""
    return max(settings.offers.rest_months, settings.money.horizon_months)


def _net(prospect: Prospect, tests: Sequence[_Test]) -> float:
    test, value = _best(prospect, tests)
    return value - test.price


def _no_help(share: float, deviation: float) -> float:
    return float(norm.cdf(-share / deviation)) if deviation > 0 else float(share <= 0)


def _turning(prospect: Prospect, net: Callable[[Prospect], float]) -> float | None:
    """Find how probable it must be that letters do not help, for the group to pay."""
    low, high = SUREST, WIDEST
    if prospect.share <= 0 or net(replace(prospect, deviation=high)) <= 0:
        return None
    for _ in range(50):
        middle = math.sqrt(low * high)
        if net(replace(prospect, deviation=middle)) > 0:
            high = middle
        else:
            low = middle
    return _no_help(prospect.share, high)
