"""What leaves in a chart: keys that have words, shared colours, and nobody in person."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fontpkg_pt_sans
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from analysis import charts
from analysis.charts import base
from analysis.charts.base import data_text, wrapped
from analysis.cleaning.features import CATEGORICAL, FEATURES, NUMERIC
from analysis.exploration.histograms import Histogram
from analysis.results import (
    BeeswarmCell,
    CalibrationBin,
    Candidate,
    Cases,
    Contrast,
    CurvePoint,
    Dependence,
    DependenceBin,
    DepthPoint,
    Driver,
    Estimate,
    GridCell,
    Interval,
    LevelShare,
    MonthByLevel,
    MonthSeen,
    NumericFeature,
    Rank,
    Sensitivity,
    Written,
)
from analysis.results.changes import Comparison, KeyFigures, MoneyChange
from analysis.statistics.intervals import wilson
from tests.report.compared_months import MATERIAL, MONEY, OTHERS

ROOT = Path(__file__).parents[3]
WORDS = ROOT / "templates" / "words" / "ru"
PALETTE = {
    "#0f4c81",
    base.INK, base.MUTED, base.LINE, base.PALE, base.STEADY, base.DECLINED, base.WHITE,
}  # fmt: skip
MOST_ELEMENTS = 41 * 13 * 10
HOSTILE = "<b>Чай</b> & ⟦axis.found⟧ %{x} {{< include x >}} $x$"
OVERALL = wilson(376, 1000)


def estimate(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def histogram(name: str, scale: int = 1) -> Histogram:
    return Histogram(name, (0.0, 0.1, 0.2, 0.3), (3 * scale, 5 * scale, scale), (scale, 0, 9))


def numeric(name: str, delta: float, differs: bool = True) -> NumericFeature:
    quartiles = Interval(low=1, high=3)
    return NumericFeature(
        name=name,
        median_steady=2,
        median_declined=1,
        quartiles_steady=quartiles,
        quartiles_declined=quartiles,
        missing=0,
        cliffs_delta=estimate(delta),
        p_value=0.01,
        p_holm=0.02 if differs else 0.4,
        differs=differs,
    )


def month(measure: Any, name: Any, steady: float, declined: float) -> MonthByLevel:
    return MonthByLevel(measure=measure, month=name, median_steady=steady, median_declined=declined)


def candidate(family: str, value: float, chosen: bool = False) -> Candidate:
    return Candidate(
        family=family,
        features="plain",
        encoder="one_hot",
        scaler="standard",
        parameters={},
        configurations=4,
        exactly_explained=True,
        roc_auc=estimate(value),
        difference=estimate(0),
        tied=False,
        log_loss=estimate(0.3),
        loss_difference=None,
        tied_by_loss=False,
        chosen=chosen,
    )


def driver(name: str, importance: float, rank: tuple[int, int] = (1, 3)) -> Driver:
    place = Rank(place=rank[0], low=rank[0], high=rank[1])
    return Driver(
        name=name,
        importance=estimate(importance, importance / 10),
        share=importance / 10,
        rank=place,
        permutation=estimate(0.01, 0.005),
        permutation_rank=place,
        effect=estimate(0.4),
        effect_rank=place,
        effect_differs=True,
        disagreement=None,
        raises_when="low",
        threshold=None,
        category=None,
        raising_side=None,
        lowering_side=None,
    )


def curve(name: str, threshold: float | None, scale: int = 1) -> Dependence:
    return Dependence(
        name=name,
        raises_when="low",
        bins=[
            DependenceBin(value=x / 10, customers=80 * scale, contribution=estimate(0.5 - x / 10))
            for x in range(10)
        ],
        threshold=None if threshold is None else estimate(threshold),
        unclear="wide" if threshold is None else None,
        raising_side=None,
        lowering_side=None,
    )


def lists(customers: int, gain: float) -> Written:
    return Written(
        customers=customers,
        letters=customers,
        control=0,
        declined=0,
        steady=customers,
        cost_roubles=15.0 * customers,
        exposed_roubles=10 * gain,
        gain_roubles=gain,
        gain_declined_roubles=0.0,
        break_even=None,
        break_even_uplift=None,
    )


def cell(risk: Any, profit: int, customers: int, exposed: float) -> GridCell:
    return GridCell(
        risk=risk,
        profit=profit,
        customers=customers,
        consenting=customers,
        consent_share=1.0,
        expected_declined=estimate(1),
        declined=None,
        exposed_roubles=exposed,
        profit_share=0.1,
    )


def contrast(name: str, delta: float, differs: bool = True) -> Contrast:
    return Contrast(
        name=name,
        median_segment=0.3,
        median_rest=0.2,
        cliffs_delta=delta,
        p_holm=0.01 if differs else 0.5,
        differs=differs,
    )


def swarm(count: int) -> list[BeeswarmCell]:
    return [
        BeeswarmCell(
            name=name,
            contribution=contribution / 20,
            count=count,
            level=None if name in CATEGORICAL else 0.4,
        )
        for name in reversed(FEATURES)
        for contribution in range(-20, 21)
    ]


def every_chart(scale: int = 1) -> dict[str, Any]:
    """Every chart once; ``scale`` multiplies the customers."""
    generator = np.random.default_rng(1)
    names = [*FEATURES, "profit"]
    strengths = generator.random((len(names), len(names)))
    phik = pd.DataFrame((strengths + strengths.T) / 2, index=names, columns=names)
    return {
        "course": charts.course([seen(month, 300 + month) for month in (5, 6, 8)]),
        "cases": charts.cases(
            Cases(
                worst=-39e4,
                base=14e4,
                best=62e4,
                share_saved=0.1,
                saved_worst=-0.25,
                saved_worst_lost=0.25,
                saved_best=0.43,
                break_even=0.007,
                loss=0.31,
            )
        ),
        "assumptions": charts.assumptions(
            [
                moved(None, 1.0, 140_000.0),
                moved("share_saved", 0.5, 65_000.0),
                moved("share_saved", 2.0, 290_000.0),
                moved("contact_cost", 2.0, 130_000.0),
                moved("discount", 2.0, 140_000.0),
                moved("profit_unit", 1.0, -10_000.0),
            ]
        ),
        "months": charts.months(
            [
                month("revenue", "before_previous", 4900, 4600),
                month("revenue", "previous", 4900, 5000),
                month("revenue", "current", 5100, 5300),
                month("minutes", "previous", 15, 10),
                month("minutes", "current", 15, 10),
            ]
        ),
        "distributions": charts.distributions([histogram(name, scale) for name in NUMERIC]),
        "top_distributions": charts.top_distributions(
            [histogram(name, scale) for name in NUMERIC],
            [numeric(name, 0.5) for name in NUMERIC],
        ),
        "category_shares": charts.category_shares(
            [
                LevelShare(value=HOSTILE, declined=wilson(60 * scale, 100 * scale)),
                LevelShare(value="Дом", declined=wilson(30 * scale, 100 * scale)),
            ],
            OVERALL,
        ),
        "promotion_shares": charts.promotion_shares(
            [
                LevelShare(value="0-20", declined=wilson(9, 100)),
                LevelShare(value="20-40", declined=wilson(80, 100)),
            ],
            OVERALL,
        ),
        "correlation": charts.correlation(phik),
        "candidates": charts.candidates(
            [
                candidate("logistic", 0.906, chosen=True),
                candidate("tree", 0.87),
                candidate("knn", 0.91),
                candidate("svc", 0.90),
            ],
            0.5,
        ),
        "roc": charts.roc([CurvePoint(x=x / 50, y=x / 50) for x in range(51)], estimate(0.9)),
        "calibration": charts.calibration(
            [
                CalibrationBin(predicted=0.1, observed=wilson(9 * scale, 100 * scale)),
                CalibrationBin(predicted=0.7, observed=wilson(70 * scale, 101 * scale)),
            ]
        ),
        "drivers": charts.drivers([driver(name, 3 - i / 10) for i, name in enumerate(FEATURES)]),
        "dependence": charts.dependence(
            [
                curve("pages_per_visit", 0.5, scale),
                curve("promo_share", 0.4, scale),
                curve("revenue_trend", None, scale),
            ]
        ),
        "beeswarm": charts.beeswarm(swarm(5 * scale)),
        "depth": charts.depth(
            [
                DepthPoint(contacts=at, cost_roubles=15.0 * at, gain_roubles=gain)
                for at, gain in ((0, 0.0), (40, 160_000.0), (90, 180_000.0), (120, 150_000.0))
            ],
            lists(90, 180_000.0),
        ),
        "segments": charts.segments(
            [
                cell(risk, group, 30 * scale, 1000.0 * group * scale)
                for risk in ("low", "medium", "high")
                for group in (1, 2, 3)
            ]
        ),
        "contrasts": charts.contrasts([contrast(name, -0.4) for name in NUMERIC]),
        "changes": charts.changes(
            [Comparison.model_validate(each) for each in (*OTHERS, *MATERIAL)]
        ),
        "money_split": charts.money_split(MoneyChange.model_validate(MONEY)),
        "trend": charts.trend([key_figures(month) for month in (8, 9, 10)]),
    }


def seen(month: int, declined: int | None) -> MonthSeen:
    return MonthSeen(
        period=f"2026-{month:02d}",
        customers=1000,
        declined=declined and wilson(declined, 1000),
        declined_change=None,
        no_consent=wilson(250, 1000),
        revenue=None,
        minutes=None,
        arrivals=None,
        leavers=None,
    )


def moved(setting: str | None, times: float, gain: float) -> Sensitivity:
    return Sensitivity(
        setting=setting,
        times=times,
        value=None,
        worth_contacting=900,
        cost_roubles=10_000.0,
        gain_roubles=gain,
        break_even=0.01,
    )


def key_figures(month: int) -> KeyFigures:
    return KeyFigures(
        period=f"2026-{month:02d}",
        declined=estimate(0.3 + month / 100),
        exposed_roubles=estimate(2e6 + 1e4 * month, 1e5),
        revenue_per_customer=estimate(5000 + month, 20),
        roc_auc=estimate(0.9, 0.01),
    )


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return {name: figure.to_plotly_json() for name, figure in every_chart().items()}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def arrays(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, dict):
        for each in value.values():
            yield from arrays(each)
    elif isinstance(value, list | tuple):
        yield list(value)
        for each in value:
            yield from arrays(each)


def flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def words() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in ("figures.toml", "labels.toml"):
        if (WORDS / file).is_file():
            tree = tomllib.loads((WORDS / file).read_text(encoding="utf-8"))
            tree.pop("figures", None)
            texts |= dict(flat(tree))
    return texts


def test_every_chart_of_the_package_is_looked_at_here(figures: dict[str, Any]) -> None:
    assert set(figures) == set(charts.__all__)


def test_every_key_in_a_chart_has_russian_words(figures: dict[str, Any]) -> None:
    used = {key for text in strings(figures) for key in re.findall("⟦(.*?)⟧", text)}
    assert len(used) > 50
    assert used - words().keys() == set()


def test_every_feature_has_a_name() -> None:
    assert {f"feature.{name}" for name in (*FEATURES, "profit")} <= words().keys()


def test_chart_words_use_only_letters_that_the_chart_font_has() -> None:
    folder = Path(fontpkg_pt_sans.__file__).parent / "files"
    letters = TTFont(folder / "PT_Sans-Web-Regular.ttf").getBestCmap()
    tree = tomllib.loads((WORDS / "figures.toml").read_text(encoding="utf-8"))
    tree.pop("figures", None)
    texts = "".join(text for _, text in flat(tree))
    assert {letter for letter in texts if ord(letter) not in letters} == set()


def test_a_chart_has_no_readable_words_of_its_own(figures: dict[str, Any]) -> None:
    shown = {
        name: {key: figure[key] for key in ("data", "layout")}
        for name, figure in figures.items()
        if name not in ("category_shares", "changes")
    }
    texts = [re.sub("⟦.*?⟧", "", text) for text in strings(shown)]
    assert [text for text in texts if re.search("[а-яА-Я]", text)] == []


def test_every_colour_is_one_of_the_palette(figures: dict[str, Any]) -> None:
    used = {text for text in strings(figures) if text.startswith(("#", "rgb"))}
    assert used <= PALETTE


def test_a_level_has_the_same_colour_in_every_chart(figures: dict[str, Any]) -> None:
    colours: dict[str, set[str]] = {}
    for figure in figures.values():
        for trace in figure["data"]:
            name = trace.get("name", "")
            if name.startswith("⟦level."):
                colours.setdefault(name, set()).add(trace["line"]["color"])
    assert colours == {"⟦level.steady⟧": {base.STEADY}, "⟦level.declined⟧": {base.DECLINED}}


def test_only_traces_that_both_drawings_know_are_used(figures: dict[str, Any]) -> None:
    types = {trace["type"] for figure in figures.values() for trace in figure["data"]}
    assert types <= {"scatter", "bar", "waterfall", "heatmap"}


def test_no_text_stands_on_its_side(figures: dict[str, Any]) -> None:
    for figure in figures.values():
        for name, axis in figure["layout"].items():
            if name.startswith("yaxis"):
                assert "title" not in axis
            if name.startswith("xaxis"):
                assert axis.get("tickangle", 0) == 0


def test_every_chart_has_a_height_and_no_title(figures: dict[str, Any]) -> None:
    for figure in figures.values():
        assert 100 < figure["layout"]["height"] < 1000
        assert "title" not in figure["layout"]


def test_charts_do_not_grow_with_the_customers(figures: dict[str, Any]) -> None:
    for name, figure in every_chart(scale=10_000).items():
        many = figure.to_plotly_json()
        assert max(len(array) for array in arrays(many)) <= MOST_ELEMENTS
        if name != "beeswarm":
            assert [len(a) for a in arrays(many)] == [len(a) for a in arrays(figures[name])]


def test_a_chart_is_plain_lists_and_numbers(figures: dict[str, Any]) -> None:
    text = json.dumps(figures, allow_nan=False)
    assert "bdata" not in text


def test_the_same_numbers_give_the_same_chart(figures: dict[str, Any]) -> None:
    again = {name: figure.to_plotly_json() for name, figure in every_chart().items()}
    assert json.dumps(again) == json.dumps(figures)


def test_text_from_data_prints_as_itself_and_is_never_a_key(figures: dict[str, Any]) -> None:
    labels = figures["category_shares"]["layout"]["yaxis"]["ticktext"]
    assert "<b>" not in labels[0] and "⟦" not in labels[0]
    assert "&lt;b&gt;Чай&lt;/b&gt; &amp; axis.found" in labels[0].replace("<br>", " ")


def test_data_text_escapes_what_plotly_would_read_as_markup() -> None:
    assert data_text("a<b>&c⟦d⟧\n e") == "a&lt;b&gt;&amp;cd e"


def test_long_names_are_broken_between_words_only() -> None:
    assert wrapped("Мелкая бытовая техника и электроника") == (
        "Мелкая бытовая техника и<br>электроника"
    )
    assert wrapped("") == ""


def test_a_share_clearly_above_all_customers_has_the_accent(figures: dict[str, Any]) -> None:
    bars = figures["promotion_shares"]["data"][0]["marker"]["color"]
    assert list(bars) == [base.STEADY, base.DECLINED]


def test_the_highest_category_stands_on_top(figures: dict[str, Any]) -> None:
    assert list(figures["category_shares"]["data"][0]["x"]) == [60.0, 30.0]


def test_the_chosen_model_stands_out_and_the_best_stands_on_top(figures: dict[str, Any]) -> None:
    labels = figures["candidates"]["layout"]["yaxis"]["ticktext"]
    assert list(labels) == [
        "⟦family.knn⟧", "<b>⟦family.logistic⟧</b>", "⟦family.svc⟧", "⟦family.tree⟧",
    ]  # fmt: skip


def test_only_features_that_differ_get_a_place_in_the_body() -> None:
    histograms = [histogram(name) for name in NUMERIC]
    features = [numeric("failures", 0.9, differs=False), numeric("tenure_days", -0.2)]
    figure = charts.top_distributions(histograms, features)
    assert [note["text"] for note in figure.to_plotly_json()["layout"]["annotations"]] == [
        "⟦feature.tenure_days⟧"
    ]


def test_a_difference_that_may_be_chance_stays_grey() -> None:
    figure = charts.contrasts([contrast("failures", 0.5), contrast("tenure_days", 0.1, False)])
    assert list(figure.data[0].marker.color) == [base.DECLINED, base.STEADY]


def test_drivers_that_may_be_the_first_share_the_accent_and_show_their_places() -> None:
    figure = charts.drivers(
        [driver("failures", 3.0), driver("profit", 2.8), driver("consent", 1, (3, 3))]
    )
    assert list(figure.data[0].marker.color) == [base.DECLINED, base.DECLINED, base.STEADY]
    assert [text.rsplit(" ", 1)[-1] for text in figure.data[1].texttemplate] == [
        "1⟦unit.to⟧3", "1⟦unit.to⟧3", "3",
    ]  # fmt: skip


def test_a_threshold_is_marked_with_its_interval_only_where_it_is_clear() -> None:
    figure = charts.dependence([curve("promo_share", 0.4), curve("failures", None)])
    band, line = figure.layout.shapes
    assert (band.x0, band.x1) == pytest.approx((38, 42))
    assert (line.x0, line.x1) == (40, 40)
    assert {band.xref, line.xref} == {"x"}


def test_the_number_of_a_threshold_stands_at_its_line_not_at_the_end_of_its_band() -> None:
    printed = charts.dependence([curve("promo_share", 0.4)]).data[-1]
    assert (list(printed.x), list(printed.customdata)) == ([40], [40])


def test_a_relation_is_printed_as_exactly_as_the_table_of_related_pairs() -> None:
    """With one decimal 0.46 would read as the 0.5 from which pairs are in the table."""
    names = ["minutes_current", "pages_per_visit"]
    phik = pd.DataFrame([[1.0, 0.46], [0.46, 1.0]], index=names, columns=names)
    printed = charts.correlation(phik).data[-1]
    assert (printed.texttemplate, list(printed.customdata)) == ("%{customdata:.2f}", [0.46])


def test_the_cell_of_high_risk_and_highest_profit_is_outlined(figures: dict[str, Any]) -> None:
    (outline,) = figures["segments"]["layout"]["shapes"]
    assert (outline["x0"], outline["x1"], outline["y0"], outline["y1"]) == (1.5, 2.5, -0.5, 0.5)
    assert figures["segments"]["layout"]["yaxis"]["ticktext"][0] == "⟦risk.high⟧"


def test_the_shades_of_the_grid_are_explained_above_it(figures: dict[str, Any]) -> None:
    (above,) = figures["segments"]["layout"]["annotations"]
    assert above["text"] == "⟦note.in_cells⟧<br>⟦note.shade⟧"


def test_a_median_of_a_hundred_and_more_is_printed_without_decimals() -> None:
    found = contrast("revenue_previous", -0.4).model_copy(
        update={"median_segment": 4621.3, "median_rest": 9.5}
    )
    of_segment, of_rest = charts.contrasts([found]).data[1:]
    assert (of_segment.texttemplate, of_rest.texttemplate) == (
        ("%{customdata:,.0~f}",),
        ("%{customdata:,.1~f}",),
    )


def test_nothing_is_outlined_where_the_chosen_cell_is_empty() -> None:
    figure = charts.segments([cell("low", 3, 20, 900), cell("high", 3, 0, 0)])
    assert list(figure.layout.shapes) == []


def test_dots_of_the_beeswarm_stand_for_groups_and_say_how_large() -> None:
    cells = [
        BeeswarmCell(name="failures", contribution=0.0, count=1300, level=0.5),
        BeeswarmCell(name="failures", contribution=0.1, count=3, level=0.9),
    ]
    dots, *_, note = charts.beeswarm(cells).to_plotly_json()["data"]
    assert (dots["x"].count(0.0), dots["x"].count(0.1)) == (13, 1)
    assert note["customdata"] == [100]


def test_a_chart_that_would_show_nothing_is_left_out() -> None:
    alone = [LevelShare(value="Дом", declined=wilson(3, 10))]
    assert charts.months([]) is None
    assert charts.distributions([]) is None
    assert charts.top_distributions([histogram("failures")], []) is None
    assert charts.category_shares(alone, OVERALL) is None
    assert charts.promotion_shares([], OVERALL) is None
    assert charts.correlation(pd.DataFrame()) is None
    assert charts.candidates([], 0.5) is None
    assert charts.roc([], None) is None
    assert charts.calibration([]) is None
    assert charts.drivers([]) is None
    assert charts.dependence([]) is None
    assert charts.beeswarm([]) is None
    assert charts.segments([]) is None
    assert charts.depth([], None) is None
    assert charts.contrasts([]) is None


@pytest.mark.parametrize(("customers", "position"), [(90, "middle left"), (20, "middle right")])
def test_the_figure_at_the_chosen_depth_stands_on_the_side_with_room(
    customers: int, position: str
) -> None:
    points = [
        DepthPoint(contacts=at, cost_roubles=0.0, gain_roubles=1000.0 * at)
        for at in (0, 20, 90, 100)
    ]
    figure = charts.depth(points, lists(customers, 9e4))
    assert figure is not None and figure.data[-1].textposition == position


def test_a_bin_of_a_histogram_is_as_large_as_its_share_however_wide_it_is() -> None:
    shown = Histogram("failures", (0.0, 1.0, 2.0, 6.0), (25, 25, 50), (10, 10, 80))
    figure = charts.distributions([shown])
    assert figure is not None
    steady = next(each for each in figure.data if each.fill == "tozeroy")
    assert list(steady.y) == [0, 25, 25, 12.5, 12.5, 0]
    assert list(steady.customdata) == [25, 25, 25, 50, 50, 50]
