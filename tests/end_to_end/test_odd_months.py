"""Months that no one hopes for still give an honest report."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.end_to_end.conftest import EARLIER
from tests.end_to_end.in_process import call
from tests.programs import needs

LEVEL = "Покупательская активность"
CATEGORY = "Популярная_категория"
CONTACTS = "Маркет_актив_тек_мес"
HOSTILE = (
    "<script>alert(1)</script>",
    "{{< include x >}}",
    '#import "x"',
    "$x$ | a",
    "@fig-roc [x](y) `c` \\",
    "Подарки 🎁\u0301 Қ\u0301 ⟦axis.found⟧",
)


@pytest.fixture
def report(small_data: Path, tmp_path: Path) -> Callable[..., tuple[Path, str, str]]:
    """Make the PDF of a changed month; gives the edition, the text of the PDF, what was said."""

    def make(change: Callable[[pd.DataFrame], pd.DataFrame]) -> tuple[Path, str, str]:
        data = tmp_path / "data"
        shutil.copytree(small_data, data)
        path = data / "2026-10" / "market_file.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)
        settings = (data / "settings.toml").read_text(encoding="utf-8")
        shutil.rmtree(data / EARLIER)
        only_trees = settings.replace('["logistic", "tree"]', '["tree"]')
        (data / "settings.toml").write_text(only_trees, encoding="utf-8")
        output = tmp_path / "output"
        folders = ("--data", data, "--output", output)
        process = call("generate-report", *folders, "--format", "pdf", cwd=tmp_path)
        assert process.returncode == 0, process.stderr
        edition = output / "2026-10"
        needs("pdftotext")
        texts = []
        for document in ("report", "annex"):
            command = ["pdftotext", "-layout", str(edition / f"{document}.ru.pdf"), "-"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            texts.append(done.stdout)
        return edition, "".join(texts), process.stderr

    return make


def no_risk_lists(edition: Path) -> bool:
    results = json.loads((edition / "results.json").read_text("utf-8"))
    return not results["model"]["usable"] and not list((edition / "offers").iterdir())


def test_a_month_without_any_level_is_reported_without_a_model(
    report: Callable[..., tuple[Path, str, str]],
) -> None:
    edition, text, _ = report(lambda table: table.assign(**{LEVEL: np.nan}))
    assert "Уровень активности в выгрузке не указан" in text
    assert no_risk_lists(edition)


def test_levels_that_mean_nothing_make_no_risk_lists(
    report: Callable[..., tuple[Path, str, str]],
) -> None:
    def shuffled(table: pd.DataFrame) -> pd.DataFrame:
        levels = np.random.default_rng(0).permutation(table[LEVEL])
        return table.assign(**{LEVEL: levels, CONTACTS: 3 * table[CONTACTS]})

    edition, text, said = report(shuffled)
    assert "Списков в этом месяце нет" in text
    assert "Доля снизивших активность по группам прибыли" in text
    assert "Сначала выяснить" in text.split("\f")[0] and "Верна ли выгрузка" in text
    asked, alone, levels = said.strip().splitlines()[-3:]
    assert CONTACTS in asked and "could not be held against an earlier one" in alone
    assert LEVEL in levels and "goes with neither" in levels
    assert no_risk_lists(edition)


def test_hostile_categories_print_as_themselves(
    report: Callable[..., tuple[Path, str, str]],
) -> None:
    def hostile(table: pd.DataFrame) -> pd.DataFrame:
        names = [HOSTILE[row % len(HOSTILE)] for row in range(len(table))]
        return table.assign(**{CATEGORY: names})

    _, text, _ = report(hostile)
    for name in ("{{< include x >}}", '#import "x"', "$x$ | a", "@fig-roc [x](y) `c` \\"):
        assert name in text
    assert "<script>alert(1)" in text and "🎁" not in text
