"""Plans of whom to contact: priced, limited, and what is unsure of them."""

from __future__ import annotations

from typing import Literal

from analysis.results.base import Estimate, Part


class Alternative(Part):
    """One way of contacting the customers, priced by the assumptions without a control group.

    ``nothing``; ``letters`` to all for whom one pays; ``letters_and_discounts``, a discount where
    it brings more than the letter; ``discounts_first``, a discount wherever it pays for itself,
    letters elsewhere. All keep to the same limits and the same required return. ``discounts`` of
    the customers get a letter with a discount.
    """

    code: Literal["nothing", "letters", "letters_and_discounts", "discounts_first"]
    customers: int
    discounts: int = 0
    cost_roubles: float
    gain_roubles: float
    recommended: bool


class DepthPoint(Part):
    """What so many contacts cost and bring, those with the largest gain first."""

    contacts: int
    cost_roubles: float
    gain_roubles: float


class LetterGroup(Part):
    """So many customers with neighbouring places in the order of what a letter saves on each.

    ``least_saved`` lies between the last of them and the first of the next group.
    """

    customers: int
    least_saved: float
    saved_roubles: float
    exposed_roubles: float


class LetterTotals(Part):
    """Letters to all who may be written to, in groups, whether or not a letter pays for itself.

    ``share_saved`` is what letters save of the profit exposed on all of them, ``most_share_saved``
    the largest share saved on anybody.
    """

    contact_cost: float
    share_saved: float
    most_share_saved: float
    groups: list[LetterGroup]


class DiscountWorth(Part):
    """What a discount would have to save to bring more than the letter alone.

    Over the ``customers`` whom an offer with a discount suits: ``first`` is the share of the
    exposed profit from which on it does for as many as the smallest list holds, ``half`` for half
    of the customers; None where so many do not exist, or where it would have to save more than
    everything. The plain letter saves ``letter_saves``. With ``saves_the_same`` every discount is
    assumed to save what the plain letter does, and none is sent for less.
    """

    customers: int
    smallest_list: int
    saves_the_same: bool = False
    letter_saves: float | None = None
    first: float | None
    half: float | None


NoLists = Literal["nobody", "does_not_pay", "no_room", "held_out", "too_few"]
"""Nobody may be written to; no letter earns its cost; the limits leave room for none, or for fewer
than may be told of; the lot leaves out everyone who would get one; fewer would than may be told
of."""


class LeftOut(Part):
    """Whom the cap on contacts or the budget left out, and what offers to them would bring.

    Without those whom the lot leaves out in any case.
    """

    customers: int
    cost_roubles: float
    gain_roubles: float


class ByLevel(Part):
    """What holds of those to be kept, and of those to be won back: whose known level is decline."""

    keep: float
    win_back: float


class Prospects(Part):
    """What the lists may bring, with all that is unsure drawn together.

    Who is a customer, how far the probabilities are off all together (where that is known), who
    declines, and what share offers save; what a decline costs is taken as assumed. ``loss`` is the
    probability that the lists bring less than they cost.
    """

    gain_roubles: Estimate
    loss: float


class Untried(Part):
    """Those written to on whom nobody has tried their offer yet, where others have been tried.

    ``share_saved`` is what is expected of their offers, ``tried_share_saved`` of the offers of the
    others (None where there are no others), of the exposed profit. ``tried_prospects`` is what
    the others may bring alone.
    """

    customers: int
    exposed_roubles: float
    cost_roubles: float = 0.0
    gain_roubles: float
    share_saved: float | None
    tried_share_saved: float | None
    tried_prospects: Prospects | None = None


class ListedCopies(Part):
    """Customers of the lists who are copies of one another: perhaps the same person twice.

    ``again`` of those written to are copies of another who is written to; of ``split`` groups of
    copies the lot holds out a part and not the rest.
    """

    again: int
    split: int


class FirstHalf(Part):
    """The first of all who are written to, in the order of the lists: they bring half of it all."""

    customers: int
    cost_roubles: float
    gain_roubles: float


class OtherOrder(Part):
    """How far the order of the lists rests on the form of the effect that is assumed.

    The lists assume that a contact saves the same share of every customer's exposed profit. If it
    lowers every probability by the same amount, the order is that of the stakes; ``shared`` of the
    first ``customers`` are then still among the first as many.
    """

    customers: int
    shared: int


class Sensitivity(Part):
    """What the same lists bring if an assumption is wrong; ``setting`` is None for none.

    ``worth_contacting`` counts for whom a contact would pay if it were so. The assumptions on those
    to be kept and to be won back move together; with ``capped`` some share would be above 1, and 1
    is taken; ``value_by_level`` has both where they are not one,
    and ``value`` is then, of shares saved, that over all lists, else that of those to be kept.
    """

    setting: str | None
    times: float
    capped: bool = False
    value: float | None
    value_by_level: ByLevel | None = None
    worth_contacting: int
    cost_roubles: float
    gain_roubles: float
    break_even: float | None
