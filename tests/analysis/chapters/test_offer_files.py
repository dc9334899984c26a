"""The files of offers: what Excel opens, what the mailing system gets, and what neither tells."""

from __future__ import annotations

import datetime
import hashlib
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis.chapters import offer_files
from analysis.chapters.offer_files import internal_list, write_offers
from analysis.chapters.offer_names import offer_labels
from analysis.chapters.words import Words
from analysis.cleaning.features import NUMERIC, with_made_features
from analysis.model.probabilities import mark_deciding
from analysis.segments.decide import Decided, decide_month
from analysis.segments.offer_book import OfferBook, default_book
from analysis.segments.reason_codes import THEMES, strongest_reasons
from analysis.settings import Model, Money, Offers, Settings
from analysis.statistics.cutoff import at_or_beyond, best_cutoff
from tests.analysis.made_up import LOT, by_risk, made_up, worded
from tests.conftest import RUSSIAN

WORDS = worded("ru")


@pytest.fixture(scope="module")
def month() -> Decided:
    customers = by_risk(400, 7)
    customers["id"] = "00" + customers["id"].astype("str")
    settings = Settings(
        model=Model(bootstrap_draws=100),
        money=Money(discount_share_saved=0.3),
        offers=Offers(hold_out=0.2, letter_arm=0.5, hold_out_if_it_pays=False),
    )
    return decide_month(mark_deciding(customers), "2026-10", False, settings, seed=1, lot=LOT)


