"""A customer who is forgotten is in no file, and what remains is vouched for as before."""

from __future__ import annotations

import datetime
import gzip
import stat
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.chapters.customer_files import write_table
from analysis.chapters.edition_files import INTERNAL
from analysis.chapters.words import Words
from analysis.chapters.workbook import Column, Sheet, write_workbook
from report import resources, rewriting
from report.archive import Archive, Draft
from report.chain import Chain
from report.cli.forget import expire, forget
from report.errors import InputError
from report.manifest import MANIFEST_NAME, make_manifest, read_manifest
from report.messages import Messages

from .conftest import MakePlan

MESSAGES = Messages("en")
IDS = ["00017", "17", "=1+2", "400-x"]
WORDS = Words.load(resources.templates() / "words" / "ru")
Seal = Callable[..., Path]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "output")


@pytest.fixture
def seal(archive: Archive, make_plan: MakePlan) -> Seal:
    """Seal an edition with every kind of file that names customers; 17 is a number in it too."""

    def sealed(month: str, *, inside: str = "", ids: list[str] = IDS, **inputs: str) -> Path:
        place = Archive(archive.folder / inside)
        opened = place.open(month, make_plan(inputs=inputs), replace=True, internal=INTERNAL)
        with opened as draft:
            assert isinstance(draft, Draft)
            folder = draft.folder
            table = pd.DataFrame({"id": ids, "profit": 17.0})
            table.to_parquet(folder / "customers.parquet", index=False)
            aside = pd.DataFrame({"id": ids, "Повторяет_id": ["", "", "", "17"][: len(ids)]})
            write_table(folder / "set_aside.csv", aside, WORDS)
            (folder / "offers" / "campaigns").mkdir(parents=True)
            rows = table.assign(row=17)
            columns = [Column("row", "Строка", "whole", 8), Column("id", "id", "text", 8)]
            sheet = Sheet("list", columns, rows)
            write_workbook(folder / "offers/all.xlsx", [sheet], datetime.date(2026, 10, 31))
            write_table(folder / "offers/all.csv", rows[["row", "id"]], WORDS)
            rows[["row", "id"]].to_parquet(folder / "offers/all.parquet", index=False)
            table[["id"]].to_csv(
                folder / "offers/campaigns/x.csv", index=False, sep=";", lineterminator="\r\n"
            )
            lines = [WORDS.list_text("hold_out", "line").format(id=each) for each in ids]
            (folder / "offers" / "hold.txt").write_text("\r\n".join(lines))
            (folder / "results.json").write_text('{"customers": 17}')
            draft.seal(make_manifest(folder, make_plan(inputs=inputs), seconds={}, libraries=[]))
        return draft.folder

    return sealed


def whole(folder: Path) -> bool:
    chain = Chain.of(folder)
    return bool(chain.names()) and not any(map(chain.faults, chain.names()))


def test_a_forgotten_customer_is_in_no_file_and_every_edition_is_whole(
    archive: Archive, seal: Seal, tmp_path: Path
) -> None:
    first = seal("2026-08")
    lent = read_manifest(first).outputs["customers.parquet"].sha256
    second = seal("2026-09", earlier=lent)
    other = seal("2026-10", ids=["5"])
    before = Chain.of(archive.folder).fingerprint
    compared = seal("2026-08..2026-09", inside="diff")
    forget("17", archive.folder, tmp_path, MESSAGES, quiet=True)
    left = ["00017", "=1+2", "400-x"]
    for folder in (first, second, compared):
        assert pd.read_parquet(folder / "customers.parquet")["id"].tolist() == left
        sheet = openpyxl.load_workbook(folder / "offers/all.xlsx")["list"]
        assert [cell.value for cell in sheet["B"]] == ["id", *left]
        assert [cell.value for cell in sheet["A"]] == ["Строка", 17, 17, 17]
        for name in ("set_aside.csv", "offers/all.csv", "offers/campaigns/x.csv"):
            rows = (folder / name).read_text(encoding="utf-8-sig").splitlines()
            assert len(rows) == 4 and not any("17" in row.split(";")[-1:] for row in rows)
        assert "покупателю 17." not in (folder / "offers/hold.txt").read_text()
        assert "покупателю 00017." in (folder / "offers/hold.txt").read_text()
        (done,) = read_manifest(folder).rewritten
        assert done.why == "forgotten" and "customers.parquet" in done.files
        assert '"17"' not in (folder / MANIFEST_NAME).read_text()
        assert stat.S_IMODE((folder / "customers.parquet").stat().st_mode) == 0o600
    assert read_manifest(other).rewritten == ()
    now = read_manifest(first).outputs["customers.parquet"].sha256
    assert read_manifest(second).plan.inputs == {"earlier": now} != {"earlier": lent}
    assert whole(archive.folder) and whole(archive.folder / "diff")
    assert Chain.of(archive.folder).fingerprint != before
    with pytest.raises(InputError, match="forget-unknown"):
        forget("17", archive.folder, tmp_path, MESSAGES, quiet=True)


