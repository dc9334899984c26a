"""What a report says of the limits of its checks is what the checks do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from analysis.snapshot.errors import Notes, Unseen
from analysis.snapshot.likeness import compare_likeness
from analysis.snapshot.snapshot import Snapshot, read_snapshot
from analysis.snapshot.unseen import OTHER_LEVEL, SEED, unseen_errors
from analysis.synthetic.generate import write_month


@cache
def month(name: str) -> Snapshot:
    with TemporaryDirectory() as folder:
        write_month(Path(folder) / name, name, seed=7, customers=300)
        return read_snapshot(Path(folder) / name)


@cache
def limits() -> dict[str, Unseen]:
    found = unseen_errors(month("2026-10"), "2026-10", ("2026-09", month("2026-09")))
    return {each.column: each for each in found}


def asked(later: Snapshot) -> set[tuple[str, str | None]]:
    notes = Notes()
    compare_likeness(later, "2026-10", "2026-09", month("2026-09"), notes)
    return {(each.code, each.column) for each in (*notes.problems, *notes.findings)}


def with_profit(change: Callable[[pd.Series[float]], pd.Series[float]]) -> Snapshot:
    sound = month("2026-10")
    return replace(sound, profit=sound.profit.assign(profit=change(sound.profit["profit"])))


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_factor_passes_up_to_the_limit_that_is_told_and_not_beyond(end: str) -> None:
    limit = getattr(limits()["Прибыль"], end)
    further = 1.02 if end == "high" else 1 / 1.02
    moved = ("column_moved", "Прибыль")
    assert moved not in asked(with_profit(lambda profit: profit * limit / further))
    assert moved in asked(with_profit(lambda profit: profit * limit * further))


def test_numbers_of_others_pass_up_to_the_share_that_is_told() -> None:
    sound, share = month("2026-10"), limits()["Прибыль"].mixed
    assert share is not None
    order = np.random.default_rng(1).permutation(len(sound.profit))
    for mixed, told in ((share - 0.15, False), (share + 0.15, True)):
        others = order[: int(min(mixed, 1.0) * len(order))]
        profit = sound.profit["profit"].copy()
        profit.iloc[others] = profit.iloc[np.roll(others, 1)].to_numpy()
        codes = {code for code, _ in asked(with_profit(lambda _, wrong=profit: wrong))}
        assert ("less_alike" in codes) is told


def test_levels_turned_at_random_pass_up_to_the_share_that_is_told() -> None:
    sound, share = month("2026-10"), limits()["Покупательская активность"].share
    assert share is not None
    stayed = sound.customers["id"].isin(month("2026-09").customers["id"])
    chance = np.ones(len(sound.customers))
    chance[stayed] = np.random.default_rng(SEED).random(int(stayed.sum()))
    for turned, told in ((share * 0.98, False), (share + 0.02, True)):
        levels = sound.customers["level"]
        levels = levels.where(chance >= turned, levels.map(OTHER_LEVEL))
        wrong = replace(sound, customers=sound.customers.assign(level=levels))
        codes = {code for code, _ in asked(wrong)}
        assert bool(codes & {"levels_not_borne_out", "label_share_moved"}) is told


def test_refusals_lost_and_labels_of_others_pass_up_to_the_share_that_is_told() -> None:
    sound = month("2026-10")
    stayed = sound.customers["id"].isin(month("2026-09").customers["id"]).to_numpy()
    chance = np.ones(len(stayed))
    chance[stayed] = np.random.default_rng(SEED).random(int(stayed.sum()))
    for heading, column, code in (
        ("Разрешить сообщать", "consent", "consents_regained"),
        ("Популярная_категория", "category", "labels_changed"),
    ):
        limit = limits()[heading]
        share = limit.lost if column == "consent" else limit.mixed
        assert share is not None
        for wrong, told in ((share - 0.01, False), (share + 0.01, True)):
            labels = sound.customers[column].copy()
            others = np.flatnonzero(chance < wrong)
            given = True if column == "consent" else np.roll(labels.iloc[others].to_numpy(), 1)
            labels.iloc[others] = given
            spoilt = replace(sound, customers=sound.customers.assign(**{column: labels}))
            assert (code in {each for each, _ in asked(spoilt)}) is told


def test_of_a_column_that_is_asked_about_no_limit_is_told() -> None:
    moved = with_profit(lambda profit: profit * 1.5)
    found = unseen_errors(moved, "2026-10", ("2026-09", month("2026-09")))
    assert "Прибыль" not in {each.column for each in found}


def test_a_first_month_is_held_against_what_is_usual_of_it() -> None:
    beside = {each.column: each.beside for each in unseen_errors(month("2026-10"), "2026-10", None)}
    assert beside["Прибыль"] == "usual"
    assert beside["минут, текущий_месяц"] == "export"
