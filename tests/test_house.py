"""The picture of the rooms is drawn from the source, and is what was drawn."""

from docs.draw_house import (
    PICTURE,
    House,
    arrange,
    draw,
    needed_arrows,
    read_colours,
    read_house,
    steps_of,
)

UPSTAIRS = House(
    layers=[["attic", "loft"], ["bath"], ["cellar", "den"]],
    imports={
        "attic": {"loft", "den"},
        "loft": {"bath", "cellar"},
        "bath": {"cellar"},
        "cellar": set(),
        "den": set(),
    },
    purposes={
        "attic": "Old things.",
        "loft": "New things.",
        "bath": "Water.",
        "cellar": "Wine & <bread>.",
        "den": "Rest.",
    },
)


def test_the_picture_is_what_the_source_says() -> None:
    drawn = draw(read_house(), read_colours())
    assert PICTURE.read_text(encoding="utf-8") == drawn, "run: .venv/bin/python -m docs.draw_house"


def test_an_arrow_that_a_longer_way_replaces_is_left_out() -> None:
    assert needed_arrows(UPSTAIRS.imports) == [
        ("attic", "den"),
        ("attic", "loft"),
        ("bath", "cellar"),
        ("loft", "bath"),
    ]


def test_rooms_are_placed_so_that_arrows_do_not_cross() -> None:
    rows = arrange(UPSTAIRS.layers, steps_of(UPSTAIRS.layers, needed_arrows(UPSTAIRS.imports)))
    rooms = [[item for item in row if isinstance(item, str)] for row in rows]
    assert rooms == [["loft", "attic"], ["bath"], ["cellar", "den"]]


def test_arrows_lead_down_past_a_row_and_aside() -> None:
    drawn = draw(UPSTAIRS, read_colours())
    assert drawn.count('class="head"') == len(needed_arrows(UPSTAIRS.imports))
    assert drawn.count('class="line"') == len(needed_arrows(UPSTAIRS.imports)) + 1
    assert "Wine &amp; &lt;bread&gt;." in drawn
