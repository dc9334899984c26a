"""The document: words filled with results, with figures and tables in their places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest

from report.document import Document, collect_figures, write_document
from report.errors import DocumentError
from report.figures import ChartStyle
from report.fonts import replace_lacking
from tests.report.words_folder import TEMPLATES, flat, pandoc_tree, words_with

STYLE = ChartStyle.load(TEMPLATES / "chart.json")
BARS = {"data": [{"type": "bar", "x": ["⟦axis.level⟧", "<b>"], "y": [3, 1]}], "layout": {}}

FIGURES = """
[axis]
level = "Снизилась"
[figures.fig-share]
caption = "Доля: {{ results.share | percent }}, лучшая — {{ results.best | quoted }}"
alt = 'Столбцы "долей": {{ results.best }}'
"""
TABLES = """
[tables.tbl-models]
caption = "Модели на {{ results.rows | count }} строках"
class = "compact"
columns = [
  {field = "name", head = "Модель", format = "label:models"},
  {field = "category", head = "Категория"},
  {field = "auc.value", head = "AUC", format = "number:3"},
  {field = "auc", head = "Интервал", format = "range:number:3", align = "center"},
]
"""
LABELS = '[models]\nknn = "Соседи | ближние"\n'
MAIN = """# Главное {#sec-main}

