"""What offers are called in a language: by the book of the month, and by those before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.segments.offer_book import LEARNT, default_book

OTHERWISE = "en"
"""Language of a name that the book does not have in the language of the report."""


class Names(dict[str, str]):
    """Names by code; an offer that no book names is called by its code."""

    def __missing__(self, code: str) -> str:
        return code


def offer_labels(results: Mapping[str, Any], language: str) -> dict[str, dict[str, str]]:
    """Give the words of a language that come from results and not from its folder.

    Parameters
    ----------
    results : mapping
        Those of an edition or of a comparison, in plain form.
    language : str

    Returns
    -------
    dict
        Groups of labels: names of offers, what is said of them, and names of the rules that were
        learnt for offers alone.
    """
    book = (results.get("segments") or {}).get("book", [])
    compared = results if "offers" in results else results.get("changes") or {}
    names = Names((kind.code, _in(kind.names, language)) for kind in default_book().offers)
    for offers in (compared.get("offers", []), book):
        names.update(_named(offers, language))
    return {
        "offer": names,
        "offer_says": {each["code"]: _in(each["says"], language) for each in book},
        "rule": {
            f"{trigger['feature']}_{trigger['side']}": names[each["code"]]
            for each in reversed(book)
            if (trigger := each["trigger"])["threshold"] == LEARNT
        },
    }


def _named(offers: Iterable[Mapping[str, Any]], language: str) -> dict[str, str]:
    return {each["code"]: _in(each["names"], language) for each in offers if each.get("names")}


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts[language] if language in texts else texts[OTHERWISE]
