"""A snapshot is read as a whole or refused with every reason, each named by file and column."""

from __future__ import annotations

import os
import string
import tomllib
import weakref
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.snapshot.errors import (
    FINDING_SEVERITY,
    PROBLEM_CODES,
    Problem,
    SnapshotError,
    quoted,
)
from analysis.snapshot.schema import CONTRACT, FileContract
from analysis.snapshot.snapshot import (
    REPAIR_CODES,
    Snapshot,
    ToBeSaved,
    message_codes,
    read_snapshot,
)
from tests.analysis.conftest import (
    CATEGORY,
    CONSENT,
    LEVEL,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    SERVICE,
    SnapshotFolder,
    customer_lists,
    some_customers,
    tables,
    write_snapshot,
)

MESSAGES = Path(__file__).parents[3] / "templates" / "words"
Files = dict[str, list[dict[str, str]]]


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(SnapshotError) as refused:
        read_snapshot(folder)
    return refused.value.problems


def places(found: tuple[Problem, ...]) -> list[tuple[str, str, str | None]]:
    return [(problem.code, problem.file, problem.column) for problem in found]


def test_a_valid_snapshot_has_no_findings(snapshot_folder: SnapshotFolder) -> None:
    snapshot = read_snapshot(snapshot_folder.write())
    assert snapshot.findings == () and snapshot.repairs == ()
    assert snapshot.rows == {MARKET_FILE: 6, MARKET_MONEY: 18, MARKET_TIME: 12, MONEY: 6}
    assert snapshot.customers["level"].tolist() == ["declined", "steady"] * 3
    assert snapshot.customers["consent"].tolist() == [True] * 6
    assert snapshot.kind == "real"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert places(problems(tmp_path / "2026-11")) == [("missing_folder", "2026-11", None)]


def test_an_empty_folder_is_told_once(tmp_path: Path) -> None:
    assert places(problems(tmp_path)) == [("empty_folder", tmp_path.name, None)]


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert places(problems(tmp_path)) == [
        ("missing_file", name, None) for name in (MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY)
    ]


@pytest.mark.parametrize(("make", "code"), [(os.mkdir, "no_parts"), (os.mkfifo, "unreadable_file")])
def test_an_empty_folder_or_a_pipe_in_place_of_a_file_is_refused(
    make: Callable[[Path], None], code: str, snapshot_folder: SnapshotFolder
) -> None:
    folder = snapshot_folder.write()
    (folder / MONEY).unlink()
    make(folder / MONEY)
    assert places(problems(folder)) == [(code, MONEY, None)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty_file"),
        ("id,Прибыль\n".encode(), "no_rows"),
        ("id,Прибыль".encode(), "no_rows"),
        ("id,Прибыль\n,\n".encode(), "no_rows"),
        (b"PK\x03\x04\x14\x00\x06\x00 workbook", "damaged_file"),
        (b"\x1f\x8b\x08 packed", "damaged_file"),
        (b"PAR1 columns", "damaged_file"),
        (b" <!DOCTYPE html><table>", "web_page"),
        (b"\0\1\2\3", "not_text"),
        (b"id,\xcf\xf0\xe8\x98\xfb\n", "not_text"),
        ("id,Прибыль\n101,".encode() + b"\xff\n102,4\n", "mixed_encodings"),
        (b"101,4.5\n102,3.5\n", "no_header"),
        (b"x" * 300_000, "no_header"),
        (b'"' + b"x" * 300_000, "no_header"),
    ],
)
def test_a_file_without_a_table_is_refused(
    snapshot_folder: SnapshotFolder, content: bytes, code: str
) -> None:
    folder = snapshot_folder.write()
    (folder / MONEY).write_bytes(content)
    assert places(problems(folder)) == [(code, MONEY, None)]


@pytest.mark.parametrize("name", [MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY])
def test_every_missing_column_is_named(snapshot_folder: SnapshotFolder, name: str) -> None:
    for heading in list(snapshot_folder.files[name][0]):
        without = [
            {other: cell for other, cell in row.items() if other != heading}
            for row in snapshot_folder.files[name]
        ]
        folder = write_snapshot(snapshot_folder.folder, {**snapshot_folder.files, name: without})
        assert places(problems(folder)) == [("missing_column", name, heading)]


