"""Charts of the report's first pages: the course of decline, the three cases, the assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure

from analysis.charts.base import (
    BRAND,
    DECLINED,
    INK,
    LINE,
    MUTED,
    SMALL,
    STEADY,
    axis,
    chart,
    key,
    reference,
    row_axis,
    row_height,
)
from analysis.charts.roubles import scale_of
from analysis.charts.traces import bars, error_bars, numbers
from analysis.periods import months_between, months_later
from analysis.results import Cases, MonthSeen, Sensitivity

NBSP = "\u00a0"


def course(months: Sequence[MonthSeen]) -> Figure | None:
    """Draw the share of customers who declined over the months, with its intervals.

    Two months with a known share are needed; a month without one leaves a gap.
    """
    known = [each for each in months if each.declined]
    if len(known) < 2:
        return None
    first = known[0].period
    places = [months_between(first, each.period) for each in known]
    shares = [each.declined for each in known if each.declined]
    values = [100 * share.share for share in shares]
    highs = [100 * share.high for share in shares]
    lows = [100 * share.low for share in shares]
    room = max(max(highs) - min(lows), 1e-9)
    ends = sorted({0, len(values) - 1})
    last = len(values) - 1
    return chart(
        [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": places,
                "y": values,
                "line": {"color": DECLINED, "width": 2},
                "marker": {"color": DECLINED, "size": [*[6] * last, 10]},
                "error_y": error_bars(
                    [high - value for high, value in zip(highs, values, strict=True)],
                    [value - low for low, value in zip(lows, values, strict=True)],
                    LINE,
                    thickness=7,
                    width=0,
                ),
                "cliponaxis": False,
                "customdata": [
                    [key(f"month_short.{each.period[-2:]}"), low, high]
                    for each, low, high in zip(known, lows, highs, strict=True)
                ],
                "hovertemplate": f"%{{customdata[0]}}: %{{y:.1f}}{key('unit.percent')} "
                f"(%{{customdata[1]:.1f}}…%{{customdata[2]:.1f}})<extra></extra>",
            },
            numbers(
                [places[end] for end in ends],
                [highs[end] for end in ends],
                f"<b>%{{customdata:.0f}}{key('unit.percent')}</b>",
                "top center",
                customdata=[values[end] for end in ends],
                textfont={"color": DECLINED, "size": 14},
            ),
        ],
        170,
        xaxis=_months(first, places[-1]),
        yaxis=axis(
            range=[min(lows) - 0.15 * room, max(highs) + 0.35 * room],
            showticklabels=False,
            showgrid=False,
        ),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _months(first: str, last: int) -> dict[str, Any]:
    step = -(-(last + 1) // 12)
    ticks = sorted(range(last, -1, -step))
    return axis(
        tickmode="array",
        tickvals=ticks,
        ticktext=[key(f"month_short.{months_later(first, tick)[-2:]}") for tick in ticks],
        tickangle=0,
        range=[-0.6, last + 0.6],
        showgrid=False,
    )


def cases(found: Cases | None) -> Figure | None:
    """Draw what the plan brings at worst, as expected and at best."""
    if found is None:
        return None
    sums = (found.worst, found.base, found.best)
    scale = scale_of(max(map(abs, sums)))
    values = scale.of(sums)
    texts = [f"{NBSP}<b>{each}</b>{NBSP}" for each in scale.formats(sums)]
    names = [key(f"case.{name}") for name in ("worst", "base", "best")]
    reach = max(map(abs, values)) or 1.0
    sides = ["middle right" if value >= 0 else "middle left" for value in values]
    return chart(
        [
            bars(values, [STEADY, BRAND, STEADY], hoverinfo="skip"),
            numbers(values, range(len(values)), texts, sides),
        ],
        row_height(names, 150),
        xaxis=axis(
            None,
            range=[min(0.0, min(values) - 0.3 * reach), max(0.0, *values) + 0.3 * reach],
            showticklabels=False,
            showgrid=False,
            zeroline=True,
            zerolinecolor=MUTED,
            zerolinewidth=1.2,
        ),
        yaxis=row_axis(names, tickfont={"color": INK, "size": SMALL + 1}),
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
    )


def assumptions(moved: Sequence[Sensitivity]) -> Figure | None:
    """Draw what the lists bring if one assumption is halved or doubled, the most telling on top.

    An assumption that moves the gain by less than one of the unit is left out.
    """
    base = next((each for each in moved if each.setting is None), None)
    if base is None:
        return None
    pairs: dict[str, list[float]] = {}
    for each in moved:
        if each.setting and each.times != 1:
            pairs.setdefault(each.setting, []).append(each.gain_roubles)
    scale = scale_of(max((abs(each.gain_roubles) for each in moved if each.times != 1), default=0))
    telling = {
        name: sorted(gains)
        for name, gains in pairs.items()
        if max(abs(gain - base.gain_roubles) for gain in gains) >= scale.divisor
    }
    if not telling:
        return None
    order = sorted(telling, key=lambda name: (telling[name][0] - telling[name][-1], name))
    least, most = ([telling[name][end] for name in order] for end in (0, -1))
    lows, highs = scale.of(least), scale.of(most)
    names = [key(f"assumption.{name}") for name in order]
    rows = list(range(len(order)))
    reach = max(*map(abs, lows), *map(abs, highs))
    left, right = min(0.0, *lows) - 0.25 * reach, max(highs) + 0.25 * reach
    return chart(
        [
            bars(
                [high - low for low, high in zip(lows, highs, strict=True)],
                [STEADY] * len(order),
                base=lows,
                hoverinfo="skip",
            ),
            numbers(lows, rows, [f"{x}{NBSP}" for x in scale.formats(least)], "middle left"),
            numbers(highs, rows, [f"{NBSP}{x}" for x in scale.formats(most)], "middle right"),
        ],
        row_height(names, 40),
        xaxis=axis(None, range=[left, right], showticklabels=False, showgrid=False),
        yaxis=row_axis(names),
        shapes=[
            reference("x", base.gain_roubles / scale.divisor, line={"color": BRAND, "width": 1.5})
        ],
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
