"""Favourite categories: which of them decline is really more frequent in.

A campaign about a category is worth the name only where customers in decline favour it more than
the others do, by more than chance. Elsewhere the favourite category brings nothing special.
"""

from __future__ import annotations

import pandas as pd
from scipy.stats import fisher_exact

from analysis import results
from analysis.statistics.confidence import SIGNIFICANT
from analysis.statistics.intervals import holm, wilson


def compare_categories(assigned: pd.DataFrame) -> list[results.CategoryTest]:
    """Hold each favourite category against all others.

    Parameters
    ----------
    assigned : DataFrame
        Scored customers with state, level, risk and category. Trained customers with a level
        count; where there are none, customers at high risk stand for those in decline.

    Returns
    -------
    list of CategoryTest
        The highest share of decline first; p-values of Fisher's exact test corrected by Holm.
        ``telling`` where decline is more frequent than elsewhere by more than chance.
    """
    trained = assigned[assigned["state"].eq("trained") & assigned["level"].notna()]
    observed = trained["level"].nunique() == 2
    known = trained if observed else assigned
    down = known["level"].eq("declined") if observed else known["risk"].eq("high")
    counts = pd.DataFrame({"category": known["category"].astype(str), "down": down})
    table = counts.groupby("category")["down"].agg(["sum", "size"])
    total, size = int(table["sum"].sum()), int(table["size"].sum())
    if len(table) < 2:
        return []
    p_values = [
        fisher_exact([[down, inside - down], [total - down, size - inside - total + down]]).pvalue
        for down, inside in table.itertuples(index=False)
    ]
    tested = [
        results.CategoryTest(
            category=str(category),
            declined=wilson(int(down), int(inside)),
            declined_rest=wilson(total - int(down), size - int(inside)),
            p_holm=float(p_holm),
            telling=bool(p_holm < SIGNIFICANT and down / inside > (total - down) / (size - inside)),
        )
        for (category, down, inside), p_holm in zip(table.itertuples(), holm(p_values), strict=True)
    ]
    return sorted(tested, key=lambda each: (-each.declined.share, each.category))
