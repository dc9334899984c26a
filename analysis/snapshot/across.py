"""The files of a month beside one another: whose customers they hold.

Rows are compared by the place of their customer in market_file, never text by text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Counts, Flags, Floats
from analysis.snapshot.course import check_course
from analysis.snapshot.errors import Notes, shown, whole_percent
from analysis.snapshot.file_reader import NAMES_SHOWN, Reading, first_ids
from analysis.snapshot.gaps import PART_EMPTY
from analysis.snapshot.magnitude import PART_BLANK
from analysis.snapshot.schema import CONTRACT, FEWEST_JUDGED, MARKET_FILE

MOST_BEYOND = 0.2
"""Share of the customers of all other files whom market_file may lack."""

BEYOND = 0.02
"""Share of them from which on it is asked about; in all months seen there were none."""

LONG_ENOUGH = 92
"""Days since registration from which on a customer has rows in every month."""

PLAIN = "^[1-9][0-9]{0,17}$"
"""An id that one can be added to."""

RUSSIAN_LOOK_ALIKES = str.maketrans("АВСЕНКМОРТХУасеорху", "ABCEHKMOPTXYaceopxy")


def check_across(files: Mapping[str, Reading], notes: Notes) -> None:
    """Compare the customers of the files; a file whose last customers are lacking was cut.

    Parameters
    ----------
    files : mapping of str to Reading
        By the name of the file in the contract; market_file is among them.
    notes : Notes
    """
    market = files[MARKET_FILE.file]
    if not market.sound:
        return
    base = id_texts(market.frame["id"])
    if two := _twice(base):
        here, there = two
        notes.refuse("ids_spelt_otherwise", MARKET_FILE.file, "id", here=here, there=there)
        return
    others = {
        file: reading
        for file, reading in files.items()
        if file != MARKET_FILE.file and reading.sound
    }
    texts = {file: id_texts(reading.frame["id"]) for file, reading in others.items()}
    places = {file: places_in(ids, base) for file, ids in texts.items()}
    if strangers := _strangers(base, texts, places):
        _refuse_strangers(base, texts, strangers, notes)
        return
    if others and all((found < 0).any() for found in places.values()):
        listed = {file: pc.unique(ids) for file, ids in texts.items()}
        if _market_is_short(base, listed, notes):
            return
    long_ones = np.ones(len(base), dtype=bool)
    if "tenure_days" in market.frame:
        long_ones = ~(market.frame["tenure_days"] < LONG_ENOUGH).to_numpy(dtype=bool)
    for file, reading in others.items():
        _check_against(base, long_ones, texts[file], places[file], reading, notes)


def places_in(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> Counts:
    """Place of each id among others; -1 where it is not there."""
    found = pc.fill_null(pc.index_in(ids, value_set=among), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)


def spelt_otherwise(base: pa.ChunkedArray, ids: pa.ChunkedArray) -> tuple[str, str] | None:
    """Give an id of either where half of the ids that are not in both are the same customers.

    They are where only leading zeros, capitals or look-alike letters differ.
    """
    strange = pc.unique(ids.filter(pa.array(places_in(ids, base) < 0)))
    found = places_in(_bare(strange), _bare(base))
    same = np.flatnonzero(found >= 0)
    if not len(same) or 2 * len(same) < len(strange):
        return None
    first = int(same[0])
    return shown(strange[first].as_py()), shown(base[int(found[first])].as_py())


def id_texts(ids: pd.Series[str]) -> pa.ChunkedArray:
    """Ids as Arrow has them: among these, one is found fast."""
    texts = pa.array(ids, from_pandas=True)
    whole = texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])
    return whole.cast(pa.large_string())


def _bare(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids without leading zeros, capitals and Russian letters that look like Latin ones."""
    if not pc.all(pc.string_is_ascii(ids), min_count=0).as_py():
        texts = [str(each).translate(RUSSIAN_LOOK_ALIKES) for each in ids.to_pylist()]
        ids = pa.chunked_array([pa.array(texts, type=pa.large_string())])
    return pc.utf8_ltrim(pc.utf8_lower(ids), characters="0")


