"""Whom to offer what, as files: lists for the shop's own people, and files for its mailings.

``offers/`` holds an internal list of everyone and one per offer, each as a workbook and as text:
all who are listed, those of the control group too, with the reasons. ``offers/campaigns/`` holds
what may go to a mailing system: id and offer code alone, of those who are to be written to
(``CODE_letter`` for the letter of a discount offer without its discount); the export date and the
last day of use stand in the file's name, and rows are in the order of id, so that not even their
order tells anything.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import results
from analysis.chapters.customer_files import write_table
from analysis.chapters.workbook import Column, Sheet, write_workbook
from analysis.periods import last_day

OFFERS = {
    "basket": "Скидка на товары в корзине",
    "basket_reminder": "Напоминание о корзине",
    "promotions": "Приглашение на акции со скидкой",
    "other_categories": "Подборка из соседних категорий",
    "loyalty": "Скидка за сумму покупок",
    "favourite_discount": "Скидка в любимой категории",
    "favourite_category": "Письмо о любимой категории",
}
EVERYONE = "all"
GROUPS = {"offer": "предложение", "letter": "письмо без скидки", "control": "контроль"}
LEVELS = {"declined": "снизилась", "steady": "прежний уровень"}
REASONS = {
    ("contacts_6m", "below"): "мало контактов в месяц",
    ("contacts_6m", "above"): "много контактов в месяц",
    ("contacts_now", "below"): "мало контактов за последний месяц",
    ("contacts_now", "above"): "много контактов за последний месяц",
    ("tenure_days", "below"): "недавно с магазином, дней",
    ("tenure_days", "above"): "давно с магазином, дней",
    ("promo_share", "below"): "мало покупок по акции, доля",
    ("promo_share", "above"): "много покупок по акции, доля",
    ("categories_per_visit", "below"): "мало категорий за визит",
    ("categories_per_visit", "above"): "много категорий за визит",
    ("unpaid_items", "below"): "мало неоплаченных товаров",
    ("unpaid_items", "above"): "много неоплаченных товаров",
    ("failures", "below"): "мало сбоев сайта",
    ("failures", "above"): "много сбоев сайта",
    ("pages_per_visit", "below"): "мало страниц за визит",
    ("pages_per_visit", "above"): "много страниц за визит",
    ("revenue_before_previous", "below"): "мало тратил 2 месяца назад, ₽",
    ("revenue_before_previous", "above"): "много тратил 2 месяца назад, ₽",
    ("revenue_previous", "below"): "мало тратил месяц назад, ₽",
    ("revenue_previous", "above"): "много тратил месяц назад, ₽",
    ("revenue_current", "below"): "мало тратит, ₽ за месяц",
    ("revenue_current", "above"): "много тратит, ₽ за месяц",
    ("minutes_previous", "below"): "мало минут на сайте месяц назад",
    ("minutes_previous", "above"): "много минут на сайте месяц назад",
    ("minutes_current", "below"): "мало минут на сайте за месяц",
    ("minutes_current", "above"): "много минут на сайте за месяц",
}
"""What a reason says, by feature and by the side of the usual on which the customer is."""

COLUMNS = (
    Column("row", "Строка", "whole", 8),
    Column("id", "id", "whole", 10),
    Column("offer", "Предложение", "text", 34),
    Column("group", "Группа", "text", 18),
    Column("level", "Покупательская_активность", "text", 18),
    Column("category", "Популярная_категория", "text", 36),
    Column("probability", "Вероятность_снижения", "share", 14),
    Column("profit", "Прибыль", "number", 10),
    Column("exposed", "Прибыль_под_риском_руб", "money", 16),
    Column("cost", "Стоимость_предложения_руб", "money", 14),
    Column("gain", "Выгода_от_предложения_руб", "money", 14),
    Column("spent", "Будет_потрачено_руб", "money", 14),
    Column("cumulative_cost", "Стоимость_нарастающим_итогом_руб", "money", 18),
    Column("reason_1", "Причина_1", "text", 48),
    Column("reason_2", "Причина_2", "text", 48),
)
OVERVIEW = (
    Column("offer", "Предложение", "text", 34),
    Column("code", "Код", "text", 20),
    Column("customers", "Получат_предложение", "whole", 14),
    Column("letters", "Из_них_без_скидки", "whole", 14),
    Column("control", "Контрольная_группа", "whole", 14),
    Column("cost", "Стоимость_руб", "money", 14),
    Column("exposed", "Прибыль_под_риском_руб", "money", 16),
    Column("break_even", "Порог_окупаемости", "share", 14),
    Column("gain", "Ожидаемая_выгода_руб", "money", 16),
    Column("use_by", "Годен_до", "text", 12),
)
ROUNDED = {"probability": 3, "exposed": 2, "cost": 2, "gain": 2, "spent": 2, "cumulative_cost": 2}


def write_offers(
    folder: Path, lists: pd.DataFrame, offers: Sequence[results.Offer], period: str
) -> list[Path]:
    """Write the lists of a month into ``offers/``; nothing where there is none.

    Parameters
    ----------
    folder : Path
        Of the edition.
    lists : DataFrame
        As ``analysis.segments.decide.Decided.lists``.
    offers : sequence of Offer
        Of the same month.
    period : str
        ``YYYY-MM``; its last day is the export date.

    Returns
    -------
    list of Path
        What was written, the overview and the list of everyone first.
    """
    target = folder / "offers"
    campaigns = target / "campaigns"
    if not offers:
        target.mkdir(exist_ok=True)
        return []
    campaigns.mkdir(parents=True, exist_ok=True)
    exported = last_day(period)
    paths = [
        _write_overview(target / "overview.xlsx", offers, exported),
        *_write_list(target / EVERYONE, "Все списки", lists, exported),
    ]
    for offer in offers:
        listed = lists[lists["offer"] == offer.code]
        paths += _write_list(target / offer.code, OFFERS[offer.code], listed, exported)
        campaign = campaigns / f"{exported.isoformat()}_{offer.code}_until_{offer.use_by}.csv"
        campaign_list(listed).to_csv(campaign, index=False, sep=";", lineterminator="\r\n")
        paths.append(campaign)
    return paths


def _write_list(
    stem: Path, title: str, lists: pd.DataFrame, exported: datetime.date
) -> tuple[Path, Path]:
    listed = internal_list(lists)
    workbook, text = stem.with_suffix(".xlsx"), stem.with_suffix(".csv")
    write_workbook(workbook, [Sheet(title, COLUMNS, listed)], exported)
    names = {column.field: column.heading for column in COLUMNS}
    write_table(text, listed[list(names)].rename(columns=names))
    return workbook, text


def internal_list(listed: pd.DataFrame) -> pd.DataFrame:
    """Put a list into the columns of the internal file, the largest expected gain first.

    Cost and gain are those of the offer, whoever the draw gives it to; what will be spent is zero
    for the control group and the price of a letter for those without the discount.
    """
    return listed.assign(
        row=range(1, len(listed) + 1),
        offer=listed["offer"].map(OFFERS),
        group=_group(listed).map(GROUPS),
        level=listed["level"].map(LEVELS),
        cumulative_cost=listed["spent"].cumsum(),
        **{f"reason_{number}": _reasons(listed, number) for number in (1, 2)},
    ).round(ROUNDED)


def campaign_list(listed: pd.DataFrame) -> pd.DataFrame:
    """Give what a mailing system gets: id and offer code of those to be written to."""
    written = listed[~listed["control"].astype(bool)]
    code = written["offer"].where(~written["letter"].astype(bool), written["offer"] + "_letter")
    chosen = pd.DataFrame({"id": written["id"], "offer_code": code})
    return chosen.sort_values("id", ignore_index=True)


def _group(listed: pd.DataFrame) -> pd.Series[str]:
    named = pd.Series("offer", index=listed.index)
    named[listed["letter"].astype(bool)] = "letter"
    named[listed["control"].astype(bool)] = "control"
    return named


def _reasons(listed: pd.DataFrame, number: int) -> list[str]:
    columns = [f"{part}_{number}" for part in ("reason", "side", "value", "usual")]
    return [
        f"{REASONS[feature, side]}: {_short(value)} (обычно {_short(usual)})"
        if isinstance(feature, str)
        else ""
        for feature, side, value, usual in listed[columns].itertuples(index=False)
    ]


def _short(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 2
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if digits else text).replace(".", ",")


def _write_overview(path: Path, offers: Sequence[results.Offer], exported: datetime.date) -> Path:
    rows = pd.DataFrame(
        [
            {
                "offer": OFFERS[offer.code],
                "code": offer.code,
                "customers": offer.written.customers,
                "letters": offer.written.letters,
                "control": offer.written.control,
                "cost": offer.written.cost_roubles,
                "exposed": offer.written.exposed_roubles,
                "break_even": offer.written.break_even,
                "gain": offer.written.gain_roubles,
                "use_by": datetime.date.fromisoformat(offer.use_by).strftime("%d.%m.%Y"),
            }
            for offer in offers
        ]
    )
    write_workbook(path, [Sheet("Обзор", OVERVIEW, rows)], exported)
    return path