def test_a_column_that_comes_twice_is_refused(snapshot_folder: SnapshotFolder) -> None:
    for row in snapshot_folder.files[MONEY]:
        row["прибыль "] = "1"
    assert places(problems(snapshot_folder.write())) == [("duplicate_column", MONEY, "Прибыль")]


@pytest.mark.parametrize(
    ("name", "column", "cell", "code"),
    [
        (MARKET_FILE, LEVEL, "Выросла", "unknown_label"),
        (MARKET_FILE, CONSENT, "может быть", "unknown_label"),
        (MARKET_MONEY, "Период", "прошлый_год", "unknown_month"),
        (MARKET_TIME, "Период", "препредыдущий_месяц", "unknown_month"),
        (MARKET_MONEY, "Период", " ", "blank_cell"),
        (MARKET_FILE, "Длительность", "давно", "not_a_number"),
        (MARKET_MONEY, "Выручка", "inf", "not_a_number"),
        (MONEY, "Прибыль", "-Infinity", "not_a_number"),
        (MARKET_FILE, "Акционные_покупки", "0,25", "mixed_decimal"),
        (MARKET_FILE, "id", "0", "bad_id"),
        (MARKET_FILE, "id", "-103", "bad_id"),
        (MONEY, "id", "103.5", "bad_id"),
        (MARKET_FILE, "id", "Итого", "bad_id"),
        (MARKET_TIME, "id", "1.2345E+16", "rounded_id"),
        (MARKET_TIME, "id", "12345678901234567.0", "rounded_id"),
        (MARKET_MONEY, "id", "", "blank_cell"),
    ],
)
def test_a_wrong_cell_is_refused_with_file_column_and_line(
    snapshot_folder: SnapshotFolder, name: str, column: str, cell: str, code: str
) -> None:
    snapshot_folder.files[name][2][column] = cell
    found = problems(snapshot_folder.write())
    assert places(found) == [(code, name, column)]
    assert (found[0].rows, found[0].count) == ((4,), 1)


def test_only_the_first_few_lines_are_shown_beside_their_number(
    make_snapshot: Callable[..., Path],
) -> None:
    folder = make_snapshot(some_customers(9))
    text = (folder / MONEY).read_text(encoding="utf-8").splitlines()
    (folder / MONEY).write_text("\n".join([text[0]] + [f"{r},x" for r in range(9)]) + "\n")
    found = {problem.code: problem for problem in problems(folder)}
    assert found["not_a_number"].rows == (2, 3, 4, 5, 6)
    assert found["not_a_number"].count == 9
    assert found["not_a_number"].values()["rows"] == "2, 3, 4, 5, 6, …"


@pytest.mark.parametrize("name", [MARKET_FILE, MONEY])
def test_a_duplicate_id_is_refused_with_its_lines(
    snapshot_folder: SnapshotFolder, name: str
) -> None:
    rows = snapshot_folder.files[name]
    rows.insert(4, dict(rows[0]))
    found = problems(snapshot_folder.write())
    assert places(found) == [("duplicate_id", name, "id")]
    assert found[0].rows == (2, 6)
    assert found[0].fields["ids"] == "101"


@pytest.mark.parametrize("name", [MARKET_MONEY, MARKET_TIME])
def test_a_duplicate_month_of_a_customer_is_refused(
    snapshot_folder: SnapshotFolder, name: str
) -> None:
    rows = snapshot_folder.files[name]
    rows.append(dict(rows[1]))
    assert places(problems(snapshot_folder.write())) == [("duplicate_row", name, "id")]


@pytest.mark.parametrize("name", [MARKET_MONEY, MARKET_TIME])
def test_a_month_that_never_comes_is_refused(snapshot_folder: SnapshotFolder, name: str) -> None:
    snapshot_folder.files[name] = [
        row for row in snapshot_folder.files[name] if row["Период"] != "предыдущий_месяц"
    ]
    found = problems(snapshot_folder.write())
    assert places(found) == [("missing_period", name, "Период")]
    assert found[0].fields["found"] == "«предыдущий_месяц»"


def test_rows_of_another_width_are_refused_with_their_lines(
    snapshot_folder: SnapshotFolder,
) -> None:
    folder = snapshot_folder.write()
    lines = (folder / MONEY).read_text(encoding="utf-8").splitlines()
    lines[1] += ",5"
    lines[3] = "103"
    (folder / MONEY).write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = problems(folder)
    assert places(found) == [("ragged_rows", MONEY, None)]
    assert (found[0].rows, found[0].fields["found"]) == ((2, 4), "1, 3")


