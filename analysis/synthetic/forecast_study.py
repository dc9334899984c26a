"""Whether what a forecast claims of groups comes true where features move for everybody.

Run by hand; its table is kept in ``docs/study.md``::

    python -m analysis.synthetic.forecast_study --panels 40

Every panel of invented customers goes on for as many months after the sample's last one as the
forecast looks ahead. The forecast learns from the month that lies the same number before the last,
is made in the last month, which shows the planted changes, and is held against the levels that
came. Quiet panels have no planted changes in these months.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import results
from analysis.cleaning.customers import in_content_order
from analysis.model.forecast import Forecasted, forecast_month
from analysis.model.learnt_ahead import EarlierMonth
from analysis.periods import months_later
from analysis.settings import Model, Settings
from analysis.synthetic.detection_study import customers_of, share_interval
from analysis.synthetic.generate import LAST, panel
from analysis.synthetic.panel import Month
from analysis.synthetic.planted import DECLINE_STEP

HORIZON = 3
QUIET = -DECLINE_STEP - 1
"""So many of the newest months are left out of a panel in which nothing is planted."""

GROUPS = ("everybody", "steady_high", "declined_low")
QUICK = Settings(model=Model(folds=5, repeats=1, bootstrap_draws=100))


class ThreeMonths(NamedTuple):
    """The month learnt from, the month of the forecast and the month of the outcome."""

    then: pd.DataFrame
    now: pd.DataFrame
    later: pd.DataFrame


class Outcome(NamedTuple):
    """A claim on a group, and how many of its customers were found again and had declined."""

    claim: results.GroupClaim
    found: int
    declined: int

    @property
    def inside(self) -> bool:
        """Whether the share in decline lies within the limits."""
        return self.claim.expected.low <= self.declined / self.found <= self.claim.expected.high


def three_months(seed: int, customers: int, *, planted: bool) -> ThreeMonths:
    """Make the months of one panel, without its faults."""
    ahead = HORIZON if planted else QUIET
    months = list(islice(panel(seed, customers, last=LAST, ahead=ahead), 2 * HORIZON + 1))
    then, now, later = (_without_faults(months[back * HORIZON]) for back in (2, 1, 0))
    return ThreeMonths(then, now, later)


def _without_faults(month: Month) -> pd.DataFrame:
    layout = month.layout
    faults = np.concatenate([layout.copies, layout.inactive, np.atleast_1d(layout.outlier)])
    table = customers_of(month)
    kept = in_content_order(table.drop(index=table.index[faults]))
    return kept.assign(
        state="trained",
        reason="",
        twin_of=pd.array([pd.NA] * len(kept), dtype="str"),
        copy_group=np.arange(len(kept)),
    )


def foretold(months: ThreeMonths, settings: Settings, seed: int = 1) -> Forecasted:
    """Make the forecast of the middle month."""
    earlier = EarlierMonth(months_later(LAST, -HORIZON), "snapshot", months.then)
    scored = months.now[["id"]].assign(probability=0.5)
    return forecast_month(months.now, earlier, scored, settings, seed)


def outcomes(months: ThreeMonths, found: Forecasted, settings: Settings) -> dict[str, Outcome]:
    """Hold the claims against what came; a group of which nobody is found again is left out."""
    assert found.results is not None and found.results.claims is not None
    told = months.now.merge(found.probabilities, on="id")
    came = told["id"].map(months.later.set_index("id")["level"])
    risk = settings.segments
    members = {
        "everybody": came.notna(),
        "steady_high": told["level"].eq("steady") & (told["forecast"] >= risk.high_risk),
        "declined_low": told["level"].eq("declined") & (told["forecast"] < risk.medium_risk),
    }
    known: dict[str, Outcome] = {}
    for name in GROUPS:
        claim = getattr(found.results.claims, name)
        levels = came[members[name] & came.notna()]
        if claim is not None and len(levels):
            known[name] = Outcome(claim, len(levels), int(levels.eq("declined").sum()))
    return known


def study(panels: int, customers: int, *, planted: bool) -> Iterator[dict[str, Outcome]]:
    """Hold the forecasts of as many panels against what came."""
    for seed in range(1, panels + 1):
        months = three_months(seed, customers, planted=planted)
        found = foretold(months, QUICK)
        if found.results is not None and found.results.used:
            yield outcomes(months, found, QUICK)


def rows(name: str, counted: Sequence[dict[str, Outcome]]) -> Iterator[str]:
    """Write the outcomes as rows of a table in Markdown."""
    for group in GROUPS:
        there = [each[group] for each in counted if group in each]
        found = sum(each.found for each in there)
        said = sum(each.claim.said * each.found for each in there) / found
        expected = sum(each.claim.expected.value * each.found for each in there) / found
        came = sum(each.declined for each in there) / found
        inside = sum(each.inside for each in there)
        low, high = share_interval(inside, len(there))
        yield (
            f"| {name} | {group} | {found / len(there):.0f} | {said:.1%} | {expected:.1%} "
            f"| {came:.1%} | {inside} of {len(there)}: {inside / len(there):.0%} "
            f"({low:.0%} to {high:.0%}) |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table in Markdown, and the seconds to the other stream."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.synthetic.forecast_study", description=main.__doc__
    )
    parser.add_argument("--panels", type=int, default=40)
    parser.add_argument("--customers", type=int, default=1300)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    print("| months | group | found again | said | expected | came | within the limits |")
    print("|---|---|---|---|---|---|---|")
    for name, planted in (("as in the sample", True), ("quiet", False)):
        counted = list(study(options.panels, options.customers, planted=planted))
        for line in rows(name, counted):
            print(line, flush=True)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
