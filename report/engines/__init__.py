"""What sets a document: one small interface, one file per engine, one registry.

An engine is given a *source*: a folder that holds ``DOCUMENT.qmd``, ``figures/`` and, written by
:func:`furnish`, ``templates/`` and the packed plotly.js. It never writes into that folder.
"""

from __future__ import annotations

import base64
import gzip
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import plotly.offline

from report import fonts, resources
from report.engines import quarto
from report.engines.embedded import EmbeddedEngine
from report.engines.falling_back import FallingBack
from report.engines.project import PACKED, write_project
from report.errors import EngineError, InputError

__all__ = ["AUTO", "Engine", "choices", "choose", "engine", "furnish", "names"]

AUTO = "auto"
"""Quarto where it is there and fit, else the embedded engine."""

_TEMPLATES = ("filter.lua", "report.html", "report.css", "report.js", "report.typ")


class Engine(Protocol):
    """Turns one document into HTML, PDF and Word."""

    name: str

    @property
    def failure(self) -> EngineError | None:
        """Give what kept the engine from setting a document that was then set by another."""

    def version(self) -> str:
        """Return the versions of the programs at work, for the manifest."""

    def set(
        self,
        source: Path,
        formats: Sequence[str],
        stem: str,
        target: Path,
        document: str = "report",
    ) -> dict[str, Path]:
        """Set a document.

        Parameters
        ----------
        source
            Furnished folder of the document.
        formats
            Any of ``"html"``, ``"pdf"`` and ``"docx"``.
        stem
            File name without its suffix, such as ``"report.ru"``.
        target
            Folder for the files, made if absent.
        document
            Which document of the source.

        Returns
        -------
        dict of str to Path
            The file of each format.

        Raises
        ------
        EngineError
            The document holds what the engine cannot or will not set.
        """


_ENGINES: dict[str, Callable[[], Engine]] = {
    EmbeddedEngine.name: EmbeddedEngine,
    quarto.QuartoEngine.name: quarto.find,
}


def names() -> tuple[str, ...]:
    """List the names of the engines there are."""
    return tuple(sorted(_ENGINES))


def engine(name: str = EmbeddedEngine.name) -> Engine:
    """Make the engine of that name.

    Raises
    ------
    EngineError
        ``engine-unknown``: there is none.
    InputError
        What it needs is not installed; see :func:`report.engines.quarto.find`.
    """
    if name not in _ENGINES:
        raise EngineError("engine-unknown", engine=name, known=", ".join(names()))
    return _ENGINES[name]()


def choices() -> tuple[str, ...]:
    """Return what a user may ask for: :data:`AUTO`, or an engine by name."""
    return (AUTO, *names())


def choose(name: str) -> Engine:
    """Make the engine a user asked for.

    Parameters
    ----------
    name
        One of :func:`choices`.

    Raises
    ------
    EngineError, InputError
        As :func:`engine` does; never for :data:`AUTO`.
    """
    if name != AUTO:
        return engine(name)
    try:
        return FallingBack(quarto.find(), EmbeddedEngine())
    except InputError:
        return EmbeddedEngine()


def furnish(source: Path) -> None:
    """Put templates, fonts and plotly.js beside a document, so that its folder is complete.

    Parameters
    ----------
    source
        Folder of the documents; ``templates/``, ``figures/plotly.js.gz.b64`` and ``_quarto.yml``
        are written into it, the same bytes on every call.
    """
    templates = source / "templates"
    (templates / "fonts").mkdir(parents=True, exist_ok=True)
    for name in _TEMPLATES:
        shutil.copyfile(resources.templates() / name, templates / name)
    for face in fonts.faces():
        (templates / "fonts" / f"{face.name}.woff").write_bytes(fonts.woff(face))
    figures = source / "figures"
    figures.mkdir(exist_ok=True)
    packed = gzip.compress(plotly.offline.get_plotlyjs().encode(), mtime=0, compresslevel=6)
    (figures / PACKED).write_bytes(base64.b64encode(packed) + b"\n")
    write_project(source)
