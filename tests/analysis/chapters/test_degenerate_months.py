"""Of whatever reading lets through, every chapter makes its results, and the words tell them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import chapters
from analysis.chapters.display import Display
from analysis.chapters.gathering import gather
from analysis.chapters.materials import words_of
from analysis.settings import Settings
from analysis.snapshot.alone import ask_of_a_first_month
from analysis.snapshot.errors import Notes, SnapshotError
from analysis.snapshot.fitness import refuse_unfit
from analysis.snapshot.snapshot import Snapshot
from analysis.snapshot.unseen import unseen_errors
from tests.analysis.snapshot.odd_exports import (
    CATEGORY,
    MARKET_FILE,
    MARKET_MONEY,
    MARKET_TIME,
    MONEY,
    PROMO,
    SIX,
    Odd,
    Tables,
    always,
    cells,
    outcome,
    several,
)
from tests.report.test_languages import prose
from tests.report.test_languages import words_of as words_in

WORDS = Path(__file__).parents[3] / "templates" / "words" / "ru"
PERIOD, SEED = "2026-10", 1
LABEL = re.compile(r"#\| label: (fig-[a-z0-9-]+)")
LEVEL, SERVICE, CONSENT = "Покупательская активность", "Тип сервиса", "Разрешить сообщать"
COLUMNS = {
    "Страниц_за_визит": (MARKET_FILE, "8"),
    "Средний_просмотр_категорий_за_визит": (MARKET_FILE, "3"),
    "Неоплаченные_продукты_штук_квартал": (MARKET_FILE, "2"),
    "Ошибка_сервиса": (MARKET_FILE, "4"),
    "Маркет_актив_тек_мес": (MARKET_FILE, "4"),
    "Длительность": (MARKET_FILE, "500"),
    PROMO: (MARKET_FILE, "0.2"),
    SIX: (MARKET_FILE, "4"),
    "Выручка": (MARKET_MONEY, "5000"),
    "минут": (MARKET_TIME, "13"),
    "Прибыль": (MONEY, "4"),
    CATEGORY: (MARKET_FILE, "Кухонная посуда"),
    SERVICE: (MARKET_FILE, "стандарт"),
    CONSENT: (MARKET_FILE, "нет"),
    LEVEL: (MARKET_FILE, "Снизилась"),
}


@cache
def code_of(chapter: str) -> tuple[str, ...]:
    notebook = nbformat.read(chapters.FOLDER / f"{chapter}.ipynb", as_version=4)
    return tuple(cell.source for cell in notebook.cells if cell.cell_type == "code")[1:]


def run_chapters(snapshot: Snapshot, folder: Path) -> tuple[dict[str, Any], set[str]]:
    """Run the chapters of a month one after the other, without kernels.

    Gives the results and the labels of the figures that there are.
    """
    shown: set[str] = set()
    label, plain = "", Display.figure

    def figure(self: Display, drawn: Any) -> Any:
        shown.update([label] * (drawn is not None))
        return plain(self, drawn)

    folder.mkdir()
    snapshot.save(folder / "snapshot")
    for name, material in words_of(WORDS).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(material, str):
            (folder / name).write_text(material, encoding="utf-8")
        else:
            shutil.copy(material, folder / name)
    for chapter in chapters.NEEDS:
        if chapter == chapters.CHANGES:
            continue
        names: dict[str, Any] = {
            "snapshot": folder / "snapshot",
            "workspace": folder,
            "period": PERIOD,
            "seed": SEED,
            "settings": {},
        }
        for source in code_of(chapter):
            labelled = LABEL.match(source)
            label = labelled[1] if labelled else ""
            with mock.patch.object(Display, "figure", figure):
                exec(compile(source, chapter, "exec"), names)
    results = gather(folder, PERIOD, snapshot.kind, SEED, Settings())
    return results.model_dump(mode="json"), shown


def first_customers(steady: int, declined: int) -> Callable[[Tables], None]:
    """Keep so many customers of either level."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[MARKET_FILE][1:]
        kept = {row[0] for row in [r for r in rows if r[1] == "Снизилась"][:declined]}
        kept |= {row[0] for row in [r for r in rows if r[1] != "Снизилась"][:steady]}
        for rows in month_tables.values():
            rows[1:] = [row for row in rows[1:] if row[0] in kept]

    return spoil


def numbered(heading: str) -> Callable[[Tables], None]:
    """Give every customer a label of its own."""

    def spoil(month_tables: Tables) -> None:
        rows = month_tables[MARKET_FILE]
        for place, row in enumerate(rows[1:]):
            row[rows[0].index(heading)] = f"№ {place}"

    return spoil


@st.composite
def degenerate_months(draw: st.DrawFn) -> Odd:
    """A few customers, with columns that are constant, blank for a part, or all different."""
    fates: list[Callable[[Tables], None]] = [
        first_customers(draw(st.integers(0, 30)), draw(st.integers(0, 30)))
    ]
    for heading, (file, value) in COLUMNS.items():
        fate = draw(st.sampled_from(["as it is", "constant", "partly blank", "partly one"]))
        every = draw(st.integers(2, 5))
        if fate == "constant":
            fates.append(cells(file, heading, always(value)))
        elif fate == "partly blank":
            fates.append(cells(file, heading, always(""), every=every))
        elif fate == "partly one":
            fates.append(cells(file, heading, always(value), every=every))
    if draw(st.booleans()):
        fates.append(numbered(CATEGORY))
    return Odd("", several(*fates))


def check_month(odd: Odd) -> None:
    snapshot = outcome(odd)
    if isinstance(snapshot, SnapshotError):
        return
    try:
        refuse_unfit(snapshot, Settings().money)
    except SnapshotError:
        return
    asked = Notes()
    ask_of_a_first_month(snapshot, asked)
    snapshot = replace(
        snapshot,
        findings=(*snapshot.findings, *asked.findings),
        unseen=unseen_errors(snapshot, PERIOD, None),
    )
    with TemporaryDirectory() as folder:
        results, shown = run_chapters(snapshot, Path(folder) / "work")
    words = words_in("ru", results)
    for document in ("annex", "report"):
        told = prose(words, results, document, shown)
        assert set(re.findall(r"\{#(fig-[a-z0-9-]+)", told)) <= shown


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(degenerate_months())
def test_every_chapter_bears_a_month_that_reading_lets_through(odd: Odd) -> None:
    check_month(odd)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "spoil",
    [
        several(
            *(
                cells(file, name, always(value))
                for name, (file, value) in COLUMNS.items()
                if name != LEVEL
            )
        ),
        several(first_customers(30, 30), numbered(CATEGORY), numbered(SERVICE)),
    ],
    ids=["all customers alike", "a label for everybody"],
)
def test_months_that_once_stopped_a_chapter_are_borne(spoil: Callable[[Tables], None]) -> None:
    check_month(Odd("", several(first_customers(30, 30), spoil)))
