"""The files that stay inside the shop: customers, who was set aside, whom to offer what.

Lists are written as the shop's own exports are: Russian headings, ``;``, decimal comma and a byte
order mark, so that a Russian Excel opens them in columns.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.features import FEATURES

STATES = {"trained": "в обучении", "not_trained": "не в обучении", "not_scored": "без оценки"}
REASONS = {
    "twin": "повторяет другого покупателя во всём, кроме номера и прибыли",
    "impossible": "есть невозможное значение",
    "no_level": "уровень активности не указан",
    "inactive": "в одном из трёх месяцев не было выручки",
    "missing": "нет выручки за один из трёх месяцев",
}
OFFERS = {
    "basket": "Напоминание о корзине со скидкой",
    "promotions": "Больше акций",
    "other_categories": "Подборка из других категорий",
    "loyalty": "Скидка за сумму покупок",
    "favourite_category": "Любимая категория",
}
OFFER_HEADINGS = {
    "id": "id",
    "offer": "Предложение",
    "category": "Популярная_категория",
    "probability": "Вероятность_снижения",
    "profit": "Прибыль",
    "exposed": "Прибыль_под_риском_руб",
    "cost": "Стоимость_руб",
    "gain": "Ожидаемая_выгода_руб",
    "cumulative_cost": "Стоимость_нарастающим_итогом_руб",
}


def write_customers(
    folder: Path, customers: pd.DataFrame, probabilities: pd.DataFrame, segments: pd.DataFrame
) -> Path:
    """Write customers.parquet: id, features, level, state, reason, probability, segment.

    Ordered by id, so that two editions can be laid side by side.
    """
    table = customers.merge(probabilities, on="id", how="left").merge(segments, on="id", how="left")
    columns = ["id", *FEATURES, "profit", "level", "state", "reason"]
    columns += ["score", "probability", "source", "segment"]
    path = folder / "customers.parquet"
    table[columns].sort_values("id").to_parquet(path, index=False)
    return path


def write_set_aside(folder: Path, customers: pd.DataFrame) -> Path:
    """Write set_aside.csv: who is not trained on or not scored, and why."""
    aside = customers[customers["reason"] != ""].sort_values("id")
    table = pd.DataFrame(
        {
            "id": aside["id"],
            "Состояние": aside["state"].map(STATES),
            "Причина": aside["reason"].map(REASONS),
            "Повторяет_id": aside["twin_of"],
        }
    )
    path = folder / "set_aside.csv"
    _write(path, table)
    return path


def write_offers(folder: Path, lists: pd.DataFrame) -> list[Path]:
    """Write one list per offer into ``offers/``, the largest expected gain first."""
    target = folder / "offers"
    target.mkdir(exist_ok=True)
    paths = []
    for offer, listed in lists.groupby("offer", sort=True):
        table = listed.assign(
            cumulative_cost=listed["cost"].cumsum(), offer=OFFERS[str(offer)]
        ).round({"probability": 3, "exposed": 2, "cost": 2, "gain": 2, "cumulative_cost": 2})
        path = target / f"{offer}.csv"
        _write(path, table[list(OFFER_HEADINGS)].rename(columns=OFFER_HEADINGS))
        paths.append(path)
    return paths


def _write(path: Path, table: pd.DataFrame) -> None:
    text = table.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n")
    path.write_bytes(text.encode("utf-8-sig"))
