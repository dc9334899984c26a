"""What the shop can set: money, model, segments and offers, with sensible defaults.

Every value here that stands behind a figure in roubles is printed beside that figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from analysis.toml_files import read_toml

Share = Annotated[float, Field(ge=0, le=1)]
Roubles = Annotated[float, Field(ge=0)]
Family = Literal["logistic", "tree", "boosting", "extra_trees", "knn", "svc"]
"""Families of models, the simplest first: of those that cannot be told apart, the first wins."""


class Section(BaseModel):
    """A group of settings: an unknown key is an error, and none is changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Money(Section):
    """How profit becomes roubles at risk, and what a contact costs and saves.

    ``share_saved`` is that of a letter; ``discount_share_saved`` that of a letter with a discount,
    None where it saves no more; ``share_saved_deviation`` says how unsure either is, as a standard
    deviation, before any mailing has shown it. ``required_return`` is what every rouble spent must
    bring beyond itself: with 0 a contact has to pay for itself.

    Customers whose known level is decline already are not to be kept but to be won back; what is
    set for them alone begins with ``win_back_``, None where it is as for those to be kept.
    """

    profit_unit: Literal["thousand_roubles", "roubles"] = "thousand_roubles"
    horizon_months: Annotated[int, Field(ge=1, le=12)] = 3
    loss_share: Share = 0.5
    share_saved: Share = 0.1
    share_saved_deviation: Annotated[float, Field(ge=0, le=1)] = 0.15
    discount_share_saved: Share | None = None
    win_back_loss_share: Share | None = None
    win_back_share_saved: Share | None = None
    win_back_discount_share_saved: Share | None = None
    required_return: Annotated[float, Field(ge=0)] = 0.0
    contact_cost: Roubles = 15.0
    discount: Share = 0.05

    @property
    def to_win_back(self) -> Money:
        """What holds for those to be won back, in the place of what holds for those to be kept."""
        own = {
            name: getattr(self, f"win_back_{name}")
            for name in ("loss_share", "share_saved", "discount_share_saved")
        }
        return self.model_copy(
            update={name: value for name, value in own.items() if value is not None}
        )


class Model(Section):
    """Which candidates are compared and how, and how many months ahead is foretold (0: not at all).

    ``families`` are compared with each other for this month's model, in whatever order they are
    given; the forecast has a few candidates of its own. Where more than ``sample`` customers could
    be learnt from, so many are drawn; everyone is scored.
    """

    families: Annotated[list[Family], Field(min_length=1)] = list(get_args(Family))
    folds: Annotated[int, Field(ge=3, le=10)] = 5
    repeats: Annotated[int, Field(ge=1, le=10)] = 2
    bootstrap_draws: Annotated[int, Field(ge=100, le=5000)] = 500
    usable_roc_auc: Share = 0.65
    smallest_class: Annotated[int, Field(ge=10)] = 30
    sample: Annotated[int, Field(ge=500)] = 2000
    forecast_horizon: Annotated[int, Field(ge=0, le=12)] = 3

    @field_validator("families")
    @classmethod
    def _simplest_first(cls, families: list[Family]) -> list[Family]:
        return [family for family in get_args(Family) if family in families]


class Segments(Section):
    """Where the grid of risk and profit is cut, and which segment is chosen."""

    medium_risk: Share = 0.3
    high_risk: Share = 0.5
    profit_groups: Annotated[int, Field(ge=2, le=5)] = 3


