"""The front page of an archive: its editions, their key figures and the way to every file.

It takes what is already worded and knows nothing of where that comes from. The page is one file
with its fonts inside, without scripts or anything from outside, so it opens from the file system.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from report import fonts, resources
from report.chain import alone
from report.errors import ArchiveError
from report.page_policy import guard

__all__ = [
    "NAME",
    "Chart",
    "Figure",
    "FrontPage",
    "Link",
    "Links",
    "Month",
    "Point",
    "Row",
    "draw_chart",
    "render",
    "renew",
]

NAME = "index.html"
_TEMPLATE = "archive.html"
_PARTIAL = f".{NAME}.partial"
_WIDTH, _HEIGHT, _MARGIN = 240.0, 56.0, 5.0


@dataclass(frozen=True)
class Link:
    """A way to a file.

    Attributes
    ----------
    text
        What is seen.
    about
        What is heard after it, where many links read alike.
    address
        Relative to the page.
    language
        Of the file, if it has one.
    """

    text: str
    about: str
    address: str
    language: str | None = None


@dataclass(frozen=True)
class Links:
    """Links of one sort after its name."""

    name: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Figure:
    """A key figure in words; the interval is empty where there is no figure."""

    name: str
    value: str
    interval: str


@dataclass(frozen=True)
class Row:
    """What is known of an edition, or of a comparison, which has no figures.

    Attributes
    ----------
    mark
        Such as that the data are made up; empty for none.
    note
        What stands in place of figures; empty where there are some.
    message
        The month in a sentence; empty where none is known.
    """

    name: str
    mark: str
    note: str
    message: str
    figures: tuple[Figure, ...]
    links: tuple[Links, ...]


@dataclass(frozen=True)
class Point:
    """A value with its interval, in a month counted from any first one."""

    month: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Chart:
    """A line over the months, as the attributes of SVG elements.

    Attributes
    ----------
    line, band
        Paths through the values and around their intervals, broken where months are missing.
    dots
        Values that no line touches, then the last one.
    text
        The chart in words.
    first, last
        Names of the months at its ends.
    """

    width: str
    height: str
    line: str
    band: str
    dots: tuple[tuple[str, str], ...]
    text: str
    first: str
    last: str


@dataclass(frozen=True)
class Month:
    """The newest edition at a glance: its message and figures, each with its chart or none."""

    heading: str
    mark: str
    message: str
    figures: tuple[tuple[Figure, Chart | None], ...]
    open: Link | None


@dataclass(frozen=True)
class FrontPage:
    """All that the page says.

    Attributes
    ----------
    language
        Its tag.
    texts
        Headings and the like, by the names that the template calls them.
    mark
        Stands above everything; empty where it does not hold for every edition.
    newest
        None where no edition can be read.
    heads
        Names of the figures, as every row has them.
    editions, comparisons
        The newest first.
    """

    language: str
    texts: Mapping[str, str]
    mark: str
    newest: Month | None
    heads: tuple[str, ...]
    editions: tuple[Row, ...]
    comparisons: tuple[Row, ...]


def draw_chart(points: Sequence[Point], *, text: str, first: str, last: str) -> Chart | None:
    """Draw values over the months with their intervals.

    Parameters
    ----------
    points
        In the order of months.
    text
        The chart in words.
    first, last
        Names of the first and the last month.

    Returns
    -------
    Chart or None
        None for fewer than two points, which have no course.
    """
    if len(points) < 2:
        return None
    start, months = points[0].month, points[-1].month - points[0].month
    low, high = min(each.low for each in points), max(each.high for each in points)

    def across(point: Point) -> str:
        return _number(_MARGIN + (_WIDTH - 2 * _MARGIN) * (point.month - start) / months)

    def down(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return _number(_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * share)

    def path(ends: Sequence[tuple[Point, float]]) -> str:
        return "M" + "L".join(f"{across(point)} {down(value)}" for point, value in ends)

    runs = list(_unbroken(points))
    bands = []
    for run in runs:
        there = [(point, point.high) for point in run]
        back = [(point, point.low) for point in reversed(run)]
        bands.append(path(there + back) + "Z")
    lone = [run[0] for run in runs if len(run) == 1 and run[0] != points[-1]]
    return Chart(
        width=_number(_WIDTH),
        height=_number(_HEIGHT),
        line="".join(path([(point, point.value) for point in run]) for run in runs),
        band="".join(bands),
        dots=tuple((across(point), down(point.value)) for point in (*lone, points[-1])),
        text=text,
        first=first,
        last=last,
    )


def _unbroken(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Group points of months that follow each other."""
    places_in_a_row = enumerate(points)
    for _, run in itertools.groupby(places_in_a_row, lambda each: each[1].month - each[0]):
        yield [point for _, point in run]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def render(page: FrontPage) -> str:
    """Write the page out as HTML; whatever it says is escaped."""
    environment = Environment(
        loader=FileSystemLoader(resources.templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template(_TEMPLATE)
    return guard(template.render(page=page, texts=page.texts, faces=_faces()))


def _faces() -> list[tuple[int, str]]:
    """Pack the report's sans by weight, so that the page looks the same on every machine."""
    regular, bold, *_ = fonts.faces()
    return [
        (weight, base64.b64encode(fonts.woff(face)).decode())
        for weight, face in ((400, regular), (700, bold))
    ]


def renew(folder: Path, make: Callable[[], FrontPage]) -> Path:
    """Make the front page anew and put it into its place at once.

    Parameters
    ----------
    folder
        The archive.
    make
        Reads the archive. It is called when nobody else renews the page, so that of two editions
        sealed at the same time neither is forgotten.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ArchiveError
        ``front-page-not-written``: the page is as it was.
    """
    partial = folder / _PARTIAL
    with alone(folder):
        html = render(make())
        try:
            partial.write_text(html, encoding="utf-8")
            return partial.replace(folder / NAME)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise ArchiveError(
                "front-page-not-written", file=folder / NAME, reason=error.strerror or error
            ) from error
