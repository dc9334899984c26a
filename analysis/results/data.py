"""What came in, what was repaired and found, and who is used for what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Part, Proportion


class SourceFile(Part):
    """A file of the snapshot, and how it is written."""

    name: str
    rows: int
    separator: str
    decimal: str
    encoding: str
    line_ends: str


class Repair(Part):
    """A misspelling; ``declined`` are the customers who have it, where one may be left as found.

    ``telling``: one level has it more often than the other.
    """

    file: str
    column: str
    found: str
    repaired: str
    count: int
    declined: Proportion | None
    telling: bool


class Finding(Part):
    """Something that the analyst should know of the export; ``code`` picks its words.

    ``decides``: other letters may be right, depending on what the shop says to it.
    """

    code: str
    severity: Literal["info", "warning", "serious"]
    count: int
    base: int
    file: str | None = None
    column: str | None = None
    action: Literal[
        "reported", "repaired", "not_trained", "not_scored", "missing", "kept", "together", "unseen"
    ]
    fields: dict[str, float | int | str] = Field(default_factory=dict)
    decides: bool = False


class UnseenError(Part):
    """An error that no check of a column would have noticed, had it been there.

    ``low`` and ``high`` are the factors by which all its numbers could be wrong, ``mixed`` the part
    of them, or of its labels, that could be other customers', ``share`` the part of its labels that
    could be wrong at random, ``lost`` the part of refusals that could have become consents.
    ``beside``: it was held against the month before in the data folder, another month of the same
    export, or what is usual of it.
    """

    file: str
    column: str
    beside: Literal["earlier", "export", "usual"]
    low: float | None = None
    high: float | None = None
    share: float | None = None
    mixed: float | None = None
    lost: float | None = None


class ControlTotal(Part):
    """A figure over all customers, as exported and as the shop's books have it, if they say so.

    ``of`` is the month that is summed or the label that is counted, as the shop writes it; the
    column ``customers`` counts them.
    """

    file: str
    column: str
    of: str | None
    export: float
    books: float | None
    agrees: bool = False


class MonthTotals(Part):
    """Totals of one month over all customers; ``revenue`` without impossible values.

    Minutes are known for two months only.
    """

    month: Literal["before_previous", "previous", "current"]
    revenue_as_exported: float
    revenue: float
    revenue_mean: float
    revenue_customers: int
    minutes: float | None
    minutes_mean: float | None


class Change(Part):
    """Relative change of this month's total against last month's, the same customers."""

    share: float
    low: float
    high: float
    customers: int


class Copies(Part):
    """Pairs of customers with the same revenues, minutes, pages and failures.

    ``exact`` pairs are equal in everything but id and profit; ``near`` ones have one level;
    ``contradicting`` ones opposite levels. ``customers`` are in at least one pair.
    """

    pairs: int
    exact: int
    near: int
    contradicting: int
    customers: int


class DataResults(Part):
    """What came; a share without a base, such as of decline where no level is known, is None.

    ``active_in_all_months`` are those with revenue in every month on file: where they are nearly
    all, those who left are not in the export, and changes of revenue are of those who stayed.
    ``not_sampled`` could be learnt from, were not drawn into the sample, and are scored.
    ``class_runs`` are the blocks of one level in the order of the file, ``expected_runs`` those
    that a shuffled file would have.
    ``looked_up`` customers were held against the shop's books one by one, and ``otherwise`` of them
    are otherwise there; had they been drawn at random, ``looked_up_at_most`` of all could be.
    """

    customers: int
    files: list[SourceFile]
    repairs: list[Repair]
    repaired_rows: int
    findings: list[Finding]
    trained: int
    not_trained: int
    not_sampled: int = 0
    not_scored: int
    scored: int
    set_aside: dict[str, int]
    set_aside_total: int
    declined_set_aside: Proportion | None = None
    declined: Proportion | None
    declined_trained: Proportion | None
    no_consent: Proportion
    no_consent_trained: Proportion | None
    active_in_all_months: Proportion | None = None
    months: list[MonthTotals]
    revenue_change: Change | None
    minutes_change: Change | None
    profit_total: float
    profit_total_trained: float
    profit_above_revenue: Proportion
    profit_to_revenue: float | None
    file_order_auc: float | None
    id_order_auc: float | None
    class_runs: int
    expected_runs: float
    position_tells: bool
    id_tells: bool
    copies: Copies
    impossible_values: int
    unseen: list[UnseenError] = Field(default_factory=list)
    totals: list[ControlTotal] = Field(default_factory=list)
    looked_up: int = 0
    otherwise: int = 0
    looked_up_at_most: float | None = None
