"""Whom to offer what, as files: lists for the shop's own people, and files for its mailings.

``offers/`` holds an internal list of everyone and one per offer, each as a workbook and as text:
all who are to be written to, with the reasons. Of a very long list the workbook has the beginning
alone, and all of it is there as Parquet too. ``offers/campaigns/`` holds what may go to a mailing
system: id and offer code alone (``CODE_letter`` for the letter of a discount offer without its
discount); the export date and the last day of use stand in the file's name, and rows are in the
order of id, so that not even their order tells anything. ``offers/campaigns-tried/`` holds, where
it is to be chosen whether to write to these alone, the lines of those files on whose like the
offers were tried. ``offers/hold-out/`` names whom the lot
leaves without an offer, in prose: no program takes it for a list to send. ``offers/letters/`` holds
the texts for the customers, where the shop's file of offers has them; ``offers/read-me.txt`` says
which file is for what.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import results
from analysis.campaigns.mailings import LETTER_ENDING
from analysis.chapters.customer_files import write_table
from analysis.chapters.edition_files import OFFERS_FOLDER
from analysis.chapters.text_tables import write_text_table
from analysis.chapters.words import Words
from analysis.chapters.workbook import Column, Kind, Sheet, write_workbook
from analysis.periods import last_day
from analysis.segments.lists import MOST_IN_WORKBOOK
from analysis.segments.offer_book import OfferBook, OfferKind
from analysis.snapshot.ids import in_natural_order, natural
from analysis.workers.here import HERE, Workers

EVERYONE = "all"

COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("row", "whole", 8),
    ("id", "text", 12),
    ("offer", "text", 34),
    ("letter", "text", 20),
    ("level", "text", 18),
    ("level_months", "whole", 12),
    ("category", "text", 36),
    ("probability", "share", 14),
    ("profit", "number", 10),
    ("exposed", "money", 16),
    ("cost", "money", 14),
    ("gain", "money", 14),
    ("spent", "money", 14),
    ("cumulative_cost", "money", 18),
    ("tried", "text", 24),
    ("copy_of", "text", 12),
    ("reason_1", "text", 48),
    ("reason_2", "text", 48),
)
"""Fields of a list, how their cells are written and how wide they are; heads are words."""

OVERVIEW: tuple[tuple[str, Kind, int], ...] = (
    ("offer", "text", 34),
    ("code", "text", 20),
    ("customers", "whole", 14),
    ("discounts", "whole", 14),
    ("control", "whole", 14),
    ("cost", "money", 14),
    ("exposed", "money", 16),
    ("break_even", "share", 14),
    ("gain", "money", 16),
    ("use_by", "text", 12),
)
OVERVIEW_SUMS = {
    "customers": "customers",
    "discounts": "discounts",
    "control": "control",
    "cost": "cost_roubles",
    "exposed": "exposed_roubles",
    "break_even": "break_even",
    "gain": "gain_roubles",
}
NEEDED = (
    *("id", "offer", "letter", "level", "level_months", "category"),
    *("probability", "profit", "exposed", "cost", "gain", "spent", "shown", "copy_of"),
    *(f"{part}_{number}" for number in (1, 2) for part in ("reason", "side", "value", "usual")),
)
"""What the files are made of."""

CAMPAIGN_FORM = {"separator": ";", "decimal": "."}

ROUNDED = {"probability": 3, "exposed": 2, "cost": 2, "gain": 2, "spent": 2, "cumulative_cost": 2}


def write_offers(
    folder: Path,
    lists: pd.DataFrame,
    offers: Sequence[results.Offer],
    period: str,
    words: Words,
    book: OfferBook | None = None,
    held_out: Collection[str] = (),
    workers: Workers = HERE,
    *,
    unit: str = "thousand_roubles",
    tried_apart: bool = False,
) -> list[Path]:
    """Write the lists of a month into ``offers/``; nothing where there is none.

    Parameters
    ----------
    folder : Path
        Of the edition.
    lists : DataFrame
        As ``analysis.segments.decide.Decided.lists``.
    offers : sequence of Offer
        Of the same month.
    period : str
        ``YYYY-MM``; its last day is the export date.
    words : Words
        For heads, names and reasons.
    book : OfferBook, optional
        For the texts of the letters.
    held_out : collection of str
        Ids of all whom the lot leaves without an offer, on a list or not.
    workers : Workers
        Who makes the lines of long lists.
    unit : str
        In which profit is read.
    tried_apart : bool
        Whether those on whose like the offers were tried get files for the mailing system too.

    Returns
    -------
    list of Path
        What was written, the overview and the list of everyone first.
    """
    target = folder / OFFERS_FOLDER
    target.mkdir(exist_ok=True)
    if not offers:
        return []
    exported = last_day(period)
    everyone = words.list_text("sheet", EVERYONE)
    to_write = lists.loc[~lists["control"].astype(bool), [*NEEDED]]
    codes = to_write["offer"].to_numpy()
    whole = internal_list(to_write, words)[[field for field, *_ in COLUMNS] + ["spent_in_full"]]
    paths = [
        _write_overview(target / "overview.xlsx", offers, exported, words),
        *_write_list(target / EVERYONE, everyone, whole, exported, words, workers),
    ]
    for offer in offers:
        name = words.label("offer", offer.code)
        listed = _counted(whole[codes == offer.code])
        paths += _write_list(target / offer.code, name, listed, exported, words, workers)
    paths += _write_campaigns(target / "campaigns", to_write, offers, exported)
    if tried_apart:
        tried = to_write[to_write["shown"].astype(bool)]
        paths += _write_campaigns(target / "campaigns-tried", tried, offers, exported)
    paths.append(_write_read_me(target / "read-me.txt", exported, words, unit, tried=tried_apart))
    if held_out:
        paths.append(_write_hold_out(target / "hold-out", held_out, exported, words))
    made = {offer.code for offer in offers}
    kinds = [kind for kind in (book.offers if book else ()) if kind.code in made]
    return paths + _write_letters(target / "letters", kinds)


def _write_campaigns(
    folder: Path,
    to_write: pd.DataFrame,
    offers: Sequence[results.Offer],
    exported: datetime.date,
) -> list[Path]:
    """Write what the mailing system gets, a file an offer that goes to anybody."""
    folder.mkdir()
    sent, paths = campaign_list(to_write), []
    for offer in offers:
        of_offer = sent[sent["offer"].isin([offer.code, offer.code + LETTER_ENDING])]
        if of_offer.empty:
            continue
        path = folder / f"{exported.isoformat()}_{offer.code}_until_{offer.use_by}.csv"
        write_text_table(path, of_offer, CAMPAIGN_FORM, mark=b"")
        paths.append(path)
    return paths


def _write_letters(folder: Path, kinds: Sequence[OfferKind]) -> list[Path]:
    """Write the texts for customers, a file a language, as they stand in the file of offers."""
    texts = {
        f"{kind.code}{ending}.{language}.txt": text
        for kind in kinds
        for ending, letter in (("", kind.letter), (LETTER_ENDING, kind.letter_without_discount))
        for language, text in (letter or {}).items()
    }
    if texts:
        folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text.strip("\n") + "\n", encoding="utf-8", newline="\n")
    return [folder / name for name in texts]


def _write_read_me(
    path: Path, exported: datetime.date, words: Words, unit: str, *, tried: bool
) -> Path:
    """Say in prose which file is for what, and what to keep of what was sent."""
    told = {name: text for name, text in words.lists["read_me"].items() if name != "tried" or tried}
    facts = {
        "day": exported.strftime(words.lists["form"]["date"]),
        "month": exported.strftime("%Y-%m"),
        "unit": words.label("profit_unit", unit),
    }
    path.write_bytes(
        "".join(f"{text.format(**facts)}\r\n" for text in told.values()).encode("utf-8-sig")
    )
    return path


def _write_hold_out(
    folder: Path, held_out: Collection[str], exported: datetime.date, words: Words
) -> Path:
    """Name whom not to write to, a sentence a line, in the order of id."""
    folder.mkdir()
    path = folder / f"{exported.isoformat()}_do-not-send.txt"
    lines = [
        words.list_text("hold_out", "head"),
        words.list_text("hold_out", "to_all"),
        *(
            words.list_text("hold_out", "line").format(id=each)
            for each in in_natural_order(held_out)
        ),
    ]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8-sig"))
    return path


def _write_list(
    stem: Path,
    title: str,
    listed: pd.DataFrame,
    exported: datetime.date,
    words: Words,
    workers: Workers,
) -> list[Path]:
    """Write a list as text and its beginning as a workbook; where that is not all, as Parquet.

    A workbook is written by Python and the others by Arrow, so a thread of its own brings them on.
    """
    heads, fields = words.lists["column"], [field for field, *_ in COLUMNS]
    sheet = Sheet(title, _columns(COLUMNS, heads), listed.head(MOST_IN_WORKBOOK))
    paths = [stem.with_suffix(ending) for ending in (".xlsx", ".csv", ".parquet")]
    with ThreadPoolExecutor(max_workers=1) as beside:
        lines = listed[fields]
        named = lines.rename(columns=heads)
        written = [beside.submit(write_table, paths[1], named, words, workers)]
        if len(listed) > MOST_IN_WORKBOOK:
            written.append(beside.submit(lines.to_parquet, paths[2], index=False))
        write_workbook(paths[0], [sheet], exported)
    for each in written:
        each.result()
    return paths[: 1 + len(written)]


def _columns(columns: Sequence[tuple[str, Kind, int]], heads: Mapping[str, str]) -> list[Column]:
    return [Column(field, heads[field], kind, width) for field, kind, width in columns]


def internal_list(listed: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Put a list into the columns of the internal file, the largest expected gain first.

    Cost and gain are those of the offer, whoever the lot gives it to; what will be spent is the
    price of a letter for those without the discount.
    """
    return _counted(
        listed.assign(
            offer=_named(listed["offer"], words.labels["offer"]),
            letter=np.where(listed["letter"], words.list_text("form", "without_discount"), ""),
            level=_named(listed["level"], words.lists["level"]),
            copy_of=listed["copy_of"].astype("str").where(listed["copy_of"].notna(), ""),
            tried=np.where(
                listed["shown"].astype(bool),
                words.list_text("form", "tried"),
                words.list_text("form", "untried"),
            ),
            spent_in_full=listed["spent"],
            **{f"reason_{number}": _reasons(listed, number, words) for number in (1, 2)},
        )
    )