class Offers(Section):
    """When an offer is made at all, how many at most, and how it is tested.

    ``most_contacts`` and ``budget_roubles`` are of one month's lists together; None is no limit.
    Whoever was on a list is left alone for ``rest_months``. ``hold_out`` of all customers are left
    without offers by lot, the same in every month; after ``hold_out_months`` the lot is drawn anew,
    None is never. With ``hold_out_if_it_pays`` nobody is held out unless what is learnt within
    ``longest_test_months`` is expected to be worth more, over ``test_pays_back_months``, than what
    is forgone. Of the others on a list with a
    discount ``letter_arm`` get the same letter without it, so that it shows whether the discount is
    needed. Nobody is left out for want of others: a list below ``smallest_list`` is not made, its
    customers get the next offer that fits, at last the plain letter.
    """

    smallest_list: Annotated[int, Field(ge=1)] = 15
    most_contacts: Annotated[int, Field(ge=0)] | None = None
    budget_roubles: Roubles | None = None
    rest_months: Annotated[int, Field(ge=0, le=12)] = 3
    hold_out: Annotated[float, Field(ge=0, le=0.9)] = 0.05
    hold_out_if_it_pays: bool = True
    longest_test_months: Annotated[int, Field(ge=1, le=60)] = 12
    test_pays_back_months: Annotated[int, Field(ge=1, le=120)] = 24
    hold_out_months: Annotated[int, Field(ge=1)] | None = None
    letter_arm: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    power: Annotated[float, Field(gt=0, lt=1)] = 0.8

    @property
    def drawn(self) -> bool:
        """Whether anything is decided by lot."""
        return self.hold_out > 0 or self.letter_arm > 0


class Cleaning(Section):
    """What is repaired, what is kept out of training, and what is only reported.

    Copies share a fold whatever is chosen here, and customers without revenue on file for a month
    are never scored.

    Attributes
    ----------
    labels
        Misspelt services and categories: corrected, or left as found.
    impossible_multiplier
        Interquartile ranges, in logarithms, beyond which a value is impossible.
    impossible
        A customer with an impossible value: emptied and kept out of training, emptied and trained
        on, or trained on as found (a value out of its bounds is emptied in any case).
    inactive
        A customer without revenue in a month: not scored, scored but kept out of training, or
        trained on.
    twins
        All but one of the customers who differ in id and profit alone: out of training or in it.
    contradicting
        Customers with the same revenues, minutes, pages and failures but opposite levels: in
        training or out of it.
    """

    labels: Literal["repair", "keep"] = "repair"
    impossible_multiplier: Annotated[float, Field(gt=0)] = 8.0
    impossible: Literal["set_aside", "empty", "keep"] = "set_aside"
    inactive: Literal["not_scored", "set_aside", "keep"] = "not_scored"
    twins: Literal["set_aside", "keep"] = "set_aside"
    contradicting: Literal["keep", "set_aside"] = "keep"


class Privacy(Section):
    """What is told of few customers, and how long files that name customers are kept.

    A count of fewer than ``smallest_cell`` customers is not shown where it is told by their
    attributes; offers that so few get are summed up together, and where no more would get any
    offer there are no lists. ``keep_customers_months`` after the month of an edition its lists and
    its file of customers are removed; None is never. What later months read of them ends with it.
    """

    smallest_cell: Annotated[int, Field(ge=1, le=100)] = 5
    keep_customers_months: Annotated[int, Field(ge=1)] | None = None


class Changes(Section):
    """What counts as a material change between two months.

    A change is material if its p-value, corrected for the number of comparisons, is below
    ``alpha`` and its size above a floor: ``floor_share`` for shares (0.01 is one point),
    ``floor_effect`` for means (in standard deviations), ``floor_money`` for totals in roubles
    (relative).
    """

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    floor_share: Share = 0.01
    floor_effect: Annotated[float, Field(ge=0)] = 0.05
    floor_money: Share = 0.05
    draws: Annotated[int, Field(ge=200, le=20000)] = 1000


class Settings(Section):
    """All settings of one report.

    They come from one file or from keywords; no environment variable changes a figure.
    """

    money: Money = Money()
    model: Model = Model()
    segments: Segments = Segments()
    offers: Offers = Offers()
    cleaning: Cleaning = Cleaning()
    changes: Changes = Changes()
    privacy: Privacy = Privacy()

    @classmethod
    def from_toml(cls, file: Path) -> Settings:
        """Read settings from a TOML file.

        Raises
        ------
        analysis.toml_files.TomlError
            The file is not TOML.
        pydantic.ValidationError
            A key is unknown or a value out of its range.
        """
        return cls.model_validate(read_toml(file))
