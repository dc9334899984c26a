"""Types of NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Target = NDArray[np.integer[Any]]
Rows = NDArray[np.intp]
Counts = NDArray[np.int64]