@pytest.mark.parametrize("row", ['102,"4.5\n', '102,"4.5"x\n'])
def test_a_stray_quotation_mark_is_refused_with_its_line(
    snapshot_folder: SnapshotFolder, row: str
) -> None:
    folder = snapshot_folder.write()
    lines = (folder / MONEY).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / MONEY).write_text("".join([*lines[:2], row, *lines[3:]]), encoding="utf-8")
    found = problems(folder)
    assert places(found) == [("bad_quotes", MONEY, None)]
    assert found[0].rows == (3,)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY]), st.data())
def test_a_file_cut_anywhere_is_refused_and_named(
    snapshot_folder: SnapshotFolder, name: str, data: st.DataObject
) -> None:
    folder = snapshot_folder.write()
    whole = (folder / name).read_bytes()
    last_number = len(whole) - len(whole.rstrip(b"\n").rpartition(b",")[2])
    length = data.draw(st.integers(0, last_number - 1))
    (folder / name).write_bytes(whole[:length])
    assert {problem.file for problem in problems(folder)} == {name}


@pytest.mark.parametrize("name", [MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY])
def test_a_file_cut_in_mid_row_is_refused_with_the_line(
    snapshot_folder: SnapshotFolder, name: str
) -> None:
    folder = snapshot_folder.write()
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: whole.rindex(b",")])
    found = problems(folder)
    assert places(found) == [("cut_row", name, None)]
    assert found[0].rows == (len(whole.splitlines()),)


def test_a_file_cut_inside_its_last_label_is_refused(snapshot_folder: SnapshotFolder) -> None:
    snapshot_folder.files[MARKET_FILE] = [
        {**{name: cell for name, cell in row.items() if name != CATEGORY}, CATEGORY: row[CATEGORY]}
        for row in snapshot_folder.files[MARKET_FILE]
    ]
    folder = snapshot_folder.write()
    whole = (folder / MARKET_FILE).read_bytes()
    for taken in (2, 3, 10):
        (folder / MARKET_FILE).write_bytes(whole[:-taken])
        assert places(problems(folder)) == [("cut_row", MARKET_FILE, None)]
    (folder / MARKET_FILE).write_bytes(whole[:-1])
    assert read_snapshot(folder).findings == ()


@pytest.mark.parametrize("name", [MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY])
def test_a_file_that_lacks_the_last_customers_is_refused(
    snapshot_folder: SnapshotFolder, name: str
) -> None:
    snapshot_folder.files[name] = snapshot_folder.files[name][:-1]
    found = problems(snapshot_folder.write())
    assert places(found) == [("file_ends_early", name, "id")]
    assert found[0].fields["ids"] == "106"


@pytest.mark.parametrize("name", [MARKET_MONEY, MARKET_TIME, MONEY])
def test_a_customer_lacking_in_the_middle_is_a_finding(
    snapshot_folder: SnapshotFolder, name: str
) -> None:
    lost = [row for row in snapshot_folder.files[name] if row["id"] == "103"]
    snapshot_folder.files[name] = [r for r in snapshot_folder.files[name] if r["id"] != "103"]
    finding = read_snapshot(snapshot_folder.write()).findings
    assert [(f.code, f.file, f.count) for f in finding] == [("missing_rows", name, len(lost))]
    assert finding[0].severity == "serious"


def test_a_customer_lacking_from_a_file_in_another_order_is_a_finding(
    snapshot_folder: SnapshotFolder,
) -> None:
    snapshot_folder.files[MONEY] = snapshot_folder.files[MONEY][-2::-1]
    finding = read_snapshot(snapshot_folder.write()).findings
    assert [(f.code, f.fields["ids"]) for f in finding] == [("missing_rows", "106")]


def test_rows_of_unknown_customers_are_left_out_and_found(
    snapshot_folder: SnapshotFolder,
) -> None:
    snapshot_folder.files[MONEY].append({"id": "999", "Прибыль": "7"})
    snapshot = read_snapshot(snapshot_folder.write())
    assert "999" not in snapshot.profit["id"].tolist()
    assert [(f.code, f.file, f.count) for f in snapshot.findings] == [("foreign_rows", MONEY, 1)]


