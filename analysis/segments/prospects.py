"""What lists may bring, given all that is unsure of them, and whether a control group pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special

from analysis import results
from analysis.arrays import Counts, Flags, Floats
from analysis.campaigns.beliefs import Beliefs
from analysis.campaigns.lot import HOLD_OUT, Lot
from analysis.campaigns.mailings import History
from analysis.campaigns.proof import Proof
from analysis.campaigns.worth import Prospect, widened, worth_of_hold_out
from analysis.model.probabilities import rests_on_forecast
from analysis.model.recalibration import errors_drawn
from analysis.money import to_win_back
from analysis.segments.alike import groups_alike
from analysis.segments.contacts import Contacts
from analysis.segments.exposure import between_draws
from analysis.segments.plans import allot, best_plan, within_limits
from analysis.settings import Settings
from analysis.statistics.cluster_bootstrap import MOST_ONE_BY_ONE

MORE_DRAWS = 10
"""Times the draws of the settings: a probability is read off these, not the limits alone."""

MOST_DRAWN = 20_000_000
"""Customers in all draws together, beyond which fewer are drawn."""


def share_of_lists(lists: pd.DataFrame, contacts: Contacts) -> float:
    """Give the share of the exposed profit that lists are expected to save, over all offers."""
    to_write = lists[~lists["control"]]
    at_risk = float(to_write["exposed"].sum())
    if at_risk > 0:
        return float(to_write["saved"].sum()) / at_risk
    return float(contacts.letter.share.mean()) if len(contacts.customers) else 0.0


def untried(
    lists: pd.DataFrame,
    beliefs: Beliefs,
    known_calibration: Sequence[results.Recalibration],
    settings: Settings,
    seed: int,
) -> results.Untried | None:
    """Count those written to whose offer was never tried on their like, and price the others alone.

    None where no offer was tried on anybody.
    """
    if not beliefs.seen:
        return None
    to_write = lists[~lists["control"]]
    known = tried_on_their_like(to_write, beliefs)
    new, tried = to_write[~known], to_write[known]
    return results.Untried(
        customers=len(new),
        exposed_roubles=float(new["exposed"].sum()),
        cost_roubles=float(new["spent"].sum()),
        gain_roubles=float((new["saved"] - new["spent"]).sum()),
        share_saved=_share_saved(new),
        tried_share_saved=_share_saved(tried),
        tried_prospects=prospects(tried, beliefs, known_calibration, settings, seed),
    )


def tried_on_their_like(lists: pd.DataFrame, beliefs: Beliefs) -> pd.Series[bool]:
    """Tell for whom earlier mailings have tried the offer that he is to get on such customers."""
    return lists["tried"].astype(bool) & lists["works_as"].isin(beliefs.seen)


def _share_saved(lists: pd.DataFrame) -> float | None:
    exposed = float(lists["exposed"].sum())
    return float(lists["saved"].sum()) / exposed if exposed > 0 else None


def prospects(
    lists: pd.DataFrame,
    beliefs: Beliefs,
    known: Sequence[results.Recalibration],
    settings: Settings,
    seed: int,
) -> results.Prospects | None:
    """Say what the lists may bring, by drawing all that is unsure together.

    In every draw the probabilities are off together as their calibration may be
    (`analysis.model.recalibration`), the customers are drawn with replacement, each declines or
    not by his probability, and the shares that offers save are drawn as they are believed: these,
    which are unsure the most, evenly over what is believed of them (see `drawn_evenly`); none saves
    more than all that is lost. Very many customers are drawn all together, as a normal sum.
    """
    to_write = lists[~lists["control"]]
    if to_write.empty:
        return None
    rng = np.random.default_rng(seed)
    draws = _draws(settings.model.bootstrap_draws, len(to_write))
    tried = to_write["tried"].to_numpy(dtype=bool)
    number, offers = pd.factorize(to_write["works_as"])
    places = np.array([beliefs.codes.index(code) for code in offers])[number]
    place = np.where(tried, places, len(beliefs.codes))
    more = np.where(to_win_back(to_write["level"]), beliefs.win_back[places], 0.0)
    beyond = np.where(tried, 0.0, beliefs.assumed[places]) + more
    shares = drawn_evenly(rng, beliefs.mean, beliefs.covariance, draws)
    how = _gains_one_by_one if len(to_write) <= MOST_ONE_BY_ONE else _gains_together
    gains = how(rng, to_write, shares, place, beyond, known, seed)
    return results.Prospects(
        gain_roubles=between_draws(gains, float((to_write["saved"] - to_write["spent"]).sum())),
        loss=float((gains < 0).mean()),
    )


def _gains_one_by_one(
    rng: np.random.Generator,
    to_write: pd.DataFrame,
    shares: Floats,
    place: Counts,
    beyond: Floats,
    known: Sequence[results.Recalibration],
    seed: int,
) -> Floats:
    draws, count = len(shares), len(to_write)
    stake, probability, spent = (
        to_write[name].to_numpy(dtype=float) for name in ("stake", "probability", "spent")
    )
    gains = np.empty(draws)
    errors = errors_drawn(probability, to_write["level"], known, draws, seed)
    for draw, told in enumerate(errors):
        who = rng.integers(0, count, count)
        lost = stake[who] * (rng.random(count) < told[who])
        saved = np.minimum(shares[draw][place] + beyond, 1.0)[who]
        gains[draw] = lost @ saved - spent[who].sum()
    return gains


def _gains_together(
    rng: np.random.Generator,
    to_write: pd.DataFrame,
    shares: Floats,
    place: Counts,
    beyond: Floats,
    known: Sequence[results.Recalibration],
    seed: int,
) -> Floats:
    """Draw the gain of very many customers as normal, by its moments given all that is unsure."""
    draws, count = len(shares), len(to_write)
    stake, probability, spent = (
        to_write[name].to_numpy(dtype=float) for name in ("stake", "probability", "spent")
    )
    groups = groups_alike(probability, to_write["level"], to_write["works_as"], place)
    met, squares = groups.total(stake), groups.total(stake**2)
    both, paid, paid_squares = groups.total(stake * spent), spent.sum(), float(spent @ spent)
    luck, gains = rng.standard_normal(draws), np.empty(draws)
    theirs = to_write["level"].iloc[groups.first]
    errors = errors_drawn(groups.probability, theirs, known, draws, seed)
    for draw, told in enumerate(errors):
        saved = np.minimum(shares[draw][place[groups.first]] + beyond[groups.first], 1.0)
        mean = float(told @ (saved * met)) - paid
        square = told @ (saved**2 * squares - 2 * saved * both) + paid_squares
        gains[draw] = mean + luck[draw] * np.sqrt(max(0.0, square - mean**2 / count))
    return gains


def _draws(limits: int, customers: int) -> int:
    """Give how often is drawn: the chance of its own that a sum has falls with its customers."""
    if customers > MOST_ONE_BY_ONE:
        return MORE_DRAWS * limits
    return max(limits, min(MORE_DRAWS * limits, MOST_DRAWN // customers))


def drawn_evenly(rng: np.random.Generator, mean: Floats, covariance: Floats, draws: int) -> Floats:
    """Draw from a normal distribution so that no part of it comes too often.

    Along each principal axis one draw falls into each of ``draws`` parts of equal probability, in
    an order of its own (a Latin hypercube), so that a probability read off the draws carries
    little chance of its own.

    Returns
    -------
    ndarray of shape (draws, n)

    References
    ----------
    M. D. McKay, R. J. Beckman and W. J. Conover, A comparison of three methods for selecting values
    of input variables. Technometrics 21 (1979), 239-245.
    """
    variances, axes = np.linalg.eigh(covariance)
    parts = np.stack([rng.permutation(draws) for _ in variances], axis=1)
    scores = special.ndtri((parts + rng.random(parts.shape)) / draws)
    drawn: Floats = mean + scores * np.sqrt(np.clip(variances, 0, None)) @ axes.T
    return drawn


def redrawn(history: History, lot: Lot, settings: Settings) -> int:
    """Count those on the newest lists with a control group whom the lot now puts elsewhere."""
    for mailing in reversed(history.mailings):
        held = (mailing.listed["arm"] == HOLD_OUT).to_numpy(dtype=bool)
        if held.any():
            now = lot.draw(mailing.listed["id"].tolist(), settings.offers.hold_out)
            return int((held != now).sum())
    return 0


def _found_again(proof: Proof) -> float:
    """Give the part of those on earlier lists whose outcome is known; all where none is due."""
    seen = proof.together
    if seen is None or seen.contact is None or seen.hold_out is None:
        return 1.0
    known = seen.contact.base + seen.hold_out.base
    return known / (known + seen.not_found)


def _of_a_round(settings: Settings) -> Settings:
    """Give the limits of as many months as pass before a customer may be written to again."""
    months, asked = max(1, settings.offers.rest_months), settings.offers
    most, budget = asked.most_contacts, asked.budget_roubles
    limits = {
        "most_contacts": None if most is None else most * months,
        "budget_roubles": None if budget is None else budget * months,
    }
    return settings.model_copy(update={"offers": asked.model_copy(update=limits)})


def hold_out_worth(
    everyone: Contacts, proof: Proof, settings: Settings, held: Flags
) -> results.HoldOutWorth | None:
    """Hold what a control group would tell of the plan's offers against what it forgoes.

    Parameters
    ----------
    everyone : Contacts
        All who consented, those who are left alone this month too.
    held : ndarray of bool
        Who of them would be in the group.
    """
    plan = allot(everyone, best_plan(everyone, settings), settings)
    letters, limits = plan.ranked(("level", "probability", "exposed")), _of_a_round(settings)
    costs, gains = (letters[name].to_numpy(dtype=float) for name in ("cost", "gain"))
    fits = within_limits(costs, gains, limits, free=held[letters.index])
    letters, reached = letters[fits], within_limits(costs, gains, limits)[fits]
    if letters.empty:
        return None
    known = letters.groupby(["offer", "tried"], as_index=False)["exposed"].sum()
    weights = {
        (str(code), bool(tried)): float(met) for code, tried, met in known.itertuples(index=False)
    }
    share, deviation = proof.beliefs.together(weights)
    exposed = letters["exposed"].to_numpy(dtype=float)
    more = letters["offer"].map(proof.beliefs.win_back_more).to_numpy(dtype=float)
    more = np.where(to_win_back(letters["level"]), more, 0.0)
    at_risk = float(exposed.sum())
    on_average = float(more @ exposed) / at_risk if at_risk > 0 else 0.0
    prospect = Prospect(
        exposed=exposed,
        cost=letters["cost"].to_numpy(dtype=float),
        probability=letters["probability"].to_numpy(dtype=float),
        share=share + on_average,
        deviation=deviation,
        held=held[letters.index],
        new_a_month=proof.new_a_month or 0.0,
        foretold=rests_on_forecast(everyone.customers),
        beyond=(more - on_average) * exposed,
        found=_found_again(proof),
        reached=None if reached.all() else reached,
    )
    prospect = replace(prospect, widened=widened(prospect, proof.together))
    return worth_of_hold_out(
        prospect, settings, new_known=proof.new_a_month is not None, running=proof.due
    )
