"""The sample months are as faulty and as hard as a real export, and can be remade."""

from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from analysis.synthetic.generate import LEAST_CUSTOMERS, main, make_month, write_month

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
PERIODS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
SEED = 20261031
FILES = ["market_file.csv", "market_money.csv", "market_time.csv", "money.csv", "mark.toml"]
LABELS = ["Тип сервиса", "Разрешить сообщать", "Популярная_категория"]
COLUMNS = {
    "market_file": [
        "id",
        "Покупательская активность",
        "Тип сервиса",
        "Разрешить сообщать",
        "Маркет_актив_6_мес",
        "Маркет_актив_тек_мес",
        "Длительность",
        "Акционные_покупки",
        "Популярная_категория",
        "Средний_просмотр_категорий_за_визит",
        "Неоплаченные_продукты_штук_квартал",
        "Ошибка_сервиса",
        "Страниц_за_визит",
    ],
    "market_money": ["id", "Период", "Выручка"],
    "market_time": ["id", "Период", "минут"],
    "money": ["id", "Прибыль"],
}
WHOLE = [
    "id",
    "Маркет_актив_тек_мес",
    "Длительность",
    "Средний_просмотр_категорий_за_визит",
    "Неоплаченные_продукты_штук_квартал",
    "Ошибка_сервиса",
    "Страниц_за_визит",
]
BEFORE = ["выручка препредыдущий_месяц", "выручка предыдущий_месяц"]
NOW = "выручка текущий_месяц"


def shipped(period: str) -> dict[str, pd.DataFrame]:
    folder = SAMPLE / period
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in COLUMNS if name != "money"}
    tables["money"] = pd.read_csv(folder / "money.csv", sep=";", decimal=",")
    return tables


def customers(period: str) -> pd.DataFrame:
    """One line per customer in the order of the file, service repaired."""
    tables = shipped(period)
    revenue = tables["market_money"].pivot(index="id", columns="Период", values="Выручка")
    minutes = tables["market_time"].pivot(index="id", columns="Период", values="минут")
    table = (
        tables["market_file"]
        .join(revenue.add_prefix("выручка "), on="id")
        .join(minutes.add_prefix("минут "), on="id")
        .merge(tables["money"], on="id")
    )
    table["Тип сервиса"] = table["Тип сервиса"].replace("стандартт", "стандарт")
    return table


def declined(table: pd.DataFrame) -> NDArray[np.bool_]:
    return (table["Покупательская активность"] == "Снизилась").to_numpy()


def twins(table: pd.DataFrame) -> NDArray[np.bool_]:
    return table.duplicated(table.columns.difference(["id", "Прибыль"])).to_numpy()


def trained(table: pd.DataFrame) -> pd.DataFrame:
    inactive = (table[BEFORE] == 0).any(axis=1)
    return table[~twins(table) & ~inactive & (table[NOW] < 50_000)]


@pytest.mark.parametrize("period", PERIODS)
def test_a_shipped_month_is_what_the_generator_writes(period: str, tmp_path: Path) -> None:
    write_month(tmp_path, period, SEED, mailed=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SAMPLE / period / name).read_bytes(), name


def test_the_command_writes_one_folder_a_month(tmp_path: Path) -> None:
    asked = ["--customers", "320", "--last", "2027-01", "--months", "3"]
    main(["--seed", "7", "--to", str(tmp_path), *asked])
    months = ["2026-11", "2026-12", "2027-01"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *months,
        "assignment.key",
        "planted.json",
    ]
    january = pd.read_csv(tmp_path / "2027-01" / "market_file.csv")
    assert len(january) == 320


@pytest.mark.parametrize("period", PERIODS)
def test_columns_and_kinds_are_those_of_the_export(period: str) -> None:
    tables = shipped(period)
    assert {name: list(table.columns) for name, table in tables.items()} == COLUMNS
    assert [len(tables[name]) for name in COLUMNS] == [1300, 3900, 2600, 1300]
    market = tables["market_file"]
    assert list(market.select_dtypes("int64").columns) == WHOLE
    assert market["Акционные_покупки"].between(0, 1).all()
    assert tables["market_time"]["минут"].dtype == "int64"
    revenue, profit = tables["market_money"]["Выручка"], tables["money"]["Прибыль"]
    assert (revenue == revenue.round(1)).all()
    assert (profit == profit.round(2)).all()
    assert not any(table.isna().any().any() for table in tables.values())
    for table in tables.values():
        assert table["id"].drop_duplicates().tolist() == market["id"].tolist()


@pytest.mark.parametrize("period", PERIODS)
def test_every_fault_of_the_export_is_there(period: str) -> None:
    tables, table = shipped(period), customers(period)
    market = tables["market_file"]
    misspelt = market["Тип сервиса"] == "стандартт"
    assert misspelt.sum() == 10
    assert declined(market)[misspelt].sum() == 9
    assert set(market["Тип сервиса"]) == {"премиум", "стандарт", "стандартт"}
    categories = set(market["Популярная_категория"])
    assert len(categories) == 6
    assert "Косметика и аксесуары" in categories
    assert set(tables["market_time"]["Период"]) == {"предыдцщий_месяц", "текущий_месяц"}
    assert set(tables["market_money"]["Период"]) == {
        "препредыдущий_месяц",
        "предыдущий_месяц",
        "текущий_месяц",
    }
    greatest, second = table[NOW].nlargest(2)
    assert 14 <= greatest / second <= 16
    empty = table[BEFORE] == 0
    assert empty.all(axis=1).sum() == empty.any(axis=1).sum() == 3
    assert (table[NOW] > 0).all()