@pytest.fixture(scope="module")
def written(month: Decided, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    write(folder, month)
    return folder / "offers"


def write(folder: Path, month: Decided) -> None:
    offers = month.results.offers
    write_offers(folder, month.lists, offers, "2026-10", WORDS, held_out=month.held_out)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_offer_has_a_workbook_a_text_and_a_campaign_file(
    month: Decided, written: Path
) -> None:
    codes = {offer.code for offer in month.results.offers}
    assert codes and set(digests(written)) == {"overview.xlsx", "all.xlsx", "all.csv"} | {
        name
        for code in codes
        for name in (
            f"{code}.xlsx",
            f"{code}.csv",
            f"campaigns/2026-10-31_{code}_until_2026-11-30.csv",
        )
    } | {"hold-out/2026-10-31_do-not-send.txt", "read-me.txt"}


def test_lists_open_in_a_russian_excel(written: Path) -> None:
    content = (written / "promotions.csv").read_bytes()
    assert content.startswith("\ufeffСтрока;id;Предложение;Без_скидки;".encode())
    lines = content.decode("utf-8-sig").split("\r\n")
    assert "," in lines[1] and "." not in lines[1]


def test_a_list_runs_from_the_largest_gain_and_adds_up_what_will_be_spent(
    month: Decided, written: Path
) -> None:
    for offer in month.results.offers:
        table = pd.read_csv(
            written / f"{offer.code}.csv", sep=";", decimal=",", encoding="utf-8-sig"
        )
        assert table["Выгода_от_предложения_руб"].is_monotonic_decreasing
        running = table["Стоимость_нарастающим_итогом_руб"]
        assert running.is_monotonic_increasing
        assert running.iloc[-1] == pytest.approx(offer.written.cost_roubles, abs=0.01)
        assert len(table) == offer.written.customers
        assert table["Без_скидки"].notna().sum() == offer.written.letters


def test_the_list_of_everyone_holds_all_lists_in_one_order(month: Decided, written: Path) -> None:
    table = pd.read_csv(
        written / "all.csv", sep=";", decimal=",", encoding="utf-8-sig", dtype={"id": "str"}
    )
    to_write = month.lists[~month.lists["control"]]
    assert table["id"].tolist() == to_write["id"].tolist()
    assert table["Строка"].tolist() == list(range(1, len(table) + 1))
    first = month.results.first_half
    assert first is not None
    running = table["Стоимость_нарастающим_итогом_руб"]
    assert running[first.customers - 1] == pytest.approx(first.cost_roubles, abs=0.01)


def test_the_workbook_shows_the_same_list_with_formats_filter_and_a_heading_that_stays(
    written: Path,
) -> None:
    book = openpyxl.load_workbook(written / "promotions.xlsx")
    page = book.worksheets[0]
    text = pd.read_csv(
        written / "promotions.csv", sep=";", decimal=",", encoding="utf-8-sig", dtype={"id": "str"}
    )
    rows = list(page.values)
    assert list(rows[0]) == list(text.columns)
    assert [row[1] for row in rows[1:]] == text["id"].tolist()
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == page.dimensions
    assert page["H2"].number_format == "0.0%" and page["K2"].number_format == "#,##0.00"
    assert page.column_dimensions["C"].width > 20
    assert book.properties.created == datetime.datetime(2026, 10, 31)


def test_of_a_long_list_the_workbook_has_the_beginning_and_text_and_parquet_have_all(
    month: Decided, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offer_files, "MOST_IN_WORKBOOK", 40)
    write_offers(tmp_path, month.lists, month.results.offers, "2026-10", WORDS)
    folder = tmp_path / "offers"
    to_write = month.lists[~month.lists["control"]]
    text = pd.read_csv(
        folder / "all.csv", sep=";", decimal=",", encoding="utf-8-sig", dtype={"id": "str"}
    )
    rows = list(openpyxl.load_workbook(folder / "all.xlsx").worksheets[0].values)
    whole = pd.read_parquet(folder / "all.parquet")

    assert len(to_write) > 40
    assert text["id"].tolist() == whole["id"].tolist() == to_write["id"].tolist()
    assert [row[1] for row in rows[1:]] == to_write["id"].head(40).tolist()
    for offer in month.results.offers:
        longer = offer.written.customers > 40
        assert (folder / f"{offer.code}.parquet").is_file() == longer


def test_a_reason_is_worded_once_however_many_customers_have_it(
    month: Decided, monkeypatch: pytest.MonkeyPatch
) -> None:
    worded: list[float] = []
    short = offer_files._short
    monkeypatch.setattr(
        offer_files, "_short", lambda value, mark: worded.append(value) or short(value, mark)
    )
    once = internal_list(month.lists, WORDS)
    asked = len(worded)
    thrice = internal_list(pd.concat([month.lists] * 3, ignore_index=True), WORDS)

    assert len(worded) == 2 * asked
    assert thrice["reason_1"].tolist() == 3 * once["reason_1"].tolist()


def test_the_overview_names_every_offer_with_its_money(month: Decided, written: Path) -> None:
    rows = list(openpyxl.load_workbook(written / "overview.xlsx").worksheets[0].values)
    assert [row[1] for row in rows[1:]] == [offer.code for offer in month.results.offers]
    assert rows[1][5] == pytest.approx(month.results.offers[0].written.cost_roubles)


def test_a_campaign_file_holds_id_and_code_of_those_to_be_written_to_and_nothing_else(
    month: Decided, written: Path
) -> None:
    lists = month.lists.set_index("id")
    for path in (written / "campaigns").iterdir():
        table = pd.read_csv(path, sep=";", dtype={"id": "str"})
        assert list(table.columns) == ["id", "offer"]
        assert table["id"].astype(int).is_monotonic_increasing
        assert not lists.loc[table["id"], "control"].any()
        code = path.name.split("_", 1)[1].rsplit("_until_")[0]
        listed = lists.loc[table["id"]]
        told = np.where(listed["letter"], f"{code}_letter", code)
        assert table["offer"].tolist() == told.tolist()
    sent = sum(len(pd.read_csv(path, sep=";")) for path in (written / "campaigns").iterdir())
    assert month.results.written is not None and sent == month.results.written.customers


def test_those_on_whose_like_offers_were_tried_have_campaign_files_where_that_is_to_be_chosen(
    month: Decided, tmp_path: Path
) -> None:
    offers, lists = month.results.offers, month.lists
    assert len(offers) > 1
    half = np.arange(len(lists)) % 2 == 0
    tried = lists.assign(shown=(lists["offer"] == offers[0].code) & half)
    write_offers(tmp_path, tried, offers, "2026-10", WORDS, tried_apart=True)
    folder = tmp_path / "offers"
    (path,) = (folder / "campaigns-tried").iterdir()
    all_of_it = pd.read_csv(folder / "campaigns" / path.name, sep=";", dtype="str")
    alone = pd.read_csv(path, sep=";", dtype="str")
    shown = set(tried.loc[tried["shown"] & ~tried["control"], "id"])
    assert alone.equals(all_of_it[all_of_it["id"].isin(shown)].reset_index(drop=True))
    assert 0 < len(alone) < len(all_of_it)


def test_what_the_files_are_for_is_said_beside_them(month: Decided, tmp_path: Path) -> None:
    for tried in (False, True):
        folder = tmp_path / str(tried)
        folder.mkdir()
        offers = month.results.offers
        write_offers(
            folder, month.lists, offers, "2026-10", WORDS, unit="roubles", tried_apart=tried
        )
        said = (folder / "offers" / "read-me.txt").read_text(encoding="utf-8-sig")
        assert ("campaigns-tried" in said) == tried
        assert ("id;offer;date" in said, "31.10.2026" in said, "{" in said) == (True, True, False)
        assert WORDS.label("profit_unit", "roubles") in said


def test_the_held_out_stand_in_a_file_of_their_own_that_no_program_takes_for_a_list(
    month: Decided, written: Path
) -> None:
    held = month.held_out
    assert held > set(month.lists.loc[month.lists["control"], "id"])
    (path,) = (written / "hold-out").iterdir()
    head, _, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("НЕ ПИСАТЬ") and path.suffix == ".txt"
    assert {line.removeprefix("Не писать покупателю ")[:-1] for line in lines} == held != set()
    assert not any(part.isdigit() for line in lines for part in re.split(r"[;,\t]", line))
    elsewhere = list(written.rglob("*.csv"))
    for each in elsewhere:
        table = pd.read_csv(each, sep=";", encoding="utf-8-sig", dtype={"id": "str"})
        assert not held & set(table["id"])


def test_the_same_lists_give_the_same_bytes(month: Decided, written: Path, tmp_path: Path) -> None:
    write(tmp_path, month)
    assert digests(tmp_path / "offers") == digests(written)


def test_without_offers_the_folder_is_there_and_empty(tmp_path: Path) -> None:
    assert write_offers(tmp_path, pd.DataFrame(), [], "2026-10", WORDS) == []
    assert list((tmp_path / "offers").iterdir()) == []


def test_a_formula_in_a_category_stays_a_text(month: Decided, tmp_path: Path) -> None:
    hostile = month.lists.assign(category="=1+1")
    write_offers(tmp_path, hostile, month.results.offers[:1], "2026-10", WORDS)
    (code,) = (offer.code for offer in month.results.offers[:1])
    page = openpyxl.load_workbook(tmp_path / "offers" / f"{code}.xlsx").worksheets[0]
    assert page["G2"].value == "=1+1" and page["G2"].data_type == "s"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_reason_has_words(language: str) -> None:
    words = Words.load(RUSSIAN.parent / language)
    assert set(words.lists["below"]) == set(words.lists["above"]) == set(NUMERIC)


def test_an_offer_has_one_name_in_the_report_and_in_every_list(
    month: Decided, written: Path
) -> None:
    overview = openpyxl.load_workbook(written / "overview.xlsx").worksheets[0]
    for row, offer in zip(list(overview.values)[1:], month.results.offers, strict=True):
        name = WORDS.labels["offer"][offer.code]
        page = openpyxl.load_workbook(written / f"{offer.code}.xlsx").worksheets[0]
        assert row[0] == page["C2"].value == page.title == name


def test_a_name_that_excel_takes_for_no_sheet_stands_whole_in_the_lists(
    month: Decided, tmp_path: Path
) -> None:
    name = "'Чай/кофе' [новинки]: что ещё попробовать?"
    kinds = [
        kind.model_copy(update={"names": {"ru": name, "en": "Tea"}}) if kind.code == code else kind
        for code in [month.results.offers[0].code]
        for kind in default_book().offers
    ]
    words = worded("ru", OfferBook(offers=tuple(kinds)))
    write_offers(tmp_path, month.lists, month.results.offers[:1], "2026-10", words)
    code = month.results.offers[0].code
    page = openpyxl.load_workbook(tmp_path / "offers" / f"{code}.xlsx").worksheets[0]
    assert page.title == "Чай кофе'  новинки   что ещё п" and page["C2"].value == name


def test_the_letters_lie_beside_as_the_shop_wrote_them(month: Decided, tmp_path: Path) -> None:
    texts = {
        "promotions": {"letter": {"ru": "Скидка {{ name }}!", "en": "10% off"}},
        "letter": {"letter": {"ru": "Здравствуйте!\n"}},
        "loyalty": {"letter": {"ru": "Никому"}},
    }
    texts["promotions"]["letter_without_discount"] = {"ru": "Акции"}
    kinds = [kind.model_copy(update=texts.get(kind.code, {})) for kind in default_book().offers]
    offers = [each for each in month.results.offers if each.code != "loyalty"]
    book = OfferBook(offers=tuple(kinds))
    write_offers(tmp_path, month.lists, offers, "2026-10", WORDS, book)
    letters = {
        path.name: path.read_text("utf-8") for path in (tmp_path / "offers" / "letters").iterdir()
    }
    assert letters == {
        "promotions.ru.txt": "Скидка {{ name }}!\n",
        "promotions.en.txt": "10% off\n",
        "promotions_letter.ru.txt": "Акции\n",
        "letter.ru.txt": "Здравствуйте!\n",
    }


def test_an_offer_that_nobody_names_is_called_by_its_code() -> None:
    older = {"code": "of_old", "names": {"ru": "Давнее", "en": "Of old"}}
    results = {"segments": {"book": []}, "changes": {"offers": [older]}}
    for language, name in (("ru", "Давнее"), ("en", "Of old"), ("de", "Of old")):
        names = offer_labels(results, language)["offer"]
        assert names["of_old"] == name and names["of_nobody"] == "of_nobody"
    assert offer_labels({}, "ru")["offer"]["letter"] == "Обычное письмо"


def test_lists_of_an_english_report_open_in_an_english_excel(
    month: Decided, tmp_path: Path
) -> None:
    words = worded("en")
    write_offers(tmp_path, month.lists, month.results.offers, "2026-10", words)
    table = pd.read_csv(tmp_path / "offers" / "all.csv", encoding="utf-8-sig")
    assert list(table)[:4] == ["Row", "id", "Offer", "Without_discount"]
    assert table["Profit_at_risk_RUB"].dtype == float
    assert (
        table["Reason_1"].dropna().str.fullmatch(r"[a-z0-9 ,₽]+: [\d.]+ \(usually [\d.]+\)").all()
    )


def test_reasons_are_the_two_features_farthest_towards_the_declined() -> None:
    scored = made_up(1, 400)
    down = scored["level"] == "declined"
    scored["pages_per_visit"] = np.where(down, 3.0, 9.0) + scored["failures"] / 10
    scored["unpaid_items"] = np.where(down, 6.0, 1.0) + scored["failures"] / 10
    listed = scored.head(3).copy()
    listed["pages_per_visit"] = [0.0, 20.0, np.nan]
    listed["unpaid_items"] = [9.0, 9.0, 9.0]
    reasons = strongest_reasons(listed, scored)
    assert reasons["reason_1"].tolist()[1:] == ["unpaid_items", "unpaid_items"]
    assert set(reasons.iloc[0][["reason_1", "reason_2"]]) == {"pages_per_visit", "unpaid_items"}
    told = dict(
        zip(
            reasons.iloc[0][["reason_1", "reason_2"]],
            reasons.iloc[0][["side_1", "side_2"]],
            strict=True,
        )
    )
    assert told == {"pages_per_visit": "below", "unpaid_items": "above"}
    assert pd.isna(reasons["reason_2"].iloc[1])


def test_features_that_say_the_same_give_one_reason(month: Decided) -> None:
    both = month.lists.dropna(subset=["reason_1", "reason_2"])
    first, second = (both[name].replace(THEMES) for name in ("reason_1", "reason_2"))
    assert len(both) and not (first == second).any()


def test_a_reason_names_the_value_and_what_is_usual(month: Decided) -> None:
    table = internal_list(month.lists, WORDS)
    told = table.loc[table["reason_1"] != "", "reason_1"]
    assert told.str.fullmatch(r"[а-яё0-9 ,₽]+: [\d,]+ \(обычно [\d,]+\)").all()


def test_every_reason_lies_at_the_turning_point_or_beyond_and_off_what_is_usual(
    month: Decided,
) -> None:
    scored = by_risk(400, 7)
    trained = with_made_features(scored[scored["state"] == "trained"])
    down = trained["level"].eq("declined").to_numpy()
    told = 0
    for number in (1, 2):
        for (name, side), rows in month.lists.groupby([f"reason_{number}", f"side_{number}"]):
            cut = best_cutoff(trained[name], down, side)
            assert cut is not None and at_or_beyond(rows[f"value_{number}"], side, cut).all()
            assert (rows[f"value_{number}"] != rows[f"usual_{number}"]).all()
            told += len(rows)
    assert told > 100