def _farther_by(base: pa.ChunkedArray, ids: pa.ChunkedArray) -> int:
    """Tell by how much all ids of a file are those of other customers, with some of nobody's; 0."""
    plain = (pc.all(pc.match_substring_regex(each, PLAIN)).as_py() for each in (base, ids))
    if not all(plain) or len(ids) < FEWEST_JUDGED:
        return 0
    own, other = (np.sort(each.cast(pa.int64()).to_numpy()) for each in (base, ids))
    for by in (int(other[0] - own[0]), int(other[-1] - own[-1])):
        if by and np.isin(other - by, own).all():
            return by
    return 0


def _twice(base: pa.ChunkedArray) -> tuple[str, str] | None:
    """Give two ids of one file that differ in leading zeros alone."""
    zeros = np.flatnonzero(pc.starts_with(base, "0").to_numpy())
    if not len(zeros):
        return None
    bare = pc.utf8_ltrim(base, characters="0")
    places = places_in(bare, bare)
    odd = np.flatnonzero(places != np.arange(len(base)))
    if not len(odd):
        return None
    return shown(base[int(odd[0])].as_py()), shown(base[int(places[odd[0]])].as_py())


def _market_is_short(
    base: pa.ChunkedArray, listed: Mapping[str, pa.ChunkedArray], notes: Notes
) -> bool:
    """Refuse market_file where all other files have customers whom it lacks."""
    first, *others = listed.values()
    if all(_ends_early(places_in(base, ids), len(ids)) for ids in listed.values()):
        beyond = _not_in(first, base)
        told = {"ids": _named(beyond), "lacking": str(len(beyond))}
        notes.refuse("file_ends_early", MARKET_FILE.file, "id", (), **told)
        return True
    for ids in others:
        first = first.filter(pa.array(places_in(first, ids) >= 0))
    beyond = _not_in(first, base)
    share = len(beyond) / (len(base) + len(beyond))
    if len(listed) < 2 or share <= BEYOND or len(beyond) < FEWEST_JUDGED:
        return False
    if share <= MOST_BEYOND:
        told = {"ids": _named(beyond), "share": whole_percent(share)}
        notes.mention("customers_lacking", MARKET_FILE.file, "id", len(beyond), **told)
        return False
    told = {"ids": _named(beyond), "lacking": str(len(beyond)), "share": whole_percent(share)}
    notes.refuse("base_lacks_customers", MARKET_FILE.file, "id", (), **told)
    return True


def _strangers(
    base: pa.ChunkedArray, texts: Mapping[str, pa.ChunkedArray], places: Mapping[str, Counts]
) -> list[str]:
    """Name the files that have no customer in common with market_file, however it is spelt."""
    return [
        file
        for file, ids in texts.items()
        if (places[file] < 0).all() and spelt_otherwise(base, ids) is None
    ]


def _refuse_strangers(
    base: pa.ChunkedArray,
    texts: Mapping[str, pa.ChunkedArray],
    strangers: Sequence[str],
    notes: Notes,
) -> None:
    """Refuse files of other customers: one alone where all the others agree, else all of them."""
    listed = {MARKET_FILE.file: base} | {file: pc.unique(ids) for file, ids in texts.items()}
    odd = MARKET_FILE.file if set(strangers) == set(texts) else strangers[0]
    others = [ids for file, ids in listed.items() if file != odd]
    whole = len(listed) == len(CONTRACT) and (odd == MARKET_FILE.file or len(strangers) == 1)
    alone = whole and all(
        2 * int((places_in(one, other) >= 0).sum()) >= len(one)
        for one in others
        for other in others
    )
    for file in [odd] if alone else strangers:
        ids = listed[file]
        told = {"ids": _named(ids), "customers": str(len(ids))}
        notes.refuse("file_of_others" if alone else "files_of_others", file, "id", (), **told)