@pytest.mark.parametrize("period", PERIODS)
def test_twenty_one_lines_are_copies_of_others(period: str) -> None:
    table = customers(period)
    everything = list(table.columns.difference(["id", "Прибыль"]))
    assert twins(table).sum() == 11
    level, category = "Покупательская активность", "Популярная_категория"
    but_category = [name for name in everything if name != category]
    assert table.duplicated(but_category).sum() == 12
    block = [name for name in everything if name.startswith(("выручка", "минут"))]
    block += ["Страниц_за_визит", "Ошибка_сервиса"]
    copied = table[table.duplicated(block, keep=False)]
    assert table.duplicated(block).sum() == 21
    assert (copied.groupby(block)[level].nunique() == 2).sum() == 9


@pytest.mark.parametrize("period", PERIODS)
def test_only_the_profit_file_has_the_foreign_dialect(period: str) -> None:
    for name in COLUMNS:
        content = (SAMPLE / period / f"{name}.csv").read_bytes()
        assert (b";" in content) == (b"\r\n" in content) == (name == "money"), name
        assert content.endswith(b"\n")
    money = (SAMPLE / period / "money.csv").read_text(encoding="utf-8")
    assert money.startswith("id;Прибыль")
    assert "." not in money


@pytest.mark.parametrize("period", PERIODS)
def test_a_month_says_that_it_is_a_sample(period: str) -> None:
    mark = (SAMPLE / period / "mark.toml").read_text(encoding="utf-8")
    assert 'kind = "sample"' in mark
    assert "Учебные данные" in mark


@pytest.mark.parametrize("period", PERIODS)
def test_the_file_order_gives_the_level_away(period: str) -> None:
    level = declined(customers(period))
    assert roc_auc_score(level, -np.arange(len(level))) > 0.95
    assert len(list(groupby(level))) == 6


def test_ids_rise_with_the_file_in_the_last_month() -> None:
    assert customers("2026-10")["id"].is_monotonic_increasing


@pytest.mark.parametrize("period", PERIODS)
def test_ids_belong_to_nobody(period: str) -> None:
    ids = customers(period)["id"]
    assert ids.is_unique
    assert not ids.between(215_348, 216_647).any()


@pytest.mark.parametrize("period", PERIODS)
def test_profit_depends_on_nothing(period: str) -> None:
    table = customers(period)
    assert abs(roc_auc_score(declined(table), table["Прибыль"]) - 0.5) < 0.05
    numbers = table.select_dtypes("number").drop(columns=["id", "Прибыль"])
    related = numbers.corrwith(table["Прибыль"], method="spearman")
    assert related.abs().max() < 0.1


def test_decliners_spend_a_little_more_each_month() -> None:
    table = trained(customers("2026-10"))
    before, previous, now = table[declined(table)][[*BEFORE, NOW]].mean()
    assert before < previous < now < 1.2 * before


def test_shares_of_the_last_month_are_like_those_of_the_real_shop() -> None:
    table = customers("2026-10")
    assert declined(table).mean() == pytest.approx(0.383, abs=0.001)
    refused = (table["Разрешить сообщать"] == "нет").mean()
    assert refused == pytest.approx(0.26, abs=0.025)


def ranking(period: str, model: ClassifierMixin) -> float:
    """ROC-AUC of a model on a month, each customer scored by a model that has not seen them."""
    table = trained(customers(period))
    prepared = make_column_transformer(
        (OneHotEncoder(), LABELS), remainder=StandardScaler(), verbose_feature_names_out=False
    )
    level = declined(table)
    likely = cross_val_predict(
        make_pipeline(prepared, model),
        table.drop(columns=["id", "Прибыль", "Покупательская активность"]),
        level,
        cv=StratifiedKFold(5, shuffle=True, random_state=1),
        method="predict_proba",
    )
    return float(roc_auc_score(level, likely[:, 1]))


def test_the_last_month_is_as_hard_as_the_real_one() -> None:
    assert len(trained(customers("2026-10"))) == 1300 - 11 - 3 - 1
    forest = ranking("2026-10", ExtraTreesClassifier(200, min_samples_leaf=2, random_state=1))
    assert 0.89 <= forest <= 0.94
    assert abs(forest - ranking("2026-10", LogisticRegression(max_iter=1000))) <= 0.03


@pytest.mark.parametrize("period", PERIODS[:-1])
def test_the_earlier_months_are_about_as_hard(period: str) -> None:
    assert 0.88 <= ranking(period, LogisticRegression(max_iter=1000)) <= 0.93


def test_another_seed_makes_other_customers() -> None:
    one, other = (make_month("2026-10", seed, 400)["market_file"] for seed in (1, 2))
    assert not one.equals(other)
    assert one.equals(make_month("2026-10", 1, 400)["market_file"])


def test_a_month_after_the_panel_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-11 lies after"):
        make_month("2026-11", 1)


def test_too_few_customers_for_the_faults_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 300, got 299"):
        make_month("2026-10", 1, LEAST_CUSTOMERS - 1)
