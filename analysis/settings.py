"""What the shop can set: money, model, segments and offers, with sensible defaults.

Every value here that stands behind a figure in roubles is printed beside that figure.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Roubles = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Money(Section):
    """How profit becomes roubles at risk, and what a contact costs and saves."""

    profit_unit: Literal["thousand_roubles", "roubles"] = "thousand_roubles"
    horizon_months: Annotated[int, Field(ge=1, le=12)] = 3
    loss_share: Share = 0.5
    share_saved: Share = 0.1
    contact_cost: Roubles = 15.0
    discount: Share = 0.05


class Model(Section):
    """How candidates are compared."""

    folds: Annotated[int, Field(ge=3, le=10)] = 5
    repeats: Annotated[int, Field(ge=1, le=10)] = 2
    bootstrap_draws: Annotated[int, Field(ge=100, le=5000)] = 500
    usable_roc_auc: Share = 0.65
    smallest_class: Annotated[int, Field(ge=10)] = 30


class Segments(Section):
    """Where the grid of risk and profit is cut, and which segment is chosen."""

    medium_risk: Share = 0.3
    high_risk: Share = 0.5
    profit_groups: Annotated[int, Field(ge=2, le=5)] = 3


class Offers(Section):
    """When an offer is made at all, and how it is tested."""

    smallest_list: Annotated[int, Field(ge=1)] = 5
    hold_out: Share = 0.2
    power: Share = 0.8


class Cleaning(Section):
    """What counts as an impossible value."""

    impossible_multiplier: Annotated[float, Field(gt=0)] = 8.0


class Settings(Section):
    """All settings of one report.

    They come from one file or from keywords; no environment variable changes a figure.
    """

    money: Money = Money()
    model: Model = Model()
    segments: Segments = Segments()
    offers: Offers = Offers()
    cleaning: Cleaning = Cleaning()

    @classmethod
    def from_toml(cls, file: Path) -> Settings:
        """Read settings from a TOML file.

        Raises
        ------
        tomllib.TOMLDecodeError
            The file is not TOML.
        pydantic.ValidationError
            A key is unknown or a value out of its range.
        """
        return cls.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
