"""Synthetic sample months that look, and are as hard, as a real export of the shop.

Customers are invented, and one panel of them goes through all months (`analysis.synthetic.panel`).
The faults of the real export are laid in on purpose (`analysis.synthetic.faults`): misspelt labels,
a block of copied rows, one impossible revenue, customers without revenue in both earlier months, a
file order that gives the level away, and a profit file in another dialect. Changes are planted
between the months (`analysis.synthetic.planted`), and ``planted.json`` says which.

Remake the months that ship with the project::

    python -m analysis.synthetic.generate --seed 20261031 --to data/sample
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from itertools import count, islice
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.arrays import Counts
from analysis.campaigns.lot import KEY_FILE
from analysis.periods import last_day, months_between, months_later
from analysis.synthetic.mailings import KEY, Shown, with_mailings
from analysis.synthetic.margins import load_margins
from analysis.synthetic.panel import Month, last_month, month_before
from analysis.synthetic.planted import planted_changes

LAST = "2026-10"
MONTHS_MADE = 6
PLANTED = "planted.json"
LEAST_CUSTOMERS = 300
FILE_COLUMNS = {
    "id": "id",
    "level": "Покупательская активность",
    "service": "Тип сервиса",
    "consent": "Разрешить сообщать",
    "contacts_6m": "Маркет_актив_6_мес",
    "contacts_now": "Маркет_актив_тек_мес",
    "tenure_days": "Длительность",
    "promo_share": "Акционные_покупки",
    "category": "Популярная_категория",
    "categories_per_visit": "Средний_просмотр_категорий_за_визит",
    "unpaid_items": "Неоплаченные_продукты_штук_квартал",
    "failures": "Ошибка_сервиса",
    "pages_per_visit": "Страниц_за_визит",
}
FRACTIONS = {"contacts_6m", "promo_share"}
REVENUE_PERIODS = {
    "revenue_before_previous": "препредыдущий_месяц",
    "revenue_previous": "предыдущий_месяц",
    "revenue_current": "текущий_месяц",
}
MINUTES_PERIODS = {"minutes_previous": "предыдцщий_месяц", "minutes_current": "текущий_месяц"}
LEVELS = {True: "Снизилась", False: "Прежний уровень"}
MARK = """\
kind = "sample"
note = "Учебные данные: все покупатели вымышлены."
"""


def make_month(
    period: str, seed: int, customers: int = 1300, *, last: str = LAST, mailed: bool = False
) -> dict[str, pd.DataFrame]:
    """Make the four tables of one synthetic month.

    Parameters
    ----------
    period
        The month, ``YYYY-MM``.
    seed
        Seed of the panel. The same seed, size and last month give the same panel.
    customers
        How many customers, at least `LEAST_CUSTOMERS`.
    last
        The month that the panel ends with and is made backwards from.
    mailed
        Whether ids are given so that earlier mailings have had their planted effects (see
        `analysis.synthetic.mailings`).

    Returns
    -------
    Tables by the name of their file without ``.csv``, with the export's own columns, labels and
    faults: ``market_file`` (one line per customer), ``market_money`` (three), ``market_time``
    (two) and ``money`` (one).

    Raises
    ------
    ValueError
        When the period lies after the last month, or the customers are too few for the faults.
    """
    if customers < LEAST_CUSTOMERS:
        raise ValueError(f"customers must be at least {LEAST_CUSTOMERS}, got {customers}")
    back = months_between(period, last)
    if back < 0:
        raise ValueError(f"period {period} lies after the last month of the panel, {last}")
    if mailed:
        month = mailed_panel(seed, customers, last, max(MONTHS_MADE, back + 1))[0][back]
    else:
        month = next(islice(panel(seed, customers, last=last), back, None))
    return _export(np.random.default_rng([seed, back, 1]), month)


@cache
def mailed_panel(
    seed: int, customers: int, last: str, months: int
) -> tuple[list[Month], list[Shown]]:
    """Give the last months of a panel, the newest first, with mailings of known effect.

    Parameters
    ----------
    seed, customers, last
        As in `make_month`.
    months
        How many.
    """
    return with_mailings(list(islice(panel(seed, customers, last=last), months)), seed)


def panel(seed: int, customers: int, *, last: str = LAST, ahead: int = 0) -> Iterator[Month]:
    """Give the months of one panel, backwards from the last one and without end.

    Parameters
    ----------
    seed, customers, last
        As in `make_month`.
    ahead
        How many months after the planted ones the panel goes on, as the last of them left off; a
        negative number leaves as many of the newest planted months out.
    """
    margins = load_margins()
    period = last
    month = last_month(np.random.default_rng([seed, 0]), margins, customers, -ahead)
    for back in count(1):
        yield month
        rng = np.random.default_rng([seed, back])
        month = month_before(rng, margins, month, back - ahead, last_day(period).day)
        period = months_later(period, -1)


def write_month(
    folder: Path,
    period: str,
    seed: int,
    customers: int = 1300,
    *,
    last: str = LAST,
    mailed: bool = False,
) -> None:
    """Make one month and write it as the shop's export writes it, with its mark.

    Parameters
    ----------
    folder
        Where the five files go; made if it is not there.
    period, seed, customers, last, mailed
        As in `make_month`.
    """
    tables = make_month(period, seed, customers, last=last, mailed=mailed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        foreign = name == "money"
        text = table.to_csv(
            index=False,
            sep=";" if foreign else ",",
            decimal="," if foreign else ".",
            lineterminator="\r\n" if foreign else "\n",
        )
        (folder / f"{name}.csv").write_bytes(text.encode("utf-8"))
    (folder / "mark.toml").write_bytes(MARK.encode("utf-8"))


def _misspelt(month: Month) -> Counts:
    """Ten lines of the ordinary service, nine of them decliners at the top of the file."""
    layout = month.layout
    ordinary = (month.table["service"] == "стандарт").to_numpy(dtype=np.bool_, copy=True)
    ordinary[np.concatenate([layout.copies, layout.sources])] = False
    declined = np.flatnonzero(ordinary & layout.declined)[:9]
    return np.concatenate([declined, np.flatnonzero(ordinary & ~layout.declined)[:1]])


def _export(rng: np.random.Generator, month: Month) -> dict[str, pd.DataFrame]:
    """Name, type and misspell the columns as the shop's export does."""
    table = month.table.copy()
    table["level"] = table["level"].map(LEVELS)
    table.loc[_misspelt(month), "service"] = "стандартт"
    table["category"] = table["category"].replace("Косметика и аксессуары", "Косметика и аксесуары")
    numeric = [c for c in load_margins().features if c in FILE_COLUMNS and c not in FRACTIONS]
    market = table.astype(dict.fromkeys(numeric, "int64"))
    minutes = _by_period(rng, table, MINUTES_PERIODS, "минут")
    return {
        "market_file": market[list(FILE_COLUMNS)].rename(columns=FILE_COLUMNS),
        "market_money": _by_period(rng, table, REVENUE_PERIODS, "Выручка"),
        "market_time": minutes.astype({"минут": "int64"}),
        "money": table[["id", "profit"]].rename(columns={"profit": "Прибыль"}),
    }