def test_an_id_that_begins_like_a_formula_is_forgotten_too(
    archive: Archive, seal: Seal, tmp_path: Path
) -> None:
    edition = seal("2026-08")
    forget("=1+2", archive.folder, tmp_path, MESSAGES, quiet=True)
    assert "1+2" not in (edition / "offers/all.csv").read_text(encoding="utf-8-sig")


def test_replaced_editions_forget_and_exports_that_do_not_are_named(
    archive: Archive, seal: Seal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal("2026-08")
    seal("2026-08", another="0")
    export = tmp_path / "data" / "2026-08" / "money.csv"
    export.parent.mkdir(parents=True)
    export.write_text("id,profit\n17,1\n")
    forget("17", archive.folder, tmp_path / "data", MESSAGES, quiet=True)
    replaced = archive.folder / "replaced" / "2026-08-1" / "customers.parquet"
    assert "17" not in pd.read_parquet(replaced)["id"].tolist()
    assert str(export) in capsys.readouterr().err


def test_an_export_is_named_however_it_is_packed_and_wherever_it_lies(
    archive: Archive, seal: Seal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal("2026-08")
    month = tmp_path / "data" / "2026-08"
    for part, customer in ((0, 17), (1, 18)):
        path = month / "money" / f"part-{part}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"id": [customer], "Прибыль": [1.0]}).to_parquet(path)
    with gzip.open(month / "market_time.csv.gz", "wt", encoding="utf-8") as packed:
        packed.write("id,Период,минут\n17,текущий_месяц,5\n")
    elsewhere = tmp_path / "elsewhere.csv.gz"
    elsewhere.write_bytes((month / "market_time.csv.gz").read_bytes())
    (month / "sources.toml").write_text(
        f'market_money = "file://{elsewhere}"\nmarket_file = "file://{elsewhere}.gone"\n'
    )
    for name, customer in (("2026-08", "17"), ("2026-09", "18")):
        sent = tmp_path / "data" / name / "sent.csv.gz"
        sent.parent.mkdir(exist_ok=True)
        sent.write_bytes(gzip.compress(f"id;offer;date\n{customer};letter;2026-11-02\n".encode()))
    forget("17", archive.folder, tmp_path / "data", MESSAGES, quiet=True)
    said = capsys.readouterr().err
    assert str(month / "sent.csv.gz") in said and "2026-09/sent" not in said
    assert str(month / "money" / "part-0.parquet") in said
    assert str(month / "market_time.csv.gz") in said
    assert "2026-08/market_money.csv" in said
    assert "part-1" not in said
    assert "not known: 2026-08/market_file.csv" in said


def test_what_cannot_be_read_is_told_and_nothing_is_changed(
    archive: Archive, seal: Seal, tmp_path: Path
) -> None:
    first, second = seal("2026-08"), seal("2026-09")
    (second / "offers" / "all.xlsx").write_bytes(b"damaged")
    before = (first / "customers.parquet").read_bytes()
    with pytest.raises(InputError, match="forget-unreadable"):
        forget("17", archive.folder, tmp_path, MESSAGES, quiet=True)
    assert (first / "customers.parquet").read_bytes() == before


def test_forgetting_does_not_vouch_for_what_was_forged(
    archive: Archive, seal: Seal, tmp_path: Path
) -> None:
    first = seal("2026-08")
    seal("2026-09")
    (first / "results.json").write_text("{}")
    forget("17", archive.folder, tmp_path, MESSAGES, quiet=True)
    chain = Chain.of(archive.folder)
    assert {name: chain.faults(name) for name in chain.names()} == {
        "2026-08": ["results.json"],
        "2026-09": [],
    }


def test_a_run_that_dies_while_it_forgets_is_carried_to_its_end(
    archive: Archive, seal: Seal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal("2026-08")
    edition = seal("2026-09")
    place = rewriting._place
    placed: list[Path] = []

    def dies(new: Path, old: Path) -> None:
        if len(placed) == 3:
            raise KeyboardInterrupt
        placed.append(old)
        place(new, old)

    monkeypatch.setattr(rewriting, "_place", dies)
    with pytest.raises(KeyboardInterrupt):
        forget("17", archive.folder, tmp_path, MESSAGES, quiet=True)
    monkeypatch.setattr(rewriting, "_place", place)
    seal("2026-10", ids=["5"])
    assert whole(archive.folder)
    assert "17" not in pd.read_parquet(edition / "customers.parquet")["id"].tolist()
    assert not (archive.folder / ".rewriting").exists()


def test_files_that_name_customers_expire_and_the_rest_stays_whole(
    archive: Archive, seal: Seal
) -> None:
    old, new = seal("2026-04"), seal("2026-05")
    compared = seal("2026-03..2026-04", inside="diff")
    expire(archive.folder, "2026-10", None)
    assert (old / "customers.parquet").exists()
    expire(archive.folder, "2026-10", 5)
    for folder in (old, compared):
        assert not (folder / "customers.parquet").exists()
        assert not list(folder.glob("offers/**/*.*"))
        assert (folder / "results.json").is_file()
        assert read_manifest(folder).rewritten[0].why == "expired"
    assert (new / "customers.parquet").is_file()
    assert whole(archive.folder) and whole(archive.folder / "diff")
    seal("2026-10")
    assert whole(archive.folder)
