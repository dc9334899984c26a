"""What is believed of each offer: the settings' assumption, then what its outcomes make of it.

The shares that offers save are taken as normal: what all have in common, as unsure as the settings
say, and beside it what is an offer's own. So what one offer showed moves the others too, by less.
With few outcomes the belief is the assumption; with many it is what was seen.

References
----------
Gelman, Carlin, Stern, Dunson, Vehtari, Rubin (2013). Bayesian data analysis, chapter 5: the normal
model of exchangeable effects.
Ascarza, Iyengar, Schleicher (2016). The perils of proactive churn prevention using plan
recommendations. J. Marketing Research 53: offers to keep customers can drive them away, so that a
belief must leave room for harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
    assumed, mean : ndarray of float, shape (n_offers,)
        Before any outcome, and now.
    covariance : ndarray of float, shape (n_offers, n_offers)
    seen : sequence of str
        Offers with outcomes of their own.
    """

    codes: Sequence[str]
    assumed: Floats
    mean: Floats
    covariance: Floats
    seen: Sequence[str]

    @property
    def shares(self) -> dict[str, float]:
        """Mean by offer."""
        return dict(zip(self.codes, self.mean.tolist(), strict=True))

    def together(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Give mean and standard deviation of what offers save, weighted by what they meet."""
        weight = np.array([weights.get(code, 0.0) for code in self.codes])
        total = weight.sum()
        if total <= 0:
            weight, total = np.ones(len(self.codes)), float(len(self.codes))
        weight = weight / total
        return float(weight @ self.mean), float(np.sqrt(weight @ self.covariance @ weight))

    def described(self) -> list[results.Belief]:
        """Give the beliefs as results."""
        deviations = np.sqrt(np.diag(self.covariance))
        return [
            results.Belief(
                code=code,
                assumed=float(self.assumed[place]),
                share=float(self.mean[place]),
                deviation=float(deviations[place]),
                estimated=bool(self.seen),
            )
            for place, code in enumerate(self.codes)
        ]


def believe(
    assumed: Mapping[str, float], deviation: float, effects: Sequence[results.Effect] = ()
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
    """
    codes = list(assumed)
    prior = np.array([assumed[code] for code in codes], dtype=float)
    covariance = deviation**2 * (1 + OWN**2 * np.eye(len(codes)))
    known = [
        each
        for each in effects
        if each.code in assumed and each.share_saved is not None and each.standard_error
    ]
    mean = prior
    if known and deviation > 0:
        rows = [codes.index(str(each.code)) for each in known]
        estimates = np.array([each.share_saved.value for each in known if each.share_saved])
        noise = np.diag([float(each.standard_error or 0) ** 2 for each in known])
        gain = covariance[:, rows] @ np.linalg.inv(covariance[np.ix_(rows, rows)] + noise)
        mean = prior + gain @ (estimates - prior[rows])
        covariance = covariance - gain @ covariance[rows, :]
    return Beliefs(codes, prior, mean, covariance, [str(each.code) for each in known])