def _apart(rows: list[dict[str, str]], every: int = 1) -> None:
    for place, row in enumerate(rows):
        if place % every == 0:
            row["id"] = str(int(row["id"]) + 1000)


@pytest.mark.parametrize("file", [MARKET_FILE, MARKET_MONEY, MARKET_TIME, MONEY])
def test_a_file_of_other_customers_is_named_alone_with_their_number_where_the_others_agree(
    file: str, snapshot_folder: SnapshotFolder
) -> None:
    _apart(snapshot_folder.files[file])
    [problem] = problems(snapshot_folder.write())
    assert (problem.code, problem.file) == ("file_of_others", file)
    assert problem.fields["customers"] == "6"


@pytest.mark.parametrize("spoilt", [(MARKET_TIME, MONEY), (MARKET_FILE, MONEY)])
def test_where_no_three_files_agree_all_are_to_be_exported_again(
    spoilt: tuple[str, str], snapshot_folder: SnapshotFolder
) -> None:
    for place, file in enumerate(spoilt):
        for _ in range(place + 1):
            _apart(snapshot_folder.files[file])
    found = problems(snapshot_folder.write())
    assert {each.code for each in found} == {"files_of_others"}
    assert len(found) == (2 if MARKET_TIME in spoilt else 3)


def test_customers_of_whom_a_file_lacks_most_are_counted_and_not_their_rows(
    snapshot_folder: SnapshotFolder,
) -> None:
    rows = snapshot_folder.files[MARKET_MONEY]
    for row in rows:
        if row["id"] not in ("101", "104"):
            row["id"] = str(int(row["id"]) + 1000)
    [problem] = problems(snapshot_folder.write())
    assert (problem.code, problem.file) == ("foreign_ids", MARKET_MONEY)
    assert problem.values()["customers"] == "4"


def test_all_problems_are_reported_together(snapshot_folder: SnapshotFolder) -> None:
    snapshot_folder.files[MARKET_FILE][0][LEVEL] = "Выросла"
    snapshot_folder.files[MARKET_FILE][1]["Длительность"] = "давно"
    snapshot_folder.files[MARKET_MONEY].append(snapshot_folder.files[MARKET_MONEY][0])
    folder = snapshot_folder.write()
    (folder / MARKET_TIME).write_bytes(b"")
    (folder / MONEY).unlink()
    assert sorted(places(problems(folder)), key=str) == [
        ("duplicate_row", MARKET_MONEY, "id"),
        ("empty_file", MARKET_TIME, None),
        ("missing_file", MONEY, None),
        ("not_a_number", MARKET_FILE, "Длительность"),
        ("unknown_label", MARKET_FILE, LEVEL),
    ]


def test_known_misspellings_case_and_spaces_are_repaired_and_counted(
    snapshot_folder: SnapshotFolder,
) -> None:
    rows = snapshot_folder.files[MARKET_FILE]
    rows[0][SERVICE] = rows[1][SERVICE] = "стандартт"
    rows[2][SERVICE] = " Стандарт"
    rows[3][CATEGORY] = "Косметика и аксесуары"
    rows[4][LEVEL] = "СНИЗИЛАСЬ  "
    rows[5][CONSENT] = "Нет"
    for row in snapshot_folder.files[MARKET_TIME]:
        row["Период"] = row["Период"].replace("предыдущий", "предыдцщий")
    snapshot = read_snapshot(snapshot_folder.write())
    assert {(r.file, r.column, r.found, r.repaired, r.count) for r in snapshot.repairs} == {
        (MARKET_FILE, SERVICE, "стандартт", "стандарт", 2),
        (MARKET_FILE, SERVICE, " Стандарт", "стандарт", 1),
        (MARKET_FILE, CATEGORY, "Косметика и аксесуары", "Косметика и аксессуары", 1),
        (MARKET_FILE, LEVEL, "СНИЗИЛАСЬ  ", "Снизилась", 1),
        (MARKET_FILE, CONSENT, "Нет", "нет", 1),
        (MARKET_TIME, "Период", "предыдцщий_месяц", "предыдущий_месяц", 6),
    }
    assert snapshot.findings == ()
    assert set(snapshot.customers["service"]) == {"стандарт"}
    assert snapshot.customers["consent"].tolist() == [True] * 5 + [False]


