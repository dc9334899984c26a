"""Customers alike in what decides a sum, taken together.

A sum over very many customers who are drawn with replacement is normal, and its mean and variance
follow from sums over groups of customers alike. Where customers are few they are drawn one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Counts, Floats, Rows

PARTS = 500
"""Into which probabilities are cut: those of a part count as their mean."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of customers with the same labels and nearly the same probability.

    Attributes
    ----------
    group : ndarray of int, shape (n,)
        Number of the group of every customer.
    first : ndarray of int, shape (groups,)
        Place of a customer of each group, who has its labels.
    size : ndarray of float, shape (groups,)
    probability : ndarray of float, shape (groups,)
        The mean of the group.
    """

    group: Counts
    first: Rows
    size: Floats
    probability: Floats

    def total(self, values: Floats) -> Floats:
        """Add up the values of customers within every group."""
        return np.bincount(self.group, values, minlength=len(self.size)).astype(np.float64)


def groups_alike(probability: Floats, *labels: pd.Series[str] | Counts) -> Groups:
    """Take together customers whose labels are equal and whose probability is nearly so."""
    number = np.minimum((probability * PARTS).astype(np.int64), PARTS - 1)
    for label in labels:
        codes, different = pd.factorize(label)
        number = number * (len(different) + 1) + codes + 1
    _, first, group = np.unique(number, return_index=True, return_inverse=True)
    size = np.bincount(group).astype(float)
    return Groups(group, first, size, np.bincount(group, probability) / size)