def _by_period(
    rng: np.random.Generator, table: pd.DataFrame, periods: dict[str, str], value: str
) -> pd.DataFrame:
    """One line per customer and period; a customer's periods come in any order."""
    order = np.argsort(rng.random((len(table), len(periods))), axis=1)
    values = np.take_along_axis(table[list(periods)].to_numpy(dtype=np.float64), order, axis=1)
    return pd.DataFrame(
        {
            "id": np.repeat(table["id"].to_numpy(), len(periods)),
            "Период": np.array(list(periods.values()), dtype=object)[order].ravel(),
            value: values.ravel(),
        }
    )


def write_planted(
    folder: Path, shown: Sequence[Shown], *, last: str = LAST, months: int = MONTHS_MADE
) -> None:
    """Write what is planted between the months, and of the offers, into ``planted.json``.

    Parameters
    ----------
    folder
        Folder of the month folders.
    shown
        What the mailings did.
    last, months
        The last month, and how many there are.
    """
    table = planted_changes(load_margins(), last, months)
    table["offers"] = [asdict(each) | {"share_saved": round(each.share_saved, 3)} for each in shown]
    text = json.dumps(table, ensure_ascii=False, indent=2) + "\n"
    (folder / PLANTED).write_bytes(text.encode("utf-8"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sample months into folders named by their period, and what is planted in them."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.synthetic.generate", description=main.__doc__
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--to", type=Path, required=True, help="folder of the month folders")
    parser.add_argument("--customers", type=int, default=1300)
    parser.add_argument("--last", default=LAST, help="last month, YYYY-MM")
    parser.add_argument("--months", type=int, default=MONTHS_MADE, help="how many months")
    options = parser.parse_args(arguments)
    for back in range(options.months):
        period = months_later(options.last, -back)
        write_month(
            options.to / period,
            period,
            options.seed,
            options.customers,
            last=options.last,
            mailed=True,
        )
    _, shown = mailed_panel(options.seed, options.customers, options.last, MONTHS_MADE)
    write_planted(options.to, shown, last=options.last, months=options.months)
    (options.to / KEY_FILE).write_text(KEY.hex() + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