def test_new_labels_of_open_columns_are_kept_under_one_spelling(
    snapshot_folder: SnapshotFolder,
) -> None:
    for row, label in zip(
        snapshot_folder.files[MARKET_FILE], ["Игрушки", "игрушки", "Игрушки"], strict=False
    ):
        row[CATEGORY] = label
    snapshot = read_snapshot(snapshot_folder.write())
    assert snapshot.customers["category"].tolist()[:3] == ["Игрушки"] * 3
    assert [(f.code, f.column, f.count) for f in snapshot.findings] == [("new_label", CATEGORY, 3)]
    assert [(r.found, r.repaired, r.count) for r in snapshot.repairs] == [("игрушки", "Игрушки", 1)]


def test_blank_cells_are_findings_and_missing_values(snapshot_folder: SnapshotFolder) -> None:
    rows = snapshot_folder.files[MARKET_FILE]
    rows[0][LEVEL] = rows[1][CONSENT] = rows[2][SERVICE] = rows[3]["Страниц_за_визит"] = ""
    snapshot = read_snapshot(snapshot_folder.write())
    assert {(f.code, f.column, f.count) for f in snapshot.findings} == {
        ("blank_level", LEVEL, 1),
        ("blank_consent", CONSENT, 1),
        ("blank_label", SERVICE, 1),
        ("blank_number", "Страниц_за_визит", 1),
    }
    assert snapshot.customers["level"].isna().tolist() == [True] + [False] * 5
    assert snapshot.customers["consent"].tolist() == [True, False] + [True] * 4
    assert snapshot.customers["service"].tolist()[2] == "не указано"
    assert snapshot.customers["pages_per_visit"].isna().tolist()[3]


@pytest.mark.parametrize(("level", "code"), [("", "no_levels"), ("Снизилась", "one_level")])
def test_levels_that_teach_nothing_are_a_serious_finding(
    snapshot_folder: SnapshotFolder, level: str, code: str
) -> None:
    for row in snapshot_folder.files[MARKET_FILE]:
        row[LEVEL] = level
    findings = {f.code: f.severity for f in read_snapshot(snapshot_folder.write()).findings}
    assert findings[code] == "serious"


@pytest.mark.parametrize(
    ("name", "column", "cell", "ours"),
    [
        (MARKET_MONEY, "Выручка", "-5", "revenue_current"),
        (MARKET_TIME, "минут", "-1", "minutes_previous"),
        (MARKET_FILE, "Акционные_покупки", "1.01", "promo_share"),
        (MARKET_FILE, "Ошибка_сервиса", "-2", "failures"),
    ],
)
def test_a_value_out_of_bounds_is_found_remembered_and_missing(
    snapshot_folder: SnapshotFolder, name: str, column: str, cell: str, ours: str
) -> None:
    snapshot_folder.files[name][2][column] = cell
    snapshot = read_snapshot(snapshot_folder.write())
    assert [(f.code, f.file, f.column) for f in snapshot.findings] == [
        ("impossible_number", name, column)
    ]
    assert snapshot.impossible["column"].tolist() == [ours]
    assert snapshot.impossible["value"].tolist() == [float(cell)]
    kept = {MARKET_MONEY: snapshot.revenue, MARKET_TIME: snapshot.minutes}.get(
        name, snapshot.customers
    )
    assert int(kept.isna().sum().sum()) == 1


def test_a_loss_is_a_possible_profit(snapshot_folder: SnapshotFolder) -> None:
    snapshot_folder.files[MONEY][0]["Прибыль"] = "-1.5"
    snapshot = read_snapshot(snapshot_folder.write())
    assert snapshot.findings == () and snapshot.profit["profit"].min() == -1.5


