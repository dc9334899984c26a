"""How far what the report says of offers can be trusted: histories of mailings with known effects.

In every history a shop writes to its customers month after month, as the lists say: whoever was
written to rests, a part is held out by lot for good, and new customers come. What an offer saves is
known, and the report's own functions look at the outcomes in every month. Run by hand::

    python -m analysis.synthetic.mailing_study --histories 400 --seed 1

and its table goes into ``docs/study.md``.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis import results
from analysis.arrays import Floats
from analysis.campaigns.effects import compare, effect, needed_error
from analysis.campaigns.lot import Lot
from analysis.settings import Settings
from analysis.synthetic.detection_study import share_interval

FIRST_ID = 300_001
KNOWN, SPREAD = -0.6, 1.3
"""What a model knows of a customer, in logits: mean and standard deviation."""
MOST = 0.8
"""Nobody declines more surely than this, so that an offer can harm everyone alike."""


@dataclass(frozen=True)
class Shop:
    """A shop whose mailings are simulated.

    Attributes
    ----------
    listed : int
        Customers on the lists of a month.
    new : float
        Part of them who come onto a list for the first time, after the first month.
    saved : float
        The share of declines that the offer prevents, in truth.
    hidden : float
        Standard deviation, in logits, of what lasts in a customer and no model knows.
    """

    listed: int = 950
    new: float = 0.3
    saved: float = 0.1
    hidden: float = 1.0

    def declines(self) -> float:
        """Give the share that declines without the offer."""
        rng = np.random.default_rng(0)
        truth = MOST * _logistic(KNOWN + rng.normal(0, math.hypot(SPREAD, self.hidden), 200_000))
        return float(truth.mean())


def history(shop: Shop, months: int, hold_out: float, seed: int) -> pd.DataFrame:
    """Simulate the mailings of a shop, as ``analysis.campaigns.mailings.followed`` gives them."""
    rng = np.random.default_rng(seed)
    lot = Lot(rng.bytes(32))
    pool = shop.listed + round(shop.new * shop.listed) * (months - 1)
    ids = FIRST_ID + np.arange(pool)
    known = rng.normal(KNOWN, SPREAD, pool)
    lasting = rng.normal(0, shop.hidden, pool)
    contact = ~lot.draw(map(str, ids.tolist()), hold_out)
    parts = []
    for month in range(months):
        first = round(shop.new * shop.listed) * month
        on = np.arange(first, first + shop.listed)
        probability = _logistic(known[on] + rng.normal(0, 0.3, len(on)))
        truth = MOST * _logistic(known[on] + lasting[on])
        chance = truth * np.where(contact[on], 1 - shop.saved, 1.0)
        parts.append(
            pd.DataFrame(
                {
                    "id": ids[on],
                    "period": f"month {month:02d}",
                    "contact": contact[on],
                    "probability": probability,
                    "level": "steady",
                    "revenue_current": rng.gamma(4, 1200, len(on)),
                    "revenue_later": rng.gamma(4, 1200, len(on)),
                    "exposed": 2000 * probability,
                    "cost": 15.0,
                    "declined": (rng.random(len(on)) < chance).astype(float),
                    "got": pd.array([pd.NA] * len(on), dtype="boolean"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Counted:
    """What became of a shop's histories, in numbers of histories.

    Attributes
    ----------
    covered
        The last month's interval for one look alone holds the truth.
    always
        The intervals of all months together hold it.
    worked, harmed
        Some month said so.
    promised
        Some month had the standard error that is called enough for the true share.
    kept
        Of those: it worked by that month.
    """

    shop: Shop
    hold_out: float
    histories: int
    covered: int
    always: int
    worked: int
    harmed: int
    promised: int
    kept: int


def look_at(lines: pd.DataFrame, settings: Settings) -> list[results.Effect]:
    """Give what a report says in every month of a history, in the order of time."""
    months = sorted(lines["period"].unique())
    return [effect(lines[lines["period"] <= month], None, settings) for month in months]


def count(
    shop: Shop, histories: int, seed: int, *, months: int = 8, hold_out: float = 0.2
) -> Counted:
    """Look at every history in every month, and count what the report says."""
    settings = Settings()
    enough = 0.0
    if shop.saved > 0:
        enough = needed_error(shop.saved * shop.declines(), settings.offers.power)
    counts = dict.fromkeys(("covered", "always", "worked", "harmed", "promised", "kept"), 0)
    for each in range(histories):
        lines = history(shop, months, hold_out, seed * 1_000_003 + each)
        looks = look_at(lines, settings)
        told = [look for look in looks if look.share_saved]
        intervals = [look.share_saved for look in told if look.share_saved]
        of_difference = [look.difference_error or np.inf for look in told]
        counts["always"] += all(one.low <= shop.saved <= one.high for one in intervals)
        compared = compare(lines, lines["declined"].to_numpy(dtype=float))
        if compared is not None:
            off, error = compared.against(shop.saved)
            counts["covered"] += abs(off) <= float(norm.ppf(0.975)) * error
        counts["worked"] += any(look.verdict == "works" for look in looks)
        counts["harmed"] += any(look.verdict == "harms" for look in looks)
        when = next((place for place, each in enumerate(of_difference) if each <= enough), None)
        if when is not None:
            counts["promised"] += 1
            counts["kept"] += any(look.verdict == "works" for look in told[: when + 1])
    return Counted(shop, hold_out, histories, **counts)


ROWS = (
    (Shop(saved=0.0), 0.05),
    (Shop(saved=0.0), 0.2),
    (Shop(saved=0.1), 0.2),
    (Shop(saved=0.2), 0.2),
    (Shop(saved=0.3), 0.2),
    (Shop(saved=-0.2), 0.2),
    (Shop(saved=0.2, hidden=2.0), 0.2),
    (Shop(saved=0.0, listed=300), 0.2),
)
"""Shops of the table, each with its share held out."""

HEADS = ("saves", "listed", "held out", "one look", "all looks", "works", "harms", "power")


def row(counted: Counted) -> str:
    """Write a count as a row of a table in Markdown."""
    shop, base = counted.shop, counted.histories
    alone = f"{shop.saved:.0%}" + (" (much hidden)" if shop.hidden > 1 else "")
    parts = [
        alone,
        str(shop.listed),
        f"{counted.hold_out:.0%}",
        *(
            _of(number, base)
            for number in (counted.covered, counted.always, counted.worked, counted.harmed)
        ),
        _of(counted.kept, counted.promised) if counted.promised else "—",
    ]
    return f"| {' | '.join(parts)} |"


def _of(number: int, base: int) -> str:
    low, high = share_interval(number, base)
    return f"{number / base:.1%} ({low:.1%} to {high:.1%})"


def _logistic(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table in Markdown, and the seconds to the other stream."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.synthetic.mailing_study", description=main.__doc__
    )
    parser.add_argument("--histories", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for shop, hold_out in ROWS:
        print(row(count(shop, options.histories, options.seed, hold_out=hold_out)), flush=True)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
