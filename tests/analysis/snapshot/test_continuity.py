"""The snapshot against its predecessor, before anything is computed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from analysis.snapshot.continuity import (
    Earlier,
    check_agreement,
    refuse_copied,
    refuse_repeated,
    same_content,
)
from analysis.snapshot.errors import SnapshotError
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from tests.analysis.conftest import (
    MARKET_MONEY,
    MARKET_TIME,
    Rows,
    Writing,
    customer,
    tables,
    write_snapshot,
)

CUSTOMERS = 40
MESSAGES = Path(__file__).parents[3] / "templates" / "words"


def month_files(number: int, customers: int = CUSTOMERS) -> dict[str, Rows]:
    """The ``number``-th month of a shop where every month has values of its own."""

    def revenue(place: int, month: int) -> str:
        return f"{4000 + 10 * place + month}.5"

    def minutes(place: int, month: int) -> str:
        return str(10 + place % 7 + month)

    return tables(
        [
            customer(
                100 + place,
                revenue=tuple(revenue(place, number - back) for back in (2, 1, 0)),
                minutes=tuple(minutes(place, number - back) for back in (1, 0)),
                Длительность=str(500 + 30 * number),
            )
            for place in range(customers)
        ]
    )


def read(folder: Path, files: Mapping[str, Rows], **writing: Writing) -> Snapshot:
    return read_snapshot(write_snapshot(folder, files, writing))


@pytest.fixture
def earlier(tmp_path: Path) -> Earlier:
    return Earlier("2026-09", read(tmp_path / "2026-09", month_files(9)))


def rewritten(rows: int) -> dict[str, Rows]:
    """October, with the previous month's revenue of some customers changed."""
    files = month_files(10)
    previous = [row for row in files[MARKET_MONEY] if row["Период"] == "предыдущий_месяц"]
    for row in previous[:rows]:
        row["Выручка"] = "1.0"
    return files


def test_a_month_that_goes_on_from_the_last_has_nothing_to_remark(
    tmp_path: Path, earlier: Earlier
) -> None:
    snapshot = read(tmp_path / "2026-10", month_files(10))
    refuse_repeated(snapshot, earlier)
    agreement = check_agreement(snapshot, "2026-10", earlier)
    assert agreement.findings == ()
    assert agreement.overlap is not None
    assert (agreement.overlap.compared, agreement.overlap.disagreeing) == (CUSTOMERS, 0)


def test_an_earlier_export_is_refused_however_it_is_written(
    tmp_path: Path, earlier: Earlier
) -> None:
    files = {name: rows[::-1] for name, rows in month_files(9).items()}
    again = read(tmp_path / "2026-10", files, **{MARKET_MONEY: Writing(separator=";", decimal=",")})
    assert again.digests != earlier.snapshot.digests
    with pytest.raises(SnapshotError) as refused:
        refuse_repeated(again, earlier)
    [problem] = refused.value.problems
    assert (problem.code, problem.fields["earlier"]) == ("repeated_snapshot", "2026-09")


def test_the_files_of_any_earlier_month_are_refused_without_reading_it(tmp_path: Path) -> None:
    first, other = (
        write_snapshot(tmp_path / f"2026-0{number}", month_files(number), {}) for number in (2, 3)
    )
    again = read_snapshot(first)
    refuse_copied(again, other, "2026-03")
    refuse_copied(again, tmp_path / "2026-04", "2026-04")
    (first / MARKET_TIME).touch()
    with pytest.raises(SnapshotError) as refused:
        refuse_copied(again, first, "2026-02")
    [problem] = refused.value.problems
    assert (problem.code, problem.fields["earlier"]) == ("repeated_snapshot", "2026-02")
    (first / MARKET_TIME).write_text("", encoding="utf-8")
    refuse_copied(again, first, "2026-02")


def test_one_other_value_makes_another_snapshot(tmp_path: Path, earlier: Earlier) -> None:
    files = month_files(9)
    files[MARKET_TIME][-1]["минут"] = "99"
    assert not same_content(read(tmp_path / "x", files), earlier.snapshot)


def test_a_few_rewritten_values_are_a_finding_with_its_count(
    tmp_path: Path, earlier: Earlier
) -> None:
    agreement = check_agreement(read(tmp_path / "2026-10", rewritten(2)), "2026-10", earlier)
    [finding] = agreement.findings
    assert (finding.code, finding.file, finding.count) == ("differs_from_earlier", MARKET_MONEY, 2)
    assert finding.fields["month"] == "предыдущий_месяц"
    assert finding.fields["earlier_month"] == "текущий_месяц"


def test_more_than_one_in_twenty_are_refused_unless_accepted(
    tmp_path: Path, earlier: Earlier
) -> None:
    snapshot = read(tmp_path / "2026-10", rewritten(3))
    with pytest.raises(SnapshotError) as refused:
        check_agreement(snapshot, "2026-10", earlier)
    [problem] = refused.value.problems
    assert (problem.code, problem.file, problem.column) == (
        "contradicts_earlier",
        MARKET_MONEY,
        "Выручка",
    )
    agreement = check_agreement(snapshot, "2026-10", earlier, accept=True)
    assert [finding.count for finding in agreement.findings] == [3]


def test_the_wrong_month_is_refused_in_every_file(tmp_path: Path, earlier: Earlier) -> None:
    snapshot = read(tmp_path / "2026-10", month_files(11))
    with pytest.raises(SnapshotError) as refused:
        check_agreement(snapshot, "2026-10", earlier)
    assert [problem.file for problem in refused.value.problems] == [
        MARKET_MONEY,
        MARKET_MONEY,
        MARKET_TIME,
    ]
    assert check_agreement(snapshot, "2026-11", earlier).findings == ()


def test_months_without_a_common_one_cannot_contradict(tmp_path: Path, earlier: Earlier) -> None:
    snapshot = read(tmp_path / "2026-12", month_files(12))
    assert check_agreement(snapshot, "2026-12", earlier).overlap is None
    with pytest.raises(ValueError, match="not before"):
        check_agreement(snapshot, "2026-09", earlier)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_refusal_fills_its_text(tmp_path: Path, earlier: Earlier, language: str) -> None:
    path = MESSAGES / language / "messages" / "snapshot.toml"
    texts = tomllib.loads(path.read_text(encoding="utf-8"))
    snapshot = read(tmp_path / "2026-10", rewritten(3))
    with pytest.raises(SnapshotError) as refused:
        check_agreement(snapshot, "2026-10", earlier)
    [problem] = refused.value.problems
    told = texts[problem.code]["what"].format(**problem.values())
    assert all(part in told for part in ("2026-09", "предыдущий_месяц", ": 3;", "40", " 5 %"))
    accepted = check_agreement(snapshot, "2026-10", earlier, accept=True).findings[0]
    assert ": 3;" in texts[accepted.code]["what"].format(**accepted.values())
    with pytest.raises(SnapshotError) as repeated:
        refuse_repeated(snapshot, Earlier("2026-09", snapshot))
    [problem] = repeated.value.problems
    assert "2026-09" in texts[problem.code]["what"].format(**problem.values())
