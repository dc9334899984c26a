"""The charts of the report, one function a figure.

Every function takes typed results or counts and returns a Plotly figure, or None where there is
nothing to show: a chart that shows nothing is left out. There are keys where readers see words.
"""

from analysis.charts.changes import changes, money_split, trend
from analysis.charts.drivers import beeswarm, dependence, drivers
from analysis.charts.exploration import correlation, distributions, months, top_distributions
from analysis.charts.front_page import assumptions, cases, course
from analysis.charts.model import calibration, candidates, roc
from analysis.charts.segments import contrasts, depth, segments
from analysis.charts.shares import category_shares, promotion_shares

__all__ = [
    "assumptions",
    "beeswarm",
    "calibration",
    "candidates",
    "cases",
    "category_shares",
    "changes",
    "contrasts",
    "correlation",
    "course",
    "dependence",
    "depth",
    "distributions",
    "drivers",
    "money_split",
    "months",
    "promotion_shares",
    "roc",
    "segments",
    "top_distributions",
    "trend",
]
