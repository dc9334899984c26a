"""A file that is delivered in parts, or lies on another file system, is the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import fs

from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.pieces import Cut
from analysis.snapshot.places import SOURCES_FILE
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.workers.here import Block, Done
from tests.analysis.conftest import (
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    SnapshotFolder,
)
from tests.analysis.snapshot.odd_exports import CORPUS, Odd, write

FILES = (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)
MARKS = {MONEY: ","}
TABLES = ("customers", "revenue", "minutes", "profit", "impossible", "respelt", "row_order")


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Write a sound month of 300 customers."""
    return write(CORPUS[0], tmp_path / "whole" / "2026-10")


def in_parts(folder: Path, parts: int = 3) -> Path:
    """Cut every file of a month into parts, each with the heading."""
    to = folder.parents[1] / "parts" / folder.name
    for file in FILES:
        heading, *rows = (folder / file).read_bytes().splitlines(keepends=True)
        place = to / file.removesuffix(".csv")
        place.mkdir(parents=True)
        size = -(-len(rows) // parts)
        for number in range(parts):
            part = rows[number * size : (number + 1) * size]
            (place / f"part-{number + 8}.csv").write_bytes(heading + b"".join(part))
    return to


def same(one: Snapshot, other: Snapshot) -> bool:
    return one.rows == other.rows and all(
        getattr(one, table).equals(getattr(other, table)) for table in TABLES
    )


def refusal(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(SnapshotError) as refused:
        read_snapshot(folder)
    return [(each.code, each.file) for each in refused.value.problems]


def test_a_file_in_parts_is_read_as_the_whole_file(whole: Path) -> None:
    found = read_snapshot(in_parts(whole))

    assert same(found, read_snapshot(whole))
    assert {(each.code, each.file, each.count) for each in found.findings} == {
        ("parts_read", file, 3) for file in FILES
    }


def test_parts_may_be_parquet_and_what_programs_leave_beside_them_is_left_aside(
    whole: Path,
) -> None:
    folder = whole.parents[1] / "typed" / "2026-10"
    for file in FILES:
        place = folder / file.replace(".csv", ".parquet")
        place.mkdir(parents=True)
        rows = pd.read_csv(whole / file, sep=None, engine="python", decimal=MARKS.get(file, "."))
        rows[: len(rows) // 2].to_parquet(place / "part-0.parquet")
        rows[len(rows) // 2 :].to_parquet(place / "part-1.parquet")
        (place / "_SUCCESS").touch()
        (place / ".part-0.parquet.crc").write_bytes(b"crc")

    found = read_snapshot(folder)

    assert same(found, read_snapshot(whole))
    assert {each.encoding for each in found.dialects.values()} == {"parquet"}


@dataclass
class FarAway:
    """Workers on another machine, which may have other files of the same names."""

    files: Path

    def map(self, function: Callable[[Block], Done], blocks: Iterable[Block]) -> Iterator[Done]:
        for asked in blocks:
            assert isinstance(asked, Cut)
            place = str(self.files / Path(asked.part.place).name)
            yield function(replace(asked, part=replace(asked.part, place=place)))


def test_what_workers_cannot_see_is_read_here(whole: Path, tmp_path: Path) -> None:
    assert same(read_snapshot(whole, workers=FarAway(tmp_path)), read_snapshot(whole))


def test_workers_read_no_other_file_of_the_same_name(whole: Path, tmp_path: Path) -> None:
    other = write(CORPUS[0], tmp_path / "stale" / "2026-10")
    file = other / MARKET_MONEY
    file.write_bytes(file.read_bytes().replace(b"1", b"2"))

    assert same(read_snapshot(whole, workers=FarAway(other)), read_snapshot(whole))


def test_a_part_without_customers_says_nothing(whole: Path) -> None:
    parts = in_parts(whole)
    heading = (parts / "money" / "part-8.csv").read_bytes().splitlines(keepends=True)[0]
    (parts / "money" / "part-1.csv").write_bytes(heading)
    (parts / "money" / "part-2.csv").write_bytes(b"")

    assert same(read_snapshot(parts), read_snapshot(whole))


def told(folder: Path) -> tuple[list[str], list[str], Snapshot | None]:
    """Codes of problems and findings, and the snapshot if there is one."""
    try:
        found = read_snapshot(folder)
    except SnapshotError as refused:
        return [each.code for each in refused.problems], [], None
    codes = [each.code for each in found.findings if each.code != "parts_read"]
    return [], codes, found


JUDGED_WHOLE = (
    "points between thousands, decimal commas",
    "a mark that reads two ways",
    "roubles with their sign and no-break spaces",
    "shares in percent, some with the sign",
    "NULL, nan and #Н/Д for not known",
    "a Latin letter in a category",
    "products for categories",
    "time in seconds, every third customer",
)
"""Odd exports of which a part by itself would be read otherwise, or is."""


@pytest.mark.parametrize(
    "odd", [each for each in CORPUS if each.name in JUDGED_WHOLE], ids=lambda odd: odd.name
)
def test_a_column_is_judged_over_all_parts(odd: Odd, tmp_path: Path) -> None:
    folder = write(odd, tmp_path / "whole" / "2026-10")

    refused, findings, found = told(in_parts(folder))
    refused_whole, findings_whole, whole = told(folder)

    assert (refused, findings) == (refused_whole, findings_whole)
    assert found is whole or (found and whole and same(found, whole))


def test_one_cell_says_how_the_numbers_of_all_parts_are_read(whole: Path) -> None:
    """4.822 is 4822 where another cell of the column is 4.822,50."""
    file = whole / MARKET_MONEY
    rows = pd.read_csv(file)
    revenue = rows["Выручка"].round().astype(int).clip(1001, 9999)
    rows["Выручка"] = [f"{each // 1000}.{each % 1000:03d}" for each in revenue]
    rows.loc[0, "Выручка"] += ",50"
    rows.to_csv(file, sep=";", index=False)

    found = read_snapshot(in_parts(whole))

    assert same(found, read_snapshot(whole))
    assert found.revenue["revenue"].min() > 1000


def test_every_kind_of_judgement_was_tried() -> None:
    assert {each.name for each in CORPUS} >= set(JUDGED_WHOLE)


def test_a_cut_part_is_named(whole: Path) -> None:
    parts = in_parts(whole)
    part = parts / "market_money" / "part-9.csv"
    part.write_bytes(part.read_bytes()[:-7])

    assert refusal(parts)[0] == ("cut_row", "market_money/part-9.csv")


def test_a_customer_in_two_parts_is_refused(whole: Path) -> None:
    parts = in_parts(whole)
    (parts / "money" / "part-11.csv").write_bytes((parts / "money" / "part-8.csv").read_bytes())

    assert refusal(parts) == [("duplicate_id", MONEY)]


def test_parts_of_two_ways_of_writing_are_refused(whole: Path) -> None:
    parts = in_parts(whole)
    part = parts / "market_money" / "part-9.csv"
    part.write_bytes(part.read_bytes().replace(b",", b";"))

    assert refusal(parts) == [("parts_differ", MARKET_MONEY)]


def test_the_same_parts_have_the_same_digest_and_others_another(whole: Path) -> None:
    parts = in_parts(whole)
    first = read_snapshot(parts)
    again = read_snapshot(parts)
    (parts / "money" / "part-8.csv").rename(parts / "money" / "part-7.csv")
    renamed = read_snapshot(parts)
    part = parts / "money" / "part-7.csv"
    part.write_bytes(part.read_bytes().replace(b",", b",0", 1))

    assert first.digests == again.digests == renamed.digests
    assert read_snapshot(parts).digests[MONEY] != first.digests[MONEY]


# ─── On another file system ──────────────────────────────────────────────────────────────────────


def test_files_and_folders_of_parts_are_read_from_s3(
    bucket: tuple[fs.FileSystem, str], whole: Path
) -> None:
    system, place = bucket
    parts = in_parts(whole)
    here = whole.parents[1] / "here" / "2026-10"
    here.mkdir(parents=True)
    for path in parts.rglob("*.csv"):
        with system.open_output_stream(f"exports/2026-10/{path.relative_to(parts)}") as out:
            out.write(path.read_bytes())
    with system.open_output_stream("exports/2026-10/money.csv") as out:
        out.write((whole / MONEY).read_bytes())
    told = [
        *(f'{name} = "{place.replace("NAME", name)}"' for name in ("market_file", "market_money")),
        f'money = "{place.replace("NAME", MONEY)}"',
    ]
    (here / SOURCES_FILE).write_text("\n".join(told))
    (here / MARKET_TIME).write_bytes((whole / MARKET_TIME).read_bytes())

    found = read_snapshot(here)

    assert same(found, read_snapshot(whole))
    assert found.digests[MONEY] == read_snapshot(whole).digests[MONEY]


def test_a_place_with_nothing_there_is_named_without_its_keys(
    bucket: tuple[fs.FileSystem, str], snapshot_folder: SnapshotFolder
) -> None:
    folder, (_, place) = snapshot_folder.write(), bucket
    (folder / SOURCES_FILE).write_text(
        f'money = "{place.replace("s3://", "s3://name:word@").replace("NAME", "gone")}"'
    )
    with pytest.raises(SnapshotError) as refused:
        read_snapshot(folder)

    [problem] = refused.value.problems
    assert (problem.code, problem.file) == ("missing_source", MONEY)
    assert problem.fields == {"place": "s3://exports/2026-10/gone"}


def test_a_place_that_is_not_reached_is_named_without_its_keys(
    snapshot_folder: SnapshotFolder,
) -> None:
    folder = snapshot_folder.write()
    (folder / SOURCES_FILE).write_text('money = "nosuch://name:word@host/exports"')
    with pytest.raises(SnapshotError) as refused:
        read_snapshot(folder)

    [problem] = refused.value.problems
    assert (problem.code, problem.file) == ("unreachable_source", MONEY)
    assert problem.fields["place"] == "nosuch://host/exports"
    assert "nosuch" in problem.fields["reason"] and "word" not in problem.fields["reason"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'moneys = "s3://x"\nmarket = "s3://y"\nmoney = 1',
            {"bad_source_keys": "«moneys», «market»", "bad_sources": "«money = 1»"},
        ),
        ('money = "elsewhere.csv"', {"bad_sources": '«money = "elsewhere.csv"»'}),
        ('money = "name:word@elsewhere"', {"bad_sources": '«money = "…@elsewhere"»'}),
        ("# Чай\nmoney", {"toml_syntax": "2: «money»"}),
    ],
)
def test_whatever_is_wrong_in_a_file_of_sources_is_named_as_it_stands(
    text: str, told: dict[str, str], snapshot_folder: SnapshotFolder
) -> None:
    folder = snapshot_folder.write()
    (folder / SOURCES_FILE).write_text(text, "utf-8")

    with pytest.raises(SnapshotError) as refused:
        read_snapshot(folder)
    problems = refused.value.problems
    assert {each.file for each in problems} == {SOURCES_FILE}
    assert {each.code: each.fields["found"] for each in problems} == told


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_path_of_this_machine_is_a_place_whatever_its_letters(
    scheme: str, whole: Path, tmp_path: Path
) -> None:
    there = tmp_path / "выгрузки за октябрь"
    there.mkdir()
    here = tmp_path / "here" / "2026-10"
    here.mkdir(parents=True)
    for file in FILES:
        folder = there if file == MONEY else here
        (folder / file).write_bytes((whole / file).read_bytes())
    (here / SOURCES_FILE).write_text(f'money = "{scheme}{there / MONEY}"', "utf-8")
    assert same(read_snapshot(here), read_snapshot(whole))


def test_where_the_sources_are_at_fault_nothing_else_is_said_to_be_missing(
    snapshot_folder: SnapshotFolder,
) -> None:
    folder = snapshot_folder.write()
    (folder / MONEY).unlink()
    (folder / SOURCES_FILE).write_text('moneys = "s3://x"', "utf-8")
    assert refusal(folder) == [("bad_source_keys", SOURCES_FILE)]
