"""The offers of a month as results: what they are called, whom they suit, what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from analysis import results
from analysis.segments.offer_book import OfferBook, OfferKind
from analysis.settings import Money

V = TypeVar("V")


def describe_book(
    book: OfferBook, money: Money, favoured: Mapping[str, Sequence[str]] | None = None
) -> list[results.BookedOffer]:
    """Describe all offers of a book, in its order.

    Parameters
    ----------
    favoured : mapping of str to sequence of str
        By offer, the favourite categories that trigger it this month.
    """
    return [
        results.BookedOffer(
            code=kind.code,
            names=kind.names,
            says=kind.says,
            trigger=_described(kind),
            categories=list((favoured or {}).get(kind.code, ())),
            contact_cost=kind.contact(money),
            discount=kind.rate(money) if kind.discounted else None,
            discount_of=kind.discount_of if kind.discounted else None,
            share_saved=kind.saves(money),
            win_back_share_saved=kind.saves(money.to_win_back),
        )
        for kind in book.offers
    ]


def _described(kind: OfferKind) -> results.OfferTrigger:
    said = kind.trigger.model_dump(exclude={"everyone"}, exclude_none=True)
    return results.OfferTrigger(kind=kind.trigger.kind, **said)


def terms_in_common(book: OfferBook, money: Money) -> results.OfferTerms:
    """Say what the offers of a book cost and save, where all that it concerns are alike."""
    discounted = [kind for kind in book.offers if kind.discounted]
    others = [kind for kind in book.offers if not kind.discounted]
    lost = money.to_win_back
    return results.OfferTerms(
        contact_cost=_alike((kind.contact(money) for kind in book.offers), money.contact_cost),
        discount=_alike((kind.rate(money) for kind in discounted), money.discount),
        discount_of=_alike((kind.discount_of for kind in discounted), "month_revenue"),
        share_saved=_alike((kind.saves(money) for kind in others), money.share_saved),
        discount_share_saved=_alike(
            (kind.saves(money) for kind in discounted), _of_discount(money)
        ),
        win_back_share_saved=_alike((kind.saves(lost) for kind in others), lost.share_saved),
        win_back_discount_share_saved=_alike(
            (kind.saves(lost) for kind in discounted), _of_discount(lost)
        ),
    )


def _of_discount(money: Money) -> float:
    assumed = money.discount_share_saved
    return money.share_saved if assumed is None else assumed


def _alike(values: Iterable[V], without_any: V) -> V | None:
    """Give the one value there is, None where there are several."""
    different = set(values)
    if len(different) > 1:
        return None
    return different.pop() if different else without_any
