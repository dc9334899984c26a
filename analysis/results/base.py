"""What all results are made of: values with their 95 % intervals."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of the results: no field but those named, finite numbers, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Interval(Part):
    """A 95 % interval."""

    low: float
    high: float


class Estimate(Part):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Proportion(Part):
    """``count`` of ``base``, with a Wilson interval."""

    count: int
    base: int
    share: float
    low: float
    high: float


class Rank(Part):
    """A place among the features, 1 the first, with its 95 % interval; ties share the better."""

    place: int
    low: int
    high: int


class Bounds(Part):
    """A share with none and with all of the customers who were not found again counted in."""

    low: float
    high: float