def _not_in(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.ChunkedArray:
    return ids.filter(pa.array(places_in(ids, among) < 0))


def _named(ids: pa.ChunkedArray) -> str:
    """List a few of the ids, whatever their order in the file."""
    different = pc.unique(ids)
    order = pc.sort_indices(different)[: NAMES_SHOWN + 1]
    return first_ids(different.take(order).to_pylist())


def _check_against(
    base: pa.ChunkedArray,
    long_ones: Flags,
    ids: pa.ChunkedArray,
    places: Counts,
    reading: Reading,
    notes: Notes,
) -> None:
    """Compare one file's customers, month by month, with those of market_file."""
    file, months = reading.contract.file, _months(reading)
    labels = list(reading.contract.months) or [""]
    known = places >= 0
    there = np.zeros((len(base), len(labels)), dtype=bool)
    there[places[known], months[known]] = True
    lacking = (~there).sum(axis=0)
    foreign = int((~known).sum())
    ids_lacking = base.filter(pa.array(~there.all(axis=1))) if lacking.any() else base[:0]
    told = {
        "lacking": str(int(lacking.sum())),
        "customers": str(len(ids_lacking)),
        "ids": _named(ids_lacking),
    }
    short = [month for month in range(len(labels)) if lacking[month]]
    two = spelt_otherwise(base, ids) if foreign else None
    farther = _farther_by(base, pc.unique(ids)) if foreign else 0
    shares = (~there[long_ones]).mean(axis=0) if long_ones.any() else lacking / len(base)
    if (
        short
        and all(_ends_early(places[known & (months == m)], len(base)) for m in short)
        and _is_cut(months, lacking)
    ):
        notes.refuse("file_ends_early", file, "id", (), **told)
    elif two:
        notes.refuse("ids_spelt_otherwise", file, "id", here=two[0], there=two[1])
    elif farther:
        notes.doubt("ids_farther", file, "id", (), **told, by=str(abs(farther)))
    elif (2 * there.sum(axis=0) < len(base)).any():
        notes.refuse("foreign_ids", file, "id", (), **told)
    elif len(base) >= FEWEST_JUDGED and shares.max() > PART_BLANK:
        most = int(np.argmax(shares))
        place = reading.contract.columns[-1].heading + (f", {labels[most]}" if labels[most] else "")
        notes.doubt(
            "rows_lacking", file, place, (), **told, share=whole_percent(float(shares[most]))
        )
    elif lacking.any():
        few = len(base) < FEWEST_JUDGED or shares.min() <= PART_EMPTY
        code = "missing_rows" if few else "rows_part_lacking"
        notes.mention(code, file, "id", int(lacking.sum()), ids=told["ids"])
    if foreign:
        notes.mention("foreign_rows", file, "id", foreign)
    if reading.contract.by_period and not notes.blames_file(file):
        column = reading.contract.columns[-1]
        if column.name in reading.frame:
            values: Floats = np.full((len(base), len(labels)), np.nan)
            values[places[known], months[known]] = reading.frame[column.name].to_numpy()[known]
            check_course(file, column, labels, values, long_ones, notes)


def _months(reading: Reading) -> Counts:
    """Place of each row's month among those of the contract."""
    if not reading.contract.by_period:
        return np.zeros(len(reading.frame), dtype=np.int64)
    own = list(reading.contract.months.values())
    return month_places(reading.frame["period"], own)


def month_places(months: pd.Series[str], among: Sequence[str]) -> Counts:
    """Place of each row's month among some; -1 where it is none of them."""
    return places_in(id_texts(months), pa.chunked_array([among], type=pa.large_string()))


def _ends_early(places: Counts, whole: int) -> bool:
    """Whether these places are the first of so many: in the same order, and only the end lacks."""
    found = places[places >= 0]
    return bool(
        0 < len(found) < whole and found[-1] == len(found) - 1 and (np.diff(found) > 0).all()
    )


def _is_cut(months: Counts, lacking: Counts) -> bool:
    """Whether rows that are lacking lay at the end of the file.

    Only the last months, in the file's own order, can then be short; and all alike, give or take
    the customer within whom the file ends, unless the file holds one month after the other.
    """
    order = pd.unique(months)
    short = lacking[order]
    one_by_one = 1 + np.count_nonzero(np.diff(months)) == len(order)
    rising = bool((np.diff(short) >= 0).all())
    return rising and (one_by_one or short[-1] - short[0] <= 1)
