"""Charts of how well the model works."""

from __future__ import annotations

from collections.abc import Sequence

from plotly.graph_objects import Figure

from analysis.charts.base import (
    DECLINED,
    INK,
    MUTED,
    SMALL,
    STEADY,
    axis,
    chart,
    key,
    note,
    percent,
    percent_axis,
    reference,
    row_axis,
    row_heading,
    row_height,
)
from analysis.charts.traces import Trace, error_bars, intervals, numbers
from analysis.results import CalibrationBin, Candidate, CurvePoint, Estimate


def candidates(compared: Sequence[Candidate], dummy: float | None) -> Figure | None:
    """ROC-AUC of the best configuration of each family, the chosen one in ink.

    Parameters
    ----------
    compared : sequence of Candidate
    dummy : float or None
        ROC-AUC of guessing.
    """
    if not compared or dummy is None:
        return None
    ranked = sorted(compared, key=lambda each: (-each.roc_auc.value, each.family))
    names = [_family(each) for each in ranked]
    areas = [each.roc_auc for each in ranked]
    values = [area.value for area in areas]
    lowest = min(dummy, *(area.low for area in areas))
    guessing = note(
        key("note.dummy"), dummy, 1, yref="paper", yanchor="bottom", xanchor="left", xshift=-8
    )
    return chart(
        [
            *intervals(
                values,
                [(area.low, area.high) for area in areas],
                [INK if each.chosen else STEADY for each in ranked],
                ".3f",
            ),
            numbers(values, [row - 0.14 for row in range(len(ranked))], "%{x:.3f}", "top center"),
        ],
        row_height(names, 84) + 8 * len(ranked),
        xaxis=axis(key("axis.roc_auc"), range=[lowest - 0.03, 1.01], tickformat=".1f", dtick=0.1),
        yaxis=row_axis(names, range=[len(ranked) - 0.5, -0.75]),
        shapes=[reference("x", dummy)],
        annotations=[guessing],
        margin={"l": 8, "r": 16, "t": 26, "b": 8},
    )


def _family(candidate: Candidate) -> str:
    name = key(f"family.{candidate.family}")
    return f"<b>{name}</b>" if candidate.chosen else name


def roc(points: Sequence[CurvePoint], area: Estimate | None) -> Figure | None:
    """ROC curve of the chosen model against guessing."""
    if not points:
        return None
    traces: list[Trace] = [
        _diagonal(),
        {
            "type": "scatter",
            "mode": "lines",
            "x": [100 * point.x for point in points],
            "y": [100 * point.y for point in points],
            "line": {"color": INK, "width": 2.5},
            "hovertemplate": f"{key('axis.found')}: {percent(0, 'y')}<br>"
            f"{key('axis.false_alarms')}: {percent(0)}<extra></extra>",
        },
    ]
    if area is not None:
        traces.append(
            numbers(
                [98],
                [12],
                f"{key('note.roc_auc')} %{{customdata[0]:.3f}}<br>"
                f"{key('note.interval')} %{{customdata[1]:.3f}} {key('note.to')} "
                "%{customdata[2]:.3f}",
                "middle left",
                customdata=[[area.value, area.low, area.high]],
            )
        )
    return chart(
        traces,
        300,
        xaxis=percent_axis(key("axis.false_alarms"), range=[0, 100], dtick=20),
        yaxis=percent_axis(range=[0, 102], dtick=20),
        annotations=[
            row_heading(key("axis.found")),
            note(key("note.dummy"), 42, 42, xanchor="left", yanchor="top", xshift=6, yshift=-2),
        ],
        margin={"l": 8, "r": 24, "t": 32, "b": 8},
    )


def calibration(bins: Sequence[CalibrationBin]) -> Figure | None:
    """Observed share of decline against the predicted probability, with the counts behind."""
    if not bins:
        return None
    return chart(
        [_diagonal(), _observed(bins), _customers_per_point(bins)],
        190,
        xaxis=percent_axis(key("axis.predicted"), range=[0, 100], dtick=20),
        yaxis=percent_axis(range=[0, 102], dtick=20),
        annotations=[
            row_heading(key("axis.observed")),
            note(key("note.exact"), 98, 30, xanchor="right", yanchor="middle"),
        ],
        margin={"l": 8, "r": 24, "t": 32, "b": 8},
    )


def _observed(bins: Sequence[CalibrationBin]) -> Trace:
    found = [each.observed for each in bins]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [100 * each.predicted for each in bins],
        "y": [100 * each.share for each in found],
        "marker": {"color": DECLINED, "size": 9},
        "error_y": error_bars(
            [100 * (each.high - each.share) for each in found],
            [100 * (each.share - each.low) for each in found],
            DECLINED,
            1.5,
        ),
        "customdata": [[each.count, each.base] for each in found],
        "cliponaxis": False,
        "hovertemplate": f"{key('axis.predicted')}: {percent(0)}<br>{key('axis.observed')}: "
        f"{percent(0, 'y')} (%{{customdata[0]:,.0f}} {key('note.of')} "
        "%{customdata[1]:,.0f})<extra></extra>",
    }


def _customers_per_point(bins: Sequence[CalibrationBin]) -> Trace:
    bases = [each.observed.base for each in bins]
    per_point = "%{customdata[0]:,.0f}"
    if min(bases) != max(bases):
        per_point += f"{key('unit.to')}%{{customdata[1]:,.0f}}"
    return numbers(
        [98],
        [10],
        f"{key('note.per_point')} {per_point}",
        "middle left",
        customdata=[[min(bases), max(bases)]],
        textfont={"color": MUTED, "size": SMALL},
    )


def _diagonal() -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 100],
        "y": [0, 100],
        "line": {"color": MUTED, "width": 1.2, "dash": "dash"},
        "hoverinfo": "skip",
    }