Строк {{ results.rows | count }}: @fig-share, @tbl-models, [ниже](#sec-main).

{{ figure("fig-share") }}

{{ table("tbl-models", results.models) }}
{% if has("fig-absent") %}
{{ figure("fig-absent") }}
{% endif %}
"""
RESULTS: dict[str, Any] = {
    "sample": False,
    "rows": 1300,
    "share": 0.383,
    "best": 'Косметика "А" | #1]{x}',
    "models": [
        {
            "name": "knn",
            "category": "a|b <i>",
            "auc": {"value": 0.9114, "low": 0.9, "high": 0.92},
        },
        {"name": "knn", "category": None, "auc": {"value": None, "low": 0.9, "high": 0.92}},
    ],
}
FRONT = {"date-iso": "2026-10-31", "organisation": "", "title": "Отчёт *о* «покупателях»: #1"}


def notebook(folder: Path, name: str, *cells: tuple[str, list[dict[str, Any]]]) -> None:
    """An executed notebook with cells of a source and the figures that they show."""
    folder.mkdir(exist_ok=True)
    node = nbformat.v4.new_notebook()
    node.cells = [
        nbformat.v4.new_code_cell(
            source,
            outputs=[
                nbformat.v4.new_output(
                    "display_data", data={"application/vnd.plotly.v1+json": figure}
                )
                for figure in figures
            ],
        )
        for source, figures in cells
    ]
    nbformat.write(node, folder / f"{name}.ipynb")


def written(
    tmp_path: Path,
    main: str = MAIN,
    results: Mapping[str, Any] = RESULTS,
    front: Mapping[str, str] = FRONT,
    figures: str = FIGURES,
    tables: str = TABLES,
    **options: Any,
) -> Document:
    """A document made of one chapter with two figures."""
    words = words_with(
        tmp_path / "ru",
        report__md__j2=main,
        figures__toml=figures,
        tables__toml=tables,
        labels__toml=LABELS,
    )
    notebook(
        tmp_path / "chapters",
        "1-data",
        ("#| label: fig-share\nshow()", [BARS]),
        ("#| label: fig-other\nshow()", [BARS]),
        ("x = 1", []),
    )
    return write_document(
        words=words,
        results=results,
        executed=tmp_path / "chapters",
        source=tmp_path / "source",
        front=front,
        style=STYLE,
        **options,
    )


def test_the_document_holds_the_filled_prose(tmp_path: Path) -> None:
    document = written(tmp_path)
    text = document.path.read_text(encoding="utf-8")
    assert document.path == tmp_path / "source" / "report.qmd"
    assert "Строк 1\u00a0300: @fig-share, @tbl-models, [ниже](#sec-main)." in text


def test_figures_are_written_in_both_forms_and_the_rest_is_named(tmp_path: Path) -> None:
    document = written(tmp_path)
    assert (document.placed, document.unplaced) == (("fig-share",), ("fig-other",))
    files = sorted(path.name for path in (tmp_path / "source" / "figures").iterdir())
    assert files == ["fig-share.json", "fig-share.svg", "theme.json"]
    live = json.loads((tmp_path / "source/figures/fig-share.json").read_text(encoding="utf-8"))
    assert live["data"][0]["x"] == ["Снизилась", "<b>"]
    assert "Снизилась" in (tmp_path / "source/figures/fig-share.svg").read_text(encoding="utf-8")
    theme = json.loads((tmp_path / "source/figures/theme.json").read_text(encoding="utf-8"))
    assert theme["#c4451c"] == "#ff8a5c"


def test_a_figure_reads_as_one_captioned_image_whatever_its_data_hold(tmp_path: Path) -> None:
    tree = pandoc_tree(written(tmp_path).path.read_text(encoding="utf-8"))
    (figure,) = (block for block in tree["blocks"] if block["t"] == "Figure")
    image = figure["c"][2][0]["c"][0]
    (name, classes, attributes), caption, (target, _title) = image["c"]
    assert (name or figure["c"][0][0], classes) == ("fig-share", ["plotly"])
    assert target == "figures/fig-share.svg"
    assert dict(attributes)["fig-alt"] == 'Столбцы "долей": Косметика "А" | #1]{x}'
    shown = flat({"t": "Para", "c": caption})
    assert shown == "Доля: 38,3\u00a0%, лучшая — «Косметика „А“ | #1]{x}»"


def test_a_table_reads_back_cell_by_cell(tmp_path: Path) -> None:
    tree = pandoc_tree(written(tmp_path).path.read_text(encoding="utf-8"))
    (table,) = (block for block in tree["blocks"] if block["t"] == "Table")
    (name, classes, _), (_, caption), columns, head, bodies, _foot = table["c"]
    assert (name, classes) == ("tbl-models", ["compact"])
    assert flat(caption[0]) == "Модели на 1\u00a0300 строках"
    assert [column[0]["t"] for column in columns] == [
        "AlignLeft",
        "AlignLeft",
        "AlignRight",
        "AlignCenter",
    ]
    rows = [head[1][0], *bodies[0][3]]
    assert [[flat(cell[4][0]) for cell in row[1]] for row in rows] == [
        ["Модель", "Категория", "AUC", "Интервал"],
        ["Соседи | ближние", "a|b <i>", "0,911", "0,900–0,920"],
        ["Соседи | ближние", "—", "—", "0,900–0,920"],
    ]


def test_the_front_matter_reads_back_as_plain_text(tmp_path: Path) -> None:
    meta = pandoc_tree(written(tmp_path).path.read_text(encoding="utf-8"))["meta"]
    assert flat(meta["title"]) == FRONT["title"]
    assert flat(meta["as-of"]) == "Данные на 31\u00a0октября 2026\u00a0г."
    assert flat(meta["date-iso"]) == "2026-10-31"
    assert flat(meta["separators"]) == ",\u00a0"
    assert flat(meta["words"]["c"]["ref-figure"]) == "рис."
    months = meta["chart-locale"]["c"]["format"]["c"]["shortMonths"]["c"]
    assert [flat(month) for month in months][:2] == ["янв.", "февр."]
    assert "mark" not in meta
    assert "organisation" not in meta


def test_the_cover_speaks_of_the_results(tmp_path: Path) -> None:
    document = written(tmp_path, results=RESULTS | {"sample": True})
    meta = pandoc_tree(document.path.read_text(encoding="utf-8"))["meta"]
    assert flat(meta["mark"]) == "Учебные данные"


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    editions = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name)
        source = tmp_path / name / "source"
        editions.append(
            {path.relative_to(source): path.read_bytes() for path in source.rglob("*.*")}
        )
    assert editions[0] == editions[1]


def test_characters_that_the_fonts_lack_are_covered_in_prose_and_charts(tmp_path: Path) -> None:
    words = FIGURES.replace("Снизилась", "Снизилась 🎁")
    results = RESULTS | {"best": "Подарки 🎁"}
    written(tmp_path, results=results, figures=words, cover=replace_lacking)
    everything = "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "source").rglob("*.*")
    )
    assert "🎁" not in everything
    assert "Подарки ◊" in everything
    assert "Снизилась ◊" in everything


@pytest.mark.parametrize(
    ("main", "code", "field"),
    [
        ("См. @fig-share.\n", "unknown-reference", "fig-share"),
        ("См. [разд.](#sec-absent).\n", "unknown-reference", "sec-absent"),
        ("# А {#sec-a}\n\n# Б {#sec-a}\n", "label-placed-twice", "sec-a"),
        ('{{ figure("fig-absent") }}\n', "unknown-figure", "fig-absent"),
        ('{{ figure("fig-other") }}\n', "figure-words-missing", "fig-other"),
        ('{{ table("tbl-absent", []) }}\n', "unknown-table", "tbl-absent"),
        ('{{ table("tbl-models", []) }}\n', "empty-table", "tbl-models"),
        ('{{ table("tbl-models", [{"name": "knn"}]) }}\n', "missing-field", "category"),
    ],
)
def test_a_label_without_its_thing_is_refused(
    tmp_path: Path, main: str, code: str, field: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        written(tmp_path, main=main)
    assert caught.value.code == code
    assert field in caught.value.fields.values()


def test_a_reference_in_data_is_no_reference(tmp_path: Path) -> None:
    document = written(
        tmp_path,
        main="{{ results.best }}\n",
        results=RESULTS | {"best": "@fig-share ](#sec-x) {#sec-y}"},
    )
    assert document.placed == ()


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([("#| label: fig-a\nshow()", [BARS, BARS])], "label-with-figures"),
        ([("#| label: fig-a", [BARS]), ("#| label: fig-a", [BARS])], "figure-twice"),
    ],
)
def test_a_label_stands_for_exactly_one_figure(
    tmp_path: Path, cells: list[tuple[str, list[dict[str, Any]]]], code: str
) -> None:
    notebook(tmp_path, "2-model", *cells)
    with pytest.raises(DocumentError) as caught:
        collect_figures(tmp_path)
    assert caught.value.code == code
    assert caught.value.fields == {"figure": "fig-a", "chapter": "2-model"}


def test_a_label_whose_cell_shows_something_else_is_refused(tmp_path: Path) -> None:
    notebook(tmp_path, "2-model", ("#| label: fig-a", [BARS]))
    path = tmp_path / "2-model.ipynb"
    path.write_text(path.read_text("utf-8").replace("vnd.plotly.v1+json", "json"), "utf-8")
    with pytest.raises(DocumentError) as caught:
        collect_figures(tmp_path)
    assert caught.value.code == "label-without-figure"


def test_a_chart_that_shows_nothing_is_left_out(tmp_path: Path) -> None:
    notebook(tmp_path, "2-model", ("#| label: fig-a\nshow()", []), ("#| label: fig-b", [BARS]))
    assert list(collect_figures(tmp_path)) == ["fig-b"]


def test_a_column_of_an_unknown_format_is_refused(tmp_path: Path) -> None:
    tables = (
        '[tables.tbl-x]\ncaption = "x"\ncolumns = [{field = "a", head = "А", format = "dollars"}]\n'
    )
    with pytest.raises(DocumentError) as caught:
        written(tmp_path, main='{{ table("tbl-x", [{"a": 1}]) }}', tables=tables)
    assert caught.value.fields["filter"] == "dollars"
