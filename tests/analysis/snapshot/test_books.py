"""An export is held against the shop's own books, where the shop says what these have."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.snapshot.alone import ask_of_a_first_month
from analysis.snapshot.books import BOOKS_FILE, Total, drawn_to_look_up, unconfirmed
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.snapshot import Snapshot, against_books, read_snapshot
from analysis.snapshot.unseen import unseen_errors
from analysis.synthetic.generate import write_month

MONTH = "2026-10"
FILES = ("market_file.csv", "market_money.csv", "market_time.csv", "money.csv")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books") / MONTH
    write_month(folder, MONTH, seed=7, customers=300)
    return folder


@pytest.fixture
def copy(month: Path, tmp_path: Path) -> Path:
    folder = tmp_path / MONTH
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes((month / name).read_bytes())
    return folder


def held(folder: Path, *, accept_unusual: bool = False) -> Snapshot:
    exported = read_snapshot(folder, accept_unusual=accept_unusual)
    return against_books(exported, folder, accept_unusual=accept_unusual)


def books_of(totals: tuple[Total, ...]) -> str:
    """What books that agree would say."""
    lines, parts = [], dict[str, list[str]]()
    for each in totals:
        if each.of is None:
            lines.append(f'"{each.column}" = {each.export}')
        else:
            parts.setdefault(each.column, []).append(f'"{each.of}" = {each.export}')
    lines += [f'"{column}" = {{ {", ".join(each)} }}' for column, each in parts.items()]
    return "\n".join(lines) + "\n"


def looked_up(snapshot: Snapshot, count: int) -> str:
    profit = snapshot.profit.set_index("id")["profit"]
    level = snapshot.customers.set_index("id")["level"]
    names = {"declined": "Снизилась", "steady": "прежний  уровень"}
    return "".join(
        f'[[customer]]\nid = "{each}"\n"Прибыль" = {profit[each]}\n'
        f'"Покупательская активность" = "{names[level[each]]}"\n'
        for each in drawn_to_look_up(snapshot.customers["id"], snapshot.digests, count)
    )


def say(folder: Path, text: str) -> None:
    (folder / BOOKS_FILE).write_text(text, encoding="utf-8")


def problems(folder: Path) -> list[tuple[str, str | None]]:
    with pytest.raises(SnapshotError) as caught:
        held(folder)
    return [(each.code, each.column) for each in caught.value.problems]


def rewrite(folder: Path, name: str, change: Callable[[list[str]], list[str]]) -> None:
    file = folder / name
    head, *rows = file.read_text(encoding="utf-8-sig").splitlines()
    file.write_text("\n".join([head, *change(rows)]) + "\n", encoding="utf-8")


def test_books_that_agree_confirm_every_total_and_those_looked_up(copy: Path) -> None:
    plain = held(copy)
    assert not [each for each in plain.totals if each.books is not None]
    say(copy, books_of(plain.totals) + looked_up(plain, 20))
    seen = held(copy)
    assert [each.books for each in seen.totals] == [each.export for each in plain.totals]
    assert (seen.looked_up, seen.otherwise) == (20, 0)
    assert unconfirmed(seen.totals) == []
    assert "books_agree" in {each.code for each in seen.findings}


def test_a_total_may_be_written_under_the_name_that_messages_give_it(copy: Path) -> None:
    plain = held(copy)
    named = "".join(f'"{each.name}" = {each.export}\n' for each in plain.totals)
    say(copy, named)
    assert unconfirmed(held(copy).totals) == []
    say(copy, named.replace(f"{plain.totals[-1].export}", "1.0"))
    assert problems(copy) == [("books_differ", "Прибыль")]


def times(factor: float) -> Callable[[list[str]], list[str]]:
    def multiplied(rows: list[str]) -> list[str]:
        cells = [row.split(";") for row in rows]
        numbers = [float(number.replace(",", ".")) * factor for _, number in cells]
        return [
            f"{id_};{number:.2f}".replace(".", ",")
            for (id_, _), number in zip(cells, numbers, strict=True)
        ]

    return multiplied


def exchanged(one: str, other: str) -> Callable[[list[str]], list[str]]:
    """Write one for the other; both are regular expressions."""

    def with_other(rows: list[str]) -> list[str]:
        both = re.compile(f"(?P<one>{one})|{other}")
        texts = [re.search(each, "\n".join(rows)) for each in (one, other)]
        first, second = (each.group() for each in texts if each)
        return [both.sub(lambda found: second if found["one"] else first, row) for row in rows]

    return with_other


def without_each_tenth(rows: list[str]) -> list[str]:
    return [row for row in rows if re.split("[,;]", row)[0][-1] != "7"]


WRONG_THROUGHOUT = {
    "a factor": ({"money.csv": times(1.3)}, "Прибыль"),
    "months exchanged": (
        {"market_time.csv": exchanged("текущий_месяц", "предыд.щий_месяц")},
        "минут",
    ),
    "consents exchanged": (
        {"market_file.csv": exchanged("(?<=,)да(?=,)", "(?<=,)нет(?=,)")},
        "Разрешить сообщать",
    ),
    "customers left out": (dict.fromkeys(FILES, without_each_tenth), "customers"),
}


@pytest.mark.parametrize("fault", WRONG_THROUGHOUT)
def test_what_is_wrong_throughout_a_sole_month_is_seen_beside_the_books_alone(
    copy: Path, fault: str
) -> None:
    changes, column = WRONG_THROUGHOUT[fault]
    books = books_of(held(copy).totals)
    for name, change in changes.items():
        rewrite(copy, name, change)
    assert not [each for each in held(copy).findings if each.decides]
    say(copy, books)
    assert ("books_differ", column) in problems(copy)


def test_profits_of_other_customers_differ_from_those_looked_up(copy: Path) -> None:
    plain = held(copy)
    say(copy, books_of(plain.totals) + looked_up(plain, 20))

    def slid(rows: list[str]) -> list[str]:
        ids, profits = zip(*(row.split(";") for row in rows), strict=True)
        return [f"{i};{p}" for i, p in zip(ids, profits[1:] + profits[:1], strict=True)]

    rewrite(copy, "money.csv", slid)
    with pytest.raises(SnapshotError) as caught:
        held(copy)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == ("looked_up_differ", "Прибыль")
    assert problem.count > 15
    accepted = held(copy, accept_unusual=True)
    assert ("unusual", "Прибыль") in {(each.code, each.column) for each in accepted.findings}
    assert (accepted.looked_up, accepted.otherwise) == (20, problem.count)


def test_what_the_books_contradict_is_confirmed_by_nothing_even_if_it_is_accepted(
    copy: Path,
) -> None:
    books = books_of(held(copy).totals)
    contradicted = re.sub(r'("Прибыль" = )([\d.]+)', r"\g<1>9999", books)
    say(copy, contradicted)
    assert problems(copy) == [("books_differ", "Прибыль")]
    accepted = held(copy, accept_unusual=True)
    assert unconfirmed(accepted.totals) == ["Прибыль"]
    assert ("books_otherwise", "Прибыль") in {(e.code, e.column) for e in accepted.findings}
    first = Notes()
    ask_of_a_first_month(accepted, first)
    assert [each.code for each in first.findings] == ["no_earlier_in_part"]
    assert "Прибыль" in {each.column for each in unseen_errors(accepted, MONTH, None) if each.low}


def test_the_books_are_read_as_the_export_is(copy: Path) -> None:
    rewrite(copy, "market_money.csv", lambda rows: [*rows[:-1], rows[-1].rsplit(",", 1)[0] + ",-9"])
    plain = held(copy)
    someone = plain.impossible["id"].iloc[0]
    month = {"revenue_current": "текущий", "revenue_previous": "предыдущий"}.get(
        plain.impossible["column"].iloc[0], "препредыдущий"
    )
    sums = {each.of: each.export for each in plain.totals if each.column == "Выручка"}
    lines = (copy / "market_money.csv").read_text("utf-8-sig").splitlines()[1:]
    for of, total in sums.items():
        own = [float(line.split(",")[2]) for line in lines if line.split(",")[1] == of]
        assert total == pytest.approx(sum(own))
    misspelt = plain.customers["category"].eq("Косметика и аксессуары").sum()
    say(
        copy,
        f'"популярная категория" = {{ "Косметика и аксесуары" = {misspelt} }}\n'
        f'"минут" = {{ "предыдцщий_месяц" = {sums_of(plain, "минут")["предыдущий_месяц"]} }}\n'
        f'[[customer]]\nid = "{someone}"\n"Выручка" = {{ "{month}_месяц" = -9 }}\n',
    )
    seen = held(copy)
    assert (seen.looked_up, seen.otherwise) == (1, 0)
    assert "books_otherwise" not in {each.code for each in seen.findings}


def sums_of(snapshot: Snapshot, column: str) -> dict[str | None, float]:
    return {each.of: each.export for each in snapshot.totals if each.column == column}


def test_a_little_difference_is_asked_about_and_not_refused(copy: Path) -> None:
    total = next(each for each in held(copy).totals if each.column == "Прибыль")
    for factor, code in ((1.0005, None), (1.004, "books_otherwise")):
        say(copy, f'"Прибыль" = {total.export * factor}\n')
        found = [each for each in held(copy).findings if each.code.startswith("books_")]
        assert [each.code for each in found if each.decides] == ([code] if code else [])
    say(copy, f'"Прибыль" = {total.export * 1.02}\n')
    assert problems(copy) == [("books_differ", "Прибыль")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customers = ", ("toml_syntax", None)),
        ('"Прибыль" = 5195,6', ("toml_decimal_comma", None)),
        ("customers = true", ("books_not_so", "customers")),
        ('customers = "300"', ("books_not_so", "customers")),
        ('"Прибыл" = 3.0', ("books_unknown", "Прибыл")),
        ('"Прибыль" = nan', ("books_not_so", "Прибыль")),
        ('"Прибыль" = { "текущий_месяц" = 3.0 }', ("books_not_so", "Прибыль")),
        ('"Выручка" = 3.0', ("books_not_so", "Выручка")),
        ('"Выручка" = { "октябрь" = 3.0 }', ("books_unknown", "Выручка, октябрь")),
        ('"Разрешить сообщать" = { "а" = 3 }', ("books_unknown", "Разрешить сообщать, а")),
        ("customers = " + "9" * 400, ("books_not_so", "customers")),
        ("customers = " + "9" * 5000, ("toml_syntax", None)),
        ('customer = "300001"', ("looked_up_no_text", "customer")),
        ('[[customer]]\nid = 300001\n"Прибыль" = 4.0', ("looked_up_no_text", "customer")),
        ('[customer]\nid = "300001"', ("looked_up_empty", "customer")),
        ('[[customer]]\nid = "300001"\n"Выручка" = {}', ("looked_up_empty", "customer")),
        ('[[customer]]\nid = "a"\n"Прибыль" = 4.0\n' * 2, ("looked_up_twice", "customer")),
        ('[[customer]]\nid = "nobody"\n"Прибыль" = 4.0', ("looked_up_gone", "customer")),
    ],
)  # fmt: skip
def test_books_that_cannot_be_understood_are_refused(
    copy: Path, text: str, expected: tuple[str, str | None]
) -> None:
    say(copy, text)
    assert problems(copy) == [expected]


def test_an_entry_of_a_customer_is_checked_like_the_others(copy: Path) -> None:
    someone = held(copy).customers["id"].iloc[0]
    for entry, expected in (
        ('"Прибыл" = 4.0', ("books_unknown", "Прибыл")),
        ('"Прибыль" = "4"', ("books_not_so", "Прибыль")),
        ('"Выручка" = 4.0', ("books_not_so", "Выручка")),
        ('"минут" = { "октябрь" = 4 }', ("books_not_so", "минут")),
    ):
        say(copy, f'[[customer]]\nid = "{someone}"\n{entry}\n')
        assert problems(copy) == [expected]


def test_a_sole_month_names_the_totals_that_nothing_confirms(copy: Path) -> None:
    plain = held(copy)
    first = Notes()
    ask_of_a_first_month(plain, first)
    assert first.findings[0].code == "no_earlier"
    assert first.findings[0].decides
    for name in ("customers", "Покупательская активность", "Выручка, текущий_месяц", "Прибыль"):
        assert f"«{name}»" in first.findings[0].fields["found"]
    say(copy, books_of(plain.totals))
    confirmed = Notes()
    ask_of_a_first_month(held(copy), confirmed)
    assert [each.code for each in confirmed.findings] == ["no_earlier_but_books"]


def test_one_label_of_a_column_confirms_the_other_and_a_month_only_itself() -> None:
    totals = tuple(
        Total(file, column, of, 1.0, books, agrees=books == 1.0)
        for file, column, of, books in (
            ("market_file.csv", "customers", None, 1.0),
            ("market_file.csv", "Разрешить сообщать", "да", 1.0),
            ("market_file.csv", "Разрешить сообщать", "нет", None),
            ("market_money.csv", "Выручка", "текущий_месяц", 1.0),
            ("market_money.csv", "Выручка", "предыдущий_месяц", None),
            ("market_file.csv", "Покупательская активность", "Снизилась", 1.0),
            ("market_file.csv", "Покупательская активность", "Прежний уровень", 2.0),
            ("money.csv", "Прибыль", None, 2.0),
        )
    )
    left = ["Выручка, предыдущий_месяц", "Покупательская активность", "Прибыль"]
    assert unconfirmed(totals) == left


def test_no_factor_passes_where_the_books_confirm_the_total(copy: Path) -> None:
    plain = held(copy)
    assert "Прибыль" in {each.column for each in unseen_errors(plain, MONTH, None) if each.low}
    say(copy, books_of(plain.totals))
    found = unseen_errors(held(copy), MONTH, None)
    assert {each.column for each in found if each.low and each.file != "market_file.csv"} == set()
    assert {each.column for each in found if each.mixed}


def test_whom_to_look_up_is_drawn_by_a_lot_of_the_export_itself(month: Path) -> None:
    snapshot = held(month)
    ids, digests = snapshot.customers["id"], snapshot.digests
    drawn = drawn_to_look_up(ids, digests, 30)
    assert drawn == drawn_to_look_up(ids, digests, 30)
    assert len({*drawn}) == 30 and {*drawn} <= {*ids}
    assert drawn != drawn_to_look_up(ids, digests | {"money.csv": "0"}, 30)
    assert len(drawn_to_look_up(ids, digests, 1000)) == len(ids)


def test_a_saved_snapshot_keeps_what_the_books_said(copy: Path, tmp_path: Path) -> None:
    plain = held(copy)
    say(copy, books_of(plain.totals) + looked_up(plain, 3))
    seen = held(copy)
    seen.save(tmp_path / "saved")
    saved = Snapshot.load(tmp_path / "saved")
    assert (saved.totals, saved.looked_up) == (seen.totals, 3)
