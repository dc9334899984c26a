"""Letters summed up in small groups, from which a page can price them under other assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from analysis import results
from analysis.arrays import Floats
from analysis.segments.contacts import Contacts
from analysis.segments.plans import recommended
from analysis.settings import Settings
from analysis.statistics.small_cells import SMALLEST_CELL

MOST_GROUPS = 200
"""Groups into which those who may be written to are cut at most, on either side of the plan."""


def letter_totals(
    contacts: Contacts, plans: Sequence[results.Alternative], settings: Settings
) -> results.LetterTotals | None:
    """Sum up letters to all who may be written to, the largest saving first.

    The groups point at nobody: no fewer customers each than five, or than the settings ask of a
    cell if these ask for more. The whole plan ends with a group where enough are left on either
    side.

    Parameters
    ----------
    plans : sequence of Alternative
        The priced plans of the same contacts.

    Returns
    -------
    LetterTotals or None
        None where the plan is not letters alone, where letters do not cost the same, or where
        nobody's profit is at risk: then the plan does not follow from sums of such groups.
    """
    kinds = [kind for kind in contacts.book.offers if not kind.discounted]
    costs = {kind.contact(settings.money) for kind in kinds}
    plan = recommended(plans)
    if plan.code not in ("letters", "nothing") or len(costs) > 1 or not settings.money.loss_share:
        return None
    saves = np.array(contacts.letter.share)
    for kind in kinds:
        if kind.code in contacts.fits:
            better = contacts.fits[kind.code] & (contacts.prices[kind.code].share > saves)
            saves = np.where(better, contacts.prices[kind.code].share, saves)
    exposed = contacts.customers["exposed"].to_numpy(dtype=float)
    saved = exposed * saves
    counts = saved > 0
    order = np.argsort(-saved[counts], kind="stable")
    saved, exposed = saved[counts][order], exposed[counts][order]
    smallest = max(SMALLEST_CELL, settings.privacy.smallest_cell)
    if len(saved) < smallest:
        return None
    groups = _groups(saved, exposed, _cuts(len(saved), plan.customers, smallest))
    return results.LetterTotals(
        contact_cost=costs.pop(),
        share_saved=float(saved.sum() / exposed.sum()),
        most_share_saved=float(saves.max()),
        groups=groups,
    )


def _cuts(customers: int, planned: int, smallest: int) -> list[int]:
    """Give the places at which a list is cut: groups alike in size, one cut where the plan ends."""
    ends = [planned] if smallest <= planned <= customers - smallest else []
    cuts = [0]
    for end in [*ends, customers]:
        size = end - cuts[-1]
        groups = max(1, min(MOST_GROUPS, size // smallest))
        cuts += (cuts[-1] + np.arange(1, groups + 1) * size // groups).tolist()
    return cuts


def _groups(saved: Floats, exposed: Floats, cuts: list[int]) -> list[results.LetterGroup]:
    made = []
    for start, end in pairwise(cuts):
        least = (saved[end - 1] + saved[end]) / 2 if end < len(saved) else 0.0
        made.append(
            results.LetterGroup(
                customers=end - start,
                least_saved=round(float(least), 2),
                saved_roubles=round(float(saved[start:end].sum()), 2),
                exposed_roubles=round(float(exposed[start:end].sum()), 2),
            )
        )
    return made
