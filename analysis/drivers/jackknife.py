"""How much explanations would change with the customers that the models learnt from.

The models of the folds are trained without one part of the customers each: a grouped jackknife.
How far a model's explanations lie from those of the other repeats' models, on the same customers,
is what leaving out that part changes. Random multipliers turn these deviations into draws.

Draws of the explained customers alone would be many times too narrow: contributions are all but a
function of the values, and what is uncertain is the function.

References
----------
Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, chapter 11 (jackknife).
Wu, C. F. J. (1986). Jackknife, bootstrap and other resampling methods in regression analysis.
Annals of Statistics 14, 1261-1295 (random multipliers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats


@dataclass(frozen=True)
class Draws:
    """What is drawn of the explained customers, and of the models that explain them.

    Attributes
    ----------
    weights : ndarray of shape (n, draws)
        How often each customer is drawn.
    repeat_of : ndarray of shape (draws,)
        The repeat that each draw takes.
    fold_of : ndarray of shape (repeats, n)
        The fold that tests each customer.
    multipliers : ndarray of shape (repeats * folds, draws)
        Of the deviations of the models. Their variance is that of the jackknife, averaged over
        repeats: times the deviations they have the covariance of the estimate.
    """

    weights: Floats
    repeat_of: NDArray[np.integer[Any]]
    fold_of: NDArray[np.integer[Any]]
    multipliers: Floats

    @classmethod
    def of(
        cls, weights: Floats, fold_of: NDArray[np.integer[Any]], rng: np.random.Generator
    ) -> Draws:
        """Draw repeats and multipliers for customers that are drawn already."""
        repeats, folds = len(fold_of), int(fold_of.max()) + 1
        draws = weights.shape[1]
        scale = np.sqrt((folds - 1) / (folds * repeats))
        return cls(
            weights=weights,
            repeat_of=np.asarray(rng.integers(repeats, size=draws)),
            fold_of=fold_of,
            multipliers=scale * rng.standard_normal((repeats * folds, draws)),
        )

    def pick(self, drawn: Floats) -> Floats:
        """Take each draw from its repeat: from (repeats, k, draws) to (k, draws)."""
        return np.asarray(drawn[self.repeat_of, :, np.arange(len(self.repeat_of))].T)

    def means(self, values: Floats, members: Floats) -> Floats:
        """Draw the means of a quantity inside groups of customers.

        Parameters
        ----------
        values : ndarray of shape (repeats, n)
        members : ndarray of shape (n, groups), 0 or 1

        Returns
        -------
        ndarray of shape (groups, draws)
            A group of which nobody is drawn keeps its mean.
        """
        total = members.T @ self.weights
        plain = (values @ members / members.sum(axis=0)).mean(axis=0)[:, None]
        sums = np.array([(of_repeat[:, None] * members).T @ self.weights for of_repeat in values])
        drawn = np.where(total > 0, self.pick(sums) / np.where(total > 0, total, 1), plain)
        return np.asarray(
            drawn + model_deviations(values, members, self.fold_of).T @ self.multipliers
        )


def model_deviations(values: Floats, members: Floats, fold_of: NDArray[np.integer[Any]]) -> Floats:
    """Deviation of each fold's model from the other repeats' models, in means over customers.

    Parameters
    ----------
    values : ndarray of shape (repeats, n)
        A quantity of each customer, such as a contribution, in at least two repeats.
    members : ndarray of shape (n, groups), 0 or 1
        The means are taken inside these groups.
    fold_of : ndarray of shape (repeats, n)
        The fold that tests each customer.

    Returns
    -------
    ndarray of shape (repeats * folds, groups)
        Centred in each repeat. The part of their variance that comes from the few customers of a
        fold is taken off; 0 for all models if nothing is left.
    """
    repeats, folds = len(values), int(fold_of.max()) + 1
    deviations = np.zeros((repeats, folds, members.shape[1]))
    noise = np.zeros(deviations.shape)
    for repeat in range(repeats):
        others = np.delete(values, repeat, axis=0).mean(axis=0)
        apart = (values[repeat] - others)[:, None]
        tested = (fold_of[repeat][:, None] == np.arange(folds)).astype(float)
        sizes = tested.T @ members
        enough = sizes > 1
        mean = np.divide(
            tested.T @ (apart * members), sizes, where=enough, out=np.zeros_like(sizes)
        )
        square = np.divide(
            tested.T @ (apart**2 * members), sizes, where=enough, out=np.zeros_like(sizes)
        )
        noise[repeat] = np.divide(
            square - mean**2, sizes - 1, where=enough, out=np.zeros_like(sizes)
        )
        deviations[repeat] = np.where(enough, mean, 0)
        deviations[repeat] -= deviations[repeat].mean(axis=0)
    seen = (deviations**2).sum(axis=(0, 1)) / (repeats * (folds - 1))
    real = np.maximum(0.0, seen - noise.mean(axis=(0, 1)))
    kept = np.sqrt(np.divide(real, seen, where=seen > 0, out=np.zeros_like(seen)))
    return np.asarray((deviations * kept).reshape(repeats * folds, -1))
