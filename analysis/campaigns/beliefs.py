"""What is believed of each offer: the settings' assumption, then what its outcomes make of it.

The shares that offers save are taken as normal: what all have in common, as unsure as the settings
say, and beside it what is an offer's own. So what one offer showed moves the others too, by less.
With few outcomes the belief is the assumption; with many it is what was seen. Where offers differ
by more than was thought possible, what is their own is taken to vary as much as they do.

An offer was tried on those whom it fitted first. For others what it would save is as open as for an
offer that nobody has tried: only what all have in common is carried over (``carried``).

By how much more an offer saves on those to be won back than on those to be kept is taken as
assumed. Outcomes of both together move what is believed of either by as much.

References
----------
DerSimonian, Laird (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7: how much
effects vary beyond their errors.
Gelman, Carlin, Stern, Dunson, Vehtari, Rubin (2013). Bayesian data analysis, chapter 5: the normal
model of exchangeable effects.
Ascarza, Iyengar, Schleicher (2016). The perils of proactive churn prevention using plan
recommendations. J. Marketing Research 53: offers to keep customers can drive them away, so that a
belief must leave room for harm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from analysis import results
from analysis.arrays import Floats

OWN = 1.0
"""Standard deviation of what is an offer's own, as a part of that of what all have in common."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Shares saved, by offer.

    Attributes
    ----------
    codes : sequence of str
    assumed : ndarray of float, shape (n_offers,)
        Before any outcome.
    mean, covariance : ndarray of float, shape (n_offers + 1,) and (n_offers + 1, n_offers + 1)
        Now; the last is by how much an offer that was never tried on somebody saves more than
        assumed.
    seen : sequence of str
        Offers with outcomes of their own.
    win_back : ndarray of float, shape (n_offers,)
        How much more than all this is saved on those to be won back.
    own : float
        Standard deviation, before any outcome, of what is an offer's own.
    """

    codes: Sequence[str]
    assumed: Floats
    mean: Floats
    covariance: Floats
    seen: Sequence[str]
    win_back: Floats
    own: float = 0.0

    @property
    def carried(self) -> float:
        """Mean of what is carried over."""
        return float(self.mean[-1])

    @property
    def untried(self) -> dict[str, float]:
        """What is expected by offer for those on whom it was never tried."""
        deviation = float(np.sqrt(self.covariance[-1, -1]))
        return {
            code: self._expected(float(assumed + self.carried), deviation)
            for code, assumed in zip(self.codes, self.assumed, strict=True)
        }

    @property
    def win_back_more(self) -> dict[str, float]:
        """How much more is saved on those to be won back, by offer."""
        return dict(zip(self.codes, self.win_back.tolist(), strict=True))

    @property
    def shares(self) -> dict[str, float]:
        """What is expected by offer."""
        deviations = np.sqrt(np.diag(self.covariance)).tolist()
        return {
            code: self._expected(float(self.mean[place]), deviations[place])
            for place, code in enumerate(self.codes)
        }

    def _expected(self, mean: float, deviation: float) -> float:
        """Give the mean of a share of which nothing beyond 1 can come true.

        Before any outcome that is the assumption as the shop has set it.
        """
        if not self.seen or deviation <= 0:
            return mean
        room = (1 - mean) / deviation
        return mean - deviation * float(norm.pdf(room) - room * norm.sf(room))

    def together(self, weights: Mapping[tuple[str, bool], float]) -> tuple[float, float]:
        """Give mean and standard deviation of what offers save, weighted by what they meet.

        Parameters
        ----------
        weights : mapping of (str, bool) to float
            By offer and whether it was tried on such customers.
        """
        weight = np.zeros(len(self.mean))
        beyond = 0.0
        total = sum(weights.values())
        for (code, tried), share in weights.items():
            place = self.codes.index(code)
            weight[place if tried else -1] += share / total
            beyond += 0.0 if tried else share / total * float(self.assumed[place])
        mean = float(weight @ self.mean) + beyond
        return mean, float(np.sqrt(weight @ self.covariance @ weight))

    def described(self) -> list[results.Belief]:
        """Give the beliefs as results."""
        deviations, shares = np.sqrt(np.diag(self.covariance)), self.shares
        elsewhere = self._elsewhere
        return [
            results.Belief(
                code=code,
                assumed=float(self.assumed[place]),
                share=shares[code],
                untried=elsewhere[code],
                win_back=self._of_win_back(place),
                deviation=float(deviations[place]),
                estimated=bool(self.seen),
            )
            for place, code in enumerate(self.codes)
        ]

    @property
    def _elsewhere(self) -> dict[str, float]:
        """What is expected by offer of all on whom it was not tried, as contacts are priced.

        What did worse than offers have in common is believed to do so to everyone.
        """
        shares = self.shares
        return {code: min(share, shares[code]) for code, share in self.untried.items()}

    def _of_win_back(self, place: int) -> results.WinBackBelief | None:
        more = float(self.win_back[place])
        if more == 0:
            return None
        code = self.codes[place]
        return results.WinBackBelief(
            assumed=float(self.assumed[place]) + more,
            share=self.shares[code] + more,
            untried=self._elsewhere[code] + more,
        )


def believe(
    assumed: Mapping[str, float],
    deviation: float,
    effects: Sequence[results.Effect] = (),
    win_back: Mapping[str, float] | None = None,
    met: Mapping[str, float] | None = None,
) -> Beliefs:
    """Update what is assumed of offers by what they were seen to do.

    Parameters
    ----------
    assumed : mapping of str to float
        Share saved by offer code, before any outcome.
    deviation : float
        Standard deviation of what all have in common before any outcome.
    effects : sequence of Effect
        By offer; those without an estimate teach nothing.
    win_back : mapping of str to float, optional
        How much more each offer is assumed to save on those to be won back; nothing by default.
    met : mapping of str to float, optional
        By offer, the part of the declines behind its effect that were to be expected of those to be
        won back; none by default.
    """
    codes = list(assumed)
    before = np.array([*assumed.values(), 0.0])
    known = [
        (each, codes.index(str(each.code)), each.share_saved.value, each.standard_error)
        for each in effects
        if each.code in assumed and each.share_saved is not None and each.standard_error
    ]
    rows = [row for _, row, *_ in known]
    more = np.array([(win_back or {}).get(code, 0.0) for code in codes])
    of_win_back = np.array([(met or {}).get(codes[row], 0.0) for row in rows])
    off = np.array([value for *_, value, _ in known]) - (before[rows] + of_win_back * more[rows])
    errors = np.array([error for *_, error in known])
    own = max((OWN * deviation) ** 2, _between(off, errors)) if deviation > 0 else 0.0
    covariance = deviation**2 + own * np.eye(len(before))
    mean = before
    if known and deviation > 0:
        gain = covariance[:, rows] @ np.linalg.inv(
            covariance[np.ix_(rows, rows)] + np.diag(errors**2)
        )
        mean = before + gain @ off
        covariance = covariance - gain @ covariance[rows, :]
    return Beliefs(
        codes,
        before[:-1],
        mean,
        covariance,
        [str(each.code) for each, *_ in known],
        more,
        math.sqrt(own),
    )


def _between(values: Floats, errors: Floats) -> float:
    """Give the variance of effects beyond their errors, by moments (DerSimonian, Laird 1986)."""
    if len(values) < 2:
        return 0.0
    weight = errors**-2
    middle = (weight @ values) / weight.sum()
    excess = float(weight @ (values - middle) ** 2) - (len(values) - 1)
    return max(0.0, excess / float(weight.sum() - (weight**2).sum() / weight.sum()))
