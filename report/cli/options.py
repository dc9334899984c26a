"""The options that commands share, and the check of what they say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from analysis.segments.offer_book import DEFAULT_FILE, OFFERS_FILE, read_book
from analysis.settings import Settings
from report import engines
from report.edition import languages
from report.errors import InputError

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
SETTINGS_FILE = "settings.toml"
SEED = 20261031
LANGUAGE = "ru"

OutputOption = Annotated[Path, typer.Option(help="Folder of the editions.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]
AcceptContradictionsOption = Annotated[
    bool,
    typer.Option(
        "--accept-contradictions",
        help="Take a snapshot that contradicts the month before it.",
    ),
]
AcceptUnusualOption = Annotated[
    bool,
    typer.Option("--accept-unusual", help="Take numbers that are far from what is usual."),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Print the traceback of an error.")]


def months_in(data: Path) -> list[str]:
    """List the months that the data folder holds, in order.

    Raises
    ------
    InputError
        ``data-missing``.
    """
    if not data.is_dir():
        raise InputError("data-missing", folder=data)
    return sorted(
        folder.name
        for folder in data.iterdir()
        if folder.is_dir() and PERIOD.fullmatch(folder.name)
    )


def chosen_period(period: str | None, data: Path) -> str:
    """Choose the month that was asked for, or the newest one.

    Raises
    ------
    InputError
        ``data-missing``, ``no-snapshots``, ``period-malformed``, ``period-missing``.
    """
    months = months_in(data)
    if period is None:
        if not months:
            raise InputError("no-snapshots", folder=data)
        return months[-1]
    check_period(period)
    if period not in months:
        there = ", ".join(months) or "—"
        raise InputError("period-missing", period=period, folder=data, months=there)
    return period


def check_period(period: str) -> None:
    """Refuse what is not a month.

    Raises
    ------
    InputError
        ``period-malformed``.
    """
    if not PERIOD.fullmatch(period):
        raise InputError("period-malformed", period=period)


def known_languages(asked: list[str] | None) -> tuple[str, ...]:
    """Take the languages that were asked for, each once; the first one by default.

    Raises
    ------
    InputError
        ``language-unknown``.
    """
    asked = asked or [LANGUAGE]
    for language in asked:
        if language not in languages():
            raise InputError("language-unknown", language=language, known=", ".join(languages()))
    return tuple(dict.fromkeys(asked))


def known_engine(asked: str) -> engines.Engine:
    """Make the engine that was asked for.

    Raises
    ------
    InputError
        ``engine-unknown``, or what :func:`report.engines.choose` raises.
    """
    if asked not in engines.choices():
        raise InputError("engine-unknown", engine=asked, known=", ".join(engines.choices()))
    return engines.choose(asked)


def offers_file(path: Path | None, data: Path) -> Path:
    """Choose the file of offers: that asked for, that of the data folder, that of the program.

    Raises
    ------
    InputError
        ``offers-missing``, ``offers-not-toml``.
    OfferBookError
        It has mistakes.
    """
    if path is None:
        path = data / OFFERS_FILE
        path = path if path.exists() else DEFAULT_FILE
    try:
        read_book(path)
    except OSError as error:
        raise InputError("offers-missing", file=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("offers-not-toml", file=path, detail=str(error)) from error
    return path


def read_settings(path: Path | None, data: Path | None = None) -> Settings:
    """Read the settings of a file, of the data folder's file, or those by default.

    Raises
    ------
    InputError
        ``settings-missing``, ``settings-not-toml``, ``settings-wrong``.
    """
    if path is None:
        if data is None or not (data / SETTINGS_FILE).exists():
            return Settings()
        path = data / SETTINGS_FILE
    try:
        return Settings.from_toml(path)
    except OSError as error:
        raise InputError("settings-missing", file=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("settings-not-toml", file=path, detail=str(error)) from error
    except ValidationError as error:
        keys = sorted(".".join(str(part) for part in each["loc"]) for each in error.errors())
        raise InputError("settings-wrong", file=path, keys=", ".join(keys)) from error
