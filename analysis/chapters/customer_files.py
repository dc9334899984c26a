"""The files of customers that stay inside the shop: all of them, and who was set aside and why.

Tables of text are written as the shop's own exports are: Russian headings, ``;``, decimal comma
and a byte order mark, so that a Russian Excel opens them in columns.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.cleaning.features import FEATURES

STATES = {"trained": "в обучении", "not_trained": "не в обучении", "not_scored": "без оценки"}
REASONS = {
    "twin": "повторяет другого покупателя во всём, кроме номера и прибыли",
    "impossible": "есть невозможное значение",
    "contradicting": "совпадает с покупателем противоположного уровня активности",
    "no_level": "уровень активности не указан",
    "inactive": "в одном из трёх месяцев не было выручки",
    "missing": "нет выручки за один из трёх месяцев",
}


def write_customers(
    folder: Path, customers: pd.DataFrame, probabilities: pd.DataFrame, segments: pd.DataFrame
) -> Path:
    """Write customers.parquet: id, features, level, state, reason, probability, segment.

    ``probabilities`` holds id, score, probability, source and forecast of scored customers.
    ``probability`` and ``source`` are of the month's own model; ``forecast`` is the probability
    that decided, missing where none did. Ordered by id, so that two editions can be laid side by
    side.
    """
    table = customers.merge(probabilities, on="id", how="left").merge(segments, on="id", how="left")
    columns = ["id", *FEATURES, "profit", "level", "state", "reason"]
    columns += ["score", "probability", "source", "forecast", "segment"]
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
    write_table(path, table)
    return path


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as text that a Russian Excel opens in columns."""
    text = table.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n")
    path.write_bytes(text.encode("utf-8-sig"))