def _named(codes: pd.Series[str], names: Mapping[str, str]) -> pd.Series[str]:
    """Give names of codes, however many customers have each."""
    places, different = pd.factorize(codes)
    made = pd.array([names[code] for code in different], dtype="str")
    return pd.Series(made.take(places, allow_fill=True), index=codes.index)


def _counted(listed: pd.DataFrame) -> pd.DataFrame:
    """Give the lines of a list their numbers, and what is spent down to each."""
    counted = listed.assign(
        row=np.arange(1, len(listed) + 1), cumulative_cost=listed["spent_in_full"].cumsum()
    )
    return counted.round(ROUNDED)


def campaign_list(listed: pd.DataFrame) -> pd.DataFrame:
    """Give what a mailing system gets of those to be written to: id as exported and offer code."""
    code = listed["offer"].where(~listed["letter"].astype(bool), listed["offer"] + LETTER_ENDING)
    chosen = pd.DataFrame({"id": listed["id"], "offer": code})
    return chosen.sort_values("id", key=natural, ignore_index=True)


def _reasons(listed: pd.DataFrame, number: int, words: Words) -> np.ndarray:
    """Word the reasons of a list: each that differs once, however many customers have it."""
    columns = [f"{part}_{number}" for part in ("reason", "side", "value", "usual")]
    form = words.lists["form"]
    codes = np.zeros(len(listed), dtype=np.int64)
    for name in columns:
        places, different = pd.factorize(listed[name])
        _, codes = np.unique(codes * (len(different) + 1) + places, return_inverse=True)
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    told = [
        form["reason"].format(
            reason=words.list_text(side, feature),
            value=_short(value, form["decimal"]),
            usual=_short(usual, form["decimal"]),
        )
        if isinstance(feature, str)
        else ""
        for feature, side, value, usual in listed[columns].iloc[first].itertuples(index=False)
    ]
    return np.array(told, dtype=object)[which]


def _short(value: float, decimal: str) -> str:
    digits = 0 if abs(value) >= 100 else 2
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if digits else text).replace(".", decimal)


def _write_overview(
    path: Path, offers: Sequence[results.Offer], exported: datetime.date, words: Words
) -> Path:
    """Write a line an offer; the sums of few customers are left blank, as in the report."""
    date = words.lists["form"]["date"]
    lines: list[dict[str, object]] = []
    for offer in offers:
        sums = offer.written.model_dump() if offer.written else {}
        lines.append(
            {
                "offer": words.label("offer", offer.code),
                "code": offer.code,
                **{field: sums.get(name) for field, name in OVERVIEW_SUMS.items()},
                "use_by": datetime.date.fromisoformat(offer.use_by).strftime(date),
            }
        )
    rows = pd.DataFrame(lines)
    columns = _columns(OVERVIEW, words.lists["overview"])
    write_workbook(path, [Sheet(words.list_text("sheet", "overview"), columns, rows)], exported)
    return path
