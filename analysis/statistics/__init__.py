"""Pure functions of numbers: intervals, bootstraps, cut-offs, indices of stability."""