def test_further_columns_are_found_and_ignored(snapshot_folder: SnapshotFolder) -> None:
    for row in snapshot_folder.files[MARKET_FILE]:
        row |= {"Комментарий": "да, но", "": "7"}
    snapshot = read_snapshot(snapshot_folder.write())
    assert [(f.code, f.column) for f in snapshot.findings] == [
        ("extra_column", "Комментарий"),
        ("extra_column", "#15"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"), [('kind = "sample"\nseed = 7\n', "sample"), ('kind = "real"', "real")]
)
def test_the_mark_tells_made_up_data_from_real(
    snapshot_folder: SnapshotFolder, text: str, kind: str
) -> None:
    folder = snapshot_folder.write()
    (folder / "mark.toml").write_text(text, encoding="utf-8")
    assert read_snapshot(folder).kind == kind


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", "bad_mark", "«»"),
        ("kind = sample", "toml_syntax", "1: «kind = sample»"),
        ('kind = "test"', "bad_mark", '«kind = "test"»'),
    ],
)
def test_a_mark_that_says_nothing_is_refused_with_what_it_holds(
    snapshot_folder: SnapshotFolder, text: str, code: str, told: str
) -> None:
    folder = snapshot_folder.write()
    (folder / "mark.toml").write_text(text, encoding="utf-8")
    [problem] = problems(folder)
    assert (problem.code, problem.file) == (code, "mark.toml")
    assert list(problem.fields.values()) == [told]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(customer_lists())
def test_a_saved_snapshot_comes_back_whole_and_with_the_same_bytes(
    tmp_path: Path, customers: list[dict[str, object]]
) -> None:
    files = tables(customers)
    files[MARKET_FILE][0][CATEGORY] = "Косметика и аксесуары"
    files[MARKET_TIME][0]["минут"] = "-1"
    snapshot = read_snapshot(write_snapshot(tmp_path / "in", files))
    snapshot.save(tmp_path / "first")
    back = Snapshot.load(tmp_path / "first")
    back.save(tmp_path / "second")
    for name in ("customers", "revenue", "minutes", "profit", "impossible", "row_order"):
        pd.testing.assert_frame_equal(getattr(snapshot, name), getattr(back, name))
    for name in ("repairs", "findings", "dialects", "rows", "digests", "kind"):
        assert getattr(snapshot, name) == getattr(back, name)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
        assert str(tmp_path).encode() not in path.read_bytes()


def test_of_a_saved_snapshot_some_customers_are_read_alone(tmp_path: Path) -> None:
    snapshot = read_snapshot(write_snapshot(tmp_path / "in", tables(some_customers(12))))
    snapshot.save(tmp_path / "saved")
    ids = snapshot.customers["id"].tolist()[3:9]
    few = Snapshot.load(tmp_path / "saved", ids)

    assert few.customers["id"].tolist() == ids
    assert set(few.revenue["id"]) == set(few.minutes["id"]) == set(few.profit["id"]) == set(ids)
    assert few.rows == snapshot.rows


def test_a_snapshot_lets_its_tables_go_once_it_is_saved(tmp_path: Path) -> None:
    held = ToBeSaved(read_snapshot(write_snapshot(tmp_path / "in", tables(some_customers(12)))))
    tables_held = weakref.ref(held._snapshot)
    held.save(tmp_path / "saved")

    assert tables_held() is None
    assert Snapshot.load(tmp_path / "saved").digests == held.digests


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_code_has_its_text(language: str) -> None:
    path = MESSAGES / language / "messages" / "snapshot.toml"
    texts = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(texts) == message_codes()
    for code, text in texts.items():
        assert set(text) == ({"what", "remedy"} if code in PROBLEM_CODES else {"what"})
        assert all(sentence.strip()[-1] in ".»" for sentence in text.values())
    assert set(FINDING_SEVERITY) | REPAIR_CODES | PROBLEM_CODES == set(texts)


