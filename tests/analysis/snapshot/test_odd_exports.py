"""An odd export is read as a person would read it, or refused; it never becomes a wrong figure."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from analysis.settings import Money
from analysis.snapshot.errors import DECIDING, Notes, SnapshotError
from analysis.snapshot.fitness import refuse_unfit
from analysis.snapshot.likeness import compare_likeness
from analysis.snapshot.schema import CONTRACT
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.synthetic.generate import write_month
from docs.describe_snapshot import PAGE, page
from report.cli.check import check, checked
from report.cli.generate import generate
from report.messages import LANGUAGES, Language, Messages
from tests.analysis.snapshot.odd_exports import (
    CORPUS,
    DOCUMENT,
    FIRST_CORPUS,
    LATER_CORPUS,
    MARKET_MONEY,
    MONEY,
    Odd,
    a_month_on,
    beside_the_month_before,
    cells,
    document,
    outcome,
    several,
    times,
    without_a_month_before,
    write,
)

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
SOUND = CORPUS[0]
NOT_TOLD = {"mixed_line_ends"}


def read(odd: Odd, folder: Path) -> Snapshot:
    return read_snapshot(write(odd, folder))


@pytest.mark.parametrize("odd", CORPUS, ids=lambda odd: odd.name)
def test_every_odd_export_comes_to_what_the_corpus_says(odd: Odd) -> None:
    found = outcome(odd)
    if isinstance(found, SnapshotError):
        assert tuple(each.code for each in found.problems) == odd.problems
        return
    assert odd.problems == ()
    assert tuple(f.code for f in found.findings if f.code not in NOT_TOLD) == odd.findings


@pytest.mark.parametrize("odd", FIRST_CORPUS, ids=lambda odd: odd.name)
def test_a_sole_month_is_asked_what_one_before_it_would_have_told(odd: Odd) -> None:
    asked = tuple(each.code for each in without_a_month_before(odd).findings)
    assert asked == ("no_earlier", *odd.findings)


@pytest.mark.parametrize("odd", CORPUS[::10], ids=lambda odd: odd.name)
def test_the_commands_end_as_the_corpus_says(odd: Odd, tmp_path: Path) -> None:
    folder = write(odd, tmp_path / "data" / "2026-10")
    run = CliRunner()
    checks, makes = typer.Typer(), typer.Typer()
    checks.command()(check)
    makes.command()(generate)
    assert run.invoke(checks, [str(folder)]).exit_code == (2 if odd.problems else 0)
    if odd.problems:
        output = ["--data", str(folder.parent), "--output", str(tmp_path / "output")]
        assert run.invoke(makes, ["2026-10", *output]).exit_code == 2
        assert not (tmp_path / "output" / "2026-10").exists()


@pytest.mark.parametrize(
    ("name", "delivered"),
    [("a damaged workbook", "money.xlsx"), ("Parquet with lists in a column", "money.parquet")],
)
def test_a_refusal_names_the_file_as_it_lies_in_the_folder(
    name: str, delivered: str, tmp_path: Path
) -> None:
    odd = next(each for each in CORPUS if each.name == name)
    folder = write(odd, tmp_path / "2026-10")
    for called, options in (
        (check, [str(folder)]),
        (generate, ["2026-10", "--data", str(tmp_path), "--output", str(tmp_path / "output")]),
    ):
        app = typer.Typer()
        app.command()(called)
        said = CliRunner().invoke(app, options).output.replace("\n", " ")
        assert delivered in said and MONEY not in said


MEANT_OTHERWISE = {
    "NULL, nan and #Н/Д for not known",
    "NULL for a category",
    "a loss in brackets",
    "a minus behind the number",
    "ids with leading zeros",
    "ids with letters",
    "ids in groups by commas, a round one among them",
    "ids of 19 digits",
    "ids of hexadecimal digits",
    "levels for nobody",
    "markup in a category",
    "new customers without the oldest month",
    "one level for everybody",
    "zeros for pages, every fortieth customer",
}
"""What is read, and says something else than the sound month."""


@pytest.mark.parametrize(
    "odd",
    [
        odd
        for odd in CORPUS
        if not odd.problems
        and odd.name not in MEANT_OTHERWISE
        and not DECIDING.intersection(odd.findings)
    ],
    ids=lambda odd: odd.name,
)
def test_what_a_person_would_understand_is_read_as_it_was_meant(odd: Odd) -> None:
    found, sound = outcome(odd), outcome(SOUND)
    for table in ("customers", "revenue", "minutes", "profit"):
        one, other = getattr(found, table), getattr(sound, table)
        numbers = one.select_dtypes("number").columns
        assert one.drop(columns=numbers).equals(other.drop(columns=numbers)), table
        assert (one[numbers] - other[numbers]).abs().fillna(0).to_numpy().max() < 0.01, table
        assert one[numbers].isna().equals(other[numbers].isna()), table


@pytest.mark.parametrize(
    "name",
    [
        "ids with leading zeros",
        "ids with letters",
        "ids of hexadecimal digits",
        "ids of 19 digits",
    ],
)
def test_ids_are_kept_sign_by_sign(name: str, tmp_path: Path) -> None:
    odd = next(each for each in CORPUS if each.name == name)
    folder = write(odd, tmp_path / "2026-10")
    lines = (folder / MONEY).read_text(encoding="utf-8").splitlines()[1:]
    written = {line.partition(";")[0] for line in lines}
    assert set(read_snapshot(folder).customers["id"]) == written
    assert set(read_snapshot(folder).profit["id"]) == written


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.1, 0.01, 0.001])
@pytest.mark.parametrize(
    ("file", "heading"),
    [
        (contract.file, column.heading)
        for contract in CONTRACT
        for column in contract.columns
        if column.usual and column.usual[0] > 0 and column.unit != "profit"
    ],
)
def test_a_factor_of_ten_or_more_is_refused_in_every_column(
    file: str, heading: str, factor: float
) -> None:
    found = outcome(Odd("", cells(file, heading, times(factor))))
    assert isinstance(found, SnapshotError)
    assert {(each.file, (each.column or "").partition(",")[0]) for each in found.problems} == {
        (file, heading)
    }


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.1])
def test_profit_is_held_against_its_unit_and_revenue(factor: float, tmp_path: Path) -> None:
    odd = Odd("", cells(MONEY, "Прибыль", times(factor)))
    with pytest.raises(SnapshotError):
        refuse_unfit(read(odd, tmp_path / "2026-10"), Money())
    if factor == 1000:
        roubles = Money(profit_unit="roubles")
        refuse_unfit(read(odd, tmp_path / "2026-10"), roubles)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("factor", "unit"), [(1000.0, "thousand_roubles"), (1.0, "roubles")])
def test_what_a_refusal_of_the_unit_says_to_write_makes_the_month_fit(
    factor: float, unit: str, language: Language, tmp_path: Path
) -> None:
    folder = write(Odd("", cells(MONEY, "Прибыль", times(factor))), tmp_path / "2026-10")
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[money]\nprofit_unit = "{unit}"\n')
    with pytest.raises(SnapshotError) as refused:
        checked(folder, False, False)
    [problem] = refused.value.problems
    remedy = Messages(language).say(problem.code, **problem.values()).remedy or ""
    assert str(settings) in remedy
    settings.write_text("\n".join(remedy.split("\n")[1:-1]))
    checked(folder, False, False)


@pytest.mark.parametrize(
    ("of_revenue", "fit"),
    [
        *((share, True) for share in (-0.5, 0.0, 0.002, 2.0)),
        *((share, False) for share in (0.0005, 0.001, 4.0)),
    ],
)
def test_profit_in_roubles_is_neither_next_to_nothing_nor_several_times_the_revenue(
    of_revenue: float, fit: bool, tmp_path: Path
) -> None:
    snapshot = read(SOUND, tmp_path / "2026-10")
    now = snapshot.revenue.loc[snapshot.revenue["period"] == "current", "revenue"]
    profit = snapshot.profit.assign(profit=of_revenue * float(now.median()))
    month = Snapshot(**{**vars(snapshot), "profit": profit})
    with nullcontext() if fit else pytest.raises(SnapshotError):
        refuse_unfit(month, Money(profit_unit="roubles"))


@pytest.mark.parametrize("cell", ["2026-04-03", "03.апр", "45385"])
@pytest.mark.parametrize(
    ("file", "heading", "unit"),
    [
        (contract.file, column.heading, column.unit)
        for contract in CONTRACT
        for column in contract.columns
        if column.kind == "number"
    ],
)
def test_days_are_asked_for_in_place_of_dates_in_a_column_of_days_alone(
    file: str, heading: str, unit: str, cell: str
) -> None:
    found = outcome(Odd("", cells(file, heading, lambda _: cell, every=9)))
    codes = {p.code for p in found.problems} if isinstance(found, SnapshotError) else set()
    assert "date_in_days" not in codes or unit == "days"
    assert "date_in_number" not in codes or unit != "days"
    if not cell.isdigit():
        assert codes & {"date_in_days", "date_in_number"}


@pytest.mark.parametrize("month", sorted(path.name for path in SAMPLE.glob("????-??")))
def test_no_sample_month_is_doubted(month: str) -> None:
    codes = {f.code for f in checked(SAMPLE / month, False, False).findings}
    assert not ({"signs_read", *DECIDING} - {"no_earlier"}) & codes


@pytest.mark.parametrize("seed", [1, 2, 3, 11, 20])
def test_no_month_of_another_seed_is_doubted(seed: int, tmp_path: Path) -> None:
    for month in ("2026-08", "2026-10"):
        write_month(tmp_path / month, month, seed=seed, customers=300)
        codes = [f.code for f in checked(tmp_path / month, False, False).findings]
        assert codes == ([] if month == "2026-10" else ["no_earlier"])


def test_what_is_only_unlikely_can_be_accepted(tmp_path: Path) -> None:
    odd = Odd("", cells(MARKET_MONEY, "Выручка", times(10)))
    folder = write(odd, tmp_path / "2026-10")
    taken = read_snapshot(folder, accept_unusual=True)
    assert {f.code for f in taken.findings} == {"unusual"}
    assert all(f.severity == "serious" for f in taken.findings)


@pytest.mark.parametrize(
    ("factor", "codes"), [(0.25, {"unlike_earlier"}), (4.0, {"unlike_earlier"}), (1.5, set())]
)
def test_a_month_is_held_against_the_one_before(
    factor: float, codes: set[str], tmp_path: Path
) -> None:
    sound = read(SOUND, tmp_path / "2026-09")
    later = outcome(Odd("", several(a_month_on, cells(MARKET_MONEY, "Выручка", times(factor)))))
    notes = Notes()
    compare_likeness(later, "2026-10", "2026-09", sound, notes)
    assert {each.code for each in notes.problems} == codes


@pytest.mark.parametrize("odd", LATER_CORPUS, ids=lambda odd: odd.name)
def test_a_customer_is_held_against_himself_a_month_before(odd: Odd) -> None:
    notes = beside_the_month_before(odd)
    assert tuple(each.code for each in notes.problems) == odd.problems
    assert odd.problems or tuple(each.code for each in notes.findings) == odd.findings


def test_numbers_may_have_moved_further_since_an_earlier_month(tmp_path: Path) -> None:
    sound = read(SOUND, tmp_path / "2026-10")
    moved = outcome(Odd("", several(a_month_on, cells(MONEY, "Прибыль", times(1.2)))))
    for earlier, asked in (("2026-09", True), ("2026-07", False)):
        notes = Notes()
        compare_likeness(moved, "2026-10", earlier, sound, notes)
        assert ("column_moved" in {each.code for each in notes.findings}) is asked


def test_customers_written_otherwise_than_the_month_before_are_refused(tmp_path: Path) -> None:
    sound = read(SOUND, tmp_path / "2026-09")
    odd = next(each for each in CORPUS if each.name == "ids with leading zeros")
    notes = Notes()
    compare_likeness(read(odd, tmp_path / "2026-10"), "2026-10", "2026-09", sound, notes)
    assert [each.code for each in notes.problems] == ["ids_unlike_earlier"]


def test_the_check_looks_at_the_months_before_as_the_report_does(tmp_path: Path) -> None:
    write(SOUND, tmp_path / "2026-09")
    shutil.copytree(tmp_path / "2026-09", tmp_path / "2026-10")
    with pytest.raises(SnapshotError) as refused:
        checked(tmp_path / "2026-10", False, False)
    assert [each.code for each in refused.value.problems] == ["repeated_snapshot"]


def test_a_handful_of_customers_is_refused(tmp_path: Path) -> None:
    snapshot = read(SOUND, tmp_path / "2026-10")
    few = Snapshot(**{**vars(snapshot), "customers": snapshot.customers.iloc[:19]})
    with pytest.raises(SnapshotError) as refused:
        refuse_unfit(few, Money())
    assert [each.code for each in refused.value.problems] == ["too_few_customers"]


def test_the_document_says_what_reading_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_the_page_on_the_contract_is_what_the_source_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
