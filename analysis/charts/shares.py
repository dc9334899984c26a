"""Charts of the share of decline by the values of a feature."""

from __future__ import annotations

from collections.abc import Sequence

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    INK,
    MUTED,
    SMALL,
    STEADY,
    chart,
    key,
    numbers,
    percent,
    percent_axis,
    reference,
    row_axis,
    row_height,
    wrapped,
)
from analysis.exploration.histograms import SMALLEST_BASE
from analysis.results import LevelShare, Proportion


def category_shares(shares: Sequence[LevelShare], overall: Proportion | None) -> Figure | None:
    """Share of decline by category, the highest first, against the share of all."""
    ranked = sorted(shares, key=lambda share: (-share.declined.share, share.value))
    return _share_rows([wrapped(share.value) for share in ranked], ranked, overall)


def promotion_shares(shares: Sequence[LevelShare], overall: Proportion | None) -> Figure | None:
    """Share of decline by the share of promotional purchases, such as ``"20-40"`` percent."""
    shares = [share for share in shares if share.declined.base >= SMALLEST_BASE]
    labels = [
        share.value.replace("-", key("unit.to")) + key("unit.percent_promo") for share in shares
    ]
    return _share_rows(labels, shares, overall)


def _share_rows(
    labels: Sequence[str], shares: Sequence[LevelShare], overall: Proportion | None
) -> Figure | None:
    if len(shares) < 2 or overall is None:
        return None
    rows = list(range(len(shares)))
    found = [share.declined for share in shares]
    values = [100 * each.share for each in found]
    highs = [100 * each.high for each in found]
    clearly_above = [each.low > overall.share for each in found]
    average = 100 * overall.share
    right = min(119, max(highs) * 1.25)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "x": values,
            "y": rows,
            "width": 0.62,
            "marker": {"color": [DECLINED if above else STEADY for above in clearly_above]},
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [high - value for high, value in zip(highs, values, strict=True)],
                "arrayminus": [100 * (each.share - each.low) for each in found],
                "color": INK,
                "thickness": 1.2,
                "width": 4,
            },
            "customdata": [[each.count, each.base] for each in found],
            "hovertemplate": f"%{{y}}: {percent(1)} (%{{customdata[0]:,.0f}} {key('note.of')} "
            "%{customdata[1]:,.0f})<extra></extra>",
        },
        numbers(
            [right] * len(rows),
            rows,
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
    ]
    return chart(
        traces,
        row_height(labels, 78),
        xaxis=percent_axis(key("axis.declined_share"), range=[0, right], dtick=20),
        yaxis=row_axis(labels, range=[len(labels) - 0.4, -1.1]),
        shapes=[reference("x", average, y0=len(labels) - 0.4, y1=-0.55, yref="y")],
    )
