"""Locate the files that travel with the program."""

from __future__ import annotations

from pathlib import Path

from report.errors import ReportError

__all__ = ["templates"]

_PACKAGE = Path(__file__).resolve().parent
_MARK = "words"


def templates() -> Path:
    """Find the folder of the templates, from a wheel or from a checkout.

    Returns
    -------
    Path
        ``report/templates`` of an installed wheel, else ``templates`` beside the package.

    Raises
    ------
    ReportError
        ``templates-missing``: neither folder is there; the installation is broken.
    """
    candidates = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
    for folder in candidates:
        if (folder / _MARK).is_dir():
            return folder
    raise ReportError("templates-missing", places=" · ".join(str(place) for place in candidates))
