"""Rows one below the other that have something in common."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Flags


def longest_stretch(flags: Flags) -> tuple[int, int]:
    """Find the longest stretch that is true.

    Parameters
    ----------
    flags : ndarray of bool, shape (rows,)

    Returns
    -------
    first, length : int
        Of the first such stretch; zeros where nothing is true.
    """
    if not flags.any():
        return 0, 0
    starts = np.flatnonzero(np.r_[True, flags[1:] != flags[:-1]])
    lengths = np.diff(np.r_[starts, len(flags)]) * flags[starts]
    longest = int(np.argmax(lengths))
    return int(starts[longest]), int(lengths[longest])
