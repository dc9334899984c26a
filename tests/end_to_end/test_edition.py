"""One edition, from the command to the last byte."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from analysis.campaigns.lot import KEY_FILE
from analysis.results import SCHEMA_VERSION, Results
from analysis.results.json_schema import schemas
from tests.end_to_end.conftest import EARLIER, LANGUAGES, Made
from tests.end_to_end.in_process import call
from tests.programs import needs

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("report", "annex")
MOST_PAGES = 8
"""Of a report that a manager reads to its end."""


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def pdf_text(edition: Path, *options: str, document: str = "report") -> str:
    needs("pdftotext")
    command = ["pdftotext", *options, str(edition / f"{document}.ru.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_an_edition_holds_every_promised_file(made: Made) -> None:
    names = {path.name for path in made.edition.iterdir()}
    assert names == {
        *(
            f"{document}.{tongue}.{kind}"
            for document in DOCUMENTS
            for tongue in ("ru", "en")
            for kind in ("html", "pdf")
        ),
        "results.json",
        "customers.parquet",
        "set_aside.csv",
        "model",
        "offers",
        "chapters",
        "source",
        "manifest.json",
    }
    chapters = {path.stem for path in (made.edition / "chapters").iterdir()}
    assert chapters == {"data", "exploration", "model", "drivers", "segments", "changes"}


def test_the_front_page_of_the_archive_shows_both_months_and_no_customer(made: Made) -> None:
    page = (made.output / "index.html").read_text("utf-8")
    addresses = set(re.findall(r'href="(\d[^"]*)"', page))
    documents = [
        f"{document}.{tongue}.{kind}"
        for document in DOCUMENTS
        for tongue in ("ru", "en")
        for kind in ("html", "pdf")
    ]
    assert addresses == {
        *(f"2026-10/{name}" for name in (*documents, "results.json")),
        *(f"{EARLIER}/{name}" for name in ("report.ru.html", "annex.ru.html", "results.json")),
    }
    assert all((made.output / address).is_file() for address in addresses)
    assert page.index('href="2026-10/') < page.index(f'href="{EARLIER}/')
    assert page.count("· прогноз") == 2, "beside the newest figures and in their row"
    assert page.count('role="img"') == 3, "the nowcast is no course for a forecast"
    assert '<p class="mark"' in page
    ids = set(pd.read_parquet(made.edition / "customers.parquet")["id"].astype(str))
    assert not ids & set(re.findall(r"\d{6,}", page))


def test_the_files_are_small_enough_to_send(made: Made) -> None:
    for document in DOCUMENTS:
        assert (made.edition / f"{document}.ru.html").stat().st_size < 6.5e6
        assert (made.edition / f"{document}.ru.pdf").stat().st_size < 3e6


def test_results_are_typed_and_versioned(made: Made) -> None:
    results = Results.model_validate_json((made.edition / "results.json").read_text("utf-8"))
    assert results.schema_version == SCHEMA_VERSION
    assert results.period == "2026-10" and results.kind == "sample"
    assert results.data.customers == 300


def test_results_satisfy_the_published_schema(made: Made) -> None:
    results = json.loads((made.edition / "results.json").read_text("utf-8"))
    Draft202012Validator(json.loads(schemas()["results.json"])).validate(results)


def test_the_manifest_tells_inputs_outputs_versions_and_seconds(made: Made) -> None:
    manifest = json.loads((made.edition / "manifest.json").read_text("utf-8"))
    outputs = {name: output["sha256"] for name, output in manifest["outputs"].items()}
    there = digests(made.edition)
    del there["manifest.json"]
    assert outputs == there
    there = digests(made.data / "2026-10") | {
        f"old/{name}": digest for name, digest in digests(made.output / EARLIER).items()
    }
    inputs = manifest["plan"]["inputs"]
    assert {"market_file.csv", "old/results.json", "old/model", "comparison.json"} <= inputs.keys()
    assert all(there[name] == digest for name, digest in inputs.items() if name in there)
    assert {"chapter model", "document ru", "set report.ru.html", "set report.ru.pdf"} <= manifest[
        "seconds"
    ].keys()


def test_an_identical_run_changes_nothing_and_a_different_one_needs_leave(
    made: Made, tmp_path: Path
) -> None:
    output = Path(shutil.copytree(made.output, tmp_path / "editions"))
    before = digests(output)
    folders = ("--data", made.data, "--output", output)
    again = call("generate-report", *LANGUAGES, *folders, cwd=tmp_path)
    assert again.returncode == 0 and "Nothing to do" in again.stdout
    other = call("generate-report", *folders, "--seed", "5", cwd=tmp_path)
    assert other.returncode == 2 and "--replace" in other.stderr
    assert digests(output) == before


def test_executed_notebooks_hold_no_time_path_or_machine_name(made: Made) -> None:
    for path in (made.edition / "chapters").iterdir():
        text = path.read_text("utf-8")
        assert socket.gethostname() not in text
        assert not re.search(r"/(tmp|home|root|work|usr)/", text), path.name
        assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text), path.name
        notebook = nbformat.read(path, as_version=4)
        assert "papermill" not in notebook.metadata
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output.output_type in ("stream", "error")]


def test_no_customer_leaves_the_building(made: Made) -> None:
    customers = pd.read_parquet(made.edition / "customers.parquet")
    leaving = {
        "HTML": re.sub(
            r'<script[^>]*id="plotly[^>]*>.*?</script>|url\([^)]*\)',
            "",
            (made.edition / "report.ru.html").read_text("utf-8"),
            flags=re.DOTALL,
        ),
        "PDF": pdf_text(made.edition),
        "results": (made.edition / "results.json").read_text("utf-8"),
        "charts": "".join(
            path.read_text("utf-8")
            for path in sorted((made.edition / "source" / "ru" / "figures").glob("fig-*"))
        ),
    }
    ids = set(customers["id"].astype(str))
    for name, text in leaving.items():
        assert not ids & set(re.findall(r"(?<![\d.])\d+(?!\d|\.\d)", text)), name


def test_no_chart_has_a_point_for_every_customer(made: Made) -> None:
    def longest(value: object) -> int:
        if isinstance(value, dict):
            return max(map(longest, value.values()), default=0)
        if isinstance(value, list):
            return max(len(value), *map(longest, value)) if value else 0
        return 0

    charts = sorted((made.edition / "source" / "ru" / "figures").glob("fig-*.json"))
    assert len(charts) >= 10
    for path in charts:
        assert longest(json.loads(path.read_text("utf-8"))["data"]) <= 800, path.name


def test_lists_hold_consenting_customers_only(made: Made) -> None:
    customers = pd.read_parquet(made.edition / "customers.parquet").set_index("id")
    lists = {
        path.stem: pd.read_csv(
            path, sep=";", decimal=",", encoding="utf-8-sig", dtype={"id": "str"}
        )["id"].tolist()
        for path in (made.edition / "offers").glob("*.csv")
    }
    everyone = lists.pop("all")
    listed = [number for each in lists.values() for number in each]
    assert listed and len(listed) == len(set(listed))
    assert sorted(everyone) == sorted(listed)
    assert customers.loc[listed, "consent"].all()


def test_an_offer_that_the_data_folder_adds_is_in_lists_files_and_both_reports(made: Made) -> None:
    results = json.loads((made.edition / "results.json").read_text("utf-8"))["segments"]
    (offer,) = (each for each in results["offers"] if each["code"] == "newcomers")
    assert results["book"][0]["names"] == {"ru": "Новичкам", "en": "For newcomers"}
    folder = made.edition / "offers"
    listed = pd.read_csv(folder / "newcomers.csv", sep=";", decimal=",", encoding="utf-8-sig")
    assert len(listed) == offer["written"]["customers"] > 0
    assert set(listed["Предложение"]) == {"Новичкам"} and set(
        listed["Стоимость_предложения_руб"]
    ) == {4.0}
    (campaign,) = (folder / "campaigns").glob("*_newcomers_until_*.csv")
    assert set(pd.read_csv(campaign, sep=";")["offer"]) == {"newcomers"}
    letters = {path.name: path.read_text("utf-8") for path in (folder / "letters").iterdir()}
    assert letters == {"newcomers.ru.txt": "Добро пожаловать!\n"}
    days = f"{offer['threshold']:.0f}"
    for language, name, sentence in (
        ("ru", "Новичкам", rf"С магазином не дольше {days[0]}\s?{days[1:]} дней: короткое"),
        ("en", "For newcomers", f"With the shop for {days[0]},?{days[1:]} days at most: a short"),
    ):
        pages = [
            re.sub("<[^>]*>", "", (made.edition / f"{document}.{language}.html").read_text("utf-8"))
            for document in DOCUMENTS
        ]
        assert all(re.search(sentence, page) for page in pages), language
        page = "".join(pages)
        assert page.count(name) >= 3
        assert "4\xa0₽" in page or "RUB\xa04" in page or ">4<" in page


def test_the_manifest_has_the_fingerprint_of_the_key_and_nothing_has_the_key(made: Made) -> None:
    key = made.data / KEY_FILE
    secret = key.read_text("ascii").strip()
    manifest = json.loads((made.edition / "manifest.json").read_text("utf-8"))
    assert manifest["plan"]["inputs"][KEY_FILE] == hashlib.sha256(key.read_bytes()).hexdigest()
    written = [path for path in made.output.rglob("*") if path.is_file()]
    assert not [path for path in written if secret.encode() in path.read_bytes()]


def test_who_is_held_out_stays_so_next_month_and_is_on_no_list_to_send(made: Made) -> None:
    arms = [
        pd.read_parquet(folder / "customers.parquet").set_index("id")["arm"].dropna()
        for folder in (made.output / EARLIER, made.edition)
    ]
    both = arms[0].index.intersection(arms[1].index)
    assert (arms[0][both] == arms[1][both]).all()
    held = set(arms[1].index[arms[1] == "hold_out"])
    assert held & set(both)
    (named,) = (made.edition / "offers" / "hold-out").iterdir()
    not_to_send = set(re.findall(r"\d+", named.read_text("utf-8-sig")))
    assert held <= not_to_send
    for path in (made.edition / "offers").rglob("*.csv"):
        assert not not_to_send & set(
            pd.read_csv(path, sep=";", encoding="utf-8-sig", dtype={"id": "str"})["id"]
        )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_page_of_a_report_on_made_up_data_says_so(made: Made, document: str) -> None:
    pages = pdf_text(made.edition, document=document).removesuffix("\f").split("\f")
    assert len(pages) > 4
    assert all("Учебные данные" in page for page in pages)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_report_has_few_pages_and_no_contents(made: Made, language: str) -> None:
    needs("pdfinfo")
    command = ["pdfinfo", str(made.edition / f"report.{language}.pdf")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages = re.search(r"Pages:\s+(\d+)", told)
    assert pages and 4 < int(pages[1]) <= MOST_PAGES
    assert "Содержание" not in pdf_text(made.edition)
    assert "Содержание" in pdf_text(made.edition, document="annex")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_stands_over_the_margin(made: Made, document: str) -> None:
    boxes = pdf_text(made.edition, "-bbox", document=document)
    width = float(re.search(r'<page width="([\d.]+)"', boxes)[1])  # type: ignore[index]
    words = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"[^>]*>([^<]*)', boxes)
    assert len(words) > 1000
    over = [word for low, high, word in words if float(low) < 40 or float(high) > width - 40]
    assert over == []


def test_what_the_report_says_of_its_annex_stands_there(made: Made) -> None:
    """The numbers of its sections are worked out in the one and set in the other."""
    referred = set(re.findall(r"приложение,\s+разд\.\s+([\d.]+\d)", pdf_text(made.edition)))
    page = (made.edition / "annex.ru.html").read_text("utf-8")
    numbered = dict(re.findall(r'<h\d id="(sec-[a-z-]+)"><span class="number">([\d.]+)', page))
    assert len(referred) > 1 and referred <= set(numbered.values())
    report = (made.edition / "report.ru.html").read_text("utf-8")
    linked = re.findall(r'href="annex\.ru\.html#(sec-[a-z-]+)">[^<]*?([\d.]+\d)<', report)
    assert linked and all(numbered[section] == number for section, number in linked)


def test_one_of_the_two_documents_can_be_made_alone(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.data, tmp_path / "data")
    done = call(
        *("generate-report", EARLIER, "--only", "report", "--format", "pdf"),
        *("--data", tmp_path / "data", "--output", tmp_path / "out"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    edition = tmp_path / "out" / EARLIER
    assert [path.name for path in edition.glob("*.pdf")] == ["report.ru.pdf"]
    plan = json.loads((edition / "manifest.json").read_text("utf-8"))["plan"]
    assert plan["documents"] == ["report"]
    assert "Доля снизивших" not in pdf_text(edition), "a first month has no course"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_reference_is_resolved_and_no_markup_is_left(made: Made, document: str) -> None:
    text = pdf_text(made.edition, document=document)
    assert not re.search(r"@(fig|tbl|sec)-|\?\?|⟦|\{\{|\}\}|:::|\\\w", text)
    figures = {int(number) for number in re.findall(r"Рисунок (\d+)", text)}
    tables = {int(number) for number in re.findall(r"Таблица (\d+)", text)}
    assert figures == set(range(1, len(figures) + 1))
    assert tables == set(range(1, len(tables) + 1))
    assert {int(number) for number in re.findall(r"рис\.\s(\d+)", text)} <= figures
    assert {int(number) for number in re.findall(r"табл\.\s(\d+)", text)} <= tables


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_latin_words_but_those_on_the_list(made: Made, document: str) -> None:
    listed = (ROOT / "templates" / "words" / "ru" / "latin-terms.txt").read_text("utf-8").split()
    text = pdf_text(made.edition, "-layout", document=document)
    for term in sorted(listed, key=len, reverse=True):
        text = text.replace(term, " ")
    assert set(re.findall(r"[A-Za-z]{2,}", text)) == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_number_in_the_prose_is_found_in_the_results(made: Made, document: str) -> None:
    results = json.loads((made.edition / "results.json").read_text("utf-8"))
    known = written_forms(results)
    prose = prose_of(made.edition / "source" / "ru" / f"{document}.qmd")
    unknown = [
        number
        for number in re.findall(r"\d[\d\u00a0]*(?:,\d+)?", prose)
        if number.strip("\u00a0") not in known
    ]
    assert unknown == []


def prose_of(document: Path) -> str:
    """The paragraphs of a document: without front matter, tables, figures and headings."""
    body = document.read_text("utf-8").split("\n---\n", 1)[1]
    lines = [line for line in body.splitlines() if not line.startswith(("|", "!", "#", ":", "1."))]
    text = re.sub(r"\\(.)", r"\1", " ".join(lines))
    text = re.sub(r"\{[^}]*\}|@[a-z-]+", "", text)
    return re.sub(r"от 0 до 100|0,5 —|, 1 — без|95.процент|из\u00a010|2026", "", text)


def written_forms(value: object) -> set[str]:
    """Every way in which the prose may write a number of the results."""
    if isinstance(value, dict):
        amounts = [
            each / 100 if name.endswith("_kopecks") and each is not None else each
            for name, each in value.items()
        ]
        return set().union(*map(written_forms, amounts), {str(len(value))})
    if isinstance(value, list):
        return set().union(*map(written_forms, value), {str(len(value))})
    if isinstance(value, str):
        days = re.fullmatch(r"\d{4}-\d\d-(\d\d)", value)
        return {str(int(days[1]))} if days else set()
    if isinstance(value, bool) or value is None:
        return set()
    forms = set()
    for scaled in (value, value * 100, value * 10, value / 1e3, value / 1e6):
        for digits in range(4):
            for nudged in (scaled, scaled + 10.0 ** -(digits + 6), scaled - 10.0 ** -(digits + 6)):
                text = f"{abs(nudged):,.{digits}f}"
                forms.add(text.replace(",", "\u00a0").replace(".", ","))
    return forms


@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_languages_name_the_same_numbers(made: Made, document: str) -> None:
    def numbers(language: str, group: str, decimal: str) -> list[str]:
        body = (made.edition / "source" / language / f"{document}.qmd").read_text("utf-8")
        text = re.sub(r"\\(.)", r"\1", body.split("\n---\n", 1)[1])
        text = re.sub(r"\{#[^}]*\}|@[a-z-]+|\([^)]*\.svg\)|\[[^]]*\]\(annex:[^)]*\)", "", text)
        found = re.findall(rf"\d(?:[\d{group}]*\d)?(?:{re.escape(decimal)}\d+)?", text)
        return sorted(re.sub(f"[{group}]", "", each).replace(decimal, ".") for each in found)

    russian, english = numbers("ru", "\u00a0", ","), numbers("en", ",", ".")
    assert len(russian) > 100
    assert russian == english
