"""Charts of the share of decline by the values of a feature."""

from __future__ import annotations

from collections.abc import Sequence

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    MUTED,
    SMALL,
    STEADY,
    chart,
    key,
    percent,
    percent_axis,
    reference,
    row_axis,
    row_height,
    wrapped,
)
from analysis.charts.traces import Trace, bars, error_bars, numbers
from analysis.exploration.histograms import SMALLEST_BASE
from analysis.results import LevelShare, Proportion


def category_shares(shares: Sequence[LevelShare], overall: Proportion | None) -> Figure | None:
    """Share of decline by category, the highest first, against the share of all."""
    ranked = sorted(shares, key=lambda share: (-share.declined.share, share.value))
    return _share_rows([wrapped(share.value) for share in ranked], ranked, overall)


def promotion_shares(shares: Sequence[LevelShare], overall: Proportion | None) -> Figure | None:
    """Share of decline by the share of promotional purchases, such as ``"20-40"`` percent."""
    shares = [share for share in shares if share.declined.base >= SMALLEST_BASE]
    names = [
        share.value.replace("-", key("unit.to")) + key("unit.percent_promo") for share in shares
    ]
    return _share_rows(names, shares, overall)


def _share_rows(
    names: Sequence[str], shares: Sequence[LevelShare], overall: Proportion | None
) -> Figure | None:
    if len(shares) < 2 or overall is None:
        return None
    found = [share.declined for share in shares]
    values = [100 * each.share for each in found]
    average = 100 * overall.share
    right = min(119, max(100 * each.high for each in found) * 1.25)
    foot = len(names) - 0.4
    return chart(
        [
            _share_bars(found, overall),
            numbers(
                [right] * len(values),
                range(len(values)),
                percent(0, "customdata"),
                "middle left",
                customdata=values,
            ),
            numbers(
                [average],
                [-0.8],
                f"{key('note.overall')} {percent(1)}",
                "middle center",
                textfont={"color": MUTED, "size": SMALL},
            ),
        ],
        row_height(names, 78),
        xaxis=percent_axis(key("axis.declined_share"), range=[0, right], dtick=20),
        yaxis=row_axis(names, range=[foot, -1.1]),
        shapes=[reference("x", average, y0=foot, y1=-0.55, yref="y")],
    )


def _share_bars(found: Sequence[Proportion], overall: Proportion) -> Trace:
    """Draw the shares with their intervals; those clearly above the share of all stand out."""
    return bars(
        [100 * each.share for each in found],
        [DECLINED if each.low > overall.share else STEADY for each in found],
        error_x=error_bars(
            [100 * each.high - 100 * each.share for each in found],
            [100 * (each.share - each.low) for each in found],
        ),
        customdata=[[each.count, each.base] for each in found],
        hovertemplate=f"%{{y}}: {percent(1)} (%{{customdata[0]:,.0f}} {key('note.of')} "
        "%{customdata[1]:,.0f})<extra></extra>",
    )
