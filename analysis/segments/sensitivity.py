"""What the lists would be if an assumption were half or twice as large."""

from __future__ import annotations

import pandas as pd

from analysis import results
from analysis.money import break_even
from analysis.segments.offers import Drawn, Triggers, draw_lists
from analysis.settings import Money, Settings

MOVED = ("contact_cost", "discount", "share_saved", "loss_share")
SHARES = ("discount", "share_saved", "loss_share")
OTHER_UNIT = {"thousand_roubles": "roubles", "roubles": "thousand_roubles"}


def sensitivity(
    assigned: pd.DataFrame, triggers: Triggers, settings: Settings, seed: int, base: Drawn
) -> list[results.Sensitivity]:
    """Draw the lists again with one assumption of money moved at a time.

    Parameters
    ----------
    assigned, triggers, seed
        As for ``draw_lists``.
    base : Drawn
        The lists with the settings as they are.

    Returns
    -------
    list of Sensitivity
        The base first, then each assumption halved and doubled (a share at most to 1), then
        profit read in its other unit.
    """
    rows = [_described(None, 1.0, None, base)]
    for name in MOVED:
        value = float(getattr(settings.money, name))
        for times in (0.5, 2.0):
            moved = min(value * times, 1.0) if name in SHARES else value * times
            drawn = _drawn(assigned, triggers, settings, {name: moved}, seed)
            rows.append(_described(name, times, moved, drawn))
    other = {"profit_unit": OTHER_UNIT[settings.money.profit_unit]}
    drawn = _drawn(assigned, triggers, settings, other, seed)
    rows.append(_described("profit_unit", 1.0, None, drawn))
    return rows


def _drawn(
    assigned: pd.DataFrame,
    triggers: Triggers,
    settings: Settings,
    changes: dict[str, float] | dict[str, str],
    seed: int,
) -> Drawn:
    money = Money.model_validate(settings.money.model_dump() | changes)
    return draw_lists(assigned, triggers, settings.model_copy(update={"money": money}), seed)


def _described(
    setting: str | None, times: float, value: float | None, drawn: Drawn
) -> results.Sensitivity:
    written = drawn.lists[~drawn.lists["control"].astype(bool)]
    cost, at_risk = float(written["spent"].sum()), float(written["exposed"].sum())
    return results.Sensitivity(
        setting=setting,
        times=times,
        value=value,
        customers=len(written),
        cost_roubles=cost,
        gain_roubles=float(written["saved"].sum()) - cost,
        break_even=break_even(at_risk, cost),
    )