def test_both_languages_name_the_same_values() -> None:
    texts = {
        language: tomllib.loads(
            (MESSAGES / language / "messages" / "snapshot.toml").read_text(encoding="utf-8")
        )
        for language in ("ru", "en")
    }

    def named(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for code in message_codes():
        for part in texts["ru"][code]:
            assert named(texts["ru"][code][part]) == named(texts["en"][code][part]), code


def test_every_problem_fills_its_text(snapshot_folder: SnapshotFolder) -> None:
    texts = tomllib.loads(
        (MESSAGES / "ru" / "messages" / "snapshot.toml").read_text(encoding="utf-8")
    )
    snapshot_folder.files[MARKET_FILE][0][LEVEL] = "{Выросла}\x1b[31m"
    folder = snapshot_folder.write()
    (problem,) = problems(folder)
    what = texts[problem.code]["what"].format(**problem.values())
    assert what == (
        "В файле market_file.csv в столбце «Покупательская активность» неизвестное значение: "
        "«{Выросла} [31m». Всего таких строк: 1; номера строк: 2."
    )
    assert "«Снизилась», «Прежний уровень»" in texts[problem.code]["remedy"].format(
        **problem.values()
    )


real = pytest.mark.skipif(
    "REAL_SNAPSHOT" not in os.environ, reason="REAL_SNAPSHOT names no real snapshot"
)


@real
def test_the_real_snapshot_is_repaired_as_measured() -> None:
    snapshot = read_snapshot(Path(os.environ["REAL_SNAPSHOT"]))
    assert {(r.found, r.count) for r in snapshot.repairs} == {
        ("стандартт", 10),
        ("Косметика и аксесуары", 223),
        ("предыдцщий_месяц", 1300),
    }
    assert snapshot.findings == ()
    assert snapshot.rows == {MARKET_FILE: 1300, MARKET_MONEY: 3900, MARKET_TIME: 2600, MONEY: 1300}


@pytest.mark.parametrize("contract", CONTRACT, ids=lambda each: each.file)
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "cp866", "koi8-r"])
def test_where_no_heading_is_known_all_that_are_asked_for_are_named(
    contract: FileContract, encoding: str, snapshot_folder: SnapshotFolder
) -> None:
    folder = snapshot_folder.write()
    (folder / contract.file).write_text("Клиент;Название;Сумма\n1;Чай;2\n", encoding)
    [problem] = [each for each in problems(folder) if each.file == contract.file]
    assert problem.code == "no_header"
    assert problem.fields["found"] == "«Клиент», «Название», «Сумма»"
    assert problem.fields["expected"] == ", ".join(f"«{each}»" for each in contract.headings)


def _garbled(folder: Path) -> None:
    content = (folder / MARKET_FILE).read_bytes()
    (folder / MARKET_FILE).write_text(content.decode("windows-1251", "replace"), "utf-8")


def _many_columns(folder: Path) -> None:
    heading = ",".join(f"c{place}" for place in range(30))
    (folder / MONEY).write_text(f"{heading}\n", "utf-8")


def _many_files(folder: Path) -> None:
    (folder / MONEY).unlink()
    for place in range(9):
        (folder / f"{place}.txt").touch()


def _many_widths(folder: Path) -> None:
    rows = (",".join(["101", *"1" * width]) for width in range(2, 9))
    with (folder / MONEY).open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_garbled, "garbled_headings"),
        (_many_columns, "no_header"),
        (_many_files, "missing_file"),
        (_many_widths, "ragged_rows"),
    ],
)
def test_a_list_that_is_cut_says_so(
    spoil: Callable[[Path], None], code: str, snapshot_folder: SnapshotFolder
) -> None:
    folder = snapshot_folder.write()
    spoil(folder)
    [told] = [each.fields["found"] for each in problems(folder) if each.code == code]
    assert told.endswith(", …")


def test_texts_are_quoted_up_to_a_number_and_dots_stand_for_the_others() -> None:
    assert quoted(["a", "b", "c"], 3) == "«a», «b», «c»"
    assert quoted(["a", "b", "c"], 2) == "«a», «b», …"
    assert quoted([], 2) == ""


@pytest.mark.parametrize("word", ["#Н/Д", "нет данных", "NULL", "n/a", ""])
@pytest.mark.parametrize(
    ("file", "column", "code"),
    [
        (MARKET_FILE, "Страниц_за_визит", "blank_number"),
        (MARKET_FILE, LEVEL, "blank_level"),
        (MARKET_FILE, CONSENT, "blank_consent"),
        (MARKET_FILE, SERVICE, "blank_label"),
        (MARKET_FILE, "id", "blank_cell"),
        (MARKET_MONEY, "Период", "blank_cell"),
    ],
)
def test_what_counts_as_blank_and_is_not_is_shown(
    word: str, file: str, column: str, code: str, snapshot_folder: SnapshotFolder
) -> None:
    snapshot_folder.files[file][0][column] = word
    folder = snapshot_folder.write()
    if code == "blank_cell":
        [problem] = problems(folder)
        assert problem.code == ("blank_cell_by_word" if word else "blank_cell")
        assert problem.fields == ({"found": f"«{word}»"} if word else {})
        return
    found = read_snapshot(folder).findings
    assert [each.code for each in found] == [*(["read_as_blank"] if word else []), code]
    assert not word or found[0].fields == {"found": f"«{word}»"}
